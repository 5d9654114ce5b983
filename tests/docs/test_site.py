"""The built site: no warning, no dead link, nothing from elsewhere."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from audioscape_luau.docs.readme import tables
from audioscape_luau.openapi import load
from audioscape_luau.resources import luau_root, spec_file
from support.html_links import dead_links
from support.snippets import written

from .conftest import Site

_PAGES = {"errors": "errors", "radio errors": "errors", "options": "options", "radio options": "options"}
DATA = {"DEMO_KEY", "FAULTS", "luau_root", "spec_file"}
"""What guides import that is no class and no function of the packages that the reference is about."""


def text_of(file: Path) -> str:
    """Return the text of a page, on one line."""
    return " ".join(html.unescape(re.sub("<[^>]+>", "", file.read_text(encoding="utf-8"))).split())


@pytest.mark.thorough
def test_the_build_says_nothing_bad(site: Site) -> None:
    assert "WARNING" not in site.said
    assert "ERROR" not in site.said


@pytest.mark.thorough
def test_no_link_is_dead(site: Site) -> None:
    assert list(dead_links(site.folder)) == []


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ('<a href="b/">b</a><a href="b/#there">b</a><a href="#here" id="here">x</a>', None),
        ('<a href="https://example.com/x#y">x</a><img src="data:image/png;base64,AA">', None),
        ('<a href="/b/index.html">b</a>', None),
        ('<a href="c/">c</a>', "a.html: c/ leads nowhere"),
        ('<a href="b/#nowhere">b</a>', "a.html: b/#nowhere has no such anchor"),
        ('<a href="#nowhere">b</a>', "a.html: #nowhere has no such anchor"),
        ('<a href="http://example.com">x</a>', "a.html: http://example.com is from elsewhere"),
        ('<a href="https://nowhere">x</a>', "a.html: https://nowhere is from elsewhere"),
        ('<script src="https://example.com/a.js"></script>', "a.html: https://example.com/a.js is from elsewhere"),
        ('<link href="//example.com/a.css">', "a.html: //example.com/a.css is from elsewhere"),
    ],
)
def test_what_is_a_dead_link(body: str, complaint: str | None, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "index.html").write_text('<h1 id="there">b</h1>', encoding="utf-8")
    (tmp_path / "a.html").write_text(body, encoding="utf-8")
    assert list(dead_links(tmp_path)) == ([complaint] if complaint else [])


@pytest.mark.thorough
def test_a_page_says_all_that_the_tables_say(site: Site) -> None:
    for name, path in _PAGES.items():
        shown = text_of(site.folder / "reference" / path / "index.html")
        for row in tables()[name]:
            cells = re.split(r"(?<!\\)\|", row)[1:-1]
            for cell in cells if "---" not in row else ():
                assert " ".join(cell.replace("`", "").replace("\\|", "|").split()) in shown, row


@pytest.mark.thorough
def test_the_reference_has_whatever_the_guides_import(site: Site) -> None:
    shown = (site.folder / "reference" / "python" / "index.html").read_text(encoding="utf-8")
    code = "\n".join(found.code for found in written() if found.language == "python")
    names = {
        name
        for line in re.findall(r"^from (?:audioscape_luau|roblox_double)\S* import (.*)$", code, re.MULTILINE)
        for name in line.split(", ")
    }
    assert "Listener" in names
    for name in sorted(names - DATA):
        assert re.search(rf'id="(?:audioscape_luau|roblox_double)[\w.]*\.{name}"', shown), name


@pytest.mark.thorough
def test_no_page_shows_how_its_tables_are_written(site: Site) -> None:
    for file in site.folder.rglob("*.html"):
        code = re.findall("<code>([^<]*)</code>", file.read_text(encoding="utf-8"))
        assert [text for text in code if "\\|" in text] == [], file


@pytest.mark.thorough
def test_search_knows_every_method_option_and_error(site: Site) -> None:
    index = json.loads((site.folder / "search" / "search_index.json").read_text(encoding="utf-8"))
    places = {entry["location"] for entry in index["docs"]}
    for operation in load(spec_file()).operations:
        assert f"reference/luau/#Client.{operation.id}" in places
    text = " ".join(entry["text"] for entry in index["docs"])
    surface = (luau_root() / "AudioScapeClient.surface.txt").read_text(encoding="utf-8")
    for line in surface.splitlines():
        if line.startswith("function "):
            name = re.split(r"[(<]", line.removeprefix("function "))[0]
            assert f"reference/luau/#{name}" in places
        elif line.startswith("type ") and "." not in line.split(" ")[1]:
            name = line.split(" ")[1]
            assert f"reference/luau/#{name}" in places or f"reference/luau/#{name.lower()}" in places
    for rows in tables().values():
        for row in rows[2:]:
            name = row.split("`")[1] if "`" in row else row.split("|")[1].strip()
            assert name in text
