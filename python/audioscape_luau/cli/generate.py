"""`audioscape generate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from jinja2 import TemplateError

from audioscape_luau import resources
from audioscape_luau.cli.running import CannotRun
from audioscape_luau.codegen import UnsafeOutputError, drift, render, runtime_files, write
from audioscape_luau.openapi import load
from audioscape_luau.report.terminal import Terminal

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def generate(
    spec: Annotated[Path | None, typer.Option(help="OpenAPI document; by default that of AudioScape.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the module; by default the one that ships.")] = None,
    templates: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder whose templates are used before the built-in."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; show what differs and exit with 1.")] = False,
) -> None:
    """Generate the Luau client from the specification.

    In a folder other than the one that ships, the hand-written part of the module is put beside it, so that what comes
    out is complete.
    """
    console, problems = Terminal(), Terminal(stderr=True)
    shipped = resources.luau_root() / "AudioScapeClient"
    target = out or shipped
    try:
        model = load(spec or resources.spec_file())
        files = render(model, templates)
    except (TemplateError, UnsafeOutputError) as error:
        raise CannotRun(f"The templates cannot be used: {error}") from error
    if target.resolve() != shipped.resolve():
        files |= runtime_files(model, shipped)
    if check:
        difference = drift(files, target)
        if difference:
            for line in difference.splitlines():
                console.print(line, style=_COLOURS.get(line[:1]))
            problems.print("The generated client is not current: run audioscape generate.", style="red")
            raise typer.Exit(1)
        console.print(f"{len(files)} files are current.")
        return
    changed = write(files, target)
    for name in changed:
        console.print(name)
    console.print(f"{len(changed)} of {len(files)} files changed.")
