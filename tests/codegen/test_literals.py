"""Tokens keep any text in its place."""

from __future__ import annotations

import math
from functools import cache

import pluau  # pyright: ignore[reportMissingTypeStubs]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioscape_luau.codegen.literals import (
    LuauComment,
    LuauIdentifier,
    LuauKey,
    LuauNumber,
    LuauString,
    LuauTable,
    code,
    joined,
)
from audioscape_luau.codegen.names import Names, method_name, pascal
from audioscape_luau.keywords import KEYWORDS

TEXT = (
    st.text()
    | st.sampled_from(['"', "]]", "]=]", "\0", "\r", "\\", "--", "\u2028", "\u202e", *sorted(KEYWORDS)])
    | st.lists(st.sampled_from(['"', "\\", "]", "=", "[", "-", "\n", "\r", "\0", "a", "é", "\U0001f600"])).map("".join)
)


@cache
def _vm() -> pluau.Lua:
    """One for all tests: a VM that is dropped says so on standard output."""
    return pluau.Lua()


def run(source: str) -> bytes:
    """Run Luau that returns a string."""
    value = _vm().load_chunk(source, name="=test")()[0]
    assert isinstance(value, pluau.String)
    return value.as_bytes()


@pytest.mark.parametrize("name", ["", "1a", "a-b", "end", "é", "a\n"])
def test_identifiers_are_checked(name: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        LuauIdentifier(name)


@pytest.mark.parametrize(("name", "key"), [("a_1", "a_1"), ("end", '["end"]'), ('"', '["\\""]'), ("", '[""]')])
def test_keys(name: str, key: str) -> None:
    assert LuauKey(name).text == key


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (LuauTable(), "{}"),
        (LuauTable([LuauNumber(1), LuauString("a")]), '{ 1, "a" }'),
        (LuauTable(named={"a": LuauNumber(1), "end": LuauTable()}), '{ a = 1, ["end"] = {} }'),
        (LuauTable(named={401: LuauNumber(1)}, tall=True), "{\n\t[401] = 1,\n}"),
        (
            LuauTable([LuauString("x" * 90), LuauTable([LuauNumber(1)] * 8)]),
            f'{{\n\t"{"x" * 90}",\n\t{{ {"1, " * 7}1 }},\n}}',
        ),
        (LuauTable([LuauTable([LuauNumber(1)], tall=True)]), "{\n\t{\n\t\t1,\n\t},\n}"),
    ],
)
def test_tables_are_on_one_line_if_they_fit(table: LuauTable, text: str) -> None:
    assert table.text == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (-2, "-2"), (1.0, "1"), (0.1, "0.1"), (1e-7, "1e-07"), (2**53, "9007199254740992"), (1e300, "1e+300")],
)
def test_numbers(value: float, text: str) -> None:
    assert LuauNumber(value).text == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back(value: float) -> None:
    assert math.isclose(float(LuauNumber(value).text), value, rel_tol=0, abs_tol=0)


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("a", "--- a"),
        ("a\nb\r\nc\rd", "--- a\n--- b\n--- c\n--- d"),
        ("]] ]=] --[[", "--- ]] ]=] --[["),
        ("a\0b\x1b\u202e", "--- a\\u{0}b\\u{1b}\\u{202e}"),
        ("a\u2028b\x85c", "--- a\n--- b\n--- c"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_comments(text: str, comment: str) -> None:
    assert LuauComment([text]).text == comment


def test_comments_are_wrapped_and_keep_their_paragraphs() -> None:
    assert LuauComment(["see " + "x" * 300 + "-y"]).text == f"--- see\n--- {'x' * 300}-y"
    lines = LuauComment(["word " * 100, "", "next"], indent=1).text.split("\n")
    assert all(line.startswith("\t---") for line in lines)
    assert max(len(line) + 3 for line in lines) <= 120
    assert lines[-2:] == ["\t---", "\t--- next"]


def test_tokens_are_joined() -> None:
    assert code("local ", LuauIdentifier("a"), " = ", LuauNumber(1)).text == "local a = 1"
    assert joined(" | ", [LuauString("a"), LuauString("b")]).text == '"a" | "b"'
    assert LuauString("a") == code('"a"')
    assert len({LuauString("a"), LuauString("a")}) == 1
    assert repr(LuauString("a")) == "LuauString('\"a\"')"


@given(st.lists(TEXT, min_size=1, max_size=20))
def test_any_text_survives(texts: list[str]) -> None:
    """Strings come back byte for byte, keys find what was put under them, and comments hold no code."""
    comments = "\n".join(LuauComment([text]).text for text in texts)
    strings = ", ".join(LuauString(text).text for text in texts)
    table = LuauTable(named={text: code("true") for text in texts}).text
    found = " and ".join(f"t[{LuauString(text).text}]" for text in texts)
    source = f"{comments}\nlocal t = {table}\nassert({found})\nreturn table.concat({{ {strings} }}, '|')"
    assert run(source) == "|".join(texts).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("text", "name"),
    [("a-b_c d", "ABCD"), ("", "Value"), ("é", "Value"), ("3d", "N3d"), ("end", "End"), ("x" * 99, "X" + "x" * 59)],
)
def test_type_names(text: str, name: str) -> None:
    assert pascal(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("similar", "similar"),
        ("get-things", "getThings"),
        ("end", "end_"),
        ("v1/x.y", "v1XY"),
        ("End", "End"),
        ("!", "value"),
    ],
)
def test_method_names(text: str, name: str) -> None:
    assert method_name(text) == name


def test_names_are_given_once() -> None:
    names = Names()
    names.reserve(["Taken"])
    assert [names.give(name).text for name in ("A", "A", "A2", "A", "Taken")] == ["A", "A2", "A22", "A3", "Taken2"]
