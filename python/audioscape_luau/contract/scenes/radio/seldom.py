"""What seldom happens to a radio: orders while nothing plays, unknown tracks, functions of a game's that fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, cast

import httpx

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.expect import always
from audioscape_luau.contract.scenes.mir import structured
from audioscape_luau.contract.scenes.parts import cases_of, page_of
from audioscape_luau.contract.scenes.radio.ring import (
    FIRST,
    LENGTH,
    PLAYERS,
    Ring,
    is_near,
    listened,
)
from audioscape_luau.contract.scenes.radio.seeds import source_of
from audioscape_luau.contract.subject import Answer, Observation
from audioscape_luau.openapi import ApiModel, Operation

_OTHER = "300"
_PLAYS = """
local steps, phase = {}, "stopped"
radio.stateChanged:Connect(function(now) phase = now end)
local function step(order, seconds)
	local ok, err = order()
	task.wait(seconds or 1)
	local track = radio:nowPlaying()
	table.insert(steps, `{if ok then phase else err.id} {if track then track.ID else "none"} {player.IsPlaying}`)
end
"""

_SEARCHING: Sequence[tuple[str, float, str]] = (
    ("radio:start(SOURCE)", 5, "searching none false"),
    ("radio:skip()", 1, "searching none false"),
    ("radio:pause()", 1, "paused none false"),
    ("radio:pause()", 1, "paused none false"),
    ("radio:resume()", 1, "searching none false"),
    ("radio:pause()", 1, "paused none false"),
    (f'radio:queue("{_OTHER}")', 1, "paused none false"),
    ("radio:resume()", 3, f"playing {_OTHER} true"),
    ("radio:stop()", 1, "stopped none false"),
)
"""Orders to a radio that finds nothing, and what comes of them: its phase, the track, and whether it sounds."""
_HELD: Sequence[tuple[str, float, str]] = (
    (f'radio:start("{FIRST}")', 5, f"playing {FIRST} true"),
    ("radio:previous()", 1, f"radio_no_previous {FIRST} true"),
    ("radio:start()", 1, f"playing {FIRST} true"),
    (f'radio:start("{FIRST}")', 1, f"playing {FIRST} true"),
    (f'radio:reportUnplayable(nil, "{FIRST}")', 1, f"radio_not_present {FIRST} true"),
    ("radio:setVolume(0)", 1, f"playing {FIRST} true"),
    ("radio:setVolume(10)", 1, f"playing {FIRST} true"),
    ("radio:pause()", 1, f"paused {FIRST} false"),
    ("radio:start()", 1, f"playing {FIRST} true"),
    ("radio:resume()", 1, f"playing {FIRST} true"),
    ("radio:pause()", 1, f"paused {FIRST} false"),
    (f'radio:queue("{_OTHER}")', 1, f"paused {FIRST} false"),
    ("radio:skip()", 3, f"playing {_OTHER} true"),
    ("radio:pause()", 1, f"paused {_OTHER} false"),
    ("radio:previous()", 3, f"playing {FIRST} true"),
    ("radio:pause()", 1, f"paused {FIRST} false"),
    ('radio:start("50")', 3, "playing 50 true"),
    ("radio:pause()", 1, "paused 50 false"),
    ("radio:stop()", 1, "stopped none false"),
)
"""The same of a radio that is paused now and then."""
_SEEDS = {
    "": "radio_no_seed",
    "rbxasset://sounds/music.mp3": "radio_unreadable_seed",
}
"""What a player may hold that is no track, and what `start` says of it."""
_UNFILTERED = 'game:GetService("SoundService").RespectFilteringEnabled = false\n'
_EFFECT = """
local effect = Instance.new("EqualizerSoundEffect")
effect.Parent = player
radio:start("FIRST")
task.wait(WAIT)
local found = {}
for _, other in game:GetService("SoundService"):GetDescendants() do
	if other.ClassName == "EqualizerSoundEffect" and other ~= effect then
		table.insert(found, other.Parent.ClassName)
	end
