"""Events: connections, modes, orders, limits."""

from __future__ import annotations

from typing import Literal

import pytest

from roblox_double import LuauError, Peer, Settings, Universe

BOTH = [
    pytest.param(
        """
        local connection
        connection = event.Event:Connect(function(...) note(...) end)
        event:Fire(1, nil, "x")
        task.wait()
        note(connection.Connected)
        connection:Disconnect()
        connection:Disconnect()
        event:Fire(2)
        task.wait()
        note(connection.Connected)
        """,
        ["1 nil x", "true", "false"],
        marks=pytest.mark.fact("signal.connected"),
        id="connect and disconnect",
    ),
    pytest.param(
        """
        local connection
        connection = event.Event:Once(function(value)
            note(value, connection.Connected)
            event:Fire("again")
        end)
        event:Fire("first")
        event:Fire("second")
        task.wait()
        """,
        ["first false"],
        marks=pytest.mark.fact("signal.once"),
        id="once",
    ),
    pytest.param(
        """
        task.delay(0.5, function() event:Fire("a", nil, "c") end)
        note(event.Event:Wait())
        """,
        ["a nil c"],
        marks=pytest.mark.fact("signal.wait"),
        id="wait",
    ),
    pytest.param(
        """
        event.Event:Connect(function(n) task.wait(0.1) note("slow", n) end)
        event.Event:Connect(function(n) note("quick", n) end)
        event:Fire(1)
        event:Fire(2)
        task.wait(1)
        """,
        ["quick 1", "quick 2", "slow 1", "slow 2"],
        marks=pytest.mark.fact("signal.handler.thread"),
        id="handlers may yield",
    ),
    pytest.param(
        """
        local signal = event.Event
        note(typeof(signal), tostring(signal), signal == event.Event)
        note(typeof(signal:Connect(print)), tostring(signal:Connect(print)))
        """,
        ["RBXScriptSignal Signal Event true", "RBXScriptConnection Connection"],
        id="what signals look like",
    ),
    pytest.param(
        """
        local meta = setmetatable({ a = 1 }, { __index = print })
        local passed = { 1, 2, named = "lost", [4] = "lost" }
        event.Event:Connect(function(plain, list, keys, same)
            note(getmetatable(plain), plain.a, plain == meta)
            note(#list, list.named)
            for key in keys do note(typeof(key), key) end
            note(same == game)
        end)
        event:Fire(meta, passed, { [true] = 1 }, game)
        task.wait()
        """,
        ["nil 1 false", "2 nil", "string true", "true"],
        marks=pytest.mark.fact("bindable.copy"),
        id="arguments are copied",
    ),
]
HEAD = """
local log = {}
local function note(...)
    local words = table.pack(...)
    for index = 1, words.n do words[index] = tostring(words[index]) end
    table.insert(log, table.concat(words, " "))
end
local event = Instance.new("BindableEvent")
"""


@pytest.mark.parametrize(("source", "expected"), BOTH)
def test_in_both_modes(either: Peer, source: str, expected: list[str]) -> None:
    assert either.run(f"{HEAD}{source} return log") == [expected]


@pytest.mark.fact("signal.behavior", "frame.resumption_points")
def test_immediate_or_deferred(either: Peer, signal_behavior: str) -> None:
    log = either.run(HEAD + "event.Event:Connect(note) event:Fire('handler') note('caller') task.wait() return log")
    assert log == [["handler", "caller"] if signal_behavior == "immediate" else ["caller", "handler"]]


@pytest.mark.fact("signal.order")
@pytest.mark.parametrize(("order", "expected"), [("last_first", ["2", "1"]), ("first_first", ["1", "2"])])
def test_handler_order(
    signal_behavior: Literal["immediate", "deferred"], order: Literal["last_first", "first_first"], expected: list[str]
) -> None:
    with Universe(settings=Settings(signal_behavior=signal_behavior, handler_order=order)) as universe:
        source = "for n = 1, 2 do event.Event:Connect(function() note(n) end) end event:Fire() task.wait() return log"
        assert universe.server().run(HEAD + source) == [expected]


@pytest.mark.fact("signal.deferred.disconnect")
@pytest.mark.parametrize(("how", "expected"), [("connection:Disconnect()", []), ("event:Destroy()", ["called"])])
def test_queued_calls(how: str, expected: list[str]) -> None:
    with Universe(settings=Settings(signal_behavior="deferred")) as universe:
        source = f"local connection = event.Event:Connect(note) event:Fire('called') {how} task.wait() return log"
        assert universe.server().run(HEAD + source) == [expected]


@pytest.mark.fact("signal.handler.thread")
def test_an_error_in_a_handler_is_printed_and_contained(either: Peer) -> None:
    source = """
    for n = 1, 2 do event.Event:Connect(function() note(n) error("boom " .. n) end) end
    event:Fire()
    task.wait()
    return log
    """
    assert either.run(HEAD + source) == [["2", "1"]]
    assert [line.text.rpartition(": ")[2] for line in either.output] == ["boom 2", "boom 1"]


@pytest.mark.fact("signal.reentrancy")
@pytest.mark.parametrize("limit", [10, 3])
def test_events_that_fire_themselves_are_cut_off(signal_behavior: Literal["immediate", "deferred"], limit: int) -> None:
    settings = Settings(signal_behavior=signal_behavior, event_reentrancy_limit=limit)
    with Universe(settings=settings) as universe:
        server = universe.server()
        source = "event.Event:Connect(function() note(1) event:Fire() end) event:Fire() task.wait() return #log"
        assert server.run(HEAD + source) == [limit]
        text = "Maximum event re-entrancy depth exceeded for BindableEvent.Event"
        assert [line.text for line in server.output] == [text]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("event.Event:Connect(nil)", "Attempt to connect failed: Passed value is not a function"),
        ("event.Event.Connect(print)", "Expected ':' not '.' calling member function Connect"),
        ("event.Event.Wait()", "Expected ':' not '.' calling member function Wait"),
        ("event.Event:Connect(print).Disconnect()", "Expected ':' not '.' calling member function Disconnect"),
        ("return event.Event.Nothing", "Nothing is not a valid member of RBXScriptSignal"),
        ("event.Event:ConnectParallel(print)", "not modelled: RBXScriptSignal.ConnectParallel"),
        ("event.Event = 1", "Unable to assign property Event. Property is read only"),
        ("event.Event.x = 1", "x cannot be assigned to"),
        ("local t = {} t.t = t event:Fire(t)", "tables cannot be cyclic"),
    ],
)
def test_wrong_use(server: Peer, call: str, message: str) -> None:
    with pytest.raises(LuauError) as caught:
        server.run(HEAD + call)
    assert caught.value.message == message


def test_bindable_functions_answer_and_wait_for_their_callback(either: Peer) -> None:
    source = """
    local callback = Instance.new("BindableFunction")
    task.delay(1, function() callback.OnInvoke = function(a, b) task.wait(1) return b, a end end)
    local started = os.clock()
    note(callback:Invoke(1, 2))
    note(math.round(os.clock() - started))
    callback.OnInvoke = function() error("boom", 0) end
    note(pcall(callback.Invoke, callback))
    note(pcall(function() return callback.OnInvoke end))
    return log
    """
    unreadable = (
        "OnInvoke is a callback member of BindableFunction; you can only set the callback value, get is not available"
    )
    assert either.run(HEAD + source) == [["2 1", "2", "false boom", f"false {unreadable}"]]
