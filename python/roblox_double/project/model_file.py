"""Model and place files, as Studio saves them and Rojo builds them: read into trees, and written."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from roblox_double.project.formats import database
from roblox_double.project.formats.attributes import read_attributes, write_attributes
from roblox_double.project.formats.binary import read_binary, write_binary
from roblox_double.project.formats.values import FALLBACKS, FormatError, Item, Value, raw, shaped, text
from roblox_double.project.formats.xml import read_xml, write_xml
from roblox_double.project.script_tree import ProjectError, ScriptTree
from roblox_double.vm import LuauValue

_BINARY = (".rbxm", ".rbxl")
_XML = (".rbxmx", ".rbxlx")
_SCRIPT = "LuaSourceContainer"
_PLAIN = frozenset({"Bool", "Int32", "Int64", "Float32", "Float64", "ContentId"})
_HIDDEN = frozenset({"SharedString", "UniqueId", "SecurityCapabilities"})
"""Types of which no script can read a property."""
_CORNERS = tuple(f"{side}{end}Radius" for side in ("Top", "Bottom") for end in ("Left", "Right"))
_RESERVED = "RBX"
"""So begin the names of attributes that Studio has for itself."""
_SHOWN = 8
"""How many names a warning has."""
_numbers = itertools.count(1)


class ModelWarning(UserWarning):
    """A model or place file has something that the simulated engine leaves out."""


def load_model(path: Path) -> tuple[ScriptTree, ...]:
    """Return the roots of a model or place file: `.rbxm`, `.rbxmx`, `.rbxl` or `.rbxlx`.

    What is as in a new Instance is left out, and with a ModelWarning what a newer engine has. Raises ProjectError.
    """
    left_out: list[str] = []
    unknown = _Unknown(left_out)
    try:
        data = path.read_bytes()
        items = (read_xml if path.name.endswith(_XML) else read_binary)(data, unknown.note)
        reading = _Reading(unknown)
        roots = reading.trees(items)
    except (FormatError, OSError) as error:
        raise ProjectError(f"{path}: {error}") from None
    except RecursionError:
        raise ProjectError(f"{path}: nested too deeply") from None
    if left_out:
        found = sorted(set(left_out))
        names = ", ".join(found[:_SHOWN]) + (f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
        warnings.warn(f"{path}: left out, as this version does not know it: {names}", ModelWarning, stacklevel=2)
    return roots


def write_model(roots: Sequence[ScriptTree], path: Path) -> None:
    """Write trees as a model or place file, in the format that its name asks for. Raises ProjectError.

    The same trees make the same bytes.
    """
    writing = _Writing(roots)
    try:
        items = [writing.item(root) for root in roots]
        if path.name.endswith(_BINARY):
            data = write_binary(items, database.is_service, _default)
        elif path.name.endswith(_XML):
            data = write_xml(items)
        else:
            raise FormatError(f"a model file ends in {', '.join(_BINARY + _XML)}")
    except FormatError as error:
        raise ProjectError(f"{path}: {error}") from None
    path.write_bytes(data)


# Reading


class _Unknown:
    def __init__(self, names: list[str]) -> None:
        self._names = names

    def note(self, *names: str) -> None:
        self._names.append(".".join(names))


class _Reading:
    def __init__(self, unknown: _Unknown) -> None:
        self._unknown = unknown
        self._ids: dict[object, str] = {}

    def trees(self, items: Iterable[Item]) -> tuple[ScriptTree, ...]:
        return tuple(tree for item in items if (tree := self._tree(item)))

    def _tree(self, item: Item) -> ScriptTree | None:
        if not database.is_known(item.class_name):
            self._unknown.note(item.class_name)
            return None
        given = dict(item.properties)
        name = given.pop("Name", None)
        properties: dict[str, LuauValue] = {}
        attributes: dict[str, LuauValue] = {}
        tags: tuple[str, ...] = ()
        source = "" if database.inherits(item.class_name, _SCRIPT) else None
        for key, value in self._known(item.class_name, given):
            match key:
                case "Source" if source is not None:
                    source = text(raw(value.parts))
                case "Attributes":
                    attributes = self._attributes(item.class_name, value)
                case "Tags":
                    tags = tuple(value.parts)
                case _:
                    properties[key] = self._notation(item.class_name, key, value)
        corners = [properties.get(name) for name in _CORNERS]
        if corners[0] is not None and corners == corners[:1] * len(_CORNERS):
            properties = {key: value for key, value in properties.items() if key not in _CORNERS}
            properties["CornerRadius"] = corners[0]
        return ScriptTree(
            name=item.class_name if name is None else text(raw(name.parts)),
            class_name=item.class_name,
            source=source,
            children=self.trees(item.children),
            properties={key: value for key, value in properties.items() if value is not None},
            attributes=attributes,
            tags=tags,
            ids=(self._id(item.referent),),
        )

    def _id(self, referent: object) -> str:
        # Two files, or one file twice, may be parts of one project.
        if referent not in self._ids:
            self._ids[referent] = f"file:{next(_numbers)}"
        return self._ids[referent]

    def _known(self, class_name: str, given: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
        """Yield what is said of an Instance, by the names that scripts know."""
        for name, value in given.items():
            known = database.find(class_name, name)
            if value.kind in _HIDDEN and (known is None or known.kind != "Tags"):
                continue
            if known is not None and known.kind not in FALLBACKS:
                continue
            if known is None:
                self._unknown.note(class_name, name)
            else:
                converted = _converted(known.kind, value)
                if converted is None:
                    self._unknown.note(class_name, name)
                elif not _same(converted, database.default(class_name, known.name)):
                    yield _as_scripts_know(class_name, known.name, converted)

    def _notation(self, class_name: str, name: str, value: Value) -> LuauValue:
        """Return a value as trees have it; None for what no script can be given."""
        kind, parts = value
        if kind == "Ref":
            return None if parts is None else {"Ref": self._id(parts)}
        if kind == "Enum":
            known = database.find(class_name, name)
            names = database.enum((known and known.enum) or "")
            return next((item for item, number in names.items() if number == parts), parts)
        if kind in ("String", "BinaryString"):
            return _string(parts)
        if kind == "Content" and parts != "None" and "Uri" not in parts:
            return None
        return parts if kind in _PLAIN else {kind: parts}

    def _attributes(self, class_name: str, value: Value) -> dict[str, LuauValue]:
        try:
            given = read_attributes(raw(value.parts))
        except FormatError:
            self._unknown.note(class_name, "Attributes")
            return {}
        return {name: self._notation("", name, each) for name, each in given.items() if not name.startswith(_RESERVED)}


def _as_scripts_know(class_name: str, name: str, value: Value) -> tuple[str, Value]:
    """Return a property of type Content as the text that scripts write, or such a text as what they only read."""
    if value.kind == "ContentId":
        given = database.find(class_name, name)
        newer = database.find(class_name, given.become) if given and given.become else None
        return (newer.name, shaped("Content", value.parts)) if newer and newer.is_guarded else (name, value)
    known = database.older(class_name, name) if value.kind == "Content" else None
    if known is None:
        return name, value
    return known, Value("ContentId", "" if value.parts == "None" else value.parts.get("Uri"))


def _string(parts: str | bytes) -> str | bytes:
    try:
        return raw(parts).decode()
    except UnicodeDecodeError:
        return raw(parts)


def _converted(kind: str, value: Value) -> Value | None:
    """Return a value as the type that the property has today; None if it cannot be one."""
    match value.kind, kind:
        case given, _ if given == kind or (given == "Color3uint8" and kind == "Color3"):
            return value
        case (("String" | "BinaryString" | "SharedString"), "Tags"):
            return Value(kind, [tag for tag in text(raw(value.parts)).split("\0") if tag])
        case (("String" | "BinaryString"), ("String" | "BinaryString" | "Attributes")):
            return Value("BinaryString", value.parts)
        case (("String" | "BinaryString"), "ContentId"):
            return Value(kind, text(raw(value.parts)))
        case "Content", "ContentId":
            return Value(kind, "" if value.parts == "None" else value.parts.get("Uri", ""))
        case (("String" | "ContentId"), "Content"):
            uri = text(raw(value.parts))
            return Value(kind, {"Uri": uri} if uri else "None")
        case "CFrame", "OptionalCFrame":
            return Value(kind, value.parts)
        case "Int32", ("Int64" | "BrickColor" | "Enum"):
            return Value(kind, value.parts)
        case (("Int32" | "Int64" | "Float32" | "Float64"), ("Float32" | "Float64")):
            return Value(kind, float(value.parts))
        case _:
            return None


def _same(value: Value, other: Value) -> bool:
    if value.kind in ("String", "BinaryString"):
        return other.kind in ("String", "BinaryString") and raw(value.parts) == raw(other.parts)
    if value.kind == "Color3uint8":
        return shaped("Color3", [part / 255 for part in value.parts]) == other
    return value == other


# Writing


class _Writing:
    def __init__(self, roots: Iterable[ScriptTree]) -> None:
        self._numbers = itertools.count()
        self._ids = {
            name: number for number, tree in zip(self._numbers, _all(roots), strict=False) for name in tree.ids
        }

    def item(self, tree: ScriptTree) -> Item:
        referent = self._ids[tree.ids[0]] if tree.ids else next(self._numbers)
        item = Item(tree.class_name, referent, {"Name": Value("String", tree.name)})
        for name, value in tree.properties.items():
            try:
                item.properties |= self._saved(tree.class_name, name, value)
            except FormatError as error:
                raise FormatError(f"{name} of {tree.name}: {error}") from None
        if tree.source is not None:
            item.properties["Source"] = Value("String", tree.source)
        if tree.attributes:
            given = {name: _plainly(value) for name, value in tree.attributes.items()}
            item.properties["AttributesSerialize"] = Value("BinaryString", write_attributes(given))
        if tree.tags:
            item.properties["Tags"] = Value("BinaryString", "\0".join(tree.tags))
        item.children += [self.item(child) for child in tree.children]
        return item

    def _saved(self, class_name: str, name: str, value: LuauValue) -> dict[str, Value]:
        """Return a property as files have it: nothing if they do not."""
        known = database.find(class_name, name)
        if known is None:
            return {name: _plainly(value)}
        saved_name = known.saved_name
        if saved_name is None:
            return {}
        kind, parts = _typed(value) or (None, cast("Any", value))
        if kind == "Ref" or known.kind == "Ref":
            return {saved_name: Value("Ref", self._ids.get(parts))}
        return {saved_name: _resolved(known, kind, parts)}


def _all(trees: Iterable[ScriptTree]) -> Iterator[ScriptTree]:
    for tree in trees:
        yield tree
        yield from _all(tree.children)


def _typed(value: LuauValue) -> tuple[str, Any] | None:
    """Return the type and the parts of a value that says its type."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((kind, parts),) = value.items()
        if kind in FALLBACKS or kind == "EnumItem":
            return kind, parts
    return None


