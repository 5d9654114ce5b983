"""A document without what is wrong with it: the operations at fault and what they alone used are left out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from audioscape_luau.openapi.model import Json
from audioscape_luau.openapi.problems import Problem, join_pointer, split_pointer
from audioscape_luau.openapi.references import REF, Kind

type Mapped = dict[str, Json]

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
# What can be referred to; what else is wrong within `components` concerns the document as a whole.
_KINDS = frozenset({"headers", "parameters", "requestBodies", "responses", "schemas"})
_OPERATION_DEPTH = 3


def without(
    root: Mapped, read: Mapped, problems: Iterable[Problem], left_out: dict[str, list[Problem]], *, lenient: bool
) -> Mapped | None:
    """Return the document without what has problems; None if they concern it as a whole.

    read: the document as it was read, in which the problems are. left_out: gets each operation, by its pointer, with
    its problems.
    lenient: what no operation refers to when it is read does not count, so only operations need to go.
    """
    faulty: dict[str, list[Problem]] = {}
    for problem in problems:
        for place in _places(root, problem.pointer):
            faulty.setdefault(place, []).append(problem)
            if place == "":
                return None
    _spread(read, faulty)
    if not lenient:
        _spread(root, faulty)
    operations = {place: reasons for place, reasons in faulty.items() if place.startswith("/paths/")}
    for place, reasons in operations.items():
        told = left_out.setdefault(place, [])
        told += [reason for reason in reasons if reason not in told]
    if lenient:
        return used(_pruned(root, operations)) if operations else None
    return _pruned(root, faulty)


def used(root: Mapped) -> Mapped:
    """Return the document with those components only that its operations refer to."""
    parts = dict(_parts(root))
    queue = [place for place in parts if place.startswith("/paths/")]
    seen = set(queue)
    while queue:
        for target in _targets(parts.get(queue.pop()), Kind.KEYWORDS):
            if target not in seen:
                seen.add(target)
                queue.append(target)
    return _pruned(root, {place for place in parts if place not in seen})


def _places(root: Mapped, pointer: str) -> Iterator[str]:
    """Yield the operations or the component in which a place lies; an empty one if it lies in neither."""
    tokens = split_pointer(pointer)
    match tokens:
        case ["paths", path, *within]:
            paths = root.get("paths")
            item = paths.get(path) if isinstance(paths, dict) else None
            mine = [method for method in _METHODS if isinstance(item, dict) and method in item]
            if within and within[0] in mine:
                mine = [within[0]]
            if not mine:
                yield ""
            for method in mine:
                yield join_pointer("/paths", path, method)
        case ["components", kind, name, *_] if kind in _KINDS:
            components = root.get("components")
            parts = components.get(kind) if isinstance(components, dict) else None
            yield join_pointer("/components", kind, name) if isinstance(parts, dict) and name in parts else ""
        case _:
            yield ""


def _spread(root: Mapped, faulty: dict[str, list[Problem]]) -> None:
    """Add what refers to something faulty, with its problems."""
    users: dict[str, set[str]] = {}
    for place, part in _parts(root):
        for target in _targets(part, Kind.KEYWORDS):
            users.setdefault(target, set()).add(place)
    queue = list(faulty)
    while queue:
        place = queue.pop()
        for user in sorted(users.get(place, ())):
            known = faulty.get(user)
            more = [problem for problem in faulty[place] if known is None or problem not in known]
            if more:
                faulty[user] = [*(known or ()), *more]
                queue.append(user)


def _parts(root: Mapped) -> Iterator[tuple[str, Json]]:
    """Yield the operations, each with what its path has for all of its, and the components."""
    paths = root.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in _METHODS if isinstance(item, dict) else ():
            if isinstance(item, dict) and method in item:
                yield join_pointer("/paths", path, method), [item[method], item.get("parameters")]
    components = root.get("components")
    for kind, parts in components.items() if isinstance(components, dict) else ():
        for name, part in parts.items() if kind in _KINDS and isinstance(parts, dict) else ():
            yield join_pointer("/components", kind, name), part


def _targets(node: Json, kind: Kind) -> Iterator[str]:
    """Yield the components that a part refers to."""
    if isinstance(node, list):
        for item in node:
            yield from _targets(item, kind)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == REF and kind is Kind.KEYWORDS and isinstance(value, str):
                tokens = split_pointer(value.removeprefix("#"))
                yield join_pointer("", *tokens[:_OPERATION_DEPTH])
            else:
                yield from _targets(value, kind.below(key, value))


def _pruned(root: Mapped, faulty: Container[str]) -> Mapped:
    def kept(place: str, parts: Json) -> Json:
        if not isinstance(parts, dict):
            return parts
        return {name: part for name, part in parts.items() if join_pointer(place, name) not in faulty}

    made = dict(root)
    paths, components = root.get("paths"), root.get("components")
    if isinstance(paths, dict):
        items = {path: kept(join_pointer("/paths", path), item) for path, item in paths.items()}
        made["paths"] = {path: item for path, item in items.items() if _has_operation(item, root, path)}
    if isinstance(components, dict):
        made["components"] = {
            kind: kept(join_pointer("/components", kind), parts) for kind, parts in components.items()
        }
    return made


def _has_operation(item: Json, root: Mapped, path: str) -> bool:
    """Say whether a path has operations left, or never had any."""
    paths = root.get("paths")
    before = paths.get(path) if isinstance(paths, dict) else None
    if not isinstance(item, dict) or not isinstance(before, dict):
        return True
    return any(method in item for method in _METHODS) or not any(method in before for method in _METHODS)
