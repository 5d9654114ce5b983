"""Equal calls at the same time."""

from __future__ import annotations

import pytest

from support.policies import Policies

HEAD = """
local outcomes = ...
local send = require(policies.coalesce)(engine, telemetry)(follow(outcomes))
local endings = {}
local function start(index, key, options)
	return task.spawn(function() endings[index] = ending(send(newCall(key, options))) end)
end
"""


def test_equal_calls_are_one_request(policies: Policies) -> None:
    source = (
        HEAD
        + """
for index = 1, 5 do start(index, "a") end
start(6, "b")
task.wait(2)
start(7, "a")
task.wait(2)
return sent, endings, Telemetry.stats(telemetry).coalesced
"""
    )
    sent, endings, coalesced = policies.run(source, [{"after": 1, "result": {"n": 1}}])
    assert sent == [0, 0, 2]
    assert [item["at"] for item in endings] == [pytest.approx(at, abs=0.05) for at in [1, 1, 1, 1, 1, 1, 3]]
    assert coalesced == 4


def test_they_share_a_failure_too(policies: Policies) -> None:
    source = (
        HEAD
        + """
for index = 1, 3 do start(index, "a") end
task.wait(2)
return #sent, endings, Telemetry.stats(telemetry).coalesced
"""
    )
    count, endings, coalesced = policies.run(source, [{"after": 1, "err": "server_error"}])
    assert (count, coalesced) == (1, 0)
    assert [item["kind"] for item in endings] == ["server_error"] * 3


def test_who_gave_up_waiting_is_not_disturbed_later(policies: Policies) -> None:
    source = (
        HEAD
        + """
local rested
start(1, "a")
task.spawn(function()
	endings[2] = ending(send(newCall("a", { deadline = 1 })))
	rested = task.wait(10)
end)
task.wait(20)
return endings[1].at, endings[2].kind, endings[2].at, rested
"""
    )
    at, kind, gave_up, rested = policies.run(source, [{"after": 3}])
    assert (kind, gave_up) == ("timeout", pytest.approx(1, abs=0.05))
    assert at == pytest.approx(3, abs=0.05)
    assert rested == pytest.approx(10, abs=0.05)


def test_what_may_have_effects_is_never_shared(policies: Policies) -> None:
    source = (
        HEAD
        + """
for _ = 1, 3 do task.spawn(function() local call = newCall("a") call.key = nil send(call) end) end
return #sent
"""
    )
    assert policies.run(source, [{"after": 1}]) == [3]


def test_a_shorter_deadline_does_not_hurt_the_others(policies: Policies) -> None:
    source = (
        HEAD
        + """
start(1, "a", { deadline = 2 })
task.wait(1)
start(2, "a", { deadline = 30 })
start(3, "a", { deadline = 3 })
task.wait(20)
return sent, endings
"""
    )
    sent, endings = policies.run(source, [{"after": 10}])
    assert sent == [0]
    assert [(item["kind"], round(item["at"], 1)) for item in endings] == [("timeout", 2), ("ok", 10), ("timeout", 4)]
    assert endings[0]["id"] == "deadline"


@pytest.mark.parametrize("cancelled", [[1], [2], [1, 2], [1, 2, 3]])
def test_a_cancelled_caller_blocks_nobody(policies: Policies, cancelled: list[int]) -> None:
    source = """
local outcomes, cancelled = ...
local send = require(policies.coalesce)(engine, telemetry)(follow(outcomes))
local endings, threads = { false, false, false }, {}
for index = 1, 3 do
	threads[index] = task.spawn(function() endings[index] = ending(send(newCall("a"))).kind end)
end
task.wait(1)
for _, index in cancelled do task.cancel(threads[index]) end
task.wait(5)
return endings, ending(send(newCall("a"))).kind, #sent
"""
    endings, later, count = policies.run(source, [{"after": 3}], cancelled)
    assert endings == [False if index in cancelled else "ok" for index in (1, 2, 3)]
    assert (later, count) == ("ok", 2)
    assert policies.output == []


