"""Documents that others wrote, each kind by a small one of ours: read as they mean it, or told what is left out."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from audioscape_luau.codegen import problems_of, render
from audioscape_luau.openapi import ApiModel, Array, Map, Number, Object, SpecError, Text, load
from audioscape_luau.openapi.left_out import report
from support.specs import Document, operation, write_spec

type Read = Callable[..., ApiModel]


def foreign(version: str = "3.0.3", **members: Any) -> Document:
    """Return a document as another tool might write it, with the operation `getShelf`."""
    shelf = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "format": "int64"}}}
    document: Document = {
        "openapi": version,
        "info": {"title": "Library", "version": "2", "x-logo": {"url": "https://example.com/logo.png"}},
        "servers": [{"url": "https://library.example.com/v2"}],
        "tags": [{"name": "shelves", "description": "Where books stand."}],
        "security": [{"token": []}],
        "paths": {"/shelf": {"get": operation("getShelf", reply=shelf)}},
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }
    return document | members


def reply_to(document: Document) -> Document:
    """Return the schema of the reply of `getShelf`, to be changed."""
    return document["paths"]["/shelf"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]


def members(model: ApiModel) -> dict[str, Any]:
    """Return the shapes of what `getShelf` replies, by name."""
    reply = model.operation("getShelf").reply
    assert isinstance(reply, Object)
    return {member.name: member.shape for member in reply.fields}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a document, as `generate` does."""

    def run(document: Document, *, skip: bool = False) -> ApiModel:
        model = load(write_spec(document, tmp_path), skip_unsupported=skip, further=problems_of)
        assert render(model)
        return model

    return run


@pytest.fixture
def refused(read: Read) -> Callable[..., list[tuple[str, str]]]:
    """Read a document that is refused; return the names and places of its problems."""

    def run(document: Document, *, skip: bool = False) -> list[tuple[str, str]]:
        with pytest.raises(SpecError) as caught:
            read(document, skip=skip)
        return [(problem.fault.value, problem.pointer) for problem in caught.value.problems]

    return run


@pytest.mark.parametrize("version", ["3.0.0", "3.0.4", "3.1.1"])
def test_both_versions_of_openapi_3_are_read(version: str, read: Read) -> None:
    model = read(foreign(version))
    assert [o.id for o in model.operations] == ["getShelf"]
    assert model.left_out == ()


def test_swagger_2_is_told_with_what_to_do(read: Read) -> None:
    with pytest.raises(SpecError, match=r"swagger-2 at /swagger: this is Swagger 2, .* swagger2openapi"):
        read({"swagger": "2.0", "info": {"title": "Old", "version": "1"}, "paths": {}})


def test_what_3_0_says_in_its_own_way(read: Read) -> None:
    document = foreign()
    reply_to(document)["properties"] |= {
        "title": {"type": "string", "nullable": True, "enum": ["a", "b"]},
        "weight": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": False},
        "cover": {"type": "string", "format": "binary", "example": "..."},
    }
    shapes = members(read(document))
    title, weight = shapes["title"], shapes["weight"]
    assert isinstance(title, Text)
    assert title.nullable
    assert title.enum == ("a", "b")
    assert isinstance(weight, Number)
    assert (weight.minimum, weight.exclusive_minimum) == (None, 0)
    assert (weight.maximum, weight.exclusive_maximum) == (9, None)
    assert shapes["cover"].notes == ("Format: binary.", 'Example: "...".')


def test_in_3_0_nothing_beside_a_reference_counts(read: Read) -> None:
    document = foreign()
    document["components"]["schemas"] = {"Word": {"type": "string"}}
    reply_to(document)["properties"]["word"] = {
        "$ref": "#/components/schemas/Word",
        "nullable": True,
        "title": "A word",
    }
    assert members(read(document))["word"].notes == ()


def test_in_3_1_nullable_is_no_keyword(refused: Callable[..., Any]) -> None:
    document = foreign("3.1.0")
    reply_to(document)["properties"]["id"]["nullable"] = True
    assert ("unsupported-keyword", "/paths/~1shelf/get/responses/200/content/application~1json/schema/properties/id/nullable") in refused(document)  # noqa: E501  # fmt: skip


