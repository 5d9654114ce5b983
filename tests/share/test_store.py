"""What all that is shared goes through: it helps if it can, and never stands in the way."""

from __future__ import annotations

import math
from typing import Any

import pytest

from roblox_double import Settings
from support.shared import Servers

GET = "return store:get('map', 'key'), seconds()"


def test_what_one_server_writes_another_reads(servers: Servers) -> None:
    one, two = servers.servers
    assert servers.stored(one, "return store:set('map', 'key', { a = 1 }, 60), store:get('map', 'none')") == [
        True,
        None,
    ]
    assert servers.stored(two, GET) == [{"a": 1}, 0.1]
    servers.advance(60)
    assert servers.stored(two, GET)[0] is None
    assert list(servers.cloud.memory_stores.hash_map("AudioScape/1/map/group")) == []


def test_servers_are_counted(servers: Servers) -> None:
    one, two = servers.servers
    assert servers.stored(one, "return store:size('all'), store:rank('all', 'one', 1, 60), store:size('all')") == [
        0,
        True,
        1,
    ]
    assert servers.stored(two, "return store:rank('all', 'two', 1, 60), store:size('all'), store:counts()") == [
        *(True, 2),
        *(2, 0, 0),
    ]


def test_what_one_server_tells_all_that_listen_hear(servers: Servers) -> None:
    heard = "return shared.heard and shared.heard.n"
    for server in servers.servers:
        servers.stored(server, "store:listen('news', function(data) shared.heard = data error('oh') end)")
    servers.advance(1)
    assert servers.stored(servers.server, "store:publish('news', { n = 1 }) return seconds()") == [0]
    servers.advance(2)
    assert [servers.stored(server, heard) for server in servers.servers] == [[1], [1]]
    assert servers.stored(servers.server, "return store:counts()") == [0, 2, 0]


REFUSALS = {
    "unpublished": ("MemoryStoreService.GetAsync", "UnpublishedPlace: You must publish this place", True),
    "unpublished, older": ("MemoryStoreService.GetAsync", "You must publish this place to use it", True),
    "denied": ("MemoryStoreService.GetAsync", "AccessDenied: Unauthorized to access game data.", True),
    "a sandbox": (
        "MemoryStoreService.GetAsync",
        "The current thread cannot do it (lacking capability DataStore)",
        True,
    ),
    "a client": ("MemoryStoreService.GetAsync", "InvalidClientAccess: must be called from server.", True),
    "unknown": ("MemoryStoreService.GetAsync", "Request Failed", False),
}


@pytest.mark.parametrize(("what", "said", "is_off"), REFUSALS.values(), ids=REFUSALS)
def test_who_is_refused_never_asks_again_and_says_so_once(servers: Servers, what: str, said: str, is_off: bool) -> None:
    fault = servers.cloud.faults.fail(what, said)
    for _ in range(3):
        assert servers.stored(servers.server, GET)[0] is None
        servers.advance(100)
    told, refusal = servers.stored(servers.server, "return told, store.refusal")
    assert (fault.met, told, refusal) == ((1, [said], said) if is_off else (3, [], None))


def test_an_unpublished_place(servers: Servers) -> None:
    server = servers.start(place_id=0)
    assert servers.stored(server, "return store:get('map', 'key'), #told") == [None, 1]
    assert servers.stored(server, "store:publish('news', 1) return store:set('map', 'key', 1, 60), #told") == [False, 1]
    count = "local is = {} store:countUp('map', 'key', 1, 60, function(...) is = { ... } end) return is[1], #told"
    assert servers.stored(server, count) == [False, 1]
    assert servers.units(server) == 0


RESTS = {
    "names": ("TotalRequestsOverLimit: Exceeds the limit.", [60, 120, 240, 480, 600, 600]),
    "this server": ("RequestThrottled: Recent requests hit one or more limits.", [60, 120, 240]),
    "a partition": ("PartitionRequestsOverLimit: Exceeds it.", [60, 120]),
    "codes": ("Code: 6, Error: the rate of requests exceeds the allowed limit", [60, 120]),
    "unknown": ("InternalError: Internal error.", [60, 60, 60]),
    "one question": ("ItemValueSizeTooLarge: Value size exceeds limit (32 KB).", [0, 0]),
    "one question, older": ("Code: 4, Error: value is too long", [0, 0]),
    "a conflict": ("DataUpdateConflict: Conflict due to concurrent update.", [0, 0]),
}


@pytest.mark.parametrize(("said", "rests"), RESTS.values(), ids=RESTS)
def test_what_does_not_want_to_be_asked_is_left_alone(servers: Servers, said: str, rests: list[float]) -> None:
    fault = servers.cloud.faults.fail("MemoryStoreService.GetAsync", said)
    for number, rest in enumerate(rests, start=1):
        servers.stored(servers.server, GET)
        assert fault.met == number
        if rest:
            servers.advance(rest * 0.8 - 1)
            servers.stored(servers.server, GET)
            assert fault.met == number
            servers.advance(rest * 0.4 + 1)
    fault.end()
    servers.stored(servers.server, GET)
    with servers.cloud.faults.fail("MemoryStoreService.GetAsync", said) as again:
        servers.stored(servers.server, GET)
        servers.advance(75)
        servers.stored(servers.server, GET)
    assert again.met == 2


