"""Folders and Rojo projects as trees of scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roblox_double import (
    LuauError,
    Peer,
    ProjectError,
    ScriptTree,
    Universe,
    load_folder,
    load_project,
    load_services,
)
from roblox_double.project import ProjectWarning


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def outline(tree: ScriptTree) -> dict[str, object]:
    return {
        f"{tree.name}: {tree.class_name}": {
            key: value for child in tree.children for key, value in outline(child).items()
        }
    }


def test_a_folder_by_rojos_rules(tmp_path: Path) -> None:
    root = write(
        tmp_path / "Lib",
        {
            "init.luau": "return 1",
            "a.luau": "return 'a'",
            "b.lua": "return 'b'",
            "run.server.luau": "",
            "run.client.lua": "",
            "note.txt": "hello",
            "README.md": "left out",
            "deep/leaf.luau": "return 2",
            "Service/init.server.luau": "print('service')",
            "Service/part.luau": "return 3",
        },
    )
    tree = load_folder(root)
    assert outline(tree) == {
        "Lib: ModuleScript": {
            "Service: Script": {"part: ModuleScript": {}},
            "a: ModuleScript": {},
            "b: ModuleScript": {},
            "deep: Folder": {"leaf: ModuleScript": {}},
            "note: StringValue": {},
            "run: LocalScript": {},
            "run: Script": {},
        }
    }
    assert (tree.source, tree.path) == ("return 1", root / "init.luau")
    assert next(child for child in tree.children if child.name == "note").properties == {"Value": "hello"}
    assert load_folder(root, "Other").name == "Other"
    assert load_folder(root / "a.luau", "Renamed") == ScriptTree(
        "Renamed", "ModuleScript", "return 'a'", path=root / "a.luau"
    )


def test_a_project(tmp_path: Path, server: Peer) -> None:
    project = {
        "name": "Game",
        "globIgnorePaths": ["**/*.spec.luau"],
        "tree": {
            "$className": "DataModel",
            "ServerScriptService": {"Server": {"$path": "src/server", "Extra": {"$path": "src/extra.luau"}}},
            "ReplicatedStorage": {
                "Shared": {"$path": "src/shared"},
                "Missing": {"$path": {"optional": "nowhere"}},
                "Label": {"$className": "StringValue", "$properties": {"Value": "v"}, "$attributes": {"n": 2}},
                "Library": {"$path": "lib"},
            },
        },
    }
    write(
        tmp_path,
        {
            "default.project.json": json.dumps(project),
            "src/server/main.server.luau": "print(require(script.Parent.Extra), game.ReplicatedStorage.Label.Value)",
            "src/extra.luau": """
                local shared = "@game/ReplicatedStorage/"
                return require(shared .. "Shared/util") .. require(shared .. "Library")
            """,
            "src/shared/util.luau": "return 'util '",
            "src/shared/util.spec.luau": "error('a test')",
            "lib/default.project.json": json.dumps({"name": "ignored", "tree": {"$path": "code"}}),
            "lib/code/init.luau": "return 'library'",
            "lib/other.luau": "",
        },
    )
    tree = load_project(tmp_path)
    assert tree == load_project(tmp_path / "default.project.json")
    assert outline(tree) == {
        "Game: DataModel": {
            "ServerScriptService: ServerScriptService": {
                "Server: Folder": {"main: Script": {}, "Extra: ModuleScript": {}}
            },
            "ReplicatedStorage: ReplicatedStorage": {
                "Shared: Folder": {"util: ModuleScript": {}},
                "Label: StringValue": {},
                "Library: ModuleScript": {},
            },
        }
    }
    server.mount_game(tree)
    assert [line.text for line in server.output] == ["util library v"]
    assert server.run("return game.ReplicatedStorage.Label:GetAttribute('n')") == [2]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {
                "p/default.project.json": '{"tree": {"$path": "s"}, "syncRules": [{"pattern": "*", "use": "rbxl"}]}',
                "p/s/x.rbxl": "",
            },
            "rbxl is nothing that one of the syncRules can use",
        ),
        ({"p/thing.model.json": "{}"}, "has no className"),
        ({"p/thing.model.json": '{"Children": 1'}, "thing.model.json"),
        ({"p/data.json": "{"}, "data.json"),
        ({"p/data.yaml": "{"}, "data.yaml"),
        ({"p/data.toml": "{"}, "data.toml"),
        ({"p/init.luau": "", "p/init.meta.json": '{"className": "Folder"}'}, "only a folder"),
        ({"p/init.meta.json": "[]"}, "expected a JSON object"),
        ({"p/init.meta.json": '{"properties": {"Name": null}}'}, "init.meta.json: Name: null"),
        ({"p/init.meta.json": '{"attributes": {"x": {"a": 1, "b": 2}}}'}, "x: a value must be"),
        ({"p/default.project.json": "{}"}, "no tree"),
        ({"p/default.project.json": '{"tree": {"$className": "DataModel", "Lost": {}}}'}, "Lost has neither"),
        ({"p/default.project.json": '{"tree": {"$path": {"optional": "gone"}}}'}, "optional path"),
        ({"p/default.project.json": "{"}, "default.project.json"),
        ({"p/default.project.json": '{"tree": {"$className": "Folder", "A": {"$path": "gone"}}}'}, "does not exist"),
        ({"p/default.project.json": '{"tree": {"$path": "x.md"}}', "p/x.md": ""}, "this kind of file"),
    ],
)
def test_what_cannot_be_loaded_is_named(tmp_path: Path, files: dict[str, str], message: str) -> None:
    write(tmp_path, files)
    load = load_project if "p/default.project.json" in files else load_folder
    with pytest.raises(ProjectError, match=message):
        load(tmp_path / "p")


def test_services_and_what_they_hold_are_known_by_name(tmp_path: Path) -> None:
    project = {
        "tree": {
            "$className": "DataModel",
            "ServerScriptService": {"$path": "server"},
            "StarterPlayer": {"StarterPlayerScripts": {"$path": "client"}},
        },
    }
    files = {"default.project.json": json.dumps(project), "server/main.server.luau": "", "client/ui.client.luau": ""}
    assert outline(load_project(write(tmp_path / "Game", files))) == {
        "Game: DataModel": {
            "ServerScriptService: ServerScriptService": {"main: Script": {}},
            "StarterPlayer: StarterPlayer": {"StarterPlayerScripts: StarterPlayerScripts": {"ui: LocalScript": {}}},
        }
    }


def test_translations_are_there_by_name(tmp_path: Path, server: Peer) -> None:
    write(tmp_path, {"p/names.csv": "Key,Source,de\nhi,Hello,Hallo\n"})
    server.mount(load_folder(tmp_path / "p"), "ReplicatedStorage")
    table = "game.ReplicatedStorage.p.names"
    assert server.run(f"return {table}.ClassName") == ["LocalizationTable"]
    with pytest.raises(LuauError, match=r"not modelled: LocalizationTable\.GetEntries"):
        server.run(f"{table}:GetEntries()")


def test_a_module_stands_in_for_a_service(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "fakes/DataStoreService.luau": "local saved = require('./TextService') return { saved = saved }",
            "fakes/TextService.luau": "return { count = 0 }",
        },
    )
    get = "local service = game:GetService(...) service.saved.count += 1 return service.saved.count"
    with Universe() as universe:
        server = universe.server()
        server.stand_in(load_services(tmp_path / "fakes"))
        assert [server.run(get, "DataStoreService") for _ in range(2)] == [[1], [2]]
        assert server.run("return game:GetService('Players').ClassName") == ["Players"]
        with pytest.raises(LuauError, match=r"not modelled: GroupService\.GetGroupInfoAsync"):
            server.run("game:GetService('GroupService'):GetGroupInfoAsync(1)")
        assert server.run("return #game:GetDescendants() > 0 and game:FindFirstChild('fakes', true)") == [None]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"fakes/DatastoreService.luau": ""}, r"DatastoreService\.luau: Roblox has no service DatastoreService"),
        ({"fakes/TextService.server.luau": ""}, "must be a ModuleScript"),
        ({"other/x.luau": ""}, "fakes: this folder does not exist"),
    ],
)
def test_what_stands_in_for_nothing_is_named(tmp_path: Path, files: dict[str, str], message: str) -> None:
    write(tmp_path, files)
    with pytest.raises(ProjectError, match=message):
        load_services(tmp_path / "fakes")


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        ("Packages", "Run `wally install` first"),
        ("ServerPackages/Promise", "Run `wally install` first"),
        ("roblox_packages", "Run `pesde install` first"),
        ("node_modules/@rbxts", "Run `npm install` first"),
        ("out/server", "Build first: a compiler, such as that of roblox-ts, writes it"),
        ("src/out", "Build first: a compiler, such as that of roblox-ts, writes it"),
    ],
)
def test_a_missing_folder_says_what_makes_it(tmp_path: Path, path: str, remedy: str) -> None:
    (tmp_path / "src").mkdir()
    tree: dict[str, object] = {"$className": "DataModel", "ReplicatedStorage": {"Shared": {"$path": path}}}
    (tmp_path / "default.project.json").write_text(json.dumps({"name": "G", "tree": tree}), encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        load_project(tmp_path)
    told = f"names a path that does not exist: {path}. {remedy}"
    assert str(caught.value) == f"{tmp_path / 'default.project.json'}: Shared {told}"
    # Rojo itself builds a service all the same.
    tree["ReplicatedStorage"] = {"$path": path}
    (tmp_path / "default.project.json").write_text(json.dumps({"name": "G", "tree": tree}), encoding="utf-8")
    with pytest.warns(ProjectWarning) as warned:
        assert [child.name for child in load_project(tmp_path).children] == ["ReplicatedStorage"]
    assert str(warned[0].message) == f"{tmp_path / 'default.project.json'}: ReplicatedStorage {told}"


def test_a_folder_that_somebody_has_to_write_has_no_remedy(tmp_path: Path) -> None:
    project = {"name": "G", "tree": {"$className": "Folder", "A": {"$path": "src"}}}
    (tmp_path / "default.project.json").write_text(json.dumps(project), encoding="utf-8")
    with pytest.raises(ProjectError, match=r"A names a path that does not exist: src$"):
        load_project(tmp_path)


def test_a_project_that_is_a_part_of_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "default.project.json").write_text('{"name": "G", "tree": {"$path": "."}}', encoding="utf-8")
    with pytest.raises(ProjectError, match="the project is a part of itself"):
        load_project(tmp_path)
