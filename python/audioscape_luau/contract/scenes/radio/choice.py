"""Which tracks a radio chooses, and which it must not: what was heard lately in any recording, and late answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import httpx

from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.scenes.parts import cases_of
from audioscape_luau.contract.scenes.radio.ring import FIRST, LENGTH, SIZE, Ring, heard, is_near, listened
from audioscape_luau.contract.subject import Answer, Observation

_REMARKS = (
    *(
        "",
        " (Remix)",
        " [Deluxe]",
        " - Radio Edit",
        " - Live",
        " - Extended Version",
        " - Club Mix",
        " - Remaster 2011",
    ),
    *(" - Remastered", " - Instrumental", " - Acoustic", " - Demo", " - Cover", " - Loop", " feat. Ann", " ft. Ann"),
    *(" featuring Ann", "!!", " (Live) [2011]", " - remix"),
)
"""What tells one recording of a song from another."""
_NAMES = (
    *("Alpha", "Bravo", "Coral", "Delta", "Ember", "Flint", "Grove", "Haven", "Ivory", "Jewel"),
    *("Karma", "Lotus", "Maple", "Night", "Ocean", "Pearl", "Quest", "River", "Stone", "Tiger"),
)
_POOL, _FAR, _DISTINCT = range(4, 28, 3), range(120, 281, 20), 9
"""The tracks of a pool, and of one that is on no page; how many different ones a radio may choose."""
_FEW = 7
"""Requests for 20 tracks of a pool: on further pages there would be no more of them."""
_SPACING, _USUAL, _SMALL = 4, 3, 5
"""Tracks between two of an artist, and unless told otherwise; tracks that a short history holds."""
_ERA = """
radio:start("FIRST")
task.wait(1)
radio:reseed("300")
task.wait(60)
radio:skip()
task.wait(10)
radio:skip()
task.wait(10)
return table.concat(told, " ")
"""
_REPORTS = 200
_REPORTED = """
radio:start("FIRST")
for _ = 1, REPORTS do
	task.wait(2)
	local track = radio:nowPlaying()
	if track then radio:reportUnplayable(game:GetService("Players"):GetPlayers()[1], track.ID) end
