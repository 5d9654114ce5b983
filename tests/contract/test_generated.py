"""Requests and replies drawn from the specification, through the shipped client, with the specification as judge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioscape_luau.contract import reply_cases
from audioscape_luau.contract.strategies import replies, requests
from audioscape_luau.contract.values import without_nulls
from audioscape_luau.mock import SpecCheck
from audioscape_luau.openapi import Operation
from support.game import KEY, Game, only
from support.sampling import examples
from support.sent import target

SIMILAR = only("similar")

OPERATIONS = pytest.mark.parametrize("operation", SIMILAR.operations, ids=lambda operation: operation.id)
CHECK = SpecCheck(SIMILAR)
EXAMPLES = examples(30)


def call(game: Game, operation: Operation, arguments: Mapping[str, Any], body: bytes) -> tuple[Any, Any]:
    """Call an operation that is answered with `body`; return its result and its error."""
    game.universe.advance(1)  # so that no minute holds more requests than are allowed
    game.answer(body=body, headers={"content-type": "application/json"})
    outcome = game.call(operation.id, dict(arguments), maxRetries=0)
    return outcome.result, outcome.err


def in_luau(value: Any) -> Any:
    """Return a JSON value as it comes back from Luau, where an empty object is an empty list."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        return {name: in_luau(member) for name, member in members.items()} or []
    return [in_luau(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def without_empty(value: Any) -> Any:
    """Return an argument without the tables in it that hold nothing: Luau cannot tell an object from a list there."""
    if isinstance(value, Mapping):
        members = {name: without_empty(member) for name, member in cast("Mapping[str, Any]", value).items()}
        return {name: member for name, member in members.items() if member not in ({}, [])}
    return value


def meaning(operation: Operation, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a server takes the arguments for: what is left out has its default."""
    return {field.name: field.default for field in operation.inputs if field.default is not None} | dict(arguments)


def reversed_(value: Any) -> Any:
    """Return an argument whose tables were filled the other way round."""
    if isinstance(value, Mapping):
        members = list(cast("Mapping[str, Any]", value).items())
        return {name: reversed_(member) for name, member in reversed(members)}
    return value


def example_request(operation: Operation) -> Mapping[str, Any]:
    return next(example.request for example in operation.examples if example.status == 200)


def example_reply(operation: Operation) -> bytes:
    return next(example.body for example in operation.examples if example.status == 200)


@OPERATIONS
@EXAMPLES
@given(data=st.data())
def test_every_valid_request_keeps_the_contract_and_has_one_spelling(
    game: Game, operation: Operation, data: st.DataObject
) -> None:
    arguments = data.draw(requests(operation))
    spellings: list[tuple[str, bytes]] = []
    for order in (arguments, reversed_(arguments)):
        _, err = call(game, operation, order, example_reply(operation))
        assert err is None, err
        request: httpx.Request = game.requests[-1]
        assert meaning(operation, CHECK.request(request).arguments) == meaning(operation, without_empty(arguments))
        spellings.append((target(request), request.content))
    assert spellings[0] == spellings[1]


@OPERATIONS
@EXAMPLES
@given(data=st.data())
def test_every_valid_reply_arrives_whole(game: Game, operation: Operation, data: st.DataObject) -> None:
    body = data.draw(replies(operation))
    CHECK.reply(operation, httpx.Response(operation.success.status, json=body))
    result, err = call(game, operation, example_request(operation), json.dumps(body).encode())
    assert err is None, err
    assert result == in_luau(without_nulls(body))


@pytest.mark.breaks_contract
@OPERATIONS
@EXAMPLES
@given(data=st.data())
def test_a_reply_broken_in_one_place_costs_no_more_than_it_must(
    game: Game, operation: Operation, data: st.DataObject
) -> None:
    body = data.draw(replies(operation, whole=True))
    cases = list(reply_cases(operation, body))
    case = cases[data.draw(st.integers(0, len(cases) - 1))]
    result, err = call(game, operation, example_request(operation), json.dumps(case.body).encode())
    if case.lost:
        assert result is None
        assert (err["kind"], err["retryable"]) == ("decode", False)
    else:
        assert err is None, err
        assert set(result) >= {name for name in body if name != case.path[0]}


@pytest.mark.breaks_contract
@OPERATIONS
@EXAMPLES
@given(data=st.data())
def test_a_reply_that_ends_early_is_a_decode_error(game: Game, operation: Operation, data: st.DataObject) -> None:
    body = json.dumps(data.draw(replies(operation)), ensure_ascii=False).encode()
    cut = data.draw(st.integers(0, len(body) - 1))
    result, err = call(game, operation, example_request(operation), body[:cut])
    assert result is None
    assert (err["kind"], err["status"]) == ("decode", operation.success.status)


@pytest.mark.breaks_contract
@OPERATIONS
@EXAMPLES
@given(body=st.binary(max_size=80) | st.text().map(str.encode), status=st.integers(200, 599))
def test_whatever_comes_is_a_value(game: Game, operation: Operation, body: bytes, status: int) -> None:
    game.universe.advance(1)
    game.answer(status, body=body)
    outcome = game.call(operation.id, dict(example_request(operation)), maxRetries=0)
    assert (outcome.result is None) != (outcome.err is None)
    assert KEY not in repr(outcome)
