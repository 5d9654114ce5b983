"""Several calls of one client and its copies, of several clients, and of pages: what they may know of each other."""

from __future__ import annotations

from collections.abc import Iterator

from audioscape_luau.contract.case import Case
from audioscape_luau.contract.scenes import (
    analytics,
    copies,
    engine,
    gone,
    hooks,
    load,
    memory,
    mir,
    misuse,
    paging,
    parts_of_lists,
    radio,
    settings,
    sharing,
)
from audioscape_luau.openapi import ApiModel


def cases(model: ApiModel) -> Iterator[Case]:
    """Yield the scenes with more than one call."""
    for operation in model.operations:
        if operation.effect == "event":
            yield from analytics.scenes(operation)
            continue
        if operation.effect == "read":
            yield from memory.scenes(model, operation)
            yield from copies.scenes(operation)
            yield from sharing.scenes(model, operation)
        yield from load.scenes(operation)
        yield from gone.scenes(operation)
        yield from engine.scenes(operation)
        yield from settings.scenes(model, operation)
        yield from misuse.scenes(model, operation)
        yield from hooks.scenes(operation)
        yield from paging.scenes(operation)
        yield from parts_of_lists.scenes(operation)
        yield from mir.scenes(operation)
        yield from radio.scenes(model, operation)
