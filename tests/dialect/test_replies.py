"""Replies that are no object with named fields: none at all, null, a list, one value; and what headers say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from audioscape_luau.mock import ContractViolation
from audioscape_luau.openapi import Fault, SpecError
from luau_types import SOLVERS, TOOL
from support.both_sides import Both, document_of, exchange, loaded
from support.consumer import type_errors
from support.specs import Document, build_client, operation
from support.tools import tool

ITEM: Document = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
LISTED: Document = {"type": "array", "items": ITEM}


def things(reply: Document | None, status: int = 200, headers: Document | None = None) -> Document:
    made = operation(reply=reply or {})
    response = made["responses"].pop("200")
    if reply is None:
        del response["content"]
    if headers is not None:
        response["headers"] = headers
    made["responses"][str(status)] = response | {"x-examples": {"one": "one.json"}}
    return document_of(("GET /things", made))


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_reply_without_a_body_is_true(both: Callable[..., Both], status: int) -> None:
    sides = both(things(None, status), one=exchange({}, status=status))
    assert sides.run("return client:things()") == [True, None]
    assert sides.run("client:things() client:things() return client:stats().requests") == [1]
    sides.router.routes.clear()
    sides.router.route().respond(500)
    assert sides.call("things()") == [None, {"kind": "server_error"}]


@pytest.mark.parametrize(
    ("schema", "body", "result"),
    [
        ({**ITEM, "type": ["object", "null"]}, None, None),
        ({**ITEM, "type": ["object", "null"]}, {"id": "a"}, {"id": "a"}),
        (LISTED, [{"id": "a"}, {"id": "b", "more": 1}], [{"id": "a"}, {"id": "b", "more": 1}]),
        (LISTED, [], []),
        ({**LISTED, "type": ["array", "null"]}, None, None),
        ({"type": "array", "items": {"type": "integer"}}, [3, 1], [3, 1]),
        ({"type": "object", "additionalProperties": {"type": "number"}}, {"a": 1.5}, {"a": 1.5}),
        ({"type": "string"}, "words", "words"),
        ({"type": "boolean"}, False, False),
        ({"type": ["integer", "null"]}, 7, 7),
        ({"type": ["integer", "null"]}, None, None),
    ],
)
def test_a_reply_of_any_shape(both: Callable[..., Both], schema: Document, body: Any, result: Any) -> None:
    sides = both(things(schema), one=exchange({}, body))
    assert sides.run("return client:things()") == [result, None]
    assert sides.run("client:things() client:things() return client:stats().requests") == [1]


@pytest.mark.parametrize(
    ("schema", "body", "kept"),
    [
        ({**ITEM, "type": ["object", "null"]}, 5, None),
        ({**ITEM, "type": ["object", "null"]}, {"id": 5}, None),
        (ITEM, None, None),
        (LISTED, None, None),
        (LISTED, {"id": "a"}, None),
        ({"type": "integer"}, 1.5, None),
        (LISTED, [{"id": "a"}, {"id": 5}, 7], [{"id": "a"}]),
    ],
)
def test_what_is_of_another_shape(both: Callable[..., Both], schema: Document, body: Any, kept: Any) -> None:
    document = things(schema)
    del document["paths"]["/things"]["get"]["responses"]["200"]["x-examples"]
    sides = both(document)
    sides.router.routes.clear()
    sides.router.route().respond(200, content=json.dumps(body).encode())
    result, *err = sides.call("things()")
    assert result == kept
    assert (not kept) == (err == [{"kind": "decode"}])


def test_a_result_belongs_to_its_caller(both: Callable[..., Both]) -> None:
    sides = both(things(LISTED), one=exchange({}, [{"id": "a"}]))
    changed = "local a = client:things() a[1].id = 'x' a[2] = 1 local b = client:things() return b, client:stats().hits"
    assert sides.run(changed) == [[{"id": "a"}], 1]


HEADERS: Document = {
    "X-Total": {"description": "How many there are.", "required": True, "schema": {"type": "integer", "minimum": 0}},
    "x-share": {"schema": {"type": "number"}},
    "X-Old": {"schema": {"type": "boolean"}},
    "X-Name": {"schema": {"type": "string"}},
}


def test_headers_come_third(both: Callable[..., Both]) -> None:
    given = {"x-total": "12", "X-Share": "0.5", "X-Old": "true", "X-Other": "y", "X-Name": "5"}
    sides = both(things(LISTED, headers=HEADERS), one=exchange({}, [], headers=given))
    values = {"X-Total": 12, "x-share": 0.5, "X-Old": True, "X-Name": "5"}
    assert sides.run("return client:things()") == [[], None, values]
    assert sides.run("client:things() return client:things()") == [[], None, values]
    sides.router.routes.clear()
    wrong = {"x-total": "1.5", "x-share": "0x10", "x-old": "yes"}
    route = sides.router.route().respond(200, json=[], headers=wrong)
    assert sides.run("return client:things()") == [[], None, []]
    route.respond(404, json={}, headers={"x-total": "3"})
    assert sides.run("return select('#', client:things()), (select(3, client:things()))") == [3, None]


def test_no_headers_no_third_value(both: Callable[..., Both]) -> None:
    sides = both(things(LISTED), one=exchange({}, []))
    assert sides.run("return select('#', client:things())") == [2]


@pytest.mark.parametrize(
    ("headers", "words"), [({}, "x-total is missing"), ({"x-total": "-1"}, "-1 is less"), ({"x-total": "a"}, "'a'")]
)
def test_the_mocked_api_and_examples_are_held_to_headers(
    both: Callable[..., Both], tmp_path: Path, headers: dict[str, str], words: str
) -> None:
    declared = {"x-total": HEADERS["X-Total"]}
    with pytest.raises(SpecError, match=words) as caught:
        loaded(things(LISTED, headers=declared), tmp_path, one=exchange({}, [], headers=headers))
    assert caught.value.problems[0].fault is Fault.EXAMPLE_MISMATCH
    sides = both(things(LISTED, headers=declared), one=exchange({}, [], headers={"x-total": "1"}))
    (operation_,) = sides.mock.model.operations
    with pytest.raises(ContractViolation, match="broken-header"):
        sides.mock.check.reply(operation_, httpx.Response(200, json=[], headers=headers))


@pytest.mark.parametrize(
    ("headers", "place"),
    [
        ({"X-A": {"schema": LISTED}}, "X-A/schema"),
        ({"X-A": {"schema": {"type": ["string", "null"]}}}, "X-A/schema"),
        ({"X-A": {"content": {"application/json": {"schema": {"type": "string"}}}}}, "X-A/"),
        ({"X-A": {"schema": {"type": "string"}}, "x-a": {"schema": {"type": "string"}}}, "headers"),
    ],
)
def test_headers_that_are_a_problem(tmp_path: Path, headers: Document, place: str) -> None:
    with pytest.raises(SpecError) as caught:
        loaded(things(LISTED, headers=headers), tmp_path, one=exchange({}, []))
    assert any(place in problem.pointer for problem in caught.value.problems)


TYPED = """
local client = AudioScapeClient.new("key")
local done, err = client:done()
local isDone: boolean? = done
local list: AudioScapeClient.ListResult? = client:list()
local id: string = (list :: AudioScapeClient.ListResult)[1].id
local words: string? = client:words()
local _, _, headers = client:list()
if headers then
	local total: number? = headers["X-Total"]
	print(total)
end
print(isDone, err, id, words)
local wrong1: string? = client:done()
local wrong2: number = (list :: AudioScapeClient.ListResult)[1].id
local wrong3: number? = client:words()
print(wrong1, wrong2, wrong3)
"""


@pytest.mark.parametrize("solver", SOLVERS)
def test_results_are_typed(tmp_path: Path, solver: str) -> None:
    tool(TOOL)
    done = operation("done")
    del done["responses"]["200"]["content"]
    listed = operation("list", reply=LISTED)
    listed["responses"]["200"]["headers"] = HEADERS
    words = operation("words", reply={"type": ["string", "null"]})
    build_client(document_of(("GET /a", done), ("GET /b", listed), ("GET /c", words)), tmp_path)
    assert type_errors(tmp_path, {"typed": TYPED}, solver) == {("typed", n) for n in (14, 15, 16)}