end
return found
"""
_AUDIENCES = {
    "no list": "function() return 5 end",
    "a list of names": 'function() return { "Ann" } end',
    "a table that is no list": "function() return { ann = true } end",
    "nothing": "function() end",
}
_AUDIENCE = """
radio:start("FIRST")
task.wait(5)
local ok = radio:reportUnplayable(game:GetService("Players"):GetPlayers()[1], radio:nowPlaying().ID)
task.wait(2)
return ok, radio:nowPlaying().ID
"""
_FADE = 6.0
_STRUCTURES = {
    "no structure": "function() return 5 end",
    "nothing": "function() return nil end",
    "a structure of numbers": "function() return { sections = { 5 } } end",
    "a failure": 'function() error("a fault of the game") end',
}
_UPBEAT, _PHRASE = 3.0, LENGTH - 12
"""Where the first bar of each track begins, and where a phrase of it ends."""
_TEMPOS: Mapping[str, tuple[float, float, float]] = {
    "one tempo": (120, 120, _UPBEAT),
    "nearly one tempo": (120, 126, _UPBEAT),
    "double tempo": (60, 120, _UPBEAT),
    "nearly double tempo": (63, 120, _UPBEAT),
    "unlike tempos": (100, 130, 0),
    "no tempo": (0, 0, 0),
}
"""The tempo of every second track and of the others, and how long before the phrase ends the next one comes in."""
_DAY = """
radio:start("FIRST")
task.wait(WAIT)
local first = table.concat(told, " ")
radio:stop()
task.wait(90000)
radio:start("OTHER")
task.wait(WAIT)
return first, table.concat(told, " ")
"""
_DISTINCT = 5


_FLOOD = """
radio:start("FIRST")
task.wait(5)
for number = 1, SECONDS do
	radio:reseed(tostring(number * 3 % 400 + 1))
	task.wait(1)
