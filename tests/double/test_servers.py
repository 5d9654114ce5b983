"""Several servers of one game: each has its own players, and a DataModel of its own."""

from __future__ import annotations

import pytest

from roblox_double import LuauError, Peer, ScriptTree, Universe
from roblox_double.testing import Roblox

ECHO = ScriptTree(
    "Game",
    "DataModel",
    children=(
        ScriptTree("ReplicatedStorage", "ReplicatedStorage", children=(ScriptTree("Ask", "RemoteFunction"),)),
        ScriptTree(
            "ServerScriptService",
            "ServerScriptService",
            children=(
                ScriptTree(
                    "Main",
                    "Script",
                    source="""
                    game.ReplicatedStorage.Ask.OnServerInvoke = function(player, text)
                        return player.Name .. " says " .. text .. " in place " .. game.PlaceId
                    end
                    """,
                ),
            ),
        ),
    ),
)


def players(server: Peer) -> object:
    source = "local n = {} for _, p in game.Players:GetPlayers() do table.insert(n, p.Name) end table.sort(n) return n"
    return server.run(source)[0]


def ids(peer: Peer) -> list[object]:
    return list(peer.run("return game.JobId, game.PlaceId, game.GameId", parent="Workspace"))


@pytest.mark.fact("game.servers")
def test_each_server_has_players_of_its_own(universe: Universe) -> None:
    first, second = universe.server(), universe.server(place_id=7)
    ann, ben = universe.client("Ann"), universe.client("Ben", server=second)
    universe.advance(1)
    assert (players(first), players(second)) == (["Ann"], ["Ben"])
    second.run("workspace:SetAttribute('here', 2)")
    universe.advance(1)
    seen = "return workspace:GetAttribute('here')"
    assert (ann.run(seen, parent="Workspace"), ben.run(seen, parent="Workspace")) == ([None], [2])
    universe.leave(ben)
    assert (players(first), players(second)) == (["Ann"], [])


@pytest.mark.fact("game.servers", "game.job_id.studio")
def test_servers_are_told_apart(universe: Universe) -> None:
    first, second, third = universe.server(), universe.server(place_id=7), universe.server(game_id=9)
    studio = universe.server(studio=True)
    ben = universe.client("Ben", server=second)
    jobs = [ids(peer)[0] for peer in (first, second, third)]
    assert len(set(jobs)) == 3
    assert all(isinstance(job, str) and len(job) == 36 for job in jobs)
    assert [ids(peer)[1:] for peer in (first, second, third)] == [[1, 1], [7, 1], [1, 9]]
    assert ids(ben) == ids(second)
    assert ids(studio) == ["", 1, 1]


def test_a_client_joins_the_first_server_that_is_there(universe: Universe) -> None:
    first, second = universe.server(), universe.server()
    universe.close_server(first)
    universe.client("Ann")
    universe.advance(1)
    assert players(second) == ["Ann"]
    with pytest.raises(ValueError, match=r"a client needs a server to join: call server\(\) first"):
        universe.client("Ben", server=first)


def test_who_stays_behind_when_a_server_goes_may_leave(universe: Universe) -> None:
    first = universe.server()
    ann = universe.client("Ann")
    universe.advance(1)
    universe.close_server(first)
    ann.run("game.ReplicatedStorage:GetChildren()", parent="Workspace")
    universe.advance(1)
    universe.leave(ann)
    assert universe.peers == []


def test_a_skewed_clock_belongs_to_one_server(universe: Universe) -> None:
    first, second = universe.server(), universe.server(clock_skew=3)
    now = "return DateTime.now().UnixTimestampMillis"
    assert second.run(now)[0] - first.run(now)[0] == 3000  # pyright: ignore[reportOperatorIssue]


def test_a_game_under_test_runs_on_several_servers_and_places() -> None:
    lobby = ScriptTree("Lobby", "Folder")
    with Roblox(ECHO) as game:
        other, place = game.start_server(place_id=5), game.start_server(lobby, place_id=6, name="lobby")
        ben = game.client("Ben", server=other)
        game.advance(1)
        ask = "return game.ReplicatedStorage.Ask:InvokeServer('hello')"
        assert ben.run(ask, parent="ReplicatedStorage") == ["Ben says hello in place 5"]
        assert place.run("return game.ServerScriptService.Lobby.ClassName") == ["Folder"]
        assert [peer.name for peer in (game.server, other, place)] == ["server", "server2", "lobby"]
        other.run("print('here')")
        assert "server2" in game.transcript


_LEAVES = "game.Players.PlayerRemoving:Connect(function(player) print(player.Name, #game.Players:GetPlayers()) end)"


@pytest.mark.fact("players.kick")
def test_a_script_kicks_a_player(universe: Universe) -> None:
    server = universe.server()
    server.spawn(_LEAVES)
    ann, ben = universe.client("Ann"), universe.client("Ben")
    universe.advance(1)
    server.run("game.Players.Ann:Kick('Be nice') game.Players.Ann:Kick('again')")
    assert (ann.kicked, ann.is_open, ben.kicked) == ("Be nice", False, None)
    assert universe.peers == [server, ben]
    assert [line.text for line in server.output] == ["Ann 2"]
    with pytest.raises(LuauError, match="Cannot kick a non-local Player from a LocalScript"):
        universe.client("Cid").run("task.wait(1) game.Players.Ben:Kick()", parent="ReplicatedStorage")
    ben.spawn("task.wait(1) game.Players.LocalPlayer:Kick() print('on')", parent="ReplicatedStorage")
    universe.advance(2)
    assert (ben.kicked, ben.is_open) == ("", False)
    assert [line.text for line in ben.output] == ["on"]


@pytest.mark.fact("players.kick")
def test_a_player_is_kicked_as_they_join(universe: Universe) -> None:
    server = universe.server()
    server.spawn("game.Players.PlayerAdded:Connect(function(player) player:Kick('full') end)")
    ann = universe.client("Ann")
    universe.advance(1)
    assert (ann.kicked, ann.is_open, universe.peers) == ("full", False, [server])
    assert not server.output


def test_a_server_that_crashes_says_no_farewell_but_what_it_asked_for_is_done(universe: Universe) -> None:
    first, second = universe.server(), universe.server()
    ann = universe.client("Ann", server=second)
    universe.advance(1)
    second.run("game:BindToClose(function() print('closing') end)")
    second.spawn("game:GetService('MemoryStoreService'):GetHashMap('M'):SetAsync('a', 1, 60) print('written')")
    began = universe.now
    universe.crash_server(second)
    universe.advance(1)
    assert (universe.now - began, second.output, second.is_open) == (1, [], False)
    assert universe.cloud().servers == [first]
    assert universe.cloud().memory_stores.hash_map("M") == {"a": 1}
    universe.leave(ann)