@pytest.mark.parametrize("place", [(), ("info",), ("paths",), ("paths", "/shelf"), ("paths", "/shelf", "get")])
def test_extensions_of_other_tools_are_read_over(place: tuple[str, ...], read: Read) -> None:
    document = foreign()
    at: Any = document
    for key in place:
        at = at[key]
    at["x-internal"] = {"$ref": "elsewhere.yaml"}
    assert len(read(document).operations) == 1


def test_what_only_is_called_like_an_extension_is_kept(read: Read) -> None:
    document = foreign()
    reply_to(document)["properties"]["x-rate"] = {"type": "number"}
    document["paths"]["/shelf"]["get"]["responses"]["200"]["headers"] = {"x-left": {"schema": {"type": "integer"}}}
    model = read(document)
    assert "x-rate" in members(model)
    assert [header.name for header in model.operations[0].success.headers] == ["x-left"]


@pytest.mark.parametrize(("wrong", "right"), [("x-hints", "x-hint"), ("x-efect", "x-effect"), ("x-Split", "x-split")])
def test_an_extension_of_ours_that_is_misspelt_is_told(wrong: str, right: str, read: Read) -> None:
    document = foreign()
    document["paths"]["/shelf"]["get"][wrong] = "a"
    with pytest.raises(SpecError, match=f"{wrong}' means nothing here; is {right} meant"):
        read(document)


def test_examples_of_another_tool_are_none_of_ours(read: Read) -> None:
    document = foreign()
    reply_to(document)["x-examples"] = {"One": {"id": 1}}
    media = document["paths"]["/shelf"]["get"]["responses"]["200"]["content"]["application/json"]
    media |= {"example": {"id": 1}, "examples": {"one": {"value": {"id": 1}}}}
    assert read(document).operations[0].examples == ()


# Credentials.


@pytest.mark.parametrize(
    ("scheme", "header", "prefix"),
    [
        ({"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}, "Authorization", "Bearer "),
        ({"type": "http", "scheme": "Basic"}, "Authorization", "Basic "),
        ({"type": "oauth2", "flows": {}}, "Authorization", "Bearer "),
        ({"type": "openIdConnect", "openIdConnectUrl": "https://example.com/id"}, "Authorization", "Bearer "),
        ({"type": "apiKey", "in": "header", "name": "X-Token"}, "X-Token", ""),
        ({"type": "apiKey", "in": "header", "name": "X-Token", "x-prefix": "Key "}, "X-Token", "Key "),
    ],
)
def test_a_credential_is_a_key_in_a_header(scheme: Document, header: str, prefix: str, read: Read) -> None:
    document = foreign()
    document["components"]["securitySchemes"]["token"] = scheme
    model = read(document)
    assert model.key_header("KEY") == {header: f"{prefix}KEY"}
    assert model.key_in(f"{prefix}KEY") == "KEY"


def test_a_credential_without_its_prefix_is_none(read: Read) -> None:
    assert read(foreign()).key_in("KEY") == ""


def test_a_prefix_ends_with_a_blank(refused: Callable[..., Any]) -> None:
    document = foreign()
    scheme = {"type": "apiKey", "in": "header", "name": "X-Token", "x-prefix": "Key"}
    document["components"]["securitySchemes"]["token"] = scheme
    assert refused(document) == [("invalid-extension", "/components/securitySchemes/token/x-prefix")]


def test_the_credential_that_most_operations_take_is_the_clients(read: Read) -> None:
    document = foreign(security=[{"cookie": []}, {"token": []}])
    document["components"]["securitySchemes"] = {
        "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
        "other": {"type": "apiKey", "in": "header", "name": "X-Other"},
        "token": {"type": "http", "scheme": "bearer"},
    }
    document["paths"] |= {
        "/books": {"get": operation("getBooks") | {"security": [{"other": []}]}},
        "/open": {"get": operation("getOpen") | {"security": []}},
        "/both": {"get": operation("getBoth") | {"security": [{"other": [], "token": []}, {"cookie": []}]}},
        "/also": {"get": operation("getAlso")},
    }
    model = read(document, skip=True)
    assert model.api_key_prefix == "Bearer "
    assert [one.id for one in model.operations] == ["getShelf", "getOpen", "getAlso"]
    assert [one.operation for one in model.left_out] == ["GET /books", "GET /both"]
    assert "another credential" in model.left_out[0].problems[0].message


def test_a_document_without_security_takes_a_token_and_says_so(read: Read) -> None:
    document = foreign()
    del document["security"], document["components"]
    model = read(document)
    assert model.key_header("KEY") == {"Authorization": "Bearer KEY"}
    assert [change.pointer for change in model.changes] == ["/security"]


@pytest.mark.parametrize(
    "scheme",
    [
        {"type": "apiKey", "in": "query", "name": "key"},
        {"type": "apiKey", "in": "cookie", "name": "session"},
        {"type": "http", "scheme": "digest"},
    ],
)
def test_what_asks_for_no_key_is_read_beside_what_asks_for_one_that_cannot_be_given(
    scheme: Document, read: Read, refused: Callable[..., Any]
) -> None:
    document = foreign()
    document["components"]["securitySchemes"]["token"] = scheme
    assert refused(document, skip=True)
    document["paths"]["/open"] = {"get": operation("getOpen") | {"security": []}}
    model = read(document, skip=True)
    assert [one.id for one in model.operations] == ["getOpen"]
    assert [one.operation for one in model.left_out] == ["GET /shelf"]
    assert "another credential" in model.left_out[0].problems[0].message
    assert [change.pointer for change in model.changes] == ["/security"]


# Schemas.


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"properties": {"a": {"type": "string"}}}, Object),
        ({"additionalProperties": {"type": "string"}}, Map),
        ({"items": {"type": "string"}}, Array),
        ({"enum": ["a", "b"]}, Text),
        ({"enum": [1, 2]}, Number),
        ({"maxLength": 3}, Text),
        ({"minimum": 3}, Number),
    ],
)
def test_a_type_that_is_not_said_is_the_one_that_is_spoken_of(schema: Document, kind: type, read: Read) -> None:
    document = foreign()
    reply_to(document)["properties"]["it"] = schema
    assert isinstance(members(read(document))["it"], kind)


