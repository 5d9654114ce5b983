"""`pattern`: ECMAScript's regular expressions without what is not regular, as a machine that both sides run alike.

The machine takes a text one character after the other and keeps every place in the pattern where it may be, so it needs
no stack, never goes back, and takes a time that grows with the text only. The client runs the very same one; see
`wire/pattern.luau`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

MAX_STATES = 500
MAX_STEPS = 5000
_MAX_DEPTH = 20
MATCHED = 0
MATCHED_AT_END = -1

type Ranges = tuple[tuple[int, int], ...]
type _Mark = Literal["", "^", "$"]

_LAST = 0x10FFFF
_DIGIT: Ranges = ((0x30, 0x39),)
_WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_LINE_ENDS: Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
_BLANK: Ranges = (
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)
_NAMED: dict[str, Ranges] = {"d": _DIGIT, "w": _WORD, "s": _BLANK}
_CONTROLS = {"t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D, "0": 0x00}
_HEX = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}")
_COUNT = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}")
_GROUP = re.compile(r"\((\?:|\?<[A-Za-z_$][A-Za-z0-9_$]*>)?")
_TOO_LARGE = f"has more than {MAX_STATES} places; count characters with `maxLength` instead"
_LIKED = "a0A_- ./:"


class PatternError(ValueError):
    """A pattern that is not of the subset, and what to do about it."""


@dataclass(frozen=True, slots=True)
class State:
    """A place in the pattern that waits for a character in `ranges`, and the places behind it."""

    ranges: Ranges
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A machine. Places count from 1; MATCHED and MATCHED_AT_END stand for the end of the pattern.

    first: where it may be before the first character. later: where it may begin before any other.
    """

    text: str
    states: tuple[State, ...] = field(compare=False, repr=False)
    first: tuple[int, ...] = field(compare=False, repr=False)
    later: tuple[int, ...] = field(compare=False, repr=False)

    def matches(self, text: str) -> bool:
        """Whether the pattern is found in a text."""
        here = set(self.first)
        for character in text:
            if MATCHED in here:
                return True
            here = self._after(here, ord(character)) | set(self.later)
        return MATCHED in here or MATCHED_AT_END in here

    def sample(self, least: int = 0, most: int | None = None) -> str | None:
        """Return a short text of the pattern that has so many characters, None if there is none."""
        return next(self.samples(least, most), None)

    def samples(self, least: int = 0, most: int | None = None) -> Iterator[str]:
        """Yield texts of the pattern, one for each length, the shortest first."""
        longest = len(self.states) + least + 1 if most is None else min(most, len(self.states) + least + 1)
        reached: dict[frozenset[int], str] = {frozenset(self.first): ""}
        for length in range(longest + 1):
            found = next((text for here, text in reached.items() if here & {MATCHED, MATCHED_AT_END}), None)
            if length >= least and found is not None:
                yield found
            step: dict[frozenset[int], str] = {}
            for here, text in reached.items():
                for code in self._telling(here):
                    after = frozenset(self._after(here, code) | set(self.later))
                    if MATCHED in here:
                        after |= {MATCHED}
                    if after and len(step) < MAX_STATES:
                        step.setdefault(after, text + chr(code))
            reached = step

    def _after(self, here: Iterable[int], code: int) -> set[int]:
        found: set[int] = set()
        for place in here:
            if place > 0 and any(low <= code <= high for low, high in self.states[place - 1].ranges):
                found.update(self.states[place - 1].after)
        return found

    def _telling(self, here: Iterable[int]) -> Iterator[int]:
        """Yield a character for each place that waits for one, one that people can read if there is one."""
        if MATCHED in here or self.later:
            yield ord(_LIKED[0])
        for place in sorted(here):
            if place > 0:
                ranges = self.states[place - 1].ranges
                liked = (ord(c) for c in _LIKED if any(low <= ord(c) <= high for low, high in ranges))
                yield next(liked, ranges[0][0] if ranges[0][0] not in range(0xD800, 0xE000) else 0xE000)


