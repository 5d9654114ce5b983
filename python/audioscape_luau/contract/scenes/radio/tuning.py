"""What the options of a radio change in what is heard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.pages import item_shape
from audioscape_luau.contract.scenes.mir import mood
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

_PATIENT, _HASTY, _USUAL = 20.0, 3.0, 10.0
"""Seconds for which a radio waits for a track to load, the last one unless told otherwise."""
_COPIES = """
radio:start("FIRST")
task.wait(WAIT)
local copies = {}
for _, other in game:GetService("SoundService"):GetDescendants() do
	if other.ClassName == player.ClassName and other ~= player then
		table.insert(copies, if other:IsA("Sound") then other.SoundId else other.Asset)
	end
end
return copies, radio:upcoming()[1] and radio:upcoming()[1].ID
"""
_DRAWN = """
radio:start("FIRST")
task.wait(WAIT)
return shared.drawn
"""
_SHOWN = """
radio:start("FIRST") task.wait(5)
radio:skip() task.wait(5)
local function shown(name) return player:GetAttribute("AudioScape" .. name) end
return shown("Name"), shown("Artist"), shown("Duration"), shown("Speed"), radio:nowPlaying().ID
"""
_COUNTED = Luau("function() shared.drawn = (shared.drawn or 0) + 1 return 0.5 end")
_CHANGES = 8
"""How often a smooth radio may go from one kind to the other in so many tracks."""
_TRACKS = 40


def scenes(ring: Ring) -> Iterator[Case]:
    """Yield radios with options, each of which shows in what is heard."""
    case, answer, around = cases_of(ring.operation), ring.answer(), listened()
    evens = listened(silent=tuple(range(2, SIZE, 2)))
    for name, seconds in (("is patient", _PATIENT), ("is not patient", _HASTY), ("is as patient as usual", _USUAL)):
        options = {"preload": False, "strategy": "nearest"}
        options |= {} if seconds == _USUAL else {"loadTimeout": seconds}
        script = ring.played(6 * LENGTH, options)
        label = f"a radio that {name} with tracks that do not load"
        yield case(label, script, answer, _waits(seconds), around=evens, expects_output=True)
    for player in PLAYERS:
        for preload in (True, False):
            looks = ring.tuned({"preload": preload}, player) + ring.in_its_words(_COPIES)
            looks = looks.replace("FIRST", FIRST).replace("WAIT", f"{LENGTH - 15:g}")
            name = f"a radio on {player} that loads {'' if preload else 'nothing '}ahead"
            yield case(name, looks, answer, _loads_ahead if preload else _loads_late, around=around)
    drawn = ring.tuned({"strategy": "explore", "random": _COUNTED}) + _DRAWN
    drawn = drawn.replace("FIRST", FIRST).replace("WAIT", f"{4 * LENGTH:g}")
    yield case("a radio with chance of the game's", drawn, answer, _draws, around=around)
    script = ring.played(9 * LENGTH, {"strategy": "nearest"})
    yield case("a radio that plays the nearest", script, answer, _is_nearest, around=around)
    script = ring.played(9 * LENGTH, {"strategy": "nearest", "tracksPerAnchor": 2})
    yield case("a radio that soon asks again", script, answer, _asks_again(ring), around=around)
    shape = item_shape(ring.operation)
    if shape and mood(calm=True).keys() <= {field.name for field in shape.fields}:
        script = ring.played(_TRACKS * LENGTH, {"strategy": "smooth"})
        yield case("a radio that is smooth", script, ring.answer(tell=_of_two_kinds), _is_smooth, around=around)
    if ring.has("name", "artist"):
        titled = ring.answer(tell=_titles)
        shown = ring.in_its_words(ring.tuned() + _SHOWN.replace("FIRST", FIRST))
        yield case("the titles that a radio shows", shown, titled, _shows_titles, around=around)


def _titles(number: int) -> Mapping[str, Any]:
    return {"name": f"Song {number}", "artist": f"Artist {number}", "duration": LENGTH}


def _is_calm(number: int) -> bool:
    return number % 2 == 0


def _of_two_kinds(number: int) -> Mapping[str, Any]:
    """Tell of a track that is calm or loud, as every other pair of those most alike is."""
    return mood(calm=_is_calm(number))


def _is_smooth(seen: Observation) -> Iterator[Broken]:
    kinds = [_is_calm(int(track)) for track in heard(seen) if track.isdecimal()]
    changes = sum(one != other for one, other in pairwise(kinds))
    if len(kinds) < _TRACKS - 2:
        yield Broken("radio-goes-on", f"{len(kinds)} of {_TRACKS} tracks were heard")
    elif changes > _CHANGES:
        yield Broken(
            "radio-smooth", f"of {len(kinds)} tracks {changes} sound unlike the one before; at most {_CHANGES} need to"
        )


def _waits(seconds: float) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        gaps = [end - start for start, end in seen.silences if start > LENGTH and end - start > 1]
        if not gaps:
            yield Broken("radio-goes-on", "tracks that do not load were heard")
        elif not all(seconds - 1 <= gap <= seconds + 3 for gap in gaps[:1]):
            yield Broken(
                "radio-goes-on", f"a track that does not load was passed over after {gaps[0]:.1f} s, not {seconds:g}"
            )

    return judge


def _loads_ahead(seen: Observation) -> Iterator[Broken]:
    copies, following = seen.returned
    if f"rbxassetid://{following}" not in list(copies):
        yield Broken("radio-preloads", f"15 s before the end {following} is next, and {list(copies)} load")


def _loads_late(seen: Observation) -> Iterator[Broken]:
    copies, _ = seen.returned
    if any(copies):
        yield Broken("radio-preloads", f"with `preload = false`, {list(copies)} load ahead")


def _draws(seen: Observation) -> Iterator[Broken]:
    (drawn,) = seen.returned
    if not drawn:
        yield Broken("radio-obeys", "a radio that explores never asked the game's `random`")


def _is_nearest(seen: Observation) -> Iterator[Broken]:
    tracks = heard(seen)
    wanted = [FIRST, *(str(neighbour(int(FIRST), place, SIZE)) for place in range(1, len(tracks)))]
    if list(tracks) != wanted:
        yield Broken("radio-similar", f"`nearest` played {', '.join(tracks)}; the most similar are {', '.join(wanted)}")


def _asks_again(ring: Ring) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        asked = [str(exchange.request.url.params.get(ring.seed.name)) for exchange in seen.exchanges]
        if not 3 <= len(set(asked)) <= 6:
            yield Broken("radio-similar", f"with `tracksPerAnchor = 2`, nine tracks led to questions about {asked}")

    return judge


def _shows_titles(seen: Observation) -> Iterator[Broken]:
    name, artist, duration, speed, track = seen.returned
    if (name, artist) != (f"Song {track}", f"Artist {track}"):
        yield Broken("radio-shows", f"the attributes name {name!r} by {artist!r} while {track} plays")
    if not isinstance(duration, int | float) or abs(duration - LENGTH) > 1 or speed != 1:
        yield Broken("radio-shows", f"by the attributes the track lasts {duration} s, at speed {speed}")
