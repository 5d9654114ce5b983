"""The log of requests, as data and as a page to read."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import httpx
from markupsafe import Markup

from audioscape_luau.mock.hiding import MASK, hide, keys_in, show
from audioscape_luau.report import Cell, Detail, Page, Row, Table, Tile, render

_SHOWN = 4000
"""Characters of a text that are kept."""
_ROWS = 200
"""Requests on the page; the rest are in the data."""
_FOLLOW = Markup("""
const shown = %d;
const news = document.createElement("p");
news.setAttribute("role", "status");
document.querySelector("header").append(news);
const inUse = () =>
  document.querySelector('[aria-expanded="true"]') || document.querySelector("input")?.value ||
  scrollY > 100 || !getSelection().isCollapsed;
// A page that was saved has nobody to ask.
if (location.protocol !== "file:") setInterval(async () => {
  if (document.hidden) return;
  let requests;
  try {
    requests = (await (await fetch("/_mock")).json()).requests;
  } catch {
    news.textContent = "The server has stopped.";
    return;
  }
  if (requests === shown) {
    news.textContent = "";
  } else if (inUse()) {
    const link = document.createElement("a");
    link.href = location.pathname;
    link.textContent = requests > shown ? `${requests - shown} new` : "The log was cleared. Reload";
    news.replaceChildren(link);
  } else {
    location.reload();
  }
}, 1000);
""")


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
        url = shown.partition("\n")[0].partition(" ")[2] or MASK
        return cls(
            number=number,
            at=at,
            method=hide(request.method, known),
            target=_cut(url.removeprefix(f"{request.url.scheme}://{request.url.netloc.decode()}")),
            request=_cut(shown),
            curl=_cut(
                f'curl -X {hide(request.method, known)} -H "{key_header}: $AUDIOSCAPE_API_KEY" {shlex.quote(url)}'
            ),
            status=reply.status_code,
            seconds=seconds,
            cache=reply.headers.get("x-cache", "").partition(" ")[0].lower(),
            headers=hide("\n".join(f"{name}: {value}" for name, value in reply.headers.items()), known),
            body=hide(reply.content[:_SHOWN].decode(errors="replace"), known),
            fault=fault,
            broken=None if broken is None else _cut(broken),
        )


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ... ({len(text) - _SHOWN:,} more characters)"


def log_page(log: Sequence[Exchange], requests: int, violations: int) -> str:
    """Return the newest of a log as an HTML page that keeps up, the newest first; with how many there were in all."""
    shown = log[-_ROWS:]
    hits = sum(exchange.cache == "hit" for exchange in log)
    what = f"The newest {len(shown)} of {requests:,} requests" if len(shown) < requests else "Every request"
    return render(
        Page(
            "Mock server: requests",
            lead=f"{what} to the mocked API. This page refreshes while all rows are closed.",
            tiles=(
                Tile("requests", str(requests)),
                Tile("from the edge cache", str(hits)),
                Tile("with a fault", str(sum(exchange.fault is not None for exchange in log)), "plain"),
                Tile("against the spec", str(violations), "bad" if violations else "good"),
            ),
            parts=(
                Table(
                    ("no.", "at", "request", "status", "took", "cache", "remarks"),
                    tuple(_row(exchange) for exchange in reversed(shown)),
                    title="Requests",
                    empty="No requests yet.",
                ),
            ),
            script=_FOLLOW % requests,
            asks=True,
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
            "no reply" if exchange.seconds is None else f"{exchange.seconds * 1000:.0f} ms",
            exchange.cache,
            Cell("; ".join(remarks), "bad" if exchange.broken else "warn" if exchange.fault else "plain"),
        ),
        details=(
            Detail("request", exchange.request, "http"),
            Detail("as curl, to the real API", exchange.curl, "sh"),
            Detail("reply headers", exchange.headers, "http"),
            Detail("reply", exchange.body, "json"),
        ),
        anchor=f"request-{exchange.number}",
    )
