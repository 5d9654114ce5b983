"""When a track counts as over: the watch over a deck that is told what to say, on a clock that stands still."""

from __future__ import annotations

from typing import Any

import pytest

from audioscape_luau.engine import Peer
from support.radio import run

WATCH = """
local now, alarms = 0, {}
local engine = {
	clock = function() return now end,
	delay = function(seconds, callback) table.insert(alarms, seconds) return callback end,
	cancel = function() end,
}
local about = { playing = true, loaded = false, position = 0, speed = 1, left = nil }
local deck = {
	content = function() return "rbxassetid://1" end,
	isPlaying = function() return about.playing end,
	isLoaded = function() return about.loaded end,
	position = function() return about.position end,
	speed = function() return about.speed end,
	left = function() return about.left end,
}
local told = {}
local function tell(what)
	return function(lead) table.insert(told, if lead then what .. lead else what) end
end
local hearing = { heard = false }
local timers = load("Timers").new(engine)
local watch = load("Watch").new(engine, deck, timers, hearing, 20, { 10 }, {
	ended = tell("ended"), nearing = tell("nearing"), loaded = tell("loaded"), unplayable = tell("unplayable"),
})
"""


def watched(server: Peer, source: str, *args: object) -> list[Any]:
    return run(server, WATCH + source, *args)


@pytest.mark.parametrize(
    ("said", "known"), [(100.0, 100), (0.2, 1), (1.0, 1), (0.0, None), (-1.0, None), (float("inf"), None)]
)
def test_a_length_that_cannot_be_is_no_length(server: Peer, said: float, known: float | None) -> None:
    source = 'watch:begin({ asset_id = "1" }, 0) watch:informed(...) return watch:duration()'
    assert watched(server, source, said) == [known]
    source = 'watch:begin({ asset_id = "1", duration = ... }, 0) return watch:duration()'
    assert watched(server, source, said) == [known]


def test_a_length_that_is_known_is_kept(server: Peer) -> None:
    source = 'watch:begin({ asset_id = "1", duration = 50 }, 0) watch:informed(70) return watch:duration()'
    assert watched(server, source) == [50]


@pytest.mark.parametrize(("left", "believed"), [(4, True), (3, True), (4.125, False), (90, False)])
def test_ended_is_believed_four_seconds_before_the_end(server: Peer, left: float, believed: bool) -> None:
    source = 'watch:begin({ asset_id = "1", duration = ... }, 0) watch:ended("rbxassetid://1") return #told'
    assert watched(server, source, left) == [int(believed)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("about.playing = false", ["ended"]),
        ("about.playing = false watch:cease()", []),
        ('about.playing = false content = "rbxassetid://2"', []),
        ("about.playing = false content = nil", ["ended"]),
    ],
)
def test_ended_of_a_player_that_stands_still(server: Peer, change: str, told: list[str]) -> None:
    source = f"""
    local content = "rbxassetid://1"
    watch:begin({{ asset_id = "1", duration = 90 }}, 0)
    {change}
    watch:ended(content)
    return told
    """
    assert (watched(server, source)[0] or []) == told


def test_before_it_begins_nothing_is_told(server: Peer) -> None:
    source = """
    about.playing, about.loaded, about.left = false, true, 50
    watch:ended("rbxassetid://1")
    watch:loaded()
    watch:paced()
    watch:informed(70)
    return #told, hearing.heard, #alarms, watch:position()
    """
    assert watched(server, source) == [0, False, 0, 0]


def test_what_is_loaded_tells_position_and_length_itself(server: Peer) -> None:
    source = """
    watch:begin({ asset_id = "1", duration = 90 }, 30)
    now = 5
    local before = watch:position()
    about.loaded, about.position, about.left = true, 12, 60
    watch:loaded()
    watch:loaded()
    return before, watch:position(), watch:duration(), table.concat(told, " "), hearing.heard
    """
    assert watched(server, source) == [35, 12, 72, "loaded", True]


def test_alarms_go_with_the_speed_and_the_shorter_length(server: Peer) -> None:
    source = """
    about.speed = 2
    watch:begin({ asset_id = "1", duration = 90 }, 30)
    local ends, lead, load = timers:remaining("end"), timers:remaining("lead 10"), timers:remaining("load")
    about.loaded, about.position, about.left = true, 20, 50
    watch:loaded()
    local shorter = timers:remaining("end")
    about.left = 100
    watch:paced()
    return ends, lead, load, shorter, timers:remaining("end"), timers:remaining("load") == nil
    """
    assert watched(server, source) == pytest.approx([30, 20, 20, 25.1, 35.1, True])


def test_a_length_nobody_knows_is_long(server: Peer) -> None:
    source = 'watch:begin({ asset_id = "1" }, 20) return timers:remaining("end"), timers:remaining("lead 10")'
    assert watched(server, source) == [400, 390]


def test_time_stands_still_while_it_is_held(server: Peer) -> None:
    source = """
    watch:begin({ asset_id = "1", duration = 90 }, 0)
    now = 10
    watch:hold()
    local left = timers:remaining("end")
    now = 50
    watch:paced()
    local held = timers:remaining("end")
    local position = watch:position()
    watch:release()
    now = 60
    return left, held, position, watch:position(), timers:remaining("end")
    """
    assert watched(server, source) == [80, 80, 10, 20, 70]
