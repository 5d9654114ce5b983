"""The games that the documentation shows, with the tests that it shows."""

from __future__ import annotations

import shutil
from itertools import groupby
from pathlib import Path

import pytest

from audioscape_luau.resources import luau_root
from luau_types import SOLVERS, TOOL
from support.consumer import findings, with_engine
from support.snippets import Snippet, written
from support.tools import tool

SIGNAL = """
local Signal = {}
Signal.__index = Signal

function Signal.new()
	return setmetatable({ handlers = {} }, Signal)
end

function Signal:Connect(handler)
	table.insert(self.handlers, handler)
end

function Signal:Fire(...)
	for _, handler in self.handlers do
		task.spawn(handler, ...)
	end
end

return Signal
"""


def install(folder: Path) -> None:
    """Do what `wally install` does for a game that wants a signal: a package, and a link to it."""
    place = folder / "Packages" / "_Index" / "sleitnick_signal@2.0.3" / "signal"
    place.mkdir(parents=True)
    (place / "init.luau").write_text(SIGNAL, encoding="utf-8")
    link = 'return require(script.Parent._Index["sleitnick_signal@2.0.3"]["signal"])\n'
    (folder / "Packages" / "Signal.lua").write_text(link, encoding="utf-8")


def pages() -> list[object]:
    files = [found for found in written() if found.file]
    return [pytest.param(list(of), id=page) for page, of in groupby(files, lambda found: found.place.partition(":")[0])]


@pytest.mark.breaks_contract
@pytest.mark.parametrize("files", pages())
def test_the_tests_of_a_documented_game_pass(files: list[Snippet], pytester: pytest.Pytester) -> None:
    for name in ("AudioScapeClient", "AudioScapeRemote"):
        shutil.copytree(luau_root() / name, pytester.path / name)
    tests: list[str] = []
    for snippet in files:
        assert snippet.file
        file = pytester.path / snippet.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(snippet.code, encoding="utf-8")
        if file.name.startswith("test_") or file.name.endswith(".spec.luau"):
            tests.append(snippet.file)
    if (pytester.path / "wally.toml").exists():
        install(pytester.path)
    result = pytester.runpytest_inprocess("-v", "-W", "error", "--strict-markers")
    assert result.ret == 0
    assert tests
    for name in tests:
        result.stdout.fnmatch_lines_random([f"{name}::* PASSED*"])


@pytest.mark.cases(2)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("files", pages())
def test_the_scripts_of_a_documented_game_are_strict(files: list[Snippet], solver: str, tmp_path: Path) -> None:
    tool(TOOL)
    with_engine(luau_root() / "AudioScapeClient", tmp_path)
    scripts = [(Path(found.file).name, found.code) for found in files if found.file and found.language == "luau"]
    assert all(source.startswith("--!strict\n") for _, source in scripts)
    found = findings(tmp_path.resolve(), scripts, solver)
    # What Wally installs is not there to be checked.
    assert [one for one in found if one.text != "Unknown require: unsupported path"] == []
