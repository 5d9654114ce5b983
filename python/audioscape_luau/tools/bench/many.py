"""Many servers with one key, and players who ask: what becomes of the key's limit, with sharing and each server alone.

Each server has a radio, which begins with one of some popular tracks, and guests. Every guest asks for music like one
of them every five minutes, and does what `AudioScapeRemote` does: it asks again when the server says so, for half a
minute. Nothing here depends on the machine but `many_seconds`.
"""

from __future__ import annotations

import heapq
import itertools
import json
import math
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import cache
from typing import Any, cast

import httpx
from backports import zstd

from audioscape_luau.mock import DEMO_KEY
from audioscape_luau.simulation import PLACE_ID, UNIVERSE_ID, Answer, World, mocked, shipped
from audioscape_luau.tools.bench.players import SERVER
from audioscape_luau.tools.bench.soak import FORK
from roblox_double import Guest, Invocation, Listener, LuauValue, Peer, Universe

SERVERS, PLAYERS, TRACKS = 200, 20, 40
MINUTES = 60.0
PER_MINUTE = 120
"""What the API allows the key."""
SHARE: LuauValue = {"perMinute": PER_MINUTE, "memory": 0.1}
"""What the client's option of that name is."""
EVERY = 300.0
"""Seconds between two questions of a player."""
PATIENCE = 30.0
"""Seconds that `AudioScapeRemote` asks for."""
IDLE = 10.0
"""Minutes after that in which nobody asks; the second half counts."""
LOADING = 1.0
"""Seconds of silence that may be a track that loads."""

_REMOTE = "ReplicatedStorage.AudioScapeCalls"


class Gate:
    """The API, which answers so many requests of a key in a minute, and refuses those that come after them."""

    def __init__(
        self, clock: Callable[[], float], answer: Answer, *, per_minute: int = PER_MINUTE, named: bool = True
    ) -> None:
        """`named`: whether a refusal says when to come back."""
        self._clock = clock
        self._answer = answer
        self._per_minute = per_minute
        self._named = named
        self._minute, self._used = -1, 0
        self.log: list[tuple[float, bool]] = []
        """When each request came, and whether it was refused."""

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or refuse it."""
        now = self._clock()
        if now // 60 != self._minute:
            self._minute, self._used = int(now // 60), 0
        refused = self._used >= self._per_minute
        self.log.append((now, refused))
        if refused:
            headers = {"retry-after": str(math.ceil(60 - now % 60))} if self._named else {}
            return httpx.Response(429, json={"message": "Too Many Requests"}, headers=headers)
        self._used += 1
        return self._answer(request)

    @property
    def pauses(self) -> list[tuple[float, float]]:
        """The minutes in which the key had to pause: the time of the first refusal, and of the last one."""
        refusals = [at for at, refused in self.log if refused]
        groups = [list(group) for _, group in itertools.groupby(refusals, lambda at: at // 60)]
        return [(group[0], group[-1]) for group in groups]


class Question:
    """What a guest wants to know, and asks again until there is an answer or no time left."""

    def __init__(self, fleet: Fleet, guest: Guest, track: str) -> None:
        self._fleet = fleet
        self._guest = guest
        self._track = track
        self._deadline = fleet.universe.now + PATIENCE
        self.tracks = 0
        """How many it was answered with."""
        self.tries = 0
        self._ask()

    def _ask(self) -> None:
        self.tries += 1
        self._guest.invoke(_REMOTE, "similar", {"asset_id": self._track}, then=self._hear)

    def _hear(self, call: Invocation) -> None:
        (reply, *_) = call.values or [None]
        answer = cast("dict[str, Any]", reply or {})
        at = cast(float, call.answered)
        if answer.get("ok"):
            self.tracks = _tracks_in(answer["body"]) if at <= self._deadline else 0
        elif answer.get("kind") == "busy" and at + answer["retryAfter"] < self._deadline:
            self._fleet.at(at + answer["retryAfter"], self._ask)


@cache
def _tracks_in(body: bytes | str) -> int:
    """Return how many tracks an answer brings, as `AudioScapeRemote` unpacks it."""
    text = zstd.decompress(body) if isinstance(body, bytes) else body
    return len(json.loads(text)["result"]["tracks"])


class Fleet(World):
    """Servers that all start at once, with radios and guests."""

    def __init__(
        self,
        servers: int,
        *,
        share: LuauValue = None,
        named: bool = True,
        players: int = PLAYERS,
        per_minute: int = PER_MINUTE,
        seed: int = 1,
    ) -> None:
        """`share` is the client's option of that name; see `Gate` for `named` and `per_minute`."""
        universe = Universe(seed=seed, time_limit=None)
        self.gate = Gate(lambda: universe.now, mocked().respond, named=named, per_minute=per_minute)
        super().__init__(None, self._respond, universe=universe)
        self.stock(mocked().catalogue)
        entries = [entry.asset_id for entry in mocked().catalogue.entries]
        self.popular = self.chance.sample(entries, TRACKS)
        self.servers = [self.server, *(self._another() for _ in range(1, servers))]
        self.listeners = [self._open(server, self.chance.choice(self.popular), share) for server in self.servers]
        self.guests = [self.universe.guest(server=server) for server in self.servers for _ in range(players)]
        self.questions: list[Question] = []
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, moment: float, do: Callable[[], None]) -> None:
        """Do something at a virtual time, if `play` is under way then."""
        heapq.heappush(self._events, (moment, next(self._order), do))

    def play(self, seconds: float) -> None:
        """Let virtual time pass, and everything happen that is due in it."""
        end = self.universe.now + seconds
        self.at(end, lambda: None)
        while self.universe.now < end:
            first = self._events[0]
            left = max(0.0, first[0] - self.universe.now)
            # What happens until then may make something due that comes before it.
            with suppress(TimeoutError):
                self.universe.run_until(lambda first=first: self._events[0] is not first, limit=left)
            if self._events[0] is first:
                heapq.heappop(self._events)[2]()

    def ask(self, seconds: float) -> None:
        """Let every guest ask, for so long."""
        for guest in self.guests:
            first = self.universe.now + self.chance.uniform(0, EVERY)
            for number in range(math.ceil((seconds - first + self.universe.now) / EVERY)):
                self.at(first + number * EVERY, lambda guest=guest: self._question(guest))

    @property
    def units(self) -> int:
        """The request units that were spent so far."""
        return self.universe.cloud(UNIVERSE_ID).memory_stores.units.total()

    @property
    def stored(self) -> int:
        """The bytes that the game's servers share now."""
        return self.universe.cloud(UNIVERSE_ID).memory_stores.used_memory

    def silence(self) -> float:
        """Return the share of the time since each radio's first note in which it was silent, loading aside."""
        now = self.universe.now
        heard = [(listener, listener.heard[0].start) for listener in self.listeners if listener.heard]
        lost = sum(
            stop - start
            for listener, begin in heard
            for start, stop in listener.silences(begin, now, longer_than=LOADING)
        )
        # A radio that never begins is silent all the time.
        lost += now * (len(self.listeners) - len(heard))
        return lost / (now * len(self.listeners))

    def _another(self) -> Peer:
        return self.universe.server(place_id=PLACE_ID, game_id=UNIVERSE_ID)

    def _open(self, server: Peer, seed: str, share: LuauValue) -> Listener:
        server.mount(shipped(), "ServerScriptService")
        listener = Listener(server)
        server.spawn(SERVER, DEMO_KEY, seed, {} if share is None else {"share": share})
        return listener

    def _question(self, guest: Guest) -> None:
        self.questions.append(Question(self, guest, self.chance.choice(self.popular)))

    def _respond(self, request: httpx.Request) -> httpx.Response:
        # The gate keeps what counts.
        self.network.exchanges.clear()
        return self.gate.respond(request)


