"""What properties are called in files, of which type they are there, and what they are unless a file says so.

It is read out of the reference that the simulated engine has; `luau/known.luau` says how that is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote_to_bytes

from roblox_double import double
from roblox_double.project.formats.values import AXES, FACES, FALLBACKS, Value, cframe, flags, shaped

_CLASS = re.compile(r'^\t(\w+) = "([^"]*)",$', re.MULTILINE)
_PROPERTY = re.compile(r"(\w+):([\w.]*)(?:/(\w+))?(?:>([^\s=<]*))?(?:<(\w+))?(?:=(.*))?")
_DEFAULT = re.compile(r"(\w+)=(.*)")
_KINDS = {
    "boolean": "Bool",
    "float": "Float32",
    "number": "Float64",
    "int": "Int32",
    "int64": "Int64",
    "string": "String",
}
_ENUM = "Enum."
_SAVED = {"WorldPivotData": "OptionalCFrame"}
"""Types in files that scripts do not see."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property as scripts know it."""

    name: str
    kind: str
    enum: str | None
    """Which one, if it is one."""
    saved_name: str | None
    """What files call it; None for what they do not have."""
    saved_kind: str
    become: str | None
    """The property of another type that newer files have instead."""
    default: str | None
    is_guarded: bool
    """Whether scripts may not write it."""


@dataclass(frozen=True, slots=True)
class _Class:
    above: str
    is_service: bool
    properties: Mapping[str, Property]
    aliases: Mapping[str | None, str]
    defaults: Mapping[str, str]
    """With what inherited properties begin."""


def is_known(class_name: str) -> bool:
    """Tell whether there is a class of this name."""
    return class_name in _texts("classes")


def is_service(class_name: str) -> bool:
    """Tell whether a class is one of services."""
    found = _class(class_name)
    return found is not None and found.is_service


def inherits(class_name: str, ancestor: str) -> bool:
    """Tell whether a class is another one, or inherits from it."""
    return any(name == ancestor for name, _ in _ancestry(class_name))


@cache
def find(class_name: str, name: str) -> Property | None:
    """Return the property of this name, in files or in scripts, that a class has or inherits."""
    for _, each in _ancestry(class_name):
        found = each.properties.get(each.aliases.get(name, name))
        if found:
            return found
    return None


@cache
def older(class_name: str, name: str) -> str | None:
    """Return which property scripts write, as a text, for one of type Content."""
    newer = find(class_name, name)
    if newer is None or newer.is_guarded:
        return None
    for _, each in _ancestry(class_name):
        for given in each.properties.values():
            if given.become == name and given.kind == "ContentId":
                return given.name
    return None


@cache
def default(class_name: str, name: str) -> Value:
    """Return what a property of a class is unless something is said of it."""
    given = find(class_name, name)
    if given is None:
        return Value("String", "")
    told = next((each.defaults[given.name] for _, each in _ancestry(class_name) if given.name in each.defaults), None)
    if told is None:
        told = given.default
    return Value(given.kind, FALLBACKS.get(given.kind)) if told is None else _read(given, told)


def enum(name: str) -> Mapping[str, int]:
    """Return the numbers of an Enum's items."""
    items = (item.partition("=") for item in _texts("enums").get(name, "").split())
    return {item: int(number) for item, _, number in items}


def _ancestry(class_name: str) -> Iterator[tuple[str, _Class]]:
    while found := _class(class_name):
        yield class_name, found
        class_name = found.above


@cache
def _texts(table: str) -> Mapping[str, str]:
    return dict(_CLASS.findall((double.source(f"reference/{table}") or b"").decode()))


@cache
def _class(name: str) -> _Class | None:
    text = _texts("classes").get(name)
    if text is None:
        return None
    head, *words = text.split(" ")
    above, _, marks = head.partition("/")
    given = [found.groups() for word in words if (found := _PROPERTY.fullmatch(word))]
    types = {key: kind for key, kind, *_ in given}
    # Another name has the same type; another form has a type of its own.
    aliases = {key: other for key, kind, _, other, _, _ in given if other and types.get(other) == kind}
    properties = {parts[0]: _property(*parts) for parts in given if parts[0] not in aliases}
    return _Class(
        above,
        "s" in marks,
        properties,
        {**aliases, **{each.saved_name: key for key, each in properties.items() if each.saved_name not in (None, key)}},
        {found[1]: found[2] for word in words if (found := _DEFAULT.fullmatch(word))},
    )


def _property(
    name: str, type_: str, marks: str | None, other: str | None, stored: str | None, told: str | None
) -> Property:
    enum = type_.removeprefix(_ENUM) if type_.startswith(_ENUM) else None
    kind = "Enum" if enum else _SAVED.get(name) or _KINDS.get(type_, type_)
    if is_known(kind):
        kind = "Ref"
    # Of types whose values cannot be written there, the reference has no defaults.
    is_saved = stored or other or told is not None or kind in ("Ref", "PhysicalProperties") or "f" in (marks or "")
    if not stored and ("r" in (marks or "") or (kind == "Ref" and "n" in (marks or ""))):
        is_saved = False
    saved_kind = "Color3uint8" if stored == "Color3uint8" else kind
    return Property(
        name,
        kind,
        enum,
        (stored or name) if is_saved else None,
        saved_kind,
        other,
        told,
        bool(set("wpx") & set(marks or "")),
    )


def _numbers(size: int) -> Callable[[list[float]], Any]:
    return lambda parts: [parts[at : at + size] for at in range(0, len(parts), size)]


def _points(names: tuple[str, ...], parts: list[float]) -> Any:
    points = _numbers(len(names))(parts)
    return {"keypoints": [dict(zip(names, point, strict=True)) for point in points]}


_SHAPES: Mapping[str, Callable[[list[float]], Any]] = {
    "UDim2": _numbers(2),
    "Rect": _numbers(2),
    "CFrame": lambda parts: cframe(parts if len(parts) > 3 else [*parts, 1, 0, 0, 0, 1, 0, 0, 0, 1]),
    "Ray": lambda parts: {"origin": parts[:3], "direction": parts[3:]},
    "NumberSequence": lambda parts: _points(("time", "value", "envelope"), parts),
    "ColorSequence": lambda parts: {"keypoints": [{"time": at, "color": color} for at, *color in _numbers(4)(parts)]},
}


def _read(given: Property, told: str) -> Value:
    """Return a default of the reference."""
    match given.kind:
        case "Enum":
            return Value("Enum", enum(given.enum or "").get(told, 0))
        case "Bool":
            return Value("Bool", told == "true")
        case "String" | "BinaryString" | "ContentId" | "Content":
            return shaped(given.kind, unquote_to_bytes(told).decode())
        case "Axes":
            return Value("Axes", flags(int(told), AXES))
        case "Faces":
            return Value("Faces", flags(int(told), FACES))
        case "Font":
            family, weight, style = (unquote_to_bytes(part).decode() for part in told.split(";"))
            return shaped("Font", {"family": family, "weight": weight, "style": style})
        case kind:
            parts = [float(part) for part in told.split(",")]
            shape = _SHAPES.get(kind)
            return shaped(kind, shape(parts) if shape else parts if len(parts) > 1 else parts[0])
