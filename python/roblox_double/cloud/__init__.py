"""What is behind all servers of one game: what they store and tell one another, and what can go wrong with it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from roblox_double.cloud.badges import Badges
from roblox_double.cloud.calls import Call, CloudError, Service
from roblox_double.cloud.data_stores import DataStores
from roblox_double.cloud.faults import Faults
from roblox_double.cloud.groups import Groups
from roblox_double.cloud.marketplace import Marketplace
from roblox_double.cloud.memory_stores import MemoryStores
from roblox_double.cloud.messages import Messages
from roblox_double.cloud.policies import Policies
from roblox_double.cloud.text_filter import TextFilter

if TYPE_CHECKING:
    from roblox_double.guest import Guest
    from roblox_double.peer import Peer
    from roblox_double.settings import Settings
    from roblox_double.vm import LuauValue

    type Member = Peer | Guest


class Cloud:
    """The services behind the servers of one game."""

    def __init__(self, settings: Settings, now: Callable[[], float], unix: Callable[[], float]) -> None:
        """`unix` is the time of the game's services."""
        self.settings = settings
        self._now = now
        self._unix = unix
        self._servers: dict[int, Peer] = {}
        self._players: dict[int, dict[int, Member]] = {}
        self._users = Counter[bool]()
        """How many players are on live servers and, by True, in Studio."""
        self.memory_stores = MemoryStores(self, studio=False)
        """What MemoryStoreService holds."""
        self.studio_memory_stores = MemoryStores(self, studio=True)
        """What it holds for servers in Studio."""
        self.messages = Messages(self)
        """What MessagingService carries."""
        self.data_stores = DataStores(self)
        """What DataStoreService has saved."""
        self.marketplace = Marketplace(self)
        """What is for sale, and who has bought it."""
        self.badges = Badges(self)
        """What BadgeService knows."""
        self.groups = Groups(self)
        """Who is in which group."""
        self.policies = Policies(self)
        """What PolicyService tells."""
        self.text_filter = TextFilter(self)
        """What TextService hides."""
        self._services: Mapping[str, Service] = {
            "BadgeService": self.badges,
            "DataStoreService": self.data_stores,
            "MarketplaceService": self.marketplace,
            "MemoryStoreService": self.memory_stores,
            "MessagingService": self.messages,
            "Player": self.groups,
            "PolicyService": self.policies,
            "TextService": self.text_filter,
        }
        self.faults = Faults({name: (service.methods, service.failure) for name, service in self._services.items()})
        """What goes wrong, on purpose."""

    @property
    def now(self) -> float:
        """Virtual seconds since the universe began."""
        return self._now()

    @property
    def unix(self) -> float:
        """The wall clock of the services: seconds since 1970."""
        return self._unix()

    @property
    def servers(self) -> list[Peer]:
        """The game's servers."""
        return list(self._servers.values())

    @property
    def server_count(self) -> int:
        """How many these are."""
        return len(self._servers)

    def clients(self, server: Peer) -> list[Member]:
        """Return the players of a server."""
        return list(self._players.get(server.number, {}).values())

    def players(self, server: Peer) -> int:
        """Return how many players a server has."""
        return len(self._players.get(server.number, ()))

    def users(self, *, studio: bool | None = None) -> int:
        """Return how many players the game has: all, those on live servers, or those in Studio, at least one."""
        users = self._users.total() if studio is None else self._users[studio]
        return max(users, 1) if studio else users

    def come(self, member: Member) -> None:
        """Take in a server that starts, or a player who joins one."""
        if member.server is member:
            self._servers[member.number] = member.server
        else:
            self._players.setdefault(member.server.number, {})[member.number] = member
            self._count(member, 1)

    def go(self, member: Member) -> None:
        """Take in that a server or a player is gone."""
        if member.server is member:
            del self._servers[member.number]
        else:
            del self._players[member.server.number][member.number]
            self._count(member, -1)

    def _count(self, player: Member, change: int) -> None:
        self._users[is_studio(player.server)] += change
        self.memory_stores.note_users()
        self.studio_memory_stores.note_users()

    def answer(self, peer: Peer, service: str, method: str, operation: str, *arguments: LuauValue) -> list[LuauValue]:
        """Answer a question of a peer's Luau; `luau/host.luau` describes what comes back."""
        handler = self._services[service]
        if service == "MemoryStoreService" and is_studio(peer.server):
            handler = self.studio_memory_stores
        call = Call(peer, service, method, arguments)
        fault = self.faults.meet(call) if method in handler.methods else None
        seconds = handler.seconds() + (fault.seconds if fault else 0.0)
        try:
            values = [] if fault and fault.error and not fault.done else handler.answer(call, operation, *arguments)
            error, details = (fault.error, ()) if fault else (None, ())
        except CloudError as refusal:
            error, details = refusal.error, refusal.details
            seconds, values = seconds if refusal.seconds is None else refusal.seconds, []
        if math.isinf(seconds):
            return ["never"]
        return ["done", seconds, *values] if error is None else ["failure", seconds, error, *details]


def is_studio(peer: Peer) -> bool:
    """Tell whether a peer runs in Studio."""
    return str(peer.identity["role"]).startswith("studio")


__all__ = ["Call", "Cloud", "CloudError", "is_studio"]
