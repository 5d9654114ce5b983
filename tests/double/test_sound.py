"""Sound on one peer: its members, its events, and every way in which the engine might behave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from roblox_double import Asset, LuauError, Peer, ScriptTree, Settings, Universe

type Play = Callable[..., list[Any]]

SETUP = """
local sound = Instance.new("Sound")
sound.Parent = game:GetService("SoundService")
local log, began = {}, os.clock()
local function note(text) table.insert(log, `{text} @{math.round((os.clock() - began) * 10) / 10}`) end
for _, name in { "Loaded", "Played", "Paused", "Resumed", "Stopped", "Ended", "DidLoop" } do
    sound[name]:Connect(function(id, count) note(`{name} {string.sub(id, 14)}{count or ""}`) end)
end
local function choose(id) sound.SoundId = "rbxassetid://" .. id end
"""


@pytest.fixture
def play(signal_behavior: str) -> Iterator[Play]:
    """Run a snippet with `sound`, `log`, `note` and `choose` under the given settings; content 1 is 2 s long."""
    universes: list[Universe] = []

    def run(snippet: str, **settings: Any) -> list[Any]:
        universe = Universe(settings=replace(Settings(), signal_behavior=signal_behavior, **settings))
        universes.append(universe)
        universe.assets[1] = Asset(duration=2, load_seconds=1)
        universe.assets[2] = Asset(duration=5, load_seconds=1)
        server = universe.server()
        values: Any = server.run(SETUP + snippet + "\ntask.wait(0) return log")
        assert [line.text for line in server.output] == []
        return values[0] if len(values) == 1 else values

    yield run
    for universe in universes:
        universe.close()


def returning(snippet: str) -> str:
    return f"do {snippet} end"


@pytest.mark.fact("sound.defaults", "sound.is_paused", "sound.respect_filtering.default")
def test_defaults(play: Play) -> None:
    assert play(
        returning(
            """return { sound.Volume, sound.Looped, sound.PlaybackSpeed, sound.Playing, sound.TimePosition,
                sound.PlaybackRegionsEnabled, sound.PlaybackRegion.Min, sound.PlaybackRegion.Max, sound.LoopRegion.Max,
                sound.RollOffMode.Name, sound.RollOffMinDistance, sound.RollOffMaxDistance, sound.PlayOnRemove,
                sound.IsLoaded, sound.IsPlaying, sound.IsPaused, sound.TimeLength, sound.SoundId,
                Instance.new("SoundGroup").Volume, game.SoundService.RespectFilteringEnabled }"""
        )
    ) == [
        *(0.5, False, 1, False, 0),
        *(False, 0, 60000, 60000),
        *("Inverse", 10, 10000, False),
        *(False, False, True, 0, ""),
        *(0.5, True),
    ]
    assert play(returning("return game.SoundService.RespectFilteringEnabled"), respect_filtering_enabled=False) is False


@pytest.mark.fact("sound.float")
def test_floats_have_32_bits_and_bounds(play: Play) -> None:
    assert play(
        returning(
            """sound.Volume = 0.1 local small = sound.Volume sound.Volume = 11 sound.Pitch = 0.3
            return { small, sound.Volume, sound.PlaybackSpeed }"""
        )
    ) == [0.10000000149011612, 10, pytest.approx(0.3)]


CASES = [
    pytest.param(
        """choose(1) note(`{sound.IsLoaded} {sound.TimeLength}`) task.wait(1.1)
        note(`{sound.IsLoaded} {sound.TimeLength}`)""",
        ["false 0 @0", "Loaded 1 @1", "true 2 @1.1"],
        marks=pytest.mark.fact("sound.loaded", "asset.load.delay"),
        id="loads after a while",
    ),
    pytest.param(
        "choose(1) task.wait(1) sound:Play() note(`{sound.Playing} {sound.IsPlaying} {sound.IsPaused}`) task.wait(3)",
        ["Loaded 1 @1", "Played 1 @1", "true true false @1", "Ended 1 @3"],
        marks=pytest.mark.fact("sound.play", "sound.ended"),
        id="plays to its end",
    ),
    pytest.param(
        """choose(1) sound:Play() task.wait(1.5) sound:Pause() sound:Pause() note(sound.TimePosition) task.wait(1)
        note(sound.TimePosition) sound:Resume() sound:Resume() task.wait(2)""",
        ["Played 1 @0", "Loaded 1 @1", "Paused 1 @1.5", "0.5 @1.5", "0.5 @2.5", "Resumed 1 @2.5", "Ended 1 @4"],
        marks=pytest.mark.fact("sound.pause"),
        id="pauses and goes on",
    ),
    pytest.param(
        "choose(1) sound:Play() task.wait(2) sound:Stop() note(`{sound.TimePosition} {sound.Playing}`) task.wait(3)",
        ["Played 1 @0", "Loaded 1 @1", "Stopped 1 @2", "0 false @2"],
        marks=pytest.mark.fact("sound.stop", "sound.ended"),
        id="stops",
    ),
    pytest.param(
        """choose(1) sound:Play() task.wait(1.5) sound.Playing = false note(`{sound.TimePosition} {sound.IsPaused}`)
        task.wait(1) sound.Playing = true task.wait(1.6)""",
        ["Played 1 @0", "Loaded 1 @1", "0.5 true @1.5", "Ended 1 @4"],
        marks=pytest.mark.fact("sound.playing"),
        id="Playing is set",
    ),
    pytest.param(
        """choose(1) task.wait(1) sound.TimePosition = 1 sound.PlaybackSpeed = 0.5 sound:Play() task.wait(1)
        note(sound.TimePosition) sound.PlaybackSpeed = 0 task.wait(1) note(sound.TimePosition) sound.TimePosition = 0
        sound.PlaybackSpeed = 4 task.wait(1)""",
        ["Loaded 1 @1", "Played 1 @1", "1.5 @2", "1.5 @3", "Ended 1 @3.5"],
        marks=pytest.mark.fact("sound.position"),
        id="speed and position change",
    ),
    pytest.param(
        """choose(1) sound.Looped = true task.wait(1) sound:Play() task.wait(4.5) note(sound.TimePosition) sound:Stop()
        sound:Play() task.wait(2.1) sound.Looped = false task.wait(2)""",
        [
            *("Loaded 1 @1", "Played 1 @1", "DidLoop 11 @3", "DidLoop 12 @5", "0.5 @5.5"),
            *("Stopped 1 @5.5", "Played 1 @5.5", "DidLoop 11 @7.5", "Ended 1 @9.5"),
        ],
        marks=pytest.mark.fact("sound.looped", "sound.ended"),
        id="loops",
    ),
    pytest.param(
        """choose(1) sound.Looped = true task.wait(1) sound:Play() sound.TimePosition = 3 task.wait(0.1)
        note(sound.TimePosition)""",
        ["Loaded 1 @1", "Played 1 @1", "DidLoop 11 @1", f"{0.1 - 1 / 60:.2f} @1.1"],
        marks=pytest.mark.fact("sound.looped.beyond"),
        id="a position past the end does not wrap",
    ),
    pytest.param(
        """choose(2) sound.PlaybackRegion = NumberRange.new(1, 3) sound.PlaybackRegionsEnabled = true task.wait(1)
        sound:Play() task.wait(0.5) note(sound.TimePosition) task.wait(2) sound.Looped = true
        sound.LoopRegion = NumberRange.new(2, 4) sound:Play() task.wait(3.5) note(sound.TimePosition)
        sound.PlaybackRegion = NumberRange.new(3, 3) sound.LoopRegion = NumberRange.new(0, 0)
        sound.Looped = false task.wait(3)""",
        [
            *("Loaded 2 @1", "Played 2 @1", "1.5 @1.5", "Ended 2 @3"),
            *("Played 2 @3.5", "DidLoop 21 @5.5", "DidLoop 22 @6.5", "2.5 @7", "Ended 2 @9.5"),
        ],
        marks=pytest.mark.fact("sound.regions"),
        id="regions",
    ),
    pytest.param(
        "choose(1) sound:Play() task.wait(1.5) sound:Destroy() task.wait(3) note(sound.SoundId)",
        ["Played 1 @0", "Loaded 1 @1", "rbxassetid://1 @4.5"],
        marks=pytest.mark.fact("sound.destroy"),
        id="destroyed while it plays",
    ),
    pytest.param(
        """choose(1) sound:Play() task.wait(1.5) local copy = sound:Clone() copy.Parent = workspace
        note(`{copy.Playing} {copy.TimePosition} {copy.IsLoaded}`) task.wait(1)
        note(`{copy.Playing} {copy.TimePosition}`)""",
        ["Played 1 @0", "Loaded 1 @1", "true 0.5 false @1.5", "true 1.48 @2.5"],
        marks=pytest.mark.fact("sound.play"),
        id="a clone goes on by itself",
    ),
]


@pytest.mark.parametrize(("snippet", "expected"), CASES)
def test_behaviour(play: Play, snippet: str, expected: list[str]) -> None:
    def rounded(entries: list[str]) -> list[str]:
        return sorted(" ".join(_round(word) for word in entry.split(" ")) for entry in entries)

    assert rounded(play(snippet)) == rounded(expected)


def _round(word: str) -> str:
    try:
        return f"{float(word):.1f}"
    except ValueError:
        return word


SWITCHES = [
    pytest.param(
        """sound.TimePosition = 1 choose(1) task.wait(1) sound:Play() task.wait(1.5) sound:Play()
        sound:Pause() task.wait(0) note(sound.TimePosition)""",
        {"sound_play_position": ("last_set", "zero")},
        (
            ["Loaded 1 @1", "Played 1 @1", "Ended 1 @2", "Played 1 @2.5", "Paused 1 @2.5", "1 @2.5"],
            ["Loaded 1 @1", "Played 1 @1", "Played 1 @2.5", "Paused 1 @2.5", "0 @2.5"],
        ),
        marks=pytest.mark.fact("sound.play.position"),
        id="where Play begins",
    ),
    pytest.param(
        "choose(1) sound:Play() task.wait(2) note(`{sound.Playing} {sound.TimePosition}`)",
        {"sound_play_before_load": ("waits", "lost")},
        (["Played 1 @0", "Loaded 1 @1", "true 1 @2"], ["Loaded 1 @1", "false 0 @2"]),
        marks=pytest.mark.fact("sound.play.before_load"),
        id="Play before the content is there",
    ),
    pytest.param(
        "choose(1) task.wait(1) sound.Playing = true task.wait(1) sound.Playing = false",
        {"sound_playing_events": (False, True)},
        (["Loaded 1 @1"], ["Loaded 1 @1", "Resumed 1 @1", "Paused 1 @2"]),
        marks=pytest.mark.fact("sound.playing.events"),
        id="events of Playing",
    ),
    pytest.param(
        "choose(1) sound:Play() task.wait(4)",
        {"sound_stopped_at_end": ("no", "before", "after")},
        (
            ["Played 1 @0", "Loaded 1 @1", "Ended 1 @3"],
            ["Played 1 @0", "Loaded 1 @1", "Stopped 1 @3", "Ended 1 @3"],
            ["Played 1 @0", "Loaded 1 @1", "Ended 1 @3", "Stopped 1 @3"],
        ),
        marks=pytest.mark.fact("sound.ended.stopped"),
        id="Stopped at the end",
    ),
    pytest.param(
        "choose(1) sound:Play() task.wait(2) choose(2) task.wait(1.5) note(`{sound.Playing} {sound.TimePosition}`)",
        {"audio_content_change": ("restarts", "stops", "continues")},
        (
            ["Played 1 @0", "Loaded 1 @1", "Loaded 2 @3", "true 0.5 @3.5"],
            ["Played 1 @0", "Loaded 1 @1", "Loaded 2 @3", "false 0 @3.5"],
            ["Played 1 @0", "Loaded 1 @1", "Loaded 2 @3", "true 1.5 @3.5"],
        ),
        marks=pytest.mark.fact("audio.content_change"),
        id="other content",
    ),
    pytest.param(
        "choose(1) sound:Play() task.wait(2) choose(2) task.wait(0.5)",
        {"audio_content_change_event": ("none", "Stopped", "Ended")},
        (
            ["Played 1 @0", "Loaded 1 @1"],
            ["Played 1 @0", "Loaded 1 @1", "Stopped 1 @2"],
            ["Played 1 @0", "Loaded 1 @1", "Ended 1 @2"],
        ),
        marks=pytest.mark.fact("audio.content_change.event"),
        id="the event of other content",
    ),
    pytest.param(
        """sound.Parent = nil choose(1) sound:Play() task.wait(2) note(sound.TimePosition) sound.Parent = workspace
        task.wait(1.5)""",
        {"audio_outside_game": ("silent", "plays")},
        (
            ["Played 1 @0", "Loaded 1 @1", "0 @2"],
            ["Played 1 @0", "Loaded 1 @1", "1 @2", "Ended 1 @3"],
        ),
        marks=pytest.mark.fact("audio.outside_game"),
        id="outside the game",
    ),
    pytest.param(
        "choose(1) sound:Play() task.wait(4) note(sound.TimePosition)",
        {"audio_position_after_end": ("start", "end")},
        (
            ["Played 1 @0", "Loaded 1 @1", "Ended 1 @3", "0 @4"],
            ["Played 1 @0", "Loaded 1 @1", "Ended 1 @3", "2 @4"],
        ),
        marks=pytest.mark.fact("audio.end.position"),
        id="the position at the end",
    ),
    pytest.param(
        "choose(1) sound:Play() task.wait(4) note(sound.TimeLength) choose(2) sound:Play() task.wait(2)",
        {"audio_server_ended": ("once", "never", "late", "twice", "stale"), "audio_ended_delay": (3.0,) * 5},
        (
            ["Played 1 @0", "Loaded 1 @1", "Ended 1 @3", "2 @4", "Played 2 @4", "Loaded 2 @5"],
            ["Played 1 @0", "Loaded 1 @1", "2 @4", "Played 2 @4", "Loaded 2 @5"],
            ["Played 1 @0", "Loaded 1 @1", "2 @4", "Played 2 @4", "Loaded 2 @5", "Ended 1 @6"],
            ["Played 1 @0", "Loaded 1 @1", "Ended 1 @3", "Ended 1 @3", "2 @4", "Played 2 @4", "Loaded 2 @5"],
            ["Played 1 @0", "Loaded 1 @1", "Ended 1 @3", "2 @4", "Played 2 @4", "Ended 1 @4", "Loaded 2 @5"],
        ),
        marks=pytest.mark.fact("audio.server.ended", "audio.server.ended.delay"),
        id="how the end is told",
    ),
    pytest.param(
        """choose(1) sound:Play() task.wait(2)
        note(`{sound.Playing} {sound.TimePosition} {sound.TimeLength} {sound.IsLoaded}`)""",
        {"audio_server": ("hears", "deaf")},
        (["Played 1 @0", "Loaded 1 @1", "true 1 2 true @2"], ["Played 1 @0", "true 0 0 false @2"]),
        marks=pytest.mark.fact("audio.server"),
        id="a deaf server",
    ),
    pytest.param(
        "choose(1) sound:Play() task.wait(4) note(sound.TimeLength)",
        {"audio_server_length": (1.0, 0.0, 0.5)},
        (
            ["Played 1 @0", "Loaded 1 @1", "Ended 1 @3", "2 @4"],
            ["Played 1 @0", "Loaded 1 @1", "Ended 1 @3", "0 @4"],
            ["Played 1 @0", "Loaded 1 @1", "Ended 1 @3", "1 @4"],
        ),
        marks=pytest.mark.fact("audio.server.length"),
        id="the length on a server",
    ),
    pytest.param(
        "choose(3) task.wait(30) note(sound.TimeLength)",
        {"asset_duration": (180.0, 7.0), "asset_load_seconds": (0.5, 20.0)},
        (["Loaded 3 @0.5", "180 @30"], ["Loaded 3 @20", "7 @30"]),
        marks=pytest.mark.fact("asset.duration", "asset.load.delay"),
        id="an asset that nobody has described",
    ),
]


@pytest.mark.parametrize(("snippet", "switch", "outcomes"), SWITCHES)
def test_what_nobody_knows_can_be_set(
    play: Play, snippet: str, switch: dict[str, tuple[object, ...]], outcomes: tuple[list[str], ...]
) -> None:
    for index, expected in enumerate(outcomes):
        assert play(snippet, **{name: values[index] for name, values in switch.items()}) == expected


@pytest.mark.fact("asset.load.failure", "asset.load.outcome")
@pytest.mark.parametrize(
    ("content", "asset", "lines"),
    [
        ("rbxassetid://9", Asset(load="fails"), ["User is not authorized to access Asset."]),
        ("rbxassetid://9", Asset(load="fails", failure="HttpError: Timedout"), ["HttpError: Timedout"]),
        ("rbxassetid://9", Asset(load="never"), []),
        ("9", Asset(), ["Unable to download sound data"]),
        ("no such thing", Asset(), ["Unable to download sound data"]),
        ("", Asset(load="fails"), []),
    ],
)
def test_content_that_does_not_load(content: str, asset: Asset, lines: list[str]) -> None:
    with Universe() as universe:
        universe.assets[9] = asset
        server = universe.server()
        told = server.run(
            SETUP + "sound.SoundId = ... sound:Play() task.wait(60) note(sound.TimeLength) return log", content
        )
        assert told == [[f"Played {content[13:]} @0", "0 @60"]]
        assert [(line.kind, line.text) for line in server.output] == [
            ("error", f"Failed to load sound {content}: {line}") for line in lines
        ]


@pytest.mark.fact("asset.load.outcome")
def test_no_asset_loads(play: Play) -> None:
    assert play("choose(3) task.wait(60) note(sound.IsLoaded)", asset_load="never") == ["false @60"]


@pytest.mark.fact("sound.local")
def test_a_local_sound_is_a_copy(play: Play) -> None:
    assert play(
        "sound.Parent = nil choose(1) game.SoundService:PlayLocalSound(sound) task.wait(5) note(sound.TimePosition)"
    ) == ["Loaded 1 @1", "0 @5"]


def test_what_is_not_modelled_says_so(play: Play) -> None:
    with pytest.raises(LuauError, match=r"not modelled: Sound\.PlayOnRemove"):
        play("sound.PlayOnRemove = true")


def test_nobody_measures_how_loud_a_sound_is(server: Peer) -> None:
    assert server.run("return Instance.new('Sound').PlaybackLoudness") == [0]
    assert [gap.what for gap in server.gaps] == ["Sound.PlaybackLoudness"]


def test_a_sound_outlives_the_script_that_played_it() -> None:
    with Universe() as universe:
        universe.assets[1] = Asset(duration=2)
        server = universe.server()
        server.run(SETUP + "sound.Name = 'Music' choose(1) sound:Play() script:Destroy()")
        assert server.run("return game.SoundService.Music.Playing") == [True]
        universe.advance(4)
        assert server.run("return game.SoundService.Music.Playing") == [False]


@pytest.mark.parametrize(("class_name", "text"), [("Sound", "SoundId"), ("AudioPlayer", "Asset")])
@pytest.mark.fact("sound.audio_content")
def test_audio_content_is_the_same_in_another_type(universe: Universe, class_name: str, text: str) -> None:
    server, client = universe.server(), universe.client()
    source = f"""
    local made, log = Instance.new("{class_name}", workspace), {{}}
    local before = made.AudioContent == Content.none and made.AudioContent.SourceType.Name
    made:GetPropertyChangedSignal("AudioContent"):Connect(function() table.insert(log, made.AudioContent.Uri) end)
    made:GetPropertyChangedSignal("{text}"):Connect(function() table.insert(log, made.{text}) end)
    made.{text} = "rbxassetid://1"
    made.AudioContent = Content.fromUri("rbxassetid://2")
    made.AudioContent = Content.fromUri("rbxassetid://2")
    task.wait()
    local _, wrong = pcall(function() made.AudioContent = "rbxassetid://3" end)
    return before, log, made.{text}, made.AudioContent == Content.fromUri("rbxassetid://2"),
        made.AudioContent.SourceType.Name, typeof(made.AudioContent), made:Clone().AudioContent.Uri, wrong
    """
    one, two = "rbxassetid://1", "rbxassetid://2"
    assert server.run(source) == [
        *("None", [one, one, two, two], two, True, "Uri", "Content", two),
        "Unable to assign property AudioContent. Content expected, got string",
    ]
    universe.advance(1)
    assert client.run(f"return workspace.{class_name}.AudioContent.Uri", parent="Workspace") == [two]
    server.run(f"workspace.{class_name}.AudioContent = Content.none")
    universe.advance(1)
    assert client.run(f"return workspace.{class_name}.{text}", parent="Workspace") == [""]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Content": {"Uri": "rbxassetid://7"}}, "rbxassetid://7"),
        ("rbxassetid://7", "rbxassetid://7"),
        ({"Content": "None"}, ""),
    ],
)
@pytest.mark.fact("sound.audio_content")
def test_a_file_may_set_audio_content(server: Peer, value: Any, expected: str) -> None:
    server.mount(ScriptTree("Music", "Sound", properties={"AudioContent": value}), "Workspace")
    assert server.run("return workspace.Music.SoundId") == [expected]
