"""The log page in a real browser."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Literal

import httpx
import pytest

from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.mock.server import Gateway, log_page
from support.browser import chromium, contrast, opened, overflow
from support.game import api
from support.served import served

pytestmark = pytest.mark.thorough

HOSTILE = "%3Cscript%3Ealert(1)%3C/script%3E"


def ask(gateway: Gateway, query: str) -> None:
    url = api().server_url + api().operation("similar").path + query
    request = httpx.Request("GET", url, headers={api().api_key_header: DEMO_KEY})
    gateway.respond(httpx.Request("GET", url, headers=request.headers, extensions={"target": request.url.raw_path}))


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    catalogue = Catalogue.generate(size=40, seed=1)
    gateway = Gateway(MockApi(api(), catalogue, seconds=0), lambda: 12.5, random.Random(0))
    seed = catalogue.entries[0].asset_id
    gateway.faults.meet(None, None, "never", "html")
    for query in (f"?asset_id={seed}", f"?asset_id={seed}", f"?asset_id={seed}", f"?asset_id={seed}"):
        ask(gateway, query)
    ask(gateway, f"?asset_id={HOSTILE}&api_key={DEMO_KEY}")
    path = tmp_path / "log.html"
    path.write_text(log_page(tuple(gateway.log), gateway.requests, gateway.violations), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_row_opens_and_shows_the_exchange(page_file: Path, scheme: Literal["light", "dark"]) -> None:
    with chromium() as browser, opened(browser, page_file, color_scheme=scheme) as page:
        assert page.locator("dl.tiles").inner_text().split("\n")[1::2] == ["5", "1", "2", "1"]
        table = page.get_by_role("table", name="Requests")
        assert table.get_by_role("cell", name="no reply").count() == 1
        assert table.get_by_role("cell", name="fault: html").count() == 1
        assert "undeclared-parameter" in table.get_by_role("row").nth(1).inner_text()
        curl = page.get_by_text("curl -X GET").first
        assert not curl.is_visible()
        page.get_by_role("button", name="Details of 5").click()
        assert curl.is_visible()
        assert DEMO_KEY not in page.content()
        assert page.locator("script:not([src])", has_text="alert(1)").count() == 0
        assert contrast(page, "h1, h2, p, dt, dd, th, td, td span, code, button") >= 4.5


def test_a_phone_shows_it_without_scrolling_sideways(page_file: Path) -> None:
    with chromium() as browser, opened(browser, page_file, viewport={"width": 360, "height": 740}) as page:
        page.get_by_role("button", name="Open all").click()
        assert overflow(page) <= 0
        assert page.get_by_text("x-cache: Hit from cloudfront").is_visible()


def test_an_open_page_follows_until_something_is_opened_in_it() -> None:
    gateway = Gateway(MockApi(api(), Catalogue.generate(size=9, seed=1), seconds=0), lambda: 0.0, random.Random(0))
    tile = "dl.tiles dd >> nth=0"
    with chromium() as browser, served(gateway) as server:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.clock.install()
        page.goto(server)
        assert page.locator(tile).inner_text() == "0"
        ask(gateway, "?asset_id=1")
        page.clock.run_for(1000)
        page.get_by_role("button", name="Details of 1").click()
        assert page.locator(tile).inner_text() == "1"
        ask(gateway, "?asset_id=1")
        page.clock.run_for(1000)
        page.get_by_role("link", name="1 new").click()
        page.get_by_role("button", name="Details of 2").wait_for()
        assert page.locator(tile).inner_text() == "2"
        assert said == []
    assert gateway.violations == 0
