"""What the generator's tests share: specifications made for one test, their client, and a VM to run it in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from roblox_double import Peer, Universe
from support.specs import Document, blank, client_of, operation


@pytest.fixture
def with_operation() -> Callable[..., Document]:
    """Return a specification with one operation of the given parts."""

    def make(
        *,
        parameters: list[Document] | None = None,
        body: Document | None = None,
        reply: Document | None = None,
        schemas: Document | None = None,
        path: str = "/things",
    ) -> Document:
        document = blank()
        made = operation(reply=reply)
        if parameters is not None:
            made["parameters"] = parameters
        if body is not None:
            made["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
        if schemas is not None:
            document["components"]["schemas"] = schemas
        document["paths"][path] = {"get" if body is None else "post": made}
        return document

    return make


@pytest.fixture
def start() -> Iterator[Callable[[Document], Peer]]:
    """Start a game server that holds a specification's client in ServerScriptService."""
    with Universe() as universe:

        def make(document: Document) -> Peer:
            server = universe.server()
            server.mount(client_of(document), "ServerScriptService")
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
                local id, parameter, expected, hint = refusal.id, refusal.parameter, refusal.expected, refusal.hint
                return {{ id = id, parameter = parameter, expected = expected, hint = hint }}
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
