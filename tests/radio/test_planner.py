"""Stretches of tracks that are planned ahead, in catalogues in which we know how alike any two tracks are."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from audioscape_luau.contract.scenes.radio.hidden_sound import FALL, HiddenSound
from roblox_double import Peer
from support.radio import run

DRIVE = """
local tracks, sounds, options = ...
local recommender = load("Recommender").new({
	pageSize = 100,
	tracksPerAnchor = options.perAnchor,
	goal = options.goal,
	leash = options.leash,
	hasOthers = options.known ~= nil,
	fallback = {},
})
local history = load("History").new(50, 3)
local current
local criteria = {
	history = history,
	isBlocked = function(id) return table.find(options.dead, id) ~= nil end,
	strategy = "nearest",
	context = { seed = if options.seedless then nil else tracks[1] },
	complain = error,
}
local number = options.chance
function criteria.context.random()
	number = number * 16807 % 2147483647
	return number / 2147483647
end
local function page(id)
	local list = {}
	for index, track in tracks do
		local sum = 0
		for axis, place in sounds[index] do
			sum += (place - sounds[tonumber(id)][axis]) ^ 2
		end
		local copy = table.clone(track)
		copy.score = math.exp(-options.fall * math.sqrt(sum))
		list[index] = copy
	end
	table.sort(list, function(a, b) return a.score > b.score end)
	return table.move(list, 2, 101, 1, {})
end
local asked, played, frames, looked = {}, {}, 0, 0
local function start(track)
	criteria.context.current = track
	history:push(track)
	recommender:started(track.asset_id)
	table.insert(played, track.asset_id)
