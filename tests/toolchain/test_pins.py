"""The same version of a tool is named wherever one is."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def toml(name: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def test_tools_are_built_in_the_versions_of_rokit() -> None:
    rokit = {name: pin.rpartition("@")[2] for name, pin in toml("rokit.toml")["tools"].items()}
    script = (ROOT / "scripts" / "tools").read_text(encoding="utf-8")
    built = dict(re.findall(r"^([\w-]+) +[\w-]+ +(\d+\.\d+\.\d+)", script, re.MULTILINE))
    assert {"stylua", "selene", "rojo", "lune", "darklua", "luaur-analyze"} <= built.keys()
    assert {name: version for name, version in built.items() if name != "luaur-analyze"} == {
        name: rokit[name] for name in built if name != "luaur-analyze"
    }


def test_packages_carry_one_version() -> None:
    project, wally = toml("pyproject.toml")["project"], toml("wally.toml")["package"]
    assert project["version"] == wally["version"]


def test_rojo_builds_the_folder_that_ships() -> None:
    project = json.loads((ROOT / "default.project.json").read_text(encoding="utf-8"))
    assert project["tree"]["$path"] == "luau/AudioScapeClient"
    assert (ROOT / project["tree"]["$path"] / "init.luau").is_file()
