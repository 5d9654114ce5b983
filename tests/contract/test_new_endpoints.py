"""`audioscape check` on endpoints unlike AudioScape's own: a client that was generated for one keeps its contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audioscape_luau.codegen import render, runtime_files, write
from audioscape_luau.contract.case import Case
from audioscape_luau.contract.plan import plan
from audioscape_luau.contract.run import run_case
from audioscape_luau.contract.subject import Subject, load_module
from audioscape_luau.openapi import load
from audioscape_luau.resources import luau_root

ITEM = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "size": {"type": "number"}},
}
BODY: dict[str, Any] = {"items": [{"id": "a", "size": 1}], "meta": {"total": 1}}


def document(
    folder: Path,
    *,
    method: str = "get",
    inputs: dict[str, Any] | None = None,
    item: Any = ITEM,
    required: tuple[str, ...] = ("items",),
    body: dict[str, Any] = BODY,
) -> Path:
    """Write a specification of one operation with one example."""
    properties = {
        "items": {"type": "array", "items": item},
        "meta": {"type": "object", "properties": {"total": {"type": "number"}}},
    }
    reply = {"type": "object", "properties": properties} | ({"required": list(required)} if required else {})
    success = {
        "description": "Good.",
        "content": {"application/json": {"schema": reply}},
        "x-examples": {"one": "one.json"},
    }
    operation: dict[str, Any] = {"operationId": "things", "summary": "Things.", "responses": {"200": success}}
    if method == "post":
        asked = {"type": "object", "properties": inputs or {}}
        # Without it, it would be sent once whatever happens.
        operation["x-effect"] = "write"
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": asked}}}
    elif inputs:
        operation["parameters"] = [{"name": name, "in": "query", "schema": schema} for name, schema in inputs.items()]
    root: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "servers": [{"url": "https://api.example.com/v1"}],
        "security": [{"key": []}],
        "paths": {"/things": {method: operation}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}}},
    }
    example = {"summary": "One.", "request": {}, "reply": {"status": 200, "headers": {}, "body": body}}
    (folder / "one.json").write_text(json.dumps(example), encoding="utf-8")
    path = folder / "things.json"
    path.write_text(json.dumps(root), encoding="utf-8")
    return path


KINDS: dict[str, dict[str, Any]] = {
    "no-inputs": {},
    "a-choice": {"inputs": {"sort": {"type": "string", "enum": ["x", "y"], "default": "x"}}},
    "a-fraction": {"inputs": {"part": {"type": "number", "maximum": 0.5, "default": 0.5}}},
    "with-effects": {"method": "post", "inputs": {"name": {"type": "string"}}},
    "a-list-of-texts": {"item": {"type": "string"}, "body": {"items": ["a", "b"]}},
    "a-field-that-no-example-shows": {"body": {"items": [{"id": "a"}]}},
    "nothing-required": {"required": (), "body": {}},
}


@pytest.mark.cases(2)
@pytest.mark.other_api
@pytest.mark.parametrize("part", ["a seventh", pytest.param("all", marks=pytest.mark.thorough)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_client_generated_for_another_endpoint_keeps_its_contract(kind: str, part: str, tmp_path: Path) -> None:
    model = load(document(tmp_path, **KINDS[kind]))
    write(render(model) | runtime_files(model, luau_root() / "AudioScapeClient"), tmp_path / "Client")
    subject = Subject(load_module(tmp_path / "Client"), model)
    cases = [case for case in plan(model) if isinstance(case, Case)]
    # Most cases are the same for all of them: together, they see each.
    chosen = cases[list(KINDS).index(kind) :: len(KINDS)] if part == "a seventh" else cases
    outcomes = [run_case(subject, case) for case in chosen]
    assert [(outcome.case.name, outcome.broken) for outcome in outcomes if outcome.broken] == []
    assert {outcome.case.phase for outcome in outcomes} >= {"boundaries", "faults", "stateful"}
