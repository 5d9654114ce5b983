"""`audioscape diff`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from audioscape_luau import resources
from audioscape_luau.cli.running import CannotRun
from audioscape_luau.docs.reference.surface import export
from audioscape_luau.openapi import ApiModel, SpecError, load
from audioscape_luau.report.terminal import Terminal, table
from audioscape_luau.tools.diff import Change, Verdict, surface_changes
from audioscape_luau.tools.diff import diff as compare

_COLOURS = {Verdict.BREAKING: "red", Verdict.WARNING: "yellow", Verdict.COMPATIBLE: "green"}


def diff(
    old: Annotated[Path | None, typer.Argument(help="The older OpenAPI document.")] = None,
    new: Annotated[Path | None, typer.Argument(help="The newer OpenAPI document.")] = None,
    surface: Annotated[
        bool, typer.Option("--surface", help="Compare the Luau module's public API with the last release instead.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the changes as JSON.")] = False,
) -> None:
    """List what changed between two OpenAPI documents, and whether it breaks clients of the older one.

    With --surface: whether the Luau module removed or changed anything since the last release that CHANGELOG.md does
    not mention. Exits with 0 if nothing breaks, 1 if something does, 2 if a file cannot be read.
    """
    if surface and not old and not new:
        changes = _surface()
    elif old and new and not surface:
        changes = compare(_read(old), _read(new))
    else:
        raise typer.BadParameter("name two documents, or use --surface alone")
    breaking = any(change.verdict is Verdict.BREAKING for change in changes)
    if as_json:
        typer.echo(json.dumps({"breaking": breaking, "changes": [asdict(change) for change in changes]}, indent=2))
    else:
        _print(changes)
    if breaking:
        raise typer.Exit(1)


def _surface() -> tuple[Change, ...]:
    root = resources.checkout()
    try:
        if root is None:
            raise OSError("the installed package has no changelog. Run this in a clone of the repository")
        released = (root / "luau" / "AudioScapeClient.released.txt").read_text(encoding="utf-8")
        changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
        return surface_changes(released, export(root / "luau" / "AudioScapeClient"), changelog)
    except (OSError, ValueError) as error:
        raise CannotRun(f"Cannot compare the public API: {error}") from error


def _read(path: Path) -> ApiModel:
    try:
        return load(path)
    except (OSError, SpecError) as error:
        raise CannotRun(f"Cannot compare {path}: {error}") from error


def _print(changes: tuple[Change, ...]) -> None:
    console = Terminal()
    if not changes:
        console.print("Nothing changed.")
        return
    shown = table("verdict", "change", "where", "what", "reason")
    for change in changes:
        verdict = Text(change.verdict, style=_COLOURS[change.verdict])
        shown.add_row(verdict, change.kind, change.where, change.what, change.reason)
    console.print(shown)
    counts = {verdict: sum(change.verdict is verdict for change in changes) for verdict in Verdict}
    console.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
