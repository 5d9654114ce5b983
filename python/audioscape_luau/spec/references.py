"""Local references: check that each leads somewhere and never back to itself, before anyone follows one."""

from __future__ import annotations

from collections.abc import Iterator

from audioscape_luau.spec.model import Json
from audioscape_luau.spec.problems import Fault, Problem, join_pointer, split_pointer

# Below these keys lie names chosen by the author, so a `$ref` there is a name and no reference.
_NAME_MAPS = frozenset({"properties", "schemas", "x-examples"})
# Below these lies plain data.
_DATA = frozenset({"default", "enum", "example", "examples", "const"})


def resolve(root: dict[str, Json], reference: str) -> Json:
    """Return what a local reference (`#/...`) points at; raise LookupError if there is nothing."""
    node: Json = root
    for token in split_pointer(reference[1:]):
        node = step(node, token)
    return node


def step(node: Json, token: str | int) -> Json:
    """Return the member of a mapping or list; raise LookupError if there is none."""
    if isinstance(node, dict):
        return node[str(token)]
    if isinstance(node, list) and str(token).isdecimal():
        return node[int(token)]
    raise LookupError(token)


def check_references(root: dict[str, Json]) -> Iterator[Problem]:
    """Yield a problem for each reference that is remote, leads nowhere or leads back to itself."""
    edges: dict[str, list[str]] = {}
    places = list(_references(root, ""))
    broken = False
    for pointer, reference in places:
        problem = _check(root, pointer, reference)
        if problem is not None:
            broken = True
            yield problem
        else:
            edges.setdefault(reference[1:], [])
    if not broken:
        for pointer, reference in places:
            for holder in _ancestors(pointer):
                if holder in edges:
                    edges[holder].append(reference[1:])
        yield from _cycles(edges)


def _references(node: Json, pointer: str, *, names: bool = False) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _references(item, join_pointer(pointer, index))
    elif isinstance(node, dict):
        for key, value in node.items():
            here = join_pointer(pointer, key)
            if not names and key == "$ref" and isinstance(value, str):
                yield pointer, value
            elif names or key not in _DATA:
                yield from _references(value, here, names=not names and key in _NAME_MAPS)


def _ancestors(pointer: str) -> Iterator[str]:
    """Yield the pointer itself and all that enclose it."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]


def _check(root: dict[str, Json], pointer: str, reference: str) -> Problem | None:
    here = join_pointer(pointer, "$ref")
    if not reference.startswith("#/"):
        return Problem(Fault.REMOTE_REFERENCE, here, f"{reference!r} is not a reference within the document (#/...)")
    if "%" in reference:
        return Problem(Fault.UNSUPPORTED_VALUE, here, "percent-encoding in references is not supported")
    try:
        resolve(root, reference)
    except LookupError:
        return Problem(Fault.MISSING_REFERENCE, here, f"nothing lies at {reference!r}")
    return None


def _cycles(edges: dict[str, list[str]]) -> Iterator[Problem]:
    """Depth-first over the referenced places; a place met again on the way down closes a cycle."""
    done: set[str] = set()
    for start in edges:
        way: list[str] = []
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            place, leaving = stack.pop()
            if leaving:
                way.pop()
                done.add(place)
            elif place in way:
                circle = " -> ".join("#" + p for p in [*way[way.index(place) :], place])
                yield Problem(Fault.REFERENCE_CYCLE, place, f"refers back to itself: {circle}")
            elif place not in done:
                way.append(place)
                stack.append((place, True))
                stack.extend((target, False) for target in reversed(edges[place]))
