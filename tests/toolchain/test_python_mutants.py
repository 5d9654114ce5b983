"""What mutation testing of the Python is told: that everything it names is there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from support.tools import package

package("mutmut", "mutation")

import python_mutants  # noqa: E402

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "place", [*python_mutants.LEFT_OUT, *(p for paths in python_mutants.TESTS.values() for p in paths)]
)
def test_every_test_that_is_named_is_there(place: str) -> None:
    path, _, test = place.partition("::")
    assert (ROOT / path).exists()
    assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")


def test_mutmut_gets_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_mutants, "WORK", tmp_path)
    folder = python_mutants.prepare("openapi")
    assert python_mutants.prepare("openapi") == folder
    settings = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    assert all((folder / name).exists() for name in ["tests", *settings["source_paths"], *settings["also_copy"]])
    assert list(folder.glob(settings["only_mutate"][0]))
