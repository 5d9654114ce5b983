"""Asset ids in their one form, by which a client tells them apart, sends them and hands them on."""

from __future__ import annotations

from typing import Any

MOST_DIGITS = 20
"""What 64 bits can hold."""
LARGEST_NUMBER = 2**53 - 1
"""The largest id that may be given as a number. From the next one on, two ids are the same double."""


def asset_id(value: Any) -> str | None:
    """Return the digits that a text or a number stands for, without zeros before them; None if it is no id."""
    if isinstance(value, str):
        digits = value.lstrip("0") or value[-1:]
        return digits if len(digits) <= MOST_DIGITS and digits.isascii() and digits.isdigit() else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return str(int(value)) if 0 <= value <= LARGEST_NUMBER and value == int(value) else None
