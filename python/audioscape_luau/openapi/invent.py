"""An exchange made up from schemas alone, for an operation of which a specification shows none."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from audioscape_luau.openapi.model import (
    Array,
    Boolean,
    Either,
    Example,
    Field,
    Map,
    Number,
    Object,
    Operation,
    Shape,
    Text,
)
from audioscape_luau.openapi.needs import settled, unmet

_WORD = "word"
_KINDS: dict[str, Any] = {"string": _WORD, "number": 1.5, "integer": 1, "boolean": True}


def invented(operation: Operation) -> Example | None:
    """Return a call that gives what it must, and a reply that has all that it may; None if the schemas allow none."""
    try:
        request = _members(field for field in operation.inputs if field.required)
        for need in unmet(operation.needs, request):
            names = {path[0] for path in need.options[0]}
            request |= _members(field for field in operation.inputs if field.name in names)
            request = settled([need], request)
        reply = operation.reply
        body = b"" if reply is None else json.dumps(_value(reply), ensure_ascii=False).encode()
    except ValueError:
        return None
    return Example(
        name="invented",
        summary="Made up from the schemas.",
        request=request,
        status=operation.success.status,
        headers={} if reply is None else {"content-type": "application/json"},
        body=body,
    )


def _members(fields: Iterable[Field]) -> dict[str, Any]:
    return {field.name: _value(field.shape) for field in fields}


def _value(shape: Shape) -> Any:
    match shape:
        case Text(asset_id=True):
            return "1837879082"
        case Text(enum=(first, *_)) | Number(enum=(first, *_)):
            return first
        case Text():
            return _text(shape)
        case Number():
            return _number(shape)
        case Boolean():
            return True
        case Either(kinds=kinds):
            return _KINDS[kinds[0]]
        case Array():
            most = math.inf if shape.max_items is None else shape.max_items
            return [_value(shape.items)] * int(min(max(shape.min_items or 0, 1), most))
        case Map(values=values):
            return {_WORD: _WORD if values is None else _value(values)}
        case Object():
            value = _members(shape.fields)
            if shape.needs:
                value = settled(shape.needs, value)
            if shape.ordered is not None:
                low, high = shape.ordered
                value[low], value[high] = sorted((value[low], value[high]))
            return value


def _text(shape: Text) -> str:
    least, most = shape.min_length or 0, shape.max_length
    if shape.pattern is not None:
        # A part of a path is never empty.
        found = shape.pattern.sample(max(least, 1), most) or shape.pattern.sample(least, most)
        if found is None:
            raise ValueError(shape.pattern.text)
        return found
    text = _WORD * max(1, math.ceil(least / len(_WORD)))
    return text[: max(least, len(_WORD))][:most]


def _number(shape: Number) -> float:
    step = 1 if shape.integer else 0.5
    low, high = shape.minimum, shape.maximum
    if shape.exclusive_minimum is not None:
        low = max(shape.exclusive_minimum + step, -math.inf if low is None else low)
    if shape.exclusive_maximum is not None:
        high = min(shape.exclusive_maximum - step, math.inf if high is None else high)
    value = 1 if low is None else max(1, low)
    value = value if high is None else min(value, high)
    value = math.ceil(value) if shape.integer else value
    if (low is not None and value < low) or (high is not None and value > high):
        raise ValueError("no number is found between the bounds")
    return value
