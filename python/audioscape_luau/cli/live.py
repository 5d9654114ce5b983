"""`audioscape check --live`."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from audioscape_luau.contract.live import LiveCheck
from audioscape_luau.contract.live_account import LiveTelling, tell_live
from audioscape_luau.contract.telling import without
from audioscape_luau.spec import ApiModel

KEY_VARIABLE = "AUDIOSCAPE_API_KEY"
BUDGET = 30
_SECONDS = 30.0
"""How long a reply may take."""


def check_live(
    console: Console, model: ApiModel, *, base_url: str | None, requests: int, assets: Sequence[str]
) -> LiveTelling:
    """Ask the API with the key of the environment, and return what that shows.

    Raises:
        ValueError: there is no key, or key or address are none.
    """
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        raise ValueError(f"the environment variable {KEY_VARIABLE} must hold an API key")
    if not re.fullmatch(r"[!-~]+", key):
        raise ValueError(f"what {KEY_VARIABLE} holds cannot be an API key: a header cannot hold it")
    if base_url is not None:
        _check_address(base_url, key)
    with httpx.Client(timeout=_SECONDS) as client:
        check = LiveCheck(model, client, key=key, base_url=base_url, requests=requests, assets=assets)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("requests", total=requests)
            for _ in check.run():
                progress.advance(task)
    return tell_live(check, key)


def show_live(console: Console, told: LiveTelling) -> None:
    """Print what a check shows."""
    for drift in told.drifts:
        console.rule(f"[red]{escape(drift.title)}", align="left")
        for label, text in (
            ("Seen", drift.count),
            ("Found", drift.found),
            ("Specified", drift.expected),
            ("Request", f"{drift.request}\n({drift.asked})"),
            ("Reply", drift.reply),
        ):
            console.print(f"[bold]{label}[/]", end=" " if label in {"Seen", "Found", "Specified"} else "\n")
            console.print(text, markup=False, highlight=False, soft_wrap=True)
    if told.drifts:
        table = Table("operation", "drift", "where", "seen")
        for drift in told.drifts:
            table.add_row(*map(escape, (drift.operation, drift.kind, drift.place, drift.count)))
        console.print(table)
    console.print(f"{len(told.requests)} of {told.budget} requests were sent to {told.base_url}.", highlight=False)
    if told.not_asked:
        console.print(f"{len(told.not_asked)} were not, the first being {told.not_asked[0]}.", markup=False)
    if told.stopped and not told.obstacle:
        console.print(f"It ended early: {told.stopped}.", style="yellow", markup=False, highlight=False)
    if told.drifts and told.obstacle:
        text = f"More could not be checked: {told.obstacle}."
        console.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)
    style = "green" if told.kept else "red"
    console.print(told.verdict, style=style, markup=False, highlight=False, soft_wrap=True)


def _check_address(base_url: str, key: str) -> None:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise ValueError(f"--base-url: {without(str(error), key)}") from None
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
        raise ValueError("--base-url must be an address like https://staging.example.com/developer")
