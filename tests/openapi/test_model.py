"""What is supported arrives in the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from audioscape_luau.openapi import (
    ApiModel,
    Array,
    Body,
    Boolean,
    Either,
    Field,
    Identity,
    ItemBound,
    Map,
    Number,
    Object,
    Paging,
    Parameter,
    Response,
    Shape,
    Text,
    walk,
)

type Document = dict[str, Any]
type Load = Callable[[Document], ApiModel]


def shape_of(load: Load, document: Document, schema: Document) -> Shape:
    """Return the shape of a schema that stands in a reply."""
    document["components"]["schemas"]["Item"]["properties"]["it"] = schema
    item = next(shape for shape in load(document).schemas if shape.component == "Item")
    return next(member.shape for member in item.fields if member.name == "it")


@pytest.mark.parametrize(
    ("schema", "shape"),
    [
        ({"type": "string"}, Text()),
        ({"type": ["string", "null"], "enum": ["a", None]}, Text(nullable=True, enum=("a",))),
        ({"type": "string", "minLength": 1, "maxLength": 2}, Text(min_length=1, max_length=2)),
        ({"type": "number", "exclusiveMinimum": 1, "maximum": 2.5}, Number(exclusive_minimum=1, maximum=2.5)),
        (
            {"type": "integer", "minimum": 1, "exclusiveMaximum": 3},
            Number(integer=True, minimum=1, exclusive_maximum=3),
        ),
        ({"type": ["integer", "number"]}, Number()),
        ({"type": "number", "enum": [1, 2.5]}, Number(enum=(1, 2.5))),
        ({"type": "boolean"}, Boolean()),
        ({"type": ["string", "integer", "null"]}, Either(kinds=("string", "integer"), nullable=True)),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1}, Array(items=Text(), min_items=1)),
        ({"type": "object"}, Map()),
        ({"type": "object", "additionalProperties": True}, Map()),
        ({"type": "object", "additionalProperties": {"type": "string"}}, Map(values=Text())),
        ({"type": "object", "additionalProperties": False}, Object()),
        ({"type": "object", "properties": {}, "additionalProperties": True}, Object(open=True)),
        ({"type": "string", "format": "date", "title": "T"}, Text(notes=("Title: T.", "Format: date."))),
        (
            {"type": "string", "deprecated": True, "examples": ["é", 1]},
            Text(notes=("Deprecated.", 'Example: "é".', "Example: 1.")),
        ),
        ({"type": "string", "example": 1}, Text(notes=("Example: 1.",))),
        ({"$ref": "#/components/schemas/Id", "description": "Mine."}, Text(asset_id=True, description="Mine.")),
    ],
)
def test_shapes(document: Document, load_document: Load, schema: Document, shape: Shape) -> None:
    assert shape_of(load_document, document, schema) == shape


def test_parts_may_lie_in_components(document: Document, load_document: Load) -> None:
    post = document["paths"]["/things/{kind}"]["post"]
    components = document["components"]
    components["parameters"] = {"Kind": post["parameters"][0]}
    components["requestBodies"] = {"Change": post["requestBody"]}
    components["responses"] = {"Changed": post["responses"]["200"] | {"x-hint": "Fine."}}
    inline = load_document(document).operation("change")
    post["parameters"] = [{"$ref": "#/components/parameters/Kind"}]
    post["requestBody"] = {"$ref": "#/components/requestBodies/Change"}
    post["responses"] = {"200": {"$ref": "#/components/responses/Changed"}}
    moved = load_document(document).operation("change")
    assert moved.parameters == inline.parameters
    assert moved.body == inline.body
    assert moved.success.hint == "Fine."
    assert moved.result == inline.result


def test_a_component_may_be_another(document: Document, load_document: Load) -> None:
    document["components"]["schemas"]["Alias"] = {"$ref": "#/components/schemas/Id"}
    assert shape_of(load_document, document, {"$ref": "#/components/schemas/Alias"}) == Text(asset_id=True)


def test_unused_components_are_checked_too(
    document: Document, problems: Callable[[Document], list[tuple[str, str]]]
) -> None:
    document["components"]["parameters"] = {"Bad": {"name": "a", "in": "cookie", "schema": {"type": "string"}}}
    assert problems(document) == [("unsupported-value", "/components/parameters/Bad/in")]


def test_parameters_of_a_path_are_shared(document: Document, load_document: Load) -> None:
    item = document["paths"]["/things/{kind}"]
    item["parameters"] = [
        {"name": "kind", "in": "path", "required": True, "description": "shared", "schema": {"type": "string"}},
        {"name": "also", "in": "query", "schema": {"type": "string"}},
    ]
    del item["post"]["parameters"]
    model = load_document(document)
    assert [p.name for p in model.operation("change").parameters] == ["kind", "also"]
    assert [p.name for p in model.operation("things").parameters] == [
        "kind",
        "also",
        "limit",
        "offset",
        "words",
        "where",
    ]
    assert [p.description for p in model.operation("things").parameters][:2] == ["", ""]


def test_the_seed_is_the_one_required_asset_id(document: Document, load_document: Load) -> None:
    model = load_document(document)
    assert model.operation("things").seed is None
    seed = model.operation("change").seed
    assert seed is not None
    assert seed.name == "asset_id"


def test_bounds_of_items(document: Document, load_document: Load) -> None:
    get = document["paths"]["/things/{kind}"]["get"]
    assert load_document(document).operation("things").item_bounds == ()
    get["x-item-bounds"] = {"level": {"maximum": "/where/high", "exclusiveMinimum": "/offset"}}
    assert load_document(document).operation("things").item_bounds == (
        ItemBound(field="level", keyword="maximum", input=("where", "high")),
        ItemBound(field="level", keyword="exclusiveMinimum", input=("offset",)),
    )


def test_a_reference_gives_the_identical_object(document: Document, load_document: Load) -> None:
    model = load_document(document)
    page = model.operation("things").result
    items = next(member.shape for member in page.fields if member.name == "items")
    assert isinstance(items, Array)
    assert items.items is model.operation("change").result


def test_shared_objects_do_not_multiply(document: Document, load_document: Load) -> None:
    """Ten objects, each with two of the next: two to the tenth places, ten shapes."""
    schemas = document["components"]["schemas"]
    for level in range(10):
        inner = {"$ref": f"#/components/schemas/L{level + 1}"} if level < 9 else {"type": "string"}
        schemas[f"L{level}"] = {"type": "object", "properties": {"a": inner, "b": inner}}
    schemas["Item"]["properties"]["deep"] = {"$ref": "#/components/schemas/L0"}
    assert len(list(walk(load_document(document).operation("change").result))) < 100


def test_notes_of_the_document(document: Document, load_document: Load) -> None:
    document["info"] |= {"license": {"name": "MIT", "url": "https://example.com"}, "contact": {"name": "Me"}}
    document["info"]["termsOfService"] = "https://example.com/terms."
    document["tags"] = [{"name": "music", "description": "Music."}]
    document["externalDocs"] = {"url": "https://example.com"}
    assert load_document(document).notes == (
        "Contact: Me.",
        "Licence: MIT, https://example.com.",
        "Terms of service: https://example.com/terms.",
        "Tag: music, Music.",
        "See https://example.com.",
    )


def test_numbers_and_words_are_those_of_json(document: Document, load_document: Load) -> None:
    document["info"]["title"] = "no"
    document["info"]["version"] = "1.0"
    model = load_document(document)
    assert (model.title, model.version) == ("no", "1.0")
    assert model.server_url == "https://api.example.com/base"


def test_everything_about_an_operation_arrives(document: Document, load_document: Load) -> None:
    item = document["paths"]["/things/{kind}"]
    item["get"] |= {"summary": "Things.", "description": "All of a kind.", "tags": ["music"]}
    kind, limit, *_, where = item["get"]["parameters"]
    kind |= {"description": "Of what kind.", "deprecated": True}
    limit["schema"] |= {"description": "How many.", "title": "Limit", "x-assumed": ["default"]}
    where["description"] = "Where."
    item["post"]["requestBody"]["description"] = "What to change."
    item["get"]["responses"]["404"]["x-hint"] = "Look elsewhere."
    model = load_document(document)
    things, change = model.operations
    bounds = tuple(Field(name=name, shape=Number()) for name in ("low", "high"))
    assert things.parameters == (
        Parameter(
            name="kind",
            location="path",
            shape=Text(),
            description="Of what kind.",
            notes=("Deprecated.",),
            required=True,
        ),
        Parameter(
            name="limit",
            location="query",
            shape=Number(
                integer=True, minimum=1, description="How many.", notes=("Title: Limit.",), assumed=("default",)
            ),
            description="How many.",
            notes=("Title: Limit.",),
            default=5,
        ),
        Parameter(name="offset", location="query", shape=Number(integer=True)),
        Parameter(name="words", location="query", shape=Array(items=Text())),
        Parameter(
            name="where",
            location="query",
            shape=Object(fields=bounds, ordered=("low", "high")),
            description="Where.",
            json=True,
        ),
    )
    assert (things.method, things.path, things.body, things.radio) == ("GET", "/things/{kind}", None, None)
    assert (things.summary, things.description, things.notes) == ("Things.", "All of a kind.", ("Tag: music.",))
    assert things.paging == Paging(offset="offset", limit="limit", items="items", total=("meta", "total"))
    failure = Object(component="Failure", fields=(Field(name="error", shape=Text(error_text=True)),))
    assert things.failures == (Response(status=404, description="none", shape=failure, hint="Look elsewhere."),)
    assert model.error_texts == ("error",)
    assert (change.id, change.method, change.paging) == ("change", "POST", None)
    assert change.body == Body(
        shape=Object(
            fields=(
                Field(name="asset_id", shape=Text(asset_id=True), required=True),
                Field(name="deep", shape=Boolean()),
            )
        ),
        required=True,
        description="What to change.",
    )
    assert change.success == Response(
        status=200,
        description="ok",
        shape=Object(
            component="Item",
            recognised_by="name",
            fields=(
                Field(name="asset_id", shape=Text(asset_id=True), required=True),
                Field(name="name", shape=Text(min_length=1)),
                Field(name="level", shape=Number(nullable=True, non_finite=True)),
                Field(name="tone", shape=Text(nullable=True, enum=("a", "b"))),
                Field(name="either", shape=Either(kinds=("string", "number"))),
                Field(name="map", shape=Map(values=Number(integer=True))),
            ),
        ),
    )


def test_every_part_knows_its_place(document: Document, load_document: Load) -> None:
    things, change = load_document(document).operations
    start = "/paths/~1things~1{kind}/get"
    assert [parameter.pointer for parameter in things.parameters] == [f"{start}/parameters/{i}" for i in range(5)]
    where = things.parameters[-1].shape
    assert isinstance(where, Object)
    schema = f"{start}/parameters/4/content/application~1json/schema"
    assert (where.pointer, [member.pointer for member in where.fields]) == (
        schema,
        [f"{schema}/properties/low", f"{schema}/properties/high"],
    )
    assert things.parameters[3].shape.pointer == f"{start}/parameters/3/schema"
    assert change.body is not None
    body = "/paths/~1things~1{kind}/post/requestBody/content/application~1json/schema"
    assert change.body.shape.fields[0].pointer == f"{body}/properties/asset_id"
    assert change.body.shape.fields[0].shape.pointer == "/components/schemas/Id"
    assert change.result.fields[-1].shape.pointer == "/components/schemas/Item/properties/map"


def test_where_and_with_what_key(document: Document, load_document: Load) -> None:
    document["info"] |= {"description": "What it does."}
    model = load_document(document)
    assert (model.title, model.version, model.description, model.notes) == ("Test", "1", "What it does.", ())
    assert (model.server_url, model.api_key_header) == ("https://api.example.com/base", "x-key")
    assert model.identity == Identity(place="X-Place")
    assert [shape.component for shape in model.schemas] == ["Item", "Page", "Failure"]
    assert model.raw == document


@pytest.mark.parametrize(
    ("stated", "identity"),
    [
        ({"player": "X-Who"}, {"player": "X-Who"}),
        ({"place": "a", "player": "b", "universe": "c"}, {"universe": "c", "place": "a", "player": "b"}),
        (None, {}),
    ],
)
def test_for_whom_a_request_is(document: Document, load_document: Load, stated: Any, identity: dict[str, str]) -> None:
    document["x-identity"] = stated
    if stated is None:
        del document["x-identity"]
    found = load_document(document).identity
    assert found == Identity(**identity)
    assert list(found.headers.items()) == list(identity.items())


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com",
        "https://api.example.com:8443/v1/a-b",
        "http://localhost:8080/base",
        "http://127.0.0.1",
    ],
)
def test_servers(document: Document, load_document: Load, url: str) -> None:
    document["servers"] = [{"url": url, "description": "The one."}]
    assert load_document(document).server_url == url
