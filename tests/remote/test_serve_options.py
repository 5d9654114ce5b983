"""What the options of `serve` may be, and what is said about the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audioscape_luau.simulation import World
from roblox_double import Peer
from support.game import shipped
from support.radio import run
from support.recorded import expect_recorded

_CHECK = """
local name, value = ...
local settings, problem = load("ServeOptions").check({ [name] = value })
return if settings then "taken" else problem
"""
_DEFAULTS = 'return load("ServeOptions").check({})'
_NAMES = 'local _, problem = load("ServeOptions").check({ zzzzzzzzzz = 1 }) return problem'

TRIED: dict[str, list[Any]] = {
    "operations": [[], ["similar"], "similar", True],
    "fields": [[], ["name"], "name", 1],
    "limit": [1, 1000, 0, 1001, 1.5, "10"],
    "anyId": [True, False, 1, "no"],
    "burst": [1, 3, 100, 0, 101, 1.5, "3"],
    "every": [0.1, 5, 3600, 0.05, 3601, "5"],
    "share": [0.01, 0.25, 1, 0, 0.005, 1.01, "half"],
    "only": [1, "Ann", True, {}],
    "radio": [1, "radio", True, {}],
    "skipShare": [0.01, 0.5, 1, 0, 0.005, 1.01, "half"],
    "wishes": [1, 20, 0, 21, 1.5, "3"],
}
TAKEN = Path(__file__).with_name("options.txt")


@pytest.fixture(scope="module")
def server() -> Iterator[Peer]:
    """A server that the tests of this file share: what they run on it is pure."""
    with World(shipped()) as world:
        yield world.server


@pytest.mark.parametrize("name", TRIED)
def test_what_an_option_may_be_and_what_is_said_of_the_rest(server: Peer, name: str) -> None:
    """The values and the words stand in options.txt."""
    lines = [f"{json.dumps(value)}: {run(server, _CHECK, name, value)[0]}" for value in TRIED[name]]
    expect_recorded(TAKEN, name, "\n".join(lines))


def test_defaults(server: Peer) -> None:
    settings, *_ = run(server, _DEFAULTS)
    expect_recorded(TAKEN, "defaults", "\n".join(f"{name}: {json.dumps(settings[name])}" for name in sorted(settings)))


def test_every_option_is_tried(server: Peer) -> None:
    told = str(run(server, _NAMES)[0]).partition("The options are ")[2].removesuffix(".").split(", ")
    assert told == list(TRIED)
