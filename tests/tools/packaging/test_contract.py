"""What is released keeps the contract, in each form; a release that does not is caught."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from audioscape_luau.cli import app
from audioscape_luau.contract.case import PHASES
from audioscape_luau.contract.subject import load_module
from support.broken import saved, wrapped

# The check judges what is sent itself, and answers on purpose what no API should.
pytestmark = [pytest.mark.breaks_contract, pytest.mark.other_api]

FORMS = ("AudioScapeClient.rbxm", "AudioScapeClient.luau")


def check(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", "--module", str(file), *arguments])


@pytest.mark.parametrize("phase", ["examples", *(pytest.param(it, marks=pytest.mark.thorough) for it in PHASES[1:])])
@pytest.mark.parametrize("form", FORMS)
def test_the_contract_is_kept(dist: Path, form: str, phase: str) -> None:
    result = check(dist / form, "--phase", phase)
    assert result.exit_code == 0, result.output


def test_a_release_that_breaks_it_is_caught(dist: Path, tmp_path: Path) -> None:
    broken = wrapped('Wrapper.address("limit=", "limt=")', load_module(dist / "AudioScapeClient.luau"))
    result = check(saved(broken, tmp_path), "--phase", "boundaries", "--case", "*limit*")
    assert result.exit_code == 1
    assert "undeclared-parameter" in result.output
