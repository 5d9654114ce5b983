"""Everything that stops a specification: one row each, with the problem's name and place; reports.txt has the texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from audioscape_luau.openapi import ApiModel, Fault, SpecError, load
from support.spec_reports import expect_report

type Document = dict[str, Any]

_DELETE = object()
GET = "/paths/~1things~1{kind}/get"
POST = "/paths/~1things~1{kind}/post"
ITEM = "/components/schemas/Item"
NAME = f"{ITEM}/properties/name"
LEVEL = f"{ITEM}/properties/level"
LIMIT = f"{GET}/parameters/1"
WORDS = f"{GET}/parameters/3"
WHERE = f"{GET}/parameters/4/content/application~1json/schema"
BODY = f"{POST}/requestBody/content/application~1json/schema"
OK = f"{GET}/responses/200"


def spoil(document: Document, pointer: str, value: object) -> Document:
    """Return a copy in which one place is set, or deleted."""
    copy = deepcopy(document)
    *way, last = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    node: Any = copy
    for token in way:
        node = node[_key(token)]
    if value is _DELETE:
        del node[_key(last)]
    elif last == "-":
        node.append(value)
    else:
        node[_key(last)] = value
    return copy


def _key(token: str) -> str | int:
    """Take small numbers for places in a list; the documents here have no such keys."""
    return int(token) if len(token) == 1 and token.isdecimal() else token


def test_the_document_to_be_spoilt_loads(document: Document, load_document: Callable[[Document], ApiModel]) -> None:
    assert [operation.id for operation in load_document(document).operations] == ["things", "change"]


ROWS: list[tuple[str, object, str, str] | tuple[str, object, str]] = [
    # What OpenAPI itself forbids.
    ("/info/title", _DELETE, "invalid-openapi", "/info"),
    (f"{NAME}/minLength", "x", "invalid-openapi", "/components/schemas/Item/properties/name/minLength"),
    ("/openapi", "3.2.0", "unsupported-value"),
    # References.
    (f"{OK}/content/application~1json/schema/$ref", "other.yaml#/A", "remote-reference"),
    (f"{OK}/content/application~1json/schema/$ref", "#/components/schemas/No", "missing-reference"),
    (f"{OK}/content/application~1json/schema/$ref", "#/components/schemas/Pa%67e", "unsupported-value"),
    (f"{OK}/content/application~1json/schema/$ref", f"#{NAME}", "unsupported-value"),
    (f"{ITEM}/properties/self", {"$ref": f"#{ITEM}"}, "reference-cycle", ITEM),
    (
        f"{ITEM}/properties/name",
        {"$ref": "#/components/schemas/Id", "default": "1"},
        "unsupported-keyword",
        f"{NAME}/default",
    ),
    (f"{POST}/parameters/-", {"$ref": f"#{LIMIT}"}, "unsupported-value", f"{POST}/parameters/1/$ref"),
    # Keywords and extensions that nobody reads.
    (f"{ITEM}/allOf", [], "invalid-openapi"),
    (f"{ITEM}/allOf", [{"type": "string"}], "unsupported-keyword"),
    (f"{ITEM}/oneOf", [{"type": "object"}], "unsupported-value", f"{ITEM}/oneOf/0"),
    (f"{LEVEL}/multipleOf", 2, "unsupported-keyword"),
    (f"{ITEM}/properties/either/minimum", 2, "unsupported-keyword"),
    (f"{GET}/security", [{"key": [], "other": []}], "unsupported-value"),
    (
        "/paths/~1things~1{kind}/options",
        {
            "operationId": "d",
            "parameters": [{"name": "kind", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "ok"}},
        },
        "unsupported-keyword",
    ),
    (f"{OK}/headers", {"A": {"schema": {"type": "object"}}}, "unsupported-value", f"{OK}/headers/A/schema"),
    (f"{OK}/content/text~1html", {}, "unsupported-keyword"),
    ("/components/callbacks", 1, "invalid-openapi"),
    ("/x-identify", 1, "unsupported-extension"),
    (f"{NAME}/x-paging", {}, "unsupported-extension"),
    (f"{GET}/x-hint", "no", "unsupported-extension"),
    ("/x-identity/game", "X-Game", "unsupported-keyword"),
    # Values that are not supported.
    ("/servers", [], "unsupported-value"),
    ("/servers/0/url", "http://api.example.com", "unsupported-value"),
    ("/servers/0/url", "https://{host}/x", "unsupported-value"),
    ("/servers/0/variables", {"a": {"default": "b"}}, "unsupported-keyword"),
    ("/components/securitySchemes/key/in", "query", "unsupported-value", "/components/securitySchemes/key"),
    ("/components/securitySchemes/key/name", "a b", "unsupported-value", "/components/securitySchemes/key"),
    (f"{ITEM}/properties/either/type", _DELETE, "unsupported-value"),
    (f"{NAME}/type", "null", "unsupported-value"),
    (f"{NAME}/type", ["string", "object"], "unsupported-value"),
    (f"{NAME}/pattern", "^a(?=b)", "unsupported-value"),
    (f"{NAME}/x-asset-id", True, "unsupported-value"),
    (f"{NAME}/default", 1, "invalid-openapi", NAME),
    (f"{NAME}/default", None, "invalid-openapi", NAME),
    (f"{NAME}/enum", [1], "unsupported-value", f"{NAME}/enum/0"),
    (f"{ITEM}/properties/n", {"type": "integer", "enum": [1, 2.5]}, "unsupported-value", f"{ITEM}/properties/n/enum"),
    (f"{ITEM}/properties/any", True, "unsupported-value"),
    ("/components/schemas/Never", False, "unsupported-value"),
    (f"{ITEM}/required/-", "nothing", "unsupported-value", f"{ITEM}/required"),
    (f"{ITEM}/properties/list", {"type": "array"}, "unsupported-value", f"{ITEM}/properties/list/items"),
    (f"{ITEM}/additionalProperties", {"type": "string"}, "unsupported-value"),
    ("/paths/~1a b", {}, "unsupported-value"),
    ("/paths/~1a?b", {}, "unsupported-value"),
    (f"{LIMIT}/in", "header", "unsupported-value"),
    (f"{LIMIT}/required", True, "unsupported-value", f"{LIMIT}/schema/default"),
    (f"{LIMIT}/schema", {"type": "object", "properties": {}}, "unsupported-value"),
    (f"{WORDS}/schema/items", {"type": "array", "items": {"type": "string"}}, "unsupported-value", f"{WORDS}/schema"),
    (f"{WORDS}/explode", False, "unsupported-value"),
    (f"{WORDS}/style", "pipeDelimited", "unsupported-value"),
    (f"{WORDS}/allowReserved", True, "unsupported-value"),
    (f"{GET}/parameters/0/schema/type", "array", "unsupported-value", f"{GET}/parameters/0/schema/items"),
    (f"{GET}/parameters/0", _DELETE, "invalid-openapi", GET),
    (
        f"{GET}/parameters/0/schema",
        {"type": "string", "default": "a"},
        "unsupported-value",
        f"{GET}/parameters/0/schema/default",
    ),
    (
        f"{GET}/parameters/0",
        {
            "name": "kind",
            "in": "path",
            "required": True,
            "content": {"application/json": {"schema": {"type": "string"}}},
        },
        "unsupported-value",
        f"{GET}/parameters/0/content",
    ),
    (f"{OK}/content", {"text/plain": {}}, "unsupported-value"),
    (
        f"{BODY}/properties/asset_id",
        {"type": "string", "default": "a"},
        "unsupported-value",
        f"{BODY}/properties/asset_id/default",
    ),
    (f"{ITEM}/properties/either/default", None, "invalid-openapi", f"{ITEM}/properties/either"),
    (f"{LEVEL}/default", None, "unsupported-value"),
    (
        "/paths/~1a}b",
        {"get": {"operationId": "x", "responses": {"200": {"description": "ok"}}}},
        "invalid-openapi",
        "/paths",
    ),
    (
        f"{GET}/parameters/-",
        {"name": "more", "in": "path", "required": True, "schema": {"type": "string"}},
        "invalid-openapi",
        GET,
    ),
    (
        f"{GET}/requestBody",
        {"content": {"application/json": {"schema": {"type": "object", "properties": {}}}}},
        "unsupported-value",
    ),
    (f"{BODY}/type", "array", "unsupported-value", f"{BODY}/items"),
    (f"{WHERE}/properties/low/type", ["number", "null"], "unsupported-value"),
    (f"{WHERE}/additionalProperties", True, "unsupported-value"),
    (
        f"{WHERE}/properties/any",
        {"type": "object"},
        "unsupported-value",
        f"{WHERE}/properties/any/additionalProperties",
    ),
    (f"{GET}/responses/4XX", {"description": "x"}, "unsupported-value"),
    (f"{GET}/responses/default", {"description": "x"}, "unsupported-value"),
    (
        f"{GET}/responses/404/content/application~1json/schema",
        {"type": "array", "items": {"type": "string"}},
        "unsupported-value",
    ),
    (f"{OK}/content/application~1json/schema", _DELETE, "unsupported-value"),
    # Names, ranges, replies.
    (f"{GET}/operationId", _DELETE, "missing-operation-id", GET),
    (f"{POST}/operationId", "things", "invalid-openapi", POST),
    (f"{BODY}/properties/kind", {"type": "string"}, "name-collision", POST),
    (f"{NAME}/maxLength", 0, "empty-range", NAME),
    (f"{ITEM}/properties/tone/enum", [None], "empty-range"),
    (OK, _DELETE, "success-response", f"{GET}/responses"),
    (f"{GET}/responses/201", {"description": "too"}, "success-response", f"{GET}/responses"),
    (f"{OK}/content", _DELETE, "invalid-extension", f"{GET}/x-paging"),
    # Extensions that say nothing sensible.
    ("/x-identity", "X-Player", "invalid-extension"),
    ("/x-missing-methods", [], "invalid-extension"),
    ("/x-missing-methods", {"search": "no"}, "invalid-extension"),
    ("/x-missing-methods", ["search"], "invalid-extension"),
    ("/x-missing-methods", [{"instead": "No."}], "invalid-extension", "/x-missing-methods/0/methods"),
    (
        "/x-missing-methods",
        [{"methods": ["a b"], "instead": "No."}],
        "invalid-extension",
        "/x-missing-methods/0/methods",
    ),
    (
        "/x-missing-methods",
        [{"methods": ["a", "b", "a"], "instead": "No."}],
        "name-collision",
        "/x-missing-methods/0/methods/2",
    ),
    (
        "/x-missing-methods",
        [{"methods": ["a"], "instead": "No."}, {"methods": ["a"], "instead": "Yes."}],
        "name-collision",
        "/x-missing-methods/1/methods/0",
    ),
    ("/x-missing-methods", [{"methods": ["a"]}], "invalid-extension", "/x-missing-methods/0/instead"),
    (
        "/x-missing-methods",
        [{"methods": ["a"], "instead": "No.", "why": "x"}],
        "unsupported-keyword",
        "/x-missing-methods/0/why",
    ),
    ("/x-identity", {}, "invalid-extension"),
    ("/x-identity/player", "X Player", "invalid-extension"),
    ("/x-identity/player", None, "invalid-extension"),
    ("/x-identity/player", "X-KEY", "name-collision"),
    ("/x-identity/player", "x-place", "name-collision"),
    ("/x-identity/player", "Content-Type", "name-collision"),
    (f"{LEVEL}/x-non-finite", "yes", "invalid-extension"),
    (f"{NAME}/x-error-text", True, "invalid-extension"),
    (f"{WHERE}/properties/low/x-non-finite", True, "invalid-extension"),
    (
        f"{BODY}/properties/text",
        {"type": "string", "x-error-text": True},
        "invalid-extension",
        f"{BODY}/properties/text/x-error-text",
    ),
    (f"{WHERE}/x-ordered", ["low"], "invalid-extension"),
    (f"{WHERE}/x-ordered", ["low", "low"], "invalid-extension"),
    (f"{ITEM}/x-ordered", ["level", "name"], "invalid-extension"),
    (f"{ITEM}/x-recognised-by", "nothing", "invalid-extension"),
    (f"{ITEM}/x-recognised-by", "asset_id", "invalid-extension"),
    ("/components/schemas/Page/x-recognised-by", "items", "invalid-extension"),
    (f"{LIMIT}/schema/x-assumed", ["maximum"], "invalid-extension"),
    (f"{LIMIT}/schema/x-assumed", "minimum", "invalid-extension"),
    (f"{GET}/x-paging", 1, "invalid-extension"),
    (f"{GET}/x-paging/limit", "words", "invalid-extension"),
    (f"{GET}/x-paging/offset", "nothing", "invalid-extension"),
    (f"{GET}/x-paging/items", "meta", "invalid-extension"),
    (f"{GET}/x-paging/total", "/meta/nothing", "invalid-extension"),
    (f"{GET}/x-paging/more", 1, "unsupported-keyword"),
    (f"{GET}/x-item-bounds", 1, "invalid-extension"),
    (f"{GET}/x-item-bounds", {"level": 1}, "invalid-extension", f"{GET}/x-item-bounds/level"),
    (f"{GET}/x-item-bounds", {"level": {}}, "invalid-extension", f"{GET}/x-item-bounds/level"),
    (f"{GET}/x-item-bounds", {"name": {"minimum": "/limit"}}, "invalid-extension", f"{GET}/x-item-bounds/name"),
    (
        f"{GET}/x-item-bounds",
        {"level": {"minimum": "/where/none"}},
        "invalid-extension",
        f"{GET}/x-item-bounds/level/minimum",
    ),
    (
        f"{GET}/x-item-bounds",
        {"level": {"minLength": "/limit"}},
        "unsupported-keyword",
        f"{GET}/x-item-bounds/level/minLength",
    ),
    (f"{POST}/x-item-bounds", {"level": {"minimum": "/limit"}}, "invalid-extension"),
    (f"{GET}/x-radio", {}, "invalid-extension"),
    (f"{GET}/x-radio", {"filters": "limit"}, "invalid-extension", f"{GET}/x-radio/filters"),
    (f"{GET}/x-radio", {"distinct": "nothing"}, "invalid-extension", f"{GET}/x-radio/distinct"),
    (f"{GET}/x-radio", {"more": 1}, "unsupported-keyword", f"{GET}/x-radio/more"),
    (f"{POST}/x-radio", True, "invalid-extension"),
    (f"{OK}/x-hint", 1, "invalid-extension"),
    (f"{OK}/x-examples", 1, "invalid-extension"),
    (f"{OK}/x-examples", {"a": "nowhere.json"}, "example-file", f"{OK}/x-examples/a"),
    (f"{OK}/x-examples", {"a": 1}, "example-file", f"{OK}/x-examples/a"),
    (f"{OK}/x-examples", {"a": "../../etc/passwd"}, "example-file", f"{OK}/x-examples/a"),
]
"""What is put where, the problem, and its place if that is another one."""

N = f"{ITEM}/properties/n"
EMPTY: list[tuple[Document, str]] = [
    ({"type": "number", "minimum": 2, "maximum": 1}, N),
    ({"type": "number", "exclusiveMinimum": 1, "maximum": 1}, N),
    ({"type": "number", "exclusiveMaximum": 1, "minimum": 1}, N),
    ({"type": "integer", "minimum": 1.2, "maximum": 1.8}, N),
    ({"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2}, N),
    ({"type": "integer", "exclusiveMinimum": -2, "maximum": -1.5}, N),
    ({"type": "integer", "minimum": -0.5, "exclusiveMaximum": 0}, N),
    ({"type": "integer", "minimum": 0, "exclusiveMinimum": 3, "maximum": 3.9}, N),
    ({"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 1.0000000000000002}, N),
    ({"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 2}, N),
    ({"type": "integer", "minimum": 5, "enum": [1, 2]}, N + "/enum"),
    ({"type": "number", "exclusiveMaximum": 1, "enum": [1, 2]}, N + "/enum"),
    ({"type": "integer", "exclusiveMinimum": 1, "maximum": 9, "enum": [0, 1, 10]}, N + "/enum"),
    ({"type": "string", "minLength": 3, "enum": ["a", "😀😀"]}, N + "/enum"),
    ({"type": ["string", "null"], "maxLength": 1, "enum": ["ab", None]}, N + "/enum"),
]
"""Schemas that no value fits."""


ELSEWHERE = [
    "/..",
    "/a/../b",
    "/a/./b",
    "//a",
    "/a//b",
    "/a//",
    "/%2e%2e/a",
    "/a/.%2E",
    "/a/%252e%252e/b",
    "/a/..%2fb",
    "/a%2Fb",
    "/a%5cb",
    "/a/..;x=1/b",
    "/a%00",
    "/%c0%ae%c0%ae/a",
]

ADDRESSES: list[tuple[str, object]] = [
    *((f"/paths/{path.replace('/', '~1')}", {}) for path in ELSEWHERE),
    *(("/servers/0/url", f"https://api.example.com{path}") for path in ELSEWHERE),
    *(
        ("/servers/0/url", f"https://{host}")
        for host in ("..", "a..example.com/", ".example.com", "-a.example.com", "a@b.c/d")
    ),
]


@pytest.mark.parametrize(
    ("place", "value", "fault", "pointer"),
    [
        *((*row[:3], row[-1] if len(row) > 3 else row[0]) for row in ROWS),
        *((N, schema, "empty-range", pointer) for schema, pointer in EMPTY),
        *((place, value, "unsupported-value", place) for place, value in ADDRESSES),
    ],
)
def test_problem(
    document: Document,
    load_document: Callable[[Document], ApiModel],
    tmp_path: Path,
    place: str,
    value: object,
    fault: str,
    pointer: str,
) -> None:
    with pytest.raises(SpecError) as caught:
        load_document(spoil(document, place, value))
    assert (fault, pointer) in [(problem.fault, problem.pointer) for problem in caught.value.problems]
    case = f"{place} deleted" if value is _DELETE else f"{place}: {json.dumps(value)}"
    expect_report(case, caught.value, tmp_path)


def test_a_path_takes_each_parameter_once(
    document: Document, problems: Callable[[Document], list[tuple[str, str]]]
) -> None:
    document["paths"]["/things/{kind}/{kind}"] = document["paths"].pop("/things/{kind}")
    assert ("unsupported-value", "/paths/~1things~1{kind}~1{kind}/get/parameters") in problems(document)


@pytest.mark.parametrize(
    "path", ["/a", "/a/", "/a.b/...", "/.well-known/a", "/a;b", "/100%25", "/{kind}.json", "/a/{kind}/"]
)
def test_paths_that_lead_nowhere_else(
    path: str, document: Document, load_document: Callable[[Document], ApiModel]
) -> None:
    get = document["paths"]["/things/{kind}"].pop("get")
    get["parameters"] = [p for p in get["parameters"] if p["in"] == "query" or "{kind}" in path]
    document["paths"][path] = {"get": get}
    assert load_document(document).operation("things").path == path


@pytest.mark.parametrize("path", ["/things/{sort}", "/t%68ings/{kind}"])
def test_two_paths_that_are_one(
    path: str, document: Document, problems: Callable[[Document], list[tuple[str, str]]]
) -> None:
    item = document["paths"]["/things/{kind}"]
    post = deepcopy(item.pop("post"))
    post["parameters"][0]["name"] = path.rpartition("{")[2].rstrip("}")
    document["paths"][path] = {"post": post}
    assert problems(document) == [("name-collision", f"/paths/{path.replace('/', '~1')}")]


def test_there_is_one_radio(document: Document, problems: Callable[[Document], list[tuple[str, str]]]) -> None:
    post = make_radio(document)
    document["paths"]["/more/{kind}"] = {"post": post | {"operationId": "more"}}
    assert problems(document) == [("invalid-extension", "/paths/~1more~1{kind}/post/x-radio")]


def test_the_radio_knows_how_long_a_page_may_be(
    document: Document, problems: Callable[[Document], list[tuple[str, str]]]
) -> None:
    post = make_radio(document)
    del post["parameters"][-1]["schema"]["maximum"]
    assert problems(document) == [("invalid-extension", f"{POST}/x-radio")]


def make_radio(document: Document) -> Document:
    """Let the POST be what a radio asks, and return it."""
    get, post = (document["paths"]["/things/{kind}"][method] for method in ("get", "post"))
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 7}}
    offset = {"name": "offset", "in": "query", "schema": {"type": "integer"}}
    post["parameters"] = [*post["parameters"], offset, limit]
    post["responses"]["200"] = get["responses"]["200"]
    post["x-paging"] = get["x-paging"]
    post["x-radio"] = {}
    return post


def test_every_problem_is_reported_at_once(
    document: Document, problems: Callable[[Document], list[tuple[str, str]]]
) -> None:
    spoilt = spoil(spoil(document, f"{GET}/x-hints", 1), f"{NAME}/x-asset_id", 1)
    found = problems(spoilt)
    assert found == [("unsupported-extension", f"{GET}/x-hints"), ("unsupported-extension", f"{NAME}/x-asset_id")]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: [", "invalid-yaml"),
        ("a: \x00", "invalid-yaml"),
        ("a: 1\na: 2", "duplicate-key"),
        ("200: 1\n'200': 2", "duplicate-key"),
        ("a: &x 1\nb: *x", "yaml-alias"),
        ("a: !!python/name:os.system x", "yaml-tag"),
        ("a: .nan", "invalid-value"),
        ("a: -.inf", "invalid-value"),
        ("a: 1e999", "invalid-value"),
        ("a: 9007199254740993", "invalid-value"),
        ("? [a]\n: 1", "invalid-value"),
        ("a: " + "[" * 1000 + "]" * 1000, "invalid-value"),
    ],
)
def test_documents_that_cannot_be_read(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load(path)
    assert [problem.fault for problem in caught.value.problems] == [fault]
    expect_report(f"document {text[:40]!r}", caught.value, tmp_path)


@pytest.mark.parametrize("text", ["", "- a", "a"])
def test_a_document_is_a_mapping(tmp_path: Path, text: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=r"^invalid-yaml at /: the document is not a mapping$"):
        load(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="unreadable"):
        load(tmp_path / "nothing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff")
    with pytest.raises(SpecError, match="unreadable"):
        load(tmp_path / "latin.yaml")


def test_every_problem_has_a_test() -> None:
    """The generator's own problems are shown with the generator."""
    generators = {
        Fault.RESERVED_METHOD,
        Fault.LOST_LETTERS,
        Fault.NAME_TOO_LONG,
        Fault.AMBIGUOUS_INPUT,
        Fault.TOO_LARGE,
    }
    shown = {row[2] for row in ROWS} | {
        "empty-range",
        "invalid-yaml",
        "duplicate-key",
        "yaml-alias",
        "yaml-tag",
        "invalid-value",
    }
    shown |= {"unreadable", "invalid-json", "example-mismatch", "swagger-2"}
    assert {fault.value for fault in Fault} - {fault.value for fault in generators} <= shown


def test_every_problem_is_documented() -> None:
    readme = (Path(__file__).parents[2] / "spec" / "README.md").read_text(encoding="utf-8")
    assert [fault.value for fault in Fault if f"`{fault.value}`" not in readme] == []
