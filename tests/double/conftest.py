"""Universes for the tests of the engine double, in both signal modes, and the check that facts and tests agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from roblox_double import Peer, Settings, Universe
from roblox_double.facts import FactError, load_facts


@pytest.fixture
def universe() -> Iterator[Universe]:
    with Universe() as made:
        yield made


@pytest.fixture
def server(universe: Universe) -> Peer:
    return universe.server()


@pytest.fixture(params=["immediate", "deferred"])
def signal_behavior(request: pytest.FixtureRequest) -> Literal["immediate", "deferred"]:
    return request.param


@pytest.fixture
def either(signal_behavior: Literal["immediate", "deferred"]) -> Iterator[Peer]:
    """A server in each of the two signal modes in turn."""
    with Universe(settings=Settings(signal_behavior=signal_behavior)) as made:
        yield made.server()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that carries the id of a fact nobody wrote down is a mistake."""
    try:
        known = {fact.id for fact in load_facts()}
    except FactError as error:
        raise pytest.UsageError(f"facts.toml: {error}") from None
    for item in items:
        for marker in item.iter_markers("fact"):
            unknown = set(marker.args) - known
            if unknown:
                raise pytest.UsageError(f"{item.nodeid}: no such fact: {', '.join(sorted(unknown))}")
