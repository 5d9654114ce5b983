"""The second player: how often it is asked for, what proves that something does not load, and what its alarm does."""

from __future__ import annotations

import pytest

from audioscape_luau.engine import Peer
from support.radio import MakeWorld, run

STANDBY = """
local log = {}
local function deck(name)
	local about = { loaded = false }
	local function noting(method)
		return function(_, first, second)
			local parts = { method }
			for _, value in { first, second } do
				table.insert(parts, tostring(value))
			end
			table.insert(log, table.concat(parts, " "))
		end
	end
	local made = { about = about, isLoaded = function() return about.loaded end, stay = function() end }
	for _, method in { "cue", "play", "pause", "resume", "stop", "setVolume", "discard" } do
		made[method] = noting(method)
	end
	return made
end
local alarms = {}
local timers = {
	set = function(_, name, seconds, callback) alarms[name] = { seconds = seconds, callback = callback } end,
	cancel = function(_, name) alarms[name] = nil end,
}
local function alarm()
	local _, set = next(alarms)
	return set
end
local second, twins, copies = deck(), 0, true
local first = { twin = function()
	twins += 1
	return if copies then second else nil
end }
local hearing, spoilt = { heard = false }, 0
local standby = load("Standby").new(first, timers, hearing, 20, function() spoilt += 1 end)
"""


def test_a_player_that_allows_no_copy_is_asked_once(server: Peer) -> None:
    source = """
    copies = false
    standby:cue("a")
    standby:cue("b")
    local can = standby:trail("a", 3)
    standby:setVolume(1)
    standby:hold()
    standby:release()
    standby:hush()
    standby:close()
    return twins, can, #log, alarm() == nil
    """
    assert run(server, STANDBY + source) == [1, False, 0, True]


def test_nothing_is_made_to_forget_what_never_was(server: Peer) -> None:
    source = "standby:cue(nil) standby:hush() standby:close() return twins, #log"
    assert run(server, STANDBY + source) == [0, 0]


@pytest.mark.parametrize(
    ("before", "loaded", "spoilt", "after"), [(None, False, 0, None), (None, True, 0, True), (True, False, 1, True)]
)
def test_what_does_not_load_is_spoilt_once_something_did(
    server: Peer, before: bool | None, loaded: bool, spoilt: int, after: bool | None
) -> None:
    source = """
    hearing.ahead, second.about.loaded = ...
    standby:cue("a")
    local seconds = alarm().seconds
    alarm().callback()
    return seconds, spoilt, hearing.ahead
    """
    assert run(server, STANDBY + source, before, loaded) == [20, spoilt, after]


def test_what_is_forgotten_is_not_waited_for(server: Peer) -> None:
    source = 'standby:cue("a") standby:cue(nil) return alarm() == nil, table.concat(log, ", ")'
    assert run(server, STANDBY + source) == [True, "cue a, cue "]


def test_a_tail_comes_before_what_is_to_load(server: Peer) -> None:
    source = """
    standby:cue("a")
    standby:hold()
    standby:release()
    local can = standby:trail("b", 95)
    local waiting = alarm() ~= nil
    standby:cue("c")
    standby:hold()
    standby:release()
    standby:setVolume(0.5)
    waiting = waiting or alarm() ~= nil
    standby:hush()
    standby:hush()
    standby:hold()
    standby:release()
    return can, waiting, alarm().seconds, table.concat(log, ", ")
    """
    told = "cue a, play b 95, pause, resume, setVolume 0.5, stop, setVolume 0, cue c"
    assert run(server, STANDBY + source) == [True, False, 20, told]


def test_what_was_cued_before_a_tail_is_not_loaded_after_it(server: Peer) -> None:
    source = 'standby:cue("a") standby:trail("b", 95) standby:hush() return alarm() == nil, log[#log]'
    assert run(server, STANDBY + source) == [True, "cue "]


def test_who_closes_ends_the_tail_and_the_waiting(server: Peer) -> None:
    source = """
    standby:cue("a")
    standby:trail("b", 95)
    standby:cue("c")
    standby:close()
    standby:hush()
    standby:release()
    return alarm() == nil, twins, table.concat(log, ", ")
    """
    assert run(server, STANDBY + source) == [True, 1, "cue a, play b 95, stop, discard"]


def test_who_closes_does_not_wait_for_the_next_to_load(server: Peer) -> None:
    assert run(server, STANDBY + 'standby:cue("a") standby:close() return alarm() == nil') == [True]


@pytest.mark.parametrize("kind", ["Sound", "AudioPlayer"])
@pytest.mark.parametrize("archivable", [True, False])
def test_a_player_that_is_not_archivable_gets_a_standby_and_stays_so(
    world: MakeWorld, kind: str, archivable: bool
) -> None:
    radio = world(kind=kind)
    radio.run("player.Archivable = ... radio:start(track(7))", archivable)
    radio.advance(20)
    source = "return game:GetService('SoundService'):FindFirstChild('MusicStandby') ~= nil, player.Archivable"
    assert radio.run(source) == [True, archivable]


def test_a_player_that_throws_when_it_is_copied_is_asked_once(server: Peer) -> None:
    source = """
    first.twin = function() twins += 1 error("no copy") end
    standby:cue("a")
    standby:cue("b")
    return twins, standby:trail("a", 3), #log
    """
    assert run(server, STANDBY + source) == [1, False, 0]


def test_a_second_player_that_is_gone_is_thrown_away_and_made_anew(server: Peer) -> None:
    source = """
    standby:cue("a")
    local gone = second
    gone.stay = function() error("destroyed") end
    second = deck()
    standby:cue("b")
    return twins, table.concat(log, ", ")
    """
    assert run(server, STANDBY + source) == [2, "cue a, discard, cue b"]
