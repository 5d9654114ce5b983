"""The budget that all share, and the pause that one key gets."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.policies import Policies

QUEUE = """
local limit, calls, options, gap = ...
local window = RateLimiter.new(limit)
local send = budgeted(window, follow({ {} }))
local endings, done = {}, 0
for index = 1, calls do
	task.spawn(function()
		endings[index] = ending(send(newCall("u", options)))
		done += 1
	end)
	if gap > 0 then task.wait(gap) end
end
while done < calls do task.wait(1) end
return sent, endings
"""


def windows_hold(sent: list[float], limit: int) -> bool:
    return all(later - earlier > 60 for earlier, later in zip(sent, sent[limit:], strict=False))


@pytest.mark.parametrize(("limit", "calls"), [(1, 3), (10, 10), (10, 11), (10, 35)])
def test_calls_queue_in_order(policies: Policies, limit: int, calls: int) -> None:
    sent, endings = policies.run(QUEUE, limit, calls, {"deadline": 600}, 0)
    assert len(sent) == calls
    assert windows_hold(sent, limit)
    assert {item["kind"] for item in endings} == {"ok"}
    assert [item["at"] for item in endings] == sorted(item["at"] for item in endings)
    assert sent[-1] == pytest.approx((calls - 1) // limit * 60.5, abs=0.2)


def test_what_cannot_have_its_turn_in_time_is_told_at_once(policies: Policies) -> None:
    sent, endings = policies.run(QUEUE, 2, 4, {}, 0.5)
    assert len(sent) == 2
    refused = endings[2:]
    assert {item["kind"] for item in refused} == {"budget_exceeded"}
    assert [item["at"] for item in refused] == [1, 1.5]
    assert refused[0]["retryAfter"] == pytest.approx(59.5, abs=0.1)
    assert refused[1]["retryAfter"] == pytest.approx(59, abs=0.1)


@settings(max_examples=25, deadline=None)
@given(
    limit=st.integers(1, 5),
    gaps=st.lists(st.floats(0, 40), min_size=1, max_size=25),
    cancelled=st.sets(st.integers(0, 24)),
    pauses=st.dictionaries(st.integers(0, 24), st.floats(0, 90), max_size=3),
)
@example(limit=3, gaps=[0, 0, 0, 0, 0, 31, 0, 0], cancelled={4}, pauses={5: 30})
def test_no_minute_holds_more_than_the_budget(
    policies: Policies, limit: int, gaps: list[float], cancelled: set[int], pauses: dict[int, float]
) -> None:
    source = """
local limit, gaps, cancelled, pauses = ...
local Cooldown = require(support.Cooldown)
local window = RateLimiter.new(limit)
local send = budgeted(window, follow({ {} }))
local order = {}
for index, gap in gaps do
	local thread = task.spawn(function()
		if not select(2, send(newCall("u", { deadline = 200 }))) then table.insert(order, { index, now() }) end
	end)
	task.wait(gap)
	if cancelled[tostring(index)] and coroutine.status(thread) == "suspended" then task.cancel(thread) end
	if pauses[tostring(index)] then Cooldown.begin(window.cooldown, engine.clock(), pauses[tostring(index)]) end
end
task.wait(400)
return sent, order
"""
    marks = {str(index + 1): True for index in cancelled}
    waits = {str(index + 1): pause for index, pause in pauses.items()}
    sent, order = policies.run(source, limit, gaps, marks, waits)
    assert windows_hold(sent, limit)
    # A frame is as finely as waiting threads are woken.
    assert all(later[1] > earlier[1] - 0.02 for earlier, later in itertools.combinations(sorted(order), 2))


REFUSALS: dict[str, tuple[list[dict[str, Any]], list[float]]] = {
    # the outcomes of four calls, one after the other, and when the requests go
    "the API says for how long": ([{"err": "rate_limited", "status": 429, "asks": 7}, {}], [0, 7, 7.5, 8]),
    "the API does not say": ([{"err": "rate_limited", "status": 429}, {}], [0, 5, 5.5, 6]),
    "longer each time": ([{"err": "rate_limited", "status": 429}] * 3 + [{}], [0, 5, 15, 35]),
    "short again after a success": (
        [{"err": "rate_limited", "status": 429}, {}, {"err": "rate_limited", "status": 429}, {}],
        [0, 5, 5.5, 10.5],
    ),
    "the engine says it": ([{"err": "engine_limit"}, {}], [0, 5, 5, 5]),
    "short again after a success with the engine": (
        [{"err": "engine_limit"}, {}, {"err": "engine_limit"}, {}],
        [0, 5, 5, 10],
    ),
    "nobody says it": ([{"err": "server_error", "status": 500}], [0, 0, 0, 0]),
}


@pytest.mark.parametrize(("outcomes", "expected"), REFUSALS.values(), ids=REFUSALS.keys())
def test_pause(policies: Policies, outcomes: list[dict[str, Any]], expected: list[float]) -> None:
    source = """
