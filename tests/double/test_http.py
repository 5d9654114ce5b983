"""HttpService: what a script asks, what goes over the wire, what comes back and when."""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import respx

from roblox_double import (
    FRAME,
    HttpFault,
    HttpxBridge,
    LuauError,
    Peer,
    ScriptTree,
    Secret,
    Settings,
    Universe,
)
from support.sent import sent, target

URL = "https://api.example.com/v1/a"
HEAD = "local http, url = game:GetService('HttpService'), 'https://api.example.com/v1/a'\n"


@dataclass(frozen=True, slots=True)
class Wire:
    """A server, and the route that answers whatever it asks `URL`."""

    server: Peer
    route: respx.Route

    def run(self, source: str, *args: Any) -> list[Any]:
        return list(self.server.run(HEAD + source, *args))

    def error(self, source: str, *args: Any) -> str:
        with pytest.raises(LuauError) as caught:
            self.run(source, *args)
        return caught.value.message


type MakeWire = Callable[..., Wire]


@pytest.fixture
def make() -> Iterator[MakeWire]:
    """Give a maker of wires; its arguments are settings, and `universe` for those of Universe."""
    universes: list[Universe] = []
    with respx.mock(assert_all_called=False) as router:
        route = router.route(url__startswith=URL)

        def made(universe: dict[str, Any] | None = None, **settings: Any) -> Wire:
            options: dict[str, Any] = {"bridge": HttpxBridge(seconds=0.5), **(universe or {})}
            universes.append(Universe(settings=Settings(**settings), **options))
            route.respond(200, text="hello")
            return Wire(universes[-1].server(), route)

        yield made
    for universe in universes:
        universe.close()


@pytest.fixture
def wire(make: MakeWire) -> Wire:
    return make()


# Requests


@pytest.mark.fact("http.method", "http.content_type", "http.headers.defaults", "http.url.exact")
def test_a_bare_request(wire: Wire) -> None:
    wire.run("http:RequestAsync({ Url = url .. '?a=%7e%2f{}' })")
    (request,) = sent(wire.route)
    assert (request.method, target(request), request.content) == ("GET", "/v1/a?a=%7e%2f{}", b"")
    assert request.headers.raw == [
        (b"Host", b"api.example.com"),
        (b"Accept", b"*/*"),
        (b"Accept-Encoding", b"gzip, deflate"),
        (b"Cache-Control", b"no-cache"),
        (b"Roblox-Id", b"1"),
        (b"User-Agent", b"RobloxGameCloud/1.0 (+http://www.roblox.com)"),
    ]


@pytest.mark.fact("http.headers.defaults", "http.headers.duplicates", "http.body.binary")
def test_a_request_with_everything(wire: Wire) -> None:
    wire.run(
        r"""
        http:RequestAsync({
            Url = url,
            Method = "POST",
            Headers = { accept = "text/plain", ["X-A"] = "1", ["x-a"] = "2", ["Content-Type"] = "x/y" },
            Body = "\0\xff",
            Timeout = 7,
            Compress = Enum.HttpCompression.None,
        })
        """
    )
    (request,) = sent(wire.route)
    assert (request.method, request.content, request.extensions["timeout"]["read"]) == ("POST", b"\0\xff", 7)
    assert request.headers.raw[3:] == [
        (b"Roblox-Id", b"1"),
        (b"User-Agent", b"RobloxGameCloud/1.0 (+http://www.roblox.com)"),
        (b"Content-Type", b"x/y"),
        (b"x-a", b"2"),
        (b"accept", b"text/plain"),
        (b"Content-Length", b"2"),
    ]


@pytest.mark.fact("http.headers.defaults")
def test_studio_says_so() -> None:
    with respx.mock() as router, Universe(bridge=HttpxBridge()) as universe:
        route = router.get(URL).respond(200)
        universe.server(studio=True, place_id=42).run(HEAD + "http:RequestAsync({ Url = url })")
        (request,) = sent(route)
        assert (request.headers["user-agent"], request.headers["roblox-id"]) == ("RobloxStudio/WinInet", "42")


