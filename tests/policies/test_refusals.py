"""A refusal says which call it is about, and shows what was wrong no longer than it takes."""

from __future__ import annotations

import pytest

from support.policies import Policies


def test_a_refusal_of_the_breaker_names_the_call(policies: Policies) -> None:
    source = """
local send = require(http.breaker).policy(engine, 1, 5)(follow(...))
send(newCall("u"))
local call = newCall("u")
call.attempts = 3
local _, err = send(call)
return err.id, err.operation, err.attempts
"""
    assert policies.run(source, [{"err": "connection"}]) == ["circuit_open", "op", 3]


def got(policies: Policies, value: str) -> str:
    source = f'return require(module.wire.refuse).value("p", "a number", {value}).got'
    return str(policies.run(source)[0])


@pytest.mark.parametrize("value", ['"x"', '""', "5", "0.5", "true", "{}", "nil"])
def test_what_was_given_is_told_in_short(policies: Policies, value: str) -> None:
    assert 0 < len(got(policies, value)) < 60


def test_a_long_text_is_cut_and_a_short_one_is_not(policies: Policies) -> None:
    assert "..." not in got(policies, '"short"')
    assert "short" in got(policies, '"short"')
    long = got(policies, 'string.rep("x", 5000)')
    assert "..." in long
    assert len(long) < 200
