"""What the README says of the module is what the module says of itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from audioscape_luau.readme import update

README = Path(__file__).parents[2] / "README.md"


def test_tables_are_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert update(text) == text, "bring it up to date with: uv run python -m audioscape_luau.readme"


def test_tables_name_every_option_and_error() -> None:
    text = README.read_text(encoding="utf-8")
    for name in ("apiKey", "maxRetries", "onError", "strategy", "historySize", "loadTimeout"):
        assert re.search(rf"^\| `{name}` \|", text, re.MULTILINE), name
    for kind in ("invalid_request", "http_disabled", "circuit_open"):
        assert re.search(rf"^\| `{kind}` \|", text, re.MULTILINE), kind


def test_a_text_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no marks for options"):
        update("# A README")


def test_links_lead_somewhere() -> None:
    text = README.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?://|#)([^)]+)\)", text):
        assert (README.parent / target).exists(), target
