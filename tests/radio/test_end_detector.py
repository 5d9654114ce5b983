"""When a track counts as over, on a deck that says what it is told to, and a clock that stands still."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import Peer
from support.radio import CLOCK, run

DETECTOR = (
    CLOCK
    + """
local about = { playing = true, loaded = false, position = 0, speed = 1, left = nil, first = 0, last = math.huge }
about.failed, about.allSlow = false, false
local deck = {
	content = function() return "rbxassetid://1" end,
	isPlaying = function() return about.playing end,
	isLoaded = function() return about.loaded end,
	position = function() return about.position end,
	speed = function() return about.speed end,
	left = function() return about.left end,
	hasFailed = function() return about.failed end,
	region = function() return about.first, about.last end,
}
local told = {}
local function tell(what)
	return function() table.insert(told, what) end
end
local reports = {
	ended = tell("ended"),
	unplayable = function(isCertain) table.insert(told, if isCertain then "failed" else "unplayable") end,
}
local preloader = { hurry = tell("slow"), isWaiting = function() return about.allSlow end }
local hearing = { heard = false }
local timers = load("Timers").new(engine)
local progress = load("Progress").new(engine, deck)
local loading = load("LoadMonitor").new(deck, timers, preloader, hearing, 20, reports)
local detector = load("EndDetector").new(engine, deck, timers, progress, loading, reports)
detector:before(10, tell("nearing10"))
local function begin(track, played)
	if detector:begin(track, played) then tell("loaded")() end
end
local function loaded()
	if detector:loaded() then tell("loaded")() end
