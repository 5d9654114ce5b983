"""A map that forgets: the same as an ordered dictionary would, whatever is done with it."""

from __future__ import annotations

from collections import OrderedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.policies import Policies

STEPS = """
local Lru = require(support.Lru)
local limit, steps = ...
local lru = Lru.new(limit)
local seen = {}
for _, step in steps do
	local did, key, value, weight = table.unpack(step)
	if did == "put" then
		Lru.put(lru, key, value, weight)
	elseif did == "get" then
		table.insert(seen, Lru.get(lru, key) or "nothing")
	else
		Lru.remove(lru, key)
	end
end
return seen
"""

type Step = tuple[str, str, str, int]

steps = st.lists(
    st.tuples(st.sampled_from(["put", "put", "get", "remove"]), st.sampled_from("abcde"), st.sampled_from("xy"),
              st.integers(0, 6)),
    min_size=1,
    max_size=25,
)  # fmt: skip


def expected(limit: int, taken: list[Step]) -> list[str]:
    """What an ordered dictionary, the oldest entry first, answers to the same steps."""
    kept: OrderedDict[str, tuple[str, int]] = OrderedDict()
    seen: list[str] = []
    for did, key, value, weight in taken:
        if did == "put":
            kept.pop(key, None)
            if weight <= limit:
                kept[key] = value, weight
            while sum(w for _, w in kept.values()) > limit:
                kept.popitem(last=False)
        elif did == "get":
            seen.append(kept[key][0] if key in kept else "nothing")
            if key in kept:
                kept.move_to_end(key)
        else:
            kept.pop(key, None)
    return seen


def probed(limit: int, taken: list[Step]) -> list[Step]:
    """Add steps that push out what is left, little by little, and look at it in between and at the end."""
    pushed: list[Step] = []
    for number in range(limit + 1):
        pushed += [("put", f"new {number}", "n", 1), ("get", "abcde"[number % 5], "", 0)]
    look: list[Step] = [("get", key, "", 0) for key in "abcde"]
    return [*taken, *pushed, *look, *(("get", f"new {number}", "", 0) for number in range(limit + 1))]


@pytest.mark.parametrize(
    "taken",
    [
        [("put", "a", "x", 3), ("put", "b", "x", 3), ("put", "c", "x", 3), ("put", "d", "x", 1)],
        [("put", "a", "x", 3), ("put", "b", "x", 3), ("get", "a", "", 0), ("get", "a", "", 0), ("put", "c", "x", 3)],
        [("put", "a", "x", 3), ("put", "a", "y", 2), ("get", "a", "", 0), ("put", "a", "y", 9), ("get", "a", "", 0)],
        [("put", "a", "x", 6), ("put", "b", "x", 7), ("remove", "a", "", 0), ("remove", "a", "", 0)],
    ],
)
def test_what_goes_first(policies: Policies, taken: list[Step]) -> None:
    assert policies.run(STEPS, 6, probed(6, taken)) == [expected(6, probed(6, taken))]


def test_any_steps(policies: Policies) -> None:
    @settings(max_examples=20, deadline=None)
    @given(st.integers(1, 10), steps)
    def check(limit: int, taken: list[Step]) -> None:
        assert policies.run(STEPS, limit, probed(limit, taken)) == [expected(limit, probed(limit, taken))]

    check()
