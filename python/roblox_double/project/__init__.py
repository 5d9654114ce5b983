"""Trees of scripts, as they lie in folders and Rojo projects, ready to be mounted in a DataModel."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from roblox_double import double
from roblox_double.project.model_file import load_model
from roblox_double.project.place import load_place, synced
from roblox_double.project.rojo_files import (
    DESCRIBED,
    FILES,
    RULES,
    SCRIPTS,
    Rule,
    described,
    read_json,
    read_script,
    with_id,
    with_values,
)
from roblox_double.project.rojo_globs import ignores
from roblox_double.project.script_tree import ProjectError, ScriptTree

_PROJECTS = ("default.project.json", "default.project.jsonc")
_INIT = {
    f"init{kind}.{extension}": use
    for kind, use in {
        "": "moduleScript",
        ".server": "serverScript",
        ".client": "clientScript",
        ".plugin": "pluginScript",
    }.items()
    for extension in ("luau", "lua")
} | {"init.csv": "csv"}
"""What makes the folder that it lies in; the first that is there does."""
_INIT_META = ("init.meta.json", "init.meta.jsonc")
_TEXT, _OBJECT, _LIST, _FLAG, _NUMBER = (str,), (dict,), (list,), (bool,), (int, float)
_FIELDS: Mapping[str, tuple[type, ...]] = {
    "$schema": _TEXT,
    "name": _TEXT,
    "tree": _OBJECT,
    "servePort": _NUMBER,
    "serveAddress": _TEXT,
    "serveAllowedHosts": _LIST,
    "servePlaceIds": _LIST,
    "blockedPlaceIds": _LIST,
    "placeId": _NUMBER,
    "gameId": _NUMBER,
    "emitLegacyScripts": _FLAG,
    "globIgnorePaths": _LIST,
    "syncRules": _LIST,
    "syncbackRules": _OBJECT,
}
_RULE: Mapping[str, tuple[type, ...]] = {"pattern": _TEXT, "use": _TEXT, "suffix": _TEXT, "exclude": _TEXT}
"""What a project file may have."""
_USES = frozenset({*SCRIPTS, *FILES, "rbxm", "rbxmx", "project", "ignore"})
_NODE: Mapping[str, tuple[type, ...]] = {
    "$className": _TEXT,
    "$path": (str, dict),
    "$properties": _OBJECT,
    "$attributes": _OBJECT,
    "$ignoreUnknownInstances": _FLAG,
    "$id": _TEXT,
}
"""What a node of its tree may have besides children."""
_PARTS = {
    "StarterPlayer": ("StarterPlayerScripts", "StarterCharacterScripts"),
    "Workspace": ("Terrain",),
}
"""What the engine itself puts below services."""


def load_folder(path: Path | str, name: str | None = None) -> ScriptTree:
    """Load a folder, or one script file, by Rojo's rules: `init` files, `.server` and `.client`, models and the like.

    Raises ProjectError for what Rojo does not build either.
    """
    path = Path(path)
    tree = _Loader(path if path.is_dir() else path.parent).node(path)
    if tree is None:
        raise ProjectError(f"{path}: Rojo does not turn this kind of file into an Instance")
    return tree if name is None else replace(tree, name=name)


def load_project(path: Path | str) -> ScriptTree:
    """Load a Rojo project file (or the folder that holds a `default.project.json`). Raises ProjectError."""
    path = Path(path)
    file = (_project_in(path) or path / _PROJECTS[0]) if path.is_dir() else path
    try:
        tree = _project(file, None)
    except RecursionError:
        raise ProjectError(f"{file}: the project is a part of itself") from None
    if tree is None:
        raise ProjectError(f"{file}: the tree is an optional path that does not exist")
    return tree


def load_services(folder: Path) -> ScriptTree:
    """Load a folder of modules that stand in for services; see `Peer.stand_in`. Raises ProjectError."""
    if not folder.is_dir():
        raise ProjectError(f"{folder}: this folder does not exist")
    tree = load_folder(folder)
    for child in tree.children:
        if child.name not in known_services():
            raise ProjectError(f"{child.path or folder}: Roblox has no service {child.name}")
        if child.class_name != "ModuleScript":
            raise ProjectError(f"{child.path or folder}: a stub for a service must be a ModuleScript")
    return tree


class ProjectWarning(UserWarning):
    """A project has something that Rojo passes over in silence, though it is hardly meant."""


def _project_in(folder: Path) -> Path | None:
    return next((folder / name for name in _PROJECTS if (folder / name).is_file()), None)


def _project(file: Path, outer: _Loader | None) -> ScriptTree | None:
    project = read_json(file)
    if not isinstance(project.get("tree"), dict):
        raise ProjectError(f"{file}: the project has no tree")
    _check(project, _FIELDS, "a project", file)
    rules = tuple(_rule(raw, file) for raw in project.get("syncRules") or ())
    globs = tuple((file.parent, pattern) for pattern in project.get("globIgnorePaths") or ())
    try:
        for pattern in [pattern for _, pattern in globs] + [rule.pattern for rule in rules]:
            ignores("", pattern)
    except (TypeError, AttributeError):
        raise ProjectError(f"{file}: globIgnorePaths must be strings") from None
    except ValueError as error:
        raise ProjectError(f"{file}: {error}") from None
    # A project within another heeds what that one leaves out, and nothing else of it.
    loader = _Loader(
        root=file.parent,
        ignored=(outer.ignored if outer else ()) + globs,
        rules=rules + RULES,
        legacy=project.get("emitLegacyScripts") is not False,
    )
    stem = file.name.removesuffix("c").removesuffix(".project.json")
    name = project.get("name") or (file.parent.name if stem == "default" else stem)
    return loader.described(name, project["tree"], file, None)


def _rule(raw: Any, file: Path) -> Rule:
    if not isinstance(raw, dict) or not {"pattern", "use"} <= raw.keys():
        raise ProjectError(f"{file}: every entry of syncRules needs both pattern and use")
    given = {key: value for key, value in cast("dict[str, Any]", raw).items() if key in _RULE and value is not None}
    _check(given, _RULE, "one of the syncRules", file)
    if given["use"] not in _USES:
        raise ProjectError(f"{file}: {given['use']} is nothing that one of the syncRules can use")
    return Rule(**{"suffix": "", **given})


@dataclass(frozen=True, slots=True)
class _Loader:
    root: Path
    ignored: tuple[tuple[Path, str], ...] = ()
    """Patterns, each with the folder from which it counts; the last that applies decides."""
    rules: tuple[Rule, ...] = RULES
    legacy: bool = True

    # The nodes of a project

    def described(self, name: str, node: Mapping[str, Any], file: Path, parent: str | None) -> ScriptTree | None:
        """Build a node of a project's `tree`, below an Instance of the class `parent`; None if it is not to be."""
        _check({key: node[key] for key in node if key.startswith("$")}, _NODE, name, file)
        base, missing = self._base(name, node, file)
        class_name: str | None = node.get("$className")
        if class_name is None:
            found = base.class_name if base else None
            class_name = _class_by_name(name, parent) if found in (None, "Folder") else None
            class_name = class_name or found
        if class_name is None:
            if missing:
                raise ProjectError(missing)
            if "$path" in node:
                return None
            raise ProjectError(f"{file}: {name} has neither $className nor $path, and is not a service")
        if base and base.class_name != "Folder" and "$className" in node:
            raise ProjectError(f"{file}: {name} has a $className, but its $path already makes it a {base.class_name}")
        if missing:
            warnings.warn(missing, ProjectWarning, stacklevel=2)
        inner = {key: child for key, child in node.items() if not key.startswith("$")}
        for key, child in inner.items():
            if not isinstance(child, dict):
                raise ProjectError(f"{file}: {key} must be an object")
        made = (self.described(key, inner[key], file, class_name) for key in sorted(inner))
        # A file of the same name is another Instance.
        children = (base.children if base else ()) + tuple(child for child in made if child)
        others_stay = node.get("$ignoreUnknownInstances")
        if others_stay is None:
            others_stay = base.others_stay if base else True
        tree = replace(base or ScriptTree(name, class_name), name=name, children=children, others_stay=others_stay)
        tree = with_id(tree, node.get("$id"), file)
        return with_values(tree, class_name, node.get("$properties"), node.get("$attributes"), file)

    def _base(self, name: str, node: Mapping[str, Any], file: Path) -> tuple[ScriptTree | None, str | None]:
        """Build what a node's `$path` leads to, if there is anything, or say why there has to be something."""
        given = node.get("$path")
        if given is None:
            return None, None
        optional = isinstance(given, Mapping)
        named = cast("Mapping[str, Any]", given).get("optional") if optional else given
        if not isinstance(named, str):
            raise ProjectError(f"{file}: $path of {name} must be a string, or an object with a string `optional`")
        path = file.parent / named
        tree = self.node(path) if path.exists() and path.name not in _INIT else None
        if tree is not None or optional:
            return tree, None
        if path.exists():
            return None, f"{path}: Rojo does not turn this kind of file into an Instance"
        return None, f"{file}: {name} names a path that does not exist: {given}{_remedy(path)}"

    # Files and folders

    def node(self, path: Path) -> ScriptTree | None:
        """Build what Rojo makes of a file or folder, or None for what it takes no notice of."""
        if path.is_file():
            return self._file(path)
        project = _project_in(path)
        if project:
            return _project(project, self)
        return self._folder(path)

    def _folder(self, path: Path) -> ScriptTree:
        entries = sorted(entry for entry in path.iterdir() if not self._is_ignored(entry))
        tree = ScriptTree(path.name, "Folder")
        # What makes the folder is not left out by any pattern.
        init = next((name for name in _INIT if (path / name).exists()), None)
        if init:
            made = self._read(path / init, _INIT[init], path.name)
            tree = replace(made, name=path.name) if made else tree
        for name in _INIT_META:
            if (path / name).is_file():
                tree = described(tree, read_json(path / name), path / name)
        special = set(_INIT) | set(_INIT_META) | set(_PROJECTS)
        children = (self.node(entry) for entry in entries if entry.name not in special)
        return replace(tree, children=tuple(child for child in children if child))

    def _file(self, path: Path) -> ScriptTree | None:
        within = _relative(path, self.root)
        rule = next((rule for rule in self.rules if rule.applies(within)), None)
        if rule is None or rule.use == "ignore":
            return None
        if rule.use == "project":
            return _project(path, self)
        name = path.name.removesuffix(rule.suffix) if rule.suffix else path.stem
        tree = self._read(path, rule.use, name)
        return None if tree is None else replace(tree, name=name)

    def _read(self, path: Path, use: str, name: str) -> ScriptTree | None:
        if use in ("rbxm", "rbxmx"):
            return _model(path)
        if use not in SCRIPTS and use not in FILES:
            raise ProjectError(f"{path}: this kind of file is not supported")
        tree = read_script(path, use, legacy=self.legacy) if use in SCRIPTS else FILES[use](path)
        if tree is not None and (use in SCRIPTS or use in DESCRIBED):
            for meta in (path.with_name(f"{name}.meta.json"), path.with_name(f"{name}.meta.jsonc")):
                if meta.is_file():
                    # Only a folder's may name another class.
                    tree = described(tree, {**read_json(meta), "className": tree.class_name}, meta)
        return tree

    def _is_ignored(self, path: Path) -> bool:
        said = (ignores(_relative(path, folder), pattern) for folder, pattern in self.ignored if _within(path, folder))
        return next((verdict for verdict in reversed(list(said)) if verdict is not None), False)


