"""Runs cases and tells what comes of them, one by one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from audioscape_luau.contract.case import Broken, Case, Outcome
from audioscape_luau.contract.rules import check_always
from audioscape_luau.contract.search import Search, search
from audioscape_luau.contract.subject import Observation, Subject


def run(subject: Subject, cases: Iterable[Case | Search], *, examples: int, seed: int) -> Iterator[Outcome]:
    """Yield what comes of each case, and of each search as many as it finds broken."""
    for case in cases:
        if isinstance(case, Search):
            yield from search(case, lambda found: run_case(subject, found), examples=examples, number=seed)
        else:
            yield run_case(subject, case)


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