local send = budgeted(RateLimiter.new(400), follow(...))
for _ = 1, 4 do send(newCall("u", { deadline = 60 })) end
return sent
"""
    assert policies.run(source, outcomes)[0] == [pytest.approx(moment, abs=0.1) for moment in expected]


def test_refusals_that_were_under_way_together_count_once(policies: Policies) -> None:
    source = """
local send = budgeted(RateLimiter.new(400), follow(...))
for _ = 1, 8 do task.spawn(send, newCall("u")) end
task.wait(2)
send(newCall("u", { deadline = 60 }))
return sent[9]
"""
    assert policies.run(source, [{"after": 1, "err": "rate_limited", "status": 429}])[0] == pytest.approx(6, abs=0.1)


TWO_KEYS = """
local kind, status, asks = ...
local window = RateLimiter.new(400)
local mine = budgeted(window, follow({ { err = kind, status = status, asks = asks }, {} }))
local theirs = budgeted(window, follow({ {}, {} }))
mine(newCall("u"))
return ending(mine(newCall("u", { deadline = 2 }))), ending(theirs(newCall("u", { deadline = 10 })))
"""


def test_the_apis_limit_holds_back_one_key_only(policies: Policies) -> None:
    mine, theirs = policies.run(TWO_KEYS, "rate_limited", 429, 9)
    assert (mine["kind"], mine["id"], mine["retryAfter"], mine["at"]) == ("rate_limited", "rate_paused", 9, 0)
    assert (theirs["kind"], theirs["at"]) == ("ok", 0)


def test_the_engines_limit_holds_back_all(policies: Policies) -> None:
    mine, theirs = policies.run(TWO_KEYS, "engine_limit", None, None)
    assert (mine["kind"], mine["retryAfter"]) == ("budget_exceeded", 5)
    assert (theirs["kind"], theirs["at"]) == ("ok", pytest.approx(5, abs=0.1))


@pytest.mark.parametrize(("deadline", "id"), [(9, "rate_paused"), (9.1, None)])
def test_a_pause_that_ends_with_the_deadline_is_too_long(policies: Policies, deadline: float, id: str | None) -> None:
    source = """
local outcomes = { { err = "rate_limited", status = 429, asks = 9 }, {} }
local send = budgeted(RateLimiter.new(400), follow(outcomes))
send(newCall("u"))
local _, err = send(newCall("u", { deadline = ... }))
return err and err.id
"""
    assert policies.run(source, deadline) == ([id] if id else [None])


def test_a_place_in_line_that_moves_beyond_the_deadline_is_given_up(policies: Policies) -> None:
    source = """
local window = RateLimiter.new(1)
local send = budgeted(window, follow({ {} }))
send(newCall("u"))
local told
task.spawn(function() told = ending(send(newCall("u", { deadline = 70 }))) end)
task.wait(10)
require(support.Cooldown).begin(window.cooldown, engine.clock(), 65)
task.wait(100)
return told
"""
    (told,) = policies.run(source)
    assert told["kind"] == "budget_exceeded"
    assert told["at"] == pytest.approx(60.5, abs=0.1)
    assert told["retryAfter"] == pytest.approx(14.5, abs=0.1)


def test_a_call_without_time_left_is_refused(policies: Policies) -> None:
    source = """
local send = budgeted(RateLimiter.new(5), follow({ {} }))
local call = newCall("u")
call.deadline = engine.clock()
return ending(send(call)), sent
"""
    told, sent = policies.run(source)
    assert (told["kind"], "retryAfter" in told, sent) == ("timeout", False, [])


@pytest.mark.parametrize(
    ("first", "limit", "seconds"), [({}, 1, 61), ({"err": "rate_limited", "status": 429, "asks": 9}, 5, 9.5)]
)
def test_who_wakes_up_too_late_is_out_of_time_and_sends_nothing(
    policies: Policies, first: dict[str, Any], limit: int, seconds: float
) -> None:
    source = """
local first, limit, seconds = ...
engine.wait = function(asked) task.wait(asked + 1) end
local send = budgeted(RateLimiter.new(limit), follow({ first, {} }))
send(newCall("u"))
return ending(send(newCall("u", { deadline = seconds }))), sent
"""
    told, sent = policies.run(source, first, limit, seconds)
    assert (told["kind"], "retryAfter" in told, sent) == ("timeout", False, [0])


def test_who_wakes_up_too_late_from_a_pause_takes_nothing_of_the_budget(policies: Policies) -> None:
    source = """
