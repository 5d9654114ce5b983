"""The hook by which mkdocs gets the pages that are not written by hand, so that none of them is ever out of date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer.main
from typer.cli import get_docs_for_click

from audioscape_luau.cli import app
from audioscape_luau.docs.reference import page
from audioscape_luau.resources import luau_root

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files


def pages() -> dict[str, str]:
    """Return the text of each generated page by its path below `docs/`."""
    return {"reference/luau.md": page(luau_root() / "AudioScapeClient"), "reference/cli.md": _command_line()}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to the ones that are written by hand."""
    from mkdocs.structure.files import File

    for path, content in pages().items():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, /, **_: object) -> str:
    """Let the tables of every page show what they hold."""
    fenced = False
    lines: list[str] = []
    for line in markdown.split("\n"):
        fenced ^= line.startswith("```")
        lines.append(_row(line) if line.startswith("|") and not fenced else line)
    return "\n".join(lines)


def _command_line() -> str:
    command = typer.main.get_command(app)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command), name="audioscape")
    for name, described in typer.main.get_group(app).commands.items():
        first = " ".join((described.help or "").partition("\n\n")[0].split())
        text = re.sub(rf"(?m)^\* `{name}`: .*$", f"* [`{name}`](#audioscape-{name}): {first}", text)
    return text.replace("# `audioscape`", "# The command line", 1)


def _row(line: str) -> str:
    """Return a row of a table, written for GitHub, so that Python-Markdown shows it alike.

    It shows the backslash of `\\|` within code, and takes braces at the end of a cell for attributes of it.
    """
    parts = line.split("`")
    return "`".join(
        part.replace("\\|", "|") if index % 2 else part.replace("{", "&#123;") for index, part in enumerate(parts)
    )
