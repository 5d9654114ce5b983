"""Schema objects of the document -> shapes of the model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from audioscape_luau.openapi.model import (
    Array,
    Boolean,
    Either,
    Field,
    Json,
    Map,
    Number,
    Object,
    Primitive,
    Shape,
    Text,
    walk,
)
from audioscape_luau.openapi.needs import read_needs
from audioscape_luau.openapi.node import Node
from audioscape_luau.openapi.notes import take_notes
from audioscape_luau.openapi.pattern import Pattern, PatternError, read_pattern
from audioscape_luau.openapi.problems import Fault, Problem, join_pointer
from audioscape_luau.openapi.references import resolve

ASSET_ID_PATTERN = "^[0-9]+$"
_PRIMITIVES: tuple[str, ...] = get_args(Primitive.__value__)
_TYPES = (*_PRIMITIVES, "array", "object")
_REFERENCE = "#/components/schemas/"

type Scalar = bool | float | str


@dataclass(frozen=True, slots=True)
class Schema:
    """A shape and the default that its schema states."""

    shape: Shape
    default: Scalar | None = None


@dataclass(slots=True)
class SchemaReader:
    """Reads schemas, each named one once, so that equal references give the identical shape."""

    root: dict[str, Json]
    problems: list[Problem]
    _named: dict[str, Schema] = field(default_factory=dict[str, Schema])

    def read(self, node: Node) -> Schema:
        """Read a schema or a reference to one."""
        if not node.has("$ref"):
            return self._inline(node, None)
        reference = node.text("$ref")
        description = node.text("description")
        node.close()
        if not reference.startswith(_REFERENCE) or "/" in reference.removeprefix(_REFERENCE):
            node.fail(Fault.UNSUPPORTED_VALUE, f"a schema can refer to {_REFERENCE}NAME only", "$ref")
            return Schema(Boolean(pointer=node.pointer))
        schema = self.named(reference)
        # Named objects keep their identity and their own text; a member says its own by its `description`.
        if description and not isinstance(schema.shape, Object):
            return replace(schema, shape=replace(schema.shape, description=description))
        return schema

    def named(self, reference: str) -> Schema:
        """Read the schema that a checked reference points at."""
        if reference not in self._named:
            target = resolve(self.root, reference)
            node = Node(target if isinstance(target, dict) else {}, reference[1:], self.problems)
            component = reference.removeprefix(_REFERENCE).replace("~1", "/").replace("~0", "~")
            if node.has("$ref"):
                self._named[reference] = self.read(node)
            else:
                self._named[reference] = self._inline(node, component)
        return self._named[reference]

    def objects(self) -> tuple[Object, ...]:
        """Return the named objects read so far, in the order of `components/schemas`."""
        components = self.root.get("components")
        schemas = components.get("schemas") if isinstance(components, dict) else None
        named = {s.shape.component: s.shape for s in self._named.values() if isinstance(s.shape, Object)}
        return tuple(named[name] for name in (schemas if isinstance(schemas, dict) else {}) if name in named)

    def _inline(self, node: Node, component: str | None) -> Schema:
        types, nullable = self._types(node)
        common: dict[str, Any] = {
            "description": node.text("description"),
            "notes": take_notes(node),
            "nullable": nullable,
            "assumed": self._assumed(node),
            "pointer": node.pointer,
        }
        default: Scalar | None = None
        match types:
            case ("string",):
                shape: Shape = self._text(node, common)
            case ("number",) | ("integer",):
                shape = self._number(node, common, integer=types == ("integer",))
            case ("boolean",):
                shape = Boolean(**common)
            case ("array",):
                shape = self._array(node, common)
            case ("object",):
                shape = self._object(node, common, component)
            case _:
                shape = Either(kinds=types, **common)  # pyright: ignore[reportArgumentType]
        if not isinstance(shape, (Array, Object, Map)):
            default = self._default(node)
        if isinstance(default, str) and isinstance(shape, Text) and shape.pattern and not shape.holds(default):
            node.fail(Fault.UNSUPPORTED_VALUE, "is not of the pattern beside it", "default")
        node.close()
        return Schema(shape, default)

    def _types(self, node: Node) -> tuple[tuple[str, ...], bool]:
        """Return the types without null, and whether null was among them."""
        stated = node.take("type")
        names = [str(name) for name in stated] if isinstance(stated, list) else [stated] if stated else []
        types = tuple(str(name) for name in names if name != "null")
        if "number" in types:
            types = tuple(name for name in types if name != "integer")
        if not types or any(name not in _TYPES for name in types):
            node.fail(Fault.UNSUPPORTED_VALUE, "a schema must state its `type`, and not null alone", "type")
            types = ("boolean",)
        if len(types) > 1 and any(name not in _PRIMITIVES for name in types):
            node.fail(Fault.UNSUPPORTED_VALUE, "only primitive types can be joined", "type")
            types = types[:1]
        return types, "null" in names

    def _text(self, node: Node, common: dict[str, Any]) -> Text:
        asset_id = self._flag(node, "x-asset-id")
        if asset_id and node.take("pattern") != ASSET_ID_PATTERN:
            node.fail(Fault.UNSUPPORTED_VALUE, f"an asset id has the pattern {ASSET_ID_PATTERN}", "x-asset-id")
        shape = Text(
            pattern=None if asset_id else self._pattern(node),
            asset_id=asset_id,
            error_text=self._flag(node, "x-error-text"),
            enum=None if asset_id else self._enum(node, str, common["nullable"]),
            min_length=None if asset_id else self._count(node, "minLength"),
            max_length=None if asset_id else self._count(node, "maxLength"),
            **common,
        )
        self._check_range(node, shape.min_length, shape.max_length)
        self._check_enum(node, [len(text) for text in shape.enum or ()], shape.min_length, shape.max_length)
        self._check_pattern(node, shape)
        return replace(shape, enum=shape.enum and tuple(text for text in shape.enum if shape.holds(text)))

    def _pattern(self, node: Node) -> Pattern | None:
        stated = node.take("pattern")
        if not isinstance(stated, str):
            return None
        try:
            return read_pattern(stated)
        except PatternError as error:
            node.fail(Fault.UNSUPPORTED_VALUE, f"this regular expression {error}", "pattern")
            return None

    def _check_pattern(self, node: Node, shape: Text) -> None:
        pattern = shape.pattern
        if pattern is None:
            return
        if shape.enum is None and pattern.sample(shape.min_length or 0, shape.max_length) is None:
            node.fail(Fault.EMPTY_RANGE, "no text of a length that is allowed is of this pattern", "pattern")
        if shape.enum and not any(pattern.matches(text) for text in shape.enum):
            node.fail(Fault.EMPTY_RANGE, "no value is of the pattern beside it", "enum")

    def _number(self, node: Node, common: dict[str, Any], *, integer: bool) -> Number:
        shape = Number(
            integer=integer,
            enum=self._enum(node, float, common["nullable"]),
            minimum=self._bound(node, "minimum"),
            maximum=self._bound(node, "maximum"),
            exclusive_minimum=self._bound(node, "exclusiveMinimum"),
            exclusive_maximum=self._bound(node, "exclusiveMaximum"),
            non_finite=self._flag(node, "x-non-finite"),
            **common,
        )
        if integer and any(value != int(value) for value in shape.enum or ()):
            node.fail(Fault.UNSUPPORTED_VALUE, "is not of the schema's type", "enum")
        low, high = _ends(shape)
        self._check_range(node, low, high, shape)
        self._check_enum(node, shape.enum or (), low, high)
        return shape

    def _array(self, node: Node, common: dict[str, Any]) -> Array:
        items = node.child("items")
        if items is None:
            node.fail(Fault.UNSUPPORTED_VALUE, "an array must say what its `items` are", "items")
            inner: Shape = Boolean(**common)
        else:
            inner = self.read(items).shape
        shape = Array(
            items=inner, min_items=self._count(node, "minItems"), max_items=self._count(node, "maxItems"), **common
        )
        self._check_range(node, shape.min_items, shape.max_items)
        return shape

    def _object(self, node: Node, common: dict[str, Any], component: str | None) -> Object | Map:
        properties = node.child("properties")
        extra = node.child("additionalProperties")
        open_ = node.take("additionalProperties") is True
        if properties is None and not (node.has("additionalProperties") and extra is None and not open_):
            shape = Map(
                values=self.read(extra).shape if extra is not None else None,
                min_entries=self._count(node, "minProperties"),
                max_entries=self._count(node, "maxProperties"),
                **common,
            )
            self._check_range(node, shape.min_entries, shape.max_entries)
            return shape
        if extra is not None:
            node.fail(Fault.UNSUPPORTED_VALUE, "a map cannot have named `properties` as well", "additionalProperties")
        required = node.take("required")
        needed = {str(name) for name in required} if isinstance(required, list) else set[str]()
        fields = tuple(
            self.field(name, child, required=name in needed)
            for name, child in (properties.entries() if properties is not None else [])
        )
        names = {member.name for member in fields}
        for name in sorted(needed - names):
            node.fail(Fault.UNSUPPORTED_VALUE, f"{name!r} is required but not described", "required")
        shape = Object(
            component=component,
            fields=fields,
            ordered=self._ordered(node, fields),
            needs=read_needs(node, fields),
            open=open_,
            **common,
        )
        return replace(shape, recognised_by=self._recognised_by(node, shape))

    def field(self, name: str, node: Node, *, required: bool) -> Field:
        """Read a member of an object."""
        described = node.value.get("description")
        schema = self.read(node)
        if required and schema.default is not None:
            node.fail(Fault.UNSUPPORTED_VALUE, "a required value has no use for a default", "default")
        return Field(
            name=name,
            shape=schema.shape,
            description=described if isinstance(described, str) else schema.shape.description,
            notes=schema.shape.notes,
            required=required,
            default=schema.default,
            pointer=node.pointer,
        )

    def _ordered(self, node: Node, fields: tuple[Field, ...]) -> tuple[str, str] | None:
        value = node.take("x-ordered")
        if value is None:
            return None
        numbers = {member.name for member in fields if isinstance(member.shape, Number)}
        match value:
            case [str(low), str(high)] if low != high and {low, high} <= numbers:
                return low, high
            case _:
                node.fail(Fault.INVALID_EXTENSION, "must name two number properties", "x-ordered")
                return None

    def _recognised_by(self, node: Node, shape: Object) -> str | None:
        value = node.take("x-recognised-by")
        if value is None:
            return None
        seed = shape.asset_id_field
        if seed is None or value == seed.name or value not in [member.name for member in shape.fields]:
            message = "must name a property, in an object with another that is required and an asset id"
            node.fail(Fault.INVALID_EXTENSION, message, "x-recognised-by")
            return None
        return str(value)

    def _assumed(self, node: Node) -> tuple[str, ...]:
        value = node.take("x-assumed")
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(key, str) and node.has(key) for key in value):
            node.fail(Fault.INVALID_EXTENSION, "must be a list of keywords of this schema", "x-assumed")
            return ()
        return tuple(str(key) for key in value)

    def _flag(self, node: Node, key: str) -> bool:
        value = node.take(key)
        if value is not None and value is not True:
            node.fail(Fault.INVALID_EXTENSION, "can only be true", key)
        return value is True

    def _enum[T: (str, float)](self, node: Node, kind: type[T], nullable: bool) -> tuple[T, ...] | None:
        values = node.take("enum")
        if not isinstance(values, list):
            return None
        kept: list[T] = []
        for index, value in enumerate(values):
            if value is None and nullable:
                continue
            if isinstance(value, bool) or not isinstance(value, (str if kind is str else (int, float))):
                node.fail(Fault.UNSUPPORTED_VALUE, "is not of the schema's type", "enum", index)
            elif value not in kept:
                kept.append(value)  # pyright: ignore[reportArgumentType]
        if not kept:
            node.fail(Fault.EMPTY_RANGE, "no value is left", "enum")
        return tuple(kept)

    def _bound(self, node: Node, key: str) -> float | None:
        value = node.take(key)
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def _count(self, node: Node, key: str) -> int | None:
        value = self._bound(node, key)
        return None if value is None else int(value)

    def _check_range(self, node: Node, low: float | None, high: float | None, stated: Number | None = None) -> None:
        """Report that nothing lies within ends that belong to the range. stated: the number as the schema has it."""
        if low is None or high is None or low <= high:
            return
        what = "nothing"
        if stated is not None:
            what = "no whole number" if stated.integer else what
            low = max(end for end in (stated.minimum, stated.exclusive_minimum) if end is not None)
            high = min(end for end in (stated.maximum, stated.exclusive_maximum) if end is not None)
        node.fail(Fault.EMPTY_RANGE, f"{what} lies between {low} and {high}")

    def _check_enum(self, node: Node, sizes: Sequence[float], low: float | None, high: float | None) -> None:
        """Report an enumeration of which no value, by its size, lies within ends that belong to the range."""
        least, most = -math.inf if low is None else low, math.inf if high is None else high
        if sizes and least <= most and not any(least <= size <= most for size in sizes):
            node.fail(Fault.EMPTY_RANGE, "no value lies within the bounds beside it", "enum")

    def _default(self, node: Node) -> Scalar | None:
        value = node.take("default")
        if node.has("default") and not isinstance(value, (bool, int, float, str)):
            node.fail(Fault.UNSUPPORTED_VALUE, "a default must be a primitive value", "default")
            return None
        return value if isinstance(value, (bool, int, float, str)) else None


def _ends(shape: Number) -> tuple[float | None, float | None]:
    """Return the least and the greatest value that a number may have by its bounds."""
    lows = [end for end in (shape.minimum, _beside(shape, shape.exclusive_minimum, math.inf)) if end is not None]
    highs = [end for end in (shape.maximum, _beside(shape, shape.exclusive_maximum, -math.inf)) if end is not None]
    low, high = max(lows, default=None), min(highs, default=None)
    if not shape.integer:
        return low, high
    return None if low is None else math.ceil(low), None if high is None else math.floor(high)


def _beside(shape: Number, end: float | None, towards: float) -> float | None:
    """Return the value next to an end that does not belong to a range, as far as a double tells them apart."""
    if end is None:
        return None
    if not shape.integer:
        return math.nextafter(end, towards)
    return math.floor(end) + 1 if towards > 0 else math.ceil(end) - 1


def check_request(shape: Shape) -> Iterator[Problem]:
    """Yield a problem for each thing in a request that a Luau caller could not say or the client could not check."""
    for part in walk(shape):
        if part.nullable:
            message = "a request cannot hold null, Luau has no such value; leave it out instead"
            yield Problem(Fault.UNSUPPORTED_VALUE, join_pointer(part.pointer, "type"), message)
        if (isinstance(part, Object) and part.open) or (isinstance(part, Map) and part.values is None):
            message = "a request must name its fields or say of what shape they are"
            yield Problem(Fault.UNSUPPORTED_VALUE, join_pointer(part.pointer, "additionalProperties"), message)
        for flag in _reply_only(part):
            yield Problem(Fault.INVALID_EXTENSION, join_pointer(part.pointer, flag), "means something in replies only")


def _reply_only(part: Shape) -> Iterator[str]:
    if isinstance(part, Number) and part.non_finite:
        yield "x-non-finite"
    if isinstance(part, Text) and part.error_text:
        yield "x-error-text"
