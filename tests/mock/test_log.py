"""What the log tells of each exchange, as data and in the words of its page: `log.txt`."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.mock.server import Exchange, Gateway, Latency, log_page
from support.game import api
from support.recorded import expect_recorded

RECORD = Path(__file__).with_name("log.txt")


@pytest.fixture
def log() -> tuple[Exchange, ...]:
    """A miss, a hit, a fault, a request that breaks the contract with the key in it, and one that is never answered."""
    catalogue = Catalogue.generate(size=3, seed=1)
    gateway = Gateway(MockApi(api(), catalogue, seconds=0), lambda: 12.5, random.Random(0))
    gateway.faults.meet(None, None, "html", None, "never")
    gateway.latency = Latency(0.1, 0.2, hit=0.03)
    url = api().server_url + api().operation("similar").path
    right = f"?offset=9&asset_id={catalogue.entries[0].asset_id}"
    for query in (right, right, right, f"?name=%3Cb%3E&key={DEMO_KEY}", right):
        request = httpx.Request("GET", url + query, headers={api().api_key_header: DEMO_KEY})
        request.extensions["target"] = request.url.raw_path
        gateway.respond(request)
    return tuple(gateway.log)


def test_each_exchange(log: tuple[Exchange, ...]) -> None:
    for exchange in log:
        told = {name: value for name, value in asdict(exchange).items() if name != "number"}
        lines = [f"{name}: {json.dumps(value)}" for name, value in told.items()]
        expect_recorded(RECORD, f"exchange {exchange.number}", "\n".join(lines))


@pytest.mark.parametrize("count", [0, 5])
def test_the_page(log: tuple[Exchange, ...], count: int) -> None:
    page = _Text()
    page.feed(log_page(log[:count], count, sum(exchange.broken is not None for exchange in log[:count])))
    expect_recorded(RECORD, f"page of {count}", "\n".join(page.lines))


class _Text(HTMLParser):
    """The texts of a page, and what marks them: a colour, a language, a place to link to."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        marks = (value for _, value in attrs if value and value.startswith(("tile ", "tone ", "language-", "request-")))
        self.lines += [f"[{mark}]" for mark in marks]

    def handle_endtag(self, tag: str) -> None:
        self._within = "" if tag == self._within else self._within

    def handle_data(self, data: str) -> None:
        if data.strip() and self._within not in {"style", "script"}:
            self.lines.append(" | ".join(line.strip() for line in data.splitlines() if line.strip()))
