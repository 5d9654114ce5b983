"""Each kind of change, what it is called, and whether it breaks a client of the older specification."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from audioscape_luau.openapi import SpecError
from audioscape_luau.tools.diff import Verdict
from support.specs import Document, operation
from support.versions import at, base, changes

B, W, C = Verdict.BREAKING, Verdict.WARNING, Verdict.COMPATIBLE


def put(part: str, *path: str, to: Any) -> Callable[[Document], None]:
    """Return an edit that writes a value; None takes it out."""

    def edit(document: Document) -> None:
        place = at(document, part)
        for name in path[:-1]:
            place = place[name]
        if to is None:
            del place[path[-1]]
        else:
            place[path[-1]] = to

    return edit


def parameter(**more: Any) -> Callable[[Document], None]:
    return lambda document: at(document, "get")["parameters"].append({"in": "query", **more})


def without_limit(document: Document) -> None:
    del at(document, "get")["parameters"][0]


def moved(document: Document) -> None:
    document["paths"]["/other"] = document["paths"].pop("/things")


def other_method(document: Document) -> None:
    document["paths"]["/changes"] = {"get": document["paths"]["/things"].pop("post")}
    del document["paths"]["/changes"]["get"]["requestBody"]


def added_operation(document: Document) -> None:
    document["paths"]["/more"] = {"get": operation("more")}


def new_header(document: Document) -> None:
    document["components"]["securitySchemes"]["key"]["name"] = "x-other"


def new_server(document: Document) -> None:
    document["servers"][0]["url"] = "https://other.example.com"


def new_success(document: Document) -> None:
    responses = at(document, "get")["responses"]
    responses["201"] = responses.pop("200")


def undescribed(document: Document) -> None:
    del at(document, "get")["responses"]["404"]["content"]


def in_another_order(document: Document) -> None:
    at(document, "get")["parameters"].reverse()


TEXT, NUMBER = {"type": "string"}, {"type": "number"}
PLAIN = {"type": "object", "properties": {"a": TEXT}}

# name, edit, where it shows, and the verdict of the change and of its reverse
TABLE: list[tuple[str, Callable[[Document], None], str, Verdict, Verdict]] = [
    ("operation added", added_operation, "more", C, B),
    ("operation renamed", put("get", "operationId", to="stuff"), "things", B, C),
    ("path changed", moved, "things", B, B),
    ("method changed", other_method, "change", B, B),
    ("server changed", new_server, "server", B, B),
    ("security changed", new_header, "security", B, B),
    ("optional parameter added", parameter(name="page", schema=TEXT), "things page", C, B),
    ("required parameter added", parameter(name="page", schema=TEXT, required=True), "things page", B, B),
    ("parameter removed", without_limit, "things limit", B, C),
    ("maximum of a request lower", put("input", "limit", "schema", "maximum", to=20), "things limit", B, C),
    ("minimum of a request higher", put("input", "limit", "schema", "minimum", to=2), "things limit", B, C),
    ("bound of a request gone", put("input", "limit", "schema", "maximum", to=None), "things limit", C, B),
    ("default changed", put("input", "limit", "schema", "default", to=20), "things limit", B, B),
    ("default no longer stated", put("input", "limit", "schema", "default", to=None), "things limit", B, C),
    ("type of a parameter wider", put("input", "limit", "schema", "type", to="number"), "things limit", C, B),
    ("type of a parameter changed", put("input", "tone", "schema", to={"type": "boolean"}), "things tone", B, B),
    ("parameter required now", put("input", "tone", "required", to=True), "things tone", B, C),
    ("enum of a request longer", put("input", "tone", "schema", "enum", to=["a", "b", "c"]), 'things tone = "c"', C, B),
    ("enum of a request gone", put("input", "tone", "schema", "enum", to=None), "things tone", C, B),
    ("body may be left out", put("post", "requestBody", "required", to=False), "change body", C, B),
    ("body field added", put("body", "properties", "extra", to=TEXT), "change body.extra", C, B),
    ("body field required", put("body", "required", to=["title", "more"]), "change body.more", B, C),
    ("bound included now", put("body", "properties", "more", to=NUMBER | {"minimum": 0}), "change body.more", C, B),
    ("reply field removed", put("field", "level", to=None), "things 200.level", B, C),
    ("reply field may be missing", put("Track", "required", to=["asset_id"]), "things 200.name", B, C),
    ("reply field may be null", put("field", "name", "type", to=["string", "null"]), "things 200.name", B, C),
    ("reply field of another type", put("field", "level", to=TEXT), "things 200.level", B, B),
    ("reply field narrower", put("field", "level", "type", to="integer"), "things 200.level", C, B),
    ("reply field not finite", put("field", "level", "x-non-finite", to=True), "things 200.level", B, C),
    ("reply field may be more", put("field", "tone", to={"type": ["string", "boolean"]}), "things 200.tone", B, C),
    ("enum of a reply longer", put("field", "tone", "enum", to=["a", "b", "c"]), 'things 200.tone = "c"', W, C),
    ("enum of a reply gone", put("field", "tone", "enum", to=None), "things 200.tone", W, C),
    ("bound of a reply higher", put("field", "level", "maximum", to=2), "things 200.level", W, C),
    ("length of a reply", put("field", "name", "maxLength", to=60), "things 200.name", W, C),
    ("items of a reply", put("field", "words", "maxItems", to=4), "things 200.words", W, C),
    ("items of another type", put("field", "words", "items", to=NUMBER), "things 200.words[]", B, B),
    ("values of a map", put("field", "shares", "additionalProperties", to=NUMBER), "things 200.shares.*", B, C),
    ("values of a map open", put("field", "shares", "additionalProperties", to=True), "things 200.shares", B, C),
    ("map becomes object", put("field", "shares", to=PLAIN), "things 200.shares", B, B),
    ("status added", put("get", "responses", "410", to={"description": "gone"}), "things 410", W, W),
    ("success has another status", new_success, "things 200", B, W),
    ("body of a status undescribed", undescribed, "things 404", B, C),
    ("operation deprecated", put("get", "deprecated", to=True), "things", W, C),
    ("parameter deprecated", put("input", "tone", "deprecated", to=True), "things tone", W, C),
    ("reply field deprecated", put("field", "level", "deprecated", to=True), "things 200.level", W, C),
    ("format of a reply", put("field", "name", "format", to="date"), "things 200.name", W, W),
    ("format of a request", put("body", "properties", "title", "format", to="date"), "change body.title", W, W),
    ("example of a field", put("field", "level", "examples", to=[0.5]), "things 200.level", C, C),
    ("description reworded", put("get", "summary", to="Other words."), "things", C, C),
    ("description of a field", put("field", "level", "description", to="Loud."), "things 200.level", C, C),
]  # fmt: skip


@pytest.mark.cases(16)
@pytest.mark.parametrize(
    ("edit", "where", "forward", "back"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_verdict_both_ways(
    edit: Callable[[Document], None], where: str, forward: Verdict, back: Verdict, tmp_path: Path
) -> None:
    old, new = base(), base()
    edit(new)
    for found, verdict in ((changes(old, new, tmp_path), forward), (changes(new, old, tmp_path), back)):
        here = [change for change in found if change.where == where]
        assert [change.verdict for change in here] == [verdict], found
        assert all(change.what and change.reason for change in found)


@pytest.mark.parametrize(
    "edit",
    [
        put("input", "limit", "schema", "default", to=10.0),
        put("input", "limit", "schema", "minimum", to=1.0),
        put("input", "limit", "schema", to={"type": "integer", "exclusiveMinimum": 0, "maximum": 50.5, "default": 10}),
        put("field", "words", "minItems", to=0),
        put("Track", "required", to=["name", "asset_id"]),
        in_another_order,
    ],
)
def test_another_way_to_say_the_same_is_no_change(edit: Callable[[Document], None], tmp_path: Path) -> None:
    new = base()
    edit(new)
    assert json.dumps(new) != json.dumps(base())
    assert changes(base(), new, tmp_path) == changes(new, base(), tmp_path) == ()


def test_a_change_of_format_is_told_with_both(tmp_path: Path) -> None:
    old, new = base(), base()
    at(old, "field")["name"]["format"] = "date"
    at(new, "field")["name"]["format"] = "date-time"
    (change,) = changes(old, new, tmp_path)
    assert change.what == 'format "date" -> "date-time"'


def test_a_change_stays_where_it_is(tmp_path: Path) -> None:
    new = base()
    at(new, "input")["limit"]["schema"]["maximum"] = 20
    (change,) = changes(base(), new, tmp_path)
    assert change.what == "greatest value 50 -> 20"


def test_breaking_changes_come_first(tmp_path: Path) -> None:
    new = base()
    at(new, "get")["summary"] = "Other words."
    at(new, "field")["tone"]["enum"] = ["a", "b", "c"]
    del at(new, "field")["level"]
    assert [change.verdict for change in changes(base(), new, tmp_path)] == [B, W, C]


def test_renaming_is_removing_and_adding(tmp_path: Path) -> None:
    new = base()
    at(new, "get")["operationId"] = "stuff"
    assert [(c.kind, c.where) for c in changes(base(), new, tmp_path)] == [("removed", "things"), ("added", "stuff")]


def test_a_parameter_moves(tmp_path: Path) -> None:
    old = base()
    parameter(name="kind", schema=TEXT, required=True)(old)
    new = deepcopy(old)
    at(new, "input")["kind"]["in"] = "path"
    new["paths"]["/things"].pop("post")
    old["paths"]["/things"].pop("post")
    new["paths"]["/things/{kind}"] = new["paths"].pop("/things")
    found = changes(old, new, tmp_path)
    assert ("things kind", "query -> path") in [(c.where, c.what) for c in found if c.verdict is B]


def test_what_cannot_be_loaded_is_not_compared(tmp_path: Path) -> None:
    new = base()
    new["openapi"] = "2.0"
    with pytest.raises(SpecError):
        changes(base(), new, tmp_path)
