"""A game with music and one player who listens to it: the world in which radios are measured."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

import httpx

from audioscape_luau.mock import ANALYSED, DEMO_KEY, Catalogue, Fault, MockApi
from audioscape_luau.openapi import load
from audioscape_luau.resources import luau_root, spec_file
from roblox_double import HttpxBridge, Listener, Peer, Settings, Universe, load_folder
from roblox_double.assets import Asset
from roblox_double.project import ScriptTree


@cache
def catalogue(analysed: float) -> Catalogue:
    """The music of every world; see `Catalogue.generate`."""
    return Catalogue.generate(analysed=analysed)


@cache
def _module() -> ScriptTree:
    return load_folder(luau_root() / "AudioScapeClient")


@cache
def _judge(analysed: float) -> MockApi:
    # What the mock itself says is looked at elsewhere.
    return MockApi(load(spec_file()), catalogue(analysed), check_replies=False)


@cache
def _answer(judge: MockApi, method: str, url: str, key: str) -> httpx.Response:
    """Return what the API says; it always says the same, so each question is judged and answered once."""
    return judge.respond(httpx.Request(method, url, headers={judge.model.api_key_header: key}))


@dataclass
class Api:
    """The mocked API, which lets `share` of the requests meet one of `faults` by chance."""

    judge: MockApi
    chance: random.Random
    share: float = 0.0
    faults: Sequence[Fault] = ()
    requests: list[str] = field(default_factory=list[str])
    """The URLs that were asked for."""

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or break the answer."""
        self.requests.append(str(request.url))
        key = request.headers[self.judge.model.api_key_header]
        known = _answer(self.judge, request.method, str(request.url), key)
        reply = httpx.Response(
            known.status_code, headers=known.headers, content=known.content, extensions=dict(known.extensions)
        )
        return self.chance.choice(self.faults).apply(reply) if self.chance.random() < self.share else reply


@dataclass(frozen=True, slots=True)
class World:
    """One game server, the API behind it, and what a player hears there."""

    universe: Universe
    server: Peer
    api: Api
    listener: Listener
    first: str
    """Asset id of the track to begin with."""

    def run(self, script: str, *args: str) -> None:
        """Run a script that makes the Sound `Music` play on from the asset id in its `...`; the key comes first."""
        self.server.run(script, DEMO_KEY, self.first, *args)


@contextmanager
def world(
    seed: int,
    *,
    share: float = 0.0,
    faults: Sequence[Fault] = (),
    settings: Settings | None = None,
    asset: Callable[[random.Random, Asset], Asset] = lambda _, asset: asset,
    at_client: bool = True,
    analysed: float = ANALYSED,
) -> Generator[World]:
    """Make a world in which everything that is left to chance follows from `seed`.

    `asset` may change each asset of the catalogue. Without `at_client` there is no player, and what the server plays
    is listened to. `analysed` is the share of tracks with a music analysis; see `Catalogue.generate`.
    """
    chance = random.Random(seed)
    music = catalogue(analysed)
    api = Api(_judge(analysed), chance, share, faults)
    transport = httpx.Client(transport=httpx.MockTransport(api.respond))
    bridge = HttpxBridge(transport)
    with transport, Universe(bridge=bridge, seed=seed, settings=settings, time_limit=None) as universe:
        for entry in music.entries:
            universe.assets[int(entry.asset_id)] = asset(chance, Asset(duration=entry.fields["duration"]))
        server = universe.server()
        server.mount(_module(), "ServerScriptService")
        listener = Listener(universe.client() if at_client else server)
        yield World(universe, server, api, listener, chance.choice(music.entries).asset_id)
