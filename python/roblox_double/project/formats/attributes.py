"""The attributes of an Instance, as files keep them: one text for all."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from roblox_double.project.formats.values import (
    STYLES,
    WEIGHT_NUMBERS,
    FormatError,
    Reader,
    Value,
    blob,
    cframe,
    components,
    font,
    rotation,
)


def _udim(data: Reader) -> list[Any]:
    return list(data.unpack("fi"))


def _numbers(data: Reader) -> dict[str, Any]:
    points = (data.floats(3) for _ in range(data.u32()))
    return {"keypoints": [{"time": at, "value": value, "envelope": spread} for spread, at, value in points]}


def _colors(data: Reader) -> dict[str, Any]:
    points = (data.floats(5) for _ in range(data.u32()))
    return {"keypoints": [{"time": at, "color": color} for _, at, *color in points]}


def _font(data: Reader) -> dict[str, Any]:
    weight, style = data.unpack("HB")
    return font(data.text(), weight, "Italic" if style == 1 else "Normal", data.text())


_READERS: Mapping[int, tuple[str, Callable[[Reader], Any]]] = {
    0x02: ("String", Reader.text),
    0x03: ("Bool", lambda data: data.byte() != 0),
    0x04: ("Int32", lambda data: data.unpack("i")[0]),
    0x05: ("Float32", lambda data: data.floats(1)[0]),
    0x06: ("Float64", lambda data: data.unpack("d")[0]),
    0x09: ("UDim", _udim),
    0x0A: ("UDim2", lambda data: [_udim(data), _udim(data)]),
    0x0E: ("BrickColor", Reader.u32),
    0x0F: ("Color3", lambda data: data.floats(3)),
    0x10: ("Vector2", lambda data: data.floats(2)),
    0x11: ("Vector3", lambda data: data.floats(3)),
    0x14: ("CFrame", lambda data: cframe([*data.floats(3), *data.rotation()])),
    0x15: ("EnumItem", lambda data: {"type": data.text(), "value": data.u32()}),
    0x17: ("NumberSequence", _numbers),
    0x19: ("ColorSequence", _colors),
    0x1B: ("NumberRange", lambda data: data.floats(2)),
    0x1C: ("Rect", lambda data: [data.floats(2), data.floats(2)]),
    0x21: ("Font", _font),
}
_NUMBERS = {kind: number for number, (kind, _) in _READERS.items()} | {"BinaryString": 0x02}


def read_attributes(data: bytes) -> dict[str, Value]:
    """Return attributes by name. Raises FormatError for a type that nobody knows, since its length is not told."""
    if not data:
        return {}
    reader = Reader(data)
    found: dict[str, Value] = {}
    for _ in range(reader.u32()):
        name, number = reader.text(), reader.byte()
        if number not in _READERS:
            raise FormatError(f"the attribute {name} has the type {number:#04x}, which is not known here")
        kind, read = _READERS[number]
        found[name] = Value(kind, read(reader))
    return found


def _write_font(parts: Any) -> bytes:
    numbers = struct.pack("<HB", WEIGHT_NUMBERS.get(parts["weight"], 400), STYLES.index(parts["style"]))
    return numbers + blob(parts["family"]) + blob(parts.get("cachedFaceId") or "")


def _write_numbers(parts: Any) -> bytes:
    points = parts["keypoints"]
    written = (struct.pack("<3f", point["envelope"], point["time"], point["value"]) for point in points)
    return struct.pack("<I", len(points)) + b"".join(written)


def _write_colors(parts: Any) -> bytes:
    points = parts["keypoints"]
    return struct.pack("<I", len(points)) + b"".join(
        struct.pack("<5f", 0, point["time"], *point["color"]) for point in points
    )


def _write_cframe(parts: Any) -> bytes:
    numbers = components(parts)
    return struct.pack("<3f", *numbers[:3]) + rotation(numbers[3:])


_WRITERS: Mapping[str, Callable[[Any], bytes]] = {
    "String": blob,
    "BinaryString": blob,
    "Bool": lambda parts: bytes([parts]),
    "Int32": lambda parts: struct.pack("<i", parts),
    "Float32": lambda parts: struct.pack("<f", parts),
    "Float64": lambda parts: struct.pack("<d", parts),
    "UDim": lambda parts: struct.pack("<fi", *parts),
    "UDim2": lambda parts: struct.pack("<fifi", *parts[0], *parts[1]),
    "BrickColor": lambda parts: struct.pack("<I", parts),
    "Color3": lambda parts: struct.pack("<3f", *parts),
    "Vector2": lambda parts: struct.pack("<2f", *parts),
    "Vector3": lambda parts: struct.pack("<3f", *parts),
    "CFrame": _write_cframe,
    "EnumItem": lambda parts: blob(parts["type"]) + struct.pack("<I", parts["value"]),
    "NumberSequence": _write_numbers,
    "ColorSequence": _write_colors,
    "NumberRange": lambda parts: struct.pack("<2f", *parts),
    "Rect": lambda parts: struct.pack("<4f", *parts[0], *parts[1]),
    "Font": _write_font,
}


def write_attributes(attributes: Mapping[str, Value]) -> bytes:
    """Return the text for attributes; none at all are the empty text. Raises FormatError for a type that has none."""
    if not attributes:
        return b""
    written: list[bytes] = []
    for name, (kind, parts) in sorted(attributes.items()):
        if kind not in _WRITERS:
            raise FormatError(f"the attribute {name} cannot be a {kind} in a file")
        written.append(blob(name) + bytes([_NUMBERS[kind]]) + _WRITERS[kind](parts))
    return struct.pack("<I", len(written)) + b"".join(written)
