"""The fixture of the tests that run the shipped client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import respx

from support.game import Game


@pytest.fixture
def game() -> Iterator[Game]:
    with respx.mock(assert_all_called=False) as router:
        game = Game(router)
        yield game
        game.close()
