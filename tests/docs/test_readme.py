"""What the pages say of the module is what the module says of itself, and the pages can be found."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from audioscape_luau.docs.options import TYPES, declared, with_types
from audioscape_luau.docs.readme import PAGES, tables, update
from support.game import api
from support.snippets import ROOT

FRONT = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")
MARK = "<!-- {}: made by audioscape_luau.docs.readme -->"
END = "<!-- end of {} -->"


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(name: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text_of(name), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_tables_are_current(page: str) -> None:
    assert update(text_of(page)) == text_of(page), (
        "bring it up to date with: uv run python -m audioscape_luau.docs.readme"
    )


@pytest.mark.parametrize("name", TYPES)
def test_the_types_of_the_options_are_current(name: str) -> None:
    source = text_of(f"luau/AudioScapeClient/{TYPES[name]}")
    assert with_types(name, source, declared()[name]) == source, (
        "bring them up to date with: uv run python -m audioscape_luau.docs.readme"
    )


def test_every_table_is_in_one_page() -> None:
    written = [name for page in PAGES for name in re.findall(MARK.format("([a-z ]+)"), text_of(page))]
    assert sorted(written) == sorted([*tables(), "states"])


def test_the_table_of_errors_has_the_hints_that_a_call_returns() -> None:
    rows = [row for row in tables()["errors"] if row.startswith("| `")]
    responses = [response for operation in api().operations for response in operation.responses]
    hints = [response.hint for response in responses if response.hint]
    assert hints
    for hint in hints:
        assert [row for row in rows if hint in row], hint


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("# A page", "no marks"),
        (MARK.format("options"), "no marks"),
        (f"{MARK.format('options')}\n{END.format('errors')}", "no end of options"),
        (f"{MARK.format('nothing')}\n{END.format('nothing')}", "nothing is known of nothing"),
    ],
)
def test_a_page_with_wrong_marks_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        update(text)


@pytest.mark.parametrize("page", FRONT)
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?://)([^)]+)\)", text_of(page))
    assert links
    for link in links:
        target, _, anchor = link.partition("#")
        assert (ROOT / target).exists(), link
        if anchor:
            assert anchor in anchors(target or page), link


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "ARCHITECTURE.md"])
def test_what_the_map_names_is_there(page: str) -> None:
    named = re.findall(r"`((?:luau|python|tests|spec|docs|scripts|\.ci)/[\w./-]*)`", text_of(page))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_readme_is_short() -> None:
    assert len(text_of("README.md").splitlines()) <= 150


@pytest.mark.parametrize(
    ("page", "methods"),
    [
        ("migration", api().missing_methods),
        ("api", [method.id for method in api().methods]),
    ],
)
def test_a_guide_leaves_out_no_method(page: str, methods: Iterable[str]) -> None:
    text = (ROOT / f"docs/guide/{page}.md").read_text(encoding="utf-8")
    assert [method for method in methods if f"`{method}`" not in text] == []
