"""Mutants are real changes of behaviour, one each, of the kinds that slip into code."""

from __future__ import annotations

import pluau  # pyright: ignore[reportMissingTypeStubs]
import pytest

from audioscape_luau.quality.mutation import mutants
from audioscape_luau.resources import luau_root


def changes(source: str) -> list[tuple[str, str]]:
    """Operator and changed text of each mutant, white space aside."""
    return [(mutant.operator, " ".join(mutant.source.split())) for mutant in mutants(source, "it")]


@pytest.mark.parametrize(
    ("source", "operator", "expected"),
    [
        ("return a < b", "bound off by one", "return a <= b"),
        ("return a >= b", "swapped comparison", "return a <= b"),
        ("return a == b", "swapped comparison", "return a ~= b"),
        ("return not a", "dropped not", "return a"),
        ("return a and b", "swapped and/or", "return a or b"),
        ("return 5", "constant", "return (5+1)"),
        ("return 'x'", "constant", 'return ""'),
        ("return true", "constant", "return false"),
        ("return f(x), y", "lost return value", "return nil"),
        ("return f(x, 1), y", "lost return value", "return f(x, 1), nil"),
        ("return f(x), y", "swapped return values", "return y, f(x)"),
        ("f()\ng()", "removed statement", "g()"),
        ("x = nil\ng()", "removed statement", "g()"),
        ("return {\na = nil == b,\n}", "removed statement", "return { }"),
        ("if a then f() end", "negated condition", "if not ( a ) then f() end"),
        ("if a then f() end", "dropped condition", "if true then f() end"),
        ("while a do f() end", "negated condition", "while not ( a ) do f() end"),
        (
            "local x = if a then 1 else 2\nreturn x",
            "negated condition",
            "local x = if not ( a ) then 1 else 2 return x",
        ),
    ],
)
def test_operators(source: str, operator: str, expected: str) -> None:
    assert (operator, expected) in changes(source)


@pytest.mark.parametrize(
    "source",
    [
        "type A = { x: number, y: 'b' | true }",
        "export type F = (a: number) -> (string?, boolean)",
        "local x: 'a' | 'b'\nreturn x",
        "-- 1 < 2 and not true",
        "local x = require('./y')",
        "return",
        "return nil, nil",
        "return {\n\ta = nil :: any,\n\tb = nil,\n}",
    ],
)
def test_none_without_effect(source: str) -> None:
    assert changes(source) == []


def test_every_mutant_of_a_real_module_is_another_program_on_the_same_lines() -> None:
    source = (luau_root() / "AudioScapeClient/http/support/retryAfter.luau").read_text(encoding="utf-8")
    compiler = pluau.Compiler(1, 0, 0, 0)
    found = list(mutants(source, "retryAfter"))
    codes = {bytes(compiler.compile(mutant.source)) for mutant in found} | {bytes(compiler.compile(source))}
    assert len(codes) == len(found) + 1
    assert len(found) > 40
    assert [mutant.line for mutant in found] == sorted(mutant.line for mutant in found)
    assert {mutant.source.count("\n") for mutant in found} == {source.count("\n")}
    assert found == list(mutants(source, "retryAfter"))


def test_shows_the_change() -> None:
    mutant = next(mutant for mutant in mutants("f()\nreturn a < b\n", "it") if mutant.operator == "bound off by one")
    assert mutant.line == 2
    assert mutant.diff("f()\nreturn a < b\n") == "-return a < b\n+return a <= b"
