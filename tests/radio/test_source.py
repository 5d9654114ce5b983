"""What a source asks for and answers, step by step: source.txt has it for each story, in the order of time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from roblox_double import Peer
from support.radio import CLOCK, run
from support.recorded import expect_recorded

# A source whose requests wait for `reply`, on a clock that stands still but for `pass`.
SOURCE = (
    CLOCK
    + """
local options = ...
local told, waiting = {}, {}
local function tell(text) table.insert(told, string.format("%5.1f %s", now, text)) end
local Errors = require(root.Errors)
local library = { pageSize = 2 }
function library.name(assetId, offset, filters) return `{assetId} {offset} {if filters then filters.mood else ""}` end
function library.page(assetId, offset, filters, again)
	local mood = if filters then ` in mood {filters.mood}` else ""
	tell(`asks for {assetId} from {offset} on{mood}{if again then " again" else ""}`)
	if options.throws then error("on purpose", 0) end
	table.insert(waiting, coroutine.running())
	return coroutine.yield()
end
local function resume(...)
	assert(coroutine.resume(table.remove(waiting, 1), ...))
end
local function track(id) return { asset_id = id } end
local function reply(ids)
	tell("is told " .. if ids == "" then "of none" else ids)
	local tracks = {}
	for id in string.gmatch(ids, "%S+") do table.insert(tracks, track(id)) end
	resume(tracks)
end
local function fail(id, details)
	details = details or {}
	details.operation = "similar"
	tell("is told " .. id)
	resume(nil, Errors.new(id, details))
end
local fallback = {}
for id in string.gmatch(options.fallback or "", "%S+") do table.insert(fallback, track(id)) end
local route = load("Route").new({ pageSize = 2, tracksPerAnchor = 10, fallback = fallback })
local timers = load("Timers").new(engine)
local filters = if options.mood then { mood = options.mood } else nil
local source = load("Source").new(engine, library, timers, route, function() return options.chance or 0 end, filters)
local history, dead = load("History").new(50, 0), {}
local function begin(id)
	history:push(track(id))
	source:begun(track(id))
end
local function choose()
	source:choose(function()
		return {
			history = history,
			isDead = function(id) return dead[id] == true end,
			strategy = "nearest",
			situation = { random = function() return 0 end },
			complain = error,
		}
	end, function(chosen, settled, err)
		local what = if chosen then `{chosen.asset_id}` else "nothing"
		local said = if err then `, {err.id} of {err.operation}: {err.message}` else ""
		tell(`answers {what}{if settled then "" else ", not settled"}{said}`)
	end)
