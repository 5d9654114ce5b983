"""The log of requests, as data and as a page to read."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import httpx

from audioscape_luau.mock.hiding import hide, keys_in, show
from audioscape_luau.report import Cell, Detail, Page, Row, Table, Tile, render

_SHOWN = 4000
"""Characters of a body that are kept."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what it was answered, without keys.

    at: seconds of the server's clock. seconds: what the reply took, None if it never comes. cache: what the edge said.
    fault: the name of the fault it met. broken: the rule of the contract that the request breaks.
    """

    number: int
    at: float
    method: str
    target: str
    request: str
    curl: str
    status: int
    seconds: float | None
    cache: str
    headers: str
    body: str
    fault: str | None
    broken: str | None

    @classmethod
    def of(
        cls,
        request: httpx.Request,
        reply: httpx.Response,
        *,
        number: int,
        at: float,
        seconds: float | None,
        fault: str | None,
        broken: str | None,
        key_header: str,
        keys: Iterable[str],
    ) -> Exchange:
        """Note down an exchange."""
        known = (*keys_in(request, key_header), *keys)
        shown = show(request, key_header, keys)
        url = shown.partition("\n")[0].partition(" ")[2]
        return cls(
            number=number,
            at=at,
            method=request.method,
            target=url.removeprefix(f"{request.url.scheme}://{request.url.netloc.decode()}"),
            request=shown,
            curl=f'curl -X {request.method} -H "{key_header}: $AUDIOSCAPE_API_KEY" {shlex.quote(url)}',
            status=reply.status_code,
            seconds=seconds,
            cache=reply.headers.get("x-cache", "").partition(" ")[0].lower(),
            headers=hide("\n".join(f"{name}: {value}" for name, value in reply.headers.items()), known),
            body=hide(reply.content[:_SHOWN].decode(errors="replace"), known),
            fault=fault,
            broken=broken,
        )


def log_page(log: Sequence[Exchange]) -> str:
    """Return the log as an HTML page, the newest request first."""
    broken = sum(exchange.broken is not None for exchange in log)
    hits = sum(exchange.cache == "hit" for exchange in log)
    return render(
        Page(
            "Mock server: requests",
            lead="Every request that reached the mocked API. Load the page again for the latest.",
            tiles=(
                Tile("requests", str(len(log))),
                Tile("from the edge cache", str(hits)),
                Tile("with a fault", str(sum(exchange.fault is not None for exchange in log)), "plain"),
                Tile("broke the contract", str(broken), "bad" if broken else "good"),
            ),
            parts=(
                Table(
                    ("no.", "at", "request", "status", "took", "cache", "remarks"),
                    tuple(_row(exchange) for exchange in reversed(log)),
                    title="Requests",
                    empty="No request has come yet.",
                ),
            ),
        )
    )


def _row(exchange: Exchange) -> Row:
    remarks = [f"fault: {exchange.fault}"] if exchange.fault else []
    remarks += [exchange.broken] if exchange.broken else []
    return Row(
        (
            str(exchange.number),
            f"{exchange.at:.3f} s",
            f"{exchange.method} {exchange.target}",
            Cell(str(exchange.status), "good" if exchange.status < 400 else "bad"),
            "never answered" if exchange.seconds is None else f"{exchange.seconds * 1000:.0f} ms",
            exchange.cache,
            Cell("; ".join(remarks), "bad" if exchange.broken else "warn" if exchange.fault else "plain"),
        ),
        details=(
            Detail("request", exchange.request, "http"),
            Detail("as curl, to the API itself", exchange.curl, "sh"),
            Detail("reply headers", exchange.headers, "http"),
            Detail("reply", exchange.body, "json"),
        ),
        anchor=f"request-{exchange.number}",
    )
