"""Tokens are the source cut in pieces, and the cuts are where Luau has them."""

from __future__ import annotations

from pathlib import Path

import pluau  # pyright: ignore[reportMissingTypeStubs]
import pytest

import roblox_double
from audioscape_luau.resources import luau_root
from roblox_double.vm.lexer import LexError, lex

FILES = sorted([*luau_root().rglob("*.luau"), *(Path(roblox_double.__file__).parent / "luau").rglob("*.luau")])


def bytecode(source: str) -> bytes:
    return bytes(pluau.Compiler(1, 0, 0, 0).compile(source))


@pytest.mark.parametrize(
    ("source", "tokens"),
    [
        ("a..b", ["a", "..", "b"]),
        ("1..2", ["1", "..", "2"]),
        ("0x_F+1e-3", ["0x_F", "+", "1e-3"]),
        ("x//=2", ["x", "//=", "2"]),
        ("[==[a]]]==]b", ["[==[a]]]==]", "b"]),
        ("--[[ a\nb ]]c--d\ne", ["c", "e"]),
        (r'"a\"b"' + r"'\z" + "\n  x'", [r'"a\"b"', "'\\z\n  x'"]),
        ("`a{b}c`", ["`a{", "b", "}c`"]),
        ("`{ {`x{1}`} }`", ["`{", "{", "`x{", "1", "}`", "}", "}`"]),
        (r"`\{a\u{41}`", [r"`\{a\u{41}`"]),
        ("a::b->c", ["a", "::", "b", "->", "c"]),
        ("x<=y~=z", ["x", "<=", "y", "~=", "z"]),
    ],
)
def test_cuts(source: str, tokens: list[str]) -> None:
    assert [token.text for token in lex(source) if token.is_code] == tokens


@pytest.mark.cases(60)
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_real_files_mean_the_same_from_their_tokens(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    tokens = lex(source)
    assert "".join(token.text for token in tokens) == source
    line = 1
    for token in tokens:
        assert token.line == line
        line += token.text.count("\n")
    # Bytecode knows the lines on which functions begin.
    bare = "".join(token.text if token.is_code else f" {'\n' * token.text.count('\n')} " for token in tokens)
    assert bytecode(bare) == bytecode(source)


def test_says_where_it_gave_up() -> None:
    with pytest.raises(LexError, match="line 2: no token begins with '\\$'"):
        lex("a\n$")
