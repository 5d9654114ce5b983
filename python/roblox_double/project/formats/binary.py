"""The binary format: `.rbxm` and `.rbxl`. Everything of one class stands together, property by property."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import lz4.block  # pyright: ignore[reportMissingTypeStubs]
from backports import zstd

from roblox_double.project.formats.values import (
    ACOUSTICS,
    AXES,
    FACES,
    IDENTITY,
    PHYSICAL,
    STYLES,
    WEIGHT_NUMBERS,
    FormatError,
    Item,
    Reader,
    Value,
    bits,
    blob,
    cframe,
    components,
    flags,
    font,
    rotation,
)

MAGIC = b"<roblox!"
_SIGNATURE = b"\x89\xff\r\n\x1a\n"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_END = b"</roblox>"
_NOTHING = -1
_Lz4Error = cast("type[Exception]", lz4.block.LZ4BlockError)  # pyright: ignore[reportUnknownMemberType]

# Columns: of a property, the values of all Instances of a class


def _interleaved(data: Reader, width: int, count: int) -> list[bytes]:
    taken = data.take(width * count)
    return [taken[at::count] for at in range(count)]


def _signed(number: int) -> int:
    return number >> 1 ^ -(number & 1)


def _ints(data: Reader, count: int, width: int = 4) -> list[int]:
    return [_signed(int.from_bytes(each)) for each in _interleaved(data, width, count)]


def _naturals(data: Reader, count: int) -> list[int]:
    return [int.from_bytes(each) for each in _interleaved(data, 4, count)]


def _floats(data: Reader, count: int) -> list[float]:
    # The sign is the last bit there.
    numbers = (int.from_bytes(each) for each in _interleaved(data, 4, count))
    turned = [number >> 1 | (number & 1) << 31 for number in numbers]
    return list(struct.unpack(f"<{count}f", struct.pack(f"<{count}I", *turned)))


def _referents(data: Reader, count: int) -> list[int]:
    found: list[int] = []
    last = 0
    for step in _ints(data, count):
        last += step
        found.append(last)
    return found


def _rows[T](*columns: Iterable[T]) -> list[list[T]]:
    return [list(row) for row in zip(*columns, strict=True)]


def _udims(data: Reader, count: int) -> list[Any]:
    return _rows(cast("list[Any]", _floats(data, count)), _ints(data, count))


def _udim2s(data: Reader, count: int) -> list[Any]:
    scales = (_floats(data, count), _floats(data, count))
    offsets = (_ints(data, count), _ints(data, count))
    sides = (zip(*pair, strict=True) for pair in zip(scales, offsets, strict=True))
    return [[list(x), list(y)] for x, y in zip(*sides, strict=True)]


def _vectors(size: int) -> Callable[[Reader, int], list[Any]]:
    return lambda data, count: _rows(*(_floats(data, count) for _ in range(size)))


def _rects(data: Reader, count: int) -> list[Any]:
    return [[corner[:2], corner[2:]] for corner in _vectors(4)(data, count)]


def _cframes(data: Reader, count: int) -> list[Any]:
    turned = [data.rotation() for _ in range(count)]
    return [cframe([*at, *rows]) for at, rows in zip(_vectors(3)(data, count), turned, strict=True)]


def _optional_cframes(data: Reader, count: int) -> list[Any]:
    data.byte()
    found = _cframes(data, count)
    data.byte()
    return [value if there else None for value, there in zip(found, data.take(count), strict=True)]


def _physical(data: Reader) -> Any:
    kind = data.byte()
    if kind & 1 == 0:
        return "Default"
    numbers = data.floats(6) if kind & 2 else [*data.floats(5), ACOUSTICS]
    return dict(zip(PHYSICAL, numbers, strict=True))


def _font(data: Reader) -> Any:
    family = data.text()
    weight, style = data.unpack("HB")
    return font(family, weight, "Italic" if style == 1 else "Normal", data.text())


def _ray(data: Reader) -> Any:
    return {"origin": data.floats(3), "direction": data.floats(3)}


def _numbers(data: Reader) -> Any:
    points = (data.floats(3) for _ in range(data.u32()))
    return {"keypoints": [{"time": at, "value": value, "envelope": spread} for at, value, spread in points]}


def _colors(data: Reader) -> Any:
    points = (data.floats(5) for _ in range(data.u32()))
    return {"keypoints": [{"time": at, "color": color} for at, *color, _ in points]}


def _contents(data: Reader, count: int) -> list[Any]:
    kinds = _ints(data, count)
    uris = iter([data.text() for _ in range(data.u32())])
    objects = iter(_referents(data, data.u32()))
    made: Mapping[int, Callable[[], Any]] = {
        0: lambda: "None",
        1: lambda: {"Uri": next(uris, "")},
        2: lambda: {"Object": next(objects, _NOTHING)},
    }
    return [made.get(kind, made[0])() for kind in kinds]


def _colors_of_bytes(data: Reader, count: int) -> list[Any]:
    return _rows(*(data.take(count) for _ in range(3)))


def _each(read: Callable[[Reader], Any]) -> Callable[[Reader, int], list[Any]]:
    return lambda data, count: [read(data) for _ in range(count)]


_READERS: Mapping[int, tuple[str, Callable[[Reader, int], Sequence[Any]]]] = {
    0x01: ("String", _each(Reader.blob)),
    0x02: ("Bool", lambda data, count: [byte != 0 for byte in data.take(count)]),
    0x03: ("Int32", _ints),
    0x04: ("Float32", _floats),
    0x05: ("Float64", lambda data, count: data.unpack(f"{count}d")),
    0x06: ("UDim", _udims),
    0x07: ("UDim2", _udim2s),
    0x08: ("Ray", _each(_ray)),
    0x09: ("Faces", _each(lambda data: flags(data.byte(), FACES))),
    0x0A: ("Axes", _each(lambda data: flags(data.byte(), AXES))),
    0x0B: ("BrickColor", _naturals),
    0x0C: ("Color3", _vectors(3)),
    0x0D: ("Vector2", _vectors(2)),
    0x0E: ("Vector3", _vectors(3)),
    0x10: ("CFrame", _cframes),
    0x12: ("Enum", _naturals),
    0x13: ("Ref", _referents),
    0x14: ("Vector3int16", _each(lambda data: list(data.unpack("3h")))),
    0x15: ("NumberSequence", _each(_numbers)),
    0x16: ("ColorSequence", _each(_colors)),
    0x17: ("NumberRange", _each(lambda data: data.floats(2))),
    0x18: ("Rect", _rects),
    0x19: ("PhysicalProperties", _each(_physical)),
    0x1A: ("Color3uint8", _colors_of_bytes),
    0x1B: ("Int64", lambda data, count: _ints(data, count, 8)),
    0x1C: ("SharedString", _naturals),
    0x1E: ("OptionalCFrame", _optional_cframes),
    0x1F: ("UniqueId", lambda data, count: _interleaved(data, 16, count)),
    0x20: ("Font", _each(_font)),
    0x21: ("SecurityCapabilities", lambda data, count: _ints(data, count, 8)),
    0x22: ("Content", _contents),
}
_NUMBERS = {kind: number for number, (kind, _) in _READERS.items()} | {"BinaryString": 1, "ContentId": 1}


# Reading


def read_binary(data: bytes, unknown: Callable[[str, str], None]) -> list[Item]:
    """Return the roots of a file. `unknown(class, property)` hears of what is left out since nobody knows its type.

    Raises FormatError.
    """
    reader = Reader(data)
    if reader.take(len(MAGIC) + len(_SIGNATURE)) != MAGIC + _SIGNATURE:
        raise FormatError("it does not begin as a model file does")
    (version,) = reader.unpack("H")
    if version != 0:
        raise FormatError(f"its format has the version {version}, which is not known here")
    reader.take(16)
    file = _File(unknown)
    for name, chunk in _chunks(reader):
        if name in file.parts:
            file.parts[name](Reader(chunk))
    return file.roots


def _chunks(reader: Reader) -> Iterator[tuple[bytes, bytes]]:
    while reader.left:
        name = reader.take(4)
        packed, size, _ = reader.unpack("3I")
        if name == b"END\0":
            return
        yield name, _unpacked(reader.take(packed), size) if packed else reader.take(size)


def _unpacked(packed: bytes, size: int) -> bytes:
    try:
        if packed.startswith(_ZSTANDARD):
            data = zstd.ZstdDecompressor().decompress(packed, size)
        else:
            data = cast("bytes", lz4.block.decompress(packed, uncompressed_size=size))  # pyright: ignore[reportUnknownMemberType]
    except (zstd.ZstdError, _Lz4Error, MemoryError, ValueError) as error:
        raise FormatError(f"a part of it cannot be unpacked: {error}") from None
    if len(data) != size:
        raise FormatError("a part of it is not as long as it says")
    return data


class _File:
    def __init__(self, unknown: Callable[[str, str], None]) -> None:
        self._unknown = unknown
        self._shared: list[bytes] = []
        self._classes: dict[int, list[Item]] = {}
        self._items: dict[int, Item] = {}
        self.roots: list[Item] = []
        self.parts = {b"SSTR": self._strings, b"INST": self._instances, b"PROP": self._property, b"PRNT": self._parents}

    def _strings(self, data: Reader) -> None:
        data.u32()
        for _ in range(data.u32()):
            data.take(16)
            self._shared.append(data.blob())

    def _instances(self, data: Reader) -> None:
        number, name = data.u32(), data.text()
        data.byte()
        items = [Item(name, referent) for referent in _referents(data, data.u32())]
        self._classes[number] = items
        self._items |= {cast("int", item.referent): item for item in items}

    def _property(self, data: Reader) -> None:
        number, name = data.u32(), data.text()
        if number not in self._classes:
            raise FormatError(f"{name} is of a class that the file does not have")
        items = self._classes[number]
        # What the engine cannot write itself, it leaves out after the name.
        if not data.left or not items:
            return
        kind, read = _READERS.get(data.byte(), (None, None))
        if kind is None or read is None:
            self._unknown(items[0].class_name, name)
            return
        for item, parts in zip(items, read(data, len(items)), strict=True):
            item.properties[name] = self._value(kind, parts)

    def _value(self, kind: str, parts: Any) -> Value:
        if kind == "SharedString":
            if parts >= len(self._shared):
                raise FormatError("it refers to a text that it does not have")
            return Value(kind, self._shared[parts])
        if kind == "Ref":
            return Value(kind, None if parts == _NOTHING else parts)
        return Value(kind, parts)

    def _parents(self, data: Reader) -> None:
        data.byte()
        count = data.u32()
        for child, parent in zip(_referents(data, count), _referents(data, count), strict=True):
            if child not in self._items or (parent not in self._items and parent != _NOTHING):
                raise FormatError("it refers to an Instance that it does not have")
            siblings = self.roots if parent == _NOTHING else self._items[parent].children
            siblings.append(self._items[child])


# Writing


def write_binary(
    roots: Sequence[Item], services: Callable[[str], bool], default: Callable[[str, str, str], Value]
) -> bytes:
    """Return a file.

    services: tells whether a class is one. default: the value of a property (class, name, type) of those that do not
    have it where others of their class do. Raises FormatError for a value that no file can have.
    """
    items = list(_children_first(roots))
    referents = {id(item): number for number, item in enumerate(items)}
    by_name = {item.referent: number for number, item in enumerate(items)}
    classes: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        classes[item.class_name].append(item)
    numbers = {name: number for number, name in enumerate(classes)}
    chunks: list[bytes] = []
    for name in sorted(classes):
        count = len(classes[name])
        head = struct.pack("<I", numbers[name]) + blob(name) + struct.pack("<?I", services(name), count)
        marks = b"\1" * count if services(name) else b""
        chunks.append(_chunk(b"INST", head + _pack_referents([referents[id(item)] for item in classes[name]]) + marks))
    for name in sorted(classes):
        for key in sorted({key for item in classes[name] for key in item.properties}):
            given = [item.properties.get(key) for item in classes[name]]
            kind = next(value.kind for value in given if value)
            column = [value or default(name, key, kind) for value in given]
            if any(value.kind != kind for value in column):
                raise FormatError(f"{name}.{key} cannot be of several types")
            if kind not in _NUMBERS or kind not in _WRITERS:
                raise FormatError(f"{name}.{key} cannot be a {kind} in a file")
            parts = [value.parts for value in column]
            if kind == "Ref":
                parts = [by_name.get(part, _NOTHING) for part in parts]
            head = struct.pack("<I", numbers[name]) + blob(key) + bytes([_NUMBERS[kind]])
            chunks.append(_chunk(b"PROP", head + _WRITERS[kind](parts)))
    parents = {id(child): referents[id(item)] for item in items for child in item.children}
    above = [parents.get(id(item), _NOTHING) for item in items]
    tree = _pack_referents(range(len(items))) + _pack_referents(above)
    chunks.append(_chunk(b"PRNT", struct.pack("<BI", 0, len(items)) + tree))
    head = MAGIC + _SIGNATURE + struct.pack("<HII8x", 0, len(classes), len(items))
    return head + b"".join(chunks) + b"END\0" + struct.pack("<3I", 0, len(_END), 0) + _END


def _children_first(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        yield from _children_first(item.children)
        yield item


def _chunk(name: bytes, data: bytes) -> bytes:
    packed = cast("bytes", lz4.block.compress(data, store_size=False))  # pyright: ignore[reportUnknownMemberType]
    return name + struct.pack("<3I", len(packed), len(data), 0) + packed


def _interleave(each: Sequence[bytes]) -> bytes:
    width = len(each[0]) if each else 0
    return b"".join(bytes(value[at] for value in each) for at in range(width))


def _pack_ints(numbers: Iterable[int], width: int = 4) -> bytes:
    size = 8 * width
    turned = ((number << 1 ^ number >> size - 1) % (1 << size) for number in numbers)
    return _interleave([number.to_bytes(width) for number in turned])


def _pack_naturals(numbers: Iterable[int]) -> bytes:
    return _interleave([number.to_bytes(4) for number in numbers])


def _pack_floats(numbers: Iterable[float]) -> bytes:
    given = list(numbers)
    packed = struct.unpack(f"<{len(given)}I", struct.pack(f"<{len(given)}f", *given))
    return _interleave([((number << 1 | number >> 31) % (1 << 32)).to_bytes(4) for number in packed])


def _pack_referents(numbers: Iterable[int]) -> bytes:
    given = list(numbers)
    return _pack_ints(number - before for before, number in zip([0, *given], given, strict=False))


def _pack_vectors(parts: Sequence[Sequence[float]]) -> bytes:
    return b"".join(_pack_floats(column) for column in zip(*parts, strict=True))


def _pack_udim2s(parts: Sequence[Any]) -> bytes:
    scales = [_pack_floats(value[side][0] for value in parts) for side in (0, 1)]
    return b"".join([*scales, *(_pack_ints(value[side][1] for value in parts) for side in (0, 1))])


def _pack_cframes(parts: Sequence[Any]) -> bytes:
    numbers = [components(value) for value in parts]
    return b"".join(rotation(value[3:]) for value in numbers) + _pack_vectors([value[:3] for value in numbers])


def _pack_optional_cframes(parts: Sequence[Any]) -> bytes:
    nowhere = {"position": [0.0] * 3, "orientation": IDENTITY}
    written = _pack_cframes([nowhere if value is None else value for value in parts])
    return bytes([_NUMBERS["CFrame"]]) + written + bytes([_NUMBERS["Bool"], *(value is not None for value in parts)])


def _pack_physical(parts: Any) -> bytes:
    if parts == "Default":
        return b"\0"
    numbers = [parts.get(name, ACOUSTICS) for name in PHYSICAL]
    return b"\1" + struct.pack("<5f", *numbers[:5]) if numbers[5] == ACOUSTICS else b"\3" + struct.pack("<6f", *numbers)


def _pack_font(parts: Any) -> bytes:
    numbers = struct.pack("<HB", WEIGHT_NUMBERS.get(parts["weight"], 400), STYLES.index(parts["style"]))
    return blob(parts["family"]) + numbers + blob(parts.get("cachedFaceId") or "")


def _pack_numbers(parts: Any) -> bytes:
    points = parts["keypoints"]
    written = (struct.pack("<3f", point["time"], point["value"], point["envelope"]) for point in points)
    return struct.pack("<I", len(points)) + b"".join(written)


def _pack_colors(parts: Any) -> bytes:
    points = parts["keypoints"]
    written = (struct.pack("<5f", point["time"], *point["color"], 0) for point in points)
    return struct.pack("<I", len(points)) + b"".join(written)


def _pack_contents(parts: Sequence[Any]) -> bytes:
    uris = [value["Uri"] for value in parts if value != "None"]
    kinds = _pack_ints(0 if value == "None" else 1 for value in parts)
    return kinds + struct.pack("<I", len(uris)) + b"".join(map(blob, uris)) + struct.pack("<II", 0, 0)


def _joined(write: Callable[[Any], bytes]) -> Callable[[Sequence[Any]], bytes]:
    return lambda parts: b"".join(map(write, parts))


_WRITERS: Mapping[str, Callable[[Sequence[Any]], bytes]] = {
    "String": _joined(blob),
    "BinaryString": _joined(blob),
    "ContentId": _joined(blob),
    "Bool": bytes,
    "Int32": _pack_ints,
    "Float32": _pack_floats,
    "Float64": lambda parts: struct.pack(f"<{len(parts)}d", *parts),
    "UDim": lambda parts: _pack_floats(scale for scale, _ in parts) + _pack_ints(offset for _, offset in parts),
    "UDim2": _pack_udim2s,
    "Ray": _joined(lambda parts: struct.pack("<6f", *parts["origin"], *parts["direction"])),
    "Faces": lambda parts: bytes(bits(names, FACES) for names in parts),
    "Axes": lambda parts: bytes(bits(names, AXES) for names in parts),
    "BrickColor": _pack_naturals,
    "Color3": _pack_vectors,
    "Vector2": _pack_vectors,
    "Vector3": _pack_vectors,
    "CFrame": _pack_cframes,
    "Enum": _pack_naturals,
    "Ref": _pack_referents,
    "Vector3int16": _joined(lambda parts: struct.pack("<3h", *parts)),
    "NumberSequence": _joined(_pack_numbers),
    "ColorSequence": _joined(_pack_colors),
    "NumberRange": _joined(lambda parts: struct.pack("<2f", *parts)),
    "Rect": lambda parts: _pack_vectors([[*low, *high] for low, high in parts]),
    "PhysicalProperties": _joined(_pack_physical),
    "Color3uint8": lambda parts: b"".join(bytes(column) for column in zip(*parts, strict=True)),
    "Int64": lambda parts: _pack_ints(parts, 8),
    "OptionalCFrame": _pack_optional_cframes,
    "Font": _joined(_pack_font),
    "Content": _pack_contents,
}
