"""Inputs of which one must be given: `anyOf` and `oneOf` of `required`, of an object or, by `x-inputs`, of all.

And those that must be given if another has a certain value: `if` and `then`, one by itself or several within `allOf`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, cast

from audioscape_luau.openapi.model import Field, Json, Needs, Number, Object, Text
from audioscape_luau.openapi.node import Node
from audioscape_luau.openapi.problems import Fault

_MESSAGE = (
    "can only say which of the described fields must be given, each option as `required: [a]`, with `properties` "
    "for what lies deeper"
)
_CONDITION = (
    "can only say which of the described fields must be given (`then`, as `required: [a]`) if one text or number, "
    "which is there, has one of some values (`if`, as `required: [b]` and `properties: {b: {enum: [x]}}`)"
)


def read_needs(node: Node, fields: Sequence[Field]) -> tuple[Needs, ...]:
    """Take off a schema which of its fields must be given."""
    choices = (
        needs
        for key, exclusive in (("anyOf", False), ("oneOf", True))
        if node.has(key) and (needs := _read(node, key, fields, exclusive=exclusive))
    )
    return (*choices, *_conditions(node, fields))


def is_condition(part: Any) -> bool:
    """Say whether a schema only says what another field's value makes necessary."""
    return isinstance(part, dict) and "if" in part and not cast("dict[str, Any]", part).keys() - {"if", "then", "else"}


def _conditions(node: Node, fields: Sequence[Field]) -> Iterator[Needs]:
    parts: list[tuple[Json, tuple[str | int, ...]]] = []
    stated = node.value.get("allOf")
    if isinstance(stated, list) and all(isinstance(part, dict) and "if" in part for part in stated):
        node.take("allOf")
        parts += [(part, ("allOf", index)) for index, part in enumerate(stated)]
    if node.has("if") or node.has("then"):
        parts.append(({key: node.take(key) for key in ("if", "then") if node.has(key)}, ()))
    sure = {field.name for field in fields if field.required}
    for part, place in parts:
        needs = _condition(part, fields, sure)
        if needs is None:
            node.fail(Fault.UNSUPPORTED_VALUE, _CONDITION, *(place or ("if",)))
        else:
            yield needs


def _condition(part: Json, fields: Sequence[Field], sure: Set[str]) -> Needs | None:
    match part:
        case {"if": {"properties": {**asked}} as given, "then": then, **rest} if len(asked) == 1 and not rest:
            pass
        case _:
            return None
    ((name, about),) = asked.items()
    required = given.get("required")
    # What is not there has any value, says JSON Schema.
    there = sure | {str(one) for one in required} if isinstance(required, list) else sure
    shape = next((field.shape for field in fields if field.name == name), None)
    values = about.get("enum", [about["const"]] if "const" in about else None) if isinstance(about, dict) else None
    if given.keys() - {"properties", "required"} or there - sure - {name} or name not in there:
        return None
    if not isinstance(shape, Text | Number) or not isinstance(values, list) or not values:
        return None
    kind = str if isinstance(shape, Text) else int | float
    if not all(isinstance(value, kind) and not isinstance(value, bool) for value in values):
        return None
    paths = tuple(_paths(then, fields, ()))
    if not paths or () in paths:
        return None
    return Needs(options=(paths,), when=(name, tuple(cast("list[str | float]", values))))


def sentence(needs: Needs) -> str:
    """Say what must be given, by dotted paths."""
    names = [" and ".join(f"`{'.'.join(path)}`" for path in option) for option in needs.options]
    if needs.when is not None:
        name, values = needs.when
        shown = [json.dumps(value, ensure_ascii=False) for value in values]
        some = f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else shown[0]
        return f"{names[0]} must be given if `{name}` is {some}"
    return f"{'just one' if needs.exclusive else 'at least one'} of {', '.join(names)} must be given"


def unmet(needs: Sequence[Needs], members: Mapping[str, Any]) -> Iterator[Needs]:
    """Yield what an object, or all inputs together, lack or have too much of."""
    for one in needs:
        if not one.holds(members):
            continue
        met = sum(all(_is_there(members, path) for path in option) for option in one.options)
        if met == 0 or (one.exclusive and met > 1):
            yield one


def settled(needs: Sequence[Needs], members: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without what excludes the first option of something that is needed."""
    kept = {path[0] for one in needs for path in one.options[0]}
    others = {path[0] for one in needs if one.exclusive for option in one.options[1:] for path in option}
    return {name: value for name, value in members.items() if name not in others - kept}


def _read(node: Node, key: str, fields: Sequence[Field], *, exclusive: bool) -> Needs | None:
    stated = node.take(key)
    options: list[tuple[tuple[str, ...], ...]] = []
    for index, option in enumerate(stated if isinstance(stated, list) else []):
        paths = tuple(_paths(option, fields, ()))
        if not paths or () in paths:
            node.fail(Fault.UNSUPPORTED_VALUE, _MESSAGE, key, index)
            return None
        options.append(paths)
    return Needs(options=tuple(options), exclusive=exclusive)


def _paths(option: Json, fields: Sequence[Field], way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the paths of what an option requires; an empty one for what cannot be read."""
    if not isinstance(option, dict):
        yield ()
        return
    required, deeper = option.get("required"), option.get("properties") or dict[str, Json]()
    if not isinstance(required, list) or not isinstance(deeper, dict):
        yield ()
        return
    if option.keys() - {"required", "properties"} or deeper.keys() - set(map(str, required)):
        yield ()
        return
    shapes = {field.name: field.shape for field in fields}
    for name in map(str, required):
        shape = shapes.get(name)
        if name not in deeper and shape is not None:
            yield (*way, name)
        elif isinstance(shape, Object):
            yield from _paths(deeper[name], shape.fields, (*way, name))
        else:
            yield ()


def _is_there(members: Mapping[str, Any], path: Sequence[str]) -> bool:
    value: Any = members
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return False
        value = cast("Mapping[str, Any]", value)[name]
    # A client leaves off what has nothing to say.
    return not (isinstance(value, Mapping | list) and len(cast("list[Any]", value)) == 0)
