"""Short ways through some places."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from roblox_double import Peer
from support.radio import run

FIND = """
local points, steps, goal, apart = ...
local path = load("path")
local search = path.begin({
	count = #points,
	steps = steps,
	goal = goal,
	distances = function(left)
		local row = {}
		for right, b in points do
			local a = points[left]
			row[right] = math.sqrt((a[1] - b[1]) ^ 2 + (a[2] - b[2]) ^ 2)
		end
		return row
	end,
	allows = function(way, place)
		local last = way[#way]
		return not (apart and last and (last + place) % 2 == 0)
	end,
})
local turns = 1
while path.advance(search) do
	turns += 1
end
return path.shortest(search), turns
"""
type Points = list[tuple[float, float]]


def find(server: Peer, points: Points, steps: int, goal: int = 2, *, apart: bool = False) -> list[int]:
    found: Any = run(server, FIND, [list(point) for point in points], steps, goal, apart)
    assert found[1] <= max(1, steps)
    return list(found[0])


def length(points: Points, way: list[int]) -> float:
    return sum(math.dist(points[a - 1], points[b - 1]) for a, b in itertools.pairwise([1, *way]))


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(2, 8))
def test_few_ways_are_shorter(server: Peer, seed: int, steps: int, goal: int) -> None:
    chance = random.Random(seed)
    points = [(chance.random(), chance.random()) for _ in range(8)]
    way = find(server, points, steps, goal)
    assert len(set(way)) == len(way) == steps
    assert 1 not in way
    others = [place for place in range(2, 9) if place != goal]
    lengths = sorted(length(points, [*one, goal]) for one in itertools.permutations(others, steps - 1))
    assert way[-1] == goal
    shorter = sum(one < length(points, way) - 1e-9 for one in lengths)
    assert shorter <= max(1, len(lengths) // 20)


def test_a_way_along_a_line_does_not_turn_back(server: Peer) -> None:
    points = [(0.0, 0.0), (10.0, 0.0), *((float(x), 0.0) for x in (-1, 1, 2, 3, 4, 5, 6, 7, 8, 9))]
    assert find(server, points, 10, 2) == [*range(4, 13), 2]


def test_what_is_not_allowed_is_no_part_of_it(server: Peer) -> None:
    points = [(0.0, 0.0), *((float(x), 0.0) for x in range(1, 9))]
    way = find(server, points, 6, apart=True)
    assert all((a + b) % 2 for a, b in itertools.pairwise(way))
    assert len(way) == 6


def test_a_way_ends_where_nothing_is_left(server: Peer) -> None:
    points = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)]
    assert find(server, points, 10, 3) == [2, 3]
    assert find(server, points, 10, 2) == [3, 2]
    assert find(server, points, 1, 2) == [2]
    assert find(server, points[:2], 4) == [2]
