"""Whether what a radio plays fits together, in a catalogue of which only we know how alike any two tracks sound."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise
from statistics import fmean
from typing import Any, cast

import httpx

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.pages import item_shape
from audioscape_luau.contract.scenes.parts import cases_of, page_of
from audioscape_luau.contract.scenes.radio.hidden_sound import HiddenSound
from audioscape_luau.contract.scenes.radio.ring import FIRST, LENGTH, SIZE, Ring, heard, listened
from audioscape_luau.contract.subject import Answer, Observation

_EXPECTS = """
local asked = {}
local function strategy(candidates, context)
	local told = {}
	for _, one in candidates do
		told[one.ID] = context.likeness(one)
	end
	told[context.current.ID] = context.likeness(context.current)
	for _, one in shared.radio:history() do
		told[one.ID] = context.likeness(one)
	end
	local none = context.likeness({ ID = "none", score = SCORE })
	table.insert(asked, { current = context.current.ID, told = told, none = none, seed = context.seed.ID })
	return candidates[math.min(40, #candidates)]
end
"""
_SCORE = 0.25
"""What a track says that is in no reply."""
_EXACT = 1e-6
_CHANCE = """(function()
	local drawn = 1
	return function()
		drawn = drawn * 16807 % 2147483647
		return drawn / 2147483647
	end
end)()"""
_HOPS, _LIST, _TRACKS = 30, 3, 60
"""Tracks that a strategy of the game chooses, with a new list after so many of them; tracks that a radio chooses."""
_WAYS: Mapping[str, Mapping[str, Any]] = {
    "is smooth": {"tracksPerAnchor": 4},
    "explores": {"strategy": "explore", "tracksPerAnchor": 4},
    "stays around": {"variety": 0, "tracksPerAnchor": 4},
}


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What can be reached in a catalogue with a few requests, and a little more; distances are -ln(score)."""

    error: float
    """By which factor an expected distance is off, as its logarithm."""
    steps: Mapping[str, float]
    """From a track to the next."""
    away: Mapping[str, tuple[float, float]]
    """From the first track: at least, and at most."""


_BOUNDS = (
    _Bounds(
        error=0.194,
        steps={"is smooth": 0.418, "explores": 0.502, "stays around": 0.545},
        away={"is smooth": (0.5, 3), "explores": (2.2, 3), "stays around": (0.5, 1.2)},
    ),
    _Bounds(
        error=0.184,
        steps={"is smooth": 0.354, "explores": 0.431, "stays around": 0.44},
        away={"is smooth": (0.5, 3), "explores": (1.4, 3), "stays around": (0.5, 1.1)},
    ),
)


@cache
def _catalogue(seed: int) -> HiddenSound:
    return HiddenSound(seed, SIZE)


def scenes(ring: Ring) -> Iterator[Case]:
    """Yield radios that choose by ear."""
    case, around = cases_of(ring.operation), listened()
    shape = item_shape(ring.operation)
    known = {field.name for field in shape.fields} if shape else set[str]()
    if "score" not in known:
        return
    strategy = ring.in_its_words(_EXPECTS).replace("SCORE", str(_SCORE))
    for number, bounds in enumerate(_BOUNDS):
        world = _catalogue(number)
        answer = _answers(ring, world, known)
        hops = ring.played(_HOPS * LENGTH, {"strategy": Luau("strategy"), "tracksPerAnchor": _LIST})
        hops = hops.replace("radio:start", "shared.radio = radio\nradio:start")
        name = f"what a radio expects of sounds in catalogue {number}"
        judge = _expects(ring, world, bounds.error)
        yield case(name, f"{strategy}{hops}, asked", answer, judge, around=around)
        for name, options in _WAYS.items():
            script = ring.played(_TRACKS * LENGTH, {"random": Luau(_CHANCE), **options})
            judge = _fits(world, bounds.steps[name], *bounds.away[name])
            yield case(f"a radio that {name}, in catalogue {number}", script, answer, judge, around=around)


def _answers(ring: Ring, world: HiddenSound, known: set[str]) -> Answer:
    def answer(request: httpx.Request, _number: int) -> httpx.Response:
        query = request.url.params
        seed = query[ring.seed.name]
        offset, limit = (int(query.get(name, 0)) for name in (ring.paging.offset, ring.paging.limit))
        near = islice(world.nearest(seed).items(), offset, offset + limit)
        items = [
            {ring.identity: id}
            | {name: value for name, value in world.tracks[int(id) - 1].items() if name in known}
            | {"score": math.exp(-distance)}
            for id, distance in near
        ]
        return httpx.Response(ring.operation.success.status, json=page_of(ring.operation, items))

    return answer


def _pages(ring: Ring, world: HiddenSound, seen: Observation) -> Mapping[str, Mapping[str, float]]:
    """Return how far the tracks of each page that the radio got are from the one that it asked about, in order."""
    pages: dict[str, dict[str, float]] = {}
    for exchange in seen.exchanges:
        query = exchange.request.url.params
        about = query[ring.seed.name]
        if int(query.get(ring.paging.offset, 0)) == 0:
            pages[about] = dict(islice(world.nearest(about).items(), int(query[ring.paging.limit])))
    return pages


def _expects(ring: Ring, world: HiddenSound, most: float) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        _, asked = cast("tuple[str, Sequence[Mapping[str, Any]]]", seen.returned)
        pages = _pages(ring, world, seen)
        errors: list[float] = []
        for count, one in enumerate(asked):
            current, told = str(one["current"]), cast("Mapping[str, float]", one["told"])
            earlier = {str(before["current"]) for before in asked[:count]} & pages.keys()
            if one["seed"] != FIRST or told[current] != 1 or one["none"] != _SCORE:
                said = f"the seed is {one['seed']}, {current} is like itself by {told[current]}"
                yield Broken("radio-likeness", f"{said}, a track that nobody knows by {one['none']}; it says {_SCORE}")
                return
            page = pages.get(current, {})
            for other in told.keys() - {current}:
                right = world.distance(current, other)
                apart = -math.log(told[other]) if told[other] > 0 else math.inf
                if other in page or (other in earlier and current in pages[other]):
                    wrong = abs(apart - right) > _EXACT
                elif page or other in earlier:
                    # It is not among the nearest of either.
                    reach = max([*page.values(), *(pages[other].values() if other in earlier else ())])
                    wrong = apart < min(reach, right) - _EXACT
                else:
                    wrong = apart <= 0
                    errors.append(abs(math.log(max(apart, _EXACT) / right)) if count > _HOPS / 3 else 0)
                if wrong:
                    said = f"by what the API told, {current} and {other} are alike by {math.exp(-right):.4f}"
                    yield Broken("radio-likeness", f"{said}; the strategy is told {told[other]:.4f}")
                    return
        errors = [error for error in errors if error]
        if len(asked) < _HOPS or not errors or fmean(errors) > most:
            said = f"of {len(asked)} choices, tracks are as alike as expected but for {fmean(errors or [9]):.3f}"
            yield Broken("radio-likeness", f"{said}; {most} can be reached with what the API told")

    return judge


def _fits(world: HiddenSound, longest: float, near: float, far: float) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        tracks = heard(seen)
        if len(tracks) < _TRACKS - 1:
            yield Broken("radio-goes-on", f"{len(tracks)} of {_TRACKS} tracks were heard")
            return
        step = fmean(world.distance(one, other) for one, other in pairwise(tracks))
        away = fmean(world.distance(FIRST, track) for track in tracks)
        if step > longest:
            yield Broken("radio-smooth", f"a track is {step:.3f} from the one before; {longest} can be reached")
        if not near <= away <= far:
            yield Broken("radio-roams", f"tracks are {away:.2f} from the first; {near} to {far} are due")

    return judge
