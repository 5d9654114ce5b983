"""The programs that some tests start."""

from __future__ import annotations

import faulthandler
import importlib.util
import os
from typing import NoReturn

import pytest

from audioscape_luau.programs import find_tool
from audioscape_luau.quality.forks import can_fork


def tool(name: str) -> str:
    """Return the path of a tool; see `missing` for where there is none."""
    return find_tool(name) or missing(f"{name} is not installed; scripts/tools {name} builds it")


def package(name: str, group: str) -> None:
    """Do nothing if a Python package is installed; see `missing` for where it is not. `group`: of pyproject.toml."""
    if importlib.util.find_spec(name) is None:
        missing(f"{name} is not installed; uv sync --group {group} does it")


def missing(what: str) -> NoReturn:
    """Skip the test, visibly; in CI it fails, so that nothing is hidden."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what, allow_module_level=True)


def forks() -> None:
    """Skip the test, visibly, where processes cannot be forked; Linux always can."""
    if not can_fork():
        pytest.skip("this system cannot fork processes")
    # What looks whether a test hangs is a thread, and Python warns of forks beside any.
    faulthandler.cancel_dump_traceback_later()
