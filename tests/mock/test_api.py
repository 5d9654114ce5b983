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
    ],
)
def test_it_answers_with_the_example_of_the_operation_that_was_meant(
    mock: MockApi, method: str, url: str, status: int, of: str
) -> None:
    reply = mock.respond_or_refuse(httpx.Request(method, BASE + url, headers={"x-key": DEMO_KEY}))
    assert (reply.status_code, reply.headers["x-of"], json.loads(reply.content)) == (status, of, {"of": of})


@pytest.mark.parametrize("url", ["/second/", "/else/second", "/nothing"])
def test_a_route_that_there_is_not_is_told_so(mock: MockApi, url: str) -> None:
    reply = mock.respond_or_refuse(httpx.Request("GET", BASE + url, headers={"x-key": DEMO_KEY}))
    assert (reply.status_code, json.loads(reply.content)) == (404, {"error": f"there is no route GET {url}"})


def test_a_route_does_not_repeat_a_key(mock: MockApi) -> None:
    reply = mock.respond_or_refuse(httpx.Request("GET", f"{BASE}/{DEMO_KEY}", headers={"x-key": DEMO_KEY}))
    assert reply.status_code == 404
    assert DEMO_KEY not in reply.text


def test_a_refusal_without_an_example_says_what_is_wrong_except_of_keys(mock: MockApi) -> None:
    reply = mock.respond_or_refuse(httpx.Request("GET", f"{BASE}/first"))
    assert (reply.status_code, reply.content) == (401, b"")
    reply = mock.respond_or_refuse(httpx.Request("GET", f"{BASE}/first?a=1", headers={"x-key": DEMO_KEY}))
    assert (reply.status_code, json.loads(reply.content)) == (400, {"error": "a: first has no parameter of that name"})


WRONG: dict[str, tuple[str, dict[str, Any], str, bytes]] = {
    "too many": ("search", {"query": "x", "limit": 101}, "limit", b"maximum of 100"),
    "neither": ("search", {"limit": 3}, "query", b"one of query, asset_ids is required"),
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


ADDRESSES = {
    "of another type": ("browse", "type=artist&region=eu", "region: it does not go with the other inputs"),
    "of another value": ("browse", "type=genre&sort=alpha", "sort: it does not go with the other inputs"),
    "both": ("playlist", "playlist_id=a&action=list", "playlist_id: only one of playlist_id, action can be given"),
    "no parameters": ("sfxTaxonomy", "x=1", "x: sfxTaxonomy has no parameter of that name"),
}


@pytest.mark.parametrize(("name", "query", "error"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_an_address_that_is_wrong_says_what_is(name: str, query: str, error: str) -> None:
    mock = MockApi(api(), Catalogue(()), seconds=0)
    operation = next(one for one in (*api().methods, *api().replaced) if one.id == name)
    url = f"{api().address(operation)}{operation.path}?{query}"
    reply = mock.respond_or_refuse(httpx.Request("GET", url, headers={api().api_key_header: DEMO_KEY}))
    assert (reply.status_code, json.loads(reply.content)) == (400, {"error": error})


@pytest.mark.parametrize(
    ("body", "why"), [(b"{", "the body is not JSON: Expecting property name"), (b"[]", "the body is not an object")]
)
def test_a_body_that_is_wrong_as_a_whole_is_told_so(body: bytes, why: str) -> None:
    mock = MockApi(api(), Catalogue(()), seconds=0)
    operation = api().operation("search")
    headers = {api().api_key_header: DEMO_KEY, "content-type": "application/json"}
    url = api().address(operation) + operation.path
    reply = mock.respond_or_refuse(httpx.Request("POST", url, headers=headers, content=body))
    assert reply.status_code == 400
    assert json.loads(reply.content)["error"].startswith(why)


PLAY = {"type": "play", "asset_id": "1"}


def tell(mock: MockApi, body: dict[str, Any], key: str = DEMO_KEY) -> int:
    operation = api().operation("events")
    url = api().address(operation) + operation.path
    request = httpx.Request("POST", url, headers={api().api_key_header: key}, json=body)
    return mock.respond_or_refuse(request).status_code


@pytest.mark.parametrize(
    ("events", "taken"), [([PLAY, {"type": 1}, PLAY | {"type": "stop"}], {"play": 1, "stop": 1}), ([{"type": 1}], {})]
)
def test_each_event_is_judged_alone(events: list[dict[str, Any]], taken: dict[str, int]) -> None:
    mock = MockApi(api(), Catalogue(()), seconds=0)
    assert tell(mock, {"events": events}) == 202
    assert mock.taken.events == taken
    assert [violation.parameter for violation in mock.violations] == ["events"]


def test_a_list_of_events_that_is_wrong_is_refused() -> None:
    mock = MockApi(api(), Catalogue(()), seconds=0)
    assert tell(mock, {"events": [{"type": 1}] * 501}) == 400
    assert tell(mock, {"events": "play"}) == 400
    assert tell(mock, {"events": [PLAY], "more": 1}) == 400
    assert tell(mock, {"events": [{"type": 1}]}, "wrong") == 401
    assert not mock.taken.events


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
