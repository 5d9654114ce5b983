"""What a player would hear, recorded on the player's own machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from roblox_double import Asset, Listener, Peer, ScriptTree, Settings, Universe

SONG = "rbxassetid://1"
NEXT = "rbxassetid://2"
LOAD = 0.5
LATENCY = 0.05

SOUND = """
local sound = Instance.new("Sound")
sound.Name, sound.SoundId, sound.Parent = "Music", "rbxassetid://1", game:GetService("SoundService")
"""
WIRED = """
local function make(class, parent) local made = Instance.new(class) made.Parent = parent return made end
local service = game:GetService("SoundService")
local player, fader = make("AudioPlayer", service), make("AudioFader", service)
local output = make("AudioDeviceOutput", service)
player.Asset, fader.Volume = "rbxassetid://1", 0.5
local function wire(source, target)
    local made = make("Wire", target)
    made.SourceInstance, made.TargetInstance = source, target
    return made
end
"""


@pytest.fixture
def game(universe: Universe) -> Universe:
    universe.assets[1] = Asset(duration=4)
    universe.assets[2] = Asset(duration=3)
    universe.server()
    return universe


@pytest.fixture
def server(game: Universe) -> Peer:
    return game.peers[0]


@pytest.fixture
def ann(game: Universe) -> Listener:
    return Listener(game.client("Ann"))


@pytest.fixture(params=["immediate", "deferred"])
def quiet_universe(request: pytest.FixtureRequest) -> Iterator[Universe]:
    with Universe(settings=Settings(signal_behavior=request.param)) as made:
        made.server()
        yield made


def test_a_track_is_heard_from_its_start_on_this_machine_to_its_end(
    game: Universe, server: Peer, ann: Listener
) -> None:
    server.run(SOUND + "sound:Play()")
    game.advance(10)
    [heard] = ann.heard
    assert (heard.content, heard.volume, heard.position, heard.speed) == (SONG, 0.5, 0, 1)
    assert heard.source == "SoundService.Music"
    assert heard.start == pytest.approx(LATENCY + LOAD, abs=0.06)
    assert heard.end - heard.start == pytest.approx(4, abs=0.02)
    assert ann.silences(0, 10) == [(0, heard.start), (heard.end, 10)]
    assert ann.silences(0, 10, longer_than=1) == [(heard.end, 10)]
    seconds = ann.by_second(0, 6)
    assert [sorted(second) for second in seconds] == [[SONG]] * 5 + [[]]
    assert [second.get(SONG) for second in seconds[1:4]] == [1, 1, 1]


def test_what_a_script_does_between_two_frames_is_heard_from_then_on(game: Universe) -> None:
    game.advance(1)
    client = game.client("Ann")
    listener = Listener(client)
    game.advance(1.005)
    client.run(SOUND + "sound.Loaded:Wait() sound:Play()", parent="Workspace")
    began = game.now
    client.spawn("game.SoundService.Music.TimePosition = 2", parent="Workspace")
    game.advance(9)
    [heard] = listener.heard
    assert (heard.start, heard.position) == (began, 2)
    assert heard.end == pytest.approx(began + 2, abs=0.02)


@pytest.mark.fact("sound.group", "sound.float")
def test_groups_multiply(game: Universe, server: Peer, ann: Listener) -> None:
    server.run(
        SOUND
        + """
        local outer = Instance.new("SoundGroup")
        local inner = Instance.new("SoundGroup", outer)
        outer.Parent, outer.Volume, inner.Volume = game.SoundService, 0.25, 2
        local stranger = sound:Clone()
        stranger.Volume, stranger.Parent = 1, inner
        sound.SoundGroup = inner
        sound:Play()
        stranger:Play()
        task.wait(3)
        outer.Volume = 0
        """
    )
    game.advance(4)
    assert sorted(heard.volume for heard in ann.at(2)) == [0.25, 1]
    assert [heard.volume for heard in ann.at(3.5)] == [1]


@pytest.mark.fact("audio.heard")
def test_an_audio_player_is_heard_through_its_wires(game: Universe, server: Peer, ann: Listener) -> None:
    server.run(
        WIRED
        + """
        player.Volume = 0.5
        player.Looping = true
        player:Play()
        task.wait(2)
        wire(player, fader)
        task.wait(1)
        local last = wire(fader, output)
        task.wait(1)
        fader.Bypass = true
        task.wait(1)
        wire(player, output)
        task.wait(1)
        last:Destroy()
        output.Parent = nil
        """
    )
    game.advance(1)
    assert [[heard.volume for heard in ann.at(second)] for second in (1, 2.5, 3.5, 4.5, 5.5, 6.5)] == [
        *([], [], [0.25]),
        *([0.5], [1], []),
    ]


@pytest.mark.fact("audio.output.player")
def test_an_output_may_be_meant_for_one_player(game: Universe, server: Peer, ann: Listener) -> None:
    ben = Listener(game.client("Ben"))
    server.run(WIRED + "output.Player = game.Players.Ben wire(player, output) player:Play()")
    game.advance(2)
    assert ann.heard == []
    assert [heard.volume for heard in ben.heard] == [1]


@pytest.mark.fact("audio.heard", "audio_emitter.group")
def test_an_emitter_is_heard_by_listeners_that_have_a_place(game: Universe, server: Peer, ann: Listener) -> None:
    server.run(
        WIRED
        + """
        local emitter, listener = make("AudioEmitter", workspace), make("AudioListener", service)
        wire(player, emitter)
        wire(listener, fader)
        wire(fader, output)
        player.Looping = true
        player:Play()
        task.wait(2)
        listener.Parent = workspace
        task.wait(1)
        listener.AudioInteractionGroup = "elsewhere"
        """
    )
    game.advance(1)
    assert [[heard.volume for heard in ann.at(second)] for second in (1.5, 2.5, 3.5)] == [[], [0.5], []]


@pytest.mark.fact("audio_emitter.place")
@pytest.mark.parametrize(
    ("emitter", "listener", "volumes"),
    [
        ("Part", "Camera", [0.5]),
        ("Model", "Part", [0.5]),
        ("Attachment", "Part", [0.5]),
        ("Folder", "Part", []),
        ("Part", "Folder", []),
    ],
)
def test_a_part_of_the_place_file_has_a_place(
    game: Universe, server: Peer, ann: Listener, emitter: str, listener: str, volumes: list[float]
) -> None:
    for name, class_name in (("There", emitter), ("Here", listener)):
        server.mount(ScriptTree(name, class_name), "Workspace")
    server.run(
        WIRED
        + """
        local emitter, listener = make("AudioEmitter", workspace.There), make("AudioListener", workspace.Here)
        wire(player, emitter)
        wire(listener, fader)
        wire(fader, output)
        player:Play()
        """
    )
    game.advance(2)
    assert [heard.volume for heard in ann.heard] == volumes


def test_changes_of_volume_and_loops_part_no_track(game: Universe, server: Peer, ann: Listener) -> None:
    server.run(
        SOUND
        + """
        sound.Looped = true
        sound:Play()
        task.wait(2)
        for step = 1, 5 do sound.Volume = step / 10 task.wait() end
        task.wait(6)
        sound:Stop()
        sound.Looped = false
        sound.SoundId = "rbxassetid://2"
        sound.TimePosition = 0
        sound:Play()
        """
    )
    game.advance(5)
    assert len(ann.heard) > 7
    first, second = ann.tracks()
    assert (first.content, second.content) == (SONG, NEXT)
    assert first.end - first.start == pytest.approx(7.5, abs=0.2)
    assert second.end - second.start == pytest.approx(3, abs=0.03)


def test_each_player_hears_on_a_machine_of_their_own(game: Universe, server: Peer, ann: Listener) -> None:
    game.assets.put(1, Asset(duration=4, load_seconds=2.5), peer="Ben")
    game.assets.put(1, Asset(load="fails"), peer="Cleo")
    ben, cleo = Listener(game.client("Ben")), Listener(game.client("Cleo"))
    server.run(SOUND + "sound:Play()")
    game.advance(1)
    late = Listener(game.client("Late"))
    game.advance(9)
    assert ben.heard[0].start - ann.heard[0].start == pytest.approx(2, abs=0.02)
    assert cleo.heard == []
    # The late machine has to load first and then begins where the server's was when it joined.
    assert late.heard[0].start == pytest.approx(1 + LATENCY + LOAD, abs=0.06)
    assert late.heard[0].position == pytest.approx(1 + LATENCY - LOAD, abs=0.06)


def test_listening_ends_when_the_player_leaves(game: Universe, server: Peer) -> None:
    client = game.client("Ann")
    listener = Listener(client)
    server.run(SOUND + "sound.Looped = true sound:Play()")
    game.advance(3)
    game.leave(client)
    game.advance(3)
    assert listener.tracks()[0].end == pytest.approx(3, abs=0.02)


def test_an_hour_of_silence_costs_nothing(quiet_universe: Universe) -> None:
    listener = Listener(quiet_universe.client("Ann"))
    quiet_universe.advance(3600)
    assert listener.heard == []
    assert listener.silences(0, 3600) == [(0, 3600)]
