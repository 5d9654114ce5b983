"""What a radio's options may be, and what is said about the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from roblox_double import Peer
from support.radio import run
from support.recorded import expect_recorded

_CHECK = """
local name, value = ...
local settings, problem = load("RadioOptions").check({ [name] = value })
return if settings then "taken" else problem
"""
_DEFAULTS = 'local settings = load("RadioOptions").check(...) return settings'
_NAMES = 'local _, problem = load("RadioOptions").check({ zzzzzzzzzz = 1 }) return problem'

TRIED: dict[str, list[Any]] = {
    "strategy": ["nearest", "explore", "smooth", "Nearest", "", 1, True],
    "fallback": [[], ["1"], "1", 1, True],
    "pool": [["1"], {"query": "rain"}, "1", 1, True],
    "maxDistinct": [1, 250, 1000000, 0, 1000001, 1.5, "250"],
    "variety": [0, 0.5, 1, -0.1, 1.1, "much"],
    "historySize": [1, 50, 1000, 0, 1001, 1.5, "50", True],
    "artistSpacing": [0, 3, 100, -1, 101, 0.5, "3"],
    "tracksPerAnchor": [1, 12, 100, 0, 101, 1.5, "12"],
    "loadTimeout": [1, 1.5, 600, 0.5, 601, 1e999, "10"],
    "crossfade": [0, 0.5, 20, -0.5, 20.5, "3"],
    "structure": [1, "phrases", True, []],
    "preload": [True, False, 1, "no"],
    "targetLoudness": [-40, -14.5, -5, -41, -4, 0, "-14"],
    "unplayableShare": [0.01, 0.5, 1, 0, 0.005, 1.5, "half"],
    "audience": [1, "everybody", True, []],
    "analytics": [True, False, 1, "yes"],
    "random": [1, "chance", True, {}],
}
TAKEN = Path(__file__).with_name("options.txt")


@pytest.mark.parametrize("name", TRIED)
def test_what_an_option_may_be_and_what_is_said_of_the_rest(server: Peer, name: str) -> None:
    """The values and the words stand in options.txt."""
    lines = [f"{json.dumps(value)}: {run(server, _CHECK, name, value)[0]}" for value in TRIED[name]]
    expect_recorded(TAKEN, name, "\n".join(lines))


def test_defaults(server: Peer) -> None:
    (settings,) = run(server, _DEFAULTS, None)
    expect_recorded(TAKEN, "defaults", "\n".join(f"{name}: {json.dumps(settings[name])}" for name in sorted(settings)))


def test_every_option_is_tried(server: Peer) -> None:
    told = str(run(server, _NAMES)[0]).partition("The options are ")[2].removesuffix(".").split(", ")
    # What filters may be, the operation says.
    assert [name for name in told if name != "filters"] == list(TRIED)


@pytest.mark.parametrize("name", ["random", "audience", "structure"])
def test_a_function_of_the_game_is_handed_on(server: Peer, name: str) -> None:
    source = "local own, name = math.random, ... return load('RadioOptions').check({ [name] = own })[name] == own"
    assert run(server, source, name) == [True]
