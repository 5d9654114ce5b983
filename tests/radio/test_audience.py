"""Whose reports count: all players, or those that the game names."""

from __future__ import annotations

from typing import Any

import pytest

from support.radio import BASE, MakeWorld, RadioWorld

NAMES = ("Ann", "Bob", "Cid", "Dot")
FIND = "local Players = game:GetService('Players') local function find(name) return Players:FindFirstChild(name) end "
VOTE = FIND + "local ok, err = radio:reportUnplayable(find(...), '7') return ok, err and err.id"


def visited(world: MakeWorld, audience: str, **options: Any) -> RadioWorld:
    """Return a radio whose audience is what a function with this body returns, with four players there."""
    radio = world(settings=BASE)
    for name in NAMES:
        radio.universe.client(name)
    radio.run(
        FIND
        + f"""
        radio:destroy()
        local given = table.clone(...)
        shared.asked = 0
        given.audience = function() shared.asked += 1 {audience} end
        shared.radio = shared.make(given)
        shared.radio:start(track(7))
        """,
        options,
    )
    radio.advance(5)
    return radio


def test_only_the_audience_has_a_say_and_its_share_counts(world: MakeWorld) -> None:
    radio = visited(world, "return { find('Ann'), find('Bob'), find('Ann') }")
    assert radio.run(VOTE, "Cid") == [False, "radio_not_audience"]
    assert radio.run(VOTE, "Dot") == [False, "radio_not_audience"]
    assert radio.played() == ["7"]
    assert radio.run(VOTE, "Bob") == [True]
    assert radio.played() == ["7", "8"]
    assert {entry[2] for entry in radio.log("failed")} == {"radio_unplayable"}


def test_the_audience_is_the_one_of_the_moment(world: MakeWorld) -> None:
    radio = visited(world, "return shared.zone", unplayableShare=1)
    radio.run(FIND + "shared.zone = { find('Ann'), find('Bob') }")
    assert radio.run(VOTE, "Ann") == [True]
    radio.run(FIND + "shared.zone = { find('Bob'), find('Cid') }")
    assert radio.run(VOTE, "Cid") == [True]
    assert radio.played() == ["7"]
    assert radio.run(VOTE, "Bob") == [True]
    assert radio.played() == ["7", "8"]


def test_an_empty_audience_reports_nothing(world: MakeWorld) -> None:
    radio = visited(world, "return {}")
    assert radio.run(VOTE, "Ann") == [False, "radio_not_audience"]
    assert radio.log("failed") == []


def test_who_left_counts_no_more(world: MakeWorld) -> None:
    radio = visited(world, "return shared.zone", unplayableShare=1)
    eve = radio.universe.client("Eve")
    radio.advance(1)
    radio.run(FIND + "shared.zone = { find('Ann'), find('Eve') }")
    assert radio.run(VOTE, "Ann") == [True]
    assert radio.played() == ["7"]
    radio.universe.leave(eve)
    radio.advance(1)
    assert radio.run(VOTE, "Ann") == [True]
    assert radio.played() == ["7", "8"]
    assert {entry[2] for entry in radio.log("failed")} == {"radio_unplayable"}


RUBBISH = {
    "error('no zone', 0)": "no zone",
    "task.wait() return {}": "it yielded",
    "return nil": "it returned nil, not a list of players",
    "return 5": "it returned 5, not a list of players",
    "return find('Ann')": "it returned a Player (Players.Ann), not a list of players",
    "return { [find('Ann')] = true }": "it returned a table that is not a list",
    "return { 'Ann' }": 'its list contains "Ann", which is not a Player',
    "return { workspace }": "its list contains a Workspace",
    "return setmetatable({ 'x' }, { __len = error, __iter = error, __index = error })": (
        'its list contains "x", which is not a Player'
    ),
    "local function deeper() return 1 + deeper() end return deeper()": "stack overflow",
}


@pytest.mark.cases(4)
@pytest.mark.parametrize("audience", RUBBISH)
def test_an_audience_that_fails_is_all_players_and_told_once(world: MakeWorld, audience: str) -> None:
    radio = visited(world, audience)
    radio.run("shared.said = {} radio.failed:Connect(function(err) table.insert(shared.said, err.message) end)")
    assert radio.run(VOTE, "Cid") == [True]
    radio.advance(1)
    [said] = radio.run("return shared.said")[0]
    assert said.startswith("your `audience` function failed: ")
    assert RUBBISH[audience] in said
    assert radio.run(VOTE, "Dot") == [True]
    assert radio.played() == ["7", "8"]
    assert [entry[2] for entry in radio.log("failed")] == ["radio_audience_failed", "radio_unplayable"]


def test_it_is_told_again_when_it_worked_meanwhile(world: MakeWorld) -> None:
    radio = visited(world, "return shared.zone", unplayableShare=1)
    radio.run(VOTE, "Ann")
    radio.run(FIND + "shared.zone = { find('Ann'), find('Bob') }")
    radio.run(VOTE, "Ann")
    radio.run("shared.zone = nil")
    radio.run(VOTE, "Ann")
    assert [entry[2] for entry in radio.log("failed")] == ["radio_audience_failed"] * 2


@pytest.mark.parametrize("call", ["radio:skip()", "radio:stop()", "radio:destroy()", "radio:queue('300')"])
def test_an_audience_that_gives_orders(world: MakeWorld, call: str) -> None:
    radio = visited(world, f"local radio = shared.radio {call} return {{ find('Ann') }}")
    radio.run(VOTE, "Ann")
    radio.advance(150)
    ended = call in ("radio:stop()", "radio:destroy()")
    assert radio.run("return player.IsPlaying") == [not ended]
    assert radio.errors() == []
