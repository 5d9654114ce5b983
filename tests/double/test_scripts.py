"""Scripts: where they run, what they see, how they die, and how a server closes."""

from __future__ import annotations

import pytest

from roblox_double import LuauError, Peer, ScriptTree, Universe


def script(name: str, source: str, class_name: str = "Script") -> ScriptTree:
    return ScriptTree(name, class_name, source)


def lines(peer: Peer) -> list[str]:
    return [line.text for line in peer.output]


@pytest.mark.fact("script.locations")
def test_where_scripts_run(either: Peer) -> None:
    for place in ("ServerScriptService", "Workspace", "ServerStorage", "ReplicatedStorage", "StarterPlayer"):
        either.mount(script("Here", "print(script:GetFullName())"), place)
        either.mount(script("Local", "print('never')", "LocalScript"), place)
        either.mount(script("Module", "print('never')", "ModuleScript"), place)
    assert lines(either) == ["ServerScriptService.Here", "Workspace.Here"]


@pytest.mark.fact("script.locations")
def test_a_script_starts_when_it_gets_to_where_scripts_run(either: Peer) -> None:
    either.mount(script("Stored", "print('ran')"), "ServerStorage")
    either.run("local copy = game.ServerStorage.Stored:Clone() copy.Parent = workspace task.wait() print('after')")
    assert lines(either) == ["ran", "after"]


@pytest.mark.fact("script.death")
@pytest.mark.parametrize("how", ["Destroy()", "Enabled = false", "Disabled = true"])
def test_a_dead_script_sleeps_for_ever(either: Peer, how: str) -> None:
    source = """
    workspace.Changed:Connect(function() print("handler") end)
    task.delay(1, function() print("delayed") end)
    task.spawn(function() task.wait(1) print("spawned") end)
    coroutine.wrap(function() task.wait(1) print("wrapped") end)()
    workspace:GetPropertyChangedSignal("Name"):Wait()
    print("waited")
    """
    either.mount(script("Mortal", source), "ServerScriptService")
    call = f"game.ServerScriptService.Mortal{':' if '(' in how else '.'}{how}"
    either.run(f"{call} workspace.Name = 'X' task.wait(5)")
    assert lines(either) == []


@pytest.mark.fact("script.death")
def test_a_running_script_goes_on_to_its_next_yield(either: Peer) -> None:
    either.mount(
        script("Mortal", "script:Destroy() print('last words') task.wait() print('never')"), "ServerScriptService"
    )
    either.run("task.wait(1)")
    assert lines(either) == ["last words"]


def test_a_script_that_is_enabled_again_runs_again(either: Peer) -> None:
    either.mount(script("Mortal", "print('ran') task.wait(1) print('end')"), "ServerScriptService")
    either.run("local s = script.Parent.Mortal s.Enabled = false task.wait(2) s.Enabled = true task.wait(2)")
    assert lines(either) == ["ran", "ran", "end"]


@pytest.mark.fact("script.globals")
def test_globals_belong_to_their_script(server: Peer) -> None:
    server.run("foo = 1 _G.shared = 2 shared.too = 3 print(foo, _G.foo)")
    server.run("print(foo, _G.shared, shared.too)")
    assert lines(server) == ["1 nil", "nil 2 3"]


@pytest.mark.fact("script.globals")
@pytest.mark.parametrize(
    "call",
    [
        "math.huge = 1",
        "task.wait = nil",
        "os.time = nil",
        "string.x = 1",
        "Instance.new = nil",
        "table.insert(math, 1)",
    ],
)
def test_libraries_cannot_be_patched(server: Peer, call: str) -> None:
    with pytest.raises(LuauError, match="readonly table"):
        server.run(call)


def test_a_script_may_shadow_builtins_for_itself(server: Peer) -> None:
    assert server.run("print = function(x) return x end return print('mine')") == ["mine"]
    server.run("print('ours')")
    assert lines(server) == ["ours"]