@pytest.mark.fact("http.compress")
@pytest.mark.parametrize(("body", "packed"), [("a" * 1000, True), ("a", False)])
def test_compression(wire: Wire, body: str, packed: bool) -> None:
    wire.run("http:RequestAsync({ Url = url, Method = 'POST', Body = ..., Compress = 1 })", body)
    wire.run("http:PostAsync(url, ..., Enum.HttpContentType.TextPlain, true)", body)
    for request in sent(wire.route):
        assert (request.headers.get("content-encoding") == "gzip") is packed
        assert (gzip.decompress(request.content) if packed else request.content) == body.encode()
        assert request.headers["content-length"] == str(len(request.content))


METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT"]


@pytest.mark.fact("http.method", "http.method.case")
@pytest.mark.parametrize("method", METHODS)
def test_methods(wire: Wire, method: str) -> None:
    wire.run("http:RequestAsync({ Url = url, Method = ... })", method)
    assert [request.method for request in sent(wire.route)] == [method]
    refused = wire.error("http:RequestAsync({ Url = url, Method = ... })", method.lower())
    assert refused == f"Invalid request options, Method '{method.lower()}' is not known"


@pytest.mark.fact("http.bad_arguments", "http.error.unprefixed")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("http:RequestAsync()", "Argument 1 missing or nil"),
        ("http:RequestAsync('x')", "Unable to cast string to Dictionary"),
        ("http.RequestAsync({})", "Expected ':' not '.' calling member function RequestAsync"),
        ("http:RequestAsync({})", "Invalid request options, Url is missing"),
        ("http:RequestAsync({ Url = 1 })", "Invalid request options, Url must be a string or a Secret"),
        ("http:RequestAsync({ Url = url, Method = 1 })", "Invalid request options, Method must be a string"),
        ("http:RequestAsync({ Url = url, Headers = 1 })", "Invalid request options, Headers must be a dictionary"),
        (
            "http:RequestAsync({ Url = url, Headers = { 'a' } })",
            "Invalid request options, names of headers must be strings",
        ),
        (
            "http:RequestAsync({ Url = url, Headers = { ['a b'] = 'x' } })",
            "Invalid request options, names of headers must be strings",
        ),
        (
            "http:RequestAsync({ Url = url, Headers = { a = true } })",
            'Invalid request options, header "a" must be a string or a Secret',
        ),
        (
            r"http:RequestAsync({ Url = url, Headers = { a = 'x\r\nb: y' } })",
            'Invalid request options, header "a" must be a string or a Secret',
        ),
        (
            "http:RequestAsync({ Url = url, Method = 'POST', Body = {} })",
            "Invalid request options, Body must be a string",
        ),
        ("http:RequestAsync({ Url = url, Timeout = 'x' })", "Invalid request options, Timeout must be a number"),
        (
            "http:RequestAsync({ Url = url, Compress = 7 })",
            "Invalid request options, Compress must be an Enum.HttpCompression",
        ),
        ("http:GetAsync()", "Argument 1 missing or nil"),
        ("http:GetAsync(url, 1)", "Unable to cast number to bool"),
        ("http:PostAsync(url)", "Argument 2 missing or nil"),
        ("http:PostAsync(url, '', 9)", 'Invalid value "9" for enum HttpContentType'),
        ("http:JSONDecode()", "Argument 1 missing or nil"),
        ("http:JSONDecode({})", "Unable to cast table to string"),
        ("http:UrlEncode(http)", "Unable to cast Instance to string"),
        ("http:GetSecret()", "Argument 1 missing or nil"),
    ],
)
def test_wrong_arguments(wire: Wire, call: str, message: str) -> None:
    assert wire.error(call) == message
    assert sent(wire.route) == []


@pytest.mark.fact("http.body.get")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_body_where_none_belongs(wire: Wire, method: str) -> None:
    text = "Invalid request options, Body should be empty for 'GET' or 'HEAD' method"
    assert wire.error("http:RequestAsync({ Url = url, Method = ..., Body = 'x' })", method) == text


@pytest.mark.fact("http.body.empty")
def test_an_empty_body(make: MakeWire) -> None:
    request = "return http:RequestAsync({ Url = url, Body = '' }).StatusCode"
    assert make(http_empty_body="ignore").run(request) == [200]
    text = "Invalid request options, Body should be empty for 'GET' or 'HEAD' method"
    assert make(http_empty_body="raise").error(request) == text


@pytest.mark.fact("http.headers.numbers")
def test_numbers_in_headers(make: MakeWire) -> None:
    request = "http:RequestAsync({ Url = url, Headers = { a = 1 } })"
    text = 'Invalid request options, header "a" must be a string or a Secret'
    assert make(http_header_numbers="raise").error(request) == text
    wire = make(http_header_numbers="text")
    wire.run(request)
    assert sent(wire.route)[0].headers["a"] == "1"


