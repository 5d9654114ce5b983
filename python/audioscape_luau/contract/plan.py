"""Which cases a check consists of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from audioscape_luau.contract.case import CHAIN, PHASES, Case, Phase, split_token
from audioscape_luau.contract.phases import boundaries, examples, faults, fuzz, stateful
from audioscape_luau.contract.search import Search
from audioscape_luau.openapi import ApiModel, Operation

_MAKERS: Mapping[Phase, Callable[[ApiModel], Iterable[Case | Search]]] = {
    "examples": examples.cases,
    "boundaries": boundaries.cases,
    "faults": faults.cases,
    "fuzz": fuzz.searches,
    "stateful": stateful.cases,
}

_SHARES = 6
"""Operations that share out what the chain does: of more, several show the same."""


class NoSuchCaseError(LookupError):
    """Nothing goes by that name."""


def plan(model: ApiModel, phases: Sequence[Phase] = (), pattern: str = "*") -> list[Case | Search]:
    """Return the cases of the phases (all if none are named) whose names match a pattern with `*` and `?`.

    Without a pattern, what is not about an operation itself is not tried on each. Raises NoSuchCaseError if there are
    no cases.
    """
    wanted: list[Phase] = [phase for phase in PHASES if not phases or phase in phases]
    made = [case for phase in wanted for case in _MAKERS[phase](model)]
    found = list(_enough(model, made)) if pattern == "*" else [case for case in made if _matches(case.name, pattern)]
    if not found:
        raise NoSuchCaseError(f"no case of {', '.join(wanted)} is named {pattern!r}")
    return found


def _enough(model: ApiModel, cases: Iterable[Case | Search]) -> Iterator[Case | Search]:
    """Yield the cases that show something anew.

    A schema's boundaries show the same wherever it is used, since each is read by one reader: the first operation with
    it shows all. The chain cannot tell one operation from another of its kind. So of each kind the first shows all that
    the chain does, and the others share it out among them, as an operation may be wired to it in a wrong way.
    """
    first: dict[Any, str] = {}
    for operation in model.operations:
        first.setdefault(_kind(operation), operation.id)
    others = [operation.id for operation in model.operations if operation.id not in first.values()]
    shares = min(len(others), _SHARES)
    seen: dict[str, str] = {}
    numbers: Counter[tuple[Phase, str]] = Counter()
    for case in cases:
        operation = case.operation.id
        if case.about == CHAIN:
            if operation in first.values():
                yield case
            elif isinstance(case, Search):
                yield replace(case, effort=case.effort / shares)
            else:
                number = numbers[case.phase, operation]
                numbers[case.phase, operation] += 1
                if number % shares == others.index(operation) % shares:
                    yield case
        elif not case.about or seen.setdefault(case.about, operation) == operation:
            yield case


def _kind(operation: Operation) -> tuple[Any, ...]:
    """Return what the chain goes by: whether a call may be remembered and repeated, and what it sends and expects."""
    return operation.effect, operation.method, operation.reply is None


def replay(model: ApiModel, token: str) -> Case:
    """Return the case that a token stands for. Raises ValueError or NoSuchCaseError if there is none."""
    phase, name, data = split_token(token)
    for case in _named(model, phase, name):
        if isinstance(case, Search) and data is not None:
            return case.build(data)
        if isinstance(case, Case) and data is None:
            return case
    raise NoSuchCaseError(f"no case of {phase} is named {name!r}")


def _named(model: ApiModel, phase: Phase, name: str) -> Iterator[Any]:
    return (case for case in _MAKERS[phase](model) if case.name == name)


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)
