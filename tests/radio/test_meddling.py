"""What a game does to the player behind the radio's back, and what the engine tells at the wrong moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roblox_double import Peer
from support.radio import BASE, MakeWorld, run

KINDS = ["Sound", "AudioPlayer"]


@pytest.mark.parametrize("kind", KINDS)
def test_who_seeks_back_hears_the_rest_before_the_next_track_fades_in(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind, options={"crossfade": 4})
    radio.run("radio:start(track(7))")
    radio.advance(80)
    radio.run("player.TimePosition = 10")
    radio.advance(100)
    [start, *_], [ending, *_] = radio.log("track"), radio.log("ending")
    assert ending[0] - start[0] == pytest.approx(160.5, abs=1)
    assert radio.log("track")[1][0] - start[0] == pytest.approx(166.5, abs=1)


def test_ended_during_a_pause_counts_only_near_the_end(world: MakeWorld) -> None:
    # It is the one of the track before: an AudioPlayer does not say of which.
    radio = world(kind="AudioPlayer", settings=replace(BASE, audio_server_ended="late"))
    radio.run("radio:start(track(7))")
    radio.advance(101.5)
    assert radio.played() == ["7", "8"]
    radio.run("radio:pause()")
    radio.advance(10)
    radio.run("radio:resume()")
    radio.advance(60)
    assert radio.played() == ["7", "8"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("crossfade", [0, 4])
def test_a_standby_that_somebody_destroys_is_made_again(world: MakeWorld, kind: str, crossfade: float) -> None:
    radio = world(kind=kind, options={"crossfade": crossfade})
    listener = radio.listener()
    radio.run(
        """
        local SoundService = game:GetService("SoundService")
        local stage = Instance.new("Folder")
        player.Parent = stage
        stage.Parent = SoundService
        radio:start(track(7))
        task.wait(50)
        player.Parent = SoundService
        stage:Destroy()
        """
    )
    radio.advance(300)
    assert radio.played() == ["7", "8", "6", "9"]
    assert radio.log("failed") == []
    assert listener.silences(1, 300, longer_than=0.1) == []
    assert radio.run("return game:GetService('SoundService'):FindFirstChild('MusicStandby') ~= nil") == [True]
    radio.run("radio:destroy()")
    assert radio.run("return game:GetService('SoundService'):FindFirstChild('MusicStandby') ~= nil") == [False]


def test_the_tail_follows_the_player_into_its_group(world: MakeWorld) -> None:
    radio = world(options={"crossfade": 4})
    listener = radio.listener()
    radio.run(
        """
        local group = Instance.new("SoundGroup")
        group.Volume = 0.1
        group.Parent = game:GetService("SoundService")
        radio:start(track(7))
        task.wait(50)
        player.SoundGroup = group
        player.RollOffMaxDistance = 50
        """
    )
    radio.advance(48.5)
    heard = listener.at(radio.universe.now - 0.1)
    assert sorted(one.source for one in heard) == ["SoundService.Music", "SoundService.MusicStandby"]
    assert all(one.volume < 0.051 for one in heard)
    assert radio.run("return game:GetService('SoundService').MusicStandby.RollOffMaxDistance") == [50]


def test_a_copy_has_the_effects_that_the_sound_has_now(server: Peer) -> None:
    source = """
    local function sound(...)
        local made
        made = {
            children = { ... },
            GetChildren = function() return made.children end,
            ClearAllChildren = function() made.children = {} end,
        }
        return made
    end
    local function child(class, name, copies)
        return {
            IsA = function(_, wanted) return wanted == class end,
            Clone = function()
                local function enter(_, _, parent) table.insert(parent.children, name) end
                return if copies then setmetatable({}, { __newindex = enter }) else nil
            end,
        }
    end
    local SoundDeck = load("SoundDeck")
    local reverb, private = child("SoundEffect", "reverb", true), child("SoundEffect", "private", false)
    local first = sound(reverb, private, child("Folder", "folder", true))
    local second = sound("old")
    SoundDeck.new(second):match(SoundDeck.new(first))
    return second.children
    """
    assert run(server, source) == [["reverb"]]


def test_the_tail_goes_where_the_player_is_wired_to_now(world: MakeWorld) -> None:
    radio = world(kind="AudioPlayer", options={"crossfade": 4})
    listener = radio.listener()
    radio.run(
        """
        local SoundService = game:GetService("SoundService")
        radio:start(track(7))
        task.wait(50)
        local output = player.Wire.TargetInstance
        player.Wire:Destroy()
        local fader = Instance.new("AudioFader")
        fader.Volume = 0.5
        fader.Parent = SoundService
        for _, ends in { { player, fader }, { fader, output } } do
            local wire = Instance.new("Wire")
            wire.SourceInstance, wire.TargetInstance = ends[1], ends[2]
            -- What the game does not want to have copied is wired all the same.
            wire.Archivable = false
            wire.Parent = ends[1]
        end
        """
    )
    radio.advance(48.5)
    heard = listener.at(radio.universe.now - 0.1)
    assert sorted(one.source for one in heard) == ["SoundService.Music", "SoundService.MusicStandby"]
    assert all(one.volume < 0.26 for one in heard)
    assert radio.run("return #game:GetService('SoundService').MusicStandby:GetChildren()") == [1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_radio_that_does_not_play_leaves_the_player_to_the_game(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind, options={"crossfade": 4, "targetLoudness": -30})
    content = {"Sound": "SoundId", "AudioPlayer": "Asset"}[kind]
    radio.run("radio:start(track(7))")
    radio.advance(97)
    radio.run("radio:stop()")
    # The next track was fading in; what the game plays now shall be as loud as the game wants it.
    assert radio.run("return player.Volume") == [0.5]
    radio.run(f"player.{content} = 'rbxassetid://350' player:Play()")
    radio.advance(20)
    assert radio.run("return radio:destroy(), player.IsPlaying, player.TimePosition > 19") == [True, True, True]
    assert radio.run("return player.Volume, next(player:GetAttributes())") == [0.5]


def test_a_length_of_nothing_is_looked_up(world: MakeWorld) -> None:
    radio = world(settings=replace(BASE, audio_server="deaf"))
    radio.run("radio:start({ asset_id = '7', name = 'Song', duration = 0 })")
    radio.advance(110)
    assert radio.played() == ["7", "8"]
