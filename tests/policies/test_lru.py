"""A map that forgets: the same as an ordered dictionary would, whatever is done with it."""

from __future__ import annotations

from collections import OrderedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.policies import Policies

# After each step the ring is walked both ways: it must hold what the map holds, and nothing else.
STEPS = """
local Lru = require(http.Lru)
local limit, steps = ...
local lru = Lru.new(limit)
local seen = {}
local function walk(way)
	local keys, node = {}, lru.ring[way]
	while node ~= lru.ring do
		assert(lru.nodes[node.key] == node and #keys < 100)
		table.insert(keys, node.key .. node.value)
		node = node[way]
	end
	return table.concat(keys, " ")
end
for _, step in steps do
	local did, key, value, weight = table.unpack(step)
	local got = ""
	if did == "put" then
		Lru.put(lru, key, value, weight)
	elseif did == "get" then
		got = Lru.get(lru, key) or "nothing"
	else
		Lru.remove(lru, key)
	end
	local count = 0
	for _ in lru.nodes do count += 1 end
	table.insert(seen, { got, walk("newer"), walk("older"), count, lru.weight })
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


def expected(limit: int, taken: list[Step]) -> list[list[object]]:
    """What an ordered dictionary, the oldest entry first, makes of the same steps."""
    kept: OrderedDict[str, tuple[str, int]] = OrderedDict()
    seen: list[list[object]] = []
    for did, key, value, weight in taken:
        got = ""
        if did == "put":
            kept.pop(key, None)
            if weight <= limit:
                kept[key] = value, weight
            while sum(w for _, w in kept.values()) > limit:
                kept.popitem(last=False)
        elif did == "get":
            got = kept[key][0] if key in kept else "nothing"
            if key in kept:
                kept.move_to_end(key)
        else:
            kept.pop(key, None)
        order = [name + held for name, (held, _) in kept.items()]
        weights = sum(w for _, w in kept.values())
        seen.append([got, " ".join(order), " ".join(reversed(order)), len(kept), weights])
    return seen


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
    (seen,) = policies.run(STEPS, 6, taken)
    assert seen == expected(6, taken)


def test_any_steps(policies: Policies) -> None:
    @settings(max_examples=20, deadline=None)
    @given(st.integers(1, 10), steps)
    def check(limit: int, taken: list[Step]) -> None:
        (seen,) = policies.run(STEPS, limit, taken)
        assert seen == expected(limit, taken)

    check()
