"""`audioscape check` keeps the client that is generated for a document, whatever is odd about that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audioscape_luau.contract.coverage import declared
from audioscape_luau.contract.spread import Order, check
from audioscape_luau.contract.subject import generated_module
from audioscape_luau.openapi import load
from support.specs import Document, blank, operation, write_spec

pytestmark = [pytest.mark.other_api, pytest.mark.breaks_contract]

NAMED: Document = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def a_get(*parameters: Document, reply: Document | None = None, **more: Any) -> Document:
    """Return a document with one operation that reads."""
    document = blank()
    document["paths"]["/things"] = {"get": operation(reply=reply, parameters=list(parameters), **more)}
    return document


def a_post(body: Document, responses: Document, **more: Any) -> Document:
    """Return a document with one operation that has a body."""
    document = blank()
    given = {"required": True, "content": {"application/json": {"schema": body}}}
    document["paths"]["/things"] = {"post": operation(requestBody=given, **more) | {"responses": responses}}
    return document


def described(reply: Document, **more: Any) -> Document:
    """Return what a status means."""
    return {"description": "ok", "content": {"application/json": {"schema": reply}}, **more}


def nothing_said() -> Document:
    """Return a document whose read has no body to its reply."""
    document = a_get()
    document["paths"]["/things"]["get"]["responses"] = {"204": {"description": "done"}}
    return document


def a_query(name: str, schema: Document) -> Document:
    """Return a parameter that need not be given."""
    return {"name": name, "in": "query", "schema": schema}


def pages(**limit: int) -> Document:
    """Return a document with one operation that pages, and a limit of those bounds."""
    item = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    reply = {"properties": {"things": {"type": "array", "items": item}, "n": {"type": "integer"}}}
    return a_get(
        a_query("from", {"type": "integer", "minimum": 0, "default": 0}),
        a_query("most", {"type": "integer", "minimum": 1} | limit),
        reply={"type": "object", "required": ["things"]} | reply,
        **{"x-paging": {"offset": "from", "limit": "most", "items": "things", "total": "/n"}},
    )


def made_with_headers() -> Document:
    """Return a document whose replies have headers of every type."""
    headers: Document = {
        "X-Left": {"schema": {"type": "integer", "minimum": 0}},
        "x-share": {"schema": {"type": "number"}},
        "x-flag": {"schema": {"type": "boolean"}},
        "etag": {"schema": {"type": "string"}},
        "x-either": {"schema": {"type": ["boolean", "integer"]}},
        "x-kind": {"schema": {"type": "string", "enum": ["é", "e"]}},
        "Content-Type": {"schema": {"type": "string"}},
        "content-length": {"schema": {"type": "integer"}},
    }
    return a_post({"type": "object", "properties": {}}, {"201": described({"type": "boolean"}, headers=headers)})


THING: Document = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "names": {"type": "array", "items": {"type": ["string", "null"]}},
        "table": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
        "shares": {"type": "object", "additionalProperties": {"type": "number"}},
    },
}
CHOICE: Document = {"type": "object", "properties": {"p": {"type": "string"}, "q": {"type": "integer"}}}
CHOSEN: Document = {"oneOf": [{"required": ["p"]}, {"required": ["q"]}]}

DOCUMENTS: dict[str, tuple[Document, str]] = {
    "what is made anew, with a field that it must have": (
        a_post({"type": "object", "properties": {"note": {"type": "string"}}}, {"201": described(NAMED)}),
        "*-re*s",
    ),
    "a text to read": (a_get(reply={"type": "string"}), "*spoilt"),
    "a number to read, or none": (a_get(reply={"type": ["integer", "null"]}), "*spoilt"),
    "nothing to read": (nothing_said(), "*spoilt"),
    "lists, and what is in their objects": (a_get(reply={"type": "array", "items": THING}), "*-replies"),
    "a list of lists": (a_get(reply=THING["properties"]["table"]), "*-replies"),
    "a map of objects": (a_get(reply={"type": "object", "additionalProperties": THING}), "*spoilt"),
    "headers of every type": (made_with_headers(), "*-requests"),
    "names with brackets and dots": (
        a_get(*(a_query(name, {"type": "string"}) for name in ("x[]", "x", "x.y", "x[1]", "a b", "é", "self"))),
        "*/broken-requests",
    ),
    "pages of one item": (pages(maximum=1, default=1), "*p*s*"),
    "pages of three items": (pages(maximum=7, default=3), "*page*"),
    "pages of five items at least": (pages(minimum=5, maximum=9, default=7), "*page*"),
    "a question that excludes another": (
        a_get(
            *(a_query(name, {"type": "string"}) for name in "xyz"),
            **{"x-inputs": {"oneOf": [{"required": ["x", "y"]}, {"required": ["z"]}]}},
        ),
        "*-requests",
    ),
    "members that exclude each other": (
        a_post(
            {
                "type": "object",
                "properties": {"x": {"type": "string"}, "y": {"type": "integer"}, "in": CHOICE | CHOSEN},
                "oneOf": [{"required": ["x"]}, {"required": ["y"]}],
            },
            {"204": {"description": "done"}},
        ),
        "*-requests",
    ),
    "whole numbers as far as they go": (
        a_get(
            a_query("n", {"type": "integer", "minimum": -(2**53 - 1), "maximum": 2**53 - 1}),
            a_query("far", {"type": "integer", "minimum": 2**53 - 1}),
            a_query("below", {"type": "integer", "maximum": -1}),
        ),
        "*-requests",
    ),
    "inputs of one value, and of none": (
        a_post(
            {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "maxLength": 0},
                    "list": {"type": "array", "maxItems": 0, "items": {"type": "string"}},
                    "number": {"type": "integer", "minimum": 3, "maximum": 3, "default": 3},
                },
            },
            {"200": described(NAMED)},
            **{"x-effect": "read"},
        ),
        "*an*question*",
    ),
}
"""Documents, and which scenes and searches are played of each, beside all examples and boundaries."""


@pytest.mark.cases(5)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_client_of_an_odd_document_is_kept(name: str, tmp_path: Path) -> None:
    document, scenes = DOCUMENTS[name]
    model = load(write_spec(document, tmp_path))
    module = generated_module(model)
    bounds = Order(module, model, phases=("examples", "boundaries"))
    more = Order(module, model, phases=("fuzz", "stateful"), pattern=scenes, examples=5)
    played = [part for order in (bounds, more) for part in check(order, order.parts(), jobs=1)]
    assert [finding.report for part in played for finding in part.findings if finding.report] == []
    assert set(declared(model)) <= {name for part in played for name in part.handled}


@pytest.mark.thorough
@pytest.mark.parametrize("name", DOCUMENTS)
def test_all_of_an_odd_document_is_kept(name: str, tmp_path: Path) -> None:
    model = load(write_spec(DOCUMENTS[name][0], tmp_path))
    order = Order(generated_module(model), model)
    played = check(order, order.parts(), jobs=1)
    assert [finding.report for part in played for finding in part.findings if finding.report] == []
