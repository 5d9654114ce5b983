"""The whole check, with all that it says of a client, on clients of endpoints unlike AudioScape's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from audioscape_luau.cli import app
from support.specs import blank, write_spec

type Json = dict[str, Any]

TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "number"}
ID: Json = {"type": "string", "pattern": "^[0-9]+$", "x-asset-id": True}
META: Json = {"type": "object", "properties": {"total": NUMBER}}


def object_of(required: list[str], **properties: Json) -> Json:
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def list_of(items: Json) -> Json:
    return {"type": "array", "items": items}


ITEMS = object_of(["items"], items=list_of(object_of(["id"], id=TEXT, size=NUMBER)), meta=META)
REPLY: Json = {"items": [{"id": "a", "size": 1}], "meta": {"total": 1}}


def query(**schemas: Json) -> Json:
    return {"parameters": [{"name": name, "in": "query", "schema": schema} for name, schema in schemas.items()]}


def posted(**schemas: Json) -> Json:
    content = {"application/json": {"schema": object_of([], **schemas)}}
    return {"requestBody": {"required": True, "content": content}}


def filters(schema: Json) -> Json:
    return {"parameters": [{"name": "filters", "in": "query", "content": {"application/json": {"schema": schema}}}]}


PAGED = {"x-paging": {"offset": "offset", "limit": "limit", "items": "items", "total": "/meta/total"}}
PAGE: Json = {
    "offset": {"type": "integer", "minimum": 0, "default": 0},
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
}
KINDS: dict[str, tuple[str, Json, Json, Json]] = {
    "an example without what is optional": ("get", query(one=TEXT), ITEMS, {"items": [{"id": "a"}]}),
    "a default within filters": (
        "get",
        filters(object_of([], least=NUMBER | {"minimum": 0, "default": 0})),
        ITEMS,
        REPLY,
    ),
    "pages of what has effects": (
        "post",
        posted(one=TEXT, **PAGE) | PAGED,
        object_of(["items"], items=list_of(object_of(["asset_id"], asset_id=ID)), meta=META),
        {"items": [{"asset_id": "1"}], "meta": {"total": 1}},
    ),
}


def document(folder: Path, kind: str) -> Path:
    """Write a specification with one endpoint of a kind, and its example."""
    method, asked, schema, body = KINDS[kind]
    good = {
        "description": "Good.",
        "content": {"application/json": {"schema": schema}},
        "x-examples": {"one": "one.json"},
    }
    operation = {"operationId": "things", "summary": "Things.", **asked, "responses": {"200": good}}
    spec = write_spec(blank() | {"paths": {"/things": {method: operation}}}, folder)
    reply = {"status": 200, "headers": {"content-type": "application/json"}, "body": body}
    (folder / "one.json").write_text(json.dumps({"summary": "One.", "request": {}, "reply": reply}), encoding="utf-8")
    return spec


def test_an_endpoint_of_which_no_example_can_be_made_up_cannot_be_checked(tmp_path: Path) -> None:
    narrow = {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 1.25}
    good = {"description": "Good.", "content": {"application/json": {"schema": narrow}}}
    operation = {"operationId": "things", "responses": {"200": good}}
    spec = write_spec(blank() | {"paths": {"/things": {"get": operation}}}, tmp_path)
    result = CliRunner().invoke(app, ["check", "--spec", str(spec)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("things has no example of a success")


@pytest.mark.breaks_contract
@pytest.mark.other_api
@pytest.mark.parametrize("phases", ["examples fuzz", pytest.param("all", marks=pytest.mark.thorough)])
@pytest.mark.parametrize("kind", KINDS)
def test_the_contract_is_kept(kind: str, phases: str, tmp_path: Path) -> None:
    spec, module = str(document(tmp_path, kind)), str(tmp_path / "AudioScapeClient")
    made = CliRunner().invoke(app, ["generate", "--spec", spec, "--out", module])
    assert made.exit_code == 0, made.output
    chosen = [word for phase in phases.split() if phase != "all" for word in ("--phase", phase)]
    result = CliRunner().invoke(app, ["check", "--spec", spec, "--module", module, "--examples", "1", *chosen])
    assert result.exit_code == 0, result.output
