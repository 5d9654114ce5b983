"""Radios of clients that share: each client stands for a server of its own."""

from __future__ import annotations

from collections.abc import Iterator

from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.scenes.parts import cases_of, made
from audioscape_luau.contract.scenes.radio.ring import FIRST, LENGTH, PLAYERS, Ring, heard, listened
from audioscape_luau.contract.subject import Observation

_NEXT = """
local function plays(client)
	local player = Instance.new("Sound")
	player.Parent = game:GetService("SoundService")
	local radio = client:radio(player, { strategy = "nearest" })
	radio:start("FIRST")
	radio:skip() task.wait(10)
	radio:skip() task.wait(10)
	local track = radio:nowPlaying()
	radio:destroy()
	return if track then track.ID else "none"
end
local first = plays(client)
task.wait(20)
return first, plays(other), other:stats().share.answers
"""
_SERVERS = 6
_UPDATED = """
for _ = 1, SERVERS do
	local client = AudioScapeClient.new({ apiKey = KEY, share = { group = "updated" } })
	local player = Instance.new("Sound")
	player.Parent = game:GetService("SoundService")
	client:radio(player):start("FIRST")
end
task.wait(WAIT)
return
"""
_APART = 15.0
"""Seconds over which the first requests of some radios spread at least that start together and have a track's time."""
_LINE = """
local began = os.clock()
task.spawn(function()
	for number = 1, 1000 do task.spawn(function() client:ASKED end) task.wait(1) end
end)
local radio = client:radio(player)
task.wait(300)
radio:start("SEED")
local at = os.clock() - began
radio:skip()
task.wait(30)
return at
"""
_SEED = "200"


def scenes(ring: Ring) -> Iterator[Case]:
    """Yield radios whose servers share what they know, or what they may ask."""
    case, answer, around = cases_of(ring.operation), ring.answer(), listened()
    known = made(share={"memory": 500}) + made("other", share={"memory": 500})
    known += ring.in_its_words(_NEXT.replace("FIRST", FIRST))
    yield case("radios that remember together", known, answer, _remembers, around=around)
    updated = _UPDATED.replace("FIRST", FIRST).replace("SERVERS", str(_SERVERS)).replace("WAIT", f"{2 * LENGTH:g}")
    yield case("radios of servers that start together", updated, answer, _spreads, around=around)
    own = {"share": {"perMinute": 10}, "cache": "bypass", "maxRetries": 0, "deadline": 100}
    asked = f"{ring.operation.id}({{ {ring.seed.name} = tostring(number % 100 + 1) }})"
    line = made(**own) + PLAYERS["a Sound"] + _LINE.replace("ASKED", asked).replace("SEED", _SEED)
    yield case("a radio among many questions", line, answer, _goes_first(ring), around=around)


def _remembers(seen: Observation) -> Iterator[Broken]:
    first, second, answers = seen.returned
    if first != second or not answers:
        yield Broken(
            "shared-memory", f"two radios of one seed came to {first} and {second}; {answers} answers were remembered"
        )
    if len(seen.exchanges) > 2:
        yield Broken(
            "shared-memory", f"{len(seen.exchanges)} requests for two radios of servers that remember together"
        )


def _spreads(seen: Observation) -> Iterator[Broken]:
    times = [exchange.at for exchange in seen.exchanges]
    first = [time for time in times if time < LENGTH]
    if len(first) != _SERVERS:
        yield Broken("radio-spares", f"{_SERVERS} radios asked {len(first)} times while their seed played")
    elif max(first) - min(first) < _APART:
        yield Broken(
            "radio-spares", f"{_SERVERS} radios that start together asked within {max(first) - min(first):.1f} s"
        )
    if len(set(heard(seen))) < 2:
        yield Broken("radio-goes-on", f"radios of servers that share played {heard(seen)}")


def _goes_first(ring: Ring) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        (at,) = seen.returned
        later = [exchange for exchange in seen.exchanges if exchange.at > at - 0.1]
        asked = [exchange.request.url.params.get(ring.seed.name) for exchange in later[:1]]
        if asked != [_SEED]:
            yield Broken("limit-shared", f"a radio asked at {at:.1f} s; the next request was about {asked}")
        minutes = [sum(60 * n <= exchange.at < 60 * n + 60 for exchange in seen.exchanges) for n in range(2, 5)]
        if not all(8 <= count <= 10 for count in minutes):
            yield Broken("limit-shared", f"of 10 requests a minute {minutes} were sent")

    return judge
