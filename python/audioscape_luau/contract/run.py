"""Runs cases and tells what comes of them, one by one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from audioscape_luau.contract.case import Broken, Case, Outcome
from audioscape_luau.contract.rules import check_always
from audioscape_luau.contract.search import Search, search
from audioscape_luau.contract.subject import Subject


def run(subject: Subject, cases: Iterable[Case | Search], *, examples: int, seed: int) -> Iterator[Outcome]:
    """Yield what comes of each case, and of each search as many as it finds broken."""
    for case in cases:
        if isinstance(case, Search):
            yield from search(case, lambda found: run_case(subject, found), examples=examples, number=seed)
        else:
            yield run_case(subject, case)


def run_case(subject: Subject, case: Case) -> Outcome:
    """Play a case and judge it."""
    began = time.perf_counter()
    seen = subject.play(case.script, case.answer, case.around)
    broken: list[Broken] = []
    try:
        broken += check_always(case, seen, subject.model, subject.key)
        if not seen.hung and not seen.failed:
            broken += case.judge(seen)
            if case.elsewhere:
                broken += case.elsewhere(seen, subject.play(case.script, case.answer, case.around, seed=1))
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        # What a client may come up with is more than judges think of.
        broken.append(Broken("nothing-odd", f"no judge could make sense of what was seen: {error!r}"))
    return Outcome(case, tuple(_distinct(broken)), seen, time.perf_counter() - began)


def _distinct(broken: Iterable[Broken]) -> Iterator[Broken]:
    """Leave out what repeats itself, such as the same fault of each of several requests."""
    yield from dict.fromkeys(broken)
