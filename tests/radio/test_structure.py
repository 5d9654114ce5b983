"""Where a track is at a given time."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roblox_double import Peer
from support.radio import run

CALL = """
local name, structure, seconds = ...
return load("Structure")[name](structure, seconds)
"""


def ask(server: Peer, name: str, structure: Any, seconds: float) -> list[Any]:
    values = run(server, CALL, name, structure, seconds)
    while values and values[-1] is None:
        values.pop()
    return values


GRID = {"beat_grid": {"times": [0.5, 1.0, 1.5, 2.0], "downbeats": [0.5, 1.5]}}


@pytest.mark.parametrize(
    ("seconds", "beat", "downbeat"),
    [
        (0, [], [0.5]),
        (0.5, [1, 0.5], [1.5]),
        (0.99, [1, 0.5], [1.5]),
        (1, [2, 1.0], [1.5]),
        (1.5, [3, 1.5], []),
        (99, [4, 2.0], []),
        (-1, [], [0.5]),
        (math.nan, [], []),
    ],
)
def test_beats(server: Peer, seconds: float, beat: list[float], downbeat: list[float]) -> None:
    assert ask(server, "beatAt", GRID, seconds) == beat
    assert ask(server, "nextDownbeat", GRID, seconds) == downbeat


PARTS = [
    {"start": 2, "end": 4, "label": "a"},
    {"start": 4, "end": 5, "label": "b"},
    {"start": 6, "end": 9, "label": "c"},
]


@pytest.mark.parametrize(
    ("seconds", "label"),
    [(1.9, None), (2, "a"), (3.9, "a"), (4, "b"), (5, None), (5.9, None), (6, "c"), (8.9, "c"), (9, None)],
)
@pytest.mark.parametrize(("name", "field"), [("sectionAt", "sections"), ("phraseAt", "phrases")])
def test_parts(server: Peer, name: str, field: str, seconds: float, label: str | None) -> None:
    assert [part["label"] for part in ask(server, name, {field: PARTS}, seconds)] == ([label] if label else [])


@pytest.mark.parametrize("name", ["beatAt", "nextDownbeat", "sectionAt", "phraseAt"])
@pytest.mark.parametrize(
    "structure",
    [
        {"asset_id": "1"},
        {"beat_grid": {"a": 1}},
        {"beat_grid": {"times": [], "downbeats": []}, "sections": [], "phrases": []},
    ],
)
def test_what_is_missing_has_no_answer(server: Peer, name: str, structure: Any) -> None:
    assert ask(server, name, structure, 1) == []


@pytest.mark.parametrize(
    ("parts", "labels"),
    [
        # One without a beginning begins where the one before it ends, one without an end lasts until the next.
        ([{"start": 0, "end": 1}, {"end": 2}, {"start": 2}], {0.5: 0, 1.5: 1, 2.5: 2}),
        ([{"start": 0}, {"label": "?"}, {"start": 2}, {"start": 3}], {1: 1, 2.5: 2, 99: 3}),
        ([{"end": 1}, {"start": 1}], {0: 0, 1: 1}),
    ],
)
def test_parts_that_say_too_little(server: Peer, parts: list[dict[str, Any]], labels: dict[float, int]) -> None:
    numbered = [{**part, "place": place} for place, part in enumerate(parts)]
    for seconds, place in labels.items():
        assert [part["place"] for part in ask(server, "sectionAt", {"sections": numbered}, seconds)] == [place]


@settings(max_examples=30)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=40), st.floats(-1, 400))
def test_each_beat_is_found(server: Peer, steps: list[int], seconds: float) -> None:
    times = list(accumulate(steps))
    place = bisect_right(times, seconds)
    grid = {"beat_grid": {"times": times, "downbeats": times}}
    assert ask(server, "beatAt", grid, seconds) == ([place, times[place - 1]] if place else [])
    assert ask(server, "nextDownbeat", grid, seconds) == times[place : place + 1]


def test_a_look_makes_no_garbage(server: Peer) -> None:
    source = """
    local Structure = load('Structure')
    local structure = ...
    local before = gcinfo()
    for step = 1, 20000 do
        local seconds = step % 10
        Structure.beatAt(structure, seconds)
        Structure.nextDownbeat(structure, seconds)
        Structure.sectionAt(structure, seconds)
        Structure.phraseAt(structure, seconds)
    end
    return gcinfo() - before
    """
    assert run(server, source, {**GRID, "sections": PARTS, "phrases": PARTS})[0] <= 2
