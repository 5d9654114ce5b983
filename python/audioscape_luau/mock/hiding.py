"""Keeps API keys out of everything that is shown of an exchange, wherever in it somebody put them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

import httpx

from audioscape_luau.mock.finder import LONGEST_PIECE, is_in, pieces_of

MASK = "[redacted]"
_SAFE_HEADERS = frozenset(
    {"accept", "accept-encoding", "cache-control", "connection", "content-length", "content-type"}
)


def hide(text: str, keys: Iterable[str]) -> str:
    """Return a text without the keys, and without parts of them.

    Where a key that is written otherwise than as it is or as in a URL begins and ends is not to be seen: then its line
    is left out, and if it goes over lines the whole text.
    """
    for key in keys:
        escaped = "".join(f"%{byte:02X}" for byte in key.encode(errors="surrogateescape"))
        for form in dict.fromkeys((key, quote(key, safe="", errors="surrogateescape"), escaped)):
            text = _without(text, form)
        if is_in(key, text):
            text = "\n".join(MASK if is_in(key, line) else line for line in text.split("\n"))
            text = MASK if is_in(key, text) else text
    return text


def _without(text: str, key: str) -> str:
    pieces: list[str] = []
    shown = 0
    size = min(LONGEST_PIECE + 1, len(key))
    for found in _parts(key).finditer(text) if key else ():
        first = found.start()
        if first > shown or not pieces:
            pieces += [text[shown:first], MASK]
        shown = first + size
    return "".join(pieces) + text[shown:]


@lru_cache(maxsize=64)
def _parts(key: str) -> re.Pattern[str]:
    """Return what finds each place where a part of a key begins that is just too long to be shown."""
    return re.compile(f"(?={'|'.join(map(re.escape, sorted(pieces_of(key))))})", re.IGNORECASE)


def keys_in(request: httpx.Request, key_header: str) -> tuple[str, ...]:
    """Return what the request gives as its key."""
    return tuple(value for value in request.headers.get_list(key_header) if value)


def show(request: httpx.Request, key_header: str, keys: Iterable[str] = ()) -> str:
    """Return a request as text without its key.

    Without a key in its place, it may stand anywhere: then no value of query or headers is shown.
    """
    own = keys_in(request, key_header)
    headers = "".join(
        f"\n{name}: {value if name in _SAFE_HEADERS or (own and not _tells(name, key_header)) else MASK}"
        for name, value in request.headers.items()
    )
    url = str(request.url.copy_with(userinfo=b"", fragment=None))
    if not own:
        url = re.sub(r"=[^&]*", f"={MASK}", url)
    return hide(f"{request.method} {url}{headers}", (*own, *keys))


def _tells(name: str, key_header: str) -> bool:
    return name == key_header.lower() or name in {"authorization", "proxy-authorization", "cookie"}
