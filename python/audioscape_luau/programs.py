"""Where the programs are that this package starts: Lune, Rojo, darklua."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def find_tool(name: str) -> str | None:
    """Return the path of a program, or None: from PATH, or the newest that `scripts/tools` has built."""
    built = _folder().glob(f"*/bin/{name}")
    return shutil.which(name) or max(map(str, built), key=_version, default=None)


def offer_tools() -> None:
    """Put what `scripts/tools` has built at the end of PATH, for who looks there only, as `roblox_double` for Lune."""
    built = sorted(_folder().glob("*/bin"), key=lambda folder: _version(str(folder / "x")), reverse=True)
    os.environ["PATH"] = os.pathsep.join([*filter(None, [os.environ.get("PATH")]), *map(str, built)])


def _folder() -> Path:
    return Path(os.environ.get("AUDIOSCAPE_TOOLS") or _ROOT / ".tools")


def _version(path: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", Path(path).parts[-3])]