def test_all_of_is_one_object(read: Read) -> None:
    document = foreign()
    document["components"]["schemas"] = {
        "Thing": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        "Book": {
            "description": "A book.",
            "allOf": [
                {"$ref": "#/components/schemas/Thing"},
                {"type": "object", "required": ["pages"], "properties": {"pages": {"type": "integer", "minimum": 1}}},
                {"properties": {"pages": {"maximum": 9}}},
            ],
        },
    }
    reply_to(document)["properties"]["book"] = {"allOf": [{"$ref": "#/components/schemas/Book"}], "description": "It."}
    book = members(read(document))["book"]
    assert isinstance(book, Object)
    assert (book.component, book.description) == ("Book", "A book.")
    fields = {member.name: member for member in book.fields}
    assert {name: member.required for name, member in fields.items()} == {"id": True, "pages": True}
    pages = fields["pages"].shape
    assert isinstance(pages, Number)
    assert (pages.minimum, pages.maximum) == (1, 9)


def test_all_of_what_cannot_be_one_is_told(refused: Callable[..., Any]) -> None:
    document = foreign()
    reply_to(document)["properties"]["it"] = {"allOf": [{"type": "string"}, {"type": "integer"}]}
    assert {fault for fault, _ in refused(document)} == {"unsupported-keyword", "unsupported-value"}


@pytest.mark.parametrize("key", ["anyOf", "oneOf"])
def test_a_choice_with_null_may_be_null(key: str, read: Read) -> None:
    document = foreign("3.1.0")
    reply_to(document)["properties"] |= {
        "name": {key: [{"type": "string", "maxLength": 5}, {"type": "null"}]},
        "mark": {key: [{"type": "string"}, {"type": "integer"}]},
    }
    shapes = members(read(document))
    assert shapes["name"].nullable
    assert shapes["name"].max_length == 5
    assert shapes["mark"].kinds == ("string", "integer")


def test_a_reply_may_be_a_list(read: Read) -> None:
    document = foreign()
    shelf = deepcopy(reply_to(document))
    reply_to(document).clear()
    reply_to(document).update({"type": "array", "items": shelf})
    assert isinstance(read(document).operations[0].reply, Array)


