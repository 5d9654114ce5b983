"""Inputs of which one must be given: `anyOf` and `oneOf` of `required`, of an object or, by `x-inputs`, of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from audioscape_luau.openapi.model import Field, Json, Needs, Object
from audioscape_luau.openapi.node import Node
from audioscape_luau.openapi.problems import Fault

_MESSAGE = (
    "can only say which of the described fields must be given, each option as `required: [a]`, with `properties` "
    "for what lies deeper"
)


def read_needs(node: Node, fields: Sequence[Field]) -> tuple[Needs, ...]:
    """Take off a schema which of its fields must be given."""
    return tuple(
        needs
        for key, exclusive in (("anyOf", False), ("oneOf", True))
        if node.has(key) and (needs := _read(node, key, fields, exclusive=exclusive))
    )


def unmet(needs: Sequence[Needs], members: Mapping[str, Any]) -> Iterator[Needs]:
    """Yield what an object, or all inputs together, lack or have too much of."""
    for one in needs:
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
