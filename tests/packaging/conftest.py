"""A release, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.artefacts import written


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the model file and the single file."""
    return written(tmp_path_factory.mktemp("dist"))
