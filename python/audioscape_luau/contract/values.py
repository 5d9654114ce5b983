"""Plain values as they come out of JSON or out of Luau."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Any, cast

from roblox_double import Settings
from roblox_double.vm import DEEPEST

_SEEN = DEEPEST - 10
"""Levels of a reply that can be seen in Luau from here: a result lies within what a scene returns."""
_TAKEN = Settings().json_max_depth
"""Levels that the engine decodes."""
_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_STEPS = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


class TooDeepError(ValueError):
    """JSON that is nested too deep to be looked at. lost: too deep for the engine, too, which decodes none of it."""

    def __init__(self, depth: int) -> None:
        super().__init__(f"it is nested {depth} deep")
        self.lost = depth > _TAKEN


def parsed(body: bytes) -> Any:
    """Return what JSON says. Raises ValueError if it is none, and TooDeepError, whatever else is wrong with it."""
    depth = _depth(body)
    if depth > _SEEN:
        raise TooDeepError(depth)
    return json.loads(body.decode())


@lru_cache(maxsize=32)
def _depth(body: bytes) -> int:
    if body.count(b"[") + body.count(b"{") <= _SEEN:
        return 0
    return max(accumulate(_STEPS.get(mark, 0) for mark in _NESTING.findall(body)))


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
