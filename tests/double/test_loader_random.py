"""Small projects of any make: the loader builds what Rojo builds, or refuses what it refuses."""

from __future__ import annotations

import json
import subprocess
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roblox_double import ProjectError, ScriptTree, load_project
from roblox_double.project import ProjectWarning
from roblox_double.project.model_file import load_model, write_model
from support.tools import tool

FOLDERS = ("src", "src/a", "lib", "lib/src", "src/b", "src/a/c.d", "lib/a")
STEMS = ("a", "b", "init", "c.d", "a.server", "Á", "")
MODELS = (
    "",
    '{"className": "Folder"}',
    '{"ClassName": "Part", "Properties": {"Size": [1, 2, 3], "Color": [1, 0, 0.2]}}',
    '{"ClassName": "Folder", "Children": [{"ClassName": "Folder"}, {"Name": "N", "className": "Folder"}]}',
    '{"name": "Other", "className": "Configuration", "attributes": {"x": true}, "properties": {"Tags": ["t"]}}',
    '{"className": "ObjectValue", "id": "q", "attributes": {"Rojo_Target_Value": "q", "other": 1}}',
    '{"className": "Folder", "properties": {"Attributes": {"a": {"Float64": 5}}}, "attributes": {"Rojo_Id": "w"}}',
    '{"className": "Script", "properties": {"Source": "return 1", "Enabled": false}}',
)
METAS = (
    "{}",
    '{"properties": {"Archivable": false}, "unknown": 1}',
    '{"attributes": {"m": "x", "Rojo_Id": "i"}}',
    '{"ignoreUnknownInstances": true, "properties": {"Tags": ["z"]}, "id": "w"}',
    '{"className": "Configuration"}',
    '{"className": "ObjectValue", "attributes": {"Rojo_Target_Value": "w"}}',
    '{"attributes": {"o": 1}, "properties": {"Attributes": {"p": {"Bool": true}}}}',
)
ITEM = '<Item class="{}" referent="{}"><Properties><string name="Name">Z</string>{}</Properties>{}</Item>'
HEAD = '<roblox version="4">'
PRIMARY = '<Ref name="PrimaryPart">2</Ref>'
CONTENTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (".luau", ".lua", ".server.luau", ".client.lua", ".plugin.luau", ".spec.luau"), ("", "return 1\r\nx", "-- c")
    ),
    **dict.fromkeys((".txt", ".note", ".md", ".d.ts"), ("", "text\r\nmore", "a = 1", '{"className": "Folder"}')),
    **dict.fromkeys((".json", ".jsonc"), ('{"a": [1, null]}', "[]", "5", '{"a": 1,} // c', '{"$path": "x"}')),
    **dict.fromkeys((".yaml", ".yml"), ("a: 1", "- x\n- y", "5")),
    **dict.fromkeys((".model.json", ".model.jsonc"), MODELS),
    **dict.fromkeys((".meta.json", ".meta.jsonc"), METAS),
    ".toml": ("a = 1\n", "[t]\nx = [1, 2]\n", ""),
    ".csv": (
        "",
        "Key,Source,de\nk,s,x\n",
        'Key,Source,Context,Example,en\na,b,c,d,e\n\n,,x,,\n"q""z",,,,"1\n2"\n',
        "Key,Source\na\n",
    ),
    ".rbxmx": (
        f"{HEAD}{ITEM.format('Folder', 1, '', '')}</roblox>",
        f"{HEAD}{ITEM.format('Model', 1, PRIMARY, ITEM.format('Part', 2, '', ''))}</roblox>",
        f"{HEAD}</roblox>",
    ),
}
GLOBS = (
    *("**/*.spec.luau", "*.luau", "src/**", "**/a", "**/b.*", "!**/a.luau", "!**/c.d.luau", "**/init.luau"),
    *("**/*.meta.json", "src/*/a*", "lib/**/b.txt", "**/default.project.json", "!src/**", "{src,lib}/a.*"),
    *("**/init.meta.json", "\\!a", "src/[ab].{luau,txt}", "src/?.luau"),
)
RULES = (
    {"pattern": "*.note", "use": "text", "suffix": ".note"},
    {"pattern": "*.spec.luau", "use": "ignore"},
    {"pattern": "**/b.*", "use": "text"},
    {"pattern": "src/*.luau", "use": "serverScript", "suffix": ".luau"},
    {"pattern": "*.json", "use": "text", "exclude": "**/*.meta.json"},
    {"pattern": "*.luau", "use": "clientScript", "exclude": "src/**"},
    {"pattern": "**/a*", "use": "moduleScript", "suffix": ".luau"},
    {"pattern": "*.txt", "use": "legacyServerScript"},
    {"pattern": "*.md", "use": "runContextClientScript", "suffix": ".md"},
    {"pattern": "*.txt", "use": "toml"},
    {"pattern": "*.csv", "use": "json"},
    {"pattern": "*.note", "use": "jsonModel"},
    {"pattern": "*.d.ts", "use": "yaml", "suffix": ".ts"},
    {"pattern": "*", "use": "nonsense"},
)
PATHS = (
    *("src", "lib", "src/a", "src/b", "src/init.luau", "lib/a.luau", "src/a.txt", "src/a.json", "none", "src/../lib"),
    *("lib/default.project.json", "src/a.model.json", "../x", "src/init.meta.json", "lib/a.rbxmx", "./src/b.luau"),
    *({"optional": "none"}, {"optional": "src"}),
)
PROPERTIES = ({"Archivable": False}, {"Tags": ["n"]}, {"Attributes": {"k": {"Bool": True}}})
ATTRIBUTES: tuple[dict[str, object], ...] = ({"at": 1}, {"at": {"Vector3": [1, 2, 3]}, "b": "s"}, {"Rojo_Id": "q"}, {})
SERVICES = ("ServerScriptService", "ReplicatedStorage", "Workspace", "StarterPlayer", "Lighting")
INNER = ("X", "a", "Terrain", "StarterPlayerScripts", "Workspace")


