"""A game's own repository, made anew for each test."""

from __future__ import annotations

import pytest

# What a run within this process imports it forgets at its end, and all that was read and drawn with it.
import audioscape_luau.testing  # noqa: F401
import roblox_double.testing.items  # noqa: F401
from support.repository import Repository, write_repository


@pytest.fixture
def repository(pytester: pytest.Pytester) -> Repository:
    write_repository(pytester.path)
    return Repository(pytester)
