"""Data stores: what a game saves, for all of its servers, and how much of it at a time."""

from __future__ import annotations

import pytest

from roblox_double import LuauError, Peer, Settings, Universe

_STORE = """
local service = game:GetService("DataStoreService")
local store = service:GetDataStore("Coins")
"""


@pytest.mark.fact("datastore.values")
def test_values_are_kept_as_copies(server: Peer) -> None:
    source = """
    local value = { coins = 1, items = { "hat" } }
    store:SetAsync("ann", value)
    value.coins = 2
    local first = store:GetAsync("ann")
    local read = time()
    first.coins = 3
    local nothing, info = store:GetAsync("ben")
    local asked = time() - read
    local again = service:GetDataStore("Coins"):GetAsync("ann")
    return store:GetAsync("ann"), nothing, info, read >= 0.1, asked >= 0.1, again
    """
    assert server.run(_STORE + source) == [
        {"coins": 1, "items": ["hat"]},
        None,
        None,
        True,
        True,
        {"coins": 1, "items": ["hat"]},
    ]


@pytest.mark.fact("datastore.values")
def test_values_are_changed_and_removed(server: Peer) -> None:
    source = """
    local seen = {}
    local function add(old) table.insert(seen, old or "none") return (old or 0) + 5 end
    local updated = { store:UpdateAsync("ann", add), (store:UpdateAsync("ann", add)) }
    local cancelled = store:UpdateAsync("ann", function() return nil end)
    local more, one = store:IncrementAsync("ann", 7), store:IncrementAsync("new")
    local removed = store:RemoveAsync("ann")
    return { updated[1], updated[#updated] }, seen, cancelled, more, one, removed, (store:GetAsync("ann")),
        (store:RemoveAsync("ann"))
    """
    assert server.run(_STORE + source) == [[5, 10], ["none", 5], None, 17, 1, 17, None, None]


@pytest.mark.fact("datastore.scope")
def test_stores_are_told_apart_by_name_scope_and_kind(server: Peer) -> None:
    source = """
    store:SetAsync("key", 1)
    service:GetDataStore("Coins", "other"):SetAsync("key", 2)
    service:GetOrderedDataStore("Coins"):SetAsync("key", 3)
    service:GetGlobalDataStore():SetAsync("key", 4)
    local options = Instance.new("DataStoreOptions")
    options:SetExperimentalFeatures({ v2 = true })
    return (store:GetAsync("key")), (service:GetDataStore("Coins", "global", options):GetAsync("key")),
        service:GetDataStore("Coins") == store, store.Name, (service:GetGlobalDataStore():GetAsync("key")),
        service:GetRequestBudgetForRequestType(Enum.DataStoreRequestType.GetAsync) > 0
    """
    assert server.run(_STORE + source) == [1, 1, True, "Coins", 4, True]


@pytest.mark.fact("datastore.info")
def test_what_is_read_comes_with_its_history(server: Peer) -> None:
    source = """
    local options = Instance.new("DataStoreSetOptions")
    options:SetMetadata({ from = "shop" })
    local version = store:SetAsync("ann", 1, { 12 }, options)
    local _, first = store:GetAsync("ann")
    local before = { first.Version, first:GetUserIds(), first:GetMetadata().from, options:GetMetadata().from }
    task.wait(10)
    local _, info = store:UpdateAsync("ann", function(value, old)
        return value + 1, old:GetUserIds(), old:GetMetadata()
    end)
    store:SetAsync("ann", 5)
    local _, last = store:GetAsync("ann")
    return version, before, info.Version, info:GetUserIds(), info.UpdatedTime - info.CreatedTime > 9999,
        last.Version, #last:GetUserIds(), next(last:GetMetadata()), first.Version
    """
    assert server.run(_STORE + source) == ["1", ["1", [12], "shop", "shop"], "2", [12], True, "3", 0, None, "1"]


