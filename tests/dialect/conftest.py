"""What a document may hold, seen from both of its sides: the client that is made of it, and the mocked API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import respx

from roblox_double import HttpxBridge, Universe
from support.both_sides import Both, both_sides, loaded
from support.specs import Document


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Callable[..., Both]]:
    """Make the two sides of a document, which has the examples that are given by name."""
    with Universe(bridge=HttpxBridge()) as universe, respx.mock(assert_all_called=False) as router:

        def make(document: Document, **examples: Document) -> Both:
            return both_sides(universe, router, loaded(document, tmp_path, **examples), tmp_path)

        yield make