end
"""
)


def watched(server: Peer, source: str, *args: object) -> list[Any]:
    return run(server, DETECTOR + source, *args)


@pytest.mark.parametrize(
    ("said", "known"),
    [
        *((100.0, 100), (0.2, 1), (1.0, 1), (420.0, 420), (0.0, None), (-1.0, None)),
        *((float("inf"), None), (float("nan"), None), (420.5, None), (200_000.0, None), (1e9, None), (1e308, None)),
    ],
)
def test_a_length_that_cannot_be_is_no_length(server: Peer, said: float, known: float | None) -> None:
    source = 'begin({ asset_id = "1" }, 0) detector:inform(...) return progress:duration()'
    assert watched(server, source, said) == [known]
    source = 'begin({ asset_id = "1", duration = ... }, 0) return progress:duration()'
    assert watched(server, source, said) == [known]


def test_a_length_that_is_known_is_kept(server: Peer) -> None:
    source = 'begin({ asset_id = "1", duration = 50 }, 0) detector:inform(70) return progress:duration()'
    assert watched(server, source) == [50]


@pytest.mark.parametrize(("left", "believed"), [(4, True), (3, True), (4.125, False), (90, False)])
def test_ended_is_believed_four_seconds_before_the_end(server: Peer, left: float, believed: bool) -> None:
    source = """
    begin({ asset_id = "1", duration = 50 + ... }, 0)
    passTo(50)
    detector:ended("rbxassetid://1")
    return table.find(told, "ended") ~= nil
    """
    assert watched(server, source, left) == [believed]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("about.playing = false", ["ended"]),
        ("about.playing = false detector:stop()", []),
        ('about.playing = false content = "rbxassetid://2"', []),
        ("about.playing = false content = nil", ["ended"]),
    ],
)
def test_ended_of_a_player_that_stands_still(server: Peer, change: str, told: list[str]) -> None:
    source = f"""
    local content = "rbxassetid://1"
    begin({{ asset_id = "1", duration = 90 }}, 0)
    passTo(1)
    {change}
    detector:ended(content)
    return told
    """
    assert (watched(server, source)[0] or []) == told


def test_before_it_begins_nothing_is_told(server: Peer) -> None:
    source = """
    about.playing, about.loaded, about.left, about.position = false, true, 50, 7
    detector:ended("rbxassetid://1")
    loaded()
    detector:speedChanged()
    detector:inform(70)
    return #told, hearing.heard, #alarms, progress:position()
    """
    assert watched(server, source) == [0, False, 0, 0]


def test_what_is_loaded_tells_position_and_length_itself(server: Peer) -> None:
    source = """
    begin({ asset_id = "1", duration = 90 }, 30)
    now = 5
    local before = progress:position()
    about.loaded, about.position, about.left = true, 12, 60
    loaded()
    loaded()
    return before, progress:position(), progress:duration(), table.concat(told, " "), hearing.heard
    """
    assert watched(server, source) == [35, 12, 72, "loaded", True]


def test_alarms_go_with_the_speed_and_the_shorter_length(server: Peer) -> None:
    source = """
    about.speed = 2
    begin({ asset_id = "1", duration = 90 }, 30)
    local ends, lead, load = timers:remaining("end"), timers:remaining("lead 1"), timers:remaining("load")
    about.loaded, about.position, about.left = true, 20, 50
    loaded()
    local shorter = timers:remaining("end")
    about.left = 100
    detector:speedChanged()
    return ends, lead, load, shorter, timers:remaining("end"), timers:remaining("load") == nil
    """
    assert watched(server, source) == pytest.approx([30, 20, 20, 25.1, 35.1, True])


def test_an_end_that_is_known_already_brings_no_look_forward(server: Peer) -> None:
    source = """
    about.loaded, about.position, about.left = true, 95, 50
    begin({ asset_id = "1", duration = 90 }, 0)
    pass(0.2)
    -- It plays on beyond its length, and has not moved since the last look.
    local isNew = detector:trim(math.huge)
    pass(1)
    return isNew, table.find(told, "ended") == nil, detector:trim(95.5)
    """
    assert watched(server, source) == [False, True, True]


@pytest.mark.parametrize(("speed", "seconds"), [(0.5, 190), (1, 90), (2, 40)])
def test_a_lead_is_told_when_the_speed_has_brought_it_near(server: Peer, speed: float, seconds: float) -> None:
    source = """
    local speed, seconds = ...
    about.speed = speed
    begin({ asset_id = "1", duration = 100 }, 0)
    passTo(seconds - 0.5)
    local before = #told
    passTo(seconds + 0.5)
    return before, table.concat(told, " ")
    """
    assert watched(server, source, speed, seconds) == [0, "nearing10"]


def test_a_lead_that_is_past_already_is_told_after_a_second(server: Peer) -> None:
    source = """
    passTo(3)
    begin({ asset_id = "1", duration = 5 }, 0)
    passTo(3.9)
    local before = #told
    passTo(4)
    return before, told
    """
    assert watched(server, source) == [0, ["nearing10"]]


@pytest.mark.parametrize("speed", [1, 20])
@pytest.mark.parametrize("how", ["detector:ended('rbxassetid://1')", "about.position = 1"])
def test_no_track_is_over_before_it_played_for_a_second(server: Peer, speed: float, how: str) -> None:
    source = f"""
    local function ended() return table.find(told, "ended") ~= nil end
    about.speed = ...
    passTo(3)
    begin({{ asset_id = "1", duration = 1 }}, 0)
    about.playing = false
    {how}
    passTo(3.9)
    local before = ended()
    passTo(4)
    return before, ended()
    """
    assert watched(server, source, speed) == [False, True]


@pytest.mark.parametrize(
    ("region", "heard", "ends", "position", "length"),
    [
        ((0, 30), 0, 30, 0, 30),
        ((20, 30), 0, 10, 20, 30),
        ((20, 30), 25, 5, 25, 30),
        ((20, 500), 0, 70, 20, 90),
        ((100, 200), 0, 90, 0, 90),
        ((89.5, 200), 0, 90, 0, 90),
        ((89, 200), 0, 1, 89, 90),
    ],
)
def test_a_server_that_does_not_hear_knows_which_part_is_played(
    server: Peer, region: tuple[float, float], heard: float, ends: float, position: float, length: float
) -> None:
    source = """
    local heard
    about.first, about.last, heard = ...
    begin({ asset_id = "1", duration = 90 }, heard)
    return timers:remaining("end"), progress:position(), progress:duration()
    """
    assert watched(server, source, *region, heard) == [ends, position, length]


def test_another_part_counts_from_now_on(server: Peer) -> None:
    source = """
    begin({ asset_id = "1", duration = 90 }, 0)
    passTo(10)
    about.first, about.last = 50, 60
    detector:speedChanged()
    local ends = timers:remaining("end")
    passTo(15)
    return ends, progress:position()
    """
    assert watched(server, source) == [10, 55]


def test_however_slowly_it_plays_it_is_looked_at_within_an_hour(server: Peer) -> None:
    source = """
    about.speed = 0.01
    begin({ asset_id = "1", duration = 90 }, 0)
    return timers:remaining("end")
    """
    assert watched(server, source) == [3600]


def test_a_length_nobody_knows_is_long(server: Peer) -> None:
    source = 'begin({ asset_id = "1" }, 20) return timers:remaining("end"), timers:remaining("lead 1")'
    assert watched(server, source) == [400, 390]


def test_time_stands_still_while_it_is_held(server: Peer) -> None:
    source = """
    begin({ asset_id = "1", duration = 90 }, 0)
    now = 10
    detector:hold()
    local left = timers:remaining("end")
    now = 50
    detector:speedChanged()
    now = 55
    local held = timers:remaining("end")
    local position = progress:position()
    detector:release()
    now = 65
    return left, held, position, progress:position(), timers:remaining("end")
    """
    assert watched(server, source) == [80, 80, 10, 20, 70]


@pytest.mark.parametrize(("goes_on", "ended"), [(True, False), (False, True)])
def test_what_says_it_lasts_longer_than_audio_can_is_looked_at(server: Peer, goes_on: bool, ended: bool) -> None:
    source = """
    about.loaded, about.left = true, 5000
    begin({ asset_id = "1" }, 0)
    local first = timers:remaining("end")
    for second = 421, 600 do
        about.position = if ... then second else 100
        about.left = 5000 - about.position
        passTo(second)
    end
    return first, table.find(told, "ended") ~= nil, progress:duration()
    """
    assert watched(server, source, goes_on) == [pytest.approx(420.1), ended, 5000]


def test_each_track_loads_by_itself(server: Peer) -> None:
    source = """
    about.loaded, about.left, about.position = true, 50, 7
    begin({ asset_id = "1" }, 0)
    local first = progress:position()
    about.loaded, about.left = false, nil
    begin({ asset_id = "2", duration = 90 }, 0)
    now = 10
    return first, progress:position(), timers:remaining("end")
    """
    assert watched(server, source) == [7, 10, 80]


@pytest.mark.parametrize(("heard", "left"), [(85, 5), (90, 0), (95, 0)])
def test_a_track_that_went_on_beyond_its_length_has_nothing_left(server: Peer, heard: float, left: float) -> None:
    source = 'begin({ asset_id = "1", duration = 90 }, ...) return timers:remaining("end"), #told'
    assert watched(server, source, heard) == [left, 0]


@pytest.mark.parametrize(
    ("speed", "left", "next_look"), [(1, 30, 2.1), (2, 30, 1.1), (0.5, 30, 4.1), (2, 1, 0.6), (1, None, 2.1)]
)
def test_the_next_look_goes_with_the_speed(server: Peer, speed: float, left: float | None, next_look: float) -> None:
    source = """
    local speed, left = ...
    about.speed, about.loaded, about.position, about.left = speed, true, 80, 10
    begin({ asset_id = "1", duration = 90 }, 0)
    about.position, about.left = 90, left
    passTo(10 / speed + 0.1)
    return timers:remaining("end"), table.find(told, "ended") == nil
    """
    assert watched(server, source, speed, left) == [pytest.approx(next_look), True]


@pytest.mark.parametrize(
    ("heard", "loaded", "seconds", "told"),
    [
        (True, False, 19.9, []),
        (True, False, 20, ["slow"]),
        (True, False, 39.9, ["slow"]),
        (True, False, 40, ["slow", "unplayable"]),
        (True, False, 85, ["slow", "unplayable"]),
        (False, False, 20, []),
        (True, True, 20, ["loaded"]),
    ],
)
def test_what_does_not_load_in_time_is_unplayable(
    server: Peer, heard: bool, loaded: bool, seconds: float, told: list[str]
) -> None:
    source = """
    local seconds
    hearing.heard, about.loaded, seconds = ...
    begin({ asset_id = "1", duration = 90 }, 0)
    passTo(seconds)
    return told
    """
    found: list[str] = watched(server, source, heard, loaded, seconds)[0] or []
    assert [one for one in found if one != "nearing10"] == told


@pytest.mark.parametrize(("when", "told"), [(0, ["slow", "failed"]), (30, ["slow", "failed"])])
def test_what_the_engine_gave_up_has_no_second_chance(server: Peer, when: float, told: list[str]) -> None:
    source = """
    hearing.heard = true
    begin({ asset_id = "1", duration = 90 }, 0)
    passTo(...)
    about.failed = true
    passTo(if ... > 0 then 40 else 20)
    return told
    """
    assert watched(server, source, when) == [told]


def test_nothing_is_unplayable_while_nothing_else_loads(server: Peer) -> None:
    source = """
    hearing.heard, about.allSlow = true, true
    begin({ asset_id = "1", duration = 300 }, 0)
    passTo(70)
    local meanwhile = table.concat(told, " ")
    about.allSlow = false
    passTo(80)
    return meanwhile, table.concat(told, " ")
    """
    assert watched(server, source) == ["slow", "slow unplayable"]


def test_what_loads_without_a_report_is_playable(server: Peer) -> None:
    source = """
    hearing.heard = true
    begin({ asset_id = "1", duration = 90 }, 0)
    about.loaded = true
    passTo(30)
    return #told
    """
    assert watched(server, source) == [0]


def test_a_pause_gives_the_track_as_much_more_time_to_load(server: Peer) -> None:
    source = """
    hearing.heard = true
    begin({ asset_id = "1", duration = 90 }, 0)
    passTo(5)
    detector:hold()
    passTo(100)
    local before = #told
    detector:release()
    passTo(114.5)
    local meanwhile = #told
    passTo(115)
    return before, meanwhile, table.concat(told, " ")
    """
    assert watched(server, source) == [0, 0, "slow"]


def test_who_stops_watching_hears_nothing_more(server: Peer) -> None:
    source = """
    hearing.heard = true
    begin({ asset_id = "1", duration = 90 }, 0)
    detector:stop()
    passTo(1000)
    detector:inform(30)
    return #told, #alarms
    """
    assert watched(server, source) == [0, 0]


def test_a_pause_is_not_heard(server: Peer) -> None:
    source = """
    begin({ asset_id = "1", duration = 90 }, 0)
    passTo(10)
    detector:hold()
    passTo(60)
    detector:release()
    passTo(65)
    local position = progress:position()
    passTo(139.9)
    local before = table.concat(told, " ")
    passTo(140)
    return position, before, table.concat(told, " ")
    """
    assert watched(server, source) == [15, "nearing10", "nearing10 ended"]


def test_what_was_played_at_another_speed_counts_at_that_speed(server: Peer) -> None:
    source = """
    begin({ asset_id = "1", duration = 90 }, 0)
    passTo(10)
    about.speed = 2
    detector:speedChanged()
    passTo(20)
    about.speed = 0.5
    detector:speedChanged()
    passTo(24)
    return progress:position(), timers:remaining("end")
    """
    assert watched(server, source) == [32, 116]


def test_a_lead_is_put_off_by_who_goes_back_and_told_once(server: Peer) -> None:
    source = """
    local function nearing()
        local count = 0
        for _, what in told do
            if what == "nearing10" then count += 1 end
        end
        return count
    end
    about.loaded, about.left = true, 100
    begin({ asset_id = "1", duration = 100 }, 0)
    about.position, about.left = 40, 60
    passTo(139)
    local before = nearing()
    about.position, about.left = 89, 11
    passTo(140)
    local early = nearing()
    about.position, about.left = 90, 10
    passTo(141)
    local after = nearing()
    about.position, about.left = 92, 8
    detector:speedChanged()
    passTo(145)
    return before, early, after, nearing()
    """
    assert watched(server, source) == [0, 0, 1, 1]


def test_each_track_has_its_own_leads(server: Peer) -> None:
    source = """
    begin({ asset_id = "1", duration = 100 }, 0)
    passTo(95)
    begin({ asset_id = "2", duration = 50 }, 0)
    local before = table.concat(told, " ")
    passTo(140)
    return before, table.concat(told, " ")
    """
    assert watched(server, source) == ["nearing10", "nearing10 nearing10"]


def test_a_look_compares_with_the_one_before_of_the_same_track(server: Peer) -> None:
    source = """
    local function ended() return table.find(told, "ended") ~= nil end
    about.loaded, about.left = true, 10
    begin({ asset_id = "1", duration = 10 }, 0)
    about.position, about.left = 10, 30
    passTo(10.2)
    local first = ended()
    begin({ asset_id = "2", duration = 10 }, 0)
    local due = timers:remaining("end")
    passTo(10.2 + due + 0.1)
    local second = ended()
    passTo(10.2 + due + 2.3)
    return first, second, ended()
    """
    assert watched(server, source) == [False, False, True]