engine.wait = function(asked) task.wait(asked + 1) end
local window = RateLimiter.new(5)
local send = budgeted(window, follow({ { err = "rate_limited", status = 429, asks = 9 }, {} }))
send(newCall("u"))
send(newCall("u", { deadline = 9.5 }))
return window.taken
"""
    assert policies.run(source) == [1]


@pytest.mark.parametrize(
    ("first", "limit", "seconds"), [({}, 1, 60.5), ({"err": "rate_limited", "status": 429, "asks": 9}, 5, 9)]
)
def test_who_waits_says_until_when(policies: Policies, first: dict[str, Any], limit: int, seconds: float) -> None:
    source = """
local first, limit = ...
local send = budgeted(RateLimiter.new(limit), follow({ first, {} }))
send(newCall("u"))
local call = newCall("u", { deadline = 100 })
task.spawn(send, call)
return call.busyUntil - engine.clock()
"""
    assert policies.run(source, first, limit)[0] == pytest.approx(seconds, abs=0.02)


def test_a_client_that_is_held_back_takes_nothing_of_the_budget(policies: Policies) -> None:
    source = """
local window = RateLimiter.new(3)
local mine = budgeted(window, follow({ { err = "rate_limited", status = 429, asks = 9 }, {} }))
local theirs = budgeted(window, follow({ {} }))
mine(newCall("u"))
for _ = 1, 10 do task.spawn(mine, newCall("u")) end
return ending(theirs(newCall("u"))).at
"""
    assert policies.run(source) == [0]


PAUSES = [
    # asked for, by what time has it ended
    (None, 5),
    (0, 0),
    (2.5, 2.5),
    (100, 100),
    (1e300, 3600),
]


@pytest.mark.parametrize(("asked", "seconds"), PAUSES)
def test_length_of_a_pause(policies: Policies, asked: float | None, seconds: float) -> None:
    source = "local Cooldown = require(support.Cooldown) return Cooldown.begin(Cooldown.new(), 1000, ...)"
    assert policies.run(source, asked) == [seconds]


def test_pauses_that_nobody_asked_for_double_up_to_a_minute(policies: Policies) -> None:
    source = """
local Cooldown = require(support.Cooldown)
local pause, at, steps = Cooldown.new(), 0, {}
for _ = 1, 7 do
	table.insert(steps, Cooldown.begin(pause, at))
	at = pause.endsAt
end
return steps
"""
    assert policies.run(source) == [[5, 10, 20, 40, 60, 60, 60]]


def test_what_is_refused_within_a_pause_neither_prolongs_nor_doubles_it(policies: Policies) -> None:
    source = """
local Cooldown = require(support.Cooldown)
local pause = Cooldown.new()
return Cooldown.begin(pause, 0), Cooldown.begin(pause, 4), Cooldown.begin(pause, 5), pause.step
"""
    assert policies.run(source) == [5, 1, 10, 10]


def test_only_a_success_after_the_pause_makes_the_next_one_short(policies: Policies) -> None:
    source = """
local Cooldown = require(support.Cooldown)
local pause, steps = Cooldown.new(), {}
Cooldown.begin(pause, 0)
for _, now in { 4, 5, 6 } do
	pause.step = 5
	Cooldown.succeed(pause, now)
	table.insert(steps, pause.step)
end
return steps
"""
    assert policies.run(source) == [[5, 0, 0]]


def test_who_wakes_late_puts_off_the_next(policies: Policies) -> None:
    source = """
local late = true
engine.wait = function(seconds)
	task.wait(if late then seconds + 10 else seconds)
	late = false
end
local window = RateLimiter.new(1)
local send = budgeted(window, follow({ {} }))
for _ = 1, 3 do send(newCall("u", { deadline = 600 })) end
return sent
"""
    assert policies.run(source) == [[0, pytest.approx(70.5, abs=0.1), pytest.approx(131, abs=0.1)]]


def test_the_next_minute_begins_when_a_request_is_sent_in_fact(policies: Policies) -> None:
    source = """
