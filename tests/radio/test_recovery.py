"""A radio that was told for a while that its track has no neighbours finds its way as soon as the API knows better."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import httpx
import pytest

from audioscape_luau.mock import Fault, FaultPlan, fault
from audioscape_luau.simulation import mocked
from audioscape_luau.tools.bench.radio import RADIO, begin, evening, game

pytestmark = pytest.mark.breaks_contract


def _none(_: httpx.Response) -> httpx.Response:
    return httpx.Response(200, json={"tracks": []})


NO_NEIGHBOURS = Fault("none", "200 without tracks", None, False, _none)


def _play(fault: Fault, wrong: int) -> tuple[Sequence[str], int]:
    """Play for an hour in which the first `wrong` answers are broken; return what was heard, and the requests."""
    with game(mocked(), 1, faults=FaultPlan(deque([fault] * wrong))) as world:
        listener = world.listener()
        begin(world, mocked(), RADIO)
        world.advance(3600)
        played = evening(world, listener)
        return played.tracks, played.requests


@pytest.mark.parametrize("fault", [fault("not-found"), NO_NEIGHBOURS], ids=str)
def test_one_wrong_answer_costs_no_repeat(fault: Fault) -> None:
    tracks, _ = _play(fault, 1)
    assert len(tracks) > 15
    assert len(set(tracks)) == len(tracks)


@pytest.mark.parametrize("fault", [fault("not-found"), NO_NEIGHBOURS], ids=str)
def test_wrong_answers_for_a_while_cost_no_more_than_that_while(fault: Fault) -> None:
    tracks, _ = _play(fault, 3)
    begin = next(index for index, track in enumerate(tracks) if track != tracks[0])
    assert begin <= 4
    assert len(set(tracks[begin:])) == len(tracks[begin:]) > 12


def test_an_id_that_is_never_known_costs_a_request_in_six_tracks() -> None:
    tracks, requests = _play(fault("not-found"), 10_000)
    assert len(set(tracks)) == 1
    assert len(tracks) > 10
    assert requests <= 4 + len(tracks) / 6