LOCKED = [
    *(
        "Accept-Encoding",
        "Connection",
        "Content-Length",
        "Expect",
        "Forwarded",
        "Host",
        "Proxy-Connection",
        "Roblox-Id",
    ),
    *("User-Agent", "Via", "X-Att-Deviceid", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"),
    "X-Wap-Profile",
]


@pytest.mark.fact("http.headers.locked")
def test_locked_headers(wire: Wire) -> None:
    source = """
    local texts = {}
    for index, name in ... do
        local _, text = pcall(http.RequestAsync, http, { Url = url, Headers = { [name] = "x" } })
        texts[index] = text
    end
    return texts
    """
    names = LOCKED + [name.lower() for name in LOCKED]
    assert wire.run(source, names) == [[f'Header "{name}" is not allowed!' for name in names]]
    for name in ("Content-Type", "content-encoding"):
        call = f"http:GetAsync(url, false, {{ ['{name}'] = 'x' }})"
        assert wire.error(call) == f'Header "{name}" is not allowed!'


# Addresses


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("", "Empty URL", marks=pytest.mark.fact("http.url.empty")),
        pytest.param("x", "x: Trust check failed", marks=pytest.mark.fact("http.url.trust")),
        ("ftp://a.example", "ftp://a.example: Trust check failed"),
        ("https://", "https://: Trust check failed"),
        ("https://a.example/a b", "https://a.example/a b: Trust check failed"),
        ("https://a.example/\n", "https://a.example/\n: Trust check failed"),
        pytest.param(
            "https://www.roblox.com/asset",
            "HttpService is not allowed to access ROBLOX resources",
            marks=pytest.mark.fact("http.url.roblox"),
        ),
        ("http://x@Roblox.Com:80", "HttpService is not allowed to access ROBLOX resources"),
    ],
)
def test_addresses_that_are_refused(wire: Wire, url: str, message: str) -> None:
    for call in ("RequestAsync({ Url = ... })", "GetAsync(...)", "PostAsync(..., '')"):
        assert wire.error(f"local u = ... http:{call.replace('...', 'u')}", url) == message


@pytest.mark.fact("http.url.roblox")
def test_only_roblox_itself_is_refused(wire: Wire) -> None:
    assert wire.run("return http:GetAsync(url .. '?u=https://www.roblox.com/asset')") == ["hello"]


@pytest.mark.fact("http.ports")
@pytest.mark.parametrize(
    ("port", "blocked"), [(1194, True), (22, True), (1023, True), (80, False), (443, False), (8080, False)]
)
def test_ports(port: int, blocked: bool) -> None:
    with respx.mock(assert_all_called=False) as router, Universe(bridge=HttpxBridge()) as universe:
        route = router.get(f"http://h.test:{port}/").respond(200)
        source = (
            f"local r = http:RequestAsync({{ Url = 'http://h.test:{port}/' }}) return r.StatusCode, r.StatusMessage"
        )
        expected = [403, "Forbidden"] if blocked else [200, "OK"]
        assert universe.server().run(HEAD + source) == expected
        assert len(sent(route)) == (0 if blocked else 1)


@pytest.mark.fact("http.open_cloud", "http.limit.open_cloud")
def test_open_cloud() -> None:
    settings = Settings(http_open_cloud_limit=1)
    secrets = {"k": Secret("v", "*.roblox.com")}
    with respx.mock() as router, Universe(bridge=HttpxBridge(), settings=settings, secrets=secrets) as universe:
        router.get("https://apis.roblox.com/cloud/v2/x").respond(200)
        source = """
        local base = "https://apis.roblox.com/cloud/v2/x"
        local function try(headers, u)
            local ok, reply = pcall(http.RequestAsync, http, { Url = u or base, Headers = headers })
            return if ok then reply.StatusCode else reply
        end
        return try({ ["x-api-key"] = "text" }), try({ accept = "x" }), try({}, base .. "/../y"),
            try({}, "http://apis.roblox.com/cloud/v2/x"),
            try({ ["x-api-key"] = http:GetSecret("k"), ["content-type"] = "x" }), try({})
        """
        base = "apis.roblox.com/cloud/v2/x"
        assert universe.server().run(HEAD + source) == [
            'Header "x-api-key" is not allowed!',
            'Header "accept" is not allowed!',
            f"https://{base}/../y: Trust check failed",
            f"http://{base}: Trust check failed",
            200,
            "Number of Open Cloud requests exceeded limit",
        ]