local window = RateLimiter.new(1)
local slot = RateLimiter.reserve(window, 0, 600)
RateLimiter.use(slot, 30)
local following, left = RateLimiter.reserve(window, 31, 600)
local later = RateLimiter.left(window, following, 40)
local chained = following.after == slot and following.before == slot
RateLimiter.use(following, 90.5)
return left, later, chained, following.after, following.before
"""
    # What went is not kept for the sake of what came after it.
    assert policies.run(source)[:3] == [59.5, 50.5, True]
    assert not any(policies.run(source)[3:])


def test_who_is_nearly_in_time_waits_for_the_rest(policies: Policies) -> None:
    sent, _ = policies.run(QUEUE, 1, 2, {"deadline": 600}, 60)
    assert sent == [0, pytest.approx(60.5, abs=0.05)]


def test_who_waits_for_a_place_heeds_what_is_told_meanwhile(policies: Policies) -> None:
    source = """
local slots = Slots.new()
local outcomes = table.create(8, { after = 2, err = "rate_limited", status = 429, asks = 20 })
table.insert(outcomes, {})
local send = budgeted(RateLimiter.new(100), follow(outcomes), slots)
for _ = 1, 20 do task.spawn(send, newCall("u", { deadline = 100 })) end
task.wait(90)
return sent
"""
    sent = policies.run(source)[0]
    # All but those that were under way heed it.
    assert sent[:8] == [0] * 8
    assert len(sent) == 20
    assert min(sent[8:]) == pytest.approx(22, abs=0.1)


def test_who_has_no_place_by_the_deadline_sends_nothing(policies: Policies) -> None:
    source = """
local send = budgeted(RateLimiter.new(100), follow({ { after = 40 } }))
for _ = 1, 8 do task.spawn(send, newCall("u", { deadline = 100, timeout = 60 })) end
return ending(send(newCall("u"))), #sent
"""
    told, count = policies.run(source)
    assert (told["kind"], told["attempts"], count) == ("timeout", 0, 8)
    assert told["at"] == pytest.approx(30, abs=0.1)


def test_an_answer_that_comes_while_the_next_attempt_waits_is_taken(policies: Policies) -> None:
    source = """
local slots = Slots.new()
local send = budgeted(RateLimiter.new(100), follow({ { after = 5 } }), slots)
for _ = 1, 8 do task.spawn(send, newCall("u")) end
local call = newCall("u")
task.delay(1, function() call.answer = answerOf({ name = "late" }) end)
local got = ending(send(call))
task.wait(5)
return got.result.name, #sent, #slots.held
"""
    assert policies.run(source) == ["late", 8, 0]


def test_a_limit_that_is_told_too_late_is_heeded(policies: Policies) -> None:
    source = """
local late = {}
local send = budgeted(RateLimiter.new(100), follow({ {} }), nil, late)
late[1](newCall("u"), nil, Errors.new("rate_limited", { status = 429, retryAfter = 9 }))
send(newCall("u"))
return sent
"""
    assert policies.run(source) == [[pytest.approx(9, abs=0.1)]]


def test_all_lines_are_waited_in(policies: Policies) -> None:
    source = """
local own, all = RateLimiter.new(2), RateLimiter.new(3)
local lines = { RateLimiter.line(own), RateLimiter.line(all) }
local Pause = require(support.Pause)
local one = require(policies.budget)(engine, lines, Slots.new(), {}, Pause.new(engine.random, 0))(follow({ {} }))
lines = { RateLimiter.line(RateLimiter.new(2)), lines[2] }
local two = require(policies.budget)(engine, lines, Slots.new(), {}, Pause.new(engine.random, 0))(follow({ {} }))
for _ = 1, 2 do
	one(newCall("u"))
	two(newCall("u", { deadline = 100 }))
end
return sent
"""
    assert policies.run(source) == [[0, 0, 0, pytest.approx(60.5, abs=0.1)]]


@pytest.mark.parametrize(("seconds", "err", "cap"), [(5, None, 9), (5.2, None, 8), (1, "connection", 8)])
def test_a_quick_reply_allows_one_more(policies: Policies, seconds: float, err: str | None, cap: int) -> None:
    source = """
local seconds, id = ...
local slots = Slots.new()
local inner = follow({ { after = seconds, err = id }, { after = 9 } })
local send = budgeted(RateLimiter.new(100), timed(inner, slots), slots)
for _ = 1, 9 do task.spawn(send, newCall("u")) end
task.wait(seconds + 0.1)
return slots.cap
"""
    assert policies.run(source, seconds, err) == [cap]


def test_what_the_engine_refuses_at_once_is_heeded_by_those_who_wait(policies: Policies) -> None:
    source = """
local slots = Slots.new()
local outcomes = table.create(8, { after = 1 })
table.insert(outcomes, { err = "engine_limit" })
local send = budgeted(RateLimiter.new(100), timed(follow(outcomes), slots), slots)
for _ = 1, 20 do task.spawn(send, newCall("u")) end
task.wait(3)
return #sent
"""
    assert policies.run(source) == [9]
