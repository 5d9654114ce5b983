"""Mutants are judged by the tests that reach them: what a test notices is named, what none notices survives."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import shutil
from pathlib import Path

import pytest

from audioscape_luau.quality import forks as forks_module
from audioscape_luau.quality import trial as trial_module
from audioscape_luau.quality.campaign import Campaign, change
from audioscape_luau.quality.coverage import instrument
from audioscape_luau.quality.forks import forked
from audioscape_luau.quality.mutation import Mutant, mutants
from audioscape_luau.quality.swap import counts, swap
from audioscape_luau.quality.trial import Trial, TrialError, Verdict
from audioscape_luau.resources import luau_root
from roblox_double import ScriptTree, Universe, load_folder
from support.tools import forks

SOURCE = """--!strict
return function(x: number): string
	while x > 10 do
		x -= 1
	end
	if x < 3 then
		return "low"
	end
	return "high"
end
"""
HEAD = """
from pathlib import Path
from roblox_double import Universe, load_folder

def run(script, *args):
    # A trial forks itself, and only the embedded VM comes along.
    with Universe(vm="pluau") as universe:
        server = universe.server()
        server.mount(load_folder(Path(__file__).parent / "module", "Module"), "ServerScriptService")
        return server.run('local module = require(game:GetService("ServerScriptService").Module) ' + script, *args)

def name(x):
    return run('return module(...)', x)[0]
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs here is known to after half a second; a real test may be slower on another day."""
    monkeypatch.setattr(trial_module, "SECONDS", 0.5)


TESTS = (
    HEAD
    + """
def test_low():
    assert name(2) == "low"

def test_high():
    assert name(12) == "high"
