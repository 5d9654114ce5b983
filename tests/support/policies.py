"""One policy of the client alone: the real Luau of `http/`, around an innermost `send` that follows a script.

The module that names the engine is left out, which shows that nothing else reaches for it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from audioscape_luau.simulation import World
from roblox_double import Output, ScriptTree
from support.game import shipped

# On one line, so that the lines of a test's own source keep their numbers.
_PRELUDE = """
local module = game:GetService("ServerScriptService").AudioScapeClient
local policies, redaction, support = module.http.policies, module.http.redaction, module.http.support
local Errors = require(module.errors.Errors)
local Options = require(module.options.Options)
local Telemetry = require(module.http.Telemetry)

--[[ Two looks in one frame see the same time, for tests to tell it. ]]
local function clock() return math.round(os.clock() * 2 ^ 14) / 2 ^ 14 end
local start = clock()
local function now()
	return math.round((clock() - start) * 1000) / 1000
end

local chance = 0.5
local engine = {
	clock = clock,
	unixTime = os.time,
	random = function() return chance end,
	spawn = task.spawn,
	delay = task.delay,
	wait = task.wait,
	cancel = function(thread) pcall(task.cancel, thread) end,
	universeId = function() return "7" end,
	placeId = function() return "8" end,
}
local telemetry = Telemetry.new(engine, function(text) return text end)

local function settingsOf(changes)
	local all = table.clone(changes or {})
	all.apiKey = "some-key"
	local checked, problem = Options.check(all)
	if not checked then error(problem) end
	return checked.settings, checked.origin
end

local function newCall(key, changes)
	local settings = settingsOf(changes)
	return {
		operation = "op", method = "GET", url = key, key = key, settings = settings, hints = {},
		deadline = engine.clock() + settings.deadline, busyUntil = engine.clock(),
        allowed = settings.timeout, attempts = 0, abandoned = 0, sentAt = engine.clock(),
		read = function(raw) return raw end,
	}
end

local function answerOf(result) return { result = result, dropped = 0 } end

local sent = {} --[[ when; `follow` answers the n-th with the n-th outcome, those after it with the last ]]
local function follow(outcomes)
	return function(call)
		call.attempts += 1
		local attempt = call.attempts
		table.insert(sent, now())
		local outcome = outcomes[math.min(#sent, #outcomes)]
		if outcome.after then call.busyUntil = engine.clock() + outcome.after task.wait(outcome.after) end
		if outcome.err then
			local details = { operation = "op", attempts = attempt, status = outcome.status, said = "so" }
			details.retryAfter = outcome.asks
			return nil, Errors.new(outcome.err, details)
		end
		return answerOf(outcome.result or {}), nil
	end
end

local Slots, RateLimiter = require(support.Slots), require(support.RateLimiter)
local function enter(slots, call) return Slots.enter(engine, slots, call, call.settings.timeout) end
local function timed(send, slots, late)
	return require(policies.timeout)(engine, slots or Slots.new(), late or {})(send)
end
local function turns(window, slots, late, pause)
	pause = pause or require(support.Pause).new(engine.random, 0)
	return require(policies.budget)(engine, { RateLimiter.line(window) }, slots or Slots.new(), late or {}, pause)
end
local function budgeted(window, send, slots, late)
	return turns(window, slots, late)(send)
end

local function ending(answer, err)
	local about = { at = now(), kind = "ok", result = answer and answer.result }
	if err then
		about.kind, about.id, about.retryAfter, about.attempts = err.kind, err.id, err.retryAfter, err.attempts
	end
	return about
end
""".replace("\n", " ")


@cache
def _without_engine() -> ScriptTree:
    module = shipped()
    children = [replace(child, source="return {}") if child.name == "Engine" else child for child in module.children]
    return replace(module, children=tuple(children))


class Policies:
    """A server on which the modules of the client can be required one by one; each run finds a new one."""

    output: list[Output]
    """What the last run printed."""

    def run(self, source: str, *args: Any, limit: float = 7200.0) -> list[Any]:
        """Run a script that sees the names of the prelude; return what it returns."""
        # What ran before must not show: not even by the fraction of a frame at which this run begins.
        with World(_without_engine()) as world:
            self.output = world.server.output
            return list(world.server.run(_PRELUDE + source, *args, limit=limit))
