"""The model's shapes as the data from which the client reads replies and writes requests; see `wire/Schema.luau`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from audioscape_luau.codegen.literals import Luau, LuauCall, LuauIdentifier, LuauNumber, LuauString, LuauTable, code
from audioscape_luau.codegen.type_table import TypeTable
from audioscape_luau.codegen.wording import expected
from audioscape_luau.openapi.model import (
    ApiModel,
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
    Primitive,
    Shape,
    Text,
    walk,
)
from audioscape_luau.openapi.pattern import Pattern

_KINDS: Mapping[Primitive, str] = {"string": "text", "number": "number", "integer": "whole", "boolean": "boolean"}
_TRUE = code("true")


@dataclass(frozen=True, slots=True)
class SchemaView:
    """One object of the specification."""

    name: LuauIdentifier
    value: Luau


@dataclass(slots=True)
class SchemaTable:
    """Every object that operations read or write, once, an object behind those that it holds."""

    model: ApiModel
    types: TypeTable
    views: list[SchemaView] = field(default_factory=list[SchemaView])
    _given: dict[int, LuauIdentifier] = field(default_factory=dict[int, LuauIdentifier])
    _checked: set[int] = field(default_factory=set[int])

    def __post_init__(self) -> None:
        # What is in replies only is read as it comes: bounds and enumerations are no reason to leave it out.
        self._checked = {id(part) for o in self.model.methods for i in o.fields for part in walk(i.shape)}
        for operation in self.model.methods:
            for member in operation.inputs:
                self._define(member.shape)
            if operation.reply is not None:
                self._define(operation.reply)

    def parameters(self, operation: Operation) -> list[LuauTable]:
        """Return an operation's inputs of the address."""
        needed = _needed(operation.needs)
        return [self._field(parameter, sent=parameter.name in needed) for parameter in operation.parameters]

    def headers(self, operation: Operation) -> list[LuauTable]:
        """Return what the headers of a successful reply hold."""
        return [
            LuauTable(named={"name": LuauString(header.name), "schema": self.of(header.shape)})
            for header in operation.success.headers
        ]

    def object(self, shape: Object, name: str) -> Luau:
        """Return an object's own data."""
        needed = _needed(shape.needs)
        fields = LuauTable([self._field(member, sent=member.name in needed) for member in shape.fields], tall=True)
        parts: list[Luau] = [LuauString(name), fields]
        if shape.ordered or shape.needs:
            parts.append(LuauTable(map(LuauString, shape.ordered)) if shape.ordered else code("nil"))
        if shape.needs:
            parts.append(needs_of(shape.needs))
        return LuauCall("Schema.object", parts)

    def of(self, shape: Shape) -> Luau:
        """Return what stands for a shape."""
        match shape:
            case Object():
                return code("schemas.", self._given[id(shape)])
            case Array(items=items):
                return self._bounded(shape, "list", {"items": self.of(items)})
            case Map(values=values):
                return self._bounded(shape, "map", {"items": self.of(values)} if values else {})
            case Text(asset_id=True):
                return code("Schema.ASSET")
            case Text():
                return self._bounded(shape, "text")
            case Number(integer=integer):
                return self._bounded(shape, "whole" if integer else "number")
            case Boolean():
                return code("Schema.BOOLEAN")
            case Either(kinds=kinds):
                names = LuauTable([LuauString(_KINDS[kind]) for kind in kinds])
                return self._bounded(shape, "either", {"kinds": names})

    def _define(self, shape: Shape) -> None:
        match shape:
            case Array(items=inner) | Map(values=inner) if inner is not None:
                self._define(inner)
            case Object() if id(shape) not in self._given:
                for member in shape.fields:
                    self._define(member.shape)
                name = self._given[id(shape)] = self.types.schema_name(shape)
                self.views.append(SchemaView(name, self.object(shape, name.text)))
            case _:
                pass

    def _field(self, member: Field, *, sent: bool = False) -> LuauTable:
        """Return a member's own data. sent: it is written even if it equals its default."""
        entries: dict[str, Luau] = {"name": LuauString(member.name), "schema": self.of(member.shape)}
        if member.required:
            entries["required"] = _TRUE
        if member.shape.nullable:
            entries["nullable"] = _TRUE
        if member.default is not None and id(member.shape) in self._checked and not sent:
            entries["default"] = literal(member.default)
        if member.fixed is not None:
            entries["fixed"] = literal(member.fixed)
        if isinstance(member, Parameter) and member.location == "path":
            entries["inPath"] = _TRUE
        if isinstance(member, Parameter) and member.json:
            entries["isJson"] = _TRUE
        return LuauTable(named=entries)

    def _bounded(
        self, shape: Text | Number | Either | Array | Map, kind: str, more: Mapping[str, Luau] | None = None
    ) -> Luau:
        checked = id(shape) in self._checked
        members = {"kind": LuauString(kind), **(more or {}), **(dict(_bounds(shape)) if checked else {})}
        if len(members) == 1:
            return code("Schema.", LuauIdentifier(kind.upper()))
        if checked and "choices" not in members:
            members["expected"] = LuauString(expected(shape))
        return LuauTable(named=members)


