"""A game's own repository, made anew for each test."""

from __future__ import annotations

import pytest

import audioscape_luau.testing
from roblox_double.testing import items
from support.repository import Repository, write_repository

KEPT = (audioscape_luau.testing, items)
"""A run of pytest within this process forgets at its end what it imported, with all that was read and drawn there."""


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Leave out of inner runs the plugins that they do not use, and that take longer to import than a test takes."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:schemathesis -p no:anyio")
    return pytester


@pytest.fixture
def repository(pytester: pytest.Pytester) -> Repository:
    write_repository(pytester.path)
    return Repository(pytester)
