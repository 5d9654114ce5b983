"""Texts as people read them, word for word, in files beside the tests: a line that names the case, then its text."""

from __future__ import annotations

import textwrap
from functools import cache
from pathlib import Path


def expect_recorded(file: Path, case: str, text: str) -> None:
    """Compare a text with what the file has for the case; the failure shows what belongs there."""
    told = textwrap.indent(text, "  ")
    assert told == _texts(file).get(case), f"{file.name} should have:\n\n{case}\n{told}"


@cache
def _texts(file: Path) -> dict[str, str]:
    blocks = file.read_text(encoding="utf-8").strip().split("\n\n")
    return dict(block.split("\n", 1) for block in blocks)
