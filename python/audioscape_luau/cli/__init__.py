"""The command line: `audioscape`, one module a command. Each only wires: the work is done in the room it belongs to."""

from __future__ import annotations

from typing import Annotated

import typer

from audioscape_luau.cli import bench, build, check, demo, diff, facts, generate, mock, mutate, probe, soak
from audioscape_luau.cli.running import TRACEBACK, Commands

app = typer.Typer(
    cls=Commands,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)
_COMMANDS = (
    generate.generate,
    demo.demo,
    check.check,
    build.build,
    mock.mock,
    diff.diff,
    facts.facts,
    bench.bench,
    soak.soak,
    mutate.mutate,
)
for _command in _COMMANDS:
    app.command()(_command)
app.add_typer(probe.app)


@app.callback()
def _(
    context: typer.Context,
    _traceback: Annotated[
        bool,
        typer.Option(TRACEBACK, help="Show the Python traceback of an error. Works after a command, too."),
    ] = False,
) -> None:
    """Generate, run and check the AudioScape client for Roblox.

    Exit codes: 0 if everything is fine, 1 if the command found something wrong, 2 if it could not run (standard error
    says why), 130 after Ctrl+C.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)
