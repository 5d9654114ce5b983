"""Runs cases and tells what comes of them, one by one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Self

from audioscape_luau.contract.case import Broken, Case, Outcome
from audioscape_luau.contract.rules import check_always
from audioscape_luau.contract.search import Search, search
from audioscape_luau.contract.subject import Observation, Stage, Subject

_COMPANY = 100
"""Cases on one server: the garbage of more takes longer to look through than the module takes to load."""


def run(subject: Subject, cases: Iterable[Case | Search], *, examples: int, seed: int) -> Iterator[Outcome]:
    """Yield what comes of each case, and of each search as many as it finds broken.

    Cases share servers where they may. What breaks in company is played again on a server of its own, and only that
    counts: it is what `--replay` shows.
    """
    with Company(subject) as company:
        for case in cases:
            if isinstance(case, Search):
                yield from search(case, company.run_case, examples=examples, number=seed)
            else:
                yield company.run_case(case)


class Company:
    """Plays cases on a server that they share, and those that cannot be among others on one of their own."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._stage: Stage | None = None
        self._played = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    def run_case(self, case: Case) -> Outcome:
        if case.alone:
            return run_case(self._subject, case)
        began = time.perf_counter()
        if self._stage is None or self._played >= _COMPANY:
            self._leave()
            self._stage = Stage(self._subject)
        self._played += 1
        seen = self._stage.play(case.script, case.answer)
        with suppress(Exception):  # what a judge cannot make sense of, `run_case` tells
            if not any(_judged(self._subject, case, seen)):
                return Outcome(case, (), seen, time.perf_counter() - began)
        self._leave()
        return run_case(self._subject, case)

    def _leave(self) -> None:
        if self._stage is not None:
            self._stage.__exit__()
        self._stage, self._played = None, 0


def run_case(subject: Subject, case: Case) -> Outcome:
    """Play a case and judge it.

    What a judge raises is its own fault, and raised, if it cannot make sense of the client that is generated either.
    """
    began = time.perf_counter()
    seen = subject.play(case.script, case.answer, case.around)
    broken: list[Broken] = []
    try:
        broken.extend(_judged(subject, case, seen))
    except Exception as error:
        # What a client may come up with is more than judges think of.
        reference = subject.reference
        list(_judged(reference, case, reference.play(case.script, case.answer, case.around)))
        broken.append(Broken("nothing-odd", f"no judge could make sense of what was seen: {error!r}"))
    return Outcome(case, tuple(_distinct(broken)), seen, time.perf_counter() - began)


def _judged(subject: Subject, case: Case, seen: Observation) -> Iterator[Broken]:
    yield from check_always(case, seen, subject.model, subject.key)
    if not seen.hung and not seen.failed:
        yield from case.judge(seen)
        if case.elsewhere:
            yield from case.elsewhere(seen, subject.play(case.script, case.answer, case.around, seed=1))


def _distinct(broken: Iterable[Broken]) -> Iterator[Broken]:
    """Leave out what repeats itself, such as the same fault of each of several requests."""
    yield from dict.fromkeys(broken)
