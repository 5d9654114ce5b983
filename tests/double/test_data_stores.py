"""Data stores: what a game saves, in memory, for as long as its server lives."""

from __future__ import annotations

import pytest

from roblox_double import LuauError, Peer, Universe

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
    first.coins = 3
    local nothing, info = store:GetAsync("ben")
    return store:GetAsync("ann"), nothing, info, time() > 0.3
    """
    assert server.run(_STORE + source) == [{"coins": 1, "items": ["hat"]}, None, None, True]


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


@pytest.mark.fact("datastore.refused")
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
            "201: PageSize must be within a predefined range.",
        ),
        ("store:GetVersionAsync('k', '1')", "not modelled: DataStore.GetVersionAsync"),
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
