"""How much was used within a minute."""

from __future__ import annotations

from collections import deque
from typing import Literal

MINUTE = 60.0


class Meter:
    """Counts what is used, in the last 60 seconds or in the running minute."""

    def __init__(self, window: Literal["sliding", "fixed"] = "sliding") -> None:
        self._window = window
        self._uses: deque[tuple[float, float]] = deque()
        self._total = 0.0

    def add(self, now: float, amount: float) -> None:
        """Count a use."""
        self._uses.append((now, amount))
        self._total += amount

    def used(self, now: float) -> float:
        """Return what has been used in the minute up to `now`."""
        begin = now - now % MINUTE if self._window == "fixed" else now - MINUTE
        while self._uses and (self._uses[0][0] < begin or self._uses[0][0] <= now - MINUTE):
            self._total -= self._uses.popleft()[1]
        return self._total
