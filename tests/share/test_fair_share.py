"""The limit of a key, divided among the servers that use it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from support.shared import Servers

# Asks about ever new tracks, every so many seconds; each call waits for at most `deadline` seconds.
ASK = """
local every, deadline, first = {every}, {deadline}, {first}
local asker = client:withOptions({{ maxRetries = 0, deadline = deadline }})
for id = first, math.huge do
    task.spawn(function()
        local _, err = asker:similar(tostring(id))
        shared.err = err or shared.err
    end)
    task.wait(every)
end
"""
TOO_MANY = {"error": "rate_limited", "message": "Too many requests."}
TOLD = "return shared.err and shared.err.kind, shared.err and shared.err.retryAfter"


@contextmanager
def sharing(count: int, per_minute: int) -> Generator[Servers]:
    with Servers(count, share={"perMinute": per_minute}) as servers:
        servers.answer(body={"tracks": [], "meta": {"total": 0}})
        yield servers


def ask(servers: Servers, number: int, *, every: float, deadline: float = 20) -> None:
    servers.begin(servers.servers[number], ASK.format(every=every, deadline=deadline, first=10**6 * (number + 1)))


def in_a_minute(servers: Servers, minutes: float = 1) -> Counter[int]:
    """Let a minute pass; return how many requests each server sent in it."""
    before = len(servers.requests)
    servers.advance(60 * minutes)
    return Counter(int(request.url.params["asset_id"]) // 10**6 - 1 for request in servers.requests[before:])


@pytest.mark.parametrize(("count", "limit"), [(1, 30), (4, 60), (12, 6)])
def test_together_they_stay_within_the_limit_and_use_it(count: int, limit: int) -> None:
    with sharing(count, limit) as servers:
        for number in range(count):
            ask(servers, number, every=2)
        minutes = [in_a_minute(servers).total() for _ in range(8)]
        assert max(minutes) <= limit + 2 * math.sqrt(limit)
        assert sum(minutes) <= 8 * limit
        assert sum(minutes[2:]) >= 0.6 * limit * 6
        assert servers.units() / count / 8 <= 8


def test_a_server_that_is_new_reckons_with_others(servers: Servers) -> None:
    with sharing(1, 30) as servers:
        ask(servers, 0, every=1)
        assert in_a_minute(servers, 0.1).total() == 1
        assert 1 <= in_a_minute(servers, 0.9).total() <= 6
        assert servers.on(servers.server, TOLD)[0] == "budget_exceeded"
        assert servers.on(servers.server, TOLD)[1] == pytest.approx(30, abs=8)
        in_a_minute(servers)
        assert in_a_minute(servers).total() == 27


def test_servers_that_start_together_do_not_ask_together() -> None:
    with sharing(24, 12) as servers:
        for number in range(24):
            ask(servers, number, every=1, deadline=10)
        assert in_a_minute(servers, 0.1).total() <= 6
        assert in_a_minute(servers, 0.9).total() <= 12


def test_who_asks_much_borrows_from_those_who_ask_little() -> None:
    with sharing(5, 30) as servers:
        ask(servers, 0, every=1)
        for number in range(1, 5):
            ask(servers, number, every=100)
        in_a_minute(servers, 4)
        busy = in_a_minute(servers)[0]
        # A quarter of an even share is each of the others'.
        assert busy == pytest.approx(27 - 4 * 27 / 5 / 4, abs=2)
        ask(servers, 1, every=1)
        in_a_minute(servers, 3)
        shares = in_a_minute(servers)
        assert shares[0] == pytest.approx(shares[1], abs=2)
        assert shares.total() <= 30


def test_who_has_been_quiet_is_not_counted() -> None:
    with sharing(3, 30) as servers:
        for server in servers.servers:
            servers.on(server, "client:similar('1')")
        assert len(servers.cloud.memory_stores.sorted_map(listed(servers))) == 3
        ask(servers, 0, every=1)
        in_a_minute(servers, 4)
        before = [servers.units(server) for server in servers.servers]
        assert in_a_minute(servers).total() == 27
        after = [servers.units(server) for server in servers.servers]
        assert after[1:] == before[1:]
        assert 0 < after[0] - before[0] <= 8


def listed(servers: Servers) -> str:
    """Return the name of the list of those who have enough."""
    names = [name for _, name in servers.cloud.memory_stores._structures]  # pyright: ignore[reportPrivateUsage]
    return next(name for name in names if name.startswith("AudioScape/1/servers/") and "hungry" not in name)


def test_in_a_pause_nobody_asks_and_nothing_is_saved_for_after_it() -> None:
    with sharing(12, 6) as servers:

        def pause() -> None:
            before = len(servers.requests)
            servers.answer(429, body=TOO_MANY, headers={"retry-after": "40"})
            while len(servers.requests) == before:
                servers.advance(1)
            servers.advance(2)
            servers.answer(body={"tracks": [], "meta": {"total": 0}})

        ask(servers, 0, every=60, deadline=100)
        pause()
        # Eleven of them start now.
        for number in range(12):
            ask(servers, number, every=15, deadline=90)
        assert in_a_minute(servers, 0.5).total() == 0
        assert in_a_minute(servers, 2).total() in range(1, 20)
        pause()
        assert in_a_minute(servers, 0.5).total() == 0
        assert in_a_minute(servers, 3).total() in range(4, 19)


@pytest.mark.parametrize("fault", ["fail", "hang"])
def test_who_has_less_time_than_the_others_need_to_answer_asks_at_once(fault: str) -> None:
    with sharing(1, 60) as servers:
        getattr(servers.cloud.faults, fault)("MemoryStoreService")
        ask(servers, 0, every=60, deadline=0.4)
        servers.advance(1)
        assert (len(servers.requests), servers.on(servers.server, TOLD)[0]) == (1, None)


@pytest.mark.parametrize("fault", ["fail", "hang"])
def test_without_the_others_it_has_the_whole_limit(fault: str) -> None:
    with sharing(1, 30) as servers:
        getattr(servers.cloud.faults, fault)("MemoryStoreService")
        assert servers.on(servers.server, "local s = os.clock() client:similar('1') return os.clock() - s")[0] < 0.7
        ask(servers, 0, every=1)
        in_a_minute(servers)
        # Requests of a minute may fall on its edge.
        assert in_a_minute(servers, 4).total() == pytest.approx(120, abs=1)


def test_when_the_others_are_not_heard_any_more_shares_stay() -> None:
    with sharing(2, 30) as servers:
        for number in range(2):
            ask(servers, number, every=1)
        in_a_minute(servers, 4)
        with servers.cloud.faults.fail("MemoryStoreService", "TotalRequestsOverLimit: too many"):
            in_a_minute(servers)
            assert in_a_minute(servers, 3).total() == pytest.approx(81, abs=6)


def test_a_radio_goes_before_what_players_ask() -> None:
    radio = """
    local sound = Instance.new("Sound")
    sound.SoundId = "rbxassetid://77"
    sound.Parent = workspace
    shared.radio = client:radio(sound)
    shared.radio:start()
    -- Or it would ask sometime while its seed plays.
    shared.radio:skip()
    """
    with sharing(1, 10) as servers:
        ask(servers, 0, every=1, deadline=100)
        in_a_minute(servers, 5)
        before = len(servers.requests)
        servers.begin(servers.server, radio)
        servers.advance(2)
        assert [request.url.params["asset_id"] for request in servers.requests[before:]][:1] == ["77"]
        # All others wait on, and none is lost.
        assert in_a_minute(servers).total() == pytest.approx(9, abs=1)


LINES = """
local module = game:GetService("ServerScriptService").AudioScapeClient
local Tokens = require(module.share.Tokens)
local bucket = Tokens.new(6, 1, 0)
local function left(place, now) return math.round(bucket:left(place, now) * 10) / 10 end
"""


def test_two_lines_wait_for_one_bucket(servers: Servers) -> None:
    source = """
    local rest = bucket:reserve(1e9, false, 0)
    local other = bucket:reserve(1e9, false, 0)
    local first = bucket:reserve(1e9, true, 0)
    local second = bucket:reserve(1e9, true, 0)
    local all = { left(first, 0), left(second, 0), left(rest, 0), left(other, 0) }
    bucket:use(first, 0)
    table.insert(all, left(second, 0))
    bucket:leave(second)
    for _, one in { left(rest, 0), left(other, 0), left(rest, 8), left(rest, 14) } do table.insert(all, one) end
    -- After a minute nothing more is kept for radios than one request, and nothing more is saved than another.
    bucket:use(rest, 60)
    bucket:leave(other)
    local third = bucket:reserve(1e9, true, 60)
    table.insert(all, left(third, 60))
    bucket:use(third, 60)
    table.insert(all, left(bucket:reserve(1e9, true, 60), 60))
    return all
    """
    assert servers.server.run(LINES + source) == [
        [*(0, 10, 26.7, 40.0), 10, *(13.3, 26.7, 5.3, 0), 0, 10],
    ]


def test_nothing_drips_in_during_a_pause(servers: Servers) -> None:
    source = """
    bucket:hold(60, 0.5)
    local place = bucket:reserve(1e9, false, 0)
    local all = { left(place, 0), left(place, 30), left(place, 60), left(place, 62) }
    bucket:hold(50, 0)
    table.insert(all, left(place, 62))
    return all
    """
    assert servers.server.run(LINES + source) == [[6.7, 6.7, 6.7, 4.7, 4.7]]


CENSUS = """
local module = game:GetService("ServerScriptService").AudioScapeClient
local now, asked, sizes = 1000, {}, { servers = 4, ["servers/hungry"] = 2 }
local engine = {
    clock = function() return now end,
    random = function() return 0.75 end,
    spawn = function(run, ...) run(...) end,
}
local store = {
    rank = function(_, map, id, _, seconds) table.insert(asked, `{map} {id} {seconds}`) end,
    size = function(_, map) table.insert(asked, map) return sizes[map] end,
}
local census = require(module.share.Census).new(engine, store, "me", 100, 0.8)
local lines = {}
for _, step in STEPS do
    local seconds, what, count = table.unpack(string.split(step, " "))
    now += tonumber(seconds)
    if what == "size" then sizes.servers = tonumber(count) count = nil end
    for _ = 1, tonumber(count) or 1 do
        if census[what] then census[what](census) end
    end
    local share = math.round(census:share() * 100) / 100
    table.insert(lines, `{step}: {share}{if #asked > 0 then ", " else ""}{table.concat(asked, ", ")}`)
    table.clear(asked)
