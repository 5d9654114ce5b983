"""When the API is left alone."""

from __future__ import annotations

import pytest

from support.policies import Policies

VERDICTS = [
    (None, None, "alive"),
    ("server_error", 500, "down"),
    ("timeout", None, "down"),
    ("request_timeout", 408, "down"),
    ("connection", None, "down"),
    ("bad_url", None, "unknown"),
    ("bad_request", 400, "alive"),
    ("unauthorized", 401, "alive"),
    ("not_found", 404, "alive"),
    ("rate_limited", 429, "alive"),
    ("not_json", 200, "alive"),
    ("rate_paused", None, "unknown"),
    ("budget_exceeded", None, "unknown"),
    ("engine_limit", None, "unknown"),
    ("http_disabled", None, "unknown"),
    ("internal", None, "unknown"),
]


@pytest.mark.parametrize(("error", "status", "verdict"), VERDICTS)
def test_judge(policies: Policies, error: str | None, status: int | None, verdict: str) -> None:
    source = """
local id, status = ...
local err = id and Errors.new(id, { status = status })
return require(support.verdictOf)(err)
"""
    assert policies.run(source, error, status) == [verdict]


# A letter is a call and what becomes of it: o ok, x failure, n neutral, t out of time before it was sent; `-` is a
# second that passes, `!` a call that the breaker refuses (it opens after 3 failures in a row, for 5 seconds).
STORIES = {
    "never opens": "xxoxxoxxo",
    "opens after three in a row": "xxx!!!",
    "what says nothing does not count": "xnxnx!",
    "what was not sent does not count": "xtxtx!",
    "a probe that was not sent lets the next one through": "xxx-----tto",
    "asks again after its time": "xxx-----o",
    "not before": "xxx----!",
    "closes after a success": "xxx-----oxxoxxx!",
    "opens again after a failed probe": "xxx-----x!----!-o",
    "an undecided probe lets the next one through": "xxx-----nno",
    "a failure before counts no more": "xx-----ox-xo",
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_story(policies: Policies, story: str) -> None:
    source = """
local story = ...
local ids = { x = "connection", n = "engine_limit", t = "timeout" }
local what, reached = "", false
local send = require(policies.breaker)(engine, 3, 5, {})(function(call)
	reached = true
	if what ~= "t" then call.attempts += 1 end
	local id = ids[what]
	if id then return nil, Errors.new(id, { operation = "op" }) end
	return {}, nil
end)
local seen = ""
for letter in string.gmatch(story, ".") do
	if letter == "-" then
		task.wait(1)
		seen ..= "-"
	else
		what, reached = letter, false
		local _, err = send(newCall("u"))
		assert(reached or (err and err.kind == "circuit_open"))
		seen ..= if reached then letter else "!"
	end
end
return seen
"""
    assert policies.run(source, story) == [story]


PREPARE = """
local send = require(policies.breaker)(engine, 1, 5, {})(follow(...))
send(newCall("u"))
"""


def test_says_when_it_tries_again(policies: Policies) -> None:
    source = PREPARE + "task.wait(2) return ending(send(newCall('u'))).retryAfter"
    assert policies.run(source, [{"err": "connection"}])[0] == pytest.approx(3, abs=0.02)


def test_lets_one_probe_through_at_a_time(policies: Policies) -> None:
    source = (
        PREPARE
        + """
task.wait(5)
local kinds = {}
for index = 1, 5 do task.spawn(function() kinds[index] = ending(send(newCall("u"))).kind end) end
task.wait(5)
return kinds, ending(send(newCall("u"))).kind
"""
    )
    kinds, after = policies.run(source, [{"err": "connection"}, {"after": 2}])
    assert kinds == ["ok", *["circuit_open"] * 4]
    assert after == "ok"


def test_a_probe_whose_script_died_does_not_block_for_ever(policies: Policies) -> None:
    source = (
        PREPARE
        + """
task.wait(5)
local probe = task.spawn(send, newCall("u"))
task.cancel(probe)
local early = ending(send(newCall("u"))).kind
task.wait(30)
return early, ending(send(newCall("u"))).kind
"""
    )
    assert policies.run(source, [{"err": "connection"}, {"after": 1000}, {}]) == ["circuit_open", "ok"]


def test_says_when_the_probe_must_have_ended(policies: Policies) -> None:
    source = (
        PREPARE
        + """
task.wait(5)
task.spawn(send, newCall("u", { deadline = 20 }))
return ending(send(newCall("u"))).retryAfter
"""
    )
    assert policies.run(source, [{"err": "connection"}, {"after": 10}])[0] == pytest.approx(20, abs=0.02)


def test_a_probe_that_was_given_up_says_nothing_after_another_closed_it(policies: Policies) -> None:
    source = (
        PREPARE
        + """
task.wait(5)
task.spawn(send, newCall("u", { deadline = 10 }))
task.wait(11)
local second = ending(send(newCall("u"))).kind
task.wait(10)
return second, ending(send(newCall("u"))).kind
"""
    )
    late = {"after": 20, "err": "connection"}
    assert policies.run(source, [{"err": "connection"}, late, {}]) == ["ok", "ok"]


def test_what_was_sent_before_it_opened_does_not_close_it(policies: Policies) -> None:
    source = """
local send = require(policies.breaker)(engine, 2, 50, {})(follow(...))
task.spawn(send, newCall("u"))
send(newCall("u"))
send(newCall("u"))
task.wait(2)
return ending(send(newCall("u"))).kind
"""
    outcomes = [{"after": 1}, {"err": "connection"}, {"err": "connection"}]
    assert policies.run(source, outcomes) == ["circuit_open"]


def test_a_probe_that_was_given_up_leaves_the_place_to_its_successor(policies: Policies) -> None:
    source = (
        PREPARE
        + """
task.wait(5)
task.spawn(send, newCall("u", { deadline = 10 }))
task.wait(11)
task.spawn(send, newCall("u"))
task.wait(10)
return ending(send(newCall("u"))).kind, #sent
"""
    )
    # The first one says nothing of the API when it comes back at last; the second is still under way then.
    outcomes = [{"err": "connection"}, {"after": 20, "err": "engine_limit"}, {"after": 20}]
    assert policies.run(source, outcomes) == ["circuit_open", 3]


def test_what_was_sent_before_it_opened_says_nothing_after_it_closed(policies: Policies) -> None:
    source = """
local send = require(policies.breaker)(engine, 1, 5, {})(follow(...))
task.spawn(send, newCall("u"))
send(newCall("u"))
task.wait(5)
local probe = ending(send(newCall("u"))).kind
task.wait(6)
return probe, ending(send(newCall("u"))).kind
"""
    outcomes = [{"after": 10, "err": "connection"}, {"err": "connection"}, {}]
    assert policies.run(source, outcomes) == ["ok", "ok"]


def test_a_success_meanwhile_does_not_hide_a_failure(policies: Policies) -> None:
    source = """
local send = require(policies.breaker)(engine, 2, 5, {})(follow(...))
task.spawn(send, newCall("u"))
send(newCall("u"))
task.wait(2)
send(newCall("u"))
return ending(send(newCall("u"))).kind
"""
    outcomes = [{"after": 1, "err": "connection"}, {}, {"err": "connection"}, {}]
    assert policies.run(source, outcomes) == ["circuit_open"]


# When the attempts are sent; each takes ten seconds, which is too long, and whether the breaker is open then.
TIME_OUTS: dict[str, tuple[list[float], str]] = {
    "together": ([0, 0, 0, 0, 0], "ok"),
    "overlapping": ([0, 1, 2, 3, 9], "ok"),
    "one after the other": ([0, 10.5, 21], "circuit_open"),
    "in three groups": ([0, 0, 11, 11, 22, 22], "circuit_open"),
}


@pytest.mark.parametrize(("sent", "expected"), TIME_OUTS.values(), ids=TIME_OUTS.keys())
def test_time_outs_of_what_was_under_way_together_count_once(
    policies: Policies, sent: list[float], expected: str
) -> None:
    source = """
local moments = ...
local function innermost(call)
	call.attempts += 1
	if call.key == "good" then return {}, nil end
	call.sentAt = engine.clock()
	task.wait(10)
	return nil, Errors.new("timeout", { operation = "op" })
end
local send = require(policies.breaker)(engine, 3, 50, {})(innermost)
for _, moment in moments do task.delay(moment, send, newCall("u")) end
task.wait(moments[#moments] + 11)
return ending(send(newCall("good"))).kind
"""
    assert policies.run(source, sent) == [expected]


@pytest.mark.parametrize(
    ("err", "status", "expected"),
    [(None, None, "ok"), ("not_found", 404, "ok"), ("server_error", 500, "circuit_open")],
)
def test_what_lives_late_lives(policies: Policies, err: str | None, status: int | None, expected: str) -> None:
    source = """
local id, status = ...
local late = {}
local send = require(policies.breaker)(engine, 2, 50, late)(follow({ { err = "connection" } }))
send(newCall("u"))
late[1](newCall("u"), {}, id and Errors.new(id, { status = status }))
send(newCall("u"))
return ending(send(newCall("u"))).kind
"""
    kinds = policies.run(source, err, status)
    assert kinds == ["connection" if expected == "ok" else expected]


def test_what_lives_late_does_not_close_it(policies: Policies) -> None:
    source = """
local late = {}
local send = require(policies.breaker)(engine, 1, 50, late)(follow({ { err = "connection" } }))
send(newCall("u"))
late[1](newCall("u"), {}, nil)
return ending(send(newCall("u"))).kind
"""
    assert policies.run(source) == ["circuit_open"]
