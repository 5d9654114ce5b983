"""Where the route looks for tracks, in which order, and what it asks for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roblox_double import Peer
from support.radio import run
from support.sampling import examples

# Drives a route over a graph of neighbours: `graph[id]` is the list of similar ids, `broken` the ids whose requests
# fail. Gives what was played and what was asked for.
DRIVE = """
local graph, options = ...
local recommender = load("Recommender").new({
	pageSize = options.pageSize or 4,
	tracksPerAnchor = options.tracksPerAnchor or 10,
	leash = options.leash,
	fallback = options.fallback or {},
})
local history = load("History").new(options.historySize or 50, 0)
local dead = options.dead or {}
local criteria = {
	history = history,
	isBlocked = function(id) return table.find(dead, id) ~= nil end,
	strategy = "nearest",
	context = { random = function() return 0 end },
	complain = error,
}
local asked = {}
local function answer(request)
	local similar = graph[request.assetId .. (if request.filtered then "" else " unfiltered")]
	if similar == nil then
		recommender:received(request, nil)
		return
	end
	local page = {}
	for index = request.offset + 1, math.min(request.offset + (options.pageSize or 4), #similar) do
		table.insert(page, { asset_id = similar[index] })
	end
	recommender:received(request, page)
end
local function nextTrack()
	local failed = {}
	for _ = 1, 100 do
		local decision = recommender:decide(criteria, failed, options.filtered == true, options.spare or math.huge)
		if not decision.request then
			return decision.track
		end
		local request = decision.request
		table.insert(asked, request.key .. (if request.offset > 0 then "+" .. request.offset else ""))
		if table.find(options.broken or {}, request.assetId) then
			failed[request.key] = true
		else
			answer(request)
			local similar = graph[request.assetId .. (if request.filtered then "" else " unfiltered")]
			failed[request.key] = similar == nil or #similar == 0 or nil
		end
	end
	error("it never decides")
end
local played = { options.seed }
recommender:restart(options.seed)
history:push({ asset_id = options.seed })
recommender:started(options.seed)
for _ = 1, options.tracks or 3 do
	local track = nextTrack()
	if not track then
		table.insert(played, "-")
		break
	end
	table.insert(played, track.asset_id)
	history:push(track)
	recommender:started(track.asset_id)
end
return table.concat(played, " "), table.concat(asked, " ")
"""


@pytest.mark.parametrize(
    ("graph", "options", "played", "asked"),
    [
        pytest.param({"1": "2 3 4"}, {}, "1 2 3 4", "1", id="the anchor's neighbours"),
        pytest.param({"1": "2 3 4 5 6 7"}, {"tracks": 5}, "1 2 3 4 5 6", "1 1+4", id="then their next page"),
        pytest.param({"1": "2 3", "3": "5 6"}, {"tracks": 4}, "1 2 3 5 6", "1 3", id="then neighbours of the latest"),
        pytest.param(
            {"1": "2", "2": "1", "1 unfiltered": "8"},
            {"tracks": 2, "filtered": True},
            "1 2 8",
            "1 2 1 unfiltered",
            id="then without filters",
        ),
        pytest.param(
            {"1": "2", "2": "1", "1 unfiltered": "8 9 10 11 12"},
            {"tracks": 6, "filtered": True},
            "1 2 8 9 10 11 1",
            "1 2 1 unfiltered 8 9 10 11",
            id="of which one page is enough",
        ),
        pytest.param(
            {"1": "2 3 4 5 2 3 4 5 6"},
            {"tracks": 5},
            "1 2 3 4 5 1",
            "1 1+4 5 4 3 2",
            id="a page without anything new is the last",
        ),
        pytest.param(
            {"1": "2", "2": "1"},
            {"tracks": 4, "fallback": [{"asset_id": "7"}]},
            "1 2 7 1 2",
            "1 2 7",
            id="then the fallback, then what was played longest ago",
        ),
        pytest.param({"1": "2", "2": "1"}, {"tracks": 4}, "1 2 1 2 1", "1 2", id="two tracks alternate at worst"),
        pytest.param({"1": ""}, {"tracks": 2}, "1 1 1", "1 1", id="one track repeats rather than nothing"),
        pytest.param({"1": ""}, {"tracks": 2, "dead": ["1"]}, "1 -", "1", id="nothing but dead tracks is nothing"),
        pytest.param({}, {"tracks": 1}, "1 1", "1", id="an id that the API does not know"),
        pytest.param({}, {"tracks": 3}, "1 1 1 1", "1 1 1", id="asked for again with each track"),
        pytest.param({"1": "2 3", "2": "4"}, {"tracks": 3, "dead": ["3"]}, "1 2 4 1", "1 2 4", id="past dead ones"),
        pytest.param(
            {"1": "2 3", "2": "4"}, {"tracks": 2, "broken": ["1"]}, "1 1 1", "1 1", id="the API fails from the start"
        ),
        pytest.param(
            {"1": "2 3 4", "3": "1 6 7 8"},
            {"tracks": 5, "tracksPerAnchor": 3},
            "1 2 3 6 7 8",
            "1 3",
            id="a new anchor after so many tracks",
        ),
        pytest.param(
            {"1": "2 3 4 5", "3": "6", "6": "7"},
            {"tracks": 4, "tracksPerAnchor": 1, "leash": 2},
            "1 2 3 6 4",
            "1 3",
            id="on a leash, every second anchor is the seed",
        ),
        pytest.param(
            {"1": " ".join(map(str, range(2, 31)))},
            {"tracks": 15, "tracksPerAnchor": 50},
            "1 2 3 4 5 6 7 8 9 10 11 12 13 1 2 3",
            "1 1+4 1+8 13 12 11 10 9",
            id="three pages of an anchor, then neighbours of five earlier tracks",
        ),
    ],
)
def test_order_of_sources(
    server: Peer, graph: dict[str, str], options: dict[str, Any], played: str, asked: str
) -> None:
    known = {name: similar.split() for name, similar in graph.items()}
    assert run(server, DRIVE, known, {"seed": "1", **options}) == [played, asked]


def test_before_it_set_out_a_route_knows_the_fallback_only(server: Peer) -> None:
    source = """
local recommender = load("Recommender").new({ pageSize = 4, tracksPerAnchor = 10, fallback = { { asset_id = "7" } } })
local criteria = {
	history = load("History").new(5, 0),
	isBlocked = function() return false end,
	strategy = "nearest",
	context = { random = function() return 0 end },
	complain = error,
}
local plain = recommender:decide(criteria, {}, false, math.huge)
local filtered = recommender:decide(criteria, {}, true, math.huge)
return plain.track.asset_id, plain.request == nil, filtered.track.asset_id, filtered.request == nil
"""
    assert run(server, source) == ["7", True, "7", True]


@examples(60, deadline=None)
@given(st.data())
def test_no_track_comes_again_while_there_is_another(server: Peer, data: st.DataObject) -> None:
    """In a catalogue in which each track is near each other, the order is a plain round."""
    size = data.draw(st.integers(2, 12))
    ids = [str(number) for number in range(1, size + 1)]
    graph = {one: data.draw(st.permutations([other for other in ids if other != one])) for one in ids}
    tracks = 3 * size
    played, _ = run(server, DRIVE, graph, {"seed": "1", "tracks": tracks, "pageSize": 20, "tracksPerAnchor": 4})
    order = played.split()
    for index, track in enumerate(order):
        assert track not in order[max(0, index - size + 1) : index], order


def test_one_request_serves_ten_tracks(server: Peer) -> None:
    ids = [str(number) for number in range(1, 401)]
    graph = {one: [ids[(index + step) % 400] for step in range(1, 60)] for index, one in enumerate(ids)}
    played, asked = run(server, DRIVE, graph, {"seed": "1", "tracks": 200, "pageSize": 50})
    assert len(set(played.split())) == 201
    assert len(asked.split()) <= 21


def routed(server: Peer, source: str, *args: object) -> list[Any]:
    """Run a script with a `route` of pages of two tracks, which a strategy of the game's own chooses from."""
    head = """
local fallback = {}
local recommender = load("Recommender").new({ pageSize = 2, tracksPerAnchor = 2, leash = 2, fallback = fallback })
local candidates = {}
local criteria = {
	history = load("History").new(50, 0),
	isBlocked = function() return false end,
	strategy = function(given) candidates = given return given[1] end,
	context = { random = function() return 0 end },
	complain = error,
}
local function receive(id, similar)
	local page = {}
	for one in string.gmatch(similar, "%S+") do table.insert(page, { asset_id = one }) end
	recommender:received({ key = id, assetId = id, offset = 0, filtered = true }, page)
end
local function wanted(failed)
	local decision = recommender:decide(criteria, failed or {}, false, math.huge)
	return if decision.request then "asks " .. decision.request.key else decision.track and decision.track.asset_id
end
"""
    return run(server, head + source, *args)


def test_who_never_set_out_sets_out_from_what_plays(server: Peer) -> None:
    assert routed(server, "recommender:started('5') return wanted()") == ["asks 5"]


def test_the_eight_shelves_used_last_are_kept(server: Peer) -> None:
    source = """
    recommender:restart("100")
    for number = 1, 9 do receive(tostring(number), `{number}0 {number}1`) end
    local known = {}
    for number = 1, 9 do
        recommender:restart(tostring(number))
        known[number] = wanted({ [tostring(number)] = true })
    end
    return known
    """
    # Of the first nothing is known any more, so it is what the last one looked at has.
    assert routed(server, source) == [["90", "20", "30", "40", "50", "60", "70", "80", "90"]]


def test_a_shelf_that_is_looked_at_stays(server: Peer) -> None:
    source = """
    for number = 1, 8 do receive(tostring(number), `{number}0 {number}1`) end
    recommender:restart("1")
    wanted()
    receive("9", "90 91")
    recommender:restart("1")
    return wanted()
    """
    assert routed(server, source) == ["10"]


def test_a_track_that_comes_twice_in_a_page_is_one_candidate(server: Peer) -> None:
    source = "recommender:restart('1') receive('1', '2 2 1') return wanted(), #candidates"
    assert routed(server, source) == ["2", 1]


def test_a_detour_is_one_page_long(server: Peer) -> None:
    source = """
    recommender:restart("1")
    receive("1", "")
    criteria.history:push({ asset_id = "2" })
    local first = wanted({ ["1"] = true })
    receive("2", "3 4")
    for _, id in { "3", "4" } do criteria.history:push({ asset_id = id }) end
    return first, wanted({ ["1"] = true, ["3"] = true, ["4"] = true })
    """
    assert routed(server, source) == ["asks 2", "2"]


def test_a_fallback_comes_before_another_question(server: Peer) -> None:
    source = """
    recommender:restart("1")
    receive("1", "")
    local without = wanted()
    table.insert(fallback, { asset_id = "7" })
    return without, wanted()
    """
    assert routed(server, source) == ["asks 1", "7"]


@pytest.mark.parametrize("alive", ["7", "8", "20", "21", "30", "31", "5", "6"])
def test_whatever_is_known_comes_when_nothing_else_may(server: Peer, alive: str) -> None:
    source = """
    local alive = ...
    for _, id in { "7", "8" } do table.insert(fallback, { asset_id = id }) end
    recommender:restart("1")
    receive("2", "20 21")
    receive("3", "30 31")
    criteria.isBlocked = function(id) return id ~= alive end
    criteria.history = {
        forbids = function() return true end,
        age = function() return nil end,
        list = function() return { { asset_id = "5" }, { asset_id = "6" } } end,
    }
    return wanted({ ["1"] = true, ["5"] = true, ["6"] = true })
    """
    assert routed(server, source, alive) == [alive]


def test_of_what_never_came_the_nearest_comes_first_when_nothing_else_may(server: Peer) -> None:
    source = """
    recommender:restart("1")
    receive("2", "20 21")
    criteria.history = {
        forbids = function() return true end,
        age = function() return nil end,
        list = function() return {} end,
    }
    return wanted({ ["1"] = true })
    """
    assert routed(server, source) == ["20"]


def test_each_anchor_has_its_own_detours(server: Peer) -> None:
    source = """
    recommender:restart("1")
    for number = 1, 5 do receive("detour" .. number, "") end
    criteria.history:push({ asset_id = "6" })
    local before = wanted({ ["1"] = true })
    recommender:restart("2")
    return before, wanted({ ["2"] = true })
    """
    assert routed(server, source) == ["6", "asks 6"]


def test_a_new_seed_begins_the_leash_anew(server: Peer) -> None:
    source = """
    local function anchors()
        local seen = {}
        for number = 1, 8 do
            recommender:started("track" .. number)
            if number % 2 == 0 then table.insert(seen, wanted()) end
        end
        return table.concat(seen, ", ")
    end
    recommender:restart("seed")
    local first = anchors()
    recommender:restart("other")
    return first, anchors()
    """
    along = "asks track2, asks {0}, asks track6, asks {0}"
    assert routed(server, source) == [along.format("seed"), along.format("other")]
