"""The command line: `audioscape`, one module a command. Each only wires: the work is done in the room it belongs to."""

from __future__ import annotations

import typer

from audioscape_luau.cli import bench, build, check, demo, diff, facts, generate, mock, mutate, soak

app = typer.Typer(
    help="Generate, run and check the AudioScape client for Roblox.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
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
