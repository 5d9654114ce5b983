"""What a radio does unless told otherwise, and what it tells of what it seldom meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.scenes.parts import cases_of
from audioscape_luau.contract.scenes.radio.ring import (
    FIRST,
    LENGTH,
    PLAYERS,
    SIZE,
    Ring,
    heard,
    listened,
    neighbour,
)
from audioscape_luau.contract.subject import Observation

_LIST, _LISTS = 3, 8
"""Tracks between two lists of similar ones, and how many such lists are due."""
_VARIETIES = (0, 0.5, 0.75, 1, None)
_HISTORY, _MOST = 50, 10
"""Tracks before one comes again, and requests for a hundred tracks, which are not reached."""
_PLAYED = 110
_AHEAD = (LENGTH - 40, LENGTH - 25)
"""When the next track does not load yet, and when it does: half a minute before the end."""
_LOOKED = """
radio:start("FIRST")
local looked = {}
for _, seconds in { BEFORE, AFTER } do
	task.wait(seconds)
	local count = 0
	for _, other in game:GetService("SoundService"):GetDescendants() do
		if other.ClassName == player.ClassName and other ~= player then
			count += 1
		end
	end
	table.insert(looked, count)
end
return looked
"""
_REFUSED = """
radio:start("x")
radio:pause()
radio:skip()
task.wait(10)
radio:previous()
task.wait(10)
radio:resume()
task.wait(10)
radio:start("FIRST")
task.wait(5)
radio:destroy()
radio:skip()
task.wait(10)
"""
_TOLD = ["bad_parameter", "radio_not_started", "radio_not_started", "radio_not_started"]
_REPORTED = """
local listener = game:GetService("Players"):GetPlayers()[1]
radio:start("FIRST") task.wait(20)
radio:pause() task.wait(5)
local ok = radio:reportUnplayable(listener, "FIRST") task.wait(5)
local silent = not player.IsPlaying
local gone = radio:nowPlaying()
radio:resume() task.wait(10)
local now = radio:nowPlaying()
return ok, silent, gone == nil, if now then now.ID else "none", player.IsPlaying
"""
_CHANCE = "function() return 0.5 end"
_SHORT, _SINGLES = 10.0, 70
"""Seconds that each track lasts while the API fails, and how many play."""
_FALLBACK = tuple(str(number) for number in range(200, 210))
_SLACK = 1.3
"""By how much longer than it must a radio may wait: by chance, so that radios do not all ask at once."""
_DUE: Mapping[int, Sequence[float]] = {
    401: (300, 300),
    500: (15, 60, 120, 120, 120),
    429: (90,),
}
"""Seconds from each request to the next where the API answers so: of a failure longer each time."""


def scenes(ring: Ring) -> Iterator[Case]:
    """Yield radios that are told little."""
    case, answer, around = cases_of(ring.operation), ring.answer(), listened()
    for variety in _VARIETIES:
        options: dict[str, Any] = {"strategy": "nearest", "tracksPerAnchor": _LIST}
        script = ring.played(_LIST * _LISTS * LENGTH, options | ({} if variety is None else {"variety": variety}))
        name = "as far as usual" if variety is None else f"by {variety:g}"
        yield case(f"a radio that roams {name}", script, answer, _roams(ring, variety), around=around)
    hundred = ring.played(_PLAYED * LENGTH, {"strategy": "nearest"})
    few = ring.answer(size=_HISTORY + 6)
    yield case("a radio of a hundred tracks", hundred, few, _as_usual(ring), around=around)
    before, after = _AHEAD
    for player in PLAYERS:
        script = ring.tuned(player=player) + _LOOKED.replace("FIRST", FIRST)
        script = script.replace("BEFORE", f"{before:g}").replace("AFTER", f"{after - before:g}")
        yield case(f"when a radio on {player} loads ahead", script, answer, _loads_in_time, around=around)
        reported = ring.in_its_words(ring.tuned(player=player) + _REPORTED.replace("FIRST", FIRST))
        name = f"a track on {player} that is reported while it is paused"
        yield case(name, reported, answer, _is_gone, around=around, expects_output=True)
    refused = f"{ring.tuned()}{_REFUSED.replace('FIRST', FIRST)}"
    yield case("orders that a radio refuses", refused, answer, _tells_refusals, around=around, expects_output=True)
    options = {"strategy": "nearest", "historySize": 3, "fallback": list(_FALLBACK), "random": Luau(_CHANCE)}
    for status, due in _DUE.items():
        script = ring.played(_SINGLES * _SHORT, options | {"tracksPerAnchor": _LIST})
        failing = ring.answer(
            *[status] * len(due), *[500] * 99, headers={"Retry-After": "90"} if status == 429 else None
        )
        name = f"how long a radio waits after {status}"
        yield case(name, script, failing, _waits(due), around=listened(asset_duration=_SHORT), expects_output=True)
    silent = tuple(neighbour(int(FIRST), place, SIZE) for place in (1, 2))
    judge, deaf = _tells_of([str(track) for track in silent]), listened(silent=silent)
    script = ring.played(3 * LENGTH, {"strategy": "nearest"})
    name = "a radio whose next tracks do not load"
    yield case(name, script, answer, judge, around=deaf, expects_output=True)


def _ids(seen: Observation) -> list[str]:
    return [str(cast("Mapping[str, Any]", event).get("id")) for event in seen.events]


def _asked(ring: Ring, seen: Observation) -> list[str]:
    return [str(exchange.request.url.params.get(ring.seed.name)) for exchange in seen.exchanges]


def _roams(ring: Ring, variety: float | None) -> Judge:
    """Expect that so large a share of the lists is of other tracks than the first."""
    due = 1 + (_LISTS - 1) * (1 if variety is None else variety)

    def judge(seen: Observation) -> Iterator[Broken]:
        asked = set(_asked(ring, seen))
        if abs(len(asked) - due) > 1 or (not variety and variety is not None and asked != {FIRST}):
            said = f"with `variety = {variety}`, {_LISTS} lists were of {sorted(asked)}"
            yield Broken("radio-roams", f"{said}; about {due:.0f} different ones are due")

    return judge


def _as_usual(ring: Ring) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        tracks = heard(seen)
        asked = _asked(ring, seen)
        back = [tracks[:place][::-1].index(track) for place, track in enumerate(tracks) if track in tracks[:place]]
        if min(back, default=0) != _HISTORY:
            yield Broken("radio-varies", f"a track came again after {min(back, default=0)} others, not {_HISTORY}")
        if not _MOST / 2 < len(asked) * 100 / _PLAYED < _MOST:
            yield Broken("radio-spares", f"{len(asked)} requests for {len(tracks)} tracks")

    return judge


def _waits(due: Sequence[float]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        gaps = [later.at - earlier.at for earlier, later in pairwise(seen.exchanges)]
        told = ", ".join(f"{gap:.0f}" for gap in gaps[: len(due)])
        if len(gaps) < len(due):
            yield Broken("radio-goes-on", f"a failing API was asked again after {told} s, and not any more")
        elif not all(least - 0.1 <= gap <= least * _SLACK + _SHORT for least, gap in zip(due, gaps, strict=False)):
            yield Broken("radio-spares", f"a failing API was asked again after {told} s; due are {list(due)}")
        if len(heard(seen)) < _SINGLES - 2:
            yield Broken("radio-goes-on", f"while the API failed, {len(heard(seen))} of {_SINGLES} tracks were heard")

    return judge


def _loads_in_time(seen: Observation) -> Iterator[Broken]:
    (looked,) = seen.returned
    if list(looked) != [0, 1]:
        before, after = (LENGTH - at for at in _AHEAD)
        said = f"{before:g} and {after:g} s before the end {list(looked)} tracks load ahead"
        yield Broken("radio-preloads", f"{said}; one is due half a minute early")


def _is_gone(seen: Observation) -> Iterator[Broken]:
    ok, silent, gone, now, plays = seen.returned
    if ok is not True or silent is not True or gone is not True:
        yield Broken("radio-audience", f"a report on a paused track returned {ok}, which stayed, or played on")
    if now in ("none", FIRST) or plays is not True:
        yield Broken("radio-obeys", f"a paused track was reported, and `resume` led to {now}")


def _tells_refusals(seen: Observation) -> Iterator[Broken]:
    if _ids(seen) != _TOLD:
        yield Broken("radio-tells", f"`failed` told of {_ids(seen)}; orders were refused with {_TOLD}")
    if not any("destroyed" in line for line in seen.output):
        yield Broken("radio-tells", f"a destroyed radio was to skip, and printed {list(seen.output)}")


def _tells_of(silent: Sequence[str]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        said = [str(cast("Mapping[str, Any]", event).get("message")) for event in seen.events]
        if len(said) != len(silent) or not all(track in text for track, text in zip(silent, said, strict=True)):
            yield Broken("radio-tells", f"{', '.join(silent)} did not load, and `failed` told: {said}")
        if set(silent) & {*heard(seen)}:
            yield Broken("radio-goes-on", f"{', '.join(silent)} did not load ahead; heard were {heard(seen)}")

    return judge
