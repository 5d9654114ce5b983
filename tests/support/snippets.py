"""The code in Markdown pages.

A page's Luau snippets, one after another, are one Script beside the module in `ServerScriptService`, as of a reader who
pastes each below the one before. A comment `<!-- vm: lune -->` above a snippet says that it needs a newer Luau than the
embedded one. `<!-- file: PATH -->` says that it is a file of a game's repository; those of a page together are one,
whose tests are run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(
    r"(?:<!-- (?:(?P<vm>vm: lune)|file: (?P<file>\S+)) -->\n+)?^```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(r"(?<!`)`((?:uv run|scripts/|\.ci/|rojo |lune |wally |rokit )[^`\n]*)`")

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code in a page, and where it begins."""

    place: str
    language: str
    code: str
    needs_lune: bool = False
    file: str | None = None

    @property
    def page(self) -> str:
        """The page that it is in."""
        return self.place.partition(":")[0]

    @property
    def line(self) -> int:
        """The line of the page that it begins in."""
        return int(self.place.partition(":")[2])


def snippets(text: str, name: str) -> Iterator[Snippet]:
    """Yield the fenced code of a page, then the commands in its running text, as `sh`."""
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start("code")) + 1
        yield Snippet(f"{name}:{line}", match["language"], match["code"], match["vm"] is not None, match["file"])
    for match in _COMMAND.finditer(_FENCE.sub("", text)):
        yield Snippet(f"{name}: {match[1]}", "sh", match[1])


def written() -> list[Snippet]:
    """Return the snippets of all pages that people write."""
    front = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "spec/README.md", "python/roblox_double/README.md")
    pages = [*(ROOT / name for name in front), *sorted((ROOT / "docs").rglob("*.md"))]
    return [
        found
        for page in pages
        for found in snippets(page.read_text(encoding="utf-8"), page.relative_to(ROOT).as_posix())
    ]
