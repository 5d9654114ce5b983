"""The host that the probe's HTTP checks ask, beside the mocked API on the same port."""

from __future__ import annotations

import asyncio
import queue
import random
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import httpx
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from audioscape_luau.mock import Catalogue, MockApi
from audioscape_luau.mock.server import ConnectionCut, Gateway, listen, make_app, server, understand
from audioscape_luau.openapi import load
from audioscape_luau.resources import spec_file
from roblox_double.probe.echo import LARGEST, answer

PATH = "/probe/"
_SIZE = 100
"""Tracks of the catalogue."""


def with_echo(
    app: ASGIApp,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    told: Callable[[str, bytes], None] | None = None,
) -> ASGIApp:
    """Let an app answer the probe's checks below `/probe/`; everything else is left to it.

    told: is given what is posted to `/probe/report` and `/probe/note`, by that word.
    """

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(PATH):
            await app(scope, receive, send)
            return
        request = Request(scope, receive)
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                break
        if told is not None and request.method == "POST" and path in (f"{PATH}report", f"{PATH}note"):
            told(path.removeprefix(PATH), bytes(body))
        raw: bytes = scope.get("raw_path") or path.encode()
        query: bytes = scope["query_string"]
        asked = httpx.Request(
            request.method,
            str(request.url),
            headers=request.headers.raw,
            content=bytes(body),
            extensions={"target": raw + (b"?" + query if query else b"")},
        )
        try:
            reply = answer(asked)
        except httpx.ReadError:
            # Half a reply, and no more.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise ConnectionCut from None
        seconds = reply.extensions.get("virtual_seconds", 0.0)
        # What answers in no time that anybody would notice needs no waiting.
        if seconds >= 1:
            await sleep(seconds)
        # As it travels: httpx has unpacked what is compressed.
        content = b"".join(cast(httpx.SyncByteStream, reply.stream))
        await send({"type": "http.response.start", "status": reply.status_code, "headers": reply.headers.raw})
        await send({"type": "http.response.body", "body": content})

    return both


@dataclass(frozen=True, slots=True)
class Host:
    """Where it is, and what was posted to it."""

    address: str
    reports: queue.Queue[bytes] = field(default_factory=queue.Queue[bytes])
    notes: queue.Queue[bytes] = field(default_factory=queue.Queue[bytes])


@contextmanager
def hosting(port: int = 0) -> Generator[Host]:
    """Serve the mocked API and the probe's host on this machine."""
    api = MockApi(load(spec_file()), Catalogue.generate(size=_SIZE, seed=0), seconds=0, check_replies=False)
    began = time.monotonic()
    gateway = Gateway(api, lambda: time.monotonic() - began, random.Random(0), understand({}))
    place = listen("127.0.0.1", port)
    host = Host(f"http://127.0.0.1:{place.getsockname()[1]}")

    def told(word: str, body: bytes) -> None:
        (host.reports if word == "report" else host.notes).put(body)

    running = server(with_echo(make_app(gateway), told=told))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [place]}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        running.should_exit = True
        thread.join()
        place.close()
