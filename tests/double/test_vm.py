"""The host of a VM: limits, exceptions of the harness, values, cleanliness."""

from __future__ import annotations

import gc
import weakref
from dataclasses import asdict

import pytest

from roblox_double import LuauError, LuauTimeout, Opaque, Peer, ScriptTree, Settings, Universe
from roblox_double.vm import HostFunction, LuauValue, VmOptions
from roblox_double.vm.pluau import PluauVm

CONFIG: dict[str, LuauValue] = {
    "settings": asdict(Settings()),
    "role": "server",
    "peer": 0,
    "seed": 0,
    "epoch": 0,
    "start": 0,
    "placeId": 1,
    "gameId": 1,
    "jobId": "",
    "clockSkew": 0,
}


def vm_with(**functions: HostFunction) -> PluauVm:
    quiet: dict[str, HostFunction] = {"output": lambda *_: [], "finished": lambda *_: []}
    return PluauVm(VmOptions(functions={**quiet, **functions}, config=CONFIG))


@pytest.mark.parametrize(
    "loop",
    [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local function f(n) if n > 0 then f(n - 1) f(n - 1) end end f(1000)",
        "table.sort({ 3, 2, 1 }, function() while true do end end)",
        "task.spawn(function() while true do end end)",
        "return setmetatable({}, { __index = function() while true do end end }).x",
        "coroutine.wrap(function() pcall(function() while true do end end) end)() while true do end",
    ],
)
def test_a_loop_without_end_is_stopped(loop: str) -> None:
    with Universe(time_limit=0.1) as universe:
        server = universe.server()
        with pytest.raises(LuauTimeout, match=r"more than 0\.1 s") as caught:
            server.run(loop)
        if Universe.default_vm == "pluau":
            assert caught.value.__notes__ == ["at ServerScriptService.Script:1"]
        with pytest.raises(LuauTimeout):
            server.run("return 1")


def test_a_script_of_a_game_that_never_ends_is_stopped() -> None:
    endless = ScriptTree("Endless", "Script", "while true do end")
    with Universe(time_limit=0.1) as universe:
        server = universe.server()
        with pytest.raises(LuauTimeout) as caught:
            server.mount_game(_game(endless))
        if Universe.default_vm == "pluau":
            assert caught.value.__notes__ == ["at Workspace.Endless:1"]


def test_what_a_script_does_while_more_of_a_game_is_built_is_stopped() -> None:
    listens = ScriptTree("Listens", "Script", "workspace.ChildAdded:Connect(function() while true do end end)")
    with Universe(time_limit=0.1) as universe:
        server = universe.server()
        server.mount_game(_game(listens))
        with pytest.raises(LuauTimeout):
            server.mount_game(_game(ScriptTree("More", "Folder")))


def _game(child: ScriptTree) -> ScriptTree:
    return ScriptTree("Game", "DataModel", children=(ScriptTree("Workspace", "Workspace", children=(child,)),))


def test_the_time_limit_counts_anew_for_each_call() -> None:
    with Universe(time_limit=0.5) as universe:
        server = universe.server()
        for _ in range(4):
            server.run("local x = 0 for index = 1, 2e5 do x += index end")


def test_memory_is_limited() -> None:
    # Lune has no such limit.
    with Universe(vm="pluau", memory_limit=16 * 1024 * 1024, time_limit=None) as universe:
        server = universe.server()
        with pytest.raises(LuauError, match="not enough memory"):
            server.run("local t = {} while true do table.insert(t, string.rep('x', 1e5) .. #t) end")
        assert server.vm.used_memory < 32 * 1024 * 1024


class HarnessError(Exception):
    pass


@pytest.mark.parametrize("error", [HarnessError("mine"), AssertionError("not mocked"), KeyboardInterrupt()])
def test_exceptions_of_the_harness_pass_every_pcall(error: BaseException) -> None:
    def output(*_: LuauValue) -> list[LuauValue]:
        raise error

    vm = vm_with(output=output)
    with pytest.raises(type(error)) as caught:
        vm.call("spawn", 0, "ServerScriptService", "S", "while true do pcall(print, 'x') end")
    assert caught.value is error
    with pytest.raises(type(error)):
        vm.call("wake")
    vm.close()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("return", []),
        ("return nil, true, 3, 3.5, 'text', '\\xff'", [None, True, 3, 3.5, "text", b"\xff"]),
        ("return {}, { 1, 2 }, { a = { b = 1 } }, { 1, nil, 3 }", [[], [1, 2], {"a": {"b": 1}}, {1: 1, 3: 3}]),
        ("return Enum.RunContext.Server", [Opaque("EnumItem", "Enum.RunContext.Server")]),
    ],
)
def test_values_come_out(server: Peer, source: str, expected: list[LuauValue]) -> None:
    assert server.run(source) == expected


def test_values_go_in_and_come_back(server: Peer) -> None:
    values: list[LuauValue] = [None, True, 3, 3.5, "täxt", b"\xff", [1, [2]], {"a": {"b": None, "c": 1}}]
    expected = [*values[:-1], {"a": {"c": 1}}]
    assert server.run("return ...", *values) == expected
    assert server.run("return type((...))", Opaque("x", "y")) == ["string"]


def test_tables_that_hold_themselves_are_cut(server: Peer) -> None:
    (value,) = server.run("local t = {} t.self = t return t")
    assert isinstance(value, dict)
    assert isinstance(value["self"], Opaque)


def test_nothing_is_printed_by_making_and_dropping(capfd: pytest.CaptureFixture[str]) -> None:
    with Universe() as universe:
        universe.server().run("print('to the output window')")
    vm = vm_with()
    del vm
    gc.collect()
    assert capfd.readouterr() == ("", "")


def test_nothing_is_printed_when_an_exception_outlives_the_vm(capfd: pytest.CaptureFixture[str]) -> None:
    def output(*_: LuauValue) -> list[LuauValue]:
        raise HarnessError

    vm = vm_with(output=output)
    with pytest.raises(HarnessError) as caught:
        vm.call("spawn", 0, "ServerScriptService", "S", "print('x')")
    vm.close()
    del vm, caught
    gc.collect()
    assert capfd.readouterr() == ("", "")


def test_vms_do_not_outlive_their_peer() -> None:
    universe = Universe()
    vm = weakref.ref(universe.server().vm)
    universe.close()
    universe.close()
    del universe
    gc.collect()
    assert vm() is None
    unclosed = vm_with()
    kept = weakref.ref(unclosed)
    del unclosed
    assert kept() is None


def test_a_closed_peer_says_so(universe: Universe) -> None:
    server = universe.server()
    vm = server.vm
    universe.close()
    with pytest.raises(RuntimeError, match="server is closed"):
        server.run("return 1")
    with pytest.raises(RuntimeError, match="closed"):
        vm.call("wake")
    assert vm.used_memory == 0


def test_a_bug_of_the_double_shows_itself(server: Peer) -> None:
    with pytest.raises(LuauError, match=r"there is no Workspace\.Nowhere"):
        server.spawn("", parent="Workspace.Nowhere")
