"""Luau source text as a list of tokens; the texts of all tokens together are the source again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# fmt: off
_KEYWORDS = frozenset({
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
    "repeat", "return", "then", "true", "until", "while",
})
# fmt: on

type Kind = Literal["space", "comment", "string", "number", "name", "keyword", "operator"]

_PATTERN = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<comment>--\[(?P<equals1>=*)\[.*?\](?P=equals1)\] | --[^\n]*)
    | (?P<string>\[(?P<equals2>=*)\[.*?\](?P=equals2)\]
        | "(?:\\z\s*|\\.|[^"\\\n])*" | '(?:\\z\s*|\\.|[^'\\\n])*')
    | (?P<number>0[xX][0-9a-fA-F_]+ | 0[bB][01_]+ | (?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?[\d_]+)?)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<operator>\.\.\.|\.\.=|//=|\.\.|//|::|->|==|~=|<=|>=|[-+*/%^]=|[-+*/%^\#<>=(){}\[\];:,.?&|@~])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
# A stretch of an interpolated string: up to the next brace that opens an expression, or to the end.
_INTERPOLATED = re.compile(r"[`}](?:\\z\s*|\\u\{|\\.|[^`\\{\n])*[`{]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """A token: what it is, its exact text, and the line it begins on, from 1.

    An interpolated string is several tokens of kind "string", with those of its expressions in between.
    """

    kind: Kind
    text: str
    line: int

    @property
    def is_code(self) -> bool:
        """Whether it means anything to the compiler."""
        return self.kind not in ("space", "comment")


class LexError(ValueError):
    """Text that no Luau token begins with; the message tells the line."""


def lex(source: str) -> list[Token]:
    """Return the tokens of `source`, white space and comments included. Raises LexError."""
    return list(_tokens(source))


def _tokens(source: str) -> Iterator[Token]:
    position, line = 0, 1
    braces: list[int] = []  # of each interpolated string around this place: how many braces its expression has open
    while position < len(source):
        first = source[position]
        interpolated = first == "`" or (first == "}" and bool(braces) and braces[-1] == 0)
        match = (_INTERPOLATED if interpolated else _PATTERN).match(source, position)
        if match is None:
            raise LexError(f"line {line}: no token begins with {first!r}")
        text = match.group()
        if interpolated:
            kind: Kind = "string"
            if first == "}":
                braces.pop()
            if text.endswith("{"):
                braces.append(0)
        else:
            kind = _kind(match)
            if braces and text in ("{", "}"):
                braces[-1] += 1 if text == "{" else -1
        yield Token(kind, text, line)
        position, line = match.end(), line + text.count("\n")


def _kind(match: re.Match[str]) -> Kind:
    for kind in ("space", "comment", "string", "number", "operator"):
        if match.group(kind) is not None:
            return kind
    return "keyword" if match.group() in _KEYWORDS else "name"


__all__ = ["Kind", "LexError", "Token", "lex"]
