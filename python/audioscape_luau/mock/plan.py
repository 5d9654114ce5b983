"""Which requests meet which fault of the table."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from typing import Self

from audioscape_luau.mock.faults import FAULTS, Fault, fault

SHARE = 0.3
"""The share of requests that fail if only the faults are named."""
FAILURES = tuple(row for row in FAULTS if row.kind is not None)
"""Every fault that a client must report."""


@dataclass(slots=True)
class FaultPlan:
    """Faults of the next requests, and after those by chance.

    script: one each; None for a request without a fault. shares: of all other requests, a share (0 to 1) meets one of
    these faults, each as likely as the other.
    """

    script: deque[Fault | None] = field(default_factory=deque[Fault | None])
    shares: dict[tuple[Fault, ...], float] = field(default_factory=dict[tuple[Fault, ...], float])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a share, names of faults, or both, with commas between. Raises ValueError for anything else."""
        words = [word.strip() for word in text.split(",") if word.strip()]
        known = {row.name: row for row in FAULTS}
        named = tuple(known[word] for word in words if word in known)
        numbers = [word for word in words if word not in known]
        if not words or len(numbers) > 1:
            raise ValueError(
                f"{text!r} is not a share with names of faults, such as 0.3,html. Faults: {', '.join(known)}"
            )
        share = _share(numbers[0]) if numbers else SHARE
        return cls(shares={named or FAILURES: share})

    def meet(self, *names: str | None) -> None:
        """Add to the script. Raises ValueError for a name that no fault has."""
        self.script.extend([None if name is None else fault(name) for name in names])

    def draw(self, chance: random.Random) -> Fault | None:
        """Return what the next request meets."""
        if self.script:
            return self.script.popleft()
        point = chance.random()
        for faults, share in self.shares.items():
            point -= share
            if point < 0:
                return faults[0] if len(faults) == 1 else chance.choice(faults)
        return None


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        fault(text)  # a name, then, that no fault has
        raise
    if not 0 <= share <= 1:
        raise ValueError(f"the share of failing requests must be from 0 to 1, got {text}")
    return share
