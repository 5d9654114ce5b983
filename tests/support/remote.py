"""A server that serves players, and clients who ask in any way that a client can."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import httpx

from audioscape_luau.mock import DEMO_KEY, MockApi
from audioscape_luau.simulation import World, api, mocked
from roblox_double import Peer, Settings, Universe
from support import artefacts
from support.game import shipped

TRACKS = [entry.asset_id for entry in mocked().catalogue.entries]

_MAKE = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local options = ...
options.apiKey = "KEY"
shared.client = AudioScapeClient.new(options)
""".replace("KEY", DEMO_KEY)
_LOCALS = "local client, handle = shared.client, shared.handle "
_ASK = """
local remote = game:GetService("ReplicatedStorage"):WaitForChild("AudioScapeCalls", 1)
local function ask(...)
	local reply = remote:InvokeServer(...)
	if type(reply) == "table" and type(reply.body) == "buffer" then
		local EncodingService = game:GetService("EncodingService")
		local packed = reply.body
		local text = buffer.tostring(EncodingService:DecompressBuffer(packed, Enum.CompressionAlgorithm.Zstd))
		reply.body, reply.bytes = game:GetService("HttpService"):JSONDecode(text), buffer.len(packed)
	end
	return reply
end
"""


@cache
def _mock() -> MockApi:
    return MockApi(api(), mocked().catalogue, check_replies=False)


class Served(World):
    """One server with a client of the mocked API, and players."""

    def __init__(self, *, settings: Settings | None = None, seconds: float = 0.1, **options: Any) -> None:
        """`seconds` is how long each reply takes; `options` are those of the client."""
        self.requests: list[httpx.Request] = []
        self.seconds = seconds
        super().__init__(shipped(), self._respond, universe=Universe(settings=settings, seed=1))
        self.server.run(_MAKE, cast("dict[Any, Any]", options))
        self.server.mount(artefacts.for_players(artefacts.chosen), "ReplicatedStorage")

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = _mock().respond(request)
        reply.extensions["virtual_seconds"] = self.seconds
        return reply

    def run(self, source: str, *args: Any) -> list[Any]:
        """Run Luau on the server, in which `client` and `handle` are there."""
        return list(self.server.run(_LOCALS + source, *args))

    def serve(self, options: str = "{ operations = { 'similar' }, anyId = true }") -> None:
        """Begin to serve with options in Luau."""
        self.run(f"shared.handle = client:serve({options})")

    def play(self, seed: str) -> None:
        """Let a radio, `shared.radio`, play from a track on."""
        self.run(
            """
            local sound = Instance.new("Sound")
            sound.SoundId = "rbxassetid://" .. ...
            sound.Parent = game:GetService("SoundService")
            shared.radio = client:radio(sound)
            shared.radio:start()
            """,
            seed,
        )

    def join(self, name: str) -> Peer:
        """Let a player join."""
        client = self.universe.client(name)
        self.advance(1)
        return client


def ask(client: Peer, arguments: str) -> Mapping[str, Any]:
    """Let a client's script invoke the remote with arguments in Luau; return what it gets, unpacked."""
    (reply,) = client.run(f"{_ASK} return ask({arguments})", parent="ReplicatedStorage")
    return cast("Mapping[str, Any]", reply)


def use(client: Peer, source: str, *args: Any) -> list[Any]:
    """Let a client's script use the module for players, which is there as `Remote`."""
    head = "local Remote = require(game:GetService('ReplicatedStorage').AudioScapeRemote) "
    return list(client.run(head + source, *args, parent="ReplicatedStorage"))


def spam(client: Peer, source: str) -> None:
    """Let a client's script do something with `ask` and go on by itself."""
    client.spawn(_ASK + source, parent="ReplicatedStorage")
