"""Each input and each field of the reply at its bounds and beyond, through the shipped client."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

import pytest

from audioscape_luau.codegen import wording
from audioscape_luau.contract import ABOVE, ReplyCase, RequestCase, reply_cases, request_cases
from audioscape_luau.openapi import Array, Object, Operation, Shape, asset_id
from support.game import Game, api, arrived, asked, described


def tried(operation: Operation, case: RequestCase) -> tuple[object, ...]:
    """What a case tries: several operations may have the same input."""
    inputs = {field.name: field for field in operation.inputs}
    shape = getattr(inputs.get(re.split(r"[.\[]", case.parameter)[0]), "shape", operation.id)
    return operation.method, case.parameter, case.label, repr(shape)


# What several operations take is tried in the first of them.
REQUESTS = {
    tried(operation, case): pytest.param(operation, case, id=f"{operation.id}-{case.name}")
    for operation in reversed(api().operations)
    for case in reversed(list(request_cases(operation)))
}


def richest(operation: Operation) -> bytes:
    """The reply among the examples that shows the most fields."""
    good = [one for one in operation.examples if one.status == operation.success.status and not one.breaks]
    return max((example.body for example in good), key=len)


def holder(operation: Operation, case: ReplyCase) -> tuple[object, ...]:
    """The innermost object with a name that a case changes something in, and what: several operations may have it."""
    shape, name, inner = cast("Shape", operation.result), operation.result.component, case.path
    for place, step in enumerate(case.path[:-1], start=1):
        if isinstance(shape, Array):
            shape = shape.items
        elif isinstance(shape, Object):
            shape = next((field.shape for field in shape.fields if field.name == step), Object())
        if isinstance(shape, Object) and shape.component:
            name, inner = shape.component, case.path[place:]
    return name, inner, case.label


# What several operations answer with is tried in the first of them.
REPLIES = {
    holder(operation, case): pytest.param(operation, case, id=f"{operation.id}-{case.name}")
    for operation in reversed(described())
    for case in reversed(list(reply_cases(operation, json.loads(richest(operation)))))
}


@pytest.mark.cases(40)
@pytest.mark.parametrize(("operation", "case"), REQUESTS.values())
def test_request(kept: Game, operation: Operation, case: RequestCase) -> None:
    headers = {} if operation.reply is None else {"content-type": "application/json"}
    kept.answer(operation.success.status, body=richest(operation), headers=headers)
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


NO_LIST = ("object instead", "list with a hole", "list with a name in it")


def refusal(operation: Operation, err: Mapping[str, Any], label: str) -> str:
    """How an error has to begin that names this parameter; `label` says what is wrong with it."""
    parameter = err["parameter"]
    inside = shape = cast("Shape", Object(fields=operation.inputs))
    for step in parameter.replace("[", ".[").split("."):
        if isinstance(shape, Array) and step.startswith("["):
            shape = shape.items
            continue
        inside = shape
        fields = {field.name: field.shape for field in shape.fields} if isinstance(shape, Object) else {}
        if not step or step.startswith("["):
            return f"the value `{parameter}` has no name"
        if step not in fields:
            return f"unknown parameter `{parameter}`"
        shape = fields[step]
    if label == ABOVE and isinstance(inside, Object) and inside.ordered:
        return f"`{parameter}` must be at most `{inside.ordered[1]}`, got "
    if err["id"] == "missing_parameter":
        return f"`{parameter}` is missing"
    if err["id"] == "missing_choice":
        return f"one of `{parameter}`, "
    if isinstance(shape, Array) and not label.endswith(" items"):
        return f"`{parameter}` must be a list{' without holes or named keys' if label in NO_LIST else ''}, got "
    return f"`{parameter}` must be {wording.expected(shape)}"


def expected(operation: Operation, case: ReplyCase) -> Any:
    """What the client hands on of a changed reply."""
    needed = {field.name for field in operation.result.fields if field.required}
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
        if len(case.path) == 1 and case.path[0] in needed:
            place[case.path[0]] = {}  # for what must be there an empty object stands in
    elif case.label.startswith("digits"):
        place[case.path[-1]] = asset_id(place[case.path[-1]])
    return value


@pytest.mark.cases(60)
@pytest.mark.breaks_contract
@pytest.mark.parametrize(("operation", "case"), REPLIES.values())
def test_reply(kept: Game, operation: Operation, case: ReplyCase) -> None:
    kept.answer(body=json.dumps(case.body))
    outcome = kept.call(operation.id, asked(operation))
    if case.lost:
        assert outcome.result is None
        assert outcome.err is not None
        assert outcome.err["kind"] == "decode"
        top = next(field for field in operation.result.fields if field.name == case.path[0])
        named = top.shape.component if isinstance(top.shape, Object) else top.name
        assert str(named) in outcome.err["message"]
    else:
        assert outcome.err is None, outcome.err
        assert outcome.result == arrived(expected(operation, case))


@pytest.mark.parametrize("operation", api().operations, ids=lambda operation: operation.id)
def test_each_method_knows_all_its_inputs(kept: Game, operation: Operation) -> None:
    headers = {} if operation.reply is None else {"content-type": "application/json"}
    kept.answer(operation.success.status, body=richest(operation), headers=headers)
    last = {(case.parameter, case.valid): case for case in request_cases(operation)}
    for case in last.values():
        err = kept.call(operation.id, dict(case.arguments)).err
        assert (err is None) == case.valid, (case.name, err)
        assert err is None or err["parameter"].startswith(case.parameter)


@pytest.mark.breaks_contract
@pytest.mark.parametrize("operation", described(), ids=lambda operation: operation.id)
def test_each_method_hands_on_all_fields(kept: Game, operation: Operation) -> None:
    cases = reply_cases(operation, json.loads(richest(operation)))
    body = next(case.body for case in cases if case.label == "unknown field")
    kept.answer(body=json.dumps(body))
    assert kept.call(operation.id, asked(operation)).result == arrived(body)
