"""The double, broken on purpose: the probe has to find it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from typer.testing import CliRunner

from audioscape_luau.cli import app
from audioscape_luau.tools import probe as tools
from roblox_double import double
from roblox_double.probe.worth import Breakage, Outcome, WorthError, attempt, breakages, changed, flips


# CI runs `audioscape probe worth`, which tries them all.
@pytest.mark.cases(5)
@pytest.mark.parametrize("breakage", [*flips(), *breakages()][::8], ids=str)
def test_a_broken_double_is_found_out(breakage: Breakage) -> None:
    outcome = attempt(breakage)
    assert outcome.noticed
    # The value of a setting is what is observed.
    assert outcome.shown or not breakage.settings


def test_there_is_enough_that_is_broken() -> None:
    assert len(breakages()) >= 50
    assert len({breakage.fact for breakage in breakages()}) >= 50


def test_what_is_whole_is_not_noticed() -> None:
    outcome = attempt(Breakage("json.encode.cycle", "json/encode", "local depth = 0", "local depth = 0 "))
    assert (outcome.noticed, outcome.observed) == (False, "tables cannot be cyclic")
    assert b"local depth = 0 " not in (double.source("json/encode") or b"")


def test_a_double_in_which_a_check_does_not_end_is_found_out() -> None:
    (broken, *_) = (one for one in breakages() if one.fact == "remote.leaving")
    with changed(broken):
        result = CliRunner().invoke(app, ["probe", "double", "--only", "remote.leaving"])
    assert (result.exit_code, "did not end within" in result.output) == (1, True)
    # What has nothing to observe has noticed nothing.
    assert not attempt(Breakage("preload.timeout", "json/encode", "local depth = 0", "local depth = 0 ")).noticed


def test_a_double_that_does_not_run_is_noticed() -> None:
    outcome = attempt(Breakage("json.encode.cycle", "json/encode", "local depth = 0", "local depth ="))
    assert outcome.noticed
    assert "Error" in outcome.observed


def one_by_one(chosen: Sequence[Breakage], told: Callable[[Outcome], None], _jobs: int | None) -> list[Outcome]:
    """Try a few of them in this process, and one that nothing is wrong with."""
    whole = Breakage("json.encode.cycle", "json/encode", "local depth = 0", "local depth = 0 ")
    outcomes = [attempt(breakage) for breakage in (chosen[0], chosen[-1], whole)]
    for outcome in outcomes:
        told(outcome)
    return outcomes


def test_the_command_counts_what_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "measure", one_by_one)
    result = CliRunner().invoke(app, ["probe", "worth"])
    assert result.exit_code == 1
    assert "2 of 3 broken things were noticed: 66.7 %." in result.stdout
    assert "Not noticed: json.encode.cycle: json/encode: local depth = 0 -> local depth = 0" in result.stderr
    assert "below the floor of " in result.stderr


def test_a_change_that_fits_no_longer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_path: str) -> bytes:
        return b""

    monkeypatch.setattr(double, "source", nothing)
    with pytest.raises(WorthError, match="it is 0 times in the source"):
        breakages()
