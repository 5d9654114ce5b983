"""Small wrong changes of Luau source, each of which some test should notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff

import pluau  # pyright: ignore[reportMissingTypeStubs]

from audioscape_luau.quality.coverage import conditions, line_starts
from roblox_double.vm.lexer import Token, lex

_COMPILER = pluau.Compiler(1, 0, 0, 0)
_SWAPS: dict[str, tuple[tuple[str, str], ...]] = {
    "<": (("bound off by one", "<="), ("swapped comparison", ">")),
    "<=": (("bound off by one", "<"), ("swapped comparison", ">=")),
    ">": (("bound off by one", ">="), ("swapped comparison", "<")),
    ">=": (("bound off by one", ">"), ("swapped comparison", "<=")),
    "==": (("swapped comparison", "~="),),
    "~=": (("swapped comparison", "=="),),
    "and": (("swapped and/or", "or"),),
    "or": (("swapped and/or", "and"),),
    "not": (("dropped not", ""),),
    "true": (("constant", "false"),),
    "false": (("constant", "true"),),
    "+": (("swapped sign", "-"),),
    "-": (("swapped sign", "+"),),
    "*": (("swapped factor", "/"),),
    "/": (("swapped factor", "*"),),
    "+=": (("swapped sign", "-="),),
    "-=": (("swapped sign", "+="),),
}
_OPENING, _CLOSING = ("(", "{", "[", "function"), (")", "}", "]", "end")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: what kind, on which line (from 1), and the whole source with it."""

    file: str
    line: int
    operator: str
    source: str = field(repr=False)

    def diff(self, original: str) -> str:
        """Return the change as a unified diff without context."""
        lines = unified_diff(original.splitlines(), self.source.splitlines(), lineterm="", n=0)
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def mutants(source: str, file: str) -> Iterator[Mutant]:
    """Yield every mutant of `source`, in the order of the text.

    One that does not compile is none, nor is one that compiles to the same bytecode: its change lies in a type or has
    no effect.
    """
    tokens = lex(source)
    seen = {_bytecode(source)}
    for line, operator, start, end, text in sorted(_changes(tokens), key=lambda change: change[2:4]):
        changed = "".join([*(t.text for t in tokens[:start]), text, *(t.text for t in tokens[end:])])
        code = _bytecode(changed)
        if code is not None and code not in seen:
            seen.add(code)
            yield Mutant(file, line, operator, changed)


type _Change = tuple[int, str, int, int, str]
"""Line, operator, the tokens from and up to which the text is replaced, and with what."""


def _changes(tokens: Sequence[Token]) -> Iterator[_Change]:
    for index, token in enumerate(tokens):
        for operator, text in _SWAPS.get(token.text, ()):
            yield token.line, operator, index, index + 1, text
        if token.kind == "number":
            yield token.line, "constant", index, index + 1, f"({token.text}+1)"
        elif token.kind == "string" and token.text[0] in "\"'" and token.text[1:-1] and not _is_require(tokens, index):
            yield token.line, "constant", index, index + 1, '""'
        elif token.text == "insert":
            yield from _insertion(tokens, index)
    for start, end in conditions(tokens):
        inner, line = "".join(token.text for token in tokens[start + 1 : end]), tokens[start].line
        yield line, "negated condition", start + 1, end, f" not ({inner}) "
        if tokens[start].text != "while":
            yield line, "dropped condition", start + 1, end, f" true{_breaks(tokens[start + 1 : end])} "
        yield line, "dropped condition", start + 1, end, f" false{_breaks(tokens[start + 1 : end])} "
    for start in line_starts(tokens):
        yield from _line(tokens, start)


def _insertion(tokens: Sequence[Token], index: int) -> Iterator[_Change]:
    """Yield `table.insert(list, 1, value)` for `table.insert(list, value)`: what was last in the list is first."""
    depth, commas = 0, list[int]()
    for place in range(index + 1, len(tokens)):
        text = tokens[place].text
        depth += (text in _OPENING) - (text in _CLOSING)
        if text == "," and depth == 1:
            commas.append(place)
        elif depth == 0 and tokens[place].is_code:
            break
    if len(commas) == 1:
        yield tokens[index].line, "reordered list", commas[0], commas[0] + 1, ", 1,"


def _line(tokens: Sequence[Token], start: int) -> Iterator[_Change]:
    """Yield what can be done to the rest of a line that may be a statement."""
    first, end = tokens[start], start
    while end < len(tokens) and tokens[end].line == first.line and "\n" not in tokens[end].text:
        end += 1
    if first.text == "return":
        values = _values(tokens[start + 1 : end])
        if not "".join(values).strip():
            return
        for place in range(len(values)):
            # What is nil already is as good as absent.
            if any(value.strip() != "nil" for value in values[place:]):
                yield first.line, "lost return value", start + 1, end, " " + ",".join([*values[:place], " nil"]).strip()
        if len(values) == 2:
            yield first.line, "swapped return values", start + 1, end, f" {values[1]},{values[0]}"
    elif first.text not in ("local", "break") and not _is_absent_field(tokens[start:end]):
        yield first.line, "removed statement", start, end, ""


def _is_absent_field(tokens: Sequence[Token]) -> bool:
    """Tell whether a line is a field of a table that is nil: it stands there for the types, and for readers."""
    code = [token.text for token in tokens if token.is_code]
    return code[1:3] == ["=", "nil"] and code[3:4] in ([","], ["::"]) and code[-1] == ","


def _values(tokens: Sequence[Token]) -> list[str]:
    values, depth = [""], 0
    for token in tokens:
        if token.text == "," and depth == 0:
            values.append("")
            continue
        depth += (token.text in _OPENING) - (token.text in _CLOSING)
        values[-1] += token.text if token.kind != "comment" else ""
    return values


def _is_require(tokens: Sequence[Token], index: int) -> bool:
    before = [token.text for token in tokens[max(0, index - 4) : index] if token.is_code]
    return before[-2:] == ["require", "("]


def _breaks(tokens: Sequence[Token]) -> str:
    """Keep the lines of what follows: bytecode knows them."""
    return "\n" * sum(token.text.count("\n") for token in tokens)


def _bytecode(source: str) -> bytes | None:
    try:
        return bytes(_COMPILER.compile(source))
    except RuntimeError:
        return None
