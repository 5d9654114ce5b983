"""References: each stays within the document, leads somewhere, never back to itself, nor to more than can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from audioscape_luau.openapi.document import MAX_DEPTH
from audioscape_luau.openapi.model import Json
from audioscape_luau.openapi.problems import Fault, Problem, join_pointer, split_pointer

REF = "$ref"
MAX_PARTS = 500_000
"""How many values a document may have with all its references written out."""

# What these hold is named by the author, so that `$ref` is a name there and no reference.
_NAME_MAPS = frozenset(
    {
        "$defs",
        "callbacks",
        "content",
        "definitions",
        "dependentSchemas",
        "encoding",
        "examples",
        "headers",
        "links",
        "mapping",
        "parameters",
        "pathItems",
        "paths",
        "patternProperties",
        "properties",
        "requestBodies",
        "responses",
        "schemas",
        "scopes",
        "securitySchemes",
        "variables",
        "webhooks",
    }
)
_DATA = frozenset({"const", "default", "enum", "example", "value"})
# These lead out of the document, too, if they lead anywhere; none of them is supported.
_ADDRESSES = frozenset(
    {"$dynamicRef", "$id", "$recursiveRef", "$schema", "externalValue", "jsonSchemaDialect", "operationRef"}
)
_COMPONENT_NAME = re.compile(r"[A-Za-z0-9._-]+\Z")
_MAX_INDEX_DIGITS = 9
_SHOWN = 6


class Kind(Enum):
    """What the keys of a mapping are."""

    KEYWORDS = auto()
    NAMES = auto()
    DATA = auto()

    def below(self, key: str, value: Json) -> Kind:
        """Return what the keys of a member are."""
        if self is Kind.NAMES:
            return Kind.KEYWORDS
        if self is Kind.DATA or key in _DATA or key.startswith("x-"):
            return Kind.DATA
        if key == "examples" and isinstance(value, list):
            return Kind.DATA
        return Kind.NAMES if key in _NAME_MAPS and isinstance(value, dict) else Kind.KEYWORDS


def resolve(root: dict[str, Json], reference: str) -> Json:
    """Return what a local reference (`#/...`) points at; raise LookupError if there is nothing."""
    node: Json = root
    for token in split_pointer(reference[1:]):
        node = step(node, token)
    return node


def follow(root: dict[str, Json], pointer: str) -> tuple[str, Json]:
    """Return what lies at a pointer, or what that refers to, and where it does; raise LookupError if nothing does."""
    node = resolve(root, f"#{pointer}")
    while isinstance(node, dict) and REF in node:
        pointer = str(node[REF])[1:]
        node = resolve(root, f"#{pointer}")
    return pointer, node


def step(node: Json, token: str | int) -> Json:
    """Return the member of a mapping or list; raise LookupError if there is none."""
    if isinstance(node, dict):
        return node[str(token)]
    if isinstance(node, list) and str(token).isdecimal() and len(str(token)) <= _MAX_INDEX_DIGITS:
        return node[int(token)]
    raise LookupError(token)


def check_references(root: dict[str, Json]) -> Iterator[Problem]:
    """Yield what is wrong with references, first of all with those that lead out of the document.

    It is all that may be done with a document before: nobody else can be trusted not to follow one.
    """
    places = list(_references(root, "", Kind.KEYWORDS))
    problems = [problem for place in places if (problem := _check(root, place)) is not None]
    yield from problems
    if problems:
        return
    graph = _Graph.of([place for place in places if place.followed])
    yield from graph.cycles()
    if not graph.cyclic:
        yield from _too_large(root, graph.order)


@dataclass(frozen=True, slots=True)
class _Place:
    """A key that refers to something: of the mapping at `pointer`, which stands where keys are of a `kind`."""

    pointer: str
    key: str
    value: Json
    kind: Kind

    @property
    def followed(self) -> bool:
        """Whether it is a reference, and not the author's data or name."""
        return self.key == REF and self.kind is Kind.KEYWORDS


def _references(node: Json, pointer: str, kind: Kind) -> Iterator[_Place]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _references(item, join_pointer(pointer, index), kind)
    elif isinstance(node, dict):
        for key, value in node.items():
            addresses = kind is Kind.KEYWORDS and key in _ADDRESSES
            if addresses or (key == REF and (kind is Kind.KEYWORDS or isinstance(value, str))):
                yield _Place(pointer, key, value, kind)
            elif kind is Kind.NAMES and pointer.endswith("/discriminator/mapping"):
                yield _Place(pointer, key, value, Kind.NAMES)
            yield from _references(value, join_pointer(pointer, key), kind.below(key, value))