def test_a_callers_own_resume_is_survived(policies: Policies) -> None:
    source = (
        HEAD
        + """
local thread = start(1, "a")
task.wait(1)
task.spawn(thread)
task.wait(5)
return endings
"""
    )
    endings = policies.run(source, [{"after": 3}])[0]
    assert [item["at"] for item in endings] == [pytest.approx(3, abs=0.05)]


def test_a_request_whose_thread_died_with_its_script_is_sent_again_by_those_who_wait(policies: Policies) -> None:
    source = """
local died
engine.spawn = function(run, flight)
	if died then return task.spawn(run, flight) end
	died = true
	flight.call.busyUntil = engine.clock() + 3
end
local send = require(policies.coalesce)(engine, telemetry)(follow({ { after = 1 } }))
local endings = {}
for index = 1, 3 do
	task.spawn(function() endings[index] = ending(send(newCall("a", { deadline = if index == 1 then 2 else 20 }))) end)
end
task.wait(10)
return endings, sent
"""
    endings, sent = policies.run(source)
    assert [(item["kind"], round(item["at"], 1)) for item in endings] == [("timeout", 2), ("ok", 5), ("ok", 5)]
    assert sent == [pytest.approx(4, abs=0.05)]


STRETCHES = {
    "three times as long": "seconds * 3",
    "ten times as long": "seconds * 10",
    "twenty seconds longer": "seconds + 20",
    "sometimes ten seconds longer": "seconds + (if math.floor(os.clock() * 7) % 2 == 0 then 10 else 0)",
    "half as long": "seconds / 2",
    "ten times as long, while others wait as asked": "seconds * 10",
}


@pytest.mark.parametrize("how", STRETCHES)
@pytest.mark.parametrize("after", [0, 1], ids=["answers at once", "answers after a second"])
@pytest.mark.parametrize("attempts", [{"maxRetries": 10}, {"maxRetries": 3}], ids=["10", "3"])
def test_waits_that_are_not_as_long_as_asked_cost_no_request(
    policies: Policies, attempts: dict[str, int], after: float, how: str
) -> None:
    source = f"""
local retries, after, isAlone = ...
local function stretched(seconds) return {STRETCHES[how]} end
engine.wait = function(seconds) return task.wait(stretched(seconds)) end
if not isAlone then
	engine.delay = function(seconds, ...) return task.delay(stretched(seconds), ...) end
end
local send = require(module.http.chain)({{
	require(policies.coalesce)(engine, telemetry),
	require(policies.retry)(engine, telemetry),
	require(policies.timeout)(engine, Slots.new(), {{}}),
}}, follow({{ {{ err = "server_error", status = 500, after = if after > 0 then after else nil }} }}))
local told = ending(send(newCall("a", {{ maxRetries = retries, deadline = 600 }})))
return #sent, told.attempts, told.kind
"""
    most = attempts["maxRetries"] + 1
    alone = "others" in how
    assert policies.run(source, attempts["maxRetries"], after, alone) == [most, most, "server_error"]


@pytest.mark.parametrize("stretch", ["seconds", "seconds * 3", "seconds * 10", "seconds + 20"])
def test_equal_calls_whose_waits_take_longer_than_asked_remain_one(policies: Policies, stretch: str) -> None:
    source = f"""
local function stretched(seconds) return {stretch} end
engine.wait = function(seconds) return task.wait(stretched(seconds)) end
engine.delay = function(seconds, ...) return task.delay(stretched(seconds), ...) end
local send = require(module.http.chain)({{
	require(policies.coalesce)(engine, telemetry),
	require(policies.retry)(engine, telemetry),
}}, follow({{ {{ err = "server_error", status = 500 }} }}))
local kinds, order = {{}}, {{}}
for index = 1, 4 do
	task.spawn(function()
		kinds[index] = ending(send(newCall("a", {{ maxRetries = 8, deadline = 600 }}))).kind
		table.insert(order, index)
	end)
end
task.wait(900)
return #sent, kinds, order
"""
    assert policies.run(source) == [9, ["server_error"] * 4, [1, 2, 3, 4]]


