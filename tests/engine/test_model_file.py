"""Model files: what Rojo built is what the folder holds, and it runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from audioscape_luau.engine import ProjectError, ScriptTree, Universe, load_folder
from audioscape_luau.engine.model_file import load_model
from audioscape_luau.resources import luau_root
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
