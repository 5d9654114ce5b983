"""`x-methods`: narrower calls of one route, each a method with fewer inputs, fixed ones, or one of the replies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from audioscape_luau.openapi.model import Array, Field, Map, Needs, Number, Object, Operation, Parameter, Shape, Text
from audioscape_luau.openapi.node import Node
from audioscape_luau.openapi.notes import take_notes
from audioscape_luau.openapi.problems import Fault

EXTENSION = "x-methods"


@dataclass(slots=True)
class Narrowing:
    """What a method says of the inputs of its route."""

    node: Node
    route: Operation
    only: frozenset[str]
    required: frozenset[str]
    fixed: Mapping[str, Any]
    enums: Mapping[str, Any]

    def apply(self, name: str) -> Operation:
        """Return the method, with the replies of its route."""
        route, body = self.route, self.route.body
        parameters = tuple(narrow for p in route.parameters if (narrow := self._field(p)))
        if body is not None:
            narrowed = [self._field(member) for member in body.shape.fields]
            fields = tuple(member for member in narrowed if member is not None)
            names = {member.name for member in fields}
            ordered = body.shape.ordered if body.shape.ordered and set(body.shape.ordered) <= names else None
            body = replace(body, shape=replace(body.shape, component=None, fields=fields, needs=(), ordered=ordered))
        method = replace(
            route,
            id=name,
            route=route.id,
            summary=self.node.text("summary") or route.summary,
            description=self.node.text("description"),
            notes=take_notes(self.node),
            parameters=parameters,
            body=body,
            paging=None,
            item_bounds=(),
            radio=None,
            seeds=(),
            analytics=None,
            split=None,
            cases=(),
        )
        return replace(method, input_needs=tuple(self._needs(method)))

    def _field[F: (Field, Parameter)](self, field: F) -> F | None:
        name = field.name
        if name in self.fixed:
            value = self.fixed[name]
            if not takes(field.shape, value):
                self.node.fail(Fault.UNSUPPORTED_VALUE, "is none of the input's values", "fixed", name)
            return replace(field, fixed=value, required=True, default=None)
        if name not in self.only:
            if field.required:
                self.node.fail(Fault.UNSUPPORTED_VALUE, f"must have {name!r}, which is required", "only")
            return None
        if name in self.enums:
            stated = self.enums[name]
            values = tuple(map(str, cast("list[Any]", stated))) if isinstance(stated, list) else ()
            if not values or not isinstance(field.shape, Text) or not all(map(field.shape.holds, values)):
                self.node.fail(Fault.UNSUPPORTED_VALUE, "must be a list of some of the input's texts", "enum", name)
            else:
                default = field.default if field.default in values else None
                field = replace(field, shape=replace(field.shape, enum=values), default=default)
        return replace(field, required=True, default=None) if name in self.required else field

    def _needs(self, method: Operation) -> Iterator[Needs]:
        """Yield what of the route's needs is still open."""
        names = {field.name for field in method.fields}
        certain = {f.name for f in method.fields if f.required and not _may_be_empty(f.shape)}
        for need in filter(None, (_narrowed(need, method.fields) for need in self.route.needs)):
            options = tuple(option for option in need.options if all(path[0] in names for path in option))
            if not options:
                self.node.fail(Fault.UNSUPPORTED_VALUE, "must have one of the inputs that the route needs", "only")
            met = any(all(len(path) == 1 and path[0] in certain for path in option) for option in options)
            if not met or (need.exclusive and len(options) > 1):
                yield replace(need, options=options)


def read_narrowing(node: Node, route: Operation) -> Narrowing:
    """Take off an entry of `x-methods` what it says of inputs."""
    known = {field.name for field in route.inputs}
    only = node.take("only")
    fixed, enums = _mapping(node, "fixed"), _mapping(node, "enum")
    required = node.take("required")
    lists = (("only", only), ("required", required), ("fixed", list(fixed)), ("enum", list(enums)))
    for key, names in lists:
        if names is not None and not (isinstance(names, list) and all(name in known for name in names)):
            node.fail(Fault.INVALID_EXTENSION, "must name inputs of the operation", key)
    return Narrowing(
        node,
        route,
        frozenset(map(str, only)) if isinstance(only, list) else frozenset(known),
        frozenset(map(str, required)) if isinstance(required, list) else frozenset(),
        fixed,
        enums,
    )


def fitting(cases: Sequence[Operation], arguments: Mapping[str, Any]) -> Operation | None:
    """Return the first method of a route that a request of it can come from."""
    return next((case for case in cases if case.fits(arguments)), None)


def misfit(cases: Sequence[Operation], arguments: Mapping[str, Any]) -> str | None:
    """Return the input that keeps a request from being one of the methods, None if one is missing."""
    found: list[tuple[int, list[str]]] = []
    for case in cases:
        known = {field.name: field for field in case.fields}
        others = [
            name
            for name, value in arguments.items()
            if name in known and value not in _choices(known[name], default=value)
        ]
        more = [name for name in arguments if name not in known]
        missing = [name for name, field in known.items() if field.required and name not in arguments]
        # Another value counts most: it is that which tells the methods apart.
        found.append((len(others) * 1000 + len(more) + len(missing), others + more))
    return next(iter(min(found, key=lambda one: one[0])[1]), None)


def _choices(field: Field, *, default: Any) -> tuple[Any, ...]:
    if field.fixed is not None:
        return (field.fixed,)
    return (field.shape.enum if isinstance(field.shape, Text) else None) or (default,)


def _mapping(node: Node, key: str) -> Mapping[str, Any]:
    value = node.take(key)
    if value is not None and not isinstance(value, dict):
        node.fail(Fault.INVALID_EXTENSION, "must be a mapping", key)
    return value if isinstance(value, dict) else {}


def _narrowed(need: Needs, fields: Sequence[Field]) -> Needs | None:
    """Return a need as far as it can arise with these inputs; None if the value that makes it one cannot be given."""
    if need.when is None:
        return need
    name, asking = need.when
    field = next((field for field in fields if field.name == name), None)
    if field is None:
        return None
    if field.fixed is not None:
        return replace(need, when=None) if field.fixed in asking else None
    given = field.shape.enum if isinstance(field.shape, Text | Number) else None
    left = tuple(value for value in asking if given is None or value in given)
    return replace(need, when=(name, left)) if left else None


def _may_be_empty(shape: Shape) -> bool:
    match shape:
        case Array(min_items=least):
            return not least
        case _:
            return isinstance(shape, Map | Object)


def takes(shape: Shape, value: Any) -> bool:
    """Whether an input of that shape can always be sent as this value."""
    match shape:
        case Text(asset_id=False):
            return isinstance(value, str) and shape.holds(value)
        case Number():
            return isinstance(value, int | float) and (shape.enum is None or value in shape.enum)
        case _:
            return isinstance(value, bool) and not isinstance(shape, Object)