# Replies


@pytest.mark.fact("http.reply.fields", "http.reply.headers", "http.yields")
def test_a_reply(wire: Wire) -> None:
    headers = [("X-Repeated", "first"), ("Retry-After", "7"), ("x-repeated", "last")]
    reply = httpx.Response(200, headers=headers, content=b"\xff\0", extensions={"virtual_seconds": 2.5})
    wire.route.mock(return_value=reply)
    source = "local t, other = os.clock(), 0 task.delay(1, function() other = 1 end) "
    source += "local r = http:RequestAsync({ Url = url }) return r, os.clock() - t, other"
    assert wire.run(source) == [
        {
            "Success": True,
            "StatusCode": 200,
            "StatusMessage": "OK",
            "Headers": {"x-repeated": "last", "retry-after": "7", "content-length": "2"},
            "Body": b"\xff\0",
        },
        pytest.approx(2.5),
        1,
    ]


@pytest.mark.fact("http.yields")
def test_a_reply_without_latency_comes_with_the_next_frame(wire: Wire) -> None:
    wire.route.mock(return_value=httpx.Response(204, extensions={"virtual_seconds": 0}))
    source = "local t = os.clock() local r = http:RequestAsync({ Url = url }) return os.clock() - t, r.Headers, r.Body"
    assert wire.run(source) == [pytest.approx(FRAME), [], ""]


@pytest.mark.fact("http.reply.status")
@pytest.mark.parametrize("status", [200, 204, 299, 304, 400, 401, 404, 429, 500, 503])
def test_every_status_returns(wire: Wire, status: int) -> None:
    wire.route.respond(status)
    source = "local r = http:RequestAsync({ Url = url }) return r.Success, r.StatusCode"
    assert wire.run(source) == [status < 300, status]


@pytest.mark.fact("http.reply.message")
@pytest.mark.parametrize(("message", "expected"), [("phrase", "Not Found"), ("empty", "")])
def test_status_messages(make: MakeWire, message: str, expected: str) -> None:
    wire = make(http_status_message=message)
    wire.route.respond(404)
    assert wire.run("return http:RequestAsync({ Url = url }).StatusMessage") == [expected]


@pytest.mark.fact("http.redirects")
@pytest.mark.parametrize(("limit", "expected"), [(0, [302]), (1, ["HttpError: TooManyRedirects"]), (2, [200])])
def test_redirects(make: MakeWire, limit: int, expected: list[Any]) -> None:
    wire = make(http_redirects=limit)
    replies = [httpx.Response(302, headers={"Location": URL})] * 2 + [httpx.Response(200)]
    wire.route.mock(side_effect=replies)
    source = "local ok, r = pcall(http.RequestAsync, http, { Url = url }) return if ok then r.StatusCode else r"
    assert wire.run(source) == expected


# Errors and limits

REQUEST = (
    "local t = os.clock() local ok, err = pcall(http.RequestAsync, http, { Url = url }) return ok, err, os.clock() - t"
)


@pytest.mark.fact("http.error.connection", "http.error.timeout", "http.error.unprefixed")
@pytest.mark.parametrize(
    ("error", "text", "seconds"),
    [
        (httpx.ConnectError("x"), "HttpError: ConnectFail", 0.5),
        (HttpFault("HttpError: DnsResolve", 2), "HttpError: DnsResolve", 2),
        (HttpFault("HttpError: NetFail"), "HttpError: NetFail", FRAME),
        (httpx.ReadTimeout("x"), "HttpError: Timedout", 60),
        (HttpFault("never told", math.inf), "HttpError: Timedout", 60),
    ],
)
def test_failures(wire: Wire, error: Exception, text: str, seconds: float) -> None:
    wire.route.mock(side_effect=error)
    assert wire.run(REQUEST) == [False, text, pytest.approx(seconds)]


