"""The gateway as an ASGI app."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from audioscape_luau.mock.server.control import ControlError, change, state
from audioscape_luau.mock.server.gateway import Gateway
from audioscape_luau.mock.server.log import log_page

CONTROL = "/_mock"
"""GET: the state. POST: change it. DELETE: back to the beginning. Below it `/log` (JSON) and `/log.html`."""


def make_app(gateway: Gateway, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> ASGIApp:
    """Make an app that answers for the API at the path that the specification gives it, and listens to control."""
    parts = urlsplit(gateway.api.check.base_url)
    origin = f"{parts.scheme}://{parts.netloc}"

    async def control(request: Request) -> Response:
        if request.method == "DELETE":
            gateway.reset()
        elif request.method == "POST":
            try:
                change(gateway, json.loads(await request.body()))
            except ControlError as error:
                return JSONResponse({"error": str(error)}, 400)
            except ValueError as error:
                return JSONResponse({"error": f"no JSON: {error}"}, 400)
        return JSONResponse(state(gateway))

    async def log(_: Request) -> Response:
        return JSONResponse([asdict(exchange) for exchange in gateway.log])

    async def page(_: Request) -> Response:
        return HTMLResponse(log_page(tuple(gateway.log)))

    async def home(_: Request) -> Response:
        return RedirectResponse(f"{CONTROL}/log.html")

    async def api(request: Request) -> Response:
        # A client on localhost names another host; what is judged is the rest of its request.
        path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
        query: bytes = request.scope["query_string"]
        target = path + (b"?" + query if query else b"")
        reply = gateway.respond(
            httpx.Request(
                request.method,
                httpx.URL(origin).copy_with(raw_path=target),
                headers=request.headers.raw,
                content=await request.body(),
                extensions={"target": target},
            )
        )
        seconds: float = reply.extensions["seconds"]
        if math.isinf(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
        elif seconds > 0:
            await sleep(seconds)
        return _sent(reply)

    app = Starlette(
        routes=[
            Route("/", home),
            Route(CONTROL, control, methods=["GET", "POST", "DELETE"]),
            Route(f"{CONTROL}/log", log),
            Route(f"{CONTROL}/log.html", page),
            Route("/{path:path}", api, methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]),
        ]
    )

    async def listen(scope: Scope, receive: Receive, send: Send) -> None:
        await app(_in_origin_form(scope), receive, send)

    return listen


def _in_origin_form(scope: Scope) -> Scope:
    """Return a scope whose path begins with a slash: some clients, Lune's among them, name the whole address."""
    path: str = scope.get("path", "/")
    if path.startswith("/"):
        return scope
    raw: bytes = scope.get("raw_path") or path.encode()
    return {**scope, "path": urlsplit(path).path or "/", "raw_path": urlsplit(raw).path or b"/"}


def _sent(reply: httpx.Response) -> Response:
    sent = Response(reply.content, reply.status_code)
    sent.raw_headers = [
        (name.lower(), value)
        for name, value in reply.headers.raw
        if name.lower() not in {b"content-length", b"transfer-encoding"}
    ]
    if reply.status_code not in {204, 304}:
        sent.raw_headers.append((b"content-length", str(len(reply.content)).encode()))
    return sent
