"""How well one track follows on another: the radio's strategies beside one that knows all, in worlds of several kinds.

Nothing here depends on the machine. No strategy is tuned to one world: in each, the analysis tells more or less of how
tracks sound.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from audioscape_luau.mock import WORLDS, Catalogue
from audioscape_luau.simulation import mocked
from audioscape_luau.tools.bench.radio import Evening, listen, with_strategy
from audioscape_luau.tools.oracle import likeness, oracle

STRATEGIES = ("nearest", "smooth", "explore")
PER_ANCHOR = (6, 24)
"""How many tracks `smooth` plays for a request, beside the default: how the ratio grows with requests."""
RUNS = 2
"""Runs for each figure, each with a beginning of its own."""
TRACKS = 120
"""Tracks of a run that count."""
HOURS = 14.0
"""What requests are counted over: some 250 tracks."""


def figures(case: str, heard: Sequence[Evening], catalogue: Catalogue) -> Iterator[tuple[str, float]]:
    """Yield what evenings come to, beside the oracle's from the same beginnings."""
    scores = [likeness(catalogue, one.tracks[:TRACKS]) for one in heard]
    best = [likeness(catalogue, oracle(catalogue, one.tracks[0], TRACKS)) for one in heard]
    ratios = [statistics.mean(mine) / statistics.mean(most) for mine, most in zip(scores, best, strict=True)]
    yield f"flow_ratio_{case}", statistics.mean(ratios)
    yield f"flow_p10_{case}", statistics.mean(statistics.quantiles(one, n=10)[0] for one in scores)
    yield f"flow_requests_{case}", statistics.mean(one.requests * 100 / len(one.tracks) for one in heard)
    yield f"flow_distinct_{case}", statistics.mean(len(set(one.tracks[:100])) for one in heard)


def measure(*, runs: int = RUNS, worlds: Sequence[str] = WORLDS) -> dict[str, float]:
    """Return the figures `flow_WHAT_WORLD_STRATEGY`. Takes three minutes.

    Those of `smooth` with other numbers of tracks for a request end in `_smooth_per_TRACKS`.

    ratio: mean likeness of a track to the one before it, as a share of the oracle's. p10: the likeness that nine of ten
    such pairs exceed. requests: for a hundred tracks. distinct: different tracks among the first hundred.
    """
    found: dict[str, float] = {}
    for world in WORLDS:
        if world in worlds:
            music = mocked(world=world)
            cases = {strategy: with_strategy(strategy) for strategy in STRATEGIES}
            cases |= {f"smooth_per_{tracks}": with_strategy("smooth", per_anchor=tracks) for tracks in PER_ANCHOR}
            for name, script in cases.items():
                heard = [listen(script, seed, hours=HOURS, music=music) for seed in range(runs)]
                found |= figures(f"{world}_{name}", heard, music.catalogue)
    return found