@pytest.mark.fact("http.error.names")
@pytest.mark.parametrize(("names", "rare"), [("items", "HttpError: Aborted"), ("unknown", "HttpError: Unknown")])
def test_names_of_errors(make: MakeWire, names: str, rare: str) -> None:
    wire = make(http_error_names=names)
    for given, expected in [
        ("HttpError: Aborted", rare),
        ("HttpError: NetFail", "HttpError: NetFail"),
        ("else", "else"),
    ]:
        wire.route.mock(side_effect=HttpFault(given))
        assert wire.run(REQUEST)[1] == expected


@pytest.mark.fact("http.error.timeout", "http.timeout.default", "http.timeout.field")
@pytest.mark.parametrize(("limit", "option", "after"), [(60, "nil", 60), (10, "nil", 10), (60, "7", 7), (60, "60", 60)])
def test_an_answer_that_never_comes(make: MakeWire, limit: float, option: str, after: float) -> None:
    wire = make(http_timeout=limit)
    wire.route.mock(return_value=httpx.Response(200, extensions={"virtual_seconds": math.inf}))
    source = REQUEST.replace("Url = url", f"Url = url, Timeout = {option}")
    assert wire.run(source) == [False, "HttpError: Timedout", pytest.approx(after)]


@pytest.mark.fact("http.timeout.default")
def test_without_a_timeout_a_thread_waits_for_ever(make: MakeWire) -> None:
    wire = make(http_timeout=math.inf)
    wire.route.mock(return_value=httpx.Response(200, extensions={"virtual_seconds": math.inf}))
    source = "local done task.spawn(function() http:GetAsync(url) done = 1 end) task.wait(3000) return done"
    assert wire.run(source) == [None]
    wire.route.mock(return_value=httpx.Response(200, extensions={"virtual_seconds": 1000}))
    assert wire.run(REQUEST)[2] == pytest.approx(1000)


@pytest.mark.fact("http.timeout.field")
def test_a_late_answer_is_lost(wire: Wire) -> None:
    wire.route.mock(return_value=httpx.Response(200, extensions={"virtual_seconds": 7.01}))
    assert wire.run(REQUEST.replace("Url = url", "Url = url, Timeout = 7"))[1] == "HttpError: Timedout"
    wire.route.mock(return_value=httpx.Response(200, extensions={"virtual_seconds": 7}))
    assert wire.run(REQUEST.replace("Url = url", "Url = url, Timeout = 7"))[0] is True


@pytest.mark.fact("http.timeout.range")
@pytest.mark.parametrize(("option", "clamped"), [("0", 1), ("-3", 1), ("1.5", 1), ("61", 60), ("math.huge", 60)])
def test_timeouts_out_of_range(make: MakeWire, option: str, clamped: int) -> None:
    request = f"http:RequestAsync({{ Url = url, Timeout = {option} }})"
    text = "Invalid request options, Timeout must be an integer above 0 and at most 60"
    assert make(http_bad_timeout="raise").error(request) == text
    wire = make(http_bad_timeout="clamp")
    wire.run(request)
    assert sent(wire.route)[0].extensions["timeout"]["read"] == clamped
    assert wire.error("http:RequestAsync({ Url = url, Timeout = 0 / 0 })") == text


@pytest.mark.fact("http.error.disabled")
@pytest.mark.parametrize("call", ["RequestAsync({ Url = url })", "GetAsync(url)", "PostAsync(url, '')"])
def test_a_game_that_allows_no_requests(make: MakeWire, call: str) -> None:
    wire = make({"http_enabled": False})
    assert wire.error(f"http:{call}") == "Http requests are not enabled. Enable via game settings"
    assert wire.run("return http.HttpEnabled") == [False]
    assert sent(wire.route) == []


@pytest.mark.fact("http.enabled.access", "http.enabled.reads")
def test_http_enabled(make: MakeWire) -> None:
    assert make().run("return http.HttpEnabled") == [True]
    assert make(http_enabled_reads="false").run("return http.HttpEnabled, http:GetAsync(url)") == [False, "hello"]
    assert make().error("http.HttpEnabled = true").startswith("The current thread cannot write 'HttpEnabled'")


@pytest.mark.fact("http.enabled.access")
def test_a_place_says_whether_requests_are_allowed(make: MakeWire) -> None:
    wire = make()
    service = ScriptTree("HttpService", "HttpService", properties={"HttpEnabled": False})
    wire.server.mount_game(ScriptTree("Place", "DataModel", children=(service,)))
    assert wire.run("return http.HttpEnabled") == [False]
    assert wire.error("http:GetAsync(url)") == "Http requests are not enabled. Enable via game settings"


