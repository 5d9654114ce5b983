"""A pause that the API asks of one server is kept by all, as far as they can hear of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest

from audioscape_luau.contract.luau_text import luau
from roblox_double import Peer, Settings
from roblox_double.cloud.faults import Fault, Faults
from support.shared import Servers

ASK = """
client = client:withOptions(OPTIONS)
local before = os.clock()
shared.asked = (shared.asked or 0) + 1
local result, err = client:similar(tostring(shared.asked))
return { kind = if err then err.kind else "ok", seconds = math.round((os.clock() - before) * 10) / 10 }
"""
PAUSE = 40.0
REFUSAL = {"error": "rate_limited", "message": "Too many requests."}


def answering(servers: Servers, *, till: float, asks: float | None = None) -> list[float]:
    """Refuse all requests until `till`, naming what is left of it or what `asks` says; return when requests come."""
    came: list[float] = []

    def answer(_: httpx.Request) -> httpx.Response:
        came.append(servers.universe.now)
        left = till - servers.universe.now
        if left > 0:
            asked = math.ceil(left) if asks is None else asks
            return httpx.Response(429, json=REFUSAL, headers={"retry-after": str(asked)} if asked else {})
        return httpx.Response(200, json={"tracks": [{"asset_id": "1"}], "meta": {"total": 1}})

    servers.router.clear()
    servers.router.route().mock(side_effect=answer)
    return came


def script(options: Mapping[str, Any]) -> str:
    return ASK.replace("OPTIONS", luau({"maxRetries": 0, **options}))


def ask(servers: Servers, server: Peer, **options: Any) -> dict[str, Any]:
    return servers.on(server, script(options))[0]


def shares(servers: Servers, name: str) -> list[Any]:
    return [servers.on(server, "return client:stats().share")[0].get(name) for server in servers.servers]


def ready(servers: Servers, seconds: float = PAUSE, asks: float | None = None) -> list[float]:
    """Let every server listen and have asked once; then requests are refused. Return when they come from then on."""
    answering(servers, till=0)
    for server in servers.servers:
        ask(servers, server)
    servers.advance(1)
    return answering(servers, till=servers.universe.now + seconds, asks=asks)


def name_of(servers: Servers) -> str:
    """Return the name under which the servers meet."""
    (topic,) = servers.cloud.messages.topics(servers.server)
    return topic


def test_a_pause_for_one_is_heard_by_all_within_two_seconds(servers: Servers) -> None:
    one, two = servers.servers
    came = ready(servers)
    assert ask(servers, one)["kind"] == "rate_limited"
    servers.advance(2)
    assert ask(servers, two) == {"kind": "rate_limited", "seconds": 0}
    assert len(came) == 1
    assert (shares(servers, "pausesTold"), shares(servers, "pausesHeard")) == ([1, 0], [0, 1])
    # Each looked once before its first request; one wrote.
    assert (servers.units(), len(servers.cloud.memory_stores.hash_map(name_of(servers)))) == (3, 1)
    servers.advance(300)
    assert (servers.units(), servers.cloud.memory_stores.hash_map(name_of(servers))) == (3, {})


def test_whom_no_message_reaches_looks_before_a_request(servers: Servers) -> None:
    one, two = servers.servers
    servers.cloud.messages.plan = lambda _message, _server: ()
    came = ready(servers)
    ask(servers, one)
    servers.advance(31)
    assert ask(servers, two, deadline=5) == {"kind": "rate_limited", "seconds": 0.1}
    # A server that starts in the middle of it looks, too.
    assert ask(servers, servers.start(), deadline=5) == {"kind": "rate_limited", "seconds": 0.1}
    assert len(came) == 1


def test_a_look_is_made_twice_a_minute_at_most_and_never_by_who_is_idle(servers: Servers) -> None:
    answering(servers, till=0)
    for _ in range(12):
        ask(servers, servers.server)
        servers.advance(10)
    assert servers.units(servers.server) == 4
    servers.advance(3600)
    assert servers.units() == 4


def test_calls_at_one_moment_make_one_look(servers: Servers) -> None:
    one, two = servers.servers
    answering(servers, till=0)
    came = answering(servers, till=servers.universe.now + PAUSE)
    ask(servers, one)
    for _ in range(5):
        servers.begin(two, script({"deadline": 20}))
    servers.advance(1)
    assert (len(came), servers.units(two)) == (1, 1)


def test_who_dies_while_looking_holds_nobody_up(servers: Servers) -> None:
    answering(servers, till=0)
    source = f"task.delay(0.1, function() script:Destroy() end)\n{script({})}"
    with servers.cloud.faults.delay("MemoryStoreService.GetAsync", 0.3):
        servers.begin(servers.server, source)
        servers.advance(1)
    assert [ask(servers, servers.server)["seconds"] for _ in range(2)] == [pytest.approx(0, abs=0.1)] * 2


def test_servers_come_back_one_by_one(servers: Servers) -> None:
    for _ in range(18):
        servers.start()
    came = ready(servers)
    ask(servers, servers.server)
    servers.advance(2)
    for server in servers.servers:
        for _ in range(3):
            servers.begin(server, script({"deadline": 100}))
    servers.advance(100)
    first, *back = came
    moments = [moment - first - PAUSE for moment in back]
    assert len(moments) == 60
    assert min(moments) >= 0
    # Spread over ten seconds and the time of a message, then a second for the three of each server.
    assert 8 < max(moments) - min(moments) < 14
    assert max(sum(start <= moment < start + 1 for moment in moments) for start in moments) < 20


@pytest.mark.parametrize("skew", [-3, 3])
def test_clocks_may_differ_by_seconds(skew: float) -> None:
    with Servers(2, skews={1: skew}) as servers:
        came = ready(servers)
        ask(servers, servers.server)
        servers.advance(2)
        ask(servers, servers.servers[1], deadline=100)
        assert len(came) == 2
        assert 40 <= came[1] - came[0] <= 53


@pytest.mark.parametrize("messaging", ["lost", "twice", "late"])
def test_messages_may_get_lost_or_come_twice_or_late(messaging: Any) -> None:
    with Servers(3, settings=Settings(messaging=messaging)) as servers:
        came = ready(servers, 100)
        ask(servers, servers.server)
        servers.advance(35)
        for server in servers.servers:
            ask(servers, server)
        assert len(came) == 1
        assert shares(servers, "pausesHeard") == [0, 1, 1]


def test_a_message_that_comes_very_late_is_none(servers: Servers) -> None:
    ready(servers, 5)
    servers.cloud.messages.plan = lambda _message, _server: (60.0,)
    ask(servers, servers.server)
    servers.advance(62)
    assert ask(servers, servers.servers[1])["kind"] == "ok"


@pytest.mark.parametrize(
    ("asked", "told"),
    [([1, 100, 200], [1, 195]), ([1, 3, 4], [1])],
    ids=["what it knows then", "nothing that is over"],
)
def test_one_server_tells_every_five_seconds_at_most(servers: Servers, asked: list[int], told: list[int]) -> None:
    ready(servers, 300, asks=None)
    one = servers.server
    replies = iter(asked)

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(429, json=REFUSAL, headers={"retry-after": str(next(replies))})

    servers.router.clear()
    servers.router.route().mock(side_effect=answer)
    # Together under way, so that none heeds what the others hear.
    for _ in asked:
        servers.begin(one, script({}))
    servers.advance(2)
    assert [round(message.data["seconds"]) for message in servers.cloud.messages.published] == told[:1]
    servers.advance(5)
    assert [round(message.data["seconds"]) for message in servers.cloud.messages.published] == told
    assert servers.units(one) == 1 + len(told)


WRONG: dict[str, list[Any]] = {
    "api": [None, 5, "https://other.example", {}],
    "seconds": [None, -1, 0, 1e9, "5", {}],
    "till": [None, "soon", {}, 5, -1e300],
}


def messages(good: dict[str, Any]) -> Iterator[Any]:
    yield from ("text", 5, True, [], {}, {"by": "x"})
    for name, values in WRONG.items():
        for value in values:
            yield {key: given for key, given in (good | {name: value}).items() if given is not None}


def test_what_others_write_by_hand_does_no_harm(servers: Servers) -> None:
    ready(servers, 5)
    ask(servers, servers.server)
    good = servers.cloud.messages.published[0].data
    servers.advance(30)
    for message in messages({**good, "by": "else", "till": good["till"] + 3000, "seconds": 3000}):
        servers.cloud.messages.publish(name_of(servers), message)
    servers.advance(2)
    assert [ask(servers, server)["kind"] for server in servers.servers] == ["ok", "ok"]
    assert not servers.servers[1].output


@pytest.mark.parametrize("value", [5, "text", {}, {"till": "x"}, {"till": 1e300}, {"till": 5}])
def test_what_stands_in_the_store_may_be_anything(servers: Servers, value: Any) -> None:
    ready(servers, 5)
    ask(servers, servers.server)
    (api,) = servers.cloud.memory_stores.hash_map(name_of(servers))
    servers.advance(40)
    servers.server.run(
        f'game:GetService("MemoryStoreService"):GetHashMap("{name_of(servers)}"):SetAsync("{api}", {luau(value)}, 600)'
    )
    assert [ask(servers, server)["kind"] for server in servers.servers] == ["ok", "ok"]


def test_nobody_is_silenced_for_long_by_what_is_not_true(servers: Servers) -> None:
    ready(servers, 5)
    ask(servers, servers.server)
    (message,) = servers.cloud.messages.published
    servers.advance(30)
    till = message.data["till"] + 3400
    servers.cloud.messages.publish(name_of(servers), message.data | {"by": "x", "seconds": 3400, "till": till})
    servers.server.run(
        f'game:GetService("MemoryStoreService"):GetHashMap("{name_of(servers)}"):'
        f'SetAsync("{message.data["api"]}", {{ till = {till} }}, 3600)'
    )
    servers.advance(2)
    assert ask(servers, servers.server)["kind"] == "rate_limited"
    servers.advance(130)
    for _ in range(5):
        assert [ask(servers, server)["kind"] for server in servers.servers] == ["ok", "ok"]
        servers.advance(31)


FAULTS: dict[str, Callable[[Faults], Fault]] = {
    "down": lambda faults: faults.fail("MemoryStoreService"),
    "throttled": lambda faults: faults.fail("MemoryStoreService", "TotalRequestsOverLimit"),
    "hanging": lambda faults: faults.hang("MemoryStoreService"),
    "slow": lambda faults: faults.delay("MemoryStoreService", 3),
    "no messages": lambda faults: faults.fail("MessagingService"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_whatever_is_wrong_with_the_services_calls_go_on_as_if_alone(fault: Callable[[Faults], Fault]) -> None:
    with Servers(2) as servers, fault(servers.cloud.faults):
        came = answering(servers, till=0)
        for server in servers.servers:
            first, *others = [ask(servers, server)["seconds"] for _ in range(4)]
            assert first <= 0.6
            assert max(others) <= 0.1
        servers.advance(60)
        assert len(came) == 8
        assert not [line for server in servers.servers for line in server.output]


def test_who_may_not_share_is_told_once_and_goes_on(servers: Servers) -> None:
    answering(servers, till=0)
    server = servers.start(place_id=0)
    assert [ask(servers, server)["kind"] for _ in range(3)] == ["ok"] * 3
    (line,) = server.output
    assert line.kind == "warn"
    assert "AudioScapeClient: `share` is off on this server, since the engine refuses it: UnpublishedPlace" in line.text
    assert "Publish the place" in line.text
    assert "UnpublishedPlace" in shares(servers, "off")[2]


def test_who_may_use_neither_service_is_told_once(servers: Servers) -> None:
    server = servers.start()
    faults = servers.cloud.faults
    for what in ("MemoryStoreService", "MessagingService"):
        faults.fail(what, "AccessDenied: Unauthorized to access game data.", seconds=0.3, on=server)
    answering(servers, till=0)
    assert [ask(servers, server)["kind"] for _ in range(2)] == ["ok"] * 2
    servers.advance(200)
    assert len(server.output) == 1


def test_who_does_not_share_asks_neither_service() -> None:
    with Servers(2, share=False) as servers:
        came = ready(servers)
        for _ in range(2):
            assert [ask(servers, server)["kind"] for server in servers.servers] == ["rate_limited"] * 2
        assert len(came) == 2
        assert (servers.units(), servers.cloud.messages.published) == (0, [])
        assert servers.on(servers.server, "return client:stats().share") == [None]


@pytest.mark.parametrize(
    ("mine", "theirs", "meet"),
    [
        ({}, {}, True),
        ({}, {"apiKey": "another-key"}, False),
        ({}, {"baseUrl": "https://staging.example"}, False),
        ({"share": {"group": "a"}}, {"share": {"group": "a"}, "apiKey": "another-key"}, True),
        ({"share": {"group": "a"}}, {"share": {"group": "b"}}, False),
    ],
)
def test_who_meets_whom(mine: dict[str, Any], theirs: dict[str, Any], *, meet: bool) -> None:
    with Servers(2) as servers:
        topics: list[set[str]] = []
        for server, options in zip(servers.servers, (mine, theirs), strict=True):
            servers.on(server, "", **options)
            servers.advance(1)
            topics.append(servers.cloud.messages.topics(server))
        assert (topics[0] == topics[1]) is meet
        assert all(topic.startswith("AudioScape/1/pause/") for topic in topics[0])
        assert "key" not in str(topics)
