"""`x-analytics`: how an operation takes the events that a client collects, and what a radio tells by them."""

from __future__ import annotations

from audioscape_luau.openapi.model import TOLD, Analytics, Array, Number, Object, Operation, Shape, Text
from audioscape_luau.openapi.node import Node
from audioscape_luau.openapi.problems import Fault

EXTENSION = "x-analytics"


def read_analytics(node: Node, operation: Operation) -> Analytics | None:
    """Read the extension of an operation, None if it has none."""
    if not node.has(EXTENSION):
        return None
    raw = node.child(EXTENSION)
    if raw is None:
        node.fail(Fault.INVALID_EXTENSION, "must be a mapping", EXTENSION)
        return None
    if operation.effect != "event":
        raw.fail(Fault.INVALID_EXTENSION, "needs `x-effect: event`: what is sent twice counts twice")
    analytics = Analytics(
        events=raw.text("events"),
        time=raw.text("time") or None,
        player=raw.text("player") or None,
        asset=raw.text("asset"),
        seconds=raw.text("seconds") or None,
        radio=_told(raw),
    )
    raw.close()
    event = _event(raw, operation, analytics)
    if event is not None:
        _check_fields(raw, analytics, {field.name: field.shape for field in event.fields})
    return analytics


def _told(raw: Node) -> dict[str, dict[str, str]]:
    radio = raw.child("radio")
    told: dict[str, dict[str, str]] = {}
    for what in TOLD:
        fields = radio.child(what) if radio else None
        if fields is None:
            raw.fail(Fault.INVALID_EXTENSION, "must say which fields such an event of a radio has", "radio", what)
            continue
        told[what] = {name: fields.text(name) for name in fields.value}
    if radio is not None:
        radio.close()
    return told


def _event(raw: Node, operation: Operation, analytics: Analytics) -> Object | None:
    """Return the shape of an event."""
    only = operation.inputs[0] if len(operation.inputs) == 1 and operation.body else None
    shape = only.shape if only is not None else None
    if only is None or only.name != analytics.events or not isinstance(shape, Array) or shape.max_items is None:
        raw.fail(Fault.INVALID_EXTENSION, "must name the only input, a list in the body with `maxItems`", "events")
        return None
    if not isinstance(shape.items, Object):
        raw.fail(Fault.INVALID_EXTENSION, "must be a list of objects", "events")
        return None
    return shape.items


def _check_fields(raw: Node, analytics: Analytics, fields: dict[str, Shape]) -> None:
    asset = fields.get(analytics.asset)
    if not (isinstance(asset, Text) and asset.asset_id):
        raw.fail(Fault.INVALID_EXTENSION, "must name the event's asset id", "asset")
    for key, name in (("time", analytics.time), ("seconds", analytics.seconds)):
        if name is not None and not isinstance(fields.get(name), Number):
            raw.fail(Fault.INVALID_EXTENSION, "must name a number of the event", key)
    if analytics.player is not None and not isinstance(fields.get(analytics.player), Text):
        raw.fail(Fault.INVALID_EXTENSION, "must name a text of the event", "player")
    for what, told in analytics.radio.items():
        for name, value in told.items():
            shape = fields.get(name)
            if not isinstance(shape, Text) or (shape.enum and value not in shape.enum):
                raw.fail(
                    Fault.INVALID_EXTENSION, "must name a text of the event, and one that it can be", "radio", what
                )
