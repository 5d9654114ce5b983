"""A part of an API: the methods that a game uses, and nothing that only the others need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from audioscape_luau.codegen.names import method_name, paging_methods
from audioscape_luau.openapi.model import ApiModel, Missing, Operation, walk

_PARTS = {"radio": "radio", "track": "analytics", "flushAnalytics": "analytics", "analytics": "analytics"}
"""What people may call parts of the client that are no methods of the API."""
LEFT_OUT = "This build leaves it out."
"""With this a method hints that it is no part of the build."""


class SelectionError(Exception):
    """No part of the API is what was asked for; the text says why, and what there is."""


def select(model: ApiModel, names: Iterable[str]) -> ApiModel:
    """Return the API with these methods only; calling another one tells how to get it.

    A method whose reply is one of several kinds brings the narrower methods that it stands for.

    Raises:
        SelectionError: if there is no method of a name, or no name.
    """
    methods = {method_name(operation.id): operation for operation in model.methods}
    wanted = _wanted(list(names), list(methods), _bringing(model))
    choices = [choice for choice in model.choices if method_name(choice.operation.id) in wanted]
    ids = {methods[name].id for name in wanted} | {case for choice in choices for case in choice.cases}
    kept = [operation for operation in model.operations if operation.id in ids]
    routes = {route.id: route for route in (*model.methods, *model.replaced) if route.route is None}
    routed = dict.fromkeys(operation.route for operation in kept if operation.route not in {None, *ids})
    replaced = {route.id for route in model.replaced}
    bare = [routes[route] for route in routed if route is not None and route not in replaced]
    bare += [route for route in model.replaced if any(operation.route == route.id for operation in kept)]

    def narrowed(route: Operation) -> Operation:
        return replace(route, cases=tuple(case for case in route.cases if case.id in ids))

    left = [operation for operation in model.methods if operation.id not in ids]
    hints = {operation.id: _hint(operation) for operation in left}
    brought = {
        what: method_name(operation.id) for what, operation in _bringing(model).items() if operation.id not in ids
    }
    known = [replace(one, instead=hints.get(one.operation or "", one.instead)) for one in model.missing]
    part = replace(
        model,
        operations=tuple(map(narrowed, kept)),
        choices=tuple(replace(choice, operation=narrowed(choice.operation)) for choice in choices),
        replaced=tuple(map(narrowed, bare)),
        brought=brought,
        missing=(*known, *(missing for operation in left for missing in _missing(operation, hints[operation.id]))),
    )
    used = {id(shape) for operation in (*part.methods, *part.replaced) for shape in _shapes(operation)}
    return replace(part, schemas=tuple(shape for shape in model.schemas if id(shape) in used))


def _bringing(model: ApiModel) -> dict[str, Operation]:
    """Return which operations bring what is no method of the API."""
    found = {"radio": [one for one in model.operations if one.radio]}
    found["analytics"] = [one for one in model.operations if one.analytics]
    return {what: operations[0] for what, operations in found.items() if operations}


def _wanted(names: list[str], known: list[str], bringing: Mapping[str, Operation]) -> set[str]:
    there = f"The methods are: {', '.join(known)}"
    if not names:
        raise SelectionError(f"no method is named. {there}")
    for name in names:
        if name not in known:
            brings = bringing.get(_PARTS.get(name, ""))
            if brings is not None:
                raise SelectionError(
                    f"{name!r} is no method of the API: it comes with {method_name(brings.id)}. {there}"
                )
            close = {one.lower(): one for one in known}
            near = get_close_matches(name.lower(), close, n=1)
            guess = f" Did you mean {close[near[0]]}?" if near else ""
            raise SelectionError(f"there is no method {name!r}.{guess} {there}")
    return set(names)


def _hint(operation: Operation) -> str:
    return f"{LEFT_OUT} Add {method_name(operation.id)} to --only, and build again."


def _missing(operation: Operation, hint: str) -> Iterator[Missing]:
    yield Missing(name=method_name(operation.id), instead=hint)
    if operation.paging is not None:
        for name in paging_methods(operation.id, operation.paging.items):
            yield Missing(name=name, instead=hint, is_list=True)


def _shapes(operation: Operation) -> Iterator[object]:
    shapes = [field.shape for field in operation.fields]
    for response in operation.responses:
        shapes += [response.shape] if response.shape is not None else []
        shapes += [*response.kinds, *(header.shape for header in response.headers)]
    for shape in shapes:
        yield from walk(shape)
