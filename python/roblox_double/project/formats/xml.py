"""The XML format: `.rbxmx` and `.rbxlx`."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from roblox_double.project.formats.values import (
    ACOUSTICS,
    AXES,
    FACES,
    PHYSICAL,
    WEIGHT_NUMBERS,
    FormatError,
    Item,
    Value,
    bits,
    cframe,
    components,
    flags,
    float32,
    font,
    raw,
    text,
)

_Element = ElementTree.Element
_MATRIX = tuple(f"R{row}{column}" for row in range(3) for column in range(3))
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML file can have."""
_SPECIAL = {"INF": math.inf, "-INF": -math.inf, "NAN": math.nan}


def _inner(element: _Element, name: str) -> _Element:
    found = element.find(name)
    if found is None:
        raise FormatError(f"a {element.tag} has no {name}")
    return found


def _said(element: _Element, name: str | None = None) -> str:
    return (element if name is None else _inner(element, name)).text or ""


def _double(said: str) -> float:
    word = said.strip()
    return _SPECIAL[word.upper()] if word.upper() in _SPECIAL else float(word)


def _float(said: str) -> float:
    return float32(_double(said))


def _floats(element: _Element, *names: str) -> list[float]:
    return [_float(_said(element, name)) for name in names]


def _ints(element: _Element, *names: str) -> list[int]:
    return [int(_said(element, name)) for name in names]


def _words(element: _Element) -> list[float]:
    return [_float(word) for word in _said(element).split()]


def _bytes(element: _Element) -> bytes:
    return base64.b64decode("".join(_said(element).split()))


def _color_of(packed: int) -> list[int]:
    return [packed >> shift & 255 for shift in (16, 8, 0)]


def _color(element: _Element) -> Any:
    if len(element):
        return _floats(element, "R", "G", "B")
    return [float32(part / 255) for part in _color_of(int(_said(element)))]


def _uri(element: _Element) -> str:
    return next((_said(element, name) for name in ("url", "uri") if element.find(name) is not None), "")


def _content(element: _Element) -> Any:
    return {"Uri": found} if (found := _uri(element)) else "None"


def _font(element: _Element) -> Any:
    if not len(element):
        return {"family": "", "weight": "Regular", "style": "Normal"}
    face = element.find("CachedFaceId")
    style = "Italic" if _said(element, "Style") == "Italic" else "Normal"
    family = _uri(_inner(element, "Family"))
    return font(family, int(_said(element, "Weight")), style, "" if face is None else _uri(face))


def _physical(element: _Element) -> Any:
    if _said(element, "CustomPhysics") != "true":
        return "Default"
    tags = {name: name[0].upper() + name[1:] for name in PHYSICAL}
    return {
        name: ACOUSTICS if name == PHYSICAL[-1] and element.find(tag) is None else _float(_said(element, tag))
        for name, tag in tags.items()
    }


def _points(element: _Element, size: int) -> Iterator[list[float]]:
    words = _words(element)
    if len(words) % size:
        raise FormatError(f"a {element.tag} has {len(words)} numbers")
    return (words[at : at + size] for at in range(0, len(words), size))


def _numbers(element: _Element) -> Any:
    points = _points(element, 3)
    return {"keypoints": [{"time": at, "value": value, "envelope": spread} for at, value, spread in points]}


def _colors(element: _Element) -> Any:
    return {"keypoints": [{"time": at, "color": color} for at, *color, _ in _points(element, 5)]}


def _cframe(element: _Element) -> Any:
    return cframe(_floats(element, "X", "Y", "Z", *_MATRIX))


def _optional_cframe(element: _Element) -> Any:
    found = element.find("CFrame")
    return None if found is None else _cframe(found)


def _ray(element: _Element) -> Any:
    return {name: _floats(_inner(element, name), "X", "Y", "Z") for name in ("origin", "direction")}


def _udim2(element: _Element) -> Any:
    return [[*_floats(element, f"{side}S"), *_ints(element, f"{side}O")] for side in "XY"]


def _ref(element: _Element) -> Any:
    return None if _said(element) in ("", "null") else _said(element)


