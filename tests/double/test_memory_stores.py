"""MemoryStoreService: what all servers of a game share, its limits and what it costs."""

from __future__ import annotations

import math
from typing import Any, Literal

import pytest

from roblox_double import LuauError, Peer, Settings, Universe
from roblox_double.cloud.memory_stores import MemoryStores

_OPEN = """
local service = game:GetService("MemoryStoreService")
local map, ranks, queue = service:GetHashMap("Map"), service:GetSortedMap("Ranks"), service:GetQueue("Queue", 10)
"""


@pytest.fixture
def stores(universe: Universe) -> MemoryStores:
    return universe.cloud().memory_stores


@pytest.fixture
def other(universe: Universe, server: Peer) -> Peer:
    """Another server of the same game, on another place."""
    assert server in universe.peers
    return universe.server(place_id=2)


def do(peer: Peer, source: str) -> Any:
    """Run a script that uses `map`, `ranks` and `queue`; return its first value."""
    results = peer.run(_OPEN + source)
    return results[0] if results else None


def error(peer: Peer, source: str) -> str:
    """Return the text of the error that a script raises."""
    with pytest.raises(LuauError) as raised:
        do(peer, source)
    return raised.value.message


def made(**settings: Any) -> Universe:
    return Universe(settings=Settings(**settings))


# Maps


@pytest.mark.fact("memory_store.shared", "memory_store.hash_map")
def test_a_hash_map_is_the_same_on_every_server(server: Peer, other: Peer, stores: MemoryStores) -> None:
    assert do(server, "return { map:SetAsync('a', { coins = 1 }, 60), map:SetAsync('a', { coins = 2 }, 60) }") == [
        False,
        True,
    ]
    assert do(other, "local value = map:GetAsync('a') value.coins = 9 return { value, map:GetAsync('a') }") == [
        {"coins": 9},
        {"coins": 2},
    ]
    assert stores.hash_map("Map") == {"a": {"coins": 2}}
    do(other, "map:RemoveAsync('a')")
    assert do(server, "return map:GetAsync('a') == nil and map:GetAsync('b') == nil")
    assert stores.hash_map("Map") == stores.hash_map("None") == {}


@pytest.mark.fact("memory_store.shared")
def test_another_game_and_another_name_have_structures_of_their_own(universe: Universe, server: Peer) -> None:
    do(server, "map:SetAsync('a', 1, 60)")
    stranger = universe.server(game_id=2)
    assert do(stranger, "return map:GetAsync('a') == nil")
    assert do(server, "return service:GetHashMap('Other'):GetAsync('a') == nil and ranks:GetAsync('a') == nil")
    assert universe.cloud(2).memory_stores.used_units == 1


@pytest.mark.fact("memory_store.studio")
def test_studio_has_data_of_its_own(universe: Universe, server: Peer) -> None:
    studio = universe.server(studio=True)
    do(server, "map:SetAsync('a', 1, 60)")
    do(studio, "map:SetAsync('b', 2, 60)")
    cloud = universe.cloud()
    assert (cloud.memory_stores.hash_map("Map"), cloud.studio_memory_stores.hash_map("Map")) == ({"a": 1}, {"b": 2})
    assert (cloud.memory_stores.unit_limit, cloud.studio_memory_stores.unit_limit) == (1000, 1120)
    assert (cloud.memory_stores.memory_limit, cloud.studio_memory_stores.memory_limit) == (65536, 66764)


@pytest.mark.fact("memory_store.latency")
@pytest.mark.parametrize(("seconds", "took"), [(0.1, 0.1), (2.0, 2.0)])
def test_a_request_takes_a_while(seconds: float, took: float) -> None:
    with made(memory_store_seconds=seconds) as universe:
        passed = do(universe.server(), "local t = os.clock() map:GetAsync('a') return os.clock() - t")
        assert took <= passed < took + 0.02


@pytest.mark.fact("memory_store.latency")
def test_a_request_may_never_come_back() -> None:
    with made(memory_store_seconds=math.inf) as universe:
        server = universe.server()
        with pytest.raises(TimeoutError):
            do(server, "map:SetAsync('a', 1, 7200)")
        assert universe.cloud().memory_stores.hash_map("Map") == {"a": 1}