end
return lines, census:isKnown(), census:servers(), census:isCrowded()
"""
LIST = "servers me 150, servers"
WANT = f"servers/hungry me 150, {LIST}, servers/hungry"
STEPS: dict[str, tuple[list[str], list[Any]]] = {
    "a server that asks little": (
        [
            # It says so, looks again soon, and then about once a minute.
            *("0 none: 20", f"0 use: 2, {LIST}", "10.4 use: 2", f"0.1 use: 2, {LIST}"),
            # After its first minute it has a quarter of an even share.
            *("49.4 use: 2", "0.1 use: 5", "16.4 use: 5", f"0.1 use: 5, {LIST}", "65.9 use: 5", f"0.1 use: 5, {LIST}"),
            # It sends more, but did not have to wait.
            *("1 sent 40: 5", f"65 use: 5, {LIST}"),
        ],
        [True, 4, False],
    ),
    "a server that wants more": (
        [
            *(f"0 use: 2, {LIST}", f"1 press: 8, {WANT}", "1 press: 8", "58 sent 9: 20"),
            # It has sent more than half an even share, so it wants more still; now the others know of it.
            f"6.1 use: 35, {WANT}",
            f"66 use: 5, servers/hungry me 0, {LIST}",
            f"1 press: 20, {WANT}",
            *("1 press: 20", f"65 use: 35, {WANT}", "0 sent 11: 35", f"66 use: 5, servers/hungry me 0, {LIST}"),
            *(f"1 press: 20, {WANT}", "0 sent 12: 20", f"66 use: 35, {WANT}"),
            # After a silence it is new again.
            f"151 use: 2, servers/hungry me 0, {LIST}",
        ],
        [True, 4, False],
    ),
    "a crowd": (
        [
            *(
                "0 size 26: 20",
                f"0 use: 0.77, {LIST}",
                f"0 press: 3.08, {WANT}",
                "70 press: 3.08",
                f"0 use: 30.77, {WANT}",
            )
        ],
        [True, 26, True],
    ),
    "some more servers": ([*("0 size 25: 20", f"0 use: 0.8, {LIST}")], [True, 25, False]),
    "nobody knows": ([*("0 size none: 20", "0 use: 100, servers me 150, servers")], [True, 1, False]),
    "nobody knows any more": (
        [*(f"0 use: 2, {LIST}", "0 size none: 2", f"60 use: 5, {LIST}"), *("0 size 1: 5", f"67 use: 20, {LIST}")],
        [True, 1, False],
    ),
}


@pytest.mark.parametrize(("lines", "known"), STEPS.values(), ids=STEPS)
def test_what_a_server_says_and_has(servers: Servers, lines: list[str], known: list[Any]) -> None:
    """Each line: seconds later, what happens, and then this server's share and what it asked the store."""
    steps = ", ".join(f"'{line.split(':')[0]}'" for line in lines)
    assert servers.server.run(CENSUS.replace("STEPS", f"{{ {steps} }}")) == [lines, *known]


