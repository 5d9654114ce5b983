"""What a mocked route was sent."""

from __future__ import annotations

from typing import Any, cast

import httpx
import respx


def sent(route: respx.Route | respx.MockRouter) -> list[httpx.Request]:
    """Return the requests that reached `route`, in order; respx leaves its list of calls untyped."""
    return [cast(httpx.Request, call.request) for call in route.calls]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def exchanges(route: respx.Route | respx.MockRouter) -> list[tuple[httpx.Request, httpx.Response | None]]:
    """Return the same with what each was answered, None if nothing came."""
    calls = cast("list[Any]", list(route.calls))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return [(call.request, call.optional_response) for call in calls]


def target(request: httpx.Request) -> str:
    """Return path and query byte for byte; httpx tidies those of `request.url`."""
    return cast(bytes, request.extensions["target"]).decode()
