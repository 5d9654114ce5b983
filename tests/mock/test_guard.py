"""Control and log are for programs on this machine, not for the pages that its browsers show."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
from functools import cache
from urllib.parse import urlsplit

import httpx
import pytest

from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.mock.server import CONTROL, Gateway, Latency, make_app
from support.game import api
from support.served import served

SIMILAR = httpx.URL(api().server_url).path + api().operation("similar").path
OWN = [CONTROL, f"{CONTROL}/log", f"{CONTROL}/log.html", "/"]
PORT = 8080


@cache
def catalogue() -> Catalogue:
    return Catalogue.generate(size=9, seed=3)


def gateway() -> Gateway:
    return Gateway(MockApi(api(), catalogue(), seconds=0), lambda: 0.0, random.Random(1))


def ask(
    method: str,
    path: str,
    headers: dict[str, str] | list[tuple[str, str]],
    content: bytes = b"",
    hosts: tuple[str, ...] = (),
) -> httpx.Response:
    """Send a request with just these headers to a new server."""

    async def main() -> httpx.Response:
        transport = httpx.ASGITransport(make_app(gateway(), hosts=hosts))
        async with httpx.AsyncClient(transport=transport) as client:
            request = httpx.Request(method, f"http://x{path}", content=content)
            request.headers = httpx.Headers(headers)
            return await client.send(request)

    return asyncio.run(main())


HERE = ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "[::1]", "[::ffff:127.0.0.1]", "localhost."]
ELSEWHERE = [
    "attacker.test",
    "localhost.attacker.test",
    "127.0.0.1.attacker.test",
    "attacker.test#localhost",
    "localhost@attacker.test",
    "0.0.0.0",
    "192.168.1.7",
    "[fe80::1]",
    "2130706433",
    "0x7f.1",
    "127.1",
    "",
]


@pytest.mark.cases(16)
@pytest.mark.parametrize("path", OWN)
@pytest.mark.parametrize("port", ["", f":{PORT}", ":1"])
@pytest.mark.parametrize("host", HERE)
def test_programs_on_this_machine_are_answered(host: str, port: str, path: str) -> None:
    assert ask("GET", path, {"host": host + port}).status_code in {200, 307}


@pytest.mark.cases(16)
@pytest.mark.parametrize("path", [*OWN, f"{CONTROL}/nothing"])
@pytest.mark.parametrize("host", ELSEWHERE)
def test_a_name_that_was_made_to_lead_here_is_refused(host: str, path: str) -> None:
    reply = ask("GET", path, {"host": f"{host}:{PORT}"})
    assert reply.status_code == 403
    assert "--allow-host" in reply.json()["error"]


@pytest.mark.parametrize(
    "headers", [[], [("host", "localhost"), ("host", "attacker.test")], [("host", "localhost, attacker.test")]]
)
def test_so_is_a_host_that_is_not_one(headers: list[tuple[str, str]]) -> None:
    assert ask("GET", CONTROL, headers).status_code == 403


def test_further_hosts_may_be_named() -> None:
    hosts = ("mock.test", "192.168.1.7")
    assert ask("GET", CONTROL, {"host": "Mock.Test:80"}, hosts=hosts).status_code == 200
    assert ask("GET", CONTROL, {"host": "192.168.1.7"}, hosts=hosts).status_code == 200
    assert ask("GET", CONTROL, {"host": "other.test"}, hosts=hosts).status_code == 403


PAGES = [
    {"origin": "http://attacker.test"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": "http://localhost:3000"},
    {"origin": "http://localhost"},
    {"origin": f"http://localhost:{PORT}.attacker.test"},
    {"origin": f"file://localhost:{PORT}"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": f"http://localhost:{PORT}", "sec-fetch-site": "cross-site"},
]


@pytest.mark.cases(12)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("page", PAGES)
def test_pages_of_another_origin_are_refused_and_change_nothing(page: dict[str, str], method: str) -> None:
    headers = {"host": f"localhost:{PORT}", "content-type": "application/json", **page}
    reply = ask(method, CONTROL, headers, b'{"script": ["nan"]}')
    assert reply.status_code == 403
    assert not [name for name in reply.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "page", [{"sec-fetch-site": "none"}, {"sec-fetch-site": "same-origin", "origin": f"http://localhost:{PORT}"}]
)
def test_our_own_page_is_answered(page: dict[str, str]) -> None:
    headers = {"host": f"localhost:{PORT}", "content-type": "application/json", **page}
    assert ask("POST", CONTROL, headers, b'{"script": ["nan"]}').json()["script"] == ["nan"]


@pytest.mark.parametrize("headers", [{"host": "attacker.test"}, {"host": "localhost", "origin": "null"}, {}])
def test_the_api_answers_everybody_and_allows_no_page_to_read_it(headers: dict[str, str]) -> None:
    seed = catalogue().entries[0].asset_id
    reply = ask("GET", f"{SIMILAR}?asset_id={seed}", {**headers, api().api_key_header: DEMO_KEY})
    assert reply.status_code == 200
    assert not [name for name in reply.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON;charset=UTF-8", 200),
        ("text/plain", 415),
        ("text/plain; application/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/jsonp", 415),
        ("", 415),
        (None, 415),
    ],
)
def test_an_order_says_that_it_is_json(kind: str | None, status: int) -> None:
    headers = {"host": "localhost"} | ({} if kind is None else {"content-type": kind})
    assert ask("POST", CONTROL, headers, b'{"script": ["nan"]}').status_code == status


@pytest.mark.parametrize(
    ("order", "status", "said"),
    [
        ({"script": [None] * 10_000}, 200, ""),
        ({"script": [None] * 10_001}, 422, "script: takes at most 10,000 requests"),
        ({"script": ["never"] * 100_001}, 422, "script: takes at most 10,000 requests"),
        ({"keys": [f"key-{number}" for number in range(101)]}, 422, "keys: takes at most 100 keys"),
        ({"tiers": {f"{number}": {"requests": 1} for number in range(101)}}, 422, "tiers: takes at most 100 keys"),
        ({"keys": ["k" * 1_000_001]}, 413, "the body may have at most 1,000,000 bytes"),
    ],
)
def test_an_order_has_its_bounds(order: dict[str, object], status: int, said: str) -> None:
    headers = {"host": "localhost", "content-type": "application/json"}
    reply = ask("POST", CONTROL, headers, json.dumps(order).encode())
    assert reply.status_code == status
    assert said in reply.json().get("error", "")


HOST = f"Host: localhost:{PORT}\r\n{api().api_key_header}: {DEMO_KEY}\r\n"
GET = f"GET {SIMILAR}?asset_id=1 HTTP/1.1\r\n{HOST}\r\n"
POSTED = f"{HOST}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"


LEAVING = [
    *(
        (said, None)
        for said in (
            "",
            f"GET {SIMILAR} HTTP/1.1\r\nHost:",
            f'POST {CONTROL} HTTP/1.1\r\n{POSTED}{{"script"',
            f"POST {SIMILAR} HTTP/1.1\r\n{POSTED}half",
            f"GET {CONTROL}/log.html HTTP/1.1\r\n{HOST}\r\n",
            GET * 5,
        )
    ),
    *((GET * 2, trouble) for trouble in ("latency", "closed", "inactive", "never", "big")),
]


@pytest.mark.cases(8)
@pytest.mark.parametrize("abrupt", [False, True])
@pytest.mark.parametrize(("said", "trouble"), LEAVING)
def test_a_client_that_leaves_is_no_fault(
    said: str, trouble: str | None, abrupt: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = gateway()
    if trouble == "latency":
        asked.latency = Latency(0.02, 0.03, 0.02)
    elif trouble:
        asked.faults.meet(trouble, trouble)
    with served(asked) as address:
        with socket.create_connection(("127.0.0.1", urlsplit(address).port or 0), timeout=5) as client:
            if abrupt:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(said.encode())
        # It still answers; and at its end it waits for what is under way.
        assert httpx.get(f"{address}{CONTROL}", trust_env=False).status_code == 200
    assert "Traceback" not in capfd.readouterr().err
