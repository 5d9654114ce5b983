"""One of several inputs: refused before a request if it is missing, on both sides by the same names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from audioscape_luau.contract.luau_text import luau
from audioscape_luau.mock import ContractViolation
from audioscape_luau.openapi import Fault, SpecError
from support.both_sides import Both, document_of, exchange, loaded
from support.specs import Document, operation

TEXT: Document = {"type": "string"}
WORDS: Document = {"type": "array", "items": TEXT}
FIELDS: dict[str, Document] = {
    "query": TEXT,
    "ids": WORDS,
    "limit": {"type": "integer", "default": 5},
    "filters": {
        "type": "object",
        "properties": {"words": WORDS, "more": {"type": "object", "properties": {"n": TEXT}}},
    },
}
DEEP: Document = {"required": ["filters"], "properties": {"filters": {"required": ["words"]}}}


def posted(**needs: Any) -> Document:
    schema = {"type": "object", "properties": dict(FIELDS), **needs}
    made = operation("find", requestBody={"required": True, "content": {"application/json": {"schema": schema}}})
    made["responses"]["200"]["x-examples"] = {"one": "one.json"}
    return document_of(("POST /find", made))


def asked(**needs: Any) -> Document:
    parameters = [
        {"name": name, "in": "query", "schema": schema} for name, schema in FIELDS.items() if name != "filters"
    ]
    more: Document = {"name": "filters", "in": "query"}
    more["content"] = {"application/json": {"schema": FIELDS["filters"]}}
    made = operation("find", parameters=[*parameters, more]) | {"x-inputs": needs}
    made["responses"]["200"]["x-examples"] = {"one": "one.json"}
    return document_of(("GET /find", made))


def required(*names: str) -> Document:
    return {"required": list(names)}


ANY: list[tuple[list[Document], list[Document], list[Document]]] = [
    (
        [required("query"), required("ids")],
        [{"query": "x"}, {"ids": ["1"]}, {"query": "x", "ids": ["1"]}, {"query": ""}],
        [{}, {"limit": 3}, {"filters": {"words": ["a"]}}],
    ),
    (
        [required("query"), DEEP],
        [{"query": "x"}, {"filters": {"words": ["a"]}}],
        [{}, {"filters": {"more": {"n": "x"}}}],
    ),
    (
        [required("query", "limit"), required("ids", "filters")],
        [{"query": "x", "limit": 5}, {"ids": ["1"], "filters": {"more": {"n": "x"}}}],
        [{"query": "x"}, {"ids": ["1"]}, {"limit": 5, "ids": ["1"]}],
    ),
]


def to_mock(method: str, arguments: Document) -> httpx.Request:
    url = "https://api.example.com/find"
    more: Document = {"json": arguments}
    if method == "GET":
        more = {"params": {n: json.dumps(v) if isinstance(v, dict) else v for n, v in arguments.items()}}
    return httpx.Request(method, url, headers={"x-key": "demo-key"}, **more)


@pytest.mark.parametrize("described", [posted, asked])
@pytest.mark.parametrize(("options", "good", "bad"), ANY)
def test_one_of_several_must_be_given(
    both: Callable[..., Both],
    described: Callable[..., Document],
    options: list[Document],
    good: list[Document],
    bad: list[Document],
) -> None:
    sides = both(described(anyOf=options), one=exchange(good[0], {}))
    for arguments in good:
        assert sides.call(f"find({luau(arguments)})")[1:] in ([], [None]), arguments
    assert not sides.mock.violations
    sent = len(sides.sent)
    first = options[0]["required"][0]
    for arguments in bad:
        assert sides.call(f"find({luau(arguments)})") == [None, {"kind": "invalid_request", "parameter": first}]
        with pytest.raises(ContractViolation, match="broken-choice") as caught:
            sides.mock.respond(to_mock("POST" if described is posted else "GET", arguments))
        assert caught.value.parameter == first
    assert len(sides.sent) == sent


@pytest.mark.parametrize("described", [posted, asked])
def test_just_one_of_several_can_be_given(both: Callable[..., Both], described: Callable[..., Document]) -> None:
    sides = both(described(oneOf=[required("query"), required("ids")]), one=exchange({"query": "x"}, {}))
    assert sides.call('find({ ids = { "1" }, limit = 5 })')[0] == []
    script = "local _, err = client:find(INPUT) return err.message"
    said = {
        '{ query = "x", ids = { "1" } }': "only one of `query`, `ids` can be given",
        "{ ids = {} }": "one of `query`, `ids` is missing",
        "nil": "one of `query`, `ids` is missing",
    }
    for arguments, message in said.items():
        assert sides.run(script.replace("INPUT", arguments)) == [message]
    assert len(sides.sent) == 1


def test_a_table_within_the_inputs_says_where(both: Callable[..., Both]) -> None:
    document = posted()
    fields = document["paths"]["/find"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    fields["filters"] = FIELDS["filters"] | {"anyOf": [required("words"), required("more")]}
    sides = both(document, one=exchange({}, {}))
    assert sides.call('find({ filters = { more = { n = "x" } } })')[0] == []
    refused = [None, {"kind": "invalid_request", "parameter": "filters.words"}]
    assert sides.call("find({ filters = { more = {} } })") == refused
    message = sides.run("local _, err = client:find({ filters = {} }) return err.message")
    assert message == ["one of `filters.words`, `filters.more` is missing"]
    with pytest.raises(ContractViolation, match="broken-schema"):
        sides.mock.respond(to_mock("POST", {"filters": {}}))


def beside(value: Any, *names: str, field: str = "query") -> Document:
    """Return a schema that asks for fields if `field` has a value."""
    return {"if": {"required": [field], "properties": {field: value}}, "then": required(*names)}


@pytest.mark.parametrize("described", [posted, asked])
def test_a_value_makes_another_field_necessary(both: Callable[..., Both], described: Callable[..., Document]) -> None:
    conditions = [beside({"enum": ["a", "b"]}, "ids"), beside({"const": "b"}, "limit"), beside({"const": 7}, "ids")]
    conditions[2] = beside({"const": 7}, "ids", field="limit")
    sides = both(described(allOf=conditions), one=exchange({}, {}))
    good: list[Document] = [{}, {"query": "c"}, {"query": "a", "ids": ["1"]}, {"query": "b", "ids": ["1"], "limit": 5}]
    good += [{"limit": 6}, {"limit": 7, "ids": ["1"]}]
    for arguments in good:
        assert sides.call(f"find({luau(arguments)})")[1:] in ([], [None]), arguments
    assert not sides.mock.violations
    sent = len(sides.sent)
    bad: dict[str, list[Document]] = {
        "ids": [{"query": "a"}, {"query": "b"}, {"query": "a", "ids": []}, {"limit": 7}],
        "limit": [{"query": "b", "ids": ["1"]}],
    }
    for name, lacking in bad.items():
        for arguments in lacking:
            assert sides.call(f"find({luau(arguments)})") == [None, {"kind": "invalid_request", "parameter": name}]
            with pytest.raises(ContractViolation, match="broken-choice") as caught:
                sides.mock.respond(to_mock("POST" if described is posted else "GET", arguments))
            assert caught.value.parameter == name
    assert len(sides.sent) == sent
    text = sides.run('local _, err = client:find({ query = "a" }) return tostring(err)')
    assert text == ['AudioScape find: `ids` is missing. Pass one, since `query` is "a". [invalid_request]']


def test_what_a_value_makes_necessary_within_a_list_is_named_there(both: Callable[..., Both]) -> None:
    document = posted()
    fields = document["paths"]["/find"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    told: Document = {"type": "object", "required": ["what"], "properties": {"what": TEXT, "which": TEXT}}
    told |= {"if": {"properties": {"what": {"const": "play"}}}, "then": required("which")}
    fields["told"] = {"type": "array", "items": told}
    sides = both(document, one=exchange({}, {}))
    assert sides.call('find({ told = { { what = "x" }, { what = "play", which = "y" } } })')[0] == []
    refused = [None, {"kind": "invalid_request", "parameter": "told[2].which"}]
    assert sides.call('find({ told = { { what = "x" }, { what = "play" } } })') == refused


@pytest.mark.parametrize(
    "condition",
    [
        {"if": {"required": ["query"], "properties": {"query": {"const": "a"}}}},
        {"if": {"properties": {"query": {"const": "a"}}}, "then": required("ids")},
        {"if": {"required": ["query", "ids"], "properties": {"query": {"const": "a"}}}, "then": required("limit")},
        beside({"minLength": 2}, "ids"),
        beside({"enum": []}, "ids"),
        beside({"const": 5}, "ids"),
        beside({"const": "a"}, "ids", field="limit"),
        beside({"const": True}, "ids", field="limit"),
        beside({"const": "a"}, "nothing"),
        beside({"const": "a"}, "ids", field="filters"),
        beside({"const": "a"}, "ids") | {"else": required("limit")},
        beside({"const": "a"}, "ids") | {"then": {"properties": {"limit": {"minimum": 2}}}},
    ],
)
def test_a_condition_of_another_kind_is_a_problem(tmp_path: Path, condition: Document) -> None:
    for described in (posted, asked):
        with pytest.raises(SpecError, match="which of the described fields must be given") as caught:
            loaded(described(allOf=[condition]), tmp_path, one=exchange({}, {}))
        assert [p.fault for p in caught.value.problems] == [Fault.UNSUPPORTED_VALUE]
        assert caught.value.problems[0].pointer.endswith("/allOf/0")


def test_an_example_is_held_to_it(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"one of `query`, `filters\.words` must be given") as caught:
        loaded(posted(anyOf=[required("query"), DEEP]), tmp_path, one=exchange({"limit": 3}, {}))
    assert caught.value.problems[0].fault is Fault.EXAMPLE_MISMATCH


SAYING_MORE: list[tuple[Document, str]] = [
    ({"anyOf": [{"properties": {"query": {"minLength": 1}}}]}, "anyOf/0"),
    ({"anyOf": [required("query"), {"required": []}]}, "anyOf/1"),
    ({"oneOf": [required("nothing")]}, "oneOf/0"),
    ({"oneOf": [{"required": ["query"], "properties": {"ids": {"required": ["x"]}}}]}, "oneOf/0"),
    ({"oneOf": [{"type": "object", "required": ["query"]}]}, "oneOf/0"),
]


@pytest.mark.parametrize(
    ("needs", "place"),
    SAYING_MORE,
)
def test_what_says_more_is_a_problem(tmp_path: Path, needs: Document, place: str) -> None:
    for described, start in ((posted, "requestBody/content/application~1json/schema"), (asked, "x-inputs")):
        with pytest.raises(SpecError, match="which of the described fields must be given") as caught:
            loaded(described(**needs), tmp_path, one=exchange({"query": "x"}, {}))
        assert [p.fault for p in caught.value.problems] == [Fault.UNSUPPORTED_VALUE]
        assert caught.value.problems[0].pointer.endswith(f"/{start}/{place}")
