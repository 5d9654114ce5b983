"""`audioscape demo`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from audioscape_luau.demo import play


def demo(
    tracks: Annotated[int, typer.Option(min=1, max=1000, help="How many tracks to play.")] = 8,
    asset_id: Annotated[str | None, typer.Option(help="Asset id to begin with; by default one by chance.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the catalogue and of every chance.")] = 0,
) -> None:
    """Play a radio in virtual time: the real client in a Luau VM, against the mocked API."""
    raise typer.Exit(play(Console(), tracks=tracks, asset_id=asset_id, seed=seed))
