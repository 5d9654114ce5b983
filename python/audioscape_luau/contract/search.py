"""Cases found by chance: hypothesis draws the data, shrinks what breaks, and the smallest case stands for it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.strategies import SearchStrategy

from audioscape_luau.contract import case as cases
from audioscape_luau.contract.case import Case, Outcome
from audioscape_luau.openapi import Operation

_SHRINKS = 300
"""Cases that are tried, after the first that breaks, to find a smaller one."""


@dataclass(frozen=True, slots=True)
class Search:
    """A family of cases. build: makes a case of drawn data, which is plain JSON (NaN included)."""

    phase: cases.Phase
    name: str
    operation: Operation
    strategy: SearchStrategy[Any]
    build: Callable[[Any], Case]
    effort: float = 1.0
    """How many cases it takes, as a share of the others'."""
    about: str = ""
    """See `Case`."""


class _EnoughError(BaseException):
    """Ends a search from within; hypothesis lets it pass."""


@contextmanager
def leaving_nothing() -> Generator[str]:
    """Keep hypothesis from leaving a folder of its notes where somebody happens to check a client.

    Yields the one that it uses meanwhile.
    """
    with TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield folder
        finally:
            set_hypothesis_home_dir(None)


def search(family: Search, run_case: Callable[[Case], Outcome], *, examples: int, number: int) -> Iterator[Outcome]:
    """Yield the smallest case that was found for each rule that breaks, or else the last case that was tried."""
    found: dict[str, Outcome] = {}
    last: list[Outcome] = []
    tried = 0
    began = time.perf_counter()

    @seed(number)
    @settings(
        max_examples=max(1, round(examples * family.effort)),
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
        verbosity=Verbosity.quiet,
        print_blob=False,
    )
    @given(data=family.strategy)
    def attempt(data: Any) -> None:
        nonlocal tried
        outcome = run_case(family.build(data))
        last[:] = [outcome]
        if outcome.kept:
            return
        for broken in outcome.broken:
            best = found.get(broken.rule)
            if best is None or _size(outcome) < _size(best):
                found[broken.rule] = outcome
        tried += 1
        if tried > _SHRINKS:
            raise _EnoughError
        raise _failures(outcome.broken[0].rule)

    try:
        attempt()
    except (_EnoughError, Exception) as error:
        if not found:
            raise RuntimeError(f"{family.phase}/{family.name} could not be searched: {error}") from error
    seconds = time.perf_counter() - began
    chosen = list({id(outcome): outcome for outcome in found.values()}.values()) or last
    for outcome in chosen:
        yield Outcome(outcome.case, outcome.broken, outcome.observation, seconds / len(chosen))


class _FoundError(Exception):
    """Tells hypothesis that a case broke."""


_kinds: dict[str, type[_FoundError]] = {}


def _failures(rule: str) -> _FoundError:
    """Return an exception whose class stands for the rule, so that shrinking does not slip into another."""
    return _kinds.setdefault(rule, type(f"Found_{rule}", (_FoundError,), {}))(rule)


def _size(outcome: Outcome) -> tuple[int, str]:
    text = json.dumps(outcome.case.data)
    return len(text), text
