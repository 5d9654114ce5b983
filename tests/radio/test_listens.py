"""What a radio tells analytics: which track started, and how long it was heard."""

from __future__ import annotations

from typing import Any

import pytest

from support.radio import MakeWorld, RadioWorld

ON = {"analytics": True}


def told(radio: RadioWorld) -> list[tuple[str, str, float | None]]:
    """Return what was told: what happened, to which asset, and the seconds, rounded."""
    found: list[tuple[Any, ...]] = [entry[2:] for entry in radio.log("told")]
    return [(what, asset, seconds and round(seconds)) for what, asset, _, seconds, _ in found]


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


VOTE = "local player = game:GetService('Players'):GetPlayers()[1] "


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
    assert [(what, asset, round(seconds), who) for what, asset, _, seconds, who in votes] == [
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
