"""JSONEncode and JSONDecode, with Python's json as the oracle."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roblox_double import LuauError, Peer, Settings, Universe

type Json = bool | float | str | list[Json] | dict[str, Json] | None

DECODE = "return game:GetService('HttpService'):JSONDecode(...)"
ENCODE = "return game:GetService('HttpService'):JSONEncode(...)"
UNREADABLE = "Can't parse JSON"
UNWRITABLE = "Can't convert to JSON"


@pytest.fixture(scope="module")
def vm() -> Iterator[Peer]:
    """One server for all examples of a property: nothing that is tested here keeps any state."""
    with Universe(http_enabled=False) as universe:
        yield universe.server()


def with_settings(source: str, *args: Any, **settings: Any) -> Any:
    with Universe(settings=Settings(**settings)) as universe:
        return universe.server().run(source, *args)[0]


def error_of(source: str, *args: Any, **settings: Any) -> str:
    with pytest.raises(LuauError) as caught:
        with_settings(source, *args, **settings)
    return caught.value.message


def as_luau(value: Json) -> object:
    """Return what is left of a JSON value in Luau, in the form in which it comes back to Python."""
    pairs: dict[str | int, object]
    match value:
        case dict():
            pairs = {key: as_luau(item) for key, item in value.items() if item is not None}
        case list():
            pairs = {index: as_luau(item) for index, item in enumerate(value, 1) if item is not None}
        case int() if not isinstance(value, bool):
            return float(value)
        case _:
            return value
    return list(pairs.values()) if list(pairs) == list(range(1, len(pairs) + 1)) else pairs


def parse(text: str) -> Json:
    """Parse as RFC 8259 says."""

    def refuse(token: str) -> None:
        raise ValueError(token)

    return json.loads(text, parse_constant=refuse, parse_int=float)


SCALARS = (
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"))
)
DOCUMENTS: st.SearchStrategy[Json] = st.recursive(
    SCALARS | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=30,
)
LAYOUTS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "ensure_ascii": st.booleans(),
        "indent": st.sampled_from([None, 1, "\t", "\r\n "]),
        "separators": st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:\r")]),
    }
)


@pytest.mark.fact("json.decode.null", "json.decode.empty", "json.without_http_enabled")
@given(DOCUMENTS, LAYOUTS)
@example([1, None, 3, None, None], {})
@example({"a": {}, "b": [], 'é"\\/\b\0😀\x7f': 'é"\\/\b\f\n\r\t\0😀\x7f'}, {"ensure_ascii": True})
def test_whatever_python_writes_is_read(vm: Peer, document: Json, layout: dict[str, Any]) -> None:
    assert vm.run(DECODE, json.dumps(document, **layout)) == [as_luau(document)]


PIECES = (
    *'{}[]",:01-+.eE9\\u \n\t\0\x7f\vbx/',
    "true",
    "false",
    "null",
    "nul",
    "00e9",
    '"a"',
    "NaN",
    "\N{NO-BREAK SPACE}",
)


@st.composite
def broken(draw: st.DrawFn) -> str:
    """A JSON text with a few pieces put in, taken out or replaced."""
    text = json.dumps(draw(DOCUMENTS), **draw(LAYOUTS))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(("", *PIECES))) + text[at + draw(st.integers(0, 2)) :]
    return text


@pytest.mark.fact("json.decode.invalid")
@given(broken() | st.lists(st.sampled_from(PIECES)).map("".join))
@example("")
@example("[01]")
@example("[-01]")
@example("[1.]")
@example("[1.e5]")
@example("[1e]")
@example("[-]")
@example("[.5]")
@example("[0x1]")
@example("[1,]")
@example('{"a":1,}')
@example('{"a" 1}')
@example('{"a\\n":1}')
@example('{"a":1 "b":2}')
@example("[1] 2")
@example("\ufeff[]")
@example("<!DOCTYPE html><html></html>")
def test_what_is_no_json_is_refused_and_nothing_else(vm: Peer, text: str) -> None:
    try:
        expected = as_luau(parse(text))
        if "\\ud" in text.lower():
            return  # half a pair of escapes: a setting
    except ValueError:
        with pytest.raises(LuauError) as caught:
            vm.run(DECODE, text)
        assert caught.value.message == UNREADABLE
    else:
        assert vm.run(DECODE, text) == [expected]


@pytest.mark.fact("json.decode.doubles")
def test_numbers_are_doubles(vm: Peer) -> None:
    source = "local t = game:GetService('HttpService'):JSONDecode(...) return t[1] == 2^53, t[2], 1 / t[3], t[4]"
    assert vm.run(source, "[9007199254740993, 0.1, -0, 1E-7]") == [True, 0.1, -math.inf, 1e-7]


DECODING: list[Any] = [
    pytest.param({}, " 1 ", 1, marks=pytest.mark.fact("json.decode.scalars")),
    ({"json_scalars": False}, " 1 ", None),
    ({"json_scalars": False}, " [1] ", [1]),
    pytest.param({}, '{"a":1,"a":2}', {"a": 2}, marks=pytest.mark.fact("json.decode.duplicate_keys")),
    ({}, '{"a":1,"a":null}', []),
    ({"json_duplicate_keys": "first"}, '{"a":1,"b":3,"a":2}', {"a": 1, "b": 3}),
    ({"json_duplicate_keys": "first"}, '{"a":null,"a":2}', []),
    ({"json_duplicate_keys": "refuse"}, '{"a":1,"a":2}', None),
    ({"json_duplicate_keys": "refuse"}, '{"a":1,"b":{"a":2}}', {"a": 1, "b": {"a": 2}}),
    pytest.param({}, "[1,]", None, marks=pytest.mark.fact("json.decode.trailing_commas")),
    ({"json_trailing_commas": True}, "[1 , ] ", [1]),
    ({"json_trailing_commas": True}, '{"a":[1,], }', {"a": [1]}),
    ({"json_trailing_commas": True}, "[,]", None),
    pytest.param({}, "[NaN]", None, marks=pytest.mark.fact("json.decode.nan")),
    ({}, "[-Infinity]", None),
    (
        {"json_nan_tokens": True},
        "[Infinity,-Infinity, NaN ]",
        [math.inf, -math.inf, pytest.approx(math.nan, nan_ok=True)],
    ),
    ({"json_nan_tokens": True}, "[-Infinit]", None),
    pytest.param({}, "[1e999,-1e999]", [math.inf, -math.inf], marks=pytest.mark.fact("json.decode.overflow")),
    ({}, "[" + "9" * 400 + "]", [math.inf]),
    ({"json_overflow": "refuse"}, "[-1e999]", None),
    ({"json_overflow": "refuse"}, "[" + "9" * 400 + "]", None),
    ({"json_overflow": "refuse"}, "[" + "1" * 308 + ",1e308]", [float("1" * 308), 1e308]),
    pytest.param({"json_max_depth": 3}, '[{"a":[1]}]', [{"a": [1]}], marks=pytest.mark.fact("json.depth")),
    ({"json_max_depth": 3}, '[{"a":[[]]}]', None),
    ({"json_max_depth": 3}, "[[],[],[[]],[[]]]", [[], [], [[]], [[]]]),
    ({}, "[" * 1001 + "]" * 1001, None),
    ({"json_max_depth": 5000}, "[" * 5000, None),
    pytest.param({}, b'["\xff"]', [b"\xff"], marks=pytest.mark.fact("json.decode.utf8")),
    ({"json_invalid_utf8": "refuse"}, b'["\xff"]', None),
    ({"json_invalid_utf8": "refuse"}, '["é"]', ["é"]),
    pytest.param({}, '["\\ud83d"]', None, marks=pytest.mark.fact("json.decode.surrogates")),
    ({}, '["\\ud83d\\ude00"]', ["😀"]),
    ({}, '["\\ud83d\\u0041"]', None),
    ({"json_lone_surrogates": "keep"}, '["\\ud83d\\u0041"]', [b"\xed\xa0\xbdA"]),
    ({"json_lone_surrogates": "keep"}, '["\\ude00"]', [b"\xed\xb8\x80"]),
    ({"json_lone_surrogates": "keep"}, '["\\ude0"]', None),
]


@pytest.mark.parametrize(("settings", "text", "expected"), DECODING)
def test_what_nobody_says_about_decoding(settings: dict[str, Any], text: str | bytes, expected: Any) -> None:
    """None stands for a refusal."""
    if expected is None:
        assert error_of(DECODE, text, **settings) == UNREADABLE
    else:
        assert with_settings(DECODE, text, **settings) == expected


# Encoding


def written(value: Json) -> Json:
    """Return what a value that went through Luau tables is as JSON."""
    match value:
        case dict():
            return {key: written(item) for key, item in value.items()} or []
        case list():
            return [written(item) for item in value]
        case _:
            return value


WRITABLE: st.SearchStrategy[Json] = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner)
)


@pytest.mark.fact("json.encode.strings", "json.encode.empty_table")
@given(
    st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner))
)
@example("".join(map(chr, range(0x180))))
def test_python_reads_whatever_is_written(vm: Peer, value: Json) -> None:
    text = vm.run(ENCODE, value)[0]
    assert isinstance(text, str)
    assert json.loads(text, parse_int=float) == written(value)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("{}", "[]", marks=pytest.mark.fact("json.encode.empty_table")),
        ("{ a = {} }", '{"a":[]}'),
        pytest.param("{ 1, 2, lost = 3 }", "[1,2]", marks=pytest.mark.fact("json.encode.mixed")),
        pytest.param("{ [2] = 1 }", '{"2":1}', marks=pytest.mark.fact("json.encode.array_rule")),
        ("{ 1, nil, 3 }", "[1,null,3]"),
        pytest.param(
            "{ 1, 2.0, 1e15, -0.5, true }",
            "[1,2,1000000000000000,-0.5,true]",
            marks=pytest.mark.fact("json.encode.integers"),
        ),
        ("nil", "null"),
        pytest.param(
            r"'\b\t\n\f\r\"\\\1\31\127/é'",
            '"\\b\\t\\n\\f\\r\\"\\\\\\u0001\\u001F\x7f/é"',
            marks=pytest.mark.fact("json.encode.strings"),
        ),
        ("setmetatable({ a = 1 }, { __index = { b = 2 }, __iter = error, __len = error })", '{"a":1}'),
        ("setmetatable({}, { __index = { 1 } })", "[]"),
    ],
)
def test_traps_of_encoding(vm: Peer, expression: str, expected: str) -> None:
    assert vm.run(f"return game:GetService('HttpService'):JSONEncode({expression})") == [expected]


ENCODING: list[Any] = [
    pytest.param({}, "{ 0 / 0 }", None, marks=pytest.mark.fact("json.encode.nonfinite")),
    ({}, "-math.huge", None),
    ({"json_nonfinite": "null"}, "{ 0 / 0, math.huge }", "[null,null]"),
    ({"json_nonfinite": "token"}, "{ 0 / 0, math.huge, -math.huge }", "[NaN,Infinity,-Infinity]"),
    pytest.param({}, "{ shared, shared }", "[[],[]]", marks=pytest.mark.fact("json.encode.repeated")),
    ({"json_repeated_tables": "raise"}, "{ shared, shared }", None),
    pytest.param({}, "'a/b'", '"a/b"', marks=pytest.mark.fact("json.encode.slash")),
    ({"json_escape_slash": True}, "'a/b'", '"a\\/b"'),
    pytest.param({}, "0.1", "0.1", marks=pytest.mark.fact("json.encode.digits")),
    ({"json_number_digits": "17"}, "{ 0.1, 5 }", "[0.10000000000000001,5]"),
    pytest.param({}, "{ [2] = 1, [true] = 2 }", '{"2":1}', marks=pytest.mark.fact("json.encode.other_keys")),
    ({"json_other_keys": "drop"}, "{ [2] = 1 }", "{}"),
    ({"json_other_keys": "raise"}, "{ [2] = 1 }", None),
    pytest.param(
        {}, "{ print, game, Enum.HttpError.OK }", "[null,null,null]", marks=pytest.mark.fact("json.encode.foreign")
    ),
    ({"json_foreign_values": "raise"}, "{ print }", None),
    pytest.param({"json_max_depth": 2}, "{ { 1 } }", "[[1]]", marks=pytest.mark.fact("json.depth")),
    ({"json_max_depth": 2}, "{ { { 1 } } }", None),
    ({"json_max_depth": 2}, "{ { 1 }, { 1 } }", "[[1],[1]]"),
    pytest.param({}, r"'\xff'", None, marks=pytest.mark.fact("json.encode.utf8")),
    ({}, r"{ ['\xed\xa0\x80'] = 1 }", None),
]


@pytest.mark.parametrize(("settings", "expression", "expected"), ENCODING)
def test_what_nobody_says_about_encoding(settings: dict[str, Any], expression: str, expected: str | None) -> None:
    """None stands for a refusal."""
    source = f"return game:GetService('HttpService'):JSONEncode({expression})"
    if expected is None:
        assert error_of(source, **settings) == UNWRITABLE
    else:
        assert with_settings(source, **settings) == expected


@pytest.mark.fact("json.encode.cycle")
def test_cycles_are_refused(vm: Peer) -> None:
    source = "local h, t = game:GetService('HttpService'), {} t.t = { t } return pcall(h.JSONEncode, h, t)"
    assert vm.run(source) == [False, "tables cannot be cyclic"]
    assert vm.run(ENCODE, [1]) == ["[1]"]


def test_buffers_are_not_modelled(vm: Peer) -> None:
    with pytest.raises(LuauError) as caught:
        vm.run("return game:GetService('HttpService'):JSONEncode({ buffer.create(1) })")
    assert caught.value.message == "not modelled: JSONEncode of a buffer"


@pytest.mark.fact("json.encode.key_order")
def test_keys_come_in_no_order_but_the_same_for_a_seed() -> None:
    keys = dict.fromkeys("abcdefgh", 1)
    source = "local h = game:GetService('HttpService') return h:JSONEncode(...), h:JSONEncode(...), math.random()"

    def texts(seed: int) -> list[Any]:
        with Universe(seed=seed) as universe:
            return universe.server().run(source, keys)

    first, second, chance = texts(1)
    assert json.loads(first) == json.loads(second) == keys
    assert len({first, second, *texts(2)[:2]}) == 4
    assert texts(1) == [first, second, chance]
    with Universe(seed=1) as universe:
        assert universe.server().run("return math.random()") == [chance]
