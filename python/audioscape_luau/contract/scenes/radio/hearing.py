"""What players hear of a radio, whatever the engine, the API and the game do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any, cast

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.scenes.mir import loud
from audioscape_luau.contract.scenes.parts import cases_of
from audioscape_luau.contract.scenes.radio.ring import (
    FIRST,
    LENGTH,
    PLAYERS,
    SIZE,
    Ring,
    heard,
    is_near,
    listened,
)
from audioscape_luau.contract.subject import Observation
from audioscape_luau.simulation import strategies
from roblox_double import Heard

_GAP = 3.0
"""Seconds of silence between two tracks that are forgiven: an end that is not told has to be found out."""
_WINDOW = 50
"""Tracks among which none comes twice, unless a game says otherwise."""
_HOUR = 3645.0
"""About an hour, of which no part that is played ends where one track gives way to another."""
_TROUBLE = 0.3
"""Requests a track that a radio may send in a long run of trouble."""
_ENGINES: Mapping[str, Mapping[str, Any]] = {
    "signals are deferred": {"signal_behavior": "deferred"},
    "the server is deaf": {"audio_server": "deaf"},
    "Ended never comes": {"audio_server_ended": "never"},
    "Ended comes late": {"audio_server_ended": "late"},
    "Ended comes twice": {"audio_server_ended": "twice"},
    "Ended comes for the track before": {"audio_server_ended": "stale"},
    "the server reads no length": {"audio_server_length": 0.0, "audio_server_ended": "never"},
    "the server reads half the length": {"audio_server_length": 0.5},
    "Play is lost before the track is there": {"sound_play_before_load": "lost"},
    "another track stops the player": {"audio_content_change": "stops", "audio_content_change_event": "Ended"},
}
"""What an engine may do that nobody has documented, or that it does wrong."""
_FALLBACK = ("301", "302", "303")
_LAST = Luau("function(candidates) return candidates[#candidates] end")
_FAILS = Luau('function() error("a fault of the game") end')
_SECOND = """
radio:start("FIRST")
task.wait(10)
local second = Instance.new("Sound")
second.Parent = game:GetService("SoundService")
local other, told = client:radio(second), {}
other.failed:Connect(function(err) table.insert(told, err.kind) end)
other:start("50")
task.wait(30)
return told
"""
_PAST = """
local past = {}
for _, track in radio:history() do table.insert(past, track.ID) end
return past
"""
_STRANGER = Luau("function() return {} end")
_FADE = 6.0
_PHRASE = LENGTH - 20
"""Where a phrase of each track ends, from which on the next one may be heard."""
_PHRASED = Luau(f"function() return {{ phrases = {{ {{ start = 0 }}, {{ start = {_PHRASE:g} }} }} }} end")
_LEVELLED = {"targetLoudness": -14, "strategy": "nearest"}
_JUMP = 0.25
"""How much of a track's volume may come or go at once in a fade."""
_PATIENCE = 299.0
"""Seconds after which a radio may try a refused key again, but for a second."""


def scenes(ring: Ring) -> Iterator[Case]:
    """Yield radios that are listened to."""
    yield from _Hearing(ring).scenes()


