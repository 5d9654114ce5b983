"""What hypothesis draws is the same in every run, whoever starts it, unless somebody asks for more."""

from __future__ import annotations

import pytest
from hypothesis import settings


def test_examples_depend_on_no_chance_and_on_no_clock(pytestconfig: pytest.Config) -> None:
    asked: str | None = pytestconfig.getoption("--hypothesis-profile")
    assert settings.default is not None
    assert settings.default.derandomize is (asked != "random")
    assert settings.default.deadline is None
