"""From one track to another by somebody's hand: what was under way is over at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.radio import BASE, MakeWorld


@pytest.mark.parametrize("kind", ["Sound", "AudioPlayer"])
@pytest.mark.parametrize("call", ["radio:skip()", "radio:start(track(200))", "radio:previous()"])
def test_a_fade_ends_where_somebody_goes_on(world: MakeWorld, kind: str, call: str) -> None:
    radio = world(kind=kind, options={"crossfade": 4})
    listener = radio.listener()
    radio.run("radio:start(track(7))")
    radio.advance(98)
    assert len(listener.at(radio.universe.now - 0.01)) == 2
    radio.run(call)
    radio.advance(1)
    assert len(listener.at(radio.universe.now - 0.01)) == 1


@pytest.mark.parametrize(("kind", "content"), [("Sound", "SoundId"), ("AudioPlayer", "Asset")])
@pytest.mark.parametrize("signals", ["immediate", "deferred"])
def test_what_the_game_put_on_and_gave_to_the_radio_begins_once(
    world: MakeWorld, kind: str, content: str, signals: str
) -> None:
    radio = world(kind=kind, settings=replace(BASE, signal_behavior=signals))
    radio.run(f"player.{content} = 'rbxassetid://200' player:Play() radio:start()")
    radio.advance(30)
    assert radio.played() == ["200"]


def test_the_engine_is_asked_only_for_lengths_that_the_api_did_not_give(world: MakeWorld) -> None:
    radio = world()
    radio.run(
        """
        radio:destroy()
        shared.asked = {}
        local other = shared.make({}, { audioDurations = function(ids)
            table.insert(shared.asked, ids[1])
            return {}
        end })
        other:start(track(7))
        task.wait(120)
        other:start("9")
        """
    )
    radio.advance(10)
    assert radio.run("return shared.asked") == [["9"]]


def test_a_fault_of_our_own_names_the_radio(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio.failed:Connect(function(err) note('of', err.operation) end) api.latency = {} radio:start('7')")
    radio.advance(5)
    assert {entry[2] for entry in radio.log("of")} == {"radio"}
    assert {entry[2] for entry in radio.log("failed")} == {"radio_internal"}


@pytest.mark.parametrize(("kind", "content"), [("Sound", "SoundId"), ("AudioPlayer", "Asset")])
def test_after_a_fade_the_next_track_is_made_ready(world: MakeWorld, kind: str, content: str) -> None:
    radio = world(kind=kind, options={"crossfade": 4})
    radio.run("radio:start(track(7))")
    radio.advance(170)
    standby = f"return game:GetService('SoundService').MusicStandby.{content}"
    assert radio.run(standby) == radio.run("return 'rbxassetid://' .. radio:upcoming()[1].asset_id")


def test_a_skip_that_waits_for_a_choice_is_not_forgotten_in_a_pause(world: MakeWorld) -> None:
    radio = world()
    radio.run("api.latency = 5 radio:start(track(7)) task.wait(1) radio:skip() radio:pause()")
    radio.advance(10)
    assert radio.played() == ["7"]
    radio.run("radio:resume()")
    assert radio.played() == ["7", "8"]
