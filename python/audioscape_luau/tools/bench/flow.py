"""How well one track follows on another: the radio's strategies beside one that knows all, in worlds of several kinds.

Nothing here depends on the machine. No strategy is tuned to one world: in each, the analysis tells more or less of how
tracks sound.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from itertools import pairwise

from audioscape_luau.mock import WORLDS, Catalogue, Entry
from audioscape_luau.simulation import mocked
from audioscape_luau.tools.bench.radio import Evening, listen, with_strategy

STRATEGIES = ("nearest", "smooth", "explore")
RUNS = 2
"""Runs for each figure, each with a beginning of its own."""
TRACKS = 120
"""Tracks of a run that count."""
HOURS = 14.0
"""What requests are counted over: some 250 tracks."""
HISTORY, SPACING = 50, 3
"""What the radio keeps to by default: tracks until one may repeat, and other tracks between two of an artist."""


def oracle(catalogue: Catalogue, first: str, count: int) -> list[str]:
    """Return what a radio plays that knows how alike all tracks are, and always takes the nearest that it may."""
    played = [catalogue.by_id[first]]
    while len(played) < count:
        near = (entry for _, entry in catalogue.neighbours(played[-1].asset_id))
        played.append(next(entry for entry in near if _may_play(entry, played)))
    return [entry.asset_id for entry in played]


def _may_play(entry: Entry, played: Sequence[Entry]) -> bool:
    lately = played[-HISTORY:]
    return (
        entry not in lately
        and _song(entry) not in map(_song, lately)
        and entry.fields["artist"] not in {one.fields["artist"] for one in played[-SPACING:]}
    )


def _song(entry: Entry) -> str:
    return str(entry.fields["name"]).partition(" (")[0]


def likeness(catalogue: Catalogue, tracks: Sequence[str]) -> list[float]:
    """Return how alike each track is to the one before it."""
    pairs = [(before, after) for before, after in pairwise(tracks) if before != after]
    return [next(score for score, entry in catalogue.neighbours(a) if entry.asset_id == b) for a, b in pairs]


def figures(world: str, strategy: str, heard: Sequence[Evening], catalogue: Catalogue) -> Iterator[tuple[str, float]]:
    """Yield what evenings in a world come to, beside the oracle's from the same beginnings."""
    scores = [likeness(catalogue, one.tracks[:TRACKS]) for one in heard]
    best = [likeness(catalogue, oracle(catalogue, one.tracks[0], TRACKS)) for one in heard]
    ratios = [statistics.mean(mine) / statistics.mean(most) for mine, most in zip(scores, best, strict=True)]
    yield f"flow_ratio_{world}_{strategy}", statistics.mean(ratios)
    yield f"flow_p10_{world}_{strategy}", statistics.mean(statistics.quantiles(one, n=10)[0] for one in scores)
    yield f"flow_requests_{world}_{strategy}", statistics.mean(one.requests * 100 / len(one.tracks) for one in heard)
    yield f"flow_distinct_{world}_{strategy}", statistics.mean(len(set(one.tracks[:100])) for one in heard)


def measure(*, runs: int = RUNS, worlds: Sequence[str] = WORLDS) -> dict[str, float]:
    """Return the figures `flow_WHAT_WORLD_STRATEGY`. Takes two minutes.

    ratio: mean likeness of a track to the one before it, as a share of the oracle's. p10: the likeness that nine of ten
    such pairs exceed. requests: for a hundred tracks. distinct: different tracks among the first hundred.
    """
    found: dict[str, float] = {}
    for world in WORLDS:
        if world in worlds:
            music = mocked(world=world)
            for strategy in STRATEGIES:
                script = with_strategy(strategy)
                heard = [listen(script, seed, hours=HOURS, music=music) for seed in range(runs)]
                found |= figures(world, strategy, heard, music.catalogue)
    return found
