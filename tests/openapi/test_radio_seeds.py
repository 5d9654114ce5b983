"""How a specification says that a radio can start with what an operation finds."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from audioscape_luau.openapi import ApiModel
from support.specs import Document

GET = "/paths/~1things~1{kind}/get"
SEEDS = f"{GET}/x-radio-seeds"
FILTERS = {"type": "object", "additionalProperties": False, "properties": {"low": {"type": "number"}}}


def with_seeds(document: Document, ways: object, *, radio: bool = True) -> Document:
    """Return the document with these ways to start a radio on its GET, and a radio on another path."""
    copy = deepcopy(document)
    get, post = (copy["paths"]["/things/{kind}"][method] for method in ("get", "post"))
    get["x-radio-seeds"] = ways
    if radio:
        like = deepcopy(get) | {"operationId": "like", "x-radio": {"filters": "where"}}
        del like["x-radio-seeds"]
        like["parameters"] = [
            {"name": "asset_id", "in": "query", "required": True, "schema": {"$ref": "#/components/schemas/Id"}},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 7}},
            {"name": "offset", "in": "query", "schema": {"type": "integer"}},
            {"name": "where", "in": "query", "content": {"application/json": {"schema": FILTERS}}},
        ]
        copy["paths"]["/like"] = {"get": like}
    assert post
    return copy


def test_the_ways_are_read(document: Document, load_document: Callable[[Document], ApiModel]) -> None:
    ways = {
        "kind": {"input": "kind", "filters": "where"},
        "big": {"value": "yes", "with": {"kind": "big", "limit": 3}, "tracks": "items"},
    }
    kind, big = load_document(with_seeds(document, ways)).operation("things").seeds
    assert (kind.form, kind.input, kind.value, kind.given, kind.filters) == ("kind", "kind", None, {}, "where")
    assert (big.form, big.input, big.value, big.filters) == ("big", None, "yes", None)
    assert big.given == {"kind": "big", "limit": 3}
    assert (kind.tracks, big.tracks) == ("items", "items")


@pytest.mark.parametrize(
    ("ways", "fault", "place"),
    [
        (1, "invalid-extension", ""),
        ({"a": {"input": "nothing", "with": {"kind": "x"}}}, "invalid-extension", "/a/input"),
        ({"a": {"input": "words", "with": {"kind": "x"}}}, "invalid-extension", "/a/input"),
        ({"a": {"with": {"kind": "x"}}}, "invalid-extension", "/a"),
        ({"a": {"input": "kind", "value": "x"}}, "invalid-extension", "/a"),
        ({"a": {"input": "limit"}}, "invalid-extension", "/a"),
        ({"a": {"input": "kind", "with": 1}}, "invalid-extension", "/a/with"),
        ({"a": {"input": "kind", "with": {"limit": "x"}}}, "invalid-extension", "/a/with/limit"),
        ({"a": {"input": "kind", "with": {"nothing": 1}}}, "invalid-extension", "/a/with/nothing"),
        ({"a": {"input": "kind", "filters": "limit"}}, "invalid-extension", "/a/filters"),
        ({"a": {"input": "kind", "tracks": "meta"}}, "invalid-extension", "/a/tracks"),
        ({"a": {"input": "kind", "more": 1}}, "unsupported-keyword", "/a/more"),
        ({"name": {"input": "kind"}}, "invalid-extension", "/name"),
    ],
)
def test_what_is_wrong_with_a_way_is_named(
    document: Document,
    problems: Callable[[Document], list[tuple[str, str]]],
    ways: Any,
    fault: str,
    place: str,
) -> None:
    assert problems(with_seeds(document, ways)) == [(fault, f"{SEEDS}{place}")]


def test_without_a_radio_there_is_nothing_to_start(
    document: Document, problems: Callable[[Document], list[tuple[str, str]]]
) -> None:
    found = problems(with_seeds(document, {"kind": {"input": "kind"}}, radio=False))
    assert found == [("invalid-extension", f"{SEEDS}/kind")]


def test_filters_must_all_be_taken(document: Document, problems: Callable[[Document], list[tuple[str, str]]]) -> None:
    spoilt = with_seeds(document, {"kind": {"input": "kind", "filters": "where"}})
    where = spoilt["paths"]["/like"]["get"]["parameters"][-1]["content"]["application/json"]["schema"]
    spoilt["paths"]["/like"]["get"]["parameters"][-1]["content"]["application/json"]["schema"] = where | {
        "properties": {"low": {"type": "number"}, "depth": {"type": "number"}}
    }
    assert problems(spoilt) == [("invalid-extension", f"{SEEDS}/kind")]


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ({"value": "x"}, {"value": "y"}, False),
        ({"value": "x"}, {"value": "x"}, True),
        ({"input": "kind"}, {"value": "y"}, True),
        ({"input": "kind"}, {"input": "kind"}, True),
    ],
)
def test_a_form_has_one_meaning(
    document: Document,
    problems: Callable[[Document], list[tuple[str, str]]],
    first: dict[str, str],
    second: dict[str, str],
    is_one: bool,
) -> None:
    def way(stated: dict[str, str]) -> dict[str, Any]:
        return stated if "input" in stated else stated | {"with": {"kind": "x"}}

    spoilt = with_seeds(document, {"way": way(first)})
    again = deepcopy(spoilt["paths"]["/things/{kind}"]["get"]) | {"operationId": "again"}
    again["x-radio-seeds"] = {"way": way(second)}
    spoilt["paths"]["/again/{kind}"] = {"get": again}
    place = "/paths/~1again~1{kind}/get/x-radio-seeds/way"
    if is_one:
        assert problems(spoilt) == [("invalid-extension", place)]
    else:
        spoilt["paths"]["/again/{kind}"]["get"]["x-radio-seeds"] = {"way": way(second) | {"more": 1}}
        assert problems(spoilt) == [("unsupported-keyword", f"{place}/more")]
