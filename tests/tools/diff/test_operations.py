"""What a change of an operation does that is no change of a value: paging, the radio, bodies, texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from audioscape_luau.openapi import ApiModel, Body, Identity, Music, Object, Operation, load
from audioscape_luau.resources import spec_file
from audioscape_luau.tools.diff import Verdict, diff

B, W, C = Verdict.BREAKING, Verdict.WARNING, Verdict.COMPATIBLE
OPTIONAL, REQUIRED = Body(shape=Object(), required=False), Body(shape=Object(), required=True)


@cache
def shipped() -> ApiModel:
    return load(spec_file())


def with_operation(**changes: Any) -> ApiModel:
    (first, *others) = shipped().operations
    return replace(shipped(), operations=(replace(first, **changes), *others))


def paged(operation: Operation) -> dict[str, Any]:
    assert operation.paging
    return {"paging": replace(operation.paging, offset="page")}


TABLE: list[tuple[str, Callable[[Operation], dict[str, Any]], Verdict, Verdict]] = [
    ("no longer pages", lambda _: {"paging": None}, B, C),
    ("pages differently", paged, B, B),
    ("no longer feeds the radio", lambda _: {"radio": None}, B, C),
    ("feeds the radio differently", lambda _: {"radio": Music(filters=None, distinct=None)}, C, C),
    ("bounds items less", lambda o: {"item_bounds": o.item_bounds[1:]}, B, C),
    ("takes a body", lambda _: {"body": OPTIONAL}, C, B),
    ("demands a body", lambda _: {"body": REQUIRED}, B, B),
    ("reworded", lambda _: {"summary": "Other words."}, C, C),
    ("without examples", lambda _: {"examples": ()}, C, C),
]


@pytest.mark.parametrize(("edit", "there", "back"), [pytest.param(*row[1:], id=row[0]) for row in TABLE])
def test_verdicts(edit: Callable[[Operation], dict[str, Any]], there: Verdict, back: Verdict) -> None:
    new = with_operation(**edit(shipped().operations[0]))
    assert [change.verdict for change in diff(shipped(), new)] == [there]
    assert [change.verdict for change in diff(new, shipped())] == [back]


def test_a_body_that_becomes_required() -> None:
    optional, required = with_operation(body=OPTIONAL), with_operation(body=REQUIRED)
    assert [change.verdict for change in diff(optional, required)] == [B]
    assert [change.verdict for change in diff(required, optional)] == [C]
    worded = with_operation(body=replace(OPTIONAL, description="Other words."))
    assert [change.verdict for change in diff(optional, worded)] == [C]


@pytest.mark.parametrize(
    ("old", "new", "kind", "where", "verdict"),
    [
        ({}, {"player": "X-A"}, "added", "identity player", C),
        ({"player": "X-A"}, {}, "removed", "identity player", B),
        ({"place": "X-A"}, {"place": "X-B"}, "changed", "identity place", W),
    ],
)
def test_for_whom_a_request_is(
    old: dict[str, str], new: dict[str, str], kind: str, where: str, verdict: Verdict
) -> None:
    (change,) = diff(*(replace(shipped(), identity=Identity(**named)) for named in (old, new)))
    assert (change.kind, change.where, change.verdict) == (kind, where, verdict)


@pytest.mark.parametrize(
    ("changes", "where", "verdict"),
    [
        ({"title": "Other"}, "info", C),
        ({"version": "99"}, "info", C),
        ({"description": "Other words."}, "info", C),
        ({"server_url": "https://other.example.com"}, "server", B),
        ({"server_url": "https://API.audioscape.ai:443/developer"}, "server", C),
        ({"api_key_header": "x-other"}, "security", B),
        ({"api_key_header": "X-API-Key"}, "security", C),
        ({"operations": shipped().operations[1:]}, "similar", B),
    ],
)
def test_the_service_as_a_whole(changes: dict[str, Any], where: str, verdict: Verdict) -> None:
    (change,) = diff(shipped(), replace(shipped(), **changes))
    assert (change.where, change.verdict) == (where, verdict)
