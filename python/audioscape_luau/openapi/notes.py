"""What OpenAPI says to people only: it reaches the generated documentation as one sentence each."""

from __future__ import annotations

import json

from audioscape_luau.openapi.model import Json
from audioscape_luau.openapi.node import Node

DEPRECATED = "Deprecated."
_FORMAT = "Format: "


def format_in(notes: tuple[str, ...]) -> str | None:
    """Return the format that notes tell of, None if they tell of none."""
    return next((n.removeprefix(_FORMAT).removesuffix(".") for n in notes if n.startswith(_FORMAT)), None)


def take_notes(node: Node) -> tuple[str, ...]:
    """Take the keywords that only inform off a schema, a parameter, an operation or the document."""
    notes: list[str] = []
    if node.take("deprecated") is True:
        notes.append(DEPRECATED)
    if title := node.text("title"):
        notes.append(f"Title: {title}.")
    if form := node.text("format"):
        notes.append(f"{_FORMAT}{form}.")
    tags = node.take("tags")
    for tag in tags if isinstance(tags, list) else []:
        notes.append(f"Tag: {_label(tag)}.")
    if node.has("example"):
        notes.append(f"Example: {_json(node.take('example'))}.")
    examples = node.take("examples")
    for example in examples if isinstance(examples, list) else []:
        notes.append(f"Example: {_json(example)}.")
    if node.has("externalDocs"):
        notes.append(f"See {_label(node.take('externalDocs'))}.")
    return tuple(notes)


def take_imprint(info: Node) -> tuple[str, ...]:
    """Take off the document's `info` who publishes it and under which terms."""
    labels = {"contact": "Contact", "license": "Licence", "termsOfService": "Terms of service"}
    return tuple(f"{label}: {_label(info.take(key))}." for key, label in labels.items() if info.has(key))


def _label(value: Json) -> str:
    """Write a text, or the texts of a small mapping, on one line."""
    if isinstance(value, dict):
        value = ", ".join(str(part) for part in value.values())
    return str(value).removesuffix(".")


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
