"""Where scripts stand in the game and which files they came from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePath

from roblox_double.project.script_tree import ScriptTree

_PER_PLAYER = {"StarterPlayer.StarterPlayerScripts": "PlayerScripts", "StarterGui": "PlayerGui"}
"""What of the game each player has a copy of, and what that is named below the player."""


_PLACED = re.compile(r"[^:\n]+:\d+: ")
_FRAME = re.compile(r".+?:\d+")
_LINE = re.compile(r":\d")


def with_place(message: str, traceback: str) -> str:
    """Return the message of an error, led by the innermost place of the Luau stack if it names none itself."""
    frame = _FRAME.match(traceback.lstrip())
    return message if frame is None or _PLACED.match(message) else f"{frame[0]}: {message}"


class Places:
    """The scripts of a game by the names that errors and output give them."""

    def __init__(self, game: ScriptTree, services: ScriptTree | None = None) -> None:
        """`game` is a DataModel, `services` are what stands in for some of its services."""
        known = {name: file for name, file in _scripts(game, "") if file}
        if services:
            known |= {name: file for name, file in _scripts(services, f"{services.name}.") if file}
        self._known = known

    def in_files(self, text: str, folder: Path) -> str:
        """Return a text with files, as seen from `folder`, in place of scripts wherever a line of one is named."""
        if not self._known or not _LINE.search(text):
            return text
        return self._place.sub(lambda found: f"{self._file(found[0][:-1], folder)}:", text)

    @cached_property
    def _place(self) -> re.Pattern[str]:
        # Of hundreds of scripts this takes longer to make than their game, and most tests name no line.
        names = "|".join(map(_pattern, sorted(self._known, key=len, reverse=True)))
        return re.compile(rf"(?<![\w.])(?:{names}):(?=\d)")

    def _file(self, name: str, folder: Path) -> str:
        for starter, copy in _PER_PLAYER.items():
            name = re.sub(rf"^Players\.[^.]+\.{copy}(?=\.)", starter, name)
        return seen_from(self._known[name], folder)


def seen_from(file: PurePath, folder: PurePath) -> str:
    """Return the path of a file from a folder, or whole where none leads there: they may lie on two drives."""
    try:
        return os.path.relpath(file, folder)
    except ValueError:
        return str(file)


def _scripts(tree: ScriptTree, prefix: str) -> Iterator[tuple[str, Path | None]]:
    for child in tree.children:
        if child.source is not None:
            yield prefix + child.name, child.path
        yield from _scripts(child, f"{prefix}{child.name}.")


def _pattern(name: str) -> str:
    for starter, copy in _PER_PLAYER.items():
        if name.startswith(f"{starter}."):
            return rf"(?:{re.escape(starter)}|Players\.[^.]+\.{copy}){re.escape(name.removeprefix(starter))}"
    return re.escape(name)


def parent_of(tree: ScriptTree, file: Path) -> list[str] | None:
    """Return the names of what the file lies in, or of what its neighbours lie in, None if the game has neither."""
    return _holder(tree, _folder(file))


def _holder(tree: ScriptTree, folder: str) -> list[str] | None:
    neighbours = (child.path for child in tree.children if child.path)
    if any(_folder(path) == folder and not path.name.startswith("init.") for path in neighbours):
        return []
    if tree.path and _folder(tree.path) == folder and tree.path.name.startswith("init."):
        return []
    for child in tree.children:
        below = _holder(child, folder)
        if below is not None:
            return [child.name, *below]
    return None


def _folder(path: Path) -> str:
    # Asked of hundreds of files for each spec, and `Path` takes ten times as long.
    return os.path.normcase(os.path.split(path)[0])


def with_script(tree: ScriptTree, parent: Sequence[str], script: ScriptTree) -> ScriptTree:
    """Return the tree with a script below `parent`, a service that is made if need be, in place of one of that name."""
    if not parent:
        kept = tuple(child for child in tree.children if child.name != script.name)
        return replace(tree, children=(*kept, script))
    first, *rest = parent
    if all(child.name != first for child in tree.children):
        tree = replace(tree, children=(*tree.children, ScriptTree(first, first)))
    children = tuple(with_script(child, rest, script) if child.name == first else child for child in tree.children)
    return replace(tree, children=children)
