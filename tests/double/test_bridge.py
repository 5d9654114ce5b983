"""From HttpRequest to httpx and back."""

from __future__ import annotations

import gzip
import math
import socket
import ssl
from collections.abc import Iterator

import httpx
import pytest
import respx

from roblox_double import HttpFailure, HttpFault, HttpReply, HttpRequest, HttpxBridge
from support.sent import sent

URL = "https://api.example.com/v1/a"


@pytest.fixture
def router() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as made:
        yield made


def send(request: HttpRequest, seconds: float = 0.05) -> HttpReply | HttpFailure:
    return HttpxBridge(seconds=seconds).send(request)


@pytest.mark.fact("http.url.exact")
@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("https://h.test/a?b=%7e%2f%2F%20+c", b"/a?b=%7e%2f%2F%20+c"),
        ("https://h.test/a?q=%7B%22x%22%3A1%7D", b"/a?q=%7B%22x%22%3A1%7D"),
        ('https://h.test/a?q={"x":1}|^`', b'/a?q={"x":1}|^`'),
        ("https://h.test/a/../b/./c//d", b"/a/../b/./c//d"),
        ("https://h.test/a%?b=100%", b"/a%?b=100%"),
        ("https://h.test", b"/"),
        ("https://h.test?a=1", b"/?a=1"),
        ("https://h.test/a?", b"/a?"),
        ("https://h.test/a?b#c?d", b"/a?b"),
        ("HTTPS://user@H.test:8443/A", b"/A"),
        ("https://h.test/\u00e9\udcff?\u00e9", b"/%C3%A9%FF?%C3%A9"),
    ],
)
def test_the_url_goes_out_as_written(router: respx.MockRouter, written: str, target: bytes) -> None:
    route = router.get(url__regex=r".*").respond(200)
    assert isinstance(send(HttpRequest("GET", written)), HttpReply)
    assert sent(route)[0].extensions["target"] == target


@pytest.mark.fact("http.url.exact")
@pytest.mark.parametrize("target", ["/a?b=%7e%2f%2F%20+c&d='(*)!;:@,$[]", "/a/%2e%2E/b?q=%7B%22x%22%3A1%7D&r=a/b?c"])
def test_httpx_leaves_encoded_urls_alone(router: respx.MockRouter, target: str) -> None:
    route = router.get(url__regex=r".*").respond(200)
    send(HttpRequest("GET", f"https://h.test{target}"))
    assert sent(route)[0].url.raw_path == target.encode()


def test_nothing_is_added_to_the_headers(router: respx.MockRouter) -> None:
    route = router.route().respond(200)
    send(HttpRequest("GET", URL, (("X-Api-Key", "k"), ("x-text", "\u00e9"))))
    send(HttpRequest("POST", URL, (), b"\x00\xff"))
    first, second = sent(route)
    assert first.headers.raw == [
        (b"Host", b"api.example.com"),
        (b"X-Api-Key", b"k"),
        (b"x-text", "\u00e9".encode()),
    ]
    assert second.headers.raw == [(b"Host", b"api.example.com"), (b"Content-Length", b"2")]
    assert second.content == b"\x00\xff"


def test_a_reply_has_status_headers_body_and_latency(router: respx.MockRouter) -> None:
    headers = [("Set-Cookie", "a"), ("set-cookie", "b"), ("X-One", "1")]
    reply = httpx.Response(418, headers=headers, content=b"\xff\x00", extensions={"virtual_seconds": 2.5})
    router.get(URL).mock(return_value=reply)
    assert send(HttpRequest("GET", URL)) == HttpReply(
        status=418,
        reason="I'm a teapot",
        headers=(("set-cookie", "a"), ("set-cookie", "b"), ("x-one", "1"), ("content-length", "2")),
        body=b"\xff\x00",
        seconds=2.5,
    )


def test_latency_has_a_default(router: respx.MockRouter) -> None:
    router.get(URL).respond(204)
    reply = send(HttpRequest("GET", URL), seconds=0.25)
    assert isinstance(reply, HttpReply)
    assert reply.seconds == 0.25


@pytest.mark.fact("http.reply.encoding")
def test_compressed_replies_are_unpacked(router: respx.MockRouter) -> None:
    router.get(URL).respond(200, headers={"Content-Encoding": "gzip"}, content=gzip.compress(b"hello"))
    reply = send(HttpRequest("GET", URL))
    assert isinstance(reply, HttpReply)
    assert reply.body == b"hello"


