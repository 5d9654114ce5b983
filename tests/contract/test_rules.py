"""The rules that hold in every scene, each against something that was seen and breaks it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from audioscape_luau.contract.case import Case
from audioscape_luau.contract.expect import always
from audioscape_luau.contract.rules import RULES, check_always
from audioscape_luau.contract.subject import KEY, Observation, Seen
from support.game import api

METHOD = api().operations[0].id
MESSAGE = "the call did not end"
HINT = "Call it again."
ERROR = {
    "kind": "timeout",
    "id": "deadline",
    "message": MESSAGE,
    "hint": HINT,
    "operation": METHOD,
    "retryable": True,
    "attempts": 1,
}
LINE = f"AudioScape {METHOD}: {MESSAGE}. {HINT}"
GOOD = Seen(METHOD, result={"tracks": []}, count=1)
BAD = Seen(METHOD, err=ERROR, count=2, err_type="table", err_frozen=True, err_text=LINE, err_joined=LINE, err_left=LINE)


def broken(seen: Observation, **options: Any) -> set[str]:
    case = Case("examples", api().operations[0], "made up", "", always(200), lambda _: iter(()), **options)
    return {item.rule for item in check_always(case, seen, api(), KEY)}


def of_call(call: Seen, **more: Any) -> set[str]:
    return broken(Observation((call,), (), **more))


@pytest.mark.parametrize("call", [GOOD, BAD], ids=["a result", "an error"])
def test_what_is_fine_breaks_nothing(call: Seen) -> None:
    assert of_call(call) == set()


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        (replace(GOOD, missing=True), "has-method"),
        (replace(GOOD, threw="attempt to index nil"), "never-throws"),
        (replace(GOOD, seconds=30.2), "ends-in-time"),
        (replace(GOOD, result=None), "one-of-two"),
        (replace(BAD, result={}), "one-of-two"),
        (replace(GOOD, touched=True), "input-untouched"),
        (replace(GOOD, frozen="tracks"), "result-owned"),
        (replace(GOOD, thawed="tracks[1]"), "items-frozen"),
        (replace(BAD, err="an error", err_type="string"), "error-shape"),
        (replace(BAD, err_frozen=False), "error-frozen"),
        (replace(BAD, err_text=f"{MESSAGE}\nand more"), "error-shape"),
        (replace(BAD, err_text=f"{MESSAGE}\u2028and more"), "error-shape"),
        (replace(BAD, err_text=None, err_joined=None), "error-shape"),
        (replace(BAD, err_joined="table: 0x0"), "error-shape"),
        (replace(BAD, err_left=None), "error-shape"),
        (replace(BAD, err=ERROR | {"hint": "Wait."}), "error-shape"),
        (replace(BAD, err=ERROR | {"id": "undocumented"}), "error-id"),
        (replace(BAD, err=ERROR | {"kind": "decode"}), "error-id"),
        (replace(BAD, err={name: value for name, value in ERROR.items() if name != "hint"}), "error-id"),
        (replace(BAD, err=ERROR | {"retryAfter": -1}), "error-retry-after"),
        (replace(BAD, err=ERROR | {"retryAfter": math.inf}), "error-retry-after"),
    ],
)
def test_a_call_that_breaks_a_rule(call: Seen, rule: str) -> None:
    assert of_call(call) == {rule}
    assert rule in RULES


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "strange"),
        ("kind", None),
        ("message", ""),
        ("operation", "another"),
        ("retryable", "yes"),
        ("attempts", True),
        ("attempts", "one"),
        ("status", "500"),
        ("status", True),
        ("retryAfter", "soon"),
        ("requestId", 5),
        ("hint", False),
        ("id", None),
        # What is no UTF-8 arrives as bytes.
        ("body", b"\xff"),
        ("message", b"\xff"),
    ],
)
def test_a_field_of_an_error_of_the_wrong_kind(field: str, value: Any) -> None:
    assert of_call(replace(BAD, err={**ERROR, field: value})) == {"error-shape"}


@pytest.mark.parametrize(
    "fields",
    [{"hint": MESSAGE}, {"status": 500}, {"retryAfter": 2.5}, {"requestId": "r-1"}, {"body": "<p>"}],
    ids=lambda fields: next(iter(fields)),
)
def test_a_field_that_an_error_may_have(fields: dict[str, Any]) -> None:
    assert of_call(replace(BAD, err=ERROR | fields)) == set()


def test_a_scene_that_hangs_or_fails() -> None:
    assert broken(Observation((), (), hung="the thread waits")) == {"ends-in-time"}
    assert broken(Observation((), (), failed="expected end")) == {"loads"}
    assert of_call(GOOD, failed="attempt to call nil") == {"never-throws"}


def test_output_is_for_the_game_alone() -> None:
    assert of_call(GOOD, output=("sending",)) == {"prints-nothing"}
    seen = Observation((GOOD,), (), output=("sending",))
    assert broken(seen, expects_output=True) == set()


@pytest.mark.parametrize(
    "seen",
    [
        Observation((GOOD,), (), events=({"url": f"https://a/{KEY}"},)),
        Observation((GOOD,), (), events=(KEY.upper(),)),
        Observation((replace(BAD, err=ERROR | {"hint": f"look at {KEY[3:13]}"}),), ()),
        Observation((replace(GOOD, threw=f"bad header {KEY}"),), ()),
    ],
    ids=["in a hook", "in capitals", "a piece of it", "in what was thrown"],
)
def test_the_key_is_found_wherever_it_is_shown(seen: Observation) -> None:
    assert "key-hidden" in broken(seen)


def test_the_finding_does_not_show_the_key_itself() -> None:
    case = Case("examples", api().operations[0], "made up", "", always(200), lambda _: iter(()))
    seen = Observation((GOOD,), (), events=(f"sent {KEY} away",))
    (found,) = check_always(case, seen, api(), KEY)
    assert KEY not in found.detail
    assert "sent [redacted]" in found.detail
