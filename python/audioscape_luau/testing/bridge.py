"""Where requests go that a test has no answer for."""

from __future__ import annotations

from collections.abc import Callable

from respx.models import AllMockedAssertionError

from roblox_double import Bridge, HttpFailure, HttpReply, HttpRequest, HttpxBridge


class UnexpectedRequest(AssertionError):  # noqa: N818 - named after what it tells of
    """A script sent a request that no route of the test answers."""

    def __init__(self, request: HttpRequest) -> None:
        # What comes after the path may be a secret.
        url = request.url.partition("?")[0]
        super().__init__(
            f"{request.method} {url}: only the AudioScape API is mocked, so this request needs a route of its own:\n"
            f'audioscape_api.router.{request.method.lower()}("{url}").respond(200)'
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

    def send(self, request: HttpRequest) -> HttpReply | HttpFailure:
        try:
            return super().send(request)
        except AllMockedAssertionError:
            raise UnexpectedRequest(request) from None
