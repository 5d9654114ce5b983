"""What a game does to the player behind the radio's back, and what the engine tells at the wrong moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.radio import BASE, MakeWorld

KINDS = ["Sound", "AudioPlayer"]


@pytest.mark.parametrize("kind", KINDS)
def test_who_seeks_back_hears_the_rest_before_the_next_track_fades_in(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind, options={"crossfade": 4})
    radio.run("radio:start(track(7))")
    radio.advance(80)
    radio.run("player.TimePosition = 10")
    radio.advance(100)
    [start, *_], [ending, *_] = radio.log("track"), radio.log("ending")
    assert ending[0] - start[0] == pytest.approx(160.5, abs=1)
    assert radio.log("track")[1][0] - start[0] == pytest.approx(166.5, abs=1)


def test_ended_during_a_pause_counts_only_near_the_end(world: MakeWorld) -> None:
    # It is the one of the track before: an AudioPlayer does not say of which.
    radio = world(kind="AudioPlayer", settings=replace(BASE, audio_server_ended="late"))
    radio.run("radio:start(track(7))")
    radio.advance(101.5)
    assert radio.played() == ["7", "8"]
    radio.run("radio:pause()")
    radio.advance(10)
    radio.run("radio:resume()")
    radio.advance(60)
    assert radio.played() == ["7", "8"]
