"""What games asked for and the double does not model, in the reports of their tests."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import pytest

from roblox_double.legible import legible

_PROPERTY = "not modelled"
_LINE = re.compile(r"(?:.*?, at \S+ s: )?(?P<what>.*?)(?: \((?P<count>\d+) times\))?", re.DOTALL)
_TO_DO = (
    "Stub the services that a test needs (ini option roblox_services), or move such code out of the tested project. "
    'A test marked with not_modelled="report" passes in spite of it.'
)


def note_gaps(item: pytest.Item, gaps: Sequence[str]) -> None:
    """Write into the report of a test what its game asked for in vain, lines of `Roblox.told_gaps`."""
    if gaps:
        item.add_report_section("call", _PROPERTY, legible("\n".join(gaps)))
        item.user_properties.extend((_PROPERTY, legible(gap)) for gap in gaps)


def summary(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Return a line for each thing that any of the tests asked for in vain, the most frequent first, and what to do."""
    counts = defaultdict[str, int](int)
    tests = defaultdict[str, set[str]](set)
    for report in reports:
        for name, value in report.user_properties:
            found = _LINE.fullmatch(str(value)) if name == _PROPERTY else None
            if found:
                counts[found["what"]] += int(found["count"] or 1)
                tests[found["what"]].add(report.nodeid)
    if not counts:
        return []
    ranked = sorted(counts, key=lambda what: (-len(tests[what]), -counts[what], what))
    return [f"{what} ({_many(counts[what], 'time')} in {_many(len(tests[what]), 'test')})" for what in ranked] + [
        _TO_DO
    ]


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
