"""What radios of other servers have asked for, and what one makes of it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from audioscape_luau.mock import DEMO_KEY, MockApi
from audioscape_luau.simulation import api, mocked
from roblox_double import Settings
from support.shared import Servers

CATALOGUE = mocked().catalogue
SEED = CATALOGUE.entries[0].asset_id
RADIO = """
local sound = Instance.new("Sound")
sound.SoundId = "rbxassetid://SEED"
sound.Parent = workspace
shared.radio = client:radio(sound, { strategy = "STRATEGY" })
shared.radio:start()
""".replace("SEED", SEED)
PLAYED = """
local ids = {}
for _, track in shared.radio:history() do
    table.insert(ids, 1, track.asset_id)
end
return table.concat(ids, " "), client:stats()
"""
STRETCH = 45 * 60
"""Seconds after which a radio has gone on from its first anchor."""


class Radios(Servers):
    """Servers that remember together, each with a radio that begins with the same track."""

    def __init__(self, count: int = 2, **options: Any) -> None:
        made: dict[str, Any] = {"apiKey": DEMO_KEY, "share": {"memory": 100}, "maxRetries": 0} | options
        super().__init__(count, **made)
        mock = MockApi(api(), CATALOGUE, check_replies=False)
        self.stock(CATALOGUE)
        self.router.route().mock(side_effect=mock.respond)

    def play(self, number: int, *, seconds: float = STRETCH, strategy: str = "smooth", **options: Any) -> int:
        """Let a radio begin on a server, and return how often it asked in so many seconds; others are silent then."""
        before = len(self.requests)
        self.begin(self.servers[number], RADIO.replace("STRATEGY", strategy), **options)
        self.advance(seconds)
        self.on(self.servers[number], "shared.radio:pause()")
        return len(self.requests) - before

    def heard(self, number: int) -> tuple[list[str], Any]:
        """Return what a radio has played, and what its server says."""
        played, stats = self.on(self.servers[number], PLAYED)
        return played.split(), stats

    def map_of(self, what: str) -> str:
        """Return the name of a map that servers share."""
        names = [name for _, name in self.cloud.memory_stores._structures]  # pyright: ignore[reportPrivateUsage]
        return next(name for name in names if f"/{what}/" in name)

    def lie(self, what: str, value: Any) -> None:
        """Write by hand over all entries of the pages or the lists."""
        name, stores = self.map_of(what), self.cloud.memory_stores
        kind = "GetHashMap" if what == "lists" else "GetSortedMap"
        for key in stores.hash_map(name) if what == "lists" else stores.sorted_map(name):
            write = f"game:GetService('MemoryStoreService'):{kind}('{name}'):SetAsync('{key}', ..., 9999)"
            self.server.run(write, value)


@pytest.fixture
def radios() -> Generator[Radios]:
    with Radios() as radios:
        yield radios


def test_a_radio_asks_less_where_others_have_asked(radios: Radios) -> None:
    assert radios.play(0) == 3
    first, stats = radios.heard(0)
    assert stats["share"]["answers"] == 0
    # Of the seed it asks again, after five minutes, and then once more at most.
    assert radios.play(1) <= 2
    second, stats = radios.heard(1)
    assert stats["share"]["answers"] > 0
    assert len(second) == len(set(second)) >= 13
    assert second[:2] == first[:2]
    assert stats["dropped"] == []
    # What it asked itself others learn from, until it is too old.
    lists = radios.cloud.memory_stores.hash_map(radios.map_of("lists"))
    asked = [request.url.params["asset_id"] for request in radios.requests]
    assert [set(one) for one in lists.values()] == [set(asked[2:])]


@pytest.mark.parametrize("strategy", ["explore", "nearest"])
def test_only_who_plans_looks(radios: Radios, strategy: str) -> None:
    radios.play(0)
    radios.play(1, strategy=strategy)
    assert (radios.heard(1)[1]["share"]["answers"] > 0) == (strategy == "explore")


EVERYTHING = {entry.asset_id: 1.7500062e9 for entry in CATALOGUE.entries[1:400]}
"""A list that promises more than there is."""
FOR_EVER = dict.fromkeys(EVERYTHING, 1.9e9)
LIES: dict[str, tuple[str, Any]] = {
    "a list of what is not there": ("lists", EVERYTHING),
    "a list for ever": ("lists", FOR_EVER),
    "no list": ("lists", "no list"),
    "a list of something else": ("lists", [1, {}, "x"]),
    "no times": ("lists", dict.fromkeys(EVERYTHING, "soon")),
    "times that are over": ("lists", dict.fromkeys(EVERYTHING, 1.75e9)),
    "no pages": ("radios", "{"),
    "pages of nothing": ("radios", 7),
    "pages of long ago": ("radios", '{"at":1749990000,"result":{"tracks":[{"asset_id":"5"}],"meta":{}}}'),
}


@pytest.mark.parametrize(("what", "lie"), LIES.values(), ids=LIES)
def test_who_is_lied_to_asks_as_if_alone(radios: Radios, what: str, lie: Any) -> None:
    radios.play(0)
    before = radios.units(radios.servers[1])
    radios.lie(what, lie)
    assert radios.play(1) == 3
    played, stats = radios.heard(1)
    assert len(played) == len(set(played)) >= 13
    # One of all those is there.
    assert stats["share"]["answers"] == (1 if lie is EVERYTHING else 0)
    assert radios.units(radios.servers[1]) - before < 40
    if lie in ("{", 7):
        assert stats["dropped"]["share.memory"] > 0
    # What cannot be is off the list once somebody adds to it.
    (listed,) = radios.cloud.memory_stores.hash_map(radios.map_of("lists")).values()
    assert len(listed) <= 5 or lie is EVERYTHING


# Side by side, unless the list itself comes too late.
@pytest.mark.parametrize(("seconds", "most"), [(0.02, 6), (0.3, 6), (0.6, 0)])
def test_so_many_pages_are_looked_for_at_a_time(seconds: float, most: int) -> None:
    looks: list[int] = []
    lies: list[dict[str, float]] = [{}, EVERYTHING]
    for lie in lies:
        with Radios(settings=Settings(memory_store_seconds=seconds)) as radios:
            radios.play(0)
            there = {request.url.params["asset_id"] for request in radios.requests}
            radios.lie("lists", {of: till for of, till in lie.items() if of not in there})
            radios.play(1, seconds=1500)
            looks.append(radios.cloud.memory_stores.units[radios.servers[1], "GetAsync"])
    assert looks[1] - looks[0] == most


def test_pages_that_come_together_are_unpacked_a_frame_each(radios: Radios) -> None:
    look = """
    local Client = game:GetService("ServerScriptService").AudioScapeClient
    local Engine, Memory = require(Client.Engine), require(Client.share.Memory)
    local Telemetry = require(Client.http.Telemetry)
    local engine = Engine.fromGame()
    local at, listed = engine.unixTime(), {}
    for number = 1, 9 do
        listed[tostring(number)] = if number == 2 then nil else at + 99
    end
    local held = {
        get = function() return listed end,
        ranked = function(_, _, _, call)
            task.wait(0.3)
            -- Of one the entry is gone, one is no entry, and one is too old.
            local id = call.page.of
            local text = Engine.fold({ at = if id == "5" then at - 999 else at - 99, result = id })
            return if id == "3" then nil elseif id == "4" then "{" else text
        end,
    }
    local frames = {}
    local function about(id)
        return {
            key = id,
            page = { of = id, kind = "mine" },
            settings = { cache = "use", cacheSeconds = 20, cacheStaleSeconds = 200 },
            read = function(result)
                table.insert(frames, os.clock())
                return result
            end,
        }
    end
    local memory = Memory.new(engine, held, 99, function() return 1 end)
    local telemetry = Telemetry.new(engine, tostring)
    local began = os.clock()
    local ids = { "1", "2", "3", "4", "5", "6", "7", "8", "9" }
    return memory:others(telemetry, ids, about), frames, os.clock() - began, memory.answers, telemetry.dropped
    """
    found, frames, seconds, answers, dropped = radios.stored(radios.server, look)
    assert found == {"1": "1", "6": "6", "7": "7"}
    assert (answers, dropped) == (3, {"share.memory": 1})
    assert len(set(frames)) == len(frames) == 4
    assert 0.3 < seconds < 0.5


@pytest.mark.parametrize(("seconds", "answers"), [(0.0, 2), (0.3, 0)])
def test_all_of_it_has_half_a_second(radios: Radios, seconds: float, answers: int) -> None:
    radios.play(0)
    radios.cloud.faults.delay("MemoryStoreService.GetAsync", seconds)
    radios.play(1)
    assert radios.heard(1)[1]["share"]["answers"] == answers


@pytest.mark.parametrize("trouble", ["fail", "hang", "bypass", "refresh"])
def test_who_cannot_share_asks_as_if_alone(radios: Radios, trouble: str) -> None:
    radios.play(0)
    if trouble in ("fail", "hang"):
        getattr(radios.cloud.faults, trouble)("MemoryStoreService")
    options: dict[str, Any] = {"cache": trouble} if trouble in ("bypass", "refresh") else {}
    assert radios.play(1, **options) == 3
    played, stats = radios.heard(1)
    assert len(played) == len(set(played)) >= 13
    assert stats["share"]["answers"] == 0


def test_what_is_too_old_is_not_there_any_more(radios: Radios) -> None:
    radios.play(0)
    radios.advance(3600)
    assert radios.play(1) == 3
    assert radios.heard(1)[1]["share"]["answers"] == 0
    # And off the lists.
    (listed,) = radios.cloud.memory_stores.hash_map(radios.map_of("lists")).values()
    assert len(listed) == 3


def test_the_latest_pages_are_listed(radios: Radios) -> None:
    note = """
    local Lists = require(game:GetService("ServerScriptService").AudioScapeClient.share.Lists)
    local engine = require(game:GetService("ServerScriptService").AudioScapeClient.Engine).fromGame()
    local lists = Lists.new(engine, store)
    -- Of clocks that differ, and by hand.
    local function hold()
        return { x = engine.unixTime() + 155, y = engine.unixTime() + 165 }
    end
    store:change("pages/lists", "v1/" .. engine.digest("mine"), hold, 99)
    lists:add({ of = "5", kind = "mine" }, 100)
    for number = 1, 203 do
        lists:add({ of = tostring(number), kind = "one" }, 100 + number)
    end
    lists:add({ of = "5", kind = "other" }, 50)
    local call = {}
    local known, count = lists:get("one", call), 0
    for _ in known do
        count += 1
    end
    return count, known["3"], known["4"] ~= nil, known["203"] ~= nil, lists:get("other", call), lists:get("none", call),
        lists:get("mine", call)
    """
    count, third, fourth, last, other, none, mine = radios.stored(radios.server, note)
    assert set(mine) == {"x", "5"}
    assert (count, third, fourth, last) == (200, None, True, True)
    assert (list(other), list(none)) == (["5"], [])