def needs_of(needs: Iterable[Needs]) -> Luau:
    """Return as data of which fields one must be there, always or beside certain values."""

    def option(paths: Iterable[Iterable[str]]) -> Luau:
        return LuauTable([LuauTable(map(LuauString, path)) for path in paths])

    return LuauTable(
        [
            LuauTable(
                named={"options": LuauTable(map(option, one.options))}
                | ({"exclusive": _TRUE} if one.exclusive else {})
                | ({"when": _condition(*one.when)} if one.when else {})
            )
            for one in needs
        ]
    )


def _condition(name: str, values: Iterable[str | float]) -> Luau:
    return LuauTable(named={"field": LuauString(name), "values": LuauTable(map(literal, values))})


def _needed(needs: Iterable[Needs]) -> set[str]:
    """Return the names of fields that may be needed: whether they are there must be seen."""
    return {path[0] for one in needs for option in one.options for path in option}


def _bounds(shape: Text | Number | Either | Array | Map) -> Iterable[tuple[str, Luau]]:
    match shape:
        case Text(enum=tuple(values)):
            yield "choices", LuauTable(map(LuauString, values))
        case Text():
            yield from _numbers({"least": shape.min_length, "most": shape.max_length})
            if shape.pattern is not None:
                yield "pattern", _machine(shape.pattern)
        case Array():
            yield from _numbers({"least": shape.min_items, "most": shape.max_items})
        case Map():
            yield from _numbers({"least": shape.min_entries, "most": shape.max_entries})
        case Number():
            if shape.enum is not None:
                yield "choices", LuauTable(map(LuauNumber, shape.enum))
            bounds = {"minimum": shape.minimum, "maximum": shape.maximum}
            yield from _numbers(bounds | {"above": shape.exclusive_minimum, "below": shape.exclusive_maximum})
        case Either():
            pass


def _machine(pattern: Pattern) -> Luau:
    """Return a pattern as the data that `wire/pattern.luau` runs."""

    def places(numbers: Iterable[int]) -> Luau:
        return LuauTable(map(LuauNumber, numbers))

    states = [
        LuauTable(named={"ranges": places(end for ends in s.ranges for end in ends), "after": places(s.after)})
        for s in pattern.states
    ]
    return LuauTable(
        named={"first": places(pattern.first), "later": places(pattern.later), "states": LuauTable(states)}
    )


def _numbers(bounds: Mapping[str, float | None]) -> Iterable[tuple[str, Luau]]:
    return [(name, LuauNumber(value)) for name, value in bounds.items() if value is not None]


def literal(value: bool | float | str) -> Luau:
    """Return a value as it is written in Luau."""
    match value:
        case bool():
            return code("true") if value else code("false")
        case str():
            return LuauString(value)
        case _:
            return LuauNumber(value)
