"""A place of Studio, and a project that is synced into it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roblox_double import ProjectError, ScriptTree, Universe, load_place, load_project, synced
from roblox_double.project.model_file import ModelWarning, write_model
from support.repository import Repository, write

PLACE = (
    ScriptTree(
        "Workspace",
        "Workspace",
        children=(
            ScriptTree("Arena", "Model", children=(ScriptTree("Floor", "Part"),)),
            ScriptTree("Link", "ObjectValue", properties={"Value": {"Ref": "store"}}),
        ),
    ),
    ScriptTree(
        "ReplicatedStorage",
        "ReplicatedStorage",
        children=(
            ScriptTree(
                "Shared",
                "Folder",
                children=(ScriptTree("Old", "ModuleScript", "return 'old'"), ScriptTree("Deep", "Folder")),
                attributes={"made": "in Studio", "both": 1},
                tags=("a",),
                ids=("store",),
            ),
            ScriptTree("Beside", "Folder"),
        ),
    ),
)
FILES = {
    "default.project.json": json.dumps(
        {
            "name": "Game",
            "tree": {
                "$className": "DataModel",
                "ReplicatedStorage": {
                    "Shared": {"$path": "shared", "$attributes": {"both": 2}},
                    "Beside": {"$className": "Configuration"},
                },
                "ServerScriptService": {"Main": {"$path": "main.server.luau"}},
            },
        }
    ),
    "shared/New.luau": "return 'new'",
    "main.server.luau": "print('started', workspace.Arena.Floor.ClassName)",
}


def put(folder: Path) -> Path:
    write_model(PLACE, folder / "game.rbxl")
    for name, text in FILES.items():
        write(folder / name, text)
    return folder / "game.rbxl"


def names(tree: ScriptTree) -> dict[str, object]:
    return {f"{child.class_name} {child.name}": names(child) for child in tree.children}


def test_a_project_is_synced_into_a_place(tmp_path: Path) -> None:
    game = synced(load_place(put(tmp_path)), load_project(tmp_path))
    assert names(game) == {
        "Workspace Workspace": {"Model Arena": {"Part Floor": {}}, "ObjectValue Link": {}},
        "ReplicatedStorage ReplicatedStorage": {
            "Folder Beside": {},
            "Folder Shared": {"ModuleScript New": {}},
            "Configuration Beside": {},
        },
        "ServerScriptService ServerScriptService": {"Script Main": {}},
    }
    (shared,) = (child for child in game.children[1].children if child.name == "Shared")
    assert (shared.attributes, shared.tags) == ({"made": "in Studio", "both": 2}, ("a",))


@pytest.mark.parametrize(
    ("node", "meta", "stays"),
    [
        ({"$path": "shared"}, None, False),
        ({"$path": "shared", "$ignoreUnknownInstances": True}, None, True),
        ({"$path": "shared"}, True, True),
        ({"$path": "shared", "$ignoreUnknownInstances": False}, True, False),
        ({"$className": "Folder"}, None, True),
        ({"$className": "Folder", "$ignoreUnknownInstances": False}, None, False),
    ],
)
def test_the_project_says_what_else_stays(
    tmp_path: Path, node: dict[str, object], meta: bool | None, stays: bool
) -> None:
    place = load_place(put(tmp_path))
    tree = {"$className": "DataModel", "ReplicatedStorage": {"Shared": node}}
    write(tmp_path / "default.project.json", json.dumps({"name": "Game", "tree": tree}))
    if meta is not None:
        write(tmp_path / "shared/init.meta.json", json.dumps({"ignoreUnknownInstances": meta}))
    shared = synced(place, load_project(tmp_path)).children[1].children[1]
    assert [child.name for child in shared.children if child.name in ("Old", "Deep")] == ["Old", "Deep"] * stays


def test_it_runs_and_what_refers_to_each_other_still_does(tmp_path: Path) -> None:
    with Universe() as universe:
        server = universe.server()
        server.mount_game(synced(load_place(put(tmp_path)), load_project(tmp_path)))
        assert server.run("return workspace.Link.Value:GetFullName()") == ["ReplicatedStorage.Shared"]
        assert [line.text for line in server.output] == ["started Part"]


def test_only_place_files_are_places(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"game\.rbxm: a place file ends in \.rbxl or \.rbxlx"):
        load_place(tmp_path / "game.rbxm")


STUDIO = """<roblox version="4">
<Item class="Workspace" referent="1"><Properties><string name="Name">Workspace</string></Properties>
<Item class="MeshPart" referent="2"><Properties><string name="Name">Old</string>
<Content name="MeshId"><url>rbxassetid://7</url></Content></Properties></Item>
<Item class="NoSuchThing" referent="3"><Properties><string name="Name">Gone</string></Properties></Item></Item>
<Item class="NonReplicatedCSGDictionaryService" referent="4"><Properties/></Item>
<Item class="Players" referent="5"><Properties><int name="MaxPlayersInternal">30</int>
<BinaryString name="AttributesSerialize">AgAAAAoAAABSQlhTdHVkaW9YAwEBAAAAYQMB</BinaryString>
</Properties></Item></roblox>"""


def test_a_place_as_studio_saves_it_starts(tmp_path: Path) -> None:
    write(tmp_path / "game.rbxlx", STUDIO)
    with pytest.warns(ModelWarning, match=r"left out, as this version does not know it: NoSuchThing$"):
        place = load_place(tmp_path / "game.rbxlx")
    with Universe() as universe:
        server = universe.server()
        server.mount_game(place)
        source = "local old, players = workspace.Old, game.Players\nreturn old.MeshId, players.MaxPlayers"
        assert server.run(source + ", players:GetAttributes()") == ["rbxassetid://7", 30, {"a": True}]
        assert server.run("return workspace:FindFirstChild('Gone')") == [None]


TESTS = """
def test_it(roblox):
    source = "return workspace:FindFirstChild('Arena') ~= nil, #game.ReplicatedStorage.Shared:GetChildren()"
    assert roblox.server.run(source) == {}
"""


def test_the_ini_option_names_the_place(repository: Repository) -> None:
    put(repository.path)
    repository.write("pytest.ini", "[pytest]\nroblox_place = game.rbxl\n")
    repository.write("test_both.py", TESTS.format("[True, 1]"))
    repository.write(
        "here.spec.luau",
        "return function(test)\n\ttest.it('runs', function()\n\t\tassert(workspace.Arena)\n\tend)\nend",
    )
    repository.run().assert_outcomes(passed=2)
    (repository.path / "default.project.json").unlink()
    repository.write("test_both.py", TESTS.format("[True, 2]"))
    repository.run().assert_outcomes(passed=2)


def test_the_marker_names_the_place(repository: Repository) -> None:
    put(repository.path)
    repository.write(
        "test_both.py", "import pytest\n@pytest.mark.roblox(place='game.rbxl')" + TESTS.format("[True, 1]")
    )
    repository.run().assert_outcomes(passed=1)
    (repository.path / "game.rbxl").unlink()
    result = repository.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*game.rbxl: *No such file*"])
