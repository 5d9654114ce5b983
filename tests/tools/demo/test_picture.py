"""The picture of the demo that the README shows."""

from __future__ import annotations

import re

from audioscape_luau.docs.readme import PICTURE
from audioscape_luau.tools.demo.picture import picture, same
from support.snippets import ROOT


def test_the_picture_shows_what_the_demo_prints_today() -> None:
    shown = (ROOT / PICTURE).read_text(encoding="utf-8")
    assert same(shown, picture()), "bring it up to date with: uv run python -m audioscape_luau.docs.readme"


def test_only_how_long_it_took_may_differ() -> None:
    shown = (ROOT / PICTURE).read_text(encoding="utf-8")
    slower = re.sub(r"(?<=in&#160;)[\d.]+(?=&#160;s\.)", "12.5", shown).replace(
        'textLength="719.8"', 'textLength="732"'
    )
    assert slower != shown
    assert same(shown, slower)
    assert not same(shown, shown.replace("Ambient", "Ambiguous", 1))
    assert not same(shown, shown.replace("8&#160;tracks", "9&#160;tracks"))
