"""What the engine does between HttpService and the network: fill in secrets, compress, name what went wrong."""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping
from typing import cast

import httpx

from roblox_double.bridge import Bridge, HttpReply, HttpRequest
from roblox_double.secret import Secret, reveal
from roblox_double.settings import Settings
from roblox_double.vm import LuauValue

_CONFIRMED = frozenset({"HttpError: Timedout", "HttpError: ConnectFail", "HttpError: DnsResolve", "HttpError: NetFail"})
"""Spellings that were seen in the wild."""


def exchange(
    bridge: Bridge | None, secrets: Mapping[str, Secret], settings: Settings, *arguments: LuauValue
) -> list[LuauValue]:
    """Carry out a call of the double's `host.http`; `luau/host.luau` describes arguments and results."""
    if bridge is None:
        raise RuntimeError("a script sent an HTTP request, but the universe has no bridge")
    method, url, lines, body, timeout, compress = arguments
    full_url, used = reveal(_text(url), secrets)
    headers: list[tuple[str, str]] = []
    words = _text(lines).split("\n")
    for name, marked in zip(words[::2], words[1::2], strict=True):
        value, also_used = reveal(marked, secrets)
        used += also_used
        headers.append((name, value))
    if used and not _may_go(used, full_url):
        return ["failure", settings.http_wrong_domain, 0]
    content = None if body is None else body if isinstance(body, bytes) else _text(body).encode()
    if compress and content:
        packed = gzip.compress(content, mtime=0)
        if len(packed) < len(content):
            content = packed
            headers.append(("Content-Encoding", "gzip"))
    limit = cast(float, timeout)
    answer = bridge.send(
        HttpRequest(
            method=_text(method),
            url=full_url,
            headers=tuple(headers),
            body=content,
            timeout=None if math.isinf(limit) else limit,
            redirects=settings.http_redirects,
        )
    )
    if isinstance(answer, HttpReply):
        flat = "\n".join(word for header in answer.headers for word in header)
        reason = answer.reason if settings.http_status_message == "phrase" else ""
        return ["reply", answer.status, reason, flat, answer.body, answer.seconds]
    return ["failure", _engine_text(answer.text, settings), answer.seconds]


def _may_go(used: list[Secret], url: str) -> bool:
    try:
        host = httpx.URL(url).host
    except (httpx.InvalidURL, UnicodeError):
        return False
    return all(secret.allows(host) for secret in used)


def _engine_text(text: str, settings: Settings) -> str:
    rare = text.startswith("HttpError:") and text not in _CONFIRMED
    return "HttpError: Unknown" if rare and settings.http_error_names == "unknown" else text


def _text(value: LuauValue) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
