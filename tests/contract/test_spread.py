"""A check on several processes: it comes to the same, and no process outlasts it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import active_children

import pytest

from audioscape_luau.contract import spread
from audioscape_luau.contract.results import Finding
from audioscape_luau.contract.spread import EndedError, Order, Played, check
from support.broken import wrapped
from support.game import only

SIMILAR = only("similar")

pytestmark = pytest.mark.other_api

BROKEN = 'Wrapper.address("&limit=%d+", "%0%0")'


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> Iterator[Order]:
    """A client that sends an input twice, in a check of which each case is worth a process."""
    monkeypatch.setattr(spread, "_WORTH", 1)
    before = set(active_children())
    yield Order(wrapped(BROKEN), SIMILAR, phases=["examples", "fuzz"], examples=2)
    assert set(active_children()) <= before


def told(played: Iterator[Played]) -> list[tuple[str, int, list[Finding], dict[str, int]]]:
    """Return all that does not depend on how fast the machine is."""
    return [
        (part.phase, part.cases, [replace(finding, seconds=0) for finding in part.findings], dict(part.handled))
        for part in played
    ]


@pytest.mark.thorough
def test_it_comes_to_the_same_however_many_processes_there_are(order: Order) -> None:
    alone = told(check(order, order.parts(), jobs=1))
    assert [phase for phase, *_ in alone] == ["examples", "fuzz"]
    assert any(finding.report for _, _, findings, _ in alone for finding in findings)
    assert told(check(order, order.parts(), jobs=2)) == alone


@pytest.mark.thorough
def test_whoever_stops_listening_ends_the_processes(order: Order) -> None:
    playing = check(order, order.parts(), jobs=2)
    assert next(playing).phase == "examples"
    assert active_children()
    playing.close()


def test_a_process_that_is_gone_ends_the_check_in_words(order: Order) -> None:
    nowhere = replace(order, token="examples/no such case")
    with pytest.raises(EndedError, match="--jobs 1"):
        list(check(nowhere, order.parts(), jobs=2))
