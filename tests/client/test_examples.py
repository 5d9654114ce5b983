"""Every example of the specification, as a call of the shipped client."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from audioscape_luau.contract.values import is_finite
from audioscape_luau.openapi import Array, Example, Field, Operation
from support.game import KEY, Game, api, arrived, described

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


def on_the_wire(fields: Iterable[Field], example: Example) -> list[tuple[str, Any]]:
    """What the specification asks for: declared order, defaults and empty values left off."""
    given = [(field, example.request.get(field.name) if field.fixed is None else field.fixed) for field in fields]
    return [(field.name, value) for field, value in given if value not in (None, {}, []) and value != field.default]


@pytest.mark.cases(40)
@pytest.mark.parametrize(("operation", "example"), EXAMPLES)
def test_example(game: Game, operation: Operation, example: Example) -> None:
    game.answer(example.status, body=example.body, headers=example.headers)
    outcome = game.call(operation.id, dict(example.request), maxRetries=0)

    (request,) = game.requests
    address = urlsplit(api().address(operation))
    sent = urlsplit(str(request.url))
    assert (request.method, sent.scheme, sent.netloc) == (operation.method, address.scheme, address.netloc)
    assert sent.path == address.path + operation.path
    assert request.headers[api().api_key_header] == KEY
    pairs = [
        (name, text if isinstance(example.request.get(name, ""), str) else json.loads(text))
        for name, text in parse_qsl(sent.query, keep_blank_values=True, strict_parsing=True)
    ]
    assert pairs == on_the_wire(operation.parameters, example)
    if operation.body is not None:
        body = json.loads(request.content, object_pairs_hook=list)
        assert [name for name, _ in body] == [name for name, _ in on_the_wire(operation.body.shape.fields, example)]
        assert json.loads(request.content) == dict(on_the_wire(operation.body.shape.fields, example))

    if example.status == operation.success.status:
        assert outcome.err is None
        assert outcome.result if operation.reply is None else isinstance(outcome.result, dict)
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
    for operation in described():
        for example in operation.examples:
            if example.status != operation.success.status or example.breaks:
                continue
            game.answer(body=example.body, headers=example.headers)
            outcome = game.call(operation.id, dict(example.request))
            assert outcome.result == arrived(json.loads(example.body)), example.name
