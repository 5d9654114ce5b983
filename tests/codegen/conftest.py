"""What the generator's tests share: specifications made for one test, their client, and a VM to run it in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from audioscape_luau.codegen import render, runtime_files, write
from audioscape_luau.engine import Peer, Universe, load_folder
from audioscape_luau.resources import luau_root, spec_file
from audioscape_luau.spec import load

type Document = dict[str, Any]


@pytest.fixture(scope="session")
def vendor_document() -> Document:
    """The specification that ships, as plain data."""
    return yaml.safe_load(spec_file().read_text(encoding="utf-8"))


@pytest.fixture
def blank_document() -> Document:
    """The smallest specification: one GET without parameters that answers `{}`."""
    schema: Document = {"type": "object", "properties": {}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Test", "version": "1"},
        "servers": [{"url": "https://api.example.com"}],
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-key"}}},
        "paths": {
            "/things": {
                "get": {
                    "operationId": "things",
                    "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}},
                }
            }
        },
    }


@pytest.fixture
def with_operation(blank_document: Document) -> Callable[..., Document]:
    """Return a specification with one operation of the given parts."""

    def make(
        *,
        parameters: list[Document] | None = None,
        body: Document | None = None,
        reply: Document | None = None,
        schemas: Document | None = None,
        path: str = "/things",
        **more: Any,
    ) -> Document:
        document = deepcopy(blank_document)
        operation = document["paths"].pop("/things")["get"]
        if parameters is not None:
            operation["parameters"] = parameters
        if body is not None:
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
        if reply is not None:
            operation["responses"]["200"]["content"]["application/json"]["schema"] = reply
        if schemas is not None:
            document["components"]["schemas"] = schemas
        document["paths"][path] = {"get" if body is None else "post": operation | more}
        return document

    return make


@pytest.fixture
def build(tmp_path: Path) -> Callable[[Document], Path]:
    """Write a whole client for a specification; return the folder of its module."""

    def make(document: Document) -> Path:
        spec = tmp_path / "spec.yaml"
        # Through JSON, so that parts which are one object are not written as aliases.
        spec.write_text(yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False), encoding="utf-8")
        model = load(spec)
        module = tmp_path / "AudioScapeClient"
        write(render(model) | runtime_files(model, luau_root() / "AudioScapeClient"), module)
        return module

    return make


@pytest.fixture
def start(build: Callable[[Document], Path]) -> Iterator[Callable[[Document], Peer]]:
    """Start a game server that holds a specification's client in ServerScriptService."""
    with Universe() as universe:

        def make(document: Document) -> Peer:
            server = universe.server()
            server.mount(load_folder(build(document)), "ServerScriptService")
            return server

        yield make


@pytest.fixture
def encode(start: Callable[[Document], Peer]) -> Callable[..., Any]:
    """Encode an input, written as Luau, with a specification's only operation: `[path, body]`, or the refusal."""

    def run(document: Document, source: str) -> Any:
        return start(document).run(
            f"""
            local operation = select(2, next(require("./AudioScapeClient/generated/Operations")))
            local target, refusal = operation.encode({source})
            if refusal then
                return {{ id = refusal.id, parameter = refusal.parameter, expected = refusal.expected }}
            end
            return {{ target.path, target.body }}
            """
        )[0]

    return run


@pytest.fixture
def decode(start: Callable[[Document], Peer]) -> Callable[..., Any]:
    """Decode a reply, written as Luau: the result, and how often which field was left out."""

    def run(document: Document, source: str) -> Any:
        return start(document).run(
            f"""
            local operation = select(2, next(require("./AudioScapeClient/generated/Operations")))
            local drops = {{ counts = {{}}, last = nil }}
            return operation.decode({source}, drops), drops.counts
            """
        )

    return run
