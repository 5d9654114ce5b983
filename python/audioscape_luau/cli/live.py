"""`audioscape check --live`."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import httpx
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from audioscape_luau.cli.proxies import client_for
from audioscape_luau.cli.running import KEY_VARIABLE, CannotRun
from audioscape_luau.contract.report import without
from audioscape_luau.live.account import UNCHECKED, LiveReport, report_live
from audioscape_luau.live.check import LiveCheck
from audioscape_luau.openapi import ApiModel
from audioscape_luau.report.terminal import Terminal, table

BUDGET = 30
_SECONDS = 30.0
"""How long a reply may take."""


def check_live(
    console: Terminal, model: ApiModel, *, base_url: str | None, requests: int, assets: Sequence[str]
) -> LiveReport:
    """Ask the API with the key of the environment, and return what that shows.

    Raises:
        CannotRun: there is no key, or key, address or assets are none.
    """
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        raise CannotRun(f"the environment variable {KEY_VARIABLE} is not set. Set it to your API key")
    if not re.fullmatch(r"[!-~]+", key):
        raise CannotRun(f"{KEY_VARIABLE} is not an API key: it has characters that a header cannot contain")
    if base_url is not None:
        _check_address(base_url, key)
    for asset in assets:
        if not re.fullmatch(r"[0-9]{1,20}", asset):
            raise CannotRun(f"--asset must be an asset id (digits only), got {asset!r}")
    with client_for(httpx.URL(base_url or model.server_url), _SECONDS) as client:
        check = LiveCheck(model, client, key=key, base_url=base_url, requests=requests, assets=assets)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("requests", total=requests)
            for _ in check.run():
                progress.advance(task)
    return report_live(check, key)


def show_live(console: Terminal, told: LiveReport) -> None:
    """Print what a check shows."""
    for drift in told.drifts:
        console.heading(drift.title, "red")
        for label, text in (
            ("Seen", drift.count),
            ("Found", drift.found),
            ("Specified", drift.expected),
            ("Request", f"{drift.request}\n({drift.asked})"),
            ("Reply", drift.reply),
        ):
            console.print(label, style="bold", end=" " if label in {"Seen", "Found", "Specified"} else "\n")
            console.print(text)
    if told.drifts:
        shown = table("operation", "drift", "where", "seen")
        for drift in told.drifts:
            shown.add_row(drift.operation, drift.kind, drift.place, drift.count)
        console.print(shown)
    console.print(f"Sent {len(told.requests)} of at most {told.budget} requests to {told.base_url}.")
    if told.not_asked:
        console.print(f"{len(told.not_asked)} more were left over. The first is {told.not_asked[0]}.")
    if told.stopped and not told.obstacle:
        console.print(f"Stopped early: {told.stopped}.", style="yellow")
    if told.drifts and told.obstacle:
        text = f"Could not check more: {told.obstacle}."
        console.print(text, style="yellow")
    if told.exit_code != UNCHECKED:
        console.print(told.verdict, style="green" if told.kept else "red")


def _check_address(base_url: str, key: str) -> None:
    try:
        url = httpx.URL(base_url)
        is_address = url.scheme in {"http", "https"} and url.host and not (url.userinfo or url.query or url.fragment)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise CannotRun(f"--base-url: {without(str(error), key)}") from None
    if not is_address:
        raise CannotRun("--base-url must be a URL, such as https://staging.example.com/developer")
