"""How long an attempt and a call may take."""

from __future__ import annotations

from typing import Any

import pytest

from support.policies import Policies

ATTEMPT = """
local options, outcomes = ...
local call = newCall("u", options)
local result = ending(timed(follow(outcomes))(call))
task.wait(100)
return result.at, result.kind, call.allowed, call.abandoned
"""
ATTEMPTS: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[float, str, float, int]]] = {
    "at once": ({}, {}, (0, "ok", 10, 0)),
    "in time": ({}, {"after": 9.9}, (9.9, "ok", 10, 0)),
    "too late": ({}, {"after": 10.1}, (10, "timeout", 10, 1)),
    "never": ({}, {"after": 1e9}, (10, "timeout", 10, 1)),
    "an error in time": ({}, {"after": 1, "err": "server_error"}, (1, "server_error", 10, 0)),
    "an error too late": ({}, {"after": 11, "err": "server_error"}, (10, "timeout", 10, 1)),
    "a limit of its own": ({"timeout": 2.5}, {"after": 3}, (2.5, "timeout", 2.5, 1)),
    "no longer than the deadline": ({"deadline": 4}, {"after": 5}, (4, "timeout", 4, 1)),
}


@pytest.mark.parametrize(("options", "outcome", "expected"), ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_attempt(
    policies: Policies, options: dict[str, Any], outcome: dict[str, Any], expected: tuple[float, str, float, int]
) -> None:
    at, kind, allowed, abandoned = policies.run(ATTEMPT, options, [outcome])
    assert (kind, allowed, abandoned) == expected[1:]
    assert at == pytest.approx(expected[0], abs=0.034)


def test_a_deadline_put_off_meanwhile_counts(policies: Policies) -> None:
    source = """
local call = newCall("u", { deadline = 2 })
task.delay(1, function() call.deadline += 3 end)
return ending(timed(follow({ { after = 4 } }))(call)).at
"""
    assert policies.run(source)[0] == pytest.approx(4, abs=0.034)


def test_a_fault_further_in_comes_out_where_it_is_waited_for(policies: Policies) -> None:
    source = """
local send = timed(function() task.wait(1) error("oh dear", 0) end)
local ok, said = pcall(send, newCall("u"))
return ok, said, now()
"""
    ok, said, at = policies.run(source)
    assert ok is False
    assert said == "oh dear"
    assert at == pytest.approx(1, abs=0.034)
    assert policies.output == []


def test_what_comes_too_late_is_heard_of_and_kept_for_the_call(policies: Policies) -> None:
    source = """
local heard = { at = -1 }
local late = { function(call, answer, err)
	heard = { key = call.key, name = answer and answer.result.name, id = err and err.id, at = now() }
	return answer, err
end }
local call = newCall("u", { timeout = 5 })
local first = ending(timed(follow(...), nil, late)(call))
local before = heard.at
task.wait(20)
return first.kind, before, heard, call.answer and call.answer.result.name
"""
    kind, before, heard, answer = policies.run(source, [{"after": 8, "result": {"name": "x"}}])
    assert (kind, before, heard["key"], heard["name"], answer) == ("timeout", -1, "u", "x", "x")
    assert heard["at"] == pytest.approx(8, abs=0.05)
    failed = policies.run(source, [{"after": 8, "err": "not_found", "status": 404}])
    assert failed[2]["id"] == "not_found"
    assert policies.run(source, [{"after": 3}])[2] == {"at": -1}


PLACES: dict[str, tuple[dict[str, Any], float, float, int]] = {
    # options, how long the reply takes, when the place is free again, how many may be under way then
    "too late": ({"timeout": 4}, 4.6, 4.6, 4),
    "far too late": ({"timeout": 4}, 15, 5, 4),
    "after the deadline, but in its time": ({"timeout": 10, "deadline": 3}, 4, 4, 8),
}


@pytest.mark.parametrize(("options", "after", "free", "cap"), PLACES.values(), ids=PLACES.keys())
def test_an_attempt_that_is_given_up_keeps_its_place_while_it_is_under_way(
    policies: Policies, options: dict[str, Any], after: float, free: float, cap: int
) -> None:
    source = """
local options, after = ...
local slots, call = Slots.new(), newCall("u", options)
local place = enter(slots, call)
call.place = place
task.spawn(timed(follow({ { after = after } }), slots), call)
local freed
for tick = 1, 200 do
	task.wait(0.1)
	local isHeld = table.find(slots.held, place) and place.till > engine.clock()
	freed = freed or (not isHeld and now() or nil)
end
return freed, slots.cap, call.place == nil
"""
    freed, found, gone = policies.run(source, options, after)
    assert (found, gone) == (cap, True)
    assert freed == pytest.approx(free, abs=0.2)


def test_who_is_cancelled_while_it_waits_leaves_its_place(policies: Policies) -> None:
    source = """
local slots, call = Slots.new(), newCall("u")
call.place = enter(slots, call)
local thread = task.spawn(timed(follow({ { after = 2 } }), slots), call)
task.cancel(thread)
local during = #slots.held
task.wait(2.1)
return during, #slots.held
"""
    assert policies.run(source) == [1, 0]


DEADLINES: dict[str, tuple[dict[str, Any], tuple[str, str | None]]] = {
    "a time-out before it": ({"after": 9, "err": "timeout"}, ("timeout", "timeout")),
    "a time-out at it": ({"after": 30, "err": "timeout"}, ("timeout", "deadline")),
    "another failure at it": ({"after": 30, "err": "connection"}, ("connection", "connection")),
    "a result at it": ({"after": 30}, ("ok", None)),
}


@pytest.mark.parametrize(("outcome", "expected"), DEADLINES.values(), ids=DEADLINES.keys())
def test_what_the_deadline_ended_says_so(
    policies: Policies, outcome: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    source = """
local result = ending(require(policies.deadline)(engine)(follow(...))(newCall("u")))
return { result.kind, result.id }
"""
    assert policies.run(source, [outcome])[0] == [part for part in expected if part]


def test_a_second_is_a_second(policies: Policies) -> None:
    source = "return ending(timed(follow(...))(newCall('u', { timeout = 1 })))"
    [about] = policies.run(source, [{"after": 0.5}])
    assert (about["kind"], about["at"]) == ("ok", pytest.approx(0.5, abs=0.05))
