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
    radio.advance(150)
    (begun, _, _), (changed, _, content), (following, *_), *_ = radio.log("track")
    assert (radio.played()[0], content) == ("7", "300")
    assert (changed - begun, following - begun) == pytest.approx((10, 110.5), abs=1)


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


@pytest.mark.parametrize("kind", KINDS)
def test_the_second_player_is_like_the_first_and_shows_nothing_of_it(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    radio.run(
        f"""
        player.{LOOPS[kind]} = true
        if player:IsA("AudioPlayer") then player.AutoPlay, player.AutoLoad = true, false end
        player:SetAttribute("Mood", "calm")
        player:AddTag("Boss")
        Instance.new("Folder").Parent = player
        radio:start(track(7))
        """
    )
    radio.advance(75)
    source = f"""
    local copy = player.Parent.MusicStandby
    local children = {{}}
    for _, child in copy:GetChildren() do table.insert(children, child.ClassName) end
    return {{
        copy.{CONTENT[kind]}, copy.IsPlaying, copy.Volume, copy.{LOOPS[kind]}, copy.Archivable, #copy:GetTags(),
        next(copy:GetAttributes()) == nil, table.concat(children, " "),
        copy:IsA("Sound") or copy.AutoLoad and not copy.AutoPlay,
    }}
    """
    children = {"Sound": "", "AudioPlayer": "Wire"}[kind]
    assert radio.run(source) == [["rbxassetid://8", False, 0, False, False, 0, True, children, True]]
    assert radio.run("return player:HasTag('Boss'), player:GetAttribute('Mood'), player.Folder.Name") == [
        True,
        "calm",
        "Folder",
    ]


def test_a_second_sound_is_not_heard_when_it_is_destroyed(server: Peer) -> None:
    source = """
    local function nothing() return {} end
    local sound
    sound = {
        Name = "Music", SoundId = "", PlayOnRemove = true, Clone = function() return table.clone(sound) end,
        ClearAllChildren = nothing, GetAttributes = nothing, GetTags = nothing, GetChildren = nothing,
    }
    return load("SoundDeck").new(sound):copy():instance().PlayOnRemove
    """
    assert run(server, source) == [False]


# Which wires a copy has after it was brought to its player; those it had before are marked.
WIRED = """
local wanted, had = ...
local targets = { Fader = Instance.new("AudioFader"), Output = Instance.new("AudioDeviceOutput") }
local function wired(name, wanted)
	local player = Instance.new("AudioPlayer")
	player.Name = name
	player.Parent = workspace
	for _, target in string.split(wanted, " ") do
		if targets[target] then
			local wire = Instance.new("Wire")
			wire.Name = "old"
			wire.SourceInstance, wire.TargetInstance = player, targets[target]
			wire.Parent = player
		end
	end
	return load("AudioPlayerDeck").new(player)
end
local original, copy = wired("original", wanted), wired("copy", had)
copy:match(original)
local after = {}
for _, wire in copy:instance():GetConnectedWires("Output") do
	local target = if wire.TargetInstance == targets.Fader then "Fader" else "Output"
	table.insert(after, `{wire.Name} {target} {wire.TargetName} {wire.Parent.Name}`)
end
table.sort(after)
return table.concat(after, ", ")
"""


@pytest.mark.parametrize(
    ("wanted", "had", "after"),
    [
        ("Fader", "Fader", "old Fader Input copy"),
        ("Fader", "Fader Output", "old Fader Input copy"),
        ("Output", "Fader Output", "old Output Input copy"),
        ("Output", "Output Output", "old Output Input copy"),
        ("Output Output", "Output", "Wire Output Input copy, old Output Input copy"),
        ("Fader Output", "", "Wire Fader Input copy, Wire Output Input copy"),
        ("Output Fader", "Fader", "Wire Output Input copy, old Fader Input copy"),
        ("", "Fader Output", ""),
    ],
)
def test_a_copy_is_wired_like_its_player(server: Peer, wanted: str, had: str, after: str) -> None:
    assert run(server, WIRED, wanted, had) == [after]


def test_a_position_is_written_once_unless_the_player_is_there_already(world: MakeWorld) -> None:
    radio = world(kind="AudioPlayer", options={"crossfade": 4})
    source = """
    local moves = 0
    radio:start(track(7))
    task.wait(10)
    player:GetPropertyChangedSignal("TimePosition"):Connect(function() moves += 1 end)
    radio:skip()
    task.wait()
    return moves
    """
    assert radio.run(source) == [1]


@pytest.mark.parametrize("kind", KINDS)
def test_other_content_is_put_on_a_player_that_stands_still(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    source = f"""
    local seen = {{}}
    player:GetPropertyChangedSignal("{CONTENT[kind]}"):Connect(function()
        table.insert(seen, tostring(player.IsPlaying))
    end)
    radio:start(track(7))
    task.wait(10)
    radio:skip()
    task.wait()
    return table.concat(seen, " "), player.IsPlaying
    """
    # Whether one that plays would go on with it, nobody says.
    assert radio.run(source) == ["false false", True]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", ["stop", "destroy"])
def test_a_player_that_was_stopped_is_at_its_beginning(world: MakeWorld, kind: str, call: str) -> None:
    radio = world(kind=kind)
    source = f"radio:start(track(7)) task.wait(10) radio:{call}() return player.IsPlaying, player.TimePosition"
    assert radio.run(source) == [False, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_radios_track_put_on_again_after_a_file_of_the_games_begins_again(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    radio.run("radio:start(track(7)) task.wait(10)")
    for content in ("rbxasset://sounds/bang.mp3", "rbxassetid://7"):
        radio.run(f"player.{CONTENT[kind]} = ... player:Play() task.wait(1)", content)
    assert radio.played() == ["7", "7"]
    # It is played to its end.
    radio.advance(95)
    assert radio.played() == ["7", "7"]
    radio.advance(5)
    assert radio.played() == ["7", "7", "8"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_player_that_the_game_keeps_from_being_copied_does_without_fades(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind, options={"crossfade": 4})
    listener = radio.listener()
    radio.run(
        """
        player.Archivable = false
        player:GetPropertyChangedSignal("Archivable"):Connect(function() player.Archivable = false end)
        radio:start(track(7))
        """
    )
    children = radio.run("return #player.Parent:GetChildren()")
    radio.advance(205)
    assert radio.played() == ["7", "8", "6"]
    assert listener.silences(1, radio.universe.now, longer_than=0.7) == []
    assert radio.run("return #player.Parent:GetChildren()") == children
    assert radio.run("return player.Volume, player.Archivable") == [0.5, False]
    assert radio.errors() == []


def test_each_track_of_a_sound_is_played_from_its_beginning(world: MakeWorld) -> None:
    """Scripts of a game may listen to `Played`; what goes on after a pause is `Resumed`."""
    radio = world()
    radio.run(
        """
        local played, resumed = 0, 0
        player.Played:Connect(function() played += 1 player:SetAttribute("Played", played) end)
        player.Resumed:Connect(function() resumed += 1 player:SetAttribute("Resumed", resumed) end)
        radio:start(track(7))
        """
    )
    radio.advance(250)
    assert radio.run("return player:GetAttribute('Played'), player:GetAttribute('Resumed') == nil") == [3, True]