@pytest.mark.fact("memory_store.pages")
def test_items_of_a_hash_map_are_listed_in_pages(server: Peer, stores: MemoryStores) -> None:
    source = """
    for index = 1, 5 do map:SetAsync("key" .. index, index, 60) end
    local pages, seen, sizes = map:ListItemsAsync(2), {}, {}
    while true do
        local page = pages:GetCurrentPage()
        table.insert(sizes, #page)
        for _, item in page do seen[item.key] = item.value end
        if pages.IsFinished then return { sizes, seen } end
        pages:AdvanceToNextPageAsync()
    end
    """
    sizes, seen = do(server, source)
    assert sizes == [2, 2, 1]
    assert seen == {f"key{index}": index for index in range(1, 6)}
    assert stores.units[server, "ListItemsAsync"] == 1 + 2 + 2 + 1


@pytest.mark.fact("memory_store.pages")
@pytest.mark.parametrize("partitions", [1, 4])
def test_listing_costs_the_partitions_too(partitions: int) -> None:
    with made(memory_store_partitions=partitions) as universe:
        server = universe.server()
        do(server, "map:SetAsync('a', 1, 60) map:ListItemsAsync(100)")
        assert universe.cloud().memory_stores.units[server, "ListItemsAsync"] == partitions + 1


@pytest.mark.fact("memory_store.sorted_map")
def test_a_sorted_map_is_in_order_of_sort_keys(server: Peer, stores: MemoryStores) -> None:
    source = """
    for key, sortKey in { d = 10, c = 9, b = "x", a = "w", e = 9 } do ranks:SetAsync(key, key, 60, sortKey) end
    ranks:SetAsync("z", "z", 60)
    ranks:SetAsync("y", "y", 60)
    local function keys(...)
        local list = {}
        for _, item in ranks:GetRangeAsync(...) do table.insert(list, item.key) end
        return table.concat(list)
    end
    local up, down = Enum.SortDirection.Ascending, Enum.SortDirection.Descending
    local low, high = { key = "c", sortKey = 9 }, { key = "b", sortKey = "x" }
    local first = ranks:GetRangeAsync(up, 1)[1]
    return {
        keys(up, 200), keys(down, 3), keys(up, 200, low), keys(up, 200, low, high), keys(down, 2, low, high),
        keys(up, 200, "y"), first.value, first.sortKey, ranks:GetSizeAsync(),
    }
    """
    assert do(server, source) == ["cedabyz", "zyb", "edabyz", "eda", "ad", "z", "c", 9, 7]
    assert list(stores.sorted_map("Ranks").items())[:2] == [("c", ("c", 9)), ("e", ("e", 9))]
    assert do(server, "return { ranks:GetAsync('d') }") == ["d", 10]
    assert do(server, "return ranks:SetAsync('d', 1, 60)")
    do(server, "ranks:RemoveAsync('d')")
    assert do(server, "return { ranks:GetAsync('d') }") == []


@pytest.mark.fact("memory_store.sorted_map")
def test_a_sorted_map_is_updated_with_its_sort_key(server: Peer) -> None:
    source = """
    local seen = {}
    local function up(value, sortKey)
        table.insert(seen, { value or "none", sortKey or "none" })
        return (value or 0) + 1, (sortKey or 5) * 2
    end
    local first = { ranks:UpdateAsync("a", up, 60) }
    local second = { ranks:UpdateAsync("a", up, 60) }
    local third = { ranks:UpdateAsync("a", function() return nil end, 60) }
    return { first, second, third, seen, { ranks:GetAsync("a") } }
    """
    assert do(server, source) == [[1, 10], [2, 20], [], [["none", "none"], [1, 10]], [2, 20]]


# UpdateAsync


@pytest.mark.fact("memory_store.update")
def test_an_update_sees_what_another_server_wrote_meanwhile(
    universe: Universe, server: Peer, other: Peer, stores: MemoryStores
) -> None:
    source = (
        _OPEN
        + """
    local seen = {}
    local value = map:UpdateAsync("n", function(old)
        table.insert(seen, old or 0)
        return (old or 0) + 1
    end, 60)
    print(value, table.concat(seen, ","))
    """
    )
    for peer in (server, other):
        peer.spawn(source)
    universe.advance(2)
    assert [line.text for line in server.output] == ["1 0"]
    assert [line.text for line in other.output] == ["2 0,1"]
    assert stores.hash_map("Map") == {"n": 2}
    assert (stores.units[server, "UpdateAsync"], stores.units[other, "UpdateAsync"]) == (2, 3)


@pytest.mark.fact("memory_store.update")
def test_an_update_that_wants_no_change_writes_nothing(server: Peer, stores: MemoryStores) -> None:
    source = """
    map:SetAsync("a", { n = 1 }, 60)
    local result = map:UpdateAsync("a", function(value) value.n = 7 return nil end, 60)
    local changed = map:UpdateAsync("a", function(value) value.n += 1 return value end, 60)
    return { result == nil, changed.n, changed }
    """
    assert do(server, source) == [True, 2, {"n": 2}]
    assert stores.units[server, "UpdateAsync"] == 3


