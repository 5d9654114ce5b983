"""Clients of APIs that ask for other things of who calls, or for nothing: each says that and no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from audioscape_luau.codegen import render, runtime_files, write
from audioscape_luau.contract.plan import plan
from audioscape_luau.contract.run import run
from audioscape_luau.contract.subject import Subject, load_module
from audioscape_luau.openapi import ApiModel, Identity
from audioscape_luau.resources import luau_root
from audioscape_luau.simulation import World
from roblox_double import Peer, load_folder
from support.game import only

pytestmark = pytest.mark.other_api

# What an API asks, and the options that its client takes for it.
ROWS = [
    (Identity(), set[str]()),
    (Identity(universe="X-Game"), {"identify"}),
    (Identity(place="X-Place"), {"identify"}),
    (Identity(player="X-Who"), {"playerId"}),
    (Identity(universe="a", place="b", player="c"), {"identify", "playerId"}),
]
SCENES = ("a copy that says who asks", "options that are wrong", "options at their bounds")
VALUES = {"identify": "true", "playerId": "5"}


def build(identity: Identity, folder: Path) -> tuple[ApiModel, Path]:
    """Generate the client of an API that differs from the specification's in what it asks of who calls."""
    model = replace(only("similar"), identity=identity)
    module = folder / "AudioScapeClient"
    write(render(model) | runtime_files(model, luau_root() / "AudioScapeClient"), module)
    return model, module


@pytest.mark.parametrize(("identity", "options"), ROWS)
def test_a_client_says_what_its_api_asks(identity: Identity, options: set[str], tmp_path: Path) -> None:
    model, module = build(identity, tmp_path)
    cases = [case for case in plan(model, ["stateful"]) if case.name.endswith(SCENES)]
    outcomes = list(run(Subject(load_module(module), model), cases, examples=1, seed=0))
    assert [broken for outcome in outcomes for broken in outcome.broken] == []
    saying = [outcome for outcome in outcomes if outcome.case.name.endswith(SCENES[0])]
    assert len(saying) == (len(model.operations) if options else 0)
    for outcome in saying:
        sent = [set(exchange.request.headers) for exchange in outcome.observation.exchanges]
        assert sent[1] - sent[0] == {name.lower() for name in identity.headers.values()}


@pytest.mark.parametrize(("identity", "options"), ROWS)
def test_an_option_that_would_do_nothing_is_refused(identity: Identity, options: set[str], tmp_path: Path) -> None:
    _, module = build(identity, tmp_path)
    with World(load_folder(module)) as world:
        for name, value in VALUES.items():
            said = refusal(world.server, f"{name} = {value}")
            wanted = (
                f"AudioScapeClient.new: `{name}` must be left out, since this API has no header for it, got {value}."
            )
            assert said == (None if name in options else wanted)


def refusal(server: Peer, option: str) -> str | None:
    """Return what `new` says to an option, None if it takes it."""
    source = f"""
    local AudioScapeClient = require("./AudioScapeClient")
    local ok, said = pcall(function()
        AudioScapeClient.new({{ apiKey = "key", {option} }})
    end)
    return if ok then nil else string.match(said, "AudioScapeClient%.new:.*")
    """
    said = server.run(source)[0]
    return None if said is None else str(said)
