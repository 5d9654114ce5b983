"""`audioscape soak`."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer
from rich.progress import track

from audioscape_luau.report.terminal import Terminal, table
from audioscape_luau.tools.bench import soak as radio


def soak(
    seeds: Annotated[int, typer.Option(min=1, help="Worlds to play in.")] = radio.SEEDS,
    first: Annotated[int, typer.Option(help="Seed of the first one; with --seeds 1, to see one again.")] = 0,
    hours: Annotated[
        float, typer.Option(min=0.1, help="Virtual hours in each; in a few, one track that fails is too much silence.")
    ] = radio.HOURS,
    jobs: Annotated[int, typer.Option(min=1, help="Processes at once.")] = os.cpu_count() or 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one flat JSON object.")] = False,
) -> None:
    """Let the radio play for days of virtual time while requests fail and tracks do not load.

    Exits with 1 if a day was too silent or took too many requests, if a track came again too soon, or if an error went
    uncaught.
    """
    problems = Terminal(stderr=True)
    played = radio.soak(range(first, first + seeds), hours=hours, jobs=jobs)
    days = list(track(played, "Playing", total=seeds, console=problems, transient=True))
    found = radio.figures(days)
    if as_json:
        print(json.dumps(found))
    else:
        shown = table("figure", "value")
        for name, value in found.items():
            shown.add_row(name, f"{value:g}")
        Terminal().print(shown)
    missed = [(day.seed, why) for day in days for why in day.misses()]
    for seed, why in missed:
        problems.print(f"seed {seed}: {why}")
    if missed:
        raise typer.Exit(1)
