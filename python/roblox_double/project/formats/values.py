"""Values as model and place files have them: a type of Roblox, and the value in the notation of Rojo's JSON files."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast


class Value(NamedTuple):
    """A value and its type, which is called as Rojo calls it. `Ref` refers to an Item by its `referent`."""

    kind: str
    parts: Any


@dataclass(slots=True)
class Item:
    """An Instance as a file has it: names and types of its properties are those of the file."""

    class_name: str
    referent: object
    """What `Ref` values in the same file call it."""
    properties: dict[str, Value] = field(default_factory=dict[str, Value])
    children: list[Item] = field(default_factory=list["Item"])


class FormatError(ValueError):
    """A file that is not what its format says."""


AXES = ("X", "Y", "Z")
FACES = ("Right", "Top", "Back", "Left", "Bottom", "Front")
WEIGHTS = {
    100: "Thin",
    200: "ExtraLight",
    300: "Light",
    400: "Regular",
    500: "Medium",
    600: "SemiBold",
    700: "Bold",
    800: "ExtraBold",
    900: "Heavy",
}
WEIGHT_NUMBERS = {name: number for number, name in WEIGHTS.items()}
STYLES = ("Normal", "Italic")
PHYSICAL = ("density", "friction", "elasticity", "frictionWeight", "elasticityWeight", "acousticAbsorption")
ACOUSTICS = 1.0
"""What the last of these is in files that are older than it."""
IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

FALLBACKS: Mapping[str, Any] = {
    "String": "",
    "BinaryString": b"",
    "ContentId": "",
    "Bool": False,
    "Int32": 0,
    "Int64": 0,
    "Float32": 0.0,
    "Float64": 0.0,
    "UDim": [0.0, 0],
    "UDim2": [[0.0, 0], [0.0, 0]],
    "Ray": {"origin": [0.0, 0.0, 0.0], "direction": [0.0, 0.0, 0.0]},
    "Faces": [],
    "Axes": [],
    "BrickColor": 194,
    "Color3": [0.0, 0.0, 0.0],
    "Color3uint8": [0, 0, 0],
    "Vector2": [0.0, 0.0],
    "Vector3": [0.0, 0.0, 0.0],
    "Vector3int16": [0, 0, 0],
    "CFrame": {"position": [0.0, 0.0, 0.0], "orientation": IDENTITY},
    "OptionalCFrame": None,
    "Enum": 0,
    "Ref": None,
    "NumberSequence": {"keypoints": [{"time": at, "value": 0.0, "envelope": 0.0} for at in (0.0, 1.0)]},
    "ColorSequence": {"keypoints": [{"time": at, "color": [0.0, 0.0, 0.0]} for at in (0.0, 1.0)]},
    "NumberRange": [0.0, 0.0],
    "Rect": [[0.0, 0.0], [0.0, 0.0]],
    "PhysicalProperties": "Default",
    "Font": {"family": "rbxasset://fonts/families/SourceSansPro.json", "weight": "Regular", "style": "Normal"},
    "Content": "None",
    "Tags": [],
    "Attributes": {},
}
"""What stands for a value that is not given, by type."""


def float32(value: Any) -> float:
    """Return a number as 32 bits hold it."""
    try:
        return struct.unpack("<f", struct.pack("<f", float(value)))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _floats(size: int) -> Callable[[Any], Any]:
    def shaped(parts: Any) -> list[float]:
        return [float32(part) for part in _sized(parts, size)]

    return shaped


def _sized(parts: Any, size: int) -> Any:
    if len(parts) != size:
        raise ValueError
    return parts


def _integer(width: int) -> Callable[[Any], int]:
    def shaped(parts: Any) -> int:
        number = int(parts)
        return min(max(number, -(1 << width - 1)), (1 << width - 1) - 1)

    return shaped


def _only(*kinds: type) -> Callable[[Any], Any]:
    def shaped(parts: Any) -> Any:
        if not isinstance(parts, kinds):
            raise TypeError
        return parts

    return shaped


def _udim(parts: Any) -> list[Any]:
    scale, offset = parts
    return [float32(scale), _integer(32)(offset)]


def _points(*names: str) -> Callable[[Any], Any]:
    def shaped(parts: Any) -> dict[str, Any]:
        return {
            "keypoints": [
                {name: _floats(3)(point[name]) if name == "color" else float32(point[name]) for name in names}
                for point in parts["keypoints"]
            ]
        }

    return shaped


def _cframe(parts: Any) -> dict[str, Any]:
    return cframe(_floats(12)(components(parts)))


def _physical(parts: Any) -> Any:
    if parts == "Default":
        return parts
    return {name: float32(parts.get(name, ACOUSTICS) if name == PHYSICAL[-1] else parts[name]) for name in PHYSICAL}


def _font(parts: Any) -> dict[str, str]:
    found = {
        "family": _only(str)(parts["family"]),
        "weight": parts.get("weight") or "Regular",
        "style": parts.get("style") or "Normal",
    }
    if found["weight"] not in WEIGHT_NUMBERS or found["style"] not in STYLES:
        raise ValueError
    return {**found, "cachedFaceId": parts["cachedFaceId"]} if parts.get("cachedFaceId") else found


def _content(parts: Any) -> Any:
    if isinstance(parts, str):
        return "None" if parts in ("", "None") else {"Uri": parts}
    return {"Uri": _only(str)(parts["Uri"])}


def _named(names: Sequence[str]) -> Callable[[Any], Any]:
    return lambda parts: flags(bits(parts, names), names)


_SHAPES: Mapping[str, Callable[[Any], Any]] = {
    "String": _only(str, bytes),
    "BinaryString": _only(str, bytes),
    "ContentId": _only(str),
    "Bool": _only(bool),
    "Int32": _integer(32),
    "Int64": _integer(64),
    "Float32": float32,
    "Float64": float,
    "UDim": _udim,
    "UDim2": lambda parts: [_udim(part) for part in _sized(parts, 2)],
    "Ray": lambda parts: {name: _floats(3)(parts[name]) for name in ("origin", "direction")},
    "Faces": _named(FACES),
    "Axes": _named(AXES),
    "BrickColor": lambda parts: _integer(32)(parts) % (1 << 32),
    "Color3": _floats(3),
    "Color3uint8": lambda parts: [min(max(int(part), 0), 255) for part in _sized(parts, 3)],
    "Vector2": _floats(2),
    "Vector3": _floats(3),
    "Vector3int16": lambda parts: [_integer(16)(part) for part in _sized(parts, 3)],
    "CFrame": _cframe,
    "OptionalCFrame": lambda parts: None if parts is None else _cframe(parts),
    "Enum": lambda parts: int(parts) % (1 << 32),
    "EnumItem": lambda parts: {"type": _only(str)(parts["type"]), "value": int(parts["value"]) % (1 << 32)},
    "NumberSequence": _points("time", "value", "envelope"),
    "ColorSequence": _points("time", "color"),
    "NumberRange": _floats(2),
    "Rect": lambda parts: [_floats(2)(part) for part in _sized(parts, 2)],
    "PhysicalProperties": _physical,
    "Font": _font,
    "Content": _content,
}


def shaped(kind: str, parts: Any) -> Value:
    """Return a value as files can have it. Raises FormatError for what is no value of the type."""
    if kind not in _SHAPES:
        raise FormatError(f"a {kind} cannot be written")
    try:
        return Value(kind, _SHAPES[kind](parts))
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
        raise FormatError(f"{parts!r} is no {kind}") from None


def flags(bits: int, names: Sequence[str]) -> list[str]:
    """Return the names of the bits that are set."""
    return [name for at, name in enumerate(names) if bits >> at & 1]


def bits(given: Sequence[str], names: Sequence[str]) -> int:
    """Return the opposite of `flags`."""
    return sum(1 << names.index(name) for name in given)


def font(family: str, weight: int, style: str, face: str) -> dict[str, str]:
    """Return the notation of a Font, whose weight a file has as a number."""
    found = {"family": family, "weight": WEIGHTS.get(weight, "Regular"), "style": style}
    return {**found, "cachedFaceId": face} if face else found


def cframe(numbers: Sequence[float]) -> dict[str, Any]:
    """Return the notation of a CFrame with twelve components."""
    rows = [list(numbers[at : at + 3]) for at in range(0, 12, 3)]
    return {"position": rows[0], "orientation": rows[1:]}


def components(value: Any) -> list[float]:
    """Return the twelve components of a CFrame in either notation."""
    if isinstance(value, Mapping):
        given = cast("Mapping[str, Any]", value)
        return [*given["position"], *(number for row in given["orientation"] for number in row)]
    return list(value)


def _rotations() -> Iterator[tuple[int, tuple[float, ...]]]:
    def axis(number: int) -> tuple[float, ...]:
        return tuple((1.0 if number < 3 else -1.0) if at == number % 3 else 0.0 for at in range(3))

    for first in range(6):
        for second in range(6):
            if first % 3 != second % 3:
                x, y = axis(first), axis(second)
                z = (x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0])
                # The axes are the columns of the matrix.
                yield 6 * first + second + 1, tuple(column[row] + 0.0 for row in range(3) for column in (x, y, z))


ROTATIONS = dict(_rotations())
"""The rotations that files write as a number: the rows of the matrix, one after another."""
ROTATION_NUMBERS = {rows: number for number, rows in ROTATIONS.items()}


class Reader:
    """Reads little-endian values one after another. Raises FormatError at the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    @property
    def left(self) -> int:
        return len(self.data) - self.at

    def take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self.data):
            raise FormatError("it ends too early")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def unpack(self, form: str) -> tuple[Any, ...]:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))

    def byte(self) -> int:
        return self.take(1)[0]

    def u32(self) -> int:
        return self.unpack("I")[0]

    def floats(self, count: int) -> list[float]:
        return list(self.unpack(f"{count}f"))

    def blob(self) -> bytes:
        return self.take(self.u32())

    def text(self) -> str:
        return text(self.blob())

    def rotation(self) -> list[float]:
        number = self.byte()
        if number == 0:
            return self.floats(9)
        if number not in ROTATIONS:
            raise FormatError(f"there is no rotation {number}")
        return list(ROTATIONS[number])


def text(data: bytes) -> str:
    """Return a text of a file, which may not be UTF-8: what it cannot be then is kept, as `os.fsdecode` does."""
    return data.decode("utf-8", "surrogateescape")


def raw(value: str | bytes) -> bytes:
    """Return the bytes of a text."""
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")


def blob(value: str | bytes) -> bytes:
    """Return a text with its length before it."""
    data = raw(value)
    return struct.pack("<I", len(data)) + data


def rotation(rows: Sequence[float]) -> bytes:
    """Return a rotation as files have it: a number where there is one."""
    # A file cannot tell 0 from -0 by the number.
    signed = any(number == 0 and str(number).startswith("-") for number in rows)
    number = None if signed else ROTATION_NUMBERS.get(tuple(rows))
    return bytes([number]) if number else b"\0" + struct.pack("<9f", *rows)
