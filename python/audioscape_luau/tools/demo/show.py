"""What the terminal shows: a live timeline while it plays, and then what went over the wire and what played."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import httpx
from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from audioscape_luau.mock import Catalogue
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.simulation import World, api

_ROWS = 10
"""Tracks that the live timeline shows."""
_REFRESH = 0.1
"""Real seconds between two pictures."""


@contextmanager
def live(console: Terminal, game: World, catalogue: Catalogue, *, end: float | None, tracks: int) -> Generator[None]:
    """Show the timeline while virtual time passes, if the console is a terminal; `end` in virtual seconds."""
    if not console.is_terminal:
        yield
        return
    shown = 0.0
    with Live(console=console, transient=True, auto_refresh=False) as picture:

        def look() -> None:
            nonlocal shown
            now = time.perf_counter()
            if now - shown >= _REFRESH:
                shown = now
                picture.update(timeline(game, catalogue, end=end, tracks=tracks), refresh=True)

        game.server.watchers.append(look)
        yield


def timeline(game: World, catalogue: Catalogue, *, end: float | None, tracks: int) -> Group:
    """Draw the latest tracks, how far the one that plays is, and how many requests there were."""
    now = game.universe.now
    turns = [line for line in game.server.output if line.kind == "print"]
    table = Table(box=None, pad_edge=False, expand=True)
    table.add_column("when", justify="right", no_wrap=True)
    table.add_column("track", ratio=2)
    table.add_column("", ratio=1)
    for turn in turns[-_ROWS:]:
        fields = catalogue.by_id[turn.text].fields
        duration = fields["duration"]
        title = Text(f"{fields['name']} - {fields['artist']}", overflow="ellipsis", no_wrap=True)
        table.add_row(clock(turn.time), title, ProgressBar(total=duration, completed=min(now - turn.time, duration)))
    exchanges = game.network.exchanges
    faults = sum(exchange.fault is not None for exchange in exchanges)
    done, total = (now, end) if end else (max(0, len(turns) - 1), tracks)
    return Group(
        table,
        Text(f"{clock(now)}  {len(turns)} tracks, {len(exchanges)} requests, {faults} with an injected failure"),
        ProgressBar(total=total, completed=done),
    )


def exchanges(console: Terminal, game: World) -> None:
    """Print what went over the wire, in virtual time."""
    path = httpx.URL(api().server_url).path
    for exchange in game.network.exchanges:
        sent = unquote(str(exchange.request.url.raw_path, "ascii")).removeprefix(path)
        outcome = "no reply" if exchange.response is None else str(exchange.response.status_code)
        fault = f" ({exchange.fault})" if exchange.fault else ""
        line = f"{clock(exchange.at)}  {exchange.request.method} {sent} -> {outcome}{fault}"
        console.print(line, style="dim")


def tracks(console: Terminal, catalogue: Catalogue, turns: Sequence[dict[str, Any]], begin: float) -> None:
    """Print what played, in virtual time."""
    title = "A radio on one server, in simulated time"
    # Without frames a title has room beside six columns in the narrowest of terminals.
    shown = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    shown.add_column("when", justify="right", no_wrap=True)
    for name in ("asset id", "title"):
        shown.add_column(name, overflow="fold")
    shown.add_column("score", justify="right")
    shown.add_column("genre", overflow="fold")
    shown.add_column("bpm", justify="right")
    shown.add_column("key", overflow="fold")
    for turn in turns:
        # The client knows no more of a seed than its id; the catalogue does.
        track = {**catalogue.by_id[turn["track"]["asset_id"]].fields, **turn["track"]}
        shown.add_row(clock(turn["at"] - begin), track["asset_id"], *_described(track))
    console.print(shown)


def _described(track: dict[str, Any]) -> tuple[str, ...]:
    score = f"{track['score']:.3f}" if "score" in track else "(seed)"
    key = " ".join(track[part] for part in ("key", "scale") if track.get(part))
    return f"{track['name']} - {track['artist']}", score, track.get("genre") or "", tempo(track), key


def tempo(track: Mapping[str, Any]) -> str:
    """Write the beats a minute of a track, or nothing if nobody has analysed it."""
    return f"{track['bpm']:g}" if track.get("bpm") else ""


def clock(seconds: float) -> str:
    """Write seconds as hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
