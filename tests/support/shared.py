"""Several servers of one game, with the client on each, that share what the engine lets them share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audioscape_luau.contract.luau_text import luau
from audioscape_luau.simulation import PLACE_ID, UNIVERSE_ID
from roblox_double import Peer, ScriptTree, Settings
from roblox_double.cloud import Cloud
from support.artefacts import artefact
from support.game import KEY, Game

_CLIENT = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local client = shared.client or AudioScapeClient.new(OPTIONS)
shared.client = client
"""
_STORE = """
local module = game:GetService("ServerScriptService").AudioScapeClient
local told = shared.told or {}
local store = shared.store or require(module.share.Store).new(require(module.Engine).fromGame(), "group", function(said)
	table.insert(told, said)
end)
shared.store, shared.told = store, told
local start = os.clock()
local function seconds()
	return math.round((os.clock() - start) * 10) / 10
end
"""


class Servers(Game):
    """Servers that are alike; `server` is the first. Each has one client, made by the first script that runs."""

    def __init__(
        self,
        count: int = 2,
        *,
        settings: Settings | None = None,
        module: ScriptTree | None = None,
        skews: Mapping[int, float] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(settings, module=module)
        self._options = {"apiKey": KEY, "share": True, **options}
        self.servers = [self.server]
        for number in range(1, count):
            self.start(clock_skew=(skews or {}).get(number, 0.0), module=module)

    def start(self, *, module: ScriptTree | None = None, **identity: Any) -> Peer:
        """Start another server."""
        where: dict[str, Any] = {"place_id": PLACE_ID, "game_id": UNIVERSE_ID, **identity}
        server = self.universe.server(**where)
        server.mount(module or artefact("tree"), "ServerScriptService")
        self.servers.append(server)
        return server

    @property
    def cloud(self) -> Cloud:
        """What the servers share."""
        return self.universe.cloud(UNIVERSE_ID)

    def units(self, server: Peer | None = None) -> int:
        """Return how many request units a server, or all, have spent."""
        stores = self.cloud.memory_stores
        return sum(count for (peer, _), count in stores.units.items() if server in (None, peer))

    def on(self, server: Peer, source: str, *args: Any, limit: float = 3600.0, **options: Any) -> list[Any]:
        """Run a script that sees the server's `client`."""
        head = _CLIENT.replace("OPTIONS", luau(self._options | options)).replace("\n", " ")
        return list(server.run(head + source, *args, limit=limit))

    def begin(self, server: Peer, source: str, **options: Any) -> None:
        """The same, without waiting for its end."""
        head = _CLIENT.replace("OPTIONS", luau(self._options | options)).replace("\n", " ")
        server.spawn(head + source)

    def stored(self, server: Peer, source: str, limit: float = 3600.0) -> list[Any]:
        """Run a script that sees the server's `store`, alone; `told` is what it told."""
        return list(server.run(_STORE.replace("\n", " ") + source, limit=limit))
