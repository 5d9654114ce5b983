"""What a radio's options may be, and what is said about the rest."""

from __future__ import annotations

import pytest

from audioscape_luau.engine import Peer
from support.radio import run

_CHECK = 'local settings, problem = load("RadioOptions").check(...) return settings ~= nil, problem or ""'


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("tracksPerAnchor", 0, False),
        ("tracksPerAnchor", 1, True),
        ("tracksPerAnchor", 1.5, False),
        ("tracksPerAnchor", 100, True),
        ("tracksPerAnchor", 101, False),
        ("random", 1, False),
        ("random", "chance", False),
    ],
)
def test_bounds(server: Peer, name: str, value: object, taken: bool) -> None:
    ok, problem = run(server, _CHECK, {name: value})
    assert ok is taken
    assert (name in problem) is not taken
