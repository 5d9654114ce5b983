"""What Rojo makes of the corners of its format, as a table that Rojo itself is held against where it is installed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from roblox_double import LuauError, Peer, ProjectError, ScriptTree, load_project
from support.repository import write
from support.tools import tool

SRC = {"$path": "src"}
LIB = {"Lib": {"$path": "lib"}}
INNER = '{"name": "Lib", "tree": {"$path": "src"}}'


def project(service: object, **more: object) -> str:
    return json.dumps({"name": "G", **more, "tree": {"$className": "DataModel", "ServerScriptService": service}})


def inner(**more: object) -> str:
    return json.dumps({"name": "Lib", **more, "tree": {"$path": "src"}})


def ignoring(*patterns: str) -> str:
    return project(SRC, globIgnorePaths=patterns)


type Files = dict[str, str | bytes]

# The files of a project, and what is built: None for nothing at all, since Rojo refuses it.
CASES: dict[str, tuple[Files, list[str] | None]] = {
    # Who heeds what of an outer project.
    "globs count from the folder of their project": (
        {
            "default.project.json": project(LIB, globIgnorePaths=["lib/src/*.draft.luau", "src/b.luau"]),
            "lib/default.project.json": inner(globIgnorePaths=["src/c.luau", "lib/src/b.luau"]),
            "lib/src/a.draft.luau": "",
            "lib/src/b.luau": "",
            "lib/src/c.luau": "",
        },
        ["Folder Lib", "ModuleScript Lib.b"],
    ),
    "an inner project takes back what the outer one leaves out": (
        {
            "default.project.json": project(LIB, globIgnorePaths=["**/*.spec.luau"]),
            "lib/default.project.json": inner(globIgnorePaths=["!**/keep.spec.luau"]),
            "lib/src/keep.spec.luau": "",
            "lib/src/a.spec.luau": "",
        },
        ["Folder Lib", "ModuleScript Lib.keep.spec"],
    ),
    "what else an outer project says is not inherited": (
        {
            "default.project.json": project(
                LIB, emitLegacyScripts=False, syncRules=[{"pattern": "*.note", "use": "text", "suffix": ".note"}]
            ),
            "lib/default.project.json": INNER,
            "lib/src/Ui.client.luau": "",
            "lib/src/a.note": "",
        },
        ["Folder Lib", "LocalScript Lib.Ui"],
    ),
    "an inner project has its own": (
        {
            "default.project.json": project(LIB),
            "lib/default.project.json": inner(
                emitLegacyScripts=False, syncRules=[{"pattern": "src/*.note", "use": "text", "suffix": ".note"}]
            ),
            "lib/src/Ui.client.luau": "",
            "lib/src/a.note": "",
        },
        ["Folder Lib", "Script Lib.Ui", "StringValue Lib.a"],
    ),
    # Globs.
    "the last pattern that applies decides": (
        {
            "default.project.json": ignoring("!src/a.x.luau", "**/*.x.luau", "!**/[bc].x.luau", "src/c.*"),
            "src/a.x.luau": "",
            "src/b.x.luau": "",
            "src/c.x.luau": "",
            "src/d.luau": "",
        },
        ["ModuleScript b.x", "ModuleScript d"],
    ),
    "a file of a folder is taken back, unless the folder itself is left out": (
        {
            "default.project.json": ignoring("src/a/**", "!src/a/keep.luau", "src/b", "!src/b/keep.luau"),
            **{f"src/{folder}/{name}.luau": "" for folder in "ab" for name in ("keep", "drop")},
        },
        ["Folder a", "ModuleScript a.keep"],
    ),
    "marks in globs": (
        {
            "default.project.json": ignoring(
                "src/?.luau",
                "src/[xy]z.luau",
                "src/[!q]w.luau",
                "src/{k,{l,m}n}.luau",
                "src/\\!o.luau",
                "src/*.far.luau",
            ),
            **{
                f"src/{name}.luau": ""
                for name in ("a", "Á", "ab", "xz", "qw", "rw", "kk", "ln", "!o", "in/b.far", "{k}")
            },
        },
        ["Folder in", "ModuleScript ab", "ModuleScript kk", "ModuleScript qw", "ModuleScript {k}", "ModuleScript Á"],
    ),
    "two stars": (
        {
            "default.project.json": ignoring("src/**/t/*.luau", "**/u", "src/v/**"),
            **{f"src/{name}.luau": "" for name in ("t/a", "d/t/a", "d/a", "u/a", "d/u/a", "v/a")},
        },
        ["Folder d", "Folder d.t", "Folder t", "Folder v", "ModuleScript d.a"],
    ),
    **{
        f"no glob: {pattern}": ({"default.project.json": ignoring(pattern), "src/a.luau": ""}, None)
        for pattern in ("src/[a.luau", "src/{a.luau", "src/a}.luau", "src\\")
    },
    # Names.
    "a node of the project and a file of its name are two": (
        {
            "default.project.json": project(SRC | {"Config": {"$className": "Folder"}, "a": {"$path": "other/a.luau"}}),
            "src/Config/inner.luau": "",
            "src/a.luau": "",
            "other/a.luau": "",
        },
        ["Folder Config", "Folder Config", "ModuleScript Config.inner", "ModuleScript a", "ModuleScript a"],
    ),
    "a name that is only an ending": (
        {"default.project.json": project(SRC), "src/.luau": "", "src/server.luau": "", "src/a.b.luau": ""},
        ["ModuleScript .luau", "ModuleScript a.b", "ModuleScript server"],
    ),
    # What makes a folder.
    "init.csv makes a LocalizationTable": (
        {"default.project.json": project(SRC), "src/Loc/init.csv": "Key,Source\n", "src/Loc/child.luau": ""},
        ["LocalizationTable Loc", "ModuleScript Loc.child"],
    ),
    "code comes before a table, and no init file is a child": (
        {
            "default.project.json": project(SRC),
            **{f"src/A/init.{end}": "" for end in ("csv", "luau", "lua", "server.luau")},
            **{f"src/B/init.{end}": "" for end in ("client.luau", "server.luau", "plugin.lua")},
            **{f"src/C/init.{end}": "" for end in ("plugin.luau", "client.lua")},
        },
        ["LocalScript C", "ModuleScript A", "Script B"],
    ),
    "no pattern leaves out an init file": (
        {"default.project.json": ignoring("**/init.luau"), "src/A/init.luau": "", "src/A/b.luau": ""},
        ["ModuleScript A", "ModuleScript A.b"],
    ),
    "other files named init are children": (
        {
            "default.project.json": project(SRC),
            "src/A/init.txt": "",
            "src/A/init.model.json": '{"className": "Configuration"}',
        },
        ["Configuration A.init", "Folder A", "StringValue A.init"],
    ),
    "a folder is no init file": ({"default.project.json": project(SRC), "src/A/init.luau/b.luau": ""}, None),
    # Empty files, and files of another kind than they say.
    "an empty model is left out": (
        {"default.project.json": project(SRC), "src/a.model.json": "", "src/b.model.jsonc": " \n", "src/c.luau": ""},
        ["ModuleScript c"],
    ),
    **{
        f"refused: {name} {text!r}": ({"default.project.json": project(SRC), f"src/{name}": text}, None)
        for name, text in (
            ("a.json", ""),
            ("a.json", "[NaN]"),
            ("a.yaml", ""),
            ("a.yaml", "# nothing"),
            ("a.yml", "a: 1\n---\nb: 2"),
            ("a.yml", "a: 1\na: 2"),
            ("a.yml", "~: 1"),
            ("a.yml", "&x [*x]"),
            ("a.yml", "9007199254740993"),
            ("a.yml", "!!bool yes"),
            ("a.luau", b"return '\xe9'"),
            ("a.txt", b"\xe9"),
            ("a.model.json", '{"children": []}'),
            ("a.model.json", "[]"),
            ("a.model.json", '{"className": "Folder", "children": [5]}'),
            ("a.model.json", '{"className": "Folder", "children": 5}'),
            ("a.model.json", '{"className": "Folder", "properties": []}'),
            ("a.project.json", '{"name": "a"}'),
            ("a.project.json", "{"),
        )
    },
    # Fields.
    "a file's meta does not change its class, a folder's does": (
        {
            "default.project.json": project(SRC),
            "src/a.luau": "",
            "src/a.meta.json": '{"className": "Script"}',
            "src/d/init.meta.json": '{"className": "Configuration"}',
        },
        ["Configuration d", "ModuleScript a"],
    ),
    **{
        f"refused: {text}": ({"default.project.json": text, "src/b.luau": "", "b.luau": ""}, None)
        for text in (
            project(SRC, foo=1),
            project(SRC, globIgnorePaths="x"),
            project(SRC, globIgnorePaths=[5]),
            project(SRC, emitLegacyScripts="x"),
            project(SRC, syncRules=[5]),
            project(SRC, syncRules=[{"pattern": "*"}]),
            project({"A": {"$className": "Folder", "$foo": 1}}),
            project({"A": 5}),
            project({"A": {"$path": 5}}),
            project({"A": {"$path": {"optional": 5}}}),
            project({"A": {"$className": 5}}),
            project({"A": {"$className": "Folder", "$properties": []}}),
            project({"A": {"$className": "Folder", "$path": "b.luau"}}),
            project({"A": {"$className": "ModuleScript", "$path": "b.luau"}}),
            '{"name": 5, "tree": {"$className": "Folder"}}',
        )
    },
}

# What a word of YAML is in Luau.
WORDS: dict[str, object] = {
    **{word: word for word in ("no", "off", "On", "yes", "y", "N", "Null", "NULL", "tRue", "=", "<<", "3:45", "1:2:3")},
    **{word: word for word in ("1_000", "0b11", "-0x1F", "+0x10", "0o8", "0x", "2020-01-02", "1.5.2", "12e", "NaN")},
    **{word: word for word in ("inf", "nan", "Infinity", "0xFFFFFFFFFFFFFFFF", "١٢")},
    **dict.fromkeys(("true", "True", "TRUE", "!!bool true"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "~", "!!null ~"), None),
    "0123": 123,
    "0o17": 15,
    "0x1F": 31,
    "0x-1F": -31,
    "+5": 5,
    "+-5": -5,
    "1e3": 1000,
    "1E+3": 1000,
    "-.5": -0.5,
    "1.": 1,
    "1e400": float("inf"),
    "-.INF": float("-inf"),
    "18446744073709551616": 2.0**64,
    "9007199254740992": 2**53,
    "! 5": "5",
    "!mine 5": "5",
    "!!str 5": "5",
    '!!int "5"': "5",
    "!!int +5": 5,
    "!!float 5": 5,
    "!!binary aGk=": "aGk=",
    '"no"': "no",
    "[no, {on: 1}]": ["no", {"on": 1}],
    '{"a":1}': {"a": 1},
    "{<<: {a: 1}}": {"<<": {"a": 1}},
    "a\u2028b\x85c": "a\u2028b\x85c",
}
YAML = "\n".join(
    [
        *(f"k{number}: {word}" for number, word in enumerate(WORDS)),
        "base: &base {p: 1}\nagain: *base\n1: one\n1.5: more\nlast: 0\n",
    ]
)


def put(folder: Path, files: Files) -> Path:
    for name, text in files.items():
        if isinstance(text, str):
            write(folder / name, text)
        else:
            write(folder / name, "")
            (folder / name).write_bytes(text)
    return folder


def names(tree: ScriptTree, prefix: str = "") -> Iterator[str]:
    for child in tree.children:
        yield f"{child.class_name} {prefix}{child.name}"
        yield from names(child, f"{prefix}{child.name}.")


def rojos(item: ElementTree.Element, prefix: str = "") -> Iterator[str]:
    for child in item.findall("Item"):
        name = child.findtext("Properties/string[@name='Name']")
        yield f"{child.get('class')} {prefix}{name}"
        yield from rojos(child, f"{prefix}{name}.")


def build(folder: Path) -> ElementTree.Element | None:
    """Return the service that Rojo builds, or None if it refuses."""
    built = folder.with_suffix(".rbxlx")
    run = subprocess.run([tool("rojo"), "build", "-o", str(built), str(folder)], capture_output=True, check=False)
    return ElementTree.parse(built).getroot().find("Item") if run.returncode == 0 else None


@pytest.mark.parametrize("case", list(CASES))
def test_a_project_is_what_rojo_makes_of_it(tmp_path: Path, case: str) -> None:
    files, expected = CASES[case]
    folder = put(tmp_path, files)
    if expected is None:
        with pytest.raises(ProjectError, match=re.escape(str(folder))):
            load_project(folder)
    else:
        assert sorted(names(load_project(folder).children[0])) == expected


@pytest.mark.parametrize("case", list(CASES))
def test_rojo_makes_the_same(tmp_path: Path, case: str) -> None:
    files, expected = CASES[case]
    built = build(put(tmp_path, files))
    assert (None if built is None else sorted(rojos(built))) == expected


def test_yaml_is_read_as_its_version_1_2(tmp_path: Path, server: Peer) -> None:
    put(tmp_path, {"default.project.json": project(SRC), "src/words.yaml": YAML})
    (tree,) = load_project(tmp_path).children[0].children
    (found,) = server.run(str(tree.source))
    assert isinstance(found, dict)
    for number, (word, value) in enumerate(WORDS.items()):
        assert found.get(f"k{number}") == value, word
    assert (found["again"], found[1], found[1.5]) == ({"p": 1}, "one", "more")
    put(tmp_path, {"src/words.yaml": "true: a\n1: b\n"})
    (tree,) = load_project(tmp_path).children[0].children
    assert server.run(f"local all = (function() {tree.source} end)() return all[true], all[1]") == ["a", "b"]


def test_rojo_reads_the_same_yaml(tmp_path: Path, server: Peer) -> None:
    put(tmp_path, {"default.project.json": project(SRC), "src/words.yaml": YAML})
    ours = load_project(tmp_path).children[0].children[0].source
    built = build(tmp_path)
    assert built is not None
    theirs = built.findtext("Item/Properties/*[@name='Source']")
    assert server.run(str(ours)) == server.run(str(theirs))


@pytest.mark.thorough
def test_deep_or_long_data_is_a_problem_of_the_file(tmp_path: Path) -> None:
    for name in ("a.json", "a.yaml"):
        folder = tmp_path / name
        put(folder, {"default.project.json": project(SRC), f"src/{name}": "[" * 100_000 + "]" * 100_000})
        with pytest.raises(ProjectError, match=f"{name}: "):
            load_project(folder)


def test_numbers_of_any_length_are_read(tmp_path: Path, server: Peer) -> None:
    put(tmp_path, {"default.project.json": project(SRC), "src/a.json": "9" * 300, "src/b.yaml": "9" * 5000})
    long, longer = (server.run(str(child.source)) for child in load_project(tmp_path).children[0].children)
    assert (long, longer) == ([1e300], [float("inf")])


@pytest.mark.parametrize(
    ("node", "problem"),
    [
        ({"$attributes": {"spot": {"Vector3": [1]}}}, "spot of A: what the file has is no Vector3"),
        ({"$attributes": {"spot": {"CFrame": {}}}}, "spot of A: what the file has is no CFrame"),
        ({"$attributes": {"spot": {"Region3": {}}}}, "spot of A: not modelled: Region3"),
        ({"$attributes": {"spot": [1, 2]}}, "spot of A: table is not a supported attribute type"),
        ({"$attributes": {"spot": {"Color3": [1]}}}, "spot of A: what the file has is no Color3"),
        ({"$attributes": {"spot": {"UDim2": 5}}}, "spot of A: what the file has is no UDim2"),
        (
            {"$className": "Sound", "$properties": {"Volume": {"Vector3": [1, 2, 3]}}},
            "Volume of A: Unable to assign property Volume. number expected, got Vector3",
        ),
        ({"$className": "Sound", "$properties": {"RollOffMode": {"Enum": 99}}}, 'RollOffMode of A: Invalid value "99"'),
    ],
)
def test_a_value_that_the_double_cannot_have_is_told_with_its_line(
    tmp_path: Path, server: Peer, node: dict[str, object], problem: str
) -> None:
    tree = {"$className": "DataModel", "ServerScriptService": {"A": {"$className": "Folder", **node}}}
    put(tmp_path, {"default.project.json": json.dumps({"name": "G", "tree": tree}, indent=1)})
    (name, *_) = problem.split()
    lines = (tmp_path / "default.project.json").read_text(encoding="utf-8").splitlines()
    place = f"default.project.json:{next(at for at, line in enumerate(lines, 1) if f'"{name}"' in line)}: "
    with pytest.raises(LuauError, match=re.escape(place + problem)):
        server.mount_game(load_project(tmp_path))
    assert server.run("return 1") == [1]