def _check(root: dict[str, Json], place: _Place) -> Problem | None:
    here = join_pointer(place.pointer, place.key)
    value = place.value
    if place.key != REF and not _is_remote(place):
        return None
    if not isinstance(value, str):
        return Problem(Fault.UNSUPPORTED_VALUE, here, "a reference must be text")
    if not value.startswith("#/"):
        message = f"{_short(value)} is not a reference within the document (#/...), and nothing else is ever read"
        return Problem(Fault.REMOTE_REFERENCE, here, message)
    if not place.followed:
        return None
    if "%" in value:
        return Problem(Fault.UNSUPPORTED_VALUE, here, "percent-encoding in references is not supported")
    try:
        resolve(root, value)
    except LookupError:
        return Problem(Fault.MISSING_REFERENCE, here, f"nothing lies at {_short(value)}")
    return None


def _is_remote(place: _Place) -> bool:
    """Say whether an address other than `$ref` leads out of the document; names of schemas do not."""
    if not isinstance(place.value, str) or place.value.startswith("#"):
        return False
    return place.kind is not Kind.NAMES or not _COMPONENT_NAME.match(place.value)


def _short(text: str) -> str:
    return repr(text if len(text) <= 200 else f"{text[:200]}...")


@dataclass(slots=True)
class _Graph:
    """The places that are referred to, and which of them each refers to."""

    edges: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    order: list[str] = field(default_factory=list[str])
    """Every place after all that it refers to, once cycles have been looked for."""
    cyclic: set[str] = field(default_factory=set[str])

    @classmethod
    def of(cls, places: list[_Place]) -> _Graph:
        targets = [(place.pointer, str(place.value)[1:]) for place in places]
        graph = cls({target: [] for _, target in targets})
        for pointer, target in targets:
            for holder in _ancestors(pointer):
                if holder in graph.edges:
                    graph.edges[holder].append(target)
        return graph

    def cycles(self) -> Iterator[Problem]:
        """Depth-first over the places; one met again on the way down closes a cycle."""
        done: set[str] = set()
        for start in self.edges:
            way: dict[str, None] = {}
            stack: list[tuple[str, bool]] = [(start, False)]
            while stack:
                place, leaving = stack.pop()
                if leaving:
                    way.popitem()
                    done.add(place)
                    self.order.append(place)
                elif place in way and place not in self.cyclic:
                    self.cyclic.add(place)
                    yield Problem(Fault.REFERENCE_CYCLE, place, f"refers back to itself: {_circle(list(way), place)}")
                elif place not in done and place not in way:
                    way[place] = None
                    stack.append((place, True))
                    stack.extend((target, False) for target in reversed(self.edges[place]))


def _ancestors(pointer: str) -> Iterator[str]:
    """Yield the pointer itself and all that enclose it."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]


def _circle(way: list[str], place: str) -> str:
    circle = [f"#{p}" for p in [*way[way.index(place) :], place]]
    if len(circle) > _SHOWN:
        circle = [*circle[: _SHOWN - 2], "...", circle[-1]]
    return " -> ".join(circle)


def _too_large(root: dict[str, Json], order: list[str]) -> Iterator[Problem]:
    """Yield a problem if the document is beyond measure with its references written out.

    order: what is referred to, each after all that it refers to itself.
    """
    measured: dict[str, tuple[int, int]] = {}
    for pointer in [*order, ""]:
        parts, depth = _measure(resolve(root, f"#{pointer}"), _kind_at(root, pointer), measured)
        if parts > MAX_PARTS or depth > MAX_DEPTH:
            much = f"nested more than {MAX_DEPTH} deep" if depth > MAX_DEPTH else f"more than {MAX_PARTS} values"
            yield Problem(Fault.TOO_LARGE, pointer, f"with its references written out, this is {much}")
            return
        measured[pointer] = parts, depth


def _kind_at(root: dict[str, Json], pointer: str) -> Kind:
    kind = Kind.KEYWORDS
    node: Json = root
    for token in split_pointer(pointer):
        node = step(node, token)
        kind = kind.below(token, node)
    return kind


def _measure(node: Json, kind: Kind, measured: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """Return how many values there are with references written out, and how deep they are nested."""
    parts, depth = 1, 0
    if isinstance(node, list):
        inner = [_measure(item, kind, measured) for item in node]
    elif isinstance(node, dict):
        inner = [
            measured[str(value)[1:]]
            if key == REF and kind is Kind.KEYWORDS
            else _measure(value, kind.below(key, value), measured)
            for key, value in node.items()
        ]
    else:
        return parts, depth
    return parts + sum(p for p, _ in inner), 1 + max((d for _, d in inner), default=0)
