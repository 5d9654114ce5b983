"""The double in Lune does what it does in pluau. `pytest --vm lune` runs whole folders there; this is always on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from roblox_double import Asset, HttpxBridge, LuauError, LuauTimeout, Opaque, Universe
from roblox_double.vm import VmOptions, lune_process
from roblox_double.vm.lune import LuneVm
from roblox_double.vm.lune_process import LuneProcess
from support.game import shipped
from support.tools import tool

pytestmark = pytest.mark.usefixtures("lune")


@pytest.fixture(scope="module")
def lune() -> str:
    return tool("lune")


@pytest.fixture(scope="module")
def universe(lune: str) -> Iterator[Universe]:  # noqa: ARG001 - the tool comes first
    with Universe(vm="lune", bridge=HttpxBridge()) as made:
        made.server()
        yield made


def outcome(universe: Universe, source: str, *args: Any) -> tuple[Any, ...]:
    """Run a script; return everything that can be seen of it."""
    server = universe.peers[0]
    server.output.clear()
    began = universe.now
    try:
        values: Any = server.run(source, *args)
    except LuauError as error:
        values = (error.message, error.traceback, error.value)
    lines = [(line.kind, line.text, line.trace) for line in server.output]
    return values, lines, round(universe.now - began, 6)


@pytest.fixture(scope="module")
def inside() -> Iterator[Universe]:
    with Universe(vm="pluau", bridge=HttpxBridge()) as made:
        made.server()
        yield made


PROGRAMS = {
    "values": "return 1, 0.1, 'x', nil, true, { 1, { a = 2 } }, {}, 1 / 0, -1 / 0, 2 ^ 60, 2 ^ 70",
    "userdata": """
        local part, item = Instance.new("Folder"), Enum.KeyCode.A
        return typeof(part), type(part), typeof(item), tostring(item), part == part, part == Instance.new("Folder"),
            typeof(game.Changed), getmetatable(part), typeof(Random.new(1)), Random.new(1):NextInteger(1, 100)
    """,
    "operators of userdata": """
        local part, item: any, out = Instance.new("Folder") :: any, Enum.KeyCode.A, {}
        for index, try in {
            function() return part .. "" end,
            function() return 1 .. item end,
            function() return #part end,
            function() return part + item end,
            function() return part // part end,
            function() return -part end,
            function() return part() end,
            function() return part < part end,
            function() return part >= part end,
            function() for _ in part do end end,
        } :: { () -> any } do
            out[index] = select(2, pcall(try))
        end
        return out
    """,
    "no argument": "return pcall(typeof :: any)",
    "sandbox": "return (pcall(function() (string :: any).foo = 1 end)), (pcall(function() (task :: any).foo = 1 end))",
    "syntax error": "local = 1",
    "error with a text": "error('no')",
    "error with a level": "local function f() error('no', 2) end\nf()",
    "error with nothing": "error()",
    "error in a function": "local function f()\n\tlocal x: any = nil\n\tx()\nend\nf()",
    "error with a table": "local e = { code = 7 } error(e :: any)",
    "error of the engine": "return game.NoSuchThing",
    "caught table keeps its identity": """
        local e = {}
        local thread = coroutine.create(function() task.wait() error(e :: any) end)
        return select(2, pcall(error, e)) == e, coroutine.resume(thread)
    """,
    "table out of a coroutine": """
        local e = {}
        local thread = coroutine.create(function() coroutine.yield(1) error(e :: any) end)
        local first = table.pack(coroutine.resume(thread))
        local second = table.pack(coroutine.resume(thread))
        local third = table.pack(coroutine.resume(thread))
        return first, second.n, second[1], second[2] == e, third, coroutine.status(thread), (coroutine.close(thread))
    """,
    "values through coroutines": """
        local thread = coroutine.create(function(...)
            local got = coroutine.yield(select("#", ...))
            return got, nil, nil
        end)
        local a = table.pack(coroutine.resume(thread, nil, nil))
        local b = table.pack(coroutine.resume(thread, "x"))
        return a.n, a[2], b.n, b[2], select("#", coroutine.resume(coroutine.create(function() end)))
    """,
    "wrap": """
        local e = {}
        local next = coroutine.wrap(function() coroutine.yield(1) error("text") end)
        local other = coroutine.wrap(function() error(e :: any) end)
        return next(), pcall(next), select(2, pcall(other)) == e
    """,
    "create needs a function": "return pcall(function() coroutine.create(1 :: any) end)",
    "yield across pcall": "return pcall(function() task.wait(1) error({ a = 1 } :: any) end)",
    "no yield across a metamethod": """
        local t = setmetatable({}, { __index = function() task.wait() end })
        return pcall(function() return (t :: any).x end)
    """,
    "errors in threads and handlers": """
        local event = Instance.new("BindableEvent")
        event.Event:Connect(function() error("in a handler") end)
        event.Event:Connect(function(x) print("got", x) end)
        event:Fire(1)
        task.spawn(function() error("in a thread") end)
        task.delay(1, function() warn("late") end)
        task.wait(2)
    """,
    "stack of a dead thread": """
        local function deep() error("x") end
        local thread = coroutine.create(function()
            deep()
        end)
        coroutine.resume(thread)
        return debug.traceback(thread), debug.traceback("m")
    """,
    "module": """
        local module = Instance.new("ModuleScript")
        ;(module :: any).Source = "error('broken')"
        return pcall(require, module)
    """,
    "too deep": "local function f(): number return 1 + f() end return (pcall(f))",
    "answers keep their place": """
        local sound = Instance.new("Sound")
        sound.Loaded:Connect(function() print("loaded") end)
        sound.Parent = workspace
        sound.SoundId = "rbxassetid://1"
        task.delay(0.5, function() print("later") end)
        task.wait(1)
    """,
    "cancel": "local t = task.delay(1, print, 'never') task.cancel(t) task.wait(2) return coroutine.status(t)",
    "json": """
        local http = game:GetService("HttpService")
        local text = '{"a": [1, 2.5, null, "\\\\u00e9"]}'
        return http:JSONDecode(text), http:JSONEncode({ 1, 2 }), pcall(http.JSONDecode, http, "{")
    """,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_program_does_the_same_in_both(universe: Universe, inside: Universe, program: str) -> None:
    there, here = outcome(universe, program), outcome(inside, program)
    assert _no_addresses(there) == _no_addresses(here)


def _no_addresses(value: Any) -> Any:
    """Drop what is different in each VM: the addresses of tables."""
    match value:
        case str() if value.startswith("table: 0x"):
            return "table"
        case list() | tuple():
            return [_no_addresses(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value


_SCALARS = st.none() | st.booleans() | st.floats() | st.integers(-(2**53), 2**53) | st.text() | st.binary()
_KEYS = st.text(min_size=1) | st.integers(-5, 50)
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner), max_leaves=8)


@settings(max_examples=50, deadline=None)
@given(values=st.lists(_VALUES, max_size=4))
def test_value_comes_back_as_from_pluau(universe: Universe, inside: Universe, values: list[Any]) -> None:
    source = "return ..."
    assert repr(outcome(universe, source, *values)) == repr(outcome(inside, source, *values))


def test_opaque_value_tells_its_type(universe: Universe) -> None:
    values, _, _ = outcome(universe, "local t: any = {} t.t = t return game, t")
    assert values[0] == Opaque("Instance", "Game")
    assert isinstance(values[1]["t"], Opaque)


def test_request_reaches_the_bridge_and_any_bytes_come_back(universe: Universe) -> None:
    body = bytes(range(256)) * 400
    with respx.mock() as router:
        route = router.post("https://api.example.com/x")
        route.respond(200, content=body)
        # Set within a metamethod, where Lune can neither read nor write.
        values, _, _ = outcome(
            universe,
            """
            local http = game:GetService("HttpService")
            local folder, result = Instance.new("Folder"), nil
            folder.Changed:Connect(function()
                result = http:RequestAsync({ Url = "https://api.example.com/x", Method = "POST", Body = "\\0\\255" })
            end)
            folder.Name = "new"
            print(string.rep("x", 300000))
            repeat task.wait() until result
            return result.Body, result.StatusCode
            """,
        )
    assert values == [body, 200]
    assert route.calls.last.request.content == b"\0\xff"


def test_failed_request_throws_the_engines_text(universe: Universe) -> None:
    with respx.mock() as router:
        router.get("https://api.example.com/").mock(side_effect=httpx.ConnectError("refused"))
        values, _, _ = outcome(
            universe,
            'return pcall(function() return game:GetService("HttpService"):GetAsync("https://api.example.com/") end)',
        )
    assert values == [False, "HttpError: ConnectFail"]


def test_client_of_the_api_works() -> None:
    with respx.mock() as router, Universe(vm="lune", bridge=HttpxBridge()) as universe:
        router.route().respond(401, json={"error": "no such key"})
        server = universe.server()
        server.mount(shipped(), "ServerScriptService")
        result, err, frozen = server.run("""
            local AudioScapeClient = require(game.ServerScriptService.AudioScapeClient)
            local client = AudioScapeClient.new("some-key")
            local result, err = client:similar("1")
            return result, tostring(err), table.isfrozen(err)
        """)
    assert result is None
    assert "no such key" in str(err)
    assert frozen is True


def test_peers_hear_of_one_another_and_of_sounds() -> None:
    with Universe(vm="lune") as universe:
        universe.assets[7] = Asset(duration=12.5)
        server = universe.server()
        client = universe.client("Ann")
        server.spawn("""
            local sound = Instance.new("Sound", workspace)
            sound.SoundId = "rbxassetid://7"
            sound:Play()
        """)
        universe.advance(20)
        source = "local sound = workspace:WaitForChild('Sound') return sound.TimeLength, sound.IsPlaying"
        assert client.run(source, parent="Players.Ann.PlayerScripts") == [12.5, False]
        universe.leave(client)
        assert server.run("return #game.Players:GetPlayers()") == [0]


def test_endless_loop_ends_the_vm() -> None:
    with Universe(vm="lune", time_limit=1.0) as universe:
        server = universe.server()
        with pytest.raises(LuauTimeout):
            server.run("print('before') while true do end")
        assert [line.text for line in server.output] == ["before"]
        with pytest.raises(LuauTimeout):
            server.run("return 1")


def test_exception_of_a_host_function_passes_every_pcall() -> None:
    with Universe(vm="lune") as universe:
        server = universe.server()
        with pytest.raises(RuntimeError, match="no bridge"):
            server.run("""
                pcall(function() game:GetService("HttpService"):GetAsync("https://x.example.com") end)
                return 1
            """)


def test_process_that_ends_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roblox_double.vm.lune.find_lune", lambda: "/bin/false")
    with pytest.raises((RuntimeError, BrokenPipeError)):
        LuneVm(VmOptions(functions={}))


def test_missing_lune_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roblox_double.vm.lune.find_lune", lambda: None)
    with pytest.raises(FileNotFoundError, match=r"lune is not on the PATH\. Install it: rokit add lune-org/lune"):
        LuneVm(VmOptions(functions={}))


def test_closed_vm_is_of_no_use() -> None:
    with Universe(vm="lune") as universe:
        vm = universe.server().vm
        assert 0 < vm.used_memory < math.inf
    vm.close()
    assert vm.used_memory == 0
    with pytest.raises(RuntimeError, match="closed"):
        vm.call("closed")


def test_process_serves_one_universe_after_the_other_and_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[LuneProcess] = []

    class Counted(LuneProcess):
        def __init__(self, program: str) -> None:
            super().__init__(program)
            started.append(self)

    monkeypatch.setattr(lune_process, "LuneProcess", Counted)
    monkeypatch.setattr(lune_process, "_idle", {})
    source = """
        local left = workspace:FindFirstChildOfClass("Folder")
        local seen = { _G.mark, shared.mark, getfenv().mark, workspace:GetAttribute("mark"), left }
        _G.mark, shared.mark = 1, 1
        getfenv().mark = 1
        workspace:SetAttribute("mark", 1)
        local folder = Instance.new("Folder", workspace)
        folder.Destroying:Connect(function() print("mine") end)
        task.delay(5, print, "later")
        return seen
    """
    for _ in range(3):
        with Universe(vm="lune") as universe:
            server = universe.server()
            assert server.run(source) == [[]]
            server.spawn("error('of this universe alone')")
            assert len(server.output) == 1
    with Universe(vm="lune") as universe:
        server = universe.server()
        universe.advance(10)
        assert server.output == []
    assert len(started) == 1
    started[0].kill()


@pytest.mark.cases(1)
@pytest.mark.parametrize("selects", [True, False], ids=["as on Linux", "as on Windows"])
def test_process_that_hangs_is_not_used_again(selects: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    lune_process._end_idle()  # pyright: ignore[reportPrivateUsage] - those that were started otherwise
    monkeypatch.setattr(lune_process, "_SELECTS_PIPES", selects)
    for _ in range(2):
        with Universe(vm="lune", time_limit=0.5) as universe, pytest.raises(LuauTimeout):
            universe.server().run("while true do end")
    with Universe(vm="lune") as universe:
        assert universe.server().run("return 1") == [1]


@pytest.mark.fact("coroutine.iterator.yields")
def test_function_of_a_generic_for_may_yield_here_alone(universe: Universe, inside: Universe) -> None:
    source = "for _ in function() task.wait() return nil end do end return 'yields'"
    assert universe.peers[0].run(source) == ["yields"]
    with pytest.raises(LuauError, match="attempt to yield across metamethod/C-call boundary"):
        inside.peers[0].run(source)