@pytest.mark.parametrize("method", ["get", "put", "post", "delete", "patch"])
def test_each_method_is_one(method: str, read: Read) -> None:
    document = foreign(paths={"/shelf/{id}": {method: operation("change")}})
    document["paths"]["/shelf/{id}"]["parameters"] = [{"$ref": "#/components/parameters/Id"}]
    document["components"]["parameters"] = {
        "Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    }
    (found,) = read(document).operations
    assert found.method == method.upper()
    assert found.effect == {"get": "read", "put": "write", "delete": "write"}.get(method, "event")
    assert [one.name for one in found.inputs] == ["id"]


# What is left out.


def with_faults() -> Document:
    """Return a document with an operation that is sound and some that are not, each in another stage."""
    document = foreign()
    document["components"]["schemas"] = {
        "Lost": {"type": "object", "properties": {"a": {"$ref": "other.yaml"}}},
        "Either": {"oneOf": [{"type": "object", "properties": {}}, {"type": "string"}]},
    }
    document["paths"] |= {
        "/lost": {"get": operation("getLost", reply={"$ref": "#/components/schemas/Lost"})},
        "/invalid": {"get": operation("getInvalid") | {"parameters": [{"name": "a", "in": "nowhere"}]}},
        "/either": {"get": operation("getEither", reply={"$ref": "#/components/schemas/Either"})},
        "/taken": {"get": operation("stats")},
        "/head": {"head": operation("peek")},
    }
    return document


def test_all_stages_report_together(refused: Callable[..., Any]) -> None:
    found = refused(with_faults())
    assert {pointer.split("/")[1] + pointer.split("/")[2] for _, pointer in found} >= {"paths~1invalid", "paths~1taken"}
    assert {fault for fault, _ in found} == {
        "remote-reference",
        "invalid-openapi",
        "unsupported-value",
        "unsupported-keyword",
        "reserved-method",
    }


def test_what_is_not_understood_is_left_out_with_its_place_reason_and_remedy(read: Read) -> None:
    model = read(with_faults(), skip=True)
    assert [one.id for one in model.operations] == ["getShelf"]
    told = {one.operation: {problem.pointer for problem in one.problems} for one in model.left_out}
    assert list(told) == ["GET /lost", "GET /invalid", "GET /either", "GET /taken", "HEAD /head"]
    assert told["GET /lost"] == {"/components/schemas/Lost/properties/a/$ref"}
    assert told["GET /taken"] == {"/paths/~1taken/get/operationId"}
    lines = list(report(model.left_out, model.changes))
    assert lines[0] == "Left out 5 operations:"
    assert lines[1:4] == [
        "  GET /lost",
        "    remote-reference at /components/schemas/Lost/properties/a/$ref: 'other.yaml' is not a reference within "
        "the document (#/...), and nothing else is ever read",
        "    Put all parts into one file first, for example with `npx @redocly/cli bundle`.",
    ]
    assert "    Give it another operationId." in lines


def test_if_nothing_is_left_there_is_no_client(refused: Callable[..., Any]) -> None:
    document = with_faults()
    del document["paths"]["/shelf"]
    assert len(refused(document, skip=True)) > 4


@pytest.mark.parametrize("version", ["3.0", "3.1", "3.0.3", "3.1.1"])
def test_a_version_may_be_short(read: Read, version: str) -> None:
    assert [one.id for one in read(foreign(openapi=version), skip=True).operations]


def test_a_path_may_be_empty(read: Read) -> None:
    document = foreign()
    document["paths"]["/nothing"] = None
    assert ("/paths/~1nothing", "has no operations") in [
        (change.pointer, change.message) for change in read(document, skip=True).changes
    ]


def test_what_is_wrong_with_the_whole_cannot_be_left_out(refused: Callable[..., Any]) -> None:
    document = foreign(info={"title": "No version"})
    assert refused(document, skip=True) == [("invalid-openapi", "/info")]


def test_what_nobody_uses_says_nothing_if_it_may_be_left_out(read: Read) -> None:
    document = foreign()
    document["components"]["schemas"] = {"Unused": {"oneOf": [{"type": "object"}, {"type": "string"}]}}
    model = read(document, skip=True)
    assert (model.left_out, model.changes) == ((), ())


@pytest.mark.parametrize(
    ("servers", "url"),
    [
        ([{"url": "https://a.example.com/"}, {"url": "https://b.example.com"}], "https://a.example.com"),
        ([{"url": "http://a.example.com/v1"}], "https://a.example.com/v1"),
        (
            [{"url": "https://{host}/v1", "variables": {"host": {"default": "a.example.com"}}}],
            "https://a.example.com/v1",
        ),
        ([{"url": "/api/v3"}], "http://localhost/api/v3"),
        ([], "http://localhost"),
    ],
)
def test_an_address_that_leaves_something_open_is_settled_and_told(
    servers: list[Document], url: str, read: Read, refused: Callable[..., Any]
) -> None:
    document = foreign(servers=servers)
    assert {pointer.split("/")[1] for _, pointer in refused(document)} == {"servers"}
    model = read(document, skip=True)
    assert model.server_url == url
    assert [change.pointer for change in model.changes] == ["/servers"]


def test_what_a_caller_cannot_give_and_need_not_is_left_out(read: Read) -> None:
    document = foreign()
    text = {"type": "string"}
    body = {
        "type": "object",
        "required": ["name", "made"],
        "properties": {
            "name": {"type": "string", "nullable": True, "default": "a"},
            "made": {"type": "string", "readOnly": True},
            "secret": {"type": "string", "writeOnly": True},
            "anything": {},
            "free": {"type": "object"},
            "id": text,
        },
    }
    document["components"]["schemas"] = {"Book": body}
    document["paths"] = {
        "/books/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": text}],
            "put": operation("putBook", reply={"$ref": "#/components/schemas/Book"})
            | {
                "parameters": [
                    {"name": "X-Trace", "in": "header", "schema": text},
                    {"name": "Accept", "in": "header", "required": True, "schema": text},
                    {"name": "tags", "in": "query", "explode": False, "schema": {"type": "array", "items": text}},
                    {"name": "deep", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
                    {"name": "plain", "in": "query", "schema": text},
                ],
                "requestBody": {
                    "content": {
                        "application/xml": {"schema": text},
                        "application/json": {"schema": {"$ref": "#/components/schemas/Book"}},
                    }
                },
            },
        }
    }
    model = read(document, skip=True)
    (book,) = model.operations
    assert [one.name for one in book.inputs] == ["id", "plain", "name", "secret"]
    name = book.inputs[2]
    assert (name.required, name.default, name.shape.nullable) == (True, None, False)
    reply = book.reply
    assert isinstance(reply, Object)
    assert [one.name for one in reply.fields] == ["name", "made", "free", "id"]
    told = "\n".join(report((), model.changes))
    for word in ("'X-Trace'", "'tags'", "'deep'", "'id'", "application~1xml", "anything"):
        assert word in told
    assert "Accept" not in told