@pytest.mark.fact("datastore.refused", "datastore.texts")
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("store:GetAsync('')", "101: Key name can't be empty."),
        ("store:GetAsync(string.rep('k', 51))", "102: Key name exceeds the 50 character limit."),
        ("store:SetAsync('k', workspace)", "104: Cannot store Instance in data store."),
        ("store:SetAsync('k', { Vector3.one })", "104: Cannot store Vector3 in data store."),
        ("store:SetAsync('k', function() end)", "104: Cannot store function in data store."),
        ("store:SetAsync('k', '\\255')", "104: Cannot store invalid UTF-8 in data store."),
        ("store:SetAsync('k', 0 / 0)", "104: Cannot store NaN or infinity in data store."),
        (
            "local t = {} t.t = t store:SetAsync('k', t)",
            "104: Cannot store a table that contains itself in data store.",
        ),
        ("store:SetAsync('k', { 1, a = 2 })", "104: Cannot store a table with both numbers and strings for keys"),
        ("store:SetAsync('k', { [workspace] = 2 })", "104: Cannot store a table with keys of the type Instance"),
        ("store:UpdateAsync('k', function() return print end)", "104: Cannot store function in data store."),
        ("store:SetAsync('k', string.rep('x', 4194304))", "105: Serialized value exceeds 4MB limit."),
        ("store:SetAsync('k')", "Argument 2 missing or nil"),
        ("store:SetAsync('k', 'text') store:IncrementAsync('k')", "103: the value of the key is no number."),
        ("service:GetDataStore('')", "DataStore name can't be empty string"),
        ("service:GetDataStore(string.rep('n', 51))", "DataStore name is limited to 50 characters"),
        ("service:GetOrderedDataStore('o'):SetAsync('k', 1.5)", "103: number is not allowed in data stores."),
        ("service:GetOrderedDataStore('o'):SetAsync('k', 'x')", "103: string is not allowed in data stores."),
        (
            "service:GetOrderedDataStore('o'):GetSortedAsync(true, 101)",
            "106: PageSize must be within a predefined range.",
        ),
        ("service:GetOrderedDataStore('o'):GetSortedAsync(true, 0)", "106: PageSize must be within"),
        ("service:GetOrderedDataStore('o'):GetSortedAsync(true, 1, 1.5)", "106: MinValue must be an integer."),
        ("service:GetOrderedDataStore('o'):GetSortedAsync(true, 1, 1, 'x')", "106: MaxValue must be an integer."),
        (
            "service:GetOrderedDataStore('o'):GetSortedAsync(true, 1, 2, 1)",
            "107: MaxValue must be greater than or equal to MinValue.",
        ),
        ("service:GetOrderedDataStore('o'):IncrementAsync('k', 0.5)", "103: number is not allowed in data stores."),
        ("service:GetDataStore('n', string.rep('s', 51))", "DataStore scope is limited to 50 characters"),
        (
            "store:GetVersionAtTimeAsync('k', 0)",
            "Timestamp must be positive and not more than ten minutes in the future.",
        ),
        ("store:GetVersionAtTimeAsync('k', 9e15)", "Timestamp must be positive and not more than ten minutes"),
        ("store:ListKeysAsync('', 0, 'x')", "the cursor is not valid"),
        ("store:ListVersionsAsync('k', 'up')", 'Invalid value "up" for enum SortDirection'),
        ("store:OnUpdate('k', print)", "not modelled: GlobalDataStore.OnUpdate"),
        ("store:UpdateAsync('k', function() task.wait() return 1 end)", "attempt to yield across metamethod/C-call"),
        ("service:SetRateLimitForRequestType('UpdateAsync', 1, 1)", "The rate limit of UpdateAsync cannot be set"),
        ("service:SetRateLimitForRequestType('StandardRead', 10001, 1)", "Argument 2 must be between 0 and 10000"),
        ("service:SetRateLimitForRequestType('GetAsync', 60, 41)", "Argument 3 must be between 0 and 40"),
        ("service:GetRequestBudgetForRequestType('x')", 'Invalid value "x" for enum DataStoreRequestType'),
        ("Instance.new('DataStore')", 'Unable to create an Instance of type "DataStore"'),
    ],
)
def test_refusals(server: Peer, code: str, message: str) -> None:
    with pytest.raises(LuauError) as caught:
        server.run(_STORE + code)
    assert message in caught.value.message


