"""The types that a game sees: what must pass strict analysis, what must not, and how it is told so.

The examples are checked here too: they require the module as the sibling that it is in a place, not in this repository.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from audioscape_luau.resources import luau_root
from luau_types import SOLVERS, TOOL, analyze
from support.tools import tool

HERE = Path(__file__).parent
EXPECTED = re.compile(r"-- expect (?P<kind>\w+): (?P<text>.+)$")
# What the prelude of engine names, put on a file's first line, makes the checker say.
NOISE = {
    "LocalUnused",
    "CommentDirective",
    "UninitializedLocal",
    "GlobalUsedAsLocal",
    "LocalShadow",
    "SameLineStatement",
}


LOCAL_SCRIPTS = sorted((luau_root() / "examples").glob("*/src/**/*.client.luau"))
# Those for a server; all of them lie in one folder there, beside the module.
EXAMPLES = sorted(set((luau_root() / "examples").glob("*/src/**/*.luau")).difference(LOCAL_SCRIPTS))


def prelude() -> str:
    """Return the engine's types on one line. A Secret is a class; `buffer` is one that the checker knows."""
    lines = (HERE / "prelude.luau").read_text(encoding="utf-8").splitlines()
    return "; ".join(lines) + "; "


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the module in it, the engine's types declared on each file's first line."""
    tool(TOOL)
    folder = tmp_path_factory.mktemp("consumer")
    shutil.copytree(luau_root() / "AudioScapeClient", folder / "AudioScapeClient")
    for file in EXAMPLES:
        shutil.copy(file, folder)
    for file in folder.rglob("*.luau"):
        file.write_text(prelude() + file.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def findings(consumer: Path, source: Path, solver: str) -> list[tuple[int, str, str]]:
    script = consumer / f"{source.parent.name}_{source.name}"
    script.write_text(prelude() + source.read_text(encoding="utf-8"), encoding="utf-8")
    found = analyze([Path(script.name)], solver, consumer)
    return [
        (finding.line, finding.kind, finding.text)
        for finding in found
        if finding.file == script.resolve() and finding.kind not in NOISE
    ]


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    "source",
    [*sorted((HERE / "pass").glob("*.luau")), *EXAMPLES],
    ids=lambda path: path.stem,
)
def test_correct_use_passes(consumer: Path, source: Path, solver: str) -> None:
    assert findings(consumer, source, solver) == []


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("source", LOCAL_SCRIPTS, ids=lambda path: path.stem)
def test_local_scripts_pass(source: Path, solver: str) -> None:
    tool(TOOL)
    assert analyze([source], solver) == []


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("source", sorted((HERE / "fail").glob("*.luau")), ids=lambda path: path.stem)
def test_wrong_use_is_found_where_it_is(consumer: Path, source: Path, solver: str) -> None:
    expected = {
        number: (match["kind"], match["text"])
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1)
        if (match := EXPECTED.search(line))
    }
    found = findings(consumer, source, solver)
    assert {line for line, _, _ in found} == set(expected)
    for line, (kind, text) in expected.items():
        assert any(line == at and kind == what and text in said for at, what, said in found), (line, text, found)
