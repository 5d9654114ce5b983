"""Trees of scripts, as they lie in folders and Rojo projects, ready to be mounted in a DataModel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, cast

from audioscape_luau.engine.vm import LuauValue


@dataclass(frozen=True, slots=True)
class ScriptTree:
    """An Instance to be: its name, class, source text (scripts only), what is set on it, and what lies below it."""

    name: str
    class_name: str
    source: str | None = None
    children: tuple[ScriptTree, ...] = ()
    properties: Mapping[str, LuauValue] = field(default_factory=dict[str, LuauValue])
    attributes: Mapping[str, LuauValue] = field(default_factory=dict[str, LuauValue])
    path: Path | None = None
    """The file that the source came from."""

    def as_luau(self) -> LuauValue:
        """Return the tree as plain values for the double."""
        return {
            "name": self.name,
            "class": self.class_name,
            "source": self.source,
            "properties": dict(self.properties),
            "attributes": dict(self.attributes),
            "children": [child.as_luau() for child in self.children],
        }


class ProjectError(Exception):
    """A Rojo project that cannot be loaded; the text says which file and why."""


_SUFFIXES = (
    (".server.luau", "Script"),
    (".server.lua", "Script"),
    (".client.luau", "LocalScript"),
    (".client.lua", "LocalScript"),
    (".luau", "ModuleScript"),
    (".lua", "ModuleScript"),
)
_PROJECT = "default.project.json"


def load_folder(path: Path, name: str | None = None) -> ScriptTree:
    """Load a folder, or one script file, by Rojo's rules: `init` files, `.server` and `.client`, folders.

    Raises ProjectError for what Rojo knows and this loader does not.
    """
    return _Loader(ignored=(), root=path).node(path, name)


def load_project(path: Path) -> ScriptTree:
    """Load a Rojo project file (or the folder that holds a `default.project.json`)."""
    file = path / _PROJECT if path.is_dir() else path
    return _project(file, None)


def _project(file: Path, name: str | None) -> ScriptTree:
    try:
        project = cast(dict[str, Any], json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ProjectError(f"{file}: {error}") from None
    loader = _Loader(ignored=tuple(project.get("globIgnorePaths", ())), root=file.parent)
    return loader.described(name or project.get("name") or file.parent.name, project["tree"], file)


@dataclass(frozen=True, slots=True)
class _Loader:
    ignored: tuple[str, ...]
    root: Path

    def described(self, name: str, node: Mapping[str, Any], file: Path) -> ScriptTree:
        """Build a node of a project's `tree`."""
        base = self._base(name, node, file)
        found = base.class_name if base and base.class_name != "Folder" else _service_or_folder(name)
        class_name = node.get("$className") or found
        extra = tuple(self.described(key, child, file) for key, child in node.items() if not key.startswith("$"))
        taken = {child.name for child in extra}
        kept = tuple(child for child in base.children if child.name not in taken) if base else ()
        return ScriptTree(
            name=name,
            class_name=class_name,
            source=base.source if base else None,
            children=kept + extra,
            properties={**(base.properties if base else {}), **node.get("$properties", {})},
            attributes={**(base.attributes if base else {}), **node.get("$attributes", {})},
            path=base.path if base else None,
        )

    def _base(self, name: str, node: Mapping[str, Any], file: Path) -> ScriptTree | None:
        given = node.get("$path")
        if given is None:
            return None
        optional = isinstance(given, Mapping)
        path = file.parent / (cast(Mapping[str, str], given)["optional"] if optional else given)
        if not path.exists():
            if optional:
                return None
            raise ProjectError(f"{file}: {name} names a path that does not exist: {given}")
        return self.node(path, name)

    def node(self, path: Path, name: str | None) -> ScriptTree:
        """Build what Rojo makes of a file or folder."""
        if path.is_file():
            tree = self._file(path)
            if tree is None:
                raise ProjectError(f"{path}: no kind of file that becomes an Instance here")
            return tree if name is None else _named(tree, name)
        if (path / _PROJECT).is_file() and path != self.root:
            return _project(path / _PROJECT, name)
        return self._folder(path, name or path.name)

    def _folder(self, path: Path, name: str) -> ScriptTree:
        entries = sorted(entry for entry in path.iterdir() if not self._is_ignored(entry))
        init = [(entry, kind) for entry in entries for kind in [_init_class(entry)] if kind]
        if len(init) > 1:
            raise ProjectError(f"{path}: more than one init file: {', '.join(file.name for file, _ in init)}")
        children: list[ScriptTree] = []
        for entry in entries:
            if _init_class(entry) is None:
                child = self.node(entry, None) if entry.is_dir() else self._file(entry)
                if child is not None:
                    children.append(child)
        source, class_name, file = None, "Folder", None
        if init:
            file, class_name = init[0][0], init[0][1]
            source = file.read_text(encoding="utf-8")
        return ScriptTree(name, class_name, source, tuple(children), path=file)

    def _file(self, path: Path) -> ScriptTree | None:
        for suffix, class_name in _SUFFIXES:
            if path.name.endswith(suffix):
                source = path.read_text(encoding="utf-8")
                return ScriptTree(path.name.removesuffix(suffix), class_name, source, path=path)
        if path.suffix == ".txt":
            text = path.read_text(encoding="utf-8")
            return ScriptTree(path.stem, "StringValue", properties={"Value": text}, path=path)
        if path.name.endswith(
            (".model.json", ".meta.json", ".rbxm", ".rbxmx", ".json", ".toml", ".yaml", ".yml", ".csv")
        ):
            raise ProjectError(f"{path}: this kind of file is not supported")
        return None

    def _is_ignored(self, path: Path) -> bool:
        relative = path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()
        return any(
            fnmatch(relative, pattern) or (pattern.startswith("**/") and fnmatch(relative, pattern[3:]))
            for pattern in self.ignored
        )


def _named(tree: ScriptTree, name: str) -> ScriptTree:
    return ScriptTree(name, tree.class_name, tree.source, tree.children, tree.properties, tree.attributes, tree.path)


def _init_class(path: Path) -> str | None:
    for suffix, class_name in _SUFFIXES:
        if path.name == f"init{suffix}":
            return class_name
    return None


def _service_or_folder(name: str) -> str:
    return name if name.endswith(("Service", "Storage")) or name in _SERVICES else "Folder"


_SERVICES = frozenset(
    {
        "Lighting",
        "Players",
        "ReplicatedFirst",
        "StarterCharacterScripts",
        "StarterGui",
        "StarterPack",
        "StarterPlayer",
        "StarterPlayerScripts",
        "Workspace",
    }
)
