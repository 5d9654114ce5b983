"""The report template: what it escapes, and what a reader sees of it in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from markupsafe import Markup

from audioscape_luau.report import Cell, Detail, Fragment, Page, Row, Table, Tile, legible, render
from support.browser import chromium, contrast, opened, overflow

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = "</script><img src=x onerror=alert(1)>&\"'"

PAGE = Page(
    "Report & co",
    lead="Three of twelve broke.",
    tiles=(Tile("kept", "9", "good"), Tile("broken", "3", "bad"), Tile("slow", "1", "warn"), Tile("all", "12")),
    parts=(
        Table(
            ("case", "outcome"),
            tuple(
                Row(
                    (f"case-{number}", Cell("broken", "bad") if number < 3 else Cell("kept", "good")),
                    details=(
                        Detail("request", f"GET /{number}\n" + "long" * 200, "sh"),
                        Detail("drawn", Markup(f"<em>{number}</em>")),
                    )
                    if number < 3
                    else (),
                    anchor=f"case-{number}",
                )
                for number in range(12)
            ),
            title="Cases",
        ),
        Table(
            tuple(f"a rather long heading {n}" for n in range(12)),
            (Row(tuple("seen" for _ in range(12))),),
            title="Matrix",
            wide=True,
        ),
        Table(("nothing",), (), title="Lost", empty="Nothing was lost."),
        Fragment(
            Markup('<svg role="img" aria-label="A line" viewBox="0 0 900 90"><path d="M0 0L900 90" /></svg>'),
            title="Map",
            note="Drawn.",
        ),
    ),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(PAGE), encoding="utf-8")
    return path


def test_text_is_text_wherever_it_stands(browser: Browser, tmp_path: Path) -> None:
    page = Page(
        HOSTILE,
        lead=HOSTILE,
        tiles=(Tile(HOSTILE, HOSTILE),),
        parts=(
            Table(
                (HOSTILE,),
                (Row((HOSTILE,), (Detail(HOSTILE, HOSTILE, HOSTILE),), HOSTILE), Row((Cell(HOSTILE),))),
                title=HOSTILE,
                note=HOSTILE,
            ),
            Fragment(Markup("<b>kept</b>"), title=HOSTILE, note=HOSTILE),
        ),
    )
    path = tmp_path / "hostile.html"
    path.write_text(render(page), encoding="utf-8")
    with opened(browser, path) as seen:
        assert seen.locator("img").count() == 0
        assert seen.title() == HOSTILE
        assert seen.locator("td").first.get_attribute("data-label") == HOSTILE
        assert seen.locator("figure b").inner_text() == "kept"
        assert HOSTILE in seen.locator(".lead").inner_text()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand a tab, \u65e5\u672c, \N{WAVING HAND SIGN}", None),
        ("\x1b[31mred\x1b[2J\x00\r\n", r"\x1b[31mred\x1b[2J\x00\r" + "\n"),
        ("\u202eback\u2066 \x9b \ud800 \uffff", r"\u202eback\u2066 \x9b \ud800 \uffff"),
    ],
)
def test_what_would_not_be_seen_is_spelled_out(text: str, shown: str | None) -> None:
    assert legible(text) == (shown or text)
    page = render(Page(text, parts=(Table((text,), (Row((Cell(text),), (Detail("it", text),)),), title="It"),)))
    assert page.count((shown or text).strip()) == 6
    page.encode()


def test_a_row_opens_and_closes(browser: Browser, report: Path) -> None:
    with opened(browser, report) as page:
        details = page.get_by_text("GET /1")
        assert not details.is_visible()
        button = page.get_by_role("button", name="Details of case-1")
        button.click()
        assert details.is_visible()
        assert button.get_attribute("aria-expanded") == "true"
        assert not page.get_by_text("GET /2").is_visible()
        button.press("Enter")
        assert not details.is_visible()
        page.get_by_role("button", name="Open all").click()
        assert page.locator("tr.details:visible").count() == 3
        page.get_by_role("button", name="Close all").click()
        assert page.locator("tr.details:visible").count() == 0


@pytest.mark.thorough
def test_what_stands_in_it_can_be_read(browser: Browser, report: Path) -> None:
    with opened(browser, report) as page:
        assert page.get_by_role("heading", level=1).inner_text() == PAGE.title
        assert page.locator("dl.tiles").inner_text().split() == ["kept", "9", "broken", "3", "slow", "1", "all", "12"]
        table = page.get_by_role("table", name="Cases")
        assert table.get_by_role("columnheader").all_inner_texts() == ["case", "outcome"]
        assert table.get_by_role("cell", name="kept", exact=True).count() == 9
        assert page.get_by_text("Nothing was lost.").is_visible()
        assert page.get_by_role("img", name="A line").is_visible()


@pytest.mark.thorough
def test_a_search_leaves_what_it_finds(browser: Browser, report: Path) -> None:
    with opened(browser, report) as page:
        page.get_by_role("button", name="Details of case-2").click()
        search = page.get_by_role("searchbox")
        search.fill("GET /1")
        assert page.locator("tbody tr:visible td:first-child").all_inner_texts()[0] == "case-1"
        assert page.locator("tr.details:visible").count() == 0
        assert page.get_by_text("1 of 12").is_visible()
        search.fill("")
        assert page.locator("tr.details:visible").count() == 1


@pytest.mark.thorough
def test_a_link_opens_the_row_it_leads_to(browser: Browser, report: Path) -> None:
    with opened(browser, report.resolve().as_uri() + "#case-2") as page:
        assert page.get_by_text("GET /2").is_visible()
        page.evaluate("location.hash = 'case-0'")
        page.get_by_text("GET /0").wait_for()


@pytest.mark.cases(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_colour_schemes_can_be_read(browser: Browser, report: Path, scheme: Literal["light", "dark"]) -> None:
    with opened(browser, report, color_scheme=scheme) as page:
        page.get_by_role("button", name="Open all").click()
        red = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
        assert (int(red) > 128) == (scheme == "light")
        assert contrast(page, "h1, h2, h3, p, dt, dd, th, td, td span, code, button, output") >= 4.5


def test_a_phone_shows_all_of_it_without_scrolling_sideways(browser: Browser, report: Path) -> None:
    with opened(browser, report, viewport={"width": 360, "height": 740}) as page:
        page.get_by_role("button", name="Open all").click()
        assert overflow(page) <= 0
        matrix = page.get_by_role("group", name="Matrix")
        assert matrix.evaluate("e => e.scrollWidth > e.clientWidth"), "a matrix scrolls in its own frame"
        table = page.get_by_role("table", name="Cases")
        assert table.get_by_role("cell", name="case-5").is_visible()
        assert table.get_by_role("row").count() == 1 + 12 + 3


@pytest.mark.thorough
def test_fingers_find_what_is_to_be_touched(browser: Browser, report: Path) -> None:
    with opened(browser, report, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True) as page:
        for target in (*page.get_by_role("button").all(), page.get_by_role("searchbox"), *page.locator("nav a").all()):
            box = target.bounding_box()
            assert box
            assert box["height"] >= 44
        page.get_by_role("navigation").get_by_role("link", name="Map").tap()
        assert page.get_by_role("heading", name="Map").evaluate("e => e.getBoundingClientRect().top < innerHeight")


@pytest.mark.thorough
def test_short_values_stay_on_one_line_beside_long_ones(browser: Browser, tmp_path: Path) -> None:
    long = "a-word-that-does-not-end" * 20
    page = Page("Widths", parts=(Table(("status", "request", "remarks"), (Row(("200", long, long)),), title="All"),))
    path = tmp_path / "widths.html"
    path.write_text(render(page), encoding="utf-8")
    with opened(browser, path, viewport={"width": 1000, "height": 700}) as seen:
        for name in ("columnheader", "cell"):
            box = seen.get_by_role(name).first.bounding_box()
            assert box
            assert box["width"] > 40
        assert seen.get_by_role("columnheader").first.evaluate("e => e.clientHeight") < 40
        assert overflow(seen) <= 0


@pytest.mark.cases(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edges_of_controls_can_be_seen(browser: Browser, report: Path, scheme: Literal["light", "dark"]) -> None:
    with opened(browser, report, color_scheme=scheme) as page:
        # As if the edge were a text, so that its contrast can be measured in the same way.
        page.add_style_tag(content="input { color: var(--soft) !important; border-color: currentColor }")
        edge = page.get_by_role("searchbox").evaluate("e => getComputedStyle(e).borderColor")
        assert edge == page.get_by_role("searchbox").evaluate("e => getComputedStyle(e).color")
        assert contrast(page, "input") >= 3


@pytest.mark.thorough
def test_paper_has_all_of_it(browser: Browser, report: Path) -> None:
    with opened(browser, report) as page:
        page.emulate_media(media="print")
        assert page.locator("tr.details:visible").count() == 3
        assert page.locator("pre").evaluate_all("all => all.every(e => e.scrollHeight <= e.clientHeight + 1)")
        assert page.get_by_role("button").count() == page.get_by_role("navigation").count() == 0


def test_without_scripts_nothing_is_hidden(browser: Browser, report: Path) -> None:
    with opened(browser, report, java_script_enabled=False) as page:
        assert page.locator("tr.details:visible").count() == 3
        assert page.get_by_role("button").count() == 0


@pytest.mark.thorough
def test_a_row_has_as_many_cells_as_there_are_columns() -> None:
    with pytest.raises(ValueError, match="Cases"):
        Table(("one", "two"), (Row(("a",)),), title="Cases")
