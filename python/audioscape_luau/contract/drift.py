"""Where a reply is not as the specification describes it: every place, where a validator stops at the first."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from audioscape_luau.mock.check import is_non_finite
from audioscape_luau.openapi import (
    MOST_DIGITS,
    Array,
    Boolean,
    Either,
    Field,
    Map,
    Number,
    Object,
    Shape,
    Text,
    asset_id,
)

type Kind = Literal["added", "missing", "wrong"]

BODY = "(body)"
"""The path of a whole reply. Those within are like `tracks[].mood.arousal`, or `counts.*` where the keys are data."""
ENOUGH = 10
"""So many objects without a field that the examples have are no chance any more."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A value that is not as it should be.

    found: the value as JSON or what else was seen, empty if there is none. within: the path whose values all might have
    deviated so.
    """

    kind: Kind
    path: str
    found: str
    expected: str
    within: str


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a value and all within it.

    By path: how many values there were, how many of them null and how many objects; and how many objects had no value
    for a field (`unexplained`) while no example of the specification tells why.
    """

    deviations: list[Deviation] = field(default_factory=list[Deviation])
    values: Counter[str] = field(default_factory=Counter[str])
    nulls: Counter[str] = field(default_factory=Counter[str])
    objects: Counter[str] = field(default_factory=Counter[str])
    unexplained: Counter[str] = field(default_factory=Counter[str])

    def add(self, other: Look) -> None:
        """Take in what was seen of another value."""
        self.deviations.extend(other.deviations)
        self.values.update(other.values)
        self.nulls.update(other.nulls)
        self.objects.update(other.objects)
        self.unexplained.update(other.unexplained)


class Habits:
    """Which optional fields are left out, and which of them together, as the specification's own examples show it.

    A schema says of nearly every field that it may be missing; an example shows when it is.
    """

    def __init__(self, shape: Shape, bodies: Iterable[Any] = ()) -> None:
        self._shown: dict[str, Counter[str]] = {}
        self._gaps: dict[str, Counter[frozenset[str]]] = {}
        for body in bodies:
            self._learn(shape, body, BODY)

    def explain(self, path: str, name: str, gap: frozenset[str]) -> bool:
        """Whether an object may do without a field when it has no value for any in `gap`: an example does with less.

        What examples seldom have tells nothing by being there or not.
        """
        if path not in self._shown or name not in self._shown[path]:
            return True
        usual = self._usual(path)
        return any(name in example and example & usual <= gap for example in self._gaps[path])

    def usual(self) -> Iterator[tuple[str, str]]:
        """Yield path and name of each field that at least half of the objects there have."""
        for path in self._shown:
            yield from ((path, name) for name in sorted(self._usual(path)))

    def _usual(self, path: str) -> frozenset[str]:
        objects = self._gaps[path].total()
        return frozenset(name for name, count in self._shown[path].items() if 2 * count >= objects)

    def _learn(self, shape: Shape, value: Any, path: str) -> None:
        if isinstance(shape, Object) and isinstance(value, dict):
            gap = _gap(shape, cast("dict[str, Any]", value))
            self._gaps.setdefault(path, Counter())[gap] += 1
            self._shown.setdefault(path, Counter()).update({member.name for member in shape.fields} - gap)
        for inner, place, member in _within(shape, value, path):
            self._learn(inner, member, place)


def look(shape: Shape, value: Any, habits: Habits | None = None) -> Look:
    """Hold a value that came as JSON against its shape; with `habits`, also against what examples have in common."""
    found = Look()
    _Walk(found, habits or Habits(shape)).walk(shape, value, BODY)
    return found


def never_there(seen: Look, habits: Habits) -> Iterator[Deviation]:
    """Yield the fields that examples mostly have and nothing that was seen had, unless they deviate anyhow."""
    told = {deviation.path for deviation in seen.deviations}
    for path, name in sorted(habits.usual()):
        place = join(path, name)
        enough = seen.objects[path] >= ENOUGH or seen.unexplained[place]
        if enough and seen.values[place] == seen.nulls[place] and place not in told:
            found = "null" if seen.values[place] else ""
            yield Deviation("missing", place, found, "a value in some replies, as in the examples", path)