def _plainly(value: LuauValue) -> Value:
    """Return a value whose type nobody else says."""
    if typed := _typed(value):
        return shaped(*typed)
    match value:
        case bool():
            return Value("Bool", value)
        case int() | float():
            return shaped("Float64", value)
        case str() | bytes():
            return Value("String", value)
        case _:
            raise FormatError(f"{value!r} does not say its type")


def _resolved(known: database.Property, kind: str | None, parts: Any) -> Value:
    """Return the value of a property, of which the type may be given with it, as files have it."""
    expected = known.kind
    if expected == "Enum" and kind in (None, "Enum", "EnumItem"):
        return shaped("Enum", _enum_number(known.enum or "", parts))
    if expected == "Tags":
        return Value("BinaryString", "\0".join(map(str, parts)))
    if expected == "Attributes":
        given = cast("Mapping[str, LuauValue]", parts)
        return Value("BinaryString", write_attributes({name: _plainly(each) for name, each in given.items()}))
    if kind == "Color3uint8" and expected == "Color3":
        return shaped(kind, parts)
    if kind not in (None, expected) and not any({kind, expected} <= alike for alike in _ALIKE):
        raise FormatError(f"it is a {expected}, and cannot be a {kind}")
    value = shaped(expected, parts)
    if expected == "Color3" and known.saved_kind == "Color3uint8":
        return shaped("Color3uint8", [min(max(part, 0.0), 1.0) * 255 + 0.5 for part in value.parts])
    return value


def _enum_number(enum: str, parts: Any) -> Any:
    if isinstance(parts, Mapping):
        return cast("Mapping[str, Any]", parts)["value"]
    if not isinstance(parts, str):
        return parts
    names = database.enum(enum)
    if parts not in names:
        raise FormatError(f"{parts} is no item of Enum.{enum}")
    return names[parts]


_ALIKE = (
    frozenset({"Int32", "Int64", "Float32", "Float64"}),
    frozenset({"String", "BinaryString", "Content", "ContentId"}),
    frozenset({"CFrame", "OptionalCFrame"}),
)
"""Types of which one may stand for another."""


def _default(class_name: str, saved_name: str, kind: str) -> Value:
    """Return what stands in a file for an Instance that has not got a property which others have."""
    known = database.find(class_name, saved_name)
    if known is None or kind == "Ref":
        return Value(kind, FALLBACKS[kind])
    return _resolved(known, *database.default(class_name, saved_name))
