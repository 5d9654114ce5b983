"""Trees of scripts, as they lie in folders and Rojo projects, ready to be mounted in a DataModel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from audioscape_luau.engine import double
from audioscape_luau.engine.model_file import load_model
from audioscape_luau.engine.rojo_files import (
    FILES,
    RULES,
    SCRIPTS,
    Rule,
    described,
    matches,
    read_json,
    read_script,
    with_values,
)
from audioscape_luau.engine.script_tree import ProjectError, ScriptTree

_PROJECTS = ("default.project.json", "default.project.jsonc")
_INIT = tuple(
    (f"init{kind}.{extension}", use)
    for kind, use in {
        ".server": "serverScript",
        ".client": "clientScript",
        ".plugin": "pluginScript",
        "": "moduleScript",
    }.items()
    for extension in ("luau", "lua")
)
_INIT_META = ("init.meta.json", "init.meta.jsonc")
_PARTS = {
    "StarterPlayer": ("StarterPlayerScripts", "StarterCharacterScripts"),
    "Workspace": ("Terrain",),
}
"""What the engine itself puts below services."""


def load_folder(path: Path, name: str | None = None) -> ScriptTree:
    """Load a folder, or one script file, by Rojo's rules: `init` files, `.server` and `.client`, models and the like.

    Raises ProjectError for what Rojo does not build either, and FileNotFoundError for a model file of Studio where Lune
    is not installed.
    """
    tree = _Loader(path if path.is_dir() else path.parent).node(path)
    if tree is None:
        raise ProjectError(f"{path}: no kind of file that becomes an Instance here")
    return tree if name is None else replace(tree, name=name)


def load_project(path: Path) -> ScriptTree:
    """Load a Rojo project file (or the folder that holds a `default.project.json`). Raises ProjectError."""
    file = (_project_in(path) or path / _PROJECTS[0]) if path.is_dir() else path
    return _project(file, None)


def load_services(folder: Path) -> ScriptTree:
    """Load a folder of modules that stand in for services; see `Peer.stand_in`. Raises ProjectError."""
    if not folder.is_dir():
        raise ProjectError(f"{folder}: there is no such folder")
    tree = load_folder(folder)
    for child in tree.children:
        if child.name not in _services():
            raise ProjectError(f"{child.path or folder}: the engine has no service {child.name}")
        if child.class_name != "ModuleScript":
            raise ProjectError(f"{child.path or folder}: what stands in for a service is a ModuleScript")
    return tree


def _project_in(folder: Path) -> Path | None:
    return next((folder / name for name in _PROJECTS if (folder / name).is_file()), None)


def _project(file: Path, outer: _Loader | None) -> ScriptTree:
    project = read_json(file)
    if not isinstance(project.get("tree"), dict):
        raise ProjectError(f"{file}: there is no tree")
    rules = tuple(
        Rule(rule["pattern"], rule["use"], rule.get("suffix", ""), rule.get("exclude"))
        for rule in project.get("syncRules", ())
    )
    loader = _Loader(
        root=file.parent,
        project=file,
        ignored=(*project.get("globIgnorePaths", ()), *(outer.ignored if outer else ())),
        rules=rules + (outer.rules if outer else RULES),
        legacy=project.get("emitLegacyScripts", outer.legacy if outer else True),
    )
    stem = file.name.removesuffix("c").removesuffix(".project.json")
    name = project.get("name") or (file.parent.name if stem == "default" else stem)
    tree = loader.described(name, project["tree"], file, None)
    if tree is None:
        raise ProjectError(f"{file}: its tree is an optional path that does not exist")
    return tree


@dataclass(frozen=True, slots=True)
class _Loader:
    root: Path
    project: Path | None = None
    ignored: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = RULES
    legacy: bool = True

    # The nodes of a project

    def described(self, name: str, node: Mapping[str, Any], file: Path, parent: str | None) -> ScriptTree | None:
        """Build a node of a project's `tree`, below an Instance of the class `parent`; None if it is not to be."""
        base = self._base(name, node, file)
        class_name: str | None = node.get("$className")
        if class_name is None:
            found = base.class_name if base else None
            class_name = _class_by_name(name, parent) if found in (None, "Folder") else None
            class_name = class_name or found
        if class_name is None:
            if "$path" in node:
                return None
            raise ProjectError(f"{file}: {name} has neither $className nor $path, and is no service")
        inner = (self.described(key, child, file, class_name) for key, child in node.items() if not key.startswith("$"))
        extra = tuple(child for child in inner if child)
        taken = {child.name for child in extra}
        kept = tuple(child for child in base.children if child.name not in taken) if base else ()
        tree = replace(base or ScriptTree(name, class_name), name=name, children=kept + extra)
        return with_values(tree, class_name, node.get("$properties"), node.get("$attributes"), file)

    def _base(self, name: str, node: Mapping[str, Any], file: Path) -> ScriptTree | None:
        given = node.get("$path")
        if given is None:
            return None
        optional = isinstance(given, Mapping)
        path = file.parent / (cast("Mapping[str, str]", given)["optional"] if optional else given)
        if not path.exists():
            if optional:
                return None
            raise ProjectError(f"{file}: {name} names a path that does not exist: {given}")
        tree = self.node(path)
        if tree is None:
            raise ProjectError(f"{path}: no kind of file that becomes an Instance here")
        return tree

    # Files and folders

    def node(self, path: Path) -> ScriptTree | None:
        """Build what Rojo makes of a file or folder, or None for what it takes no notice of."""
        if path.is_file():
            return self._file(path)
        project = _project_in(path)
        if project and project != self.project:
            return _project(project, self)
        return self._folder(path)

    def _folder(self, path: Path) -> ScriptTree:
        entries = sorted(entry for entry in path.iterdir() if not self._is_ignored(entry))
        names = {entry.name for entry in entries}
        init = [(name, use) for name, use in _INIT if name in names]
        if len(init) > 1:
            raise ProjectError(f"{path}: more than one init file: {', '.join(name for name, _ in init)}")
        tree = ScriptTree(path.name, "Folder")
        if init:
            tree = replace(read_script(path / init[0][0], init[0][1], legacy=self.legacy), name=path.name)
        for name in _INIT_META:
            if name in names:
                tree = described(tree, read_json(path / name), path / name)
        special = {name for name, _ in _INIT} | set(_INIT_META) | set(_PROJECTS)
        children = (self.node(entry) for entry in entries if entry.name not in special)
        return replace(tree, children=tuple(child for child in children if child))

    def _file(self, path: Path) -> ScriptTree | None:
        rule = next((rule for rule in self.rules if rule.applies(self._relative(path))), None)
        if rule is None or rule.use == "ignore":
            return None
        if rule.use == "project":
            return _project(path, self)
        if rule.use in SCRIPTS:
            tree = read_script(path, rule.use, legacy=self.legacy)
        elif rule.use in FILES:
            tree = FILES[rule.use](path)
        elif rule.use in ("rbxm", "rbxmx"):
            tree = _model(path)
        else:
            raise ProjectError(f"{path}: this kind of file is not supported")
        name = path.name.removesuffix(rule.suffix) if rule.suffix else path.stem
        for meta in (path.with_name(f"{name}.meta.json"), path.with_name(f"{name}.meta.jsonc")):
            if meta.is_file():
                tree = described(tree, read_json(meta), meta)
        return replace(tree, name=name)

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()

    def _is_ignored(self, path: Path) -> bool:
        return any(matches(self._relative(path), pattern) for pattern in self.ignored)


def _model(path: Path) -> ScriptTree:
    roots = load_model(path)
    if len(roots) != 1:
        raise ProjectError(f"{path}: a model in a project has one root, not {len(roots)}")
    return roots[0]


def _class_by_name(name: str, parent: str | None) -> str | None:
    """Return the class that a node has by its name alone: services have one, and what is below them from the start."""
    if parent == "DataModel":
        return name if name in _services() else None
    return name if name in _PARTS.get(parent or "", ()) else None


@cache
def _services() -> frozenset[str]:
    reference = (double.source("reference/classes") or b"").decode()
    _, _, rest = reference.partition('services = "')
    return frozenset(rest.partition('"')[0].split())


__all__ = ["ProjectError", "ScriptTree", "load_folder", "load_project", "load_services"]
