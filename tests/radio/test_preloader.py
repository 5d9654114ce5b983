"""What is made ready on a second player: how often one is made, and what proves that something does not load."""

from __future__ import annotations

import pytest

from roblox_double import Peer
from support.radio import MakeWorld, run

PRELOADER = """
local function deck()
	local about = { loaded = false, content = "", gone = false }
	return {
		about = about,
		isLoaded = function() return about.loaded end,
		cue = function(_, content) about.content = content end,
		match = function() assert(not about.gone) end,
		stop = function() end,
		destroy = function() about.gone = true end,
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
local first = { copy = function()
	twins += 1
	return if copies then second else nil
end }
local hearing, spoilt = { heard = false }, 0
local reports = { nextUnplayable = function() spoilt += 1 end }
local preloader = load("Preloader").new(first, timers, hearing, 20, true, reports)
local function cue(content) preloader:cue(content and { asset_id = content }) end
"""


def test_a_player_that_allows_no_copy_is_asked_once(server: Peer) -> None:
    source = """
    copies = false
    cue("a")
    cue("b")
    preloader:close()
    return twins, alarm() == nil
    """
    assert run(server, PRELOADER + source) == [1, True]


def test_nothing_is_made_to_forget_what_never_was(server: Peer) -> None:
    assert run(server, PRELOADER + "cue(nil) preloader:close() return twins") == [0]


@pytest.mark.parametrize(
    ("before", "loaded", "spoilt", "after"), [(None, False, 0, None), (None, True, 0, True), (True, False, 1, True)]
)
def test_what_does_not_load_is_spoilt_once_something_did(
    server: Peer, before: bool | None, loaded: bool, spoilt: int, after: bool | None
) -> None:
    source = """
    hearing.ahead, second.about.loaded = ...
    cue("a")
    local seconds = alarm().seconds
    alarm().callback()
    return seconds, spoilt, hearing.ahead
    """
    assert run(server, PRELOADER + source, before, loaded) == [20, spoilt, after]


def test_what_is_forgotten_is_not_waited_for(server: Peer) -> None:
    source = 'cue("a") cue(nil) return alarm() == nil, second.about.content'
    assert run(server, PRELOADER + source) == [True, ""]


def test_what_is_cued_again_goes_on_loading(server: Peer) -> None:
    source = 'cue("a") local first = alarm() cue("a") return alarm() == first'
    assert run(server, PRELOADER + source) == [True]


def test_what_is_closed_does_not_wait_for_the_next_to_load(server: Peer) -> None:
    source = 'cue("a") preloader:close() preloader:close() return alarm() == nil, second.about.gone'
    assert run(server, PRELOADER + source) == [True, True]


@pytest.mark.parametrize("kind", ["Sound", "AudioPlayer"])
@pytest.mark.parametrize("archivable", [True, False])
def test_a_player_that_is_not_archivable_gets_a_copy_and_stays_so(
    world: MakeWorld, kind: str, archivable: bool
) -> None:
    radio = world(kind=kind)
    radio.run("player.Archivable = ... radio:start(track(7))", archivable)
    radio.advance(80)
    source = "return game:GetService('SoundService'):FindFirstChild('MusicStandby') ~= nil, player.Archivable"
    assert radio.run(source) == [True, archivable]


def test_a_player_that_throws_when_it_is_copied_is_asked_once(server: Peer) -> None:
    source = """
    first.copy = function() twins += 1 error("no copy") end
    cue("a")
    cue("b")
    return twins
    """
    assert run(server, PRELOADER + source) == [1]


def test_a_second_player_that_is_gone_is_thrown_away_and_made_anew(server: Peer) -> None:
    source = """
    cue("a")
    local gone = second
    gone.match = function() error("destroyed") end
    second = deck()
    cue("b")
    return twins, gone.about.gone, second.about.content
    """
    assert run(server, PRELOADER + source) == [2, True, "rbxassetid://b"]
