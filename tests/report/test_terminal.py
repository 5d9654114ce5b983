"""What commands print is what they were given."""

from __future__ import annotations

import io

import pytest
from rich.text import Text

from audioscape_luau.report.terminal import Terminal, table

LONG = "/paths/~1v1~1similar" + "/with-a-name-of-some-length" * 30


class Screen(io.StringIO):
    """A terminal of forty columns."""

    def isatty(self) -> bool:
        return True


def printed(show: object, **options: object) -> str:
    file = io.StringIO()
    Terminal(file).print(show, **options)  # pyright: ignore[reportArgumentType]
    return file.getvalue()


HOSTILE = [
    ("[bold]a[/] [link=https://x]b[/link] [/nothing]", None),
    (":x: :warning:", None),
    ("\\[red]", None),
    ("a\x1b[31mb\x1b]0;title\x07", r"a\x1b[31mb\x1b]0;title\x07"),
    ("a\x9b31mb", r"a\x9b31mb"),
    ("right\rwrong", r"right\rwrong"),
    ("a\x08b\x7f", r"a\x08b\x7f"),
    ("a\u202eb\u2066c", r"a\u202eb\u2066c"),
    ("two\nlines\tand a tab", None),
]


@pytest.mark.parametrize(("text", "shown"), HOSTILE)
@pytest.mark.parametrize("width", [None, 200])
def test_a_text_is_shown_and_does_nothing(text: str, shown: str | None, width: int | None) -> None:
    file = io.StringIO()
    Terminal(file, width=width).print(text)
    assert file.getvalue().expandtabs() == f"{(shown or text).expandtabs()}\n"


@pytest.mark.parametrize(("text", "shown"), [each for each in HOSTILE if "\n" not in each[0]])
def test_so_is_one_in_a_table_or_above_one(text: str, shown: str | None) -> None:
    file = io.StringIO()
    rows = table("\x1b[1mname", "value")
    rows.add_row(text, Text("2", style="red"))
    terminal = Terminal(file)
    terminal.print(rows)
    terminal.heading(text, "red")
    assert file.getvalue().count(shown or text) == 2
    assert "\x1b" not in file.getvalue()


@pytest.mark.parametrize("text", [LONG, "a word " * 100])
def test_no_line_is_broken_where_no_terminal_is(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    assert printed(text) == f"{text}\n"
    rows = table("a", "b")
    rows.add_row(text, text)
    assert sum(text in line for line in printed(rows).splitlines()) == 1
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert text in printed(text)


def test_a_terminal_breaks_lines_itself_and_a_table_loses_nothing() -> None:
    screen = Screen()
    terminal = Terminal(screen, width=40)
    terminal.print(LONG)
    assert LONG in screen.getvalue()
    screen.truncate(0)
    rows = table("where")
    rows.add_row(LONG)
    terminal.print(rows)
    assert LONG in "".join(line.strip("│ \x00") for line in screen.getvalue().splitlines())
