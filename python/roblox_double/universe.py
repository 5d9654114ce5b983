"""The virtual clock and the peers that live by it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import EllipsisType, TracebackType
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from roblox_double.assets import Assets
from roblox_double.cloud import Cloud
from roblox_double.guest import Guest
from roblox_double.peer import Peer
from roblox_double.schedule import Schedule
from roblox_double.secret import Secret
from roblox_double.settings import Settings
from roblox_double.vm import LuauValue, Vm, VmOptions
from roblox_double.vm.lune import LuneVm
from roblox_double.vm.pluau import PluauVm

if TYPE_CHECKING:
    from roblox_double.bridge import Bridge

FRAME = 1 / 60
"""Seconds between two Heartbeats; nothing timed happens in between."""
SERVER = 0
"""The number by which every client knows its own server. It is that of the first server, too."""
CLOSE_LIMIT = 30.0
"""Seconds that the functions bound to close have."""
_ROUNDING = 1e-9

type VmName = Literal["pluau", "lune"]
"""Where the Luau runs: in this process, or in Lune (another Luau) with a process for each peer."""
type NotModelled = Literal["strict", "report"]
"""What scripts meet that use what the double does not model: an error, or an answer of the declared type."""
_VMS: Mapping[VmName, Callable[[VmOptions], Vm]] = {"pluau": PluauVm, "lune": LuneVm}


class Universe:
    """One virtual clock and any number of peers. Deterministic: the same seed and the same calls give the same run.

    Time passes only in `advance`, `run_until` and `Peer.run`, and jumps from one event to the next: frames in which
    nothing is due are skipped.
    """

    default_vm: ClassVar[VmName] = "pluau"
    """The VM of a universe that is not told which one to use."""
    default_time_limit: ClassVar[float | None] = 30.0
    """The limit of one that is not told any: real seconds. To keep it costs Luau in this process half its speed."""

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        seed: int = 0,
        epoch: float = 1_750_000_000.0,
        time_limit: float | EllipsisType | None = ...,
        memory_limit: int = 512 * 1024 * 1024,
        bridge: Bridge | None = None,
        secrets: Mapping[str, Secret] | None = None,
        http_enabled: bool = True,
        not_modelled: NotModelled = "strict",
        vm: VmName | None = None,
    ) -> None:
        """Set the clock going.

        `bridge` answers the servers' HTTP requests, `secrets` are what `GetSecret` finds there, and `http_enabled` is
        the game's setting (the engine's own default is off). `epoch` is the wall clock (Unix seconds) at virtual time
        0, and the limits are those of `VmOptions`. Whatever scripts use that the double does not model stands in their
        peer's `gaps`; with `not_modelled="report"` they get an answer of the declared type instead of an error. `vm`
        says where the Luau runs; see `LuneVm` for what `lune` needs.
        """
        self.settings = settings or Settings()
        self.seed = seed
        self.bridge = bridge
        self.secrets: Mapping[str, Secret] = secrets or {}
        self.http_enabled = http_enabled
        self.assets = Assets(self.settings)
        """The audio that can be played."""
        self._peers: dict[int, Peer] = {}
        self._guests: dict[int, Guest] = {}
        self._clouds: dict[int, Cloud] = {}
        self._epoch = epoch
        self._not_modelled: NotModelled = not_modelled
        self._time_limit = self.default_time_limit if isinstance(time_limit, EllipsisType) else time_limit
        self._memory_limit = memory_limit
        self._vm: VmName = vm or self.default_vm
        self._numbers = itertools.count(SERVER)
        self._schedule = Schedule(self._frame_of)
        self._now = 0.0
        self._frame = 0

    @property
    def now(self) -> float:
        """Virtual seconds since the universe began."""
        return self._now

    @property
    def peers(self) -> list[Peer]:
        """The machines that run now, in the order in which they started."""
        return list(self._peers.values())

    def cloud(self, game_id: int = 1) -> Cloud:
        """Return what is behind all servers of a game: its stores, its messages, and what goes wrong with them."""
        if game_id not in self._clouds:
            self._clouds[game_id] = Cloud(
                self.settings,
                now=lambda: self._now,
                unix=lambda: self._epoch + self._now,
            )
        return self._clouds[game_id]

    def server(
        self,
        *,
        studio: bool = False,
        place_id: int = 1,
        game_id: int = 1,
        name: str = "server",
        clock_skew: float = 0.0,
    ) -> Peer:
        """Start a game server: the first one, or another, of the same place or of another one of the game.

        Servers of one `game_id` share what the game stores. `clock_skew`: seconds by which its wall clock is ahead.
        """
        role = "studio_server" if studio else "server"
        self.cloud(game_id)
        identity: dict[str, LuauValue] = {"placeId": place_id, "gameId": game_id, "jobId": "" if studio else None}
        return self._start(name, None, {"role": role, "clockSkew": clock_skew, **identity})

    def client(
        self, name: str = "Player1", *, user_id: int | None = None, studio: bool = False, server: Peer | None = None
    ) -> Peer:
        """Let a player join `server`, or the first one; return their machine. It sees what replicates."""
        home = self._home(server)
        role = "studio_client" if studio else "client"
        client = self._start(name, home, self._identity(home, role, user_id))
        home.join(client.number, name, client.identity["userId"])
        client.cloud.marketplace.remind(client)
        return client

    def guest(self, name: str = "Player1", *, user_id: int | None = None, server: Peer | None = None) -> Guest:
        """Let a player join `server`, or the first one, whose machine is not simulated; see `Guest`."""
        home = self._home(server)
        number = next(self._numbers)
        guest = Guest(name, number, home, self._identity(home, "guest", user_id or 1000 + number))
        self._guests[number] = guest
        home.cloud.come(guest)
        home.join(number, name, guest.identity["userId"], is_guest=True)
        return guest

    def leave(self, client: Peer | Guest) -> None:
        """Let the player of `client` leave; their machine is gone, its `output` stays."""
        if isinstance(client, Guest):
            del self._guests[client.number]
            client.is_here = False
        else:
            del self._peers[client.number]
        client.server.cloud.go(client)
        if isinstance(client, Peer):
            client.close()
        if client.server.is_open:
            client.server.leave(client.number)

    def kick(self, by: Peer, client: int, message: str) -> None:
        """Let the player of a client leave, as a script of the peer `by` wants, when that script gives control back."""
        kicked = self._player(client)
        if kicked is not None and kicked.kicked is None:
            kicked.kicked = message
            by.after(lambda: self.leave(kicked) if self._player(client) else None)

    def deliver(self, sender: Peer, receiver: int, channel: LuauValue, message: LuauValue) -> None:
        """Carry a message between a server and its client; it is seen after the network's latency.

        It is lost if the receiver is gone.
        """
        due = self._now + self.settings.network_latency
        target = sender.server if receiver == SERVER else self._player(receiver)
        if isinstance(target, Guest):
            target.receive(due, channel, message)
        elif target and target.is_open:
            number = SERVER if sender.server is sender else sender.number
            target.receive(due, number, channel, message)

    def moved(self, peer: Peer) -> None:
        """Take in that `peer` may wait for another frame than before."""
        self._schedule.moved(peer)

    def advance(self, seconds: float) -> None:
        """Let `seconds` of virtual time pass, with everything that falls due in them."""
        self._run(self._now + seconds, lambda: False)

    def run_until(self, condition: Callable[[], bool], *, limit: float = 3600.0) -> None:
        """Let time pass until `condition` holds; it is looked at after each frame.

        Raises TimeoutError after `limit` virtual seconds.
        """
        if not self._run(self._now + limit, condition):
            raise TimeoutError(f"the condition did not become true within {limit} seconds of simulated time")

    def close_server(self, server: Peer, reason: str = "DeveloperShutdown") -> float:
        """Shut `server` down: run its BindToClose functions, at most 30 s; return the virtual seconds this took.

        `reason` is an item of Enum.CloseReason. The server is gone afterwards; its `output` stays. Clients stay, with
        nobody to talk to, until they `leave`.
        """
        began = self._now
        server.begin_close(reason)
        with suppress(TimeoutError):
            self.run_until(server.is_closed, limit=CLOSE_LIMIT)
        self.crash_server(server)
        return self._now - began

    def crash_server(self, server: Peer) -> None:
        """Let `server` be gone at once, with whatever it was doing; no function bound to close runs."""
        del self._peers[server.number]
        server.cloud.go(server)
        server.close()

    def close(self) -> None:
        """Free every VM."""
        for peer in self.peers:
            peer.close()
        self._peers.clear()
        self._guests.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _home(self, server: Peer | None) -> Peer:
        """Return the server that a player joins."""
        home = server or next((peer for peer in self._peers.values() if peer.server is peer), None)
        if home is None or home.number not in self._peers:
            raise ValueError("a client needs a server to join: call server() first")
        return home

    def _identity(self, home: Peer, role: str, user_id: int | None) -> dict[str, LuauValue]:
        skew = self.settings.client_clock_skew
        return {**home.identity, "role": role, "userId": user_id, "clockSkew": skew}

    def _player(self, number: int) -> Peer | Guest | None:
        return self._peers.get(number) or self._guests.get(number)

    def _start(self, name: str, server: Peer | None, identity: dict[str, LuauValue]) -> Peer:
        number = next(self._numbers)
        if server and identity["userId"] is None:
            identity["userId"] = 1000 + number
        if identity["jobId"] is None:
            identity["jobId"] = f"{number:08x}-0000-4000-8000-{self.seed % 16**12:012x}"
        peer = Peer(self, name, number, server, identity)
        settings = {field: getattr(self.settings, field) for field in Settings.__dataclass_fields__}
        config: dict[str, LuauValue] = {
            "settings": settings,
            "secrets": dict.fromkeys(self.secrets, True) if str(identity["role"]).endswith("server") else {},
            "httpEnabled": self.http_enabled,
            "notModelled": self._not_modelled,
            "seed": self.seed,
            "epoch": self._epoch,
            "start": self._now,
            "frame": FRAME,
            "peer": number,
            **identity,
        }
        peer.attach(
            _VMS[self._vm](
                VmOptions(
                    functions=peer.functions(),
                    config=config,
                    memory_limit=self._memory_limit,
                    time_limit=self._time_limit,
                )
            )
        )
        self._peers[number] = peer
        self._schedule.moved(peer)
        peer.cloud.come(peer)
        return peer

    def _run(self, end: float, condition: Callable[[], bool]) -> bool:
        """Run frames up to `end`; return as soon as `condition` holds."""
        while not condition():
            frame = self._next_frame()
            if frame * FRAME > end + _ROUNDING:
                self._now = end
                return condition()
            self._frame = int(frame)
            self._now = max(self._now, frame * FRAME)
            # A peer for which nothing is due sleeps on.
            for peer in self._schedule.due(frame):
                peer.step()
        return True

    def _next_frame(self) -> float:
        """Return the number of the next frame in which anything happens."""
        return max(self._schedule.next(), self._frame + 1, math.floor(self._now / FRAME + _ROUNDING) + 1)

    @staticmethod
    def _frame_of(peer: Peer) -> float:
        """Return the number of the frame for which `peer` waits; minus infinity is any, infinity none."""
        frame = peer.wake() / FRAME
        return frame if math.isinf(frame) else math.ceil(frame - _ROUNDING * 60)
