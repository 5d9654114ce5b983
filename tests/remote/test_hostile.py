"""Whatever clients send, the server answers in data or not at all, says nothing of itself and goes on."""

from __future__ import annotations

import json
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given

from audioscape_luau.mock import DEMO_KEY
from roblox_double import Peer
from support.remote import TRACKS, Served, ask, spam
from support.sampling import examples

KINDS = {"busy", "not_allowed", "invalid_request", "unavailable"}
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["asset_id", "limit", "1", "similar", "rbxassetid://1", *TRACKS[:3]]),
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.sampled_from(["asset_id", "limit", "filters"]), st.text(max_size=8)), inner, max_size=4
        ),
    ),
    max_leaves=12,
)


def sound(reply: Any) -> None:
    """Fail if a reply is none that the server may give."""
    assert hasattr(reply, "keys")
    if reply["ok"]:
        assert set(reply) <= {"ok", "body", "bytes"}
        return
    assert reply["kind"] in KINDS
    assert set(reply) <= {"ok", "kind", "parameter", "retryAfter"}
    said = json.dumps(reply)
    assert DEMO_KEY not in said
    assert "ServerScriptService" not in said
    assert ("retryAfter" in reply) == (reply["kind"] in ("busy", "unavailable"))
    assert len(said) < 500


@pytest.fixture(scope="module")
def besieged() -> Any:
    """A server and a client that the examples of one test share."""
    with Served() as served:
        served.serve(
            "{ operations = { 'similar', 'browse', 'lookup', 'search' }, anyId = true, burst = 100, every = 0.1 }"
        )
        yield served, served.join("Mallory")


@examples(60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    operation=st.one_of(st.sampled_from(["similar", "browse", "lookup", "search", "vote:skip"]), _VALUES), query=_VALUES
)
def test_any_arguments_get_an_answer_in_data(besieged: tuple[Served, Peer], operation: Any, query: Any) -> None:
    served, client = besieged
    served.advance(1)
    source = "local remote = game.ReplicatedStorage.AudioScapeCalls return remote:InvokeServer(...)"
    reply, *_ = client.run(source, operation, query, parent="ReplicatedStorage")
    sound(reply)
    assert [line.text for line in served.server.output if line.kind == "error"] == []


def test_a_fault_of_our_own_is_unavailable_and_told_to_the_server_only(served: Served) -> None:
    served.serve()
    client = served.join("Ann")
    # A radio that was made of nothing breaks the vote, not the server.
    served.run(
        """
        handle:stop()
        local broken = { skip = function() end, nowPlaying = function() error("at ServerScriptService.Game:7") end }
        broken.trackChanged = { Connect = function() return { Disconnect = function() end } end }
        local first = broken.nowPlaying
        broken.nowPlaying = function() return nil end
        shared.handle = client:serve({ radio = broken })
        broken.nowPlaying = first
        """
    )
    served.advance(1)
    assert ask(client, "'vote:skip', { asset_id = '1' }") == {"ok": False, "kind": "unavailable", "retryAfter": 5}
    (line,) = [line.text for line in served.server.output if line.kind == "warn"]
    assert line.startswith("AudioScapeClient: a player's request was refused, since this failed: ")
    assert "Game:7" in line


def test_leaving_in_the_middle_leaves_the_others_alone() -> None:
    with Served(seconds=2) as served:
        served.serve("{ operations = { 'similar' }, anyId = true }")
        ann = served.join("Ann")
        for number in range(6):
            mallory = served.join(f"Mallory{number}")
            ids = f"'{TRACKS[number]}', '{TRACKS[number + 20]}'"
            spam(mallory, f"for _, id in {{ {ids} }} do task.spawn(ask, 'similar', {{ asset_id = id }}) end")
            served.advance(0.2)
            served.universe.leave(mallory)
        assert ask(ann, f"'similar', {{ asset_id = '{TRACKS[60]}' }}")["ok"] is True
        served.advance(30)
        assert [line.text for line in served.server.output if line.kind == "error"] == []
