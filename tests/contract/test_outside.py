"""A client of a document that somebody else wrote, without examples: its key, and what a check says of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
import yaml
from typer.testing import CliRunner

from audioscape_luau.cli import app
from audioscape_luau.mock import ContractViolation
from audioscape_luau.mock.check import SpecCheck
from audioscape_luau.openapi import load
from roblox_double import HttpxBridge, Peer, Secret, Universe, load_folder

pytestmark = pytest.mark.other_api

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Library", "version": "1"},
    "servers": [{"url": "https://library.example.com/v1"}],
    "security": [{"token": []}],
    "paths": {
        "/books": {
            "get": {
                "operationId": "list-books",
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Book"}}
                            }
                        },
                    }
                },
            },
            "post": {
                "operationId": "add-book",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Book"}}}},
                "responses": {"201": {"description": "made"}},
            },
        },
        "/books/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "patch": {
                "operationId": "change-book",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Change"}}}},
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Book"}}},
                    }
                },
            },
            "delete": {"operationId": "drop-book", "responses": {"204": {"description": "gone"}}},
        },
    },
    "components": {
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Change": {"properties": {"pages": {"type": "integer"}}},
            "Book": {
                "allOf": [
                    {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}},
                    {"properties": {"pages": {"type": "integer", "minimum": 1}}},
                ]
            },
        },
    },
}


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "library.yaml"
    path.write_text(yaml.safe_dump(DOCUMENT), encoding="utf-8")
    return path


@pytest.fixture
def module(spec: Path, tmp_path: Path) -> Path:
    out = tmp_path / "LibraryClient"
    result = CliRunner().invoke(app, ["generate", "--spec", str(spec), "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture
def server(module: Path) -> Iterator[Peer]:
    with Universe(bridge=HttpxBridge(), secrets={"token": Secret("k-123")}) as universe:
        server = universe.server()
        server.mount(load_folder(module), "ServerScriptService")
        yield server


@pytest.mark.parametrize("key", ['"k-123"', 'game:GetService("HttpService"):GetSecret("token")'])
def test_a_key_goes_with_its_prefix(key: str, server: Peer) -> None:
    with respx.mock as router:
        sent = router.delete("https://library.example.com/v1/books/7").respond(204)
        found = server.run(
            f"""
            local LibraryClient = require(game:GetService("ServerScriptService").LibraryClient)
            return LibraryClient.new({key}):dropBook({{ id = "7" }})
            """
        )
    assert found[0] is True
    assert sent.calls.last.request.headers["Authorization"] == "Bearer k-123"


@pytest.mark.parametrize("header", ["k-123", "Bearer", "Bearer ", "Basic k-123"])
def test_a_key_without_its_prefix_is_none(header: str, spec: Path) -> None:
    request = httpx.Request("DELETE", "https://library.example.com/v1/books/7", headers={"Authorization": header})
    with pytest.raises(ContractViolation, match="missing-key"):
        SpecCheck(load(spec)).request(request)


@pytest.mark.thorough
def test_a_check_keeps_the_client(spec: Path, module: Path) -> None:
    arguments = ["check", "--spec", str(spec), "--module", str(module), "--examples", "2"]
    phases = ["--phase", "examples", "--phase", "boundaries", "--phase", "fuzz", "--phase", "stateful"]
    result = CliRunner().invoke(app, [*arguments, *phases], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output


def test_a_check_finds_a_client_that_sends_no_prefix(spec: Path, module: Path) -> None:
    session = module / "Session.luau"
    session.write_text(session.read_text(encoding="utf-8").replace("Api.keyPrefix .. ", ""), encoding="utf-8")
    arguments = ["check", "--spec", str(spec), "--module", str(module), "--phase", "examples"]
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert result.exit_code == 1
    assert "key" in result.output
