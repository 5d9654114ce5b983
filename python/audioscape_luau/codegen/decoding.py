"""How an operation's reply is made sound: the model's shapes as the steps of straight Luau code."""

from __future__ import annotations

from dataclasses import dataclass, field

from audioscape_luau.codegen.literals import Luau, LuauIdentifier, LuauMember, LuauString, code, joined
from audioscape_luau.codegen.names import Names, pascal
from audioscape_luau.codegen.type_table import TypeTable
from audioscape_luau.spec.model import (
    Array,
    Boolean,
    Either,
    Field,
    Map,
    Number,
    Object,
    Operation,
    Primitive,
    Shape,
    Text,
)

_VALUE = LuauIdentifier("value")
_ITEM = LuauIdentifier("item")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One field of a reply's object.

    kind: "plain" (`wrong` finds it wrong), "asset", "part" (`function` repairs it) or "lenient" (the same, and an empty
    table takes the place of what is missing). label: how it is counted when it is left out.
    """

    kind: str
    read: Luau
    required: bool
    label: LuauString
    wrong: Luau | None = None
    function: LuauIdentifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPartView:
    """A function that repairs one object, list or map; `kind` says which. result: its type, without `?`."""

    kind: str
    name: LuauIdentifier
    result: Luau
    label: LuauString
    fields: tuple[FieldView, ...] = ()
    item: FieldView | None = None


@dataclass(slots=True)
class Decoder:
    """Builds the functions that repair one operation's reply; those called come before those that call."""

    operation: Operation
    names: Names
    types: TypeTable
    parts: list[ReplyPartView] = field(default_factory=list[ReplyPartView])
    needs_is: bool = False
    _functions: dict[int, LuauIdentifier] = field(default_factory=dict[int, LuauIdentifier])

    def build(self) -> LuauIdentifier:
        """Fill `parts` and return the name of the outermost function."""
        result = self.operation.result
        return self._part(result, self.types.name(result).text)

    def _part(self, shape: Array | Object | Map, label: str) -> LuauIdentifier:
        if id(shape) in self._functions:
            return self._functions[id(shape)]
        name = self._functions[id(shape)] = self.names.give(f"decode{pascal(label)}")
        result = self.types.reply(shape, "Types.")
        match shape:
            case Object():
                fields = tuple(self._field(member, label) for member in shape.fields)
                part = ReplyPartView(kind="object", name=name, result=result, label=LuauString(label), fields=fields)
            case Array():
                item = self._value(shape.items, _ITEM, code("raw[index]"), f"{label}[]", required=True)
                part = ReplyPartView(kind="list", name=name, result=result, label=LuauString(label), item=item)
            case Map(values=values):
                item = (
                    None
                    if values is None
                    else self._value(values, _ITEM, LuauIdentifier("member"), f"{label}[]", required=True)
                )
                part = ReplyPartView(kind="map", name=name, result=result, label=LuauString(label), item=item)
        self.parts.append(part)
        return name

    def _field(self, member: Field, owner: str) -> FieldView:
        required = member.required and not member.shape.nullable
        read = code("raw", LuauMember(member.name))
        return self._value(member.shape, _VALUE, read, f"{owner}.{member.name}", required=required)

    def _value(self, shape: Shape, variable: LuauIdentifier, read: Luau, label: str, *, required: bool) -> FieldView:
        counted = LuauString(label)
        match shape:
            case Text(asset_id=True):
                return FieldView(kind="asset", read=read, required=required, label=counted)
            case Text() | Number() | Boolean() | Either():
                wrong = self._wrong(shape, variable)
                return FieldView(kind="plain", read=read, required=required, label=counted, wrong=wrong)
            case _:
                function = self._part(shape, self.types.name(shape).text if isinstance(shape, Object) else label)
                kind = "lenient" if required and variable is _VALUE and is_lenient(shape) else "part"
                return FieldView(kind=kind, read=read, required=required, label=counted, function=function)

    def _wrong(self, shape: Text | Number | Boolean | Either, variable: LuauIdentifier) -> Luau:
        match shape:
            case Text():
                return self._is_not("string", variable)
            case Number(integer=integer):
                return self._is_not("integer" if integer else "number", variable)
            case Boolean():
                return self._is_not("boolean", variable)
            case Either(kinds=kinds):
                return joined(" and ", [self._is_not(kind, variable) for kind in kinds])

    def _is_not(self, kind: Primitive, variable: LuauIdentifier) -> Luau:
        match kind:
            case "string":
                return code("type(", variable, ') ~= "string"')
            case "boolean":
                return code("type(", variable, ') ~= "boolean"')
            case "number":
                self.needs_is = True
                return code("not is.finite(", variable, ")")
            case "integer":
                self.needs_is = True
                return code("not is.whole(", variable, ")")


def is_lenient(shape: Shape) -> bool:
    """Say whether an empty table is a sound value of a shape: no field of it must be there."""
    if isinstance(shape, Object):
        return not any(member.required and not member.shape.nullable for member in shape.fields)
    return isinstance(shape, Map)
