"""What commands print with: it shows what it is given, and nothing that a text would do to a terminal."""

from __future__ import annotations

import errno
import os
import sys
from typing import IO, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from roblox_double.legible import legible

_NO_END = 1_000_000
"""Columns of a pipe or a file: nobody's lines are broken there."""
_RULE = 80


class Terminal(Console):
    """A console for texts of any origin.

    Markup, emoji codes and highlighting are off, control characters are spelled out, and no line is broken unless it is
    a table's on a terminal.
    """

    def __init__(
        self,
        file: IO[str] | None = None,
        *,
        stderr: bool = False,
        force_terminal: bool | None = None,
        width: int | None = None,
        record: bool = False,
    ) -> None:
        stream = file or (sys.stderr if stderr else sys.stdout)
        # What a variable such as FORCE_COLOR says of colours says nothing of who reads.
        if width is None and not stream.isatty():
            width = _NO_END
        super().__init__(
            file=file,
            stderr=stderr,
            force_terminal=force_terminal,
            width=width,
            record=record,
            markup=False,
            emoji=False,
            highlight=False,
            soft_wrap=True,
        )

    def render_str(self, text: str, **options: Any) -> Text:
        """Every text comes by here, the cells of tables as well."""
        return super().render_str(legible(text), **options)

    def on_broken_pipe(self) -> None:
        """Leave it to whoever ends the command; rich would end it with 1."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    def heading(self, text: str, style: str) -> None:
        """Print a line that what follows stands under."""
        line = f"{text} ".ljust(min(_RULE, self.width), "─")
        self.print(line, style=style)


def table(*headers: str, **options: Any) -> Table:
    """Return a table that leaves out no part of a text, however narrow a terminal is."""
    made = Table(**options)
    for header in headers:
        made.add_column(header, overflow="fold")
    return made
