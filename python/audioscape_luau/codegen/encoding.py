"""How an operation's input is checked and written: the model's shapes as the steps of straight Luau code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import quote

from audioscape_luau.codegen.literals import (
    Luau,
    LuauIdentifier,
    LuauMember,
    LuauNumber,
    LuauString,
    code,
    fits,
    joined,
)
from audioscape_luau.codegen.names import Names, constant_name, pascal
from audioscape_luau.codegen.wording import expected
from audioscape_luau.spec.model import (
    Array,
    Boolean,
    Either,
    Field,
    Map,
    Number,
    Object,
    Operation,
    Parameter,
    Primitive,
    Shape,
    Text,
)

_VALUE = LuauIdentifier("value")
_ITEM = LuauIdentifier("item")
_BRACES = re.compile(r"\{([^{}]+)\}")

# Where a value's text goes, and so how it is spelt.
type Style = Literal["path", "query", "json", "json-parameter"]


@dataclass(frozen=True, slots=True)
class ListView:
    """A constant list of texts or numbers."""

    name: LuauIdentifier
    values: tuple[Luau, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueView:
    """Checks one value and turns it into text.

    kind: "plain" (`test` finds it wrong, `written` is the text), "asset" or "part" (`function` does both). empty: what
    is written for a part that has nothing to say, where it cannot be left out.
    """

    kind: str
    path: Luau
    expected: Luau
    test: Luau | None = None
    written: Luau
    function: LuauIdentifier | None = None
    empty: LuauString | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One input: where it is read, how it is checked, and which `target` takes the text.

    keep: the condition under which it goes on the wire, None for always. repeated: it is a list, of which `value` is
    each item and `limit` finds a wrong length. segment: where a path parameter is kept.
    """

    read: Luau
    required: bool
    path: Luau
    expected: Luau
    value: ValueView
    keep: Luau | None = None
    target: LuauIdentifier
    repeated: bool = False
    limit: Luau | None = None
    segment: LuauMember | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """Two inputs of which the first must not be above the second."""

    low: Luau
    high: Luau
    path: Luau
    expected: LuauString


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsView:
    """Steps that share their variables, and what is compared when all are done."""

    steps: tuple[StepView, ...] = ()
    order: OrderView | None = None

    @property
    def needs_text(self) -> bool:
        """Whether a step gets its text from elsewhere."""
        return any(step.value.kind != "plain" for step in self.steps)

    @property
    def needs_refusal(self) -> bool:
        """Whether a step calls what may refuse."""
        return self.needs_text or self.needs_length

    @property
    def needs_length(self) -> bool:
        """Whether a step writes a list."""
        return any(step.repeated for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView(StepsView):
    """A function that writes one object, list or map as JSON; `kind` says which."""

    kind: str
    name: LuauIdentifier
    keys: LuauIdentifier | None = None
    item: ValueView | None = None
    expected: LuauString
    limit: Luau | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderView(StepsView):
    """All that writes an operation's request."""

    lists: tuple[ListView, ...]
    parts: tuple[PartView, ...]
    keys: LuauIdentifier
    path: Luau
    has_segments: bool
    has_body: bool
    needs_assets: bool
    needs_is: bool


@dataclass(slots=True)
class Encoder:
    """Builds the view of one operation's encoder."""

    operation: Operation
    names: Names
    _lists: list[ListView] = field(default_factory=list[ListView])
    _parts: list[PartView] = field(default_factory=list[PartView])
    _functions: dict[int, LuauIdentifier] = field(default_factory=dict[int, LuauIdentifier])
    _uses: set[str] = field(default_factory=set[str])

    def view(self) -> EncoderView:
        """Build it."""
        operation = self.operation
        keys = self._list("PARAMETERS", [LuauString(member.name) for member in operation.inputs])
        steps = [self._parameter(parameter) for parameter in operation.parameters]
        order = None
        if operation.body is not None:
            body = operation.body.shape
            steps += [self._member(member, _query(member.name), LuauString(member.name)) for member in body.fields]
            order = _order(body, _query, LuauString)
        return EncoderView(
            lists=tuple(self._lists),
            parts=tuple(self._parts),
            keys=keys,
            steps=tuple(steps),
            order=order,
            path=_path(operation.path),
            has_segments=any(parameter.location == "path" for parameter in operation.parameters),
            has_body=operation.body is not None,
            needs_assets="assetId" in self._uses,
            needs_is="is" in self._uses,
        )

    def _parameter(self, parameter: Parameter) -> StepView:
        shape, label = parameter.shape, pascal(parameter.name)
        path = LuauString(parameter.name)
        depth = _depth(parameter)
        is_list = isinstance(shape, Array) and not parameter.json
        if parameter.location == "path":
            value = self._value(shape, label, _VALUE, path, depth=depth, style="path")
        elif isinstance(shape, Array) and not parameter.json:
            value = self._value(shape.items, label, _ITEM, _item_path(path), depth=depth + 1, style="query")
        else:
            style: Style = "json-parameter" if parameter.json else "query"
            value = self._value(shape, label, _VALUE, path, depth=depth, style=style, required=parameter.required)
        if parameter.location == "query":
            prefix = LuauString(quote(parameter.name, safe="-._~") + "=")
            value = replace(value, written=code(prefix, " .. ", value.written))
        return StepView(
            read=_query(parameter.name),
            required=parameter.required,
            path=path,
            expected=LuauString(expected(shape)) if is_list else value.expected,
            value=value,
            keep=_keep(parameter),
            target=LuauIdentifier("parts"),
            repeated=is_list,
            limit=_limit(shape, depth) if is_list else None,
            segment=LuauMember(parameter.name) if parameter.location == "path" else None,
        )

    def _member(self, member: Field, read: Luau, path: Luau) -> StepView:
        """Write a member of a JSON object."""
        prefix = LuauString(json.dumps(member.name, ensure_ascii=False) + ":")
        value = self._value(
            member.shape,
            pascal(member.name),
            _VALUE,
            path,
            depth=_depth(member),
            style="json",
            required=member.required,
        )
        return StepView(
            read=read,
            required=member.required,
            path=path,
            expected=value.expected,
            value=replace(value, written=code(prefix, " .. ", value.written)),
            keep=_keep(member),
            target=LuauIdentifier("members"),
        )

    def _value(
        self,
        shape: Shape,
        label: str,
        variable: LuauIdentifier,
        path: Luau,
        *,
        depth: int,
        style: Style,
        required: bool = False,
    ) -> ValueView:
        words = expected(shape)
        if isinstance(shape, (Array, Object, Map)):
            empty = LuauString("[]" if isinstance(shape, Array) else "{}")
            # One that must be there is written even if it has nothing to say.
            text = code("text or ", empty) if required else code("text")
            if style == "json-parameter":
                written = code("encode.percent(", text, ")")
            else:
                written = code("(", text, ")") if required else text
            function = self._part(shape, label)
            return ValueView(
                kind="part", path=path, expected=LuauString(words), written=written, function=function, empty=empty
            )
        if isinstance(shape, Text) and shape.asset_id:
            self._uses.add("assetId")
            # Digits need no escape; only JSON wants its quotes.
            written = _plain(shape, LuauIdentifier("text"), style) if style.startswith("json") else code("text")
            return ValueView(kind="asset", path=path, expected=LuauString(words), written=written)
        choices = self._choices(shape, label)
        clauses = self._wrong(shape, choices, variable)
        if style == "path" and isinstance(shape, Text):
            # An empty segment or one of dots would make another path of it.
            clauses.append(code("string.match(", variable, ', "^%.?%.?$")'))
            words = f"{words} that can stand in a path"
        return ValueView(
            kind="plain",
            path=path,
            expected=LuauString(words) if choices is None else code("refuse.oneOf(", choices, ")"),
            test=_test(clauses, depth),
            written=_plain(shape, variable, style),
        )

    def _choices(self, shape: Text | Number | Boolean | Either, label: str) -> LuauIdentifier | None:
        """Return the list of a value's enumeration, if it has one."""
        match shape:
            case Text(enum=tuple(values)):
                return self._list(constant_name(label) + "_VALUES", [LuauString(value) for value in values])
            case Number(enum=tuple(values)):
                return self._list(constant_name(label) + "_VALUES", [LuauNumber(value) for value in values])
            case _:
                return None

    def _wrong(
        self, shape: Text | Number | Boolean | Either, choices: LuauIdentifier | None, variable: LuauIdentifier
    ) -> list[Luau]:
        """Return conditions, each of which finds a value wrong; later ones rely on the earlier."""
        if choices is not None:
            clauses: list[Luau] = [code("not table.find(", choices, ", ", variable, ")")]
            return clauses + (_beyond(shape, variable) if isinstance(shape, Number) else [])
        match shape:
            case Text():
                self._uses.add("is")
                clauses = [code("not is.text(", variable, ")")]
                length = code("(utf8.len(", variable, ") :: any)")
                if shape.min_length:
                    clauses.append(code(length, " < ", LuauNumber(shape.min_length)))
                if shape.max_length is not None:
                    clauses.append(code(length, " > ", LuauNumber(shape.max_length)))
                return clauses
            case Number():
                self._uses.add("is")
                kind = code("not is.whole(" if shape.integer else "not is.finite(", variable, ")")
                return [kind, *_beyond(shape, variable)]
            case Boolean():
                return [code("type(", variable, ') ~= "boolean"')]
            case Either(kinds=kinds):
                self._uses.add("is")
                return [joined(" and ", [_is_not(kind, variable) for kind in kinds])]

    def _part(self, shape: Array | Object | Map, label: str) -> LuauIdentifier:
        """Return the function that writes a shape; what it calls comes before it."""
        if id(shape) in self._functions:
            return self._functions[id(shape)]
        base = pascal(shape.component) if isinstance(shape, Object) and shape.component else label
        name = self._functions[id(shape)] = self.names.give(f"encode{base}")
        path = LuauIdentifier("path")
        words = LuauString(expected(shape))
        match shape:
            case Object():
                keys = self._list(constant_name(base), [LuauString(member.name) for member in shape.fields])
                steps = [self._member(m, _raw(m.name), _below(path, m.name)) for m in shape.fields]
                order = _order(shape, _raw, lambda member: _below(path, member))
                part = PartView(kind="object", name=name, expected=words, keys=keys, steps=tuple(steps), order=order)
            case Array():
                item = self._value(shape.items, f"{base}Item", _ITEM, _item_path(path), depth=2, style="json")
                part = PartView(kind="array", name=name, expected=words, item=item, limit=_limit(shape, 1))
            case Map():
                if shape.values is None:
                    raise ValueError("a request's map has values")
                item_path = code(path, ' .. "." .. key')
                item = self._value(shape.values, f"{base}Item", _ITEM, item_path, depth=2, style="json")
                part = PartView(kind="map", name=name, expected=words, item=item)
        self._parts.append(part)
        return name

    def _list(self, wanted: str, values: Sequence[Luau]) -> LuauIdentifier:
        name = self.names.give(wanted)
        self._lists.append(ListView(name, tuple(values)))
        return name


def _depth(member: Field) -> int:
    """Return how deep the code of an input stands: an optional one within the question whether it is there."""
    return 1 if member.required else 2


def _query(name: str) -> Luau:
    return code("query", LuauMember(name))


def _raw(name: str) -> Luau:
    return code("rawget(raw, ", LuauString(name), ")")


def _beyond(shape: Number, variable: LuauIdentifier) -> list[Luau]:
    """Return conditions that find a number beyond its bounds."""
    clauses: list[Luau] = []
    if shape.minimum is not None:
        clauses.append(code(variable, " < ", LuauNumber(shape.minimum)))
    if shape.exclusive_minimum is not None:
        clauses.append(code(variable, " <= ", LuauNumber(shape.exclusive_minimum)))
    if shape.maximum is not None:
        clauses.append(code(variable, " > ", LuauNumber(shape.maximum)))
    if shape.exclusive_maximum is not None:
        clauses.append(code(variable, " >= ", LuauNumber(shape.exclusive_maximum)))
    return clauses


def _is_not(kind: Primitive, variable: LuauIdentifier) -> Luau:
    match kind:
        case "string":
            return code("not is.text(", variable, ")")
        case "number":
            return code("not is.finite(", variable, ")")
        case "integer":
            return code("not is.whole(", variable, ")")
        case "boolean":
            return code("type(", variable, ') ~= "boolean"')


def _below(path: Luau, name: str) -> Luau:
    return code(path, " .. ", LuauString(f".{name}"))


def _item_path(path: Luau) -> Luau:
    return code(path, ' .. "[" .. index .. "]"')


def _limit(shape: Shape, depth: int) -> Luau | None:
    """Return the question whether a list's `length` is wrong, None if it cannot be."""
    clauses: list[Luau] = []
    if isinstance(shape, Array) and shape.min_items:
        clauses.append(code("length < ", LuauNumber(shape.min_items)))
    if isinstance(shape, Array) and shape.max_items is not None:
        clauses.append(code("length > ", LuauNumber(shape.max_items)))
    return _test(clauses, depth) if clauses else None


def _test(clauses: Sequence[Luau], depth: int) -> Luau:
    """Write `if ... then`, over several lines if it is too long for one at that depth."""
    line = code("if ", joined(" or ", clauses), " then")
    if fits(line, depth):
        return line
    return code("if\n\t\t", joined("\n\t\tor ", clauses), "\n\tthen")


def _plain(shape: Text | Number | Boolean | Either, variable: LuauIdentifier, style: Style) -> Luau:
    """Return the expression that turns a checked primitive value into text."""
    as_json = style in ("json", "json-parameter")
    match shape:
        case Text():
            text = code("encode.json(" if as_json else "encode.percent(", variable, ")")
        case Number():
            text = code("encode.number(", variable, ")")
        case Boolean():
            text = code("tostring(", variable, ")")
        case Either():
            text = code("encode.jsonValue(" if as_json else "encode.queryValue(", variable, ")")
    return code("encode.percent(", text, ")") if style == "json-parameter" else text


def _keep(member: Field) -> Luau | None:
    """Return the condition that a value is not the default, which is left off the wire."""
    match member.default:
        case None:
            return None
        case bool():
            return code("not value") if member.default else code("value")
        case str():
            literal: Luau = LuauString(member.default)
        case _:
            literal = LuauNumber(member.default)
    is_asset = isinstance(member.shape, Text) and member.shape.asset_id
    return code("text ~= " if is_asset else "value ~= ", literal)


def _order(shape: Object, read: Callable[[str], Luau], path: Callable[[str], Luau]) -> OrderView | None:
    if shape.ordered is None:
        return None
    low, high = shape.ordered
    words = LuauString(f"at most `{high}`")
    return OrderView(low=read(low), high=read(high), path=path(low), expected=words)


def _path(template: str) -> Luau:
    """Write a path as an expression: literal text, and `segments` for what stands in braces."""
    pieces = _BRACES.split(template)
    parts: list[Luau] = []
    for index, piece in enumerate(pieces):
        if index % 2:
            parts.append(code("segments", LuauMember(piece)))
        elif piece:
            parts.append(LuauString(piece))
    return joined(" .. ", parts)