@lru_cache(maxsize=256)
def read_pattern(text: str) -> Pattern:
    """Return the machine of a pattern.

    Raises:
        PatternError: if it is no regular expression of ECMAScript, or has more than is supported.
    """
    reader = _Reader(text)
    start, end = reader.whole()
    return _machine(text, reader.nodes, start, end)


@dataclass(slots=True)
class _Node:
    """A place before it is known which of them wait for a character."""

    ranges: Ranges | None = None
    after: list[tuple[int, _Mark]] = field(default_factory=list[tuple[int, "_Mark"]])


@dataclass(slots=True)
class _Reader:
    """Reads a pattern by recursive descent; every part is a piece of the graph with one way in and one way out."""

    text: str
    at: int = 0
    depth: int = 0
    nodes: list[_Node] = field(default_factory=list[_Node])

    def whole(self) -> tuple[int, int]:
        part = self._either()
        if self.at < len(self.text):
            raise self._error("has a `)` that closes nothing")
        return part

    def _node(self, ranges: Ranges | None = None) -> int:
        self.nodes.append(_Node(ranges))
        if len(self.nodes) > 4 * MAX_STATES:
            raise PatternError(_TOO_LARGE)
        return len(self.nodes) - 1

    def _link(self, start: int, end: int, mark: _Mark = "") -> None:
        self.nodes[start].after.append((end, mark))

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _error(self, what: str) -> PatternError:
        return PatternError(f"{what}, at its character {self.at + 1}")

    def _either(self) -> tuple[int, int]:
        start, end = self._node(), self._node()
        while True:
            first, last = self._sequence()
            self._link(start, first)
            self._link(last, end)
            if self._peek() != "|":
                return start, end
            self.at += 1

    def _sequence(self) -> tuple[int, int]:
        start = end = self._node()
        while self._peek() not in ("", "|", ")"):
            first, last = self._repeated()
            self._link(end, first)
            end = last
        return start, end

    def _repeated(self) -> tuple[int, int]:
        begin = self.at
        part = self._atom()
        stop = self.at
        least, most = self._times()
        if self.at == stop:
            return part
        if self.text[begin] in "^$":
            raise self._error("repeats an anchor")
        end_of_quantifier = self.at
        start = end = self._node()
        # The part is read again for each time that it may come.
        for time in range(most if most is not None else max(least, 1)):
            self.at = begin
            first, last = self._atom()
            self._link(end, first)
            if time >= least:
                self._link(end, last)
            if most is None and time >= least - 1:
                self._link(last, first)
            end = last
        self.at = end_of_quantifier
        return start, end

    def _times(self) -> tuple[int, int | None]:
        here = self._peek()
        known: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        times = known.get(here)
        count = _COUNT.match(self.text, self.at)
        if times is not None:
            self.at += 1
        elif count is not None:
            self.at = count.end()
            least = int(count[1])
            times = least, (int(count[3]) if count[3] else None) if count[2] else least
            if times[1] is not None and times[1] < least:
                raise self._error("counts down")
        else:
            return 1, 1
        # Whether the shortest or the longest is tried first does not change whether there is one.
        if self._peek() == "?":
            self.at += 1
        if self._peek() in ("*", "+", "?") and self._peek():
            raise self._error("repeats nothing")
        return times

    def _atom(self) -> tuple[int, int]:
        here = self._peek()
        if here == "(":
            return self._group()
        if here in ("^", "$"):
            self.at += 1
            start, end = self._node(), self._node()
            self._link(start, end, "^" if here == "^" else "$")
            return start, end
        if here in ("*", "+", "?"):
            raise self._error("repeats nothing")
        if here in ("{", "}", "]"):
            raise self._error(f"has a bare `{here}`; write `\\{here}`")
        start, end = self._node(self._characters()), self._node()
        self._link(start, end)
        return start, end

    def _group(self) -> tuple[int, int]:
        opened = _GROUP.match(self.text, self.at)
        self.at = opened.end() if opened else self.at
        if self._peek() == "?":
            raise self._error("looks ahead or behind, which is not supported; say it with `minLength` or `enum`")
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise self._error("nests its groups too deep")
        part = self._either()
        self.depth -= 1
        if self._peek() != ")":
            raise self._error("has a `(` that nothing closes")
        self.at += 1
        return part

    def _characters(self) -> Ranges:
        here = self._peek()
        self.at += 1
        if here == ".":
            return _without(_LINE_ENDS)
        if here == "[":
            return self._set()
        return self._escape() if here == "\\" else _one(ord(here))

    def _escape(self) -> Ranges:
        here = self._peek()
        code = _HEX.match(self.text, self.at)
        if code is not None:
            self.at = code.end()
            return _one(int(code[1] or code[2] or code[3], 16))
        self.at += 1
        if here.lower() in _NAMED:
            return _NAMED[here] if here in _NAMED else _without(_NAMED[here.lower()])
        if here in _CONTROLS and not (here == "0" and self._peek().isdigit()):
            return _one(_CONTROLS[here])
        if not here or (here.isascii() and here.isalnum()):
            self.at -= 1
            raise self._error(f"has `\\{here}`, which is not supported; write the characters out")
        return _one(ord(here))

    def _set(self) -> Ranges:
        inverted = self._peek() == "^"
        self.at += inverted
        found: list[tuple[int, int]] = []
        while self._peek() != "]":
            low = self._member()
            if self._peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high = self._member()
                first, last = _only(low), _only(high)
                if first is None or last is None or first > last:
                    raise self._error("has a range without two ends in order")
                found.append((first, last))
            else:
                found.extend(low)
        self.at += 1
        return _without(tuple(found)) if inverted else _merged(found)

    def _member(self) -> Ranges:
        here = self._peek()
        if not here:
            raise self._error("has a `[` that nothing closes")
        self.at += 1
        if here != "\\":
            return _one(ord(here))
        if self._peek() == "b":
            self.at += 1
            return _one(0x08)
        if self._peek() == "-":
            self.at += 1
            return _one(0x2D)
        return self._escape()


