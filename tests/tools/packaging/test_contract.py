"""What is released keeps the contract, in each form; a release that does not is caught."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from audioscape_luau.cli import app
from audioscape_luau.contract.case import PHASES
from audioscape_luau.contract.plan import plan
from audioscape_luau.contract.run import run
from audioscape_luau.contract.subject import Subject, load_module
from support.broken import saved, wrapped
from support.game import api

# The check judges what is sent itself, and answers on purpose what no API should.
pytestmark = [pytest.mark.breaks_contract, pytest.mark.other_api]

FORMS = ("AudioScapeClient.rbxm", "AudioScapeClient.luau")


def check(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", "--module", str(file), *arguments])


@pytest.mark.parametrize("form", FORMS)
def test_the_examples_are_kept(dist: Path, form: str) -> None:
    result = check(dist / form, "--phase", "examples")
    assert result.exit_code == 0, result.output


@pytest.mark.thorough
@pytest.mark.parametrize("form", FORMS)
def test_a_share_of_each_phase_is_kept(dist: Path, form: str) -> None:
    # The whole is played with the client from which both are built.
    share = plan(api())[FORMS.index(form) :: 7]
    played = run(Subject(load_module(dist / form), api()), share, examples=3, seed=0)
    assert [(outcome.case.token, outcome.broken) for outcome in played if outcome.broken] == []
    assert {case.phase for case in share} == set(PHASES)


@pytest.mark.thorough
def test_a_release_that_breaks_it_is_caught(dist: Path, tmp_path: Path) -> None:
    broken = wrapped('Wrapper.address("limit=", "limt=")', load_module(dist / "AudioScapeClient.luau"))
    result = check(saved(broken, tmp_path), "--phase", "boundaries", "--case", "*limit*")
    assert result.exit_code == 1
    assert "undeclared-parameter" in result.output