@pytest.mark.fact("http.error.client", "secret.get")
@pytest.mark.parametrize("studio", [True, False])
def test_clients_send_nothing(studio: bool) -> None:
    with Universe(secrets={"k": Secret("v")}) as universe:
        universe.server(studio=studio)
        client = universe.client("Ann", studio=studio)
        source = """
        local function text(f, ...) return select(2, pcall(f, http, ...)) end
        return text(http.RequestAsync, { Url = url }), text(http.GetSecret, "k")
        """
        texts = ["Http requests can only be executed by game server", "Can't find secret with given key"]
        assert client.run(HEAD + source, parent="ReplicatedFirst") == texts


BURST = """
local count, pause = ...
local log = {}
for index = 1, count do
    task.spawn(function()
        local t = os.clock()
        local ok, err = pcall(http.RequestAsync, http, { Url = url })
        log[index] = if ok then "ok" else `{err} after {math.round(os.clock() - t)}`
    end)
    task.wait(pause)
end
task.wait(40)
return log
"""
OVER = "Number of requests exceeded limit after"


@pytest.mark.fact("http.limit", "http.limit.stall")
@pytest.mark.parametrize(("mode", "after"), [("throw", 0), ("stall", 30)])
def test_past_the_limit(make: MakeWire, mode: str, after: int) -> None:
    wire = make(http_limit_mode=mode)
    assert wire.run(BURST, 502, 0.01) == [["ok"] * 500 + [f"{OVER} {after}"] * 2]
    assert len(sent(wire.route)) == 500


@pytest.mark.fact("http.limit", "http.limit.window")
@pytest.mark.parametrize(
    ("window", "expected"),
    [
        # A request every 25 seconds, two a minute. Sliding forgets each one after 60 seconds, fixed all at once.
        ("sliding", ["ok", "ok", "no", "ok", "ok", "no", "ok", "ok"]),
        ("fixed", ["ok", "ok", "no", "ok", "ok", "ok", "ok", "no"]),
    ],
)
def test_shapes_of_the_window(make: MakeWire, window: str, expected: list[str]) -> None:
    wire = make(http_window=window, http_limit=2)
    log: list[str] = wire.run(BURST, 8, 25)[0]
    assert [line if line == "ok" else "no" for line in log] == expected


@pytest.mark.fact("http.slots")
@pytest.mark.parametrize(("slots", "finished"), [(2, [1, 1, 2, 2, 3]), (16, [1, 1, 1, 1, 1])])
def test_slots(make: MakeWire, slots: int, finished: list[int]) -> None:
    wire = make(http_slots=slots)
    wire.route.mock(return_value=httpx.Response(200, extensions={"virtual_seconds": 1}))
    source = """
    local log = {}
    for index = 1, 5 do
        task.spawn(function()
            http:GetAsync(url)
            log[index] = math.round(os.clock() - 1000)
        end)
    end
    task.wait(10)
    return log
    """
    assert wire.run(source) == [finished]


@pytest.mark.fact("coroutine.refused_yield")
def test_a_request_that_cannot_be_waited_for_is_never_sent(make: MakeWire) -> None:
    wire = make(http_slots=1, http_limit=1)
    source = """
        local refused = pcall(table.sort, { 2, 1 }, function() http:RequestAsync({ Url = url }) return true end)
        return refused, http:RequestAsync({ Url = url }).StatusCode
    """
    assert wire.run(source) == [False, 200]
    assert wire.route.call_count == 1


@pytest.mark.fact("http.slots")
def test_slots_outlive_those_who_took_them(make: MakeWire) -> None:
    wire = make(http_slots=1)
    wire.route.mock(return_value=httpx.Response(200, text="x", extensions={"virtual_seconds": 1}))
    source = """
    local first = task.spawn(function() http:GetAsync(url) error("never") end)
    local second = task.spawn(function() http:GetAsync(url) error("never") end)
    task.cancel(first)
    task.cancel(second)
    return http:GetAsync(url)
    """
    assert wire.run(source) == ["x"]
    assert (len(sent(wire.route)), wire.server.output) == (2, [])


def test_a_request_that_nobody_mocked_fails_the_test(wire: Wire) -> None:
    with pytest.raises(AssertionError, match=r"not mocked"):
        wire.run("pcall(http.GetAsync, http, 'https://nobody.mocked/this') return 'swallowed'")