def _one(code: int) -> Ranges:
    return ((code, code),)


def _only(ranges: Ranges) -> int | None:
    """Return the one character of ranges, None if they have several."""
    ends = {end for both in ranges for end in both}
    return ends.pop() if len(ends) == 1 else None


def _merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], high)
        else:
            merged.append((low, high))
    return tuple(merged)


def _without(ranges: Ranges) -> Ranges:
    found: list[tuple[int, int]] = []
    start = 0
    for low, high in _merged(ranges):
        if low > start:
            found.append((start, low - 1))
        start = high + 1
    if start <= _LAST:
        found.append((start, _LAST))
    return tuple(found)


def _machine(text: str, nodes: list[_Node], start: int, end: int) -> Pattern:
    places: dict[int, int] = {}
    states: list[State] = []
    first = _closure(nodes, start, places, end, at_start=True)
    later = _closure(nodes, start, places, end, at_start=False)
    # Places are numbered as they are reached, so those that nothing leads to have none.
    while len(states) < len(places):
        node = nodes[list(places)[len(states)]]
        states.append(State(node.ranges or (), _closure(nodes, node.after[0][0], places, end, at_start=False)))
        if len(states) > MAX_STATES or sum(len(state.after) for state in states) > MAX_STEPS:
            raise PatternError(_TOO_LARGE)
    return Pattern(text, tuple(states), first, later)


def _closure(nodes: list[_Node], node: int, places: dict[int, int], end: int, *, at_start: bool) -> tuple[int, ...]:
    """Return the places that a node leads to without a character, and number those that are new."""
    seen = {(node, False)}
    stack = [(node, False)]
    found: set[int] = set()
    while stack:
        here, at_end = stack.pop()
        if here == end:
            found.add(MATCHED_AT_END if at_end else MATCHED)
        if nodes[here].ranges is not None:
            # Behind `$` there is no character to wait for; a set of none waits for ever.
            if not at_end and nodes[here].ranges:
                found.add(places.setdefault(here, len(places) + 1))
            continue
        for after, mark in nodes[here].after:
            step = after, at_end or mark == "$"
            if (mark != "^" or at_start) and step not in seen:
                seen.add(step)
                stack.append(step)
    return (MATCHED,) if MATCHED in found else tuple(sorted(found))
