"""Plain values as Luau source."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from roblox_double.vm import LuauValue, Opaque

_AS_THEY_ARE = frozenset(range(32, 127)) - {ord('"'), ord("\\")}
_BYTES = [chr(code) if code in _AS_THEY_ARE else f"\\{code:03}" for code in range(256)]


def literal(value: LuauValue) -> str:
    """Return an expression, in ASCII, for a value."""
    match value:
        case None:
            return "nil"
        case bool():
            return str(value).lower()
        case int() | float():
            return _number(value)
        case str():
            return _text(value.encode("utf-8", "surrogateescape"))
        case bytes():
            return _text(value)
        case Opaque():
            return _text(value.text.encode("utf-8", "surrogateescape"))
        case Mapping():
            return "{" + ",".join(f"[{literal(key)}]={literal(item)}" for key, item in value.items()) + "}"
        case Sequence():
            return "{" + ",".join(map(literal, value)) + "}"


def _number(value: float) -> str:
    if math.isnan(value):
        return "(0/0)"
    if math.isinf(value):
        return "(1/0)" if value > 0 else "(-1/0)"
    return f"({value!r})"


def _text(value: bytes) -> str:
    return '"' + "".join(map(_BYTES.__getitem__, value)) + '"'
