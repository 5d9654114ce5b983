"""What a radio tells analytics: which track started, and how long it was heard."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from roblox_double import Peer
from support.radio import BASE, MakeWorld, RadioWorld, run

ON = {"analytics": True}
VOTE = "local player = game:GetService('Players'):GetPlayers()[1] "


def told(radio: RadioWorld) -> list[tuple[str, str, float]]:
    """Return what was told: what happened, to which asset, and the seconds, rounded."""
    found: list[tuple[Any, ...]] = [entry[2:] for entry in radio.log("told")]
    # Half a second of each track goes by until it has loaded.
    return [(what, asset, math.ceil(seconds)) for what, asset, _, seconds, _ in found]


def test_nothing_is_told_unless_asked_for(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('7') task.wait(150) radio:skip()")
    assert radio.log("told") == []


def test_a_track_that_is_heard_to_its_end(world: MakeWorld) -> None:
    radio = world(options=ON)
    radio.run("radio:start('7') task.wait(120)")
    [start, end, following] = told(radio)
    assert start == ("play", "7", 0)
    assert end[:2] == ("stop", "7")
    assert end[2] == pytest.approx(100, abs=1.5)
    assert following[0] == "play"


@pytest.mark.parametrize("call", ["skip", "previous"])
def test_a_track_that_is_skipped(world: MakeWorld, call: str) -> None:
    radio = world(options=ON)
    radio.run(
        "radio:start('7') task.wait(10) radio:skip() task.wait(5) log = table.clear(log) radio:CALL()".replace(
            "CALL", call
        )
    )
    assert told(radio)[0][0::2] == ("skip", 5)


def test_a_skip_that_waits_for_the_next_track(world: MakeWorld) -> None:
    radio = world(options=ON)
    radio.run("api.latency = 8 radio:start('7') task.wait(2) radio:skip() task.wait(20)")
    assert told(radio)[:2] == [("play", "7", 0), ("skip", "7", 8)]


@pytest.mark.parametrize("call", ["radio:stop()", "radio:destroy()", "radio:start('9')", "player:Destroy()"])
def test_a_track_that_is_stopped(world: MakeWorld, call: str) -> None:
    radio = world(options=ON)
    radio.run(f"radio:start('7') task.wait(10) {call} task.wait(1)")
    assert told(radio)[1] == ("stop", "7", 10)


def test_time_in_which_nothing_is_heard_does_not_count(world: MakeWorld) -> None:
    radio = world(options=ON)
    radio.run("radio:start('7') task.wait(10) radio:pause() task.wait(50) radio:resume() task.wait(5) radio:stop()")
    assert told(radio)[1] == ("stop", "7", 15)
    radio.run(
        "table.clear(log) radio:start('8') task.wait(10) player:Pause() task.wait(9) player:Resume() task.wait(3)"
        "radio:stop()"
    )
    assert told(radio)[-1][2] == pytest.approx(13, abs=1)


def test_a_track_that_does_not_load_was_not_heard(world: MakeWorld) -> None:
    radio = world(options=ON)
    radio.asset(7, load="fails")
    radio.run("shared.hearing.heard = true radio:start('7') task.wait(40)")
    assert "7" not in {asset for _, asset, _ in told(radio)}
    assert told(radio)[0][0] == "play"


@pytest.mark.parametrize("seconds", [6, 3])
def test_a_track_that_loads_slowly_is_heard_from_then_on(world: MakeWorld, seconds: float) -> None:
    radio = world(options=ON)
    radio.asset(8, load_seconds=seconds)
    radio.run("radio:start('7') task.wait(5) radio:start('8') task.wait(20) radio:stop()")
    assert told(radio)[2:] == [("play", "8", 0), ("stop", "8", 20 - seconds)]


def test_a_dead_track_is_not_told_even_if_it_is_skipped_or_voted_on(world: MakeWorld) -> None:
    radio = world(options=ON)
    radio.listener("Ann")
    radio.asset(8, load="fails")
    radio.run(
        VOTE + "radio:start('7') task.wait(5) radio:start('8') task.wait(1) radio:vote(player, 'up') radio:skip()"
        "task.wait(5)"
    )
    assert [what for what, asset, _ in told(radio) if asset == "8"] == ["up"]


def test_a_server_that_loads_nothing_tells_at_the_end(world: MakeWorld) -> None:
    radio = world(options=ON, settings=replace(BASE, audio_server="deaf"))
    radio.run("radio:start('7') task.wait(10) radio:skip() radio:skip() radio:stop() task.wait(1)")
    assert told(radio)[:2] == [("play", "7", 0), ("skip", "7", 10)]
    assert all(seconds for what, _, seconds in told(radio) if what != "play")


def test_a_player_changes_their_mind_twice(world: MakeWorld) -> None:
    radio = world(options=ON)
    radio.listener("Ann")
    radio.run(
        VOTE + "radio:start('7') task.wait(1) for _ = 1, 9 do radio:vote(player, 'up') radio:vote(player, 'down') end"
    )
    assert [what for what, _, _ in told(radio)] == ["play", "up", "down", "up"]


def test_votes_are_told_with_who_and_how_long(world: MakeWorld) -> None:
    radio = world(options=ON)
    user = radio.listener("Ann")
    assert user
    radio.run(
        VOTE + "shared.id = tostring(player.UserId) radio:start('7') task.wait(10) "
        "for _ = 1, 2 do assert(radio:vote(player, 'up')) end task.wait(5) assert(radio:vote(player, 'down'))"
    )
    votes = [entry[2:] for entry in radio.log("told") if entry[2] in ("up", "down")]
    [identifier] = radio.run("return shared.id")
    assert [(what, asset, math.ceil(seconds), who) for what, asset, _, seconds, who in votes] == [
        ("up", "7", 10, identifier),
        ("down", "7", 15, identifier),
    ]
    radio.run(VOTE + "radio:skip() task.wait(1) assert(radio:vote(player, 'down'))")
    assert [entry[2] for entry in radio.log("told")][-1] == "down"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("radio:vote(player, 'up')", "no track is playing, so there is nothing to vote on. Call radio:start() first."),
        ("radio:vote(player, 'sideways')", 'a vote must be "up" or "down", got "sideways"'),
        ("radio:vote(workspace, 'up')", "only a Player in this server can report a track or vote"),
        (
            "shared.make({}, nil, Instance.new('Sound')):vote(player, 'up')",
            "this radio sends no votes. Set `analytics = true` in client:radio(sound, options).",
        ),
    ],
)
def test_a_vote_that_cannot_count_says_why(world: MakeWorld, source: str, text: str) -> None:
    radio = world(options=ON)
    radio.listener("Ann")
    [done, said] = radio.run(VOTE + f"local done, err = {source} return done, tostring(err)")
    assert done is False
    assert text in said
    assert not [entry for entry in radio.log("told") if entry[2] in ("up", "down")]


DIRECT = """
local now, told = 0, {}
local engine = { clock = function() return now end, unixTime = function() return 1000 + now end }
local hearing = { heard = false }
local listens = load("Listens").new(engine, hearing, function(what, track, at, heard, player)
    table.insert(told, { what, track.asset_id, at, heard or "", player or "" })
end)
local function pass(seconds) now += seconds end
"""


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("", []),
        ("listens:left(true) listens:lost() listens:vote('up', '5') listens:plays(true) listens:loaded()", []),
        ("listens:lost() listens:left(false)", []),
        # Where nothing was ever loaded, a track counts unless no time went by.
        ("listens:left(false)", []),
        (
            "listens:plays(true) pass(2) listens:left(false) listens:left(false)",
            [["play", "7", 1000, "", ""], ["stop", "7", 1002, 2, ""]],
        ),
        ("listens:plays(true) pass(2) listens:lost() listens:left(false)", []),
        ("hearing.heard = true listens:plays(true) pass(2) listens:left(true)", []),
        (
            "listens:plays(true) listens:plays(true) pass(2) listens:loaded() pass(1.234) listens:plays(false) pass(9)"
            "listens:plays(true) pass(1) listens:loaded() listens:left(true)",
            [["play", "7", 1000, "", ""], ["skip", "7", 1013.234, 2.23, ""]],
        ),
        (
            "listens:loaded() pass(5) listens:plays(true) pass(1) listens:vote('up', '5') listens:vote('up', '6')"
            "listens:began(TRACK) listens:vote('up', '5')",
            [
                ["play", "7", 1000, "", ""],
                ["up", "7", 1006, 1, "5"],
                ["up", "7", 1006, 1, "6"],
                ["up", "7", 1006, 0, "5"],
            ],
        ),
    ],
)
def test_what_is_told_when(server: Peer, source: str, told: list[Any]) -> None:
    begin = "" if source.startswith("listens:left(true)") else 'listens:began({ asset_id = "7" }) '
    source = source.replace("TRACK", '{ asset_id = "7" }')
    assert run(server, f"{DIRECT} {begin} {source} return told")[0] == told


def test_a_radio_that_tells_nothing(server: Peer) -> None:
    source = "local listens = load('Listens').new({}, {}, nil) return listens:isOn()"
    assert run(server, source) == [False]
