"""Servers that share, under faults drawn by chance: whatever happens to what they share, each does as well as alone."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import Any, Literal, cast

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from audioscape_luau.mock import DEMO_KEY, NoReply
from audioscape_luau.simulation import PLACE_ID, UNIVERSE_ID, World, mocked, shipped
from roblox_double import Listener, LuauValue, Peer, Settings, Universe
from roblox_double.cloud.memory_stores import MemoryStores
from roblox_double.cloud.messages import Message, Messages

SERVER = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local key, seed, share = ...
local music = Instance.new("Sound")
music.Name = "Music"
music.SoundId = "rbxassetid://" .. seed
music.Parent = game:GetService("SoundService")
shared.client = AudioScapeClient.new({ apiKey = key, share = share })
shared.radio = shared.client:radio(music)
shared.radio:start()
shared.log = {}
"""
ASK = """
local id = ...
local began = os.clock()
local result, err = shared.client:similar(id)
table.insert(shared.log, { id, began, os.clock(), if result then #result.tracks else tostring(err) })
"""
SHARES: list[LuauValue] = [True, {"perMinute": 100_000, "memory": 500}]
"""What the option may be. Nobody has to wait for their share of such a limit."""
READ = "local log = shared.log shared.log = {} return os.clock(), log"

EXHAUST = """
local map = game:GetService("MemoryStoreService"):GetHashMap("Game")
for _ = 1, 1001 do
	task.spawn(pcall, map.GetAsync, map, "a")
end
"""

PATIENCE = 0.5
"""How long a call may wait for what is shared."""
API_SECONDS = 0.05
FRAMES = 4 / 60
"""What a call may take beside that: some frames, one for each thing that it waits for."""
TURN = API_SECONDS + 2 / 60
"""What the API takes for calls that are under way together: as many as a client sends at a time, and its radio's."""
TOGETHER = 7
DEADLINE = 30.0
"""When each call has ended, whatever happens."""
PACED = 30.0
"""For how long calls follow one by one after a pause."""
LIES = 90.0
"""How long a lie is stored."""
AFTERMATH = 180.0
"""For how long trouble with the API, or a lie about it, may refuse calls or hold them back."""

# What services say when they fail, and what no service would.
TEXTS = (
    "InternalError",
    "RequestThrottled",
    "TotalRequestsOverLimit",
    "PartitionRequestsOverLimit",
    "DataUpdateConflict",
    "Code: 6, Error: the rate of requests exceeds the allowed limit",
    "Code: 18, Error: internal server error",
    "Request Failed",
    "",
    "\n\0\u00e9 what",
)
FULL = "TotalMemoryOverLimit"
SERVICES = ("MemoryStoreService", "MessagingService")

# Some are moments: a while after the beginning of the universe, in Unix seconds.
numbers = st.sampled_from([0, -1, 2.5, 60, 3000, 1.750_000_5e9, 1.750_003e9, 1.76e9, 1e18, 1e300])
junk = st.recursive(
    st.none() | st.booleans() | numbers | st.sampled_from(["", "until", "nan", "\u00e9" * 300]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["until", "at", "v", "n", "id", "tracks", "1"]), inner, max_size=3)
    ),
    max_leaves=6,
)
engines = st.fixed_dictionaries(
    {},
    optional={
        "memory_store_errors": st.sampled_from(["names", "codes"]),
        "memory_store_window": st.sampled_from(["sliding", "fixed"]),
        "memory_store_throttle_seconds": st.sampled_from([0.0, 20.0, 120.0]),
        "memory_store_throttle_prolongs": st.booleans(),
        "memory_store_refused_costs": st.booleans(),
        "memory_store_seconds": st.sampled_from([0.0, 0.3, 0.6, math.inf]),
        "memory_store_update_retries": st.sampled_from([0, 3]),
        "memory_store_transform_yields": st.sampled_from(["allow", "raise"]),
        "memory_store_expiry_delay": st.sampled_from([0.0, 30.0]),
        "memory_store_sorted_update_missing": st.sampled_from(["create", "raise"]),
        "memory_store_counters": st.booleans(),
        "messaging": st.sampled_from(["arrive", "lost", "twice", "late"]),
        "messaging_echo": st.booleans(),
        "messaging_seconds": st.sampled_from([0.0, 1.0, 5.0]),
        "messaging_publish_seconds": st.sampled_from([0.0, 0.1, math.inf]),
        "signal_behavior": st.sampled_from(["immediate", "deferred"]),
    },
).map(lambda chosen: Settings(**cast("Any", chosen)))


