"""What an event may be, and what is sent of it."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.conftest import Events

ONE = 'return client:track({ type = "play", asset_id = 12 })'


@pytest.mark.breaks_contract
@pytest.mark.parametrize(
    ("event", "parameter"),
    [
        ("{}", "type"),
        ('{ type = "" }', "type"),
        ("{ type = 1 }", "type"),
        ('{ type = "play", asset_id = "no" }', "asset_id"),
        ('{ type = "vote", value = "sideways" }', "value"),
        ('{ type = "play", duration = 0/0 }', "duration"),
        ('{ type = "play", timestamp = "now" }', "timestamp"),
        ('{ type = "play", player = 1 }', "player"),
        ('{ type = "x", metadata = { a = {} } }', "metadata.a"),
        ("nil", "event"),
        ('"play"', "event"),
        ("5", "event"),
    ],
)
def test_a_wrong_event_names_its_field_and_costs_only_itself(events: Events, event: str, parameter: str) -> None:
    [taken, kind, wrong, operation] = events.start(
        f"""
        track(1)
        local taken, err = client:track({event})
        track(2)
        client:flushAnalytics()
        return taken, err.kind, err.parameter, err.operation
        """
    )
    assert (taken, kind, wrong, operation) == (False, "invalid_request", parameter, "track")
    assert events.told == ["1", "2"]


def test_a_misspelt_field_says_which_was_meant(events: Events) -> None:
    text = events.start('return tostring(select(2, client:track({ type = "play", assetid = 1 })))')[0]
    assert "AudioScape track: unknown parameter `assetid`. Did you mean `asset_id`?" in text


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("nil", "`event` must be a table, got nil"),
        ("5", "`event` must be a table, got 5"),
        ('{ type = "play", foo = 1 }', "unknown parameter `foo`. `event` takes type, "),
        ("{}", "`type` is missing"),
    ],
)
def test_an_event_is_called_so(events: Events, event: str, text: str) -> None:
    assert text in events.start(f"return tostring(select(2, client:track({event})))")[0]


def test_what_is_wrong_is_told_to_the_hook(events: Events) -> None:
    [told] = events.start(
        """
        local told = {}
        local client = client:withOptions({ onError = function(event) table.insert(told, event.operation) end })
        client:track({})
        task.wait()
        return told
        """
    )
    assert told == ["track"]


def test_all_of_an_event_is_sent(events: Events) -> None:
    event = (
        '{ type = "mine", asset_id = "rbxassetid://12", player_id = "7", duration = 1.5, timestamp = 99, value = "up" }'
    )
    events.start(f"client:track({event}) client:flushAnalytics()")
    [request] = events.requests
    assert str(request.url).startswith("https://api.audioscape.ai/analytics/")
    assert events.batches == [
        [{"type": "mine", "asset_id": "12", "timestamp": 99, "player_id": "7", "duration": 1.5, "value": "up"}]
    ]


def test_what_is_left_out_is_filled_in(events: Events) -> None:
    now = events.start(
        "client = client:withOptions({ playerId = 5 }) track(1) local now = os.time() "
        "client:flushAnalytics() return now"
    )[0]
    [[event]] = events.batches
    assert event["player_id"] == "5"
    assert event["timestamp"] == pytest.approx(now, abs=1)
    assert isinstance(event["timestamp"], int)


def test_the_callers_table_is_neither_changed_nor_kept(events: Events) -> None:
    kept = events.start(
        """
        local event = setmetatable({ type = "play", asset_id = 1 }, { __index = error, __iter = error })
        client:track(event)
        event.type = "changed"
        client:flushAnalytics()
        local names = {}
        for name in next, event do table.insert(names, name) end
        table.sort(names)
        return names
        """
    )[0]
    assert kept == ["asset_id", "type"]
    assert events.batches[0][0]["type"] == "play"


@pytest.mark.parametrize("call", ["client.track({})", "client.flushAnalytics()", "client.track()"])
def test_a_dot_instead_of_a_colon(events: Events, call: str) -> None:
    [done, text] = events.start(f"local done, err = {call} return done, tostring(err)")
    assert done is False
    assert "with a colon" in text


@pytest.mark.parametrize("call", ["track({ type = 'x' })", "flushAnalytics()"])
def test_a_client_that_was_not_asked_to_sends_nothing(events: Events, call: str) -> None:
    found: list[Any] = events.run(
        f"""
        local told = 0
        local client = client:withOptions({{ onError = function() told += 1 end }})
        local done, err = client:{call}
        task.wait(100)
        return done, err.kind, tostring(err), client:stats().analytics == nil, told
        """
    )
    assert found[:2] == [False, "invalid_request"]
    assert "Turn them on with AudioScapeClient.new({ analytics = true })." in found[2]
    assert found[3:] == [True, 1]
    assert events.requests == []