@pytest.mark.parametrize("place", ["header", "cookie"])
def test_what_a_caller_must_give_and_cannot_leaves_the_operation_out(place: str, read: Read) -> None:
    document = foreign()
    parameter = {"name": "trace", "in": place, "required": True, "schema": {"type": "string"}}
    document["paths"]["/traced"] = {"get": operation("getTraced") | {"parameters": [parameter]}}
    model = read(document, skip=True)
    assert [one.operation for one in model.left_out] == ["GET /traced"]


def test_what_is_not_checked_is_told(read: Read) -> None:
    document = foreign()
    reply_to(document)["properties"] |= {
        "marks": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "code": {"type": "string", "pattern": "^(?=a)a", "xml": {"attribute": True}},
    }
    model = read(document, skip=True)
    assert {"marks", "code"} <= members(model).keys()
    assert len(model.changes) == 2


def test_a_path_may_refer_to_another(read: Read) -> None:
    document = foreign("3.1.0")
    nameless = operation("getShelf")
    del nameless["operationId"]
    document["paths"] |= {
        "/a": {"get": nameless},
        "/b": {"$ref": "#/paths/~1a"},
        "/c": {"$ref": "#/paths/~1shelf"},
        "/d": {"$ref": "#/components/pathItems/Item"},
    }
    document["components"]["pathItems"] = {"Item": {"get": operation("getItem")}}
    model = read(document, skip=True)
    found = {one.path: one.id for one in model.operations}
    assert found == {"/shelf": "getShelf", "/a": "getA", "/b": "getB", "/c": "getC", "/d": "getItem"}
    assert model.left_out == ()


