"""A server and its clients: replication, players, remotes, clocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest

from roblox_double import LuauError, Peer, ScriptTree, Settings, Universe


@pytest.fixture
def game(signal_behavior: Literal["immediate", "deferred"]) -> Iterator[Universe]:
    """A universe in each signal mode, with a server that has one remote of each kind."""
    with Universe(settings=Settings(signal_behavior=signal_behavior)) as universe:
        server = universe.server()
        for class_name in ("RemoteEvent", "RemoteFunction"):
            server.mount(ScriptTree(class_name, class_name), "ReplicatedStorage")
        yield universe


def texts(peer: Peer) -> list[str]:
    return [line.text for line in peer.output]


def settle(universe: Universe) -> None:
    universe.advance(1)


def see(peer: Peer, expression: str) -> list[object]:
    return list(peer.run(f"return {expression}", parent="Workspace"))


@pytest.mark.fact("replication.seen", "replication.late_joiner")
def test_clients_see_what_replicates_whenever_they_join(game: Universe) -> None:
    server = game.peers[0]
    early = game.client("Early")
    server.run(
        """
        for _, place in { workspace, game.ReplicatedStorage, game.ServerStorage } do
            local value = Instance.new("StringValue")
            value.Name, value.Value = "V", "first"
            value:SetAttribute("kind", 1)
            value:AddTag("tagged")
            local pointer = Instance.new("ObjectValue", value)
            pointer.Name, pointer.Value = "Pointer", value
            value.Parent = place
        end
        workspace:SetAttribute("playing", "x")
        """
    )
    settle(game)
    late = game.client("Late")
    settle(game)
    for client in (early, late):
        assert see(
            client,
            "workspace.V.Value, workspace.V:GetAttribute('kind'), workspace.V:HasTag('tagged'), "
            "workspace.V.Pointer.Value == workspace.V, game.ReplicatedStorage.V.Value, "
            "#game.ServerStorage:GetChildren(), #game.ServerScriptService:GetChildren(), "
            "workspace:GetAttribute('playing')",
        ) == ["first", 1, True, True, "first", 0, 0, "x"]


@pytest.mark.fact("replication.changes", "tag.replication")
def test_changes_arrive_in_order(game: Universe) -> None:
    server = game.peers[0]
    client = game.client()
    server.run("local v = Instance.new('StringValue') v.Name = 'V' v.Parent = workspace")
    settle(game)
    client.spawn(
        """
        workspace.V.Changed:Connect(function(value) print(value) end)
        workspace.V.AttributeChanged:Connect(function(name) print(name) end)
        workspace.V:AddTag("own")
        """,
        parent="ReplicatedStorage",
    )
    server.run("local v = workspace.V for n = 1, 3 do v.Value = n v:SetAttribute('a', n) end v:AddTag('server')")
    settle(game)
    assert texts(client) == ["1", "a", "2", "a", "3", "a"]
    assert see(client, "table.concat(workspace.V:GetTags(), ' ')") == ["server"]
    server.run("workspace.V.Name = 'W' workspace.W.Parent = game.ReplicatedStorage")
    settle(game)
    assert see(client, "game.ReplicatedStorage.W.Value, workspace:FindFirstChild('V')") == ["3", None]
    server.run("game.ReplicatedStorage.W.Parent = game.ServerStorage")
    settle(game)
    assert see(client, "game.ReplicatedStorage:FindFirstChild('W')") == [None]
    server.run("local w = game.ServerStorage.W w.Parent = workspace task.wait(0.2) w:Destroy()")
    settle(game)
    assert see(client, "workspace:FindFirstChild('W')") == [None]


@pytest.mark.fact("replication.client_stays_local")
def test_what_a_client_changes_stays_there(game: Universe) -> None:
    server = game.peers[0]
    client = game.client()
    settle(game)
    client.run("workspace:SetAttribute('mine', 1) Instance.new('Folder', workspace).Name = 'Mine'", parent="Workspace")
    settle(game)
    assert see(server, "workspace:GetAttribute('mine'), workspace:FindFirstChild('Mine')") == [None, None]


@pytest.mark.fact("players.events")
def test_players_come_and_go(game: Universe) -> None:
    server = game.peers[0]
    watch = """
    local players = game:GetService("Players")
    players.PlayerAdded:Connect(function(player) print("+", player.Name, player.UserId, #players:GetPlayers()) end)
    players.PlayerRemoving:Connect(function(player) print("-", player, player.Parent ~= nil) end)
    """
    server.spawn(watch)
    ann = game.client("Ann", user_id=7)
    settle(game)
    ann.spawn(watch + "print(players.LocalPlayer, players.LocalPlayer.UserId)", parent="Workspace")
    bob = game.client("Bob", user_id=8)
    settle(game)
    assert see(server, "game.Players:GetPlayerByUserId(8).Name, game.Players:GetPlayerByUserId(9)") == ["Bob", None]
    game.leave(bob)
    settle(game)
    assert texts(server)[:2] == ["+ Ann 7 1", "+ Bob 8 2"]
    assert texts(server)[2].startswith("- Bob")
    assert texts(ann)[:2] == ["Ann 7", "+ Bob 8 2"]
    assert texts(ann)[2].startswith("- Bob")
    assert see(ann, "#game.Players:GetPlayers()") == [1]


@pytest.mark.fact("script.client_locations", "require.once")
def test_where_client_scripts_run(game: Universe) -> None:
    server = game.peers[0]
    local = ScriptTree("Local", "LocalScript", "print(script:GetFullName(), game:IsLoaded())")
    for place in (
        "ReplicatedFirst",
        "StarterPlayer.StarterPlayerScripts",
        "StarterGui",
        "ReplicatedStorage",
        "Workspace",
    ):
        server.mount(local, place)
    server.mount(ScriptTree("Both", "ModuleScript", "print('ran') return {}"), "ReplicatedStorage")
    server.run("require(game.ReplicatedStorage.Both)")
    ann = game.client("Ann")
    settle(game)
    ann.run("require(game.ReplicatedStorage.Both)", parent="Workspace")
    assert texts(ann) == [
        "ReplicatedFirst.Local false",
        "Players.Ann.PlayerScripts.Local true",
        "Players.Ann.PlayerGui.Local true",
        "ran",
    ]
    assert texts(server) == ["ran"]


def test_server_scripts_are_nothing_to_clients(game: Universe) -> None:
    server = game.peers[0]
    server.mount(ScriptTree("S", "Script", "print('ran')"), "Workspace")
    ann = game.client("Ann")
    settle(game)
    assert (texts(server), texts(ann)) == (["ran"], [])


@pytest.mark.fact("remote.event", "remote.copy")
def test_remote_events_carry_copies_both_ways(game: Universe) -> None:
    server = game.peers[0]
    server.spawn(
        """
        local remote = game.ReplicatedStorage.RemoteEvent
        remote.OnServerEvent:Connect(function(player, list, named, nothing, item, place)
            print(player, #list, list.lost, named.a, getmetatable(named), nothing, item, place)
            remote:FireAllClients(list)
            remote:FireClient(player, "for you", nil, 3)
        end)
        """
    )
    clients = [game.client(name) for name in ("Ann", "Bob")]
    settle(game)
    for client in clients:
        client.spawn(
            """
            local event = game.ReplicatedStorage.RemoteEvent.OnClientEvent
            event:Connect(function(...) print(typeof((...)), select('#', ...)) end)
            """,
            parent="Workspace",
        )
    clients[0].run(
        """
        local hidden = Instance.new("Folder", workspace)
        local named = setmetatable({ a = 1 }, { __index = print })
        local remote = game.ReplicatedStorage.RemoteEvent
        remote:FireServer({ 1, 2, lost = 3 }, named, print, Enum.HttpCompression.Gzip, workspace)
        remote:FireServer({}, {}, hidden, 1, 2)
        """,
        parent="Workspace",
    )
    settle(game)
    assert texts(server) == ["Ann 2 nil 1 nil nil Enum.HttpCompression.Gzip Workspace", "Ann 0 nil nil nil nil 1 2"]
    assert texts(clients[0]) == ["table 1", "string 3"] * 2
    assert texts(clients[1]) == ["table 1"] * 2


@pytest.mark.fact("remote.queue")
@pytest.mark.parametrize("limit", [2, 256])
def test_events_wait_for_a_listener(limit: int) -> None:
    with Universe(settings=Settings(remote_queue_limit=limit)) as universe:
        server = universe.server()
        server.mount(ScriptTree("RemoteEvent", "RemoteEvent"), "ReplicatedStorage")
        client = universe.client()
        settle(universe)
        server.run("for n = 1, 3 do game.ReplicatedStorage.RemoteEvent:FireAllClients(n) end")
        settle(universe)
        client.run(
            "game.ReplicatedStorage.RemoteEvent.OnClientEvent:Connect(function(n) print(n) end)", parent="Workspace"
        )
        said = [line.text for line in client.output if line.kind == "print"]
        warned = [line.text for line in client.output if line.kind == "warn"]
        assert said == ["1", "2", "3"][:limit]
        assert ["Remote event invocation discarded" in text for text in warned] == ([True] if limit == 2 else [])


@pytest.mark.fact("replication.late_joiner")
def test_a_late_joiner_sees_references_to_what_it_gets_later(game: Universe) -> None:
    """Workspace is told before SoundService, and one child before its sibling."""
    game.peers[0].run(
        """
        local SoundService = game:GetService("SoundService")
        local wire, pointer = Instance.new("Wire", workspace), Instance.new("ObjectValue")
        local sibling = Instance.new("Folder")
        wire.SourceInstance = Instance.new("AudioPlayer", SoundService)
        wire.TargetInstance = Instance.new("AudioDeviceOutput", SoundService)
        pointer.Value = sibling
        pointer.Parent, sibling.Parent = workspace, workspace
        """
    )
    late = game.client("Late")
    settle(game)
    assert see(late, "workspace.Wire.Connected, workspace.Value.Value == workspace.Folder") == [True, True]


VALUES = """
local data = buffer.create(5)
buffer.writeu8(data, 3, 200)
local given = table.pack(
    data, DateTime.fromUnixTimestampMillis(1234567), vector.create(1, -2.5, 3),
    TweenInfo.new(2, Enum.EasingStyle.Sine, Enum.EasingDirection.In, -1, true, 0.5), Enum.EasingStyle.Sine,
    { nested = { data, DateTime.fromUnixTimestampMillis(5) }, text = "\\0\\255" }, print, coroutine.running()
)
local function show(...)
    local out = {}
    for index = 1, select("#", ...) do
        local value = (select(index, ...))
        local kind = typeof(value)
        out[index] = if kind == "buffer" then `{kind} {buffer.len(value)} {buffer.readu8(value, 3)}`
            elseif kind == "DateTime" then `{kind} {value.UnixTimestampMillis}`
            elseif kind == "table" then `{show(table.unpack(value.nested))} {#value.text}`
            else `{kind} {value}`
    end
    return table.concat(out, "; ")
end
"""
SHOWN = (
    "buffer 5 200; DateTime 1234567; Vector3 1, -2.5, 3; TweenInfo Time:2 DelayTime:0.5 RepeatCount:-1 Reverses:True "
    "EasingDirection:In EasingStyle:Sine; EnumItem Enum.EasingStyle.Sine; buffer 5 200; DateTime 5 2; nil nil; nil nil"
)


@pytest.mark.fact("remote.values", "remote.copy")
def test_remotes_carry_values_of_the_engine(game: Universe) -> None:
    server, client = game.peers[0], game.client()
    server.spawn(
        VALUES
        + """
        local remotes = game.ReplicatedStorage
        remotes.RemoteEvent.OnServerEvent:Connect(function(_, ...) print(show(...)) end)
        function remotes.RemoteFunction.OnServerInvoke(_, ...)
            buffer.writeu8((...), 3, 1)
            return ...
        end
        game.Players.PlayerAdded:Wait()
        """
    )
    source = """
    local remotes = game.ReplicatedStorage
    local back = table.pack(remotes:WaitForChild("RemoteFunction"):InvokeServer(table.unpack(given, 1, given.n)))
    remotes.RemoteEvent:FireServer(table.unpack(given, 1, given.n))
    task.wait(1)
    return buffer.readu8(back[1], 3), buffer.readu8(data, 3), back[2] == given[2], back[3] == given[3]
    """
    assert client.run(VALUES + source, parent="ReplicatedStorage") == [1, 200, True, True]
    assert texts(server) == [SHOWN]


def test_what_no_peer_could_use_is_refused_by_name(game: Universe) -> None:
    client = game.client()
    for value, kind in (("Random.new(1)", "Random"), ("workspace.Changed", "RBXScriptSignal")):
        with pytest.raises(LuauError, match=f"not modelled: {kind} on its way to another peer"):
            client.run(
                f"game.ReplicatedStorage:WaitForChild('RemoteEvent'):FireServer({{ {value} }})",
                parent="ReplicatedStorage",
            )


BURST = """
local remote = game.ReplicatedStorage:WaitForChild("{name}")
for n = 1, 5 do remote:FireServer(n) end
task.wait(2)
remote:FireServer("later")
"""


def burst(name: str, **settings: Any) -> list[str]:
    """Return what a server sees of a client's five events in one frame and a later one."""
    with Universe(settings=Settings(**settings)) as universe:
        server = universe.server()
        server.mount(ScriptTree(name, name), "ReplicatedStorage")
        server.spawn(f"game.ReplicatedStorage.{name}.OnServerEvent:Connect(function(_, n) print(n) end)")
        client = universe.client()
        settle(universe)
        client.spawn(BURST.format(name=name), parent="Workspace")
        universe.advance(10)
        return texts(server)


@pytest.mark.fact("remote.rate", "remote.over_rate")
@pytest.mark.parametrize("name", ["RemoteEvent", "UnreliableRemoteEvent"])
@pytest.mark.parametrize(
    ("rate", "over", "seen"),
    [
        (500, "drop", ["1", "2", "3", "4", "5", "later"]),
        (2, "drop", ["1", "2", "later"]),
        (2, "queue", ["1", "2", "3", "4", "5", "later"]),
    ],
)
def test_a_client_may_fire_so_many_events_a_second(
    name: str, rate: int, over: Literal["drop", "queue"], seen: list[str]
) -> None:
    assert burst(name, remote_rate=rate, remote_over_rate=over) == seen


@pytest.mark.fact("remote.rate")
def test_all_events_of_a_class_share_a_clients_rate_and_no_server_has_one() -> None:
    with Universe(settings=Settings(remote_rate=2)) as universe:
        server = universe.server()
        for name in ("A", "B"):
            server.mount(ScriptTree(name, "RemoteEvent"), "ReplicatedStorage")
        server.spawn(
            """
            for _, name in { "A", "B" } do
                game.ReplicatedStorage[name].OnServerEvent:Connect(function(player) print(player.Name, name) end)
            end
            """
        )
        clients = [universe.client(name) for name in ("Ann", "Bob")]
        settle(universe)
        for client in clients:
            client.spawn("for _ = 1, 2 do game.ReplicatedStorage.A:FireServer() end", parent="Workspace")
            client.spawn("game.ReplicatedStorage.B:FireServer()", parent="Workspace")
            client.spawn("game.ReplicatedStorage.A.OnClientEvent:Connect(function(n) print(n) end)", parent="Workspace")
        settle(universe)
        server.spawn("for n = 1, 5 do game.ReplicatedStorage.A:FireAllClients(n) end")
        settle(universe)
        assert sorted(texts(server)) == ["Ann A", "Ann A", "Bob A", "Bob A"]
        assert texts(clients[0]) == ["1", "2", "3", "4", "5"]


@pytest.mark.fact("remote.unreliable_order")
@pytest.mark.parametrize(
    ("fate", "seen"),
    [
        ("arrive", ["1", "2", "3", "4", "5", "later"]),
        ("lost", ["1", "3", "5"]),
        ("late", ["1", "3", "5", "2", "4", "later"]),
    ],
)
def test_unreliable_events_may_be_lost_or_late(fate: Literal["arrive", "lost", "late"], seen: list[str]) -> None:
    assert burst("UnreliableRemoteEvent", unreliable_events=fate) == seen
    assert burst("RemoteEvent", unreliable_events=fate) == ["1", "2", "3", "4", "5", "later"]


@pytest.mark.fact("remote.unreliable")
@pytest.mark.parametrize(
    ("payload", "seen"),
    [
        ('string.rep("x", 990)', ["990"]),
        ('string.rep("x", 1001)', []),
        ('{ text = string.rep("x", 2000) }', []),
        ("table.create(200, 1)", []),
    ],
)
def test_an_unreliable_event_drops_what_is_large(payload: str, seen: list[str]) -> None:
    with Universe() as universe:
        server = universe.server()
        server.mount(ScriptTree("R", "UnreliableRemoteEvent"), "ReplicatedStorage")
        client = universe.client()
        settle(universe)
        client.spawn("game.ReplicatedStorage.R.OnClientEvent:Connect(function(v) print(#v) end)", parent="Workspace")
        server.spawn(f"game.ReplicatedStorage.R:FireAllClients({payload})")
        settle(universe)
        assert texts(client) == seen


@pytest.mark.fact("remote.function")
def test_remote_functions_answer_raise_and_wait(game: Universe) -> None:
    server = game.peers[0]
    ann = game.client("Ann")
    settle(game)
    server.spawn(
        """
        local remote = game.ReplicatedStorage.RemoteFunction
        task.wait(1)
        remote.OnServerInvoke = function() error("replaced") end
        remote.OnServerInvoke = function(player, n)
            if n == 0 then error("boom") end
            task.wait(1)
            return player, nil, n + 1
        end
        """
    )
    source = """
    local remote = game.ReplicatedStorage.RemoteFunction
    local first = table.pack(remote:InvokeServer(1))
    return first[1] == game.Players.LocalPlayer, first[2], first[3], first.n, pcall(remote.InvokeServer, remote, 0)
    """
    text = "ServerScriptService.Script:6: boom"
    assert ann.run(source, parent="Workspace") == [True, None, 2, 3, False, text]
    assert text in texts(server)


@pytest.mark.fact("remote.invoke_client")
def test_invoking_a_client_raises_when_it_errs_or_leaves_and_hangs_when_it_is_silent(game: Universe) -> None:
    server = game.peers[0]
    ann = game.client("Ann")
    settle(game)
    invoke = "pcall(function() return game.ReplicatedStorage.RemoteFunction:InvokeClient(game.Players.Ann, 1) end)"
    ann.spawn(
        "game.ReplicatedStorage.RemoteFunction.OnClientInvoke = function(n) error('no ' .. n, 0) end",
        parent="Workspace",
    )
    assert see(server, invoke) == [False, "no 1"]
    ann.spawn(
        "game.ReplicatedStorage.RemoteFunction.OnClientInvoke = function() task.wait(1e6) end", parent="Workspace"
    )
    server.spawn(f"print({invoke})")
    game.advance(1000)
    assert texts(server) == []
    game.leave(ann)
    assert texts(server) == ["false player left the game"]


@pytest.mark.parametrize(
    ("side", "call", "message"),
    [
        ("server", "RemoteEvent:FireServer()", "FireServer can only be called from the client"),
        ("client", "RemoteEvent:FireAllClients()", "FireAllClients can only be called from the server"),
        ("client", "RemoteEvent:FireClient()", "FireClient can only be called from the server"),
        ("server", "RemoteFunction:InvokeServer()", "InvokeServer can only be called from the client"),
        ("client", "RemoteFunction:InvokeClient()", "InvokeClient can only be called from the server"),
        ("server", "RemoteEvent:FireClient(workspace)", "Unable to cast value to Object"),
    ],
)
def test_the_wrong_side(game: Universe, side: str, call: str, message: str) -> None:
    client = game.client()
    settle(game)
    peer = game.peers[0] if side == "server" else client
    with pytest.raises(LuauError) as caught:
        peer.run(f"game.ReplicatedStorage.{call}", parent="Workspace")
    assert caught.value.message == message


@pytest.mark.fact("clock.server_time", "clock.client_skew")
@pytest.mark.parametrize("skew", [0.0, 90.0])
def test_the_shared_clock(skew: float) -> None:
    with Universe(settings=Settings(client_clock_skew=skew)) as universe:
        server, client = universe.server(), universe.client()
        times = [
            peer.run("return workspace:GetServerTimeNow(), tick()", parent="Workspace") for peer in (server, client)
        ]
        assert times[0][0] == pytest.approx(times[1][0])
        assert times[1][1] == pytest.approx(times[0][1] + skew)  # type: ignore[operator]


@pytest.mark.fact("network.latency")
@pytest.mark.parametrize("latency", [0.0, 0.5])
def test_latency(latency: float) -> None:
    with Universe(settings=Settings(network_latency=latency)) as universe:
        server, client = universe.server(), universe.client()
        client.spawn("workspace:GetAttributeChangedSignal('a'):Wait() print(os.clock())", parent="Workspace")
        settle(universe)
        (before,) = server.run("workspace:SetAttribute('a', 1) return os.clock()")
        settle(universe)
        assert isinstance(before, float | int)
        assert float(texts(client)[0]) - before == pytest.approx(latency, abs=0.05)


@pytest.mark.fact("remote.order")
@pytest.mark.parametrize(("order", "expected"), [("in_order", ["new"]), ("remotes_first", ["old"])])
def test_a_remote_may_overtake_a_property(order: Literal["in_order", "remotes_first"], expected: list[str]) -> None:
    with Universe(settings=Settings(remote_order=order)) as universe:
        server = universe.server()
        server.mount(ScriptTree("RemoteEvent", "RemoteEvent"), "ReplicatedStorage")
        server.run("workspace:SetAttribute('a', 'old')")
        client = universe.client()
        settle(universe)
        client.spawn(
            """
            local event = game.ReplicatedStorage.RemoteEvent.OnClientEvent
            event:Connect(function() print(workspace:GetAttribute("a")) end)
            """,
            parent="Workspace",
        )
        server.run("workspace:SetAttribute('a', 'new') game.ReplicatedStorage.RemoteEvent:FireAllClients()")
        settle(universe)
        assert texts(client) == expected


def test_roles_of_clients() -> None:
    source = "local r = game:GetService('RunService') return r:IsClient(), r:IsServer(), r:IsStudio(), r:IsRunning()"
    with Universe() as universe:
        universe.server()
        assert universe.client().run(source, parent="Workspace") == [True, False, False, True]
        assert universe.client("B", studio=True).run(source, parent="Workspace") == [True, False, True, True]


def test_a_client_needs_a_server(universe: Universe) -> None:
    with pytest.raises(ValueError, match="call server"):
        universe.client()
