"""Every example of the specification, as a call of the shipped client."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from audioscape_luau.contract.values import is_finite, without_nulls
from audioscape_luau.openapi import Array, Example, Operation, Parameter
from support.game import KEY, Game, api

EXAMPLES = [
    pytest.param(
        operation,
        example,
        id=f"{operation.id}-{example.name}",
        marks=[pytest.mark.breaks_contract] if example.breaks else [],
    )
    for operation in api().operations
    for example in operation.examples
]
KINDS = {400: "bad_request", 401: "unauthorized", 404: "not_found", 429: "rate_limited", 500: "server_error"}


def on_the_wire(operation: Operation, example: Example) -> list[tuple[str, Any]]:
    """The query that the specification asks for: declared order, defaults and empty values left off."""
    pairs: list[tuple[str, Any]] = []
    for field in operation.parameters:
        value = example.request.get(field.name)
        if value in (None, {}, []) or value == field.default:
            continue
        assert isinstance(field, Parameter)
        pairs.append((field.name, value))
    return pairs


@pytest.mark.parametrize(("operation", "example"), EXAMPLES)
def test_example(game: Game, operation: Operation, example: Example) -> None:
    game.answer(example.status, body=example.body, headers=example.headers)
    outcome = game.call(operation.id, dict(example.request), maxRetries=0)

    (request,) = game.requests
    base = urlsplit(api().server_url)
    sent = urlsplit(str(request.url))
    assert (request.method, sent.scheme, sent.netloc) == (operation.method, base.scheme, base.netloc)
    assert sent.path == base.path + operation.path
    assert request.headers[api().api_key_header] == KEY
    parameters = {parameter.name: parameter for parameter in operation.parameters}
    pairs = [
        (name, json.loads(text) if not isinstance(example.request[name], str) else text)
        for name, text in parse_qsl(sent.query, keep_blank_values=True, strict_parsing=True)
        if name in parameters
    ]
    assert pairs == on_the_wire(operation, example)

    if example.status == 200:
        assert outcome.err is None
        for member in operation.result.fields:
            if member.required and isinstance(member.shape, Array):
                assert isinstance(outcome.result[member.name], list)
        assert is_finite(outcome.result)
    else:
        assert outcome.result is None
        assert outcome.err is not None
        assert outcome.err["kind"] == KINDS[example.status]
        assert outcome.err["status"] == example.status
        response = next(response for response in operation.responses if response.status == example.status)
        assert outcome.err["hint"] == response.hint
        said = error_text(example)
        if said:
            assert said in outcome.err["message"]


def error_text(example: Example) -> str | None:
    try:
        body = json.loads(example.body)
    except ValueError:
        return None
    return next((body[field] for field in api().error_texts if field in body), None)


def test_a_reply_that_keeps_the_contract_arrives_whole(game: Game) -> None:
    """Nothing of a valid reply is lost or changed, apart from nulls, which the engine does not know."""
    for operation in api().operations:
        for example in operation.examples:
            if example.status != 200 or example.breaks:
                continue
            game.answer(body=example.body, headers=example.headers)
            outcome = game.call(operation.id, dict(example.request))
            assert outcome.result == without_nulls(json.loads(example.body)), example.name