@pytest.mark.fact("memory_store.retries", "memory_store.retry_cost")
@pytest.mark.parametrize(("retries", "costs", "units"), [(3, True, 5), (1, True, 3), (1, False, 2)])
def test_an_update_gives_up_after_some_conflicts(retries: int, costs: bool, units: int) -> None:
    with made(memory_store_update_retries=retries, memory_store_retry_costs=costs) as universe:
        server, busy = universe.server(), universe.server()
        busy.spawn(_OPEN + "for n = 1, 100 do task.spawn(map.SetAsync, map, 'n', n, 60) task.wait(0.05) end")
        tries = (
            "local tries = 0 local ok, text = pcall(map.UpdateAsync, map, 'n', function() tries += 1 return 1 end, 9)"
        )
        assert server.run(f"{_OPEN}{tries} return ok, text, tries") == [
            False,
            "UpdateConflict: Exceeded max number of retries.",
            retries + 1,
        ]
        assert universe.cloud().memory_stores.units[server, "UpdateAsync"] == units


@pytest.mark.fact("memory_store.sorted_cost")
@pytest.mark.parametrize("cost", [1, 2, 4])
def test_what_an_update_of_a_sorted_map_costs(cost: int) -> None:
    with made(memory_store_sorted_update_cost=cost) as universe:
        server = universe.server()
        do(server, "ranks:UpdateAsync('a', function() return 1, 1 end, 60)")
        assert universe.cloud().memory_stores.units[server, "UpdateAsync"] == cost


@pytest.mark.fact("memory_store.transform")
@pytest.mark.parametrize("kind", ["map", "ranks"])
def test_an_error_in_the_function_of_an_update(server: Peer, stores: MemoryStores, kind: str) -> None:
    text = error(server, f"{kind}:UpdateAsync('a', function() error('mine') end, 60)")
    assert text == "TransformCallbackFailed: Failed to invoke transformation callback function."
    assert stores.hash_map("Map") == stores.sorted_map("Ranks") == {}


@pytest.mark.fact("memory_store.transform_yields")
@pytest.mark.parametrize("yields", ["allow", "raise"])
def test_whether_the_function_of_an_update_may_yield(yields: Literal["allow", "raise"]) -> None:
    with made(memory_store_transform_yields=yields) as universe:
        server = universe.server()
        source = "return map:UpdateAsync('a', function() task.wait(1) return 1 end, 60)"
        if yields == "allow":
            assert do(server, source) == 1
        else:
            assert error(server, source).startswith("TransformCallbackFailed")
            universe.advance(5)
            assert not server.output
        assert do(server, "return map:UpdateAsync('b', function() return 2 end, 60)") == 2
        assert error(server, "map:UpdateAsync('b', function() error('mine') end, 60)").startswith("TransformCallback")


# Queues


@pytest.mark.fact("memory_store.queue")
def test_a_queue_gives_what_came_first_or_matters_most(server: Peer, other: Peer, stores: MemoryStores) -> None:
    do(
        server,
        "queue:AddAsync('a', 60) queue:AddAsync('b', 60) queue:AddAsync('vip', 60, 5) queue:AddAsync('low', 60, -1)",
    )
    assert stores.queue("Queue") == ["vip", "a", "b", "low"]
    source = "local values, id = queue:ReadAsync(2) queue:RemoveAsync(id) return { values, queue:GetSizeAsync() }"
    assert do(other, source) == [["vip", "a"], 2]
    assert stores.queue("Queue") == ["b", "low"]
    assert stores.units[other, "ReadAsync"] == 2


@pytest.mark.fact("memory_store.queue")
def test_what_is_read_is_hidden_until_it_is_removed_or_time_is_up(server: Peer, other: Peer) -> None:
    do(server, "queue:AddAsync('a', 600)")
    assert do(server, "return (queue:ReadAsync(1))") == ["a"]
    sizes = "return { queue:GetSizeAsync(), queue:GetSizeAsync(true), #queue:ReadAsync(1, false, 0) }"
    assert do(other, sizes) == [1, 0, 0]
    assert do(other, f"task.wait(10) {sizes}") == [1, 1, 1]


