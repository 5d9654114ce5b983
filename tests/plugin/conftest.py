"""A game's own repository, made anew for each test."""

from __future__ import annotations

import pytest

from support.repository import Repository, write_repository


@pytest.fixture
def repository(pytester: pytest.Pytester) -> Repository:
    write_repository(pytester.path)
    return Repository(pytester)
