"""A game that requires the module in each form in which it is released: its scripts are type-checked, and run."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from audioscape_luau.mock import DEMO_KEY, Catalogue
from audioscape_luau.simulation import MockedApi, World
from audioscape_luau.tools.packaging import wally
from luau_types import SOLVERS, TOOL
from roblox_double import ScriptTree, load_project
from roblox_double.project.model_file import load_model
from support.artefacts import ROOT, SOURCE
from support.consumer import TYPES, findings, judge, with_engine
from support.place import load_place
from support.tools import tool

REQUIRED = 'require("./AudioScapeClient")'
PASS, FAIL = (
    [file for file in sorted((TYPES / kind).glob("*.luau")) if REQUIRED in file.read_text(encoding="utf-8")]
    for kind in ("pass", "fail")
)
EXPORTED = re.findall(r"^export type (\w+) =", (SOURCE / "init.luau").read_text(encoding="utf-8"), re.MULTILINE)


def write(tree: ScriptTree, folder: Path) -> Path:
    """Write a tree of modules as the folders and files that Rojo reads it from; return where it lies."""
    if not tree.children and tree.source is not None:
        file = folder / f"{tree.name}.luau"
        file.write_text(tree.source, encoding="utf-8")
        return file
    place = folder / tree.name
    place.mkdir(parents=True)
    if tree.source is not None:
        (place / "init.luau").write_text(tree.source, encoding="utf-8")
    for child in tree.children:
        write(child, place)
    return place


def from_model(dist: Path, folder: Path) -> Path:
    (root,) = load_model(dist / "AudioScapeClient.rbxm")
    return write(root, folder)


def from_wally(_: Path, folder: Path) -> Path:
    return wally.install(ROOT, folder / "ServerPackages", "AudioScapeClient") / "luau" / "AudioScapeClient"


FORMS: dict[str, Callable[[Path, Path], Path]] = {
    "rbxm": from_model,
    "file": lambda dist, _: dist / "AudioScapeClient.luau",
    "wally": from_wally,
}


@pytest.fixture(params=FORMS)
def consumer(request: pytest.FixtureRequest, dist: Path, tmp_path: Path) -> tuple[Path, str]:
    """The folder of a game that has the module in one form, and the path by which its scripts require it."""
    tool(TOOL)
    game, unpacked = tmp_path.resolve() / "game", tmp_path.resolve() / "unpacked"
    module = FORMS[request.param](dist, unpacked)
    place = module.parent.relative_to(unpacked) if module.is_relative_to(unpacked) else Path()
    with_engine(module, game / place)
    return game, f'require("./{(place / "AudioScapeClient").as_posix()}")'


@pytest.mark.cases(1)
@pytest.mark.parametrize("solver", SOLVERS)
def test_correct_use_passes(consumer: tuple[Path, str], solver: str) -> None:
    game, required = consumer
    scripts = [(file.name, file.read_text(encoding="utf-8").replace(REQUIRED, required)) for file in PASS]
    assert findings(game, scripts, solver) == []


@pytest.mark.cases(1)
@pytest.mark.parametrize("solver", SOLVERS)
def test_wrong_use_is_found_where_it_is(consumer: tuple[Path, str], solver: str) -> None:
    game, required = consumer
    for file in FAIL:
        source = file.read_text(encoding="utf-8").replace(REQUIRED, required)
        judge(source, findings(game, [(file.name, source)], solver))


@pytest.mark.cases(1)
@pytest.mark.parametrize("solver", SOLVERS)
def test_every_exported_type_can_be_named_and_no_other(consumer: tuple[Path, str], solver: str) -> None:
    game, required = consumer
    lines = [f"local AudioScapeClient = {required}"]
    lines += [f"export type {name} = AudioScapeClient.{name}" for name in EXPORTED]
    lines += ["local track: AudioScapeClient.Track = { asset_id = 5 } -- expect TypeError: number"]
    lines += ["local none: AudioScapeClient.Trak? = nil -- expect TypeError: Unknown type", "return { track, none }"]
    source = "\n".join(lines)
    assert {"Client", "Track", "Error", "Options", "Radio"} <= set(EXPORTED)
    judge(source, findings(game, [("types.luau", source)], solver))


MAIN = f"""--!strict
local AudioScapeClient = require(script.Parent.ServerPackages.AudioScapeClient)
local client = AudioScapeClient.new("{DEMO_KEY}")
local result, err = client:similar("SEED")
print(if result then result.tracks[1].asset_id else err)
"""


@pytest.mark.parametrize("built", [False, True], ids=["project", "place"])
def test_the_wally_package_runs_where_wally_puts_it(built: bool, tmp_path: Path) -> None:
    catalogue = Catalogue.generate(size=50)
    wally.install(ROOT, tmp_path / "ServerPackages", "AudioScapeClient")
    script = MAIN.replace("SEED", catalogue.entries[0].asset_id)
    (tmp_path / "Main.server.luau").write_text(script, encoding="utf-8")
    server_scripts = {"ServerPackages": {"$path": "ServerPackages"}, "Main": {"$path": "Main.server.luau"}}
    project = {"name": "Game", "tree": {"$className": "DataModel", "ServerScriptService": server_scripts}}
    (tmp_path / "default.project.json").write_text(json.dumps(project), encoding="utf-8")
    with World(None, MockedApi(catalogue).respond) as world:
        world.server.mount_game(place(tmp_path) if built else load_project(tmp_path))
        world.advance(5)
        (line,) = world.server.output
        assert line.kind == "print"
        assert line.text in catalogue.by_id


def place(folder: Path) -> ScriptTree:
    """Return the place that Rojo builds of a project."""
    output = folder / "game.rbxlx"
    subprocess.run([tool("rojo"), "build", "-o", output, folder], check=True, capture_output=True)
    return load_place(output)
