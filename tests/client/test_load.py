"""Many calls at once, on engines that are slow or narrow, and engines that do not take a time-out."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from roblox_double import Peer, ScriptTree, Settings
from support.artefacts import artefact
from support.game import Game

PAGE: dict[str, Any] = {"tracks": [{"asset_id": "5"}], "meta": {}}

_BURST = """
local calls, options = ...
options.apiKey = "some-key"
local busy, kinds, done = AudioScapeClient.new(options), {}, 0
local started = os.clock()
for index = 1, calls do
	task.spawn(function()
		local _, err = busy:similar(index)
		local kind = if err then err.kind else "ok"
		kinds[kind] = (kinds[kind] or 0) + 1
		done += 1
	end)
end
while done < calls do task.wait(0.1) end
return kinds, os.clock() - started, busy:stats().requests
"""


@contextmanager
def playing(**settings: Any) -> Generator[Game]:
    with Game(Settings(**settings)) as game:
        yield game


def answer_after(game: Game, *seconds: float) -> None:
    """Answer well, after each of these seconds in turn."""
    count = iter(range(10**6))

    def answer(_request: httpx.Request) -> httpx.Response:
        took = seconds[next(count) % len(seconds)]
        return httpx.Response(200, json=PAGE, extensions={"virtual_seconds": took})

    game.router.route().mock(side_effect=answer)


BURSTS: dict[str, tuple[int, list[float], int, float, int]] = {
    # slots of the engine, how long replies take, calls, seconds until all are answered, requests at most
    "three slots": (3, [1, 3, 2], 250, 170, 250),
    "one slot": (1, [2, 4, 3], 40, 135, 42),
    "three slots, replies that take nearly the whole time": (3, [8, 9], 30, 95, 33),
    "two slots, some replies far slower": (2, [0.2, 8], 60, 140, 66),
    "many slots, a slow API": (16, [6], 60, 60, 60),
    "many slots, a fast API": (16, [0.3], 250, 6, 250),
}


@pytest.mark.cases(3)
@pytest.mark.parametrize(("slots", "seconds", "calls", "until", "requests"), BURSTS.values(), ids=BURSTS.keys())
def test_a_burst_on_a_healthy_api_ends_well(
    slots: int, seconds: list[float], calls: int, until: float, requests: int
) -> None:
    with playing(http_slots=slots) as game:
        answer_after(game, *seconds)
        kinds, took, sent = game.run(_BURST, calls, {"deadline": 600})
        assert kinds == {"ok": calls}
        assert took <= until
        assert sent <= requests


def test_who_cannot_be_served_in_time_is_told_so_and_the_api_is_not_blamed() -> None:
    with playing(http_slots=3) as game:
        answer_after(game, 1, 3, 2)
        kinds, took, sent = game.run(_BURST, 250, {})
        assert set(kinds) == {"ok", "timeout"}
        assert kinds["ok"] >= 35
        assert took == pytest.approx(30, abs=0.5)
        # Nobody who was not served has been in the engine's way.
        assert sent <= kinds["ok"] + 16


@pytest.mark.parametrize("behavior", ["immediate", "deferred"])
def test_a_script_that_is_destroyed_under_way_holds_up_others_for_a_time_out_at_most(behavior: Any) -> None:
    with playing(signal_behavior=behavior) as game:
        answer_after(game, 9)
        tool = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local client = AudioScapeClient.new("another-key")
for index = 100, 130 do task.spawn(client.similar, client, index) end
"""
        game.server.mount(ScriptTree("Tool", "Script", tool), "ServerScriptService")
        source = """
task.wait(1)
game:GetService("ServerScriptService").Tool:Destroy()
task.wait(0.5)
local started = os.clock()
local result, err = client:similar(1)
return result ~= nil, os.clock() - started
"""
        good, took = game.run(source)
        assert good is True
        assert took < 11 + 9 + 2


def test_a_result_that_comes_after_its_time_is_there_for_the_next_call() -> None:
    with playing(http_bad_timeout="clamp") as game:
        answer_after(game, 2.6)
        source = """
local hurried = client:withOptions({ timeout = 2.2, maxRetries = 0 })
local _, err = hurried:similar(1)
task.wait(1)
local result = client:similar(1)
return err.kind, result ~= nil, client:stats().hits, client:stats().requests
"""
        assert game.run(source) == ["timeout", True, 1, 1]


