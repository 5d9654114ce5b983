"""Many servers at once, and players without machines of their own."""

from __future__ import annotations

import math

import pytest

from roblox_double import FRAME, LuauError, LuauValue, Opaque, Peer, Settings, Universe

_SERVER = """
local storage, players = game:GetService("ReplicatedStorage"), game:GetService("Players")
local ask, tell = Instance.new("RemoteFunction"), Instance.new("RemoteEvent")
ask.Name, tell.Name, ask.Parent, tell.Parent = "Ask", "Tell", storage, storage
ask.OnServerInvoke = function(player, what, ...)
	if what == "fail" then
		error("no " .. player.Name, 0)
	elseif what == "wait" then
		task.wait(1)
	end
	return what, ...
end
tell.OnServerEvent:Connect(function(player, ...) print(player.Name, player.UserId, ...) end)
players.PlayerAdded:Connect(function(player) print("+" .. player.Name) end)
players.PlayerRemoving:Connect(function(player) print("-" .. player.Name) end)
"""
ASK, TELL = "ReplicatedStorage.Ask", "ReplicatedStorage.Tell"


@pytest.fixture
def asked(server: Peer) -> Peer:
    server.run(_SERVER)
    return server


def printed(peer: Peer) -> list[str]:
    return [line.text for line in peer.output]


def test_a_guest_is_a_player_like_any_other(universe: Universe, asked: Peer) -> None:
    ann = universe.guest("Ann", user_id=7)
    ben, cid = universe.guest("Ben"), universe.client("Cid")
    tell = "game.ReplicatedStorage:WaitForChild('Tell'):FireServer('too')"
    cid.run(tell, parent="ReplicatedStorage")
    ann.fire(TELL, "hello", 1)
    universe.advance(1)
    assert universe.cloud().players(asked) == universe.cloud().users() == 3
    universe.leave(ann)
    asked.run("game.Players.Ben:Kick('Be nice')")
    assert (ann.kicked, ben.kicked) == (None, "Be nice")
    assert printed(asked) == ["+Ann", "+Ben", "+Cid", "Cid 1003 too", "Ann 7 hello 1", "-Ann", "-Ben"]
    assert universe.cloud().users() == 1
    with pytest.raises(ValueError, match="Ann has left"):
        ann.invoke(ASK)


def test_a_guest_calls_and_is_answered_after_the_way_there_and_back(universe: Universe, asked: Peer) -> None:
    ann = universe.guest("Ann", server=asked)
    late, soon, bad = ann.invoke(ASK, "wait"), ann.invoke(ASK, "now"), ann.invoke(ASK, "fail")
    universe.advance(0.2)
    there = soon.answered or math.inf
    assert (soon.sent, soon.values, soon.error) == (0, ["now"], None)
    assert (bad.values, bad.error, late.answered) == (None, "no Ann", None)
    assert 2 * universe.settings.network_latency <= there < 0.2
    universe.advance(2)
    assert late.answered == pytest.approx(there + 1, abs=0.05)  # pyright: ignore[reportUnknownMemberType]
    unheard = ann.invoke(ASK, "wait")
    universe.leave(ann)
    universe.advance(3)
    assert (unheard.answered, unheard.values) == (None, None)


_TABLES: list[LuauValue] = [{"a": {"b": [1, 2]}, "c": []}, []]
_PLAIN: list[LuauValue] = [1.5, "é", b"\xff", True, None, math.inf, 2]


@pytest.mark.parametrize("sent", [_PLAIN, _TABLES])
def test_what_a_guest_sends_comes_back(universe: Universe, asked: Peer, sent: list[LuauValue]) -> None:
    call = universe.guest(server=asked).invoke(ASK, *sent)
    universe.advance(1)
    assert call.values == sent


def test_what_has_no_python_form_is_opaque(universe: Universe, asked: Peer) -> None:
    source = (
        "game.ReplicatedStorage.Ask.OnServerInvoke = function() return buffer.fromstring('ab'), vector.one, ask end"
    )
    asked.run(source)
    call = universe.guest().invoke(ASK)
    universe.advance(1)
    assert call.values == [b"ab", Opaque("vector", "1 1 1"), None]


def test_a_guest_calls_only_remotes(universe: Universe, asked: Peer) -> None:
    ann = universe.guest(server=asked)
    with pytest.raises(LuauError, match=r"ReplicatedStorage\.Tell is no RemoteFunction"):
        ann.invoke(TELL)
    with pytest.raises(LuauError, match=r"ReplicatedStorage\.Ask is no BaseRemoteEvent"):
        ann.fire(ASK)
    with pytest.raises(LuauError, match="there is no ReplicatedStorage"):
        ann.fire("ReplicatedStorage.Gone")


def test_what_replicates_is_not_for_guests(universe: Universe, asked: Peer) -> None:
    universe.guest("Ann")
    asked.run("workspace:SetAttribute('a', 1) game.ReplicatedStorage.Tell:FireAllClients('x')")
    ben = universe.client("Ben")
    universe.advance(1)
    assert ben.run("return workspace:GetAttribute('a')", parent="ReplicatedStorage") == [1]


def test_what_one_does_reaches_another_in_the_same_frame_only_if_its_turn_comes_later() -> None:
    with Universe(settings=Settings(messaging_seconds=0, messaging_publish_seconds=0)) as universe:
        first, second, third = (universe.server() for _ in range(3))
        for server in (first, second, third):
            server.run("game:GetService('MessagingService'):SubscribeAsync('T', function() print('heard') end)")
        second.spawn("task.wait(1) game:GetService('MessagingService'):PublishAsync('T', 1)")
        universe.advance(2)
        heard = [server.output[0].time - third.output[0].time for server in (first, second, third)]
    assert heard == pytest.approx([FRAME, FRAME, 0])  # pyright: ignore[reportUnknownMemberType]
