"""What the generated code makes of a reply, run in a VM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.specs import Document

SCHEMAS: Document = {
    "Id": {"type": "string", "pattern": "^[0-9]+$", "x-asset-id": True},
    "Thing": {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"$ref": "#/components/schemas/Id"},
            "end": {"type": "string"},
            "n": {"type": "number"},
            "i": {"type": "integer"},
            "b": {"type": "boolean"},
            "e": {"type": ["string", "boolean"]},
            "other": {"$ref": "#/components/schemas/Id"},
            "tone": {"type": "string", "enum": ["a"]},
            "map": {"type": "object", "additionalProperties": {"type": "number"}},
            "maps": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Named"}},
            "free": {"type": "object"},
            "named": {"$ref": "#/components/schemas/Named"},
            "ids": {"type": "array", "items": {"$ref": "#/components/schemas/Id"}},
            "flags": {"type": "array", "items": {"type": "boolean"}},
            "grid": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
        },
    },
    "Named": {"type": "object", "required": ["label"], "properties": {"label": {"type": "string"}}},
}


def one(schema: Document | None = None, *, required: bool = True) -> Document:
    """Return a reply with one member, `it`."""
    it = schema or {"$ref": "#/components/schemas/Thing"}
    return {"type": "object", "required": ["it"] if required else [], "properties": {"it": it}}


def things(*, required: bool = True) -> Document:
    return one({"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}, required=required)


@pytest.mark.parametrize(
    ("source", "result", "counts"),
    [
        ('id = "1", n = 1.5, i = 2, b = false, e = "x"', {"id": "1", "n": 1.5, "i": 2, "b": False, "e": "x"}, {}),
        ("id = 12", {"id": "12"}, {}),
        ('id = "1", more = { 1 }', {"id": "1", "more": [1]}, {}),
        ('id = "1", tone = "unheard of"', {"id": "1", "tone": "unheard of"}, {}),
        ('id = "1", ["end"] = 1', {"id": "1"}, {"Thing.end": 1}),
        ('id = "1", n = "1"', {"id": "1"}, {"Thing.n": 1}),
        ('id = "1", n = 0/0', {"id": "1"}, {"Thing.n": 1}),
        ('id = "1", n = -math.huge', {"id": "1"}, {"Thing.n": 1}),
        ('id = "1", i = 1.5', {"id": "1"}, {"Thing.i": 1}),
        ('id = "1", i = math.huge', {"id": "1"}, {"Thing.i": 1}),
        ('id = "1", b = 1, e = 1', {"id": "1"}, {"Thing.b": 1, "Thing.e": 1}),
        ('id = "1", other = 5', {"id": "1", "other": "5"}, {}),
        ('id = "1", other = "x5"', {"id": "1"}, {"Thing.other": 1}),
        ('id = "1", map = { a = 1, b = "x", c = 0/0 }', {"id": "1", "map": {"a": 1}}, {"Thing.map[]": 2}),
        ('id = "1", map = { 1 }', {"id": "1"}, {"Thing.map": 1}),
        (
            'id = "1", maps = { a = { label = "x" }, b = {} }',
            {"id": "1", "maps": {"a": {"label": "x"}}},
            {"Named.label": 1},
        ),
        ('id = "1", free = { a = { 1 } }', {"id": "1", "free": {"a": [1]}}, {}),
        ('id = "1", free = "x"', {"id": "1"}, {"Thing.free": 1}),
        ('id = "1", named = { label = "x" }', {"id": "1", "named": {"label": "x"}}, {}),
        ('id = "1", named = { label = 1 }', {"id": "1"}, {"Named.label": 1}),
        ('id = "1", named = 1', {"id": "1"}, {"Named": 1}),
        ('id = "1", ids = { 1, "x", "3" }', {"id": "1", "ids": ["1", "3"]}, {"Thing.ids[]": 1}),
        ('id = "1", flags = { true, 0, false }', {"id": "1", "flags": [True, False]}, {"Thing.flags[]": 1}),
        ('id = "1", flags = { [1] = true, [3] = false }', {"id": "1", "flags": [True, False]}, {"Thing.flags[]": 1}),
        ('id = "1", flags = "x"', {"id": "1"}, {"Thing.flags": 1}),
        ('id = "1", grid = { { 1, 1.5 }, 2 }', {"id": "1", "grid": [[1]]}, {"Thing.grid[]": 1, "Thing.grid[][]": 1}),
    ],
)
def test_fields(
    with_operation: Callable[..., Document],
    decode: Callable[..., Any],
    source: str,
    result: Document,
    counts: dict[str, int],
) -> None:
    document = with_operation(reply=things(), schemas=SCHEMAS)
    decoded, dropped = decode(document, f"{{ it = {{ {{ {source} }} }} }}")
    assert decoded == {"it": [result]}
    assert dropped == (counts or [])


@pytest.mark.parametrize(
    ("reply", "source", "result", "counts"),
    [
        # What must be there and is not takes with it what it is part of.
        (
            things(),
            '{ it = { {}, { id = "x" }, 1, { id = "2" } } }',
            {"it": [{"id": "2"}]},
            {"Thing": 1, "Thing.id": 2},
        ),
        (things(), "{ it = {} }", {"it": []}, []),
        (things(), "{}", None, {"ThingsResult.it": 1}),
        (things(), "{ it = { a = 1 } }", None, {"ThingsResult.it": 1}),
        (things(), "{ 1 }", None, {"ThingsResult": 1}),
        (things(), '"x"', None, {"ThingsResult": 1}),
        (things(), "nil", None, {"ThingsResult": 1}),
        (things(required=False), "{}", [], []),
        (things(required=False), "{ it = 1 }", [], {"ThingsResult.it": 1}),
        (one(), "{}", None, {"Thing": 1}),
        (one(), "{ it = {} }", None, {"Thing.id": 1}),
        (one(required=False), "{ it = {} }", [], {"Thing.id": 1}),
        (one({"type": "string"}), "{}", None, {"ThingsResult.it": 1}),
        (one({"type": ["string", "null"]}), "{}", [], []),
        # An object without such parts can always be had, if empty.
        (one({"type": "object", "properties": {"n": {"type": "number"}}}), "{}", {"it": []}, {"ThingsResultIt": 1}),
        (one({"type": "object"}), "{ it = 1 }", {"it": []}, {"ThingsResult.it": 1}),
    ],
)
def test_required_parts(
    with_operation: Callable[..., Document],
    decode: Callable[..., Any],
    reply: Document,
    source: str,
    result: Any,
    counts: Any,
) -> None:
    assert decode(with_operation(reply=reply, schemas=SCHEMAS), source) == [result, counts]


def test_results_are_the_callers_and_what_is_below_is_frozen(
    with_operation: Callable[..., Document], start: Callable[..., Any]
) -> None:
    server = start(with_operation(reply=things(), schemas=SCHEMAS))
    frozen = server.run(
        """
        local operation = require("./AudioScapeClient/generated/operations/things")
        local drops = { counts = {}, last = nil }
        local result = operation.decode({ it = { { id = "1", grid = { { 1 } } } }, more = { a = { {} } } }, drops)
        return {
            table.isfrozen(result), table.isfrozen(result.it), table.isfrozen(result.more),
            table.isfrozen(result.it[1]), table.isfrozen(result.it[1].grid[1]), table.isfrozen(result.more.a[1]),
        }
        """
    )[0]
    assert frozen == [False, False, False, True, True, True]
