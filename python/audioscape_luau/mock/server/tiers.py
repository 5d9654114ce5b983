"""How often a key may ask."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tier:
    """At most `requests` in any `seconds`. retry_after: whether a refusal tells when to come back."""

    requests: int
    seconds: float = 60.0
    retry_after: bool = False

    def __post_init__(self) -> None:
        if not (self.requests >= 0 and 0 < self.seconds < math.inf):
            raise ValueError("a tier needs requests >= 0 and seconds > 0")


@dataclass(slots=True)
class Limiter:
    """What each key has left. A key without a tier may ask as often as it likes."""

    tiers: dict[str, Tier] = field(default_factory=dict[str, Tier])
    _asked: dict[str, deque[float]] = field(default_factory=dict[str, "deque[float]"])

    def wait(self, key: str, now: float) -> float | None:
        """Count a request; return None if it may pass, else the seconds until one may."""
        tier = self.tiers.get(key)
        if tier is None:
            return None
        asked = self._asked.setdefault(key, deque())
        while asked and asked[0] <= now - tier.seconds:
            asked.popleft()
        if len(asked) < tier.requests:
            asked.append(now)
            return None
        return asked[0] + tier.seconds - now if asked else tier.seconds
