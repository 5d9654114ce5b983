"""The program that writes the single file: darklua."""

from __future__ import annotations

import subprocess
from pathlib import Path

from audioscape_luau.programs import find_tool

_SOURCES = {"darklua": "seaofvoices/darklua"}


class BuildError(Exception):
    """An artefact that cannot be written; the text says why and, where a program is missing, how to install it."""


def find(name: str) -> str:
    """Return the path of a program. Raises BuildError."""
    path = find_tool(name)
    if path is None:
        raise BuildError(
            f"{name} is not installed. In this repository, `rokit install` fetches it, or `scripts/tools {name}` "
            f"builds it; elsewhere, `rokit add {_SOURCES[name]}` does."
        )
    return path


def run(name: str, *arguments: str | Path) -> None:
    """Run a program. Raises BuildError, with what it says, if it fails or is missing."""
    result = subprocess.run(  # noqa: S603 - a program that was just found, without a shell
        [find(name), *map(str, arguments)], capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if result.returncode:
        raise BuildError(f"{name} failed with {result.returncode}: {(result.stderr or result.stdout).strip()}")
