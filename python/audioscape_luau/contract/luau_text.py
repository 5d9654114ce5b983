"""Plain values as Luau source text, so that what a report shows of a call is what ran."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

from audioscape_luau.codegen.literals import Luau, LuauKey, LuauString


def luau(value: Any) -> str:
    """Return an expression of a value; `Luau` stands for itself, None for nil, bytes for a string that is not UTF-8."""
    match value:
        case Luau():
            return value.text
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _number(value)
        case str():
            return LuauString(value).text
        case bytes():
            return '"' + "".join(f"\\{byte:03d}" for byte in value) + '"'
        case Mapping():
            members = cast("Mapping[Any, Any]", value)
            inner = ", ".join(f"{_key(key)} = {luau(member)}" for key, member in members.items() if member is not None)
            return f"{{ {inner} }}" if inner else "{}"
        case list() | tuple():
            inner = ", ".join(luau(member) for member in cast("list[Any]", value))
            return f"{{ {inner} }}" if inner else "{}"
        case _:
            raise TypeError(f"no Luau for {value!r}")


def _key(key: Any) -> str:
    return LuauKey(key).text if isinstance(key, str) else f"[{luau(key)}]"


def _number(value: float) -> str:
    if value != value:
        return "0 / 0"
    if math.isinf(value):
        return "math.huge" if value > 0 else "-math.huge"
    if value == 0 and math.copysign(1, value) < 0:
        return "-0"
    whole = isinstance(value, int) or value.is_integer()
    return str(int(value)) if whole and abs(value) <= 2**53 else repr(float(value))
