"""Every boundary of the contract as a case: deterministic, complete, derived from the specification alone.

For requests: each input at its bounds, just beyond them, absent, and of every wrong type; each unknown name. For
replies: each field absent, null, of every wrong type, at and beyond its bounds; each unknown field and enum value.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Any, TypedDict, cast

from audioscape_luau.openapi import (
    LARGEST_NUMBER,
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
    Parameter,
    Shape,
    Text,
    asset_id,
)
from audioscape_luau.openapi.needs import settled, unmet
from audioscape_luau.openapi.pattern import Pattern, State

type Path = tuple[str | int, ...]

UNKNOWN = "not_in_the_contract"
"""A name that no specification declares."""
ABOVE = "above the other end"
"""The label of a case whose lower end is above its upper end."""
NO_SEGMENT = ("", ".", "..")
"""Texts that would make another path of it if they stood between two slashes."""
_ID = "1"
_LONGEST_ID = ("1234567890" * MOST_DIGITS)[:MOST_DIGITS]
_NO_IDS = (
    *("", "x", " 1", "1 ", "-1", "1.0", "1e5", "id 1", "rbxassetid://", "rbxassetid://1/", "http://x/1"),
    "https://www.roblox.com/asset/?id=1&version=2",
)
_TRIED = 4
"""Characters of a pattern, at most, that are tried at the ends of a text of it; and gaps between known numbers."""
_HOSTILE = " a&b=c#d?e %2F+/\"\\\n\t\x01\x7f~!*()'  \u2028é😀 "
"""Text that each encoding on its way has to do something about, or must leave alone."""


@dataclass(frozen=True, slots=True)
class RequestCase:
    """One call. parameter: the dotted path of the input that is tried. valid: whether the contract allows the call."""

    parameter: str
    label: str
    arguments: Mapping[str, Any]
    valid: bool

    @property
    def name(self) -> str:
        """A readable id for test reports."""
        return f"{self.parameter}-{self.label}"


@dataclass(frozen=True, slots=True)
class ReplyCase:
    """One successful reply, changed in one place.

    path: where, through the reply. kept: the client must hand the value on, an asset id in its one form; otherwise the
    field is nil there. lost: the whole reply cannot be used, because the field is required and nothing can stand in for
    it. dropped: the item of a list that holds the field is left out. schema: the component that the field belongs to,
    and whether that is in a list, which decides what becomes of what lacks it; nothing for the reply itself.
    """

    path: Path
    label: str
    body: Any
    kept: bool = False
    lost: bool = False
    dropped: bool = False
    schema: str = ""

    @property
    def name(self) -> str:
        """A readable id for test reports."""
        return ".".join(map(str, self.path)) + f"-{self.label}"


# Requests


def request_cases(operation: Operation) -> Iterator[RequestCase]:
    """Yield every boundary of an operation's inputs, each with the other inputs at their least."""
    for case in _request_cases(operation):
        lacks = next(unmet(operation.needs, case.arguments), None) if case.valid else None
        if lacks is None:
            yield case
        else:
            yield RequestCase(
                ".".join(lacks.options[0][0]), f"{case.parameter} {case.label}", case.arguments, valid=False
            )


def is_in_path(field: Field) -> bool:
    """Whether an input is a part of the path."""
    return isinstance(field, Parameter) and field.location == "path"


def least(operation: Operation) -> dict[str, Any]:
    """Return the fewest inputs that an operation takes."""
    return _least(operation.inputs, operation.needs)


def _least(fields: Sequence[Field], needs: Sequence[Needs], beside: str = "") -> dict[str, Any]:
    """Return the fewest members that are allowed, beside one of that name where alternatives exclude each other."""
    needed: set[str] = set()
    for one in needs:
        if one.when is not None:
            continue
        options = [{path[0] for path in option} for option in one.options]
        # What one option has alone is given without the others.
        fitting = (option for option in options if one.exclusive and beside in option)
        needed |= next(fitting, options[0])
    found = {field.name: sample(field.shape) for field in fields if field.required or field.name in needed}
    return found | _companions(fields, needs, found)


