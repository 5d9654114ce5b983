"""One module of the client names the engine's globals; all others are handed what they need of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from audioscape_luau.resources import luau_root
from luau_types import engine_globals
from roblox_double.vm.lexer import lex

MODULES = [luau_root() / name for name in ("AudioScapeClient", "AudioScapeRemote")]


def named(source: str) -> set[str]:
    """Return the engine's globals that a source names; members, types and fields of that name are none."""
    code = ["", *(token.text for token in lex(source) if token.is_code), "", "", ""]
    windows = zip(code, code[1:], code[2:], code[3:], code[4:], strict=False)
    return {
        name
        for before, name, after, member, following in windows
        if before not in (".", ":")
        and not (before in ("{", ",") and after == ":" and not (member.isidentifier() and following == "("))
        and not (before in ("{", ",") and after == "=")
    } & engine_globals()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('local wire = Instance.new("Wire")', {"Instance"}),
        ('return game:GetService("Players")', {"game"}),
        ("task.wait(1) warn(1)", {"task", "warn"}),
        ("return `{workspace.Name}`", {"workspace"}),
        ("local random = engine.Random self:warn() -- game", set[str]()),
        ("return { at = 1, time = 2 }", set[str]()),
        ("type Place = { name: string, game: string, workspace: (string) -> () }", set[str]()),
        ('return { 1, game:GetService("Players") }', {"game"}),
        ('print(`game`, "workspace", [[script]])', set[str]()),
    ],
)
def test_globals_are_told_from_what_only_looks_like_them(source: str, names: set[str]) -> None:
    assert named(source) == names


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_the_door_names_them(module: Path) -> None:
    assert {"game", "task"} <= named((module / "Engine.luau").read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_no_other_module_does(module: Path) -> None:
    found = {
        file.relative_to(module).as_posix(): names
        for file in {*module.rglob("*.luau")} - {module / "Engine.luau"}
        if (names := named(file.read_text(encoding="utf-8")))
    }
    assert found == {}