"""
)


def tried(folder: Path, tests: str, source: str = SOURCE) -> dict[tuple[str, str], Verdict]:
    """Try every mutant of `source` with `tests`, in a pytest of its own; by what each changes."""
    forks()
    (folder / "module").mkdir()
    (folder / "module" / "init.luau").write_text(source, encoding="utf-8")
    # pytest imports a file name once in a process.
    (folder / f"test_{folder.name}.py").write_text(tests, encoding="utf-8")
    verdicts: list[Verdict] = []
    trial = Trial({"init.luau": source}, list(mutants(source, "init.luau")), verdicts.append, jobs=2)
    plugins = ["-pno:schemathesis", "-pno:anyio", "-pno:terminal", "-pno:cacheprovider", "-pno:xdist", "-pno:cov"]
    pytest.main([*plugins, f"--rootdir={folder}", "-c/dev/null", str(folder)], plugins=[trial])
    trial.check()
    return {change(verdict.mutant, source): verdict for verdict in verdicts}


def test_verdicts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_module, "SECONDS", 0.3)
    verdicts = tried(tmp_path, TESTS)
    low = verdicts['return "low"', 'return ""']
    assert low.noticed_by is not None
    assert low.noticed_by.endswith("test_low")
    assert low.reached_by == 1
    high = verdicts['return "high"', 'return ""']
    assert high.noticed_by is not None
    assert high.noticed_by.endswith("test_high")
    assert verdicts["if x < 3 then", "if x <= 3 then"].noticed_by is None
    assert verdicts["if x < 3 then", "if x <= 3 then"].reached_by == 2
    hanging = verdicts["x -= 1", "x += 1"]
    assert hanging.noticed_by == "(it hangs)"


@pytest.mark.thorough
def test_no_mutant_is_tried_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_module, "SECONDS", 0.3)
    monkeypatch.setattr(trial_module, "TESTS", 1)
    loads = "".join(f"def test_{number}():\n    run('')\n" for number in range(5))
    verdicts = tried(tmp_path, TESTS + loads).values()
    assert {verdict.reached_by for verdict in verdicts} == {1, 2}


@pytest.mark.thorough
def test_what_no_test_reaches_is_not_noticed(tmp_path: Path) -> None:
    verdicts = tried(tmp_path, HEAD + "def test_low():\n    assert name(2) == 'low'\n")
    high = verdicts['return "high"', 'return ""']
    assert (high.reached_by, high.noticed_by) == (0, None)


@pytest.mark.thorough
def test_what_the_first_tests_let_pass_is_tried_with_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "return function(x: number): number\n\treturn x * 2\nend\n"
    nothing = "".join(f"def test_{number}():\n    assert name(0) == 0\n" for number in range(3))
    something = "def test_one():\n    assert [name(1) for _ in range(9)] == [2] * 9\n"
    monkeypatch.setattr(trial_module, "TESTS", 2)
    verdict = tried(tmp_path, HEAD + nothing + something, source)["return x * 2", "return x * (2+1)"]
    assert str(verdict.noticed_by).endswith("test_one")
    assert verdict.reached_by == 4


def test_tests_that_fail_by_themselves_judge_nothing(tmp_path: Path) -> None:
    with pytest.raises(TrialError, match="test_wrong"):
        tried(tmp_path, TESTS + "\ndef test_wrong():\n    assert name(2) == 'high'\n")


def test_no_tests_judge_nothing(tmp_path: Path) -> None:
    with pytest.raises(TrialError, match="collected"):
        tried(tmp_path, "import nothing_of_that_name")


def test_swap_changes_a_module_wherever_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "it.luau").write_text("return 1", encoding="utf-8")
    (tmp_path / "other.luau").write_text("return 2", encoding="utf-8")
    swap({"return 1": "return 3"}, monkeypatch.setattr)
    with Universe() as universe:
        server = universe.server()
        server.mount(load_folder(tmp_path, "Folder"), "ServerScriptService")
        root = 'local root = game:GetService("ServerScriptService").Folder '
        assert server.run(root + "return require(root.inner.it), require(root.other)") == [3, 2]


def test_swap_changes_a_module_of_a_whole_game_too(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ScriptTree("It", "ModuleScript", "return 1")
    game = ScriptTree(
        "game", "DataModel", children=(ScriptTree("ReplicatedStorage", "ReplicatedStorage", children=(module,)),)
    )
    swap({"return 1": "return 3"}, monkeypatch.setattr)
    with Universe() as universe:
        server = universe.server()
        server.mount_game(game)
        assert server.run("return require(game.ReplicatedStorage.It)") == [3]


def test_a_vm_tells_what_ran_in_it_until_it_is_closed() -> None:
    with Universe() as universe:
        server = universe.server()
        assert counts(server) == {}
        server.run(instrument("local x = 1\nif x > 1 then\n\tx = 2\nend", "it").source)
        assert counts(server) == {"it": [1, 1, 0, 0, 1]}
        server.close()
        assert counts(server) == {}


def test_a_fork_that_dies_is_told_from_one_that_answers() -> None:
    forks()

    def work(number: int) -> int:
        if number == 2:
            os.abort()
        return number * 10

    assert dict(forked(work, [1, 2, 3], jobs=2)) == {1: 10, 2: None, 3: 30}


def test_a_system_without_forks_can_collect_all_of_this(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(method: str) -> None:
        raise ValueError(f"cannot find context for {method!r}")

    monkeypatch.setattr(multiprocessing, "get_context", refuse)
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    runpy.run_path(str(Path(forks_module.__file__)))
    with pytest.raises(pytest.skip.Exception, match="cannot fork"):
        forks()


# What is chosen


def campaign(folder: Path, equivalent: str = "") -> Campaign:
    """Return the campaign of a few modules, in a checkout with this list of equivalent mutants."""
    (folder / "tests").mkdir()
    (folder / "tests" / "equivalent_mutants.toml").write_text(equivalent, encoding="utf-8")
    (folder / "tests" / "floors.toml").write_text("[luau_mutation]\nquick = 90.0\nall = 95.0\n", encoding="utf-8")
    for file in ("http/policies/retry.luau", "http/chain.luau", "wire/is.luau", "wire/ownCopy.luau"):
        (folder / "module" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(luau_root() / "AudioScapeClient" / file, folder / "module" / file)
    return Campaign(folder, folder / "module")


def test_the_sample_is_the_same_each_time_and_is_left_alone_by_changes_elsewhere(tmp_path: Path) -> None:
    first = campaign(tmp_path)
    chosen = first.chosen(every=False, files=(), size=50)
    assert len(chosen) == 50
    assert len({mutant.file for mutant in chosen}) > 2
    second = Campaign(tmp_path, tmp_path / "module")
    gone = chosen[0].file
    second.sources = {name: source for name, source in first.sources.items() if name != gone}
    again = second.chosen(every=False, files=(), size=50)
    assert [mutant for mutant in chosen if mutant.file != gone] == again[: sum(m.file != gone for m in chosen)]


def test_files_are_chosen_by_name(tmp_path: Path) -> None:
    chosen = campaign(tmp_path).chosen(every=False, files=["http/policies/retry.luau", "wire/i*"], size=None)
    assert {mutant.file for mutant in chosen} == {"http/policies/retry.luau", "wire/is.luau"}


def test_listed_mutants_are_left_out_and_stale_entries_told(tmp_path: Path) -> None:
    made = campaign(
        tmp_path,
        '"wire/is.luau" = [\n{ line = "return table.freeze(is)", becomes = "return nil", because = "a test" },\n'
        '{ line = "gone", becomes = "away", because = "a test" },\n]\n',
    )
    chosen = made.chosen(every=False, files=["wire/is.luau"], size=None)
    whole = [mutant for mutant in made.found if mutant.file == "wire/is.luau"]
    assert len(chosen) == len(whole) - 1
    assert [entry.line for entry in made.stale()] == ["gone"]
    (text,) = made.complaints(100.0, part="all")
    assert "'gone' -> 'away'" in text


def test_below_the_floor_is_told(tmp_path: Path) -> None:
    made = campaign(tmp_path)
    assert made.complaints(90.0, part="quick") == []
    assert made.complaints(10.0, part=None) == []
    assert made.complaints(89.9, part="quick") == ["This is below the floor of 90.0 % in tests/floors.toml."]


def test_a_change_is_the_same_wherever_it_stands() -> None:
    (mutant,) = [m for m in mutants("local x = f()\nreturn x < 2", "it") if m.operator == "swapped comparison"]
    moved = Mutant("it", 4, mutant.operator, "\n\n\n\t" + mutant.source)
    assert change(mutant, "local x = f()\nreturn x < 2") == ("return x < 2", "return x > 2")
    assert change(moved, "\n\n\n\tlocal x = f()\nreturn x < 2") == ("return x < 2", "return x > 2")