_READERS: Mapping[str, tuple[str, Callable[[_Element], Any]]] = {
    "string": ("String", _said),
    "ProtectedString": ("String", _said),
    "BinaryString": ("BinaryString", _bytes),
    "bool": ("Bool", lambda element: _said(element).strip() == "true"),
    "int": ("Int32", lambda element: int(_said(element))),
    "int64": ("Int64", lambda element: int(_said(element))),
    "float": ("Float32", lambda element: _float(_said(element))),
    "double": ("Float64", lambda element: _double(_said(element))),
    "token": ("Enum", lambda element: int(_said(element))),
    "UDim": ("UDim", lambda element: [*_floats(element, "S"), *_ints(element, "O")]),
    "UDim2": ("UDim2", _udim2),
    "Ray": ("Ray", _ray),
    "Faces": ("Faces", lambda element: flags(int(_said(element, "faces")), FACES)),
    "Axes": ("Axes", lambda element: flags(int(_said(element, "axes")), AXES)),
    "Color3": ("Color3", _color),
    "Color3uint8": ("Color3uint8", lambda element: _color_of(int(_said(element)))),
    "Vector2": ("Vector2", lambda element: _floats(element, "X", "Y")),
    "Vector3": ("Vector3", lambda element: _floats(element, "X", "Y", "Z")),
    "Vector2int16": ("Vector2int16", lambda element: _ints(element, "X", "Y")),
    "Vector3int16": ("Vector3int16", lambda element: _ints(element, "X", "Y", "Z")),
    "CoordinateFrame": ("CFrame", _cframe),
    "OptionalCoordinateFrame": ("OptionalCFrame", _optional_cframe),
    "Ref": ("Ref", _ref),
    "NumberSequence": ("NumberSequence", _numbers),
    "ColorSequence": ("ColorSequence", _colors),
    "NumberRange": ("NumberRange", _words),
    "Rect2D": ("Rect", lambda element: [_floats(_inner(element, name), "X", "Y") for name in ("min", "max")]),
    "PhysicalProperties": ("PhysicalProperties", _physical),
    "Font": ("Font", _font),
    "Content": ("Content", _content),
    "ContentId": ("ContentId", _uri),
    "UniqueId": ("UniqueId", _said),
    "SecurityCapabilities": ("SecurityCapabilities", lambda element: int(_said(element))),
    "SharedString": ("SharedString", _said),
    "NetAssetRef": ("SharedString", _said),
}


def read_xml(data: bytes, unknown: Callable[[str, str], None]) -> list[Item]:
    """Return the roots of a file. `unknown(class, property)` hears of what is left out since nobody knows its type.

    Raises FormatError.
    """
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - the game's own file
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise FormatError(f"it is no XML: {error}") from None
    if root.tag != "roblox":
        raise FormatError(f"it begins with {root.tag}, not roblox")
    if root.get("version") != "4":
        raise FormatError(f"its format has the version {root.get('version')}, which is not known here")
    try:
        shared = {strings.get("md5"): _bytes(strings) for strings in root.iterfind("SharedStrings/SharedString")}
        return [_item(element, shared, unknown) for element in root.iterfind("Item")]
    except binascii.Error as error:
        raise FormatError(str(error)) from None


def _item(element: _Element, shared: Mapping[str | None, bytes], unknown: Callable[[str, str], None]) -> Item:
    item = Item(element.get("class") or "", element.get("referent"))
    if not item.class_name:
        raise FormatError("an Item has no class")
    for given in element.iterfind("Properties/*"):
        name = given.get("name") or ""
        kind, read = _READERS.get(given.tag, (None, None))
        if kind is None or read is None:
            unknown(item.class_name, name)
            continue
        try:
            parts = read(given)
        except ValueError as error:
            raise FormatError(f"{item.class_name}.{name}: {error}") from None
        item.properties[name] = Value(kind, shared.get(parts, b"") if kind == "SharedString" else parts)
    item.children += [_item(child, shared, unknown) for child in element.iterfind("Item")]
    return item


# Writing


def _escaped(said: str | bytes) -> str:
    shown = text(raw(said))
    if found := _NOT_XML.search(shown):
        raise FormatError(f"a text has the character {found[0]!r}, which no XML file can have")
    return escape(shown, {"\r": "&#13;"})


def _number(value: float) -> str:
    if math.isnan(value):
        return "NAN"
    return repr(value) if math.isfinite(value) else "INF" if value > 0 else "-INF"


def _tags(names: Sequence[str], values: Sequence[float]) -> str:
    return "".join(f"<{name}>{_number(value)}</{name}>" for name, value in zip(names, values, strict=True))


def _whole(names: Sequence[str], values: Sequence[int]) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in zip(names, values, strict=True))


def _write_udim2(parts: Any) -> str:
    return "".join(_tags([f"{side}S"], [scale]) + _whole([f"{side}O"], [o]) for side, (scale, o) in zip("XY", parts))  # noqa: B905


def _write_cframe(parts: Any) -> str:
    return _tags(("X", "Y", "Z", *_MATRIX), components(parts))


