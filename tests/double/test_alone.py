"""The double knows nothing of AudioScape: neither its source nor a game that is tested with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import roblox_double
from support.imports import imported, modules
from support.snippets import ROOT, snippets

PACKAGE = Path(roblox_double.__file__).parent
README = PACKAGE / "README.md"
# As if the other package were not there.
APART = """
import sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "audioscape_luau":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Without())
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


def test_it_imports_nothing_of_the_other_package() -> None:
    found = {name: [it for it in imported(file) if it.startswith("audioscape_luau")] for name, file in modules(PACKAGE)}
    assert "roblox_double.testing.game" in found
    assert {name: names for name, names in found.items() if names} == {}


def test_it_has_no_word_of_it() -> None:
    files = [file for file in PACKAGE.rglob("*") if file.suffix in {".py", ".luau", ".toml"}]
    assert [file for file in files if "audioscape" in file.read_text(encoding="utf-8").lower()] == []


@pytest.mark.thorough
def test_the_game_of_the_readme_is_tested_without_it(tmp_path: Path) -> None:
    for snippet in snippets(README.read_text(encoding="utf-8"), README.relative_to(ROOT).as_posix()):
        if snippet.file:
            file = tmp_path / snippet.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(snippet.code, encoding="utf-8")
    command = [sys.executable, "-c", APART, "-q", "-n0", "-Werror", "--strict-markers", "--strict-config"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "3 passed" in run.stdout


@pytest.mark.parametrize("name", roblox_double.__all__)
def test_what_it_exports_is_there(name: str) -> None:
    assert getattr(roblox_double, name) is not None


def test_what_it_does_not_have_is_told() -> None:
    with pytest.raises(AttributeError, match="module 'roblox_double' has no attribute 'Studio'"):
        _ = roblox_double.Studio  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
