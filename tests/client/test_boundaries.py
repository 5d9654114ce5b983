"""Each input and each field of the reply at its bounds and beyond, through the shipped client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest

from audioscape_luau.codegen import wording
from audioscape_luau.contract import ABOVE, ReplyCase, RequestCase, reply_cases, request_cases
from audioscape_luau.contract.values import without_nulls
from audioscape_luau.openapi import Array, Object, Operation, Shape, asset_id
from support.game import Game, api

REQUESTS = [
    pytest.param(operation, case, id=f"{operation.id}-{case.name}")
    for operation in api().operations
    for case in request_cases(operation)
]


def richest(operation: Operation) -> Any:
    """The reply among the examples that shows the most fields."""
    bodies = [example.body for example in operation.examples if example.status == 200 and not example.breaks]
    return json.loads(max(bodies, key=len))


REPLIES = [
    pytest.param(operation, case, id=f"{operation.id}-{case.name}")
    for operation in api().operations
    for case in reply_cases(operation, richest(operation))
]


@pytest.mark.parametrize(("operation", "case"), REQUESTS)
def test_request(kept: Game, operation: Operation, case: RequestCase) -> None:
    kept.answer(body=richest(operation))
    outcome = kept.call(operation.id, dict(case.arguments))
    if case.valid:
        assert outcome.err is None, outcome.err
        assert len(kept.requests) == 1
    else:
        assert outcome.result is None
        assert outcome.err is not None
        assert outcome.err["kind"] == "invalid_request"
        assert outcome.err["operation"] == operation.id
        assert outcome.err["parameter"].startswith(case.parameter)
        assert outcome.err["parameter"] in outcome.err["text"]
        assert outcome.err["message"].startswith(refusal(operation, outcome.err, case.label))
        assert kept.requests == []


def refusal(operation: Operation, err: Mapping[str, Any], label: str) -> str:
    """How an error has to begin that names this parameter; `label` says what is wrong with it."""
    parameter = err["parameter"]
    holder = shape = cast("Shape", Object(fields=operation.inputs))
    for step in parameter.replace("[", ".[").split("."):
        if isinstance(shape, Array) and step.startswith("["):
            shape = shape.items
            continue
        holder = shape
        fields = {field.name: field.shape for field in shape.fields} if isinstance(shape, Object) else {}
        if not step or step.startswith("["):
            return f"the value `{parameter}` has no name"
        if step not in fields:
            return f"unknown parameter `{parameter}`"
        shape = fields[step]
    if label == ABOVE and isinstance(holder, Object) and holder.ordered:
        return f"`{parameter}` must be at most `{holder.ordered[1]}`, got "
    if err["id"] == "missing_parameter":
        return f"`{parameter}` is missing"
    return f"`{parameter}` must be {wording.expected(shape)}"


def expected(case: ReplyCase) -> Any:
    """What the client hands on of a changed reply."""
    value: Any = json.loads(json.dumps(case.body))
    place, owner, index = value, value, 0
    for part in case.path[:-1]:
        if isinstance(part, int):
            owner, index = place, part
        place = place[part]
    if case.dropped:
        if isinstance(case.path[-1], int):
            owner, index = place, case.path[-1]
        del owner[index]
    elif not case.kept:
        place.pop(case.path[-1], None)
        if case.path == ("meta",):
            place["meta"] = []  # an empty Luau table, which crosses the border as a list
    elif case.label.startswith("digits"):
        place[case.path[-1]] = asset_id(place[case.path[-1]])
    return value


@pytest.mark.breaks_contract
@pytest.mark.parametrize(("operation", "case"), REPLIES)
def test_reply(kept: Game, operation: Operation, case: ReplyCase) -> None:
    kept.answer(body=json.dumps(case.body))
    outcome = kept.call(operation.id, next(e.request for e in operation.examples if e.status == 200))
    if case.lost:
        assert outcome.result is None
        assert outcome.err is not None
        assert outcome.err["kind"] == "decode"
        assert str(case.path[0]) in outcome.err["message"]
    else:
        assert outcome.err is None, outcome.err
        assert outcome.result == without_nulls(expected(case))
