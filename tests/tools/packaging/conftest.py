"""A release, built once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.artefacts import write_release
from support.once import once


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the model file and the single file."""
    return once(tmp_path_factory, "dist", write_release)