@pytest.mark.fact("memory_store.queue")
def test_all_or_nothing_and_waiting(server: Peer, other: Peer, stores: MemoryStores) -> None:
    other.spawn(_OPEN + "task.wait(5) queue:AddAsync(2, 60)")
    do(server, "queue:AddAsync(1, 60)")
    assert do(server, "return #queue:ReadAsync(2, true, 0)") == 0
    assert do(server, "return { (queue:ReadAsync(2, true)), os.clock() > 5 }") == [[1, 2], True]
    assert stores.units[server, "ReadAsync"] == 1 + 3 + 2


@pytest.mark.fact("memory_store.queue")
def test_a_wait_ends(server: Peer) -> None:
    passed = do(server, "local t = os.clock() queue:ReadAsync(1, false, 6) return os.clock() - t")
    assert 6 <= passed < 7
    assert do(server, "local _, id = queue:ReadAsync(1, false, 0) return id == nil")
    with pytest.raises(TimeoutError):
        do(server, "queue:ReadAsync(1)")


@pytest.mark.fact("memory_store.empty_read")
@pytest.mark.parametrize(("empty", "expected"), [("list", "table"), ("nil", "nil")])
def test_what_an_empty_queue_gives(empty: str, expected: str) -> None:
    with made(memory_store_empty_read=empty) as universe:
        assert do(universe.server(), "return type((queue:ReadAsync(1, false, 0)))") == expected


# Counters


@pytest.mark.fact("memory_store.empty_read", "memory_store.sorted_update_missing")
@pytest.mark.parametrize(
    "source", ["queue:ReadAsync(1, false, 0)", "ranks:UpdateAsync('a', function() return 1 end, 9)"]
)
def test_what_is_not_found_may_raise(source: str) -> None:
    with made(memory_store_empty_read="raise", memory_store_sorted_update_missing="raise") as universe:
        server = universe.server()
        assert error(server, source) == "NoItemFound: Item is not found."
        do(server, "queue:AddAsync(1, 9) ranks:SetAsync('a', 1, 9) map:UpdateAsync('b', function() return 1 end, 9)")
        do(server, source)


@pytest.mark.fact("memory_store.counter")
def test_a_counter_counts_for_all_servers(server: Peer, other: Peer) -> None:
    counter = "local counter = service:GetDistributedCounter('Visits') "
    assert do(server, counter + "return { counter:GetAsync(), counter:IncrementAsync(2, 60) }") == [0, 2]
    assert do(other, counter + "return { counter:IncrementAsync(-5, 60), counter:GetAsync() }") == [-3, -3]
    assert do(other, counter + "task.wait(60) return counter:GetAsync()") == 0


@pytest.mark.fact("memory_store.counter")
def test_an_engine_without_counters() -> None:
    with made(memory_store_counters=False) as universe:
        assert "GetDistributedCounter" in error(universe.server(), "service:GetDistributedCounter('Visits')")


# How long things last


@pytest.mark.fact("memory_store.expiry")
@pytest.mark.parametrize(
    ("delay", "gone"),
    [(0.0, [False, True]), (5.0, [False, False])],
)
def test_items_expire(delay: float, gone: list[bool]) -> None:
    with made(memory_store_expiry_delay=delay) as universe:
        server = universe.server()
        do(server, "map:SetAsync('a', 1, 10)")
        universe.advance(9)
        seen = [do(server, "return map:GetAsync('a') == nil")]
        universe.advance(1)
        assert [*seen, do(server, "return map:GetAsync('a') == nil")] == gone
        universe.advance(10)
        assert universe.cloud().memory_stores.hash_map("Map") == {}
        assert universe.cloud().memory_stores.used_memory == 0


@pytest.mark.fact("memory_store.expiry")
def test_every_write_sets_the_expiry_anew_and_none_at_all_deletes(server: Peer, stores: MemoryStores) -> None:
    source = """
    map:SetAsync("a", 1, 10)
    task.wait(8)
    map:UpdateAsync("a", function(old) return old end, 10)
    task.wait(8)
    local before = map:GetAsync("a")
    map:SetAsync("a", 1, 0)
    return { before, map:GetAsync("a") == nil }
    """
    assert do(server, source) == [1, True]
    assert stores.used_memory == 0


