"""What a reply has wrong is left out and counted under the name that the specification gives it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from audioscape_luau.openapi import Operation
from audioscape_luau.openapi.model import Array, Boolean, Field, Map, Number, Object, Shape, Text
from support.game import Game, asked, described

WRONG = {"no": ["such", "thing"]}  # of no type that a field may have
COUNT = """
local client = client:withOptions({ maxRetries = 0, cache = "bypass" })
local input = ...
local result, err = (client :: any)[METHOD](client, input)
return client:stats().dropped, result == nil, if err then err.id else nil
"""


def right(shape: Shape) -> Any:
    """Return a value that a shape allows, with as little in it as may be."""
    match shape:
        case Object():
            return {field.name: right(field.shape) for field in shape.fields if field.required}
        case Array():
            return []
        case Number():
            return shape.minimum or 1
        case Boolean():
            return True
        case Text(asset_id=True):
            return "1"
        case Text():
            return shape.enum[0] if shape.enum else "x"
        case _:
            return "1"


def is_leaf(field: Field) -> bool:
    return not isinstance(field.shape, Object | Array)


def wrong_leaves(shape: Shape, names: Counter[str]) -> Any:
    """Return a value whose every optional field is wrong, in all that lies below it, and note their names."""
    if isinstance(shape, Array):
        return [wrong_leaves(shape.items, names)]
    if not isinstance(shape, Object):
        return right(shape)
    value: dict[str, Any] = {}
    for field in shape.fields:
        if not is_leaf(field):
            value[field.name] = wrong_leaves(field.shape, names)
        elif field.required:
            value[field.name] = right(field.shape)
        else:
            value[field.name] = WRONG
            # What a map holds is wrong each by itself.
            names[f"{shape.component}.{field.name}{'[]' if isinstance(field.shape, Map) else ''}"] += 1
    return value


def dropped(game: Game, operation: Operation, body: Any) -> tuple[dict[str, int], bool]:
    """Call an operation that is answered with `body`: how often which field was left out, and whether all was."""
    game.answer(operation.success.status, body=json.dumps(body), headers={"content-type": "application/json"})
    source = COUNT.replace("METHOD", json.dumps(operation.id))
    counts, nothing, _ = game.run(source, asked(operation))
    return dict(counts or {}), bool(nothing)


OPERATIONS = pytest.mark.parametrize("operation", described(), ids=lambda operation: operation.id)


@pytest.mark.breaks_contract
@OPERATIONS
def test_every_field_of_a_wrong_type_is_named_and_the_rest_arrives(game: Game, operation: Operation) -> None:
    names = Counter[str]()
    body = wrong_leaves(operation.result, names)
    assert names
    counts, nothing = dropped(game, operation, body)
    assert counts == dict(names)
    assert not nothing


def required_leaves(shape: Shape) -> Iterator[tuple[str, list[str | int]]]:
    """Yield every required field below a reply that holds no others: the name it is left out under, and the path."""
    if isinstance(shape, Array):
        for name, path in required_leaves(shape.items):
            yield name, [0, *path]
    if isinstance(shape, Object):
        for field in shape.fields:
            if is_leaf(field) and field.required:
                yield f"{shape.component}.{field.name}", [field.name]
            for name, path in required_leaves(field.shape):
                yield name, [field.name, *path]


def containers(shape: Shape) -> Iterator[tuple[str, list[str | int]]]:
    """Yield every list and object below a reply: the name it is left out under, and the path to it."""
    if isinstance(shape, Array):
        if isinstance(shape.items, Object):
            yield str(shape.items.component), [0]
        for name, path in containers(shape.items):
            yield name, [0, *path]
    if isinstance(shape, Object):
        for field in shape.fields:
            if isinstance(field.shape, Object):
                yield str(field.shape.component), [field.name]
            elif isinstance(field.shape, Array):
                yield f"{shape.component}.{field.name}", [field.name]
            for name, path in containers(field.shape):
                yield name, [field.name, *path]


def full(shape: Shape) -> Any:
    """Return a value in which every list has one entry and every object all of its lists and objects."""
    if isinstance(shape, Array):
        return [full(shape.items)]
    if not isinstance(shape, Object):
        return right(shape)
    return {field.name: full(field.shape) for field in shape.fields if field.required or not is_leaf(field)}


# What several operations answer with is tried in the first of them.
PLACES = {
    name: (operation, name, path)
    for operation in reversed(described())
    for name, path in (*containers(operation.result), *required_leaves(operation.result))
}


@pytest.mark.cases(19)
@pytest.mark.breaks_contract
@pytest.mark.parametrize(("operation", "name", "path"), PLACES.values(), ids=PLACES)
def test_what_nothing_can_stand_in_for_is_named(
    game: Game, operation: Operation, name: str, path: list[str | int]
) -> None:
    body = full(operation.result)
    holder = body
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = True
    counts, _ = dropped(game, operation, body)
    assert counts.get(name) == 1


@pytest.mark.breaks_contract
@OPERATIONS
def test_a_reply_of_a_wrong_type_is_named(game: Game, operation: Operation) -> None:
    assert isinstance(operation.result, Object)
    assert dropped(game, operation, True) == ({operation.result.component: 1}, True)


IDS = [
    "7",
    "007",
    7,
    7.0,
    2**53 - 1,
    2**53,
    2**53 + 1,
    1e300,
    "9" * 20,
    "9" * 21,
    "1" * 1_000_000,
    -1,
    0.5,
    "1e5",
    "-7",
]


@pytest.mark.breaks_contract
def test_ids_are_handed_on_in_one_form_and_none_becomes_another(game: Game) -> None:
    game.answer(body={"tracks": [{"asset_id": number} for number in IDS], "meta": {}})
    tracks, dropped = game.run('local result = client:similar("1") return result.tracks, client:stats().dropped')
    ids = [track["asset_id"] for track in tracks]
    assert ids == ["7", "7", "7", "7", str(2**53 - 1), "9" * 20]
    assert dropped == {"Track.asset_id": len(IDS) - len(ids)}
