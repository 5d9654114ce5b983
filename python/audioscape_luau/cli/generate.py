"""`audioscape generate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from jinja2 import TemplateError

from audioscape_luau import resources
from audioscape_luau.cli.reading import ONLY, ONLY_HELP, load_for_client
from audioscape_luau.cli.running import CannotRun
from audioscape_luau.codegen import (
    UnsafeOutputError,
    drift,
    remote_files,
    render,
    render_remote,
    runtime_files,
    write,
)
from audioscape_luau.report.terminal import Terminal

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def generate(
    spec: Annotated[Path | None, typer.Option(help="OpenAPI document. Default: AudioScape's.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the module. Default: the shipped client.")] = None,
    templates: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, help="Folder of templates that replace the built-in ones of the same name."
        ),
    ] = None,
    skip_unsupported: Annotated[
        bool,
        typer.Option(
            "--skip-unsupported",
            help="Leave out operations that are not understood, and say which, why and what to do.",
        ),
    ] = False,
    only: Annotated[str | None, typer.Option(ONLY, help=f"With --out: {ONLY_HELP[0].lower()}{ONLY_HELP[1:]}")] = None,
    remote: Annotated[
        Path | None,
        typer.Option(help="Folder of AudioScapeRemote, the module for players. Default: the shipped one, if --out is."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing. Show differences, and exit with 1 if there are any.")
    ] = False,
) -> None:
    """Generate the Luau client from the API spec, and with it AudioScapeRemote, the module for players.

    With --out or --remote, the hand-written modules are copied too, so the result is complete.
    """
    console, problems = Terminal(), Terminal(stderr=True)
    shipped, for_players = resources.luau_root() / "AudioScapeClient", resources.luau_root() / "AudioScapeRemote"
    target = out or shipped
    is_shipped = target.resolve() == shipped.resolve()
    if only is not None and is_shipped:
        raise CannotRun(f"{ONLY} does not change the shipped client. Name another folder with --out.")
    if remote is None and is_shipped:
        remote = for_players
    made: dict[Path, dict[str, bytes]] = {}
    try:
        model = load_for_client(problems, spec or resources.spec_file(), skip_unsupported=skip_unsupported, only=only)
        made[target] = render(model, templates)
        if remote is not None:
            made[remote] = render_remote(model, templates)
    except (TemplateError, UnsafeOutputError) as error:
        raise CannotRun(f"Cannot use the templates: {error}") from error
    if not is_shipped:
        made[target] |= runtime_files(model, shipped)
    if remote is not None and remote.resolve() != for_players.resolve():
        made[remote] |= remote_files(for_players)
    count = sum(map(len, made.values()))
    if check:
        difference = "".join(drift(files, folder) for folder, files in made.items())
        if difference:
            for line in difference.splitlines():
                console.print(line, style=_COLOURS.get(line[:1]))
            problems.print("The generated client is out of date. Run: audioscape generate", style="red")
            raise typer.Exit(1)
        console.print(f"{count} files are up to date.")
        return
    changed = [name for folder, files in made.items() for name in write(files, folder)]
    for name in changed:
        console.print(name)
    console.print(f"{len(changed)} of {count} files changed.")