@pytest.mark.fact("memory_store.refused")
@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("map:SetAsync('a', 1)", "Argument 3 missing or nil"),
        (
            "map:SetAsync('a', 1, -1)",
            "InvalidExpirationTime: The field 'expiration' time must be between 0 and 3,888,000.",
        ),
        ("map:SetAsync('a', 1, 3888001)", "InvalidExpirationTime: .*"),
        ("map:SetAsync('a', 1, 0/0)", "InvalidExpirationTime: .*"),
        ("map:SetAsync('a', nil, 1)", "Argument 2 missing or nil"),
        ("map:SetAsync('a', 0/0, 1)", "InvalidRequest: unable to convert value to json"),
        ("map:SetAsync('a', '\\xff', 1)", "InvalidRequest: unable to convert value to json"),
        (
            "map:SetAsync('a', string.rep('x', 32767), 1)",
            r"ItemValueSizeTooLarge: Value size exceeds limit \(32 KB\)\.",
        ),
        ("map:GetAsync(string.rep('k', 129))", "InvalidRequest: the key is not valid"),
        ("map:GetAsync(' ')", "InvalidRequest: the key is not valid"),
        ("map:GetAsync('a\\n')", "InvalidRequest: the key is not valid"),
        ("service:GetHashMap('')", "InvalidRequest: the name is not valid"),
        ("map:ListItemsAsync(0)", "InvalidRequest: the field count must be between 1 and 200"),
        ("ranks:GetRangeAsync(Enum.SortDirection.Ascending, 201)", "InvalidRequest: the field count .* 1 and 200"),
        ("ranks:GetRangeAsync(1, 1, 5)", "InvalidRequest: the bound is not valid"),
        ("ranks:GetRangeAsync('up', 1)", 'Invalid value "up" for enum SortDirection'),
        ("queue:ReadAsync(101)", "InvalidRequest: the field count must be between 1 and 100"),
        ("ranks:SetAsync('a', 1, 1, {})", "InvalidRequest: the sort key must be a number or a string"),
        ("ranks:SetAsync('a', 1, 1, 0/0)", "InvalidRequest: the sort key is not a number"),
        ("ranks:SetAsync('a', 1, 1, string.rep('s', 129))", "InvalidRequest: the sort key is not valid"),
        ("map:UpdateAsync('a', function() return print end, 'x')", "Unable to cast string to double"),
    ],
)
def test_what_is_refused(server: Peer, source: str, text: str) -> None:
    with pytest.raises(LuauError, match=f"(?m)^{text}$"):
        do(server, source)


@pytest.mark.fact("memory_store.refused")
def test_the_largest_that_is_taken(server: Peer, stores: MemoryStores) -> None:
    do(server, "map:SetAsync(string.rep('k', 128), string.rep('x', 32766), 3888000)")
    assert stores.used_memory == 128 + 32768
    do(
        server,
        "for _, n in { 1, 200 } do map:ListItemsAsync(n) ranks:GetRangeAsync(0, n) end queue:ReadAsync(100, false, 0)",
    )
    do(server, "ranks:SetAsync('a', 1, 1, string.rep('s', 128))")


@pytest.mark.fact("memory_store.place")
def test_an_unpublished_place_and_a_client_may_not_use_it(universe: Universe) -> None:
    text = "UnpublishedPlace: You must publish this place to use MemoryStoreService."
    assert error(universe.server(place_id=0), "map:GetAsync('a')") == text
    client = universe.client()
    with pytest.raises(LuauError, match=r"(?m)^InvalidClientAccess: MemoryStoreService must be called from server\.$"):
        client.run(_OPEN + "map:GetAsync('a')", parent="ReplicatedStorage")


@pytest.mark.fact("memory_store.studio_access")
@pytest.mark.parametrize("access", ["granted", "denied"])
def test_studio_may_need_access(access: str) -> None:
    with made(memory_store_studio_access=access) as universe:
        source = "return pcall(map.SetAsync, map, 'a', 1, 60)"
        assert do(universe.server(), source) is True
        assert do(universe.server(studio=True), source) is (access == "granted")
        assert universe.cloud().studio_memory_stores.used_units == (access == "granted")


@pytest.mark.fact("memory_store.flush")
def test_a_test_writes_and_wipes_like_anybody_else(server: Peer, stores: MemoryStores) -> None:
    do(server, "map:SetAsync('a', 1, 60)")
    stores.put("Map", "a", {"by": "hand"}, seconds=5)
    stores.put("Ranks", "b", 2, ordered=True, sort_key=7)
    source = "local value, rank = ranks:GetAsync('b') return { (map:GetAsync('a') or {}).by or 'nobody', value, rank }"
    assert do(server, source) == ["hand", 2, 7]
    server.run("task.wait(5)")
    assert do(server, source) == ["nobody", 2, 7]
    assert stores.structures == [("SortedMap", "Ranks")]
    stores.flush()
    assert (do(server, source), stores.used_memory, stores.structures) == (["nobody"], 0, [])