@pytest.mark.fact("datastore.refused")
def test_a_client_has_no_data_stores(universe: Universe, server: Peer) -> None:
    assert server.is_open
    with pytest.raises(LuauError, match="DataStore can't be accessed from client"):
        universe.client("Ann").run(_STORE, parent="ReplicatedStorage")


@pytest.mark.fact("datastore.ordered")
def test_the_best_come_in_pages(server: Peer) -> None:
    source = """
    local best = service:GetOrderedDataStore("Best")
    for index, score in { 5, 1, 4, 2, 3, 3 } do best:SetAsync("p" .. index, score) end
    local function read(...)
        local pages, all = best:GetSortedAsync(...), {}
        while true do
            local texts = {}
            for _, item in pages:GetCurrentPage() do table.insert(texts, `{item.key}={item.value}`) end
            table.insert(all, table.concat(texts, " "))
            if pages.IsFinished then return all, pages end
            pages:AdvanceToNextPageAsync()
        end
    end
    local falling, last = read(false, 4)
    return falling, (read(true, 10, 2, 4)), (pcall(function() last:AdvanceToNextPageAsync() end))
    """
    assert server.run(_STORE + source) == [["p1=5 p3=4 p5=3 p6=3", "p4=2 p2=1"], ["p4=2 p5=3 p6=3 p3=4"], False]


# Several servers


def run(peer: Peer, source: str, *args: object) -> object:
    """Run a script that uses `service` and `store`; return its first value."""
    results = peer.run(_STORE + source, *args, limit=9000.0)  # pyright: ignore[reportArgumentType]
    return results[0] if results else None


@pytest.fixture
def other(universe: Universe, server: Peer) -> Peer:
    """Another server of the same game, on another place."""
    assert server in universe.peers
    return universe.server(place_id=2)


_FRESH = "local fresh = Instance.new('DataStoreGetOptions') fresh.UseCache = false "


@pytest.mark.fact("datastore.shared")
def test_all_servers_of_a_game_see_the_same_stores(universe: Universe, server: Peer, other: Peer) -> None:
    run(server, "store:SetAsync('ann', { coins = 5 })")
    assert run(other, "return store:GetAsync('ann').coins") == 5
    assert run(universe.server(studio=True), "return store:GetAsync('ann').coins") == 5
    assert run(universe.server(game_id=2), "return store:GetAsync('ann') == nil")
    assert universe.cloud().data_stores.values("Coins") == {"ann": {"coins": 5}}


@pytest.mark.fact("datastore.shared")
def test_a_test_saves_and_removes(universe: Universe, server: Peer) -> None:
    stores = universe.cloud().data_stores
    stores.put("Coins", "ann", {"coins": 7, "name": "Änn"})
    stores.put("Coins", "ann", 3, scope="other")
    stores.put("Coins", "ann", 4, ordered=True)
    source = """
    return { store:GetAsync("ann"), (service:GetDataStore("Coins", "other"):GetAsync("ann")),
        service:GetOrderedDataStore("Coins"):GetSortedAsync(true, 5):GetCurrentPage()[1] }
    """
    assert run(server, source) == [{"coins": 7, "name": "Änn"}, 3, {"key": "ann", "value": 4}]
    stores.remove("Coins", "ann")
    stores.remove("Coins", "nobody")
    assert run(server, "task.wait(4) return store:GetAsync('ann') == nil")
    assert (stores.values("Coins"), stores.values("Coins", scope="other")) == ({}, {"ann": 3})


@pytest.mark.fact("datastore.cache")
def test_what_was_read_is_fresh_for_four_seconds(server: Peer, other: Peer) -> None:
    run(server, "store:SetAsync('ann', 1)")
    run(other, "store:SetAsync('ann', 2)")
    assert run(server, "return (store:GetAsync('ann'))") == 1
    assert run(server, _FRESH + "return { (store:GetAsync('ann', fresh)), (store:GetAsync('ann')) }") == [2, 2]
    run(other, "store:RemoveAsync('ann')")
    assert run(server, "return (store:GetAsync('ann'))") == 2
    assert run(server, "task.wait(4) return store:GetAsync('ann') == nil")


