"""A game on a server of its own, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import respx

from roblox_double.peer import Output, Peer
from roblox_double.project.script_tree import ScriptTree
from roblox_double.secret import Secret
from roblox_double.settings import Settings
from roblox_double.testing.backend import Backend
from roblox_double.testing.bridge import MockedBridge
from roblox_double.testing.places import Places, with_place
from roblox_double.universe import Universe, VmName

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


class GameError(AssertionError):
    """Scripts of the game raised errors that nobody caught."""


class Roblox:
    """A running game: a server with the project's scripts, any number of clients, and one virtual clock.

    Time passes only in `advance`, `run_until` and `Peer.run`; an hour costs what happens in it.
    """

    def __init__(
        self,
        project: ScriptTree | None = None,
        *,
        backends: Sequence[Backend] = (),
        http: respx.MockRouter | None = None,
        settings: Settings | None = None,
        secrets: Mapping[str, str | Secret] | None = None,
        services: ScriptTree | None = None,
        vm: VmName | None = None,
    ) -> None:
        """Start a server, in a game that is `project`: a DataModel, or one thing to put into ServerScriptService.

        `backends` are mocked APIs behind it, which somebody else starts and ends. `http` has routes for requests that
        they leave alone. `secrets` are found besides those of backends; one that is plain text may be sent only to the
        first of them that has a host, and anywhere without such a backend. `services` stand in for services of the
        engine, see `load_services`. `settings` are the engine's open questions; `vm`: see `Universe`.
        """
        self.backends = backends
        """What is mocked behind it."""
        self.http = respx.MockRouter(assert_all_called=False) if http is None else http
        """Routes for requests that no backend answers. What has none ends the test; nothing leaves the machine."""
        game = whole_game(project) if project else ScriptTree("Game", "DataModel")
        self._places = Places(game, services)
        self._services = services
        for backend in backends:
            backend.meet_game(game)
        self.bridge = MockedBridge(backends)
        """What stands behind HttpService."""
        known = {name: secret for backend in backends for name, secret in backend.secrets.items()}
        host = next((backend.host for backend in backends if backend.host), "*")
        self.universe = Universe(
            settings=settings,
            bridge=self.bridge,
            secrets=known
            | {
                name: value if isinstance(value, Secret) else Secret(value, host)
                for name, value in (secrets or {}).items()
            },
            vm=vm,
        )
        for backend in backends:
            for content, asset in backend.assets.items():
                self.universe.assets[content] = asset
        with ExitStack() as ending:
            ending.callback(self.universe.close)
            ending.enter_context(self.http)
            self.server = self.universe.server()
            """The game server."""
            self._peers = [self.server]
            self._stand_in(self.server)
            self.server.mount_game(game)
            self._ending = ending.pop_all()

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
        self._ending.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