def test_a_universe_without_a_bridge_says_so(server: Peer) -> None:
    with pytest.raises(RuntimeError, match="has no bridge"):
        server.run(HEAD + "http:GetAsync(url)")


# GetAsync and PostAsync


@pytest.mark.fact("http.get_async")
def test_get_async(wire: Wire) -> None:
    source = "return http:GetAsync(url .. '?1', true, { ['X-A'] = 'b' }), http:GetAsync(url)"
    assert wire.run(source) == ["hello", "hello"]
    assert (sent(wire.route)[0].method, sent(wire.route)[0].headers["x-a"]) == ("GET", "b")
    wire.route.respond(404)
    assert wire.error("http:GetAsync(url)") == "HTTP 404 (Not Found)"
    assert wire.error("http:PostAsync(url, '')") == "HTTP 404 (Not Found)"


@pytest.mark.fact("http.post_async")
@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("nil", "application/json"),
        ("Enum.HttpContentType.ApplicationXml", "application/xml"),
        ("'ApplicationUrlEncoded'", "application/x-www-form-urlencoded"),
        ("3", "text/plain"),
        ("4", "text/xml"),
    ],
)
def test_post_async(wire: Wire, item: str, expected: str) -> None:
    assert wire.run(f"return http:PostAsync(url, '[1]', {item}, false, {{ a = 'b' }})") == ["hello"]
    (request,) = sent(wire.route)
    assert (request.method, request.content, request.headers["content-type"]) == ("POST", b"[1]", expected)
    assert request.headers["a"] == "b"


@pytest.mark.fact("http.post_async.limit", "http.request_async.limit")
def test_large_bodies(make: MakeWire) -> None:
    text = "Post data too large. Limit: 1024 KB. Post size: 1024 KB"
    post = "http:PostAsync(url, string.rep('x', ...))"
    request = "http:RequestAsync({ Url = url, Method = 'POST', Body = string.rep('x', ...) })"
    wire = make(http_post_limit="post")
    wire.run(post, 2**20 - 1)
    wire.run(request, 2**20)
    assert wire.error(post, 2**20) == text
    assert make(http_post_limit="all").error(request, 2**20) == text


# The rest


@pytest.mark.fact("http.url_encode", "http.url_encode.unreserved")
@pytest.mark.parametrize(("encoded", "expected"), [(True, "%2D%5F%7E"), (False, "-_~")])
def test_url_encode(make: MakeWire, encoded: bool, expected: str) -> None:
    wire = make({"http_enabled": False}, url_encode_unreserved=encoded)
    texts = "http:UrlEncode('-_~'), http:UrlEncode('aZ09 é'), http:UrlEncode('https://a.b/#')"
    assert wire.run(f"return {texts}") == [expected, "aZ09%20%C3%A9", "https%3A%2F%2Fa%2Eb%2F%23"]


@pytest.mark.fact("http.guid")
def test_guids() -> None:
    def guids(seed: int) -> list[Any]:
        with Universe(seed=seed, http_enabled=False) as universe:
            source = "return http:GenerateGUID(false), http:GenerateGUID(), http:GenerateGUID(true), math.random()"
            return list(universe.server().run(HEAD + source))

    first = guids(1)
    pattern = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert [bool(re.fullmatch(pattern, guid)) for guid in first[:3]] == [True, False, False]
    assert all(re.fullmatch(rf"\{{{pattern}\}}", guid) for guid in first[1:3])
    assert guids(1) == first
    assert len({*first, *guids(2)}) == 8
    with Universe(seed=1) as universe:
        assert universe.server().run("return math.random()") == first[3:]


# Secrets

SECRETS = {"key": Secret("VALUE", "*.example.com"), "url": Secret(URL), "other": Secret("X", "other.test")}


@pytest.mark.fact("secret.where", "secret.prefix", "secret.domain")
def test_a_secret_is_put_in_on_the_way_out(make: MakeWire) -> None:
    wire = make({"secrets": SECRETS})
    wire.run(
        """
        local key = http:GetSecret("key")
        http:RequestAsync({
            Url = http:GetSecret("url"):AddSuffix("?k="),
            Headers = { ["x-api-key"] = key, Authorization = key:AddPrefix("Bearer "):AddSuffix("!"):AddPrefix("<") },
        })
        http:GetAsync(key:AddPrefix(url .. "?k="):AddSuffix("&end"), false, { a = key })
        http:PostAsync(http:GetSecret("url"), "")
        """
    )
    first, second, third = sent(wire.route)
    assert (target(first), target(second), target(third)) == ("/v1/a?k=", "/v1/a?k=VALUE&end", "/v1/a")
    assert (first.headers["x-api-key"], first.headers["authorization"]) == ("VALUE", "<Bearer VALUE!")
    assert second.headers["a"] == "VALUE"


