"""The links of built HTML pages, held against what is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass(slots=True)
class _Page:
    anchors: set[str] = field(default_factory=set[str])
    links: set[str] = field(default_factory=set[str])
    loaded: set[str] = field(default_factory=set[str])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = _Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value is not None}
        self.page.anchors.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.page.links.add(given["href"])
        elif tag == "link" and "href" in given:
            self.page.loaded.add(given["href"])
        elif "src" in given:
            self.page.loaded.add(given["src"])


def dead_links(folder: Path) -> Iterator[str]:
    """Yield each link of the pages below `folder` that leads nowhere, and each thing they load from elsewhere.

    Addresses of other sites are only looked at, never asked.
    """
    pages = {file: _read(file) for file in sorted(folder.rglob("*.html"))}
    for file, page in pages.items():
        place = file.relative_to(folder)
        for link in sorted(page.loaded | page.links):
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                if link in page.loaded or parts.scheme != "https" or "." not in parts.netloc:
                    yield f"{place}: {link} is from elsewhere"
                continue
            target = _target(folder, file, unquote(parts.path))
            if not target.is_file():
                yield f"{place}: {link} leads nowhere"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                yield f"{place}: {link} has no such anchor"


def _target(folder: Path, file: Path, path: str) -> Path:
    if not path:
        return file
    start = folder if path.startswith("/") else file.parent
    target = (start / path.lstrip("/")).resolve()
    return target / "index.html" if target.is_dir() else target


def _read(file: Path) -> _Page:
    reader = _Reader()
    reader.feed(file.read_text(encoding="utf-8"))
    return reader.page
