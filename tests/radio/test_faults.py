"""A fault of our own, which an engine that fails stands for here: it is told of, and the music goes on."""

from __future__ import annotations

import pytest

from support.radio import MakeWorld, RadioWorld


def faulty(world: MakeWorld, fails: str, *, options: str = "{}", kind: str = "Sound") -> RadioWorld:
    """Return a world with a radio whose engine does not tell the time of the server while `fails` holds."""
    radio = world(kind=kind)
    radio.run(
        f"""
        radio:destroy()
        table.clear(log)
        shared.radio = shared.make({options}, {{
            serverTime = function()
                if {fails} then error("the engine says no", 0) end
                return workspace:GetServerTimeNow()
            end,
        }})
        """
    )
    return radio


@pytest.mark.parametrize(
    ("options", "begin"),
    [
        ("{}", "radio:start(track(7)) task.wait(1) radio:skip()"),
        ("{}", "radio:start(track(7)) task.wait(99.9)"),
        ("{ crossfade = 4 }", "radio:start(track(7)) task.wait(96.6)"),
        ("{}", "radio:start(track(7)) task.wait(1) player.SoundId = 'rbxassetid://8' task.wait()"),
        ("{}", "player.SoundId = 'rbxassetid://8' player:Play() radio:start() task.wait()"),
    ],
)
def test_a_track_that_cannot_begin_is_passed_over(world: MakeWorld, options: str, begin: str) -> None:
    radio = faulty(world, "shared.player.SoundId == 'rbxassetid://8'", options=options)
    radio.run(f"{begin} task.wait(2)")
    assert radio.log("failed")[0][2:] == ("radio_internal",)
    assert radio.played()[-1] not in ("7", "8")
    radio.advance(5)
    assert radio.log("phase")[-1][2] == "playing"
    assert radio.run("return player.Playing, math.round(player.Volume * 100)") == [True, 50]
    # What nobody heard is watched no more.
    radio.advance(80)
    assert len(radio.log("failed")) == 1


def test_what_else_fails_is_told_and_done_as_far_as_it_goes(world: MakeWorld) -> None:
    radio = faulty(world, "shared.fails")
    radio.run("radio:start(track(7)) task.wait(5) shared.fails = true")
    assert radio.run("return radio:pause()") == [True]
    radio.run("shared.fails = false")
    assert [entry[2] for entry in radio.log("failed")] == ["radio_internal"]
    assert radio.log("phase")[-1][2] == "paused"
    assert radio.run("return radio:resume(), radio:skip()") == [True, True]
    radio.advance(2)
    assert radio.played() == ["7", "8"]


def test_a_method_that_fails_says_so(world: MakeWorld) -> None:
    radio = world()
    source = """
    radio:destroy()
    local fails = false
    local own = shared.make({}, { players = function() if fails then error("the engine says no", 0) end return {} end })
    own:start(track(7))
    fails = true
    local done, err = own:reportUnplayable(nil, "7")
    return done, err.id, err.operation
    """
    assert radio.run(source) == [False, "radio_internal", "radio:reportUnplayable"]


@pytest.mark.parametrize(
    "durations",
    [
        "return {}",
        "return { ['7'] = 'long' }",
        "return 5",
        "error({ ['7'] = 60 })",
        "task.wait(30) return { ['7'] = 60 }",
    ],
)
def test_a_length_that_the_engine_cannot_tell_is_none(world: MakeWorld, durations: str) -> None:
    radio = world()
    radio.run(
        f"""
        radio:destroy()
        shared.radio = shared.make({{}}, {{ audioDurations = function() {durations} end }})
        shared.radio:start("7")
        task.wait(10)
        shared.radio:start(track(50))
        """
    )
    radio.advance(40)
    assert radio.played()[-2:] == ["7", "50"]
    assert radio.run("return player:GetAttribute('AudioScapeDuration')") == [100]
    assert radio.log("failed") == []
    assert radio.errors() == []