def read(body: bytes) -> tuple[Any, list[Deviation]]:
    """Return the value that a body holds and what is wrong with it as JSON; None if it cannot be read.

    Numbers that are not finite are read: whether they may be there depends on the place.
    """
    twice: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            twice.extend(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return made

    try:
        value = json.loads(body.decode(), object_pairs_hook=members)
    except (ValueError, RecursionError):
        return None, [Deviation("wrong", BODY, plain(body.decode(errors="replace")), "JSON in UTF-8", BODY)]
    names = f"repeated keys {plain(sorted(set(twice)))}"
    return value, [Deviation("wrong", BODY, names, "each key once", BODY)] if twice else []


def paths(shape: Shape, path: str = BODY) -> Iterator[tuple[str, str]]:
    """Yield the path of every field within a shape, and of the object that it is a member of."""
    match shape:
        case Object():
            for member in shape.fields:
                place = join(path, member.name)
                yield place, path
                yield from paths(member.shape, place)
        case Array():
            yield from paths(shape.items, f"{path}[]")
        case Map(values=inner) if inner is not None:
            yield from paths(inner, join(path, "*"))
        case _:
            pass


def join(path: str, name: str) -> str:
    """Return the path of a member of the object at `path`."""
    return name if path == BODY else f"{path}.{name}"


def plain(value: Any) -> str:
    """Return a value as JSON, with what no text can hold spelt out."""
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace").decode()


def describe(shape: Shape) -> str:
    """Return in words what values a shape has."""
    match shape:
        case Text(asset_id=True):
            text = f"a string of up to {MOST_DIGITS} digits"
        case Text(enum=(_, *_) as members) | Number(enum=(_, *_) as members):
            text = f"one of {', '.join(map(plain, members))}"
        case Text():
            text = "a string" + _range(shape.min_length, shape.max_length, "characters")
            text += f" that matches {shape.pattern.text}" if shape.pattern else ""
        case Number():
            text = ("a whole number" if shape.integer else "a number") + _bounds(shape)
        case Boolean():
            text = "true or false"
        case Either():
            text = " or ".join(shape.kinds)
        case Array():
            text = "a list" + _range(shape.min_items, shape.max_items, "items")
        case Map():
            text = "an object" + _range(shape.min_entries, shape.max_entries, "entries")
        case Object():
            text = "an object"
    return f"{text}, or null" if shape.nullable else text


@dataclass(frozen=True, slots=True)
class _Walk:
    found: Look
    habits: Habits

    def walk(self, shape: Shape, value: Any, path: str) -> None:
        self.found.values[path] += 1
        if value is None:
            self.found.nulls[path] += 1
        if not _fits(shape, value):
            self._say("wrong", path, plain(value), describe(shape), path)
        if isinstance(shape, Object) and isinstance(value, dict):
            self.found.objects[path] += 1
            self._object(shape, cast("dict[str, Any]", value), path)
        for inner, place, member in _within(shape, value, path):
            self.walk(inner, member, place)

    def _object(self, shape: Object, value: dict[str, Any], path: str) -> None:
        names = {member.name for member in shape.fields}
        gap = _gap(shape, value)
        for member in shape.fields:
            place = join(path, member.name)
            explained = member.name not in gap or self.habits.explain(path, member.name, gap)
            self.found.unexplained[place] += not explained
            if member.name in value:
                continue
            if member.required:
                self._say("missing", place, "", f"{describe(member.shape)} (required)", path)
            elif not explained:
                self._say("missing", place, "", f"{describe(member.shape)}; every example has it", path)
        for name in value.keys() - names if not shape.open else ():
            self._say("added", join(path, name), plain(value[name]), "no such field in the spec", path)
        if shape.ordered:
            first, second = shape.ordered
            ends: tuple[Any, Any] = (value.get(first), value.get(second))
            if all(map(_is_number, ends)) and ends[0] > ends[1]:
                place = join(path, first)
                self._say("wrong", place, plain(ends[0]), f"not above `{second}`", place)

    def _say(self, kind: Kind, path: str, found: str, expected: str, within: str) -> None:
        self.found.deviations.append(Deviation(kind, path, found, expected, within))


def _gap(shape: Object, value: Mapping[str, Any]) -> frozenset[str]:
    """Return the declared fields for which an object has no value."""
    return frozenset(member.name for member in shape.fields if value.get(member.name) is None)


def _within(shape: Shape, value: Any, path: str) -> Iterator[tuple[Shape, str, Any]]:
    """Yield shape, path and value of all that is directly within a value, as far as its shape is that of the value."""
    match shape:
        case Object() if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            fields: Mapping[str, Field] = {member.name: member for member in shape.fields}
            yield from (
                (fields[name].shape, join(path, name), member) for name, member in members.items() if name in fields
            )
        case Map(values=inner) if inner is not None and isinstance(value, dict):
            yield from ((inner, join(path, "*"), member) for member in cast("dict[str, Any]", value).values())
        case Array() if isinstance(value, list):
            yield from ((shape.items, f"{path}[]", item) for item in cast("list[Any]", value))
        case _:
            pass


def _fits(shape: Shape, value: Any) -> bool:
    """Whether a value is of the kind of its shape and within its bounds, whatever is within it."""
    if value is None:
        return shape.nullable
    match shape:
        case Text(asset_id=True):
            return isinstance(value, str) and asset_id(value) is not None
        case Text():
            return isinstance(value, str) and shape.holds(value)
        case Number():
            return (shape.non_finite and is_non_finite(value)) or _fits_number(shape, value)
        case Boolean():
            return isinstance(value, bool)
        case Either():
            return any(_is_of(kind, value) for kind in shape.kinds)
        case Array():
            if not isinstance(value, list):
                return False
            return _is_between(len(cast("list[Any]", value)), shape.min_items, shape.max_items)
        case Map():
            if not isinstance(value, dict):
                return False
            return _is_between(len(cast("dict[str, Any]", value)), shape.min_entries, shape.max_entries)
        case Object():
            return isinstance(value, dict)


def _fits_number(shape: Number, value: Any) -> bool:
    return (
        _is_number(value)
        and (not shape.integer or value == math.floor(value))
        and (not shape.enum or value in shape.enum)
        and _is_between(value, shape.minimum, shape.maximum)
        and (shape.exclusive_minimum is None or value > shape.exclusive_minimum)
        and (shape.exclusive_maximum is None or value < shape.exclusive_maximum)
    )


def _is_of(kind: str, value: Any) -> bool:
    if kind in {"number", "integer"}:
        return _is_number(value) and (kind == "number" or value == math.floor(value))
    return isinstance(value, str if kind == "string" else bool)


def _is_number(value: Any) -> bool:
    """Whether a value is a number that JSON can hold."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_between(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _bounds(shape: Number) -> str:
    ends = (
        (shape.minimum, "at least"),
        (shape.exclusive_minimum, "above"),
        (shape.maximum, "at most"),
        (shape.exclusive_maximum, "below"),
    )
    return "".join(f", {word} {end:g}" for end, word in ends if end is not None)


def _range(low: int | None, high: int | None, unit: str) -> str:
    ends = ((low, "at least"), (high, "at most"))
    return "".join(f", {word} {end} {unit}" for end, word in ends if end is not None)
