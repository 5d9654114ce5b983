"""The reports of both checks in a real browser: of a client that is broken, and of an API that drifts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from audioscape_luau.contract.coverage import declared
from audioscape_luau.contract.results import Results, account_of, as_html
from audioscape_luau.contract.spread import Order, check
from audioscape_luau.contract.subject import KEY
from audioscape_luau.live.account import LiveReport, account_of_live, report_live
from audioscape_luau.live.check import LiveCheck
from audioscape_luau.mock import Catalogue, MockApi
from support.broken import wrapped
from support.browser import chromium, contrast, opened, overflow
from support.game import only

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.thorough

LIVE_KEY = "key-1f2e3d4c5b6a"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def results() -> Results:
    """A client that makes a tempo up, seen through a few cases; of what is declared, half was handled."""
    breaking = "Wrapper.track(function(track) track.bpm = if type(track.bpm) == 'number' then track.bpm else 120 end)"
    order = Order(wrapped(breaking), only("similar"), phases=["boundaries"], pattern="*bpm*")
    played = list(check(order, order.parts(), jobs=1))
    names = declared(only("similar"))
    return Results(
        module="A broken build",
        findings=[finding for part in played for finding in part.findings],
        declared=names,
        handled={name: {"boundaries": number} for number, name in enumerate(names[::2], start=1)},
    )


@pytest.fixture
def page(results: Results, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    path = tmp_path / "contract.html"
    path.write_text(as_html(account_of(results)), encoding="utf-8")
    with opened(browser, path) as page:
        yield page


@pytest.mark.other_api
def test_the_matrix_shows_what_was_handled(results: Results, page: Page) -> None:
    rows = page.get_by_role("table", name="Coverage").locator("tbody tr").all_inner_texts()
    shown = {tuple(cell.strip() for cell in row.split("\t")) for row in rows}
    handled = results.handled or {}
    assert results.missing
    assert shown == {
        (
            "yes" if name in handled else "never",
            *name.split(": ", 1),
            str(handled[name]["boundaries"]) if name in handled else "",
        )
        for name in results.declared
    }
    tiles = page.locator("dl.tiles").inner_text()
    assert f"{len(results.declared) - len(results.missing)} of {len(results.declared)}" in tiles
    assert "result\nfailed" in tiles


@pytest.mark.other_api
def test_a_failure_opens_and_says_how_to_see_it_again(results: Results, page: Page) -> None:
    assert 0 < len(results.broken) < len(results.findings)
    report = results.broken[0]
    replay = page.get_by_text(report.replay, exact=True)
    assert not replay.is_visible()
    page.get_by_role("button", name=f"Details of {report.title}", exact=True).click()
    assert replay.is_visible()
    details = page.locator("tr.details:visible")
    assert details.count() == 1
    assert details.locator("h3").all_inner_texts() == ["Rule", "Call", "Request", "Reply", "Result", "Replay"]
    parts = details.locator("pre").all_inner_texts()
    assert [text.strip() for text in parts[1:]] == [text.strip() for _, text, _ in report.parts()]
    assert report.rules[0][0] in parts[0]
    assert KEY not in page.content()


@pytest.fixture(scope="module")
def told() -> LiveReport:
    """An API that calls the tempo otherwise."""
    mock = MockApi(only("similar"), Catalogue.generate(size=80), keys=[LIVE_KEY], check_replies=False)

    def answer(request: httpx.Request) -> httpx.Response:
        reply = mock.respond_or_refuse(request)
        if reply.status_code != 200:
            return reply
        body = json.loads(reply.content)
        for track in body["tracks"]:
            track["tempo"] = track.pop("bpm")
        return httpx.Response(200, json=body)

    check = LiveCheck(only("similar"), httpx.Client(transport=httpx.MockTransport(answer)), key=LIVE_KEY)
    list(check.run())
    return report_live(check, LIVE_KEY)


def test_a_drift_opens_and_shows_its_request(told: LiveReport, browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "live.html"
    path.write_text(as_html(account_of_live(told)), encoding="utf-8")
    with opened(browser, path, viewport={"width": 360, "height": 740}) as page:
        page.get_by_role("button", name="Open all").click()
        assert overflow(page) <= 0
    with opened(browser, path) as page:
        assert told.verdict in page.locator(".lead").inner_text()
        rows = page.get_by_role("table", name="Drift").locator("tbody tr:not(.details)").all_inner_texts()
        assert [row.split("\t")[1:4] for row in rows] == [[d.kind, d.place, d.count] for d in told.drifts]
        page.get_by_role("table", name="Drift").get_by_role("button").first.click()
        assert page.get_by_text(told.drifts[0].request).first.is_visible()
        page.get_by_role("searchbox").last.fill("tracks[].bpm")
        fields = page.get_by_role("table", name="Fields").locator("tbody tr:visible")
        assert fields.all_inner_texts() == [f"similar\ttracks[].bpm\t{told.drifts[0].total}\t0\t0"]
        assert LIVE_KEY not in page.content()
        assert contrast(page, "h1, h2, p, dt, dd, th, td, td span, code, button") >= 4.5
