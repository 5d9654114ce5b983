"""What a whole radio does in each story: to its players, to the API and to its listeners, as steps.txt has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from roblox_double import Peer
from support.radio import CLOCK, DECK, run
from support.recorded import expect_recorded

# A radio on a deck that notes what is done to it. `reply` and `fail` answer the oldest request; methods that are
# refused say why.
RADIO = (
    CLOCK
    + "local options = ... "
    + DECK
    + """
frame = 0.5
local Errors = require(root.Errors)
local deck, waiting = newDeck("player"), {}
local a, c = track("1"), track("3")
engine.random = function() return 0 end
engine.warn = function(text) tell("warning", text) end
engine.players = function() return { "Ann", "Bob" } end
local library = { pageSize = 50 }
function library.filters(caller, filters)
	if filters == nil or type(filters) == "table" then return filters, nil end
	return nil, Errors.new("bad_parameter", { operation = caller, parameter = "filters" })
end
function library.name(assetId) return assetId end
function library.page(assetId, _, filters, again)
	local mood = if filters then " " .. filters.mood else ""
	tell("api", `asked for {assetId}{mood}{if again then " again" else ""}`)
	table.insert(waiting, coroutine.running())
	return coroutine.yield()
end
local function resume(...)
	assert(coroutine.resume(table.remove(waiting, 1), ...))
end
local function reply(ids)
	local tracks = {}
	for id in string.gmatch(ids, "%S+") do table.insert(tracks, track(id)) end
	resume(tracks)
end
local function fail(id) resume(nil, Errors.new(id, { operation = "similar", said = "no", status = 500 })) end

local settings = load("RadioOptions").check(options.radio)
local core = load("Core").new({
	engine = engine, library = library, hide = tostring, hideTitle = tostring,
	hearing = if options.fresh then nil else options.hearing or { heard = true },
}, deck, settings, {})
if not options.unheard then
	for _, name in { "trackChanged", "trackEnding", "failed", "stateChanged" } do
		core.signals[name]:Connect(function(...)
			local said = {}
			for _, value in { ... } do
				if type(value) == "table" then value = value.asset_id or `{value.id} of {value.operation}` end
				table.insert(said, value)
			end
			tell("game", `{name} {table.concat(said, " ")}`)
		end)
	end
end
local inner = load("Radio").of(core)
local radio = setmetatable({}, { __index = function(_, name)
	return function(_, ...)
		local done, err = inner[name](inner, ...)
		if done == false then tell("game", `{name}: {err.id} of {err.operation}`) end
		return done
	end
end })
local function ids(list)
	local found = {}
	for _, one in list do table.insert(found, one.asset_id) end
	return table.concat(found, " ")
end
-- Plays the first track, with three to come after it.
local function playing()
	radio:start(a)
	pass(0)
	pass(0.5)
	reply("2 3 4")
