"""A radio that plans its way: what it says of that, and what overturns it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from support.radio import MakeWorld, RadioWorld

UPCOMING = (
    "local ids = {} for _, one in radio:upcoming() do table.insert(ids, one.asset_id) end return table.concat(ids, ' ')"
)


def started(world: MakeWorld, options: str) -> RadioWorld:
    """A radio with options as Luau, half through track 7."""
    radio = world()
    radio.run(f"radio:destroy() shared.radio = shared.make({options}) shared.radio:start('7')")
    radio.advance(50)
    return radio


def upcoming(radio: RadioWorld) -> list[str]:
    return radio.run(UPCOMING)[0].split()


def steps(tracks: list[str]) -> list[int]:
    """How far apart neighbours are in the ring of 400 tracks."""
    return [min((int(a) - int(b)) % 400, (int(b) - int(a)) % 400) for a, b in pairwise(tracks)]


@pytest.mark.parametrize("strategy", ["smooth", "explore"])
def test_the_planned_stretch_is_told_and_played(world: MakeWorld, strategy: str) -> None:
    radio = started(world, f"{{ strategy = '{strategy}' }}")
    planned = upcoming(radio)
    assert len(planned) == 12
    radio.advance(1200)
    assert radio.played()[:13] == ["7", *planned]


def test_the_queue_comes_first_and_the_way_goes_on_from_it(world: MakeWorld) -> None:
    radio = started(world, "{ strategy = 'smooth' }")
    radio.run("radio:queue('12')")
    assert upcoming(radio) == ["12"]
    radio.advance(100)
    assert radio.played()[-1] == "12"
    assert steps(["12", *upcoming(radio)])[0] <= 4


def test_what_does_not_load_is_planned_around(world: MakeWorld) -> None:
    radio = started(world, "{ strategy = 'smooth' }")
    first, second, third = upcoming(radio)[:3]
    radio.asset(int(second), load="fails")
    radio.advance(135)
    after = upcoming(radio)
    assert radio.played() == ["7", first]
    assert second not in after
    assert len(after) == 11
    assert steps([first, after[0]])[0] <= steps([first, third])[0]


def test_filters_that_leave_too_little_are_done_without(world: MakeWorld) -> None:
    radio = world()
    radio.run(
        """
        radio:destroy()
        api.answer = function(query, similar)
            local reply = similar(query)
            return if query.filters then { tracks = { reply.tracks[1], reply.tracks[2] }, meta = {} } else reply
        end
        shared.radio = shared.make({ strategy = "smooth", filters = { genres = { "Jazz" } }, tracksPerAnchor = 3 })
        shared.radio:start("7")
        """
    )
    radio.advance(2000)
    played = radio.played()
    assert len(played) == 20
    assert len(set(played)) == 20


LIKENESS = """
{ strategy = function(candidates, context)
	local told = {}
	for _, one in { context.current, candidates[1], candidates[2], track(200), { asset_id = "9999", score = 0.25 } } do
		table.insert(told, context.likeness(one))
	end
	shared.told = told
	return candidates[1]
end }
"""


def test_a_function_of_the_game_is_told_how_alike_candidates_are(world: MakeWorld) -> None:
    radio = started(world, LIKENESS)
    # The reply has no scores: of fifty tracks, the order tells.
    same, first, second, unknown, scored = radio.run("return unpack(shared.told)")
    assert (same, first, second) == pytest.approx((1, 50 / 51, 49 / 51))
    assert (unknown, scored) == (0, 0.25)
    radio.run("radio:skip()")
    radio.advance(1)
    # Of two that the page of another told of, the map tells.
    same, first, second, unknown, scored = radio.run("return unpack(shared.told)")
    assert same == pytest.approx(1)
    assert 0 < first < 1
    assert 0 < second < 1
    assert (unknown, scored) == (0, 0.25)


OTHERS = {
    "pages": "return { [ids[30]] = pageOf(ids[30]) }",
    "late": "api.latency = 5 task.wait(3) return { [ids[30]] = pageOf(ids[30]) }",
    "nothing": "return {}",
    "never": "coroutine.yield()",
    "throws": "error()",
    "other filters": "if #shared.looked == 1 then radio:setFilters({ genres = { 'Jazz' } }) end return {}",
    "skipped": "if #shared.looked == 1 then radio:skip() radio:queue('12') end return {}",
}


@pytest.mark.parametrize("what", OTHERS)
def test_whatever_other_servers_tell_the_music_goes_on(world: MakeWorld, what: str) -> None:
    radio = world()
    radio.run(
        """
        radio:destroy()
        shared.looked = {}
        shared.others = function(query, ids)
            table.insert(shared.looked, { ids = ids, query = query })
            local radio = shared.radio
            local function pageOf(id)
                local tracks = {}
                for step = 1, 25 do
                    table.insert(tracks, track((tonumber(id) - 1 + step) % 400 + 1))
                    table.insert(tracks, track((tonumber(id) - 1 - step) % 400 + 1))
                end
                return { tracks = tracks }
            end
            WHAT
        end
        shared.radio = shared.make({ strategy = "smooth", random = function() return 0.4 end })
        shared.radio:start("7")
        """.replace("WHAT", OTHERS[what])
    )
    radio.advance(50)
    asked = radio.run("return table.concat(api.requests, ' ')")[0].split()
    looked, first, limit = radio.run("return #shared.looked, shared.looked[1].ids, shared.looked[1].query.limit")
    filtered = radio.run("return shared.looked[#shared.looked].query.filters ~= nil")[0]
    assert filtered == (what == "other filters")
    # What comes too late does not end where it would have.
    assert len(asked) == {"pages": 1, "other filters": 3}.get(what, 2)
    assert looked == (2 if what == "other filters" else 1)
    assert (len(first), len(set(first)), limit) == (50, 50, 50)
    # The next anchors first: those some twenty to fifty places down the page.
    assert steps(["7", first[0]]) == [11]
    assert len(upcoming(radio)) >= 11
    radio.advance(1200)
    played = radio.played()
    assert len(played) == len(set(played)) >= 12
