"""Mutants on trial: the tests that reach a mutant's place run with it, in a process of their own.

A plugin in place of pytest's own loop: the tests are collected once; then every process is a fork of this one, so that
a mutant costs no more than the tests that notice it.
"""

from __future__ import annotations

import gc
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Literal, cast

import pytest

from audioscape_luau.quality.coverage import Instrumented, instrument, places
from audioscape_luau.quality.forks import forked
from audioscape_luau.quality.mutation import Mutant
from audioscape_luau.quality.swap import counts, swap, watched
from roblox_double import Peer

SECONDS = 2.0
"""Seconds of the processor that a test may take in addition to ten times its usual; more means that it hangs."""

TESTS = 300
"""Tests that a mutant is tried with at most, the likeliest first.

One that none of them notices gets as many others at the end, when it is known what is likely; then it is a survivor.

Only what runs as a module is loaded is reached by more.
"""

_LEAD = 10
"""How many mutants a file of tests counts as having noticed if it is named after the module."""


type Stage = Literal["setup", "call", "teardown"]


class TrialError(Exception):
    """The tests fail without any mutant, or could not be collected."""


class _NoticedError(Exception):
    """A test failed with a mutant: nothing else is to be known."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: the test that noticed it, None if none did, and how many it was to be tried with."""

    mutant: Mutant
    noticed_by: str | None
    reached_by: int


@dataclass(frozen=True, slots=True)
class _Reach:
    """What one test did without any mutant: the slots it reached of each file, whether it passed, and its seconds."""

    slots: Mapping[str, frozenset[int]]
    passed: bool
    seconds: float