@pytest.mark.fact("script.chunk_name")
def test_errors_say_where(server: Peer) -> None:
    with pytest.raises(LuauError) as caught:
        server.run("local function f()\n\terror('boom')\nend\n\nf()", name="Named")
    assert caught.value.message == "ServerScriptService.Named:2: boom"
    assert caught.value.traceback == "ServerScriptService.Named:2 function f\nServerScriptService.Named:5"
    server.spawn("task.wait(1)\nlocal x = nil\nx()", name="Named")
    server.run("task.wait(2)")
    assert [(line.kind, line.text) for line in server.output] == [
        ("error", "ServerScriptService.Named:3: attempt to call a nil value")
    ]


@pytest.mark.parametrize("call", ["run", "spawn", "mount"])
def test_syntax_errors(server: Peer, call: str) -> None:
    if call == "run":
        with pytest.raises(LuauError, match=r"^ServerScriptService.Script:2: "):
            server.run("local x =\nreturn end")
        return
    if call == "spawn":
        server.spawn("local x =\nreturn end")
    else:
        server.mount(script("Script", "local x =\nreturn end"), "ServerScriptService")
    assert [line.kind for line in server.output] == ["error"]
    assert server.output[0].text.startswith("ServerScriptService.Script:2: ")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("error({ code = 7 })", {"code": 7}),
        ("error('text', 0)", "text"),
        ("error()", None),
    ],
)
def test_error_values_survive(server: Peer, source: str, expected: object) -> None:
    with pytest.raises(LuauError) as caught:
        server.run(source)
    assert caught.value.value == expected


@pytest.mark.fact("close.parallel")
def test_functions_bound_to_close_run_in_parallel(universe: Universe) -> None:
    server = universe.server()
    for name in "ab":
        server.spawn(
            f"game:BindToClose(function(reason) print('{name}', reason) task.wait(2) print('{name} done') end)"
        )
    server.spawn("game:BindToClose(function() error('boom') end)")
    assert universe.close_server(server, "ServerEmpty") == pytest.approx(2)
    assert lines(server) == [
        "a Enum.CloseReason.ServerEmpty",
        "b Enum.CloseReason.ServerEmpty",
        "ServerScriptService.Script:1: boom",
        "a done",
        "b done",
    ]
    assert universe.peers == []


@pytest.mark.fact("close.limit")
def test_a_server_closes_after_thirty_seconds(universe: Universe) -> None:
    server = universe.server()
    server.spawn("game:BindToClose(function() while true do task.wait(1) print('still here') end end)")
    assert universe.close_server(server) == pytest.approx(30)
    assert len(lines(server)) in (29, 30)


def test_a_server_with_nothing_to_do_closes_at_once(universe: Universe) -> None:
    assert universe.close_server(universe.server()) == 0


@pytest.mark.fact("script.errors.listeners")
def test_listeners_of_output_and_errors(either: Peer) -> None:
    either.spawn(
        """
        local context = game:GetService("ScriptContext")
        game:GetService("LogService").MessageOut:Connect(function(text, kind)
            table.insert(shared.lines, { text, kind.Name })
        end)
        context.Error:Connect(function(text, trace, from)
            table.insert(shared.errors, { text, trace, from and from:GetFullName() })
        end)
        shared.lines, shared.errors = {}, {}
        """,
        name="Watcher",
    )
    either.spawn("print('a', 1) warn('b') task.wait() error('c')", name="Faulty")
    lines, errors = either.run("task.wait(1) return shared.lines, shared.errors")
    assert lines == [
        ["a 1", "MessageOutput"],
        ["b", "MessageWarning"],
        ["ServerScriptService.Faulty:1: c", "MessageError"],
    ]
    assert errors == [["ServerScriptService.Faulty:1: c", "ServerScriptService.Faulty:1", "ServerScriptService.Faulty"]]


@pytest.mark.fact("script.errors.listeners")
def test_listeners_that_write_and_fail_themselves_come_to_an_end(either: Peer) -> None:
    either.spawn("""
        game:GetService("LogService").MessageOut:Connect(function(text) print("again", text) end)
        game:GetService("ScriptContext").Error:Connect(function() error("in the handler") end)
        print("once")
        error("first")
    """)
    either.run("task.wait(1)")
    texts = [line.text for line in either.output]
    assert texts[0] == "once"
    assert "again once" in texts
    assert "Maximum event re-entrancy depth exceeded for LogService.MessageOut" in texts
    assert sum("in the handler" in text and "again" not in text for text in texts) == 10
