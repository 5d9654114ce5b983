"""A game server with the client on it, what its requests meet, and players who listen."""

from __future__ import annotations

import random
from dataclasses import replace
from types import TracebackType
from typing import Self

import httpx

from audioscape_luau.mock import Catalogue, FaultPlan
from audioscape_luau.simulation.network import Answer, Network
from audioscape_luau.simulation.shared import assets_of
from roblox_double import Listener, Peer, ScriptTree, Universe

UNIVERSE_ID, PLACE_ID = 815, 4711
"""Which game and place every server is in."""


def _nobody(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.method} {request.url}: nobody answers in this world")


class World:
    """A game server in virtual time. All that is left to chance in it follows from the seed of its universe."""

    def __init__(
        self,
        module: ScriptTree | None,
        answer: Answer = _nobody,
        *,
        faults: FaultPlan | None = None,
        universe: Universe | None = None,
    ) -> None:
        """Start a server with `module`, if there is one already, in its ServerScriptService.

        answer: the API. faults: what its replies meet, none by default. universe: a new one, for another seed, other
        limits, or an engine that is not the default.
        """
        self.universe = universe or Universe()
        self.chance = random.Random(self.universe.seed)
        self.network = Network(answer, faults or FaultPlan(), self.chance, lambda: self.universe.now)
        self.universe.bridge = self.network
        try:
            self.server: Peer = self.universe.server(place_id=PLACE_ID, game_id=UNIVERSE_ID)
            if module:
                self.server.mount(module, "ServerScriptService")
        except BaseException:
            self.close()
            raise

    def stock(self, catalogue: Catalogue, *, dead: float = 0.0) -> None:
        """Let the tracks of a catalogue load, but for a share that is drawn."""
        for content, asset in assets_of(catalogue).items():
            fails = dead and self.chance.random() < dead
            self.universe.assets[content] = replace(asset, load="fails") if fails else asset

    def listener(self, name: str | None = "Player1") -> Listener:
        """Let a player join and listen. Without a name, listen to what the server itself plays."""
        return Listener(self.server if name is None else self.universe.client(name))

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.universe.advance(seconds)

    def close(self) -> None:
        """Free the VMs."""
        self.universe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
