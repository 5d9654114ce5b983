"""What requests and replies are made of is what the specification says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codegen.test_operations import as_script, rendered
from roblox_double import Peer
from support.game import Game


@pytest.fixture(scope="module")
def server() -> Iterator[Peer]:
    with Game() as game:
        yield game.server


@pytest.mark.parametrize("name", sorted(name for name in rendered() if "/operations/" not in name))
def test_what_is_generated_once_is_what_the_specification_says(server: Peer, name: str) -> None:
    assert server.run(as_script(name, rendered()[name])) in ([], [None])