def test_a_request_that_was_taken_over_is_no_less_under_way(policies: Policies) -> None:
    source = """
local died
engine.spawn = function(...)
	if died then return task.spawn(...) end
	died = true
end
local send = require(policies.coalesce)(engine, telemetry)(function()
	table.insert(sent, now())
	task.wait(0.9)
	return answerOf({}), nil
end)
local kinds = {}
for index = 1, 4 do task.spawn(function() kinds[index] = ending(send(newCall("a", { deadline = 20 }))).kind end) end
task.wait(10)
return #sent, { select(2, unpack(kinds, 1, 4)) }
"""
    assert policies.run(source) == [1, ["ok"] * 3]


@pytest.mark.parametrize("key", ["a", None])
def test_a_place_where_nothing_can_wait_is_told_before_anything_is_sent(policies: Policies, key: str | None) -> None:
    source = """
local outcomes, key = ...
local send = require(policies.coalesce)(engine, telemetry)(follow(outcomes))
local told
table.sort({ 1, 2 }, function()
	local call = newCall("a")
	call.key = key
	told = ending(send(call))
	return false
end)
task.wait(2)
return told.id, told.attempts, #sent
"""
    assert policies.run(source, [{"after": 1}], key) == ["cannot_yield", 0, 0]


def test_a_fault_further_in_reaches_every_caller(policies: Policies) -> None:
    source = """
local send = require(policies.coalesce)(engine, telemetry)(function() task.wait(0.5) error("oh dear", 0) end)
local said = {}
for index = 1, 3 do task.spawn(function() said[index] = select(2, pcall(send, newCall("a"))) end) end
task.wait(2)
return said
"""
    assert policies.run(source) == [["oh dear"] * 3]
    assert policies.output == []


def test_who_may_wait_longer_gives_the_request_more_time(policies: Policies) -> None:
    source = """
local deadlines = {}
local send = require(policies.coalesce)(engine, telemetry)(function(call)
	task.wait(1)
	table.insert(deadlines, call.deadline - start)
	return {}, nil
end)
for _, seconds in { 5, 30, 9 } do task.spawn(send, newCall("a", { deadline = seconds })) end
task.wait(2)
return deadlines
"""
    assert policies.run(source) == [[pytest.approx(30, abs=0.05)]]


def test_no_alarm_is_left(policies: Policies) -> None:
    source = (
        """
local alarms = 0
engine.delay = function(seconds, callback, ...)
	alarms += 1
	return task.delay(seconds, function(...)
		alarms -= 1
		callback(...)
	end, ...)
end
engine.cancel = function(thread)
	alarms -= 1
	task.cancel(thread)
end
"""
        + HEAD
        + """
start(1, "a")
start(2, "a", { deadline = 0.5 })
local meanwhile = alarms
task.wait(1.1)
return meanwhile, alarms, endings[1].kind, endings[2].kind
"""
    )
    assert policies.run(source, [{"after": 1}]) == [2, 0, "ok", "timeout"]


def test_who_gives_up_is_told_after_how_long(policies: Policies) -> None:
    source = (
        HEAD
        + """
start(1, "a")
local _, err = send(newCall("a", { deadline = 2 }))
return err.id, err.message
"""
    )
    name, message = policies.run(source, [{"after": 10}])
    assert name == "deadline"
    assert "2 seconds" in message


def test_a_request_that_was_given_up_leaves_the_place_to_its_successor(policies: Policies) -> None:
    source = """
local count = 0
local send = require(policies.coalesce)(engine, telemetry)(function(call)
	count += 1
	local seconds = if count == 1 then 3 else 10
	if count > 1 then call.busyUntil = engine.clock() + seconds end
	task.wait(seconds)
	return {}, nil
end)
task.spawn(send, newCall("a"))
task.spawn(send, newCall("a"))
task.wait(2)
local before = count
task.wait(2)
send(newCall("a"))
return before, count
"""
    assert policies.run(source) == [2, 2]
