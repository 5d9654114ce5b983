"""An app behind a real socket."""

from __future__ import annotations

import asyncio
import logging
import socket

import uvicorn
from starlette.types import ASGIApp

from audioscape_luau.mock.server.app import ConnectionCut

_KEEP_ALIVE = 75
"""Seconds that a connection may rest. Clients must not meet the end of one by chance: that would be a fault unasked."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections from now on; OSError if the place is taken or there is none."""
    family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return socket.create_server(place[:2], family=family, backlog=2048)


def server(app: ASGIApp) -> uvicorn.Server:
    """Return a server that says nothing of what is meant to happen."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        ws="none",
        lifespan="off",
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=1,
    )
    logging.getLogger("uvicorn.error").addFilter(_unexpected)
    return uvicorn.Server(config)


def _unexpected(record: logging.LogRecord) -> bool:
    """Whether a message is about anything but a reply that was cut, or given up because the server ends."""
    return not (record.exc_info and isinstance(record.exc_info[1], ConnectionCut | asyncio.CancelledError))
