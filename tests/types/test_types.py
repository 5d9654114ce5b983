"""The types that a game sees: what must pass strict analysis, what must not, and how it is told so.

The examples are checked here too: they require the module as the sibling that it is in a place, not in this repository.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from audioscape_luau.resources import luau_root
from luau_types import SOLVERS, TOOL, analyze
from support.consumer import findings, judge, with_engine
from support.tools import tool

HERE = Path(__file__).parent
LOCAL_SCRIPTS = sorted((luau_root() / "examples").glob("*/src/**/*.client.luau"))
# Those for a server; all of them lie in one folder there, beside the module.
EXAMPLES = sorted(set((luau_root() / "examples").glob("*/src/**/*.luau")).difference(LOCAL_SCRIPTS))


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the module in it, and the examples beside it."""
    tool(TOOL)
    folder = tmp_path_factory.mktemp("consumer").resolve()
    for name in ("AudioScapeClient", "AudioScapeRemote"):
        with_engine(luau_root() / name, folder)
    for file in EXAMPLES:
        with_engine(file, folder)
    return folder


def read(file: Path) -> tuple[str, str]:
    return f"{file.parent.name}_{file.name}", file.read_text(encoding="utf-8")


@pytest.mark.cases(3)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    "source",
    [*sorted((HERE / "pass").glob("*.luau")), *EXAMPLES],
    ids=lambda path: path.stem,
)
def test_correct_use_passes(consumer: Path, source: Path, solver: str) -> None:
    assert findings(consumer, [read(source)], solver) == []


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("source", LOCAL_SCRIPTS, ids=lambda path: path.stem)
def test_local_scripts_pass(source: Path, solver: str) -> None:
    tool(TOOL)
    # A LocalScript requires what it finds in ReplicatedStorage, where the checker does not look.
    assert [one for one in analyze([source], solver) if one.text != "Unknown require: unsupported path"] == []


@pytest.mark.cases(1)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("source", sorted((HERE / "fail").glob("*.luau")), ids=lambda path: path.stem)
def test_wrong_use_is_found_where_it_is(consumer: Path, source: Path, solver: str) -> None:
    name, text = read(source)
    judge(text, findings(consumer, [(name, text)], solver))