@st.composite
def nodes(draw: st.DrawFn, depth: int = 2, classes: tuple[str, ...] = ("Folder", "Model", "Part")) -> dict[str, Any]:
    paths: st.SearchStrategy[Any] = st.sampled_from(PATHS)
    kinds: list[st.SearchStrategy[Any]] = [st.fixed_dictionaries({"$path": paths})]
    if classes:
        named = st.fixed_dictionaries({"$className": st.sampled_from(classes)})
        kinds += [named, st.fixed_dictionaries({"$path": paths, "$className": st.sampled_from(classes)})]
    else:
        kinds.append(st.just({}))
    more: dict[str, st.SearchStrategy[Any]] = {
        "$properties": st.sampled_from(PROPERTIES),
        "$attributes": st.sampled_from(ATTRIBUTES),
        "$ignoreUnknownInstances": st.booleans(),
        "$id": st.just("i"),
    }
    made = {**draw(st.one_of(kinds)), **draw(st.fixed_dictionaries({}, optional=more))}
    for name in draw(st.lists(st.sampled_from(INNER), max_size=2)) if depth else ():
        made[name] = draw(nodes(depth - 1))
    return made


@st.composite
def projects(draw: st.DrawFn, *, inner: bool = True) -> str:
    if inner:
        simple = st.sampled_from([{"$path": "src"}, {"$path": "lib"}, {"$className": "Folder"}, {"$path": "a.luau"}])
        tree = draw(simple | nodes(1))
    else:
        tree: dict[str, Any] = {"$className": "DataModel"}
        for service in draw(st.lists(st.sampled_from(SERVICES), min_size=1, max_size=2, unique=True)):
            tree[service] = draw(nodes(2, ()))
    more: dict[str, st.SearchStrategy[Any]] = {
        "name": st.sampled_from(["P", "Q"]),
        "globIgnorePaths": st.lists(st.sampled_from(GLOBS), max_size=3),
        "syncRules": st.lists(st.sampled_from(RULES), max_size=3),
        "emitLegacyScripts": st.booleans(),
    }
    return json.dumps({**draw(st.fixed_dictionaries({}, optional=more)), "tree": tree})


@st.composite
def folders(draw: st.DrawFn) -> dict[str, str]:
    """The files of a game by their paths."""
    files: dict[str, str] = {}
    for folder in draw(st.lists(st.sampled_from(FOLDERS), min_size=1, max_size=7)):
        ending = draw(st.sampled_from(sorted(CONTENTS)))
        files[f"{folder}/{draw(st.sampled_from(STEMS)) + ending}"] = draw(st.sampled_from(CONTENTS[ending]))
    for folder in draw(st.lists(st.sampled_from(FOLDERS), max_size=2)):
        files[f"{folder}/{draw(st.sampled_from(['default', 'a']))}.project.json"] = draw(projects())
    return {**files, "src/k.luau": "", "default.project.json": draw(projects(inner=False))}


def put(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")


def paths_of(tree: ScriptTree, path: str = "") -> dict[str, str]:
    """Which Instance each name for references is."""
    inner = [paths_of(child, f"{path}.{child.name}") for child in tree.children]
    return dict.fromkeys(tree.ids, path) | {name: at for each in inner for name, at in each.items()}


def shape(tree: ScriptTree, paths: Mapping[str, str]) -> object:
    """What a tree has, in an order that all agree on. The source of a module that was data is for other tests."""
    properties: list[object] = []
    for name, value in sorted(tree.properties.items()):
        target = cast("Mapping[str, str]", value).get("Ref") if isinstance(value, Mapping) else None
        properties.append((name, paths.get(target) if target else value))
    source = tree.source
    if source and source.startswith(("return {", "return\t", "return 5")):
        source = "data"
    children = sorted((shape(child, paths) for child in tree.children), key=repr)
    return tree.name, tree.class_name, source, properties, sorted(tree.attributes.items()), sorted(tree.tags), children


@pytest.mark.thorough
@settings(max_examples=100)
@given(files=folders())
def test_it_is_what_rojo_makes_of_it(tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]) -> None:
    folder: Path = tmp_path_factory.mktemp("game")
    put(folder, files)
    built, ours = folder.with_suffix(".rbxm"), folder.with_suffix(".ours.rbxm")
    run = subprocess.run([tool("rojo"), "build", "-o", built, folder], capture_output=True, check=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProjectWarning)
        if run.returncode:
            with pytest.raises(ProjectError):
                load_project(folder)
            return
        write_model([load_project(folder)], ours)
    (expected,), (found,) = load_model(built), load_model(ours)
    assert shape(found, paths_of(found)) == shape(expected, paths_of(expected))
