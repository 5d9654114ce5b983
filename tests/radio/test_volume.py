"""The volume is the game's wish times what the radio makes of it, however a game goes about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from support.radio import BASE, MakeWorld, RadioWorld

type Signals = Literal["immediate", "deferred"]
SIGNALS: tuple[Signals, ...] = ("immediate", "deferred")
WISH = 0.5
# What a script does that knows nothing of the radio; `ratio` is how quiet it makes the music.
DUCK = """
local ratio, seconds, rounds = ...
for _ = 1, rounds do
    local volume = player.Volume
    player.Volume = volume * ratio
    task.wait(seconds)
    player.Volume = volume
    task.wait(seconds)
end
"""
TWEEN = """
local ratio, seconds, rounds = ...
for _ = 1, rounds do
    local volume = player.Volume
    for step = 59, 0, -1 do player.Volume = volume * (ratio + (1 - ratio) * step / 60) task.wait() end
    task.wait(seconds)
    for step = 1, 60 do player.Volume = volume * (ratio + (1 - ratio) * step / 60) task.wait() end
    task.wait(seconds)
end
"""
KINDS = ["Sound", "AudioPlayer"]


def playing(world: MakeWorld, kind: str, signals: Signals, options: object) -> RadioWorld:
    radio = world(kind=kind, settings=replace(BASE, signal_behavior=signals), options=options)
    # Tracks of -20, -14 and -8 LUFS; the first of them is 12 dB too loud.
    radio.run("player.Volume = ... radio:start(track(47))", WISH)
    return radio


def wish(radio: RadioWorld) -> float:
    return float(radio.run("radio:destroy() return player.Volume")[0])


@pytest.mark.cases(10)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("signals", SIGNALS)
@pytest.mark.parametrize("script", [DUCK, TWEEN], ids=["at once", "bit by bit"])
@pytest.mark.parametrize("ratio", [0, 0.2, 1.5])
def test_who_writes_back_what_was_read_changes_nothing(
    world: MakeWorld, kind: str, signals: Signals, script: str, ratio: float
) -> None:
    radio = playing(world, kind, signals, {"targetLoudness": -20})
    radio.advance(20)
    before = radio.run("return player.Volume")
    radio.run(script, ratio, 1, 5)
    assert radio.run("return player.Volume") == before
    assert wish(radio) == WISH


@pytest.mark.cases(10)
@pytest.mark.parametrize(("signals", "ratio"), [("immediate", 0), ("deferred", 0.3)])
# The fade is from 96 to 100 seconds.
@pytest.mark.parametrize("begin", [95, 96.6, 97.05, 98, 99.8])
@pytest.mark.parametrize("seconds", [0.5, 3, 250])
def test_so_it_is_amid_a_fade(world: MakeWorld, signals: Signals, ratio: float, begin: float, seconds: float) -> None:
    radio = playing(world, "Sound", signals, {"targetLoudness": -20, "crossfade": 4})
    radio.advance(begin)
    radio.run(DUCK, ratio, seconds, 1)
    radio.advance(300)
    assert wish(radio) == WISH


def test_what_is_read_is_never_silent_by_the_radios_doing(world: MakeWorld) -> None:
    radio = playing(world, "Sound", "immediate", {"crossfade": 4})
    quietest = """
    local least = 1
    for _ = 1, 150 * 60 do least = math.min(least, player.Volume) task.wait() end
    return least
    """
    found = radio.run(quietest)[0]
    assert 0 < found < WISH / 500


def test_a_mute_amid_a_fade_holds(world: MakeWorld) -> None:
    radio = playing(world, "Sound", "immediate", {"crossfade": 4})
    radio.advance(97)
    radio.run("player.Volume = 0")
    radio.advance(300)
    assert wish(radio) == 0


@pytest.mark.parametrize("signals", SIGNALS)
def test_those_who_duck_within_one_another(world: MakeWorld, signals: Signals) -> None:
    radio = playing(world, "Sound", signals, {"targetLoudness": -20})
    radio.advance(20)
    duck = "task.spawn(function(ratio, seconds) task.wait(seconds[1]) local volume = player.Volume "
    duck += "player.Volume = volume * ratio task.wait(seconds[2]) player.Volume = volume end, ...)"
    radio.run(duck, 0.5, [0, 10])
    radio.run(duck, 0, [2, 5])
    radio.advance(20)
    assert wish(radio) == WISH


@pytest.mark.parametrize("signals", SIGNALS)
def test_what_the_game_says_anew_counts(world: MakeWorld, signals: Signals) -> None:
    radio = playing(world, "Sound", signals, {"targetLoudness": -20, "crossfade": 4})
    for seconds, volume in enumerate([0.1, 0.7, 0, 0.33, 1, 0.1, 0.7]):
        radio.run("player.Volume = ...", volume)
        radio.advance(50 + seconds)
    radio.run("player.Volume = 0.45")
    radio.advance(1)
    assert wish(radio) == pytest.approx(0.45)
