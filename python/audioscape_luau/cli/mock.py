"""`audioscape mock`."""

from __future__ import annotations

import random
import time
from typing import Annotated
from urllib.parse import urlsplit

import typer

from audioscape_luau.cli.running import INTERRUPTED, CannotRun
from audioscape_luau.loopback import is_loopback
from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.mock.hiding import hide
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


def mock(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = 8080,
    host: Annotated[str, typer.Option(help="Where to listen; by default this machine only.")] = "127.0.0.1",
    key: Annotated[list[str] | None, typer.Option(help=f"A key to accept; by default {DEMO_KEY}.")] = None,
    size: Annotated[int, typer.Option(min=1, max=20_000, help="Tracks of the catalogue.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the catalogue and of every chance.")] = 0,
    per_minute: Annotated[int | None, typer.Option(min=0, help="Requests a minute that each key may send.")] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A host by which control and log answer, besides this machine's own names.")
    ] = None,
    latency: Annotated[float, typer.Option(min=0, max=SLOWEST, help="Median seconds of a reply.")] = 0.0,
    fault: Annotated[
        list[str] | None, typer.Option(help="NAME=SHARE: a fault by chance, as nan=0.1; GET /_mock lists them.")
    ] = None,
) -> None:
    """Serve the mocked API on localhost, for Studio and any other HTTP client, until Ctrl+C."""
    console = Terminal()
    keys = key or [DEMO_KEY]
    hosts = frozenset(map(_host, allow_host or ()))
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
        raise CannotRun(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    api = MockApi(load(spec_file()), Catalogue.generate(size=size, seed=seed), seconds=0, check_replies=False)
    began = time.monotonic()
    gateway = Gateway(api, lambda: time.monotonic() - began, random.Random(seed), start)
    address = f"http://{f'[{host}]' if ':' in host else host}:{socket.getsockname()[1]}"
    console.print(f"baseUrl  {address}{urlsplit(api.model.server_url).path}")
    if key is None:
        console.print(f"key      {DEMO_KEY}")
    console.print(f"asset    {api.catalogue.entries[0].asset_id}")
    console.print(f"log      {address}{CONTROL}/log.html")
    console.print(f"control  {address}{CONTROL}")
    if not is_loopback(host) and host_of(host) not in hosts:
        problems = Terminal(stderr=True)
        problems.print(
            "Log and control answer clients on this machine, as localhost; --allow-host names further hosts."
        )
    running = server(make_app(gateway, hosts=hosts))
    running.run(sockets=[socket])
    # The signal that ended it is raised again at the end; now and then Ctrl+C is not.
    if running.should_exit:
        raise typer.Exit(INTERRUPTED)


def _host(text: str) -> str:
    found = host_of(text) or host_of(f"[{text}]")
    if found is None:
        raise CannotRun(f"--allow-host takes the name or address of a host, not {text!r}")
    return found


def _share(text: str) -> tuple[str, float]:
    name, _, share = text.partition("=")
    try:
        return name, float(share)
    except ValueError:
        raise ValueError(f"--fault takes NAME=SHARE, such as nan=0.1, not {text!r}") from None
