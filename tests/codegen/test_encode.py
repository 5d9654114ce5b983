"""What the generated code makes of an input, run in a VM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.specs import Document

WORD: Document = {"type": "string"}
WHOLE: Document = {"type": "integer", "minimum": 1, "maximum": 5, "default": 2}
# Too long for one line of Luau.
LONG_BOUNDS: Document = {
    "minimum": -9007199254740991,
    "exclusiveMinimum": -9007199254740992,
    "maximum": 9007199254740991,
    "exclusiveMaximum": 9007199254740992,
    "enum": [7],
}
ASSET: Document = {"type": "string", "pattern": "^[0-9]+$", "x-asset-id": True}
NEST: Document = {
    "type": "object",
    "x-ordered": ["low", "high"],
    "required": ["end"],
    "properties": {
        "low": {"type": "number"},
        "high": {"type": "number", "exclusiveMaximum": 10},
        "end": {"type": "array", "items": {"type": "boolean"}, "maxItems": 2},
        "deep": {"type": "object", "properties": {"words": {"type": "array", "items": WORD}}},
        "map": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
        "assets": {"type": "array", "items": ASSET},
        "grid": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
    },
}


def query(name: str, schema: Document, *, required: bool = False, json: bool = False) -> Document:
    holder: Document = {"content": {"application/json": {"schema": schema}}} if json else {"schema": schema}
    return {"name": name, "in": "query", "required": required, **holder}


@pytest.mark.parametrize(
    ("parameter", "source", "path"),
    [
        (query("n", WHOLE), "{}", "/things"),
        (query("n", WHOLE), "{ n = 2 }", "/things"),
        (query("n", WHOLE), "{ n = 1 }", "/things?n=1"),
        (query("n", WHOLE), "{ n = 5 }", "/things?n=5"),
        (query("n", {"type": "number"}), "{ n = 0.1 }", "/things?n=0.1"),
        (query("n", {"type": "number"}), "{ n = 2^70 }", "/things?n=1.1805916207174113e21"),
        (query("n", {"type": "number"}), "{ n = 0 }", "/things?n=0"),
        (query("n", {"type": "number", "enum": [1, 2.5]}), "{ n = 2.5 }", "/things?n=2.5"),
        (query("n", {"type": "integer", **LONG_BOUNDS}), "{ n = 7 }", "/things?n=7"),
        (query("b", {"type": "boolean"}), "{ b = false }", "/things?b=false"),
        (query("b", {"type": "boolean", "default": False}), "{ b = false }", "/things"),
        (query("b", {"type": "boolean", "default": True}), "{ b = false }", "/things?b=false"),
        (query("b", {"type": "boolean", "default": True}), "{ b = true }", "/things"),
        (query("s", WORD, required=True), '{ s = "" }', "/things?s="),
        (query("s", WORD), '{ s = "a b&c=d/\\u{e9}" }', "/things?s=a%20b%26c%3Dd%2F%C3%A9"),
        (query("s", {"type": "string", "enum": ["x", "y"], "default": "x"}), '{ s = "x" }', "/things"),
        (query("s", {"type": "string", "enum": ["x", "y"], "default": "x"}), '{ s = "y" }', "/things?s=y"),
        (query("s", {"type": "string", "maxLength": 2}), '{ s = "\\u{e9}\\u{e9}" }', "/things?s=%C3%A9%C3%A9"),
        (query("a b&", WORD), '{ ["a b&"] = "1" }', "/things?a%20b%26=1"),
        (query("end", WORD), '{ ["end"] = "1" }', "/things?end=1"),
        (query("id", ASSET), '{ id = "rbxassetid://12" }', "/things?id=12"),
        (query("id", ASSET), "{ id = 12 }", "/things?id=12"),
        (query("id", ASSET | {"default": "12"}), "{ id = 12 }", "/things"),
        (query("ids", {"type": "array", "items": ASSET}), '{ ids = { 1, "2" } }', "/things?ids=1&ids=2"),
        (query("ids", {"type": "array", "items": WORD}), '{ ids = { "a,b", "c" } }', "/things?ids=a%2Cb&ids=c"),
        (query("ids", {"type": "array", "items": WORD}), "{ ids = {} }", "/things"),
        (query("ids", {"type": "array", "items": WORD}), "{}", "/things"),
        (query("e", {"type": ["string", "integer"]}), '{ e = "a/" }', "/things?e=a%2F"),
        (query("e", {"type": ["string", "integer"]}), "{ e = 3 }", "/things?e=3"),
        (query("e", {"type": ["boolean", "integer"]}), "{ e = true }", "/things?e=true"),
        (query("j", {"type": "number"}, json=True), "{ j = 3 }", "/things?j=3"),
        (query("j", ASSET, json=True), "{ j = 3 }", "/things?j=%223%22"),
        (query("j", {"type": "array", "items": WORD}, json=True), '{ j = { "a" } }', "/things?j=%5B%22a%22%5D"),
        (query("j", {"type": "array", "items": WORD}, json=True), "{ j = {} }", "/things"),
        (query("j", {"type": "array", "items": WORD}, json=True, required=True), "{ j = {} }", "/things?j=%5B%5D"),
    ],
)
def test_query(
    with_operation: Callable[..., Document], encode: Callable[..., Any], parameter: Document, source: str, path: str
) -> None:
    assert encode(with_operation(parameters=[parameter]), source) == [path]


@pytest.mark.parametrize(
    ("parameter", "source", "parameter_name"),
    [
        (query("n", WHOLE), "{ n = 0 }", "n"),
        (query("n", WHOLE), "{ n = 6 }", "n"),
        (query("n", WHOLE), "{ n = 1.5 }", "n"),
        (query("n", WHOLE), "{ n = 0/0 }", "n"),
        (query("n", {"type": "integer"}), "{ n = math.huge }", "n"),
        (query("n", {"type": "number"}), "{ n = -math.huge }", "n"),
        (query("n", {"type": "number"}), "{ n = 0/0 }", "n"),
        (query("n", {"type": "number"}), '{ n = "1" }', "n"),
        (query("n", {"type": "number", "exclusiveMinimum": 0}), "{ n = 0 }", "n"),
        (query("n", {"type": "number", "exclusiveMaximum": 0}), "{ n = 0 }", "n"),
        (query("n", {"type": "number", "enum": [1]}), "{ n = 2 }", "n"),
        (query("b", {"type": "boolean"}), '{ b = "true" }', "b"),
        (query("s", WORD, required=True), "{}", "s"),
        (query("s", WORD), "{ s = 1 }", "s"),
        (query("s", WORD), '{ s = "\\255" }', "s"),
        (query("s", {"type": "string", "minLength": 1}), '{ s = "" }', "s"),
        (query("s", {"type": "string", "maxLength": 1}), '{ s = "ab" }', "s"),
        (query("s", {"type": "string", "enum": ["x"]}), '{ s = "y" }', "s"),
        (query("s", WORD), '{ t = "y" }', "t"),
        (query("s", WORD), '{ "y" }', "[1]"),
        (query("id", ASSET, required=True), "{}", "id"),
        (query("id", ASSET), '{ id = "12 " }', "id"),
        (query("ids", {"type": "array", "items": ASSET}), '{ ids = { 1, "x" } }', "ids[2]"),
        (query("ids", {"type": "array", "items": ASSET}), "{ ids = 1 }", "ids"),
        (query("ids", {"type": "array", "items": ASSET}, required=True), "{}", "ids"),
        (query("ids", {"type": "array", "items": WORD, "maxItems": 1}), '{ ids = { "a", "b" } }', "ids"),
        (query("ids", {"type": "array", "items": WORD, "minItems": 1}), "{ ids = {} }", "ids"),
        (query("ids", {"type": "array", "items": WORD}), '{ ids = { [1] = "a", [3] = "b" } }', "ids"),
        (query("e", {"type": ["string", "integer"]}), "{ e = 1.5 }", "e"),
        (query("j", {"type": "array", "items": WORD}, json=True), "{ j = { 1 } }", "j[1]"),
        (query("j", {"type": "array", "items": WORD, "maxItems": 0}, json=True), '{ j = { "" } }', "j"),
    ],
)
def test_refusal(
    with_operation: Callable[..., Document],
    encode: Callable[..., Any],
    parameter: Document,
    source: str,
    parameter_name: str,
) -> None:
    assert encode(with_operation(parameters=[parameter]), source)["parameter"] == parameter_name


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("{ ['end'] = {} }", '{"end":[]}'),
        ("{ high = 9, low = 9, ['end'] = { true } }", '{"low":9,"high":9,"end":[true]}'),
        ("{ ['end'] = {}, deep = { words = {} } }", '{"end":[]}'),
        ("{ ['end'] = {}, deep = { words = { 'a\\n\"' } } }", '{"end":[],"deep":{"words":["a\\n\\""]}}'),
        ("{ ['end'] = {}, map = { b = 1, a = 'x' } }", '{"end":[],"map":{"a":"x","b":1}}'),
        ("{ ['end'] = {}, map = {} }", '{"end":[]}'),
        ("{ ['end'] = {}, assets = { 7 } }", '{"end":[],"assets":["7"]}'),
        ("{ ['end'] = {}, grid = { {}, { 1 } } }", '{"end":[],"grid":[[],[1]]}'),
    ],
)
def test_body(with_operation: Callable[..., Document], encode: Callable[..., Any], source: str, body: str) -> None:
    assert encode(with_operation(body=NEST), source) == ["/things", body]


@pytest.mark.parametrize(
    ("source", "parameter"),
    [
        ("{}", "end"),
        ("{ ['end'] = { 1 } }", "end[1]"),
        ("{ ['end'] = { true, true, true } }", "end"),
        ("{ ['end'] = {}, low = 2, high = 1 }", "low"),
        ("{ ['end'] = {}, high = 10 }", "high"),
        ("{ ['end'] = {}, deep = 1 }", "deep"),
        ("{ ['end'] = {}, deep = { word = 1 } }", "deep.word"),
        ("{ ['end'] = {}, deep = { words = { 1 } } }", "deep.words[1]"),
        ("{ ['end'] = {}, map = { a = true } }", "map.a"),
        ("{ ['end'] = {}, map = { 'a' } }", "map"),
        ("{ ['end'] = {}, map = 'a' }", "map"),
        ("{ ['end'] = {}, grid = { 1 } }", "grid[1]"),
        ("{ ['end'] = {}, grid = { { 1, 1.5 } } }", "grid[1][2]"),
        ("{ ['end'] = {}, assets = { 'x' } }", "assets[1]"),
    ],
)
def test_body_refusal(
    with_operation: Callable[..., Document], encode: Callable[..., Any], source: str, parameter: str
) -> None:
    assert encode(with_operation(body=NEST), source)["parameter"] == parameter


def test_path_parameters(with_operation: Callable[..., Document], encode: Callable[..., Any]) -> None:
    parameters: list[Document] = [
        {"name": "end", "in": "path", "required": True, "schema": {"type": "integer"}},
        {"name": "a-b", "in": "path", "required": True, "schema": WORD},
    ]
    document = with_operation(parameters=parameters, path="/{a-b}/of/{end}")
    assert encode(document, '{ ["a-b"] = "x/y", ["end"] = 4 }') == ["/x%2Fy/of/4"]


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_path_parameters_stay_one_segment(
    with_operation: Callable[..., Document], encode: Callable[..., Any], text: str
) -> None:
    parameters: list[Document] = [{"name": "id", "in": "path", "required": True, "schema": WORD}]
    assert encode(with_operation(parameters=parameters, path="/a/{id}"), f'{{ id = "{text}" }}')["parameter"] == "id"


def test_a_shared_schema_is_refused_where_it_was_used(
    with_operation: Callable[..., Document], encode: Callable[..., Any]
) -> None:
    shared: Document = {"$ref": "#/components/schemas/Shared"}
    body: Document = {"type": "object", "properties": {"a": shared, "b": {"type": "array", "items": shared}}}
    schemas: Document = {"Shared": {"type": "object", "properties": {"n": {"type": "integer"}}}}
    document = with_operation(body=body, schemas=schemas)
    assert encode(document, "{ a = { n = 1 }, b = { {}, { n = true } } }")["parameter"] == "b[2].n"
    assert encode(document, "{ a = { n = 1 }, b = { {}, { n = 2 } } }") == ["/things", '{"a":{"n":1},"b":[{},{"n":2}]}']


@pytest.mark.parametrize(
    ("schema", "source", "words"),
    [
        (WHOLE, "{ x = 9 }", "a whole number from 1 to 5"),
        ({"type": "string", "enum": ["a", "b"]}, "{ x = 1 }", 'one of "a", "b"'),
        ({"type": "number", "enum": [1, 2.5]}, "{ x = 2 }", "one of 1, 2.5"),
        ({"type": "array", "items": WORD, "maxItems": 1}, "{ x = { '', '' } }", "a list of at most 1 item"),
        ({"type": "array", "items": WORD}, "{ x = { 1 } }", "a string"),
    ],
)
def test_refusals_say_what_is_expected(
    with_operation: Callable[..., Document], encode: Callable[..., Any], schema: Document, source: str, words: str
) -> None:
    assert encode(with_operation(parameters=[query("x", schema)]), source)["expected"] == words


def test_what_is_missing_is_said_in_the_same_words(
    with_operation: Callable[..., Document], encode: Callable[..., Any]
) -> None:
    document = with_operation(parameters=[query("x", {"type": "string", "enum": ["a"]}, required=True)])
    assert encode(document, "{}") == {"id": "missing_parameter", "parameter": "x", "expected": 'one of "a"'}
