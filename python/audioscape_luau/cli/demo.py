"""`audioscape demo`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from audioscape_luau.cli.running import CannotRun
from audioscape_luau.mock import FaultPlan
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.tools.demo import CannotPlay, Plan, play


class Strategy(StrEnum):
    """The strategies that come with the radio."""

    NEAREST = "nearest"
    EXPLORE = "explore"
    SMOOTH = "smooth"


def _faults(text: str) -> FaultPlan:
    try:
        return FaultPlan.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def demo(
    tracks: Annotated[int, typer.Option(min=1, max=1000, help="How many tracks to play.")] = 8,
    hours: Annotated[
        float | None, typer.Option(min=0.01, max=240, help="How many hours to play, instead of a number of tracks.")
    ] = None,
    strategy: Annotated[Strategy, typer.Option(help="How the radio chooses the next track.")] = Strategy.NEAREST,
    faults: Annotated[
        FaultPlan | None,
        typer.Option(
            parser=_faults,
            metavar="SHARE,NAME,...",
            help="What goes wrong: a share of the requests (0.3), names of faults (timed-out,html), or both.",
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the journey, as a player heard it, to this page.")
    ] = None,
    asset_id: Annotated[str | None, typer.Option(help="Asset id to begin with; by default one by chance.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the catalogue and of every chance.")] = 0,
) -> None:
    """Play a radio in virtual time: the real client in a Luau VM, against the mocked API."""
    if html is not None and not html.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {html.parent}", param_hint="--html")
    plan = Plan(
        tracks=tracks,
        hours=hours,
        asset_id=asset_id,
        seed=seed,
        strategy=strategy.value,
        faults=faults or FaultPlan(),
        html=html,
    )
    try:
        play(Terminal(), plan)
    except CannotPlay as error:
        raise CannotRun(str(error)) from error
