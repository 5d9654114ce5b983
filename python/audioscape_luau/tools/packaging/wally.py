"""What the Wally package holds, by the rules of `wally package` (0.3.2, src/package_contents.rs)."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tomllib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from audioscape_luau.tools.packaging.tools import BuildError

_MANIFEST = "wally.toml"
_PROJECT = "default.project.json"
_ALWAYS_EXCLUDED = (".*", "wally.lock", "Packages", "ServerPackages", "DevPackages")
# Wally's globs are those of Rust's globset, whose `*` passes over slashes as that of fnmatch does. These parts of them
# mean something else there.
_UNSUPPORTED = re.compile(r"[{}\\]|\*\*/|[^/]\*\*")


def files(root: Path) -> tuple[str, ...]:
    """Return the paths of the files in the package whose `wally.toml` lies in a folder, sorted.

    A folder is looked into only if it is itself included, or not excluded. Raises BuildError for a manifest without
    `include`, since Wally reads `.gitignore` then, and for a pattern that this function does not know.
    """
    package = _package(root)
    includes, excludes = package.get("include", []), [*package.get("exclude", []), *_ALWAYS_EXCLUDED]
    if not includes:
        raise BuildError(f"{root / _MANIFEST} has no `include`")
    for pattern in [*includes, *excludes]:
        if _UNSUPPORTED.search(pattern):
            raise BuildError(f"{root / _MANIFEST}: the pattern {pattern!r} is not supported here")

    def walk(folder: Path) -> Iterator[str]:
        for entry in folder.iterdir():
            name = entry.relative_to(root).as_posix()
            if _matches(name, includes) or not _matches(name, excludes):
                if entry.is_dir():
                    yield from walk(entry)
                else:
                    yield name

    return tuple(sorted(walk(root)))


def install(root: Path, packages: Path, alias: str) -> Path:
    """Lay the package into a folder of packages as `wally install` does, and return the folder of its own.

    alias: the name that a game gives it in its own `wally.toml`.
    """
    package = _package(root)
    scope, name = package["name"].split("/")
    place = packages / "_Index" / f"{scope}_{name}@{package['version']}" / name
    for file in files(root):
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / file, place / file)
    project = json.loads((place / _PROJECT).read_text(encoding="utf-8"))
    (place / _PROJECT).write_text(json.dumps(project | {"name": name}, indent=2), encoding="utf-8")
    link = f'return require(script.Parent._Index["{place.parent.name}"]["{name}"])\n'
    (packages / f"{alias}.lua").write_text(link, encoding="utf-8")
    return place


def _package(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / _MANIFEST).read_text(encoding="utf-8"))["package"]


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


if __name__ == "__main__":
    print("\n".join(files(Path(*sys.argv[1:]))))
