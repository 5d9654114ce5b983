"""What a radio may choose from: a pool, and a number of different tracks a day."""

from __future__ import annotations

import pytest

from audioscape_luau.mock import DEMO_KEY
from audioscape_luau.simulation import World, mocked, shipped
from roblox_double import Peer
from support.radio import MakeWorld, RadioWorld, run

DAY = 24 * 3600


def started(world: MakeWorld, options: str, seed: str = "'7'") -> RadioWorld:
    radio = world()
    radio.run(f"radio:destroy() shared.radio = shared.make({options}) shared.radio:start({seed})")
    radio.advance(1)
    return radio


@pytest.mark.parametrize("strategy", ["nearest", "smooth", "explore"])
def test_no_more_different_tracks_than_allowed(world: MakeWorld, strategy: str) -> None:
    radio = started(world, f"{{ strategy = '{strategy}', maxDistinct = 20, historySize = 10 }}")
    radio.advance(DAY / 4)
    played = radio.played()
    assert len(played) > 200
    assert len(set(played)) == 20
    # It goes on without a repeat in short order.
    assert all(one not in played[max(0, at - 10) : at] for at, one in enumerate(played))


def test_a_day_later_others_may_come(world: MakeWorld) -> None:
    radio = started(world, "{ maxDistinct = 3, historySize = 2 }")
    radio.advance(DAY / 2)
    first = set(radio.played())
    assert len(first) == 3
    radio.run("radio:pause()")
    radio.advance(DAY + 100)
    radio.run("radio:resume()")
    radio.advance(1000)
    # The one that was paused plays on, and counts.
    assert len(set(radio.played()) - first) >= 1
    assert len(set(radio.played()[-9:])) == 3


def test_each_track_counts_for_a_day_after_it_was_there_last(server: Peer) -> None:
    source = """
    local now = 0
    local rotation = load("Rotation").of({ clock = function() return now end }, {})
    local counts = {}
    local function count() table.insert(counts, rotation:count()) end
    count()
    rotation:note("1")
    now = 1000
    rotation:note("2")
    rotation:note("3")
    count()
    now = 2000
    rotation:note("2")
    now = 24 * 3600 - 1 count()
    now = 24 * 3600 count()
    now = 24 * 3600 + 1000 count()
    now = 24 * 3600 + 2000 count()
    return counts, rotation:has("2")
    """
    assert run(server, source) == [[0, 3, 3, 2, 1, 0], False]


def test_all_radios_of_a_client_count_together(world: MakeWorld) -> None:
    radio = started(world, "{ maxDistinct = 10, historySize = 5 }")
    radio.run(
        """
        local other = Instance.new("Sound")
        other.Parent = game:GetService("SoundService")
        shared.make({ maxDistinct = 10, historySize = 5 }, nil, other):start("207")
        """
    )
    radio.advance(10000)
    assert len(set(radio.played())) == 10
    assert radio.run("return shared.spending.rotation:count()") == [10]


def test_what_the_game_names_plays_and_counts(world: MakeWorld) -> None:
    radio = started(world, "{ maxDistinct = 2, historySize = 1, pool = { '7', '8', '9' } }")
    radio.advance(250)
    assert set(radio.played()) == {"7", "8"}
    radio.run("radio:queue('300') radio:skip()")
    radio.advance(5)
    assert radio.played()[-1] == "300"
    assert radio.run("return shared.spending.rotation:count()") == [3]


@pytest.mark.parametrize("strategy", ["nearest", "smooth", "explore"])
@pytest.mark.parametrize("size", [1, 3, 80])
def test_a_pool_is_never_left(world: MakeWorld, strategy: str, size: int) -> None:
    pool = [str(number) for number in range(7, 7 + 4 * size, 4)]
    radio = started(world, f"{{ strategy = '{strategy}', pool = {{ {', '.join(map(repr, pool))} }} }}")
    radio.advance(8000)
    played = radio.played()
    assert len(played) >= 80
    assert set(played) <= set(pool)
    assert len(set(played)) >= min(size, 50)
    assert radio.run("return #api.requests")[0] <= 16


