"""Model files: what Rojo built is what the folder holds, and it runs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from audioscape_luau.resources import luau_root
from roblox_double import ProjectError, ScriptTree, Universe, load_folder
from roblox_double.project.model_file import load_model
from support.tools import tool

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model that the repository's project builds."""
    tool("lune")
    out = tmp_path_factory.mktemp("model") / "AudioScapeClient.rbxm"
    subprocess.run([tool("rojo"), "build", "-o", out, ROOT / "default.project.json"], check=True, capture_output=True)
    return out


def shape(tree: ScriptTree) -> tuple[object, ...]:
    children = sorted((shape(child) for child in tree.children), key=repr)
    return (tree.name, tree.class_name, tree.source, *children)


def test_what_rojo_built_is_what_the_folder_holds(built: Path) -> None:
    (root,) = load_model(built)
    assert shape(root) == shape(load_folder(luau_root() / "AudioScapeClient"))


def test_module_from_the_model_runs(built: Path) -> None:
    (root,) = load_model(built)
    with Universe() as universe:
        server = universe.server()
        server.mount(root, "ServerScriptService")
        (kind,) = server.run(
            'local _, err = require(game:GetService("ServerScriptService").AudioScapeClient).new("k"):similar("x")\n'
            "return err.kind"
        )
    assert kind == "invalid_request"


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    tool("lune")
    (tmp_path / "bad.rbxm").write_bytes(b"nonsense")
    with pytest.raises(ProjectError, match=r"bad\.rbxm"):
        load_model(tmp_path / "bad.rbxm")


MODEL = {
    "className": "Sound",
    "properties": {
        "Volume": 0.25,
        "SoundId": "rbxassetid://9",
        "RollOffMode": "Linear",
        "LoopRegion": {"NumberRange": [1, 2]},
        "Tags": ["a", "b"],
    },
    "attributes": {"x": 1, "c": {"Color3": [1, 0, 0]}},
    "children": [
        {"name": "V", "className": "StringValue", "properties": {"Value": "hey"}},
        {
            "name": "L",
            "className": "TextLabel",
            "properties": {"Text": "T", "TextColor3": [1, 0, 0], "Size": {"UDim2": [[0.5, 1], [0, 2]]}},
        },
        {"name": "P", "className": "AudioPlayer", "properties": {"Asset": "rbxassetid://8", "Looping": True}},
        {"name": "B", "className": "Part", "properties": {"Anchored": True, "Size": [1, 2, 3]}},
    ],
}
PROBE = """
local sound = workspace.Box.Music
return sound.Volume, sound.SoundId, sound.RollOffMode.Name, sound.LoopRegion.Max, sound:HasTag("b"),
    sound:GetAttribute("x"), sound:GetAttribute("c"):ToHex(), sound.V.Value,
    sound.L.Text, sound.L.TextColor3:ToHex(), sound.L.Size.X.Scale,
    sound.P.Asset, sound.P.Looping, sound.B.ClassName, sound.PlaybackSpeed
"""


@pytest.mark.parametrize("extension", ["rbxm", "rbxmx"])
def test_models_in_a_project_keep_what_is_set_on_them(tmp_path: Path, extension: str) -> None:
    tool("lune")
    (tmp_path / "Music.model.json").write_text(json.dumps(MODEL), encoding="utf-8")
    (tmp_path / "one.project.json").write_text(
        '{"name": "one", "tree": {"$path": "Music.model.json"}}', encoding="utf-8"
    )
    folder = tmp_path / "Box"
    folder.mkdir()
    out = folder / f"Music.{extension}"
    subprocess.run([tool("rojo"), "build", "-o", out, tmp_path / "one.project.json"], check=True, capture_output=True)
    expected = [0.25, "rbxassetid://9", "Linear", 2, True, 1, "ff0000", "hey", "T", "ff0000", 0.5]
    with Universe() as universe:
        server = universe.server()
        server.mount(load_folder(folder), "Workspace")
        assert server.run(PROBE) == [*expected, "rbxassetid://8", True, "Part", 1]
