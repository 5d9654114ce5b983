"""How well one track follows on another is measured against a radio that knows all."""

from __future__ import annotations

import math

import pytest

from audioscape_luau.tools.bench import flow, planning

pytestmark = pytest.mark.breaks_contract


@pytest.mark.thorough
def test_strategies_beside_the_oracle() -> None:
    figures = flow.measure(runs=1, worlds=("strong",), fleet=6)
    assert all(math.isfinite(value) for value in figures.values())
    assert set(figures) == {
        f"flow_{what}_strong_{strategy}"
        for what in ("ratio", "p10", "requests", "distinct")
        for strategy in ("nearest", "smooth", "explore", "smooth_per_6", "smooth_per_24", "fleet")
    } | {"flow_orders_strong_fleet"}
    assert 0.8 < figures["flow_ratio_strong_nearest"] < figures["flow_ratio_strong_smooth"] < 1
    assert figures["flow_p10_strong_smooth"] > figures["flow_p10_strong_nearest"]
    assert figures["flow_distinct_strong_smooth"] >= 75
    assert figures["flow_requests_strong_smooth"] < 9
    assert figures["flow_ratio_strong_explore"] > 0.72
    assert figures["flow_requests_strong_smooth_per_6"] > 16 > figures["flow_requests_strong_smooth"]
    assert figures["flow_requests_strong_smooth"] > 5 > figures["flow_requests_strong_smooth_per_24"]
    # Six servers that begin alike help one another, and go ways of their own.
    assert figures["flow_ratio_strong_fleet"] > figures["flow_ratio_strong_smooth"]
    assert figures["flow_requests_strong_fleet"] < figures["flow_requests_strong_smooth"] - 1
    assert figures["flow_orders_strong_fleet"] == 6
    assert figures["flow_distinct_strong_fleet"] >= 75


def test_planning_is_timed() -> None:
    figures = planning.measure(stretches=2)
    assert set(figures) == {"flow_plan_ms", "flow_frame_ms"}
    assert 0 < figures["flow_frame_ms"] < figures["flow_plan_ms"]