def test_late_results_keep_the_breaker_closed() -> None:
    with playing() as game:
        answer_after(game, 2.6)
        source = """
local hurried = client:withOptions({ timeout = 2.2, maxRetries = 0 })
local kinds = {}
for index = 1, 12 do
	local _, err = hurried:similar(index)
	kinds[err.kind] = (kinds[err.kind] or 0) + 1
	task.wait(1)
end
return kinds
"""
        assert game.run(source) == [{"timeout": 12}]


@pytest.mark.parametrize("text", ["Timeout is not a valid member", "bad TIMEOUT value"])
def test_a_timeout_that_the_engine_refuses_is_left_out_from_then_on(inside: Peer, text: str) -> None:
    source = f"""
local copy = game:GetService("ServerScriptService").AudioScapeClient:Clone()
copy.Parent = game:GetService("ServerScriptService")
local Client, Engine = require(copy.Client), require(copy.Engine)
local asked, sent = {{}}, 0
local engine = table.clone(Engine.fromGame())
engine.request = function(options)
	table.insert(asked, tostring(options.Timeout))
	if options.Timeout then error("{text}", 0) end
	return {{ StatusCode = 200, Body = '{{"tracks": []}}', Headers = {{}} }}
end
local function hear() sent += 1 end
local one = Client.new({{ apiKey = "one-key", maxRetries = 0, onRequest = hear }}, engine, 1)
local two = Client.new({{ apiKey = "two-key", maxRetries = 0 }}, engine, 1)
local result, err = one:similar(1)
return result ~= nil, tostring(err), two:similar(2) ~= nil, asked, sent
"""
    assert inside.run(source) == [True, "nil", True, ["10", "nil", "nil"], 1]


REFUSALS = {
    "for another reason": ('error("Invalid request options, Url", 0)', "internal", ["10", "10"]),
    "of more than the timeout": ('error("Timeout and Url are wrong", 0)', "internal", ["10", "nil", "10"]),
    "with another text": ('error(if options.Timeout then "no timeout" else "no", 0)', "internal", ["10", "nil", "nil"]),
    "that is a real time-out": ('error("HttpError: Timeout", 0)', "connection", ["10", "10"]),
    "after having waited": ('task.wait(1) error("timeout was reached", 0)', "internal", ["10", "10"]),
}


