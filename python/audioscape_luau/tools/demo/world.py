"""The world of the demo: the mocked API, what goes wrong with it, and a server with the shipped module."""

from __future__ import annotations

import random
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

import httpx
import respx

from audioscape_luau.mock import FAULTS, Catalogue, Fault, MockApi
from audioscape_luau.openapi import ApiModel
from roblox_double import HttpxBridge, Listener, Peer, ScriptTree, Universe
from roblox_double.assets import Asset

SHARE = 0.3
"""The share of requests that fail if only the faults are named."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong: a `share` (0 to 1) of the requests meets one of `faults` by chance."""

    share: float = 0.0
    faults: tuple[Fault, ...] = tuple(fault for fault in FAULTS if fault.kind is not None)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a share, names of faults, or both, with commas between. Raises ValueError for anything else."""
        known = {fault.name: fault for fault in FAULTS}
        words = [word.strip() for word in text.split(",") if word.strip()]
        named = tuple(known[word] for word in words if word in known)
        numbers = [word for word in words if word not in known]
        if not words or len(numbers) > 1:
            raise ValueError(f"{text!r} is not a share and names of faults; known are {', '.join(known)}")
        share = _share(numbers[0], known) if numbers else SHARE
        return cls(share, named) if named else cls(share)


def _share(text: str, known: dict[str, Fault]) -> float:
    try:
        share = float(text)
    except ValueError:
        raise ValueError(f"there is no fault {text!r}; known are {', '.join(known)}") from None
    if not 0 <= share <= 1:
        raise ValueError(f"the share of requests that fail is 0 to 1, not {text}")
    return share


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as the API saw it, and what came of it; `status` is None if no reply came."""

    at: float
    """Virtual seconds."""
    request: httpx.Request
    status: int | None
    fault: str | None = None


@dataclass(slots=True)
class World:
    """A server, the API behind it, and, if somebody is to listen, what a player hears."""

    universe: Universe
    server: Peer
    api: MockApi
    trouble: Trouble
    chance: random.Random
    listener: Listener | None = None
    exchanges: list[Exchange] = field(default_factory=list[Exchange])

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or let it meet a fault."""
        response, fault = self.api.respond(request), None
        status: int | None = None
        try:
            if self.trouble.share and self.chance.random() < self.trouble.share:
                fault = self.chance.choice(self.trouble.faults)
                response = fault.apply(response)
            status = response.status_code
        finally:
            name = fault.name if fault else None
            self.exchanges.append(Exchange(self.universe.now, request, status, name))
        return response


@contextmanager
def world(
    model: ApiModel, catalogue: Catalogue, module: ScriptTree, *, seed: int, trouble: Trouble, listened: bool
) -> Generator[World]:
    """Make the world; everything that is left to chance in it follows from `seed`."""
    with Universe(bridge=HttpxBridge(), seed=seed) as universe, respx.mock(assert_all_called=False) as router:
        for entry in catalogue.entries:
            universe.assets[int(entry.asset_id)] = Asset(duration=entry.fields["duration"])
        server = universe.server()
        made = World(universe, server, MockApi(model, catalogue), trouble, random.Random(seed))
        router.route().mock(side_effect=made.respond)
        server.mount(module, "ServerScriptService")
        if listened:
            made.listener = Listener(universe.client())
        yield made
