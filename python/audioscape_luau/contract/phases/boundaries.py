"""Each input and each field of a reply at its bounds and beyond, each form an input can take, each status."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, cast

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.boundaries import (
    UNKNOWN,
    bounds_of,
    choices_of,
    inner_cases,
    least,
    other,
    reply_cases,
    request_cases,
    sample,
)
from audioscape_luau.contract.case import CHAIN, Broken, Case, Judge
from audioscape_luau.contract.expect import (
    always,
    failure_of,
    is_retryable,
    kind_of,
    refusal_of,
    result_of,
    retries_of,
    scene,
    succeeding,
)
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.subject import Observation
from audioscape_luau.openapi import LARGEST_NUMBER, ApiModel, Field, Object, Operation

_ID = "1"
_BEYOND = re.compile("below minimum|above maximum|[0-9]+ (characters|items|entries)")
"""Labels of requests with what is beyond its bounds."""
_OF_THE_BODY = {"content-length", "content-encoding", "transfer-encoding"}
"""Headers that say how the body is sent, and cannot be anything."""
_STATUSES = (300, 301, 304, 400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 418, 422, 425, 429, 431, 451)
_SERVER_STATUSES = (500, 501, 502, 503, 504, 511, 520, 599)


def cases(model: ApiModel) -> Iterator[Case]:
    """Yield every boundary of every operation."""
    for operation in model.operations:
        yield from _requests(model, operation)
        yield from _forms(model, operation)
        yield from _replies(model, operation)
        yield from _headers(model, operation)
        yield from _statuses(model, operation)


def _case(operation: Operation, name: str, script: str, answer: Any, judge: Judge, about: str = "") -> Case:
    return Case("boundaries", operation, name, script, answer, judge, about=about)


def _requests(model: ApiModel, operation: Operation) -> Iterator[Case]:
    body = richest(operation).body
    for case in request_cases(operation):
        named = bounds_of(operation, case.parameter) if _BEYOND.fullmatch(case.label) else ()
        choices = choices_of(operation, case.parameter) if case.label.endswith("enum unknown") else ()
        judge = (
            result_of(model, operation, body, case.arguments)
            if case.valid
            else refusal_of(case.parameter, named, choices)
        )
        yield _case(
            operation,
            f"request/{case.name}",
            scene(operation.id, dict(case.arguments)),
            succeeding(operation, body),
            judge,
        )
    for field in operation.inputs:
        if field.default is not None:
            arguments = least(operation) | {field.name: field.default}
            yield _case(
                operation,
                f"request/{field.name}-default",
                scene(operation.id, arguments),
                succeeding(operation, body),
                result_of(model, operation, body, arguments),
            )


def _forms(model: ApiModel, operation: Operation) -> Iterator[Case]:
    """Yield the ways to name the seed, and to give parameters beside it."""
    body = richest(operation).body
    seed = operation.seed
    if seed is None:
        return
    asked = least(operation) | {seed.name: _ID}
    recognised = {shape.recognised_by for shape in model.schemas if shape.recognised_by}
    item = next((shape.asset_id_field for shape in model.schemas if shape.recognised_by), None)
    accepted: dict[str, Any] = {
        "text": _ID,
        "number": 1,
        "uri": f"rbxassetid://{_ID}",
        "address": f"https://www.roblox.com/asset/?id={_ID}",
        "Sound": Luau(_instance("Sound", "SoundId")),
        "AudioPlayer": Luau(_instance("AudioPlayer", "Asset")),
        "Sound in a table": {seed.name: Luau(_instance("Sound", "SoundId"))},
    }
    if item is not None:
        track = {item.name: _ID, **dict.fromkeys(recognised, "x"), UNKNOWN: 1}
        accepted["track"] = track
        accepted["track in a table"] = {seed.name: track}
    for name, value in accepted.items():
        yield _case(
            operation,
            f"form/{name}",
            scene(operation.id, value),
            succeeding(operation, body),
            result_of(model, operation, body, asked),
        )
    frozen = Luau(f"table.freeze({luau({seed.name: _ID})})")
    yield _case(
        operation, "form/table that is frozen", scene(operation.id, frozen), succeeding(operation, body), _taken
    )
    refused: dict[str, Any] = {
        "nothing": Luau("nil"),
        "boolean": True,
        "function": Luau("print"),
        "Part": Luau('Instance.new("Folder")'),
        "Sound without a track": Luau('Instance.new("Sound")'),
        "track without an id": dict.fromkeys(recognised, "x"),
        "thread": Luau("coroutine.create(print)"),
        "metatable that throws": Luau('setmetatable({}, { __index = function() error("no") end })'),
    }
    for name, value in refused.items():
        yield _case(
            operation, f"form/{name}", scene(operation.id, value), succeeding(operation, body), refusal_of(seed.name)
        )
    yield from _extras(model, operation, seed, body)


def _taken(seen: Observation) -> Iterator[Broken]:
    if seen.call.err is not None:
        yield Broken(
            "input-untouched", f"a table that cannot be written to is not taken: {seen.call.error.get('message')}"
        )


def _instance(class_name: str, property_name: str) -> str:
    return (
        f'(function() local player = Instance.new("{class_name}") '
        f'player.{property_name} = "rbxassetid://{_ID}" return player end)()'
    )


def _extras(model: ApiModel, operation: Operation, seed: Field, body: bytes) -> Iterator[Case]:
    optional = {field.name: other(field) for field in operation.inputs if not field.required}
    asked = {seed.name: _ID}
    yield _case(
        operation,
        "extras/all",
        scene(operation.id, _ID, optional),
        succeeding(operation, body),
        result_of(model, operation, body, asked | optional),
    )
    other_id = f"{_ID}2"
    yield _case(
        operation,
        f"extras/{seed.name} over the input",
        scene(operation.id, _ID, {seed.name: other_id}),
        succeeding(operation, body),
        result_of(model, operation, body, {seed.name: other_id}),
    )
    for name, value in optional.items():
        field = next(field for field in operation.inputs if field.name == name)
        smallest: Any = {} if isinstance(field.shape, Object) else sample(field.shape)
        yield _case(
            operation,
            f"extras/{name} over the query's",
            scene(operation.id, {seed.name: _ID, name: value}, {name: smallest}),
            succeeding(operation, body),
            result_of(model, operation, body, asked | {name: smallest}),
        )
    for name, extras, parameter in (
        ("unknown", {UNKNOWN: 1}, UNKNOWN),
        ("no table", 5, ""),
        ("an option of the client", {"maxRetries": 1}, "maxRetries"),
    ):
        yield _case(
            operation,
            f"extras/{name}",
            scene(operation.id, _ID, extras),
            succeeding(operation, body),
            refusal_of(parameter),
        )


def _counting(model: ApiModel, judge: Judge, field: str) -> Judge:
    """Expect that what is left out of a reply is counted, by the names of its schema and its field."""
    schemas = {shape.component for shape in model.schemas}

    def counted(seen: Observation) -> Iterator[Broken]:
        yield from judge(seen)
        counts: Any = seen.returned[0] if seen.returned else None
        names = list(cast("dict[str, Any]", counts)) if isinstance(counts, dict) else []
        known = [name for name in names if name.partition(".")[0] in schemas]
        if not known or len(known) < len(names) or not any(name in schemas or field in name for name in known):
            yield Broken("counted", f"`{field}` is of the wrong type; `stats().dropped` counts {counts}")

    return counted


def _headers(model: ApiModel, operation: Operation) -> Iterator[Case]:
    """Yield replies with each header that is described as it should be, left out, and of another type."""
    example = richest(operation)
    described = [header for header in operation.success.headers if header.name.lower() not in _OF_THE_BODY]
    good = {header.name: _header_text(sample(header.shape)) for header in described}
    given: dict[str, dict[str, str]] = {"all": good} if good else {}
    for header in described:
        given[f"{header.name} absent"] = {name: text for name, text in good.items() if name != header.name}
        for text in ("x", "-0.5", "7", "true"):
            given[f"{header.name} {text}"] = good | {header.name: text}
    for name, headers in given.items():
        yield _case(
            operation,
            f"headers/{name}",
            scene(operation.id, dict(example.request)),
            succeeding(operation, example.body, headers),
            result_of(model, operation, example.body, example.request),
        )


def _header_text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if text.isascii() and text.isprintable() else UNKNOWN


def _replies(model: ApiModel, operation: Operation) -> Iterator[Case]:
    if operation.reply is None:
        return
    example = richest(operation)
    for name, value, schema in inner_cases(operation, json.loads(example.body)):
        body = json.dumps(value).encode()
        yield _case(
            operation,
            f"reply/{name}",
            scene(operation.id, dict(example.request)),
            succeeding(operation, body),
            result_of(model, operation, body, example.request),
            about=schema,
        )
    for case in reply_cases(operation, json.loads(example.body)):
        body = json.dumps(case.body).encode()
        judge = result_of(model, operation, body, example.request)
        is_wrong = case.label.endswith(" instead") and not case.lost and not case.kept and bool(case.schema)
        yield _case(
            operation,
            f"reply/{case.name}",
            f"{scene(operation.id, dict(example.request))}\nreturn client:stats().dropped",
            succeeding(operation, body),
            _counting(model, judge, str(case.path[-1])) if is_wrong else judge,
            about=case.schema,
        )
    if not isinstance(operation.reply, Object):
        return
    whole: dict[str, Any] = json.loads(example.body)
    others = {
        "nothing much": _filled(whole, 0, ""),
        "negative fractions": _filled(whole, -12.75, " "),
        "large figures, long texts": _filled(whole, 1e15 + 0.5, 'é😀\u2028"<b>' * 100),
        "ids that are numbers": _numbered(whole),
        "long lists": {name: _repeated(value, 50) for name, value in whole.items()},
        # Bare, as `json.dumps` writes it: not JSON, and to be told from what is in the texts beside it.
        "NaN, and texts of it": _filled(whole, math.nan, 'NaN "NaN" \\ "-Infinity, \\" 1e999 \\'),
        "what is nested deep": {**whole, UNKNOWN: _nested(80)},
        "what is nested deeper than is looked at": {**whole, UNKNOWN: _nested(500)},
    }
    for name, value in others.items():
        body = json.dumps(value).encode()
        yield _case(
            operation,
            f"reply/{name}",
            scene(operation.id, dict(example.request)),
            succeeding(operation, body),
            result_of(model, operation, body, example.request),
        )


def _nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {UNKNOWN: value}
    return value


def _repeated(value: Any, times: int) -> Any:
    return cast("list[Any]", value) * times if isinstance(value, list) else value


def _numbered(value: Any) -> Any:
    """Return JSON with numbers for the ids in it, as large as they may be."""
    match value:
        case dict():
            return {name: _numbered(member) for name, member in cast("dict[str, Any]", value).items()}
        case list():
            return [_numbered(item) for item in cast("list[Any]", value)]
        case str():
            return LARGEST_NUMBER if value.isdigit() else value
        case _:
            return value


def _lost(seen: Observation) -> Iterator[Broken]:
    if seen.call.err is None:
        yield Broken("reply-lost", "a reply without what was asked for became a result")
    elif len(seen.exchanges) > 1:
        yield Broken("retries-only-what-passes", f"{len(seen.exchanges)} requests were sent for it")


def _filled(value: Any, number: float, text: str) -> Any:
    """Return JSON with the same number and text all over; what may be an id stays."""
    match value:
        case dict():
            members = cast("dict[str, Any]", value)
            return {name: _filled(member, number, text) for name, member in members.items()}
        case list():
            return [_filled(item, number, text) for item in cast("list[Any]", value)]
        case bool() | None:
            return value
        case str():
            return value if value.isdigit() else text
        case _:
            return number


def _statuses(model: ApiModel, operation: Operation) -> Iterator[Case]:
    """Yield every declared status and others that gateways and engines are known to give, with and without a body."""
    example = richest(operation)
    declared = {response.status: response for response in operation.responses}
    for status in sorted({*declared, *_STATUSES, *_SERVER_STATUSES} - {operation.success.status}):
        kind = kind_of(status)
        response = declared.get(status)
        yield _case(
            operation,
            f"status/{status}",
            scene(operation.id, dict(example.request)),
            always(status, b""),
            failure_of(
                kind,
                retryable=is_retryable(kind),
                status=status,
                hint=response.hint if response else None,
                retries=retries_of(operation, kind),
            ),
            about="" if response else CHAIN,
        )
    # Where no body is asked for, none is missing.
    for status in (201, 204, 206) if operation.reply is not None else ():
        # Not declared, and without what was asked for.
        yield _case(
            operation,
            f"status/{status}",
            scene(operation.id, dict(example.request)),
            always(status, b""),
            _lost,
            about=CHAIN,
        )
    for name, said in (("two lines", "one\r\ntwo"), ("much", "€" * 2000), ("much, later", "x" + "€" * 2000)):
        body = json.dumps(dict.fromkeys(model.error_texts[:1], said), ensure_ascii=False).encode()
        yield _case(
            operation,
            f"status/400-says-{name}",
            scene(operation.id, dict(example.request)),
            always(400, body),
            failure_of("bad_request", retryable=False, status=400),
            about=CHAIN,
        )
    for status in (400, 500):
        response, kind = declared.get(status), kind_of(status)
        for field in model.error_texts:
            said = f"a reason of its own in {field}"
            texts = {**dict.fromkeys(model.error_texts, ""), field: said, "more": "x" * 2000}
            yield _case(
                operation,
                f"status/{status}-says-{field}",
                scene(operation.id, dict(example.request), maxRetries=0),
                always(status, texts, {"x-request-id": f"request-{status}-{field}"}),
                failure_of(
                    kind,
                    retryable=is_retryable(kind),
                    status=status,
                    hint=response.hint if response else None,
                    says=said,
                    retries=0,
                ),
                about=CHAIN,
            )