@pytest.mark.fact("datastore.cache")
@pytest.mark.parametrize(
    ("change", "after"),
    [
        ("store:SetAsync('ann', 5)", 5),
        ("store:IncrementAsync('ann', 2)", 3),
        ("store:UpdateAsync('ann', function() return 9 end)", 9),
        ("store:UpdateAsync('ann', function() return nil end)", 1),
        ("store:RemoveAsync('ann')", None),
    ],
)
def test_what_a_server_writes_it_reads_without_asking(server: Peer, change: str, after: object) -> None:
    source = f"""
    store:SetAsync('ann', 1)
    local left = service:GetRequestBudgetForRequestType("StandardRead")
    {change}
    local between = service:GetRequestBudgetForRequestType("StandardRead")
    local value = store:GetAsync('ann')
    return {{ value or "none", between - service:GetRequestBudgetForRequestType("StandardRead") }}
    """
    assert run(server, source) == [after or "none", 0]


@pytest.mark.fact("datastore.update")
def test_an_update_sees_what_another_server_wrote_meanwhile(universe: Universe, server: Peer, other: Peer) -> None:
    source = (
        _STORE
        + """
    local seen = {}
    local value = store:UpdateAsync("n", function(old)
        table.insert(seen, old or 0)
        return (old or 0) + 1
    end)
    print(value, table.concat(seen, ","))
    """
    )
    for peer in (server, other):
        peer.spawn(source)
    universe.advance(2)
    assert [line.text for line in (*server.output, *other.output)] == ["1 0", "2 0,1"]
    assert universe.cloud().data_stores.values("Coins") == {"n": 2}


@pytest.mark.fact("datastore.update")
def test_an_update_gets_a_copy(server: Peer) -> None:
    source = """
    store:SetAsync("ann", { coins = 1 })
    store:UpdateAsync("ann", function(value) value.coins = 9 return nil end)
    local made = store:UpdateAsync("ann", function(value) value.coins += 1 return value end)
    made.coins = 50
    return { store:GetAsync("ann").coins, (pcall(store.UpdateAsync, store, "ann", function() error("mine") end)) }
    """
    assert run(server, source) == [2, False]


# Versions and lists


@pytest.mark.fact("datastore.versions")
def test_versions_are_kept_by_the_hour(server: Peer, universe: Universe) -> None:
    source = """
    local function list(...)
        local all = {}
        for _, item in store:ListVersionsAsync("ann", ...):GetCurrentPage() do
            local value = store:GetVersionAsync("ann", item.Version)
            table.insert(all, if item.IsDeleted then "deleted" else value)
        end
        return all
    end
    store:SetAsync("ann", "a")
    store:SetAsync("ann", "b")
    local noon = DateTime.now().UnixTimestampMillis
    task.wait(3600)
    store:SetAsync("ann", "c")
    store:RemoveAsync("ann")
    task.wait(3600)
    store:SetAsync("ann", "d")
    local _, info = store:GetAsync("ann")
    local then_, history = store:GetVersionAtTimeAsync("ann", noon)
    return { list(), list(Enum.SortDirection.Descending, noon + 1), list("Ascending", 0, noon),
        { then_, history.CreatedTime <= noon, info.CreatedTime > noon },
        { store:GetVersionAtTimeAsync("ann", noon - 10000) == nil, store:GetVersionAsync("ann", "99") == nil } }
    """
    assert run(server, source) == [
        ["b", "c", "deleted", "d"],
        ["d", "deleted", "c"],
        ["b"],
        ["b", True, True],
        [True, True],
    ]
    universe.advance(30 * 24 * 3600)
    pages = "return #store:ListVersionsAsync('ann'):GetCurrentPage()"
    assert run(server, pages) == 1


@pytest.mark.fact("datastore.versions")
def test_a_version_can_be_forgotten(server: Peer) -> None:
    source = """
    local version = store:SetAsync("ann", "a")
    task.wait(3600)
    store:SetAsync("ann", "b")
    local before = store:GetVersionAsync("ann", version)
    store:RemoveVersionAsync("ann", version)
    return { before, store:GetVersionAsync("ann", version) == nil, (store:GetAsync("ann")),
        #store:ListVersionsAsync("ann"):GetCurrentPage() }
    """
    assert run(server, source) == ["a", True, "b", 1]


