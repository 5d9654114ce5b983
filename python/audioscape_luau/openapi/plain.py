"""What kind of plain data something is."""

from __future__ import annotations

from typing import Any, TypeGuard

type Mapped = dict[str, Any]


def is_map(value: object) -> TypeGuard[Mapped]:
    """Say whether it is a mapping."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Say whether it is a list."""
    return isinstance(value, list)
