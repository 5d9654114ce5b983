"""What of the contract a client was seen to handle, and what there is to be handled.

Seen is what the specification declares and can be compared: an input that arrived in a request, an input that was
refused, a status that came back as result or error, a field of a reply that was handed on as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import httpx

from audioscape_luau.contract.boundaries import input_of, other
from audioscape_luau.contract.values import parsed
from audioscape_luau.mock.check import ContractViolation, SpecCheck
from audioscape_luau.openapi import ApiModel, Array, Field, Object, Operation, Shape


def declared(model: ApiModel) -> list[str]:
    """Return the name of everything that a client has to be seen to handle."""
    return [name for operation in model.operations for name in _declared(operation)]


def _declared(operation: Operation) -> Iterator[str]:
    for path, field in _fields(operation.inputs):
        # A client leaves off a default, and what is empty.
        if field.required or other(field) not in (field.default, [], {}):
            yield f"{operation.id}: input {path} sent"
        yield f"{operation.id}: input {path} refused"
    for response in operation.responses:
        yield f"{operation.id}: status {response.status}"
    for path, _ in _fields(operation.result.fields):
        yield f"{operation.id}: reply {path}"
    for header in operation.success.headers:
        yield f"{operation.id}: header {header.name}"


def _fields(fields: Iterable[Field]) -> Iterator[tuple[str, Field]]:
    for field in fields:
        yield field.name, field
        for path, inner in _inner(field.shape):
            yield f"{field.name}{path}", inner


def _inner(shape: Shape) -> Iterator[tuple[str, Field]]:
    match shape:
        case Object():
            for path, field in _fields(shape.fields):
                yield f".{path}", field
        case Array():
            for path, field in _inner(shape.items):
                yield f"[]{path}", field
        case _:
            pass


def observe(
    model: ApiModel,
    method: str,
    exchanges: Sequence[tuple[httpx.Request, httpx.Response | None]],
    result: Any,
    err: Mapping[str, Any] | None,
    headers: Any = None,
) -> Iterator[str]:
    """Yield what one call of the client shows, under the names that `declared` gives."""
    operation = next((operation for operation in model.operations if operation.id == method), None)
    if operation is None:
        return
    if err and err.get("parameter"):
        name = input_of(operation, err["parameter"])
        # Of a list in which an item is wrong, the list is what was refused.
        deeper = re.sub(r"(\[\d+\])+$", "", err["parameter"].removeprefix(name))
        yield f"{operation.id}: input {name}{re.sub(r'\[\d+\]', '[]', deeper)} refused"
    for request, response in exchanges:
        with suppress(ContractViolation):
            arguments = SpecCheck(model, _base(operation, request)).request(request).arguments
            yield from (f"{operation.id}: input {path} sent" for path in _present(arguments))
        if response is None:
            continue
        if err and err.get("status") == response.status_code:
            yield f"{operation.id}: status {response.status_code}"
        elif result and response.status_code == operation.success.status:
            yield f"{operation.id}: status {response.status_code}"
            for name in cast("Mapping[str, Any]", headers) if isinstance(headers, Mapping) else ():
                yield f"{operation.id}: header {name}"
            with suppress(ValueError):
                yield from (f"{operation.id}: reply {path}" for path in _present(parsed(response.content), result))


def _base(operation: Operation, request: httpx.Request) -> str:
    """Return where the API is: the address less as many segments as the operation's path has, filled in as they are."""
    return str(request.url.copy_with(query=None)).rsplit("/", operation.path.count("/"))[0]


_MISSING = object()


def _present(value: Any, other: Any = _MISSING) -> Iterator[str]:
    """Yield the paths of all members; if there is an `other`, of those that it has too, and with the same value."""
    if not isinstance(value, Mapping):
        return
    for name, member in cast("Mapping[str, Any]", value).items():
        beside: Any = cast("Mapping[str, Any]", other).get(name) if isinstance(other, Mapping) else other
        if member is None or beside is None:
            continue
        if isinstance(member, Mapping):
            yield name
            yield from (f"{name}.{path}" for path in _present(member, beside))
        elif isinstance(member, list):
            yield name
            items = cast("list[Any]", member)
            others = cast("list[Any]", beside if isinstance(beside, list) else [_MISSING] * len(items))
            for item, there in zip(items, others, strict=False):
                yield from (f"{name}[].{path}" for path in _present(item, there))
        elif beside is _MISSING or beside == member:
            yield name
