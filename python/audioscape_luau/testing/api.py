"""The mocked API as a test holds it: what it knows, what goes wrong with it, and what it was asked."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import respx

from audioscape_luau.mock import DEMO_KEY, Catalogue, ContractViolation, Entry, FaultPlan, MockApi
from audioscape_luau.mock import fault as fault_named
from audioscape_luau.openapi import ApiModel
from audioscape_luau.simulation import Network, api, assets_of, mocked
from roblox_double import Asset, LuauValue, ScriptTree, Secret
from roblox_double.testing import Backend

_NEAR = 0.3
"""How far what is made up lies from what it is like: it is similar, but no duplicate."""


_SECRET = "AudioScapeKey"  # noqa: S105 - the name of a secret
"""Under this name `HttpService:GetSecret` finds the API's key, unless the game is given a secret of that name."""
_CONTENT = re.compile(r"rbxassetid://0*([1-9]\d*)")
_TRACKS = 20
"""How many tracks a spec is told of."""


class AudioscapeApi(Backend):
    """Answers requests to the API with tracks of a made-up catalogue, inside a `with` block.

    Behind a game it also has every `rbxassetid://` that the project names. Every track of its catalogue is an asset
    that loads. Its key is the secret `AudioScapeKey`.

    It checks each request against the API spec. One that breaks the spec stops the script that sent it and fails the
    test.
    """

    name = "the AudioScape API"
    routes = "audioscape_api.router"
    faults = (ContractViolation,)
    spec_module = Path(__file__).parent / "luau" / "audioscape.luau"

    key = DEMO_KEY
    """The key that is accepted."""

    def __init__(self, catalogue: Catalogue | None = None, *, model: ApiModel | None = None) -> None:
        """`catalogue` is `Catalogue.generate()` by default, `model` the AudioScape API."""
        self.mock = MockApi(model or api(), catalogue or mocked().catalogue)
        """The mock itself. Its `violations` are the requests that broke the spec."""
        self.router = respx.MockRouter(assert_all_called=False)
        """Your own respx routes, for other services or instead of the API's replies. They come first."""
        self.requests: list[httpx.Request] = []
        """The requests that the API got, in order. `request.extensions["target"]` has the exact path and query."""
        self._network = Network(self.mock.respond, FaultPlan(), random.Random(0))
        self._routes = respx.MockRouter(assert_all_called=False)
        self._routes.route(host=self.host).mock(side_effect=self._respond)
        self._mocked = ExitStack()

    @property
    def unknown(self) -> list[str]:
        """The requested ids that it does not have."""
        return list(dict.fromkeys(self.mock.unknown))

    @property
    def host(self) -> str:
        """The host of the API, and the domain of the secret that holds the key."""
        return httpx.URL(self.mock.model.server_url).host

    @property
    def secrets(self) -> Mapping[str, Secret]:
        """The key, for its host."""
        return {_SECRET: Secret(self.key, self.host)}

    @property
    def assets(self) -> Mapping[int, Asset]:
        """Its tracks."""
        return assets_of(self.catalogue)

    @property
    def catalogue(self) -> Catalogue:
        """Its tracks: their ids, and what the API returns for them."""
        return self.mock.catalogue

    def add_tracks(self, *asset_ids: str) -> None:
        """Add tracks with these ids. Their data is made up: each resembles a track that is there already.

        The fixture `roblox` does this for every `rbxassetid://` of the project.
        """
        drawn, by_id = self.catalogue.entries, self.catalogue.by_id
        new = [asset_id for asset_id in dict.fromkeys(asset_ids) if asset_id not in by_id]
        added = tuple(_like(drawn[number % len(drawn)], asset_id) for number, asset_id in enumerate(new))
        self.mock.catalogue = Catalogue(drawn + added)

    def fail_next(self, *faults: str | None) -> None:
        """Make the next requests fail, one fault of `mock.FAULTS` each. None lets one pass.

        Raises ValueError if there is no such fault.
        """
        self._network.faults.meet(*faults)

    def fail_always(self, fault: str | None) -> None:
        """Make every request fail with this fault, after those of `fail_next`, which raises the same; None ends it."""
        self._network.faults.shares = {} if fault is None else {(fault_named(fault),): 1.0}

    # What these were called first.
    know, meet, meet_always = add_tracks, fail_next, fail_always

    def meet_game(self, game: ScriptTree) -> None:
        """Know what the game names as content."""
        self.add_tracks(*_asset_ids(game))

    def spec_facts(self) -> LuauValue:
        """Return the first tracks of the catalogue."""
        return {"tracks": [dict(entry.fields) for entry in self.catalogue.entries[:_TRACKS]]}

    def hear(self, message: dict[str, Any]) -> None:
        """Do what a spec asks by `test.addTracks`, `failNext` and `failAlways`. Raises ValueError as these do."""
        self.add_tracks(*message.get("add", ()))
        self.fail_next(*(name or None for name in message.get("next", ())))
        if "always" in message:
            self.fail_always(message["always"] or None)

    def verify(self) -> None:
        """Raise AssertionError if any request so far broke the API spec."""
        __tracebackhide__ = True
        if self.mock.violations:
            raise AssertionError("\n\n".join(f"a request breaks the API spec: {it}" for it in self.mock.violations))

    def __enter__(self) -> Self:
        with ExitStack() as mocked:
            # respx asks the routers in the order in which they were started.
            mocked.enter_context(self.router)
            mocked.enter_context(self._routes)
            self._mocked = mocked.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._mocked.close()

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._network.respond(request)


def _asset_ids(tree: ScriptTree) -> Iterator[str]:
    """Yield the ids that scripts and properties name as content."""
    for value in (tree.source, *tree.properties.values()):
        if isinstance(value, str):
            yield from _CONTENT.findall(value)
    for child in tree.children:
        yield from _asset_ids(child)


def _like(entry: Entry, asset_id: str) -> Entry:
    first, *rest = entry.place
    return Entry(asset_id, {**entry.fields, "asset_id": asset_id}, (first + _NEAR, *rest))
