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
    seeds: Annotated[int, typer.Option(min=1, help="Number of simulated servers.")] = radio.SEEDS,
    first: Annotated[
        int, typer.Option(help="Random seed of the first server. With --seeds 1, it repeats one run.")
    ] = 0,
    hours: Annotated[
        float,
        typer.Option(min=0.1, help="Simulated hours per server. Short runs may fail because of a single bad track."),
    ] = radio.HOURS,
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes.")] = os.cpu_count() or 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one flat JSON object.")] = False,
) -> None:
    """Play the radio for days of simulated time while requests fail and tracks do not load.

    Exits with 1 if a radio was silent too long, sent too many requests or repeated a track too soon, or if a script
    had an uncaught error.
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
