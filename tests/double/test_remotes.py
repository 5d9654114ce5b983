"""What crosses a remote, what does not, and what comes of calls that nobody expects."""

from __future__ import annotations

import math
from typing import Any, Literal

import pytest

from roblox_double import LuauError, Peer, ScriptTree, Settings, Universe


def begin(universe: Universe, callback: str = "") -> tuple[Peer, Peer]:
    """Start a server with a RemoteFunction and a RemoteEvent, and let a player join."""
    server = universe.server()
    for class_name in ("RemoteEvent", "RemoteFunction"):
        server.mount(ScriptTree(class_name, class_name), "ReplicatedStorage")
    if callback:
        server.run(f"game.ReplicatedStorage.RemoteFunction.OnServerInvoke = function(player, ...) {callback} end")
    client = universe.client("Ann")
    universe.advance(1)
    return server, client


def invoke(client: Peer, arguments: str = "") -> list[Any]:
    source = f"return game.ReplicatedStorage.RemoteFunction:InvokeServer({arguments})"
    return list(client.run(source, parent="ReplicatedStorage"))


@pytest.mark.fact("remote.function_early")
@pytest.mark.parametrize("early", ["wait", "error"])
def test_a_call_before_there_is_a_callback(early: Literal["wait", "error"]) -> None:
    with Universe(settings=Settings(remote_function_early=early)) as universe:
        server, client = begin(universe)
        client.spawn(
            "print(pcall(function() return game.ReplicatedStorage.RemoteFunction:InvokeServer(5) end))",
            parent="ReplicatedStorage",
        )
        universe.advance(1)
        server.run("game.ReplicatedStorage.RemoteFunction.OnServerInvoke = function(_, n) return n + 1 end")
        universe.advance(1)
        assert [line.text.startswith("true 6" if early == "wait" else "false ") for line in client.output] == [True]
        assert invoke(client, "1") == [2]


@pytest.mark.fact("remote.function_error")
def test_an_error_crosses_with_the_path_of_the_servers_script(universe: Universe) -> None:
    server, client = begin(universe)
    server.mount(
        ScriptTree(
            "Secret",
            "Script",
            "game.ReplicatedStorage.RemoteFunction.OnServerInvoke = function() error('no idea') end",
        ),
        "ServerScriptService",
    )
    with pytest.raises(LuauError, match=r"ServerScriptService\.Secret:1: no idea"):
        invoke(client)


@pytest.mark.fact("remote.frozen")
def test_what_was_frozen_can_be_written_to_where_it_arrives(universe: Universe) -> None:
    _, client = begin(universe, "local t = ... t[1] = 2 return table.isfrozen(t), table.freeze({ 7 })")
    source = """
    local frozen, answer = game.ReplicatedStorage.RemoteFunction:InvokeServer(table.freeze({ 1 }))
    return frozen, table.isfrozen(answer), answer[1]
    """
    assert client.run(source, parent="ReplicatedStorage") == [False, False, 7]


@pytest.mark.fact("remote.raw")
def test_numbers_that_are_none_and_texts_that_are_none_cross(universe: Universe) -> None:
    _, client = begin(universe, "local nan, inf, text = ... return nan ~= nan, inf, text == '\\xff\\0', -inf")
    assert invoke(client, "0 / 0, math.huge, '\\xff\\0'") == [True, math.inf, True, -math.inf]


@pytest.mark.fact("remote.leaving")
def test_a_callback_goes_on_when_its_player_leaves(universe: Universe) -> None:
    server, client = begin(universe, "task.wait(2) print('done', player.Parent) return 5")
    client.spawn("game.ReplicatedStorage.RemoteFunction:InvokeServer()", parent="ReplicatedStorage")
    universe.advance(1)
    universe.leave(client)
    universe.advance(3)
    assert [line.text for line in server.output] == ["done nil"]


@pytest.mark.fact("remote.depth")
@pytest.mark.parametrize(("limit", "depth", "arrives"), [(math.inf, 400, True), (3, 3, True), (3, 4, False)])
def test_how_deep_tables_may_lie(limit: float, depth: int, arrives: bool) -> None:
    with Universe(settings=Settings(remote_depth_limit=limit)) as universe:
        _, client = begin(universe, "return true")
        source = """
        local deep = 1
        for _ = 1, ... do
            deep = { x = deep }
        end
        local ok = pcall(function() return game.ReplicatedStorage.RemoteFunction:InvokeServer(deep) end)
        return ok
        """
        assert client.run(source, depth, parent="ReplicatedStorage") == [arrives]


@pytest.mark.fact("remote.queue_warning")
@pytest.mark.parametrize("words", ["discarded", "exhausted"])
def test_what_is_said_of_events_that_nobody_hears(words: Literal["discarded", "exhausted"]) -> None:
    with Universe(settings=Settings(remote_queue_limit=10, remote_queue_warning=words)) as universe:
        server, client = begin(universe)
        server.run("for n = 1, 10 + 70 do game.ReplicatedStorage.RemoteEvent:FireAllClients(n) end")
        universe.advance(1)
        said = [line.text for line in client.output if line.kind == "warn"]
        path = "ReplicatedStorage.RemoteEvent; did you forget to implement OnClientEvent?"
        if words == "discarded":
            assert said == [f"Remote event invocation discarded for {path}"] * 70
        else:
            lost = [f"({count} events dropped)" for count in (32, 64)]
            assert said == [f"Remote event invocation queue exhausted for {path} {count}" for count in lost]
