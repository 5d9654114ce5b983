"""Finds a key in a text whatever it was written as.

Escaped for JSON, HTML, a URL or a mail; as base64, hexadecimal or the numbers of its bytes; broken up by blanks, marks
or what nobody sees; in capitals, backwards, and in several of these at once. `http/redaction/finder` does the same.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html.entities import html5

LONGEST_PIECE = 7
"""A shorter piece of a key gives nothing away; a longer one may be what is left of it where a text was cut."""
_LEAST = 6
"""The letters and digits of a shorter key turn up by chance."""
_LEAST_LINE = 10
"""What is shorter is a text by chance: a piece of a key in any encoding is longer."""
_MOST_STEPS = 40
"""Escapes within escapes."""
_MOST_LAYERS = 3
"""Encodings within encodings."""
_MOST_READINGS = 60
"""How many times its own length a text may be read in all; one that hides more is not worth it."""
_LEAST_READING = 500

type _Escapes = tuple[str, tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str] | str], ...]]


@lru_cache(maxsize=8192)
def is_in(key: str, text: str) -> bool:
    """Whether a piece of a key that is too long to be shown is in a text, or to see that takes too long."""
    if not key:
        return False
    try:
        search = _Search(_wanted(key), _MOST_READINGS * max(len(text), _LEAST_READING))
        return search.is_in(text, _MOST_LAYERS)
    except _TooMuchError:
        return True


def pieces_of(text: str) -> list[str]:
    """Return all pieces of a key, or of a form of it, that are just too long to be shown, in lower case."""
    lower = text.lower()
    size = min(LONGEST_PIECE + 1, len(lower))
    return list(dict.fromkeys(lower[first : first + size] for first in range(len(lower) - size + 1)))


class _TooMuchError(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked for: pieces of the key as it is, and of its letters and digits alone unless these are too few."""

    exact: tuple[str, ...]
    bare: tuple[str, ...]


@lru_cache(maxsize=64)
def _wanted(key: str) -> _Wanted:
    # What looks like an escape in the key itself is taken away from texts, too.
    forms = {key, *_forms(key)}
    bare = {_bare(form) for form in forms} if len(_bare(key)) >= _LEAST else set[str]()
    return _Wanted(
        tuple(dict.fromkeys(piece for form in forms for way in (form, form[::-1]) for piece in pieces_of(way))),
        tuple(dict.fromkeys(piece for form in bare for way in (form, form[::-1]) for piece in pieces_of(way))),
    )