@pytest.mark.parametrize(
    ("schema", "default"),
    [
        ({"type": "boolean"}, "false"),
        ({"type": "integer"}, "5"),
        ({"type": "integer"}, 1.5),
        ({"type": "string", "enum": ["a"]}, "b"),
        ({"type": "string", "maxLength": 1}, "ab"),
        ({"type": "string", "pattern": "^a$"}, "b"),
        ({"type": "number", "minimum": 1}, 0),
    ],
)
def test_a_default_that_is_no_value_is_left_out_alone(schema: Document, default: Any, read: Read) -> None:
    document = foreign()
    asked = {"name": "sort", "in": "query", "schema": schema | {"default": default}}
    document["paths"]["/shelf"]["get"]["parameters"] = [asked]
    model = read(document, skip=True)
    (sort,) = model.operation("getShelf").parameters
    assert (sort.name, sort.default) == ("sort", None)
    assert [f"the default {default!r}" in change.message for change in model.changes] == [True]


def test_a_number_beyond_the_exact_ones_costs_no_more_than_what_needs_it(
    read: Read, refused: Callable[..., Any]
) -> None:
    document = foreign()
    id_schema = reply_to(document)["properties"]["id"]
    id_schema |= {"maximum": 18446744073709551615, "example": 1234567890123456789}
    asked = {"type": "integer", "minimum": 1, "maximum": 9223372036854775807, "default": 9223372036854775807}
    document["paths"]["/shelf"]["get"]["parameters"] = [{"name": "since", "in": "query", "schema": asked}]
    chosen = {"name": "a", "in": "query", "schema": {"type": "integer", "enum": [1, 9007199254740993]}}
    document["paths"]["/chosen"] = {"get": operation("getChosen") | {"parameters": [chosen]}}
    model = read(document, skip=True)
    since = model.operation("getShelf").parameters[0].shape
    assert isinstance(since, Number)
    assert (since.minimum, since.maximum) == (1, None)
    assert [change.pointer.rpartition("/")[2] for change in model.changes] == ["maximum", "maximum", "default"]
    assert [one.operation for one in model.left_out] == ["GET /chosen"]
    assert ("invalid-value", "/paths/~1chosen/get/parameters/0/schema/enum/1") in refused(document)


def test_a_number_that_nobody_reads_may_be_any(read: Read) -> None:
    document = foreign()
    document["x-build"] = 1234567890123456789
    media = document["paths"]["/shelf"]["get"]["responses"]["200"]["content"]["application/json"]
    media["example"] = {"id": 1234567890123456789}
    assert read(document).operations


def test_statuses_that_are_not_said_in_particular(read: Read) -> None:
    document = foreign()
    responses = document["paths"]["/shelf"]["get"]["responses"]
    responses |= {
        "201": deepcopy(responses["200"]),
        "4XX": {"description": "wrong"},
        "default": {"description": "error"},
        "404": {"description": "none", "content": {"application/json": {"schema": {"type": "string"}}}},
        "409": {"description": "busy", "content": {"text/html": {}}},
    }
    found = read(document, skip=True).operations[0]
    assert [(one.status, one.shape is None) for one in found.responses] == [(200, False), (404, True), (409, True)]


def test_the_only_response_is_the_success(read: Read) -> None:
    document = foreign()
    responses = document["paths"]["/shelf"]["get"]["responses"]
    responses["default"] = responses.pop("200")
    assert read(document, skip=True).operations[0].success.status == 200


def test_a_tree_is_read_as_deep_as_can_be_said(read: Read) -> None:
    document = foreign()
    document["components"]["schemas"] = {
        "Tree": {
            "type": "object",
            "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
        }
    }
    reply_to(document)["properties"]["tree"] = {"$ref": "#/components/schemas/Tree"}
    model = read(document, skip=True)
    tree = members(model)["tree"]
    assert isinstance(tree, Object)
    (children,) = tree.fields
    assert isinstance(children.shape, Array)
    assert isinstance(children.shape.items, Map)
    assert "within itself" in model.changes[0].message


def test_an_operation_without_a_name_is_called_after_its_path(read: Read) -> None:
    document = foreign(paths={"/shelf/{shelf_id}/books": {"get": operation("")}})
    item = document["paths"]["/shelf/{shelf_id}/books"]
    del item["get"]["operationId"]
    item["parameters"] = [{"name": "shelf_id", "in": "path", "required": True, "schema": {"type": "string"}}]
    assert [one.id for one in read(document, skip=True).operations] == ["getShelfShelfIdBooks"]
