"""`audioscape facts`: what it counts, what it writes, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from audioscape_luau import resources
from audioscape_luau.cli import app
from roblox_double.facts import Fact, FactError, load_facts
from roblox_double.facts.page import PAGE, render_page


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["facts", *arguments], env={"COLUMNS": "160"})


def counted(result: Result) -> dict[str, int]:
    cells = [[cell.strip() for cell in line.split("│")[1:3]] for line in result.stdout.splitlines() if "│" in line]
    return {name: int(number) for name, number in cells}


def test_counts() -> None:
    result = run()
    assert result.exit_code == 0, result.output
    facts = load_facts()
    counts = counted(result)
    assert counts["facts"] == len(facts)
    assert counts["modelled"] == counts["modelled and tested"] == sum(fact.modelled for fact in facts)
    assert counts["unknown"] == sum(fact.mark == "unknown" for fact in facts)
    assert counts["unknown and modelled"] == counts["unknown and tried both ways"]


def test_a_fact_without_a_test_is_named_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    lone = Fact("moon.full", "The moon is full.", "nobody", "reported", modelled=True)
    monkeypatch.setattr("audioscape_luau.tools.facts.load_facts", lambda: (*load_facts(), lone))
    result = run()
    assert result.exit_code == 1
    assert "moon.full is modelled but has no test" in result.stderr


def test_a_wrong_table_is_not_a_bug_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load() -> None:
        raise FactError("a.b is there twice. Give one of them another id")

    monkeypatch.setattr("audioscape_luau.tools.facts.load_facts", load)
    with pytest.raises(SystemExit) as end:
        app(["facts"])
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert "facts.toml: a.b is there twice" in said
    assert "itself failed" not in said


def test_an_unknown_that_is_tried_one_way_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = Fact("a", "s", "p", "unknown", modelled=True, setting="json_scalars")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text('@pytest.mark.fact("a")\ndef test(): run()', encoding="utf-8")
    monkeypatch.setattr(resources, "checkout", lambda: tmp_path)
    monkeypatch.setattr("audioscape_luau.tools.facts.load_facts", lambda: (unknown,))
    result = run()
    assert result.exit_code == 0
    assert "a is unknown, but the tests try only one value" in result.stderr


def test_an_installed_package_says_that_it_has_no_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "checkout", lambda: None)
    result = run("--write")
    assert result.exit_code == 0
    assert "does not include the tests" in result.stdout
    assert counted(result).keys() == {"facts", "modelled", "unknown"}


def test_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tests").mkdir()
    monkeypatch.setattr(resources, "checkout", lambda: tmp_path)
    run("--write")
    assert (tmp_path / PAGE).read_text(encoding="utf-8") == render_page(load_facts(), "audioscape facts")
