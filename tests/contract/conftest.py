"""The game whose client is held against the contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.game import Game


@pytest.fixture(scope="module")
def game() -> Iterator[Game]:
    """One server for a whole file. Every call makes its own client, so that none remembers what another saw."""
    with Game() as game:
        yield game
