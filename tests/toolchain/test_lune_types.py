"""The type check of what Lune runs knows Lune's own modules, and finds what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from audioscape_luau.resources import luau_root
from luau_types import SOLVERS, TOOL
from lune_types import lune_findings
from support.tools import tool


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_example_that_lune_runs_is_strict(solver: str) -> None:
    tool(TOOL)
    tool("lune")
    assert lune_findings([*Path("luau/examples/mock").glob("*.luau")], solver, luau_root().parent) == []


@pytest.mark.parametrize("solver", SOLVERS)
def test_wrong_use_of_a_module_of_lune_is_found(solver: str, tmp_path: Path) -> None:
    tool(TOOL)
    tool("lune")
    (tmp_path / "luau").mkdir()
    source = '--!strict\nlocal fs = require("@lune/fs")\nlocal text: number = fs.readFile("x")\nreturn text\n'
    (tmp_path / "luau" / "wrong.luau").write_text(source, encoding="utf-8")
    (found,) = lune_findings([Path("luau")], solver, tmp_path)
    assert (found.file, found.line, found.kind) == (Path("luau/wrong.luau"), 3, "TypeError")
    assert "string" in found.text
