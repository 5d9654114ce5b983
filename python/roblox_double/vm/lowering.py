"""Newer Luau as the Luau of the embedded VM, which is older than the engine's.

What is new is only said in another way, or left out where it means nothing at run time. Lines and columns stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from roblox_double.vm.lexer import LexError, Token, lex

_BEFORE_STATEMENTS = frozenset({"then", "do", "else", "repeat", "end", "nil", "true", "false"})
_ENDS = frozenset({";", ")", "]", "}", "...", "?", ">"})
"""Operators behind which a statement may begin."""
_CALLED = frozenset({")", "]", "}"})


def lowered(source: str) -> str | None:
    """Return a source without what only newer versions know; None if there is nothing of that.

    `const` becomes `local`: nobody notices here that a script assigns to one. Types given to a call (`f<<number>>(1)`)
    and attributes with arguments (`@[deprecated]`) become spaces.
    """
    try:
        tokens = lex(source)
    except LexError:
        return None
    code = [at for at, token in enumerate(tokens) if token.is_code]
    texts = [token.text for token in tokens]
    for place in range(len(code)):
        for change in (_constant, _instantiation, _attribute):
            for at, text in change(tokens, code, place):
                texts[at] = text
    changed = "".join(texts)
    return None if changed == source else changed


type _Changes = Iterator[tuple[int, str]]
type _Change = Callable[[list[Token], list[int], int], _Changes]


def _constant(tokens: list[Token], code: list[int], place: int) -> _Changes:
    token = tokens[code[place]]
    if token.text != "const" or place + 1 == len(code):
        return
    after = tokens[code[place + 1]]
    if (after.kind == "name" or after.text == "function") and _may_begin(tokens, code, place):
        yield code[place], "local"


def _may_begin(tokens: list[Token], code: list[int], place: int) -> bool:
    """Tell whether a statement may begin here, judged by what stands before it."""
    if place == 0:
        return True
    before = tokens[code[place - 1]]
    if before.kind == "operator":
        # It ends types, too; as a comparison it would stand beside what it compares.
        return before.text in _ENDS and (before.text != ">" or before.line < tokens[code[place]].line)
    return before.kind != "keyword" or before.text in _BEFORE_STATEMENTS


def _instantiation(tokens: list[Token], code: list[int], place: int) -> _Changes:
    if not _adjacent(tokens, code, place, "<") or place == 0:
        return
    before = tokens[code[place - 1]]
    if before.kind not in ("name", "string") and before.text not in _CALLED:
        return
    depth = 0
    for end in range(place, len(code)):
        depth += {"<": 1, ">": -1}.get(tokens[code[end]].text, 0)
        if depth == 1 and end > place:
            # A type that begins with generics (`Signal<<T>(T) -> ()>`) goes on here.
            if _adjacent(tokens, code, end, ">"):
                yield from _blank(tokens, code[place], code[end + 1])
            return


def _attribute(tokens: list[Token], code: list[int], place: int) -> _Changes:
    if tokens[code[place]].text != "@" or place + 1 == len(code) or tokens[code[place + 1]].text != "[":
        return
    depth = 0
    for end in range(place + 1, len(code)):
        depth += {"[": 1, "]": -1}.get(tokens[code[end]].text, 0)
        if depth == 0:
            yield from _blank(tokens, code[place], code[end])
            return


def _adjacent(tokens: list[Token], code: list[int], place: int, text: str) -> bool:
    """Tell whether a text stands here twice, with nothing in between."""
    at = code[place]
    return tokens[at].text == text and at + 1 < len(tokens) and tokens[at + 1].text == text


def _blank(tokens: list[Token], first: int, last: int) -> _Changes:
    for at in range(first, last + 1):
        yield at, "".join(letter if letter in "\r\n" else " " for letter in tokens[at].text)
