"""Whole radios on the engine double: what is played when, whatever the engine, the API and the game do."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from support.radio import BASE, MakeWorld, RadioWorld


def begins(world: RadioWorld) -> list[float]:
    """Return when each track began, from the first on."""
    times = [entry[0] for entry in world.log("track")]
    return [time - times[0] for time in times]


# What an engine may do that nobody has documented, or that it does wrong.
ENGINES = {
    "plain": BASE,
    "deferred signals": replace(BASE, signal_behavior="deferred"),
    "deferred, first handler first": replace(BASE, signal_behavior="deferred", handler_order="first_first"),
    "deaf server": replace(BASE, audio_server="deaf"),
    "deaf server, deferred": replace(BASE, audio_server="deaf", signal_behavior="deferred"),
    "Ended never comes": replace(BASE, audio_server_ended="never"),
    "Ended comes late": replace(BASE, audio_server_ended="late"),
    "Ended comes twice": replace(BASE, audio_server_ended="twice"),
    "Ended comes twice, deferred": replace(BASE, audio_server_ended="twice", signal_behavior="deferred"),
    "Ended of the last track comes after Play": replace(BASE, audio_server_ended="stale"),
    "the server reads a length of 0": replace(BASE, audio_server_length=0),
    "... and Ended never comes": replace(BASE, audio_server_length=0, audio_server_ended="never"),
    "the server reads half the length": replace(BASE, audio_server_length=0.5),
    "... and Ended never comes, either": replace(BASE, audio_server_length=0.5, audio_server_ended="never"),
    "the server reads twice the length": replace(BASE, audio_server_length=2.0, audio_server_ended="never"),
    "Play does nothing before the content is there": replace(BASE, sound_play_before_load="lost"),
    "... on a deaf server": replace(BASE, sound_play_before_load="lost", audio_server="deaf"),
    "the position stays at the end": replace(BASE, audio_position_after_end="end"),
    "a change of content stops, with Ended": replace(
        BASE, audio_content_change="stops", audio_content_change_event="Ended"
    ),
    "Stopped fires at the end, too": replace(BASE, sound_stopped_at_end="before"),
    "Play begins at 0": replace(BASE, sound_play_position="zero"),
    "only changed positions reach clients": replace(BASE, audio_position_replicates="changed"),
    "... and Ended never comes, too": replace(BASE, audio_position_replicates="changed", audio_server_ended="never"),
    "Playing has the events of the methods": replace(BASE, sound_playing_events=True),
    "content loads slowly": replace(BASE, asset_load_seconds=6),
}


KINDS = ["Sound", "AudioPlayer"]


@pytest.mark.cases(16)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("engine", ENGINES)
def test_track_follows_track_whatever_the_engine_does(world: MakeWorld, engine: str, kind: str) -> None:
    radio = world(settings=ENGINES[engine], kind=kind)
    listener = radio.listener()
    radio.run("radio:start(track(7))")
    radio.advance(550)
    times = begins(radio)
    assert len(times) >= 5
    assert len(set(radio.played())) == len(times)
    gaps = [after - before for before, after in pairwise(times)]
    # Loading, and a look that comes too late, cost little; no track is cut off.
    slack = ENGINES[engine].asset_load_seconds
    assert all(99.9 <= gap <= 102.2 + slack for gap in gaps), gaps
    assert radio.log("failed") == []
    assert radio.errors() == []
    if engine == "... on a deaf server":
        return  # It cannot know that players hear nothing.
    tracks = listener.tracks()
    assert [track.content.removeprefix("rbxassetid://") for track in tracks] == radio.played()
    assert tracks[0].start <= ENGINES[engine].asset_load_seconds + 0.2
    # A frame or two to put on the next track. Where the engine tells no end, it may take a look to see it.
    told = ENGINES[engine].audio_server_ended not in ("never", "late")
    assert listener.silences(tracks[0].start, radio.universe.now, longer_than=0.1 if told else 2.3) == []


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_given_back(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind, options={"crossfade": 5, "targetLoudness": -14})
    loops = {"Sound": "Looped", "AudioPlayer": "Looping"}[kind]
    radio.run(f"player.{loops} = true player.Volume = 0.25 player:SetAttribute('Mine', 1)")
    radio.run("radio:start('7')")
    radio.advance(250)
    assert radio.run(f"return player.{loops}") == [False]
    looped = [line.text for line in radio.server.output if line.kind == "warn"]
    assert looped == [
        f"AudioScape radio: {loops} of Music is false until the radio is destroyed. A sound that loops never ends, "
        "so no other track would follow."
    ]
    count = "return #game:GetService('SoundService'):GetDescendants()"
    before = {"Sound": 1, "AudioPlayer": 3}[kind]
    # The second player, and its wire.
    assert radio.run(count)[0] > before
    assert radio.run("return radio:destroy()") == [True]
    after = radio.run(
        f"""
        return player.{loops}, math.round(player.Volume * 1000), player.IsPlaying, player:GetAttributes(),
            #game:GetService("SoundService"):GetDescendants()
        """
    )
    assert after == [True, 250, False, {"Mine": 1}, before]
    signals = len(radio.log())
    radio.run("player:Play()")
    radio.advance(500)
    assert len(radio.log()) == signals
    assert radio.run("return radio:start('7')")[0] is False
    assert radio.run("return radio:Destroy()") == [True]


def test_the_player_is_destroyed_by_someone_else(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('7')")
    radio.advance(10)
    radio.run("player:Destroy()")
    radio.advance(500)
    assert [entry[2] for entry in radio.log("failed")] == ["radio_player_gone"]
    assert radio.log("phase")[-1][2] == "destroyed"
    assert radio.run("return #game:GetService('SoundService'):GetChildren()") == [0]
    assert radio.errors() == []


def test_pausing_stops_all_clocks(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('7')")
    radio.advance(50)
    assert radio.run("return radio:pause(), radio:pause(), player.Playing") == [True, True, False]
    radio.advance(1000)
    assert radio.played() == ["7"]
    assert radio.run("return radio:resume(), radio:resume(), player.Playing") == [True, True, True]
    radio.advance(45)
    assert radio.played() == ["7"]
    radio.advance(10)
    assert len(radio.played()) == 2
    assert begins(radio)[1] == pytest.approx(1100.5, abs=0.6)


@pytest.mark.parametrize("server", ["hears", "deaf"])
def test_speed_counts(world: MakeWorld, server: Any) -> None:
    radio = world(settings=replace(BASE, audio_server=server))
    radio.run("radio:start(track(7))")
    radio.advance(50)
    radio.run("player.PlaybackSpeed = 2")
    radio.advance(200)
    assert begins(radio)[1:4] == pytest.approx([75.2, 125.5, 175.8], abs=1)


def test_seeking_is_followed(world: MakeWorld) -> None:
    radio = world(settings=replace(BASE, audio_server_ended="never"))
    radio.run("radio:start('7')")
    radio.advance(90)
    radio.run("player.TimePosition = 50")
    radio.advance(48)
    assert radio.played() == ["7"]
    radio.advance(5)
    assert len(radio.played()) == 2


def test_start_without_a_seed_goes_on_with_what_plays(world: MakeWorld) -> None:
    radio = world()
    assert radio.run("local ok, err = radio:start() return ok, err.id") == [False, "radio_no_seed"]
    radio.run("player.SoundId = 'rbxassetid://9' player:Play()")
    radio.advance(40)
    assert radio.run("return radio:start(), math.floor(player.TimePosition)") == [True, 39]
    radio.advance(70)
    assert radio.played()[0] == "9"
    assert begins(radio)[1] == pytest.approx(60.5, abs=1)


def test_start_without_a_seed_changes_nothing_of_what_plays(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start(track(7)) task.wait(10)")
    assert radio.run("return radio:start(), math.floor(player.TimePosition)") == [True, 9]
    assert radio.run("radio:pause() return radio:start(), player.Playing") == [True, True]
    assert radio.played() == ["7"]


def test_queue_skip_previous_and_what_is_told(world: MakeWorld) -> None:
    radio = world()
    ids = """
        local function ids(tracks)
            local list = {}
            for _, track in tracks do table.insert(list, track.asset_id) end
            return table.concat(list, " ")
        end
        task.wait(1)
        return radio:nowPlaying() and radio:nowPlaying().asset_id, ids(radio:upcoming()), ids(radio:history())
    """
    radio.run("radio:start('50')")
    assert radio.run(ids) == ["50", "51", ""]
    radio.run("radio:queue('200') radio:queue(201) radio:queue('rbxassetid://202')")
    assert radio.run(ids) == ["50", "200 201 202", ""]
    radio.run("radio:skip()")
    assert radio.run(ids) == ["200", "201 202", "50"]
    radio.run("radio:skip()")
    assert radio.run(ids) == ["201", "202", "200 50"]
    assert radio.run("return radio:previous()") == [True]
    assert radio.run(ids) == ["200", "201 202", "50"]
    assert radio.run("return radio:previous()") == [True]
    assert radio.run(ids) == ["50", "200 201 202", ""]
    assert radio.run("local ok, err = radio:previous() return ok, err.id") == [False, "radio_no_previous"]
    radio.run("radio:skip() task.wait(1) radio:skip() task.wait(1) radio:skip() task.wait(1) radio:skip()")
    assert radio.run(ids) == ["51", "49", "202 201 200 50"]
    assert radio.run("local ok, err = radio:queue('no id') return ok, err.kind") == [False, "invalid_request"]


def test_a_track_in_the_queue_is_the_next_at_once_and_for_one_request_less(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('50')")
    radio.advance(5)
    asked = radio.run("return #api.requests")
    radio.run("radio:queue('200')")
    assert radio.run("return radio:upcoming()[1].asset_id, #radio:upcoming()") == ["200", 1]
    radio.advance(98)
    assert radio.played() == ["50", "200"]
    assert radio.run("return #api.requests") == asked


def test_what_players_cannot_hear_is_dropped_from_the_queue(world: MakeWorld) -> None:
    radio = world()
    radio.universe.client("Ann")
    radio.run("radio:start('50') for _, id in { 200, 201, 200, 202 } do radio:queue(id) end radio:skip() task.wait(1)")
    radio.run("radio:reportUnplayable(game:GetService('Players').Ann, '200') task.wait(1)")
    assert radio.run("radio:skip() task.wait(1) return radio:upcoming()[1].asset_id") == ["51"]
    assert radio.played() == ["50", "200", "201", "202"]


def test_reseed_and_filters_change_what_comes_next(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('50')")
    radio.advance(5)
    assert radio.run("return radio:reseed('150')") == [True]
    radio.advance(1)
    assert radio.run("return radio:nowPlaying().asset_id, radio:upcoming()[1].asset_id") == ["50", "151"]
    assert radio.run("return #api.requests") == [2]
    assert radio.run("return radio:setFilters({ genres = { 'Jazz' } })") == [True]
    radio.advance(1)
    assert radio.run("return #api.requests") == [3]
    assert radio.run("local ok, err = radio:setFilters(5) return ok, err.id") == [False, "bad_parameter"]


def test_a_strategy_of_the_game_hears_of_the_seed_and_of_what_plays(world: MakeWorld) -> None:
    radio = world()
    radio.run(
        """
        radio:destroy()
        shared.heard = {}
        local chosen = shared.make({
            strategy = function(candidates, context)
                local seed, current = context.seed, context.current
                table.insert(shared.heard, seed.asset_id .. " " .. (if current then current.asset_id else "-"))
                return candidates[1]
            end,
        })
        chosen:start('50')
        task.wait(5)
        chosen:reseed('150')
        task.wait(5)
        """
    )
    assert radio.run("return shared.heard") == [["50 50", "150 50"]]


def test_stop_and_start_again(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('7')")
    radio.advance(130)
    assert radio.run("return radio:stop(), radio:stop(), player.Playing, radio:nowPlaying()") == [True, True, False]
    radio.advance(300)
    assert len(radio.played()) == 2
    assert radio.run("return player:GetAttributes()") == [[]]
    assert radio.run("return radio:start()") == [True]
    radio.advance(130)
    assert radio.played() == ["7", "8", "8", "9"]


def test_methods_without_a_radio_say_so(world: MakeWorld) -> None:
    radio = world()
    said = radio.run(
        """
        local ids = {}
        for _, name in { "start", "pause", "resume", "skip", "previous", "stop", "queue", "reseed", "setFilters",
            "setVolume", "reportUnplayable", "destroy", "Destroy" } do
            for _, self in { false, 5, {} } do
                local ok, err = radio[name](self)
                table.insert(ids, tostring(ok) .. " " .. err.id)
            end
        end
        assert(radio.nowPlaying() == nil and #radio.upcoming() == 0 and #radio.history() == 0)
        return ids
        """
    )[0]
    assert set(said) == {"false radio_needs_colon"}
    assert len(said) == 39


# Trouble


def test_dead_assets_are_passed_over_and_remembered(world: MakeWorld) -> None:
    radio = world()
    for number in (8, 6, 9):
        radio.asset(number, load="fails")
    radio.run("radio:start('7')")
    radio.advance(600)
    failed = [entry[2] for entry in radio.log("failed")]
    assert failed == ["radio_unplayable"] * 3
    times = begins(radio)
    assert times[1] == pytest.approx(100.5, abs=1)
    assert times[4] - times[1] < 3 * 10 + 3
    assert radio.played()[:5] == ["7", "8", "6", "9", "5"]
    assert radio.errors() == []


@pytest.mark.parametrize("load", ["fails", "never"])
@pytest.mark.parametrize("kind", ["Sound", "AudioPlayer"])
def test_a_dead_asset_is_found_out_before_its_turn(world: MakeWorld, kind: str, load: Any) -> None:
    radio = world(kind=kind)
    for number in (6, 9):
        radio.asset(number, load=load)
    radio.run("radio:start('7')")
    radio.advance(550)
    # The second one was seen to load while the first one played: what does not, from then on, is not waited for.
    assert [entry[2] for entry in radio.log("failed")] == ["radio_unplayable"] * 2
    assert not {"6", "9"} & set(radio.played())
    assert begins(radio) == pytest.approx([0, 100, 200, 300, 400, 500], abs=1)
    assert radio.errors() == []


def test_what_spoils_during_a_pause_is_replaced_for_later(world: MakeWorld) -> None:
    radio = world()
    radio.asset(6, load="never")
    radio.run("radio:start('7')")
    radio.advance(105)
    radio.run("radio:pause()")
    radio.advance(60)
    radio.run("radio:resume()")
    radio.advance(120)
    assert "6" not in radio.played()
    assert len(radio.played()) == 3


def test_a_server_that_never_heard_anything_judges_nothing(world: MakeWorld) -> None:
    radio = world(settings=replace(BASE, asset_load="never"))
    radio.run("radio:start(track(7))")
    radio.advance(350)
    assert radio.log("failed") == []
    assert begins(radio) == pytest.approx([0, 100, 200, 300], abs=1)


def test_players_report_a_track(world: MakeWorld) -> None:
    radio = world(settings=replace(BASE, audio_server="deaf"))
    for name in ("Ann", "Bob", "Cid"):
        radio.universe.client(name)
    radio.run("radio:start('7')")
    radio.advance(5)
    vote = """
        local name, id = ...
        local ok, err = radio:reportUnplayable(game:GetService("Players"):FindFirstChild(name), id)
        return ok, err and err.id
    """
    assert radio.run(vote, "Ann", "9") == [False, "radio_not_current"]
    assert radio.run(vote, "Nobody", "7") == [False, "radio_not_present"]
    assert radio.run(vote, "Ann", "7") == [True]
    assert radio.run(vote, "Ann", "rbxassetid://7") == [True]
    assert radio.played() == ["7"]
    assert radio.run(vote, "Bob", 7) == [True]
    assert radio.played() == ["7", "8"]
    assert [entry[2] for entry in radio.log("failed")] == ["radio_unplayable"]


@pytest.mark.parametrize(
    ("share", "others", "enough"), [(0.5, 0, 1), (0.5, 1, 1), (0.5, 4, 3), (1, 2, 3), (0.01, 9, 1)]
)
def test_a_share_of_those_present_is_enough(world: MakeWorld, share: float, others: int, enough: int) -> None:
    radio = world(settings=replace(BASE, audio_server="deaf"), options={"unplayableShare": share})
    names = [f"Player{number}" for number in range(1 + others)]
    for name in names:
        radio.universe.client(name)
    radio.run("radio:start('7')")
    radio.advance(5)
    for count, name in enumerate(names[:enough], start=1):
        vote = "return radio:reportUnplayable(game:GetService('Players'):FindFirstChild(...), '7')"
        assert radio.run(vote, name) == [True]
        assert radio.run("return radio:nowPlaying().asset_id == '7'") == [count < enough]


def test_nothing_known_is_tried_again_until_the_api_is_back(world: MakeWorld) -> None:
    radio = world()
    radio.run("api.broken = true radio:start('7')")
    radio.advance(950)
    # What is known goes on; requests grow rare.
    assert set(radio.played()) == {"7"}
    assert len(radio.played()) >= 9
    assert radio.run("return #api.requests")[0] <= 5
    assert {entry[2] for entry in radio.log("failed")} == {"server_error"}
    radio.run("api.broken = false")
    radio.advance(900)
    assert len(set(radio.played())) >= 4
    assert radio.errors() == []


def test_fallback_fills_in_while_the_api_fails(world: MakeWorld) -> None:
    radio = world(options={"fallback": ["300", 301, "rbxassetid://302"]})
    radio.run("api.broken = true radio:start('7')")
    radio.advance(410)
    assert radio.played() == ["7", "300", "301", "302", "7"]


def test_known_neighbours_are_played_while_the_api_fails(world: MakeWorld) -> None:
    radio = world(options={"tracksPerAnchor": 5})
    radio.run("radio:start('7')")
    radio.advance(50)
    radio.run("api.broken = true")
    radio.advance(1500)
    assert len(set(radio.played())) == len(radio.played()) >= 14


def test_an_unknown_seed_does_not_end_the_music(world: MakeWorld) -> None:
    radio = world()
    radio.run("api.missing['7'] = true radio:start('20')")
    radio.advance(110)
    radio.run("radio:reseed('7')")
    radio.advance(400)
    assert len(set(radio.played())) >= 5


def test_an_answer_that_never_comes_does_not_end_the_music(world: MakeWorld) -> None:
    radio = world()
    radio.run("api.latency = 1e9 radio:start('7')")
    radio.advance(250)
    assert radio.played() == ["7", "7", "7"]
    assert "timeout" in {entry[2] for entry in radio.log("failed")}


def test_unknown_lengths_are_looked_up(world: MakeWorld) -> None:
    radio = world(settings=replace(BASE, audio_server="deaf"))
    radio.run("api.duration = 0 radio:start('7')")
    radio.advance(350)
    assert begins(radio) == pytest.approx([0, 100, 200, 300], abs=1)


# Listeners


def test_listeners_cannot_break_the_radio(world: MakeWorld) -> None:
    radio = world()
    radio.run(
        """
        radio.trackChanged:Connect(function() error("on purpose") end)
        radio.trackChanged:Connect(function() task.wait(1e6) end)
        radio.stateChanged:Once(function() radio:queue("350") end)
        radio.trackEnding:Connect(function() radio:pause() radio:resume() end)
        radio:start("7")
        """
    )
    radio.advance(450)
    assert radio.played()[:3] == ["7", "350", "8"]
    assert len(radio.played()) == 5
    assert all("on purpose" in text for text in radio.errors())


def test_a_listener_that_always_skips_is_slowed_down(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio.trackChanged:Connect(function() radio:skip() end) radio:start('7')")
    radio.advance(2)
    assert 5 < len(radio.played()) <= 12
    radio.advance(60)
    assert 60 <= len(radio.played()) <= 75
    assert radio.errors() == []


@pytest.mark.cases(8)
@pytest.mark.parametrize(
    "call", ["radio:destroy()", "radio:stop()", "radio:skip()", "radio:start('9')", "player:Destroy()"]
)
@pytest.mark.parametrize("signal", ["trackChanged", "trackEnding", "stateChanged", "failed"])
def test_methods_within_listeners(world: MakeWorld, signal: str, call: str) -> None:
    radio = world()
    radio.asset(8, load="fails")
    radio.run(f"radio.{signal}:Once(function() {call} end) radio:start('7')")
    radio.advance(400)
    ended = call in ("radio:destroy()", "radio:stop()", "player:Destroy()")
    assert radio.run("return player.Playing") == [not ended]
    assert radio.errors() == []


# What players see and hear


def test_attributes_tell_what_plays(world: MakeWorld) -> None:
    radio = world()
    attributes = """
        local found = player:GetAttributes()
        local now = found.AudioScapePausedAt or workspace:GetServerTimeNow()
        found.position = math.round((now - found.AudioScapeStartedAt) * found.AudioScapeSpeed - player.TimePosition)
        found.AudioScapeStartedAt = nil
        return found
    """
    radio.run("radio:start('7')")
    radio.advance(130)
    expected = {
        "AudioScapeAssetId": "8",
        "AudioScapeName": "Song 8",
        "AudioScapeArtist": "Artist 8",
        "AudioScapeDuration": 100,
        "AudioScapeSpeed": 1,
        "position": 0,
    }
    assert radio.run(attributes)[0] == expected
    radio.run("player.PlaybackSpeed = 1.5")
    radio.advance(10)
    assert radio.run(attributes)[0] == {**expected, "AudioScapeSpeed": 1.5}
    radio.run("radio:pause()")
    radio.advance(100)
    paused = radio.run(attributes)[0]
    assert paused.pop("AudioScapePausedAt") > 0
    assert paused == {**expected, "AudioScapeSpeed": 1.5}
    radio.run("radio:resume()")
    radio.advance(10)
    assert radio.run(attributes)[0] == {**expected, "AudioScapeSpeed": 1.5}


@pytest.mark.cases(12)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("server", ["hears", "deaf"])
@pytest.mark.parametrize(
    ("acts", "paused"),
    [
        ("", False),
        ("radio:pause() task.wait(5)", True),
        ("radio:pause() task.wait(5) radio:resume() task.wait(5)", False),
        ("player.PlaybackSpeed = 2 task.wait(5) player.PlaybackSpeed = 1 task.wait(5)", False),
        ("radio:pause() task.wait(5) player.PlaybackSpeed = 2 task.wait(5)", True),
        ("radio:pause() player.PlaybackSpeed = 2 task.wait(5) radio:resume() task.wait(5)", False),
        ("radio:pause() task.wait(5) radio:skip() task.wait(5)", False),
        ("radio:pause() task.wait(5) radio:stop() radio:start(track(50)) task.wait(5)", False),
        ("player.PlaybackSpeed = 2 radio:stop() player.PlaybackSpeed = 1 radio:start(track(50)) task.wait(5)", False),
    ],
)
def test_clients_can_tell_the_position(world: MakeWorld, kind: str, server: Any, acts: str, paused: bool) -> None:
    radio = world(kind=kind, settings=replace(BASE, asset_load_seconds=0, audio_server=server))
    client = radio.universe.client("Ann")
    radio.run(f"radio:start(track(7)) task.wait(10) {acts}")
    source = """
    local player = game:GetService("SoundService"):WaitForChild("Music")
    local found = player:GetAttributes()
    local now = found.AudioScapePausedAt or workspace:GetServerTimeNow()
    return (now - found.AudioScapeStartedAt) * found.AudioScapeSpeed - player.TimePosition, found.AudioScapeSpeed,
        player.PlaybackSpeed, found.AudioScapePausedAt ~= nil
    """
    radio.advance(0.1)
    off, told, speed, held = client.run(source, parent="ReplicatedStorage")
    assert off == pytest.approx(0, abs=0.3)
    assert told == speed
    assert held is paused


@pytest.mark.parametrize("kind", ["Sound", "AudioPlayer"])
def test_whoever_waits_for_a_new_id_finds_the_rest_in_place(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    radio.run(
        """
        shared.seen = {}
        player:GetAttributeChangedSignal("AudioScapeAssetId"):Connect(function()
            local found = player:GetAttributes()
            local age = workspace:GetServerTimeNow() - found.AudioScapeStartedAt
            table.insert(shared.seen, { found.AudioScapeName, found.AudioScapeDuration, math.round(age) })
        end)
        radio:start(track(50))
        """
    )
    radio.run("api.duration = 90")
    radio.advance(105)
    assert radio.run("return shared.seen") == [[["Song 50", 100, 0], ["Song 51", 90, 0]]]


def test_track_ending_comes_ten_seconds_before(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('7')")
    radio.advance(250)
    endings = radio.log("ending")
    tracks = radio.log("track")
    assert [entry[2:] for entry in endings] == [("7", "8"), ("8", "6")]
    assert [entry[0] - start[0] for entry, start in zip(endings, tracks, strict=False)] == pytest.approx(
        [90.5, 90.5], abs=0.6
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("engine", ["plain", "deferred signals", "deaf server", "Play begins at 0"])
def test_crossfade(world: MakeWorld, engine: str, kind: str) -> None:
    radio = world(settings=ENGINES[engine], kind=kind, options={"crossfade": 4})
    listener = radio.listener()
    radio.run("radio:start(track(7))")
    radio.advance(92)
    powers: list[float] = []
    for _ in range(16):
        radio.advance(0.5)
        volumes = radio.run(
            """
            local list = {}
            for _, sound in game:GetService("SoundService"):GetChildren() do
                if sound:IsA(player.ClassName) and sound.IsPlaying then table.insert(list, sound.Volume) end
            end
            return list
            """
        )[0]
        powers.append(sum(volume**2 for volume in volumes))
    assert powers == pytest.approx([0.25] * 16, abs=0.02)
    radio.advance(200)
    tracks = [track for track in listener.tracks() if track.volume > 0.01]
    heads = [track for track in tracks if not track.source.endswith("Standby")]
    tails = [track for track in tracks if track.source.endswith("Standby")]
    assert [track.content[13:] for track in heads] == ["7", "8", "6", "9"][: len(heads)]
    assert [track.content[13:] for track in tails] == ["7", "8", "6"][: len(tails)]
    assert len(tails) >= 2
    for head, tail in zip(heads, tails, strict=False):
        # The standby takes over where the player was, and fades for four seconds.
        assert tail.start == pytest.approx(head.end, abs=0.1)
        assert tail.position == pytest.approx(head.end - head.start, abs=0.7)
        assert tail.end - tail.start == pytest.approx(4, abs=0.3)
    for at in range(1, 290):
        assert len([track for track in tracks if track.start <= at < track.end]) <= 2
    assert listener.silences(tracks[0].start, radio.universe.now, longer_than=0.1) == []
    assert radio.errors() == []


def test_pause_within_a_crossfade_holds_both(world: MakeWorld) -> None:
    radio = world(options={"crossfade": 4})
    playing = """
        local count = 0
        for _, sound in game:GetService("SoundService"):GetChildren() do
            if sound.Playing then count += 1 end
        end
        return count
    """
    radio.run("radio:start('7')")
    radio.advance(98)
    assert radio.run(playing) == [2]
    radio.run("radio:pause()")
    assert radio.run(playing) == [0]
    radio.advance(100)
    radio.run("radio:resume()")
    assert radio.run(playing) == [2]
    radio.advance(5)
    assert radio.run(playing) == [1]
    radio.run("radio:skip()")
    assert radio.run(playing) == [1]


def test_the_game_sets_the_volume_and_the_radio_multiplies_it(world: MakeWorld) -> None:
    radio = world(options={"targetLoudness": -14})
    volume = "return math.round(player.Volume * 1000)"
    radio.run("radio:start('48')")
    radio.advance(1)
    assert radio.run(volume) == [500]
    radio.advance(110)
    # The next one, 49, has -14 LUFS; then 47 with -8.
    assert radio.played() == ["48", "49"]
    assert radio.run(volume) == [500]
    radio.run("player.Volume = 0.2")
    radio.advance(90)
    assert radio.played()[-1] == "47"
    assert radio.run(volume) == [round(200 * 10 ** (-6 / 20))]
    assert radio.run("return radio:setVolume(1)") == [True]
    assert radio.run(volume) == [round(1000 * 10 ** (-6 / 20))]
    radio.run("radio:destroy()")
    assert radio.run(volume) == [1000]
    assert radio.run("local ok, err = radio:setVolume('loud') return ok, err.id") == [False, "radio_bad_volume"]


# Long runs


def test_memory_does_not_grow(world: MakeWorld) -> None:
    radio = world(settings=replace(BASE, asset_duration=3))
    radio.run("api.duration = 3 radio:start(track(7))")
    radio.advance(500)
    # Between two collections there is garbage, too: the least that is seen while they come round is what is held.
    held = """
    table.clear(log) table.clear(api.requests)
    local least = math.huge
    for _ = 1, 50000 do
        local _ = table.create(16, 0)
        least = math.min(least, gcinfo())
    end
    return least
    """
    sizes: list[int] = []
    for _ in range(3):
        radio.advance(800)
        sizes.append(radio.run(held)[0])
    assert sizes[-1] < sizes[0] * 1.1, sizes


def test_one_request_serves_ten_tracks(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('7')")
    radio.advance(100.6 * 60)
    played = radio.played()
    assert len(played) >= 59
    assert radio.run("return #api.requests")[0] <= len(played) / 10 + 1
    for index, track in enumerate(played):
        assert track not in played[max(0, index - 50) : index]