@pytest.mark.fact("datastore.lists")
def test_keys_and_stores_are_listed(server: Peer) -> None:
    source = """
    local function names(pages, property)
        local all, sizes = {}, {}
        while true do
            local page = pages:GetCurrentPage()
            table.insert(sizes, #page)
            for _, item in page do table.insert(all, item[property]) end
            if pages.IsFinished then return table.concat(all, " "), sizes end
            pages:AdvanceToNextPageAsync()
        end
    end
    for _, key in { "b1", "a2", "a1", "a3" } do store:SetAsync(key, 1) end
    store:RemoveAsync("a3")
    service:GetDataStore("Coins", "other"):SetAsync("z", 1)
    service:GetDataStore("Clans"):SetAsync("k", 1)
    service:GetOrderedDataStore("Best"):SetAsync("k", 1)
    service:GetDataStore("Empty"):GetAsync("k")
    local options = Instance.new("DataStoreOptions")
    options.AllScopes = true
    local all = service:GetDataStore("Coins", "", options)
    local first = store:ListKeysAsync("", 3)
    local cursor = first.Cursor
    local stores = service:ListDataStoresAsync()
    local info = stores:GetCurrentPage()[2]
    return { (names(store:ListKeysAsync(), "KeyName")), (names(store:ListKeysAsync("a", 0, "", true), "KeyName")),
        (names(first, "KeyName")), cursor ~= "", first.Cursor,
        (names(store:ListKeysAsync("", 3, cursor), "KeyName")), (names(all:ListKeysAsync(), "KeyName")),
        (all:GetAsync("other/z")), (names(stores, "DataStoreName")),
        (names(service:ListDataStoresAsync("Co"), "DataStoreName")),
        info.CreatedTime <= info.UpdatedTime and info.CreatedTime > 1e12,
        select(2, pcall(service.GetDataStore, service, "Coins", "x", options)) }
    """
    assert run(server, source) == [
        "a1 a2 a3 b1",
        "a1 a2",
        "a1 a2 a3 b1",
        True,
        "",
        "b1",
        "global/a1 global/a2 global/a3 global/b1 other/z",
        1,
        "Clans Coins",
        "Coins",
        True,
        "DataStore scope must be an empty string if AllScopes is set to true",
    ]


@pytest.mark.fact("datastore.ordered")
def test_ordered_stores_have_no_history(server: Peer) -> None:
    source = """
    local best = service:GetOrderedDataStore("Best")
    local set = best:SetAsync("a", 3)
    local value, info = best:GetAsync("a")
    local sum, more = best:IncrementAsync("a", 2)
    local top, no = best:UpdateAsync("a", function(old, history) return if history == nil then old + 1 else 0 end)
    return { set == nil, value, info == nil, sum, more == nil, top, no == nil, (best:RemoveAsync("a")) }
    """
    assert run(server, source) == [True, 3, True, 5, True, 6, True, 6]


# Limits


@pytest.mark.fact("datastore.budget", "datastore.start_budget")
@pytest.mark.parametrize("more", [0, 100])
def test_each_server_has_a_budget_for_its_players(more: int) -> None:
    with Universe(settings=Settings(data_store_start_budget=more)) as universe:
        server = universe.server()
        universe.client("Ann")
        budgets = """
        local all = {}
        for _, item in Enum.DataStoreRequestType:GetEnumItems() do
            all[item.Name] = service:GetRequestBudgetForRequestType(item)
        end
        return all
        """
        expected = dict.fromkeys(("StandardRead", "StandardWrite", "StandardRemove", "OrderedRead"), 100 + more)
        expected |= dict.fromkeys(("OrderedWrite", "OrderedRemove", "SetIncrementSortedAsync"), 35 + more)
        expected |= dict.fromkeys(("StandardList", "OrderedList", "ListAsync", "GetSortedAsync"), 7 + more)
        expected |= dict.fromkeys(("GetAsync", "SetIncrementAsync", "UpdateAsync", "OnUpdate"), 100 + more)
        expected |= {"GetVersionAsync": 100 + more, "RemoveVersionAsync": 7 + more}
        assert run(server, budgets) == expected


