"""`audioscape bench`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from audioscape_luau.report.terminal import Terminal, table
from audioscape_luau.tools.bench import measure


def bench(
    as_json: Annotated[bool, typer.Option("--json", help="Print one flat JSON object.")] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds per figure; the median counts.")] = 9,
    servers: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Also this number of servers for `many_*`, besides 200. A thousand take 13 GB."),
    ] = None,
) -> None:
    """Measure what the client costs, compared with hand-written code. Takes some minutes."""
    figures = measure(rounds=rounds, columns=servers or ())
    if as_json:
        print(json.dumps(figures))
        return
    shown = table("figure", "value")
    for name, value in figures.items():
        shown.add_row(name, f"{value:.3f}")
    Terminal().print(shown)
