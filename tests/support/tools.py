"""The Luau tools that some tests start."""

from __future__ import annotations

import os

import pytest

from audioscape_luau.tools import find_tool


def tool(name: str) -> str:
    """Return the path of a tool. Without it the test is skipped, visibly; in CI it fails, so that nothing is hidden."""
    path = find_tool(name)
    if path is None:
        message = f"{name} is not installed; scripts/tools {name} builds it"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path
