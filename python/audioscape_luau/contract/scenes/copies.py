"""Several copies of the module on one server, and scripts that write where copies meet."""

from __future__ import annotations

from collections.abc import Iterator

from audioscape_luau.contract.case import Broken, Case
from audioscape_luau.contract.scenes.parts import ask, chain_of, good, kinds, made
from audioscape_luau.contract.subject import Observation, Surroundings
from audioscape_luau.openapi import Operation
from roblox_double import Settings

_MINUTE = 60.0
_COPY = """
local module = game:GetService("ServerScriptService"):FindFirstChild("AudioScapeClient")
local function copied()
	local copy = module:Clone()
	copy.Parent = game:GetService("ServerStorage")
	return require(copy)
end
"""
_MEDDLING = """
local places = { shared, _G }
local function meddle(change)
	for _, place in places do
		for name, value in place do
			if type(name) == "string" and string.find(name, "AudioScape") then
				place[name] = change(value)
			end
		end
	end
end
local function lying(answer)
	return function(value)
		local made = {}
		for line, methods in value do
			made[line] = {}
			for method in methods do made[line][method] = answer end
			table.freeze(made[line])
		end
		return table.freeze(made)
	end
end
"""
_OBLIGING = "a queue that is always free"
_LIES = {
    "nothing": "function() return nil end",
    "a number": "function() return 5 end",
    _OBLIGING: "lying(function() return nil, 0 end)",
    "a queue that throws": 'lying(function() error("a fault of the game") end)',
    "a queue that answers with texts": 'lying(function() return "x", "y" end)',
}

_SHUT = "lying(function(now, deadline) return nil, (deadline or now) - now + 5 end)"
_CALLS, _EACH, _SHUT_FOR = 10, 30.0, 120.0
"""Calls, seconds between them, and how long a queue may be full before it counts as shut."""


def scenes(operation: Operation) -> Iterator[Case]:
    """Yield servers where more than one copy, or somebody else, counts requests."""
    case = chain_of(operation)
    limit = Settings().http_limit
    around = Surroundings(silent=(1,))  # a server of its own
    own = {"cache": "bypass", "deadline": 200}
    client = "local client = NAME.new({ apiKey = KEY, cache = 'bypass', deadline = 200 })\n"
    other = client.replace("local client", "local other").replace("NAME", "copied()")
    calls = f"for _ = 1, {limit // 2 + 10} do\n{ask(operation)}{ask(operation, client='other')}end\n"
    both = f"{_COPY}{made(**own)}{other}{calls}"
    yield case("two copies of the module", both, good(operation), _shared, deadline=200, around=around)
    for name, lie in _LIES.items():
        script = f"{_MEDDLING}{made(**own)}{ask(operation)}meddle({lie})\n{_COPY}{other}"
        script += f"{ask(operation, client='other')}{ask(operation)}" * 3
        if name == _OBLIGING:
            # What is always free would let all through at once.
            script += f"for _ = 1, {limit + 5} do\n{ask(operation)}end\n"
        judged = f"a script that writes {name} where copies meet"
        yield case(judged, script, good(operation), _own, deadline=200, around=around, expects_output=True)

    shut = f"{_MEDDLING}{made(**own)}{ask(operation)}meddle({_SHUT})\n{_COPY}"
    shut += other.replace("deadline = 200", "deadline = 5")
    shut += f"for _ = 1, {_CALLS} do\n{ask(operation, client='other')}task.wait({_EACH:g})\nend\n"
    name = "a script that writes a queue that is never free where copies meet"
    yield case(name, shut, good(operation), _reopens, around=around, expects_output=True)


def _shared(seen: Observation) -> Iterator[Broken]:
    limit = Settings().http_limit
    # What clients without a budget of their own share, whichever copy they are of.
    times = [exchange.at for exchange in seen.exchanges]
    first = sum(at - times[0] < _MINUTE for at in times) if times else 0
    if first > limit * 4 // 5:
        yield Broken("budget-held", f"two copies of the module sent {first} requests in the first minute")
    yield from _within(seen, limit)


def _reopens(seen: Observation) -> Iterator[Broken]:
    ends = kinds(seen)[1:]
    full = int(_SHUT_FOR // _EACH)
    if set(ends[:full]) != {"budget_exceeded"}:
        yield Broken("budget-held", f"a queue that was full for {_SHUT_FOR:g} s counted as shut: {ends[:full]}")
    elif set(ends[full + 2 :]) != {"ok"}:
        yield Broken("valid-accepted", f"a queue that never let anybody in held up calls for good: {ends}")


def _own(seen: Observation) -> Iterator[Broken]:
    yield from _within(seen, Settings().http_limit)


def _within(seen: Observation, limit: int) -> Iterator[Broken]:
    times = [exchange.at for exchange in seen.exchanges]
    for earlier, later in zip(times, times[limit:], strict=False):
        if later - earlier < _MINUTE:
            yield Broken("budget-held", f"{limit + 1} requests were sent within {later - earlier:.1f} s")
            return
    wrong = [kind for kind in kinds(seen) if kind != "ok"]
    if wrong:
        yield Broken("valid-accepted", f"calls that had the time to wait for their turn ended in {sorted(set(wrong))}")
