"""A game on a server of its own, in virtual time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from audioscape_luau.testing.api import AudioscapeApi
from audioscape_luau.testing.bridge import MockedBridge
from audioscape_luau.testing.places import Places, with_place
from roblox_double import Asset, Output, Peer, ScriptTree, Secret, Settings, Universe
from roblox_double.universe import VmName

_SECRET = "AudioScapeKey"  # noqa: S105 - the name of a secret
"""Under this name `HttpService:GetSecret` finds the API's key, unless the game is given secrets of its own."""
_CONTENT = re.compile(r"rbxassetid://0*([1-9]\d*)")
_DEAD_ASSET = "Failed to load sound "
"""So begins what the engine says of an asset that does not load. Tests have such assets on purpose."""
_LIBRARY_PARENT = "ServerScriptService"
"""Where a project is put that is no whole game: what only the server may see is safe there."""


def whole_game(project: ScriptTree) -> ScriptTree:
    """Return the DataModel that a project describes; one thing alone goes into its ServerScriptService."""
    if project.class_name == "DataModel":
        return project
    return ScriptTree(
        "Game", "DataModel", children=(ScriptTree(_LIBRARY_PARENT, _LIBRARY_PARENT, children=(project,)),)
    )


def _asset_ids(tree: ScriptTree) -> Iterator[str]:
    """Yield the ids that scripts and properties name as content."""
    for value in (tree.source, *tree.properties.values()):
        if isinstance(value, str):
            yield from _CONTENT.findall(value)
    for child in tree.children:
        yield from _asset_ids(child)


class GameError(AssertionError):
    """Scripts of the game raised errors that nobody caught."""


class Roblox:
    """A running game: a server with the project's scripts, any number of clients, and one virtual clock.

    Time passes only in `advance`, `run_until` and `Peer.run`; an hour costs what happens in it.
    """

    def __init__(
        self,
        api: AudioscapeApi,
        project: ScriptTree | None = None,
        *,
        settings: Settings | None = None,
        secrets: Mapping[str, str | Secret] | None = None,
        services: ScriptTree | None = None,
        vm: VmName | None = None,
    ) -> None:
        """Start a server, in a game that is `project`: a DataModel, or one thing to put into ServerScriptService.

        The API knows every `rbxassetid://` that the project names, and every track of its catalogue is an asset that
        loads. `secrets` are found besides `AudioScapeKey`; one that is plain text may be sent to the API only.
        `services` stand in for services of the engine, see `load_services`. `settings` are the engine's open questions;
        `vm`: see `Universe`.
        """
        self.api = api
        game = whole_game(project) if project else ScriptTree("Game", "DataModel")
        self._places = Places(game, services)
        self._services = services
        api.know(*_asset_ids(game))
        self.bridge = MockedBridge()
        """What stands behind HttpService."""
        given = {_SECRET: api.key, **(secrets or {})}
        self.universe = Universe(
            settings=settings,
            bridge=self.bridge,
            secrets={
                name: value if isinstance(value, Secret) else Secret(value, api.host) for name, value in given.items()
            },
            vm=vm,
        )
        for entry in api.catalogue.entries:
            self.universe.assets[int(entry.asset_id)] = Asset(duration=entry.fields["duration"])
        self.server = self.universe.server()
        """The game server."""
        self._peers = [self.server]
        self._stand_in(self.server)
        self.server.mount_game(game)

    @property
    def now(self) -> float:
        """Virtual seconds since the server started."""
        return self.universe.now

    def client(self, name: str = "Player1", *, user_id: int | None = None) -> Peer:
        """Let a player join; return their machine, which sees what replicates and runs LocalScripts."""
        client = self.universe.client(name, user_id=user_id)
        self._stand_in(client)
        self._peers.append(client)
        return client

    def leave(self, client: Peer) -> None:
        """Let the player of `client` leave."""
        self.universe.leave(client)

    def advance(self, seconds: float) -> None:
        """Let `seconds` of virtual time pass."""
        self.universe.advance(seconds)

    def run_until(self, condition: Callable[[], bool], *, limit: float = 3600.0) -> None:
        """Let time pass until `condition` holds. Raises TimeoutError after `limit` virtual seconds."""
        self.universe.run_until(condition, limit=limit)

    @property
    def output(self) -> list[tuple[Peer, Output]]:
        """What every peer printed, warned and failed with, also those that have left; a peer after the other."""
        return [(peer, line) for peer in self._peers for line in peer.output]

    @property
    def errors(self) -> list[str]:
        """The errors that nobody caught; that an asset does not load is none."""
        return [line.text for _, line in self.failures()]

    @property
    def transcript(self) -> str:
        """The output as text, a line each with the peer, the virtual time and what kind of line it is."""
        return "\n".join(
            f"{peer.name} {line.time:8.2f} s {line.kind}: {with_place(line.text, line.trace)}"
            for peer, line in self.output
        )

    def in_files(self, text: str, folder: Path) -> str:
        """Return a text, such as that of an error, with the project's files in place of its scripts.

        The files are named as seen from `folder`.
        """
        return self._places.in_files(text, folder)

    def verify(self) -> None:
        """Raise GameError if a script failed without anybody catching it."""
        __tracebackhide__ = True
        failed = [
            f"{peer.name}, at {line.time:.2f} s: {with_place(line.text, line.trace)}\n{line.trace}".rstrip()
            for peer, line in self.failures()
        ]
        if failed:
            raise GameError("\n".join(failed))

    def failures(self) -> list[tuple[Peer, Output]]:
        """Return the errors that nobody caught, each with the peer on which it was raised."""
        return [
            (peer, line) for peer, line in self.output if line.kind == "error" and not line.text.startswith(_DEAD_ASSET)
        ]

    def _stand_in(self, peer: Peer) -> None:
        if self._services:
            peer.stand_in(self._services)

    def close(self) -> None:
        """End the game."""
        self.universe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
