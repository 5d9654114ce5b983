"""How long replies take: most about the median, a few much longer."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

SLOWEST = 600
"""Seconds that no figure of a curve exceeds."""
_Z99 = 2.3263
"""How many standard deviations the 99th percentile of a normal distribution lies above its middle."""


@dataclass(frozen=True, slots=True)
class Latency:
    """A log-normal curve, in seconds. `hit` is what a reply of the edge cache takes."""

    median: float = 0.0
    p99: float = 0.0
    hit: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.median <= self.p99 <= SLOWEST and 0 <= self.hit <= SLOWEST):
            raise ValueError(f"latency needs 0 <= median <= p99 <= {SLOWEST} and 0 <= hit <= {SLOWEST}, in seconds")

    def draw(self, chance: random.Random, *, hit: bool) -> float:
        """Return the seconds that one reply takes."""
        if hit or self.median == 0:
            return self.hit if hit else 0.0
        return self.median * math.exp(chance.gauss(0, math.log(self.p99 / self.median) / _Z99))
