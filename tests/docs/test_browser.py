"""The site in a real browser: one gets about, finds things, and can read it by night."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support.browser import chromium, contrast, overflow

from .conftest import Site


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    """The site as a server on this machine hands it out; search needs one."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site.folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.thorough
def test_a_reader_gets_about(address: str) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1300, "height": 900}, color_scheme="light")
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))

        page.goto(address)
        page.get_by_role("navigation").get_by_role("link", name="For game developers").first.click()
        page.wait_for_url("**/guide/games/")
        assert page.get_by_role("heading", level=1).inner_text().startswith("For game developers")

        # The search listens to keys: text that is put in as a whole goes unnoticed on a slow machine.
        page.locator("[data-md-component=search-query]").press_sequentially("similarTracks")
        found = page.locator(".md-search-result__link", has_text="client:similarTracks").first
        found.wait_for(state="attached")
        if not found.is_visible():
            page.locator(".md-search-result__item", has=found).locator("summary").click()
        found.click()
        page.wait_for_url("**/reference/luau/**#Client.similarTracks")
        assert page.locator("[id='Client.similarTracks']").is_visible()

        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert contrast(page, "article p") >= 4.5
        page.get_by_title("Switch to dark").click()
        assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        assert contrast(page, "article p") >= 4.5
        page.goto(f"{address}reference/options/")
        assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"

        page.set_viewport_size({"width": 375, "height": 700})
        assert overflow(page) <= 0
        assert all(url.startswith((address, "data:", "blob:")) for url in asked), asked
        assert said == []


@pytest.mark.thorough
def test_no_table_is_cut_off_on_a_small_laptop(address: str, site: Site) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        cut: dict[str, int] = {}
        for file in sorted(site.folder.rglob("index.html")):
            place = file.relative_to(site.folder).parent.as_posix()
            page.goto(f"{address}{place}/")
            hidden = page.evaluate(
                "Math.max(0, ...[...document.querySelectorAll('article table')].map((table) => {"
                "  const box = table.closest('.md-typeset__table, .md-typeset__scrollwrap') ?? table;"
                "  const right = (element) => element.getBoundingClientRect().right;"
                "  return Math.max(box.scrollWidth - box.clientWidth, table.scrollWidth - table.clientWidth,"
                "    right(table) - right(document.querySelector('article')));"
                "}))"
            )
            if hidden > 1:
                cut[place] = hidden
        assert cut == {}


@pytest.mark.thorough
def test_the_first_page_shows_the_demo(address: str) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        picture = page.get_by_role("img", name="What the demo prints").first
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
