"""What comes is made ready shortly before its turn: clients hold a second asset for half a minute, not all the time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from support.radio import BASE, MakeWorld, RadioWorld

KINDS = ["Sound", "AudioPlayer"]
CUED = """
local list = {}
for _, child in player.Parent:GetChildren() do
    if child ~= player and child:IsA(player.ClassName) then
        local content = if child:IsA("Sound") then child.SoundId else child.Asset
        if content ~= "" then table.insert(list, (string.gsub(content, "rbxassetid://", ""))) end
    end
end
return list
"""


def cued(radio: RadioWorld) -> list[str]:
    """Return the ids of what the radio's own players have."""
    found: list[str] = radio.run(CUED)[0]
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("server", ["hears", "deaf"])
def test_the_next_track_is_cued_half_a_minute_before_its_turn(world: MakeWorld, kind: str, server: Any) -> None:
    radio = world(kind=kind, settings=replace(BASE, audio_server=server))
    radio.run("radio:start(track(7))")
    for begin in (0, 100.2):
        radio.advance(begin + 65 - radio.universe.now)
        assert radio.run("return #radio:upcoming()") == [1]
        assert cued(radio) == []
        radio.advance(8)
        assert cued(radio) == [radio.run("return radio:upcoming()[1].asset_id")[0]]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_cued_where_that_is_turned_off(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind, options={"preload": False})
    radio.run("radio:start(track(7))")
    for _ in range(25):
        radio.advance(10)
        assert radio.run("return #player.Parent:GetChildren()") == [1 if kind == "Sound" else 2]
    assert len(radio.played()) == 3


@pytest.mark.parametrize("length", [3, 20, 29])
def test_what_follows_a_short_track_is_cued_at_once(world: MakeWorld, length: float) -> None:
    radio = world(settings=replace(BASE, asset_duration=length))
    radio.run("api.duration = ... radio:start({ asset_id = '7', name = 'x', duration = ... })", length)
    radio.advance(1)
    assert cued(radio) == ["8"]


@pytest.mark.parametrize("length", [40, 300])
def test_a_length_that_only_the_server_knows_counts(world: MakeWorld, length: float) -> None:
    radio = world(settings=replace(BASE, asset_duration=length, metadata_error="no"))
    radio.run("api.duration = 0 radio:start('7')")
    radio.advance(length - 33)
    assert cued(radio) == []
    radio.advance(5)
    assert cued(radio) == ["8"]


def test_what_follows_a_track_of_unknown_length_is_cued_soon(world: MakeWorld) -> None:
    radio = world(settings=replace(BASE, audio_server="deaf", metadata_error="no"))
    radio.run("api.duration = 0 radio:start('7')")
    radio.advance(8)
    assert cued(radio) == ["8"]


def test_a_choice_that_comes_late_is_cued_at_once(world: MakeWorld) -> None:
    radio = world(settings=replace(BASE, asset_duration=80))
    radio.run("api.latency = 58 radio:start({ asset_id = '7', name = 'x', duration = 80 })")
    radio.advance(57)
    assert cued(radio) == []
    radio.advance(2)
    assert cued(radio) == ["8"]
    radio.run("api.latency = 0.1 radio:queue('200')")
    radio.advance(1)
    assert cued(radio) == ["200"]


def test_what_is_cued_changes_with_the_choice_and_never_too_early(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start(track(7))")
    radio.advance(75)
    radio.run("radio:skip()")
    radio.advance(10)
    assert radio.played() == ["7", "8"]
    assert cued(radio) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_pause_puts_it_off(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    radio.run("radio:start(track(7))")
    radio.advance(60)
    radio.run("radio:pause()")
    radio.advance(60)
    assert cued(radio) == []
    radio.run("radio:resume()")
    radio.advance(12)
    assert cued(radio) == ["8"]


def test_what_waits_while_nothing_plays_is_cued(world: MakeWorld) -> None:
    radio = world(settings=replace(BASE, asset_duration=40))
    radio.run("api.latency = 55 radio:start({ asset_id = '7', name = 'x', duration = 40 })")
    radio.advance(45)
    radio.run("radio:pause()")
    radio.advance(15)
    assert radio.run("return radio:nowPlaying() == nil, #radio:upcoming()") == [True, 1]
    assert cued(radio) == ["8"]
