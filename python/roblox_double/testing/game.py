"""A game on a server of its own, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import respx

from roblox_double.cloud.badges import Badges
from roblox_double.cloud.data_stores import DataStores
from roblox_double.cloud.faults import Faults
from roblox_double.cloud.groups import Groups
from roblox_double.cloud.marketplace import Marketplace
from roblox_double.cloud.memory_stores import MemoryStores
from roblox_double.cloud.messages import Messages
from roblox_double.cloud.policies import Policies
from roblox_double.cloud.text_filter import TextFilter
from roblox_double.guest import Guest
from roblox_double.peer import Gap, Output, Peer
from roblox_double.project import load_place, load_project, synced
from roblox_double.project.script_tree import ScriptTree
from roblox_double.secret import Secret
from roblox_double.settings import Settings
from roblox_double.testing.backend import Backend
from roblox_double.testing.bridge import MockedBridge
from roblox_double.testing.places import Places, with_place
from roblox_double.universe import NotModelled, Universe, VmName

_DEAD_ASSET = "Failed to load sound "
"""So begins what the engine says of an asset that does not load. Tests have such assets on purpose."""
_MISSING = "not modelled: "
_MODULE_FAILED = "Requested module experienced an error while loading"
_LIBRARY_PARENT = "ServerScriptService"
"""Where a project is put that is no whole game: what only the server may see is safe there."""


def whole_game(project: ScriptTree) -> ScriptTree:
    """Return the DataModel that a project describes; one thing alone goes into its ServerScriptService."""
    if project.class_name == "DataModel":
        return project
    parent = ScriptTree(_LIBRARY_PARENT, _LIBRARY_PARENT, children=(project,), others_stay=True)
    return ScriptTree("Game", "DataModel", children=(parent,), others_stay=True)


def load_game(project: Path | None, place: Path | None) -> ScriptTree:
    """Load the game of a project file, of a place file, or of a project that is synced into a place.

    Raises ProjectError.
    """
    game = whole_game(load_project(project)) if project else ScriptTree("Game", "DataModel", others_stay=True)
    return synced(load_place(place), game) if place else game


class GameError(AssertionError):
    """Scripts of the game raised errors that nobody caught."""


class NotModelledError(GameError):
    """Scripts of the game asked for what the double does not model, and a `pcall` kept that from failing."""


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
        not_modelled: NotModelled = "strict",
        vm: VmName | None = None,
    ) -> None:
        """Start a server, in a game that is `project`: a DataModel, or one thing to put into ServerScriptService.

        `backends` are mocked APIs behind it, which somebody else starts and ends. `http` has routes for requests that
        they leave alone. `secrets` are found besides those of backends; one that is plain text may be sent only to the
        first of them that has a host, and anywhere without such a backend. `services` stand in for services of the
        engine, see `load_services`. `settings` are the engine's open questions; `vm`: see `Universe`.
        `not_modelled` says whether scripts that use what the double does not model meet an error, and `verify` fails.
        """
        self._strict = not_modelled == "strict"
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
            not_modelled=not_modelled,
            vm=vm,
        )
        for backend in backends:
            for content, asset in backend.assets.items():
                self.universe.assets[content] = asset
        with ExitStack() as ending:
            ending.callback(self.universe.close)
            ending.enter_context(self.http)
            self._game = game
            self._peers: list[Peer] = []
            self.server = self.start_server(name="server")
            """The first game server."""
            self._ending = ending.pop_all()

    @property
    def now(self) -> float:
        """Virtual seconds since the server started."""
        return self.universe.now

    @property
    def faults(self) -> Faults:
        """What goes wrong, on purpose, with the services that the game uses."""
        return self.universe.cloud().faults

    @property
    def data_stores(self) -> DataStores:
        """What DataStoreService has saved."""
        return self.universe.cloud().data_stores

    @property
    def memory_stores(self) -> MemoryStores:
        """What MemoryStoreService holds."""
        return self.universe.cloud().memory_stores

    @property
    def messages(self) -> Messages:
        """What MessagingService carries."""
        return self.universe.cloud().messages

    @property
    def marketplace(self) -> Marketplace:
        """What is for sale, and who has bought it."""
        return self.universe.cloud().marketplace

    @property
    def badges(self) -> Badges:
        """The badges of the game, and who has them."""
        return self.universe.cloud().badges

    @property
    def groups(self) -> Groups:
        """The groups of Roblox, and who is in them."""
        return self.universe.cloud().groups

    @property
    def policies(self) -> Policies:
        """What PolicyService tells of players."""
        return self.universe.cloud().policies

    @property
    def text_filter(self) -> TextFilter:
        """What TextService hides in texts."""
        return self.universe.cloud().text_filter

    def start_server(
        self,
        project: ScriptTree | None = None,
        *,
        name: str | None = None,
        place_id: int = 1,
        studio: bool = False,
        clock_skew: float = 0.0,
    ) -> Peer:
        """Start another server of the game, with the scripts of the first one, or of another place: `project`.

        All servers share what the game stores. `clock_skew`: seconds by which the server's wall clock is ahead.
        """
        title = name or f"server{sum(peer.server is peer for peer in self._peers) + 1}"
        server = self.universe.server(name=title, place_id=place_id, studio=studio, clock_skew=clock_skew)
        self._peers.append(server)
        self._stand_in(server)
        server.mount_game(whole_game(project) if project else self._game)
        return server

    def client(self, name: str = "Player1", *, user_id: int | None = None, server: Peer | None = None) -> Peer:
        """Let a player join `server`, or the first one; return their machine, which runs LocalScripts.

        It sees what replicates.
        """
        client = self.universe.client(name, user_id=user_id, server=server)
        self._stand_in(client)
        self._peers.append(client)
        return client

    def guest(self, name: str = "Player1", *, user_id: int | None = None, server: Peer | None = None) -> Guest:
        """Let a player join whose machine is not simulated, which costs little.

        A test calls remotes for them, as raw as it likes.
        """
        return self.universe.guest(name, user_id=user_id, server=server)

    def leave(self, client: Peer | Guest) -> None:
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
    def gaps(self) -> list[tuple[Peer, Gap]]:
        """What scripts asked for and the double does not model, also if they caught the error; peer after peer."""
        return [(peer, gap) for peer in self._peers for gap in peer.gaps]

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

    def verify(self, *, allow_errors: bool = False) -> None:
        """Raise GameError if a script failed without anybody catching it, unless `allow_errors`.

        Where the double is strict, raise NotModelledError if a script asked for what it does not model. Else errors
        that come of that are none.
        """
        __tracebackhide__ = True
        failed = [
            f"{peer.name}, at {line.time:.2f} s: {with_place(line.text, line.trace)}\n{line.trace}".rstrip()
            for peer, line in self.failures()
            if self._strict or not _comes_of_a_gap(peer, line)
        ]
        if failed and not allow_errors:
            raise GameError("\n".join(failed))
        if self._strict and self.gaps:
            raise NotModelledError("\n".join(self.told_gaps()))

    def told_gaps(self) -> list[str]:
        """Return a line for each thing that a script asked for and the double does not model."""
        return [
            f"{peer.name}, at {gap.time:.2f} s: {with_place(_MISSING + gap.what, gap.trace)}"
            + (f" ({gap.count} times)" if gap.count > 1 else "")
            for peer, gap in self.gaps
        ]

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


def _comes_of_a_gap(peer: Peer, line: Output) -> bool:
    # Why a module did not load is an error of its own.
    return bool(peer.gaps) and (_MISSING in line.text or line.text.endswith(_MODULE_FAILED))
