"""What a mocked route was sent."""

from __future__ import annotations

from typing import cast

import httpx
import respx


def sent(route: respx.Route | respx.MockRouter) -> list[httpx.Request]:
    """Return the requests that reached `route`, in order; respx leaves its list of calls untyped."""
    return [cast(httpx.Request, call.request) for call in route.calls]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def target(request: httpx.Request) -> str:
    """Return path and query byte for byte; httpx tidies those of `request.url`."""
    return cast(bytes, request.extensions["target"]).decode()