# Limits


@pytest.mark.fact("memory_store.requests")
def test_the_requests_of_all_servers_count_together(universe: Universe, server: Peer, other: Peer) -> None:
    stores = universe.cloud().memory_stores
    universe.client("Ann")
    assert stores.unit_limit == 1120
    many = "for _ = 1, %d do task.spawn(map.GetAsync, map, 'a') end"
    do(server, many % 1119)
    assert do(other, "return pcall(map.GetAsync, map, 'a')")
    assert stores.used_units == 1120
    assert error(other, "map:GetAsync('a')") == "TotalRequestsOverLimit: Exceeds universe-level request unit limit."
    universe.advance(61)
    assert do(other, "return pcall(map.GetAsync, map, 'a')")


@pytest.mark.fact("memory_store.window")
@pytest.mark.parametrize(("window", "goes"), [("sliding", False), ("fixed", True)])
def test_which_minute_counts(window: Literal["sliding", "fixed"], goes: bool) -> None:
    with made(memory_store_window=window) as universe:
        server = universe.server()
        universe.advance(50)
        do(server, "for _ = 1, 1000 do task.spawn(map.GetAsync, map, 'a') end")
        universe.advance(12)
        assert do(server, "return (pcall(map.GetAsync, map, 'a'))") is goes


@pytest.mark.fact("memory_store.throttled")
@pytest.mark.parametrize("seconds", [0.0, 20.0])
def test_after_a_refusal_the_server_itself_refuses_for_a_while(seconds: float) -> None:
    with made(memory_store_throttle_seconds=seconds) as universe:
        server, other = universe.server(), universe.server()
        do(server, "for _ = 1, 1000 do task.spawn(map.GetAsync, map, 'a') end")
        assert error(server, "map:GetAsync('a')").startswith("TotalRequestsOverLimit")
        expected = "RequestThrottled: Recent requests hit one or more limits." if seconds else "TotalRequestsOverLimit"
        assert error(server, "map:GetAsync('b')").startswith(expected)
        assert error(other, "map:GetAsync('b')").startswith("TotalRequestsOverLimit")
        universe.advance(75)
        assert do(server, "return (pcall(map.GetAsync, map, 'a'))")


@pytest.mark.fact("memory_store.throttle_prolonged")
@pytest.mark.parametrize("prolongs", [False, True])
def test_whether_asking_on_prolongs_the_refusal(prolongs: bool) -> None:
    with made(memory_store_throttle_seconds=20, memory_store_throttle_prolongs=prolongs) as universe:
        server = universe.server()
        do(server, "for _ = 1, 1000 do task.spawn(map.GetAsync, map, 'a') end")
        error(server, "map:GetAsync('a')")
        universe.advance(45)
        error(server, "map:GetAsync('a')")
        universe.advance(10)
        assert error(server, "map:GetAsync('a')").startswith("RequestThrottled")
        universe.advance(11)
        assert do(server, "return (pcall(map.GetAsync, map, 'a'))") is not prolongs


@pytest.mark.fact("memory_store.refused_cost")
@pytest.mark.parametrize(("costs", "units"), [(False, 1000), (True, 1001)])
def test_whether_refused_requests_count(costs: bool, units: int) -> None:
    with made(memory_store_refused_costs=costs) as universe:
        server = universe.server()
        do(server, "for _ = 1, 1000 do task.spawn(map.GetAsync, map, 'a') end")
        error(server, "map:GetAsync('a')")
        assert universe.cloud().memory_stores.used_units == units


@pytest.mark.fact("memory_store.costs")
@pytest.mark.parametrize(
    ("source", "units"),
    [
        ("map:GetAsync('a')", 1),
        ("map:SetAsync('a', 1, 60)", 1),
        ("map:RemoveAsync('a')", 1),
        ("map:UpdateAsync('a', function() return 1 end, 60)", 2),
        ("ranks:SetAsync('a', 1, 60)", 1),
        ("ranks:GetRangeAsync(Enum.SortDirection.Ascending, 200)", 1),
        ("for _, k in {'a', 'b', 'c'} do ranks:SetAsync(k, 1, 60) end ranks:GetRangeAsync(0, 200)", 6),
        ("queue:AddAsync(1, 60)", 1),
        ("queue:RemoveAsync('id')", 1),
        ("service:GetDistributedCounter('a'):GetAsync()", 1),
    ],
)
def test_what_calls_cost(server: Peer, stores: MemoryStores, source: str, units: int) -> None:
    do(server, source)
    assert stores.used_units == units == sum(stores.units.values())


