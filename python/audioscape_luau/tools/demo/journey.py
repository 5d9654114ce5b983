"""Where the radio went: what was heard and when, with the gaps and the faults, and where it lies on a map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from audioscape_luau.mock import Catalogue, Entry
from audioscape_luau.simulation import World
from roblox_double import Listener

_AUDIBLE = 0.05
"""Seconds of silence that a listener notices."""
_ROUNDS = 100
"""Steps of the power iteration: enough for axes that differ by a few per cent."""

type Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stop:
    """A track as the player heard it, from `start` to `end` in virtual seconds."""

    entry: Entry
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Mishap:
    """A request that met a fault at `at`, in virtual seconds."""

    at: float
    fault: str


@dataclass(frozen=True, slots=True)
class Journey:
    """All of it; `begin` and `end` are the first note and the end of the run."""

    begin: float
    end: float
    stops: tuple[Stop, ...]
    gaps: tuple[tuple[float, float], ...]
    mishaps: tuple[Mishap, ...]
    requests: int
    planned: frozenset[tuple[str, str]] = frozenset()
    """Asset ids of tracks that were planned to follow one another."""

    @classmethod
    def of(cls, game: World, listener: Listener, catalogue: Catalogue, plans: Sequence[Sequence[str]] = ()) -> Journey:
        """Return the journey of a world as somebody heard it; `plans` are what the radio said would come next."""
        heard = listener.tracks()
        known = catalogue.by_id
        end = game.universe.now
        begin = heard[0].start if heard else end
        return cls(
            begin=begin,
            end=end,
            stops=tuple(
                Stop(known[track.content.removeprefix("rbxassetid://")], track.start, track.end) for track in heard
            ),
            gaps=tuple(listener.silences(begin, end, longer_than=_AUDIBLE)),
            mishaps=tuple(Mishap(made.at, made.fault) for made in game.network.exchanges if made.fault),
            requests=len(game.network.exchanges),
            planned=frozenset(pair for plan in plans for pair in pairwise(plan)),
        )


def lay_out(catalogue: Catalogue) -> dict[str, Point]:
    """Return each track's place on a map, by asset id: the two directions in which the catalogue spreads most."""
    places = [entry.place for entry in catalogue.entries]
    means = [sum(column) / len(places) for column in zip(*places, strict=True)]
    centred = [[value - mean for value, mean in zip(place, means, strict=True)] for place in places]
    columns = list(zip(*centred, strict=True))
    spread = [[_dot(one, other) for other in columns] for one in columns]
    across = _widest(spread)
    length = _dot(across, [_dot(row, across) for row in spread])
    rest = [
        [value - length * across[row] * across[column] for column, value in enumerate(values)]
        for row, values in enumerate(spread)
    ]
    up = _widest(rest)
    return {
        entry.asset_id: (_dot(place, across), _dot(place, up))
        for entry, place in zip(catalogue.entries, centred, strict=True)
    }


def _widest(spread: Sequence[Sequence[float]]) -> list[float]:
    """Return the direction of the greatest spread, of length 1."""
    direction = [1.0 + index for index in range(len(spread))]
    for _ in range(_ROUNDS):
        turned = [_dot(row, direction) for row in spread]
        length = math.hypot(*turned)
        direction = [value / length for value in turned]
    return direction


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
