"""How long an attempt and a call may take."""

from __future__ import annotations

from typing import Any

import pytest

from support.policies import Policies

ATTEMPT = """
local options, outcomes = ...
local call = newCall("u", options)
local result = ending(require(http.timeout)(engine)(follow(outcomes))(call))
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
return ending(require(http.timeout)(engine)(follow({ { after = 4 } }))(call)).at
"""
    assert policies.run(source)[0] == pytest.approx(4, abs=0.034)


def test_a_fault_further_in_comes_out_where_it_is_waited_for(policies: Policies) -> None:
    source = """
local send = require(http.timeout)(engine)(function() task.wait(1) error("oh dear", 0) end)
local ok, said = pcall(send, newCall("u"))
return ok, said, now()
"""
    ok, said, at = policies.run(source)
    assert ok is False
    assert said == "oh dear"
    assert at == pytest.approx(1, abs=0.034)
    assert policies.server.output == []


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
local result = ending(require(http.deadline)(engine)(follow(...))(newCall("u")))
return { result.kind, result.id }
"""
    assert policies.run(source, [outcome])[0] == [part for part in expected if part]


def test_a_second_is_a_second(policies: Policies) -> None:
    source = "return ending(require(http.timeout)(engine)(follow(...))(newCall('u', { timeout = 1 })))"
    [about] = policies.run(source, [{"after": 0.5}])
    assert (about["kind"], about["at"]) == ("ok", pytest.approx(0.5, abs=0.05))