@pytest.mark.fact("secret.text", "secret.opaque", "secret.prefix")
def test_scripts_never_see_a_value(make: MakeWire) -> None:
    wire = make({"secrets": SECRETS})
    source = """
    local key = http:GetSecret("key")
    local function text(f, ...) return select(2, pcall(f, ...)) end
    print(key)
    return typeof(key), type(key), tostring(key:AddPrefix("a "):AddSuffix(" b"):AddPrefix("c ")),
        text(function() return "x" .. key end), text(function() return #key end), text(function() return key.Value end),
        text(function() key.x = 1 end), text(http.JSONEncode, http, { key }), text(http.UrlEncode, http, key),
        text(function() return key.AddPrefix("x", "y") end), text(key.AddPrefix, key, {}),
        text(http.RequestAsync, http, { Url = url, Method = "POST", Body = key }), getmetatable(key)
    """
    assert wire.run(source) == [
        "Secret",
        "userdata",
        "c a Secret(key) b",
        "ServerScriptService.Script:7: attempt to concatenate string with Secret",
        "ServerScriptService.Script:7: attempt to get length of a Secret value",
        "Value is not a valid member of Secret",
        "x cannot be assigned to",
        "Can't convert to JSON",
        "Unable to cast Secret to string",
        "Expected ':' not '.' calling member function AddPrefix",
        "Unable to cast table to string",
        "Invalid request options, Body must be a string",
        "The metatable is locked",
    ]
    assert [line.text for line in wire.server.output] == ["Secret(key)"]
    assert "VALUE" not in repr(SECRETS)


@pytest.mark.fact("secret.get")
def test_unknown_secrets(make: MakeWire) -> None:
    wire = make({"secrets": SECRETS})
    assert wire.error("http:GetSecret('nothing')") == "Can't find secret with given key"
    assert wire.run("return typeof(http:GetSecret('key'))") == ["Secret"]


@pytest.mark.fact("secret.domain", "secret.domain.text")
@pytest.mark.parametrize("text", ["HttpError: Unknown", "Secret is not for this domain"])
def test_a_secret_stays_in_its_domain(make: MakeWire, text: str) -> None:
    wire = make({"secrets": SECRETS}, http_wrong_domain=text)
    assert wire.error("http:GetAsync(url, false, { a = http:GetSecret('other') })") == text
    assert wire.error("http:GetAsync(http:GetSecret('other'):AddPrefix(url))") == text
    assert wire.error("http:GetAsync(http:GetSecret('other'):AddPrefix('https://h.test:x/'))") == text
    assert sent(wire.route) == []


@pytest.mark.fact("secret.domain")
@pytest.mark.parametrize(
    ("domain", "host", "allowed"),
    [
        ("*", "h.test", True),
        ("h.test", "h.test", True),
        ("h.test", "a.h.test", False),
        ("*.h.test", "a.b.h.test", True),
        ("*.H.test", "a.h.test", True),
        ("H.Test", "h.test", True),
        ("*.h.test", "h.test", False),
        ("*.h.test", "evilh.test", False),
    ],
)
def test_domains(domain: str, host: str, allowed: bool) -> None:
    assert Secret("v", domain).allows(host) is allowed


@pytest.mark.fact("secret.length")
def test_long_secrets() -> None:
    assert Secret("x" * 1024).value
    with pytest.raises(ValueError, match="at most 1024"):
        Secret("x" * 1025)


@pytest.mark.fact("secret.where")
def test_text_cannot_pose_as_a_secret(make: MakeWire) -> None:
    wire = make({"secrets": SECRETS})
    assert wire.error(r"http:GetAsync(url .. '?\0key\0')").endswith("Trust check failed")
    assert wire.error(r"http:GetAsync(http:GetSecret('key'):AddPrefix(url .. '\0other\0'))").endswith(
        "Trust check failed"
    )
    assert "must be a string or a Secret" in wire.error(r"http:GetAsync(url, false, { a = '\0key\0' })")
