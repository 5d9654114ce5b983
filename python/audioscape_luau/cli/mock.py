"""`audioscape mock`."""

from __future__ import annotations

import random
import time
from typing import Annotated
from urllib.parse import urlsplit

import typer
import uvicorn
from rich.console import Console

from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.mock.server import CONTROL, ControlError, Gateway, make_app
from audioscape_luau.mock.server.control import change
from audioscape_luau.resources import spec_file
from audioscape_luau.spec import load


def mock(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = 8080,
    host: Annotated[str, typer.Option(help="Where to listen; by default this machine only.")] = "127.0.0.1",
    key: Annotated[list[str] | None, typer.Option(help=f"A key to accept; by default {DEMO_KEY}.")] = None,
    size: Annotated[int, typer.Option(min=1, max=20_000, help="Tracks of the catalogue.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the catalogue and of every chance.")] = 0,
    per_minute: Annotated[int | None, typer.Option(min=0, help="Requests a minute that each key may send.")] = None,
    latency: Annotated[float, typer.Option(min=0, max=600, help="Median seconds of a reply.")] = 0.0,
    fault: Annotated[list[str] | None, typer.Option(help="NAME=SHARE: a fault by chance, such as nan=0.1.")] = None,
) -> None:
    """Serve the mocked API on localhost, for Studio and any other HTTP client, until Ctrl+C."""
    console = Console()
    keys = key or [DEMO_KEY]
    gateway = Gateway(
        MockApi(load(spec_file()), Catalogue.generate(size=size, seed=seed), keys=keys, seconds=0),
        time.monotonic,
        random.Random(seed),
    )
    try:
        shares = dict(map(_share, fault or ()))
        order: dict[str, object] = {
            "shares": shares,
            "latency": {"median": latency, "p99": latency * 3, "hit": latency / 3},
        }
        if per_minute is not None:
            order["tiers"] = {name: {"requests": per_minute} for name in keys}
        change(gateway, order)
    except (ControlError, ValueError) as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    config = uvicorn.Config(make_app(gateway), host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)
    socket = config.bind_socket()
    address = f"http://{host}:{socket.getsockname()[1]}"
    console.print(f"baseUrl  {address}{urlsplit(gateway.api.model.server_url).path}", highlight=False)
    console.print(f"asset    {gateway.api.catalogue.entries[0].asset_id}", highlight=False)
    console.print(f"log      {address}{CONTROL}/log.html", highlight=False)
    console.print(f"control  {address}{CONTROL}", highlight=False)
    uvicorn.Server(config).run(sockets=[socket])


def _share(text: str) -> tuple[str, float]:
    name, _, share = text.partition("=")
    try:
        return name, float(share)
    except ValueError:
        raise ValueError(f"--fault takes NAME=SHARE, such as nan=0.1, not {text!r}") from None