@pytest.mark.fact("datastore.budget")
@pytest.mark.parametrize(
    ("call", "spent"),
    [
        ("store:GetAsync('a')", {"StandardRead": 1}),
        ("store:SetAsync('a', 1)", {"StandardWrite": 1}),
        ("store:IncrementAsync('a')", {"StandardWrite": 1}),
        ("store:UpdateAsync('a', function() return 1 end)", {"StandardRead": 1, "StandardWrite": 1}),
        ("store:RemoveAsync('a')", {"StandardRemove": 1}),
        ("store:GetVersionAsync('a', '1')", {"StandardRead": 1}),
        ("store:RemoveVersionAsync('a', '1')", {"RemoveVersionAsync": 1}),
        ("store:ListKeysAsync()", {"StandardList": 1}),
        ("store:ListVersionsAsync('a')", {"StandardList": 1}),
        ("service:ListDataStoresAsync()", {"StandardList": 1}),
        ("best:GetAsync('a')", {"OrderedRead": 1}),
        ("best:SetAsync('a', 1)", {"OrderedWrite": 1}),
        ("best:RemoveAsync('a')", {"OrderedRemove": 1}),
        ("best:GetSortedAsync(true, 1)", {"OrderedList": 1}),
    ],
)
def test_what_a_call_takes_off_the_budget(call: str, spent: dict[str, int]) -> None:
    kinds = "StandardRead StandardWrite StandardList StandardRemove OrderedRead OrderedWrite OrderedList OrderedRemove"
    source = f"""
    local best, before, spent = service:GetOrderedDataStore("Best"), {{}}, {{}}
    local kinds = string.split("{kinds} RemoveVersionAsync", " ")
    for _, kind in kinds do before[kind] = service:GetRequestBudgetForRequestType(kind) end
    {call}
    for _, kind in kinds do
        local used = before[kind] - service:GetRequestBudgetForRequestType(kind)
        if used > 0 then spent[kind] = used end
    end
    return spent
    """
    # Answers come at once, or what was spent would have grown again.
    with Universe(settings=Settings(data_store_seconds=0.0)) as universe:
        assert run(universe.server(), source) == spent


_MANY = """
local answered, refused = 0, nil
for index = 1, ... do
    task.spawn(function()
        local ok, text = pcall(store.SetAsync, store, "key" .. index, index)
        if ok then answered += 1 else refused = text end
    end)
end
task.wait(0.5)
local first = answered
task.wait(10)
return { first, answered, refused or "none", service:GetRequestBudgetForRequestType("StandardWrite") }
"""


@pytest.mark.fact("datastore.queue")
def test_requests_past_the_budget_wait_in_line(server: Peer) -> None:
    assert run(server, _MANY, 65) == [60, 65, "none", 5]
    text = (
        "DataStore request was added to queue. If request queue fills, further requests will be dropped. Try sending "
        "fewer requests. Key = key61"
    )
    assert [line.kind for line in server.output] == ["warn"] * 5
    assert server.output[0].text == text


@pytest.mark.fact("datastore.queue")
@pytest.mark.parametrize(
    ("call", "budget", "text"),
    [
        ("store.SetAsync, store, 'k', 1", 60, "302: SetAsync request dropped. Request was throttled, but throttled"),
        ("store.GetAsync, store, 'k', fresh", 60, "301: GetAsync request dropped."),
        ("store.IncrementAsync, store, 'k'", 60, "303: IncrementAsync request dropped."),
        ("store.UpdateAsync, store, 'k', function() return 1 end", 60, "304: UpdateAsync request dropped."),
        ("store.RemoveAsync, store, 'k'", 60, "306: RemoveAsync request dropped."),
        ("best.GetSortedAsync, best, true, 1", 5, "305: GetSorted request dropped."),
        ("store.ListKeysAsync, store", 5, "ListKeysAsync request dropped. Request was throttled."),
    ],
)
def test_a_line_holds_thirty(server: Peer, call: str, budget: int, text: str) -> None:
    source = f"""
    {_FRESH}
    local best = service:GetOrderedDataStore("Best")
    for _ = 1, {budget} + 30 do task.spawn(pcall, {call}) end
    return select(2, pcall({call}))
    """
    found = run(server, source)
    assert isinstance(found, str)
    assert found.startswith(text)


