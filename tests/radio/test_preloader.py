"""What is made ready on a second player: how often one is made, and what proves that something does not load."""

from __future__ import annotations

import pytest

from roblox_double import Peer
from support.radio import MakeWorld, run

STANDBY = """
local function deck()
	local about = { loaded = false, content = "", gone = false }
	return {
		about = about,
		isLoaded = function() return about.loaded end,
		cue = function(_, content) about.content = content end,
		stay = function() assert(not about.gone) end,
		stop = function() end,
		discard = function() about.gone = true end,
	}
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
local standby = load("Preloader").new(first, timers, hearing, 20, function() spoilt += 1 end)
"""


def test_a_player_that_allows_no_copy_is_asked_once(server: Peer) -> None:
    source = """
    copies = false
    standby:cue("a")
    standby:cue("b")
    standby:close()
    return twins, alarm() == nil
    """
    assert run(server, STANDBY + source) == [1, True]


def test_nothing_is_made_to_forget_what_never_was(server: Peer) -> None:
    assert run(server, STANDBY + "standby:cue(nil) standby:close() return twins") == [0]


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
    source = 'standby:cue("a") standby:cue(nil) return alarm() == nil, second.about.content'
    assert run(server, STANDBY + source) == [True, ""]


def test_what_is_cued_again_goes_on_loading(server: Peer) -> None:
    source = 'standby:cue("a") local first = alarm() standby:cue("a") return alarm() == first'
    assert run(server, STANDBY + source) == [True]


def test_who_closes_does_not_wait_for_the_next_to_load(server: Peer) -> None:
    source = 'standby:cue("a") standby:close() standby:close() return alarm() == nil, second.about.gone'
    assert run(server, STANDBY + source) == [True, True]


@pytest.mark.parametrize("kind", ["Sound", "AudioPlayer"])
@pytest.mark.parametrize("archivable", [True, False])
def test_a_player_that_is_not_archivable_gets_a_standby_and_stays_so(
    world: MakeWorld, kind: str, archivable: bool
) -> None:
    radio = world(kind=kind)
    radio.run("player.Archivable = ... radio:start(track(7))", archivable)
    radio.advance(80)
    source = "return game:GetService('SoundService'):FindFirstChild('MusicStandby') ~= nil, player.Archivable"
    assert radio.run(source) == [True, archivable]


def test_a_player_that_throws_when_it_is_copied_is_asked_once(server: Peer) -> None:
    source = """
    first.twin = function() twins += 1 error("no copy") end
    standby:cue("a")
    standby:cue("b")
    return twins
    """
    assert run(server, STANDBY + source) == [1]


def test_a_second_player_that_is_gone_is_thrown_away_and_made_anew(server: Peer) -> None:
    source = """
    standby:cue("a")
    local gone = second
    gone.stay = function() error("destroyed") end
    second = deck()
    standby:cue("b")
    return twins, gone.about.gone, second.about.content
    """
    assert run(server, STANDBY + source) == [2, True, "b"]
