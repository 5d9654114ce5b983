"""The walker that tells where a reply is not as the specification describes it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audioscape_luau.contract.drift import BODY, Deviation, Habits, Look, describe, look, never_there, read
from audioscape_luau.contract.strategies import TEXT, replies
from audioscape_luau.mock import Catalogue
from audioscape_luau.openapi import Array, Boolean, Either, Field, Map, Number, Object, Operation, Shape, Text
from audioscape_luau.openapi.conformance import schema_fault
from audioscape_luau.openapi.references import resolve
from support.game import only
from support.sampling import examples

SIMILAR = only("similar")

OPERATIONS = pytest.mark.parametrize("operation", SIMILAR.operations, ids=lambda operation: operation.id)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(TEXT),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(TEXT), inner, max_size=3),
    max_leaves=6,
)


def schema(operation: Operation) -> Any:
    pointer = f"#{operation.pointer}/responses/{operation.success.status}"
    response: Any = resolve(dict(SIMILAR.raw), pointer)
    return response["content"]["application/json"]["schema"]


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the way to a value and to all within it."""
    members: list[Any] = []
    if isinstance(value, dict):
        members = list(cast("dict[str, Any]", value).items())
    elif isinstance(value, list):
        members = list(enumerate(cast("list[Any]", value)))
    return [path, *(place for name, member in members for place in places(member, (*path, name)))]