class Api:
    """The API, which may be down, or refuse what comes."""

    def __init__(self) -> None:
        self.mood: Literal["well", "down", "refuses"] = "well"
        self.retry_after: int | None = None

    def respond(self, request: httpx.Request) -> httpx.Response:
        if self.mood == "down":
            raise NoReply("HttpError: ConnectFail")
        if self.mood == "refuses":
            headers = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
            return httpx.Response(429, json={"message": "Too Many Requests"}, headers=headers)
        return mocked().respond(request)


class Chance(RuleBasedStateMachine):
    """A game's servers, and when what happened to them."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.api = Api()
        self.troubles: list[tuple[float, float]] = []  # of the API, and lies about it: from when to when
        self.proofs: dict[Peer, float] = {}  # when a call was first answered after that
        self.asked: dict[Peer, int] = {}
        self.listeners: dict[Peer, Listener] = {}
        self.faults: list[Any] = []

    @initialize(engine=engines, count=st.integers(1, 3), share=st.sampled_from(SHARES))
    def begin(self, engine: Settings, count: int, share: LuauValue) -> None:
        self.share = share
        universe = Universe(settings=engine, time_limit=None)
        self.world = self.stack.enter_context(World(None, self.api.respond, universe=universe))
        self.world.stock(mocked().catalogue)
        self.open(self.world.server)
        for _ in range(1, count):
            self.start(0.0)
        self.checked = self.now

    @property
    def now(self) -> float:
        return self.world.universe.now

    @property
    def stores(self) -> MemoryStores:
        return self.world.universe.cloud(UNIVERSE_ID).memory_stores

    @property
    def messages(self) -> Messages:
        return self.world.universe.cloud(UNIVERSE_ID).messages

    # What may happen to servers

    @precondition(lambda self: len(self.asked) < 4)
    @rule(skew=st.sampled_from([0.0, 3.0, -3.0, 3600.0, -3600.0]))
    def start(self, skew: float) -> None:
        self.open(self.world.universe.server(place_id=PLACE_ID, game_id=UNIVERSE_ID, clock_skew=skew))

    def open(self, server: Peer) -> None:
        server.mount(shipped(), "ServerScriptService")
        self.listeners[server] = Listener(server)
        self.asked[server] = 0
        server.run(SERVER, DEMO_KEY, mocked().catalogue.entries[len(self.asked)].asset_id, self.share)

    @precondition(lambda self: len(self.asked) > 1)
    @rule(which=st.integers(0, 3), suddenly=st.booleans())
    def end(self, which: int, suddenly: bool) -> None:
        server = self.pick(which)
        (self.world.universe.crash_server if suddenly else self.world.universe.close_server)(server)
        del self.asked[server], self.listeners[server]

    def pick(self, which: int) -> Peer:
        return list(self.asked)[which % len(self.asked)]

    @rule(which=st.integers(0, 3), track=st.integers(100, 103), calls=st.sampled_from([1, 1, 6]))
    def ask(self, which: int, track: int, calls: int) -> None:
        for number in range(calls):
            self.ask_on(self.pick(which + number), track + 10 * number)

    def ask_on(self, server: Peer, track: int) -> None:
        server.spawn(ASK, mocked().catalogue.entries[track].asset_id)
        self.asked[server] += 1

    @rule(seconds=st.sampled_from([0.02, 0.3, 2.0, 12.0, 70.0, 400.0]))
    def wait(self, seconds: float) -> None:
        self.world.advance(seconds)

    # What may happen to what they share

    @rule(service=st.sampled_from(SERVICES), text=st.sampled_from((*TEXTS, FULL)), done=st.booleans())
    def fail(self, service: str, text: str, done: bool) -> None:
        self.faults.append(self.world.universe.cloud(UNIVERSE_ID).faults.fail(service, text, done=done))

    @rule(service=st.sampled_from(SERVICES), seconds=st.sampled_from([0.3, 0.6, 20.0, math.inf]))
    def slow(self, service: str, seconds: float) -> None:
        self.faults.append(self.world.universe.cloud(UNIVERSE_ID).faults.delay(service, seconds))

    @precondition(lambda self: self.faults)
    @rule()
    def mend(self) -> None:
        self.faults.pop().end()

    @rule(which=st.integers(0, 3))
    def exhaust(self, which: int) -> None:
        """The game itself spends what all its scripts may ask in a minute."""
        self.pick(which).spawn(EXHAUST)

    @rule()
    def fill(self) -> None:
        self.stores.put("Game", "all", "x" * self.stores.memory_limit, seconds=600)

    @rule()
    def wipe(self) -> None:
        self.stores.flush()

    @rule(value=junk, key=st.none() | st.sampled_from(["1", "until", "x" * 128]))
    def lie(self, value: Any, key: str | None) -> None:
        """Somebody writes over what is stored, or beside it."""
        for kind, name in self.stores.structures:
            if kind == "HashMap":
                for known in [key] if key else self.stores.hash_map(name):
                    self.stores.put(name, known, value, seconds=LIES)
            elif kind == "SortedMap":
                for known in [key] if key else self.stores.sorted_map(name):
                    self.stores.put(name, known, value, seconds=LIES, ordered=True)
        self.note_lie()

    @rule(field=st.integers(0, 5), value=junk)
    def alter(self, field: int, value: Any) -> None:
        """Another version of the module writes what is mostly alike."""
        for kind, name in self.stores.structures:
            if kind == "HashMap":
                for key, known in self.stores.hash_map(name).items():
                    self.stores.put(name, key, _altered(known, field, value), seconds=LIES)
        self.note_lie()

    @precondition(lambda self: len(self.asked) < 4 and self.stores.structures)
    @rule(track=st.integers(300, 303), value=junk)
    def mislead(self, track: int, value: Any) -> None:
        """A server that has heard nothing yet reads lies first."""
        self.lie(value, None)
        self.start(0.0)
        self.ask_on(self.pick(-1), track)

    @rule(value=junk)
    def spread_lies(self, value: Any) -> None:
        for server in self.asked:
            for topic in self.messages.topics(server):
                self.messages.publish(topic, value)
        self.note_lie()

    @rule(field=st.integers(0, 5), value=junk)
    def garble(self, field: int, value: Any) -> None:
        """What was published last comes again, as another version of the module would say it."""
        if self.messages.published:
            last = self.messages.published[-1]
            self.messages.publish(last.topic, _altered(last.data, field, value))
        self.note_lie()

    @rule(plan=st.sampled_from([None, (), (0.0, 0.0), (1.0, 1.0, 9.0), (30.0,)]))
    def carry(self, plan: tuple[float, ...] | None) -> None:
        def carried(message: Message, server: Peer) -> tuple[float, ...]:
            # Of two messages the second overtakes the first.
            late = 2.0 if len(self.messages.published) % 2 else 0.0
            return tuple(seconds + late for seconds in plan or ()) if message.topic and server else ()

        self.messages.plan = None if plan is None else carried

    # What may happen to the API

    @rule(which=st.integers(0, 3), track=st.integers(200, 230), retry_after=st.sampled_from([None, 3, 20, 90]))
    def refuse_one(self, which: int, track: int, retry_after: int | None) -> None:
        """The API refuses what one server asks, which the others may hear of."""
        self.break_api("refuses", retry_after)
        self.ask_on(self.pick(which), track)
        self.world.advance(2.5)
        self.mend_api()

    @rule(mood=st.sampled_from(["down", "refuses"]), retry_after=st.sampled_from([None, 3, 20, 90]))
    def break_api(self, mood: Literal["down", "refuses"], retry_after: int | None) -> None:
        self.mend_api()
        self.api.mood, self.api.retry_after = mood, retry_after
        self.troubles.append((self.now, math.inf))

    @precondition(lambda self: self.api.mood != "well")
    @rule()
    def mend_api(self) -> None:
        if self.api.mood != "well":
            self.api.mood = "well"
            (began, _) = self.troubles.pop()
            self.troubles.append((began, self.now))

    def note_lie(self) -> None:
        last = self.now + LIES + self.world.universe.settings.memory_store_expiry_delay
        self.troubles.insert(0, (self.now, last))

    # What must hold

    @invariant()
    def calls_end_and_are_answered_as_alone(self) -> None:
        for server in self.asked:
            clock, log = server.run(READ)
            ahead = cast(float, clock) - self.now
            calls = cast("list[Any]", log)
            for call in calls:
                self.asked[server] -= 1
                others = sum(began <= call[1] < ended for _, began, ended, _ in calls) - 1
                self.judge(server, call[1] - ahead, call[2] - ahead, call[3], 1 + others // TOGETHER)

    def judge(self, server: Peer, began: float, ended: float, answer: int | str, turns: int) -> None:
        """Hold a call to what it is worth alone, once trouble with the API is over."""
        seen = began - self.world.universe.now, ended - self.world.universe.now, answer
        assert ended - began <= DEADLINE + FRAMES, seen
        assert isinstance(answer, int) or "[internal" not in answer, seen
        latest = max((end for start, end in self.troubles if start <= ended), default=-math.inf)
        if began <= latest + AFTERMATH:
            return
        # After trouble one call goes first and others follow, or hear that they are too early.
        proof = self.proofs.get(server, -math.inf)
        if latest < proof < began - PACED or latest == -math.inf:
            assert isinstance(answer, int), seen
            assert ended - began <= PATIENCE + turns * TURN + FRAMES, seen
        if isinstance(answer, int):
            assert answer > 0
            self.proofs[server] = ended if proof <= latest else proof
        else:
            assert "[circuit_open]" in answer, seen

    @invariant()
    def radios_are_heard(self) -> None:
        for listener in self.listeners.values():
            if listener.heard:
                since = max(self.checked - 1, listener.heard[0].start)
                assert listener.silences(since, self.now, longer_than=1) == []
        self.checked = self.now

    @invariant()
    def nothing_is_said_twice(self) -> None:
        for server in self.asked:
            assert [line.text for line in server.output if line.kind == "error"] == []
            warnings = [line.text for line in server.output if line.kind == "warn" and "share" in line.text]
            assert len(warnings) <= 1

    def teardown(self) -> None:
        with self.stack:
            if not hasattr(self, "world"):
                return
            # Whatever happened, each is as well off as alone afterwards, and no call is lost.
            while self.faults:
                self.mend()
            self.mend_api()
            self.carry(None)
            self.world.advance(AFTERMATH + LIES + 60)
            for server in self.asked:
                self.ask_on(server, 100)
            self.world.advance(DEADLINE + PACED + 1)
            for number in range(101, 107):
                self.ask_on(self.pick(number), number)
            self.world.advance(DEADLINE + 1)
            self.calls_end_and_are_answered_as_alone()
            self.radios_are_heard()
            assert set(self.asked.values()) == {0}


def _altered(value: Any, field: int, other: Any) -> Any:
    """Return a value with one of its fields changed, or in a list of which it is one."""
    if isinstance(value, dict) and value:
        fields = cast("dict[str, Any]", value)
        return {**fields, list(fields)[field % len(fields)]: other}
    if isinstance(value, list) and value:
        items = list(cast("list[Any]", value))
        items[field % len(items)] = other
        return items
    return other if field % 2 else [value, other]


TestChance = pytest.mark.thorough(Chance.TestCase)
Chance.TestCase.settings = settings(
    max_examples=80,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