class _Hearing:
    def __init__(self, ring: Ring) -> None:
        self.ring = ring
        self.case = cases_of(ring.operation)
        self.reach = ((ring.operation.page_size or SIZE) + 1) // 2
        """Steps from a track to the farthest on its page."""

    def scenes(self) -> Iterator[Case]:
        ring, answer, around = self.ring, self.ring.answer(), listened()
        for player in PLAYERS:
            script, judges = ring.played(3 * _HOUR, player=player), [*self.as_usual(3 * _HOUR), self.spares]
            yield self.case(f"three hours of radio on {player}", script, answer, _all(*judges), around=around)
            for name, changes in _ENGINES.items():
                script, judge = ring.played(_HOUR / 3, player=player), _all(*self.as_usual(_HOUR / 3))
                yield self.case(f"a radio on {player}, {name}", script, answer, judge, around=listened(**changes))
        small = _all(_goes_on(3 * _HOUR), _varies, _tells)
        script = ring.played(3 * _HOUR)
        yield self.case("a radio in a small catalogue", script, ring.answer(size=_WINDOW + 5), small, around=around)
        for strategy in strategies():
            script, judge = ring.played(_HOUR, {"strategy": strategy}), _all(*self.as_usual(_HOUR))
            yield self.case(f"a radio with the strategy {strategy}", script, answer, judge, around=around)
        if ring.filters:
            name, value = ring.filters
            script, judges = ring.played(_HOUR / 3, {"filters": value}), [*self.as_usual(_HOUR / 3), _sent(name, value)]
            yield self.case("a radio with filters", script, answer, _all(*judges), around=around)
        for player in PLAYERS:
            fades, judge = ring.played(_HOUR / 3, {"crossfade": _FADE}, player), _all(_goes_on(_HOUR / 3), _fades)
            yield self.case(f"a radio on {player} that fades", fades, answer, judge, around=around)
            script = ring.played(_HOUR / 3, {"crossfade": _FADE, "structure": _PHRASED}, player)
            name, judge = f"a radio on {player} that knows the phrases", _all(_goes_on(_HOUR / 3), _fades, _hands_over)
            yield self.case(name, script, answer, judge, around=around)
            script = ring.played(_HOUR / 6, {**_LEVELLED, "crossfade": _FADE}, player)
            uneven = ring.answer(tell=lambda number: loud(-20 if number % 2 else -9))
            name = f"a radio on {player} that fades between loud and quiet tracks"
            yield self.case(name, script, uneven, _all(_fades, _steady), around=around)
        yield from self.games()
        yield from self.failures()
        yield from self.silent_tracks()

    def games(self) -> Iterator[Case]:
        """Yield radios that a game tells how to choose."""
        around, answer = listened(), self.ring.answer()
        own = _all(*self.as_usual(_HOUR / 3), self.chooses_last)
        script = self.ring.played(_HOUR / 3, {"strategy": _LAST})
        yield self.case("a radio with a strategy of the game's", script, answer, own, around=around)
        script = self.ring.played(_HOUR / 3, {"strategy": _FAILS})
        failing = _all(*self.as_usual(_HOUR / 3), _told_of("invalid_request"))
        yield self.case("a radio with a strategy that fails", script, answer, failing, around=around)
        script = self.ring.played(_HOUR / 3, {"strategy": _STRANGER})
        yield self.case("a radio with a strategy that names a stranger", script, answer, failing, around=around)
        script = self.ring.played(_HOUR / 3, {"strategy": "explore", "random": _FAILS})
        yield self.case("a radio with chance that fails", script, answer, failing, around=around)
        script = self.ring.played(_HOUR / 3, first=self.ring.odd_track(FIRST))
        begins = _all(*self.as_usual(_HOUR / 3))
        yield self.case("a radio of a track that the game froze", script, answer, begins, around=around)

    def failures(self) -> Iterator[Case]:
        ring, around, hour = self.ring, listened(), self.ring.played(_HOUR)
        later = _all(*self.as_usual(_HOUR), _recovers)
        yield self.case("a radio while the API fails", hour, ring.answer(200, *[500] * 3), later, around=around)
        first = _all(_goes_on(_HOUR), _has_heard(20), _told_of("server_error", "circuit_open"))
        yield self.case("a radio whose API fails at first", hour, ring.answer(*[503] * 3), first, around=around)
        down = ring.answer(*[500] * 1000)
        falls_back = _all(_goes_on(_HOUR), _has_heard(1 + len(_FALLBACK)), _only({FIRST, *_FALLBACK}), _costs_little)
        safe = ring.played(_HOUR, {"fallback": list(_FALLBACK)})
        yield self.case("a radio with tracks for when the API is down", safe, down, falls_back, around=around)
        patient = _all(_never_silent, _has_heard(20))
        years = ring.answer(503, headers={"retry-after": "999999999"})
        yield self.case("a radio whose API asks for years", ring.played(2 * _HOUR), years, patient, around=around)
        refused = _all(_never_silent, _only({FIRST}), _told_of("unauthorized"), _patient)
        yield self.case("a radio whose key is refused", hour, ring.answer(*[401] * 1000), refused, around=around)
        both = f"{ring.tuned()}{_SECOND.replace('FIRST', FIRST)}"
        name = "two radios of a client whose key is refused"
        yield self.case(name, both, ring.answer(*[401] * 1000), _asks_once, around=around)

    def silent_tracks(self) -> Iterator[Case]:
        """Yield a radio in a game that is not allowed to play every third track."""
        silent = tuple(range(3, SIZE, 3))
        playable = {str(number) for number in range(1, SIZE + 1)} - set(map(str, silent))
        judge = _all(_goes_on(_HOUR / 2), _varies, _only(playable))
        script, around = self.ring.played(_HOUR / 2), listened(silent=silent)
        name = "a radio whose tracks do not all load"
        yield self.case(name, script, self.ring.answer(), judge, around=around, expects_output=True)
        started = self.ring.played(_HOUR / 2, {"preload": False})
        past = self.ring.in_its_words(f"{started[: started.rindex('return')]}{_PAST}")
        name = "the history of a radio whose tracks do not all load"
        yield self.case(name, past, self.ring.answer(), _remembers(playable), around=around, expects_output=True)

    def as_usual(self, seconds: float) -> list[Judge]:
        return [_goes_on(seconds), _varies, _plays_out, _tells, self.sounds_like]

    def sounds_like(self, seen: Observation) -> Iterator[Broken]:
        asked = [str(exchange.request.url.params.get(self.ring.seed.name)) for exchange in seen.exchanges]
        for track in heard(seen)[1:]:
            if not any(is_near(track, seed, self.reach) for seed in asked):
                yield Broken("radio-similar", f"track {track} is in no reply; asked about were {', '.join(asked)}")
                return

    def spares(self, seen: Observation) -> Iterator[Broken]:
        if len(seen.exchanges) * 10 > len(seen.heard):
            yield Broken("radio-spares", f"{len(seen.exchanges)} requests were sent for {len(seen.heard)} tracks")

    def chooses_last(self, seen: Observation) -> Iterator[Broken]:
        """Expect tracks from the far end of the page."""
        for track in heard(seen)[1:2]:
            if is_near(track, FIRST, self.reach // 2):
                yield Broken("radio-obeys", f"the strategy chose the last candidate, track {track} was played")


def _all(*judges: Judge) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        for one in judges:
            yield from one(seen)

    return judge


def _never_silent(seen: Observation) -> Iterator[Broken]:
    for start, end in seen.silences:
        if end - start > _GAP:
            yield Broken("radio-goes-on", f"{end - start:.1f} s of silence from second {start:.0f} on")
            return


def _goes_on(seconds: float) -> Judge:
    """Expect music all the time, in tracks that follow one another."""

    def judge(seen: Observation) -> Iterator[Broken]:
        yield from _never_silent(seen)
        count = max(len(seen.heard), len(_told(seen)))
        if count < seconds / LENGTH - 1:
            yield Broken("radio-goes-on", f"only {count} tracks were played in {seconds:g} s")

    return judge


def _varies(seen: Observation) -> Iterator[Broken]:
    # What follows itself without a gap is one track to the ear.
    for tracks in (heard(seen), _told(seen)):
        for place, track in enumerate(tracks):
            if track in tracks[max(0, place - _WINDOW) : place]:
                yield Broken("radio-varies", f"track {track} was played twice within {_WINDOW} tracks")
                return


def _plays_out(seen: Observation) -> Iterator[Broken]:
    for track in seen.heard[:-1]:
        if track.end - track.start < LENGTH - 1:
            yield Broken("radio-plays-out", f"of {track.content} only {track.end - track.start:.1f} s were heard")
            return


def _told(seen: Observation) -> Sequence[str]:
    return str((*seen.returned, "")[0]).split()


def _tells(seen: Observation) -> Iterator[Broken]:
    if [track for track, _ in groupby(_told(seen))] != heard(seen):
        told, sounded = (" ".join(tracks) for tracks in (_told(seen), heard(seen)))
        yield Broken("radio-tells", f"trackChanged told of {told}; heard were {sounded}")


def _told_of(*kinds: str) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        told = [cast("Mapping[str, Any]", event).get("kind") for event in seen.events]
        if not set(told) & set(kinds):
            yield Broken("radio-tells", f"`failed` told of {told}; {' or '.join(kinds)} happened")

    return judge


def _has_heard(distinct: int) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        if len(set(heard(seen))) < distinct:
            yield Broken("radio-varies", f"only {len(set(heard(seen)))} different tracks were heard")

    return judge


def _only(tracks: set[str]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        for track in heard(seen):
            if track not in tracks:
                yield Broken("radio-similar", f"track {track} was heard, which nobody could choose")
                return

    return judge


def _sent(name: str, value: Any) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        for exchange in seen.exchanges:
            sent = exchange.request.url.params.get(name)
            if sent is None or json.loads(sent) != value:
                yield Broken("wrong-meaning", f"the radio's filters are {value}; as `{name}`, {sent} was sent")
                return

    return judge


def _costs_little(seen: Observation) -> Iterator[Broken]:
    if len(seen.exchanges) > _TROUBLE * len(seen.heard):
        yield Broken("radio-spares", f"{len(seen.exchanges)} requests in trouble, for {len(seen.heard)} tracks")


def _recovers(seen: Observation) -> Iterator[Broken]:
    last = seen.exchanges[-1].response if seen.exchanges else None
    if last is None or not last.is_success:
        yield Broken("radio-goes-on", "the radio did not ask again until the API had recovered")


def _asks_once(seen: Observation) -> Iterator[Broken]:
    (told,) = seen.returned
    if "unauthorized" not in told:
        yield Broken("radio-tells", f"the key is refused, and the second radio's `failed` told of {told}")
    if len(seen.exchanges) != 1:
        yield Broken("radio-spares", f"two radios asked {len(seen.exchanges)} times with a key that is refused")


def _patient(seen: Observation) -> Iterator[Broken]:
    for before, after in pairwise(exchange.at for exchange in seen.exchanges):
        if after - before < _PATIENCE:
            yield Broken("radio-spares", f"an API that refuses the key is asked again after {after - before:.1f} s")
            return


def _remembers(playable: set[str]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        (past,) = seen.returned
        wrong = [track for track in past if track not in playable]
        if wrong or not past:
            yield Broken(
                "radio-tells", f"of {len(past)} tracks in the history, nobody heard {', '.join(wrong) or 'any'}"
            )

    return judge


def _steady(seen: Observation) -> Iterator[Broken]:
    """Expect each track to have a volume of its own, and no jumps on the way there and from there."""
    own: dict[str, float] = {}
    for content, stretches in _by_content(seen).items():
        own[content] = max(stretches, key=lambda track: track.end - track.start).volume
        for before, after in pairwise(stretches):
            if abs(after.volume - before.volume) > _JUMP * own[content] and after.start - before.end < 1:
                jump = f"{before.volume:.2f} to {after.volume:.2f}"
                yield Broken(
                    "radio-fades",
                    f"in a fade the volume of a track that plays at {own[content]:.2f} jumped from {jump}",
                )
                return
        if max(track.volume for track in stretches) > own[content] * 1.01:
            yield Broken("radio-fades", "in a fade a track was louder than it is")
            return
    volumes = list(own.values())[1:]
    if len(volumes) > 2 and max(volumes) < 2 * min(volumes):
        yield Broken("radio-volume", f"tracks of different loudness were played at {volumes}")


def _by_content(seen: Observation) -> dict[str, list[Heard]]:
    found: dict[str, list[Heard]] = {}
    for track in seen.heard:
        found.setdefault(track.content, []).append(track)
    return found


def _fades(seen: Observation) -> Iterator[Broken]:
    spans: dict[str, tuple[float, float]] = {}
    for track in seen.heard:
        start, _ = spans.get(track.content, (track.start, 0))
        spans[track.content] = start, track.end
    for (_, end), (start, _) in pairwise(spans.values()):
        if not _FADE - 1 <= end - start <= _FADE + 1:
            yield Broken("radio-fades", f"two tracks were heard together for {end - start:.1f} s, not for {_FADE:g}")
            return


def _hands_over(seen: Observation) -> Iterator[Broken]:
    lengths = [sum(one.end - one.start for one in track) for track in list(_by_content(seen).values())[:-1]]
    wrong = [length for length in lengths if not _PHRASE + _FADE - 1 <= length <= _PHRASE + _FADE + 1]
    if wrong:
        expected = f"a phrase ends after {_PHRASE:g} s, from where it fades for {_FADE:g} s"
        yield Broken("radio-fades", f"a track was heard for {wrong[0]:.1f} s; {expected}")
