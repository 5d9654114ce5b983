"""An update restarts all servers of a game in the same second."""

from __future__ import annotations

import pytest

from audioscape_luau.tools.bench.many import Fleet


@pytest.mark.thorough  # tests/radio/test_spread.py shows when one radio asks
def test_two_hundred_radios_start_under_the_keys_limit_without_silence() -> None:
    with Fleet(200, share=True, players=0) as fleet:
        fleet.play(600)
        assert len(fleet.gate.log) >= 400
        assert not any(refused for _, refused in fleet.gate.log)
        assert fleet.silence() == 0
