"""The example files that responses name: read them, and hold each against what it is an example of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from audioscape_luau.openapi.conformance import body_fault, header_faults, schema_fault, schema_of, strict_json
from audioscape_luau.openapi.document import MAX_DEPTH
from audioscape_luau.openapi.item_bounds import beyond
from audioscape_luau.openapi.methods import fitting
from audioscape_luau.openapi.model import Example, Json, Operation
from audioscape_luau.openapi.needs import sentence, unmet
from audioscape_luau.openapi.problems import Fault, Problem, join_pointer
from audioscape_luau.openapi.references import follow, resolve

_KEYS = {"summary", "request", "reply", "breaks"}
# Texts are read over, also one that does not end.
_NESTING = re.compile(r'"(?:\\.|[^"\\])*+"?|[\[\]{}]', re.DOTALL)
_REPLY_KEYS = {"status", "headers", "body", "text"}


class _MismatchError(Exception):
    """An example is not what it says."""


def attach_examples(
    operations: Iterable[Operation], root: dict[str, Json], folder: Path, problems: list[Problem]
) -> tuple[Operation, ...]:
    """Return the operations with the examples that their responses name. The document must have no other problems."""
    found: list[Operation] = []
    for operation in operations:
        examples = list(_operation_examples(operation, root, folder, problems))
        complete = tuple(lend_requests(examples, operation.success.status))
        if len(complete) < len(examples):
            message = "has examples without a `request`, and none of its success to take it from"
            problems.append(Problem(Fault.EXAMPLE_MISMATCH, operation.pointer, message))
        found.append(replace(operation, examples=complete))
    return tuple(found)


def lend_requests(examples: Sequence[Example], success: int) -> Iterator[Example]:
    """Yield the examples; those that any request may get have the request of the first that succeeds."""
    lent = next((one.request for one in examples if one.status == success), None)
    for example in examples:
        if not example.of_any:
            yield example
        elif lent is not None:
            yield replace(example, request=lent)


def _operation_examples(
    operation: Operation, root: dict[str, Json], folder: Path, problems: list[Problem]
) -> Iterator[Example]:
    seen: set[str] = set()
    for response in operation.responses:
        pointer, found = follow(root, join_pointer(operation.pointer, "responses", response.status))
        raw = cast("dict[str, Any]", found)
        files = raw.get("x-examples", {})
        here = join_pointer(pointer, "x-examples")
        if not isinstance(files, dict):
            problems.append(Problem(Fault.INVALID_EXTENSION, here, "must map names to files"))
            continue
        for name, file in cast("dict[str, Json]", files).items():
            place = join_pointer(here, name)
            if name in seen:
                problems.append(Problem(Fault.NAME_COLLISION, place, "another response names an example so"))
                continue
            seen.add(name)
            try:
                example = _read(name, file, folder)
            except (OSError, ValueError) as error:
                problems.append(Problem(Fault.EXAMPLE_FILE, place, f"{file}: {error}"))
                continue
            try:
                _check(example, operation, response.status, raw, root)
            except _MismatchError as mismatch:
                problems.append(Problem(Fault.EXAMPLE_MISMATCH, place, f"{file}: {mismatch}"))
            yield example


def _read(name: str, file: Json, folder: Path) -> Example:
    if not isinstance(file, str):
        raise ValueError("is not a file name")
    document = _read_json(_within(folder, file).read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise ValueError("is not an object")
    content = cast("dict[str, Any]", document)
    reply = content.get("reply")
    request = content.get("request", {})
    if not isinstance(reply, dict) or not isinstance(request, dict):
        raise ValueError("needs a `request` and a `reply`, both objects")
    answer = cast("dict[str, Any]", reply)
    unknown = sorted((set(content) - _KEYS) | (set(answer) - _REPLY_KEYS))
    if unknown:
        raise ValueError(f"unknown keys {unknown}")
    if "body" in answer and "text" in answer:
        raise ValueError("the reply has a `body` (JSON) or a `text`, and not both")
    if "body" not in answer:
        answer.setdefault("text", "")
    text = answer["text"] if "text" in answer else json.dumps(answer["body"], ensure_ascii=False, separators=(",", ":"))
    if not isinstance(text, str) or not isinstance(answer.get("status"), int):
        raise ValueError("`text` must be text, `status` a number")
    _check_nesting(text)
    breaks = content.get("breaks")
    if breaks is not None and not isinstance(breaks, str):
        raise ValueError("`breaks` must be text")
    return Example(
        name=name,
        summary=str(content.get("summary", "")),
        request=cast("dict[str, Any]", request),
        status=answer["status"],
        headers={str(key): str(value) for key, value in cast("dict[str, Any]", answer.get("headers", {})).items()},
        body=text.encode(),
        breaks=breaks,
        of_any="request" not in content,
    )


def _read_json(text: str) -> Any:
    _check_nesting(text)
    return strict_json(text)


def _check_nesting(text: str) -> None:
    """Raise ValueError for JSON, sound or not, that is nested deeper than a specification may be."""
    depth = 0
    for match in _NESTING.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if depth > MAX_DEPTH:
            raise ValueError(f"something is nested more than {MAX_DEPTH} deep")


def _within(folder: Path, file: str) -> Path:
    """Return the place of a file, wherever links on the way to it lead, if that is in the folder."""
    if Path(file).is_absolute():
        raise ValueError("is not relative to the specification")
    try:
        path = (folder / file).resolve()
    except RuntimeError as error:
        raise ValueError("leads round in a circle") from error
    if not path.is_relative_to(folder.resolve()):
        raise ValueError("lies outside the specification's folder")
    if path.exists() and not path.is_file():
        raise ValueError("is no file")
    return path


def _check(
    example: Example, operation: Operation, status: int, response: dict[str, Any], root: dict[str, Json]
) -> None:
    if example.status != status:
        raise _MismatchError(f"has the status {example.status}, not {status}")
    if not example.of_any:
        _check_request(example, operation, root)
    elif status == operation.success.status:
        raise _MismatchError("only the example of a failure may leave out the `request`")
    declared = next(response for response in operation.responses if response.status == status)
    for fault in header_faults(example.headers, declared.headers, root):
        raise _MismatchError(fault)
    schema = response.get("content", {}).get("application/json", {}).get("schema")
    if declared.kinds:
        case = fitting(operation.cases, example.request)
        if case is None or case.reply is None:
            raise _MismatchError("the request is one of no method in x-methods, so its reply is not described")
        operation = case
        schema = resolve(root, f"#{case.reply.pointer}")
    if schema is None:
        return
    fault = body_fault(example.body, cast("dict[str, Any]", schema), root)
    if fault is not None and example.breaks is None:
        raise _MismatchError(f"the body does not keep to its schema: {fault}")
    if example.breaks is None and operation.paging is not None and status == operation.success.status:
        items = json.loads(example.body)[operation.paging.items]
        for _, bound, end in beyond(operation, example.request, items):
            raise _MismatchError(f"the body has a {bound.field!r} that the request leaves out with {end:g}")
    if fault is None and example.breaks is not None:
        raise _MismatchError("`breaks` says that the body is broken, but it keeps to its schema")


def _check_request(example: Example, operation: Operation, root: dict[str, Json]) -> None:
    inputs = {field.name: field for field in operation.inputs}
    for name, value in example.request.items():
        if name not in inputs:
            raise _MismatchError(f"the request gives {name!r}, which the operation does not have")
        fault = schema_fault(value, schema_of(inputs[name], root), root)
        if fault is not None:
            raise _MismatchError(f"the request's {name!r} does not keep to its schema: {fault}")
    missing = [name for name, field in inputs.items() if field.required and name not in example.request]
    if missing:
        raise _MismatchError(f"the request lacks {missing}")
    for need in unmet(operation.needs, example.request):
        raise _MismatchError(f"in the request, {sentence(need)}")
