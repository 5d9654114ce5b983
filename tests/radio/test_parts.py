"""Signals, alarms and pauses."""

from __future__ import annotations

import pytest

from roblox_double import Peer
from support.radio import CLOCK, run

SIGNAL = """
local Signal = load("Signal")
local signal = Signal.new({ spawn = task.spawn, delay = task.delay, wait = task.wait, clock = os.clock })
local heard = {}
local function note(name)
	return function(...)
		table.insert(heard, name .. table.concat({ ... }, ","))
	end
end
"""


def test_listeners_are_called_in_order_with_all_arguments(server: Peer) -> None:
    heard = run(
        server,
        SIGNAL
        + """
        local first = signal:Connect(note("a"))
        signal:Connect(note("b"))
        signal:Once(note("c"))
        signal:fire(1, 2)
        assert(first.Connected)
        first:Disconnect()
        first:Disconnect()
        assert(not first.Connected)
        signal:fire(3)
        return heard
        """,
    )
    assert heard == [["a1,2", "b1,2", "c1,2", "b3"]]


def test_no_listener_harms_another(server: Peer) -> None:
    heard = run(
        server,
        SIGNAL
        + """
        signal:Connect(function() error("on purpose") end)
        signal:Connect(function() task.wait(5) note("late")() end)
        local connection
        connection = signal:Connect(function() connection:Disconnect() note("once")() end)
        signal:Connect(function() signal:Connect(note("new")) end)
        signal:Connect(note("last"))
        signal:fire()
        local before = table.concat(heard, " ")
        task.wait(6)
        return before, table.concat(heard, " ")
        """,
    )
    assert heard == ["once last", "once last late"]


def test_who_leaves_while_it_is_told_keeps_nobody_else_from_hearing(server: Peer) -> None:
    source = """
    signal:Once(note("a"))
    signal:Connect(note("b"))
    local connection
    connection = signal:Connect(function() connection:Disconnect() note("c")() end)
    signal:Connect(note("d"))
    signal:fire()
    signal:fire()
    return table.concat(heard, " ")
    """
    assert run(server, SIGNAL + source) == ["a b c d b d"]


def test_who_comes_while_others_are_told_hears_the_next(server: Peer) -> None:
    source = """
    local come
    signal:Connect(function()
        if not come then
            come = signal:Connect(note("new"))
        end
    end)
    signal:Connect(note("old"))
    signal:fire()
    local before = table.concat(heard, " ")
    signal:fire()
    return before, table.concat(heard, " ")
    """
    assert run(server, SIGNAL + source) == ["old", "old old new"]


def test_who_listens_is_not_called_at_the_end(server: Peer) -> None:
    source = """
    local before = signal:isHeard()
    local left = signal:Connect(note('left'))
    local one, other = signal:isHeard(), left.Other
    left:Disconnect()
    local none = signal:isHeard()
    local last = signal:Connect(note('each'))
    signal:Once(note('once'))
    signal:close()
    return before, one, other, none, #heard, last.Connected
    """
    assert run(server, SIGNAL + source) == [False, True, None, False, 0, False]


def test_who_is_disconnected_by_another_is_not_told_any_more(server: Peer) -> None:
    source = """
    local later
    signal:Connect(function() later:Disconnect() end)
    later = signal:Connect(note("late"))
    local heardBefore = signal:isHeard()
    signal:fire()
    signal:close()
    return heardBefore, #heard, signal:isHeard(), later.Connected
    """
    assert run(server, SIGNAL + source) == [True, 0, False, False]


def test_who_waits_for_ever_for_what_is_closed_leaves_the_server_its_frames(server: Peer) -> None:
    source = """
    signal:close()
    local turns = 0
    task.spawn(function() while true do signal:Wait() turns += 1 end end)
    task.wait(1)
    return turns > 10 and turns < 200
    """
    assert run(server, SIGNAL + source) == [True]


def test_waiting_gives_the_arguments_and_ends_with_the_signal(server: Peer) -> None:
    values = run(
        server,
        SIGNAL
        + """
        task.delay(1, function() signal:fire("x", nil, 3) end)
        local first = table.pack(signal:Wait())
        task.delay(1, function() signal:close() end)
        local second = table.pack(signal:Wait())
        local third = table.pack(signal:Wait())
        local dead = signal:Connect(note("never"))
        signal:fire()
        return first.n, first[1], first[3], second.n, third.n, dead.Connected, #heard, signal:isHeard()
        """,
    )
    assert values == [3, "x", 3, 0, 0, False, 0, False]


def test_who_waited_listens_no_more(server: Peer) -> None:
    source = "task.delay(1, signal.fire, signal) signal:Wait() return signal:isHeard()"
    assert run(server, SIGNAL + source) == [False]


def test_a_cancelled_waiter_harms_nobody(server: Peer) -> None:
    heard = run(
        server,
        SIGNAL
        + """
        local waiter = task.spawn(function() signal:Wait() note("cancelled")() end)
        signal:Connect(note("other"))
        task.cancel(waiter)
        signal:fire()
        return table.concat(heard, " ")
        """,
    )
    assert heard == ["other"]


