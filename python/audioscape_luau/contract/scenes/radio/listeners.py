"""Those who listen to a radio's signals: each is called as it asked for, and none can hold up another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from audioscape_luau.contract.case import Broken, Case
from audioscape_luau.contract.scenes.parts import cases_of
from audioscape_luau.contract.scenes.radio.ring import FIRST, Ring, listened
from audioscape_luau.contract.subject import Observation

_LISTENED = """
local log = {}
local function noting(name) return function(track) table.insert(log, `{name} {track and track.ID or "nothing"}`) end end
radio.trackChanged:Connect(function() error("a fault of the game") end)
radio.trackChanged:Connect(function() task.wait(1000) end)
local always = radio.trackChanged:Connect(noting("always"))
radio.trackChanged:Once(noting("once"))
task.spawn(function() noting("waited")(radio.trackChanged:Wait()) end)
local inner
radio.trackChanged:Connect(function() inner = inner or radio.trackChanged:Connect(noting("inner")) end)
radio:start("FIRST") task.wait(5)
table.insert(log, "skip")
radio:skip() task.wait(5)
local before = always.Connected
always:Disconnect()
always:Disconnect()
local after = always.Connected
table.insert(log, "skip")
radio:skip() task.wait(5)
return log, before, after
"""
_EXPECTED = ["skip", "always 2", "inner 2", "skip"]
_WAITED = """
local waited, late = {}, 0
for _, name in { "trackChanged", "trackEnding", "failed", "stateChanged" } do
	task.spawn(function()
		local values = table.pack(radio[name]:Wait())
		table.insert(waited, `{name} {values.n}`)
	end)
end
local states = {}
radio.stateChanged:Connect(function(phase) table.insert(states, phase) end)
task.wait(1)
radio:destroy()
task.wait(5)
for _ = 1, 3 do
	radio.trackChanged:Wait()
	late += 1
end
local connection = radio.trackChanged:Connect(function() end)
table.sort(waited)
return waited, late, connection.Connected, states
"""
_WRONG = """
local said = {}
local function try(order)
	local ok, problem = pcall(order)
	table.insert(said, if ok then "done" else tostring(problem))
end
local signal = radio.trackChanged
try(function() signal:Connect(5) end)
try(function() signal:Once("x") end)
try(function() signal.Connect(function() end) end)
try(function() signal.Wait() end)
try(function() signal.Once(nil, function() end) end)
local locked = type(getmetatable(signal)) ~= "table" and not pcall(function() signal.extra = 1 end)
locked = locked and type(getmetatable(radio)) ~= "table" and not pcall(function() radio.extra = 1 end)
return (debug.info(1, "s")), locked, table.unpack(said)
"""
_CIRCLES = """
local turns = 0
radio.trackChanged:Connect(function()
	turns += 1
	if turns < 2000 then radio:skip() end
end)
radio:start("FIRST")
local began = os.clock()
task.wait(20)
return os.clock() - began, radio:nowPlaying() ~= nil
"""


def scenes(ring: Ring) -> Iterator[Case]:
    """Yield radios with listeners of all kinds."""
    case, answer, around = cases_of(ring.operation), ring.answer(), listened()
    heard = ring.in_its_words(ring.tuned() + _LISTENED.replace("FIRST", FIRST))
    yield case("listeners of all kinds", heard, answer, _called, around=around, expects_output=True)
    waits = ring.in_its_words(ring.tuned() + _WAITED)
    yield case("threads that wait for a radio that is destroyed", waits, answer, _ends, around=around)
    wrong = ring.in_its_words(ring.tuned() + _WRONG)
    yield case("listeners that are none", wrong, answer, _refused, around=around)
    circles = ring.in_its_words(ring.tuned() + _CIRCLES.replace("FIRST", FIRST))
    yield case("a listener that causes what it hears of", circles, answer, _lasts, around=around)


def _called(seen: Observation) -> Iterator[Broken]:
    log, before, after = cast("tuple[list[str], bool, bool]", seen.returned)
    wanted = [f"always {FIRST}", f"once {FIRST}", f"waited {FIRST}", *_EXPECTED]
    if sorted(log[:3]) + log[3:7] != wanted or len(log) != 8 or not log[7].startswith("inner"):
        yield Broken("radio-signals", f"listeners were called as {log}")
    if (before, after) != (True, False):
        yield Broken("radio-signals", f"`Connected` was {before} before `Disconnect`, {after} after it")


def _ends(seen: Observation) -> Iterator[Broken]:
    waited, late, connected, states = cast("tuple[list[str], int, bool, Any]", seen.returned)
    if waited != ["failed 0", "stateChanged 3", "trackChanged 0", "trackEnding 0"]:
        yield Broken("radio-signals", f"of four threads that waited for a radio that was destroyed, {waited} went on")
    if late != 3:
        yield Broken("radio-signals", "`Wait` on a radio that was destroyed never came back")
    if connected:
        yield Broken("radio-signals", "a listener was connected to a radio that was destroyed")
    if list(states) != ["destroyed"]:
        yield Broken("radio-tells", f"stateChanged told of {states} as the radio was destroyed")


def _refused(seen: Observation) -> Iterator[Broken]:
    here, locked, *said = seen.returned
    words = ("function", "function", "colon", "colon", "colon")
    for text, word in zip(said, words, strict=True):
        if not str(text).startswith(f"{here}:") or word not in str(text):
            yield Broken("radio-signals", f"what is no listener came to {text!r}, not to {word} at the caller's line")
    if not locked:
        yield Broken("sealed", "a script can take a radio or its signals apart")


def _lasts(seen: Observation) -> Iterator[Broken]:
    took, plays = cast("tuple[float, bool]", seen.returned)
    if took > 25 or not plays:
        yield Broken("radio-signals", f"a listener that skips each track held the server up for {took:.0f} s")
