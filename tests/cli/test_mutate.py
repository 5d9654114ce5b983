"""`audioscape mutate`: a small module with tests that notice most of what is done to it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from audioscape_luau import resources
from audioscape_luau.cli import app
from audioscape_luau.contract.plan import plan
from audioscape_luau.openapi import ApiModel
from audioscape_luau.quality import by_check
from audioscape_luau.quality import campaign as campaign_module
from audioscape_luau.quality.campaign import Campaign
from audioscape_luau.quality.mutation import Mutant, mutants
from support.tools import forks

SOURCE = 'return function(x)\n\treturn if x < 3 then "low" else "high"\nend\n'
TESTS = """
from pathlib import Path
from roblox_double import Universe, load_folder

def test_it():
    with Universe(vm="pluau") as universe:
        server = universe.server()
        server.mount(load_folder(Path(__file__).parents[2] / "module", "Module"), "ServerScriptService")
        run = 'local f = require(game:GetService("ServerScriptService").Module) return f(2), f(4)'
        assert server.run(run) == ["low", {high}]
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one module and one test, in place of this one."""
    forks()
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / "init.luau").write_text(SOURCE, encoding="utf-8")
    tests = tmp_path / "tests"
    for room in campaign_module.TESTS:
        (tests / room).mkdir(parents=True)
    # pytest imports a file name once in a process.
    (tests / "client" / f"test_{tmp_path.name}.py").write_text(TESTS.replace("{high}", '"high"'), encoding="utf-8")
    (tests / "equivalent_mutants.toml").write_text("", encoding="utf-8")
    (tests / "floors.toml").write_text("[luau_mutation]\nquick = 99.0\nall = 50.0\n", encoding="utf-8")
    monkeypatch.setattr(resources, "checkout", lambda: tmp_path)
    monkeypatch.setattr(campaign_module, "Campaign", partial(Campaign, module=tmp_path / "module"))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["mutate", "--jobs", "1", *arguments], env={"COLUMNS": "160"})


def test_survivors_are_shown_and_counted(checkout: Path) -> None:
    result = run("--all", "--survivors")
    assert result.exit_code == 0, result.output
    assert "init.luau:2 bound off by one (reached by 1 tests)" in result.stdout
    assert 'if x <= 3 then "low" else "high"' in result.stdout
    assert 'if x < (3+1) then "low" else "high"' in result.stdout
    assert "swapped comparison" not in result.stdout
    total = len(Campaign(checkout, checkout / "module").found)
    assert f"{total - 2} of {total} mutants noticed" in result.stdout
    assert "The floor can rise from 50.0 to" in result.stdout


def test_a_score_below_the_floor_fails(checkout: Path) -> None:
    result = run()
    assert result.exit_code == 1, result.output
    assert "below the floor of 99.0 %" in result.stderr
    assert "bound off by one" not in result.stdout
    assert (checkout / "tests").is_dir()


def test_a_part_has_no_floor(checkout: Path) -> None:
    result = run("--file", "init*")
    assert result.exit_code == 0, result.output
    assert "mutants noticed" in result.stdout
    assert checkout.is_dir()


@pytest.mark.usefixtures("checkout")
def test_a_system_without_forks_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    result = run()
    assert result.exit_code == 2, result.output
    assert "use Linux or WSL" in result.stderr


def test_a_pattern_without_a_mutant_is_no_success(checkout: Path) -> None:
    result = run("--file", "nothing*", "--file", "nowhere")
    assert result.exit_code == 2
    assert "nothing*, nowhere" in result.stderr
    assert checkout.is_dir()


def test_an_installed_package_says_that_it_has_no_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "checkout", lambda: None)
    result = run()
    assert result.exit_code == 2
    assert "does not include the tests" in result.stderr


@pytest.fixture
def shipped(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same checkout with the shipped module in it, mutants of one file, and a check of some cases."""

    def small(model: ApiModel) -> object:
        return plan(model, ["examples"], "similar/[ae]*")

    def of_one(source: str, file: str) -> Iterator[Mutant]:
        return mutants(source, file) if file == "http/transport.luau" else iter(())

    monkeypatch.setattr(campaign_module, "Campaign", Campaign)
    monkeypatch.setattr(campaign_module, "mutants", of_one)
    monkeypatch.setattr(campaign_module, "CHECK_SAMPLE", 3)
    monkeypatch.setattr(by_check, "plan", small)
    return checkout


@pytest.mark.thorough
def test_by_check_the_tests_do_not_count(shipped: Path) -> None:
    result = run("--by", "check", "--file", "http/transport.luau", "--size", "6", "--survivors")
    assert result.exit_code == 0, result.output
    assert "http/transport.luau" in result.stdout
    assert "of 6 mutants noticed by check alone: " in result.stdout
    assert "cases)" in result.stdout
    assert shipped.is_dir()


def test_by_check_has_a_floor_of_its_own(shipped: Path) -> None:
    floors = shipped / "tests" / "floors.toml"
    floors.write_text("[luau_mutation]\nquick = 0.0\nall = 0.0\ncheck = 100.1\n", encoding="utf-8")
    result = run("--by", "check")
    assert result.exit_code == 1, result.output
    assert "of 3 mutants noticed by check alone: " in result.stdout
    assert "below the floor of 100.1 %" in result.stderr
    assert run("--by", "check", "--draw", "5").exit_code == 0  # another sample, for which no floor holds


def test_another_draw_is_another_sample(checkout: Path) -> None:
    module = checkout / "module"
    drawn = [Campaign(checkout, module, draw=draw).chosen(every=False, files=(), size=5) for draw in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
