"""What a report is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

type Tone = Literal["plain", "good", "warn", "bad"]
"""What a value means to the reader. It is shown by a colour, so the text must say the same."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the summary."""

    label: str
    value: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a table, marked with a tone."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Detail:
    """What a row shows when it is opened: text that keeps its lines, or trusted HTML.

    language: names the text for readers and copies (`luau`, `sh`, `json`); it is not coloured by it.
    """

    label: str
    content: str | Markup
    language: str = ""

    @property
    def is_markup(self) -> bool:
        """Whether the content is HTML."""
        return isinstance(self.content, Markup)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table. With `details` it can be opened. With an `anchor`, `#anchor` leads to it and opens it."""

    cells: tuple[str | Cell | Markup, ...]
    details: tuple[Detail, ...] = ()
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns.

    note: a sentence above it. wide: on a narrow screen it scrolls within its own frame, as a matrix must; otherwise
    each row turns into a card. empty: what stands there when there are no rows.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    title: str
    note: str = ""
    wide: bool = False
    empty: str = "None."

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"a row of the table {self.title!r} has {len(row.cells)} cells: {row.cells!r}")

    @property
    def opens(self) -> bool:
        """Whether any row can be opened."""
        return any(row.details for row in self.rows)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A drawing or any other HTML of a report's own."""

    html: Markup
    title: str
    note: str = ""


_NONE = Markup()

type Part = Table | Fragment


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report.

    lead: the answer in one sentence. style, script: CSS and JavaScript that the fragments of this page need besides
    what every page has. asks: whether that script may ask the server that the page comes from. language: of the texts,
    as HTML names it.
    """

    title: str
    lead: str = ""
    tiles: tuple[Tile, ...] = ()
    parts: tuple[Part, ...] = ()
    style: Markup = _NONE
    script: Markup = _NONE
    asks: bool = False
    language: str = "en"