end
return table.concat(told, " ")
"""
_HASTE = """
radio:start("FIRST")
task.wait(80)
local before = #told
for _ = 1, 40 do radio:skip() task.wait(0.1) end
task.wait(20)
return #told - before, radio:nowPlaying() ~= nil
"""
_FLOODED = 150
_BURST, _EACH = 5, 10.0
"""Requests that a radio may send at once, and seconds between those after them."""


def scenes(ring: Ring, model: ApiModel) -> Iterator[Case]:
    """Yield radios to which that happens."""
    case, answer, around = cases_of(ring.operation), ring.answer(), listened()
    ways = [source_of(operation, way) for operation in model.operations for way in operation.seeds]
    for player in PLAYERS:
        for source in ways[:1]:
            script = _steps(ring, player, _SEARCHING).replace("SOURCE", source)
            name = f"orders to a radio on {player} that finds nothing"
            yield case(name, script, always(500), _follows(_SEARCHING), around=around, expects_output=True)
        name = f"orders to a radio on {player} that is paused"
        yield case(name, _steps(ring, player, _HELD), answer, _follows(_HELD), around=around, expects_output=True)
    for content, id in _SEEDS.items():
        script = f'{ring.tuned()}player.SoundId = "{content}"\nlocal ok, err = radio:start()\nhear(describe(err))\n'
        name = f"a radio that starts with {content or 'nothing'}"
        yield case(name, f"{script}return ok, err.id", answer, _says(id), around=around, expects_output=True)
    script = f"{ring.tuned()}{_UNFILTERED}client:radio(Instance.new('Sound'))\nclient:radio(Instance.new('Sound'))"
    yield case("a radio where clients can stop the music", script, answer, _warns, around=around, expects_output=True)
    effect = f"{ring.tuned({'crossfade': 8})}{_EFFECT}".replace("FIRST", FIRST).replace("WAIT", f"{LENGTH - 4:g}")
    yield case("a fade of a sound with effects", effect, answer, _keeps_effects, around=around)
    for what, returns in _AUDIENCES.items():
        script = ring.tuned({"audience": Luau(returns)}) + _AUDIENCE.replace("FIRST", FIRST)
        name = f"a radio whose audience is {what}"
        yield case(name, ring.in_its_words(script), answer, _all_listen, around=around, expects_output=True)
    for what, returns in _STRUCTURES.items():
        script = ring.played(4 * LENGTH, {"crossfade": _FADE, "structure": Luau(returns)})
        judge = _fades_late(told=what != "nothing")
        yield case(f"a radio whose structures are {what}", script, answer, judge, around=around, expects_output=True)
    for what, (one, other, early) in _TEMPOS.items():
        structure = Luau(_structure(ring, one, other))
        script = ring.played(6 * LENGTH, {"crossfade": _FADE, "structure": structure, "strategy": "nearest"})
        yield case(f"a fade between tracks of {what}", script, answer, _meets(early), around=around)
    flood = ring.tuned() + _FLOOD.replace("FIRST", FIRST).replace("SECONDS", str(_FLOODED))
    yield case("a radio that is reseeded every second", flood, answer, _is_slow, around=around)
    haste = ring.tuned() + _HASTE.replace("FIRST", FIRST)
    yield case("a radio that is skipped all the time", haste, answer, _skips, around=around)
    unknown = ring.in_its_words(_unknown())
    yield case(
        "a radio of a track that nobody knows", ring.tuned() + unknown, _ignorant(ring), _tells_of_seed, around=around
    )
    day = _DAY.replace("FIRST", FIRST).replace("OTHER", _OTHER).replace("WAIT", f"{12 * LENGTH:g}")
    options = {"maxDistinct": _DISTINCT, "historySize": 2}
    long = replace(around, listened=False, longest=2 * 86400.0)
    yield case("a radio of few different tracks a day", ring.tuned(options) + day, answer, _renews, around=long)


def _steps(ring: Ring, player: str, steps: Sequence[tuple[str, float, str]]) -> str:
    orders = "".join(f"step(function() return {order} end, {seconds:g})\n" for order, seconds, _ in steps)
    return f"{ring.tuned(player=player)}{ring.in_its_words(_PLAYS)}{orders}return steps"


def _follows(steps: Sequence[tuple[str, float, str]]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        (found,) = cast("tuple[list[str]]", seen.returned)
        for (order, _, wanted), had in zip(steps, found, strict=True):
            if had != wanted:
                yield Broken("radio-obeys", f"after `{order}` the radio is {had}; due is {wanted}")
                return

    return judge


def _says(id: str) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        if seen.returned != (False, id):
            yield Broken("radio-refuses", f"`start` without a track returned {seen.returned}, not {id}")

    return judge


def _warns(seen: Observation) -> Iterator[Broken]:
    if len(seen.output) != 1 or "RespectFilteringEnabled" not in seen.output[0]:
        yield Broken(
            "radio-tells", f"clients can stop the music; of two radios that printed {seen.output}, not one warning"
        )


def _keeps_effects(seen: Observation) -> Iterator[Broken]:
    (found,) = seen.returned
    if set(found) != {"Sound"}:
        yield Broken("radio-fades", f"in a fade the track that ends is to sound as before: its effects are in {found}")


def _all_listen(seen: Observation) -> Iterator[Broken]:
    ok, track = seen.returned
    ids = [cast("Mapping[str, Any]", event).get("id") for event in seen.events]
    if "radio_audience_failed" not in ids:
        yield Broken("radio-tells", f"an audience is no list of players, and `failed` told of {ids}")
    if ok is not True or track == FIRST:
        yield Broken("radio-audience", "an audience is no list of players, and a player's report did not count")


def _fades_late(*, told: bool) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        ids = [cast("Mapping[str, Any]", event).get("id") for event in seen.events]
        if ("radio_structure_failed" in ids) is not told:
            yield Broken("radio-tells", f"what `structure` returns is of no use, and `failed` told of {ids}")
        for start, end in _spans(seen)[:-1]:
            if abs(end - start - LENGTH) > 0.2:
                yield Broken(
                    "radio-fades", f"without a structure a track was heard for {end - start:.1f} s of {LENGTH:g}"
                )

    return judge


def _structure(ring: Ring, one: float, other: float) -> str:
    bpm = f"if tonumber(track.{ring.identity}) < 200 then {one:g} else {other:g}"
    return f"function(track) return {structured(bpm, _UPBEAT, (_UPBEAT + 1, _PHRASE))} end"


def _spans(seen: Observation) -> list[tuple[float, float]]:
    spans: dict[str, tuple[float, float]] = {}
    for track in seen.heard:
        start, _ = spans.get(track.content, (track.start, 0))
        spans[track.content] = start, track.end
    return list(spans.values())


def _meets(early: float) -> Judge:
    """Expect that the next track begins so long before the phrase ends, of tracks that differ."""

    def judge(seen: Observation) -> Iterator[Broken]:
        # The second track is of the first one's kind.
        starts = [start for start, _ in _spans(seen)][1:]
        gaps = [later - earlier for earlier, later in pairwise(starts)]
        wrong = [gap for gap in gaps if abs(gap - (_PHRASE - early)) > 0.3]
        if len(gaps) < 3 or wrong:
            yield Broken("radio-fades", f"tracks followed one another after {gaps} s; {_PHRASE - early:g} s are due")

    return judge


def _unknown() -> str:
    script = f'radio:start("{FIRST}")\ntask.wait({6 * LENGTH:g})\nlocal before = table.concat(told, " ")\n'
    script += f'radio:start("{_OTHER}")\ntask.wait({3 * LENGTH:g})\n'
    return f'{script}return before, table.concat(told, " ")'


def _ignorant(ring: Ring) -> Answer:
    """Return an API that knows nothing like the first track."""
    own = ring.answer()
    operation: Operation = ring.operation

    def answer(request: httpx.Request, number: int) -> httpx.Response:
        if request.url.params.get(ring.seed.name) == FIRST:
            return httpx.Response(operation.success.status, json=page_of(operation, []))
        return own(request, number)

    return answer


def _tells_of_seed(seen: Observation) -> Iterator[Broken]:
    before, after = (str(told).split() for told in seen.returned)
    ids = [cast("Mapping[str, Any]", event).get("id") for event in seen.events]
    if ids.count("radio_unknown_seed") != 1:
        yield Broken("radio-tells", f"nothing is like the track that began, which is to be told of once: {ids}")
    if set(before) != {FIRST} or any(end - start > 3 for start, end in seen.silences):
        yield Broken("radio-goes-on", f"nothing is like the track that began, and {before} played")
    later = after[len(before) :]
    if later[:1] != [_OTHER] or later[-1] == _OTHER or not is_near(later[-1], _OTHER):
        yield Broken("radio-obeys", f"after a track that nobody knows, `start` led to {later}")
    if len(seen.exchanges) > 6:
        yield Broken("radio-spares", f"{len(seen.exchanges)} requests in a quarter of an hour")


def _is_slow(seen: Observation) -> Iterator[Broken]:
    most = _BURST + 1 + _FLOODED / _EACH
    if not most / 2 <= len(seen.exchanges) <= most:
        yield Broken(
            "radio-spares", f"{len(seen.exchanges)} requests of a radio that is reseeded; {most:.0f} are due at most"
        )


def _skips(seen: Observation) -> Iterator[Broken]:
    count, plays = cast("tuple[int, bool]", seen.returned)
    if not plays or not 12 <= count <= 14:
        yield Broken(
            "radio-obeys", f"skipped forty times in four seconds and given time, a radio went {count} tracks on"
        )


def _renews(seen: Observation) -> Iterator[Broken]:
    first, both = (str(told).split() for told in seen.returned)
    later = both[len(first) + 1 :]
    if len(set(first)) != _DISTINCT or not 1 < len(set(later)) <= _DISTINCT or set(later) <= set(first):
        said = f"{len(set(first))} different tracks at first, then {sorted(set(later))}"
        yield Broken("radio-stays", f"`maxDistinct = {_DISTINCT}` holds for a day; there were {said}")
