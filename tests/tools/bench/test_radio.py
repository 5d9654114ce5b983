"""What players hear is measured, and it is what the radio promises."""

from __future__ import annotations

import math

import pytest

from audioscape_luau.mock import FAILURES, FaultPlan
from audioscape_luau.simulation import mocked
from audioscape_luau.tools.bench import radio

pytestmark = pytest.mark.breaks_contract


def test_radio_beside_the_sample() -> None:
    figures = radio.measure(runs=1)
    names = {name.partition("_")[2] for name in figures}
    assert {f"{who}_{name}" for who in ("radio", "sample") for name in names} == set(figures)
    assert all(math.isfinite(value) for value in figures.values())
    # Nothing but the frame between the end of one track and the beginning of the next.
    assert figures["radio_dead_air"] < 0.0002
    assert figures["radio_dead_air_faults"] < 0.001
    assert figures["radio_silent_runs"] == 0
    assert figures["radio_distinct_per_100"] > 50
    assert figures["radio_requests_per_100"] <= 10
    # What the sample is known for shows that the measuring stick is straight.
    assert figures["sample_distinct_per_100"] <= 5
    assert 95 <= figures["sample_requests_per_100"] <= 100
    assert figures["sample_silent_runs"] == 1
    assert figures["sample_dead_air_faults"] > 0.5


@pytest.mark.thorough
def test_no_way_to_fail_silences_the_radio() -> None:
    """An hour in which every request fails in one and the same way: the radio knows nothing but its first track."""
    for fault in FAILURES:
        with radio.game(mocked(), 1, faults=FaultPlan(shares={(fault,): 1.0})) as world:
            listener = world.listener()
            radio.begin(world, mocked(), radio.RADIO)
            world.advance(3600)
            begin = listener.tracks()[0].start
            silences = listener.silences(begin, world.universe.now)
            assert sum(stop - start for start, stop in silences) < 3.6, fault.name


def test_silence_counts_from_the_first_note_to_the_end() -> None:
    evening = radio.listen(radio.SAMPLE, 1, hours=2, failing=1.0)
    assert len(evening.tracks) == 1
    assert evening.silent
    assert 0.9 < evening.dead_air < 1
