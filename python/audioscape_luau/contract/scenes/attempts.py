"""What is taken and what is refused where options are given: at once, at the caller's line, in words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from audioscape_luau.contract.case import Broken, Judge
from audioscape_luau.contract.rules import check_worded
from audioscape_luau.contract.subject import KEY, Observation

_TRY = """do
	local ok, said = pcall(function() ATTEMPT end)
	table.insert(texts, if ok then false else tostring(said))
end
"""

type Bounds = Mapping[str, tuple[float, float]]
"""The least and the most that each of some options may be."""


def tried(attempts: Sequence[str]) -> str:
    """Return the Luau that makes attempts one by one.

    It returns its own name, then for each attempt false or what was said against it.
    """
    tries = "".join(_TRY.replace("ATTEMPT", text) for text in attempts)
    return f"local texts = {{ (debug.info(1, 's')) }}\n{tries}return table.unpack(texts)"


def outside(bounds: Bounds, whole: Collection[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield what numbers may not be, each with the words that must be told; those in `whole` have no fractions."""
    for name, (least, most) in bounds.items():
        step = 1 if name in whole else 0.001
        for value in (least - step, most + step, float("nan"), str(least), True):
            yield {name: value}, f"{name} {least} {most}"
        if name in whole:
            yield {name: least + 0.5}, name


def at_the(bounds: Bounds) -> Iterator[dict[str, float]]:
    """Yield all numbers at their least, and all at their most."""
    yield {name: least for name, (least, _) in bounds.items()}
    yield {name: most for name, (_, most) in bounds.items()}


def refused(attempts: Sequence[tuple[str, str]]) -> Judge:
    """Expect of each of the attempts that what is said against it holds some words, at the caller's line."""

    def judge(seen: Observation) -> Iterator[Broken]:
        here, *texts = seen.returned
        for (attempt, words), said in zip(attempts, texts, strict=True):
            if said is False:
                yield Broken("options-checked", f"{attempt} was accepted")
            elif not re.match(re.escape(str(here)) + r":\d+: ", said):
                yield Broken("options-checked", f"what is said of {attempt} does not name the caller's line: {said}")
            elif not all(word in said for word in words.split()):
                yield Broken("options-checked", f"what is said of {attempt} does not hold {words}: {said}")
            elif KEY in said:
                yield Broken("key-hidden", f"what is said of {attempt} shows the key")
            else:
                yield from check_worded(str(said).partition(", got ")[0])

    return judge


def taken(attempts: Sequence[str]) -> Judge:
    """Expect that each of the attempts succeeds."""

    def judge(seen: Observation) -> Iterator[Broken]:
        for attempt, said in zip(attempts, seen.returned[1:], strict=True):
            if said is not False:
                yield Broken("options-taken", f"{attempt} was refused: {said}")

    return judge
