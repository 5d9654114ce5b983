"""What hypothesis draws is the same in every run, whoever starts it, unless somebody asks for more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[2]
SOURCE = """
from hypothesis import given, settings, strategies as st

@settings(max_examples=5)
@given(st.integers())
def test_it(number):
    with open({file!r}, "a") as file:
        print(number, file=file)
"""


def test_examples_depend_on_no_chance_and_on_no_clock(pytestconfig: pytest.Config) -> None:
    asked: str | None = pytestconfig.getoption("--hypothesis-profile")
    assert settings.default is not None
    assert settings.default.derandomize is (asked != "random")
    assert settings.default.deadline is None


@pytest.mark.thorough
def test_only_those_who_ask_get_others(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)  # by which hypothesis itself goes
    drawn = pytester.path / "drawn.txt"
    pytester.makepyfile(SOURCE.format(file=str(drawn)))
    ours = (ROOT / "tests" / "conftest.py").read_text(encoding="utf-8")
    pytester.makeconftest("\n".join(re.findall(r"^(?:from hypothesis import .*|settings\..*)$", ours, re.MULTILINE)))

    def draw(*arguments: str) -> str:
        drawn.write_text("", encoding="utf-8")
        pytester.runpytest_subprocess("-pno:xdist", "-pno:audioscape", *arguments).assert_outcomes(passed=1)
        return drawn.read_text(encoding="utf-8")

    usual = draw()
    assert len(usual.split()) == 5
    assert draw() == usual
    assert draw("--hypothesis-profile", "random") != usual
