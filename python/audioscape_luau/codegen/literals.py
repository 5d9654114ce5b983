"""Luau source text that is safe to print. Templates can print nothing else.

Each class takes arbitrary text and makes one kind of Luau token of it. `code` joins tokens with text that stands
literally in this package's source, which the type checker enforces.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import LiteralString

from audioscape_luau.keywords import KEYWORDS

WIDTH = 120
_TAB = 4
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
# A NUL ends a Luau program, other controls confuse tools, and the bidirectional ones readers.
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Luau:
    """A piece of Luau source text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __bool__(self) -> bool:
        return bool(self.text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Luau) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


class LuauIdentifier(Luau):
    """A name; ValueError if the text is none. `codegen.names` makes names of any text."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        if not is_identifier(text):
            raise ValueError(f"{text!r} is no Luau identifier")
        super().__init__(text)


class LuauKey(Luau):
    """A key of a table constructor or table type: `name`, or `["end"]` where a bare name cannot stand."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(name if is_identifier(name) else f"[{LuauString(name).text}]")


class LuauString(Luau):
    """A string literal."""

    __slots__ = ()

    def __init__(self, value: str) -> None:
        super().__init__(f'"{"".join(map(_escape, value))}"')


class LuauNumber(Luau):
    """A number literal of a finite number."""

    __slots__ = ()

    def __init__(self, value: float) -> None:
        whole = isinstance(value, int) or value.is_integer()
        super().__init__(str(int(value)) if whole and abs(value) <= 2**53 else repr(float(value)))


class LuauComment(Luau):
    """Documentation as line comments, wrapped, each line after `indent` tabs, an empty one between paragraphs.

    Long brackets are not used: no text can end a line comment once its line ends are taken out.
    """

    __slots__ = ()

    def __init__(self, paragraphs: Iterable[str], indent: int = 0, mark: LiteralString = "---") -> None:
        start = "\t" * indent + mark
        width = WIDTH - _TAB * indent - len(mark) - 1
        lines: list[str] = []
        for paragraph in filter(str.strip, paragraphs):
            if lines:
                lines.append(start)
            for line in _LINE_ENDS.split(paragraph):
                printable = _UNPRINTABLE.sub(_visible, line)
                wrapped = textwrap.wrap(printable, width, break_long_words=False, break_on_hyphens=False)
                lines += [f"{start} {part}" for part in wrapped]
        super().__init__("\n".join(lines))


class LuauTable(Luau):
    """A table: a list of values, or values by name. On one line if it fits, unless it is to be `tall`."""

    __slots__ = ("_entries", "_tall")

    def __init__(
        self,
        values: Iterable[Luau] = (),
        *,
        named: Mapping[str, Luau] | Mapping[int, Luau] | None = None,
        tall: bool = False,
    ) -> None:
        self._entries: list[tuple[str | int | None, Luau]] = [(None, value) for value in values]
        self._entries += (named or {}).items()
        self._tall = tall
        super().__init__(self.at(0))

    def at(self, indent: int, *, around: int = 0) -> str:
        """Return the text behind `indent` tabs, beside `around` other characters on its line."""
        if not self._entries:
            return "{}"
        flat = f"{{ {', '.join(_entry(key, value.text) for key, value in self._entries)} }}"
        if not self._tall and "\n" not in flat and len(flat) + _TAB * indent + around <= WIDTH:
            return flat
        inner = "\t" * (indent + 1)
        lines = [f"{inner}{_entry(key, _at(value, indent + 1, key))},\n" for key, value in self._entries]
        return f"{{\n{''.join(lines)}{inner[1:]}}}"


class LuauCall(Luau):
    """A call of a function."""

    __slots__ = ("_arguments", "_name")

    def __init__(self, name: LiteralString, arguments: Iterable[Luau]) -> None:
        self._name = name
        self._arguments = list(arguments)
        super().__init__(self.at(0))

    def at(self, indent: int) -> str:
        """Return the text behind `indent` tabs."""
        texts = [_at(value, indent, None) for value in self._arguments]
        if sum("\n" in text for text in texts) > 1:
            # Then each stands by itself, as StyLua has it.
            inner = ",\n".join("\t" * (indent + 1) + _at(value, indent + 1, None) for value in self._arguments)
            return f"{self._name}(\n{inner}\n{'\t' * indent})"
        return f"{self._name}({', '.join(texts)})"


def _entry(key: str | int | None, value: str) -> str:
    match key:
        case None:
            return value
        case int():
            return f"[{key}] = {value}"
        case str():
            return f"{LuauKey(key).text} = {value}"


def _at(value: Luau, indent: int, key: str | int | None) -> str:
    """Return a value's text behind `indent` tabs, its key and a comma."""
    match value:
        case LuauTable():
            return value.at(indent, around=len(_entry(key, "")) + 1)
        case LuauCall():
            return value.at(indent)
        case _:
            return value.text


class LuauCode(Luau):
    """Several tokens; made by `code`."""

    __slots__ = ()


def code(*parts: LiteralString | Luau) -> LuauCode:
    """Join tokens and literal source text."""
    return LuauCode("".join(part.text if isinstance(part, Luau) else part for part in parts))


def joined(separator: LiteralString, parts: Iterable[Luau]) -> LuauCode:
    """Join tokens with a literal separator."""
    return LuauCode(separator.join(part.text for part in parts))


def fits(line: Luau, indent: int, *, around: int = 0) -> bool:
    """Say whether a line is within the width, after `indent` tabs and beside `around` other characters."""
    return len(line.text) + _TAB * indent + around <= WIDTH


def is_identifier(text: str) -> bool:
    """Say whether a text can stand as a name in Luau."""
    return _IDENTIFIER.match(text) is not None and text not in KEYWORDS


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if _UNPRINTABLE.match(character):
        return "".join(f"\\{byte:03d}" for byte in character.encode())
    return character


def _visible(match: re.Match[str]) -> str:
    return f"\\u{{{ord(match[0]):x}}}"
