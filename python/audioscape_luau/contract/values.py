"""Plain values as they come out of JSON or out of Luau."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast


def without_nulls(value: Any) -> Any:
    """Return a JSON value as the engine decodes it: members that are null are not there."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        return {name: without_nulls(member) for name, member in members.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(member) for member in cast("list[Any]", value)]
    return value


def is_finite(value: Any) -> bool:
    """Whether no number within a value is NaN or infinite."""
    if isinstance(value, Mapping):
        return all(is_finite(member) for member in cast("Mapping[str, Any]", value).values())
    if isinstance(value, list):
        return all(is_finite(member) for member in cast("list[Any]", value))
    return not isinstance(value, float) or math.isfinite(value)
