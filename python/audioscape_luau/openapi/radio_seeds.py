"""`x-radio-seeds`: how the radio can start with what an operation finds, such as a search or a chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audioscape_luau.openapi.methods import takes
from audioscape_luau.openapi.model import Array, Number, Object, Operation, Seeds, Shape, Text
from audioscape_luau.openapi.node import Node
from audioscape_luau.openapi.problems import Fault, Problem, join_pointer

EXTENSION = "x-radio-seeds"


def read_seeds(node: Node, operation: Operation) -> tuple[Seeds, ...]:
    """Read the extension of an operation or of a narrower method, in the document's order."""
    if not node.has(EXTENSION):
        return ()
    raw = node.child(EXTENSION)
    if raw is None:
        node.fail(Fault.INVALID_EXTENSION, "must be a mapping", EXTENSION)
        return ()
    return tuple(_seeds(form, way, operation) for form, way in raw.entries())


def conflicts(operations: Sequence[Operation], schemas: Sequence[Object]) -> Iterator[Problem]:
    """Yield what is wrong with the ways to start a radio taken together."""
    radio = next((operation for operation in operations if operation.radio), None)
    marks = {shape.recognised_by for shape in schemas}
    seen: dict[str, Seeds] = {}
    for operation in (case for route in operations for case in (route, *route.cases)):
        for way in operation.seeds:
            first = seen.setdefault(way.form, way)
            message = None
            if radio is None:
                message = "needs an operation with `x-radio`, which finds what follows"
            elif way.form in marks:
                message = f"a table with {way.form!r} is taken for an asset"
            elif first is not way and (way.value is None or first.value in (None, way.value)):
                message = f"there is another way to start with {way.form!r}"
            elif way.filters and not _takes_filters(radio, operation, way.filters):
                message = "must take each of the filters that the operation with `x-radio` takes"
            if message:
                own = () if operation.route is None else ("x-methods", operation.id)
                pointer = join_pointer(operation.pointer, *own, EXTENSION, way.form)
                yield Problem(Fault.INVALID_EXTENSION, pointer, message)


def _takes_filters(radio: Operation, operation: Operation, name: str) -> bool:
    wanted = _shape(radio, radio.radio.filters if radio.radio else None)
    given = _shape(operation, name)
    if not isinstance(wanted, Object) or not isinstance(given, Object):
        # Of what is no object, more is said where it stands.
        return True
    return {field.name for field in wanted.fields} <= {field.name for field in given.fields}


def _seeds(form: str, raw: Node, operation: Operation) -> Seeds:
    given = raw.take("with")
    if given is not None and not isinstance(given, dict):
        raw.fail(Fault.INVALID_EXTENSION, "must map inputs to values", "with")
    entries = given if isinstance(given, dict) else {}
    tracks = raw.text("tracks") or (operation.paging.items if operation.paging else "")
    seeds = Seeds(
        form=form,
        input=raw.text("input") or None,
        value=raw.text("value") or None,
        given={name: value for name, value in entries.items() if isinstance(value, bool | int | float | str)},
        filters=raw.text("filters") or None,
        tracks=tracks,
    )
    raw.close()
    for name, value in entries.items():
        shape = _shape(operation, name)
        if shape is None or not takes(shape, value):
            raw.fail(Fault.INVALID_EXTENSION, "must be one of the input's values", "with", name)
    _check_inputs(raw, operation, seeds)
    if not isinstance(_listed(operation, tracks), Object):
        raw.fail(Fault.INVALID_EXTENSION, "must name a required list of assets in the reply", "tracks")
    return seeds


def _check_inputs(raw: Node, operation: Operation, seeds: Seeds) -> None:
    if (seeds.input is None) == (seeds.value is None):
        raw.fail(Fault.INVALID_EXTENSION, "must have either `input` or `value`")
    if seeds.input is not None and not isinstance(_shape(operation, seeds.input), Text | Number):
        raw.fail(Fault.INVALID_EXTENSION, "must name a text or a number among the inputs", "input")
    if seeds.filters is not None and not isinstance(_shape(operation, seeds.filters), Object):
        raw.fail(Fault.INVALID_EXTENSION, "must name an object among the inputs", "filters")
    asked = {*seeds.given, *filter(None, [seeds.input])}
    for field in operation.inputs:
        if field.required and field.name not in asked:
            raw.fail(Fault.INVALID_EXTENSION, f"must say what {field.name!r} is, which is required")
    for need in operation.needs:
        if need.holds(seeds.given) and not any(all(path[0] in asked for path in option) for option in need.options):
            raw.fail(Fault.INVALID_EXTENSION, "must give one of the inputs that the operation needs")


def _shape(operation: Operation, name: str | None) -> Shape | None:
    return next((field.shape for field in operation.inputs if field.name == name), None)


def _listed(operation: Operation, name: str) -> Shape | None:
    """Return what the list of that name in the reply holds, None unless those are assets."""
    reply = next((r.shape for r in operation.responses if r.status < 300), None)
    fields = reply.fields if isinstance(reply, Object) else ()
    for field in fields:
        if field.name == name and field.required and isinstance(field.shape, Array):
            items = field.shape.items
            return items if isinstance(items, Object) and items.recognised_by and items.asset_id_field else None
    return None
