"""The type that each kind of value has in what callers give and get, as people read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.specs import Document, build_client

ASSET: Document = {"type": "string", "pattern": "^[0-9]+$", "x-asset-id": True}
WORDS: Document = {"type": "string", "enum": ["a", "b"]}
EITHER: Document = {"type": ["string", "number"]}
OBJECT: Document = {"type": "object", "properties": {"x": {"type": "string"}}}
MAP: Document = {"type": "object", "additionalProperties": OBJECT}


def listed(items: Document) -> Document:
    return {"type": "array", "items": items}


@pytest.mark.parametrize(
    ("schema", "given", "got"),
    [
        ({"type": "string"}, "string", "string"),
        ({"type": "integer"}, "number", "number"),
        ({"type": "number"}, "number", "number"),
        ({"type": "boolean"}, "boolean", "boolean"),
        (ASSET, "AssetRef", "string"),
        (WORDS, '"a" | "b"', "string"),
        (EITHER, "string | number", "string | number"),
        (OBJECT, "ThingsKept", "ThingsResultKept"),
        (MAP, "{ [string]: ThingsKeptItem }", "{ [string]: ThingsResultKeptItem }"),
        (listed(EITHER), "{ string | number }", "{ string | number }"),
        (listed(listed({"type": "integer"})), "{ { number } }", "{ { number } }"),
        (listed(MAP), "{ { [string]: ThingsKeptItemItem } }", "{ { [string]: ThingsResultKeptItemItem } }"),
    ],
)
def test_types(with_operation: Callable[..., Document], tmp_path: Path, schema: Document, given: str, got: str) -> None:
    """Required, it is the type; not required, it may be nil as well, with brackets around what is joined."""
    properties = {"kept": schema, "maybe": schema}
    both: Document = {"type": "object", "required": ["kept"], "properties": properties}
    types = (build_client(with_operation(body=both, reply=both), tmp_path) / "generated" / "Types.luau").read_text(
        encoding="utf-8"
    )
    maybe_given, maybe_got = (optional(text).replace("Kept", "Maybe") for text in (given, got))
    assert members(types, "ThingsParameters<KeptType>") == {"kept": "KeptType", "maybe": maybe_given}
    assert f"\nexport type ThingsQuery = ThingsParameters<{given}>\n" in types
    assert f"\nexport type ThingsExtras = ThingsParameters<{optional(given)}>\n" in types
    assert members(types, "ThingsResult") == {"kept": got, "maybe": maybe_got}


def test_an_object_of_anything(with_operation: Callable[..., Document], tmp_path: Path) -> None:
    reply: Document = {"type": "object", "properties": {"kept": {"type": "object"}}}
    types = (build_client(with_operation(reply=reply), tmp_path) / "generated" / "Types.luau").read_text(
        encoding="utf-8"
    )
    assert members(types, "ThingsResult") == {"kept": "{ [string]: any }?"}


def optional(text: str) -> str:
    return f"({text})?" if "|" in text and not text.startswith("{") else f"{text}?"


def members(types: str, name: str) -> dict[str, str]:
    """Return the members of a table type, each with its type."""
    lines = types.split(f"type {name} = {{\n")[1].split("\n}\n")[0].splitlines()
    return dict(line.strip().removesuffix(",").split(": ", 1) for line in lines if not line.lstrip().startswith("--"))
