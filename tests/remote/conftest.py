"""Servers that serve players."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.remote import Served


@pytest.fixture
def served() -> Iterator[Served]:
    """A server that has not begun to serve."""
    with Served() as served:
        yield served
