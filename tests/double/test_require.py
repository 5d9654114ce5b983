"""ModuleScripts: who finds whom, what runs once, and what goes wrong."""

from __future__ import annotations

import pytest

from roblox_double import LuauError, Peer, ScriptTree, Settings, Universe


def module(name: str, source: str, *children: ScriptTree) -> ScriptTree:
    return ScriptTree(name, "ModuleScript", source, children)


LIBRARY = module(
    "Lib",
    """return {
        inner = require("@self/inner"), sibling = require("./Sibling"), game = require("@game/ReplicatedStorage/Shared")
    }""",
    module("inner", 'return { up = require("../Sibling"), nested = require("./deep/leaf") }'),
    ScriptTree("deep", "Folder", children=(module("leaf", 'return "leaf of " .. script.Parent.Name'),)),
)


@pytest.mark.fact("require.by_string", "require.once")
def test_requires_by_path_and_by_instance(either: Peer) -> None:
    either.mount(module("Shared", "print('ran') return {}"), "ReplicatedStorage")
    either.mount(module("Sibling", "return { name = script:GetFullName() }"), "ServerScriptService")
    either.mount(LIBRARY, "ServerScriptService")
    source = """
    local lib = require("./Lib")
    local same = require(script.Parent.Lib)
    return lib == same, lib.sibling.name, lib.inner.nested, lib.inner.up == lib.sibling,
        require(game.ReplicatedStorage.Shared) == lib.game
    """
    assert either.run(source) == [True, "ServerScriptService.Sibling", "leaf of deep", True, True]
    assert [line.text for line in either.output] == ["ran"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("require('bare')", "require path must start with a valid prefix: ./, ../, or @"),
        ("require('@shared/x')", 'error requiring module "@shared/x": @shared is not a valid alias'),
        ("require('./Nothing')", 'error requiring module "./Nothing": could not resolve child component "Nothing"'),
        (
            "require('./Lib/../../../..')",
            'error requiring module "./Lib/../../../..": could not resolve child component ".."',
        ),
        ("require(nil)", "Attempted to call require with invalid argument(s)."),
        ("require(workspace)", "Attempted to call require with invalid argument(s)."),
        ("require(1234)", "Attempted to call require with invalid argument(s)."),
    ],
)
@pytest.mark.fact("require.by_string", "require.alias")
def test_wrong_targets(server: Peer, call: str, message: str) -> None:
    server.mount(module("Lib", "return 1"), "ServerScriptService")
    with pytest.raises(LuauError) as caught:
        server.run(call)
    assert caught.value.message == message


@pytest.mark.parametrize("source", ["", "return", "return nil, nil", "return 1, 2", "return (function() end)()"])
@pytest.mark.fact("require.one_value")
def test_a_module_returns_one_value(server: Peer, source: str) -> None:
    server.mount(module("Lib", source), "ServerScriptService")
    assert server.run("return pcall(require, script.Parent.Lib)") == [
        False,
        "Module code did not return exactly one value",
    ]


@pytest.mark.parametrize(
    "source",
    ["print('ran') return nil", "print('ran') return (nil)", "print('ran') task.wait(1) return nil"],
)
@pytest.mark.fact("require.one_value", "require.once")
def test_nil_is_one_value(either: Peer, source: str) -> None:
    either.mount(module("Types", source), "ServerScriptService")
    either.mount(module("User", "return { types = require('./Types') }"), "ServerScriptService")
    asked = "return select('#', require('./Types')), require('./Types'), next(require('./User'))"
    assert either.run(asked) == [1, None, None]
    assert [line.text for line in either.output] == ["ran"]


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("print('ran')\nerror('boom')", "ServerScriptService.Lib:2: boom"),
        ("print('ran')\ntask.wait(1)\nerror('boom')", "ServerScriptService.Lib:3: boom"),
        (
            "print('ran')\nlocal x = nil + 1",
            "ServerScriptService.Lib:2: attempt to perform arithmetic (add) on nil and number",
        ),
    ],
)
@pytest.mark.fact("require.failed", "script.chunk_name")
def test_a_failing_module_fails_for_everyone_but_runs_once(either: Peer, source: str, cause: str) -> None:
    either.mount(module("Lib", source), "ServerScriptService")
    failed = "Requested module experienced an error while loading"
    for _ in range(2):
        assert either.run("return pcall(require, script.Parent.Lib)") == [False, failed]
    assert [line.text for line in either.output] == ["ran", cause]
    assert either.output[1].trace.startswith("ServerScriptService.Lib:")


@pytest.mark.fact("require.failed")
def test_a_syntax_error_in_a_module(server: Peer) -> None:
    server.mount(module("Lib", "local x =\nreturn end"), "ServerScriptService")
    assert server.run("return pcall(require, script.Parent.Lib)")[0] is False
    assert server.output[0].text.startswith("ServerScriptService.Lib:2: ")


@pytest.mark.fact("require.yields")
def test_everyone_waits_for_a_module_that_yields(either: Peer) -> None:
    either.mount(module("Lib", "print('ran') task.wait(1) return {}"), "ServerScriptService")
    source = """
    local got = {}
    for index = 1, 3 do task.spawn(function() got[index] = require(script.Parent.Lib) end) end
    local before = #got
    local mine = require(script.Parent.Lib)
    task.wait()
    return before, got[1] == mine and got[2] == mine and got[3] == mine
    """
    assert either.run(source) == [0, True]
    assert len(either.output) == 1


CYCLE = (
    module("A", "return require('./B')"),
    module("B", "task.wait(0.1) return require('./C')"),
    module("C", "return require('./A')"),
)


@pytest.mark.fact("require.cycle")
def test_a_cycle_raises_or_hangs() -> None:
    with Universe(settings=Settings(require_cycle="error")) as universe:
        server = universe.server()
        for tree in CYCLE:
            server.mount(tree, "ServerScriptService")
        assert server.run("return (pcall(require, script.Parent.A))") == [False]
        assert server.output[0].text == "Requested module was required recursively"
    with Universe(settings=Settings(require_cycle="hang")) as universe:
        server = universe.server()
        for tree in CYCLE:
            server.mount(tree, "ServerScriptService")
        with pytest.raises(TimeoutError):
            server.run("require(script.Parent.A)", limit=60)


def test_two_modules_may_wait_for_the_same_one(either: Peer) -> None:
    either.mount(module("Slow", "task.wait(1) return 1"), "ServerScriptService")
    either.mount(module("User", "return require('./Slow') + 1"), "ServerScriptService")
    source = """
    local results = {}
    task.spawn(function() results[1] = require(script.Parent.User) end)
    results[2] = require(script.Parent.Slow)
    task.wait(0.1)
    return results
    """
    assert either.run(source) == [[2, 1]]
