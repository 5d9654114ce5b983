"""The Luau source of the engine double, as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent / "luau"
"""The folder of the modules."""


@cache
def source(path: str) -> bytes | None:
    """Return the source of the double's module `path` (no extension, `/` between parts), or None if there is none."""
    file = ROOT / f"{path}.luau"
    return file.read_bytes() if file.is_file() else None
