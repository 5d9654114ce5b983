"""A refusal says which call it is about, and shows what was wrong no longer than it takes."""

from __future__ import annotations

import pytest

from support.policies import Policies


def test_a_refusal_of_the_breaker_names_the_call(policies: Policies) -> None:
    source = """
local send = require(policies.breaker)(engine, 1, 5, {})(follow(...))
send(newCall("u"))
local call = newCall("u")
call.attempts = 3
local _, err = send(call)
return err.id, err.operation, err.attempts
"""
    assert policies.run(source, [{"err": "connection"}]) == ["circuit_open", "op", 3]


def got(policies: Policies, value: str) -> str:
    source = f"return require(module.support.describe)({value})"
    return str(policies.run(source)[0])


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('"x"', '"x"'),
        ('""', '""'),
        ('"a\\tb\\255"', '"a?b?"'),
        ("5", "5"),
        ("0.5", "0.5"),
        ("true", "true"),
        ("false", "false"),
        ("nil", "nil"),
        ("{}", "a table"),
        ("print", "a function"),
        (
            'Instance.new("AudioPlayer", Instance.new("Folder", workspace))',
            "an AudioPlayer (Workspace.Folder.AudioPlayer)",
        ),
        ('Instance.new("Sound")', "a Sound (Sound)"),
        ("newproxy()", "an userdata"),
    ],
)
def test_what_was_given_is_told_in_short(policies: Policies, value: str, told: str) -> None:
    assert got(policies, value) == told


def test_a_long_text_is_cut_and_a_short_one_is_not(policies: Policies) -> None:
    assert got(policies, 'string.rep("x", 40)') == f'"{"x" * 40}"'
    assert got(policies, 'string.rep("x", 41)') == f'"{"x" * 40}..."'


@pytest.mark.parametrize(
    ("path", "key", "parameter"),
    [
        ("", '"colour"', "colour"),
        ("filters", '"colour"', "filters.colour"),
        ("", '"a\\tb\\255"', "a?b?"),
        ("", 'string.rep("x", 41)', "x" * 40),
    ],
)
def test_an_unknown_key_is_named_and_what_there_is_told(
    policies: Policies, path: str, key: str, parameter: str
) -> None:
    source = f"""
local refusal = require(module.wire.ValidationError).unknown({path!r}, {key}, {{ "genres", "mood" }}, {{}})
return refusal.id, refusal.parameter, refusal.expected
"""
    assert policies.run(source) == ["unknown_parameter", parameter, "genres, mood"]


@pytest.mark.parametrize(("path", "key", "parameter"), [("", "5", "[5]"), ("filters", "{}", "filters.[a table]")])
def test_a_value_without_a_name_is_told_by_its_place(policies: Policies, path: str, key: str, parameter: str) -> None:
    source = f"""
local refusal = require(module.wire.ValidationError).unknown({path!r}, {key}, {{ "genres", "mood" }}, {{}})
return refusal.id, refusal.parameter, refusal.expected
"""
    assert policies.run(source) == ["unnamed_parameter", parameter, "genres, mood"]


@pytest.mark.parametrize(
    ("value", "hint"),
    [('"populr"', 'Did you mean "popular"?'), ('"loudest"', None), ("5", None), ('"20"', "Did you mean 200?")],
)
def test_a_value_that_is_none_of_the_choices(policies: Policies, value: str, hint: str | None) -> None:
    source = f"""
local refusal = require(module.wire.ValidationError).choice("sort", {{ "popular", "recent", 200 }}, {value})
return refusal.expected, refusal.hint
"""
    assert policies.run(source) == ['one of "popular", "recent", 200', hint]
