"""The host that the HTTP checks ask: a function from request to response, whoever serves it."""

from __future__ import annotations

import gzip
import json
import math
from urllib.parse import parse_qs

import httpx

LARGEST = 64 * 1024 * 1024
"""Bytes that a request or a reply has at most."""
_SLOWEST = 120.0


def answer(request: httpx.Request) -> httpx.Response:
    """Answer a request; how long that takes is the response's extension `virtual_seconds`.

    By the last parts of the path: `echo` tells what arrived, `status/N` has that status (and the `body` of the query),
    `redirect/N` goes on to `redirect/N-1` and at last to `echo`, `slow/S` takes S seconds, `twice` repeats a header,
    `gzip` is compressed, `bytes/N` has N bytes, `report` and `note` take what a probe has observed. Raises
    httpx.ReadError for `close`: the connection ends half-way.
    """
    try:
        return _answer(request)
    except ValueError:
        return _reply(404, b"no such check")


def _answer(request: httpx.Request) -> httpx.Response:
    path, _, query = request.extensions.get("target", request.url.raw_path).decode("ascii").partition("?")
    base, _, rest = path.partition("/probe/")
    what, _, number = rest.partition("/")
    match what:
        case "echo":
            return _json(request)
        case "status":
            text = parse_qs(query, keep_blank_values=True).get("body", [""])[0]
            return _reply(int(number), text.encode())
        case "redirect":
            left = int(number)
            goal = f"{base}/probe/{f'redirect/{left - 1}' if left > 1 else 'echo'}"
            location = str(request.url.copy_with(raw_path=goal.encode()))
            return httpx.Response(302, headers={"Location": location, "Content-Length": "0"})
        case "slow":
            return _reply(200, b"slow", seconds=min(float(number), _SLOWEST))
        case "twice":
            headers = [("X-Twice", "first"), ("X-Twice", "second"), ("X-Case", "Kept")]
            return httpx.Response(200, headers=headers, content=b"twice", extensions={"virtual_seconds": 0.05})
        case "gzip":
            return httpx.Response(
                200,
                headers={"Content-Encoding": "gzip"},
                content=gzip.compress(b"unpacked " * 20, mtime=0),
                extensions={"virtual_seconds": 0.05},
            )
        case "bytes":
            return _reply(200, b"x" * min(int(number), LARGEST))
        case "report" | "note":
            return _reply(204, b"")
        case "close":
            raise httpx.ReadError("closed", request=request)
        case _:
            return _reply(404, b"no such check")


def _reply(status: int, body: bytes, seconds: float = 0.05) -> httpx.Response:
    return httpx.Response(status, content=body, extensions={"virtual_seconds": seconds or math.ulp(1.0)})


def _json(request: httpx.Request) -> httpx.Response:
    seen = {
        "method": request.method,
        "target": request.extensions.get("target", request.url.raw_path).decode("ascii"),
        "headers": [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in request.headers.raw],
        "size": len(request.content),
        "body": request.content.decode("latin-1"),
    }
    response = _reply(200, json.dumps(seen).encode())
    response.headers["Content-Type"] = "application/json"
    return response
