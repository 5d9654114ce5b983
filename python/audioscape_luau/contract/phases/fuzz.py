"""Requests and replies drawn from the schemas, valid and broken on purpose."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from hypothesis import strategies as st

from audioscape_luau.contract.boundaries import input_of, reply_cases, request_cases
from audioscape_luau.contract.case import CHAIN, Broken, Case, Judge
from audioscape_luau.contract.expect import (
    always,
    failure_of,
    is_retryable,
    judge_reply,
    kind_of,
    refusal_of,
    result_of,
    scene,
    succeeding,
)
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.search import Search
from audioscape_luau.contract.strategies import replies, requests
from audioscape_luau.contract.subject import Answer, Observation
from audioscape_luau.contract.wire import target_of
from audioscape_luau.openapi import ApiModel, Array, Field, Object, Operation, walk
from audioscape_luau.openapi.needs import unmet

type Played = tuple[str, Answer, Judge]
type Build = Callable[[Any], Played]
"""Makes a scene of drawn data."""
_BYTES = {"cut-replies", "any-bytes"}
"""What is decoded by no schema: it is no JSON."""
_LARGE, _LEAST = 12, 0.25
"""Values with which what is drawn takes the whole effort of a search; and the share that the simplest takes."""


def searches(model: ApiModel) -> Iterator[Search]:
    """Yield what is searched for each operation."""
    for operation in model.operations:
        families: dict[str, tuple[st.SearchStrategy[Any], Build]] = {
            "valid-requests": (requests(operation), _valid_request(model, operation)),
            "broken-requests": (_broken(operation), _broken_request(operation)),
        }
        if operation.reply is not None:
            families |= {"valid-replies": (replies(operation), _reply(model, operation))}
            if isinstance(operation.reply, Object | Array):
                families |= {"broken-replies": (_broken_replies(operation), _reply(model, operation))}
            families |= {
                "cut-replies": (_cut(operation), _bytes(operation)),
                "any-bytes": (_anything(operation), _bytes(operation)),
            }
        for name, (strategy, build) in families.items():
            about = CHAIN if name in _BYTES else ""
            fields = operation.result.fields if "replies" in name else operation.inputs
            effort = min(1.0, max(_LEAST, _size(fields) / _LARGE))
            yield Search(
                "fuzz", f"{operation.id}/{name}", operation, strategy, _named(operation, name, build), effort, about
            )


def _size(fields: Sequence[Field]) -> int:
    """Return how many values may differ."""
    return sum(not isinstance(shape, Object | Array) for field in fields for shape in walk(field.shape))


def _named(operation: Operation, name: str, build: Build) -> Callable[[Any], Case]:
    def make(data: Any) -> Case:
        script, answer, judge = build(data)
        return Case("fuzz", operation, name, script, answer, judge, data=data)

    return make


def _valid_request(model: ApiModel, operation: Operation) -> Build:
    """Two calls with the same tables filled in another order: one meaning, one spelling."""
    body = richest(operation).body

    def judge(asked: Mapping[str, Any]) -> Judge:
        def of(seen: Observation) -> Iterator[Broken]:
            yield from result_of(model, operation, body, asked)(_half(seen, 0))
            yield from result_of(model, operation, body, asked)(_half(seen, 1))
            spellings = {(target_of(exchange.request), exchange.request.content) for exchange in seen.exchanges}
            if len(spellings) > 1:
                yield Broken("wire-spelling", f"equal calls were sent as {sorted(spellings)}")

        return of

    def build(arguments: Any) -> Played:
        again = luau(_reversed(arguments))
        script = (
            f"{scene(operation.id, arguments)}\n"
            f'local other = AudioScapeClient.new({{ apiKey = KEY }})\ncall(other, "{operation.id}", {again})'
        )
        return script, succeeding(operation, body), judge(arguments)

    return build


def _half(seen: Observation, index: int) -> Observation:
    return Observation(seen.calls[index : index + 1], seen.exchanges[index : index + 1])


def _reversed(value: Any) -> Any:
    if isinstance(value, Mapping):
        members = list(cast("Mapping[str, Any]", value).items())
        return {name: _reversed(member) for name, member in reversed(members)}
    return value


def _broken(operation: Operation) -> st.SearchStrategy[Any]:
    """Valid arguments with one input put beyond its bounds; drawn by the number of the boundary, which is stable."""
    wrong = [index for index, case in enumerate(request_cases(operation)) if not case.valid]
    return st.tuples(requests(operation), st.sampled_from(wrong)).map(list)


def _broken_request(operation: Operation) -> Build:
    boundaries = list(request_cases(operation))

    def build(data: Any) -> Played:
        arguments: dict[str, Any] = data[0]
        case = boundaries[int(data[1])]
        top = input_of(operation, case.parameter)
        merged = {**arguments, top: case.arguments[top]} if top in case.arguments else dict(arguments)
        if top not in case.arguments:
            merged.pop(top, None)
        if any(unmet(operation.needs, case.arguments)) or any(unmet(operation.needs, merged)):
            # What was drawn may be the very thing that is missing, or does not go with what is wrong.
            merged = dict(case.arguments)
        return scene(operation.id, merged), succeeding(operation, richest(operation).body), refusal_of(case.parameter)

    return build


def _broken_replies(operation: Operation) -> st.SearchStrategy[Any]:
    """Whole replies changed in one to three places."""

    @st.composite
    def draw(draw: st.DrawFn) -> Any:
        body: Any = draw(replies(operation, whole=True))
        for _ in range(draw(st.integers(1, 3))):
            try:
                changes = list(reply_cases(operation, body))
            except (AttributeError, KeyError, TypeError, IndexError):  # an earlier change left nothing to change there
                break
            if not changes:
                break
            body = changes[draw(st.integers(0, len(changes) - 1))].body
        return body

    return draw()


def _reply(model: ApiModel, operation: Operation) -> Build:
    asked = richest(operation).request

    def build(data: Any) -> Played:
        body = json.dumps(data).encode()
        return (
            scene(operation.id, dict(asked), maxRetries=0),
            succeeding(operation, body),
            result_of(model, operation, body, asked),
        )

    return build


def _cut(operation: Operation) -> st.SearchStrategy[Any]:
    """Replies that end early."""

    def cut(drawn: tuple[Any, float]) -> Any:
        body = json.dumps(drawn[0], ensure_ascii=False).encode()
        return [operation.success.status, _pack(body[: int(len(body) * drawn[1])])]

    return st.tuples(replies(operation), st.floats(0, 1, exclude_max=True)).map(cut)


def _anything(operation: Operation) -> st.SearchStrategy[Any]:
    status = st.just(operation.success.status) | st.integers(300, 599)
    body = st.binary(max_size=80) | st.text(st.characters(exclude_categories=["Cs"])).map(str.encode)
    return st.tuples(status, body.map(_pack)).map(list)


def _bytes(operation: Operation) -> Build:
    def build(data: Any) -> Played:
        status, body = data[0], base64.b64decode(data[1])
        if status != operation.success.status:
            kind = kind_of(status)
            judge = failure_of(kind, retryable=is_retryable(kind), status=status, retries=0)
        else:
            judge = _judged_reply(operation, body)
        return scene(operation.id, dict(richest(operation).request), maxRetries=0), always(status, body), judge

    return build


def _judged_reply(operation: Operation, body: bytes) -> Judge:
    return lambda seen: judge_reply(operation, body, seen.call)


def _pack(body: bytes) -> str:
    return base64.b64encode(body).decode()