end
return table.concat(told, " ")
"""
_UNFILTERED = """
radio:start("FIRST")
task.wait(1)
radio:setFilters(nil)
task.wait(60)
radio:skip()
task.wait(10)
radio:skip()
task.wait(10)
return table.concat(told, " ")
"""
_QUEUED = """
radio:start("FIRST")
task.wait(5)
radio:queue("200")
radio:queue("201")
radio:queue("202")
local coming = radio:upcoming()
radio:skip() task.wait(3)
radio:skip() task.wait(3)
radio:previous() task.wait(3)
radio:skip() task.wait(3)
radio:skip() task.wait(3)
local past = {}
for _, track in radio:history() do table.insert(past, track.ID) end
return table.concat(told, " "), table.concat(past, " "), coming[1] and coming[1].ID, coming[2] and coming[2].ID
"""


def scenes(ring: Ring) -> Iterator[Case]:
    """Yield radios that choose among tracks of which something is known."""
    case, around = cases_of(ring.operation), listened()

    def song(number: int) -> dict[str, Any]:
        place = (number + 10) % SIZE
        name = _NAMES[place // len(_REMARKS) % len(_NAMES)]
        return {"name": f"{name} Song{_REMARKS[place % len(_REMARKS)]}".upper() if place % 2 else f"{name} song"}

    def remarked(number: int) -> dict[str, Any]:
        place = (number + 10) % SIZE
        return {"name": f"{_NAMES[place // len(_REMARKS) % len(_NAMES)]} Song{_REMARKS[place % len(_REMARKS)]}"}

    for name, tell in (("songs in many recordings", remarked), ("songs in capitals", song)) if ring.has("name") else ():
        script = ring.played(8 * LENGTH)
        yield case(f"a radio of {name}", script, ring.answer(tell=tell), _songs(remarked), around=around)
    spaced = ring.played(20 * LENGTH, {"artistSpacing": _SPACING})
    artists = ring.answer(tell=lambda number: {"artist": f"Artist {number // 7}"})
    if ring.has("artist"):
        yield case("a radio of few artists", spaced, artists, _artists(_SPACING), around=around)
        usual = ring.played(20 * LENGTH)
        yield case("a radio of few artists, as usual", usual, artists, _artists(_USUAL), around=around)
    script = ring.played(30 * LENGTH, {"historySize": _SMALL, "strategy": "nearest"})
    yield case("a radio with a short history", script, ring.answer(size=30), _returns, around=around)
    pool = ring.played(20 * LENGTH, {"pool": [str(number) for number in _POOL], "historySize": _SMALL})
    yield case("a radio with a pool", pool, ring.answer(), _pooled(_POOL), around=around)
    far = ring.played(20 * LENGTH, {"pool": [str(number) for number in _FAR], "historySize": _SMALL})
    yield case("a radio with a pool that is like nothing", far, ring.answer(), _pooled(_FAR), around=around)
    few_tracks = ring.played(20 * LENGTH, {"maxDistinct": _DISTINCT, "historySize": _SMALL})
    yield case("a radio of few different tracks", few_tracks, ring.answer(), _few, around=around)
    era = ring.in_its_words(ring.tuned() + _ERA.replace("FIRST", FIRST))
    slow = ring.answer(seconds=lambda number: 8 if number == 0 else 0.2)
    yield case("a radio that gets an answer to what it no longer plays", era, slow, _latest, around=around)
    queued = ring.in_its_words(ring.tuned() + _QUEUED.replace("FIRST", FIRST))
    yield case("a radio with a queue", queued, ring.answer(), _in_order, around=around)
    if ring.filters:
        name, value = ring.filters
        late = ring.in_its_words(ring.tuned({"filters": value}) + _UNFILTERED.replace("FIRST", FIRST))
        yield case("a radio whose filters change", late, _filtered(ring, name), _newest, around=around)
    reported = ring.in_its_words(ring.tuned() + _REPORTED.replace("FIRST", FIRST).replace("REPORTS", str(_REPORTS)))
    name = "a radio whose every track is reported"
    yield case(name, reported, ring.answer(size=6), _pardons_all, around=around, expects_output=True)
    few = tuple(range(1, 7))
    dead = ring.played(40 * LENGTH)
    revived = listened(silent=few)
    name = "a radio none of whose tracks load"
    yield case(name, dead, ring.answer(size=6), _pardons, around=revived, expects_output=True)


def _filtered(ring: Ring, name: str) -> Answer:
    """Return an API that answers late to what is asked with filters, and with other tracks to what is not."""
    slow, own = ring.answer(seconds=lambda _: 8), ring.answer()

    def answer(request: httpx.Request, number: int) -> httpx.Response:
        if name in request.url.params:
            return slow(request, number)
        url = request.url.copy_set_param(ring.seed.name, "300")
        return own(httpx.Request(request.method, url), number)

    return answer


def _newest(seen: Observation) -> Iterator[Broken]:
    tracks = str(seen.returned[0]).split()
    if len(tracks) != 3 or not all(is_near(track, "300", SIZE // 4) for track in tracks[1:]):
        yield Broken("radio-obeys", f"after `setFilters`, tracks of the filters before it were played: {tracks}")


def _songs(tell: Any) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        songs = [tell(int(track))["name"].split(" ")[0] for track in heard(seen)[1:]]
        if len(songs) < 6:
            yield Broken("radio-goes-on", f"only {len(songs)} tracks were heard")
        for place, song in enumerate(songs):
            if song in songs[:place]:
                yield Broken("radio-recordings", f"another recording of {song} was played: {', '.join(heard(seen))}")
                return

    return judge


def _apart[T](played: Sequence[T]) -> list[int]:
    """Return how far before each its like was heard; SIZE if it never was."""
    return [
        next((back for back in range(1, place + 1) if played[place - back] == one), SIZE)
        for place, one in enumerate(played)
    ]


def _artists(spacing: int) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        artists = [int(track) // 7 for track in heard(seen)[1:]]
        apart = _apart(artists)
        if min(apart) <= spacing:
            yield Broken("radio-artists", f"an artist came again after {min(apart) - 1} other tracks, not {spacing}")
        elif min(apart) > spacing + 1:
            yield Broken(
                "radio-artists", f"no artist came again before {min(apart) - 1} other tracks; {spacing} were asked for"
            )

    return judge


def _returns(seen: Observation) -> Iterator[Broken]:
    tracks = heard(seen)
    apart = _apart(tracks)
    if min(apart) <= _SMALL:
        yield Broken("radio-varies", f"a track came again after {min(apart) - 1} others; the history holds {_SMALL}")
    elif min(apart) > _SMALL + 1:
        yield Broken(
            "radio-similar", f"no track came again before {min(apart) - 1} others; the nearest was free after {_SMALL}"
        )


def _pooled(pool: Sequence[int]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        tracks = heard(seen)
        if strangers := [track for track in tracks[1:] if int(track) not in pool]:
            yield Broken("radio-stays", f"of a pool of {len(pool)} tracks, others were played: {strangers}")
        elif len(set(tracks[1:])) < len(pool):
            yield Broken("radio-varies", f"of a pool of {len(pool)} tracks only {sorted(set(tracks[1:]))} were played")
        elif len(seen.exchanges) > _FEW:
            yield Broken("radio-spares", f"{len(seen.exchanges)} requests for {len(tracks)} tracks of a pool")

    return judge


def _few(seen: Observation) -> Iterator[Broken]:
    tracks = heard(seen)
    if len(set(tracks)) != _DISTINCT:
        yield Broken(
            "radio-stays", f"with `maxDistinct = {_DISTINCT}`, {len(set(tracks))} different tracks were played"
        )


def _latest(seen: Observation) -> Iterator[Broken]:
    told = str(seen.returned[0]).split()
    for track in told[1:]:
        if not is_near(track, "300", SIZE // 4):
            yield Broken("radio-obeys", f"after `reseed` came track {track}, which is like the seed before: {told}")
            return
    if len(told) != 3:
        yield Broken("radio-obeys", f"two skips after `reseed` led to {told}")


def _in_order(seen: Observation) -> Iterator[Broken]:
    told, past, *coming = seen.returned
    tracks = str(told).split()
    if coming != ["200", "201"]:
        yield Broken("radio-tells", f"`upcoming` told of {coming} while 200 and 201 were queued")
    if tracks != [FIRST, "200", "201", "200", "201", "202"]:
        yield Broken("radio-obeys", f"with 200 to 202 queued, two skips, a step back and two skips led to {tracks}")
    if str(past).split() != ["201", "200", FIRST]:
        yield Broken("radio-tells", f"`history` told of {past} after {tracks}")


def _pardons_all(seen: Observation) -> Iterator[Broken]:
    tries = str(seen.returned[0]).split()
    if len(set(tries)) < 5 or len(tries) < _REPORTS // 10:
        yield Broken("radio-pardons", f"six tracks that were all reported were tried {len(tries)} times: {set(tries)}")


def _pardons(seen: Observation) -> Iterator[Broken]:
    tries = str(seen.returned[0]).split()
    counts = {track: tries.count(track) for track in set(tries)}
    if len(counts) < 5 or min(counts.values()) < 3:
        yield Broken("radio-pardons", f"tracks that did not load were tried {counts} times in an hour")
    for earlier, later in pairwise(tries):
        if earlier == later and len(counts) > 1:
            yield Broken("radio-pardons", f"track {later}, which did not load, was tried twice in a row")
            return
