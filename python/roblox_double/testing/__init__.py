"""A game under test: its own scripts on a server, players who join, and what is mocked of the world behind them."""

from __future__ import annotations

from roblox_double.testing.backend import Backend
from roblox_double.testing.bridge import UnexpectedRequest
from roblox_double.testing.game import GameError, NotModelledError, Roblox

__all__ = ["Backend", "GameError", "NotModelledError", "Roblox", "UnexpectedRequest"]
