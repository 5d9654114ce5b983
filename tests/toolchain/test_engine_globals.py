"""One module of the client names the engine's globals; all others are handed what they need of it."""

from __future__ import annotations

import pytest

from audioscape_luau.resources import luau_root
from luau_types import engine_globals
from roblox_double.vm.lexer import lex

CLIENT = luau_root() / "AudioScapeClient"
DOOR = CLIENT / "Engine.luau"


def named(source: str) -> set[str]:
    """Return the engine's globals that a source names; members, types and fields of that name are none."""
    code = ["", *(token.text for token in lex(source) if token.is_code), "", "", ""]
    windows = zip(code, code[1:], code[2:], code[3:], code[4:], strict=False)
    return {
        name
        for before, name, after, member, following in windows
        if before not in (".", ":")
        and not (before in ("{", ",") and after == ":" and not (member.isidentifier() and following == "("))
    } & engine_globals()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('local wire = Instance.new("Wire")', {"Instance"}),
        ('return game:GetService("Players")', {"game"}),
        ("task.wait(1) warn(1)", {"task", "warn"}),
        ("return `{workspace.Name}`", {"workspace"}),
        ("local random = engine.Random self:warn() -- game", set[str]()),
        ("type Place = { name: string, game: string, workspace: (string) -> () }", set[str]()),
        ('return { 1, game:GetService("Players") }', {"game"}),
        ('print(`game`, "workspace", [[script]])', set[str]()),
    ],
)
def test_globals_are_told_from_what_only_looks_like_them(source: str, names: set[str]) -> None:
    assert named(source) == names


def test_the_door_names_them() -> None:
    assert {"game", "workspace", "task", "Random", "Instance"} <= named(DOOR.read_text(encoding="utf-8"))


def test_no_other_module_does() -> None:
    found = {
        file.relative_to(CLIENT).as_posix(): names
        for file in {*CLIENT.rglob("*.luau")} - {DOOR}
        if (names := named(file.read_text(encoding="utf-8")))
    }
    assert found == {}
