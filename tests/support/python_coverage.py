"""`--cov`: what our Python runs is counted in tests that differ in it, and not again in cases much like them.

Every line costs its tracer as much, whoever wrote it and however often it ran: a third of a whole run.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest
from coverage import Coverage

from support.sampling import beyond

MARKER = "repeats: what it runs of our Python other tests run, too, so that --cov does not look at it"


class PythonCoverage:
    """The plugin, one in each process that runs tests."""

    def __init__(self) -> None:
        self._uncounted: set[pytest.Item] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        repeats = (item for item in session.items if item.get_closest_marker("repeats"))
        # Nor are cases beyond those of a quick run, which are much like them.
        self._uncounted = {*beyond(session.items), *repeats}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        coverage = Coverage.current()
        if coverage is None or item not in self._uncounted:
            return (yield)
        coverage.stop()
        try:
            return (yield)
        finally:
            coverage.start()
