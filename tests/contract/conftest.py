"""The game whose client is held against the contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import respx

from support.game import Game


@pytest.fixture(scope="module")
def game() -> Iterator[Game]:
    """One server for a whole file. Every call makes its own client, so that none remembers what another saw."""
    with respx.mock(assert_all_called=False) as router:
        game = Game(router)
        yield game
        game.close()
