"""A crossfade as players hear it: the tail is under way before it is heard, whatever the game does meanwhile."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from roblox_double import Listener, Peer
from support.radio import BASE, MakeWorld, RadioWorld, run

KINDS = ["Sound", "AudioPlayer"]
TRACK = 100.0
FADE = 4.0

# What plays beside the game's player, and how loud it is.
SILENT = """
local found = {}
for _, child in player.Parent:GetChildren() do
    if child ~= player and child:IsA(player.ClassName) and child.IsPlaying then
        table.insert(found, string.format("%d %.2f", child.TimePosition - player.TimePosition, child.Volume))
    end
end
return found
"""


def started(world: MakeWorld, kind: str, **rest: Any) -> tuple[RadioWorld, Listener]:
    """Return a radio whose first track has been heard for 93 seconds of its 100, and who listens."""
    radio = world(kind=kind, options={"crossfade": FADE}, **rest)
    listener = radio.listener()
    radio.run("radio:start(track(7))")
    radio.advance(93)
    return radio, listener


def stretches(listener: Listener, content: str) -> list[tuple[float, float, float]]:
    """Return where in a content and for how long it was heard without a jump: start, position there, length."""
    heard = [one for one in listener.heard if one.content == f"rbxassetid://{content}"]
    joined: list[tuple[float, float, float]] = []
    for one in heard:
        if joined:
            start, position, length = joined[-1]
            follows = abs(one.start - start - length) < 1e-3
            if follows and abs(one.position - (position + length * one.speed)) < 0.05:
                joined[-1] = (start, position, one.end - start)
                continue
        joined.append((one.start, one.position, one.end - one.start))
    return joined


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("server", ["hears", "deaf"])
def test_the_tail_goes_along_silently_before_it_is_heard(world: MakeWorld, kind: str, server: Any) -> None:
    radio = world(kind=kind, options={"crossfade": FADE}, settings=replace(BASE, audio_server=server))
    client = radio.universe.client("Ann")
    listener = Listener(client)
    radio.run("radio:start(track(7))")
    radio.advance(93 + TRACK - FADE)
    source = f"local player = game:GetService('SoundService'):WaitForChild('Music') {SILENT}"
    assert client.run(source, parent="ReplicatedStorage") == [["0 0.00"]]
    assert len(listener.at(radio.universe.now - 0.01)) == 1
    radio.advance(20)
    # One stretch from its beginning to its end, although two players had it.
    begun = pytest.approx(TRACK - FADE, abs=0.7)
    assert stretches(listener, "8") == [(begun, pytest.approx(0, abs=0.2), pytest.approx(TRACK, abs=0.2))]
    assert listener.silences(1, radio.universe.now, longer_than=0.05) == []


@pytest.mark.cases(3)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("crossfade", [0.5, 6, 10, 20])
def test_a_fade_of_any_length_has_its_tail(world: MakeWorld, kind: str, crossfade: float) -> None:
    radio = world(kind=kind, options={"crossfade": crossfade})
    listener = radio.listener()
    radio.run("radio:start(track(7))")
    radio.advance(205)
    for track in radio.played()[:-1]:
        [(_, position, length)] = stretches(listener, track)
        assert (position, length) == (pytest.approx(0, abs=0.2), pytest.approx(TRACK, abs=0.5))


BEFORE_THE_FADE = {
    "it seeks": "player.TimePosition = 30",
    "it seeks just before": "task.wait(2.5) player.TimePosition = 60",
    "it seeks on in the last second": "task.wait(3) player.TimePosition += 1",
    "it pauses": "radio:pause() task.wait(30) radio:resume()",
    "it plays faster": "player.PlaybackSpeed = 2",
    "it plays slower": "player.PlaybackSpeed = 0.5",
    "it turns the volume": "player.Volume = 0.25",
}


@pytest.mark.cases(5)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("act", BEFORE_THE_FADE)
def test_the_tail_keeps_in_step_with_what_the_game_does(world: MakeWorld, kind: str, act: str) -> None:
    radio, listener = started(world, kind)
    radio.run(BEFORE_THE_FADE[act])
    radio.advance(120)
    assert radio.played()[:2] == ["7", "8"]
    *_, head, tail = [one for one in listener.tracks() if one.content == "rbxassetid://7"]
    assert (head.source.endswith("Standby"), tail.source.endswith("Standby")) == (False, True)
    last = [one for one in listener.heard if one.id == head.id and one.end == head.end][-1]
    assert tail.start == pytest.approx(head.end, abs=0.02)
    assert tail.position == pytest.approx(last.position + (last.end - last.start) * last.speed, abs=0.05)
    assert FADE - 1.2 < tail.end - tail.start < FADE + 0.2
    assert radio.run(SILENT) == [[]]


INSTEAD = {
    "radio:skip()": True,
    "radio:stop()": False,
    "radio:destroy()": False,
    "radio:start(track(200))": True,
    "player:Destroy()": False,
    "radio:pause()": False,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", INSTEAD)
def test_a_tail_that_is_not_wanted_any_more_is_silent(world: MakeWorld, kind: str, call: str) -> None:
    radio, listener = started(world, kind)
    radio.run(f"shared.place = player.Parent {call}")
    radio.advance(2)
    assert radio.run(SILENT.replace("player.Parent", "shared.place")) == [[]]
    assert len(listener.at(radio.universe.now - 0.01)) == (1 if INSTEAD[call] else 0)
    assert radio.errors() == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_tail_goes_where_the_player_goes(world: MakeWorld, kind: str) -> None:
    radio, _ = started(world, kind)
    radio.run(
        """
        local folder = Instance.new("Folder")
        folder.Parent = game:GetService("SoundService")
        player.Parent = folder
        """
    )
    radio.advance(5)
    assert radio.run(SILENT) != [[]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_tail_that_somebody_destroyed_is_made_anew(world: MakeWorld, kind: str) -> None:
    radio, listener = started(world, kind)
    radio.run(
        """
        for _, child in player.Parent:GetChildren() do
            if child.Name == "MusicStandby" then child:Destroy() end
        end
        """
    )
    radio.advance(20)
    assert stretches(listener, "7")[-1][2] > FADE - 0.2
    assert listener.silences(1, radio.universe.now, longer_than=0.05) == []


@pytest.mark.cases(3)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [9, 12, 25])
def test_short_tracks_fade_one_after_the_other(world: MakeWorld, kind: str, length: float) -> None:
    radio = world(kind=kind, settings=replace(BASE, asset_duration=length), options={"crossfade": FADE})
    listener = radio.listener()
    radio.run("api.duration = ... radio:start({ asset_id = '7', name = 'x', duration = ... })", length)
    radio.advance(5 * length)
    for before, after in pairwise(radio.log("track")[:-2]):
        assert after[0] - before[0] == pytest.approx(length - FADE, abs=0.7)
    for track in radio.played()[:-2]:
        assert sum(one[2] for one in stretches(listener, track)) == pytest.approx(length, abs=0.7)
    assert listener.silences(1, radio.universe.now, longer_than=0.05) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("crossfade", [1, 4, 20])
def test_a_fade_writes_at_most_twenty_volumes_a_second(world: MakeWorld, kind: str, crossfade: float) -> None:
    radio = world(kind=kind, options={"crossfade": crossfade})
    radio.run(
        """
        shared.writes = {}
        local function watch(instance)
            if instance:IsA(player.ClassName) then
                instance:GetPropertyChangedSignal("Volume"):Connect(function()
                    table.insert(shared.writes, os.clock())
                end)
            end
        end
        watch(player)
        player.Parent.ChildAdded:Connect(watch)
        radio:start(track(7))
        """
    )
    radio.advance(125)
    times: list[float] = radio.run("return shared.writes")[0]
    assert len(times) > 8 * crossfade
    # The hand-over at the beginning, and the end, come on top.
    assert all(len([time for time in times if begin <= time < begin + 1]) <= 20 + 2 for begin in times)


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fade_nothing_of_the_track_is_kept(world: MakeWorld, kind: str) -> None:
    radio, _ = started(world, kind)
    radio.advance(15)
    contents = """
    local list = {}
    for _, child in player.Parent:GetChildren() do
        local content = ""
        if child:IsA(player.ClassName) then content = if child:IsA("Sound") then child.SoundId else child.Asset end
        if content ~= "" then table.insert(list, content) end
    end
    return list
    """
    assert set(radio.run(contents)[0]) == {"rbxassetid://8"}


def test_a_tail_that_is_gone_and_cannot_be_made_anew_is_no_matter(server: Peer) -> None:
    source = """
    local gone, destroyed = false, false
    local second = {
        match = function() assert(not gone) end,
        isPlaying = function() return true end,
        play = function() end,
        destroy = function() destroyed = true end,
    }
    local tail = load("Tail").new({ copy = function() return if gone then nil else second end })
    local before = tail:take("a", 1)
    gone = true
    tail:speedChanged()
    for _, method in { "setVolume", "hold", "release", "silence", "speedChanged", "close" } do tail[method](tail, 1) end
    return before, tail:take("b", 1), destroyed
    """
    assert run(server, source) == [True, False, True]


@pytest.mark.parametrize("kind", KINDS)
def test_a_track_as_long_as_two_fades_is_heard_to_its_end(world: MakeWorld, kind: str) -> None:
    length = 2 * FADE
    radio = world(kind=kind, settings=replace(BASE, asset_duration=length), options={"crossfade": FADE})
    radio.run("api.duration = ... radio:start({ asset_id = '7', name = 'x', duration = ... })", length)
    radio.advance(4 * length)
    for before, after in pairwise(radio.log("track")):
        assert after[0] - before[0] == pytest.approx(length, abs=0.7)
