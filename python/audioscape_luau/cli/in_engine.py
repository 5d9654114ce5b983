"""`audioscape check --engine cloud`."""

from __future__ import annotations

import os
from collections.abc import Callable

import httpx
import typer

from audioscape_luau.cli.proxies import client_for
from audioscape_luau.cli.running import CannotRun
from audioscape_luau.contract.in_engine import Access, CloudError, OpenCloud, in_words, smoke
from audioscape_luau.contract.subject import Module
from audioscape_luau.openapi import ApiModel
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.tools.open_cloud import public

_SECONDS = 30.0


def connected(told: Callable[[str], None]) -> OpenCloud:
    """Return a connection to Open Cloud, with the key, the place and the proxy of the environment.

    Raises CloudError, and CannotRun.
    """
    access = Access.of(os.environ)
    try:
        address = httpx.URL(access.url)
    except httpx.InvalidURL as error:
        raise CloudError(f"the address {access.url} is none ({error})") from None
    return OpenCloud(access, client=client_for(address, _SECONDS), told=told)


def check_in_cloud(console: Terminal, module: Module, model: ApiModel, *, echo: str | None, pattern: str) -> None:
    """Call the client in the real engine, and end with what came of it."""
    try:
        host = None if echo is None else public(echo)
    except ValueError as error:
        raise CannotRun(str(error)) from None
    problems = Terminal(stderr=True)
    try:
        with connected(lambda line: problems.print(line)) as cloud:
            called = smoke(cloud, module, model, echo=host, pattern=pattern)
    except CloudError as error:
        for line in error.logs:
            problems.print(f"  {line}")
        raise CannotRun(str(error)) from None
    for line in in_words(called):
        console.print(line, style="red")
    unjudged = [one for one in called if one.trouble]
    for one in unjudged:
        console.print(f"{one.operation} {one.label}: not judged: {one.trouble}")
    broken = sum(bool(one.broken) for one in called)
    rest = f", {len(unjudged)} not judged" if unjudged else ""
    console.print(f"{len(called)} examples called in the real engine, {broken} broken{rest}.")
    raise typer.Exit(1 if broken else 0)
