"""What is usable of a reply, and where a result differs from it: tables for the oracle itself."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import httpx
import pytest

from audioscape_luau.contract.coverage import observe
from audioscape_luau.contract.expect import judge_reply
from audioscape_luau.contract.oracle import LostReplyError, differences, expected_result
from audioscape_luau.contract.subject import Seen
from audioscape_luau.contract.values import TooDeepError
from audioscape_luau.openapi import Array, Boolean, Either, Field, Map, Number, Object, Operation, Shape, Text
from support.game import api

OPERATION = api().operations[0]


def example(operation: Operation) -> dict[str, Any]:
    return json.loads(next(e for e in operation.examples if e.name == "analysed").body)


@pytest.mark.parametrize("example", [e for e in OPERATION.examples if e.status == 200], ids=lambda e: e.name)
def test_an_example_differs_in_nothing_from_itself(example: Any) -> None:
    kept = expected_result(OPERATION, example.body)
    assert list(differences(kept, json.loads(json.dumps(kept)))) == []


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"3", b'"text"', b"\xff", b"[" * 100_000, b"{}", b'{"meta": {}}'])
def test_a_body_of_which_nothing_is_usable_is_lost(body: bytes) -> None:
    with pytest.raises(LostReplyError):
        expected_result(OPERATION, body)


def deep(levels: int) -> bytes:
    """Return a reply with a member that nobody described, nested so deep."""
    inner = b'{"a":' * levels + b'"\\"]}"' + b"}" * levels
    return b'{"tracks": [], "meta": {"seed_asset_id": "1"}, "more": ' + inner + b"}"


def test_what_is_nested_is_kept_as_deep_as_can_be_seen() -> None:
    kept = expected_result(OPERATION, deep(80))["more"]
    for _ in range(80):
        kept = kept["a"]
    assert kept == '"]}'


@pytest.mark.parametrize("levels", [90, 998])
def test_deeper_nesting_than_can_be_seen_is_not_judged(levels: int) -> None:
    with pytest.raises(TooDeepError):
        expected_result(OPERATION, deep(levels))
    for outcome in (Seen("similar", result={}, count=1), Seen("similar", err={"kind": "decode"}, count=2)):
        assert list(judge_reply(OPERATION, deep(levels), outcome)) == []


@pytest.mark.parametrize("body", [deep(1000), deep(100_000), b"[" * 1001], ids=["1000", "100000", "open"])
def test_deeper_nesting_than_the_engine_decodes_is_a_lost_reply(body: bytes) -> None:
    with pytest.raises(LostReplyError, match="nested"):
        expected_result(OPERATION, body)


def test_brackets_in_texts_nest_nothing() -> None:
    body = json.dumps({"tracks": [], "meta": {}, "more": '[{\\"' * 1000}).encode()
    assert expected_result(OPERATION, body)["more"] == '[{\\"' * 1000


@pytest.mark.parametrize("levels", [50, 500, 50_000])
def test_what_was_handled_can_be_told_of_a_reply_of_any_depth(levels: int) -> None:
    asked = httpx.Request("GET", "https://api.example/v1/similar?asset_id=1")
    response = httpx.Response(200, content=deep(levels))
    seen = set(observe(api(), OPERATION.id, [(asked, response)], {"more": {}}, None))
    assert f"{OPERATION.id}: status 200" in seen


LIST, ITEM = next(
    (field.name, field.shape.items)
    for field in OPERATION.result.fields
    if isinstance(field.shape, Array) and isinstance(field.shape.items, Object)
)
ID = ITEM.asset_id_field.name if ITEM.asset_id_field else ""


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("123", "123"),
        (123, "123"),
        (123.0, "123"),
        ("007", "7"),
        ("000", "0"),
        ("9" * 20, "9" * 20),
        ("0" * 30 + "9" * 20, "9" * 20),
        ("9" * 21, None),
        ("1e5", None),
        (2**53 - 1, str(2**53 - 1)),
        (2**53, None),
        (2**53 + 1, None),
        pytest.param(10**400, None, id="400 digits"),
        (1.5, None),
        (-1, None),
        ("abc", None),
        ("٣", None),
        ("", None),
        (True, None),
        (None, None),
    ],
)
def test_an_item_stands_or_falls_with_its_id(given: Any, kept: str | None) -> None:
    item = {**example(OPERATION)[LIST][0], ID: given}
    items = expected_result(OPERATION, json.dumps({**example(OPERATION), LIST: [item]}).encode())[LIST]
    assert [item[ID] for item in items] == ([] if kept is None else [kept])


@pytest.mark.parametrize("nothing", [[], {}, [None], [3], ["text"], [{}]])
def test_a_list_without_usable_items_is_empty(nothing: Any) -> None:
    assert expected_result(OPERATION, json.dumps({**example(OPERATION), LIST: nothing}).encode())[LIST] == []


def test_unknown_members_are_kept_as_the_engine_reads_them() -> None:
    body = json.dumps({**example(OPERATION), "news": {"a": [1, None], "b": None, "c": float("nan"), "d": "x"}})
    assert expected_result(OPERATION, body.encode())["news"] == {"a": [1, None], "d": "x"}


SHAPES: list[tuple[Shape, list[Any], list[Any]]] = [
    (Text(), ["", "a"], [1, True, [], {}]),
    (Number(), [0, -1.5], ["1", True, math.inf, math.nan]),
    (Boolean(), [True, False], [0, "true"]),
    (Either(kinds=("string", "number")), ["a", 1], [True, {}, math.nan]),
    (Either(kinds=("boolean", "number")), [True, 1], ["a"]),
    (Map(values=Number()), [{"a": 1}, {}], [3, "x", [1]]),
    (Map(), [{"a": {"b": "c"}}], [False]),
]


@pytest.mark.parametrize(("shape", "good", "bad"), SHAPES, ids=[type(shape).__name__ for shape, _, _ in SHAPES])
def test_each_shape_knows_its_own(shape: Shape, good: list[Any], bad: list[Any]) -> None:
    reply = replace(OPERATION.success, shape=Object(fields=(Field(name="x", shape=shape),)))
    operation = replace(OPERATION, responses=(reply,))
    for value in good:
        assert expected_result(operation, json.dumps({"x": value}).encode()) == {"x": value}
    for value in bad:
        assert expected_result(operation, json.dumps({"x": value}).encode()) == {}


@pytest.mark.parametrize(
    ("expected", "actual", "rule"),
    [
        ({"a": 1}, {}, "field-lost"),
        ({}, {"a": 1}, "field-not-cleaned"),
        ({"a": 1}, {"a": 2}, "field-changed"),
        ({"a": 1}, {"a": True}, "field-changed"),
        ({"a": False}, {"a": 0}, "field-changed"),
        ({"a": ""}, {}, "field-lost"),
        ({"a": {"b": 1}}, {"a": "text"}, "field-changed"),
        ({"a": [1, 2]}, {"a": [1]}, "item-lost"),
        ({"a": [1]}, {"a": [1, 2]}, "item-not-dropped"),
        ({"a": [1, 2]}, {"a": [2, 1]}, "field-changed"),
        ({"a": "x" * 200}, {"a": "x"}, "field-changed"),
    ],
)
def test_a_difference_is_named(expected: Any, actual: Any, rule: str) -> None:
    found = list(differences(expected, actual))
    assert {name for name, _ in found} == {rule}
    assert all("a" in said and len(said) < 250 for _, said in found)


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), ([], {}), ({}, []), ({"a": []}, {"a": {}})])
def test_what_is_the_same_in_luau_does_not_differ(one: Any, other: Any) -> None:
    assert list(differences(one, other)) == []
