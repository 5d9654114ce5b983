"""Day after day of virtual radio while things go wrong: what no test of a few minutes would meet.

Each seed is a world of its own: where the music begins, which requests fail how, and which tracks cannot be played.
The mix: `FAILING` of the requests meet a row of the fault table by chance, each as likely as the other, and `DEAD` of
the assets fail to load on the server and at the player, as moderated and private ones do. Few tracks come with a music
analysis, which the radio's defaults do not look at: most of a day would be spent reading it. One server in
`SERVERS_PER_PLAYER` has a player, and what comes out there counts; of the others, what the server itself plays.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from typing import cast

from audioscape_luau.mock import FAILURES, FaultPlan
from audioscape_luau.simulation import mocked
from audioscape_luau.tools.bench.radio import FAILING, RADIO, Evening, begin, evening, game

SEEDS = 200
HOURS = 24.0
DEAD = 0.02
"""The share of assets that fail to load."""
ANALYSED = 0.1
"""The share of the tracks with a music analysis."""
SERVERS_PER_PLAYER = 10
"""Of so many seeds one, by its number, has a player; the first does. A client costs as much time as its server."""
MOST_REQUESTS = 0.2
"""Requests for a track: twice what the radio takes where none fails and is tried again."""
_FEW_TRACKS = 100
"""Tracks below which one request that is tried again weighs too much to judge by their share."""
MOST_DEAD_AIR = 0.001
"""The share of the time that may be silent."""
_WINDOW = """
local AudioScapeClient = game:GetService("ServerScriptService").AudioScapeClient
return require(AudioScapeClient.options.RadioOptions).check(nil).historySize
"""


@dataclass(frozen=True, slots=True)
class Day:
    """What became of one seed."""

    seed: int
    evening: Evening
    window: int
    """Tracks among which none comes twice: the radio's `historySize`."""
    errors: tuple[str, ...]
    """What the server's output says of errors that nobody caught."""

    @property
    def repeats(self) -> int:
        """Tracks that came again while they were among the last `window`."""
        tracks = self.evening.tracks
        return sum(track in tracks[max(0, index - self.window) : index] for index, track in enumerate(tracks))

    def misses(self) -> Iterator[str]:
        """Yield which of the radio's promises were broken."""
        if self.evening.silent:
            yield "the music stopped for good"
        if self.evening.dead_air > MOST_DEAD_AIR:
            yield f"{self.evening.dead_air:.3%} of the time was silent"
        if self.repeats:
            yield f"{self.repeats} tracks repeated too soon"
        if self.evening.requests > MOST_REQUESTS * max(_FEW_TRACKS, len(self.evening.tracks)):
            yield f"{self.evening.requests} requests for {len(self.evening.tracks)} tracks"
        yield from self.errors


def live(seed: int, *, hours: float = HOURS) -> Day:
    """Let the radio play for so many hours of virtual time."""

    music = mocked(analysed=ANALYSED)
    with game(music, seed, faults=FaultPlan(shares={FAILURES: FAILING}), dead=DEAD) as world:
        listener = world.listener("Player1" if seed % SERVERS_PER_PLAYER == 0 else None)
        (window,) = world.server.run(_WINDOW)
        begin(world, music, RADIO)
        world.advance(hours * 3600)
        errors = tuple(line.text for line in world.server.output if line.kind == "error" and line.trace)
        return Day(seed, evening(world, listener), cast(int, window), errors)


# A fork has all modules loaded already; elsewhere than on Linux it is not safe.
FORK = get_context("fork" if sys.platform == "linux" else "spawn")


def _live(order: tuple[int, float]) -> Day:
    return live(order[0], hours=order[1])


def soak(seeds: Iterable[int], *, hours: float = HOURS, jobs: int = 1) -> Iterator[Day]:
    """Begin to play, and return what becomes of each seed, in order; `jobs` processes share the work."""
    orders = [(seed, hours) for seed in seeds]
    if jobs == 1:
        return map(_live, orders)
    # The processes start here: whoever shows the progress may do so with a thread, which no fork would survive.
    pool = ProcessPoolExecutor(jobs, mp_context=FORK)
    return _finishing(pool, pool.map(_live, orders))


def _finishing(pool: ProcessPoolExecutor, days: Iterator[Day]) -> Iterator[Day]:
    with pool:
        yield from days


def figures(days: Iterable[Day]) -> dict[str, float]:
    """Return what all days have in common, as one flat mapping."""
    days = list(days)
    evenings = [day.evening for day in days]
    tracks = sum(len(evening.tracks) for evening in evenings)
    return {
        "days": len(days),
        "tracks": tracks,
        "dead_air": sum(evening.dead_air for evening in evenings) / len(days),
        "dead_air_worst": max(evening.dead_air for evening in evenings),
        "silent_runs": sum(evening.silent for evening in evenings) / len(days),
        "repeats": sum(day.repeats for day in days),
        "requests_per_100": sum(evening.requests for evening in evenings) * 100 / tracks,
        "errors": len(list(chain.from_iterable(day.errors for day in days))),
    }
