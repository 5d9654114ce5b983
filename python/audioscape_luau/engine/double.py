"""The Luau source of the engine double, as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parent / "luau"


@cache
def source(path: str) -> bytes | None:
    """Return the source of the double's module `path` (no extension, `/` between parts), or None if there is none."""
    file = _ROOT / f"{path}.luau"
    return file.read_bytes() if file.is_file() else None


@cache
def sources() -> dict[str, str]:
    """Return the source of every module by its path."""
    files = {file.relative_to(_ROOT).with_suffix("").as_posix(): file for file in sorted(_ROOT.rglob("*.luau"))}
    return {path: file.read_text(encoding="utf-8") for path, file in files.items()}
