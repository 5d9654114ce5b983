"""How many requests are under way at the same time, and who comes next."""

from __future__ import annotations

import pytest

from support.policies import Policies

# `go(name)` sends a request that ends with `done(name)`; `order` has who was sent, in order.
_SENDS = """
local slots = Slots.new()
local order, running = {}, {}
local function go(name, options, quick)
	return task.spawn(function()
		local call = newCall("u", options)
		local place = enter(slots, call)
		if not place then
			table.insert(order, name .. " late at " .. math.floor(now()))
			return
		end
		table.insert(order, name)
		running[name] = function() Slots.leave(engine, slots, place, quick == true) end
	end)
end
local function done(name) running[name]() end
local function said() return table.concat(order, " ") end
local function full() for index = 1, slots.cap do go("r" .. index) end order = {} end
"""


def test_who_comes_first_is_sent_first(policies: Policies) -> None:
    source = f"""{_SENDS}
full()
for index = 1, 4 do go("w" .. index) end
local first = said()
done("r1")
go("w5")
done("r2") done("r3") done("r4") done("r5")
return first, said()
"""
    assert policies.run(source) == ["", "w1 w2 w3 w4 w5"]


def test_who_finds_a_place_free_goes_behind_those_who_wait(policies: Policies) -> None:
    source = f"""{_SENDS}
full()
local first = go("w1")
engine.spawn = function() error("stack overflow") end
pcall(done, "r1")
local during = said()
engine.spawn = task.spawn
go("w2")
local early = said()
done("r2")
return during, early, said()
"""
    assert policies.run(source) == ["", "w1", "w1 w2"]


def test_no_turn_by_the_deadline_is_told_at_the_deadline(policies: Policies) -> None:
    source = f"""{_SENDS}
full()
go("w1", {{ deadline = 5 }})
go("w2", {{ deadline = 8 }})
task.wait(6)
local first = said()
done("r1")
task.wait(4)
return first, said(), #slots.line
"""
    assert policies.run(source) == ["w1 late at 5", "w1 late at 5 w2", 0]


LEAVES = {
    "cancelled": "task.cancel(lost)",
    "asleep for good": "local whole = engine.spawn "
    "engine.spawn = function(thread, ...) if thread ~= lost then return whole(thread, ...) end return thread end",
}


@pytest.mark.parametrize("leave", LEAVES.values(), ids=LEAVES.keys())
def test_whose_thread_is_gone_holds_nobody_up(policies: Policies, leave: str) -> None:
    source = f"""{_SENDS}
full()
local lost = go("w1")
go("w2")
{leave}
done("r1")
return said(), #slots.held
"""
    assert policies.run(source) == ["w2", 8]


@pytest.mark.parametrize(("timeout", "seconds"), [(10, 11), (2, 3)])
def test_a_place_that_nobody_gives_back_is_free_after_its_time(
    policies: Policies, timeout: float, seconds: float
) -> None:
    source = f"""{_SENDS}
local timeout = ...
for index = 1, slots.cap do go("r" .. index, {{ timeout = timeout }}) end
order = {{}}
local waited
task.spawn(function()
	enter(slots, newCall("u", {{ deadline = 100 }}))
	waited = now()
end)
task.wait(60)
return waited
"""
    # Looked for once a second.
    assert policies.run(source, timeout)[0] == pytest.approx(seconds, abs=1.1)


def test_many_who_are_answered_at_once_do_not_fill_the_stack(policies: Policies) -> None:
    source = f"""{_SENDS}
full()
local served = 0
for _ = 1, 500 do
	task.spawn(function()
		local place = enter(slots, newCall("u"))
		served += 1
		Slots.leave(engine, slots, place, true)
	end)
end
done("r1")
return served, #slots.held
"""
    assert policies.run(source) == [500, 7]


def test_a_waiting_call_says_until_when_it_sleeps(policies: Policies) -> None:
    source = f"""{_SENDS}
full()
local long, short = newCall("u"), newCall("u", {{ deadline = 0.5 }})
task.spawn(enter, slots, long)
task.spawn(enter, slots, short)
return long.busyUntil - engine.clock(), short.busyUntil - engine.clock()
"""
    assert policies.run(source) == [pytest.approx(1), pytest.approx(0.5)]


@pytest.mark.parametrize(("quick", "cap"), [(True, 16), (False, 8)])
def test_quick_replies_allow_more_while_others_wait(policies: Policies, quick: bool, cap: int) -> None:
    source = f"""{_SENDS}
local quick = ...
for index = 1, 60 do go("r" .. index, nil, quick) end
for index = 1, 30 do done("r" .. index) end
local busy = slots.cap
for index = 31, 60 do done("r" .. index) end
return busy, slots.cap, #slots.held
"""
    assert policies.run(source, quick) == [cap, cap, 0]


def test_quick_replies_that_nobody_waits_for_say_nothing(policies: Policies) -> None:
    source = f"{_SENDS} for index = 1, 8 do go('r' .. index, nil, true) end done('r1') return slots.cap"
    assert policies.run(source) == [8]


def test_time_outs_of_what_was_under_way_together_count_once(policies: Policies) -> None:
    source = """
local slots, caps = Slots.new(), {}
for _, step in { { 0, 10 }, { 1, 10 }, { 9, 11 }, { 10, 20 }, { 21, 31 }, { 32, 42 } } do
	Slots.slow(slots, { at = step[1], till = 0 }, step[2])
	table.insert(caps, slots.cap)
end
return caps
"""
    assert policies.run(source) == [[4, 4, 4, 3, 3, 3]]
