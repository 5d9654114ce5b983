"""A client made of a document, and the mocked API made of the same one: what the two agree on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import respx

from audioscape_luau.codegen import render, runtime_files, write
from audioscape_luau.mock import Catalogue, MockApi, install
from audioscape_luau.openapi import ApiModel, load
from audioscape_luau.resources import luau_root
from roblox_double import Peer, Universe, load_folder
from support.specs import Document, blank, write_spec


def document_of(*operations: tuple[str, Document], schemas: Document | None = None, **more: Any) -> Document:
    """Return a document whose operations are given each with its `METHOD /path`."""
    document: Document = blank() | more
    document["components"]["schemas"] = schemas or {}
    for route, operation in operations:
        method, path = route.split(" ")
        document["paths"].setdefault(path, {})[method.lower()] = operation
    return document


NOTHING = object()


def exchange(
    request: Mapping[str, Any], reply: Any = NOTHING, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Document:
    """Return the content of an example's file; one without a body has no reply."""
    body = (
        {} if reply is NOTHING else {"headers": {"content-type": "application/json", **(headers or {})}, "body": reply}
    )
    return {"summary": "x", "request": dict(request), "reply": {"status": status, **body}}


def loaded(document: Document, folder: Path, **examples: Document) -> ApiModel:
    """Write a document and its examples, `NAME.json` each; return the model."""
    for name, content in examples.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return load(write_spec(document, folder))


@dataclass(frozen=True, slots=True)
class Both:
    """A running client whose requests the mocked API answers, after `answer` if that has something to say."""

    server: Peer
    mock: MockApi
    router: respx.MockRouter

    def run(self, source: str) -> list[Any]:
        """Run Luau that has a `client`; return what it returns."""
        return self.server.run(f'local client = require("./AudioScapeClient").new("demo-key")\n{source}')

    def call(self, expression: str) -> list[Any]:
        """Return what a method call returned: the result, and of the error its kind and parameter."""
        return self.run(
            f"""
            local result, err = client:{expression}
            return result, err and {{ kind = err.kind, parameter = err.parameter }}
            """
        )

    @property
    def requests(self) -> list[httpx.Request]:
        """What was sent, in order."""
        calls: list[Any] = list(self.router.calls)
        return [call.request for call in calls]

    @property
    def sent(self) -> list[str]:
        """What was sent, each as `METHOD URL body`."""
        return [f"{r.method} {r.url} {r.content.decode()}".rstrip() for r in self.requests]


def both_sides(universe: Universe, router: respx.MockRouter, model: ApiModel, folder: Path) -> Both:
    """Return a client of a model on a server of `universe`, and the mocked API behind `router`."""
    module = folder / "AudioScapeClient"
    write(render(model) | runtime_files(model, luau_root() / "AudioScapeClient"), module)
    server = universe.server()
    server.mount(load_folder(module), "ServerScriptService")
    mock = MockApi(model, Catalogue.generate(size=20))
    if not router.routes:
        install(router, mock)
    return Both(server, mock, router)
