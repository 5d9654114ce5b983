"""A place as `rojo build` writes it (.rbxlx), read back."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from roblox_double import LuauValue, ScriptTree

_WRITTEN_AS = {"AudioContent": "SoundId"}
"""Names that files have for properties which scripts know by another."""


def load_place(path: Path) -> ScriptTree:
    """Return the DataModel of a .rbxlx file with every property that is written there."""
    root = ElementTree.parse(path).getroot()
    return ScriptTree(path.stem, "DataModel", children=tuple(_tree(item) for item in root.findall("Item")))


def _tree(item: ElementTree.Element) -> ScriptTree:
    values = {
        _WRITTEN_AS.get(name, name): _value(value)
        for value in item.findall("Properties/*")
        for name in [value.get("name", "")]
    }
    name, source = str(values.pop("Name")), values.pop("Source", None)
    return ScriptTree(
        name=name,
        class_name=item.get("class", ""),
        source=None if source is None else str(source),
        children=tuple(_tree(child) for child in item.findall("Item")),
        properties=values,
    )


def _value(value: ElementTree.Element) -> LuauValue:
    text = "".join(value.itertext())
    match value.tag:
        case "string" | "ProtectedString":
            return text
        case "Content":
            return text.strip()
        case "bool":
            return text == "true"
        case "token":
            return int(text)
        case "float" | "double" | "int" | "int64":
            return float(text)
        case kind:
            raise ValueError(f"{value.get('name')} is of a type that is not read here: {kind}")