def _write_physical(parts: Any) -> str:
    if parts == "Default":
        return "<CustomPhysics>false</CustomPhysics>"
    names = [name[0].upper() + name[1:] for name in PHYSICAL]
    return "<CustomPhysics>true</CustomPhysics>" + _tags(names, [parts.get(name, ACOUSTICS) for name in PHYSICAL])


def _write_uri(uri: str, tag: str) -> str:
    return f"<{tag}>{_escaped(uri)}</{tag}>" if uri else "<null></null>"


def _write_font(parts: Any) -> str:
    face = parts.get("cachedFaceId")
    weight = WEIGHT_NUMBERS.get(parts["weight"], 400)
    written = f"<Family>{_write_uri(parts['family'], 'url')}</Family><Weight>{weight}</Weight>"
    written += f"<Style>{parts['style']}</Style>"
    return written + (f"<CachedFaceId>{_write_uri(face, 'url')}</CachedFaceId>" if face else "")


def _write_ray(parts: Any) -> str:
    return "".join(f"<{name}>{_tags('XYZ', parts[name])}</{name}>" for name in ("origin", "direction"))


def _write_numbers(parts: Any) -> str:
    points = parts["keypoints"]
    return " ".join(_number(point[part]) for point in points for part in ("time", "value", "envelope"))


def _write_colors(parts: Any) -> str:
    points = parts["keypoints"]
    return " ".join(_number(number) for point in points for number in (point["time"], *point["color"], 0.0))


def _write_rect(parts: Any) -> str:
    low, high = parts
    return f"<min>{_tags('XY', low)}</min><max>{_tags('XY', high)}</max>"


_WRITERS: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "String": ("string", _escaped),
    "BinaryString": ("BinaryString", lambda parts: base64.b64encode(raw(parts)).decode()),
    "ContentId": ("ContentId", lambda parts: _write_uri(parts, "url")),
    "Bool": ("bool", lambda parts: str(parts).lower()),
    "Int32": ("int", str),
    "Int64": ("int64", str),
    "BrickColor": ("int", str),
    "Float32": ("float", _number),
    "Float64": ("double", _number),
    "Enum": ("token", str),
    "UDim": ("UDim", lambda parts: _tags("S", parts[:1]) + _whole("O", parts[1:])),
    "UDim2": ("UDim2", _write_udim2),
    "Ray": ("Ray", _write_ray),
    "Faces": ("Faces", lambda parts: f"<faces>{bits(parts, FACES)}</faces>"),
    "Axes": ("Axes", lambda parts: f"<axes>{bits(parts, AXES)}</axes>"),
    "Color3": ("Color3", lambda parts: _tags("RGB", parts)),
    "Color3uint8": ("Color3uint8", lambda parts: str(parts[0] << 16 | parts[1] << 8 | parts[2])),
    "Vector2": ("Vector2", lambda parts: _tags("XY", parts)),
    "Vector3": ("Vector3", lambda parts: _tags("XYZ", parts)),
    "Vector3int16": ("Vector3int16", lambda parts: _whole("XYZ", parts)),
    "CFrame": ("CoordinateFrame", _write_cframe),
    "OptionalCFrame": (
        "OptionalCoordinateFrame",
        lambda parts: "" if parts is None else f"<CFrame>{_write_cframe(parts)}</CFrame>",
    ),
    "Ref": ("Ref", lambda parts: "null" if parts is None else _escaped(str(parts))),
    "NumberSequence": ("NumberSequence", _write_numbers),
    "ColorSequence": ("ColorSequence", _write_colors),
    "NumberRange": ("NumberRange", lambda parts: " ".join(map(_number, parts))),
    "Rect": ("Rect2D", _write_rect),
    "PhysicalProperties": ("PhysicalProperties", _write_physical),
    "Font": ("Font", _write_font),
    "Content": ("Content", lambda parts: "<null></null>" if parts == "None" else _write_uri(parts["Uri"], "uri")),
}


def write_xml(roots: Sequence[Item]) -> bytes:
    """Return a file. Raises FormatError for a value that no file can have."""
    return f'<roblox version="4">{"".join(map(_written, roots))}</roblox>\n'.encode()


def _written(item: Item) -> str:
    properties: list[str] = []
    for name, (kind, parts) in sorted(item.properties.items()):
        if kind not in _WRITERS:
            raise FormatError(f"{item.class_name}.{name} cannot be a {kind} in a file")
        tag, write = _WRITERS[kind]
        properties.append(f"<{tag} name={quoteattr(name)}>{write(parts)}</{tag}>")
    head = f"<Item class={quoteattr(item.class_name)} referent={quoteattr(str(item.referent))}>"
    inner = "".join(map(_written, item.children))
    return f"{head}<Properties>{''.join(properties)}</Properties>{inner}</Item>"
