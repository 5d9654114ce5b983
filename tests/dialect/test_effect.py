"""What becomes of asking twice, and where an operation is: the client reads both off the document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from audioscape_luau.mock import ContractViolation
from audioscape_luau.openapi import Fault, SpecError
from support.both_sides import Both, document_of, exchange, loaded
from support.specs import Document, operation

FIELDS: Document = {"type": "object", "properties": {"n": {"type": "integer"}}}
POSTED: Document = {"required": True, "content": {"application/json": {"schema": FIELDS}}}
TWICE = """
client = require("./AudioScapeClient").new({ apiKey = "demo-key", cacheSeconds = 60 })
task.spawn(client.things, client, { n = 1 })
client:things({ n = 1 })
task.wait(5)
client:things({ n = 1 })
client:things({ n = 2 })
local stats = client:stats()
return stats.requests, stats.coalesced, stats.hits
"""
FAILING = """
local result, err = client:things({ n = 1 })
return err and err.kind, client:stats().requests
"""


def things(method: str, effect: str | None) -> Document:
    parameters = [{"name": "n", "in": "query", "schema": {"type": "integer"}}]
    made = operation(parameters=parameters) if method == "GET" else operation(requestBody=POSTED)
    made["responses"]["200"]["x-examples"] = {"one": "one.json"}
    return document_of((f"{method} /things", made | ({"x-effect": effect} if effect else {})))


@pytest.mark.parametrize(
    ("method", "effect", "counts"),
    [
        ("GET", None, [2, 1, 1]),
        ("POST", "read", [2, 1, 1]),
        ("POST", None, [4, 0, 0]),
        ("POST", "write", [4, 0, 0]),
        ("POST", "event", [4, 0, 0]),
        ("GET", "event", [4, 0, 0]),
    ],
)
def test_only_what_changes_nothing_is_shared_and_remembered(
    both: Callable[..., Both], method: str, effect: str | None, counts: list[int]
) -> None:
    sides = both(things(method, effect), one=exchange({"n": 1}, {}))
    assert sides.run(TWICE) == counts
    assert len(sides.sent) == counts[0]


@pytest.mark.cases(5)
@pytest.mark.parametrize(
    ("method", "effect", "fault", "requests"),
    [
        *[("POST", "event", fault, 1) for fault in ("500", "502", "503", "408", "lost", "slow", "not JSON")],
        *[("GET", "event", fault, 1) for fault in ("500", "lost")],
        *[(method, effect, "500", 3) for method, effect in (("GET", None), ("POST", "read"), ("POST", "write"))],
        # As HTTP has it, if the document says nothing.
        *[(method, None, "500", sent) for method, sent in (("PUT", 3), ("POST", 1), ("PATCH", 1))],
        # It was turned away, so it did not count.
        ("POST", "event", "429", 3),
    ],
)
def test_an_event_is_never_sent_twice(
    both: Callable[..., Both], method: str, effect: str | None, fault: str, requests: int
) -> None:
    sides = both(things(method, effect), one=exchange({"n": 1}, {}))
    sides.router.routes.clear()
    route = sides.router.route()
    if fault == "lost":
        route.mock(side_effect=httpx.ReadError("lost"))
    elif fault == "slow":
        route.mock(side_effect=httpx.ReadTimeout("slow"))
    elif fault == "not JSON":
        route.respond(200, text="<html>")
    else:
        route.respond(int(fault), json={})
    assert sides.run(FAILING)[1] == requests
    assert len(sides.requests) == requests


def test_an_effect_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        loaded(things("POST", "none"), tmp_path)
    (problem,) = caught.value.problems
    assert (problem.fault, problem.pointer) == (Fault.INVALID_EXTENSION, "/paths/~1things/post/x-effect")


def placed() -> Document:
    document = things("GET", None)
    count = operation("count", requestBody=POSTED, servers=[{"url": "https://counts.example.com/v2/"}])
    size = operation("size", servers=[{"url": "https://api.example.com/"}])
    other = {"get": size, "post": count, "servers": [{"url": "https://other.example.com"}]}
    for made in (count, size):
        made["responses"]["200"]["x-examples"] = {"one": "one.json"}
    document["paths"]["/count"] = other
    weigh = operation("weigh")
    weigh["responses"]["200"]["x-examples"] = {"one": "one.json"}
    document["paths"]["/weigh"] = {"get": weigh, "servers": [{"url": "https://other.example.com/w"}]}
    return document


CALLS = """
for _, name in { "things", "count", "size", "weigh" } do
	assert(client[name](client))
end
"""


def test_an_operation_may_have_a_server_of_its_own(both: Callable[..., Both]) -> None:
    sides = both(placed(), one=exchange({}, {}))
    sides.run(CALLS)
    assert sides.sent == [
        "GET https://api.example.com/things",
        "POST https://counts.example.com/v2/count {}",
        "GET https://api.example.com/count",
        "GET https://other.example.com/w/weigh",
    ]
    assert not sides.mock.violations
    headers = {"x-key": "demo-key"}
    for url in ("https://counts.example.com/v2/things", "https://third.example.com/things"):
        with pytest.raises(ContractViolation, match=r"unknown-path|wrong-server"):
            sides.mock.respond(httpx.Request("GET", url, headers=headers))


def test_another_address_is_that_of_all(both: Callable[..., Both]) -> None:
    """Who sends the API elsewhere, such as to a proxy, wants no other host to hear of the key."""
    sides = both(placed(), one=exchange({}, {}))
    sides.router.routes.clear()
    sides.router.route().respond(200, json={})
    other = 'client = require("./AudioScapeClient").new({ apiKey = "demo-key", baseUrl = "http://localhost:8080/a/b" })'
    sides.run(other + CALLS)
    assert sides.sent == [
        "GET http://localhost:8080/a/b/things",
        "POST http://localhost:8080/v2/count {}",
        "GET http://localhost:8080/a/b/count",
        "GET http://localhost:8080/w/weigh",
    ]


def test_a_server_of_an_operation_is_held_to_the_same_rules(tmp_path: Path) -> None:
    document = placed()
    document["paths"]["/weigh"]["get"]["servers"] = [{"url": "http://other.example.com"}]
    document["paths"]["/count"]["post"]["servers"] = []
    with pytest.raises(SpecError) as caught:
        loaded(document, tmp_path, one=exchange({}, {}))
    assert [(p.fault, p.pointer) for p in caught.value.problems] == [
        (Fault.UNSUPPORTED_VALUE, "/paths/~1count/post/servers"),
        (Fault.UNSUPPORTED_VALUE, "/paths/~1weigh/get/servers/0/url"),
    ]
