"""Which cases a check consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from audioscape_luau.contract.case import PHASES, Case, Phase, split_token
from audioscape_luau.contract.phases import boundaries, examples, faults, fuzz, stateful
from audioscape_luau.contract.search import Search
from audioscape_luau.openapi import ApiModel

_MAKERS: Mapping[Phase, Callable[[ApiModel], Iterable[Case | Search]]] = {
    "examples": examples.cases,
    "boundaries": boundaries.cases,
    "faults": faults.cases,
    "fuzz": fuzz.searches,
    "stateful": stateful.cases,
}


class NoSuchCaseError(LookupError):
    """Nothing goes by that name."""


def plan(model: ApiModel, phases: Sequence[Phase] = (), pattern: str = "*") -> list[Case | Search]:
    """Return the cases of the phases (all if none are named) whose names match a pattern with `*` and `?`.

    Raises NoSuchCaseError if there are none.
    """
    wanted: list[Phase] = [phase for phase in PHASES if not phases or phase in phases]
    found = [case for phase in wanted for case in _MAKERS[phase](model) if _matches(case.name, pattern)]
    if not found:
        raise NoSuchCaseError(f"no case of {', '.join(wanted)} is named {pattern!r}")
    return found


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
