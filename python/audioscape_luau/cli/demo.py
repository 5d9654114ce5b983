"""`audioscape demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audioscape_luau.cli.running import CannotRun
from audioscape_luau.mock import WORLDS, FaultPlan, World
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.simulation import strategies
from audioscape_luau.tools.demo import CannotPlay, Plan, play

_TRACKS = 8
_DAY = 24
_SHARE = "0.3"


def _faults(text: str) -> FaultPlan:
    try:
        return FaultPlan.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _strategy(text: str) -> str:
    if text not in strategies():
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(strategies())}")
    return text


def _world(text: str) -> World:
    worlds: dict[str, World] = {world: world for world in WORLDS}
    if text not in worlds:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(WORLDS)}")
    return worlds[text]


def demo(
    tracks: Annotated[
        int | None, typer.Option(min=1, max=1000, help=f"How many tracks to play. Default: {_TRACKS}, without --html.")
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(min=0.01, max=240, help=f"How many hours to play, instead of --tracks. With --html: {_DAY}."),
    ] = None,
    strategy: Annotated[
        str,
        typer.Option(parser=_strategy, metavar="|".join(strategies()), help="How the radio chooses the next track."),
    ] = "smooth",
    faults: Annotated[
        FaultPlan | None,
        typer.Option(
            parser=_faults,
            metavar="SHARE,NAME,...",
            help="Failures to inject: a share of the requests (0.3), names of faults (timed-out,html), or both. "
            f"Default: none, and for the day of --html {_SHARE}.",
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the track list, a map and a timeline to this web page.")
    ] = None,
    world: Annotated[
        World,
        typer.Option(
            parser=_world, metavar="|".join(WORLDS), help="How much the analysis of the tracks tells of how they sound."
        ),
    ] = "strong",
    oracle: Annotated[
        bool,
        typer.Option(
            "--oracle", help="With --html: draw the way of a radio, too, that knows how alike all tracks are."
        ),
    ] = False,
    asset_id: Annotated[str | None, typer.Option(help="Asset id to start with. Default: a random one.")] = None,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
) -> None:
    """Play a radio in simulated time: the real client on a simulated Roblox, with the API mocked."""
    if html is not None and not html.parent.is_dir():
        raise typer.BadParameter(f"the folder {html.parent} does not exist", param_hint="--html")
    if oracle and html is None:
        raise typer.BadParameter("its way is drawn on the page: give --html FILE, too", param_hint="--oracle")
    if html is not None and tracks is None and hours is None:
        # A page is for a day, and a day has its troubles.
        hours = _DAY
        faults = faults or FaultPlan.parse(_SHARE)
    plan = Plan(
        tracks=tracks or _TRACKS,
        hours=hours,
        asset_id=asset_id,
        seed=seed,
        strategy=strategy,
        faults=faults or FaultPlan(),
        html=html,
        world=world,
        oracle=oracle,
    )
    try:
        play(Terminal(), plan)
    except CannotPlay as error:
        raise CannotRun(str(error)) from error
