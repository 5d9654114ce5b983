"""Specifications made for one test, and the clients generated from them."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from audioscape_luau.codegen import render, runtime_files, write
from audioscape_luau.openapi import load
from audioscape_luau.resources import luau_root
from roblox_double import ScriptTree, load_folder

type Document = dict[str, Any]

_BLANK: Document = {
    "openapi": "3.1.0",
    "info": {"title": "Test", "version": "1"},
    "servers": [{"url": "https://api.example.com"}],
    "security": [{"key": []}],
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-key"}}},
    "paths": {},
}


def blank() -> Document:
    """Return a specification without operations."""
    return deepcopy(_BLANK)


def operation(identifier: str = "things", *, reply: Document | None = None, **more: Any) -> Document:
    """Return an operation that answers with an object of the schema `reply`."""
    schema = reply or {"type": "object", "properties": {}}
    return {
        "operationId": identifier,
        "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}},
        **more,
    }


def write_spec(document: Document, folder: Path) -> Path:
    """Write a specification as a file; return its path."""
    path = folder / "spec.yaml"
    # Through JSON, so that parts which are one object are not written as aliases.
    text = yaml.dump(json.loads(json.dumps(document)), Dumper=yaml.CSafeDumper, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def build_client(document: Document, folder: Path) -> Path:
    """Generate a whole client for a specification; return the folder of its module."""
    model = load(write_spec(document, folder))
    module = folder / "AudioScapeClient"
    write(render(model) | runtime_files(model, luau_root() / "AudioScapeClient"), module)
    return module


def client_of(document: Document) -> ScriptTree:
    """Return the module of a whole client for a specification; tests of one document in a row share it."""
    return _client_of(json.dumps(document))


@lru_cache(maxsize=8)
def _client_of(document: str) -> ScriptTree:
    with TemporaryDirectory() as folder:
        return load_folder(build_client(json.loads(document), Path(folder)))


def luau_text(text: str) -> str:
    """Write a text as a Luau string, every byte as an escape: nothing in it can mean anything."""
    return '"' + "".join(f"\\{byte:03d}" for byte in text.encode()) + '"'