def raised_from(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def raised_again(error: Exception) -> Exception:
    """Return an error that was raised while it was handled."""
    return raised_from(error, raised_from(ValueError("x"), error))


@pytest.mark.fact("http.error.connection", "http.error.timeout")
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ReadTimeout("x"), HttpFailure("HttpError: Timedout", math.inf)),
        (httpx.ConnectTimeout("x"), HttpFailure("HttpError: Timedout", math.inf)),
        (httpx.ConnectError("x"), HttpFailure("HttpError: ConnectFail", 0.05)),
        (raised_again(httpx.ConnectError("x")), HttpFailure("HttpError: ConnectFail", 0.05)),
        (raised_from(httpx.ConnectError("x"), socket.gaierror()), HttpFailure("HttpError: DnsResolve", 0.05)),
        (raised_from(httpx.ConnectError("x"), ssl.SSLError()), HttpFailure("HttpError: SslConnectFail", 0.05)),
        (
            raised_from(httpx.ConnectError("x"), ssl.SSLCertVerificationError()),
            HttpFailure("HttpError: SslVerificationFail", 0.05),
        ),
        (httpx.ReadError("x"), HttpFailure("HttpError: ConnectionClosed", 0.05)),
        (httpx.RemoteProtocolError("x"), HttpFailure("HttpError: ServerProtocolError", 0.05)),
        (httpx.ProxyError("x"), HttpFailure("HttpError: NetFail", 0.05)),
        (httpx.DecodingError("x"), HttpFailure("HttpError: Unknown", 0.05)),
        (HttpFault("HttpError: Aborted", 3), HttpFailure("HttpError: Aborted", 3)),
    ],
)
def test_failures_get_the_engines_texts(error: Exception, expected: HttpFailure) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    with httpx.Client(transport=httpx.MockTransport(fail)) as client:
        assert HttpxBridge(client).send(HttpRequest("GET", URL)) == expected


def test_a_mocked_route_may_fail_in_the_engines_words(router: respx.MockRouter) -> None:
    router.get(URL).mock(side_effect=HttpFault("HttpError: Aborted", 3))
    assert send(HttpRequest("GET", URL)) == HttpFailure("HttpError: Aborted", 3)
    router.get(URL).mock(side_effect=httpx.ConnectError)
    assert send(HttpRequest("GET", URL)) == HttpFailure("HttpError: ConnectFail", 0.05)


@pytest.mark.parametrize("url", ["https://h.test:x/", "https://[h]/", "ftp://h.test/", "nothing"])
def test_urls_that_nobody_can_reach(url: str) -> None:
    assert send(HttpRequest("GET", url)) == HttpFailure("HttpError: InvalidUrl", 0.05)


def test_a_damaged_encoding_is_a_failure(router: respx.MockRouter) -> None:
    router.get(URL).respond(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))
    assert send(HttpRequest("GET", URL)) == HttpFailure("HttpError: Unknown", 0.05)


def test_faults_of_the_harness_are_no_failures(router: respx.MockRouter) -> None:
    with pytest.raises(AssertionError):
        send(HttpRequest("GET", "https://nobody.mocked/this"))
    router.get(URL).mock(side_effect=KeyError("bug"))
    with pytest.raises(KeyError):
        send(HttpRequest("GET", URL))


def chain(router: respx.MockRouter, length: int) -> respx.Route:
    for index in range(length):
        target = f"{URL}?{index + 1}=%7e"
        router.post(f"{URL}?{index}=%7e").respond(307, headers={"Location": target})
    return router.post(f"{URL}?{length}=%7e").respond(200)


@pytest.mark.fact("http.redirects")
def test_redirects_are_followed_to_the_byte(router: respx.MockRouter) -> None:
    last = chain(router, 3)
    reply = send(HttpRequest("POST", f"{URL}?0=%7e", (("x-api-key", "k"),), b"body", redirects=3))
    assert reply == HttpReply(200, "OK", (), b"", 0.2)
    (request,) = sent(last)
    assert (request.extensions["target"], request.content) == (b"/v1/a?3=%7e", b"body")
    assert request.headers["x-api-key"] == "k"


@pytest.mark.fact("http.redirects")
@pytest.mark.parametrize(
    ("redirects", "location", "expected"),
    [
        (2, f"{URL}?1=%7e", HttpFailure("HttpError: TooManyRedirects", 0.05)),
        (2, "https://h.test:x/", HttpFailure("HttpError: InvalidRedirect", 0.05)),
        (0, f"{URL}?1=%7e", HttpReply(307, "Temporary Redirect", (("location", f"{URL}?1=%7e"),), b"", 0.05)),
    ],
)
def test_redirects_that_end_nowhere(
    router: respx.MockRouter, redirects: int, location: str, expected: HttpReply | HttpFailure
) -> None:
    chain(router, 3)
    router.post(f"{URL}?0=%7e").mock(return_value=httpx.Response(307, headers={"Location": location}))
    assert send(HttpRequest("POST", f"{URL}?0=%7e", redirects=redirects)) == expected


def test_a_client_of_ones_own_is_used() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(answer), headers={"X-Client": "1"}) as client:
        HttpxBridge(client).send(HttpRequest("GET", URL, timeout=7))
    assert "x-client" not in seen[0].headers
    assert seen[0].extensions["timeout"]["read"] == 7
