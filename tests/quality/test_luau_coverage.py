"""Every VM's counts arrive, and a figure below its floor fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from roblox_double import Universe, load_folder
from support.luau_coverage import LuauCoverage, shortfalls, totals


def test_peers_add_up_when_they_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "init.luau").write_text(
        "return function(x)\n\tif x then\n\t\treturn 1\n\tend\n\treturn 2\nend\n", encoding="utf-8"
    )
    coverage = LuauCoverage(tmp_path)
    coverage.install(monkeypatch)
    for argument in (True, True, False):
        with Universe() as universe:
            server = universe.server()
            server.mount(load_folder(tmp_path, "Module"), "ServerScriptService")
            server.run('return require(game:GetService("ServerScriptService").Module)(...)', argument)
    (file,) = coverage.files()
    assert file.lines == {1: 3, 2: 3, 3: 2, 5: 1}
    assert {branch.outcome: count for branch, count in file.branches.items()} == {True: 2, False: 1}
    assert totals([file]) == {"lines": 100, "branches": 100}


def test_below_the_floor_is_told() -> None:
    floor = {"lines": 90.0, "branches": 80.0}
    assert shortfalls({"lines": 90.0, "branches": 80.0}, floor) == []
    (text,) = shortfalls({"lines": 95.0, "branches": 79.99}, floor)
    assert text.startswith("branches: 79.99 % is below the floor of 80.0 %")
