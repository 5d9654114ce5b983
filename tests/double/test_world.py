"""The world of a game: empty, or with parts that are there by name alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roblox_double import LuauError, Universe, load_project


@pytest.mark.fact("world.raycast")
@pytest.mark.parametrize("params", ["", ", nil", ", RaycastParams.new()"])
def test_a_ray_through_a_world_without_parts_hits_nothing(universe: Universe, params: str) -> None:
    source = (
        f"Instance.new('Folder', workspace) return workspace:Raycast(Vector3.zero, Vector3.one * 100{params}) == nil"
    )
    assert universe.server().run(source) == [True]
    assert universe.client().run(source, parent="ReplicatedStorage") == [True]


@pytest.mark.fact("world.raycast")
@pytest.mark.parametrize("name", ["Part", "MeshPart", "SpawnLocation", "Terrain"])
def test_what_a_ray_hits_among_parts_is_not_modelled(universe: Universe, tmp_path: Path, name: str) -> None:
    tree = {"$className": "DataModel", "Workspace": {"Room": {"$className": "Folder", "Thing": {"$className": name}}}}
    file = tmp_path / "default.project.json"
    file.write_text(json.dumps({"name": "Game", "tree": tree}), encoding="utf-8")
    server = universe.server()
    server.mount_game(load_project(file))
    with pytest.raises(LuauError, match=r"not modelled: WorldRoot\.Raycast among parts"):
        server.run("return workspace:Raycast(Vector3.zero, Vector3.one)")
    assert [gap.what for gap in server.gaps] == ["WorldRoot.Raycast among parts"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "Argument 1 missing or nil"),
        ("Vector3.zero", "Argument 2 missing or nil"),
        ("1, Vector3.one", "Unable to cast number to Vector3"),
        ("Vector3.zero, Vector2.one", "Unable to cast Vector2 to Vector3"),
        ("Vector3.zero, Vector3.one, OverlapParams.new()", "Unable to cast OverlapParams to RaycastParams"),
    ],
)
def test_what_is_no_ray_is_refused(universe: Universe, arguments: str, message: str) -> None:
    with pytest.raises(LuauError, match=message):
        universe.server().run(f"workspace:Raycast({arguments})")