@pytest.mark.fact("datastore.queue")
def test_a_cancelled_request_leaves_the_line(server: Peer, universe: Universe) -> None:
    source = """
    for index = 1, 61 do
        local thread = task.spawn(function() store:SetAsync("key" .. index, index) end)
        if index == 61 then task.cancel(thread) end
    end
    """
    run(server, source)
    universe.advance(10)
    assert len(universe.cloud().data_stores.values("Coins")) == 60
    assert {line.kind for line in server.output} == {"warn"}


@pytest.mark.fact("datastore.rate_limit")
def test_a_game_sets_its_own_rates(universe: Universe, server: Peer) -> None:
    universe.client("Ann")
    source = """
    service:SetRateLimitForRequestType(Enum.DataStoreRequestType.StandardWrite, 2, 1)
    service:SetRateLimitForRequestType("StandardRead", 1000, 200)
    local before = service:GetRequestBudgetForRequestType("StandardRead")
    task.wait(60)
    return { before, service:GetRequestBudgetForRequestType("StandardRead"),
        service:GetRequestBudgetForRequestType("SetIncrementAsync") }
    """
    assert run(server, source) == [100, 1200, 3]


@pytest.mark.fact("datastore.experience_limits")
def test_all_servers_together_have_limits(universe: Universe) -> None:
    servers = [universe.server() for _ in range(6)]
    many = "for i = 1, 60 do task.spawn(store.SetAsync, store, 'k' .. i, 1) end"
    for server in servers[:5]:
        run(server, many)
    text = "StandardWrite request was throttled by experience limits."
    with pytest.raises(LuauError, match=text):
        run(servers[5], "store:SetAsync('k', 1)")
    assert run(servers[5], "return (store:GetAsync('k1'))") == 1
    run(servers[5], "service:GetOrderedDataStore('o'):SetAsync('k', 1)")
    universe.client("Ann", server=servers[5])
    run(servers[5], "for i = 1, 20 do task.spawn(store.SetAsync, store, 'k' .. i, 1) end")
    with pytest.raises(LuauError, match=text):
        run(servers[5], "store:SetAsync('k', 1)")
    universe.advance(61)
    run(servers[5], "store:SetAsync('k', 1)")


@pytest.mark.fact("datastore.latency")
@pytest.mark.parametrize("seconds", [0.1, 3.0])
def test_a_request_takes_a_while(seconds: float) -> None:
    with Universe(settings=Settings(data_store_seconds=seconds)) as universe:
        took = run(universe.server(), "local t = os.clock() store:SetAsync('a', 1) return os.clock() - t")
        assert took == pytest.approx(seconds, abs=0.02)


@pytest.mark.fact("datastore.faults")
def test_a_save_that_failed_may_have_been_done(universe: Universe, server: Peer) -> None:
    faults, stores = universe.cloud().faults, universe.cloud().data_stores
    save = "return { pcall(store.SetAsync, store, 'ann', 1) }"
    text = "502: API Services rejected request with error. HTTP 500 (Internal Server Error)"
    with faults.fail("DataStoreService.SetAsync"):
        assert run(server, save) == [False, text]
    assert stores.values("Coins") == {}
    with faults.fail("DataStoreService.SetAsync", done=True):
        assert run(server, save) == [False, text]
    assert stores.values("Coins") == {"ann": 1}
    with faults.fail("DataStoreService.UpdateAsync", "501: Can't parse response"):
        assert run(server, "return (store:GetAsync('ann'))") == 1
        assert (
            run(server, "return select(2, pcall(store.UpdateAsync, store, 'ann', print))")
            == "501: Can't parse response"
        )
    with faults.hang("DataStoreService"), pytest.raises(TimeoutError):
        server.run(_STORE + "store:IncrementAsync('ann')")


@pytest.mark.fact("datastore.place")
def test_an_unpublished_place_has_no_data_stores(universe: Universe) -> None:
    with pytest.raises(LuauError, match="You must publish this place to the web to access DataStore"):
        run(universe.server(place_id=0), "return 1")