end
"""
)

STORIES: dict[str, tuple[dict[str, Any], str]] = {
    "one track after another": ({}, "playing() pass(201.5)"),
    "one track fades into another": ({"radio": {"crossfade": 1}}, "playing() pass(101)"),
    "a bare id": ({"lengths": {"7": 50}}, "deck.loaded = false radio:start('7') pass(0.5) reply('2 3') pass(50)"),
    "what the player has": ({}, "deck.asset = 'rbxassetid://7' radio:start() pass(1)"),
    "what the player plays": (
        {},
        "deck.asset, deck.playing, deck.at = 'rbxassetid://7', true, 30 radio:start() pass(1)",
    ),
    "nothing to start with": ({}, "radio:start() pass(1)"),
    "no seed": ({}, "radio:start(5.5) pass(1)"),
    "a skip": ({}, "playing() pass(10) radio:skip() pass(1)"),
    "a skip before there is a choice": ({}, "radio:start(a) pass(0.5) radio:skip() pass(1) reply('2 3') pass(1)"),
    "back": ({}, "playing() pass(10) radio:skip() pass(10) radio:previous() pass(10) radio:skip() pass(1)"),
    "back from the first": ({}, "playing() radio:previous()"),
    "back when it is off": (
        {},
        "playing() radio:skip() pass(1) radio:stop() radio:previous() tell('game', ids(radio:history())) "
        "radio:destroy() radio:previous() tell('game', ids(radio:history()))",
    ),
    "a start without a seed while it plays": ({}, "playing() pass(1) radio:start() pass(1)"),
    "a fault of our own in a method": (
        {},
        "core.source = setmetatable({ enqueue = function() error('broken', 0) end }, { __index = core.source }) "
        "tell('game', tostring(radio:queue('5')))",
    ),
    "orders while a track is put on": (
        {},
        "playing() pass(1) local play = deck.play "
        "deck.play = function(self, ...) deck.play = play play(self, ...) radio:pause() radio:resume() end "
        "radio:skip() pass(1)",
    ),
    "a track that cannot fade in": (
        {"radio": {"crossfade": 2}},
        "local play = deck.play deck.play = function(self, content, ...) "
        "if content == 'rbxassetid://2' then error('the engine says no', 0) end return play(self, content, ...) end "
        "playing() pass(110)",
    ),
    "a player that cannot be taken over": (
        {},
        "deck.asset, deck.playing = 'rbxassetid://7', true deck.adopt = function() error('the engine says no', 0) end "
        "radio:start() pass(1)",
    ),
    "a track that cannot begin": (
        {},
        "local play = deck.play deck.play = function(self, content, ...) "
        "if content == 'rbxassetid://2' then error('the engine says no', 0) end return play(self, content, ...) end "
        "playing() pass(110)",
    ),
    "a pause": ({}, "playing() pass(10) radio:pause() pass(60) radio:resume() pass(91)"),
    "a pause of what pauses": ({}, "playing() radio:pause() radio:pause() radio:resume() radio:resume()"),
    "a stop": ({}, "playing() pass(10) radio:stop() pass(100)"),
    "a stop before there is a choice": ({}, "radio:start(a) pass(0.5) radio:stop() pass(100)"),
    "a stop while it waits to ask again": (
        {},
        "radio:start(a) pass(0.5) fail('server_error') pass(0.1) radio:stop() pass(100)",
    ),
    "a stop leaves no alarm": ({}, "radio:start(a) pass(0.5) fail('server_error') pass(0.1) radio:stop()"),
    "the end leaves no alarm": ({}, "radio:start(a) pass(0.5) fail('server_error') pass(0.1) radio:destroy()"),
    "a reply after a stop": (
        {"radio": {"filters": {"mood": "calm"}}},
        "radio:start(a) pass(0.5) radio:stop() reply('') pass(1)",
    ),
    "a reply after the end": (
        {"radio": {"filters": {"mood": "calm"}}},
        "radio:start(a) pass(0.5) radio:destroy() reply('') pass(1)",
    ),
    "a stop and a start": ({}, "playing() radio:stop() radio:start(c) pass(1)"),
    "the end": ({}, "playing() pass(10) radio:destroy() pass(100) radio:skip() radio:start(a) radio:queue('5')"),
    "the end in a pause": ({}, "playing() radio:pause() radio:destroy()"),
    "the end before the beginning": ({}, "radio:destroy() radio:destroy()"),
    "signals after the end": (
        {},
        "local before = core.signals.failed:Connect(print) radio:destroy() "
        "tell('game', tostring(before.Connected), tostring(core.signals.trackChanged:Connect(print).Connected))",
    ),
    "a queue": (
        {},
        "playing() radio:queue('50') radio:queue('51') tell('game', ids(radio:upcoming())) pass(0.5) "
        "radio:skip() pass(1) tell('game', ids(radio:upcoming())) radio:skip() pass(1)",
    ),
    "no track for the queue": ({}, "playing() radio:queue('song')"),
    "another seed": ({}, "playing() radio:reseed('100') pass(1) reply('101 102') pass(1) radio:skip()"),
    "filters": (
        {"radio": {"filters": {"mood": "calm"}}},
        "playing() radio:setFilters({ mood = 'wild' }) pass(1) reply('20 21') pass(1) radio:setFilters(nil) pass(1)",
    ),
    "no filters": ({}, "playing() radio:setFilters('calm')"),
    "the volume": (
        {},
        "playing() radio:setVolume(0.7) radio:setVolume(10) radio:setVolume(0) radio:setVolume(10.5) "
        "radio:setVolume(-1) radio:setVolume('1') radio:setVolume(0 / 0)",
    ),
    "the API fails at first": (
        {},
        "radio:start(a) pass(0.5) fail('server_error') pass(40) fail('server_error') pass(90) reply('2 3') pass(1)",
    ),
    "the API fails to the end of the track": (
        {},
        "radio:start(a) pass(0.5) fail('server_error') pass(99) for _ = 1, #waiting do fail('server_error') "
        "end pass(10)",
    ),
    "nothing is known to the end of the track": ({}, "radio:start(a) pass(0.5) reply('') pass(101)"),
    "nobody hears of a failure": (
        {"unheard": True},
        "radio:start(a) pass(0.5) fail('server_error') pass(1.5)",
    ),
    "a fault of our own": (
        {},
        "playing() deck.pause = function() error('broken') end radio:pause() pass(1)",
    ),
    "a track does not load": ({}, "deck.loaded = false playing() pass(20)"),
    "a server that never heard anything waits": ({"fresh": True}, "deck.loaded = false playing() pass(20)"),
    "a track that loads ends a row of failures": (
        {},
        "deck.loaded = false radio:start(a) pass(0.5) reply('2 3 4 5 6 7') pass(20) "
        "deck.loaded = true deck.listener.loaded() pass(1) deck.loaded = false radio:skip() pass(20)",
    ),
    "each track has its own reports": (
        {"radio": {"unplayableShare": 1}},
        "playing() radio:reportUnplayable('Ann', '1') radio:skip() pass(1) radio:reportUnplayable('Bob', '2') pass(1) "
        "radio:reportUnplayable('Ann', '2') pass(1)",
    ),
    "a choice ends the wait for another": (
        {},
        "radio:start(a) pass(0.5) fail('server_error') pass(0.1) radio:queue('50')",
    ),
    **{
        f"the anchors of {strategy}": (
            {"radio": {"strategy": strategy, "tracksPerAnchor": 1}},
            "radio:start(a) local last = 10 for _ = 1, 6 do pass(5) if #waiting > 0 then last += 1 "
            "reply(`{last} {last + 10}`) end pass(5) radio:skip() end",
        )
        for strategy in ("nearest", "explore")
    },
    "the only track does not load": ({}, "deck.loaded = false radio:start(a) pass(0.5) reply('') pass(60)"),
    "the next does not load": (
        {"hearing": {"heard": True, "ahead": True}},
        "playing() pass(71) deck.second.loaded = false pass(11) tell('game', ids(radio:upcoming()))",
    ),
    "players cannot hear it": (
        {},
        "playing() pass(10) radio:reportUnplayable('Ann', '1') radio:reportUnplayable('Bob', '1') pass(1) "
        "tell('game', `history {ids(radio:history())}`)",
    ),
    "a report too late": (
        {},
        "playing() pass(10) radio:reportUnplayable('Ann', '9') radio:reportUnplayable('Zoe', '1')",
    ),
    "a report of nothing": ({}, "radio:reportUnplayable('Ann', '9') radio:reportUnplayable('Ann', {})"),
    "the game puts on another": (
        {},
        "playing() pass(10) deck.asset = 'rbxassetid://77' deck.listener.replaced() pass(1)",
    ),
    "the game puts on another while it is stopped": (
        {},
        "playing() radio:stop() deck.asset = 'rbxassetid://77' deck.listener.replaced() pass(1)",
    ),
    "the player goes": ({}, "playing() pass(10) deck.listener.destroying() pass(10)"),
    "what happens while something happens waits": (
        {},
        "local play = deck.play deck.play = function(...) play(...) radio:pause() radio:previous() end "
        "radio:start(a) pass(1)",
    ),
    "a strategy that fails": ({}, "settings.strategy = function() error('oh no', 0) end playing() pass(1)"),
    "a strategy that hears of what plays": (
        {},
        "settings.strategy = function(candidates, situation) "
        "tell('strategy', situation.current and situation.current.asset_id, situation.seed.asset_id) "
        "return candidates[2] end playing() pass(1) radio:skip() pass(1)",
    ),
    "what was played": (
        {},
        "playing() pass(1) radio:skip() pass(1) radio:skip() pass(1) "
        "tell('game', ids(radio:history()), radio:nowPlaying().asset_id, ids(radio:upcoming()))",
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_what_a_radio_does(server: Peer, story: str) -> None:
    options, source = STORIES[story]
    end = "tell('alarms', tostring(#alarms)) return table.concat(told, '\\n')"
    [told] = run(server, f"{RADIO} {source} {end}", options)
    expect_recorded(Path(__file__).parent / "steps.txt", story, told)
