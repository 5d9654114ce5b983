"""Who keeps a radio going whose script has ended: whoever has to do with it and is still there."""

from __future__ import annotations

from typing import Literal

import pytest

from support.radio import MakeWorld, orphan, silences

AUDIO: tuple[Literal["hears", "deaf"], ...] = ("hears", "deaf")


@pytest.mark.cases(8)
@pytest.mark.parametrize("kind", ["Sound", "AudioPlayer"])
@pytest.mark.parametrize("audio", AUDIO)
@pytest.mark.parametrize(
    "other",
    [
        "radio.trackChanged:Connect(function() end)",
        "radio.failed:Connect(function() end)",
        "local sound = Instance.new('Sound') sound.Parent = workspace shared.make({}, nil, sound):start('200')",
        "while true do radio:nowPlaying() task.wait(1) end",
        "task.wait(120) radio:queue('33')",
    ],
    ids=["listens", "listens to failures", "has a radio of its own", "asks", "orders"],
)
def test_who_is_left_goes_on_when_the_script_that_made_the_radio_ends(
    world: MakeWorld, audio: Literal["hears", "deaf"], kind: str, other: str
) -> None:
    radio = orphan(world, audio, other, kind)
    # The clock of the others looks every few seconds.
    heard = radio.listener("Ann")
    radio.advance(450)
    music = [one for one in heard.heard if one.source == "SoundService.Music"]
    assert len({one.content for one in music}) >= 4
    assert silences(radio, 300, longer_than=12) == []
