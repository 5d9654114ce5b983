"""What the client and its radio cost, as ratios measured in one run."""

from __future__ import annotations

from audioscape_luau.bench.client import measure

__all__ = ["measure"]
