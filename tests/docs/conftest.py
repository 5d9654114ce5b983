"""The documentation site, built once for the tests of it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.once import once
from support.tools import package

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Site:
    """What mkdocs made, and what it said meanwhile."""

    folder: Path
    said: str


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site as CI builds it."""
    folder = once(tmp_path_factory, "docs", _build)
    return Site(folder / "site", (folder / "said.txt").read_text(encoding="utf-8"))


def _build(folder: Path) -> None:
    package("mkdocs", "docs")
    folder.mkdir(exist_ok=True)
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder / "site"],
        cwd=ROOT,
        # The theme advertises its successor on every build.
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    (folder / "said.txt").write_text(said, encoding="utf-8")