@pytest.mark.fact("memory_store.size_cost")
@pytest.mark.parametrize("cost", [1, 3])
def test_what_the_size_costs(cost: int) -> None:
    with made(memory_store_size_cost=cost) as universe:
        do(universe.server(), "ranks:GetSizeAsync() queue:GetSizeAsync()")
        assert universe.cloud().memory_stores.used_units == 2 * cost


@pytest.mark.fact("memory_store.partition")
@pytest.mark.parametrize(("limit", "refused"), [(3, True), (50_000, False)])
@pytest.mark.parametrize("call", ["map:GetAsync('hot')", "ranks:GetSizeAsync()", "queue:GetSizeAsync()"])
def test_one_key_or_structure_has_a_limit(limit: float, refused: bool, call: str) -> None:
    with made(memory_store_partition_limit=limit) as universe:
        server = universe.server()
        do(server, f"for _ = 1, 3 do {call} end map:GetAsync('cold')")
        if refused:
            assert error(server, call) == "PartitionRequestsOverLimit: Exceeds partition request unit limit."
        else:
            do(server, call)


@pytest.mark.fact("memory_store.structure_requests")
@pytest.mark.parametrize(("limit", "refused"), [(3, True), (100_000, False)])
def test_a_sorted_map_or_queue_has_a_limit_of_requests(limit: float, refused: bool) -> None:
    with made(memory_store_structure_limit=limit) as universe:
        server = universe.server()
        do(server, "for _ = 1, 3 do ranks:GetSizeAsync() end for _ = 1, 5 do map:GetAsync('a') end")
        if refused:
            assert error(server, "ranks:GetSizeAsync()").startswith("DataStructureRequestsOverLimit")
        else:
            do(server, "ranks:GetSizeAsync()")


@pytest.mark.fact("memory_store.structure_items", "memory_store.structure_bytes")
def test_a_sorted_map_or_queue_has_a_limit_of_items_and_bytes() -> None:
    with made(memory_store_item_limit=2, memory_store_structure_bytes=40) as universe:
        server = universe.server()
        do(server, "for _, k in {'a', 'b'} do ranks:SetAsync(k, 1, 60) ranks:SetAsync(k, 2, 60) end")
        assert error(server, "ranks:SetAsync('c', 1, 60)").startswith("DataStructureItemsOverLimit")
        assert error(server, "ranks:SetAsync('a', string.rep('x', 50), 60)").startswith("DataStructureMemoryOverLimit")
        do(server, "for _, k in {'a', 'b', 'c'} do map:SetAsync(k, string.rep('x', 50), 60) end")


@pytest.mark.fact("memory_store.memory")
def test_memory_is_limited_for_the_whole_game(server: Peer, other: Peer, stores: MemoryStores) -> None:
    fill = "for n = 1, %d do map:SetAsync('key' .. n, string.rep('x', 30000), %d) end"
    do(server, fill % (2, 60))
    text = error(other, "map:SetAsync('key3', string.rep('x', 30000), 60)")
    assert text == "TotalMemoryOverLimit: Exceeds universe-level memory quota."
    do(
        other,
        "map:SetAsync('key2', 'small', 60) map:SetAsync('key3', string.rep('x', 20000), 60) map:RemoveAsync('key1')",
    )
    assert stores.used_memory == 7 + 4 + 20002 + 4


@pytest.mark.fact("memory_store.overhead")
@pytest.mark.parametrize(("overhead", "used"), [(0, 4), (100, 104)])
def test_what_an_item_takes(overhead: int, used: int) -> None:
    with made(memory_store_overhead=overhead) as universe:
        do(universe.server(), "map:SetAsync('a', 'b', 60)")
        assert universe.cloud().memory_stores.used_memory == used


@pytest.mark.fact("memory_store.memory")
def test_the_memory_of_players_who_left_stays_for_eight_days(universe: Universe, server: Peer) -> None:
    stores = universe.cloud().memory_stores
    universe.advance(10)
    clients = [universe.client(f"Player{number}") for number in range(3)]
    assert stores.memory_limit == 65536 + int(3 * 1.2 * 1024)
    for client in clients[1:]:
        universe.leave(client)
    assert stores.memory_limit == 65536 + int(3 * 1.2 * 1024)
    universe.advance(8 * 24 * 3600 - 1)
    assert stores.memory_limit == 65536 + int(3 * 1.2 * 1024)
    universe.advance(2)
    assert stores.memory_limit == 65536 + int(1.2 * 1024)
    assert server.is_open


