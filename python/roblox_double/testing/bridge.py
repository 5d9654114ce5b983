"""Where requests go that a test has no answer for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from respx.models import AllMockedAssertionError

from roblox_double.bridge import Bridge, HttpFailure, HttpReply, HttpRequest, HttpxBridge
from roblox_double.testing.backend import Backend

_ROUTES = "roblox_http"


class UnexpectedRequest(AssertionError):  # noqa: N818 - named after what it tells of
    """A script sent a request that no route of the test answers."""

    def __init__(self, request: HttpRequest, backends: Sequence[Backend] = ()) -> None:
        # What comes after the path may be a secret.
        url = request.url.partition("?")[0]
        mocked = " and ".join(backend.name for backend in backends if backend.name)
        only = f"only {mocked} is mocked" if mocked else "nothing is mocked"
        routes = next((backend.routes for backend in backends if backend.routes), _ROUTES)
        super().__init__(
            f"{request.method} {url}: {only}. To allow this request, add a route:\n"
            f'{routes}.{request.method.lower()}("{url}").respond(200)'
        )


class Hearing(Bridge):
    """Lets requests to one URL be heard by the harness, before anything that a test may have mocked."""

    def __init__(self, inner: Bridge, url: str, hear: Callable[[bytes], HttpReply]) -> None:
        """`hear` answers the body of such a request; all others go to `inner`."""
        self._inner = inner
        self._url = url
        self._hear = hear

    def send(self, request: HttpRequest) -> HttpReply | HttpFailure:
        return self._hear(request.body or b"") if request.url == self._url else self._inner.send(request)


class MockedBridge(HttpxBridge):
    """Sends with httpx to whoever mocks it; what nobody answers is a fault of the test."""

    def __init__(self, backends: Sequence[Backend]) -> None:
        super().__init__()
        self._backends = backends

    def send(self, request: HttpRequest) -> HttpReply | HttpFailure:
        try:
            return super().send(request)
        except AllMockedAssertionError:
            raise UnexpectedRequest(request, self._backends) from None
