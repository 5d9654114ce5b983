"""What worlds share, made once in a process: the client that ships, and the mocked API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import httpx

from audioscape_luau.mock import ANALYSED, Catalogue, MockApi, World
from audioscape_luau.openapi import ApiModel, load
from audioscape_luau.resources import luau_root, spec_file
from roblox_double import Asset, ScriptTree, load_folder


@cache
def shipped() -> ScriptTree:
    """Return the client that ships."""
    return load_folder(luau_root() / "AudioScapeClient")


@cache
def strategies() -> tuple[str, ...]:
    """Return the names of the radio's strategies, as the client that ships declares them."""
    source = (luau_root() / "AudioScapeClient" / "music" / "strategies.luau").read_text(encoding="utf-8")
    return tuple(re.findall(r'^\t\tname = "(\w+)",$', source, re.MULTILINE))


@cache
def api() -> ApiModel:
    """Return the API as the specification describes it."""
    return load(spec_file(), is_openapi=True)


class MockedApi:
    """The mocked API over a catalogue. It always says the same, so each question is judged and answered once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        # What the mock itself says is looked at elsewhere.
        self._mock = MockApi(api(), catalogue, check_replies=False)
        self._known: dict[tuple[str, str, str | None], httpx.Response] = {}

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Answer a request. Raises ContractViolation for one that breaks the specification."""
        question = request.method, str(request.url), request.headers.get(self._mock.model.api_key_header)
        if question not in self._known:
            self._known[question] = self._mock.respond(request)
        known = self._known[question]
        return httpx.Response(
            known.status_code, headers=known.headers, content=known.content, extensions=dict(known.extensions)
        )


@cache
def mocked(*, seed: int = 0, analysed: float = ANALYSED, world: World = "strong") -> MockedApi:
    """Return the mocked API over the catalogue that `Catalogue.generate` draws."""
    return MockedApi(Catalogue.generate(seed=seed, analysed=analysed, world=world))


def assets_of(catalogue: Catalogue) -> Mapping[int, Asset]:
    """Return the tracks of a catalogue as assets that load."""
    return _assets(_Same(catalogue))


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A catalogue that equals no other one, however alike."""

    catalogue: Catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.catalogue is other.catalogue


@lru_cache(maxsize=4)
def _assets(same: _Same) -> Mapping[int, Asset]:
    return {int(entry.asset_id): Asset(duration=entry.fields["duration"]) for entry in same.catalogue.entries}
