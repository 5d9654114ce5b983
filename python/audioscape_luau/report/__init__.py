"""Self-contained HTML reports: one template, into which each report puts its parts.

    page = Page(
        "Radio journey",
        lead="Eight tracks in virtual time.",
        tiles=(Tile("tracks", "8"), Tile("gaps", "1", "bad")),
        parts=(
            Fragment(Markup('<svg role="img" aria-label="Map" viewBox="0 0 9 9">...</svg>'), title="Map"),
            Table(
                ("time", "track"),
                (Row(("0:00", "Blue"), details=(Detail("request", "GET /v1/similar", "http"),)),),
                title="Tracks",
            ),
        ),
    )
    Path("journey.html").write_text(render(page), encoding="utf-8")

Everything that is text is escaped, and what would not be seen in it is spelled out (`legible`). Only
`markupsafe.Markup` goes in as it is, so whoever makes one answers for it. The page asks for nothing from outside and
its policy forbids it to. It follows the reader's colour scheme; fragments do too if they draw with `currentColor` and
the properties of `templates/page.css`: `--text`, `--soft`, `--line`, `--panel`, `--accent`, `--good`, `--warn`,
`--bad`.
"""

from __future__ import annotations

from audioscape_luau.report.page import Cell, Detail, Fragment, Page, Part, Row, Table, Tile, Tone
from audioscape_luau.report.render import render
from roblox_double.legible import legible

__all__ = ["Cell", "Detail", "Fragment", "Page", "Part", "Row", "Table", "Tile", "Tone", "legible", "render"]
