"""The mocked API on localhost, for Studio and any other HTTP client: an ASGI app whose clock and chance are inputs."""

from __future__ import annotations

from audioscape_luau.mock.server.app import CONTROL, ConnectionCut, make_app
from audioscape_luau.mock.server.control import ControlError, understand
from audioscape_luau.mock.server.faults import why_not
from audioscape_luau.mock.server.gateway import Gateway
from audioscape_luau.mock.server.guard import host_of
from audioscape_luau.mock.server.latency import SLOWEST, Latency
from audioscape_luau.mock.server.log import Exchange, log_page
from audioscape_luau.mock.server.serve import listen, server
from audioscape_luau.mock.server.tiers import Tier

__all__ = [
    "CONTROL",
    "SLOWEST",
    "ConnectionCut",
    "ControlError",
    "Exchange",
    "Gateway",
    "Latency",
    "Tier",
    "host_of",
    "listen",
    "log_page",
    "make_app",
    "server",
    "understand",
    "why_not",
]
