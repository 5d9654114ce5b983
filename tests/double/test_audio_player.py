"""AudioPlayer: a machine of its own, which neither rewinds nor tells as much as a Sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from roblox_double import Asset, LuauError, Peer, Settings, Universe

type Play = Callable[..., list[Any]]
type Open = Callable[..., Universe]

SETUP = """
local player = Instance.new("AudioPlayer")
player.Name, player.Parent = "Music", game:GetService("SoundService")
local log, began = {}, os.clock()
local function note(text) table.insert(log, `{text} @{math.round((os.clock() - began) * 10) / 10}`) end
local function place() note(math.round(player.TimePosition * 10) / 10) end
player.Ended:Connect(function(...) note(`Ended {select("#", ...)}`) end)
player.Looped:Connect(function(...) note(`Looped {select("#", ...)}`) end)
for _, name in { "IsPlaying", "IsReady" } do
    player:GetPropertyChangedSignal(name):Connect(function() note(`{name} {player[name]}`) end)
end
local function choose(id) player.Asset = "rbxassetid://" .. id end
"""


@pytest.fixture
def open_universe(signal_behavior: str) -> Iterator[Open]:
    """Open a universe with a server; content 1 is 2 s long, content 2 is 5 s, and both take 1 s to load."""
    universes: list[Universe] = []

    def make(**settings: Any) -> Universe:
        universe = Universe(settings=replace(Settings(), signal_behavior=signal_behavior, **settings))
        universes.append(universe)
        universe.assets[1] = Asset(duration=2, load_seconds=1)
        universe.assets[2] = Asset(duration=5, load_seconds=1)
        universe.server()
        return universe

    yield make
    for universe in universes:
        universe.close()


@pytest.fixture
def play(open_universe: Open) -> Play:
    """Run a snippet with `player`, `log`, `note`, `place` and `choose` on a server under the given settings."""

    def run(snippet: str, **settings: Any) -> list[Any]:
        server = open_universe(**settings).peers[0]
        values: Any = server.run(SETUP + snippet + "\ntask.wait(0) return log")
        assert [line.text for line in server.output] == []
        return values[0]

    return run


@pytest.mark.fact("audio_player.defaults")
def test_defaults(play: Play) -> None:
    assert play(
        """do return { player.Asset, player.AutoLoad, player.AutoPlay, player.Looping, player.Volume,
            player.PlaybackSpeed, player.TimePosition, player.LoopRegion.Max, player.PlaybackRegion.Max,
            player.IsPlaying, player.IsReady, player.TimeLength } end"""
    ) == ["", True, False, False, 1, 1, 0, 60000, 60000, False, False, 0]


@pytest.mark.fact("audio_player.bounds")
def test_bounds(play: Play) -> None:
    assert play(
        """player.Volume = 0.1 local small = player.Volume player.Volume = 20 player.PlaybackSpeed = 30
        do return { small, player.Volume, player.PlaybackSpeed } end"""
    ) == [0.10000000149011612, 10, 20]


CASES = [
    pytest.param(
        "choose(1) task.wait(1.5) player:Play() task.wait(3) place()",
        ["IsReady true @1", "IsPlaying true @1.5", "IsPlaying false @3.5", "Ended 0 @3.5", "0 @4.5"],
        marks=pytest.mark.fact("audio_player.load", "audio_player.events", "audio_player.ended"),
        id="plays to its end",
    ),
    pytest.param(
        "player.AutoLoad = false choose(1) task.wait(5) player:Play() task.wait(2) place()",
        ["IsPlaying true @5", "IsReady true @6", "1 @7"],
        marks=pytest.mark.fact("audio_player.load"),
        id="loads at the first Play",
    ),
    pytest.param(
        """choose(2) task.wait(1) player:Play() task.wait(1) player:Stop() place() task.wait(1) place() player:Play()
        task.wait(1) place() player.TimePosition = 0.5 task.wait(0.5) place()""",
        [
            *("IsReady true @1", "IsPlaying true @1", "IsPlaying false @2", "1 @2", "1 @3", "IsPlaying true @3"),
            *("2 @4", "1 @4.5"),
        ],
        marks=pytest.mark.fact("audio_player.play", "audio_player.ended"),
        id="Stop keeps the position",
    ),
    pytest.param(
        "choose(1) player.Looping = true player:Play() task.wait(5.5) place() player.Looping = false task.wait(2)",
        [
            *("IsPlaying true @0", "IsReady true @1", "Looped 0 @3", "Looped 0 @5", "0.5 @5.5"),
            *("IsPlaying false @7", "Ended 0 @7"),
        ],
        marks=pytest.mark.fact("audio_player.events", "audio_player.ended"),
        id="loops",
    ),
    pytest.param(
        """choose(2) player.PlaybackRegion = NumberRange.new(1, 3) player:Play() task.wait(1.5) place() task.wait(2)
        player.PlaybackRegion = NumberRange.new(1, 1) player.LoopRegion = NumberRange.new(1, 2) player.Looping = true
        player:Play() task.wait(2.5) place()""",
        [
            *("IsPlaying true @0", "IsReady true @1", "1.5 @1.5", "IsPlaying false @3", "Ended 0 @3"),
            *("IsPlaying true @3.5", "Looped 0 @5.5", "1.5 @6"),
        ],
        marks=pytest.mark.fact("audio_player.regions"),
        id="regions",
    ),
    pytest.param(
        """choose(2) task.wait(1) local service = game.SoundService
        local first = player:Play(service:GetMixerTime() + 1) local second = player:Stop(service:GetMixerTime() + 2)
        local third = player:Play(service:GetMixerTime() + 3)
        note(`{typeof(first)} {first ~= second}`) note(player:Stop() == nil)
        task.wait(2.5) place() note(`{player:Cancel(third)} {player:Cancel(third)} {player:Cancel(first)}`) task.wait(2)
        place()""",
        [
            *("IsReady true @1", "number true @1", "true @1"),
            *("IsPlaying true @2", "IsPlaying false @3", "1 @3.5", "true false false @3.5", "1 @5.5"),
        ],
        marks=pytest.mark.fact("audio_player.planned"),
        id="planned",
    ),
    pytest.param(
        """player.AutoPlay = true player.Parent = nil choose(1) task.wait(1) player.Parent = workspace task.wait(0.1)
        player:Stop() player.Parent = nil player.Parent = workspace note(player.IsPlaying)""",
        ["IsReady true @1", "false @1.1"],
        marks=pytest.mark.fact("audio_player.auto_play"),
        id="AutoPlay counts at the first entrance only",
    ),
    pytest.param(
        "choose(1) player:Play() task.wait(1.5) player:Destroy() task.wait(3) note(player.Asset)",
        ["IsPlaying true @0", "IsReady true @1", "rbxassetid://1 @4.5"],
        marks=pytest.mark.fact("audio_player.ended"),
        id="destroyed while it plays",
    ),
    pytest.param(
        """choose(2) player:Play() task.wait(2) local copy = player:Clone() copy.Parent = workspace task.wait(1)
        note(`{copy.IsPlaying} {math.round(copy.TimePosition)} {copy.IsReady}`)""",
        ["IsPlaying true @0", "IsReady true @1", "true 2 true @3"],
        marks=pytest.mark.fact("audio_player.play"),
        id="a clone goes on by itself",
    ),
]


@pytest.mark.parametrize(("snippet", "expected"), CASES)
def test_behaviour(play: Play, snippet: str, expected: list[str]) -> None:
    assert sorted(play(snippet)) == sorted(expected)


@pytest.mark.fact("audio_player.auto_play")
def test_auto_play(open_universe: Open) -> None:
    server = open_universe().peers[0]
    assert server.run(
        """local player = Instance.new("AudioPlayer") player.AutoPlay, player.Asset = true, "rbxassetid://2"
        local before = player.IsPlaying player.Parent = workspace return before, player.IsPlaying"""
    ) == [False, True]


BEGIN = ["IsPlaying true @0", "IsReady true @1"]
END = ["IsPlaying false @3", "Ended 0 @3"]
SWITCHES = [
    pytest.param(
        "choose(1) player:Play() task.wait(4) place() player:Play() task.wait(1) place()",
        {"audio_position_after_end": ("start", "end")},
        (
            [*BEGIN, *END, "0 @4", "IsPlaying true @4", "1 @5"],
            [*BEGIN, *END, "2 @4", "IsPlaying true @4", "IsPlaying false @4", "Ended 0 @4", "2 @5"],
        ),
        marks=pytest.mark.fact("audio.end.position"),
        id="the position at the end",
    ),
    pytest.param(
        "choose(1) player:Play() task.wait(4) choose(2) task.wait(3)",
        {"audio_server_ended": ("once", "never", "late", "twice")},
        (
            [*BEGIN, *END, "IsReady false @4", "IsReady true @5"],
            [*BEGIN, END[0], "IsReady false @4", "IsReady true @5"],
            [*BEGIN, END[0], "IsReady false @4", "IsReady true @5", "Ended 0 @6"],
            [*BEGIN, *END, "Ended 0 @3", "IsReady false @4", "IsReady true @5"],
        ),
        marks=pytest.mark.fact("audio.server.ended"),
        id="how the end is told",
    ),
    pytest.param(
        "choose(1) player:Play() task.wait(4) player:Play() task.wait(1)",
        {"audio_server_ended": ("once", "stale")},
        ([*BEGIN, *END, "IsPlaying true @4"], [*BEGIN, *END, "IsPlaying true @4", "Ended 0 @4"]),
        marks=pytest.mark.fact("audio.server.ended"),
        id="an end that comes again",
    ),
    pytest.param(
        "choose(1) player:Play() task.wait(2) note(`{player.IsPlaying} {player.TimeLength}`) place()",
        {"audio_server": ("hears", "deaf")},
        ([*BEGIN, "true 2 @2", "1 @2"], [BEGIN[0], "true 0 @2", "0 @2"]),
        marks=pytest.mark.fact("audio.server"),
        id="a deaf server",
    ),
    pytest.param(
        "choose(1) player:Play() task.wait(2) choose(2) task.wait(1.5) place()",
        {"audio_content_change": ("restarts", "stops", "continues")},
        (
            [*BEGIN, "IsReady false @2", "IsReady true @3", "0.5 @3.5"],
            [*BEGIN, "IsReady false @2", "IsPlaying false @2", "IsReady true @3", "0 @3.5"],
            [*BEGIN, "IsReady false @2", "IsReady true @3", "1.5 @3.5"],
        ),
        marks=pytest.mark.fact("audio.content_change"),
        id="other content",
    ),
    pytest.param(
        "choose(1) player:Play() task.wait(2) choose(2)",
        {"audio_content_change_event": ("none", "Stopped", "Ended")},
        (
            [*BEGIN, "IsReady false @2"],
            [*BEGIN, "IsReady false @2"],
            [*BEGIN, "IsReady false @2", "Ended 0 @2"],
        ),
        marks=pytest.mark.fact("audio.content_change.event"),
        id="the event of other content",
    ),
    pytest.param(
        "player.Parent = nil choose(1) player:Play() task.wait(2) place()",
        {"audio_outside_game": ("silent", "plays")},
        ([*BEGIN, "0 @2"], [*BEGIN, "1 @2"]),
        marks=pytest.mark.fact("audio.outside_game"),
        id="outside the game",
    ),
    pytest.param(
        "choose(1) player:Play() task.wait(4) task.wait(6) player:Play() task.wait(2.5) place()",
        {"audio_player_ready_seconds": (float("inf"), 5.0)},
        (
            [*BEGIN, *END, "IsPlaying true @10", "IsPlaying false @12", "Ended 0 @12", "0 @12.5"],
            [
                *(*BEGIN, *END, "IsReady false @8", "IsPlaying true @10", "IsReady true @10"),
                *("IsPlaying false @12", "Ended 0 @12", "0 @12.5"),
            ],
        ),
        marks=pytest.mark.fact("audio_player.ready_lost"),
        id="memory is short",
    ),
]


@pytest.mark.parametrize(("snippet", "switch", "outcomes"), SWITCHES)
def test_what_nobody_knows_can_be_set(
    play: Play, snippet: str, switch: dict[str, tuple[object, ...]], outcomes: tuple[list[str], ...]
) -> None:
    for index, expected in enumerate(outcomes):
        assert sorted(play(snippet, **{name: values[index] for name, values in switch.items()})) == sorted(expected)


@pytest.mark.fact("asset.load.failure")
def test_an_asset_that_does_not_load(open_universe: Open) -> None:
    universe = open_universe()
    universe.assets[1] = Asset(load="fails", failure="Asset is not approved for the requester")
    server = universe.peers[0]
    assert server.run(SETUP + "choose(1) player:Play() task.wait(9) place() return log") == [
        ["IsPlaying true @0", "0 @9"]
    ]
    assert [line.text for line in server.output] == [
        "Failed to load sound rbxassetid://1: Asset is not approved for the requester"
    ]


@pytest.mark.parametrize("name", ["Played", "Loaded", "Stopped", "Pause", "Resume"])
@pytest.mark.fact("audio_player.events", "audio_player.play")
def test_members_of_a_sound_that_it_lacks(play: Play, name: str) -> None:
    with pytest.raises(LuauError, match=f"{name} is not a valid member of AudioPlayer"):
        play(f"local _ = player.{name}")


@pytest.mark.parametrize("snippet", ["local _ = player.GetWaveformAsync", "player:GetWaveformAsync()"])
def test_what_is_not_modelled_says_so(play: Play, snippet: str) -> None:
    with pytest.raises(LuauError, match=r"not modelled: AudioPlayer\.\w+"):
        play(snippet)


# Several machines


def do(peer: Peer, action: str) -> None:
    peer.run(f"local player = game.SoundService.Music {action}", parent="Workspace")


def state(peer: Peer) -> list[Any]:
    return list(
        peer.run(
            "local player = game.SoundService.Music return player.IsPlaying, player.TimePosition, player.IsReady",
            parent="Workspace",
        )
    )


@pytest.mark.fact("audio_player.replication")
def test_every_machine_plays_for_itself(open_universe: Open) -> None:
    universe = open_universe()
    universe.assets.put(2, Asset(duration=5, load_seconds=2), peer="Ann")
    server, client = universe.peers[0], universe.client("Ann")
    server.run(SETUP)
    do(server, "player.Asset = 'rbxassetid://2' player:Play()")
    universe.advance(3)
    assert state(server) == [True, pytest.approx(2, abs=0.1), True]
    assert state(client) == [True, pytest.approx(1, abs=0.2), True]
    do(server, "player:Stop() player.TimePosition = 4")
    universe.advance(0.1)
    assert state(client)[:2] == [False, 4]
    do(client, "player:Play()")
    universe.advance(0.5)
    assert [state(peer)[0] for peer in (server, client)] == [False, True]


@pytest.mark.fact("audio_player.server_end")
@pytest.mark.parametrize(("end", "playing"), [("own", True), ("shared", False)])
def test_an_end_on_the_server(open_universe: Open, end: str, playing: bool) -> None:
    universe = open_universe(audio_player_server_end=end)
    universe.assets.put(1, Asset(duration=2, load_seconds=2), peer="Ann")
    server, client = universe.peers[0], universe.client("Ann")
    server.run(SETUP)
    do(server, "player.Asset = 'rbxassetid://1' player:Play()")
    universe.advance(3.5)
    assert [state(peer)[0] for peer in (server, client)] == [False, playing]


@pytest.mark.fact("audio.late_joiner")
@pytest.mark.parametrize(
    ("policy", "expected"), [("position", [True, 4]), ("start", [True, 1]), ("silent", [False, 0])]
)
def test_a_late_joiner(open_universe: Open, policy: str, expected: list[object]) -> None:
    universe = open_universe(audio_late_joiner=policy)
    universe.assets.put(2, Asset(duration=5, load_seconds=0), peer="Late")
    server = universe.peers[0]
    server.run(SETUP)
    do(server, "player.AutoPlay = true player.Asset = 'rbxassetid://2' player:Play()")
    universe.advance(4)
    late = universe.client("Late")
    universe.advance(1)
    assert state(late)[:2] == [expected[0], pytest.approx(expected[1], abs=0.2)]


@pytest.mark.fact("audio.position.unchanged")
@pytest.mark.parametrize(("policy", "position"), [("always", 0), ("changed", 3)])
@pytest.mark.parametrize("class_name", ["Sound", "AudioPlayer"])
def test_a_position_that_the_server_has_already(
    open_universe: Open, class_name: str, policy: str, position: float
) -> None:
    universe = open_universe(audio_position_replicates=policy, audio_server="deaf")
    server, client = universe.peers[0], universe.client("Ann")
    server.run("local it = Instance.new(...) it.Name, it.Parent = 'Music', game:GetService('SoundService')", class_name)
    universe.advance(0.2)
    do(client, "player.TimePosition = 3")
    do(server, "player.TimePosition = 0")
    universe.advance(0.2)
    assert client.run("return game.SoundService.Music.TimePosition", parent="Workspace") == [position]