@pytest.mark.parametrize(
    "said",
    ["TotalMemoryOverLimit: Exceeds the quota.", "Code: 5, Error: memory usage of 9 bytes would exceed the quota"],
)
def test_when_the_memory_is_full_what_is_tiny_is_still_written(servers: Servers, said: str) -> None:
    write = "return store:set('map', 'key', 1, 60), store:isFull()"
    with servers.cloud.faults.fail("MemoryStoreService.SetAsync", said):
        assert servers.stored(servers.server, write) == [False, True]
    assert servers.stored(servers.server, "return select(3, store:counts())") == [1]
    assert servers.stored(servers.server, write) == [True, True]
    servers.advance(599)
    assert servers.stored(servers.server, "return store:isFull()") == [True]
    servers.advance(1)
    assert servers.stored(servers.server, "return store:isFull()") == [False]


def test_nobody_waits_longer_than_half_a_second_and_threads_do_not_pile_up(servers: Servers) -> None:
    many = """
    local done, longest = 0, 0
    for _ = 1, 20 do
        task.spawn(function()
            store:get('map', 'key')
            done, longest = done + 1, math.max(longest, seconds())
        end)
    end
    task.wait(1)
    return done, longest, (store:counts())
    """
    with servers.cloud.faults.hang("MemoryStoreService.GetAsync"):
        assert servers.stored(servers.server, many) == [20, 0.5, 8]
        servers.advance(75)
        # Whatever never came back still counts.
        assert servers.stored(servers.server, many) == [20, 0, 8]
        servers.advance(600)
        assert servers.stored(servers.server, many) == [20, 0.5, 16]


@pytest.mark.parametrize("late", [3, 700])
def test_a_late_answer_is_dropped(servers: Servers, late: float) -> None:
    servers.stored(servers.server, "store:set('map', 'key', 1, 6000)")
    with servers.cloud.faults.delay("MemoryStoreService.GetAsync", late):
        assert servers.stored(servers.server, GET) == [None, 0.5]
        assert servers.stored(servers.server, "return select(3, store:counts())") == [1]
    # What takes minutes is counted as lost before it comes.
    servers.advance(max(80, late - 50))
    assert servers.stored(servers.server, GET) == [1, 0.1]
    servers.advance(100)
    assert servers.stored(servers.server, GET) == [1, 0.1]


def test_on_a_full_stack_the_store_is_not_asked(servers: Servers) -> None:
    deep = """
    local asked = {}
    local function f()
        local ok = pcall(f)
        if not ok then table.insert(asked, tostring(store:get('map', 'key'))) error('no') end
    end
    pcall(f)
    return store:get('map', 'key'), #asked > 0
    """
    servers.stored(servers.server, "store:set('map', 'key', 1, 6000)")
    assert servers.stored(servers.server, deep) == [1, True]


def test_who_cannot_listen_tries_again(servers: Servers) -> None:
    with servers.cloud.faults.fail("MessagingService.SubscribeAsync", "SubscribeAsync: too many requests"):
        servers.stored(servers.server, "store:listen('news', function(data) shared.heard = data end)")
        servers.advance(10)
    servers.advance(75)
    servers.cloud.messages.publish("AudioScape/1/news/group", 5)
    servers.advance(2)
    assert servers.stored(servers.server, "return shared.heard") == [5]


def test_who_is_refused_stops_trying_to_listen(servers: Servers) -> None:
    with servers.cloud.faults.fail("MessagingService.SubscribeAsync", "SubscribeAsync: too many requests") as fault:
        servers.stored(servers.server, "store:listen('news', print)")
        servers.cloud.faults.fail("MemoryStoreService.GetAsync", "AccessDenied: Unauthorized to access game data.")
        servers.stored(servers.server, GET)
        servers.advance(600)
    assert fault.met == 1


def test_who_is_told_too_much_still_reads(servers: Servers) -> None:
    with servers.cloud.faults.fail("MessagingService.PublishAsync", "PublishAsync: too many messages") as fault:
        servers.stored(servers.server, "for _ = 1, 3 do store:publish('news', 1) task.wait(1) end")
        assert servers.stored(servers.server, "return store:set('map', 'key', 1, 60)") == [True]
    assert fault.met == 1


def test_older_texts_of_the_engine_are_understood() -> None:
    with Servers(1, settings=Settings(memory_store_errors="codes", memory_store_partition_limit=3)) as servers:
        read = "for _ = 1, 9 do store:get('map', 'key') end return (store:counts())"
        assert servers.stored(servers.server, read) == [4]


@pytest.mark.parametrize("seconds", [0.2, 0.3, 0.45, 0.6, math.inf])
@pytest.mark.parametrize("share", [True, {"perMinute": 1000}, {"perMinute": 1000, "memory": 0.5}])
def test_a_call_waits_half_a_second_for_all_of_it_together(seconds: float, share: Any) -> None:
    with Servers(1, settings=Settings(memory_store_seconds=seconds), share=share) as servers:
        servers.router.route().respond(json={"tracks": [{"asset_id": "1"}], "meta": {"total": 1}})
        servers.on(servers.server, "client:serve({ operations = { 'similar' }, anyId = true })")
        call = servers.universe.guest().invoke("ReplicatedStorage.AudioScapeCalls", "similar", {"asset_id": "1"})
        servers.advance(3)
        assert "'ok': True" in str(call.values)
        there_and_back = 2 * servers.universe.settings.network_latency
        assert (call.answered or math.inf) - call.sent < 0.65 + there_and_back