@dataclass(slots=True)
class _Search:
    wanted: _Wanted
    left: int
    known: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def is_in(self, text: str, layers: int) -> bool:
        """Look at a text, at what parts nothing from it, and at both without their escapes."""
        # Three digits behind a backslash are octal, or decimal as Luau has it.
        if re.search(r"\\[0-9]", text) and any(self._reads(reading, 1) for reading in self._readings(text)):
            return True
        raws = [text]
        for stage in (_joined, _dense, _unquoted):
            raws.append(stage(raws[-1]))
        if any(self._cleared(raw, layers) is None for raw in raws):
            return True
        # One after the other, since a part of an escape may be taken for an escape before it is whole.
        plain: str | None = text
        for stage in (str, _joined, _dense, _unquoted):
            plain = self._cleared(stage(plain), layers)
            if plain is None:
                return True
        return False

    def _cleared(self, form: str, layers: int) -> str | None:
        """Return a form of a text without its escapes; None if the key is in it."""
        if self._holds(form):
            return None
        for step in _forms(form):
            form = step
            if self._holds(form):
                return None
        return None if any(self._reads(reading, layers) for reading in self._readings(form)) else form

    def _holds(self, text: str) -> bool:
        self._spend(len(text))
        # A key has no blanks, so none of its pieces is lost with them.
        dense = _dense(text).lower()
        return _has(dense, self.wanted.exact) or _has(_bare(dense), self.wanted.bare)

    def _reads(self, reading: bytes, layers: int) -> bool:
        self._spend(len(reading))
        if _has(reading.translate(_LOWER, _NOT_BARE).decode("ascii"), self.wanted.bare):
            return True
        lines = re.findall(rb"[\s -~]{%d,}" % _LEAST_LINE, reading.replace(b"\0", b"")) if layers > 1 else []
        return bool(lines) and self.is_in(b"\n".join(lines).decode("ascii"), layers - 1)

    def _spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise _TooMuchError

    def _readings(self, text: str) -> Iterator[bytes]:
        """Yield all that a text may stand for if it is no plain text, unless it was read before."""
        if not self.wanted.bare:
            return
        dense = _dense(text)
        for part in (re.sub(r"[^A-Za-z0-9+/_-]+", "", dense), _bare(dense)):
            if self._is_new("base64", part):
                yield from _base64(part)
        digits = re.sub(r"[^0-9A-Fa-f]+", "", re.sub(r"0[xX]", "", dense))
        if self._is_new("hexadecimal", digits):
            yield from (bytes.fromhex(rest[: len(rest) // 2 * 2]) for rest in (digits, digits[1:]))
        for part in (text, dense):
            if self._is_new("numbers", part):
                yield from _numbers(part)

    def _is_new(self, kind: str, part: str) -> bool:
        new = (kind, part) not in self.known
        self.known.add((kind, part))
        return new


_NOT_BARE = bytes(code for code in range(256) if not chr(code).isascii() or not chr(code).isalnum())
_LOWER = bytes(range(256)).lower()


def _has(text: str, pieces: tuple[str, ...]) -> bool:
    return any(piece in text for piece in pieces)


def _dense(text: str) -> str:
    return re.sub(r"[^!-~]+", "", text)


def _bare(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "", text)


def _joined(text: str) -> str:
    """Return a text without what may part a key or an escape: tags, tags within tags, names, soft line ends."""
    # What stands in a tag's quotes may look like its end.
    text = re.sub(r"""=\s*(["'])[^"']*\1""", "=", text)
    text = re.sub(r'"[A-Za-z0-9_]*"\s*:', "", text)
    for _ in range(3):
        text = re.sub(r"<[^<>]*>", "", text)
    return re.sub(r"=\r?\n", "", text)


def _unquoted(text: str) -> str:
    return re.sub(r"=([0-9A-Fa-f]{2})", _of(16), text)


def _base64(text: str) -> Iterator[bytes]:
    """Yield what base64 says, from each place on at which it may begin."""
    plain = text.replace("-", "+").replace("_", "/")
    for skipped in range(4):
        whole = plain[skipped : skipped + (len(plain) - skipped) // 4 * 4]
        yield binascii.a2b_base64(whole)


def _numbers(text: str) -> Iterator[bytes]:
    numbers = re.findall(r"[0-9]+", text)
    for base in (2, 8, 10):
        yield "".join(_letter(_number(digits, base)) for digits in numbers).encode("ascii")


def _number(digits: str, base: int) -> int:
    try:
        return int(digits, base) if len(digits) <= 10 else -1
    except ValueError:
        return -1


def _letter(code: int) -> str:
    """Return the letter of ASCII with that number, or that reads as it; others are in no key, but may part one."""
    if 0xFF01 <= code <= 0xFF5E:
        code -= 0xFEE0
    return chr(code) if 0 <= code < 128 else ""


def _of(base: int) -> Callable[[re.Match[str]], str]:
    return lambda match: _letter(_number(match[1], base))


def _of_number(base: int) -> Callable[[re.Match[str]], str]:
    """Without a semicolon nothing tells where a number ends: it is the longest one that is a letter of a key."""

    def replaced(match: re.Match[str]) -> str:
        digits, end = match[1], match[2]
        if end:
            return _letter(_number(digits, base))
        for length in range(min(len(digits), 5), 0, -1):
            code = _number(digits[:length], base)
            if (found := _letter(code)) or _is_unseen(code):
                return found + digits[length:]
        return ""

    return replaced


def _is_unseen(code: int) -> bool:
    """What nobody sees parts a key, too."""
    return code in {0xA0, 0xAD, 0xFEFF} or 0x2000 <= code <= 0x206F


# What reads as a sign of ASCII, too.
_ENTITIES = {"dash": "-", "hyphen": "-", "minus": "-", "tilde": "~"} | {
    name.removesuffix(";").lower(): sign for name, sign in html5.items() if sign.isascii()
}


def _of_name(match: re.Match[str]) -> str:
    return _ENTITIES.get(match[1].lower(), "")


def _of_overlong(match: re.Match[str]) -> str:
    """One byte too many: UTF-8 of which every reader should think that it is wrong, and not every one does."""
    return _letter(int(match[1], 16) * 64 + int(match[2], 16) % 64)


def _of_letter(match: re.Match[str]) -> str:
    return "\n" if match[1] in "nrtbfvNRTBFV" else match[1]


_ESCAPES: tuple[_Escapes, ...] = (
    (
        "\\",
        (
            (re.compile(r"\\+"), r"\\"),
            (re.compile(r"\\U0000([0-9A-Fa-f]{4})"), _of(16)),
            (re.compile(r"\\0000([0-9A-Fa-f]{2})"), _of(16)),
            (re.compile(r"\\[uU]([0-9A-Fa-f]{4})"), _of(16)),
            (re.compile(r"\\[uU]\{([0-9A-Fa-f]+)\}"), _of(16)),
            (re.compile(r"\\[xX]\{?([0-9A-Fa-f]{2})\}?"), _of(16)),
            (re.compile(r"\\([0-3][0-7][0-7])"), _of(8)),
            (re.compile(r"\\([a-tvwyzA-TVWYZ\"'/])"), _of_letter),
        ),
    ),
    (
        "&",
        (
            (re.compile(r"&#[xX]0*([0-9A-Fa-f]+)(;?)"), _of_number(16)),
            (re.compile(r"&#0*([0-9]+)(;?)"), _of_number(10)),
            (re.compile(r"&([A-Za-z][A-Za-z0-9]*);"), _of_name),
            (re.compile(r"&(amp|lt|gt|quot)", re.IGNORECASE), _of_name),
        ),
    ),
    (
        "%",
        (
            (re.compile(r"%[uU]([0-9A-Fa-f]{4})"), _of(16)),
            (re.compile(r"%[cC]([01])%([89aAbB][0-9A-Fa-f])"), _of_overlong),
            (re.compile(r"%([0-9A-Fa-f]{2})"), _of(16)),
        ),
    ),
    ("", ((re.compile(r"([\uff01-\uff5e])"), lambda match: _letter(ord(match[1]))),)),
)
"""Each takes one level of escapes away, in texts with its mark."""


def _forms(text: str) -> Iterator[str]:
    """Yield a text with ever fewer escapes, until none is left."""
    steps = 0
    before = None
    while text != before:
        before = text
        for mark, patterns in _ESCAPES:
            if mark not in text:
                continue
            plain = text
            for pattern, replacement in patterns:
                plain = pattern.sub(replacement, plain)
            if plain != text:
                steps += 1
                if steps > _MOST_STEPS:
                    raise _TooMuchError
                text = plain
                yield text
