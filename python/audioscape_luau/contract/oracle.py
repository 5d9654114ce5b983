"""What a client must make of the body of a successful reply: an oracle that is independent of the generated Luau.

Unknown fields are kept. A known field of the wrong type is left out, null is absence, and no number is NaN or infinite.
An item of a list whose required field cannot be had is dropped; without such a list the reply as a whole is lost.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, cast

from audioscape_luau.contract.values import TooDeepError, parsed
from audioscape_luau.openapi import Array, Boolean, Either, Map, Number, Object, Operation, Shape, Text, asset_id

_GONE = object()


class LostReplyError(ValueError):
    """The body cannot be used at all; a client reports `decode`."""


def expected_result(operation: Operation, body: bytes) -> Any:
    """Return what a client hands on of a body.

    Raises LostReplyError if that is nothing, and TooDeepError if it cannot be told.
    """
    if operation.reply is None:
        return True
    try:
        value = parsed(body)
    except ValueError as error:
        if isinstance(error, TooDeepError) and not error.lost:
            raise
        raise LostReplyError(str(error)) from None
    if value is None and operation.reply.nullable:
        return None
    kept = _clean(operation.reply, value)
    if kept is _GONE:
        raise LostReplyError("what is required of it is missing")
    return kept


def expected_headers(operation: Operation, given: Mapping[str, str]) -> dict[str, Any]:
    """Return what a client hands on of a reply's headers, whose names are in small letters."""
    texts = {header.name: given.get(header.name.lower()) for header in operation.success.headers}
    read = {
        header.name: _read(header.shape, text)
        for header in operation.success.headers
        if (text := texts[header.name]) is not None
    }
    return {name: value for name, value in read.items() if value is not _GONE}


def _read(shape: Shape, text: str) -> Any:
    match shape:
        case Text(asset_id=True):
            return _clean(shape, text)
        case Text():
            return text
        case Boolean():
            return {"true": True, "false": False}.get(text, _GONE)
        case Number():
            is_number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text)
            return _clean(shape, float(text)) if is_number else _GONE
        case Either(kinds=kinds):
            simple = {"string": Text(), "number": Number(), "integer": Number(integer=True), "boolean": Boolean()}
            values = (_read(simple[kind], text) for kind in kinds)
            return next((value for value in values if value is not _GONE), _GONE)
        case _:
            return _GONE


def _clean(shape: Shape, value: Any) -> Any:
    match shape:
        case Text(asset_id=True):
            digits = asset_id(value)
            return _GONE if digits is None else digits
        case Text():
            return value if isinstance(value, str) else _GONE
        case Number():
            return value if _is_kind("integer" if shape.integer else "number", value) else _GONE
        case Boolean():
            return value if isinstance(value, bool) else _GONE
        case Either():
            return value if any(_is_kind(kind, value) for kind in shape.kinds) else _GONE
        case Array():
            return _clean_list(shape, value)
        case Map():
            if not _is_object(value):
                return _GONE
            inner = {k: _clean(shape.values, v) if shape.values else _plain(v) for k, v in _members(value).items()}
            return {name: member for name, member in inner.items() if member is not _GONE}
        case Object():
            return _clean_object(shape, value)


def _clean_list(shape: Array, value: Any) -> Any:
    if value == {}:  # Luau cannot tell it from an empty list
        return []
    if not isinstance(value, list):
        return _GONE
    items = (_GONE if item is None else _clean(shape.items, item) for item in cast("list[Any]", value))
    return [item for item in items if item is not _GONE]


def _clean_object(shape: Object, value: Any) -> Any:
    if not _is_object(value):
        return _GONE
    members = _members(value)
    known = {field.name for field in shape.fields}
    kept = {name: _plain(member) for name, member in members.items() if name not in known and member is not None}
    for field in shape.fields:
        given = members.get(field.name)
        member = _GONE if given is None else _clean(field.shape, given)
        if member is _GONE and field.required:
            inner = field.shape
            if not isinstance(inner, Object) or any(part.required for part in inner.fields):
                return _GONE
            member = {}
        if member is not _GONE:
            kept[field.name] = member
    return {name: member for name, member in kept.items() if member is not _GONE}


def _plain(value: Any) -> Any:
    """Return a value that nobody described, as the engine's decoder would."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        inner = {name: _plain(member) for name, member in members.items() if member is not None}
        return {name: member for name, member in inner.items() if member is not _GONE}
    if isinstance(value, list):
        return [_plain(member) for member in cast("list[Any]", value)]
    return _GONE if isinstance(value, int | float) and not _is_finite(value) else value


def _is_kind(kind: str, value: Any) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    return _is_number(value) and (kind != "integer" or float(value).is_integer())


def _is_finite(value: float) -> bool:
    """Whether a double can hold about that number; JSON may hold integers of any length."""
    return abs(value) <= sys.float_info.max


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping) or value == []


def _members(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def differences(expected: Any, actual: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield where a result is not what it should be, as a rule and a sentence. An empty list and an empty object, which
    are the same in Luau, count as the same.
    """
    place = path or "the result"
    if isinstance(expected, Mapping) or isinstance(actual, Mapping):
        left, right = _as_object(expected), _as_object(actual)
        if left is None or right is None:
            yield "field-changed", f"{place} is {_short(actual)} instead of {_short(expected)}"
            return
        for name in left.keys() | right.keys():
            inner = f"{path}.{name}" if path else str(name)
            if name not in right:
                yield "field-lost", f"{inner} is missing, it came as {_short(left[name])}"
            elif name not in left:
                yield "field-not-cleaned", f"{inner} is {_short(right[name])}, it should be nil"
            else:
                yield from differences(left[name], right[name], inner)
    elif isinstance(expected, list) and isinstance(actual, list):
        yield from _list_differences(cast("list[Any]", expected), cast("list[Any]", actual), path, place)
    elif not _equal(expected, actual):
        yield "field-changed", f"{place} is {_short(actual)} instead of {_short(expected)}"


def _list_differences(expected: list[Any], actual: list[Any], path: str, place: str) -> Iterator[tuple[str, str]]:
    if len(expected) != len(actual):
        rule = "item-lost" if len(actual) < len(expected) else "item-not-dropped"
        yield rule, f"{place} has {len(actual)} items instead of {len(expected)}"
        return
    for index, (left, right) in enumerate(zip(expected, actual, strict=True), start=1):
        yield from differences(left, right, f"{path}[{index}]")


def _as_object(value: Any) -> Mapping[Any, Any] | None:
    if isinstance(value, Mapping):
        return cast("Mapping[Any, Any]", value)
    return {} if value == [] else None


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return float(left) == float(right)  # Luau has doubles only
    return bool(left == right)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
