"""A refusal says which call it is about, and shows what was wrong no longer than it takes."""

from __future__ import annotations

import pytest

from support.policies import Policies


def test_a_refusal_of_the_breaker_names_the_call(policies: Policies) -> None:
    source = """
local send = require(policies.breaker).policy(engine, 1, 5, {})(follow(...))
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
        ("", "5", "[5]"),
        ("filters", "{}", "filters.[a table]"),
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
