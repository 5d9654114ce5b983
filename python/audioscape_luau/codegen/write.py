"""Generated files on disk: write them, or say how what lies there differs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

from audioscape_luau.codegen.render import MARK, render
from audioscape_luau.openapi.model import ApiModel

_GENERATED = "generated"
# What only makes sense together with an operation that takes events, or one to draw music from.
_ANALYTICS_ONLY = ("analytics",)
_RADIO_ONLY = ("radio", "music", "options/RadioOptions.luau", "errors/RadioErrors.luau")


def write(files: Mapping[str, bytes], out: Path) -> list[str]:
    """Bring `out` to the given files; return the paths that were written or deleted.

    Only files that were generated before are deleted, and only under `generated/`.
    """
    changed: list[str] = []
    for name, content in files.items():
        path = out / name
        if _content(path) != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed.append(name)
    for name in _stale(files, out):
        (out / name).unlink()
        changed.append(name)
    return changed


def drift(files: Mapping[str, bytes], out: Path) -> str:
    """Return a unified diff from what lies in `out` to the given files, empty if there is no difference."""
    found: list[str] = []
    for name, content in files.items():
        found += _diff(name, _content(out / name), content)
    for name in _stale(files, out):
        found += _diff(name, _content(out / name), None)
    return "".join(found)


def runtime_files(model: ApiModel, module: Path) -> dict[str, bytes]:
    """Return the hand-written files of the module at `module` that a client of this API needs."""
    leave_out = (
        *(() if any(operation.analytics for operation in model.operations) else _ANALYTICS_ONLY),
        *(() if any(operation.radio for operation in model.operations) else _RADIO_ONLY),
    )
    files: dict[str, bytes] = {}
    for path in sorted(module.rglob("*.luau")):
        name = path.relative_to(module).as_posix()
        if not {name, name.split("/")[0]} & {_GENERATED, "init.luau", *leave_out}:
            files[name] = path.read_bytes()
    return files


def remote_files(module: Path) -> dict[str, bytes]:
    """Return the hand-written files of the module for players, which lies in a folder."""
    names = {path.relative_to(module).as_posix(): path for path in sorted(module.rglob("*.luau"))}
    return {
        name: path.read_bytes() for name, path in names.items() if name.split("/")[0] not in {_GENERATED, "init.luau"}
    }


def module_files(model: ApiModel, module: Path) -> dict[str, bytes]:
    """Return all files of a client of this API, with the hand-written ones of the module at `module`.

    Raises what `render` raises.
    """
    return {**runtime_files(model, module), **render(model)}


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _stale(files: Mapping[str, bytes], out: Path) -> Iterator[str]:
    """Yield files that were generated once and are no more."""
    for path in sorted((out / _GENERATED).rglob("*.luau")):
        name = path.relative_to(out).as_posix()
        if name not in files and MARK.encode() in path.read_bytes()[:200]:
            yield name


def _diff(name: str, old: bytes | None, new: bytes | None) -> Iterator[str]:
    if old == new:
        return
    lines = difflib.unified_diff(
        _lines(old),
        _lines(new),
        fromfile=f"{name} (on disk)" if old is not None else "/dev/null",
        tofile=f"{name} (generated)" if new is not None else "/dev/null",
    )
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode("utf-8", "backslashreplace").splitlines(keepends=True)
