"""What a path must not hold: whatever another program could take for the way to another path."""

from __future__ import annotations

import re
from urllib.parse import unquote

LEADS_ELSEWHERE = "an address must not lead elsewhere: no `.`, `..` or empty segment, in whatever spelling"
_TEMPLATE = re.compile(r"\{[^{}/]+\}")
# A slash of either kind, and what no address holds, such as bytes that are no UTF-8.
_FORBIDDEN = re.compile(r"[/\\\x00-\x1f\x7f\ufffd]")


def leads_elsewhere(path: str) -> bool:
    """Say whether a path holds a segment that is empty, or one of dots, or hides a slash."""
    segments = _TEMPLATE.sub("x", path).split("/")[1:]
    # A path may end with a slash.
    kept = segments[:-1] if segments and not segments[-1] else segments
    return any(_is_wrong(segment) for segment in kept)


def normal(path: str) -> str:
    """Return what two paths that mean the same have in common: parameters have no names, no letter is escaped."""
    return unquote(_TEMPLATE.sub("{}", path))


def _is_wrong(segment: str) -> bool:
    plain = unquote(segment)
    while plain != segment:
        segment, plain = plain, unquote(plain)
    # Some servers cut off what follows a semicolon.
    return plain.partition(";")[0] in {"", ".", ".."} or _FORBIDDEN.search(plain) is not None