def put(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """Return a copy in which something else stands at a place; nothing if the new value is `...`."""
    if not path:
        return new
    changed = copy.deepcopy(value)
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    if new is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return changed


@pytest.mark.thorough
@OPERATIONS
@examples(150)
@given(data=st.data())
def test_what_a_validator_refuses_is_seen(operation: Operation, data: st.DataObject) -> None:
    body = data.draw(replies(operation))
    assert schema_fault(body, schema(operation), SIMILAR.raw) is None
    assert look(operation.result, body).deviations == []
    path = data.draw(st.sampled_from(places(body)))
    changed = put(body, path, data.draw(JSON | st.just(...)) if path else data.draw(JSON))
    refused = schema_fault(changed, schema(operation), SIMILAR.raw) is not None
    seen = look(operation.result, changed).deviations
    if refused:
        assert seen
    else:
        assert {deviation.kind for deviation in seen} <= {"added"}


@OPERATIONS
@examples(100)
@given(data=st.data())
def test_each_added_field_is_seen_where_it_is(operation: Operation, data: st.DataObject) -> None:
    body = data.draw(replies(operation, whole=True))
    objects = [path for path in places(body) if isinstance(at(body, path), dict)]
    path = data.draw(st.sampled_from(objects))
    name = data.draw(st.text(TEXT, min_size=1))
    assume(name not in at(body, path))
    (seen,) = look(operation.result, put(body, (*path, name), 1)).deviations
    assert (seen.kind, seen.found) == ("added", "1")
    assert seen.path.endswith(name)


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for name in path:
        value = value[name]
    return value


def of(shape: Shape, *, required: bool = False) -> Object:
    return Object(fields=(Field(name="x", shape=shape, required=required),))


WRONG: dict[str, tuple[Shape, list[Any], list[Any]]] = {
    "text": (Text(), ["", "x"], [1, None, True, [], {}]),
    "nullable": (Text(nullable=True), ["x", None], [1]),
    "lengths": (Text(min_length=1, max_length=2), ["é", "éé"], ["", "ééé"]),
    "enum": (Text(enum=("a", "b")), ["a"], ["A", "c", None]),
    "id": (Text(asset_id=True), ["0", "123"], [123, "", "x", "12\n", "٣"]),
    "number": (Number(), [1, 0.5, -1e308], ["1", True, None, float("nan"), float("inf")]),
    "integer": (Number(integer=True), [1, 2.0], [0.5, "1", float("inf")]),
    "bounds": (Number(minimum=0, maximum=1), [0, 1], [-1e-9, 1.001]),
    "open bounds": (Number(exclusive_minimum=0, exclusive_maximum=1), [0.5], [0, 1]),
    "numbers": (Number(enum=(1, 2)), [1, 2.0], [3, True]),
    "non-finite": (Number(non_finite=True), [1, float("nan"), float("-inf"), "NaN", "-Infinity"], ["x", "1"]),
    "boolean": (Boolean(), [True, False], [0, "true"]),
    "either": (Either(kinds=("string", "integer")), ["x", 1, 1.0], [True, 0.5, None]),
    "list": (Array(items=Number(), min_items=1, max_items=2), [[1], [1, 2]], [[], [1, 2, 3], {}, ["x"], [[1]]]),
    "map": (Map(values=Number()), [{}, {"a": 1}], [{"a": "1"}, []]),
    "anything": (Map(), [{"a": "1"}], [[], "x"]),
    "object": (of(Number()), [{}, {"x": 1}], [{"x": None}, {"y": 1}, []]),
    "open object": (Object(open=True), [{"y": 1}], [1]),
    "required": (of(Number(), required=True), [{"x": 1}], [{}]),
    "order": (
        Object(fields=(Field(name="a", shape=Number()), Field(name="b", shape=Number())), ordered=("a", "b")),
        [{"a": 1, "b": 1}, {"a": 1}],
        [{"a": 2, "b": 1}],
    ),
}


@pytest.mark.parametrize(("shape", "right", "wrong"), WRONG.values(), ids=WRONG.keys())
def test_each_rule_of_a_shape(shape: Shape, right: list[Any], wrong: list[Any]) -> None:
    for value in right:
        assert look(of(shape), {"x": value}).deviations == [], value
    for value in wrong:
        assert len(look(of(shape), {"x": value}).deviations) == 1, value
    assert describe(shape)


def test_every_place_is_counted() -> None:
    shape = of(Array(items=of(Number(minimum=0))))
    seen = look(shape, {"x": [{"x": -1}, {"x": "no"}, {"x": 1}, {"x": None}, {}, {"y": "z"}]})
    assert [(d.kind, d.path, d.found, d.within) for d in seen.deviations] == [
        ("wrong", "x[].x", "-1", "x[].x"),
        ("wrong", "x[].x", '"no"', "x[].x"),
        ("wrong", "x[].x", "null", "x[].x"),
        ("added", "x[].y", '"z"', "x[]"),
    ]
    assert seen.deviations[0].expected == "a number, at least 0"
    assert (seen.values["x[].x"], seen.values["x[]"], seen.values[BODY], seen.nulls["x[].x"]) == (4, 6, 1, 1)


BODIES: dict[str, tuple[bytes, Any, list[str]]] = {
    "plain": (b'{"a": NaN}', {"a": float("nan")}, []),
    "cut": (b'{"a": ', None, ["JSON in UTF-8"]),
    "empty": (b"", None, ["JSON in UTF-8"]),
    "not UTF-8": (b'"\xff"', None, ["JSON in UTF-8"]),
    "deep": (b"[" * 100_000, None, ["JSON in UTF-8"]),
    "twice": (b'{"a": 1, "b": {"c": 1, "c": 2}}', {"a": 1, "b": {"c": 2}}, ["each key once"]),
}


@pytest.mark.parametrize(("body", "value", "wrong"), BODIES.values(), ids=BODIES.keys())
def test_a_body_is_read(body: bytes, value: Any, wrong: list[str]) -> None:
    found, deviations = read(body)
    assert json.dumps(found) == json.dumps(value)
    assert [deviation.expected for deviation in deviations] == wrong


def similar() -> Operation:
    return SIMILAR.operation("similar")


def habits() -> Habits:
    bodies = [read(example.body)[0] for example in similar().examples if example.status == 200]
    return Habits(similar().result, bodies)


def untouched(_: dict[str, Any]) -> None:
    pass


def page(count: int, change: Callable[[dict[str, Any]], object] = untouched) -> dict[str, Any]:
    catalogue = Catalogue.generate(size=300)
    similar = catalogue.similar(catalogue.entries[0].asset_id)
    tracks = [entry.scored(score) for score, entry in similar[:count]]
    for track in tracks:
        change(track)
    return {"tracks": tracks, "meta": {"total": count, "limit": 20, "offset": 0}}


def faults(body: Any) -> set[tuple[str, str]]:
    seen = look(similar().result, body, habits())
    return {(d.kind, d.path) for d in [*seen.deviations, *never_there(seen, habits())]}


def test_what_the_catalogue_leaves_out_the_examples_leave_out_too() -> None:
    body = page(299)
    assert any("voice" not in track for track in body["tracks"])
    assert faults(body) == set()


def test_the_examples_explain_themselves() -> None:
    for example in similar().examples:
        if example.status == 200 and example.breaks is None:
            assert look(similar().result, read(example.body)[0], habits()).deviations == []


@pytest.mark.parametrize("count", [2, 40])
@pytest.mark.parametrize("name", ["name", "bpm", "score", "voice", "danceability", "mood", "genre_slug"])
def test_an_optional_field_that_is_gone_is_missed(name: str, count: int) -> None:
    assert faults(page(count, lambda track: track.pop(name, None))) == {("missing", f"tracks[].{name}")}


def test_a_field_that_one_track_lacks_is_missed() -> None:
    body = page(40)
    del body["tracks"][7]["bpm"]
    seen = look(similar().result, body, habits())
    assert [(d.kind, d.path, d.within) for d in seen.deviations] == [("missing", "tracks[].bpm", "tracks[]")]


def test_a_field_that_is_null_now_is_missed() -> None:
    assert faults(page(40, lambda track: track.update(danceability=None))) == {("missing", "tracks[].danceability")}
    body = page(40)
    body["tracks"][3]["danceability"] = None
    assert faults(body) == set(), "null now and then is what the specification allows"


def test_what_examples_seldom_have_tells_nothing_of_the_rest() -> None:
    body = page(299, lambda track: track.update(created_at="2024-03-04", updated_at="2024-03-04"))
    assert any("voice" not in track for track in body["tracks"])
    assert faults(body) == set()


def test_the_whole_analysis_is_missed_when_none_of_many_has_it() -> None:
    body = page(40)
    few = [track for track in Catalogue.generate(size=300).entries if "voice" not in track.fields]
    body["tracks"] = [dict(entry.fields) | {"score": 0.5} for entry in few[:3]]
    assert faults(body) == set()
    body["tracks"] *= 4
    assert ("missing", "tracks[].voice") in faults(body)


def test_looks_add_up() -> None:
    total = Look()
    for body in ({"x": 1}, {"x": None}, {}):
        total.add(look(of(Number()), body))
    assert (total.values["x"], total.nulls["x"], total.values[BODY]) == (2, 1, 3)
    assert total.deviations == [Deviation("wrong", "x", "null", "a number", "x")]
