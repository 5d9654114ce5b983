"""Globs of Rojo projects, as the crate globset reads them."""

from __future__ import annotations

import re
from functools import cache


def matches(path: str, pattern: str) -> bool:
    """Tell whether a glob applies to a whole path. Raises ValueError for one that is no glob.

    `*` also crosses folders, `**/` may be nothing, `{a,b}` is either, `?` is a byte, and `!` is nothing special.
    """
    return _compiled(_bytes(pattern)).fullmatch(_bytes(path)) is not None


def ignores(path: str, pattern: str) -> bool | None:
    """Tell whether a pattern of `globIgnorePaths` leaves a path out (True) or takes it back (False), or neither.

    Raises ValueError.
    """
    if pattern.startswith("!"):
        return False if matches(path, pattern[1:]) else None
    return True if matches(path, pattern) else None


def _bytes(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    depth, at = 0, 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            at += 1
            if at == len(pattern):
                raise ValueError(f"the glob {pattern} ends in a backslash")
            parts.append(re.escape(pattern[at]))
        elif letter == "*":
            stars = len(pattern) - at - len(pattern[at:].lstrip("*"))
            part, at = _stars(pattern, at, stars)
            parts.append(part)
            continue
        elif letter == "[":
            end = pattern.find("]", at + (3 if pattern[at + 1 : at + 2] in ("!", "^") else 2))
            if end < 0:
                raise ValueError(f"the glob {pattern} has a [ without a ]")
            parts.append(_letters(pattern[at + 1 : end]))
            at = end
        elif letter in "{}":
            depth += 1 if letter == "{" else -1
            parts.append("(?:" if letter == "{" else ")")
            if depth < 0:
                break
        elif letter == ",":
            parts.append("|" if depth else ",")
        else:
            parts.append("." if letter == "?" else re.escape(letter))
        at += 1
    if depth:
        raise ValueError(f"the glob {pattern} has an unmatched brace")
    return re.compile("".join(parts), re.DOTALL)


def _stars(pattern: str, at: int, stars: int) -> tuple[str, int]:
    """Return what stars stand for, and where the pattern goes on."""
    end = at + stars
    begins = at == 0 or pattern[at - 1] == "/"
    if stars == 2 and begins and pattern[end : end + 1] == "/":
        return "(?:.*/)?", end + 1
    # A slash before it stays, so that a folder is not within itself.
    return (".+" if stars == 2 and begins and at > 0 and end == len(pattern) else ".*"), end


def _letters(inner: str) -> str:
    negated = inner[0] in "!^"
    listed = inner[1:] if negated else inner
    escaped = re.sub(r"[\\\[\]^&~|]", lambda found: f"\\{found[0]}", listed)
    return f"[{'^' if negated else ''}{escaped}]"
