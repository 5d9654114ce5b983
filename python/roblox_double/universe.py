"""The virtual clock and the peers that live by it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from roblox_double.assets import Assets
from roblox_double.peer import Peer
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
"""The number of the first server, by which its clients know it."""
CLOSE_LIMIT = 30.0
"""Seconds that the functions bound to close have."""
_ROUNDING = 1e-9

type VmName = Literal["pluau", "lune"]
"""Where the Luau runs: in this process, or in Lune (another Luau) with a process for each peer."""
_VMS: Mapping[VmName, Callable[[VmOptions], Vm]] = {"pluau": PluauVm, "lune": LuneVm}


class Universe:
    """One virtual clock and any number of peers. Deterministic: the same seed and the same calls give the same run.

    Time passes only in `advance`, `run_until` and `Peer.run`, and jumps from one event to the next: frames in which
    nothing is due are skipped.
    """

    default_vm: ClassVar[VmName] = "pluau"
    """The VM of a universe that is not told which one to use."""

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        seed: int = 0,
        epoch: float = 1_750_000_000.0,
        time_limit: float | None = 30.0,
        memory_limit: int = 512 * 1024 * 1024,
        bridge: Bridge | None = None,
        secrets: Mapping[str, Secret] | None = None,
        http_enabled: bool = True,
        vm: VmName | None = None,
    ) -> None:
        """Set the clock going.

        `bridge` answers the servers' HTTP requests, `secrets` are what `GetSecret` finds there, and `http_enabled` is
        the game's setting (the engine's own default is off). `epoch` is the wall clock (Unix seconds) at virtual time
        0, and the limits are those of `VmOptions`. `vm` says where the Luau runs; see `LuneVm` for what `lune` needs.
        """
        self.settings = settings or Settings()
        self.seed = seed
        self.bridge = bridge
        self.secrets: Mapping[str, Secret] = secrets or {}
        self.http_enabled = http_enabled
        self.assets = Assets(self.settings)
        """The audio that can be played."""
        self.peers: list[Peer] = []
        self._epoch = epoch
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._vm: VmName = vm or self.default_vm
        self._numbers = itertools.count(SERVER)
        self._now = 0.0
        self._frame = 0

    @property
    def now(self) -> float:
        """Virtual seconds since the universe began."""
        return self._now

    def server(self, *, studio: bool = False, place_id: int = 1, game_id: int = 1) -> Peer:
        """Start a game server."""
        role = "studio_server" if studio else "server"
        return self._start("server", {"role": role, "placeId": place_id, "gameId": game_id, "clockSkew": 0.0})

    def client(self, name: str = "Player1", *, user_id: int | None = None, studio: bool = False) -> Peer:
        """Let a player join the server, which has to be there first; return their machine. It sees what replicates."""
        if not self.peers or self.peers[0].number != SERVER:
            raise ValueError("a client needs a server to join: call server() first")
        identity: dict[str, LuauValue] = {
            "role": "studio_client" if studio else "client",
            "placeId": 1,
            "gameId": 1,
            "userId": 1000 + len(self.peers) if user_id is None else user_id,
            "clockSkew": self.settings.client_clock_skew,
        }
        client = self._start(name, identity)
        self.peers[0].join(client.number, name, identity["userId"])
        return client

    def leave(self, client: Peer) -> None:
        """Let the player of `client` leave; their machine is gone, its `output` stays."""
        self.peers.remove(client)
        client.close()
        self.peers[0].leave(client.number)

    def deliver(self, sender: Peer, receiver: int, channel: LuauValue, message: LuauValue) -> None:
        """Carry a message between peers; it is seen after the network's latency, or lost if the receiver is gone."""
        for peer in self.peers:
            if peer.number == receiver:
                peer.receive(self._now + self.settings.network_latency, sender.number, channel, message)

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

        `reason` is an item of Enum.CloseReason. The server is gone afterwards; its `output` stays.
        """
        began = self._now
        server.begin_close(reason)
        with suppress(TimeoutError):
            self.run_until(server.is_closed, limit=CLOSE_LIMIT)
        self.peers.remove(server)
        server.close()
        return self._now - began

    def close(self) -> None:
        """Free every VM."""
        for peer in self.peers:
            peer.close()
        self.peers.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, name: str, identity: dict[str, LuauValue]) -> Peer:
        number = next(self._numbers)
        peer = Peer(self, name, number)
        settings = {field: getattr(self.settings, field) for field in Settings.__dataclass_fields__}
        config: dict[str, LuauValue] = {
            "settings": settings,
            "secrets": dict.fromkeys(self.secrets, True) if str(identity["role"]).endswith("server") else {},
            "httpEnabled": self.http_enabled,
            "seed": self.seed,
            "epoch": self._epoch,
            "start": self._now,
            "frame": FRAME,
            "peer": number,
            "jobId": f"00000000-0000-4000-8000-{self.seed % 16**12:012x}",
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
        self.peers.append(peer)
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
            for peer in list(self.peers):
                if self._frame_of(peer) <= frame:
                    peer.step()
        return True

    def _next_frame(self) -> float:
        """Return the number of the next frame in which anything happens."""
        soonest = min((self._frame_of(peer) for peer in self.peers), default=math.inf)
        return max(soonest, self._frame + 1, math.floor(self._now / FRAME + _ROUNDING) + 1)

    @staticmethod
    def _frame_of(peer: Peer) -> float:
        """Return the number of the frame for which `peer` waits; minus infinity is any, infinity none."""
        frame = peer.wake() / FRAME
        return frame if math.isinf(frame) else math.ceil(frame - _ROUNDING * 60)
