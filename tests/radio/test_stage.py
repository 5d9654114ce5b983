"""How the stage operates the players, step by step: stage.txt has what it does in each story, in the order of time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from roblox_double import Peer
from support.radio import CLOCK, DECK, run
from support.recorded import expect_recorded

# Players that note what is done to them, on a clock whose frames last half a second.
STAGE = (
    CLOCK
    + "local options = ... "
    + DECK
    + """
frame = 0.5
local deck = newDeck("player")
local reports = {}
for _, name in { "ended", "ending", "blendable", "loaded", "unplayable", "replaced", "destroying" } do
	reports[name] = function(...) tell("radio", name, ...) end
end
reports.spoiled = function(track) tell("radio", "spoiled", track.asset_id) end
local timers = load("Timers").new(engine)
local stage = load("Stage").new(engine, deck, timers, {
	hearing = options.hearing or { heard = true },
	loadTimeout = 20,
	crossfade = options.crossfade or 0,
	targetLoudness = options.targetLoudness,
	preload = true,
	hideTitle = tostring,
}, reports)
local a, b, c = track("1"), track("2", { loudness_lufs = -20 }), track("3")
"""
)

STORIES: dict[str, tuple[dict[str, Any], str]] = {
    "a track plays to its end": ({}, "stage:play(a) pass(100)"),
    "what comes is made ready, and played": ({}, "stage:play(a) stage:cue(b) pass(100) stage:play(b)"),
    "what comes is forgotten": ({}, "stage:play(a) stage:cue(b) pass(70) stage:cue(nil)"),
    "one track fades into another": (
        {"crossfade": 2},
        "stage:play(a) stage:cue(b) pass(98) stage:blend(b) stage:cue(c) pass(3)",
    ),
    "a fade of tracks of different loudness": (
        {"crossfade": 1, "targetLoudness": -20},
        "stage:play(a) pass(98) stage:blend(b) pass(2)",
    ),
    "a fade is cut short by a track": (
        {"crossfade": 4},
        "stage:play(a) pass(96) stage:blend(b) pass(1) stage:play(c) pass(3)",
    ),
    "a fade is cut short by a fade": (
        {"crossfade": 2},
        "stage:play(a) pass(98) stage:blend(b) pass(1) stage:blend(c) pass(3)",
    ),
    "a fade is cut short by silence": (
        {"crossfade": 4},
        "stage:play(a) pass(96) stage:blend(b) pass(1) stage:silence() pass(3)",
    ),
    "a fade is cut short by the game": (
        {"crossfade": 4},
        "stage:play(a) pass(96) stage:blend(b) pass(1) deck.asset = 'rbxassetid://3' stage:follow(c) pass(3)",
    ),
    "a fade that ends within a frame": ({"crossfade": 0.7}, "stage:play(a) pass(99.3) stage:blend(b) pass(1)"),
    "a fade is held": (
        {"crossfade": 2},
        "stage:play(a) pass(98) stage:blend(b) pass(1) stage:hold() pass(5) stage:release() pass(2)",
    ),
    "a fade whose track is closed": (
        {"crossfade": 4},
        "stage:play(a) pass(96) stage:blend(b) pass(1) stage:close() pass(3)",
    ),
    "the volume changes in a fade": (
        {"crossfade": 2},
        "stage:play(a) pass(98) stage:blend(b) pass(1) stage:setVolume(1) pass(2)",
    ),
    "a fade without a second player": (
        {"crossfade": 4, "alone": True},
        "stage:play(a) pass(96) stage:blend(b) pass(1)",
    ),
    "a fade from nothing": ({"crossfade": 4}, "stage:blend(a) pass(1)"),
    "without a target the volume is left alone": ({}, "stage:play(b)"),
    "the volume has an upper end": ({"targetLoudness": -14}, "stage:play(b) stage:setVolume(10)"),
    "the volume before anything plays": ({}, "stage:setVolume(0.7)"),
    "a pause": ({}, "stage:play(a) pass(10) stage:hold() pass(5) stage:release() pass(91)"),
    "what the game plays is followed": (
        {},
        "deck.asset, deck.playing, deck.at = 'rbxassetid://1', true, 30 stage:follow(a)",
    ),
    "what the game put on is played": ({}, "deck.asset = 'rbxassetid://1' stage:follow(a)"),
    "silence, and another track": (
        {"targetLoudness": -20},
        "stage:play(a) pass(1) stage:silence() pass(1) stage:play(b)",
    ),
    "the end of all": ({}, "stage:play(a) stage:cue(b) stage:close() stage:close()"),
    "the end of what never began": ({}, "stage:close()"),
    "the game turns the volume": ({"targetLoudness": -20}, "stage:play(a) deck.loudness = 1 deck.listener.leveled()"),
    "the game turned the volume just now": (
        {"targetLoudness": -20},
        "stage:play(a) deck.loudness = 1 stage:play(c) stage:close()",
    ),
    "another track in a pause": ({}, "stage:play(a) pass(10) stage:hold() pass(5) stage:play(b) pass(1)"),
    "silence in a pause": ({}, "stage:play(a) pass(10) stage:hold() pass(5) stage:silence() stage:play(b) pass(1)"),
    "the game turns the speed": (
        {},
        "stage:play(a) pass(10) deck:position() deck.pace = 2 deck.listener.paced() pass(45)",
    ),
    "the game turns the speed in a pause and after it": (
        {},
        "stage:play(a) pass(10) stage:hold() pass(5) deck.pace = 2 deck.listener.paced() pass(5) stage:release() "
        "pass(5) deck:position() deck.pace = 1 deck.listener.paced()",
    ),
    "the game turns the speed of nothing": ({}, "deck.listener.paced()"),
    "the game puts on another track": ({}, "stage:play(a) deck.asset = 'rbxassetid://77' deck.listener.replaced()"),
    "the game puts on what is no asset": (
        {},
        "stage:play(a) deck.asset = 'rbxasset://sounds/77.mp3' deck.listener.replaced()",
    ),
    "the player goes": ({}, "stage:play(a) deck.listener.destroying()"),
    "the engine says that it ended": ({}, "stage:play(a) pass(97) deck.listener.ended()"),
    "the engine says that another ended": ({}, "stage:play(a) pass(97) deck.listener.ended('rbxassetid://2')"),
    "it loads late": (
        {},
        "deck.loaded = false stage:play(a) pass(1) deck.at = 0.5 deck.loaded = true deck.listener.loaded()",
    ),
    "it does not load": ({}, "deck.loaded = false stage:play(a) pass(20)"),
    "the next does not load": (
        {"hearing": {"heard": True, "ahead": True}},
        "stage:play(a) stage:cue(b) pass(70) deck.second.loaded = false pass(20)",
    ),
    "what does not load is no longer to come": (
        {"hearing": {"heard": True, "ahead": True}},
        "stage:play(a) stage:cue(b) pass(70) deck.second.loaded = false stage:cue(nil) pass(20)",
    ),
    "a length that the API did not give": (
        {"lengths": {"4": 60}},
        "deck.loaded = false stage:play(track('4', { duration = false })) pass(60)",
    ),
    "a length that nobody has": ({}, "deck.loaded = false stage:play(track('4', { duration = false })) pass(1)"),
    "a length that is no number": (
        {"lengths": {"4": "long"}},
        "deck.loaded = false stage:play(track('4', { duration = false })) pass(1)",
    ),
    "an answer that is no table": (
        {},
        "deck.loaded = false engine.audioDurations = function() return 5 end "
        "stage:play(track('4', { duration = false })) pass(1)",
    ),
    "a length that cannot be looked up": (
        {},
        "deck.loaded = false engine.audioDurations = function() error({ ['4'] = 60 }) end "
        "stage:play(track('4', { duration = false })) pass(1)",
    ),
    "a length that comes too late": (
        {},
        "deck.loaded = false engine.audioDurations = function() task.wait(5) return { ['4'] = 60 } end "
        "stage:play(track('4', { duration = false })) stage:play(a) task.wait(10) pass(1)",
    ),
    "leads: a fade of ten seconds": ({"crossfade": 10}, "stage:play(a) pass(95)"),
    "leads: a fade of half a second": ({"crossfade": 0.5}, "stage:play(a) pass(99.5)"),
    "leads: a track as long as two fades": (
        {"crossfade": 6},
        "deck.loaded = false stage:play(track('5', { duration = 12 })) pass(11)",
    ),
    "leads: a track longer than two fades": (
        {"crossfade": 6},
        "deck.loaded = false stage:play(track('5', { duration = 12.5 })) pass(11)",
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_what_is_done_to_the_players(server: Peer, story: str) -> None:
    options, source = STORIES[story]
    end = "tell('alarms', tostring(#alarms)) return table.concat(told, '\\n')"
    [told] = run(server, f"{STAGE} {source} {end}", options)
    expect_recorded(Path(__file__).parent / "stage.txt", story, told)


def test_the_stage_tells_what_the_player_has(server: Peer) -> None:
    source = """
    local before, played = stage:loadedAsset()
    deck.asset, deck.playing = "rbxassetid://77", true
    return before, played, stage:take(), stage:loadedAsset()
    """
    assert run(server, STAGE + source, {}) == [None, False, "Looped of Music", "77", True]
