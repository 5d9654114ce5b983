"""The journey as a page, in a real browser, against what the player heard."""

from __future__ import annotations

import io
import re
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from audioscape_luau.mock import Catalogue, FaultPlan
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.tools.demo import Plan, play
from audioscape_luau.tools.demo.journey import Journey, Mishap, Stop, lay_out
from audioscape_luau.tools.demo.page import page
from audioscape_luau.tools.oracle import likeness, oracle
from support.browser import chromium, contrast, opened, overflow

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CATALOGUE = Catalogue.generate(size=200)
STOPS = tuple(
    Stop(entry, start, end)
    for entry, start, end in zip(CATALOGUE.entries, (5, 200, 3500), (198.5, 3500, 4000), strict=False)
)
JOURNEY = Journey(
    begin=5,
    end=4000,
    stops=STOPS,
    gaps=((198.5, 200),),
    mishaps=(Mishap(100, "cut"), Mishap(3700, "html")),
    requests=4,
    planned=frozenset({(STOPS[1].entry.asset_id, STOPS[2].entry.asset_id)}),
)
FLOW = likeness(CATALOGUE, [stop.entry.asset_id for stop in STOPS])
MEAN = statistics.mean(FLOW)
BEST = oracle(CATALOGUE, STOPS[0].entry.asset_id, 3)


@pytest.mark.thorough
def test_the_page_shows_what_was_heard(tmp_path: Path) -> None:
    file = tmp_path / "journey.html"
    file.write_text(page(JOURNEY, CATALOGUE, strategy="smooth", best=BEST), encoding="utf-8")
    with chromium() as browser:
        _look(browser, file)
        for colours in ("dark", "light"):
            with opened(browser, file, color_scheme=colours, viewport={"width": 360, "height": 700}) as phone:
                assert overflow(phone) <= 0
                assert contrast(phone, "h1, .lead, .tile dd") >= 4.5
                sizes = phone.locator("svg text").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
                assert len(sizes) == 4, "the two ends of the path and two hours"
                assert min(sizes) >= 11


def _look(browser: Browser, file: Path) -> None:
    with opened(browser, file) as shown:
        figures = dict(
            zip(shown.locator(".tile dt").all_inner_texts(), shown.locator(".tile dd").all_inner_texts(), strict=True)
        )
        assert figures == {
            "tracks": "3",
            "different": "3",
            "mean likeness": f"{MEAN:.2f}",
            "of the best way": f"{MEAN / statistics.mean(likeness(CATALOGUE, BEST)):.0%}",
            "requests": "4",
            "faults": "2",
            "gaps": "1",
            "silence": "0.038%",
        }
        assert shown.locator(".map > circle").count() == len(CATALOGUE.entries)
        stops = shown.locator(".map a")
        assert [stop.get_attribute("data-asset") for stop in stops.all()] == [s.entry.asset_id for s in STOPS]
        assert (shown.locator(".map .oracle").get_attribute("points") or "").count(",") == 3
        bars = shown.locator(".likeness rect")
        assert [bar.get_attribute("class") for bar in bars.all()] == ["new", "planned"]
        heights = [float(bar.get_attribute("height") or 0) for bar in bars.all()]
        assert heights == pytest.approx([90 * one for one in FLOW], abs=0.1)
        # The last track goes on in the second hour, so it is drawn in two pieces.
        assert shown.locator(".timeline .heard").count() == 4
        assert shown.locator(".timeline .gap title").all_text_contents() == ["1.50 s of silence"]
        assert shown.locator(".timeline .fault title").all_text_contents() == ["cut", "html"]
        assert shown.locator(".map text").all_text_contents() == ["start", "end"]
        # Whoever goes by keyboard comes to the tables, not through hundreds of dots.
        assert shown.locator("svg a").evaluate_all("all => all.every(e => e.tabIndex < 0)")
        asset = shown.get_by_text(STOPS[1].entry.asset_id, exact=True)
        assert not asset.is_visible()
        stops.nth(1).dispatch_event("click")
        assert shown.url.endswith("#track-2")
        assert asset.is_visible()


def test_like_tracks_lie_together_on_the_map() -> None:
    places = lay_out(CATALOGUE)
    assert places.keys() == CATALOGUE.by_id.keys()
    spreads = [max(axis) - min(axis) for axis in zip(*places.values(), strict=True)]
    assert all(spread > 2 for spread in spreads)
    for axis in zip(*places.values(), strict=True):
        assert sum(axis) == pytest.approx(0, abs=1e-6)
    across, up = zip(*places.values(), strict=True)
    assert sum(x * y for x, y in zip(across, up, strict=True)) == pytest.approx(
        0, abs=1e-3 * sum(x * x for x in across)
    )
    assert sum(x * x for x in across) >= sum(y * y for y in up)


@pytest.mark.breaks_contract
def test_the_demo_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "journey.html"
    terminal = io.StringIO()
    play(Terminal(file=terminal, width=100), Plan(hours=0.5, faults=FaultPlan.parse("0.5,cut"), html=file))
    text = file.read_text(encoding="utf-8")
    ids = re.findall(r"^\W*\d:\d\d:\d\d\W+(\d{10})\b", terminal.getvalue(), re.MULTILINE)
    assert re.findall(r'data-asset="(\d+)"', text) == ids
    assert len(ids) > 4
    assert 'class="planned"' in text
    assert "oracle" not in text.partition("</style>")[2]


@pytest.mark.thorough
@pytest.mark.breaks_contract
def test_other_worlds_and_the_best_way(tmp_path: Path) -> None:
    found = {}
    for world in ("strong", "loose"):
        file = tmp_path / f"{world}.html"
        play(Terminal(file=io.StringIO(), width=100), Plan(hours=0.5, html=file, world=world, oracle=True))
        text = file.read_text(encoding="utf-8")
        assert 'class="path oracle"' in text
        (mean,) = re.findall(r"mean likeness</dt><dd>([\d.]+)", text)
        found[world] = float(mean)
    assert found["loose"] < found["strong"]
