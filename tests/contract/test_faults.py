"""Each fault of the table on each operation, through the shipped client: a value of the right kind, and in time."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from audioscape_luau.contract.values import without_nulls
from audioscape_luau.mock import FAULTS, Fault, SpecCheck, reply_of
from audioscape_luau.openapi import Example, Operation
from support.game import KEY, Game, Outcome, only

SIMILAR = only("similar")

CASES = [(operation, fault) for operation in SIMILAR.operations for fault in FAULTS]
DEADLINE = 30.0
"""Seconds that a call may take by default, its pauses and repetitions included."""
NO_NUMBERS = {"nan", "infinity", "huge-numbers", "wrong-types"}


def full(operation: Operation) -> Example:
    """The success among the examples that shows the most."""
    good = [example for example in operation.examples if example.status == 200 and not example.breaks]
    return max(good, key=lambda example: len(example.body))


def named(value: Operation | Fault) -> str:
    return value.id if isinstance(value, Operation) else value.name


def call(game: Game, operation: Operation, fault: Fault, **options: Any) -> tuple[Outcome, float, int]:
    """Call an operation whose every reply has the fault; return the outcome, the seconds and the requests it took."""
    game.universe.advance(61)  # past the window of any limit
    check, seen = SpecCheck(SIMILAR), len(game.requests)

    def answer(request: httpx.Request) -> httpx.Response:
        check.request(request)
        return fault.apply(reply_of(full(operation)))

    game.router.route().mock(side_effect=answer)
    began = game.universe.now
    outcome = game.call(operation.id, dict(full(operation).request), **options)
    return outcome, game.universe.now - began, len(game.requests) - seen


def understood(operation: Operation, fault: Fault) -> Any:
    """What a client hands on all the same."""
    body: Any = without_nulls(json.loads(full(operation).body))
    lists: list[list[dict[str, Any]]] = [member for member in body.values() if isinstance(member, list)]
    for items in lists:
        if fault.name in NO_NUMBERS:
            items[0] = {name: value for name, value in items[0].items() if not isinstance(value, int | float)}
    if fault.name == "big":
        body["padding"] = "x" * 10_000_000
    return body


@pytest.mark.cases(16)
@pytest.mark.breaks_contract
@pytest.mark.parametrize(("operation", "fault"), CASES, ids=named)
def test_every_call_returns_a_value_of_the_right_kind_in_time(game: Game, operation: Operation, fault: Fault) -> None:
    outcome, seconds, requests = call(game, operation, fault)
    assert seconds <= DEADLINE + 0.1
    if fault.kind is None:
        assert outcome.err is None, outcome.err
        assert outcome.result == understood(operation, fault)
        assert requests == 1
        return
    assert outcome.result is None
    assert outcome.err is not None
    assert (outcome.err["kind"], outcome.err["retryable"]) == (fault.kind, fault.retryable)
    assert outcome.err["operation"] == operation.id
    assert outcome.err["attempts"] == requests
    assert requests == 1 or fault.retryable
    assert outcome.err["message"]
    assert outcome.err["frozen"] is True
    assert "\n" not in outcome.err["text"]
    assert KEY not in repr(outcome.err)
    assert KEY not in repr(game.server.output)


@pytest.mark.cases(12)
@pytest.mark.breaks_contract
@pytest.mark.parametrize(("operation", "fault"), [case for case in CASES if case[1].kind], ids=named)
def test_without_retries_one_request_is_sent(game: Game, operation: Operation, fault: Fault) -> None:
    outcome, seconds, requests = call(game, operation, fault, maxRetries=0, timeout=7)
    assert outcome.err is not None
    assert (outcome.err["kind"], requests) == (fault.kind, 1)
    assert seconds <= 7.1


def test_the_table_names_each_fault_once_and_every_kind_that_a_network_can_cause() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)
    kinds = {fault.kind for fault in FAULTS}
    assert kinds >= {
        None,
        "http_disabled",
        "engine_limit",
        "timeout",
        "connection",
        "unauthorized",
        "not_found",
        "bad_request",
        "rate_limited",
        "server_error",
        "http_error",
        "decode",
        "internal",
    }
