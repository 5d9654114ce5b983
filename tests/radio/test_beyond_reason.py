"""Numbers that cannot be true, from the API, the engine and the game: none stops the music or sets it racing."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from roblox_double import Peer
from support.radio import BASE, MakeWorld, run

DEAF = replace(BASE, audio_server="deaf")
SERVERS = {"hears": BASE, "deaf": DEAF}
KINDS = ["Sound", "AudioPlayer"]


def beginnings(radio: Any) -> list[float]:
    return [entry[0] for entry in radio.log("track")]


def longest(radio: Any) -> float:
    times = beginnings(radio)
    return max(later - earlier for earlier, later in pairwise(times))


@pytest.mark.parametrize("duration", [420.5, 1e308])
@pytest.mark.parametrize("engine", ["knows", "exaggerates"])
def test_a_server_that_does_not_hear_waits_no_longer_than_audio_can_be(
    world: MakeWorld, duration: float, engine: str
) -> None:
    radio = world(settings=DEAF)
    radio.run(
        """
        local duration, knows = ...
        api.duration = duration
        radio:destroy()
        radio = shared.make({}, { audioDurations = function(ids)
            return { [ids[1]] = if knows then 100 else duration }
        end })
        radio:start({ asset_id = "7", name = "Song", duration = duration })
        """,
        duration,
        engine == "knows",
    )
    radio.advance(1000)
    assert len(beginnings(radio)) >= 3
    assert longest(radio) <= (101 if engine == "knows" else 421)


@pytest.mark.cases(10)
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("speed", ["0 / 0", "math.huge", "1e30", "500", "0", "-1", "-math.huge", "1e-30"])
def test_no_speed_sets_the_radio_racing_or_stops_it_for_good(
    world: MakeWorld, server: str, kind: str, speed: str
) -> None:
    radio = world(settings=SERVERS[server], kind=kind)
    listener = radio.listener()
    radio.run(f"radio:start(track(7)) task.wait(5) player.PlaybackSpeed = {speed}")
    radio.advance(60)
    assert len(beginnings(radio)) <= 62
    radio.run("player.PlaybackSpeed = 1")
    before = len(beginnings(radio))
    radio.advance(350)
    assert before + 3 <= len(beginnings(radio)) <= before + 5
    if server == "hears":
        # Players may hear a track to its end before a server that does not hear knows of it.
        assert listener.silences(radio.universe.now - 349, radio.universe.now, longer_than=2) == []


@pytest.mark.parametrize("server", SERVERS)
def test_a_speed_that_never_stays_the_same(world: MakeWorld, server: str) -> None:
    radio = world(settings=SERVERS[server])
    radio.run(
        """
        radio:start(track(7))
        local speeds = { 0 / 0, 1, 1e30, -1, 20, 0.5, 0 }
        task.spawn(function()
            for frame = 1, 1800 do
                player.PlaybackSpeed = speeds[frame % #speeds + 1]
                task.wait()
            end
            player.PlaybackSpeed = 1
        end)
        """
    )
    radio.advance(30)
    assert len(beginnings(radio)) <= 31
    before = len(beginnings(radio))
    radio.advance(350)
    assert before + 3 <= len(beginnings(radio)) <= before + 5


@pytest.mark.cases(6)
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    ("kind", "region", "seconds"),
    [
        *(("Sound", "NumberRange.new(0, 30)", 30.0), ("Sound", "NumberRange.new(60, 90)", 30.0)),
        *(("Sound", "NumberRange.new(40, 1000)", 60.0), ("Sound", "NumberRange.new(-10, 20)", 20.0)),
        *(("Sound", "NumberRange.new(50, 50)", 100.0), ("Sound", "NumberRange.new(0, 0)", 100.0)),
        *(("AudioPlayer", "NumberRange.new(0, 30)", 30.0), ("AudioPlayer", "NumberRange.new(60, 90)", 30.0)),
        ("AudioPlayer", "NumberRange.new(50, 50)", 100.0),
    ],
)
def test_the_part_that_is_played_is_followed_by_the_next_track(
    world: MakeWorld, server: str, kind: str, region: str, seconds: float
) -> None:
    radio = world(settings=SERVERS[server], kind=kind)
    listener = radio.listener()
    enable = "player.PlaybackRegionsEnabled = true" if kind == "Sound" else ""
    radio.run(f"{enable} player.PlaybackRegion = {region} radio:start(track(7))")
    radio.advance(400)
    assert len(beginnings(radio)) == pytest.approx(400 / (seconds + 0.5), abs=1.5)
    assert listener.silences(5, 400, longer_than=1.5) == []


@pytest.mark.parametrize("region", ["500, 600", "0, 0.001", "1e9, 2e9"])
def test_a_part_beside_the_content_is_none_where_the_server_does_not_hear(world: MakeWorld, region: str) -> None:
    radio = world(settings=SERVERS["deaf"])
    radio.run(
        f"player.PlaybackRegionsEnabled = true player.PlaybackRegion = NumberRange.new({region}) radio:start(track(7))"
    )
    radio.advance(350)
    assert len(beginnings(radio)) == 4


@pytest.mark.parametrize("server", SERVERS)
def test_a_part_that_is_chosen_while_a_track_plays_counts_at_once(world: MakeWorld, server: str) -> None:
    radio = world(settings=SERVERS[server])
    listener = radio.listener()
    radio.run(
        "radio:start(track(7)) task.wait(10) player.PlaybackRegion = NumberRange.new(0, 30) "
        "player.PlaybackRegionsEnabled = true"
    )
    radio.advance(300)
    assert listener.silences(5, 300, longer_than=1.5) == []
    radio.run("player.PlaybackRegion = NumberRange.new(0, 60)")
    radio.advance(300)
    assert listener.silences(300, 600, longer_than=1.5) == []


@pytest.mark.cases(8)
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("position", ["math.huge", "1e9", "-5", "-1e9", "99999"])
def test_a_position_that_no_track_has(world: MakeWorld, server: str, kind: str, position: str) -> None:
    radio = world(settings=SERVERS[server], kind=kind)
    radio.run(f"radio:start(track(7)) task.wait(20) player.TimePosition = {position}")
    radio.advance(350)
    assert 4 <= len(beginnings(radio)) <= 6
    assert longest(radio) < 130


FIGURES = {
    "speed(0 / 0)": [1],
    "speed(math.huge)": [20],
    "speed(-1)": [0.01],
    "speed(0.5)": [0.5],
    "position(0 / 0)": [0],
    "position(-3)": [0],
    "position(math.huge)": [60000],
    "position(7)": [7],
    "region({ Min = 10, Max = 30 })": [10, 30],
    "region({ Min = -10, Max = 30 })": [0, 30],
    "region({ Min = 30, Max = 30 })": [0, math.inf],
    "region({ Min = 30, Max = 10 })": [0, math.inf],
    "region({ Min = 0 / 0, Max = 30 })": [0, math.inf],
    "region({ Min = 10, Max = 0 / 0 })": [0, math.inf],
    "left(100, 20, 0, math.huge)": [80],
    "left(100, 20, 50, 70)": [20],
    "left(100, 80, 50, 70)": [0],
    "left(0 / 0, 20, 0, 70)": [None],
    "left(math.huge, 20, 0, 70)": [None],
    "left(0, 0, 0, 70)": [None],
    "left(-5, 0, 0, 70)": [None],
}


@pytest.mark.parametrize("read", FIGURES)
def test_what_a_figure_of_a_player_is_taken_for(server: Peer, read: str) -> None:
    assert run(server, f'return load("figures").{read}') == FIGURES[read]


@pytest.mark.cases(3)
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("crossfade", [0, 5])
@pytest.mark.parametrize("second", [20, 97])
def test_a_volume_that_is_none_is_no_wish(world: MakeWorld, server: str, crossfade: float, second: float) -> None:
    radio = world(settings=SERVERS[server], options={"crossfade": crossfade, "targetLoudness": -14})
    listener = radio.listener()
    radio.run(
        "local second = ... player.Volume = 0.4 radio:start(track(7)) task.wait(second) player.Volume = 0 / 0", second
    )
    radio.advance(300)
    assert listener.silences(5, 300, longer_than=1) == []
    assert radio.run("radio:destroy() return player.Volume") == [pytest.approx(0.4)]


def test_a_radio_on_a_player_without_a_volume(world: MakeWorld) -> None:
    radio = world()
    listener = radio.listener()
    radio.run("radio:destroy() player.Volume = 0 / 0 shared.make({}):start(track(7))")
    radio.advance(60)
    assert listener.silences(5, 60) == []
