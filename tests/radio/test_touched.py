"""Somebody else stops the player, pauses it or lets it play: the radio says so, and goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from support.radio import BASE, MakeWorld, RadioWorld

PLAY = {"Sound": "player:Resume()", "AudioPlayer": "player:Play()"}
STOPS = [
    ("Sound", "player:Stop()"),
    ("Sound", "player:Pause()"),
    ("Sound", "player.Playing = false"),
    ("AudioPlayer", "player:Stop()"),
]
AUDIO: tuple[Literal["hears", "deaf"], ...] = ("hears", "deaf")


def start(world: MakeWorld, kind: str, **settings: Any) -> RadioWorld:
    """Return a world in which the first of the tracks of 100 seconds has played for 40."""
    radio = world(kind=kind, settings=replace(BASE, **settings))
    radio.run(
        """
        shared.phases = {}
        radio.stateChanged:Connect(function(...)
            table.insert(shared.phases, table.concat({ ... }, " "))
        end)
        radio:start(track(7))
        """
    )
    radio.advance(40)
    return radio


def phases(radio: RadioWorld) -> list[str]:
    """Return the phases since the beginning, each with the one before it and the reason."""
    return list(radio.run("return shared.phases")[0])[1:]


@pytest.mark.cases(6)
@pytest.mark.parametrize("signals", ["immediate", "deferred"])
@pytest.mark.parametrize("audio", AUDIO)
@pytest.mark.parametrize(("kind", "stop"), STOPS)
def test_a_stop_is_told_and_ends_with_the_track(
    world: MakeWorld, kind: str, stop: str, audio: str, signals: str
) -> None:
    radio = start(world, kind, audio_server=audio, signal_behavior=signals)
    listener = radio.listener()
    radio.run(stop)
    radio.advance(1)
    assert phases(radio) == ["paused playing player_stopped"]
    assert radio.run("return radio:nowPlaying().asset_id") == ["7"]
    radio.advance(100)
    assert phases(radio)[1:] == ["playing paused went_on"]
    assert radio.played() == ["7", "8"]
    # It would have ended 60 seconds after the stop.
    [(begun, ended)] = listener.silences(40, radio.universe.now, longer_than=2)
    assert ended - begun == pytest.approx(60.5, abs=1.5)
    radio.advance(400)
    assert len(phases(radio)) == 2
    assert len(radio.played()) >= 5


@pytest.mark.parametrize("audio", AUDIO)
@pytest.mark.parametrize(("kind", "stop"), STOPS)
def test_resume_goes_on_where_it_was_stopped(world: MakeWorld, kind: str, stop: str, audio: str) -> None:
    radio = start(world, kind, audio_server=audio)
    listener = radio.listener()
    radio.run(stop)
    radio.advance(20)
    assert radio.run("return player:GetAttribute('AudioScapePausedAt') ~= nil") == [True]
    assert radio.run("return radio:resume()") == [True]
    radio.advance(2)
    assert phases(radio) == ["paused playing player_stopped", "playing paused"]
    [heard] = listener.at(radio.universe.now - 0.05)
    # Where it was when it went on.
    assert heard.position == pytest.approx(40, abs=1)
    assert radio.run("return player:GetAttribute('AudioScapePausedAt')") == []
    [shown] = radio.run("return workspace:GetServerTimeNow() - player:GetAttribute('AudioScapeStartedAt')")
    assert shown == pytest.approx(42, abs=1.5)
    # The rest of the track is heard.
    radio.advance(56)
    assert radio.played() == ["7"]
    radio.advance(5)
    assert radio.played() == ["7", "8"]


@pytest.mark.parametrize("audio", AUDIO)
@pytest.mark.parametrize("kind", PLAY)
def test_whoever_stopped_it_may_let_it_play_on(world: MakeWorld, kind: str, audio: str) -> None:
    radio = start(world, kind, audio_server=audio)
    radio.run({"Sound": "player:Pause()", "AudioPlayer": "player:Stop()"}[kind])
    radio.advance(20)
    radio.run(PLAY[kind])
    radio.advance(1)
    assert phases(radio) == ["paused playing player_stopped", "playing paused player_resumed"]
    radio.advance(56)
    assert radio.played() == ["7"]
    radio.advance(6)
    assert radio.played() == ["7", "8"]


@pytest.mark.parametrize("kind", PLAY)
def test_a_pause_of_the_radio_that_somebody_ends(world: MakeWorld, kind: str) -> None:
    radio = start(world, kind)
    radio.run("radio:pause()")
    radio.advance(200)
    radio.run(PLAY[kind])
    radio.advance(1)
    assert phases(radio) == ["paused playing", "playing paused player_resumed"]
    radio.advance(57)
    assert radio.played() == ["7"]
    radio.advance(5)
    assert radio.played() == ["7", "8"]


@pytest.mark.parametrize("audio", AUDIO)
@pytest.mark.parametrize(("kind", "stop"), STOPS)
def test_pause_makes_a_stop_of_somebody_elses_ones_own(world: MakeWorld, kind: str, stop: str, audio: str) -> None:
    radio = start(world, kind, audio_server=audio)
    radio.run(stop)
    radio.advance(5)
    assert radio.run("return radio:pause()") == [True]
    radio.advance(600)
    assert radio.played() == ["7"]
    assert radio.run("return radio:resume()") == [True]
    radio.advance(57)
    assert radio.played() == ["7"]
    radio.advance(5)
    assert radio.played() == ["7", "8"]


@pytest.mark.parametrize(
    ("call", "played"),
    [
        ("radio:skip()", ["7", "8"]),
        ("radio:start('50')", ["7", "50"]),
        ("radio:queue('33') radio:skip()", ["7", "33"]),
        ("player.SoundId = 'rbxassetid://77'", ["7", "77"]),
    ],
)
def test_another_track_ends_the_stop(world: MakeWorld, call: str, played: list[str]) -> None:
    radio = start(world, "Sound")
    radio.run("player:Stop()")
    radio.advance(5)
    radio.run(f"{call}")
    radio.advance(5)
    assert radio.played() == played
    assert phases(radio)[-1].startswith("playing ")
    assert radio.run("return player.Playing") == [True]


def test_what_does_not_load_is_passed_over_even_while_it_is_stopped(world: MakeWorld) -> None:
    radio = start(world, "Sound")
    radio.asset(50, load="fails")
    radio.run("radio:start('50') task.wait(1) player:Stop()")
    radio.advance(15)
    assert phases(radio) == ["paused playing player_stopped", "playing paused went_on"]
    assert radio.run("return player.Playing") == [True]


@pytest.mark.parametrize(
    "meddling",
    [
        "player:Pause() player:Resume()",
        "player:Stop() player:Play()",
        "player:Pause() task.wait(0.1) player:Resume()",
        "player.TimePosition = 10",
        "task.wait(57) player:Stop()",
        "player.TimePosition = 98 task.wait(5)",
        "radio:pause() radio:resume()",
        "radio:pause() task.wait() radio:resume() task.wait() radio:skip()",
    ],
)
def test_what_is_none_of_it_is_not_told(world: MakeWorld, meddling: str) -> None:
    radio = start(world, "Sound")
    radio.run(meddling)
    radio.advance(300)
    assert [phase for phase in phases(radio) if phase.count(" ") == 2] == []
    assert len(set(radio.played())) >= 3


@pytest.mark.parametrize("audio", AUDIO)
def test_a_script_that_stops_it_again_and_again(world: MakeWorld, audio: str) -> None:
    radio = start(world, "Sound", audio_server=audio)
    radio.run("task.spawn(function() for _ = 1, 200 do task.wait(1) player:Stop() end end)")
    radio.advance(700)
    assert len(set(radio.played())) >= 7
    assert radio.run("return player.Playing") == [True]


def test_the_end_of_the_player_has_its_reason(world: MakeWorld) -> None:
    radio = start(world, "Sound")
    radio.run("player:Destroy()")
    radio.advance(1)
    assert phases(radio) == ["destroyed playing player_destroyed"]


# A start that cannot begin


def warnings(radio: RadioWorld) -> list[str]:
    return [line.text for line in radio.server.output if line.kind == "warn"]


SILENT = {
    "no asset": ("Sound", "", "start()", "the sound has no asset ID"),
    "no asset of an AudioPlayer": ("AudioPlayer", "", "start()", "the sound has no asset ID"),
    "a file": ("Sound", "player.SoundId = 'rbxasset://sounds/x.mp3'", "start()", '"rbxasset://sounds/x.mp3"'),
    "words": ("AudioPlayer", "player.Asset = 'music'", "start()", '"music" is not an asset ID'),
    "bad input": ("Sound", "", "start('music')", 'got "music"'),
    "a player without an asset": ("Sound", "", "start(player)", "must be"),
    "after the end": ("Sound", "own:destroy()", "start('7')", "the radio was destroyed"),
}


@pytest.mark.parametrize("case", SILENT)
def test_a_start_that_cannot_begin_is_not_silent(world: MakeWorld, case: str) -> None:
    kind, before, call, said = SILENT[case]
    radio = world(kind=kind)
    source = """
    local Radio = require(game:GetService("ServerScriptService").AudioScapeClient)
    radio:destroy()
    local own = Radio.new("key-of-nobody"):radio(player)
    """
    done, shown = radio.run(f"{source} {before} local done, err = own:{call} return done, tostring(err)")
    assert done is False
    assert said in shown
    assert warnings(radio) == [shown]


@pytest.mark.parametrize("case", SILENT)
def test_who_listens_is_told_of_a_start_that_cannot_begin(world: MakeWorld, case: str) -> None:
    kind, before, call, said = SILENT[case]
    radio = world(kind=kind)
    source = """
    local own, told = radio, {}
    own.failed:Connect(function(err) table.insert(told, tostring(err)) end)
    """
    shown, told = radio.run(f"{source} {before} local _, err = own:{call} return tostring(err), told")
    assert said in shown
    # Whoever listened to a radio that is no more hears nothing; it is printed then.
    ended = "destroy" in before
    assert told == ([] if ended else [shown])
    assert warnings(radio) == ([shown] if ended else [])


@pytest.mark.parametrize("call", ["skip()", "resume()", "previous()", "start()"])
@pytest.mark.parametrize("ending", ["", "own:start('7') own:stop()", "own:start('7') own:destroy()"])
def test_what_is_refused_where_nothing_plays_is_told(world: MakeWorld, call: str, ending: str) -> None:
    radio = world()
    source = """
    radio:destroy()
    local Radio = require(game:GetService("ServerScriptService").AudioScapeClient)
    local own = Radio.new("key-of-nobody"):radio(player)
    """
    # A Sound that has an asset is one that `start` can begin with.
    radio.run(f"{source} {ending} player.SoundId = '' shared.own = own")
    before = len(warnings(radio))
    done, shown = radio.run(f"local own = shared.own local done, err = own:{call} return done, tostring(err)")
    assert done is False
    assert warnings(radio)[before:] == [shown]


@pytest.mark.parametrize("call", ["start", "skip", "resume", "previous"])
def test_a_call_with_a_dot_is_told(world: MakeWorld, call: str) -> None:
    radio = world()
    shown = radio.run(f"local _, err = radio.{call}('7') return tostring(err)")
    assert warnings(radio) == shown


@pytest.mark.parametrize(
    "call", ["radio:queue('music')", "radio:pause()", "radio.pause()", "radio:start('7') radio:previous()"]
)
def test_refusals_that_silence_nothing_are_not_told(world: MakeWorld, call: str) -> None:
    radio = world()
    radio.run(f"{call}")
    assert warnings(radio) == []
    assert radio.log("failed") == []


@pytest.mark.parametrize("call", ["start()", "skip()"])
def test_whoever_tries_again_without_end_is_told_a_few_times(world: MakeWorld, call: str) -> None:
    radio = world()
    radio.run(f"radio.failed:Connect(function() radio:{call} end) radio:{call}")
    radio.advance(10)
    first = len(radio.log("failed"))
    assert 1 <= first <= 10
    radio.run(f"for _ = 1, 1200 do radio:{call} task.wait() end")
    assert first < len(radio.log("failed")) <= first + 40


# Another position, and other content


@pytest.mark.cases(6)
@pytest.mark.parametrize("signals", ["immediate", "deferred"])
@pytest.mark.parametrize("kind", PLAY)
@pytest.mark.parametrize(("to", "ending"), [(90, 50), (5, 135)])
@pytest.mark.parametrize("audio", AUDIO)
def test_another_position_moves_the_end(
    world: MakeWorld, kind: str, audio: str, to: float, ending: float, signals: str
) -> None:
    radio = start(world, kind, audio_server=audio, signal_behavior=signals)
    listener = radio.listener()
    radio.run(f"player.TimePosition = {to}")
    radio.advance(1)
    [shown] = radio.run("return workspace:GetServerTimeNow() - player:GetAttribute('AudioScapeStartedAt')")
    if audio == "deaf":
        assert shown == pytest.approx(to + 1, abs=1)
    radio.advance(ending - 41 + 10)
    begun = [entry[0] for entry in radio.log("track")]
    assert begun[1] - begun[0] == pytest.approx(ending, abs=2)
    assert listener.silences(41, radio.universe.now, longer_than=2) == []


@pytest.mark.parametrize("hold", ["radio:pause()", "player:Stop()"])
def test_a_position_that_is_set_in_a_pause_counts_whoever_made_it(world: MakeWorld, hold: str) -> None:
    radio = start(world, "AudioPlayer", audio_server="deaf")
    radio.run(f"{hold} task.wait(5) player.TimePosition = 90 task.wait(5) radio:resume()")
    radio.advance(15)
    assert radio.played() == ["7", "8"]


@pytest.mark.parametrize("signals", ["immediate", "deferred"])
@pytest.mark.parametrize("audio", AUDIO)
@pytest.mark.parametrize("kind", PLAY)
@pytest.mark.parametrize("content", ["", "rbxasset://sounds/x.mp3"])
def test_content_that_is_taken_away_is_a_stop(
    world: MakeWorld, kind: str, content: str, audio: str, signals: str
) -> None:
    radio = start(world, kind, audio_server=audio, signal_behavior=signals)
    name = {"Sound": "SoundId", "AudioPlayer": "Asset"}[kind]
    radio.run(f"player.{name} = '{content}'")
    radio.advance(1)
    assert phases(radio) == ["paused playing player_stopped"]
    radio.advance(65)
    assert phases(radio)[1:] == ["playing paused went_on"]
    assert radio.played() == ["7", "8"]


@pytest.mark.parametrize("audio", AUDIO)
@pytest.mark.parametrize("kind", PLAY)
@pytest.mark.parametrize("before", ["", "radio:pause() task.wait(1)"])
def test_resume_gives_the_content_back(world: MakeWorld, kind: str, audio: str, before: str) -> None:
    radio = start(world, kind, audio_server=audio)
    listener = radio.listener()
    name = {"Sound": "SoundId", "AudioPlayer": "Asset"}[kind]
    radio.run(f"{before} player.{name} = '' task.wait(5) radio:resume()")
    radio.advance(3)
    [heard] = listener.at(radio.universe.now - 0.05)
    assert heard.content == "rbxassetid://7"
    # Where it was when it went on.
    assert heard.position == pytest.approx(40, abs=1)
    radio.advance(50)
    assert radio.played() == ["7"]
    radio.advance(12)
    assert radio.played() == ["7", "8"]