def test_in_a_pool_the_nearest_comes_next(world: MakeWorld) -> None:
    radio = started(world, "{ pool = { '200', '9', '7', '30', '11' } }")
    radio.advance(350)
    assert radio.played() == ["7", "9", "11", "30"]


def test_a_pool_can_be_what_a_request_finds(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:destroy() shared.radio = shared.make({ pool = { query = 'rain' } }) shared.radio:start('50')")
    radio.advance(450)
    assert set(radio.played()) == {"50", "150", "250"}
    assert radio.run("return #api.sought, api.sought[1].name") == [1, "query"]


@pytest.mark.parametrize(
    ("trouble", "over", "told"),
    [
        ("api.found = {}", "", "radio_nothing_found"),
        ("api.broken = true", "api.broken = false", "server_error"),
    ],
)
@pytest.mark.parametrize("fallback", ["{}", "{ '300', '301' }"])
def test_until_a_pool_is_found_the_music_goes_on(
    world: MakeWorld, trouble: str, over: str, told: str, fallback: str
) -> None:
    radio = world()
    options = f"{{ pool = {{ query = 'rain' }}, fallback = {fallback} }}"
    radio.run(f"radio:destroy() {trouble} shared.radio = shared.make({options}) shared.radio:start('50')")
    radio.advance(3000)
    # Nothing else is chosen: what was played already, and the fallback.
    waiting = radio.played()
    assert len(waiting) >= 28
    assert set(waiting) == {"50"} | ({"300", "301"} if "3" in fallback else set())
    assert {entry[2] for entry in radio.log("failed")} == {told}
    assert len(radio.log("failed")) <= 10
    assert radio.run("return #api.requests + #api.sought")[0] <= 15
    radio.run(f"{over} api.found = {{ 150, 250 }}")
    radio.advance(3000)
    assert set(radio.played()[-10:]) == {"150", "250"}


@pytest.mark.parametrize(
    ("pool", "said"),
    [
        ("{}", "`pool` is empty. List the tracks that the radio may choose, or leave it out."),
        ("{ 'rain' }", "`pool[1]` must be an asset ID"),
        ("{ genre = '' }", "`pool.genre` must be"),
        ("{ tune = 1 }", "tune"),
        ("{ asset_id = '7', name = 'Rain' }", "`pool` is a track. Put it into a list: { track }."),
        ("5", "`pool` must be a list"),
    ],
)
def test_what_is_no_pool(world: MakeWorld, pool: str, said: str) -> None:
    radio = world()
    told = radio.run(f"radio:destroy() return select(2, pcall(shared.make, {{ pool = {pool} }}))")[0]
    assert said in told


def test_without_variety_it_stays_around_the_seed(world: MakeWorld) -> None:
    reached = {}
    for variety in ("0", "0.5", "1"):
        radio = started(world, f"{{ strategy = 'smooth', variety = {variety} }}", "'200'")
        radio.advance(12000)
        reached[variety] = max(abs(int(one) - 200) for one in radio.played())
    assert reached["0"] < reached["0.5"] < reached["1"]
    assert reached["0"] <= 60


def test_the_client_tells_how_many_there_were() -> None:
    music = mocked()
    with World(shipped(), music.respond) as game:
        game.stock(music.catalogue)
        stats = game.server.run(
            """
            local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
            local client = AudioScapeClient.new({ apiKey = "KEY" })
            local before = client:stats().distinctTracks
            local sound = Instance.new("Sound")
            sound.Parent = game:GetService("SoundService")
            local radio = client:radio(sound, { maxDistinct = 4, historySize = 3 })
            radio:start(...)
            task.wait(3000)
            return before, client:stats().distinctTracks, client:withOptions({}):stats().distinctTracks
            """.replace("KEY", DEMO_KEY),
            music.catalogue.entries[0].asset_id,
        )
        assert list(stats) == [None, 4, 4]
