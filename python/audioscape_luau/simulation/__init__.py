"""The one simulated world: a game server with the client on it, in virtual time, and what its requests meet."""

from __future__ import annotations

from audioscape_luau.simulation.network import Answer, Exchange, Network
from audioscape_luau.simulation.shared import MockedApi, api, assets_of, mocked, shipped, strategies
from audioscape_luau.simulation.world import PLACE_ID, UNIVERSE_ID, World

__all__ = [
    "PLACE_ID",
    "UNIVERSE_ID",
    "Answer",
    "Exchange",
    "MockedApi",
    "Network",
    "World",
    "api",
    "assets_of",
    "mocked",
    "shipped",
    "strategies",
]
