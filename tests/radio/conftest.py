"""Where the modules of the radio can be run, and whole radios."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from audioscape_luau.simulation import World
from roblox_double import Peer, Settings
from support.game import shipped
from support.radio import BASE, MakeWorld, RadioWorld


@pytest.fixture(scope="module")
def server() -> Iterator[Peer]:
    """A server that the tests of one file share: what they run on it is pure."""
    with World(shipped()) as world:
        yield world.server


@pytest.fixture
def world() -> Iterator[MakeWorld]:
    """Makes worlds that end with the test."""
    made: list[RadioWorld] = []

    def make(*, settings: Settings = BASE, **rest: Any) -> RadioWorld:
        made.append(RadioWorld(settings=settings, **rest))
        return made[-1]

    yield make
    for one in made:
        one.close()
