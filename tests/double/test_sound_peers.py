"""Sounds on a server and its clients: each machine plays by itself what it is told to play."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from roblox_double import Asset, Peer, Settings, Universe

type Open = Callable[..., Universe]

STATE = """
local sound = game.SoundService.Music
return sound.Playing, math.round(sound.TimePosition * 10) / 10, sound.IsLoaded, sound.SoundId
"""
WATCH = """
local sound = game.SoundService:WaitForChild("Music")
for _, name in { "Loaded", "Played", "Paused", "Resumed", "Stopped", "Ended" } do
    sound[name]:Connect(function(id) print(name) end)
end
"""
LATENCY = 0.05


@pytest.fixture
def open_universe(signal_behavior: str) -> Iterator[Open]:
    """Open a universe whose server has a Sound with content 1, 10 s long, that takes 1 s to load, on clients 2 s."""
    universes: list[Universe] = []

    def make(**settings: Any) -> Universe:
        universe = Universe(settings=replace(Settings(), signal_behavior=signal_behavior, **settings))
        universes.append(universe)
        universe.assets[1] = Asset(duration=10, load_seconds=2)
        universe.assets.put(1, Asset(duration=10, load_seconds=1), peer="server")
        universe.server().run(
            """
            local sound = Instance.new("Sound")
            sound.Name, sound.SoundId, sound.Parent = "Music", "rbxassetid://1", game:GetService("SoundService")
            """
        )
        return universe

    yield make
    for universe in universes:
        universe.close()


def do(peer: Peer, action: str) -> None:
    peer.run(f"local sound = game.SoundService.Music {action}", parent="Workspace")


def state(peer: Peer) -> list[Any]:
    return list(peer.run(STATE, parent="Workspace"))


def heard(peer: Peer) -> list[str]:
    return [line.text for line in peer.output]


@pytest.mark.fact("sound.replication", "asset.load.delay")
def test_every_machine_plays_for_itself(open_universe: Open) -> None:
    universe = open_universe()
    server, client = universe.peers[0], universe.client("Ann")
    universe.advance(0.5)
    client.spawn(WATCH, parent="Workspace")
    do(server, "sound:Play()")
    universe.advance(2)
    # The server had loaded after 1 s, the client, which began later, after 2 s.
    assert state(server) == [True, 1.5, True, "rbxassetid://1"]
    assert state(client)[:3] == [True, pytest.approx(0.4, abs=0.1), True]
    do(server, "sound:Pause()")
    universe.advance(1)
    assert [state(peer)[0] for peer in (server, client)] == [False, False]
    do(server, "sound.Playing = true")
    universe.advance(1)
    assert state(server)[1] == pytest.approx(state(client)[1] + 1, abs=0.2)
    do(server, "sound.TimePosition = 9")
    universe.advance(0.5)
    assert state(client)[:2] == [True, pytest.approx(9.4, abs=0.1)]
    universe.advance(1)
    assert state(client)[:2] == [False, 0]
    assert heard(client) == ["Loaded", "Ended"]
    do(server, "sound:Play()")
    universe.advance(1)
    do(server, "sound:Stop()")
    universe.advance(1)
    assert state(client)[:2] == [False, 0]


@pytest.mark.fact("sound.replication", "sound.playing.events")
def test_events_of_what_others_do(open_universe: Open) -> None:
    universe = open_universe(sound_playing_events=True)
    server, client = universe.peers[0], universe.client("Ann")
    universe.advance(3)
    client.spawn(WATCH, parent="Workspace")
    for action in ("Play", "Pause", "Resume", "Stop"):
        do(server, f"sound:{action}()")
        universe.advance(1)
    assert heard(client) == ["Played", "Paused", "Resumed", "Stopped"]


@pytest.mark.fact("sound.replication")
def test_a_new_track_reaches_the_clients(open_universe: Open) -> None:
    universe = open_universe()
    server, client = universe.peers[0], universe.client("Ann")
    do(server, "sound:Play()")
    universe.advance(5)
    do(server, "sound:Stop() sound.SoundId = 'rbxassetid://2' sound.TimePosition = 0 sound:Play()")
    universe.advance(2)
    assert state(client) == [True, pytest.approx(1.4, abs=0.1), True, "rbxassetid://2"]


@pytest.mark.fact("audio.late_joiner")
@pytest.mark.parametrize(
    ("policy", "expected"), [("position", [True, 5.0]), ("start", [True, 1.0]), ("silent", [False, 0])]
)
def test_a_late_joiner(open_universe: Open, policy: str, expected: list[object]) -> None:
    universe = open_universe(audio_late_joiner=policy)
    server = universe.peers[0]
    universe.assets.put(1, Asset(duration=10, load_seconds=0), peer="Late")
    universe.advance(1)
    do(server, "sound:Play()")
    universe.advance(4)
    late = universe.client("Late")
    universe.advance(1 + LATENCY)
    assert state(server)[1] == pytest.approx(5, abs=0.2)
    assert state(late)[:2] == [expected[0], pytest.approx(expected[1], abs=0.2)]


@pytest.mark.fact("audio.late_joiner")
def test_a_late_joiner_of_silence(open_universe: Open) -> None:
    universe = open_universe()
    do(universe.peers[0], "sound:Play()")
    universe.advance(20)
    late = universe.client("Late")
    universe.advance(1)
    assert state(late)[:2] == [False, 0]


@pytest.mark.fact("sound.respect_filtering", "sound.respect_filtering.default")
@pytest.mark.parametrize(("respects", "others"), [(True, False), (False, True)])
def test_what_a_client_plays(open_universe: Open, respects: bool, others: bool) -> None:
    universe = open_universe(respect_filtering_enabled=respects)
    server, ann, ben = universe.peers[0], universe.client("Ann"), universe.client("Ben")
    universe.advance(3)
    do(ann, "sound.TimePosition = 2 sound:Play()")
    universe.advance(1)
    assert state(ann)[:2] == [True, 3]
    assert [state(peer)[0] for peer in (server, ben)] == [others, others]


@pytest.mark.fact("audio.server")
def test_clients_of_a_deaf_server_hear(open_universe: Open) -> None:
    universe = open_universe(audio_server="deaf")
    server, client = universe.peers[0], universe.client("Ann")
    do(server, "sound:Play()")
    universe.advance(3)
    assert state(server)[:3] == [True, 0, False]
    assert state(client)[:3] == [True, pytest.approx(0.9, abs=0.1), True]


@pytest.mark.fact("audio.server.ended")
def test_clients_see_the_end_once_whatever_the_server_sees(open_universe: Open) -> None:
    universe = open_universe(audio_server_ended="twice")
    server, client = universe.peers[0], universe.client("Ann")
    universe.advance(3)
    for peer in (server, client):
        peer.spawn(WATCH, parent="Workspace")
    do(server, "sound:Play()")
    universe.advance(12)
    assert heard(server).count("Ended") == 2
    assert heard(client).count("Ended") == 1
