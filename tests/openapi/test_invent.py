"""An exchange that is made up of schemas alone keeps to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from audioscape_luau.openapi import ApiModel, invented
from audioscape_luau.openapi.conformance import body_fault
from support.specs import Document, blank, operation

type Load = Callable[[Document], ApiModel]

TEXT: Document = {"type": "string"}


def made(load_document: Load, reply: Document, **more: Any) -> Any:
    """Return the exchange made up for an operation."""
    document = blank()
    document["paths"]["/things"] = {"get": operation(reply=reply) | more}
    (found,) = load_document(document).operations
    return invented(found)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (TEXT, "word"),
        (TEXT | {"minLength": 6}, "wordwo"),
        (TEXT | {"maxLength": 2}, "wo"),
        (TEXT | {"maxLength": 0}, ""),
        (TEXT | {"enum": ["b", "a"]}, "b"),
        (TEXT | {"pattern": "^[0-9]{3}$"}, "000"),
        (TEXT | {"pattern": "^[0-9]+$", "x-asset-id": True}, "1837879082"),
        ({"type": "boolean"}, True),
        ({"type": "number"}, 1),
        ({"type": "number", "minimum": 2.5}, 2.5),
        ({"type": "number", "maximum": 0.25}, 0.25),
        ({"type": "number", "exclusiveMinimum": 7}, 7.5),
        ({"type": "number", "exclusiveMaximum": 1}, 0.5),
        ({"type": "integer", "minimum": 2.5}, 3),
        ({"type": "integer", "exclusiveMaximum": 1}, 0),
        ({"type": "integer", "enum": [4, 2]}, 4),
        ({"type": ["string", "number"]}, "word"),
        ({"type": "array", "items": TEXT}, ["word"]),
        ({"type": "array", "items": TEXT, "minItems": 2}, ["word", "word"]),
        ({"type": "array", "items": TEXT, "maxItems": 0}, []),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, {"word": True}),
        ({"type": "object"}, {"word": "word"}),
        ({"type": "object", "properties": {"a": TEXT, "b": {"type": "number"}}}, {"a": "word", "b": 1}),
        (
            {
                "type": "object",
                "properties": {"low": {"type": "number", "minimum": 5}, "high": {"type": "number"}},
                "x-ordered": ["low", "high"],
            },
            {"low": 1, "high": 5},
        ),
    ],
)
def test_a_reply_has_all_that_it_may(schema: Document, value: Any, load_document: Load) -> None:
    example = made(load_document, {"type": "object", "properties": {"it": schema}})
    assert json.loads(example.body) == {"it": value}
    assert example.headers == {"content-type": "application/json"}
    if "x-ordered" not in schema:
        assert body_fault(example.body, {"type": "object", "properties": {"it": schema}}, {}) is None


def test_a_call_gives_what_it_must(load_document: Load) -> None:
    parameters = [
        {"name": "a", "in": "query", "required": True, "schema": TEXT},
        {"name": "b", "in": "query", "schema": TEXT},
        {"name": "c", "in": "query", "schema": TEXT},
        {"name": "d", "in": "query", "schema": TEXT},
    ]
    needs = {"oneOf": [{"required": ["c"]}, {"required": ["d"]}]}
    example = made(load_document, TEXT, parameters=parameters, **{"x-inputs": needs})
    assert example.request == {"a": "word", "c": "word"}


def test_there_may_be_no_body(load_document: Load) -> None:
    document = blank()
    document["paths"]["/things"] = {"delete": {"operationId": "drop", "responses": {"204": {"description": "gone"}}}}
    (found,) = load_document(document).operations
    example = invented(found)
    assert example is not None
    assert (example.status, example.body, example.headers) == (204, b"", {})


def test_between_bounds_that_are_close_nothing_is_made_up(load_document: Load) -> None:
    schema = {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 1.25}
    assert made(load_document, schema) is None
