"""How a document is read: as its format says, and no further than it can be held."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audioscape_luau.codegen import render
from audioscape_luau.openapi import ApiModel, SpecError, load
from audioscape_luau.tools.diff import diff
from support.spec_reports import expect_report
from support.specs import Document, operation

type Load = Callable[[Document], ApiModel]


@pytest.fixture
def load_text(tmp_path: Path) -> Callable[[str, str], ApiModel]:
    """Load a specification from its text, in a file of that ending."""

    def run(text: str, ending: str = "json") -> ApiModel:
        path = tmp_path / f"spec.{ending}"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return run


def refused(run: Callable[..., ApiModel], *arguments: Any) -> list[tuple[str, str]]:
    """Return the names and places of the problems with which it is refused."""
    with pytest.raises(SpecError) as caught:
        run(*arguments)
    return [(problem.fault.value, problem.pointer) for problem in caught.value.problems]


@pytest.mark.parametrize("text", ["\N{MULTIPLE MUSICAL NOTES}", "\N{GRINNING FACE} and é", "\x7f\u2028"])
def test_json_is_one_document_however_it_is_escaped(text: str, document: Document, load_text: Any) -> None:
    document["info"]["description"] = text
    document["components"]["schemas"]["Item"]["properties"][text] = {"type": "string"}
    plain = load_text(json.dumps(document, ensure_ascii=False))
    escaped = load_text(json.dumps(document))
    assert escaped == plain.__class__(
        **{name: getattr(plain, name) for name in plain.__slots__} | {"digest": escaped.digest}
    )
    assert escaped.description == text
    assert diff(plain, escaped) == ()


def test_json_may_begin_with_a_mark(document: Document, load_text: Any) -> None:
    assert load_text("\ufeff" + json.dumps(document)).title == "Test"


def test_the_ending_may_be_written_large(document: Document, load_text: Any) -> None:
    document["info"]["title"] = "\N{GRINNING FACE}"
    assert load_text(json.dumps(document), "JSON").title == "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    ("text", "fault", "pointer"),
    [
        ("", "invalid-json", ""),
        ("[]", "invalid-json", ""),
        ("openapi: 3.1.0", "invalid-json", ""),
        ("{'a': 1}", "invalid-json", ""),
        ('{"a": 1,}', "invalid-json", ""),
        ('{"a": 01}', "invalid-json", ""),
        ('{"a": {"b": 1, "b": 2}}', "duplicate-key", "/a/b"),
        ('{"a": [NaN]}', "invalid-value", "/a/0"),
        ('{"a": -Infinity}', "invalid-value", "/a"),
        ('{"a": 1e999}', "invalid-value", "/a"),
        ('{"a": 9007199254740993}', "invalid-value", "/a"),
        ('{"a": "\\ud800"}', "invalid-value", "/a"),
        ('{"a": {"\\udc00": 1}}', "invalid-value", "/a"),
    ],
)
def test_json_that_cannot_be_read(text: str, fault: str, pointer: str, load_text: Any, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        load_text(text)
    assert [(problem.fault, problem.pointer) for problem in caught.value.problems] == [(fault, pointer)]
    expect_report(f"JSON {text!r}", caught.value, tmp_path)


@pytest.mark.parametrize("ending", ["json", "yaml"])
@pytest.mark.parametrize(
    "number",
    ["9" * 400, "-" + "9" * 5_000, "1" + "0" * 100_000, "9" * 5_000 + ".5", "1e" + "9" * 5_000],
    ids=["400 digits", "5,000 digits", "a power of ten", "a fraction", "an exponent"],
)
def test_numbers_without_end(number: str, ending: str, document: Document, load_text: Any) -> None:
    document["components"]["schemas"]["Item"]["properties"]["level"]["minimum"] = "HERE"
    text = json.dumps(document).replace('"HERE"', number)
    place = "/components/schemas/Item/properties/level/minimum"
    assert refused(load_text, text, ending) == [("invalid-value", place)]


@pytest.mark.parametrize("ending", ["json", "yaml"])
@pytest.mark.parametrize("depth", [101, 3_000, 200_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_without_end(
    opening: str, closing: str, depth: int, ending: str, document: Document, load_text: Any
) -> None:
    document["components"]["schemas"]["Item"]["example"] = "HERE"
    text = json.dumps(document).replace('"HERE"', opening * depth + "1" + closing * depth)
    assert refused(load_text, text, ending) == [("invalid-value", "")]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]",
        "a: &a {b: *a}",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "a: &a {b: 1}\nc:\n  <<: *a",
    ],
)
def test_no_alias_is_followed(text: str, load_text: Any) -> None:
    assert refused(load_text, text, "yaml") == [("yaml-alias", "")]


def levels(document: Document, count: int, width: int) -> Document:
    """Add objects of which each refers so many times to the next; where something refers to the first."""
    schemas = document["components"]["schemas"]
    for level in range(count):
        inner = {"$ref": f"#/components/schemas/L{level + 1}"} if level < count - 1 else {"type": "string"}
        schemas[f"L{level}"] = {"type": "object", "properties": {f"p{place}": inner for place in range(width)}}
    schemas["Item"]["properties"]["deep"] = {"$ref": "#/components/schemas/L0"}
    return document


@pytest.mark.parametrize(("count", "width"), [(7, 10), (30, 2), (3, 90)])
def test_references_that_explode(count: int, width: int, document: Document, load_document: Load) -> None:
    ((fault, _),) = refused(load_document, levels(document, count, width))
    assert fault == "too-large"


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_alternatives_that_explode(keyword: str, document: Document, load_document: Load) -> None:
    schemas = document["components"]["schemas"]
    for level in range(20):
        schemas[f"L{level}"] = {keyword: [{"$ref": f"#/components/schemas/L{level + 1}"}] * 2}
    schemas["L20"] = {"type": "object"}
    ((fault, _),) = refused(load_document, document)
    assert fault == "too-large"


@pytest.mark.parametrize(("count", "width"), [(3, 10), (9, 2), (25, 1)])
def test_references_that_do_not(count: int, width: int, document: Document, load_document: Load) -> None:
    assert render(load_document(levels(document, count, width)))


@pytest.mark.parametrize("depth", [60, 82, 86])
def test_nesting_that_the_validator_cannot_follow(depth: int, document: Document, load_document: Load) -> None:
    """Within what a document may be, and more than a recursive reader can count on."""
    schema: Document = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    document["components"]["schemas"]["Deep"] = schema
    try:
        load_document(document)
    except SpecError as error:
        assert [problem.fault for problem in error.problems] == ["too-large"]  # noqa: PT017


@pytest.mark.cases(3)
@pytest.mark.parametrize("kind", ["schemas", "parameters", "requestBodies", "responses"])
@pytest.mark.parametrize("length", [150, 3_000])
def test_chains_of_references(kind: str, length: int, document: Document, load_document: Load) -> None:
    components = document["components"]
    chain = {f"C{link}": {"$ref": f"#/components/{kind}/C{link + 1}"} for link in range(length)}
    ends = {
        "schemas": {"type": "string"},
        "parameters": {"name": "a", "in": "query", "schema": {"type": "string"}},
        "requestBodies": document["paths"]["/things/{kind}"]["post"]["requestBody"],
        "responses": {"description": "none"},
    }
    components[kind] = components.get(kind, {}) | chain | {f"C{length}": ends[kind]}
    ((fault, _),) = refused(load_document, document)
    assert fault == "too-large"


@pytest.mark.parametrize("length", [2, 3_000])
def test_a_ring_of_references(length: int, document: Document, load_document: Load) -> None:
    schemas = document["components"]["schemas"]
    for link in range(length):
        schemas[f"C{link}"] = {"$ref": f"#/components/schemas/C{(link + 1) % length}"}
    ((fault, _),) = refused(load_document, document)
    assert fault == "reference-cycle"


def test_a_reference_to_an_item_without_end(document: Document, load_document: Load) -> None:
    parameters = document["paths"]["/things/{kind}"]["post"]["parameters"]
    parameters.append({"$ref": "#/paths/~1things~1{kind}/get/parameters/" + "9" * 5_000})
    ((fault, _),) = refused(load_document, document)
    assert fault == "missing-reference"


@pytest.mark.cases(9)
@pytest.mark.parametrize("value", ["text", 3, None, True, ["text"]])
@pytest.mark.parametrize("keyword", ["properties", "required", "allOf", "items", "type"])
def test_a_keyword_of_another_kind_is_told_with_its_place(
    keyword: str, value: object, document: Document, load_document: Load
) -> None:
    document["components"]["schemas"]["Odd"] = {"type": "object", "properties": {}, keyword: value}
    document["paths"]["/odd"] = {"get": operation("odd", reply={"$ref": "#/components/schemas/Odd"})}
    assert any(pointer.startswith("/components/schemas/Odd") for _, pointer in refused(load_document, document))
