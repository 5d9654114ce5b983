"""Players vote to skip what the radio plays, and see the votes as attributes."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import Peer
from support.remote import TRACKS, Served, ask

SEED = TRACKS[3]


@pytest.fixture
def playing(served: Served) -> Served:
    """A server whose players may vote on a radio."""
    served.play(SEED)
    served.serve("{ radio = shared.radio }")
    return served


def now(served: Served) -> str:
    return str(served.run("local now = shared.radio:nowPlaying() return now and now.asset_id")[0])


def vote(client: Peer, argument: str) -> Any:
    return ask(client, f"'vote:skip', {{ asset_id = {argument} }}")


def shown(client: Peer) -> list[Any]:
    source = """
    local remote = game.ReplicatedStorage.AudioScapeCalls
    return remote:GetAttribute("SkipVotes"), remote:GetAttribute("SkipVotesNeeded")
    """
    return client.run(source, parent="ReplicatedStorage")


def test_half_of_the_players_skip_a_track(playing: Served) -> None:
    ann, bob, _ = (playing.join(name) for name in ("Ann", "Bob", "Cy"))
    assert shown(ann) == [0, 2]
    for form in (f"'{SEED}'", SEED, f"'rbxassetid://{SEED}'"):
        assert vote(ann, form) == {"ok": True}
    playing.advance(1)
    assert (now(playing), shown(bob)) == (SEED, [1, 2])
    assert vote(bob, f"'{SEED}'") == {"ok": True}
    playing.advance(5)
    assert now(playing) != SEED
    assert shown(bob) == [0, 2]
    # A vote for the track before does not count.
    assert vote(ann, f"'{SEED}'") == {"ok": False, "kind": "invalid_request", "parameter": "asset_id"}
    assert shown(bob) == [0, 2]


def test_the_share_is_the_games_to_choose(playing: Served) -> None:
    playing.run("handle:stop()")
    playing.serve("{ radio = shared.radio, skipShare = 0.9 }")
    clients = [playing.join(name) for name in ("Ann", "Bob", "Cy")]
    assert shown(clients[0]) == [0, 3]


def test_who_leaves_takes_the_vote_along(playing: Served) -> None:
    clients = [playing.join(name) for name in ("Ann", "Bob", "Cy", "Di", "Eve")]
    vote(clients[0], f"'{SEED}'")
    playing.advance(1)
    assert shown(clients[1]) == [1, 3]
    playing.universe.leave(clients[0])
    playing.advance(1)
    assert shown(clients[1]) == [0, 2]
    vote(clients[1], f"'{SEED}'")
    assert now(playing) == SEED
    # With two fewer, the one vote is enough.
    playing.universe.leave(clients[2])
    playing.universe.leave(clients[3])
    playing.advance(5)
    assert now(playing) != SEED


def test_a_new_track_begins_without_votes(playing: Served) -> None:
    ann, _ = playing.join("Ann"), [playing.join(name) for name in ("Bob", "Cy")]
    vote(ann, f"'{SEED}'")
    playing.run("shared.radio:skip() task.wait(5)")
    playing.advance(1)
    assert shown(ann) == [0, 2]
    assert vote(ann, f"'{now(playing)}'") == {"ok": True}
    playing.advance(1)
    assert shown(ann) == [1, 2]


@pytest.mark.parametrize("argument", ["nil", "0/0", "-1", "true", "{}", "workspace", "'../x'", "12", "{ { {} } }"])
def test_what_is_no_track_is_no_vote(playing: Served, argument: str) -> None:
    client = playing.join("Mallory")
    assert vote(client, argument) == {"ok": False, "kind": "invalid_request", "parameter": "asset_id"}
    assert now(playing) == SEED


def test_a_vote_is_subject_to_the_games_rule(playing: Served) -> None:
    playing.run("handle:stop()")
    playing.serve(
        "{ radio = shared.radio, only = function(player, request) return request.operation ~= 'vote:skip' end }"
    )
    assert vote(playing.join("Ann"), f"'{SEED}'") == {"ok": False, "kind": "not_allowed"}


def test_votes_end_with_the_handle(playing: Served) -> None:
    client = playing.join("Ann")
    playing.run("handle:stop() shared.radio:skip() task.wait(5)")
    client.run("assert(not game.ReplicatedStorage:FindFirstChild('AudioScapeCalls'))", parent="ReplicatedStorage")
    assert [line.text for line in playing.server.output if line.kind != "print"] == [
        line.text for line in playing.server.output if "RespectFilteringEnabled" in line.text
    ]
