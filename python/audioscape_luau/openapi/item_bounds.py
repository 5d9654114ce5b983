"""`x-item-bounds`: which inputs bound which number of each item that a reply lists."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from audioscape_luau.openapi.model import Array, Field, ItemBound, Number, Object, Operation
from audioscape_luau.openapi.node import Node
from audioscape_luau.openapi.problems import Fault, split_pointer

KEPT: Mapping[str, Callable[[float, float], bool]] = {
    "minimum": operator.ge,
    "maximum": operator.le,
    "exclusiveMinimum": operator.gt,
    "exclusiveMaximum": operator.lt,
}
"""By JSON Schema's keyword: whether a value keeps to a bound."""


def read_item_bounds(node: Node, operation: Operation) -> tuple[ItemBound, ...]:
    """Read the extension off an operation whose paging is known."""
    if not node.has("x-item-bounds"):
        return ()
    raw = node.child("x-item-bounds")
    if raw is None or operation.paging is None:
        node.fail(Fault.INVALID_EXTENSION, "must be a mapping, in an operation with x-paging", "x-item-bounds")
        return ()
    found: list[ItemBound] = []
    numbers = _numbers(_item_fields(operation))
    for name in raw.value:
        keywords = raw.child(name)
        if name not in numbers or not keywords or not keywords.value:
            raw.fail(Fault.INVALID_EXTENSION, "must name a number of the items, and which inputs bound it", name)
            continue
        for keyword in KEPT:
            if keywords.has(keyword):
                bound = ItemBound(field=name, keyword=keyword, input=tuple(split_pointer(keywords.text(keyword))))
                if not isinstance(_input(operation.inputs, bound.input), Number):
                    message = "must point at a number among the inputs, such as /filters/size"
                    keywords.fail(Fault.INVALID_EXTENSION, message, keyword)
                found.append(bound)
        keywords.close()
    return tuple(found)


def bounds_given(operation: Operation, asked: Mapping[str, Any]) -> Iterator[tuple[ItemBound, float]]:
    """Yield the bounds that were asked for, each with its value."""
    for bound in operation.item_bounds:
        value: Any = asked
        for name in bound.input:
            value = cast("Mapping[str, Any]", value).get(name) if isinstance(value, Mapping) else None
        if _is_number(value):
            yield bound, value


def beyond(
    operation: Operation, asked: Mapping[str, Any], items: Sequence[Any]
) -> Iterator[tuple[int, ItemBound, float]]:
    """Yield the place of each item with a number that what was asked leaves out, and which bound with which value."""
    for bound, end in bounds_given(operation, asked):
        for place, item in enumerate(items):
            value: Any = cast("Mapping[str, Any]", item).get(bound.field) if isinstance(item, Mapping) else None
            if _is_number(value) and not KEPT[bound.keyword](value, end):
                yield place, bound, end


def _item_fields(operation: Operation) -> tuple[Field, ...]:
    success = next((r.shape for r in operation.responses if 200 <= r.status <= 299), None)
    for member in success.fields if isinstance(success, Object) else ():
        if operation.paging and member.name == operation.paging.items and isinstance(member.shape, Array):
            return member.shape.items.fields if isinstance(member.shape.items, Object) else ()
    return ()


def _numbers(fields: Sequence[Field]) -> set[str]:
    return {member.name for member in fields if isinstance(member.shape, Number)}


def _input(fields: Sequence[Field], path: Sequence[str]) -> object:
    """Return the shape at the end of a path of names, None if it leads nowhere."""
    shape: object = None
    for name in path:
        shape = next((member.shape for member in fields if member.name == name), None)
        fields = shape.fields if isinstance(shape, Object) else ()
    return shape


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
