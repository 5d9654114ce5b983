"""A server on which the modules of the radio can be run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from audioscape_luau.engine import Peer, Universe
from support.game import shipped


@pytest.fixture(scope="module")
def server() -> Iterator[Peer]:
    """A server that the tests of one file share: what they run on it is pure."""
    with Universe() as universe:
        peer = universe.server()
        peer.mount(shipped(), "ServerScriptService")
        yield peer
