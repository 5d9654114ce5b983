"""Which lines and branches of Luau ran: the source counts by itself, with every line where it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pluau  # pyright: ignore[reportMissingTypeStubs]

from roblox_double.vm.lexer import Token, lex

_COMPILER = pluau.Compiler(0, 0, 0, 0)
_CLOSERS = {"if": "then", "elseif": "then", "while": "do"}
_NO_STATEMENT = frozenset({"end", "else", "elseif", "until", "export", "type"})
STORE = "luau coverage"
"""The member of `shared` where the counts of a VM gather."""
# `c` holds the counts of one module; `b` counts what a condition came to and hands it on.
_PREFIX = (
    "local __c,__b do local all=shared[{store}] or {{}} shared[{store}]=all "
    "local c=all[{name}] or table.create({size},0) all[{name}]=c __c=c "
    "__b=function(n,value) if value then c[n]+=1 else c[n+1]+=1 end return value end end "
)


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the two ways out of a condition: the line and column (from 1) where it begins, and what it came to."""

    line: int
    column: int
    outcome: bool

    def __str__(self) -> str:
        return f"{self.line}:{self.column} {'then' if self.outcome else 'else'}"


@dataclass(frozen=True, slots=True)
class Instrumented:
    """Source that counts. `lines` and `branches` say what the counts stand for: first all lines, then all branches."""

    source: str
    lines: tuple[int, ...]
    branches: tuple[Branch, ...]


def instrument(source: str, name: str) -> Instrumented:
    """Return `source` so changed that it counts its lines and branches under `name`, in `shared`.

    Source that does not compile, or that cannot be counted, comes back as it is, without lines and branches.
    """
    tokens = lex(source)
    pieces = [token.text for token in tokens]
    lines: list[int] = []
    for index in line_starts(tokens):
        if _compiles("".join([*pieces[:index], "__c[1]+=1;", *pieces[index:]])):
            lines.append(index)
    branches: list[Branch] = []
    for number, (start, end) in enumerate(conditions(tokens)):
        slot = len(lines) + 2 * number + 1
        pieces[start] += f" __b({slot},"
        pieces[end] = ") " + pieces[end]
        column = len("".join(token.text for token in tokens[:start]).rpartition("\n")[2]) + 1
        branches += [Branch(tokens[start].line, column, outcome) for outcome in (True, False)]
    for slot, index in enumerate(lines, 1):
        pieces[index] = f"__c[{slot}]+=1;" + pieces[index]
    prefix = _PREFIX.format(store=json.dumps(STORE), name=json.dumps(name), size=len(lines) + len(branches))
    counting = prefix + "".join(pieces)
    if not _compiles(counting):
        return Instrumented(source, (), ())
    return Instrumented(counting, tuple(tokens[index].line for index in lines), tuple(branches))


def places(code: Instrumented) -> list[tuple[int, int]]:
    """Return line and slot of everything that is counted, in the order of the lines."""
    lines = [(line, slot) for slot, line in enumerate(code.lines)]
    branches = [(branch.line, slot) for slot, branch in enumerate(code.branches, len(code.lines))]
    return sorted(lines + branches)


def line_starts(tokens: Sequence[Token]) -> Iterator[int]:
    """Yield the first token of each line that could begin a statement."""
    seen = 0
    for index, token in enumerate(tokens):
        if not token.is_code:
            continue
        begins = token.text == "(" or (token.kind in ("name", "keyword") and token.text not in _NO_STATEMENT)
        if begins and token.line > seen:
            yield index
        seen = max(seen, token.line + token.text.count("\n"))


def conditions(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Yield each condition as the keyword that opens it and the `then` or `do` that closes it.

    The head of `while true do` is none: nothing else can come of it.
    """
    open_: list[tuple[int, str]] = []  # conditions, and the blocks of functions within them
    for index, token in enumerate(tokens):
        if token.kind != "keyword":
            continue
        if token.text in _CLOSERS:
            open_.append((index, _CLOSERS[token.text]))
        elif token.text == "for":
            open_.append((index, "do of for"))
        elif open_ and token.text == open_[-1][1]:
            start, _ = open_.pop()
            if [token.text for token in tokens[start:index] if token.is_code] != ["while", "true"]:
                yield start, index
        elif open_ and token.text == "do" and open_[-1][1] == "do of for":
            open_.pop()


def _compiles(source: str) -> bool:
    try:
        _COMPILER.compile(source)
    except RuntimeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """How much of one file ran."""

    name: str
    lines: Mapping[int, int]
    branches: Mapping[Branch, int]

    @property
    def missed_lines(self) -> list[int]:
        """The lines that never ran."""
        return [line for line, count in self.lines.items() if count == 0]

    @property
    def missed_branches(self) -> list[Branch]:
        """The branches that were never taken."""
        return [branch for branch, count in self.branches.items() if count == 0]


def measure(name: str, code: Instrumented, counts: Sequence[int] | None) -> FileCoverage:
    """Give the counts of a module their meaning; None if the module never ran."""
    size = len(code.lines) + len(code.branches)
    known = list(counts) if counts is not None else [0] * size
    if len(known) != size:
        raise ValueError(f"{name}: {len(known)} counts for {size} places")
    return FileCoverage(
        name,
        dict(zip(code.lines, known[: len(code.lines)], strict=True)),
        dict(zip(code.branches, known[len(code.lines) :], strict=True)),
    )


def percent(parts: Sequence[tuple[int, int]]) -> float:
    """Return how much of a number of wholes, each given as (missed, all), is not missed; in percent."""
    whole = sum(every for _, every in parts)
    return 100.0 * (whole - sum(missed for missed, _ in parts)) / whole if whole else 100.0
