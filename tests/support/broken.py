"""Clients that are broken on purpose, from outside: Luau around a build of the client, whatever is in that."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from audioscape_luau.contract.subject import Module, load_module
from audioscape_luau.resources import luau_root
from roblox_double import ScriptTree

_FOLDER = Path(__file__).parents[1] / "contract/broken"
_SEEN = ("game", "workspace", "os", "task", "Random", "shared", "_G")
"""The names of the engine's that a client may see otherwise."""
_SEEING = (
    f"local {', '.join(_SEEN)} = (function(own) return {', '.join(f'own.{name}' for name in _SEEN)} end)"
    '(require(script:FindFirstAncestor("AudioScapeClient").Seam).names) '
)
_HEAD = "local Wrapper, Seam = require(script.Wrapper), require(script.Seam)"


@dataclass(frozen=True, slots=True)
class BrokenClient:
    """A client that breaks a rule. name: what it does. case: where that is to be found. luau: how, with `Wrapper`."""

    name: str
    rule: str
    case: str
    luau: str


def broken_clients() -> list[BrokenClient]:
    """Return all that are kept for the tests, at least one for each rule."""
    told = tomllib.loads((_FOLDER / "clients.toml").read_text(encoding="utf-8"))
    return [BrokenClient(name, **fields) for name, fields in told.items()]


@cache
def shipped() -> Module:
    """Return the client as it is."""
    return load_module(luau_root() / "AudioScapeClient")


def wrapped(luau: str = "", module: Module | None = None) -> Module:
    """Return a build of the client (by default, the one that is shipped) with Luau around it."""
    scripts = [
        ScriptTree(name, "ModuleScript", (_FOLDER / f"{name}.luau").read_text(encoding="utf-8"))
        for name in ("Wrapper", "Seam")
    ]
    source = f"{_HEAD}\n{luau}\nreturn Wrapper.module()\n"
    real = replace(_seeing((module or shipped()).tree), name="Real")
    return Module(ScriptTree("AudioScapeClient", "ModuleScript", source, (*scripts, real)), "a broken client")


def saved(module: Module, folder: Path) -> Path:
    """Write a build of the client to a folder, as files that Rojo would read, and return where it is."""
    return _save(module.tree, folder)


def _save(tree: ScriptTree, folder: Path) -> Path:
    place = folder / tree.name
    place.mkdir(parents=True)
    if tree.source is not None:
        (place / "init.luau").write_text(tree.source, encoding="utf-8")
    for child in tree.children:
        _save(child, place)
    return place


def _seeing(tree: ScriptTree) -> ScriptTree:
    """Let the scripts of a tree see the engine through `Seam`."""
    children = tuple(map(_seeing, tree.children))
    if tree.source is None:
        return replace(tree, children=children)
    return replace(tree, source=_SEEING + tree.source, children=children)
