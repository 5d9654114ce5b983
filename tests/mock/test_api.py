"""The mocked API for operations of which it knows no more than their examples."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.openapi import load
from support.specs import Document, blank, operation, write_spec

BASE = "https://api.example.com"


@pytest.fixture
def mock(tmp_path: Path) -> MockApi:
    """Two operations, each with an example of success and one of what is not found."""
    document = blank()
    for name in ("first", "second"):
        described: Document = operation(name)
        described["responses"]["404"] = {"description": "not there"}
        for status, response in described["responses"].items():
            example = tmp_path / f"{name}-{status}.json"
            reply = {
                "status": int(status),
                "headers": {"x-of": name, "content-type": "application/json"},
                "body": {"of": name},
            }
            example.write_text(json.dumps({"summary": "s", "request": {}, "reply": reply}), encoding="utf-8")
            response["x-examples"] = {f"{name}{status}": example.name}
        document["paths"][f"/{name}"] = {"get": described}
    return MockApi(load(write_spec(document, tmp_path)), Catalogue(()), seconds=0)


@pytest.mark.parametrize(
    ("method", "url", "status", "of"),
    [
        ("GET", "/first", 200, "first"),
        ("GET", "/second", 200, "second"),
        ("PUT", "/second", 404, "second"),
        ("GET", "/second/", 404, "second"),
        ("GET", "/else/second", 404, "second"),
        ("GET", "/nothing", 404, "first"),
    ],
)
def test_it_answers_with_the_example_of_the_operation_that_was_meant(
    mock: MockApi, method: str, url: str, status: int, of: str
) -> None:
    reply = mock.respond_or_refuse(httpx.Request(method, BASE + url, headers={"x-key": DEMO_KEY}))
    assert (reply.status_code, reply.headers["x-of"], json.loads(reply.content)) == (status, of, {"of": of})


def test_a_refusal_without_an_example_has_its_status_only(mock: MockApi) -> None:
    reply = mock.respond_or_refuse(httpx.Request("GET", f"{BASE}/first"))
    assert (reply.status_code, reply.content) == (401, b"")
    reply = mock.respond_or_refuse(httpx.Request("GET", f"{BASE}/first?a=1", headers={"x-key": DEMO_KEY}))
    assert (reply.status_code, reply.content) == (400, b"")
