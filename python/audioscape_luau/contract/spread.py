"""A whole check, part by part, on as many processes as there are: what comes of it does not depend on how many.

Each process makes the same plan of the same order, and plays the parts that it is given. Only plain data comes back.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path

from hypothesis.configuration import set_hypothesis_home_dir

from audioscape_luau.contract.case import Case, Outcome, Phase
from audioscape_luau.contract.coverage import observe
from audioscape_luau.contract.plan import plan, replay
from audioscape_luau.contract.report import report_on
from audioscape_luau.contract.results import Finding
from audioscape_luau.contract.run import run
from audioscape_luau.contract.search import Search, leaving_nothing
from audioscape_luau.contract.subject import Module, Subject
from audioscape_luau.openapi import ApiModel

_PART = 100
"""Cases of a part: about as many as share a server."""
_WORTH = 600
"""Cases that take as long as a process takes to begin."""


class EndedError(RuntimeError):
    """A process of a check was gone before its part was done."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is checked, by what. token: the only case, instead of a plan. arguments: see `report_on`."""

    module: Module
    model: ApiModel
    phases: Sequence[Phase] = ()
    pattern: str = "*"
    token: str | None = None
    examples: int = 30
    seed: int = 0
    arguments: str = ""

    def parts(self) -> list[Part]:
        """Return all that there is to do, in order. Raises ValueError, NoSuchCaseError or NoExampleError."""
        if self.token is not None:
            return [Part((replay(self.model, self.token),))]
        return list(_parted(plan(self.model, self.phases, self.pattern), self.examples))


@dataclass(frozen=True, slots=True)
class Part:
    """Cases of one phase that follow each other in a plan."""

    cases: tuple[Case | Search, ...]

    @property
    def phase(self) -> Phase:
        return self.cases[0].phase


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a part. handled: names of what the client was seen to handle (`coverage`), and in how many cases."""

    phase: Phase
    cases: int
    findings: tuple[Finding, ...]
    handled: Mapping[str, int]


def check(order: Order, parts: Sequence[Part], *, jobs: int) -> Generator[Played]:
    """Yield what comes of each part of an order, in their order. Raises EndedError if a process is killed."""
    work = sum(_weight(case, order.examples) for part in parts for case in part.cases)
    processes = min(jobs, len(parts), round(work / _WORTH))
    with leaving_nothing() as folder:
        if processes > 1:
            yield from _spread(order, len(parts), processes, folder)
        else:
            work_here = _Work(order, parts)
            yield from map(work_here.play, range(len(parts)))


def _parted(cases: Sequence[Case | Search], examples: int) -> Iterator[Part]:
    part: list[Case | Search] = []
    weight = 0.0
    for case in cases:
        if part and (case.phase != part[0].phase or weight >= _PART):
            yield Part(tuple(part))
            part, weight = [], 0
        part.append(case)
        weight += _weight(case, examples)
    if part:
        yield Part(tuple(part))


def _weight(case: Case | Search, examples: int) -> float:
    return examples * case.effort if isinstance(case, Search) else 1


class _Work:
    """An order and the plan that follows from it, which cannot be handed on: it is made of functions."""

    def __init__(self, order: Order, parts: Sequence[Part]) -> None:
        self._order = order
        self._parts = parts
        self._subject = Subject(order.module, order.model)

    def play(self, number: int) -> Played:
        order, part = self._order, self._parts[number]
        findings: list[Finding] = []
        handled: Counter[str] = Counter()
        for outcome in run(self._subject, part.cases, examples=order.examples, seed=order.seed):
            findings.append(self._found(outcome))
            handled.update(_handled(order.model, outcome))
        return Played(part.phase, len(part.cases), tuple(findings), handled)

    def _found(self, outcome: Outcome) -> Finding:
        report = None
        if not outcome.kept:
            key_header, arguments = self._order.model.api_key_header, self._order.arguments
            report = report_on(outcome, key=self._subject.key, key_header=key_header, arguments=arguments)
        return Finding(outcome.case.phase, outcome.case.name, outcome.seconds, report)


def _handled(model: ApiModel, outcome: Outcome) -> set[str]:
    seen = outcome.observation
    if not outcome.kept or len(seen.calls) != 1:
        return set()
    exchanges = [(exchange.request, exchange.response) for exchange in seen.exchanges]
    call = seen.call
    return set(observe(model, call.method, exchanges, call.result, call.error or None, call.headers))


# Several processes


def _spread(order: Order, parts: int, processes: int, folder: str) -> Iterator[Played]:
    before = set(active_children())
    # Begun anew, as on every system: a fork copies whatever threads hold.
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(order, folder))
    try:
        with _uninterrupted():
            played = pool.map(_play, range(parts))
        yield from played
    except BaseException as error:
        for process in set(active_children()) - before:
            process.terminate()
        if isinstance(error, BrokenProcessPool):
            raise EndedError(
                "A process of the check ended too soon. It may have run out of memory, or the client takes Luau down. "
                "Check phase by phase with --phase and --jobs 1 to see where."
            ) from None
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Generator[None]:
    """Let processes begin that do not hear Ctrl-C: this one does, and ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)


_works: list[_Work] = []
"""What a process works at; nothing in the one that gives the order."""


def _begin(order: Order, folder: str) -> None:
    """Prepare a process for parts of an order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    set_hypothesis_home_dir(Path(folder))
    _works.append(_Work(order, order.parts()))


def _end_with_parent() -> None:
    """End with the process that began this one, which can no longer say so if it was killed."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _play(number: int) -> Played:
    return _works[0].play(number)
