"""Settings of audio that only say how long something takes."""

from __future__ import annotations

import pytest

from roblox_double import Asset, Settings, Universe


@pytest.mark.fact("audio.server.ended.delay")
@pytest.mark.parametrize("delay", [3.0, 7.5])
def test_a_late_end_is_as_late_as_the_setting_says(delay: float) -> None:
    with Universe(settings=Settings(audio_server_ended="late", audio_ended_delay=delay)) as universe:
        universe.assets[1] = Asset(duration=2, load_seconds=0)
        late = universe.server().run("""
            local sound = Instance.new("Sound")
            sound.SoundId = "rbxassetid://1"
            sound.Parent = workspace
            task.wait(1)
            local from = time()
            sound:Play()
            sound.Ended:Wait()
            return time() - from - 2
        """)
    assert late == [pytest.approx(delay, abs=0.05)]


@pytest.mark.fact("metadata.time")
@pytest.mark.parametrize("seconds", [0.2, 5.0])
def test_metadata_takes_as_long_as_the_setting_says(seconds: float) -> None:
    with Universe(settings=Settings(metadata_seconds=seconds)) as universe:
        took = universe.server().run("""
            local from = time()
            game:GetService("AssetService"):GetAudioMetadataAsync({ "rbxassetid://1" })
            return time() - from
        """)
    assert took == [pytest.approx(seconds, abs=0.05)]
