"""The module as one `.luau` file, for projects without Rojo: darklua puts the modules into one, types included."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import tempfile
from pathlib import Path

from audioscape_luau.tools.packaging.tools import BuildError, run

_DISTRIBUTION = "audioscape-luau"
_CONFIG: dict[str, object] = {
    # The generator that keeps comments, those of the types among them: editors show them.
    "generator": "retain_lines",
    "bundle": {"require_mode": "luau", "modules_identifier": "__bundle"},
    "rules": [],
}
_MODE = "--!strict\n"
_HOISTED = re.compile(r"\b(\w+?)__DARKLUA_TYPE_(\w+)\b")
# The type of a class inside names the class, a value that is in a function further down once the type is at the top.
_CLASS = re.compile(r"^(type \w+ = typeof\(setmetatable\(\{\} :: \w+, )\w+\)\)", re.MULTILINE)
_ROOMS = {
    *("radio", "share", "http", "wire", "remote", "analytics", "paging", "music", "options", "errors", "support"),
}
_KEPT = {"wire/Schema.luau", "wire/Operation.luau"}
"""What generated tables are checked against."""
_CLOSED = {"share", "remote", "radio", "http", "analytics"}
"""Rooms whose classes are anything, also to themselves."""
_NARROWING = {"EndDetector", "Listens", "Pause", "Recommender", "Repertoire", "TrackFinder"}
"""Those of them that call or read an optional field of theirs once they know it is there: of anything the new solver
would not believe that."""
_OWN_CLASS = re.compile(r"^(export type \w+ = )typeof\(setmetatable\(\{\} :: \w+, \w+\)\)$", re.MULTILINE)
_MARK = re.compile(r"--- in (.*)\n")
_MODULE = re.compile(r"function __bundle\.\w+\(\):typeof\(__modImpl\(\)\)")
_GAP = re.compile(r"\n{3,}")


def bundle(module: Path) -> str:
    """Return the source of the module that lies in a folder as that of a single file.

    Raises BuildError if darklua is missing or cannot follow a require, or if names clash.
    """
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / module.name
        shutil.copytree(module, copy)
        for file in copy.rglob("*.luau"):
            # A mode counts at the top of a file only; further down it would be a comment without a meaning.
            text = file.read_text(encoding="utf-8").removeprefix(_MODE)
            path = file.relative_to(copy)
            if path.parts[0] in _CLOSED and path.stem not in _NARROWING:
                # All types of the file at once are too much for the new solver: see below.
                text = _OWN_CLASS.sub(r"\1any", text)
            file.write_text(f"--- in {path.as_posix()}\n{text}", encoding="utf-8")
        config, output = Path(temporary) / "darklua.json", Path(temporary) / "bundle.luau"
        config.write_text(json.dumps(_CONFIG), encoding="utf-8")
        run("darklua", "process", "--config", config, copy / "init.luau", output)
        source = output.read_text(encoding="utf-8")
    # What moved to the top left gaps behind.
    return header(module.name) + _GAP.sub("\n\n", _shorten(_open_modules(_open_classes(source)))).strip() + "\n"


def _open_classes(source: str) -> str:
    """Let classes inside have any methods: a game sees none of them, and they are checked where they are written."""
    return _CLASS.sub(r"\1{} :: { __index: any }))", source)


def _open_modules(source: str) -> str:
    """Let modules of some rooms be anything to each other.

    All types of the file at once are too much for the new solver. They are checked where they are written, and what a
    game sees of them is a type of its own, at the top.
    """
    parts: list[str] = []
    begin = 0
    for module in _MODULE.finditer(source):
        text = source[begin : module.end()]
        # Modules of types only have gone to the top, their marks have not.
        is_open = any(path.split("/")[0] in _ROOMS and path not in _KEPT for path in _MARK.findall(text)[-1:])
        parts.append(text.replace("typeof(__modImpl())", "any ") if is_open else text)
        begin = module.end()
    return _MARK.sub("", "".join((*parts, source[begin:])))


def _shorten(source: str) -> str:
    """Write `Track_K` for `Track__DARKLUA_TYPE_K`: editors show these names of types, and so do type errors."""
    taken = set(re.findall(r"\w+", source))
    for name, mark in set(_HOISTED.findall(source)):
        if f"{name}_{mark}" in taken:
            raise BuildError(
                f"a type that moves to the top would be called {name}_{mark}, as something else is already"
            )
    return _HOISTED.sub(r"\1_\2", source)


def header(name: str) -> str:
    """Return the lines at the top: the mode, no lints for code that nobody edits, and what this is."""
    distribution = importlib.metadata.distribution(_DISTRIBUTION)
    licence = distribution.metadata["License-Expression"]
    text = distribution.read_text("licenses/LICENSE") or ""
    holder = next((line for line in text.splitlines() if line.startswith("Copyright")), "")
    return f"{_MODE}--!nolint\n-- {name} {distribution.version}, licence {licence}. {holder}".rstrip() + "\n\n"