def test_who_waits_counts_as_long_as_it_can_go_on(server: Peer) -> None:
    source = """
    local waiter = task.spawn(function() signal:Wait() end)
    local before = signal:isHeard()
    task.cancel(waiter)
    return before, signal:isHeard()
    """
    assert run(server, SIGNAL + source) == [True, False]


@pytest.mark.parametrize("method", ["Connect", "Once"])
def test_a_listener_has_to_be_a_function(server: Peer, method: str) -> None:
    source = f"local _, said = pcall(function() signal:{method}(5) end) return said"
    said = str(run(server, SIGNAL + source)[0])
    assert said.startswith("ServerScriptService.Script:")
    assert "a listener must be a function, got 5. " in said


def test_a_signal_called_with_a_dot_says_how_to_call_it(server: Peer) -> None:
    said = str(run(server, SIGNAL + "local _, said = pcall(function() signal.Wait() end) return said")[0])
    assert said.startswith("ServerScriptService.Script:")
    assert said.endswith("Wait: must be called on a signal. Call it with a colon: signal:Wait(...).")


TIMERS = """
local timers = load("Timers").new({
	clock = os.clock,
	spawn = task.spawn,
	delay = task.delay,
	cancel = function(thread) task.cancel(thread) end,
})
local started = os.clock()
local fired = {}
local function note(name)
	return function()
		table.insert(fired, `{name} {math.round(os.clock() - started)}`)
	end
end
"""


def test_alarms_can_be_set_anew_held_and_forgotten(server: Peer) -> None:
    fired = run(
        server,
        TIMERS
        + """
        timers:set("a", 5, note("a"))
        timers:set("a", 8, note("a again"))
        timers:set("b", 4, note("b"))
        timers:set("c", 4, note("c"))
        task.wait(1)
        timers:hold("b")
        timers:hold("b")
        timers:cancel("c")
        local left = timers:remaining("b")
        task.wait(10)
        assert(timers:remaining("b") == left and math.abs(left - 3) < 0.1)
        assert(timers:remaining("a") == nil)
        timers:release("b")
        timers:release("b")
        task.wait(10)
        timers:set("d", 1, note("d"))
        timers:clear()
        task.wait(5)
        return table.concat(fired, ", ")
        """,
    )
    assert fired == ["a again 8, b 14"]


def test_an_alarm_may_set_itself_anew(server: Peer) -> None:
    fired = run(
        server,
        TIMERS
        + """
        local function again()
            note("tick")()
            if #fired < 3 then timers:set("tick", 1, again) end
        end
        timers:set("tick", 1, again)
        task.wait(10)
        return table.concat(fired, ", ")
        """,
    )
    assert fired == ["tick 1, tick 2, tick 3"]


def test_an_alarm_that_is_late_has_no_time_left(server: Peer) -> None:
    source = f"""{CLOCK}
    local rung = 0
    local timers = load("Timers").new(engine)
    timers:set("a", 5, function() rung += 1 end)
    now = 7
    local before = timers:remaining("a")
    timers:hold("a")
    local held = timers:remaining("a")
    pass(100)
    local early = rung
    timers:release("a")
    pass(0)
    return before, held, early, rung
    """
    assert run(server, source) == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("count", "random", "seconds"),
    [(0, 0, 1), (1, 0, 1), (1, 0.999999, 0.5), (2, 0, 2), (4, 0.5, 6), (7, 0, 60), (5000, 0, 60), (5000, 0.999999, 30)],
)
def test_pauses_grow_to_a_minute(server: Peer, count: int, random: float, seconds: float) -> None:
    assert run(server, 'return load("backoff")(...)', count, random) == [pytest.approx(seconds, rel=1e-5)]


def test_an_alarm_that_cannot_be_cancelled_is_not_heard(server: Peer) -> None:
    source = f"""{CLOCK}
    engine.cancel = function() end
    local rung = {{}}
    local timers = load("Timers").new(engine)
    local function note(name)
        return function() table.insert(rung, `{{name}} {{now}}`) end
    end
    timers:set("a", 5, note("first"))
    timers:set("a", 3, note("second"))
    timers:set("b", 5, note("forgotten"))
    timers:cancel("b")
    pass(10)
    return table.concat(rung, ", ")
    """
    assert run(server, source) == ["second 3"]


def test_alarms_ring_in_the_order_of_their_times(server: Peer) -> None:
    source = f"""{CLOCK}
    local rung = {{}}
    local timers = load("Timers").new(engine)
    local function note(name)
        return function() table.insert(rung, name) end
    end
    timers:set("late", 3, note("late"))
    timers:set("first", 2, note("first"))
    timers:set("second", 2, function()
        note("second")()
        -- In the next frame: whoever does so again and again must not keep the server from going on.
        timers:set("again", 0, note("again"))
        timers:run(note("caused"))
        note("done")()
    end)
    timers:set("third", 2, note("third"))
    now = 2
    timers:look()
    return table.concat(rung, " ")
    """
    assert run(server, source) == ["first second done caused third"]