end
local function choose()
	local failed = {}
	for _ = 1, 200 do
		local decision = recommender:decide(criteria, failed, false, math.huge)
		local request = decision.request
		if decision.plans then
			frames += 1
		elseif decision.among then
			local pages, count = {}, 0
			for _, id in decision.among do
				if count < 6 and table.find(options.known, id) then
					count += 1
					pages[id] = page(id)
				end
			end
			looked += 1
			recommender:heard(decision.among, pages)
			recommender:heard({}, { ["2"] = {} })
		elseif not request then
			return decision.track
		else
			table.insert(asked, request.assetId)
			if table.find(options.broken, #asked) then
				failed[request.key] = true
			elseif table.find(options.lonely, #asked) then
				recommender:received(request, nil)
				failed[request.key] = true
			else
				recommender:received(request, if request.offset == 0 then page(request.assetId) else {})
			end
		end
	end
	error("it never decides")
end
recommender:restart("1")
start(tracks[1])
for number = 2, options.count do
	local chosen = choose()
	local forced = options.forced[tostring(number)]
	start(if forced then tracks[forced] else chosen)
	if number == options.forget then
		recommender:forget()
	end
end
return played, asked, frames, looked
"""


@dataclass(frozen=True)
class Drive:
    """What was played, and which pages were requested."""

    world: HiddenSound
    played: list[int]
    asked: list[int]
    frames: int
    looked: int = 0

    @property
    def likeness(self) -> float:
        """How much each track sounds like the one before it, on average."""
        return statistics.mean(math.exp(-self.world.distance(a, b)) for a, b in pairwise(self.played))


def drive(server: Peer, world: HiddenSound, count: int = 60, per_anchor: int = 12, **changes: Any) -> Drive:
    none: dict[str, Any] = {"known": None, "dead": [], "broken": [], "lonely": [], "forced": {}, "forget": 0}
    options = none | {"goal": "near", "leash": None, "perAnchor": per_anchor, "count": count, "fall": FALL, "chance": 7}
    options |= changes
    played, asked, frames, looked = run(server, DRIVE, world.tracks, world.sounds, options)
    return Drive(world, [int(one) for one in played], [int(one) for one in asked], frames, looked)


def keeps_the_rules(world: HiddenSound, played: list[int]) -> bool:
    artists = [world.tracks[number - 1]["artist"] for number in played]
    repeated = any(one in played[max(0, at - 50) : at] for at, one in enumerate(played))
    return not repeated and not any(one in artists[max(0, at - 3) : at] for at, one in enumerate(artists))


def oracle(world: HiddenSound, count: int) -> float:
    """The likeness of a radio that knows all and takes the nearest track that the rules allow."""
    played = [1]
    while len(played) < count:
        near = sorted((world.distance(played[-1], other), other) for other in range(1, world.size + 1))
        played.append(next(other for _, other in near if keeps_the_rules(world, [*played[-50:], other])))
    return Drive(world, played, [], 0).likeness


@pytest.mark.parametrize("telling", [True, False])
def test_it_flows(server: Peer, telling: bool) -> None:
    worlds = [HiddenSound(seed, telling=telling) for seed in range(3)]
    planned = [drive(server, world, 100) for world in worlds]
    nearest = [drive(server, world, 100, goal=None).likeness for world in worlds]
    best = [oracle(world, 100) for world in worlds]
    shares = [one.likeness / most for one, most in zip(planned, best, strict=True)]
    assert statistics.mean(shares) > (0.88 if telling else 0.82)
    assert all(one.likeness > other for one, other in zip(planned, nearest, strict=True))
    for one in planned:
        assert keeps_the_rules(one.world, one.played)
        assert len(one.asked) <= 10


def test_away_from_the_seed_it_flows_too(server: Peer) -> None:
    worlds = [HiddenSound(seed) for seed in range(3)]
    roaming = [drive(server, world, 49, goal="away") for world in worlds]
    circling = [drive(server, world, 49) for world in worlds]
    shares = [one.likeness / oracle(one.world, 49) for one in roaming]
    assert statistics.mean(shares) > 0.72

    def reached(one: Drive) -> list[float]:
        return [one.world.distance(1, one.played[at]) for at in (12, 24, 36, 48)]

    far, near = ([statistics.mean(at) for at in zip(*map(reached, ways), strict=True)] for ways in (roaming, circling))
    assert all(a > b for a, b in zip(far, near, strict=True))
    assert far[0] < far[-1]
    for one in roaming:
        assert keeps_the_rules(one.world, one.played)
        assert len(one.asked) <= 6


def test_without_a_seed_it_goes_anywhere(server: Peer) -> None:
    world = HiddenSound()
    found = drive(server, world, 30, goal="away", seedless=True)
    assert keeps_the_rules(world, found.played)
    assert found.likeness / oracle(world, 30) > 0.72


def test_on_a_leash_it_comes_back(server: Peer) -> None:
    worlds = [HiddenSound(seed) for seed in range(3)]
    found = [drive(server, world, 38, goal="away", leash=2) for world in worlds]
    free = [drive(server, world, 38, goal="away") for world in worlds]

    def home(one: Drive) -> float:
        # The third stretch begins with the seed as the anchor, not with the end of the second.
        return statistics.mean(one.world.distance(1, track) for track in one.played[28:37])

    assert sum(map(home, found)) < 0.9 * sum(map(home, free))
    assert statistics.mean(one.likeness / oracle(one.world, 38) for one in found) > 0.72


def test_a_stretch_ends_at_the_anchor_that_was_asked_for(server: Peer) -> None:
    found = drive(server, HiddenSound(), 50)
    # The first track is the anchor of eleven more.
    assert found.asked == [found.played[0], *found.played[11:48:12], found.asked[-1]]


def test_each_search_takes_some_frames(server: Peer) -> None:
    found = drive(server, HiddenSound(), 49)
    assert 4 * 4 <= found.frames <= 6 * 5


@pytest.mark.parametrize("per_anchor", [1, 2, 5])
def test_short_stretches(server: Peer, per_anchor: int) -> None:
    world = HiddenSound()
    found = drive(server, world, 40, per_anchor)
    assert keeps_the_rules(world, found.played)
    assert found.likeness > 0.95 * drive(server, world, 40).likeness


@pytest.mark.parametrize("trouble", ["broken", "lonely"])
def test_a_page_that_does_not_come_is_done_without(server: Peer, trouble: str) -> None:
    world = HiddenSound()
    changes: dict[str, Any] = {trouble: [2]}
    found = drive(server, world, 40, **changes)
    assert keeps_the_rules(world, found.played)
    assert len(found.asked) <= 6
    assert found.likeness > 0.9 * drive(server, world, 40).likeness


def test_without_any_further_page_the_first_is_played(server: Peer) -> None:
    world = HiddenSound()
    found = drive(server, world, 40, broken=list(range(2, 1000)))
    page = {int(one["asset_id"]) for one in world.page(1)}
    assert set(found.played[1:]) <= page
    assert keeps_the_rules(world, found.played)


def test_no_other_recording_of_the_next_anchor_is_played_on_the_way(server: Peer) -> None:
    world = HiddenSound()
    plan = drive(server, world, 13)
    anchor, nearest = plan.played[11], plan.played[10]
    world.tracks[nearest - 1]["name"] = "River (Live)"
    world.tracks[anchor - 1]["name"] = "River"
    found = drive(server, world, 24)
    assert found.asked[:2] == plan.asked[:2]
    assert found.played[11] == anchor
    assert nearest not in found.played[:11]
    assert len(found.asked) == 3


def test_dead_tracks_are_left_out(server: Peer) -> None:
    world = HiddenSound()
    plan = drive(server, world, 13).played
    dead = {plan[3], plan[4], plan[12]}
    found = drive(server, world, 40, dead=[str(one) for one in dead])
    assert not dead & set(found.played)
    assert keeps_the_rules(world, found.played)


def test_another_track_overturns_the_plan(server: Peer) -> None:
    world = HiddenSound()
    plan = drive(server, world, 13).played
    page = [int(one["asset_id"]) for one in world.page(1)]
    other = sorted(set(page) - set(plan), key=lambda one: world.distance(plan[3], one))[60]
    found = drive(server, world, 20, forced={"5": other})
    assert found.played[:4] == plan[:4]
    after = world.distance(other, found.played[5])
    assert after < statistics.mean(world.distance(other, one) for one in plan[5:12])
    unknown = next(one for one in range(2, 400) if one not in page + plan and one not in found.played)
    assert keeps_the_rules(world, drive(server, world, 20, forced={"5": unknown}).played[4:])
    skipped = drive(server, world, 20, forced={"5": plan[7]})
    # What was planned before it is skipped, and what comes after it stays.
    assert skipped.played[4:9] == plan[7:12]


def test_other_filters_overturn_the_plan(server: Peer) -> None:
    world = HiddenSound()
    plan = drive(server, world, 13)
    found = drive(server, world, 20, forget=5)
    assert found.played[:5] == plan.played[:5]
    assert found.asked[2] == found.asked[0] == 1


def known(every: int = 4) -> list[str]:
    """Tracks whose pages other servers have asked for."""
    return [str(number) for number in range(2, 401, every)]


@pytest.mark.parametrize("telling", [True, False])
def test_what_others_have_asked_for_makes_it_flow_and_saves_requests(server: Peer, telling: bool) -> None:
    worlds = [HiddenSound(seed, telling=telling) for seed in range(2)]
    alone = [drive(server, world, 100) for world in worlds]
    helped = [drive(server, world, 100, known=known()) for world in worlds]
    best = [oracle(world, 100) for world in worlds]
    shares = [one.likeness / most for one, most in zip(helped, best, strict=True)]
    assert statistics.mean(shares) > (0.93 if telling else 0.9)
    assert all(one.likeness > other.likeness for one, other in zip(helped, alone, strict=True))
    for one in helped:
        assert keeps_the_rules(one.world, one.played)
        # It looks once a stretch, and often ends at what is known, sooner if that is near.
        assert 9 <= one.looked < 18
        assert len(one.asked) <= 8


@pytest.mark.parametrize("goal", ["near", "away"])
@pytest.mark.parametrize(("others", "least", "most"), [(known(1), 1, 3), ([], 6, 6)])
def test_where_more_is_known_less_is_asked(server: Peer, goal: str, others: list[str], least: int, most: int) -> None:
    found = drive(server, HiddenSound(), 60, goal=goal, known=others)
    assert least <= len(found.asked) <= most
    assert keeps_the_rules(found.world, found.played)


def test_servers_that_begin_alike_go_ways_of_their_own(server: Peer) -> None:
    world = HiddenSound()
    ways = [drive(server, world, 26, chance=chance, known=["2"]) for chance in (7, 8, 9)]
    assert len({tuple(one.played) for one in ways}) == 3
    assert drive(server, world, 26, chance=8, known=["2"]).played == ways[1].played


def test_the_next_anchor_is_half_as_far_down_the_page_or_half_as_far_again(server: Peer) -> None:
    world = HiddenSound()
    page = [int(one["asset_id"]) for one in world.page(1)]
    ranks = [
        page.index(drive(server, world, 2, 8, chance=chance * 70_000_003, known=[]).asked[1]) + 1
        for chance in range(1, 30)
    ]
    # A stretch of seven tracks, each three and a half places farther.
    assert min(ranks) in range(12, 16)
    assert max(ranks) in range(33, 38)
    assert len(set(ranks)) > 10


def test_the_way_to_what_is_known_is_as_long_as_it_is_far(server: Peer) -> None:
    world = HiddenSound()
    near = int(world.page(1)[24]["asset_id"])
    ways = [drive(server, world, 10, chance=chance * 70_000_003, known=[str(near)]) for chance in range(1, 7)]
    # Twenty-five places down the page are eight tracks, after which it looks again.
    short = [one for one in ways if one.looked == 2]
    assert 0 < len(short) < len(ways)
    assert all(one.played.index(near) == 8 for one in short)


def test_each_page_of_others_is_looked_up_once_and_learnt_once(server: Peer) -> None:
    source = """
    local others = load("Others").new()
    local said = {}
    local function say(...)
        table.insert(said, table.concat({ tostring(others:isDone()), ... }, " "))
    end
    local function ids(...)
        local list = {}
        for index, id in { ... } do list[index] = { asset_id = id } end
        return list
    end
    local function wanted(known)
        return others:wanted(ids("goal", "known"), ids("near", "goal"), function(id) return known[id] == true end)
    end
    local among = wanted({ known = true })
    say(table.concat(among, ","))
    say(tostring(wanted({}) == among))
    others:heard({ "goal" }, { goal = {} })
    others:heard(among, { near = ids("found") })
    say(tostring(wanted({})))
    local id, tracks = others:next()
    say(id, tracks[1].asset_id, tostring(others:next()))
    others:restart()
    say()
    say(tostring(wanted({ goal = true, known = true, near = true })))
    say(tostring(wanted({})))
    return said
    """
    assert run(server, source) == [
        ["false goal,near", "false true", "false nil", "true near found nil", "false", "true nil", "true nil"]
    ]
