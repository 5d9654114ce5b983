"""YAML as Rojo reads it: version 1.2 of the format, as the crate yaml-rust2 has it. PyYAML alone reads version 1.1."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

_STANDARD = "tag:yaml.org,2002:"
_CONSTANTS = {"": None, "~": None, "null": None} | {
    spelt(word): value for word, value in (("true", True), ("false", False)) for spelt in (str, str.title, str.upper)
}
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_PREFIXED = {"0x": (16, re.compile(r"[+-]?[0-9a-fA-F]+")), "0o": (8, re.compile(r"[+-]?[0-7]+"))}
_REAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_SPECIAL = {f"{sign}.{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")} | {
    f".{word}": math.nan for word in ("nan", "NaN", "NAN")
}
_BOUND = 2**63
_LONGEST = 100
"""Python reads no number of any length; one of this many digits is beyond the bound, or it is mostly zeros."""
_EXACT = 2**53
"""Rojo takes no integer beyond this: as a number of Luau it might be another one."""
_LINE_BREAKS = "\x85\u2028\u2029"
"""Line breaks of version 1.1 that are letters in version 1.2."""
_PRIVATE = range(0xE000, 0xF8FF)


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping of YAML. It is no dict: here 1, 1.0 and true are three keys, and so may lists be."""

    items: tuple[tuple[Any, Any], ...]


def read_yaml(text: str) -> Any:
    """Return the value of the only document in `text`, with `Pairs` for mappings. Raises ValueError and YAMLError."""
    free = (chr(code) for code in _PRIVATE if chr(code) not in text)
    hidden = {letter: next(free) for letter in _LINE_BREAKS if letter in text}
    shown = str.maketrans({hiding: letter for letter, hiding in hidden.items()})
    events: Iterator[Event] = iter(yaml.parse(text.translate(str.maketrans(hidden)), yaml.SafeLoader))  # pyright: ignore[reportUnknownMemberType]
    reading = _Reading(events, lambda said: said.translate(shown))
    documents = [reading.node(next(events)) for event in events if isinstance(event, DocumentStartEvent)]
    if len(documents) != 1:
        raise ValueError("a file has one YAML document, not " + (str(len(documents)) if documents else "none"))
    return documents[0]


class _Reading:
    def __init__(self, events: Iterator[Event], shown: Callable[[str], str]) -> None:
        self._events = events
        self._shown = shown
        self._anchors: dict[str, Any] = {}

    def node(self, event: Event) -> Any:
        """Build what begins with `event`."""
        if isinstance(event, AliasEvent):
            # What is still being built is not there yet.
            return self._anchors[event.anchor] if event.anchor in self._anchors else _refuse(event, "unknown anchor")
        if isinstance(event, ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, MappingStartEvent):
            value = self._mapping(event)
        else:
            value = [self.node(inner) for inner in self._until(SequenceEndEvent)]
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _until(self, end: type[Event]) -> Iterator[Event]:
        return iter(lambda: None if isinstance(event := next(self._events), end) else event, None)

    def _mapping(self, start: Event) -> Pairs:
        pairs: list[tuple[Any, Any]] = []
        for event in self._until(MappingEndEvent):
            key = self.node(event)
            if key is None:
                _refuse(event, "null is no key")
            pairs.append((key, self.node(next(self._events))))
        if len({repr(key) for key, _ in pairs}) < len(pairs):
            _refuse(start, "a key stands twice in this mapping")
        return Pairs(tuple(pairs))

    def _scalar(self, event: ScalarEvent) -> Any:
        text = self._shown(event.value)
        # A lone `!` is heard of by this alone.
        if event.style or (event.tag is None and not event.implicit[0]):
            return text
        if event.tag is None:
            value = _plain(text)
        elif event.tag.startswith(_STANDARD):
            value = _tagged(event.tag.removeprefix(_STANDARD), text, event)
        else:
            return text
        if isinstance(value, int) and abs(value) > _EXACT:
            _refuse(event, f"{text} is not exact as a number of Luau")
        return value


def _plain(text: str) -> Any:
    """Return what a word stands for that has no quotes and no tag."""
    base, digits = _PREFIXED.get(text[:2], (10, _INTEGER))
    number = text[2:] if base != 10 else text.removeprefix("+")
    if digits.fullmatch(number) and len(number) < _LONGEST and -_BOUND <= int(number, base) < _BOUND:
        return int(number, base)
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    real = _real(text)
    return text if real is None else real


def _real(text: str) -> float | None:
    return float(text) if _REAL.fullmatch(text) else _SPECIAL.get(text)


def _tagged(kind: str, text: str, event: Event) -> Any:
    known = {"null": {"~": None, "null": None}, "bool": {"true": True, "false": False}}.get(kind)
    if known is not None:
        return known[text] if text in known else _refuse(event, f"{text} is no {kind}")
    if kind == "int":
        return int(text) if _INTEGER.fullmatch(text) else _refuse(event, f"{text} is no {kind}")
    if kind == "float":
        real = _real(text)
        return _refuse(event, f"{text} is no {kind}") if real is None else real
    return text


def _refuse(event: Event, problem: str) -> NoReturn:
    line = event.start_mark.line + 1 if event.start_mark else 1
    raise ValueError(f"line {line}: {problem}")
