"""A game under test: its own scripts on a server, players who join, and the mocked API behind them."""

from __future__ import annotations

from audioscape_luau.testing.api import AudioscapeApi
from audioscape_luau.testing.bridge import UnexpectedRequest
from audioscape_luau.testing.game import GameError, Roblox

__all__ = ["AudioscapeApi", "GameError", "Roblox", "UnexpectedRequest"]
