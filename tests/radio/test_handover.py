"""From one track to another by somebody's hand: what was under way is over at once."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from roblox_double import Peer
from support.radio import BASE, MakeWorld, run

CONTENTS = [("Sound", "SoundId"), ("AudioPlayer", "Asset")]
KINDS = [kind for kind, _ in CONTENTS]


ENDS = {
    "radio:skip()": 1,
    "radio:start(track(200))": 1,
    "radio:previous()": 1,
    "CONTENT = 'rbxassetid://200'": 1,
    "radio:stop()": 0,
    "radio:destroy()": 0,
}


@pytest.mark.parametrize(("kind", "content"), CONTENTS)
@pytest.mark.parametrize("call", ENDS)
def test_a_fade_ends_where_somebody_goes_on(world: MakeWorld, kind: str, content: str, call: str) -> None:
    radio = world(kind=kind, options={"crossfade": 4})
    listener = radio.listener()
    radio.run("radio:start(track(7))")
    radio.advance(98)
    assert len(listener.at(radio.universe.now - 0.01)) == 2
    radio.run(call.replace("CONTENT", f"player.{content}"))
    radio.advance(0.1)
    assert radio.run("return player.Volume") == [0.5]
    radio.advance(0.9)
    assert len(listener.at(radio.universe.now - 0.01)) == ENDS[call]
    # And nobody fades on.
    radio.advance(5)
    assert radio.run("return player.Volume") == [0.5]


@pytest.mark.parametrize("kind", KINDS)
def test_a_fade_within_a_fade(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind, options={"crossfade": 4})
    listener = radio.listener()
    radio.run("radio:start(track(7))")
    radio.advance(98)
    radio.run("player.PlaybackSpeed = 20 task.wait(1.5) player.PlaybackSpeed = 1")
    assert radio.played() == ["7", "8", "6"]
    for _ in range(8):
        heard = listener.at(radio.universe.now - 0.01)
        # The track that was still fading is cut off where the next one comes in.
        assert {one.content for one in heard} <= {"rbxassetid://8", "rbxassetid://6"}
        assert sum(one.volume**2 for one in heard) == pytest.approx(0.25, abs=0.03)
        radio.advance(0.7)
    assert len(listener.at(radio.universe.now - 0.01)) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("options", "before", "within", "coming", "going"),
    [
        # The first track has -14 LUFS, and the second one -8.
        ({}, "", "", 0.5, 0.5),
        ({"targetLoudness": -14}, "", "", 0.5 * 10 ** (-6 / 20), 0.5),
        ({}, "", "radio:setVolume(1)", 1, 1),
        ({}, "", "radio:pause() task.wait(5) radio:resume()", 0.5, 0.5),
        ({}, "player.Volume = 0.2", "", 0.2, 0.2),
    ],
)
def test_how_loud_a_fade_is(
    world: MakeWorld, kind: str, options: dict[str, float], before: str, within: str, coming: float, going: float
) -> None:
    radio = world(kind=kind, options={"crossfade": 4, **options})
    listener = radio.listener()
    radio.run(f"radio:start(track(49)) task.wait(5) radio:queue(track(50)) {before}")
    radio.advance(93)
    radio.run(within)
    radio.advance(1)
    heard = {one.source.removeprefix("SoundService."): one for one in listener.at(radio.universe.now - 0.01)}
    assert heard.keys() == {"Music", "MusicStandby"}
    loudness = (heard["Music"].volume / coming) ** 2 + (heard["MusicStandby"].volume / going) ** 2
    assert loudness == pytest.approx(1, abs=0.02)
    assert 0.3 < (heard["Music"].volume / coming) ** 2 < 0.7
    radio.advance(10)
    assert radio.run("return player.Volume")[0] == pytest.approx(coming, rel=1e-5)


@pytest.mark.parametrize(("kind", "content"), CONTENTS)
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


@pytest.mark.parametrize(("kind", "content"), CONTENTS)
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


MOMENT = """
local leaving, coming, earliest, latest = ...
return load("handOver").moment(leaving, coming, earliest, latest)
"""
PHRASES = {"phrases": [{"start": 0, "end": 60}, {"start": 60, "end": 88.5}, {"start": 88.5, "end": 100}]}
BARS = {"beat_grid": {"downbeats": [*range(0, 100, 3)]}}
UPBEAT = {"beat_grid": {"downbeats": [1.5, 3.5]}}


def side(structure: Any = None, **track: Any) -> dict[str, Any]:
    return {"track": {"asset_id": "1", **track}, **({"structure": structure} if structure else {})}


@pytest.mark.parametrize(
    ("leaving", "coming", "earliest", "moment"),
    [
        (side(), None, 0, None),
        (side({"phrases": [], "sections": []}), None, 0, None),
        (side(PHRASES), None, 0, 88.5),
        (side({"sections": PHRASES["phrases"]}), None, 0, 88.5),
        # Too late for the tail, or so far from the end that too much would go unheard.
        (side(PHRASES), None, 88.6, None),
        (side({"phrases": [{"start": 0, "end": 80}]}), None, 0, 80),
        (side({"phrases": [{"start": 0, "end": 79.9}]}), None, 0, None),
        (side({"phrases": [{"start": 97}]}), None, 0, None),
        (side({"phrases": [{"start": 96}]}), None, 0, 96),
        # Bars count where there is no phrase; so does the later of two phrases.
        (side(BARS), None, 0, 96),
        (side({**BARS, **PHRASES}), None, 0, 88.5),
        (side({**PHRASES, "sections": [{"start": 90, "end": 100}]}), None, 0, 90),
        # The first bar of the next track begins where the phrase ends, if the tempos go together.
        (side(PHRASES, bpm=120), side(UPBEAT, bpm=126), 0, 87),
        (side({**PHRASES, "bpm": 60}, bpm=90), side(UPBEAT, bpm=126), 0, 87),
        (side(PHRASES, bpm=100), side(UPBEAT, bpm=106), 0, 87),
        (side(PHRASES, bpm=120), side(UPBEAT, bpm=128), 0, 88.5),
        (side(PHRASES, bpm=120), side(UPBEAT, bpm=232), 0, 87),
        (side(PHRASES, bpm=120), side(UPBEAT), 0, 88.5),
        (side(PHRASES, bpm=0), side(UPBEAT, bpm=0), 0, 88.5),
        (side(PHRASES, bpm=120), side(UPBEAT, bpm=120, sound_start_sec=1, duration=100), 0, 88),
        (side(PHRASES, bpm=120), side({"beat_grid": {"downbeats": [17]}}, bpm=120), 0, 88.5),
        (side(PHRASES, bpm=120), side({"beat_grid": {}}, bpm=120), 0, 88.5),
        # What is no number counts for nothing.
        (side({"phrases": [{"start": "88", "end": math.inf}, {"end": math.nan}]}), None, 0, None),
        (side({"beat_grid": {"downbeats": ["90", 91]}}), None, 0, 91),
    ],
)
def test_where_the_next_track_comes_in(
    server: Peer, leaving: Any, coming: Any, earliest: float, moment: float | None
) -> None:
    """The track lasts 100 seconds, and a fade takes four."""
    assert run(server, MOMENT, leaving, coming, earliest, 96) == ([moment] if moment else [None])


@pytest.mark.parametrize(
    ("track", "heard"),
    [
        (side(), [None, None]),
        (side(duration=100, sound_start_sec=20, sound_end_sec=30), [20, 30]),
        (side(duration=100, sound_start_sec=0, sound_end_sec=0), [None, None]),
        (side(duration=100, sound_start_sec=math.nan, sound_end_sec=math.inf), [None, None]),
        (side(duration=100, sound_start_sec=30, sound_end_sec=30), [None, 30]),
        (side(duration=100, sound_start_sec=100), [None, None]),
        (side(sound_start_sec=2), [None, None]),
        (side({"sections": [{"start": 1, "end": 40}, {"start": 40, "end": 95}]}, duration=100), [1, 95]),
        (side({"sections": [{"start": 1}], "phrases": [{"start": 0.5}, {"start": 90}]}, duration=100), [0.5, None]),
        # Where the structure says nothing for longer, more than silence is missing.
        (side({"sections": [{"start": 15, "end": 85}]}, duration=100), [15, 85]),
        (side({"sections": [{"start": 15.1, "end": 84.9}]}, duration=100), [None, None]),
        (side({"sections": [{"start": 1, "end": 95}], "duration": 100}), [1, 95]),
        (side({"sections": [{"start": 1, "end": 95}]}), [None, None]),
        (side({"sections": []}, duration=10), [None, None]),
        (side({"sections": [{"end": 90}]}, duration=90), [None, 90]),
        # The API's own words count first.
        (side({"sections": [{"start": 1, "end": 95}]}, duration=100, sound_start_sec=3), [3, 95]),
        (side({"sections": [{"start": 1, "end": 95}]}, duration=100, sound_end_sec=90), [1, 90]),
    ],
)
def test_what_is_silent_at_both_ends(server: Peer, track: Any, heard: list[float | None]) -> None:
    source = "local first, last = load('handOver').audible(...) return { first or false, last or false }"
    assert run(server, source, track) == [[value or False for value in heard]]
