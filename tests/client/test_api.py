"""What the specification says of the API as a whole, in the client that is generated from it."""

from __future__ import annotations

import json

import httpx
import pytest

from audioscape_luau.simulation import World
from roblox_double import Secret, Universe
from support.game import Game, api, shipped

_SOURCE = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local client = AudioScapeClient.new(game:GetService("HttpService"):GetSecret("Key"))
local _, err = client:similar(1)
return err.message
"""


def documented() -> list[str]:
    """Return what the API is documented to say to those it refuses."""
    bodies = [example.body for operation in api().operations for example in operation.examples]
    replies = [json.loads(body) for body in bodies if body.startswith(b"{")]
    return [reply[name] for reply in replies for name in api().error_texts if name in reply]


@pytest.mark.cases(17)
@pytest.mark.breaks_contract
@pytest.mark.parametrize("text", documented())
def test_what_a_server_is_documented_to_say_is_shown_with_a_secret_too(text: str) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={api().error_texts[0]: text})

    with World(shipped(), refuse, universe=Universe(secrets={"Key": Secret("sk-live-0123456789")})) as world:
        assert world.server.run(_SOURCE) == [f"the API rejected your API key: {text}"]


@pytest.mark.parametrize("call", ["client:{}({{}})", "client.{}()"])
def test_each_method_that_people_look_for_and_is_not_here_says_what_to_do(game: Game, call: str) -> None:
    for method, instead in api().missing_methods.items():
        kind, operation, hint, text = game.run(
            f"local none, err = {call.format(method)} assert(none == nil)"
            " return err.kind, err.operation, err.hint, tostring(err)"
        )
        assert (kind, operation, hint) == ("invalid_request", method, instead)
        assert f"this module has no method `{method}`" in str(text)
