"""English for people: what a value must be, for errors, and what is known of it, for documentation."""

from __future__ import annotations

import json
from collections.abc import Iterable

from audioscape_luau.codegen.literals import LuauNumber
from audioscape_luau.openapi.model import Array, Boolean, Either, Field, Map, Needs, Number, Object, Shape, Text
from audioscape_luau.openapi.needs import sentence

_KINDS = {"string": "a string", "number": "a number", "integer": "a whole number", "boolean": "true or false"}


def expected(shape: Shape) -> str:
    """Say what a value must be, to follow the words "must be"."""
    match shape:
        case Text(asset_id=True):
            return "an asset ID"
        case Text(enum=tuple(values)) | Number(enum=tuple(values)):
            return f"one of {_listed(values)}"
        case Text():
            length = _span(" of ", shape.min_length, shape.max_length, "character", "characters")
            return f"a string{length}" + (f" that matches {shape.pattern.text}" if shape.pattern else "")
        case Number():
            return ("a whole number" if shape.integer else "a number") + _bounds(shape)
        case Boolean():
            return "true or false"
        case Either(kinds=kinds):
            return " or ".join(_KINDS[kind] for kind in kinds)
        case Array():
            return "a list" + _span(" of ", shape.min_items, shape.max_items, "item", "items")
        case Map():
            return "a table" + _span(" of ", shape.min_entries, shape.max_entries, "entry", "entries")
        case Object():
            return "a table"


def input_doc(field: Field) -> str:
    """Document something that a caller gives."""
    facts = [field.description, *field.notes]
    if _is_bounded(field.shape):
        facts.append(_sentence(expected(field.shape)))
    if field.default is not None:
        facts.append(f"Default: {json.dumps(field.default, ensure_ascii=False)}.")
    if field.shape.assumed:
        facts.append(f"Assumed, not documented: {', '.join(field.shape.assumed)}.")
    return _text(facts)


def output_doc(field: Field) -> str:
    """Document something that a reply holds. What it may be is a statement of the specification, not a check."""
    shape = field.shape
    facts = [field.description, *field.notes]
    if isinstance(shape, (Text, Number)) and shape.enum is not None:
        facts.append(f"Known values: {_listed(shape.enum)}.")
    elif _is_bounded(shape):
        facts.append(_sentence(expected(shape)))
    if field.default is not None:
        facts.append(f"Default: {json.dumps(field.default, ensure_ascii=False)}.")
    if shape.assumed:
        facts.append(f"Assumed, not documented: {', '.join(shape.assumed)}.")
    return _text(facts)


def type_doc(shape: Shape) -> str:
    """Document an object's type."""
    return _text([shape.description, *shape.notes])


def needs_doc(needs: Needs) -> str:
    """Say which inputs must be given."""
    said = sentence(needs)
    return f"{said[0].upper()}{said[1:]}."


def _text(facts: Iterable[str]) -> str:
    return " ".join(fact.strip() for fact in facts if fact.strip())


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] + "."


def _listed(values: Iterable[float | str]) -> str:
    return ", ".join(json.dumps(value, ensure_ascii=False) for value in values)


def _is_bounded(shape: Shape) -> bool:
    match shape:
        case Text(asset_id=True):
            return False
        case Text() | Number() | Array():
            return expected(shape) not in ("a string", "a number", "a whole number", "a list")
        case _:
            return False


def _bounds(shape: Number) -> str:
    low, high = shape.minimum, shape.maximum
    above, below = shape.exclusive_minimum, shape.exclusive_maximum
    if low is not None and high is not None and above is None and below is None:
        return f" from {_number(low)} to {_number(high)}"
    limits = [("of at least", low), ("above", above), ("of at most", high), ("below", below)]
    stated = [f"{words} {_number(limit)}" for words, limit in limits if limit is not None]
    return f" {' and '.join(stated)}" if stated else ""


def _number(value: float) -> str:
    return LuauNumber(value).text


def _span(words: str, low: int | None, high: int | None, one: str, many: str) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f"{words}at least {low} {one if low == 1 else many}"
    if low is None or low == 0:
        return f"{words}at most {high} {one if high == 1 else many}"
    if low == high:
        return f"{words}{low} {one if low == 1 else many}"
    return f"{words}{low} to {high} {many}"
