"""`audioscape mock`."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from audioscape_luau.cli.running import INTERRUPTED, CannotRun
from audioscape_luau.loopback import is_loopback
from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.mock.hiding import hide
from audioscape_luau.mock.plays import PLAYS, Play
from audioscape_luau.mock.server import (
    CONTROL,
    SLOWEST,
    ControlError,
    Gateway,
    host_of,
    listen,
    make_app,
    server,
    understand,
)
from audioscape_luau.openapi import load
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.resources import spec_file
from audioscape_luau.tools.echo import with_echo


def mock(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on. Default: this machine only.")] = "127.0.0.1",
    spec: Annotated[
        Path | None, typer.Option(help="OpenAPI document to serve by its examples. Default: AudioScape's.")
    ] = None,
    key: Annotated[list[str] | None, typer.Option(help=f"An API key to accept. Default: {DEMO_KEY}.")] = None,
    size: Annotated[int, typer.Option(min=1, max=20_000, help="Number of tracks in the catalogue.")] = 1000,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    per_minute: Annotated[int | None, typer.Option(min=0, help="Rate limit of each key, in requests a minute.")] = None,
    by_example: Annotated[
        bool, typer.Option("--by-example", help="Answer by the examples of the document alone, not from the catalogue.")
    ] = False,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Another host name under which the request log and /_mock can be opened.")
    ] = None,
    latency: Annotated[float, typer.Option(min=0, max=SLOWEST, help="Median response time in seconds.")] = 0.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=SHARE: make a share of the requests fail, such as nan=0.1. GET /_mock lists the names."
        ),
    ] = None,
) -> None:
    """Serve the mocked API on localhost, for Studio or any other HTTP client. Ctrl+C stops it."""
    console = Terminal()
    keys = key or [DEMO_KEY]
    hosts = frozenset(map(_host, allow_host or ()))
    model = load(spec or spec_file())
    try:
        order: dict[str, object] = {
            "keys": keys,
            "shares": dict(map(_share, fault or ())),
            "latency": {"median": latency, "p99": min(latency * 3, SLOWEST), "hit": latency / 3},
        }
        if per_minute is not None:
            order["tiers"] = {name: {"requests": per_minute} for name in keys}
        start = understand(order)
        socket = listen(host, port)
    except (ControlError, ValueError) as error:
        raise CannotRun(hide(str(error), keys)) from None
    except OSError as error:
        raise CannotRun(
            f"cannot listen on {host}, port {port}: {error.strerror}. Try another --host or --port"
        ) from error
    plays: Mapping[str, Play] = {} if by_example else PLAYS
    api = MockApi(model, Catalogue.generate(size=size, seed=seed), seconds=0, check_replies=False, plays=plays)
    began = time.monotonic()
    gateway = Gateway(api, lambda: time.monotonic() - began, random.Random(seed), start)
    address = f"http://{f'[{host}]' if ':' in host else host}:{socket.getsockname()[1]}"
    console.print(f"baseUrl  {address}{urlsplit(api.model.server_url).path}")
    if key is None:
        console.print(f"key      {DEMO_KEY}")
    if api.is_played:
        console.print(f"asset    {api.catalogue.entries[0].asset_id}")
    console.print(f"log      {address}{CONTROL}/log.html")
    console.print(f"control  {address}{CONTROL}")
    if not is_loopback(host) and host_of(host) not in hosts:
        problems = Terminal(stderr=True)
        problems.print("The request log and /_mock are open on localhost only. --allow-host adds a host name.")
    running = server(with_echo(make_app(gateway, hosts=hosts)))
    running.run(sockets=[socket])
    # The signal that ended it is raised again at the end; now and then Ctrl+C is not.
    if running.should_exit:
        raise typer.Exit(INTERRUPTED)


def _host(text: str) -> str:
    found = host_of(text) or host_of(f"[{text}]")
    if found is None:
        raise CannotRun(f"--allow-host takes a host name or address, got {text!r}")
    return found


def _share(text: str) -> tuple[str, float]:
    name, _, share = text.partition("=")
    try:
        return name, float(share)
    except ValueError:
        raise ValueError(f"--fault takes NAME=SHARE, such as nan=0.1, got {text!r}") from None
