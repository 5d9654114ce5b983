"""The task library and the threads it makes, in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import FRAME, LuauError, Peer, ScriptTree, Settings, Universe

SNIPPETS = [
    pytest.param(
        """
        local log = {}
        local thread = task.spawn(function(...) table.insert(log, table.concat({...}, "")) task.wait() end, "a", "b")
        table.insert(log, typeof(thread))
        return log
        """,
        ["ab", "thread"],
        marks=pytest.mark.fact("task.spawn.at_once"),
        id="spawn runs before it returns",
    ),
    pytest.param(
        """
        local log = {}
        task.defer(function() table.insert(log, "deferred") end)
        task.spawn(function() table.insert(log, "spawned") end)
        table.insert(log, "caller")
        local before = time()
        task.defer(function() table.insert(log, if time() == before then "same frame" else "later") end)
        task.wait()
        return log
        """,
        ["spawned", "caller", "deferred", "same frame"],
        marks=pytest.mark.fact("task.defer.end_of_cycle"),
        id="defer runs at the end of the cycle",
    ),
    pytest.param(
        """
        local log, started = {}, os.clock()
        task.delay(0, function() table.insert(log, os.clock() - started) end)
        task.delay(0.1, function() table.insert(log, os.clock() - started) end)
        task.wait(1)
        return log
        """,
        [pytest.approx(FRAME), pytest.approx(0.1)],
        marks=pytest.mark.fact("task.delay.heartbeat"),
        id="delay fires at a Heartbeat",
    ),
    pytest.param(
        "return task.wait(0.11), task.wait(2), task.wait(-1), task.wait('0.5')",
        [pytest.approx(7 * FRAME), pytest.approx(2), pytest.approx(FRAME), pytest.approx(0.5)],
        marks=pytest.mark.fact("task.wait.elapsed", "task.delay.heartbeat"),
        id="wait returns what passed",
    ),
    pytest.param(
        """
        local log = {}
        local sleeper = task.delay(0.5, function() table.insert(log, "woke") end)
        local waiting = task.spawn(function() task.wait(0.5) table.insert(log, "woke") end)
        local deferred = task.defer(function() table.insert(log, "woke") end)
        for _, thread in { sleeper, waiting, deferred } do
            task.cancel(thread)
            table.insert(log, coroutine.status(thread))
        end
        task.cancel(sleeper)
        task.wait(1)
        return log
        """,
        ["dead", "dead", "dead"],
        marks=pytest.mark.fact("task.cancel.closes"),
        id="cancel closes",
    ),
    pytest.param(
        """
        local outer = coroutine.running()
        local _, running = pcall(task.cancel, outer)
        local normal
        local inner = coroutine.create(function() _, normal = pcall(task.cancel, outer) end)
        coroutine.resume(inner)
        return running, normal
        """,
        ["cannot cancel thread", "cannot cancel thread"],
        marks=pytest.mark.fact("task.cancel.running"),
        id="cancel refuses running threads",
    ),
    pytest.param(
        """
        local dead = task.spawn(function() end)
        local text = "cannot spawn non-suspended coroutine with arguments"
        local results = {}
        for _, name in { "spawn", "defer" } do
            for _, thread in { dead, coroutine.running() } do
                local _, err = pcall(task[name], thread)
                table.insert(results, err == text)
            end
        end
        return results
        """,
        [True, True, True, True],
        marks=pytest.mark.fact("task.spawn.dead"),
        id="dead and running threads are refused",
    ),
    pytest.param(
        """
        local order = {}
        for index, delay in { 0.3, 0.1, 0.2, 0.1 } do
            task.delay(delay, function() table.insert(order, index) end)
        end
        task.wait(1)
        return order
        """,
        [2, 4, 3, 1],
        id="order of due time, then of scheduling",
    ),
    pytest.param(
        """
        local thread = coroutine.create(function(...) return coroutine.yield(...) end)
        local log = { coroutine.status(task.spawn(thread, 1)) }
        task.delay(0.1, thread, 2)
        task.wait(0.2)
        table.insert(log, coroutine.status(thread))
        return log
        """,
        ["suspended", "dead"],
        id="threads are taken like functions",
    ),
    pytest.param(
        """
        local wrapped = coroutine.wrap(function() task.wait(0.5) return "not seen" end)
        local first = wrapped()
        task.wait(1)
        return first, select("#", first)
        """,
        [None, 1],
        id="task.wait inside a coroutine of one's own",
    ),
    pytest.param(
        """
        local ok, elapsed = pcall(function() return task.wait(0.5) end)
        local ok2, elapsed2 = xpcall(function() return task.wait(0.5) end, warn)
        return ok, elapsed, ok2, elapsed2
        """,
        [True, pytest.approx(0.5), True, pytest.approx(0.5)],
        marks=pytest.mark.fact("coroutine.pcall.yields"),
        id="pcall and xpcall may yield",
    ),
    pytest.param(
        """
        local function refused(f) local _, err = pcall(f) return string.match(err, "attempt to yield.*") end
        return refused(function() return setmetatable({}, { __index = function() task.wait() end }).x end),
            refused(function() table.sort({ 2, 1 }, function() task.wait() return true end) end),
            refused(function() string.gsub("a", "a", function() task.wait() end) end)
        """,
        ["attempt to yield across metamethod/C-call boundary"] * 3,
        marks=pytest.mark.fact("coroutine.metamethod.no_yield"),
        id="metamethods may not",
    ),
]


@pytest.mark.fact("clock.legacy_wait")
def test_legacy_functions_take_two_frames_and_come_first_in_one(either: Peer) -> None:
    source = """
        local log, started = {}, os.clock()
        game:GetService("RunService").PreAnimation:Connect(function() table.insert(log, "frame") end)
        spawn(function(waited, uptime)
            table.insert(log, { "spawn", math.abs(waited - (os.clock() - started)) < 1e-6, uptime == time() })
        end)
        delay(0.04, function(waited) table.insert(log, { "delay", waited }) end)
        local waited, uptime = wait()
        table.insert(log, { "wait", waited, uptime == time() })
        task.wait(0.05)
        local cancelled = task.spawn(function() wait(1) table.insert(log, "never") end)
        task.cancel(cancelled)
        return log, (wait(2))
    """
    values: Any = either.run(source)
    log, waited = values
    frames = [index for index, entry in enumerate(log) if entry == "frame"]
    assert [entry for entry in log if entry != "frame"] == [
        ["spawn", True, True],
        ["wait", pytest.approx(2 * FRAME), True],
        ["delay", pytest.approx(3 * FRAME)],
    ]
    assert frames[:2] == [0, 3]
    assert waited == pytest.approx(2, abs=FRAME)


@pytest.mark.fact("clock.legacy_wait")
def test_old_spellings_of_legacy_functions(server: Peer) -> None:
    source = """
        local log = {}
        Spawn(function() table.insert(log, "spawn") end)
        Delay(0.5, function() table.insert(log, "delay") end)
        local waited = Wait(1)
        return log, waited, ElapsedTime() - elapsedTime() < 0.01, ypcall(function() task.wait() error("caught", 0) end)
    """
    assert server.run(source) == [["spawn", "delay"], pytest.approx(1, abs=FRAME), True, False, "caught"]


@pytest.mark.fact("clock.legacy_wait")
def test_an_idle_hour_of_legacy_waiting_is_one_step(server: Peer) -> None:
    assert server.run("return (wait(3000))") == [pytest.approx(3000, abs=FRAME)]
    with pytest.raises(LuauError, match="Unable to cast table to double"):
        server.run("wait({})")


@pytest.mark.fact("clock.legacy_wait")
def test_threads_of_a_dead_script_do_not_wake_from_legacy_waiting(universe: Universe, server: Peer) -> None:
    server.spawn("spawn(function() print('never') end) wait(1) print('never')", name="Mortal")
    server.run("game.ServerScriptService.Mortal:Destroy()")
    universe.advance(5)
    assert server.output == []


@pytest.mark.parametrize(
    "call",
    [
        "task.wait(0.1)",
        "wait()",
        "signal:Wait()",
        "workspace:WaitForChild('Late', 0.2)",
        "require(script.Parent.Slow)",
        "game:GetService('AssetService'):GetAudioMetadataAsync({})",
        "game:GetService('ContentProvider'):PreloadAsync({})",
        "game:GetService('HttpService'):GetAsync('https://api.example.com')",
        "function_:Invoke()",
    ],
)
@pytest.mark.fact("coroutine.refused_yield")
def test_a_refused_yield_wakes_nobody_later(either: Peer, call: str) -> None:
    either.mount(ScriptTree("Slow", "ModuleScript", "task.wait(0.2) return 1"), "ServerScriptService")
    source = f"""
        local event, function_ = Instance.new("BindableEvent"), Instance.new("BindableFunction")
        local signal = event.Event
        local refused = {{ pcall(function() return setmetatable({{}}, {{ __index = function() {call} end }}).x end) }}
        task.delay(0.1, function()
            event:Fire("stray")
            function_.OnInvoke = function() end
            Instance.new("Folder", workspace).Name = "Late"
        end)
        task.delay(3, task.spawn, coroutine.running(), "meant")
        return refused[1], string.match(tostring(refused[2]), "attempt to yield.*"), coroutine.yield()
    """
    assert either.run(source) == [False, "attempt to yield across metamethod/C-call boundary", "meant"]


@pytest.mark.parametrize(("source", "expected"), SNIPPETS)
def test_snippet(either: Peer, source: str, expected: list[object]) -> None:
    result = either.run(source)
    assert (result[0] if len(result) == 1 else result) == expected


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("task.spawn(1)", "invalid argument #1 to 'spawn' (function or thread expected)"),
        ("task.defer()", "invalid argument #1 to 'defer' (function or thread expected)"),
        ("task.delay(1, 'x')", "invalid argument #2 to 'delay' (function or thread expected)"),
        ("task.delay(nil, print)", "invalid argument #1 to 'delay' (number expected, got nil)"),
        ("task.wait({})", "invalid argument #1 to 'wait' (number expected, got table)"),
        ("task.cancel(nil)", "invalid argument #1 to 'cancel' (thread expected)"),
        ("task.synchronize()", "not modelled: task.synchronize"),
        ("task.desynchronize()", "not modelled: task.desynchronize"),
    ],
)
@pytest.mark.fact("error.no_position")
def test_wrong_arguments(server: Peer, call: str, message: str) -> None:
    with pytest.raises(LuauError) as caught:
        server.run(call)
    assert caught.value.message == message


@pytest.mark.fact("task.error.contained")
@pytest.mark.parametrize("how", ["spawn(f)", "defer(f)", "delay(0.1, f)"])
def test_errors_end_only_their_thread(either: Peer, how: str) -> None:
    source = f"local function f()\n\terror('boom')\nend\ntask.{how}\ntask.wait(1)\nreturn 'went on'"
    assert either.run(source) == ["went on"]
    (line,) = either.output
    assert (line.kind, line.text) == ("error", "ServerScriptService.Script:2: boom")
    assert line.trace == "ServerScriptService.Script:2 function f"


@pytest.mark.fact("coroutine.close.sleeping")
def test_closing_a_sleeping_thread_is_reported(server: Peer) -> None:
    server.run("local t = task.delay(0.1, print) coroutine.close(t) task.wait(1)")
    assert [(line.kind, line.text) for line in server.output] == [("error", "cannot resume dead coroutine")]
    server.output.clear()
    server.run("local t = task.delay(0.1, print) task.cancel(t) task.wait(1)")
    assert server.output == []


@pytest.mark.fact("task.defer.limit")
@pytest.mark.parametrize("limit", [3, 80])
def test_chains_of_defer_are_limited(limit: int) -> None:
    with Universe(settings=Settings(defer_reentrancy_limit=limit)) as universe:
        server = universe.server()
        counted = server.run(
            "local n = 0 local function again() n += 1 task.defer(again) end task.defer(again) task.wait() return n"
        )
        assert counted == [limit]
        assert server.output[0].text == f"Maximum re-entrancy depth ({limit}) exceeded calling task.defer"


@pytest.mark.fact("frame.rate")
def test_an_idle_hour_is_one_step(universe: Universe, server: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[float] = []
    step = server.step
    monkeypatch.setattr(server, "step", lambda: (steps.append(universe.now), step()))
    server.spawn("task.wait(3600) print('done')")
    universe.advance(7200)
    assert steps == [pytest.approx(3600)]
    assert (universe.now, server.output[0].time) == (7200, pytest.approx(3600))


def test_time_moves_only_when_told(universe: Universe, server: Peer) -> None:
    server.spawn("for index = 1, 3 do task.wait(1) print(index) end")
    universe.advance(0.5)
    assert server.output == []
    universe.run_until(lambda: len(server.output) == 2)
    assert universe.now == pytest.approx(2)
    with pytest.raises(TimeoutError, match="within 5 seconds of simulated time"):
        universe.run_until(lambda: False, limit=5)
    assert [line.text for line in server.output] == ["1", "2", "3"]


def test_run_gives_up_after_its_limit(server: Peer) -> None:
    with pytest.raises(TimeoutError):
        server.run("task.wait(100)", limit=10)
    with pytest.raises(TimeoutError):
        server.run("coroutine.yield()", limit=10)
