"""`allOf`: one schema that says what several say together."""

from __future__ import annotations

from typing import Any

from audioscape_luau.openapi.needs import is_condition
from audioscape_luau.openapi.plain import Mapped, is_list, is_map
from audioscape_luau.openapi.references import REF, resolve

# These say something to people only: the outermost counts.
_WORDS = frozenset(
    {"$comment", "deprecated", "description", "discriminator", "example", "examples", "externalDocs", "title", "xml"}
)
_OUTERMOST = frozenset({"default", "nullable", "readOnly", "writeOnly"})
_LEAST = frozenset({"exclusiveMinimum", "minItems", "minLength", "minProperties", "minimum"})
_MOST = frozenset({"exclusiveMaximum", "maxItems", "maxLength", "maxProperties", "maximum"})
_SIGNS = {
    "object": ("properties", "additionalProperties", "required", "patternProperties"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


class _ConflictError(Exception):
    """Two schemas say what cannot be put together."""


def merge_all(root: Mapped, schema: Mapped, *, inline: bool = False) -> Mapped | None:
    """Return a schema without its `allOf`, None if that says what no single schema can.

    A reference with words beside it stays one, unless `inline` asks for what it refers to.
    """
    parts = schema.get("allOf")
    if not is_list(parts) or not parts:
        return None
    conditions = [part for part in parts if is_condition(part)]
    parts = [part for part in parts if not is_condition(part)]
    own = {key: value for key, value in schema.items() if key != "allOf"}
    if conditions:
        own["allOf"] = conditions
    told = own.keys() - _WORDS
    if len(parts) == 1 and not inline and not told:
        part = parts[0]
        if is_map(part) and REF in part:
            return {REF: part[REF], **({"description": own["description"]} if "description" in own else {})}
    made: Mapped = {}
    try:
        for part in parts:
            _combine(made, _plain(root, part))
        _combine(made, own, own=True)
    except _ConflictError:
        return None
    return made


def inferred_type(schema: Mapped) -> str | None:
    """Return the type of which a schema speaks; None if it speaks of none or of several."""
    stated = schema.get("type")
    if stated is not None:
        return stated if isinstance(stated, str) else None
    values = schema.get("enum")
    if is_list(values) and values:
        kinds = {_kind_of(value) for value in values if value is not None}
        return kinds.pop() if len(kinds) == 1 else None
    kinds = {kind for kind, signs in _SIGNS.items() if any(sign in schema for sign in signs)}
    return kinds.pop() if len(kinds) == 1 else None


def _kind_of(value: Any) -> str | None:
    match value:
        case bool():
            return "boolean"
        case str():
            return "string"
        case int():
            return "integer"
        case float():
            return "number"
        case _:
            return None


def _plain(root: Mapped, part: Any) -> Mapped:
    """Return a part with what it refers to, and no `allOf` of its own."""
    if not is_map(part):
        raise _ConflictError
    if isinstance(part.get(REF), str):
        target = _plain(root, resolve(root, str(part[REF])))
        return {**target, **{key: value for key, value in part.items() if key in _WORDS}}
    if "allOf" not in part:
        return dict(part)
    merged = merge_all(root, part, inline=True)
    if merged is None:
        raise _ConflictError
    return merged


def _combine(made: Mapped, more: Mapped, *, own: bool = False) -> None:
    for key, value in more.items():
        made[key] = _both(key, made[key], value, own) if key in made else value


def _both(key: str, one: Any, other: Any, own: bool) -> Any:
    if one == other:
        return one
    if key in _WORDS:
        return other if own else one
    if key in _OUTERMOST:
        return other
    match key:
        case "properties":
            return _properties(one, other)
        case "required" if is_list(one) and is_list(other):
            return list(dict.fromkeys([*map(str, one), *map(str, other)]))
        case "additionalProperties":
            # Each part knows its own properties only, so what it says of others cannot be meant of all.
            return True
        case "allOf" if is_list(one) and is_list(other):
            return [*one, *other]
        case "enum" if is_list(one) and is_list(other):
            return [value for value in one if value in other]
        case "format":
            return other
        case _ if isinstance(one, int | float) and isinstance(other, int | float):
            if key in _LEAST:
                return max(one, other)
            if key in _MOST:
                return min(one, other)
        case _:
            pass
    raise _ConflictError


def _properties(one: Mapped, other: Mapped) -> Mapped:
    return one | {
        name: {"allOf": [one[name], part]} if name in one and one[name] != part else part
        for name, part in other.items()
    }