def figures(
    servers: int, *, share: LuauValue = None, named: bool = True, minutes: float = MINUTES, idle: float = IDLE
) -> dict[str, float]:
    """Return the figures of one game; `measure` says what they are."""
    begun = time.process_time()
    with Fleet(servers, share=share, named=named) as fleet:
        fleet.ask(minutes * 60)
        stored = 0
        for _ in range(math.ceil(minutes)):
            fleet.play(60)
            stored = max(stored, fleet.stored)
        busy = fleet.units
        fleet.play(PATIENCE)
        pauses, log = fleet.gate.pauses, fleet.gate.log
        since = math.ceil(pauses[0][0] / 60) * 60 if pauses else 0
        later = [refused for at, refused in log if at >= since]
        lasted = sorted(last - first for first, last in pauses)
        found = {
            "requests_per_question": len(log) / len(fleet.questions),
            "refused": sum(later) / len(later),
            "pause_p99": _p99(lasted),
            "answered": statistics.mean(question.tracks > 0 for question in fleet.questions),
            "busy_units": busy / servers / minutes,
            "bytes": stored,
        }
        fleet.play(idle * 30)
        before = fleet.units
        fleet.play(idle * 30)
        found["idle_units"] = (fleet.units - before) / servers / (idle / 2)
        found["dead_air"] = fleet.silence()
    return found | {"seconds": time.process_time() - begun}


def _p99(values: Sequence[float]) -> float:
    return values[math.ceil(len(values) * 0.99) - 1] if values else 0.0


def measure(
    *, servers: int = SERVERS, minutes: float = MINUTES, idle: float = IDLE, columns: Sequence[int] = ()
) -> dict[str, float]:
    """Return the figures `many_WHAT` of servers that share, and `many_WHAT_alone` of those that do not. Takes minutes.

    For each other number of servers, `columns`, they end in it. There are some, too, that end in `_unnamed`, then: of
    an API that does not say when to come back.

    requests_per_question: what the API was asked, the radios included, for each question of a player. refused: share of
    that after the first minute with a refusal that the API answered with 429. pause_p99: of 99 in 100 such minutes, for
    how many seconds at most others went on asking. answered: share of the questions that were answered with tracks.
    dead_air: share of the time in which radios were silent, loading aside. busy_units, idle_units: request units of
    MemoryStoreService for a server and minute, while players ask and after that. bytes: the most that was stored there.
    seconds: of the processor.
    """
    found: dict[str, float] = {}
    for count in (servers, *columns):
        orders = {
            f"{case}{form}{'' if count == servers else f'_{count}'}": (count, share, not form, minutes, idle)
            for form in (("", "_unnamed") if columns and count == servers else ("",))
            for case, share in (("", SHARE), ("_alone", None))
        }
        # More than one large game does not fit into the memory.
        with ProcessPoolExecutor(2 if count == servers else 1, mp_context=FORK) as pool:
            for case, these in zip(orders, pool.map(_figures, orders.values()), strict=True):
                found |= {f"many_{name}{case}": value for name, value in these.items()}
    return found


def _figures(order: tuple[int, LuauValue, bool, float, float]) -> dict[str, float]:
    servers, share, named, minutes, idle = order
    return figures(servers, share=share, named=named, minutes=minutes, idle=idle)
