"""The double, broken on purpose: the probe has to find it out."""

from __future__ import annotations

import pytest

from roblox_double import double
from roblox_double.probe.worth import Breakage, WorthError, attempt, breakages, flips


@pytest.mark.cases(5)
@pytest.mark.parametrize("breakage", [*flips(), *breakages()], ids=str)
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


def test_a_double_that_does_not_run_is_noticed() -> None:
    outcome = attempt(Breakage("json.encode.cycle", "json/encode", "local depth = 0", "local depth ="))
    assert outcome.noticed
    assert "Error" in outcome.observed


def test_a_change_that_fits_no_longer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_path: str) -> bytes:
        return b""

    monkeypatch.setattr(double, "source", nothing)
    with pytest.raises(WorthError, match="it is 0 times in the source"):
        breakages()
