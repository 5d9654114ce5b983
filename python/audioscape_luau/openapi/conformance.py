"""Whether a value keeps to the specification, by JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError, validators
from referencing.jsonschema import EMPTY_REGISTRY

from audioscape_luau.openapi.model import Boolean, Field, Json, Number, Parameter, Shape
from audioscape_luau.openapi.pattern import read_pattern
from audioscape_luau.openapi.problems import join_pointer
from audioscape_luau.openapi.references import REF, Kind, resolve

_SHOWN = 40


def schema_of(field: Field, root: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of an input."""
    raw = cast("dict[str, Any]", resolve(cast("dict[str, Json]", root), "#" + field.pointer))
    if not isinstance(field, Parameter):
        return raw
    return raw["content"]["application/json"]["schema"] if field.json else raw["schema"]


def strict_json(text: bytes | str, members: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """Read JSON as its standard has it: UTF-8, no NaN, no number beyond a double. ValueError if it is not.

    members: makes an object of its members, a dict by default.
    """
    content = text.decode() if isinstance(text, bytes) else text
    try:
        return json.loads(
            content, parse_constant=_refuse, parse_float=_finite, parse_int=_whole, object_pairs_hook=members
        )
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def body_fault(body: bytes, schema: Mapping[str, Any], root: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a body, None if it is strict JSON of its schema."""
    try:
        value = strict_json(body)
    except ValueError as error:
        return str(error)
    return schema_fault(value, schema, root)


def schema_fault(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a value, None if it keeps to its schema; `root` is the whole document."""
    # What jsonschema says of iter_errors is partly untyped.
    error = next(iter(_validator(_Same(schema), _Same(root)).iter_errors(value)), None)  # pyright: ignore[reportUnknownMemberType]
    if error is None:
        return None
    return f"{error.message[:200]} (at {join_pointer('', *error.absolute_path) or '/'})"


def header_faults(given: Mapping[str, str], declared: Iterable[Field], root: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the headers of a reply."""
    found = {name.lower(): text for name, text in given.items()}
    for header in declared:
        text = found.get(header.name.lower())
        if text is None:
            if header.required:
                yield f"the header {header.name} is missing"
            continue
        schema = cast("dict[str, Any]", resolve(cast("dict[str, Json]", root), "#" + header.pointer))
        fault = schema_fault(from_text(header.shape, text), schema, root)
        if fault is not None:
            yield f"the header {header.name} does not keep to its schema: {fault}"


_LONGEST_NUMBER = 400
"""What has more digits is beyond every bound, and Python reads no number of any length."""


def from_text(shape: Shape, text: str) -> Any:
    """Read the text of a primitive value; what cannot be read stays text, which its schema then refuses."""
    match shape:
        case Number() if len(text) > _LONGEST_NUMBER:
            return text
        case Number(integer=True) if re.fullmatch(r"0|-?[1-9][0-9]*", text):
            return int(text)
        case Number(integer=False) if re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", text):
            return float(text) if re.search(r"[.eE]", text) else int(text)
        case Boolean() if text in {"true", "false"}:
            return text == "true"
        case _:
            return text


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A part of a document as the key of a cache: equal to nothing but that very part."""

    part: Mapping[str, Any]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.part is other.part

    def __hash__(self) -> int:
        return id(self.part)


@lru_cache(maxsize=256)
def _validator(schema: _Same, root: _Same) -> Any:
    # An empty registry finds nothing that the schema itself does not hold, and fetches nothing.
    return _Validator(_inlined(schema.part, root.part, Kind.KEYWORDS, {}), registry=EMPTY_REGISTRY)


def _inlined(part: Any, root: Mapping[str, Any], kind: Kind, done: dict[str, Any]) -> Any:
    """Return a schema with its references replaced, which never lead back to themselves: following them is slow.

    done: what was referred to before, so that it is one thing however often that happens.
    """
    if kind is Kind.DATA:
        return part
    if isinstance(part, list):
        return [_inlined(item, root, kind, done) for item in cast("list[Any]", part)]
    if not isinstance(part, Mapping):
        return part
    members = dict(cast("Mapping[str, Any]", part))
    reference = members.pop(REF, None) if kind is Kind.KEYWORDS else None
    rest = {name: _inlined(member, root, kind.below(name, member), done) for name, member in members.items()}
    if reference is None:
        return rest
    if reference not in done:
        target = resolve(cast("dict[str, Json]", root), reference)
        done[reference] = _inlined(target, root, Kind.KEYWORDS, done)
    return {"allOf": [done[reference]], **rest} if rest else done[reference]


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Any:
    # ECMAScript's patterns, which JSON Schema means, are not Python's.
    if isinstance(value, str) and not read_pattern(pattern).matches(value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


_Validator: Any = validators.extend(Draft202012Validator, {"pattern": _pattern})  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _refuse(token: str) -> float:
    raise ValueError(f"{token} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:_SHOWN]} is beyond the range of a double")
    return value


def _whole(text: str) -> int:
    _finite(text)
    return int(text)
