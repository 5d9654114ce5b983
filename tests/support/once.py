"""What is slow to make and only read: it is made once for all workers of a run of the tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of that name which `make` has filled, in this process or in another one of the same run.

    `make` gets the path of a folder that is not there yet. If it fails, whoever asks next tries again.
    """
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # beside it lie the folders of the other workers
    folder, mark = root / name, root / f"{name}.made"
    with FileLock(root / f"{name}.lock"):
        if not mark.exists():
            make(folder)
            mark.touch()
    return folder