end
-- Chooses what comes next within a moment, and plays it.
local function nextOf(id) begin(id) choose() pass(0) end
source:restart("1")
"""
)

STORIES: dict[str, tuple[dict[str, Any], str]] = {
    "it asks in the next frame": ({}, "begin('1') choose() tell('waits') pass(0) reply('2 3')"),
    "one page is enough for some": ({}, "nextOf('1') reply('2 3') nextOf('2') nextOf('3')"),
    "the next page": ({}, "nextOf('1') reply('2 3') nextOf('2') nextOf('3') reply('4 5') nextOf('4')"),
    "the last page": ({}, "nextOf('1') reply('2 3') nextOf('2') nextOf('3') reply('')"),
    "nobody waits any more": ({}, "begin('1') choose() source:cease() pass(100)"),
    "nobody waits for the reply": ({}, "nextOf('1') source:cease() reply('2 3') pass(100) nextOf('2')"),
    "another choice while it asks": (
        {},
        "nextOf('1') choose() pass(0) reply('2 3') reply('2 3') nextOf('2') nextOf('3')",
    ),
    "another choice after the reply": ({}, "nextOf('1') reply('2 3') choose() choose() pass(0)"),
    "no neighbours": (
        {},
        "nextOf('1') reply('') pass(60) nextOf('1') reply('') pass(60) nextOf('1') reply('2 3') nextOf('2')",
    ),
    "an id that the API does not know": (
        {},
        "nextOf('1') fail('not_found') pass(59.9) choose() pass(0) pass(0.1) choose() pass(0) fail('not_found') "
        "pass(60) nextOf('1') reply('2 3')",
    ),
    "no neighbours, but a fallback": ({"fallback": "8 9"}, "nextOf('1') reply('') nextOf('8')"),
    "nothing is known": ({}, "choose() pass(0) reply('')"),
    "nothing is known, nor can be asked": ({}, "choose() pass(0) fail('server_error') choose() pass(0)"),
    "a fault, with a fallback": ({"fallback": "8"}, "nextOf('1') fail('server_error') nextOf('8')"),
    "a fault, then a pause": (
        {"fallback": "8"},
        "nextOf('1') fail('server_error') pass(14.9) choose() pass(0) pass(0.1) choose() pass(0)",
    ),
    "chance makes a pause longer": (
        {"fallback": "8", "chance": 0.5},
        "nextOf('1') fail('server_error') pass(18.7) choose() pass(0) pass(0.05) choose() pass(0)",
    ),
    "faults in a row make the pause longer": (
        {"fallback": "8"},
        "nextOf('1') fail('server_error') pass(15) choose() pass(0) fail('server_error') "
        "pass(59.9) choose() pass(0) pass(0.1) choose() pass(0) fail('server_error') "
        "pass(119.9) choose() pass(0) pass(0.1) choose() pass(0) fail('server_error') "
        "for _ = 1, 5 do begin('8') end pass(1000) choose() pass(0) begin('8') choose() pass(0)",
    ),
    "a success ends the row": (
        {"fallback": "8"},
        "nextOf('1') fail('server_error') pass(15) choose() pass(0) reply('2 3') nextOf('2') nextOf('3') "
        "fail('server_error') pass(15) choose() pass(0)",
    ),
    "a reply that says none ends the row": (
        {"fallback": "8"},
        "nextOf('1') fail('server_error') pass(15) choose() pass(0) fail('not_found') nextOf('8') fail('server_error') "
        "pass(15) choose() pass(0)",
    ),
    "the API asks for a longer pause": (
        {"fallback": "8"},
        "nextOf('1') fail('rate_limited', { retryAfter = 30 }) pass(29.9) choose() pass(0) pass(0.1) choose() pass(0)",
    ),
    "the API asks for a shorter pause": (
        {"fallback": "8"},
        "nextOf('1') fail('rate_limited', { retryAfter = 0.5 }) pass(14.5) choose() pass(0) pass(0.5) choose() pass(0)",
    ),
    "two faults in one choice": (
        {"fallback": "8"},
        "nextOf('1') reply('2') nextOf('2') fail('server_error') pass(15) choose() pass(0) reply('1') "
        "nextOf('8') pass(1)",
    ),
    "it throws": ({"fallback": "8", "throws": True}, "nextOf('1')"),
    "a choice that throws": (
        {},
        "begin('1') choose() pass(0) history.forbids = function() error('broken', 0) end "
        "reply('2 3') history.forbids = nil choose() pass(0)",
    ),
    "no reply for a minute": (
        {"fallback": "8"},
        "nextOf('1') pass(59.9) tell('waits') pass(0.1) pass(100)",
    ),
    "a reply after the minute": (
        {"fallback": "8"},
        "nextOf('1') pass(60) reply('2 3') nextOf('8')",
    ),
    "a reply after the minute ends the pause": (
        {"fallback": "8"},
        "nextOf('1') pass(60) reply('2 3') source:restart('100') choose() pass(0)",
    ),
    "a fault after the minute": (
        {"fallback": "8"},
        "nextOf('1') pass(60) fail('server_error') pass(14.9) choose() pass(0) pass(0.1) choose() pass(0)",
    ),
    "a reply in time, and a minute": ({}, "nextOf('1') reply('2 3') pass(100)"),
    "filters": ({"mood": "calm"}, "nextOf('1') reply('2 3') nextOf('2')"),
    "filters that leave nothing": ({"mood": "calm"}, "nextOf('1') reply('') reply('5 6')"),
    "filters that leave nothing, and nothing else": (
        {"mood": "calm"},
        "nextOf('1') reply('') reply('') pass(60) nextOf('1') reply('5') nextOf('5')",
    ),
    "other filters while it asks": (
        {"mood": "calm"},
        "nextOf('1') source:setFilters({ mood = 'wild' }) reply('2 3') choose() pass(0) reply('5 6') pass(100)",
    ),
    "other filters while it asks without": (
        {"mood": "calm"},
        "nextOf('1') reply('') source:setFilters({ mood = 'wild' }) reply('5 6') nextOf('5') reply('7 8')",
    ),
    "other filters: nothing is known": (
        {"mood": "calm"},
        "nextOf('1') reply('2 3') source:setFilters(nil) nextOf('2') reply('5 6')",
    ),
    "another seed": ({}, "nextOf('1') reply('2 3') source:restart('100') choose() pass(0) reply('101')"),
    "a queue": (
        {},
        "source:enqueue(track('50'), false) source:enqueue(track('51'), false) begin('1') choose() pass(0)",
    ),
    "in front of the queue": (
        {},
        "source:enqueue(track('50'), false) source:enqueue(track('51'), true) begin('1') choose() pass(0)",
    ),
    "a queue whose first is dead": (
        {},
        "dead['50'] = true source:enqueue(track('50'), false) source:enqueue(track('51'), false) nextOf('1') "
        "tell(tostring(#source:queued()))",
    ),
    "a queue of dead ones": (
        {},
        "dead['50'] = true source:enqueue(track('50'), false) nextOf('1') reply('2 3') "
        "tell(tostring(#source:queued()))",
    ),
    "the queue is played": (
        {},
        "local first, second = track('50'), track('51') source:enqueue(first, false) source:enqueue(second, false) "
        "source:begun(first) choose() pass(0) tell(source:queued()[1].asset_id) source:begun(first) choose() pass(0) "
        "source:begun(second) choose() pass(0)",
    ),
    "a choice from the queue while it asks": (
        {},
        "nextOf('1') source:enqueue(track('50'), false) choose() pass(0)",
    ),
    "what is put into the queue while it asks": (
        {},
        "nextOf('1') source:enqueue(track('50'), false) reply('2 3')",
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_what_it_asks_and_answers(server: Peer, story: str) -> None:
    options, source = STORIES[story]
    end = "tell(`has {#alarms} alarms`) return table.concat(told, '\\n')"
    [told] = run(server, f"{SOURCE} {source} {end}", options)
    expect_recorded(Path(__file__).parent / "source.txt", story, told)


def test_the_queue_that_is_handed_out_is_a_copy(server: Peer) -> None:
    source = "source:enqueue(track('50'), false) table.clear(source:queued()) return #source:queued()"
    assert run(server, SOURCE + source, {}) == [1]
