"""The forms in which the module ships, each read back as a game finds it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from audioscape_luau.contract.subject import load_module
from audioscape_luau.resources import luau_root
from audioscape_luau.tools.packaging import build
from audioscape_luau.tools.packaging.wally import install
from roblox_double import ScriptTree, load_folder, load_project
from support.tools import tool

ROOT = Path(__file__).parents[2]
SOURCE = luau_root() / "AudioScapeClient"
chosen = "tree"
"""The form that tests use which do not say so themselves."""


def write_release(folder: Path) -> None:
    """Write a release into a folder."""
    tool("darklua")
    for module in (SOURCE, luau_root() / "AudioScapeRemote"):
        build(module, folder)


def _released(name: str) -> ScriptTree:
    with tempfile.TemporaryDirectory() as folder:
        write_release(Path(folder))
        return load_module(Path(folder) / name).tree


def _wally() -> ScriptTree:
    with tempfile.TemporaryDirectory() as folder:
        package = load_project(install(ROOT, Path(folder), "AudioScapeClient"))
    # Its link file has the name that the game chose.
    return replace(package, name="AudioScapeClient")


FORMS: dict[str, Callable[[], ScriptTree]] = {
    "tree": lambda: load_folder(SOURCE),
    "rbxm": lambda: _released("AudioScapeClient.rbxm"),
    "file": lambda: _released("AudioScapeClient.luau"),
    "wally": _wally,
}


FOR_PLAYERS = luau_root() / "AudioScapeRemote"


@cache
def artefact(form: str) -> ScriptTree:
    """Return the module in one of its forms."""
    return FORMS[form]()


@cache
def for_players(form: str) -> ScriptTree:
    """Return the module for players in one of its forms."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if form == "tree":
            tree = load_folder(FOR_PLAYERS)
        elif form == "wally":
            tree = load_project(install(luau_root(), folder, FOR_PLAYERS.name))
        else:
            tool("darklua")
            build(FOR_PLAYERS, folder)
            tree = load_module(folder / f"{FOR_PLAYERS.name}.{'luau' if form == 'file' else form}").tree
        return replace(tree, name=FOR_PLAYERS.name)
