"""The gateway as an ASGI app."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import asdict
from urllib.parse import quote, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from audioscape_luau.mock.hiding import hide
from audioscape_luau.mock.server.control import ControlError, state, understand
from audioscape_luau.mock.server.edge import LONGEST_BODY, LONGEST_TARGET
from audioscape_luau.mock.server.gateway import Gateway
from audioscape_luau.mock.server.guard import is_json, why_refused
from audioscape_luau.mock.server.log import log_page
from audioscape_luau.openapi.conformance import strict_json
from audioscape_luau.report import legible

CONTROL = "/_mock"
"""GET: the state. POST: change it. DELETE: back to the beginning. Below it `/log` (JSON) and `/log.html`."""
_ICON = "/favicon.ico"
"""Browsers ask for it unasked; that is no request to the API."""
_LONGEST_ORDER = 1_000_000
"""Bytes of a body that changes something."""


class ConnectionCut(Exception):  # noqa: N818 - what it is; nothing went wrong
    """Ends a reply half-way: the server closes the connection of an app that raises."""


def make_app(
    gateway: Gateway, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep, hosts: Collection[str] = ()
) -> ASGIApp:
    """Make an app that answers for the API at the path that the specification gives it, and listens to control.

    hosts: names by which control and log answer, besides those of this machine.
    """
    parts = urlsplit(gateway.api.check.base_url)
    origin = httpx.URL(f"{parts.scheme}://{parts.netloc}")

    async def control(request: Request) -> Response:
        if request.method == "DELETE":
            gateway.reset()
        elif request.method == "POST":
            try:
                understand(await _order(request))(gateway)
            except ControlError as error:
                return JSONResponse({"error": legible(hide(str(error), gateway.api.keys))}, error.status)
        return JSONResponse(state(gateway))

    async def log(_: Request) -> Response:
        return JSONResponse([asdict(exchange) for exchange in gateway.log])

    async def page(_: Request) -> Response:
        return HTMLResponse(log_page(tuple(gateway.log), gateway.requests, gateway.violations))

    async def home(_: Request) -> Response:
        return RedirectResponse(f"{CONTROL}/log.html")

    async def icon(_: Request) -> Response:
        return Response(status_code=204)

    own = Starlette(
        routes=[
            Route("/", home),
            Route(_ICON, icon),
            Route(CONTROL, control, methods=["GET", "POST", "DELETE"]),
            Route(f"{CONTROL}/log", log),
            Route(f"{CONTROL}/log.html", page),
        ]
    )

    async def api(scope: Scope, receive: Receive, send: Send) -> None:
        # A client on localhost names another host; what is judged is the rest of its request.
        request = Request(scope, receive)
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        query: bytes = scope["query_string"]
        target = path + (b"?" + query if query else b"")
        body = await _body(request, LONGEST_BODY)
        reply = gateway.respond(
            httpx.Request(
                request.method,
                _url(origin, target),
                headers=request.headers.raw,
                content=body,
                extensions={"target": target},
            )
        )
        await wait(reply.extensions["seconds"], receive)
        sent = _sent(reply)
        if "cut" not in reply.extensions:
            await sent(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": sent.status_code, "headers": sent.raw_headers})
        await send({"type": "http.response.body", "body": reply.content[: len(reply.content) // 2], "more_body": True})
        await wait(reply.extensions["cut"], receive)
        raise ConnectionCut

    async def wait(seconds: float, receive: Receive) -> None:
        if math.isinf(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
        elif seconds > 0:
            await sleep(seconds)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        scope = _in_origin_form(scope)
        path: str = scope.get("path", "/")
        is_own = scope["type"] != "http" or path in {"/", _ICON, CONTROL} or path.startswith(f"{CONTROL}/")
        guarded = is_own and scope["type"] == "http" and path != _ICON
        refused = why_refused(Headers(scope=scope), hosts) if guarded else None
        app = own if is_own else api
        # A client that has gone needs no answer.
        with suppress(ClientDisconnect):
            await (JSONResponse({"error": refused}, 403) if refused else app)(scope, receive, send)

    return answer


def _in_origin_form(scope: Scope) -> Scope:
    """Return a scope whose path begins with a slash: some clients, Lune's among them, name the whole address."""
    path: str = scope.get("path", "/")
    _, found, rest = path.partition("://")
    if path.startswith("/") or not found:
        return scope
    raw: bytes = scope.get("raw_path") or path.encode()
    return {
        **scope,
        "path": "/" + rest.partition("/")[2],
        "raw_path": b"/" + raw.partition(b"://")[2].partition(b"/")[2],
    }


async def _order(request: Request) -> object:
    if not is_json(request.headers):
        raise ControlError("send the body as application/json", 415)
    body = await _body(request, _LONGEST_ORDER)
    if len(body) > _LONGEST_ORDER:
        raise ControlError(f"the body may have at most {_LONGEST_ORDER:,} bytes", 413)
    return _json(body)


async def _body(request: Request, longest: int) -> bytes:
    """Return the body of a request, and of one that is too long no more than shows it."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > longest:
            break
    return bytes(body)


def _json(body: bytes) -> object:
    try:
        return strict_json(body)
    except ValueError as error:
        raise ControlError(f"not JSON: {error}") from None


def _url(origin: httpx.URL, target: bytes) -> httpx.URL:
    """Return an address to show; it differs from what was asked for where httpx would not take that."""
    try:
        return origin.copy_with(raw_path=target)
    except (httpx.InvalidURL, UnicodeDecodeError):
        shown = quote(target[:LONGEST_TARGET], safe="/?&=%").lstrip("/")
        return origin.copy_with(raw_path=f"/{shown}".encode())


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
