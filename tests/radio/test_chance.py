"""Radios under commands, trouble and engines drawn by chance."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audioscape_luau.engine import Settings
from support.radio import RadioWorld

# What a game, the API and players may do; each is followed by some time.
ACTIONS = (
    "radio:skip()",
    "radio:previous()",
    "radio:pause() task.wait(5) radio:resume()",
    "radio:queue(track(300))",
    "radio:queue(301) radio:queue(302)",
    "radio:reseed(track(200))",
    "radio:setFilters({ genres = { 'Jazz' } })",
    "radio:setFilters(nil)",
    "radio:setVolume(0.3)",
    "radio:start(track(100))",
    "radio:start()",
    "radio:stop() radio:start(track(50))",
    "radio:skip() radio:skip() radio:previous() radio:skip()",
    "api.broken = true",
    "api.broken = false",
    "api.latency = 20",
    "api.latency = 0.1",
    "player.PlaybackSpeed = 2",
    "player.PlaybackSpeed = 1",
    "player.TimePosition = 20",
    "player:Stop()",
    "player.SoundId = 'rbxassetid://390' player:Play()",
    "player.Looped = true",
    "player.Volume = 0.7",
)

engines = st.builds(
    Settings,
    asset_duration=st.just(40.0),
    asset_load_seconds=st.sampled_from([0.1, 3.0]),
    signal_behavior=st.sampled_from(["immediate", "deferred"]),
    handler_order=st.sampled_from(["last_first", "first_first"]),
    audio_server=st.sampled_from(["hears", "deaf"]),
    audio_server_length=st.sampled_from([0.0, 1.0]),
    audio_server_ended=st.sampled_from(["once", "never", "late", "twice", "stale"]),
    audio_position_after_end=st.sampled_from(["start", "end"]),
    audio_content_change=st.sampled_from(["restarts", "stops", "continues"]),
    audio_content_change_event=st.sampled_from(["none", "Stopped", "Ended"]),
    sound_play_before_load=st.sampled_from(["waits", "lost"]),
    sound_play_position=st.sampled_from(["last_set", "zero"]),
    sound_playing_events=st.booleans(),
    sound_stopped_at_end=st.sampled_from(["no", "before", "after"]),
)
options = st.fixed_dictionaries(
    {
        "strategy": st.sampled_from(["nearest", "explore", "smooth"]),
        "historySize": st.sampled_from([1, 50]),
        "tracksPerAnchor": st.sampled_from([1, 10]),
        "crossfade": st.sampled_from([0, 4]),
    }
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    engine=engines,
    options=options,
    steps=st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from([0.0, 0.1, 7.0, 45.0])), max_size=15),
)
def test_music_goes_on(engine: Settings, options: dict[str, Any], steps: list[tuple[str, float]]) -> None:
    world = RadioWorld(settings=engine, options=options)
    try:
        world.run("api.duration = 40 radio:start(track(7))")
        for action, seconds in steps:
            world.run(action)
            world.advance(seconds)
            now = world.run(
                """
                local audible = 0
                for _, sound in game:GetService("SoundService"):GetChildren() do
                    if sound.Playing then audible += 1 end
                end
                return audible, radio:nowPlaying() ~= nil
                """
            )
            assert now[0] <= (2 if options["crossfade"] else 1), (action, now)
        # Whatever happened, tracks go on once the API is back.
        world.run("api.broken = false api.latency = 0.1 player.PlaybackSpeed = 1")
        world.advance(100)
        before = len(world.played())
        world.advance(200)
        assert len(world.played()) >= before + 3
        assert world.errors() == []
        assert world.run("return player.Playing or radio:nowPlaying() ~= nil") == [True]
        # And nothing is left behind.
        world.run("radio:destroy()")
        assert world.run("return #game:GetService('SoundService'):GetChildren(), player:GetAttributes()") == [1, []]
        signals = len(world.log())
        world.advance(100)
        assert len(world.log()) == signals
    finally:
        world.close()
