"""Whether a value keeps to the specification, by JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from jsonschema import Draft202012Validator

from audioscape_luau.spec.model import Field, Json, Parameter
from audioscape_luau.spec.problems import join_pointer
from audioscape_luau.spec.references import resolve


def schema_of(field: Field, root: dict[str, Json]) -> dict[str, Any]:
    """Return the JSON schema of an input."""
    raw = cast("dict[str, Any]", resolve(root, "#" + field.pointer))
    if not isinstance(field, Parameter):
        return raw
    return raw["content"]["application/json"]["schema"] if field.json else raw["schema"]


def body_fault(body: bytes, schema: dict[str, Any], root: dict[str, Json]) -> str | None:
    """Return what is wrong with a body, None if it is strict JSON of its schema."""
    try:
        value = json.loads(body, parse_constant=_refuse, parse_float=_finite)
    except ValueError as error:
        return str(error)
    return schema_fault(value, schema, root)


def _refuse(token: str) -> float:
    raise ValueError(f"{token} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is beyond the range of a double")
    return value


def schema_fault(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a value, None if it keeps to its schema; `root` is the whole document."""
    validator = Draft202012Validator({**schema, "components": root.get("components", {})})
    error = next(iter(validator.iter_errors(value)), None)  # pyright: ignore[reportUnknownMemberType]
    if error is None:
        return None
    return f"{error.message[:200]} (at {join_pointer('', *error.absolute_path) or '/'})"
