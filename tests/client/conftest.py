"""The fixture of the tests that run the shipped client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from audioscape_luau.simulation import World
from roblox_double import Peer
from support.artefacts import artefact
from support.game import Game


@pytest.fixture
def game() -> Iterator[Game]:
    with Game() as game:
        yield game


@pytest.fixture(scope="module")
def _kept() -> Iterator[Game]:
    with Game() as game:
        yield game


@pytest.fixture
def kept(_kept: Game) -> Game:
    """A server that the tests of one file share, an hour later each time: each has a client of its own, and routes."""
    _kept.router.clear()
    _kept.router.reset()
    _kept.server.output.clear()
    _kept.universe.advance(3600)
    return _kept


@pytest.fixture(scope="module")
def inside() -> Iterator[Peer]:
    """A server whose scripts can look into the module: it has the folder, whatever form the tests are run on."""
    with World(artefact("tree")) as world:
        yield world.server
