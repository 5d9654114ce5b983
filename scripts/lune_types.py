"""Strict type check of the Luau that Lune runs. Lune brings the types of its own modules: `lune setup` writes them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from audioscape_luau.programs import find_tool
from luau_types import ROOT, SOLVERS, Finding, analyze

_SOURCES = ("luau", "python/roblox_double")
"""What the files that are checked may require from."""


def lune_findings(paths: list[Path], solver: str, sources: Path = ROOT) -> list[Finding]:
    """Check files and folders, named from `sources` on, in a copy that knows the types of `@lune/...`.

    Raises FileNotFoundError if a path or a tool is missing.
    """
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary).resolve()
        for name in _SOURCES:
            if (sources / name).is_dir():
                shutil.copytree(sources / name, copy / name, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        _set_up(copy)
        found = analyze(paths, solver, copy)
        return [
            Finding(it.file.relative_to(copy), it.line, it.column, it.kind, it.text)
            for it in found
            if any(it.file.is_relative_to(copy / path) for path in paths)
        ]


def _set_up(folder: Path) -> None:
    lune = find_tool("lune")
    if lune is None:
        raise FileNotFoundError("lune is not installed; run scripts/tools")
    home = folder / "home"
    home.mkdir()
    # It writes the types into the user's home, and an alias with a `~` into the folder's .luaurc.
    environment = os.environ | {"HOME": str(home), "USERPROFILE": str(home)}
    subprocess.run([lune, "setup"], cwd=home, env=environment, check=True, capture_output=True)  # noqa: S603
    (types,) = (home / ".lune" / ".typedefs").iterdir()
    config = json.loads((ROOT / ".luaurc").read_text(encoding="utf-8"))
    aliases = {"lune": f"./{types.relative_to(folder).as_posix()}/"}
    (folder / ".luaurc").write_text(json.dumps(config | {"aliases": aliases}), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Check the files and folders that are named; print findings; return 1 if there are any."""
    found = [(solver, finding) for solver in SOLVERS for finding in lune_findings([*map(Path, arguments)], solver)]
    for solver, finding in found:
        print(f"[{solver} solver] {finding}")
    print(f"{len(found)} findings in both solvers")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
