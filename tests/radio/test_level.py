"""How many of its own volumes the radio knows again."""

from __future__ import annotations

import pytest

from support.radio import MakeWorld

WISH = 0.5
LEVELLED = WISH * 10 ** (-12 / 20)  # a track that is 12 dB too loud


@pytest.mark.parametrize(("writes", "volume"), [(499, WISH), (500, LEVELLED)])
def test_what_was_read_from_a_radio_long_ago_is_any_volume(world: MakeWorld, writes: int, volume: float) -> None:
    radio = world(options={"targetLoudness": -20})
    radio.run("player.Volume = ... radio:start(track(47))", WISH)
    radio.advance(20)
    source = "shared.read = player.Volume for step = 1, ... do player.Volume = (step + 0.5) / 1000 task.wait() end"
    radio.run(source, writes)
    radio.run("player.Volume = shared.read")
    radio.advance(1)
    assert radio.run("radio:destroy() return player.Volume")[0] == pytest.approx(volume)
