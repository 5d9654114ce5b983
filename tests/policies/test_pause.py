"""How calls come back once the API's own limit allows it: one goes first, the others follow apart."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from support.policies import Policies

BACK = """
local outcomes, count, deadline = ...
local send = budgeted(RateLimiter.new(400), follow(outcomes))
send(newCall("u"))
local endings = {}
for index = 1, count do
	task.spawn(function() endings[index] = ending(send(newCall("u", { deadline = deadline }))) end)
end
task.wait(120)
return sent, endings
"""
REFUSED = {"err": "rate_limited", "status": 429, "asks": 9}


def back(policies: Policies, *outcomes: dict[str, Any], count: int = 4, deadline: float = 100) -> list[float]:
    """Return when requests go: one that is refused, and those that wait then."""
    return policies.run(BACK, [REFUSED, *outcomes], count, deadline)[0]


@pytest.mark.parametrize("seconds", [0.1, 3])
def test_one_goes_first_and_the_rest_follow_closer_and_closer(policies: Policies, seconds: float) -> None:
    sent = back(policies, {"after": seconds}, {}, count=16)
    gaps = [later - earlier for earlier, later in pairwise(sent[2:])]
    assert sent[:2] == pytest.approx([0, 9], abs=0.02)
    # Who waits looks four times a second.
    assert 0.49 <= sent[2] - 9 - seconds <= 0.8
    assert gaps[:3] == pytest.approx([0.5, 0.425, 0.361], abs=0.03)
    assert gaps[-3:] == pytest.approx([0.1, 0.1, 0.1], abs=0.03)
    assert len(sent) == 17


WAYS_BACK: dict[str, tuple[list[dict[str, Any]], list[float]]] = {
    # what comes of those that go first, and when the first three requests go after the refused one
    "refused again": ([{"after": 0.1, "err": "rate_limited", "status": 429, "asks": 20}, {}], [9, 29.1, 29.6]),
    "no limit, another trouble": ([{"after": 0.1, "err": "server_error", "status": 500}, {}], [9, 9.8, 10.2]),
    "no answer": ([{"after": 1, "err": "connection"}, {"after": 1, "err": "timeout"}, {}], [9, 10.1, 11.2]),
}


@pytest.mark.parametrize(("outcomes", "expected"), WAYS_BACK.values(), ids=WAYS_BACK)
def test_what_comes_of_the_first(policies: Policies, outcomes: list[dict[str, Any]], expected: list[float]) -> None:
    assert back(policies, *outcomes)[1:4] == pytest.approx(expected, abs=0.3)


def test_a_first_call_that_never_comes_back_is_not_waited_for_longer_than_it_may_take(policies: Policies) -> None:
    assert back(policies, {"after": 1000}, {})[1:4] == pytest.approx([9, 19, 19.5], abs=0.3)


def test_who_cannot_wait_for_the_first_is_told_when_to_come_back(policies: Policies) -> None:
    sent, endings = policies.run(BACK, [REFUSED, {"after": 8}, {}], 3, 12)
    assert sent == pytest.approx([0, 9], abs=0.02)
    assert [(one["id"], one["retryAfter"] <= 0.25) for one in endings[1:]] == [("rate_paused", True)] * 2
    assert all(11.7 < one["at"] < 12 for one in endings[1:])


def test_after_half_a_minute_nobody_keeps_apart(policies: Policies) -> None:
    source = """
local send = budgeted(RateLimiter.new(400), follow({ { err = "rate_limited", status = 429, asks = 9 }, {} }))
send(newCall("u"))
send(newCall("u"))
task.wait(...)
for _ = 1, 3 do send(newCall("u")) end
return sent
"""
    assert [round(moment, 1) for moment in policies.run(source, 29)[0][2:]] == [38, 38.5, 38.9]
    assert [round(moment, 1) for moment in policies.run(source, 30)[0][2:]] == [39, 39, 39]


PAUSE = """
local Pause = require(support.Pause)
local pause = Pause.new(function() return 0.4 end, 10)
local told = {}
pause.told = function(seconds) table.insert(told, seconds) end
"""


def test_a_pause_is_lengthened_by_chance_once_and_told_as_the_api_asked_for_it(policies: Policies) -> None:
    source = """
pause:begin(0, 20)
pause._random = function() return 0.9 end
pause:begin(1, 20)
pause:heard(2, 30)
local left = pause:left(3)
pause:begin(35)
pause:begin(36)
return told, left, pause:left(36), pause:left(50)
"""
    # What is refused in the added time belongs to the pause before.
    assert policies.run(PAUSE + source) == [[20, 20, 5], 33, 14, 0]


@pytest.mark.parametrize(("asked", "left"), [(None, 9), (20, 24), (1e300, 3604)])
def test_how_long_a_pause_is(policies: Policies, asked: float | None, left: float) -> None:
    assert policies.run(PAUSE + "pause:begin(0, ...) return pause:left(0)", asked) == [left]


def test_a_good_answer_makes_the_next_pause_a_short_one_again(policies: Policies) -> None:
    source = """
local lengths = {}
for _, isGood in { false, false, true, true } do
	pause:begin(now_)
	table.insert(lengths, pause:left(now_))
	pause:passed(now_, isGood)
	now_ += 100
	pause:passed(now_, isGood)
end
return lengths, told
"""
    assert policies.run(PAUSE + "local now_ = 0" + source) == [[9, 14, 24, 9], [5, 10, 20, 5]]
