"""What can go wrong between a client and the API: one table, from which demo, soak, mock server and tests take it.

A fault stands in for a reply. `kind` is what a client must make of it; None if the call must succeed all the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

type Break = Callable[[httpx.Response], httpx.Response]


class NoReply(Exception):  # noqa: N818 - what it stands for
    """No reply comes: HttpService raises `text` instead, after `seconds` of virtual time."""

    def __init__(self, text: str, seconds: float = 0.0) -> None:
        super().__init__(text)
        self.text = text
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the table.

    kind: the error that a client must report, None if the reply must still be understood. retryable: whether that
    error is worth another try. apply: turns the reply that would have come into the one that comes, or raises NoReply.
    """

    name: str
    description: str
    kind: str | None
    retryable: bool
    apply: Break

    def __str__(self) -> str:
        return self.name


_JSON = {"content-type": "application/json"}
_TEXT = {"content-type": "text/plain"}
_HTML = {"content-type": "text/html"}
_OFF = "Http requests are not enabled. Enable via game settings"
_ON_A_CLIENT = "Http requests can only be executed by game server"
_MEGABYTE = 1_000_000
_MARK = "\0"


def _thrown(text: str, seconds: float = 0.05) -> Break:
    def throw(_: httpx.Response) -> httpx.Response:
        raise NoReply(text, seconds)

    return throw


