"""What a change of a shape does in a request, and in a reply: the rarer properties, on bare shapes."""

from __future__ import annotations

import pytest

from audioscape_luau.openapi import Boolean, Either, Field, Map, Number, Object, Shape, Text
from audioscape_luau.tools.diff import Verdict
from audioscape_luau.tools.diff.change import REPLY, REQUEST
from audioscape_luau.tools.diff.shapes import compare, fields

B, W, C = Verdict.BREAKING, Verdict.WARNING, Verdict.COMPATIBLE

TABLE: list[tuple[str, Shape, Shape, Verdict, Verdict]] = [
    ("fields in order", Object(), Object(ordered=("low", "high")), B, C),
    ("fields in no order", Object(ordered=("low", "high")), Object(), C, W),
    ("fields in another order", Object(ordered=("a", "b")), Object(ordered=("b", "a")), B, B),
    ("open", Object(), Object(open=True), C, W),
    ("closed", Object(open=True), Object(), B, C),
    ("named by a table", Object(), Object(recognised_by="name"), C, C),
    ("not named by a table", Object(recognised_by="name"), Object(), B, B),
    ("renamed type", Object(component="A"), Object(component="B"), W, W),
    ("asset id", Text(), Text(asset_id=True), B, C),
    ("any text", Text(asset_id=True), Text(), B, B),
    ("text of errors", Text(error_text=True), Text(), W, W),
    ("nullable", Text(), Text(nullable=True), C, B),
    ("not nullable", Text(nullable=True), Text(), B, C),
    ("first enum", Number(), Number(enum=(1, 2)), B, C),
    ("excluded bound", Number(minimum=1), Number(exclusive_minimum=1), B, C),
    ("excluded upper bound", Number(maximum=1), Number(exclusive_maximum=1), B, C),
    ("the tighter of two bounds", Number(minimum=1), Number(minimum=0, exclusive_minimum=1), B, C),
    ("whole number past a bound", Number(integer=True, minimum=1), Number(integer=True, exclusive_minimum=1), B, C),
    ("whole number within", Number(integer=True, maximum=1.5), Number(integer=True, exclusive_maximum=1), B, C),
    ("more kinds", Number(), Either(kinds=("number", "string")), C, B),
    ("fewer kinds", Either(kinds=("number", "string")), Number(integer=True), B, C),
    ("kinds that do not meet", Either(kinds=("number", "string")), Boolean(), B, B),
    ("described values", Map(), Map(values=Text()), B, C),
    ("values of anything", Map(values=Text()), Map(), C, B),
    ("assumed", Text(), Text(assumed=("minLength",)), C, C),
]


@pytest.mark.parametrize(("old", "new", "request_", "reply"), [pytest.param(*row[1:], id=row[0]) for row in TABLE])
def test_verdicts(old: Shape, new: Shape, request_: Verdict, reply: Verdict) -> None:
    assert [change.verdict for change in compare(old, new, "x", REQUEST)] == [request_]
    assert [change.verdict for change in compare(old, new, "x", REPLY)] == [reply]


@pytest.mark.cases(12)
@pytest.mark.parametrize("shape", [row[1] for row in TABLE] + [row[2] for row in TABLE])
def test_a_shape_does_not_differ_from_itself(shape: Shape) -> None:
    assert list(compare(shape, shape, "x", REPLY)) == []


def test_an_implied_bound_is_no_change() -> None:
    assert list(compare(Number(minimum=1), Number(minimum=1, exclusive_minimum=0), "x", REQUEST)) == []


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Number(integer=True, minimum=1), Number(integer=True, exclusive_minimum=0)),
        (Number(integer=True, minimum=1), Number(integer=True, minimum=0.5)),
        (Number(integer=True, maximum=-1), Number(integer=True, exclusive_maximum=0)),
        (Number(integer=True, maximum=1), Number(integer=True, exclusive_maximum=1.5)),
    ],
)
def test_bounds_of_whole_numbers_that_leave_the_same(left: Number, right: Number) -> None:
    assert [*compare(left, right, "x", REQUEST), *compare(right, left, "x", REQUEST)] == []


def test_true_is_not_one() -> None:
    one, true = (Field(name="a", shape=Boolean(), default=value) for value in (1, True))
    assert [change.what for change in fields((one,), (true,), "", REQUEST)] == ["default 1 -> true"]
