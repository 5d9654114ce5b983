"""The mocked API for operations of which it knows no more than their examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.openapi import load
from support.game import api
from support.specs import Document, blank, operation, write_spec

BASE = "https://api.example.com"
MUSEUM = Path(__file__).parents[1] / "contract" / "museum" / "museum.openapi.yaml"


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


WRONG: dict[str, tuple[str, dict[str, Any], str, bytes]] = {
    "too many": ("search", {"query": "x", "limit": 101}, "limit", b"maximum of 100"),
    "neither": ("search", {"limit": 3}, "query", b"one of several"),
    "deep": ("search", {"query": "x", "filters": {"duration": {"min": 2, "max": 1}}}, "filters.duration.min", b"range"),
    "unknown": ("sfxSearch", {"query": "x", "words": "y"}, "words", b"no such field"),
    "missing": ("trackStructure", {}, "asset_id", b"required"),
    "empty": ("events", {"events": []}, "events", b"[]"),
    "item": ("assetsHealth", {"asset_ids": ["x"]}, "asset_ids", b"x"),
}


@pytest.mark.parametrize(("name", "body", "parameter", "why"), WRONG.values(), ids=WRONG.keys())
def test_a_refusal_names_the_parameter_of_its_own_operation(
    name: str, body: dict[str, Any], parameter: str, why: bytes
) -> None:
    mock = MockApi(api(), Catalogue(()), seconds=0)
    operation = api().operation(name)
    url = api().address(operation) + operation.path
    reply = mock.respond_or_refuse(httpx.Request("POST", url, headers={api().api_key_header: DEMO_KEY}, json=body))
    error: str = json.loads(reply.content)["error"]
    assert (reply.status_code, error.partition(":")[0]) == (400, parameter)
    assert why in reply.content
    assert "(at /)" not in error


def test_an_operation_that_names_the_parameter_itself_is_quoted() -> None:
    mock = MockApi(api(), Catalogue(()), seconds=0)
    url = api().server_url + api().operation("similar").path
    reply = mock.respond_or_refuse(httpx.Request("GET", url, headers={api().api_key_header: DEMO_KEY}))
    assert json.loads(reply.content) == {"error": "Missing required field: asset_id"}


def test_an_api_that_refuses_with_another_status_and_body_is_answered_so() -> None:
    model = load(MUSEUM)
    mock = MockApi(model, Catalogue(()), seconds=0)
    url = f"{model.server_url}/works/search"
    reply = mock.respond_or_refuse(httpx.Request("POST", url, headers=model.key_header(DEMO_KEY), json={"take": 51}))
    assert reply.status_code == 422
    assert "take: 51" in reply.text