# Errors and faults


@pytest.mark.fact("memory_store.errors")
@pytest.mark.parametrize(
    ("name", "old"),
    [
        ("InternalError", "Code: 18, Error: internal server error"),
        ("TotalRequestsOverLimit", "Code: 6, Error: the rate of requests exceeds the allowed limit"),
        ("RequestThrottled", "Code: 6, Error: the rate of requests exceeds the allowed limit"),
        ("DataUpdateConflict", "Request Failed"),
        ("AccessDenied", "Code: 1, Error: there is a problem with the request"),
    ],
)
@pytest.mark.parametrize("errors", ["names", "codes"])
def test_both_generations_of_texts(errors: Literal["names", "codes"], name: str, old: str) -> None:
    with made(memory_store_errors=errors) as universe:
        server = universe.server()
        universe.cloud().faults.fail("MemoryStoreService", name)
        text = error(server, "map:GetAsync('a')")
        assert text.startswith(f"{name}: ") if errors == "names" else text == old


@pytest.mark.fact("memory_store.errors")
def test_the_older_texts_have_numbers() -> None:
    with made(memory_store_errors="codes") as universe:
        server = universe.server()
        assert error(server, "map:ListItemsAsync(0)") == "Code: 2, Error: the field count must be between 1 and 200"
        text = error(server, "for n = 1, 3 do map:SetAsync('key' .. n, string.rep('x', 30000), 60) end")
        assert text == "Code: 5, Error: memory usage of 90018 bytes would exceed the quota of 65536 bytes"


@pytest.fixture
def faulty(universe: Universe) -> Universe:
    """A game on two servers."""
    for _ in range(2):
        universe.server()
    return universe


def test_a_method_fails_as_often_as_a_test_says(faulty: Universe) -> None:
    server = faulty.peers[0]
    fault = faulty.cloud().faults.fail("MemoryStoreService.SetAsync", "mine", times=2)
    source = "return { pcall(map.SetAsync, map, 'a', 1, 60) }"
    assert [do(server, source)[0] for _ in range(3)] == [False, False, True]
    assert fault.met == 2
    assert error_of(faulty, times=1) == "InternalError: Internal error."


def error_of(universe: Universe, **fault: Any) -> str:
    universe.cloud().faults.fail("MemoryStoreService", **fault)
    return error(universe.peers[0], "map:GetAsync('a')")


def test_a_fault_meets_one_server_or_some_calls(faulty: Universe) -> None:
    first, second = faulty.peers
    faults = faulty.cloud().faults
    get = "return (pcall(map.GetAsync, map, 'a'))"
    with faults.fail("MemoryStoreService", on=second):
        assert (do(first, get), do(second, get)) == (True, False)
    assert do(second, get)
    with faults.fail("MemoryStoreService", when=lambda call: "b" in call.arguments):
        assert (do(first, get), do(first, get.replace("'a'", "'b'"))) == (True, False)


def test_what_failed_may_have_been_done_all_the_same(faulty: Universe) -> None:
    server, stores = faulty.peers[0], faulty.cloud().memory_stores
    faulty.cloud().faults.fail("MemoryStoreService.SetAsync", times=1)
    error(server, "map:SetAsync('a', 1, 60)")
    assert stores.hash_map("Map") == {}
    faulty.cloud().faults.fail("MemoryStoreService.SetAsync", done=True, times=1)
    error(server, "map:SetAsync('a', 1, 60)")
    assert stores.hash_map("Map") == {"a": 1}


def test_answers_come_late_or_never(faulty: Universe) -> None:
    server, faults = faulty.peers[0], faulty.cloud().faults
    took = "local t = os.clock() pcall(map.GetAsync, map, 'a') return os.clock() - t"
    with faults.delay("MemoryStoreService", 5):
        assert 5 < do(server, took) < 6
    with faults.fail("MemoryStoreService", seconds=5):
        assert 5 < do(server, took) < 6
    with faults.hang("MemoryStoreService.GetAsync"), pytest.raises(TimeoutError):
        do(server, took)
    assert do(server, took) < 1


def test_a_fault_of_nothing_is_a_mistake(faulty: Universe) -> None:
    faults = faulty.cloud().faults
    with pytest.raises(
        ValueError, match="there is no service 'MemoryStore' to fail; there are BadgeService, DataStoreService, Mar"
    ):
        faults.fail("MemoryStore")
    with pytest.raises(ValueError, match="MemoryStoreService has no 'Get' that can fail; it has AddAsync, GetAsync"):
        faults.hang("MemoryStoreService.Get")