class Trial:
    """The plugin. `sources` are the shipped modules by name; `chosen` the mutants; `told` hears each verdict."""

    def __init__(
        self, sources: Mapping[str, str], chosen: Sequence[Mutant], told: Callable[[Verdict], None], jobs: int
    ) -> None:
        self._sources = sources
        self._chosen = chosen
        self._told = told
        self._jobs = jobs
        self._code: dict[str, Instrumented] = {}
        self._failed = self._on_trial = False
        self._items: list[pytest.Item] = []
        self._reaches: dict[int, _Reach] = {}
        self._killers: Counter[tuple[str, int | Path]] = Counter()
        self._problem: Exception | None = TrialError("The tests cannot be collected.")

    def check(self) -> None:
        """Raise what went wrong; pytest itself only counts it."""
        if self._problem is not None:
            raise self._problem

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if not session.testsfailed and session.items:
            self._problem = None
            try:
                self._try_all(session)
            except Exception as error:
                self._problem = error
        return True

    def _try_all(self, session: pytest.Session) -> None:
        self._items = session.items
        for name in {mutant.file for mutant in self._chosen}:
            self._code[name] = instrument(self._sources[name], name)
        self._warm_up()
        self._explore()
        # What is there by now stays: to look through it would have each process copy all of it.
        gc.collect()
        gc.freeze()
        for verdict in self._judge():
            self._told(verdict)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Report no more than the outcome: to tell where and why costs more than most tests."""
        skipped = call.excinfo is not None and call.excinfo.errisinstance(pytest.skip.Exception)
        outcome = "passed" if call.excinfo is None else "skipped" if skipped else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, cast("Stage", call.when))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed = self._failed or report.failed
        if self._failed and self._on_trial:
            raise _NoticedError

    def _warm_up(self) -> None:
        """Run one test of each file, so that what tests keep for each other is there before the process is copied."""
        for index in {item.path: index for index, item in enumerate(self._items)}.values():
            self._run(index, None)

    def _run(self, index: int, following: int | None) -> bool:
        """Run a test; return whether it passed."""
        self._failed = False
        item = self._items[index]
        next_item = None if following is None else self._items[following]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=next_item)
        return not self._failed

    # Without a mutant

    def _explore(self) -> None:
        size = -(-len(self._items) // (self._jobs * 4))
        shares = [range(first, min(first + size, len(self._items))) for first in range(0, len(self._items), size)]
        for _, reaches in forked(self._explored, shares, self._jobs):
            if reaches is None:
                raise TrialError("The tests end the process that they run in.")
            self._reaches.update(reaches)
        failing = [self._items[index].nodeid for index, reach in self._reaches.items() if not reach.passed]
        if failing:
            raise TrialError("These tests fail without any mutant:\n" + "\n".join(failing))

    def _explored(self, share: range) -> dict[int, _Reach]:
        swap({self._sources[name]: code.source for name, code in self._code.items()})
        found: dict[str, set[int]] = {}

        def gather(peer: Peer) -> None:
            for name, numbers in counts(peer).items():
                found.setdefault(name, set()).update(slot for slot, count in enumerate(numbers) if count)

        peers = watched(gather)
        reaches: dict[int, _Reach] = {}
        for index in share:
            found.clear()
            started = time.process_time()
            passed = self._run(index, index + 1 if index + 1 in share else None)
            # What tests share has run before, but each of them depends on it.
            for peer in list(peers):
                gather(peer)
            slots = {name: frozenset(numbers) for name, numbers in found.items()}
            reaches[index] = _Reach(slots, passed, time.process_time() - started)
        return reaches

    # With one

    def _judge(self) -> Iterator[Verdict]:
        by_slot: dict[tuple[str, int], list[int]] = {}
        for index in sorted(self._reaches, key=lambda index: (self._reaches[index].seconds, index)):
            for name, slots in self._reaches[index].slots.items():
                for slot in slots:
                    by_slot.setdefault((name, slot), []).append(index)
        lines_of = {name: places(code) for name, code in self._code.items()}

        def tests_of(mutant: Mutant, behind: Collection[int] = ()) -> list[int]:
            # A line that begins no statement, such as one within a table, may run whenever the module does.
            counted = any(line == mutant.line for line, _ in lines_of[mutant.file])
            slots = [slot for line, slot in lines_of[mutant.file] if line == mutant.line or not counted]
            by_rarity = sorted(filter(None, (by_slot.get((mutant.file, slot)) for slot in slots)), key=len)
            rare = by_rarity[0] if counted and by_rarity else []
            return self._in_order(mutant.file, set(chain.from_iterable(by_rarity)).difference(behind), set(rare))

        unnoticed: list[tuple[Mutant, list[int]]] = []
        for mutant, tests, noticed_by in self._tried((mutant, tests_of(mutant)) for mutant in self._chosen):
            if noticed_by is None and len(tests) == TESTS:
                unnoticed.append((mutant, tests))
            else:
                yield Verdict(mutant, noticed_by, len(tests))
        others = ((mutant, tests_of(mutant, behind)) for mutant, behind in unnoticed)
        for mutant, tests, noticed_by in self._tried(others):
            yield Verdict(mutant, noticed_by, TESTS + len(tests))

    def _tried(self, inputs: Iterable[tuple[Mutant, list[int]]]) -> Iterator[tuple[Mutant, list[int], str | None]]:
        """Yield each mutant with its tests and the one that noticed it."""
        for (mutant, tests), place in forked(self._noticed, inputs, self._jobs):
            if place is None:
                yield mutant, tests, "(it hangs)"
            elif place < 0:
                yield mutant, tests, None
            else:
                self._killers[mutant.file, place] += 1
                self._killers[mutant.file, self._items[place].path] += 1
                yield mutant, tests, self._items[place].nodeid

    def _in_order(self, file: str, tests: Iterable[int], rare: Collection[int]) -> list[int]:
        """Return the tests so that the one that notices a mutant of this file comes soon.

        Half of the places are for the `rare` tests, those that go where few others do: into the branch of a condition.
        What a module does as it is loaded all tests reach, but few look at it: those that do no more come last, and
        only a fourth of the places is kept for them. Within each file of tests, those that noticed others come first,
        then the quick ones. The files take turns, the more often the more they noticed. Those named after the module
        or its folder begin with a lead.
        """
        namesakes = {f"test_{name.lower()}" for name in (Path(file).stem, Path(file).parent.name)}
        turns: list[tuple[bool, float, float, int]] = []
        places = Counter[Path]()
        extents = {test: len(self._reaches[test].slots.get(file, ())) for test in tests}
        load = min(extents.values(), default=0)
        for index in sorted(extents, key=lambda test: (-self._killers[file, test], self._reaches[test].seconds, test)):
            path = self._items[index].path
            places[path] += 1
            noticed = self._killers[file, path] + (_LEAD if path.stem in namesakes else 0)
            only_loads = extents[index] == load and not self._killers[file, index]
            turns.append((only_loads, places[path] / (1 + noticed), self._reaches[index].seconds, index))
        turns.sort()
        first = [index for *_, index in turns if index in rare][: TESTS // 2]
        others = [(only_loads, index) for only_loads, *_, index in turns if index not in first]
        calling = [index for only_loads, index in others if not only_loads]
        room = TESTS - len(first)
        loading = [index for only_loads, index in others if only_loads][: max(room // 4, room - len(calling))]
        return first + calling[: room - len(loading)] + loading

    def _noticed(self, given: tuple[Mutant, list[int]]) -> int:
        mutant, tests = given
        swap({self._sources[mutant.file]: mutant.source})
        self._on_trial = True
        for index, following in zip_longest(tests, tests[1:]):
            if sys.platform != "win32":  # where nothing is tried, for want of forks
                signal.setitimer(signal.ITIMER_PROF, SECONDS + 10 * self._reaches[index].seconds)
            try:
                self._run(index, following)
            except _NoticedError:
                return index
        return -1
