"""What the tests of loading share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from audioscape_luau.openapi import ApiModel, SpecError, load
from support.spec_reports import expect_report
from support.specs import Document, write_spec


def blank() -> Document:
    """Return a small specification that uses most of what is supported and loads."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Test", "version": "1"},
        "servers": [{"url": "https://api.example.com/base/"}],
        "security": [{"key": []}],
        "x-identity": {"place": "X-Place"},
        "paths": {
            "/things/{kind}": {
                "get": {
                    "operationId": "things",
                    "x-paging": {"offset": "offset", "limit": "limit", "items": "items", "total": "/meta/total"},
                    "parameters": [
                        {"name": "kind", "in": "path", "required": True, "schema": {"type": "string"}},
                        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 5}},
                        {"name": "offset", "in": "query", "schema": {"type": "integer"}},
                        {"name": "words", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                        {
                            "name": "where",
                            "in": "query",
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "type": "object",
                                        "additionalProperties": False,
                                        "x-ordered": ["low", "high"],
                                        "properties": {"low": {"type": "number"}, "high": {"type": "number"}},
                                    }
                                }
                            },
                        },
                    ],
                    "responses": {
                        "200": {
                            "description": "ok",
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}},
                        },
                        "404": {
                            "description": "none",
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
                        },
                    },
                },
                "post": {
                    "operationId": "change",
                    "parameters": [{"name": "kind", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["asset_id"],
                                    "properties": {
                                        "asset_id": {"$ref": "#/components/schemas/Id"},
                                        "deep": {"type": "boolean"},
                                    },
                                }
                            }
                        },
                    },
                    "responses": {
                        "200": {
                            "description": "ok",
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
                        },
                    },
                },
            }
        },
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-key"}},
            "schemas": {
                "Id": {"type": "string", "pattern": "^[0-9]+$", "x-asset-id": True},
                "Item": {
                    "type": "object",
                    "x-recognised-by": "name",
                    "required": ["asset_id"],
                    "properties": {
                        "asset_id": {"$ref": "#/components/schemas/Id"},
                        "name": {"type": "string", "minLength": 1},
                        "level": {"type": ["number", "null"], "x-non-finite": True},
                        "tone": {"type": ["string", "null"], "enum": ["a", "b", None]},
                        "either": {"type": ["string", "number"]},
                        "map": {"type": "object", "additionalProperties": {"type": "integer"}},
                    },
                },
                "Page": {
                    "type": "object",
                    "required": ["items", "meta"],
                    "properties": {
                        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}, "maxItems": 9},
                        "meta": {"type": "object", "properties": {"total": {"type": "number"}}},
                    },
                },
                "Failure": {"type": "object", "properties": {"error": {"type": "string", "x-error-text": True}}},
            },
        },
    }


@pytest.fixture
def document() -> Document:
    """A specification that loads, to be spoilt."""
    return blank()


@pytest.fixture
def load_document(tmp_path: Path) -> Callable[[Document], ApiModel]:
    """Load a specification from plain data."""

    def run(document: Document) -> ApiModel:
        return load(write_spec(document, tmp_path))

    return run


@pytest.fixture
def problems(
    load_document: Callable[[Document], ApiModel], request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[Document], list[tuple[str, str]]]:
    """Load a specification that cannot be loaded; return each problem's name and place. The texts: reports.txt."""

    def run(document: Document) -> list[tuple[str, str]]:
        with pytest.raises(SpecError) as caught:
            load_document(document)
        expect_report(request.node.name, caught.value, tmp_path)
        return [(problem.fault.value, problem.pointer) for problem in caught.value.problems]

    return run
