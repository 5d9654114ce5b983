"""Two versions of a specification: a plain one that uses most of what is supported, and changes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from audioscape_luau.openapi import load
from audioscape_luau.tools.diff import Change, diff
from support.specs import Document, blank, operation, write_spec


def base() -> Document:
    """Return a specification with one operation of each method."""
    document = blank()
    track = {
        "type": "object",
        "required": ["asset_id", "name"],
        "properties": {
            "asset_id": {"type": "string", "pattern": "^[0-9]+$", "x-asset-id": True},
            "name": {"type": "string", "minLength": 1, "maxLength": 50},
            "level": {"type": "number", "minimum": 0, "maximum": 1},
            "tone": {"type": "string", "enum": ["a", "b"]},
            "words": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
            "shares": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
    }
    failure = {"type": "object", "properties": {"error": {"type": "string", "x-error-text": True}}}
    document["components"]["schemas"] = {"Track": track, "Failure": failure}
    get = operation(
        reply={"$ref": "#/components/schemas/Track"},
        parameters=[
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50, "default": 10}},
            {"name": "tone", "in": "query", "schema": {"type": "string", "enum": ["a", "b"]}},
            {"name": "deep", "in": "query", "required": True, "schema": {"type": "boolean"}},
        ],
    )
    body = {
        "type": "object",
        "required": ["title"],
        "properties": {"title": {"type": "string"}, "more": {"type": "number", "exclusiveMinimum": 0}},
    }
    post = operation("change", requestBody={"required": True, "content": {"application/json": {"schema": body}}})
    get["responses"]["404"] = {
        "description": "none",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
    }
    document["paths"] = {"/things": {"get": get, "post": post}}
    return document


def changes(old: Document, new: Document, folder: Path) -> tuple[Change, ...]:
    """Compare two specifications given as plain data, written into `folder` for that."""
    return diff(load(write_spec(old, folder)), load(write_spec(new, folder)))


def at(document: Document, part: str) -> Any:
    """Return a part of `base()` by a short name."""
    get = document["paths"]["/things"]["get"]
    post = document["paths"]["/things"]["post"]
    parts: dict[str, Any] = {
        "get": get,
        "post": post,
        "body": post["requestBody"]["content"]["application/json"]["schema"],
        "Track": document["components"]["schemas"]["Track"],
        "field": document["components"]["schemas"]["Track"]["properties"],
        "input": {parameter["name"]: parameter for parameter in get["parameters"]},
    }
    return parts[part]