def _status(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Break:
    return lambda _: httpx.Response(status, content=body, headers=headers or _JSON)


def _content(make: Callable[[bytes], bytes], headers: dict[str, str] | None = None) -> Break:
    return lambda reply: httpx.Response(reply.status_code, content=make(reply.content), headers=headers or _JSON)


def _members(make: Callable[[bytes], bytes]) -> Break:
    """Change a body that is an object with something in it; any other has nothing to change and comes as it is."""

    def change(body: bytes) -> bytes:
        text = body.strip()
        return make(body) if text.startswith(b"{") and text[1:-1].strip() else body

    return _content(change)


def _late(seconds: float) -> Break:
    return lambda reply: httpx.Response(
        reply.status_code,
        content=reply.content,
        headers=reply.headers,
        extensions={**reply.extensions, "virtual_seconds": seconds},
    )


def _with_first_item(value: str) -> Callable[[bytes], bytes]:
    """Put a token in place of every number in the first item of the body's lists."""

    def change(body: bytes) -> bytes:
        document: dict[str, Any] = json.loads(body)
        lists: list[list[Any]] = [member for member in document.values() if isinstance(member, list)]
        firsts: list[dict[str, Any]] = [items[0] for items in lists if items and isinstance(items[0], dict)]
        for first in firsts:
            for name, member in first.items():
                if isinstance(member, float | int) and not isinstance(member, bool):
                    first[name] = _MARK
        return json.dumps(document).replace(json.dumps(_MARK), value).encode()

    return change


def _duplicated(body: bytes) -> bytes:
    return body.rstrip()[:-1] + b"," + body.lstrip()[1:]


def _padded(body: bytes) -> bytes:
    return b'{"padding":"' + b"x" * (10 * _MEGABYTE) + b'",' + body.lstrip()[1:]


def _not_utf8(body: bytes) -> bytes:
    return body.replace(b":", b':"\xff",', 1)


def _nested(_: bytes) -> bytes:
    return b'{"a":' * 50_000 + b"1" + b"}" * 50_000


_THROWN = (
    ("http-disabled", "HTTP requests are turned off", _OFF, "http_disabled", False),
    ("client-side", "sent from a client", _ON_A_CLIENT, "http_disabled", False),
    (
        "engine-limit",
        "more than 500 requests a minute on this server",
        "Number of requests exceeded limit",
        "engine_limit",
        True,
    ),
    ("timed-out", "HttpService times out", "HttpError: Timedout", "timeout", True),
    ("refused", "connection refused", "HttpError: ConnectFail", "connection", True),
    ("dns", "unknown host", "HttpError: DnsResolve", "connection", True),
    ("net-fail", "network failure", "HttpError: NetFail", "connection", True),
    ("closed", "the connection closes before the reply is complete", "HttpError: ConnectionClosed", "connection", True),
    ("tls", "invalid TLS certificate", "HttpError: SslVerificationFail", "connection", True),
    ("invalid-url", "HttpService rejects the URL", "HttpError: InvalidUrl", "connection", False),
    ("out-of-memory", "not enough memory for the reply", "HttpError: OutOfMemory", "connection", True),
    ("too-many-redirects", "too many redirects", "HttpError: TooManyRedirects", "connection", True),
    ("invalid-redirect", "an invalid redirect", "HttpError: InvalidRedirect", "connection", True),
    ("aborted", "the request is aborted", "HttpError: Aborted", "connection", True),
    ("tls-handshake", "the TLS handshake fails", "HttpError: SslConnectFail", "connection", True),
    ("protocol", "the reply is not HTTP", "HttpError: ServerProtocolError", "connection", True),
    (
        "creator-environment",
        "HttpService does not support this environment",
        "HttpError: CreatorEnvironmentsNotSupportedByService",
        "connection",
        True,
    ),
    ("inactive", "the reply stops half-way", "HttpError: InactivityTimeout", "timeout", True),
    (
        "outstanding",
        "too many requests in flight",
        "HttpError: TooManyOutstandingRequests",
        "engine_limit",
        True,
    ),
    ("range", "an invalid range response", "HttpError: InvalidRangeResponse", "connection", True),
    (
        "open-cloud-limit",
        "too many Open Cloud requests a minute",
        "Number of Open Cloud requests exceeded limit",
        "engine_limit",
        True,
    ),
    ("empty-url", "an empty URL", "Empty URL", "connection", False),
    (
        "roblox-host",
        "a URL of Roblox's own",
        "HttpService is not allowed to access ROBLOX resources",
        "connection",
        False,
    ),
    (
        "body-with-get",
        "a body in a GET or HEAD request",
        "Invalid request options, Body should be empty for 'GET' or 'HEAD' method",
        "internal",
        False,
    ),
    ("locked-header", "a header that Roblox locks", 'Header "Host" is not allowed!', "internal", False),
    ("other-error", "HttpError: Unknown", "HttpError: Unknown", "connection", True),
    ("trust-check", "Roblox does not trust the URL", "https://x: URL: Trust check failed", "connection", False),
    ("secret", "there is no such secret", "Can't find secret with given key", "unauthorized", False),
    ("unexpected", "an unknown error message", "The moon is full", "internal", False),
)
FAULTS: tuple[Fault, ...] = (
    *(Fault(name, what, kind, retryable, _thrown(text)) for name, what, text, kind, retryable in _THROWN),
    Fault(
        "stalled-limit",
        "more than 500 requests a minute, after a 30 second stall",
        "timeout",
        True,
        _thrown("Number of requests exceeded limit", 30.0),
    ),
    Fault("never", "no reply, ever", "timeout", True, _late(math.inf)),
    Fault("slow", "a reply after two seconds", None, False, _late(2.0)),
    Fault("status-0", "a reply without a status", "http_error", False, _status(0)),
    Fault("bad-request", "400", "bad_request", False, _status(400, b'{"error":"bad"}')),
    Fault("unauthorized", "401", "unauthorized", False, _status(401, b'{"error":"Invalid API key"}')),
    Fault("forbidden", "403 from the gateway", "unauthorized", False, _status(403, b'{"message":"Forbidden"}')),
    Fault("not-found", "404", "not_found", False, _status(404, b'{"error":"not found"}')),
    Fault("rate-limited", "429", "rate_limited", True, _status(429, b'{"message":"Too Many Requests"}')),
    Fault("server-error", "500 without a body", "server_error", True, _status(500)),
    Fault("bad-gateway", "502 with HTML", "server_error", True, _status(502, b"<html>502</html>", _HTML)),
    Fault("unavailable", "503", "server_error", True, _status(503, b'{"message":"Service Unavailable"}')),
    Fault("redirect", "304, which is not followed", "http_error", False, _status(304)),
    Fault("empty", "200 with an empty body", "decode", False, _content(lambda _: b"")),
    Fault("html", "200 with an HTML page", "decode", False, _content(lambda _: b"<!DOCTYPE html><html></html>", _HTML)),
    Fault("cut", "the body ends half-way", "decode", False, _content(lambda body: body[: len(body) // 2])),
    Fault("wrong-shape", "valid JSON with the wrong fields", "decode", False, _content(lambda _: b'{"data":[]}')),
    Fault("a-list", "a list instead of an object", "decode", False, _content(lambda _: b"[]")),
    Fault(
        "invalid-utf8",
        "bytes that are not UTF-8",
        "decode",
        False,
        _content(_not_utf8),
    ),
    Fault("deep", "nested 50,000 deep", "decode", False, _content(_nested)),
    Fault("nan", "NaN instead of numbers", None, False, _members(_with_first_item("NaN"))),
    Fault("infinity", "-Infinity instead of numbers", None, False, _members(_with_first_item("-Infinity"))),
    Fault("huge-numbers", "1e999 instead of numbers", None, False, _members(_with_first_item("1e999"))),
    Fault("wrong-types", "objects instead of numbers", None, False, _members(_with_first_item('{"x":1}'))),
    Fault("duplicate-keys", "every key twice", None, False, _members(_duplicated)),
    Fault("big", "an unknown field of ten megabytes", None, False, _members(_padded)),
    Fault(
        "wrong-content-type",
        "JSON sent as text/plain",
        None,
        False,
        _content(lambda body: body, {"content-type": "text/plain"}),
    ),
)
"""All faults, each name once."""


def fault(name: object) -> Fault:
    """Return the fault of that name. Raises ValueError if there is none."""
    for row in FAULTS:
        if row.name == name:
            return row
    raise ValueError(f"there is no fault {name!r}. Faults: {', '.join(row.name for row in FAULTS)}")
