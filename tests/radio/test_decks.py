"""Both kinds of player, which the radio has to understand alike."""

from __future__ import annotations

import pytest

from roblox_double import Peer
from support.radio import MakeWorld, run

KINDS = ["Sound", "AudioPlayer"]
CONTENT = {"Sound": "SoundId", "AudioPlayer": "Asset"}
LOOPS = {"Sound": "Looped", "AudioPlayer": "Looping"}

LEFT = """
local name, ready, length, position, from, to = ...
local player = {
	IsLoaded = ready, IsReady = ready, SoundId = "", Asset = "",
	TimeLength = length, TimePosition = position,
	PlaybackRegionsEnabled = true, PlaybackRegion = { Min = from, Max = to },
}
return load(name).new(player):left()
"""


@pytest.mark.parametrize("name", ["SoundDeck", "AudioPlayerDeck"])
@pytest.mark.parametrize(
    ("ready", "length", "position", "region", "left"),
    [
        (True, 100, 30, (0, 0), 70),
        (True, 100, 30, (0, 60), 30),
        (True, 100, 30, (0, 600), 70),
        (True, 100, 30, (10, 10), 70),
        (True, 100, 30, (20, 10), 70),
        (True, 100, 101, (0, 0), 0),
        (True, 0.5, 0, (0, 0), 0.5),
        (True, 0, 30, (0, 0), None),
        (False, 100, 30, (0, 0), None),
    ],
)
def test_what_is_left_is_known_of_what_is_loaded(
    server: Peer,
    name: str,
    ready: bool,
    length: float,
    position: float,
    region: tuple[float, float],
    left: float | None,
) -> None:
    assert run(server, LEFT, name, ready, length, position, *region) == [left]


def test_a_sound_whose_regions_are_off_lasts_as_long_as_its_content(server: Peer) -> None:
    source = LEFT.replace("PlaybackRegionsEnabled = true", "PlaybackRegionsEnabled = false")
    assert run(server, source, "SoundDeck", True, 100, 30, 0, 60) == [70]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("speed", [0, -1])
def test_a_player_that_does_not_move_has_a_speed_above_none(server: Peer, kind: str, speed: float) -> None:
    source = "return load(...).new({ SoundId = '', Asset = '', PlaybackSpeed = select(2, ...) }):speed()"
    assert run(server, source, f"{kind}Deck", speed) == [0.01]


@pytest.mark.parametrize("kind", KINDS)
def test_looping_that_comes_later_is_turned_off_and_given_back(world: MakeWorld, kind: str) -> None:
    loops = LOOPS[kind]
    radio = world(kind=kind)
    radio.run("radio:start('7')")
    radio.advance(10)
    assert radio.run(f"player.{loops} = true task.wait() return player.{loops}") == [False]
    radio.advance(100)
    assert len(radio.played()) == 2
    assert radio.run(f"radio:destroy() return player.{loops}") == [True]


@pytest.mark.parametrize("kind", KINDS)
def test_looping_is_left_off_where_it_was_off(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    radio.run("radio:start('7')")
    radio.advance(10)
    assert radio.run(f"radio:destroy() return player.{LOOPS[kind]}") == [False]
    assert [line.text for line in radio.server.output if line.kind == "warn"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_radio_that_has_not_begun_leaves_looping_alone(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    assert radio.run(f"player.{LOOPS[kind]} = true task.wait() return player.{LOOPS[kind]}") == [True]


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_game_puts_on_is_followed(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    radio.run("radio:start(track(7))")
    radio.advance(10)
    radio.run(f"player.{CONTENT[kind]} = 'rbxassetid://300' player:Play()")
    radio.advance(10)
    assert radio.played() == ["7", "300"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("volume", [0.25, 0.75])
def test_a_volume_that_the_game_writes_is_leveled_at_once(world: MakeWorld, kind: str, volume: float) -> None:
    radio = world(kind=kind, options={"targetLoudness": -20})
    # 6 dB louder than what is aimed at.
    radio.run("radio:start(track(7))")
    radio.advance(10)
    seen = radio.run("player.Volume = ... task.wait(1) return player.Volume", volume)[0]
    assert seen == pytest.approx(volume * 10 ** (-6 / 20), rel=1e-5)
    assert radio.run("radio:destroy() return player.Volume")[0] == pytest.approx(volume)