def _companions(fields: Sequence[Field], needs: Sequence[Needs], members: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the values of members make necessary beside them."""
    names = {path[0] for one in needs if one.when and one.holds(members) for path in one.options[0]}
    return {field.name: sample(field.shape) for field in fields if field.name in names - members.keys()}


def _conditions(fields: Sequence[Field], needs: Sequence[Needs]) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    """Yield members with each value that makes others necessary, with them and without each, and with other values."""
    base = _least(fields, needs)
    for name in dict.fromkeys(one.when[0] for one in needs if one.when):
        (shape,) = (field.shape for field in fields if field.name == name)
        asking = dict.fromkeys(value for one in needs if one.when and one.when[0] == name for value in one.when[1])
        for value in asking:
            members = base | {name: value}
            whole = members | _companions(fields, needs, members)
            yield name, f"{value} with all it needs", whole, True
            for missing in dict.fromkeys(
                path[0] for one in needs if one.when and one.holds(members) for path in one.options[0]
            ):
                yield missing, f"missing beside {value}", {n: m for n, m in whole.items() if n != missing}, False
        for value in _samples(shape):
            if value not in asking:
                yield name, f"{value} with no more than it needs", base | {name: value}, True


def input_of(operation: Operation, path: str) -> str:
    """Return the name of the input in which a dotted path lies, whatever is in the name; the path if there is none."""
    field = _field_of(operation.inputs, path)
    return field.name if field else path


def bounds_of(operation: Operation, path: str) -> list[float]:
    """Return the bounds of what is at a dotted path in the inputs, which a refusal of what is beyond them must name."""
    match _shape_at(operation.inputs, path):
        case Number() as shape:
            bounds = [shape.minimum, shape.maximum, shape.exclusive_minimum, shape.exclusive_maximum]
        case Text() as shape:
            bounds = [shape.min_length or None, shape.max_length]
        case Array() as shape:
            bounds = [shape.min_items or None, shape.max_items]
        case Map() as shape:
            bounds = [shape.min_entries or None, shape.max_entries]
        case _:
            bounds = []
    return [bound for bound in bounds if bound is not None]


def choices_of(operation: Operation, path: str) -> tuple[str, ...]:
    """Return the texts that may stand at a dotted path in the inputs, if only some may."""
    shape = _shape_at(operation.inputs, path)
    return (shape.enum or ()) if isinstance(shape, Text) else ()


def _field_of(fields: Sequence[Field], path: str) -> Field | None:
    longest = sorted(fields, key=lambda field: len(field.name), reverse=True)
    starting = (field for field in longest if path.startswith(field.name))
    return next((field for field in starting if path[len(field.name) :][:1] in ("", ".", "[")), None)


def _shape_at(fields: Sequence[Field], path: str) -> Shape | None:
    field = _field_of(fields, path)
    if field is None:
        return None
    shape, deeper = field.shape, path[len(field.name) :]
    while isinstance(shape, Array) and deeper.startswith("["):
        shape, deeper = shape.items, deeper.partition("]")[2]
    if isinstance(shape, Object) and deeper:
        return _shape_at(shape.fields, deeper[1:])
    return None if deeper else shape


def _request_cases(operation: Operation) -> Iterator[RequestCase]:
    base = least(operation)
    yield RequestCase("", "least", base, valid=True)
    everything = base | {f.name: sample(f.shape) for f in operation.inputs}
    yield RequestCase("", "all", settled(operation.needs, everything), valid=True)
    for option in (option for need in operation.needs for option in need.options[1:]):
        names = {path[0] for path in option}
        alone = {field.name: sample(field.shape) for field in operation.inputs if field.required or field.name in names}
        yield RequestCase(".".join(option[0]), "alone", alone, valid=True)
    for path, label, members, valid in _conditions(operation.inputs, operation.needs):
        yield RequestCase(path, label, members, valid)
    yield RequestCase(UNKNOWN, "unknown", base | {UNKNOWN: "1"}, valid=False)
    for field in operation.inputs:
        base = _least(operation.inputs, operation.needs, field.name)
        rest = {name: value for name, value in base.items() if name != field.name}
        yield RequestCase(field.name, "absent", rest, valid=not field.required)
        for path, label, value, valid in _values(field.name, field.shape):
            fits = valid and not (is_in_path(field) and value in NO_SEGMENT)
            yield RequestCase(path, label, rest | {field.name: value}, fits)


def sample(shape: Shape) -> Any:
    """Return a plain value that the shape allows."""
    match shape:
        case Text(asset_id=True):
            return _ID
        case Text(enum=(first, *_)):
            return first
        case Text(pattern=Pattern() as pattern):
            return pattern.sample(shape.min_length or 0, shape.max_length) or ""
        case Text():
            return "x" * _some(shape.min_length, shape.max_length)
        case Number(enum=(first, *_)):
            return first
        case Number():
            low, high = bounds(shape)
            return low if low is not None else (high if high is not None else 1)
        case Boolean():
            return True
        case Either():
            return {"string": "x", "number": 0.5, "integer": 1, "boolean": True}[shape.kinds[0]]
        case Array():
            return [sample(shape.items) for _ in range(_some(shape.min_items, shape.max_items))]
        case Map():
            return _entries(shape, _some(shape.min_entries, shape.max_entries))
        case Object():
            return _in_order(shape, settled(shape.needs, {field.name: sample(field.shape) for field in shape.fields}))


def _some(least: int | None, most: int | None) -> int:
    """Return one, or what comes closest to it."""
    wanted = max(least or 0, 1)
    return wanted if most is None else min(wanted, most)


def _entries(shape: Map, count: int) -> dict[str, Any]:
    return {f"x{number}": sample(shape.values) if shape.values else "x" for number in range(count)}


def _in_order(shape: Object, members: dict[str, Any]) -> dict[str, Any]:
    """Return an object whose lower end is not above its upper end: one of the two takes the other's place."""
    low, high = shape.ordered or (None, None)
    if low not in members or high not in members or members[low] <= members[high]:
        return members
    upper = next(field.shape for field in shape.fields if field.name == high)
    _, most = bounds(upper) if isinstance(upper, Number) else (None, None)
    fits = most is None or members[low] <= most
    return members | ({high: members[low]} if fits else {low: members[high]})


def other(field: Field) -> Any:
    """Return a value that is allowed and not the default."""
    if isinstance(field.shape, Object) and field.shape.fields:
        # An object of nothing but defaults means what none does.
        members = {inner.name: other(inner) for inner in field.shape.fields}
        return _in_order(field.shape, settled(field.shape.needs, members))
    return next((value for value in _samples(field.shape) if value != field.default), sample(field.shape))


def _samples(shape: Shape) -> Iterator[Any]:
    """Yield some plain values that the shape allows, if it allows several."""
    value = sample(shape)
    yield value
    match shape:
        case Text(enum=(_, *more)) | Number(enum=(_, *more)):
            yield from more
        case Text():
            more = shape.pattern.samples(shape.min_length or 0, shape.max_length) if shape.pattern else [value + "x"]
            yield from () if shape.asset_id else filter(shape.holds, islice(more, 2))
        case Number():
            low, high = bounds(shape)
            if high is None or value + 1 <= high:
                yield value + 1
            elif low is None:
                yield value - 1
            elif not shape.integer:
                yield high
        case Boolean():
            yield not value
        case Array() if not shape.min_items:
            yield []
        case _:
            pass


def _values(path: str, shape: Shape) -> Iterator[tuple[str, str, Any, bool]]:
    for label, value in _wrong_types(shape):
        yield path, label, value, False
    match shape:
        case Text(asset_id=True):
            yield path, "digits", _LONGEST_ID, True
            yield path, "more digits", f"{_LONGEST_ID}1", False
            yield path, "digits after zeros", "007", True
            yield path, "number", LARGEST_NUMBER, True
            yield path, "uri", "rbxassetid://1", True
            yield path, "uri with zeros", "rbxassetid://001", True
            yield path, "uri with more digits", f"rbxassetid://{_LONGEST_ID}1", False
            yield path, "address", "https://www.roblox.com/asset/?id=1", True
            yield path, "plain address", "http://www.roblox.com/asset/?id=1", True
            for text in _NO_IDS:
                yield path, f"text {text!r}", text, False
            for number in (-1, 0.5, LARGEST_NUMBER + 1, LARGEST_NUMBER + 3, math.nan, math.inf, -math.inf):
                yield path, f"number {number}", number, False
        case Text():
            yield path, "not UTF-8", b"\xff", False
            for member in shape.enum or ():
                yield path, f"enum {member}", member, True
            if shape.enum:
                yield path, "enum unknown", UNKNOWN, False
            elif shape.pattern:
                texts = [sample(shape), f"{sample(shape)}\n", f"\n{sample(shape)}", "", "é", UNKNOWN, "0", "-"]
                texts = dict.fromkeys([*texts, *_near_misses(shape, shape.pattern)])
                yield from ((path, f"text {text!r}", text, shape.holds(text)) for text in texts)
                yield path, "hostile", _HOSTILE, shape.holds(_HOSTILE)
            else:
                yield from _lengths(path, shape.min_length, shape.max_length, lambda length: "é" * length, "characters")
                yield path, "hostile", _HOSTILE, shape.holds(_HOSTILE)
        case Number():
            yield from ((path, label, value, valid) for label, value, valid in _numbers(shape))
        case Boolean():
            yield path, "true", True, True
            yield path, "false", False, True
        case Array():
            yield from _lengths(
                path, shape.min_items, shape.max_items, lambda length: [sample(shape.items)] * length, "items"
            )
            if isinstance(shape.items, Text) and not shape.items.asset_id and all(map(shape.items.holds, "abB")):
                yield (
                    path,
                    "out of order and repeated",
                    ["b", "a", "B", "b"],
                    shape.max_items is None or shape.max_items >= 4,
                )
            item = sample(shape.items)
            yield path, "list with a hole", {1: item, 3: item}, False
            yield path, "list with a name in it", {1: item, UNKNOWN: item}, False
            # Of a list that is always empty, the first item is one too many, whatever it is.
            for inner, label, value, valid in _values(f"{path}[1]", shape.items) if shape.max_items != 0 else ():
                yield inner, label, [value, *[sample(shape.items)] * ((shape.min_items or 1) - 1)], valid
        case Object():
            for inner, label, value, valid in _object_values(path, shape):
                lacks = next(unmet(shape.needs, value), None) if valid else None
                name = inner if lacks is None else ".".join([path, *lacks.options[0][0]])
                yield name, label if lacks is None else f"{inner} {label}", value, valid and lacks is None
        case Map():
            yield path, "sample", sample(shape), True
            if shape.min_entries is not None or shape.max_entries is not None:
                yield from _lengths(
                    path, shape.min_entries, shape.max_entries, lambda length: _entries(shape, length), "entries"
                )
        case Either():
            yield path, "sample", sample(shape), True


def _object_values(path: str, shape: Object) -> Iterator[tuple[str, str, Any, bool]]:
    base = _least(shape.fields, shape.needs)
    yield path, "least", base, True
    for inner, label, members, valid in _conditions(shape.fields, shape.needs):
        yield f"{path}.{inner}", label, members, valid
    yield f"{path}.{UNKNOWN}", "unknown", base | {UNKNOWN: 1}, shape.open
    for field in shape.fields:
        beside = _least(shape.fields, shape.needs, field.name)
        rest = {name: value for name, value in beside.items() if name != field.name}
        if field.required:
            yield f"{path}.{field.name}", "absent", rest, False
        for inner, label, value, valid in _values(f"{path}.{field.name}", field.shape):
            yield inner, label, rest | {field.name: value}, valid
        if field.default is not None:
            yield f"{path}.{field.name}", "default", rest | {field.name: field.default}, True
    if shape.ordered:
        low, high = shape.ordered
        yield f"{path}.{low}", "equal to the other end", base | {low: 2, high: 2}, True
        yield f"{path}.{low}", ABOVE, base | {low: 3, high: 2}, False


def _near_misses(shape: Text, pattern: Pattern) -> Iterator[str]:
    """Yield texts that differ from one of the pattern in a character at an end, of those that are in the pattern."""
    for text in islice(pattern.samples(shape.min_length or 0, shape.max_length), 2):
        yield text[:-1]
        yield text[1:]
        for character in islice(dict.fromkeys(map(_liked, pattern.states)), _TRIED):
            yield text + character
            yield character + text


def _liked(state: State) -> str:
    """Return a character for which a place in a pattern waits."""
    known = (it for it in "a0A" if any(low <= ord(it) <= high for low, high in state.ranges))
    return next(known, chr(state.ranges[0][0]))


def bounds(shape: Number) -> tuple[float | None, float | None]:
    """Return the least and the greatest number that the shape allows, where it says."""
    low, high = shape.minimum, shape.maximum
    if shape.exclusive_minimum is not None:
        low = shape.exclusive_minimum + 1 if shape.integer else math.nextafter(shape.exclusive_minimum, math.inf)
    if shape.exclusive_maximum is not None:
        high = shape.exclusive_maximum - 1 if shape.integer else math.nextafter(shape.exclusive_maximum, -math.inf)
    return low, high


def _numbers(shape: Number) -> Iterator[tuple[str, float, bool]]:
    for name, value in (("NaN", math.nan), ("infinity", math.inf), ("minus infinity", -math.inf)):
        yield name, value, False
    if shape.enum:
        for member in shape.enum:
            yield f"enum {member}", member, True
        yield "enum unknown", _above(max(shape.enum)), False
        members = sorted(shape.enum)
        # What lies between those that are known, and where they seem to go on.
        near = [(one + next) / 2 for one, next in pairwise(members)][:_TRIED]
        near += [2 * members[-1] - members[-2], 2 * members[0] - members[1]] if len(members) > 1 else []
        yield from ((f"enum near {value}", value, False) for value in near if value not in members)
        return
    low, high = bounds(shape)
    if low is not None:
        yield "minimum", low, True
        yield "below minimum", low - 1 if shape.integer else math.nextafter(low, -math.inf), False
    if high is not None:
        yield "maximum", high, True
        yield "above maximum", _above(high) if shape.integer else math.nextafter(high, math.inf), False
    if low == 0:
        yield "negative zero", -0.0, True
    # What is nearest to zero, since far from it there are whole numbers only.
    near = max(-math.inf if low is None else low, min(0, math.inf if high is None else high))
    if shape.integer:
        if not float(near + 0.5).is_integer():
            yield "fraction", near + 0.5, False
    else:
        yield from (
            (f"fraction {value}", value, True) for value in (near + 1e-7, near + 1 / 3) if high is None or value < high
        )
    if high is None:
        yield "large", 2**53 if shape.integer else 1e22, True


def _above(number: float) -> float:
    """Return a number above another: one more, or, where doubles lie further apart, the next."""
    return number + 1 if float(number + 1) > float(number) else math.nextafter(number, math.inf)


def _lengths(
    path: str, least: int | None, most: int | None, make: Callable[[int], Any], unit: str
) -> Iterator[tuple[str, str, Any, bool]]:
    for length in sorted({least or 0, (least or 0) + 1, most if most is not None else (least or 0) + 1}):
        yield path, f"{length} {unit}", make(length), most is None or length <= most
    if least:
        yield path, f"{least - 1} {unit}", make(least - 1), False
    if most is not None:
        yield path, f"{most + 1} {unit}", make(most + 1), False


_EXAMPLES_OF_TYPES: tuple[tuple[str, Any], ...] = (
    ("text", "x"),
    ("number text", "5"),
    ("number", 5),
    ("boolean", True),
    ("list", ["x"]),
    ("object", {UNKNOWN: "x"}),
)


def _wrong_types(shape: Shape) -> Iterator[tuple[str, Any]]:
    """Yield a value of each type that the shape does not allow."""
    for label, value in _EXAMPLES_OF_TYPES:
        if not _is_type(shape, value):
            yield f"{label} instead", value


def _is_type(shape: Shape, value: Any) -> bool:
    match shape:
        case Text(asset_id=True):
            return asset_id(value) is not None
        case Text():
            return isinstance(value, str)
        case Number():
            return isinstance(value, (int, float)) and value is not True
        case Boolean():
            return isinstance(value, bool)
        case Array():
            return isinstance(value, list)
        case Object() | Map():
            return isinstance(value, dict)
        case Either():
            return any(
                _is_type({"string": Text(), "number": Number(), "integer": Number(), "boolean": Boolean()}[kind], value)
                for kind in shape.kinds
            )


# Replies


def reply_cases(operation: Operation, body: Any) -> Iterator[ReplyCase]:
    """Yield every boundary of the objects in an operation's reply as a change of `body`, once every field of that has a
    value.
    """
    if operation.reply is None:
        return
    body = _filled(operation.reply, body)
    found = list(_objects(operation.reply, body, ()))
    for owner, shape, schema, _ in found:
        for field in shape.fields:
            for case in _field_cases(body, (*owner, field.name), field, owner):
                yield replace(case, schema=schema)
    for path, shape, schema, outer in found:
        changed = _changed(body, (*path, UNKNOWN), "x")
        yield ReplyCase((*path, UNKNOWN), "unknown field", changed, kept=True, schema=schema if path else "")
        if path and isinstance(path[-1], int):
            for label, value in (*_wrong_types(shape), ("null", None)):
                yield ReplyCase(path, f"item {label}", _changed(body, path, value), dropped=True, schema=outer)


def inner_cases(operation: Operation, body: Any) -> Iterator[tuple[str, Any, str]]:
    """Yield what may be wrong with a reply beside its objects: the whole of it, and what lists and maps hold.

    Each with a label, and the schema that it belongs to, as in `ReplyCase`.
    """
    shape = operation.reply
    if shape is None:
        return
    body = _filled(shape, body)
    yield "null for all of it", None, ""
    if not isinstance(shape, Object):
        for label, value in (*_wrong_types(shape), *_unlike(shape)):
            yield label, value, ""
    for owner, holder, schema, _ in _objects(shape, body, ()):
        for field in holder.fields:
            for label, value in _unlike(field.shape):
                path = (*owner, field.name)
                yield ".".join(map(str, path)) + f"-{label}", _changed(body, path, value), schema


def _unlike(shape: Shape) -> Iterator[tuple[str, Any]]:
    """Yield lists and maps of values that are no objects, one of which is not like the other."""
    match shape:
        case Array(items=Object()):
            pass
        case Array(items=items):
            for label, value in _odd(items):
                yield f"item {label}", [value, sample(items)]
        case Map(values=values) if values is not None:
            for label, value in _odd(values):
                yield f"entry {label}", {"x0": value, "x1": sample(values)}
        case _:
            pass


def _odd(shape: Shape) -> Iterator[tuple[str, Any]]:
    yield "null", None
    yield from islice(_wrong_types(shape), 1)
    match shape:
        case Number():
            yield "fraction", -0.5
        case Text():
            yield "empty text", ""
        case Object(fields=fields):
            whole = {field.name: sample(field.shape) for field in fields}
            for field in fields:
                yield f"without {field.name}", {name: value for name, value in whole.items() if name != field.name}
                for label, value in islice(_wrong_types(field.shape), 1):
                    yield f"{field.name} {label}", whole | {field.name: value}
        case _:
            yield from _unlike(shape)


def _filled(shape: Shape, value: Any) -> Any:
    """Return a value with a sample in place of what is optional and not there, first items of lists among it."""
    match shape:
        case Object() if isinstance(value, Mapping):
            members = dict(cast("Mapping[str, Any]", value))
            for field in shape.fields:
                given = members.get(field.name)
                members[field.name] = sample(field.shape) if given is None else _filled(field.shape, given)
            return members
        case Array() if isinstance(value, list):
            first, *rest = cast("list[Any]", value) or [sample(shape.items)]
            return [_filled(shape.items, first), *rest]
        case _:
            return value


def _field_cases(body: Any, path: Path, field: Field, owner: Path) -> Iterator[ReplyCase]:
    gone = _fate(field, owner)
    yield ReplyCase(path, "absent", _changed(body, path, _ABSENT), **gone)
    yield ReplyCase(path, "null", _changed(body, path, None), **gone)
    for label, value in _wrong_types(field.shape):
        yield ReplyCase(path, label, _changed(body, path, value), **gone)
    match field.shape:
        case Number() as shape:
            low, high = bounds(shape)
            for label, value in (("at minimum", low), ("at maximum", high)):
                if value is not None:
                    yield ReplyCase(path, label, _changed(body, path, value), kept=True)
            for label, value in (
                ("below minimum", None if low is None else low - 1),
                ("above maximum", None if high is None else high + 1),
            ):
                if value is not None:
                    yield ReplyCase(path, label, _changed(body, path, value), kept=True)
            if shape.integer:
                yield ReplyCase(path, "fraction", _changed(body, path, 0.5), **gone)
            for text in ("NaN", "Infinity", "-Infinity"):
                yield ReplyCase(path, f"text {text}", _changed(body, path, text), **gone)
        case Text(enum=(_, *_)):
            yield ReplyCase(path, "unknown enum value", _changed(body, path, UNKNOWN), kept=True)
        case Text(asset_id=True):
            for text in ("007", "000", _LONGEST_ID):
                yield ReplyCase(path, f"digits {text}", _changed(body, path, text), kept=True)
            for value in (
                *("", " 1", "1x", "1.0", "1e5", f"rbxassetid://{_ID}", f"{_LONGEST_ID}1"),
                *(-1, 0.5, LARGEST_NUMBER + 1, LARGEST_NUMBER + 3),
            ):
                yield ReplyCase(path, f"id {value!r}", _changed(body, path, value), **gone)
        case _:
            pass


class _Fate(TypedDict, total=False):
    dropped: bool
    lost: bool


def _fate(field: Field, owner: Path) -> _Fate:
    """Return what becomes of a reply that lacks a usable value for `field`."""
    stands_in = isinstance(field.shape, Object) and not any(inner.required for inner in field.shape.fields)
    if not field.required or stands_in:
        return {}
    return {"dropped": True} if any(isinstance(part, int) for part in owner) else {"lost": True}


def _objects(shape: Shape, value: Any, path: Path, outer: str = "") -> Iterator[tuple[Path, Object, str, str]]:
    """Yield the objects within a reply, each with the schema that it belongs to and that of what holds it.

    Of each list only the first item.
    """
    match shape:
        case Object():
            schema = outer
            if shape.component:
                listed = any(isinstance(part, int) for part in path)
                schema = f"{shape.component} in a list" if listed else shape.component
            yield path, shape, schema, outer
            for field in shape.fields:
                if value.get(field.name) is not None:
                    yield from _objects(field.shape, value[field.name], (*path, field.name), schema)
        case Array() if value:
            yield from _objects(shape.items, value[0], (*path, 0), outer)
        case _:
            pass


_ABSENT = object()


def _changed(body: Any, path: Path, value: Any) -> Any:
    changed: Any = copy.copy(body)
    place = changed
    for part in path[:-1]:
        place[part] = copy.copy(place[part])
        place = place[part]
    if value is _ABSENT:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed
