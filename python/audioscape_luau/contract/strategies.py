"""Hypothesis strategies for what the specification allows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from hypothesis import strategies as st

from audioscape_luau.contract.boundaries import NO_SEGMENT, is_in_path, sample
from audioscape_luau.openapi import (
    MOST_DIGITS,
    Array,
    Boolean,
    Either,
    Field,
    Map,
    Needs,
    Number,
    Object,
    Operation,
    Shape,
    Text,
)
from audioscape_luau.openapi.needs import settled, unmet
from audioscape_luau.openapi.pattern import Pattern

TEXT = st.characters(exclude_categories=["Cs"])  # anything that UTF-8 can say


def requests(operation: Operation) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for the arguments of valid calls."""
    drawn = _members(operation.inputs, reply=False)
    return drawn.map(lambda members: _chosen(operation.needs, operation.inputs, members))


def replies(operation: Operation, *, whole: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for the bodies of valid replies; in `whole` ones no field is left out, null or empty."""
    shape = operation.reply or operation.result
    if whole:
        return _whole(shape)
    return _values(shape, reply=True)


def _values(shape: Shape, *, reply: bool) -> st.SearchStrategy[Any]:
    made = _present(shape, reply=reply)
    return made | st.none() if shape.nullable and reply else made


def _present(shape: Shape, *, reply: bool) -> st.SearchStrategy[Any]:
    match shape:
        case Text(asset_id=True):
            return st.from_regex(f"0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}}", fullmatch=True, alphabet="0123456789")
        case Text(enum=(_, *_) as members) | Number(enum=(_, *_) as members):
            return st.sampled_from(members)
        case Text(pattern=Pattern() as pattern):
            return st.sampled_from([*islice(pattern.samples(shape.min_length or 0, shape.max_length), 5)])
        case Text():
            return st.text(TEXT, min_size=shape.min_length or 0, max_size=shape.max_length)
        case Number():
            return _numbers(shape)
        case Boolean():
            return st.booleans()
        case Either():
            kinds: dict[str, st.SearchStrategy[Any]] = {
                "string": st.text(TEXT),
                "number": st.floats(allow_nan=False, allow_infinity=False),
                "integer": st.integers(-(2**53), 2**53),
                "boolean": st.booleans(),
            }
            return st.one_of([kinds[kind] for kind in shape.kinds])
        case Array():
            most = shape.max_items if shape.max_items is not None else 5
            return st.lists(_values(shape.items, reply=reply), min_size=shape.min_items or 0, max_size=min(most, 5))
        case Map():
            inner = _values(shape.values, reply=reply) if shape.values else st.text(TEXT)
            least = shape.min_entries or 0
            most = min(shape.max_entries if shape.max_entries is not None else 3, max(least, 3))
            return st.dictionaries(st.text(TEXT), inner, min_size=least, max_size=most)
        case Object():
            made = _members(shape.fields, reply=reply)
            if shape.needs and not reply:
                made = made.map(lambda members: _chosen(shape.needs, shape.fields, members))
            if shape.ordered is None:
                return made
            low, high = shape.ordered
            return made.map(lambda value: _in_order(value, low, high))


def _members(fields: tuple[Field, ...], *, reply: bool) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {field.name: _input(field, reply=reply) for field in fields if field.required},
        optional={field.name: _values(field.shape, reply=reply) for field in fields if not field.required},
    )


def _input(field: Field, *, reply: bool) -> st.SearchStrategy[Any]:
    drawn = _values(field.shape, reply=reply)
    return drawn.filter(lambda value: value not in NO_SEGMENT) if is_in_path(field) else drawn


def _chosen(needs: Sequence[Needs], fields: Sequence[Field], members: dict[str, Any]) -> dict[str, Any]:
    """Return members with the first of the alternatives where none, or more than one may have, was drawn."""
    for lack in unmet(needs, members):
        members = settled([lack], members)
        for path in lack.options[0]:
            members = _with(fields, members, path)
    return members


def _with(fields: Sequence[Field], members: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    name, *deeper = path
    shape = next(field.shape for field in fields if field.name == name)
    given = members.get(name)
    if deeper and isinstance(shape, Object):
        return members | {name: _with(shape.fields, given or {}, deeper)}
    return members | {name: given or sample(shape)}


def _whole(shape: Shape) -> st.SearchStrategy[Any]:
    match shape:
        case Object():
            return st.fixed_dictionaries({field.name: _whole(field.shape) for field in shape.fields})
        case Array():
            return st.lists(_whole(shape.items), min_size=1, max_size=min(shape.max_items or 3, 3))
        case _:
            return _present(shape, reply=True)


def _numbers(shape: Number) -> st.SearchStrategy[Any]:
    low, high = shape.minimum, shape.maximum
    if shape.integer:
        least = int(low) if low is not None else -(2**53)
        most = int(high) if high is not None else 2**53
        if shape.exclusive_minimum is not None:
            least = int(shape.exclusive_minimum) + 1
        if shape.exclusive_maximum is not None:
            most = int(shape.exclusive_maximum) - 1
        return st.integers(least, most)
    return st.floats(
        low if low is not None else shape.exclusive_minimum,
        high if high is not None else shape.exclusive_maximum,
        allow_nan=False,
        allow_infinity=False,
        exclude_min=shape.exclusive_minimum is not None and low is None,
        exclude_max=shape.exclusive_maximum is not None and high is None,
    )


def _in_order(value: dict[str, Any], low: str, high: str) -> dict[str, Any]:
    if low in value and high in value and value[low] > value[high]:
        return value | {low: value[high], high: value[low]}
    return value