@pytest.mark.parametrize(("request_", "kind", "asked"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_that_is_not_of_the_timeout_stays_one(
    inside: Peer, request_: str, kind: str, asked: list[str]
) -> None:
    source = f"""
local copy = game:GetService("ServerScriptService").AudioScapeClient:Clone()
copy.Parent = game:GetService("ServerScriptService")
local Client, Engine = require(copy.Client), require(copy.Engine)
local asked = {{}}
local engine = table.clone(Engine.fromGame())
engine.request = function(options)
	table.insert(asked, tostring(options.Timeout))
	{request_}
end
local client = Client.new({{ apiKey = "one-key", maxRetries = 0 }}, engine, 1)
local _, err = client:similar(1)
client:similar(2)
return err.kind, {{ table.unpack(asked, 1, ...) }}
"""
    assert inside.run(source, len(asked)) == [kind, asked]


def test_an_engine_with_a_shorter_time_out_of_its_own_is_asked_without_one() -> None:
    with playing(http_timeout=5) as game:
        answer_after(game, 0.1)
        assert game.run("return client:similar(1) ~= nil, client:similar(2) ~= nil, client:stats().requests") == [
            True,
            True,
            2,
        ]


def test_copies_of_the_module_keep_to_one_budget() -> None:
    """Each copy's requests are seen by the others, whatever form they have."""
    with playing() as game:
        _mount(game, "Second", "Third")
        answer_after(game, 0.05)
        kinds = game.run(_COPIES, ["AudioScapeClient", "Second", "Third"], None, 200)[0]
        assert kinds["ok"] == len(game.requests) == 400


def test_budgets_of_copies_together_keep_to_the_engines_limit() -> None:
    with playing() as game:
        _mount(game, "Second")
        answer_after(game, 0.05)
        kinds = game.run(_COPIES, ["AudioScapeClient", "Second", "Second"], 500, 300)[0]
        assert kinds["ok"] == len(game.requests) == 500
        assert "engine_limit" not in kinds


def test_a_small_budget_that_waits_holds_nobody_up() -> None:
    with playing() as game:
        answer_after(game, 0.05)
        source = """
local small = AudioScapeClient.new({ apiKey = "a-key", budget = AudioScapeClient.newBudget(1), deadline = 600 })
for index = 1, 9 do task.spawn(small.similar, small, index) end
task.wait(1)
local started = os.clock()
client:similar(20)
return os.clock() - started
"""
        assert game.run(source)[0] < 0.2


# Where copies meet, whatever it is called, and what they find there.
_MEETING = """
local KEY, found
for _, place in { shared, _G } do
	for key, value in place do
		if string.find(tostring(key), "AudioScape") then KEY, found = key, value end
	end
end
"""
SPOILT = {
    "emptied": "for _, place in { shared, _G } do place[KEY] = nil end",
    "overwritten": "for _, place in { shared, _G } do place[KEY] = 5 end",
    "a look-alike": "for _, place in { shared, _G } do place[KEY] = table.clone(found) end",
    "half a look-alike": """
for _, place in { shared, _G } do
	place[KEY] = table.freeze({ usual = found.usual, engine = table.freeze({}) })
end""",
    "a look-alike that can be changed": """
for _, place in { shared, _G } do
	place[KEY] = table.freeze({ usual = found.usual, engine = table.clone(found.engine) })
end""",
    "a forgery": """
local function go() return {}, 0 end
local line = table.freeze({ reserve = go, left = go, use = go, refused = go, passed = go })
for _, place in { shared, _G } do
	place[KEY] = table.freeze({ usual = line, engine = line })
end""",
    "a forgery that throws": """
local line = table.freeze({ reserve = error, left = error, use = error, refused = error, passed = error })
for _, place in { shared, _G } do
	place[KEY] = table.freeze({ usual = line, engine = line })
end""",
    "changed": """
pcall(function() found.usual = nil end)
pcall(function() found.engine.reserve = function() return {}, 0 end end)""",
    "frozen": "for _, place in { shared, _G } do place[KEY] = nil table.freeze(place) end",
    "with a guard": """
for _, place in { shared, _G } do
	place[KEY] = nil
	setmetatable(place, { __index = function() error("no such thing") end, __newindex = function() error("no") end })
end""",
}


@pytest.mark.cases(4)
@pytest.mark.parametrize(
    ("spoil", "warns"),
    [(spoil, name not in {"emptied", "changed", "frozen", "with a guard"}) for name, spoil in SPOILT.items()],
    ids=SPOILT.keys(),
)
def test_what_others_do_to_the_meeting_place_breaks_nothing(spoil: str, warns: bool) -> None:
    with playing() as game:
        _mount(game, "Second")
        answer_after(game, 0.05)
        source = f"""
local Second = require(game:GetService("ServerScriptService").Second)
{_MEETING}
{spoil}
local ok, other = pcall(Second.new, "another-key")
return ok, if ok then (other:similar(1)) ~= nil else other, client:similar(2) ~= nil
"""
        assert game.run(source) == [True, True, True]
        warned = [line for line in game.server.output if line.kind == "warn"]
        assert bool(warned) == warns
        assert all("another-key" not in line.text for line in warned)


# What a budget that somebody else put there answers to `reserve` and `left`, once it is taken for one.
IMITATIONS = {
    "it allows all": ("{}, 0", "0"),
    "it refuses all": ("nil, 5", "0"),
    "it refuses all, at length": ("nil, 100", "0"),
    "it puts all off": ("{}, 1", "math.huge"),
    "it puts all off, a little": ("{}, 1", "1"),
    "no number": ("{}, 0 / 0", "0"),
    "nothing": ("", ""),
    "it throws": ('error("boom")', "0"),
    "it throws later": ("{}, 0", "error(setmetatable({}, { __tostring = error }))"),
    "it waits": ("coroutine.yield()", "0"),
    "it waits later": ("{}, 0", "task.wait(9)"),
}
_IMITATED = """
local line = table.freeze({
	reserve = function(_, deadline) if deadline == -math.huge then return nil, 0 end return RESERVE end,
	left = function() return LEFT end,
	use = function() return LEFT end, refused = function() return LEFT end, passed = function() return LEFT end,
})
for _, place in { shared, _G } do
	place[KEY] = table.freeze({ usual = line, engine = line })
end
local ok, other = pcall(require(game:GetService("ServerScriptService").Second).new, "another-key")
local first, kinds, done, most = ok, {}, 0, 0
for round = 1, 3 do
	for index = 1, 120 do
		task.spawn(function()
			local _, err = other:similar(round * 1000 + index)
			local kind = if err then err.id else "ok"
			kinds[kind] = (kinds[kind] or 0) + 1
			done += 1
		end)
	end
	task.wait(70)
end
return first, kinds, done
"""


@pytest.mark.cases(3)
@pytest.mark.parametrize(("reserve", "left"), IMITATIONS.values(), ids=IMITATIONS.keys())
def test_an_imitated_budget_neither_frees_nor_stops_anybody(reserve: str, left: str) -> None:
    with playing(http_limit=5000) as game:
        _mount(game, "Second")
        answer_after(game, 0.05)
        body = _IMITATED.replace("return RESERVE", reserve if reserve.startswith("error") else f"return {reserve}")
        body = body.replace("return LEFT", left if left.startswith("error") else f"return {left}")
        ok, kinds, done = game.run(_MEETING + body, limit=400)
        assert (ok, done) == (True, 360)
        assert set(kinds) <= {"ok", "budget_exceeded"}
        # At the latest after two minutes of nothing but refusals it counts by itself.
        assert kinds["ok"] >= 120
        assert len(game.requests) == kinds["ok"]


@pytest.mark.parametrize("place", ["shared", "_G"])
def test_copies_meet_in_one_place_if_the_other_is_spoilt(place: str) -> None:
    with playing() as game:
        _mount(game, "Second")
        answer_after(game, 0.05)
        spoil = f"{_MEETING} {place}[KEY] = true "
        kinds = game.run(spoil + _COPIES, ["AudioScapeClient", "Second"], None, 300)[0]
        assert kinds["ok"] == len(game.requests) == 400


FORGED = {
    "a look-alike": "{ limit = 500 }",
    "a frozen look-alike": "table.freeze({ limit = 500 })",
    "a copy": "table.clone(budget)",
    "a frozen copy": "table.freeze(table.clone(budget))",
    "what stands for one": "setmetatable({}, { __index = budget })",
    "no number": "0 / 0",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_a_forged_budget_is_refused_at_the_callers_line(forged: str) -> None:
    with playing() as game:
        source = f"""
local budget = AudioScapeClient.newBudget(2)
local ok, said = pcall(function()
	AudioScapeClient.new({{ apiKey = "some-key", budget = {forged} }})
end)
return ok, said
"""
        ok, said = game.run(source)
        assert ok is False
        assert str(said).startswith("ServerScriptService.Script:4: AudioScapeClient.new: `budget` must be ")


def test_a_budget_cannot_be_changed() -> None:
    with playing() as game:
        answer_after(game, 0.05)
        source = """
local budget = AudioScapeClient.newBudget(2)
local changed = pcall(function() budget.limit = 500 end)
pcall(rawset, budget, "limit", 500)
pcall(function() for key in budget do budget[key] = nil end end)
pcall(setmetatable, budget, {})
local small = AudioScapeClient.new({ apiKey = "some-key", budget = budget })
local kinds = {}
for index = 1, 3 do
	local _, err = small:similar(index)
	kinds[index] = if err then err.kind else "ok"
end
return changed, budget.limit, kinds
"""
        assert game.run(source) == [False, 2, ["ok", "ok", "budget_exceeded"]]


_COPIES = """
local names, limit, each = ...
local kinds, done = {}, 0
for index, name in names do
	local module = require(game:GetService("ServerScriptService")[name])
	local budget = if limit then module.newBudget(limit) else nil
	local made = module.new({ apiKey = "key-of-" .. index, budget = budget, deadline = 50 })
	for id = 1, each do
		task.spawn(function()
			local _, err = made:similar(id)
			local kind = if err then err.kind else "ok"
			kinds[kind] = (kinds[kind] or 0) + 1
			done += 1
		end)
	end
end
while done < each * #names do task.wait(0.1) end
return kinds
"""


def _mount(game: Game, *names: str) -> None:
    for name in names:
        game.server.mount(replace(artefact("tree"), name=name), "ServerScriptService")