POT = """
local Pot = require(module.share.Pot)
local pot = shared.pot or Pot.new(require(module.Engine).fromGame(), store, LIMIT)
shared.pot = pot
local taken, first = 0, os.time() // 15
for _ = 1, 60 do
    taken += if pot:take({ isFirst = RADIO, deadline = math.huge }) then 1 else 0
end
return taken, os.time() // 15 == first
"""


@pytest.mark.parametrize(("limit", "most"), [(120, 10), (12, 1), (11, 0)])
def test_all_servers_take_from_one_pot(servers: Servers, limit: int, most: int) -> None:
    def take(server: int, who: str = "false") -> Any:
        source = POT.replace("LIMIT", str(limit)).replace("RADIO", who)
        return servers.stored(servers.servers[server], source)[0]

    servers.advance(-(servers.universe.now + 1_750_000_000) % 15)
    assert take(0, "true") == 0
    assert take(0) == most
    assert take(1) == 0
    servers.advance(15)
    assert take(1) == most
    assert take(0) == 0


def test_what_comes_from_the_pot_too_late_is_the_next_ones(servers: Servers) -> None:
    late = """
    local found = {}
    local function take(at, patience)
        task.wait(start + at - os.clock())
        local now = os.clock()
        local isTaken = pot:take({ deadline = math.huge, sharedTill = now + patience })
        table.insert(found, { isTaken, math.round((os.clock() - now) * 10) / 10 })
    end
    take(0, 0.2)
    take(0.5, 0.2)
    take(2, 0)
    take(3, 0)
    -- In the next window; what was asked for in the last one comes then, and is nobody's.
    take(14.8, 0)
    take(15.2, 0)
    take(15.9, 0)
    take(16.5, 0)
    take(31, 0)
    return found
    """
    servers.advance(-(servers.universe.now + 1_750_000_000) % 15)
    with servers.cloud.faults.delay("MemoryStoreService.UpdateAsync", 0.4):
        (found,) = servers.stored(servers.server, POT.split("local taken")[0].replace("LIMIT", "36") + late)
    assert found == [[False, 0.2], [False, 0.2], [True, 0], [True, 0], *[[False, 0]] * 3, [True, 0], [False, 0]]
    assert servers.stored(servers.server, "return select(3, store:counts())") == [0]


def test_who_died_in_line_holds_nobody_up(servers: Servers) -> None:
    source = """
    bucket:use(bucket:reserve(1, false, 0), 0)
    bucket:reserve(5, false, 0)
    local place = bucket:reserve(1e9, false, 0)
    return left(place, 5), left(place, 6)
    """
    assert servers.server.run(LINES + source) == [21.7, 7.3]
