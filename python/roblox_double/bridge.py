"""From a request that Luau sends to an httpx request, and back: the one door to the network on the Python side."""

from __future__ import annotations

import functools
import math
import re
import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as the engine would send it: with secrets, and all headers but Host and Content-Length."""

    method: str
    url: str
    """Exactly as Luau wrote it. Bytes that are not UTF-8 are surrogate escapes."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    timeout: float | None = None
    """Seconds after which the engine gives up; None for never."""
    redirects: int = 0
    """Redirects to follow; 0 hands the first one back as the reply."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An answer with any status."""

    status: int
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    """Without its content encoding."""
    seconds: float = 0.0
    """Virtual latency; infinity for an answer that never comes."""


@dataclass(frozen=True, slots=True)
class HttpFailure:
    """No answer."""

    text: str
    """What the engine raises."""
    seconds: float = 0.0
    """Virtual seconds until it does; infinity for never."""


class HttpFault(Exception):  # noqa: N818 - named after what it stands for
    """Raised by a route of a mock to have the engine fail in just this way."""

    def __init__(self, text: str, seconds: float = 0.0) -> None:
        super().__init__(text)
        self.failure = HttpFailure(text, seconds)


class Bridge(ABC):
    """What stands behind HttpService."""

    @abstractmethod
    def send(self, request: HttpRequest) -> HttpReply | HttpFailure:
        """Answer at once, telling how long it takes in virtual time.

        What fails on the network is an HttpFailure. An exception is a fault of the harness or the test; it stops the VM
        and reaches the test.
        """


class HttpxBridge(Bridge):
    """Sends with httpx, where respx can see it.

    A mocked reply tells its virtual latency by `httpx.Response(..., extensions={"virtual_seconds": 2.5})`. httpx tidies
    the URL that it shows (dot segments, characters that should be encoded); `request.extensions["target"]` of the
    request has the path and query byte for byte, and so has the wire.
    """

    def __init__(self, client: httpx.Client | None = None, *, seconds: float = 0.05) -> None:
        """`client` sends the requests, without its own default headers; `seconds` is the latency of what tells none."""
        self._client = client
        self._seconds = seconds

    def send(self, request: HttpRequest) -> HttpReply | HttpFailure:
        try:
            built = _build(request)
        except (httpx.InvalidURL, ValueError):
            # Names of hosts that cannot be are a UnicodeError.
            return HttpFailure("HttpError: InvalidUrl", self._seconds)
        try:
            response, seconds = self._follow(built, request.redirects)
        except HttpFault as fault:
            return fault.failure
        except httpx.TimeoutException:
            return HttpFailure("HttpError: Timedout", math.inf)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return HttpFailure(f"HttpError: {_engine_name(error)}", self._seconds)
        return HttpReply(
            status=response.status_code,
            reason=response.reason_phrase,
            headers=tuple(response.headers.multi_items()),
            body=response.content,
            seconds=seconds,
        )

    def _follow(self, request: httpx.Request, redirects: int) -> tuple[httpx.Response, float]:
        """Send, and send again where the reply points to; return the last reply and the latency of all together."""
        if self._client is None:
            self._client = httpx.Client(verify=_tls(), trust_env=False)
        left = redirects
        seconds = 0.0
        while True:
            response = self._client.send(request, follow_redirects=False)
            seconds += response.extensions.get("virtual_seconds", self._seconds)
            following = response.next_request
            if following is None or redirects == 0:
                return response, seconds
            if left == 0:
                raise httpx.TooManyRedirects("too many redirects", request=request)
            left -= 1
            # httpx hands the old request's extensions on, and with them the old target.
            following.extensions = {**following.extensions, "target": following.url.raw_path}
            request = following


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _build(request: HttpRequest) -> httpx.Request:
    # A request built by a client would have that client's default headers.
    return httpx.Request(
        request.method,
        re.sub("[\udc80-\udcff]", lambda found: f"%{ord(found[0]) - 0xDC00:02X}", request.url),
        headers=[(_raw(name), _raw(value)) for name, value in request.headers],
        content=request.body,
        extensions={"target": _target(request.url), "timeout": httpx.Timeout(request.timeout).as_dict()},
    )


def _target(url: str) -> bytes:
    """Return the path and query as they stand in `url`; what is not ASCII cannot be sent and gets encoded."""
    found = re.match(r"[^:/?#]+://[^/?#]*([^#]*)", url)
    target = found[1] if found else ""
    if not target.startswith("/"):
        target = f"/{target}"
    return b"".join(b"%c" % byte if byte < 0x80 else b"%%%02X" % byte for byte in _raw(target))


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


_NAMES_OF_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "DnsResolve"),
    (ssl.SSLCertVerificationError, "SslVerificationFail"),
    (ssl.SSLError, "SslConnectFail"),
)
_NAMES: tuple[tuple[type[Exception], str], ...] = (
    (httpx.InvalidURL, "InvalidUrl"),
    # The host that a reply points to.
    (UnicodeError, "InvalidRedirect"),
    (httpx.UnsupportedProtocol, "InvalidUrl"),
    (httpx.TooManyRedirects, "TooManyRedirects"),
    (httpx.ConnectError, "ConnectFail"),
    (httpx.NetworkError, "ConnectionClosed"),
    (httpx.RemoteProtocolError, "ServerProtocolError"),
    (httpx.ProxyError, "NetFail"),
)


def _engine_name(error: Exception) -> str:
    """Return the item of Enum.HttpError that comes closest."""
    causes = list(_causes(error))
    for cause in causes:
        for kind, name in _NAMES_OF_CAUSES:
            if isinstance(cause, kind):
                return name
    if isinstance(error, httpx.RemoteProtocolError) and any(isinstance(cause, httpx.InvalidURL) for cause in causes):
        return "InvalidRedirect"
    return next((name for kind, name in _NAMES if isinstance(error, kind)), "Unknown")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    # One that is raised again while it is handled is its own cause.
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