def _within(path: Path, folder: Path) -> bool:
    # As the path is spelt: one that leaves a project's folder by `..` still counts from there.
    return path.is_relative_to(folder)


def _relative(path: Path, folder: Path) -> str:
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return path.as_posix()


def _check(given: Mapping[str, Any], known: Mapping[str, tuple[type, ...]], what: str, file: Path) -> None:
    for key, value in given.items():
        if key not in known:
            raise ProjectError(f"{file}: {what} has no {key}")
        if value is not None and not isinstance(value, known[key]):
            raise ProjectError(f"{file}: {key} of {what} cannot be {value!r}")


_MADE_BY = {
    "`wally install`": ("Packages", "ServerPackages", "DevPackages"),
    "`pesde install`": ("luau_packages", "roblox_packages", "roblox_server_packages", "lune_packages"),
    "`npm install`": ("node_modules",),
}
_BUILT = ("out", "dist", "build", "include")


def _remedy(path: Path) -> str:
    """Return what to do where something is not there that a tool makes."""
    missing = next(part for part in (*reversed(path.parents), path) if not part.exists()).name
    for command, folders in _MADE_BY.items():
        if missing in folders:
            return f". Run {command} first"
    return ". Build first: a compiler, such as that of roblox-ts, writes it" if missing in _BUILT else ""


def _model(path: Path) -> ScriptTree:
    roots = load_model(path)
    if len(roots) != 1:
        raise ProjectError(f"{path}: a model in a project must have exactly one root, got {len(roots)}")
    return roots[0]


def _class_by_name(name: str, parent: str | None) -> str | None:
    """Return the class that a node has by its name alone: services have one, and what is below them from the start."""
    if parent == "DataModel":
        return name if name in known_services() else None
    return name if name in _PARTS.get(parent or "", ()) else None


@cache
def known_services() -> frozenset[str]:
    reference = (double.source("reference/classes") or b"").decode()
    return frozenset(re.findall(r'^\t(\w+) = "\w+/\w*s', reference, re.MULTILINE))


__all__ = ["ProjectError", "ScriptTree", "load_folder", "load_place", "load_project", "load_services", "synced"]
