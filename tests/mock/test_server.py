"""The mocked API on localhost: in process with a clock of its own, once over real HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import httpx
import pytest

from audioscape_luau.mock import DEMO_KEY, FAULTS, Catalogue, MockApi, fault
from audioscape_luau.mock.server import CONTROL, Gateway, Latency, make_app, understand, why_not
from audioscape_luau.mock.server.app import ConnectionCut
from audioscape_luau.mock.server.control import state
from audioscape_luau.mock.server.edge import LONGEST_BODY, LONGEST_HEAD, LONGEST_TARGET, Edge
from audioscape_luau.mock.server.faults import CUT
from support.game import api
from support.snippets import ROOT, snippets

SIMILAR = httpx.URL(api().server_url).path + api().operation("similar").path
HEADERS = {api().api_key_header: DEMO_KEY}
JSON = {"content-type": "application/json"}
SHOWN = [row for row in FAULTS if why_not(row) is None]


@cache
def catalogue() -> Catalogue:
    return Catalogue.generate(size=120, seed=3)


SEEDS = [entry.asset_id for entry in catalogue().entries]


class World:
    """A server whose time stands still unless a reply takes some."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.gateway = Gateway(MockApi(api(), catalogue(), seconds=0), lambda: self.now, random.Random(1))
        self.app = make_app(self.gateway, self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://localhost:1", headers=HEADERS
        )

    def run[T](self, use: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
        async def main() -> T:
            async with self.client() as client:
                return await use(client)

        return asyncio.run(main())

    def get(self, url: str = f"{SIMILAR}?asset_id={SEEDS[0]}", **options: Any) -> httpx.Response:
        return self.run(lambda client: client.get(url, **options))

    def order(self, **order: Any) -> httpx.Response:
        return self.run(lambda client: client.post(CONTROL, json=order))


@pytest.fixture
def world() -> World:
    return World()


def ids(reply: httpx.Response) -> list[str]:
    return [track["asset_id"] for track in json.loads(reply.content)["tracks"]]


def expected(seed: str, *, limit: int = 20, offset: int = 0, **filters: Any) -> list[str]:
    return [entry.asset_id for _, entry in catalogue().similar(seed, **filters)[offset : offset + limit]]


def test_it_answers_from_the_catalogue_wherever_the_client_found_it(world: World) -> None:
    reply = world.get()
    assert (reply.status_code, ids(reply)) == (200, expected(SEEDS[0]))
    assert world.gateway.api.violations == []


@pytest.mark.parametrize(
    ("url", "headers", "status"),
    [
        (f"{SIMILAR}?asset_id=1", {api().api_key_header: "other"}, 401),
        (f"{SIMILAR}?asset_id=1", {api().api_key_header: ""}, 401),
        (f"{SIMILAR}?asset_id=1", {}, 404),
        (f"{SIMILAR}?asset_id=x", {}, 400),
    ],
)
def test_refusals_are_those_of_the_specification(world: World, url: str, headers: dict[str, str], status: int) -> None:
    reply = world.get(url, headers=headers)
    example = next(example for example in api().operation("similar").examples if example.status == status)
    assert (reply.status_code, reply.content) == (status, example.body)


def exchange(world: World, target: str, sent: list[Any] | None = None) -> list[Any]:
    """Send a GET in the words of ASGI, and go once it was read; return what is sent back, added to `sent`."""
    told = iter([{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}])
    sent = [] if sent is None else sent

    async def receive() -> dict[str, Any]:
        return next(told)

    async def send(message: Any) -> None:
        sent.append(message)

    query = f"asset_id={SEEDS[0]}".encode()
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    scope = {"type": "http", "method": "GET", "path": target, "raw_path": target.encode(), "query_string": query}

    async def main() -> None:
        await world.app({**scope, "headers": headers}, receive, send)

    asyncio.run(main())
    return sent


def test_a_client_may_name_the_whole_address(world: World) -> None:
    assert exchange(world, f"http://127.0.0.1:80{SIMILAR}")[0]["status"] == 200


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        ("http://[::1/nothing", "unknown-path"),
        ("http://host:port/nothing", "unknown-path"),
        ("*", "unknown-path"),
        ("host:443", "unknown-path"),
        ("/nothing#part", "wrong-encoding"),
        (f"{SIMILAR}#part", "wrong-encoding"),
        (f"{SIMILAR}\u00e4", "wrong-encoding"),
        (f"{CONTROL}s", "unknown-path"),
    ],
)
def test_whatever_is_asked_for_is_judged(world: World, target: str, rule: str) -> None:
    assert exchange(world, target)[0]["status"] in {400, 404}
    assert [violation.rule for violation in world.gateway.api.violations] == [rule]
    assert world.gateway.log[-1].broken


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("PUT", CONTROL, 405, {"GET", "HEAD", "POST", "DELETE"}),
        ("POST", f"{CONTROL}/log", 405, {"GET", "HEAD"}),
        ("POST", "/", 405, {"GET", "HEAD"}),
        ("GET", f"{CONTROL}/nothing", 404, set[str]()),
        ("GET", "/favicon.ico", 204, set[str]()),
    ],
)
def test_what_is_asked_of_the_server_itself_is_no_request_to_the_api(
    world: World, method: str, path: str, status: int, allowed: set[str]
) -> None:
    reply = world.run(lambda client: client.request(method, path))
    assert (reply.status_code, {*filter(None, reply.headers.get("allow", "").split(", "))}) == (status, allowed)
    assert world.gateway.requests == 0


@pytest.mark.parametrize(
    ("url", "headers", "body"),
    [
        (f"{SIMILAR}?{'a' * (LONGEST_TARGET - len(SIMILAR))}", {}, b""),
        (f"{SIMILAR}?{'a' * 200_000}", {}, b""),
        (f"{SIMILAR}?asset_id={SEEDS[0]}", {"x-long": "a" * LONGEST_HEAD}, b""),
        (SIMILAR, {}, b"a" * (LONGEST_BODY + 1)),
    ],
    ids=["target", "target that httpx does not take", "head", "body"],
)
def test_what_is_too_long_for_the_edge_goes_no_further(
    world: World, url: str, headers: dict[str, str], body: bytes
) -> None:
    world.get()
    path, _, query = url.partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode()}
    raw = [(name.encode(), value.encode()) for name, value in (HEADERS | headers).items()]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async def main() -> None:
        await world.app({**scope, "headers": raw}, receive, send)

    asyncio.run(main())
    assert sent[0]["status"] == 413
    assert world.gateway.log[-1].status == 413
    assert world.gateway.api.violations == []
    assert len(json.dumps(world.get(f"{CONTROL}/log").json())) < 20_000


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "CONNECT", "FOO"])
def test_a_request_of_another_method_is_judged_as_well(world: World, method: str) -> None:
    url = f"{SIMILAR}?asset_id={SEEDS[0]}"
    assert world.get(url).status_code == 200
    reply = world.run(lambda client: client.request(method, url))
    assert reply.status_code == 404
    assert reply.headers["x-cache"] == "Error from cloudfront"
    assert [violation.rule for violation in world.gateway.api.violations] == ["wrong-method"]


def test_equal_addresses_of_one_key_meet_the_edge_cache_until_it_is_too_old(world: World) -> None:
    world.order(keys=[DEMO_KEY, "second"])
    first = world.get()
    assert first.headers["x-cache"] == "Miss from cloudfront"
    assert first.headers["cache-control"] == "public, max-age=300"
    assert "age" not in first.headers
    world.now += 299
    second = world.get()
    assert (second.headers["x-cache"], second.headers["age"]) == ("Hit from cloudfront", "299")
    assert second.content == first.content
    for other in (
        world.get(headers={api().api_key_header: "second"}),
        world.get(f"{SIMILAR}?asset_id={SEEDS[0]}&limit=20"),
        world.get(f"{SIMILAR}?asset_id=1"),
        world.get(f"{SIMILAR}?asset_id=1"),
    ):
        assert not other.headers["x-cache"].startswith("Hit")
    world.now += 1
    assert world.get().headers["x-cache"] == "Miss from cloudfront"


def test_every_reply_says_that_it_came_by_the_edge_and_a_hit_which_reply_it_was(world: World) -> None:
    replies = [world.get(), world.get(), world.get(f"{SIMILAR}?asset_id=1"), world.get("/nothing")]
    assert {reply.headers["via"] for reply in replies} == {"1.1 mock.cloudfront.net (CloudFront)"}
    assert [reply.headers["x-amz-cf-id"] for reply in replies] == ["mock-1", "mock-2", "mock-3", "mock-4"]
    assert [reply.headers["x-amzn-requestid"] for reply in replies] == ["mock-1", "mock-1", "mock-3", "mock-4"]


def test_a_get_with_a_body_is_judged_though_its_address_is_kept(world: World) -> None:
    world.get()
    url = f"{SIMILAR}?asset_id={SEEDS[0]}"
    reply = world.run(lambda client: client.request("GET", url, content=b"{}"))
    assert (reply.status_code, reply.headers["x-cache"]) == (400, "Error from cloudfront")
    assert [violation.rule for violation in world.gateway.api.violations] == ["undeclared-body"]


def test_the_edge_keeps_so_many_bytes_of_the_newest_replies() -> None:
    edge = Edge(capacity=100)
    for number in range(4):
        edge.keep("key", b"%d" % number, 0, httpx.Response(200, content=b"a" * 30))
    assert [edge.find("key", b"%d" % number, 0) is not None for number in range(4)] == [False, True, True, True]
    for _ in range(9):
        edge.keep("key", b"1", 0, httpx.Response(200, content=b"b" * 40))
    assert [edge.find("key", b"%d" % number, 0) is not None for number in range(4)] == [False, True, True, True]
    edge.keep("key", b"4", 0, httpx.Response(200, content=b"c" * 101))
    assert [edge.find("key", b"%d" % number, 0) for number in range(5)] == [None] * 5


@pytest.mark.thorough
def test_however_many_requests_come_only_the_newest_are_remembered(world: World) -> None:
    async def main(client: httpx.AsyncClient) -> None:
        for _ in range(1100):
            await client.get("/nothing")

    world.run(main)
    state = world.get(CONTROL).json()
    assert (state["requests"], state["violations"]) == (1100, 1100)
    assert len(world.get(f"{CONTROL}/log").json()) == len(world.gateway.api.violations) == 1000
    assert "The newest 200 of 1,100 requests" in world.get(f"{CONTROL}/log.html").text


def test_a_tier_lets_so_many_pass_in_any_stretch_of_its_length(world: World) -> None:
    world.order(tiers={DEMO_KEY: {"requests": 2, "seconds": 10, "retry_after": True}})

    def ask(seed: int) -> httpx.Response:
        return world.get(f"{SIMILAR}?asset_id={SEEDS[seed]}")

    assert ask(0).status_code == 200
    world.now += 4
    assert ask(1).status_code == 200
    refused = ask(2)
    example = next(example for example in api().operation("similar").examples if example.status == 429)
    assert (refused.status_code, refused.content) == (429, example.body)
    assert refused.headers["retry-after"] == "6"
    assert ask(1).headers["x-cache"] == "Hit from cloudfront"
    world.now += 6
    assert ask(2).status_code == 200
    assert ask(3).status_code == 429
    world.order(tiers={DEMO_KEY: {"requests": 0}})
    assert "retry-after" not in ask(4).headers


def test_each_key_has_a_tier_of_its_own(world: World) -> None:
    keys = [DEMO_KEY, "second", "third"]
    world.order(keys=keys, tiers={key: {"requests": 1, "seconds": 10} for key in keys[:2]})
    for seed, status in zip(SEEDS, (200, 429), strict=False):
        for key in keys:
            reply = world.get(f"{SIMILAR}?asset_id={seed}", headers={api().api_key_header: key})
            assert reply.status_code == (200 if key == "third" else status)


def test_latency_is_drawn_from_its_curve_and_waited_for(world: World) -> None:
    world.order(latency={"median": 0.2, "p99": 1.0, "hit": 0.03})
    took: list[float] = []
    for seed in SEEDS:
        before = world.now
        world.get(f"{SIMILAR}?asset_id={seed}&limit=1")
        took.append(world.now - before)
    assert 0.15 < sorted(took)[len(took) // 2] < 0.27
    assert len(set(took)) == len(took)
    before = world.now
    world.get(f"{SIMILAR}?asset_id={SEEDS[0]}&limit=1")
    assert world.now - before == pytest.approx(0.03)


def test_one_in_a_hundred_replies_takes_longer_than_the_99th_percentile() -> None:
    chance, curve = random.Random(0), Latency(0.1, 0.5)
    over = sum(curve.draw(chance, hit=False) > 0.5 for _ in range(20_000))
    assert 150 < over < 250


@pytest.mark.parametrize("row", [row for row in SHOWN if row.name not in {"never", "big", *CUT}], ids=str)
def test_a_scripted_fault_arrives_as_the_table_has_it_and_once(world: World, row: Any) -> None:
    whole = world.get()
    world.order(script=[None, row.name])
    assert world.get().content == whole.content
    before = world.now
    broken = world.get()
    want = fault(row.name).apply(httpx.Response(200, content=whole.content, headers=whole.headers))
    assert (broken.status_code, broken.content) == (want.status_code, want.content)
    assert broken.headers.get("content-type") == want.headers.get("content-type")
    assert world.now - before == want.extensions.get("virtual_seconds", 0)
    after = world.get()
    assert (after.status_code, after.content) == (200, whole.content)
    assert [exchange.fault for exchange in world.gateway.log] == [None, None, row.name, None]


def test_never_waits_until_the_client_has_gone(world: World) -> None:
    world.order(script=["never"])

    async def ask(client: httpx.AsyncClient) -> None:
        await asyncio.wait_for(client.get(f"{SIMILAR}?asset_id={SEEDS[0]}"), 0.01)

    with pytest.raises(TimeoutError):
        world.run(ask)
    assert world.gateway.log[-1].seconds is None
    world.order(script=["never"])
    assert exchange(world, SIMILAR)[0]["type"] == "http.response.start"


@pytest.mark.parametrize("name", CUT)
def test_half_a_reply_is_announced_as_a_whole_one(world: World, name: str) -> None:
    whole = world.get().content
    world.order(script=[name])
    sent: list[Any] = []
    with pytest.raises(ConnectionCut):
        exchange(world, SIMILAR, sent)
    start, half = sent
    assert dict(start["headers"])[b"content-length"] == str(len(whole)).encode()
    assert half["body"] == whole[: len(whole) // 2]
    assert half["more_body"]
    assert (world.gateway.log[-1].fault, world.gateway.log[-1].seconds) == (name, 0.0 if name == "closed" else None)
    assert world.get().content == whole


def test_faults_by_chance_come_as_often_as_asked(world: World) -> None:
    world.order(shares={"server-error": 0.2, "nan": 0.1})
    for _ in range(400):
        world.get(f"{SIMILAR}?asset_id=1")
    seen = [exchange.fault for exchange in world.gateway.log]
    assert 55 < seen.count("server-error") < 105
    assert 22 < seen.count("nan") < 60


@pytest.mark.parametrize("row", [row for row in FAULTS if why_not(row)], ids=str)
def test_a_fault_that_no_server_can_send_is_refused_with_the_reason(world: World, row: Any) -> None:
    for order in ({"script": [row.name]}, {"shares": {row.name: 0.5}}):
        reply = world.order(**order)
        reason = f"{next(iter(order))}: the fault {row.name!r} is not available here: {why_not(row)}"
        assert (reply.status_code, reply.json()) == (400, {"error": reason})


NO_SHARES = "shares: the share of each fault must be 0 or more, and all together at most 1"
NO_LATENCY = "latency: latency needs 0 <= median <= p99 <= 600 and 0 <= hit <= 600, in seconds"
NO_TIER = "tiers: a tier needs requests >= 0 and seconds > 0"
NO_KEYS = "keys: must be a list of at least one string that can be sent in a header"
NO_SCRIPT = "script: must be a list of fault names and null"
RAISED = "only HttpService can raise this (HttpError: DnsResolve); a server cannot send it"


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ([], "the body must be a JSON object"),
        ({"scripts": [], "b": 1}, "unknown: b, scripts. Known: script, shares, latency, tiers, keys, catalogue"),
        ({"\ud800\x1b": 1}, r"unknown: \ud800\x1b. Known: script, shares, latency, tiers, keys, catalogue"),
        ({"script": ["no such fault"]}, "script: there is no fault 'no such fault'"),
        ({"script": [None, "status-0"]}, "script: the fault 'status-0' is not available here: HTTP has no status 0"),
        ({"script": ["dns"]}, f"script: the fault 'dns' is not available here: {RAISED}"),
        ({"script": 5}, NO_SCRIPT),
        ({"script": "nan"}, NO_SCRIPT),
        ({"script": [["nan"]]}, "script: there is no fault ['nan']"),
        ({"shares": ["nan"]}, "shares: must be an object of fault names and numbers"),
        ({"shares": {"nan": 1.5}}, NO_SHARES),
        ({"shares": {"nan": 0.5, "html": 0.6}}, NO_SHARES),
        ({"shares": {"nan": -0.1}}, NO_SHARES),
        ({"shares": {"nan": "much"}}, "shares: 'nan' must be a number"),
        ({"shares": {"nan": True}}, "shares: 'nan' must be a number"),
        ({"latency": {"median": 2, "p99": 1}}, NO_LATENCY),
        ({"latency": {"median": -1, "p99": 1}}, NO_LATENCY),
        ({"latency": {"median": 1, "p99": 601}}, NO_LATENCY),
        ({"latency": {"hit": 601}}, NO_LATENCY),
        ({"latency": {"hit": -1}}, NO_LATENCY),
        ({"latency": {"mean": 2}}, "latency: there is no 'mean'. Known: median, p99, hit"),
        ({"latency": {"hit": None}}, "latency: 'hit' must be a number"),
        ({"latency": 2}, "latency: must be an object of median, p99, hit"),
        ({"tiers": {DEMO_KEY: {"requests": -1}}}, NO_TIER),
        ({"tiers": {DEMO_KEY: {"requests": 1, "seconds": 0}}}, NO_TIER),
        ({"tiers": 5}, "tiers: must be an object of keys and their tiers"),
        ({"tiers": {DEMO_KEY: 5}}, "tiers: must be an object of requests, seconds, retry_after"),
        ({"tiers": {DEMO_KEY: {"seconds": 5}}}, "tiers: 'requests' is missing"),
        ({"tiers": {DEMO_KEY: {"requests": 1.5}}}, "tiers: 'requests' must be a whole number"),
        ({"tiers": {DEMO_KEY: {"requests": 1, "retry_after": 1}}}, "tiers: 'retry_after' must be true or false"),
        ({"keys": []}, NO_KEYS),
        ({"keys": [1]}, NO_KEYS),
        ({"keys": [""]}, NO_KEYS),
        ({"keys": [" a"]}, NO_KEYS),
        ({"keys": ["\u00e4"]}, NO_KEYS),
        ({"keys": ["a\nb"]}, NO_KEYS),
        ({"keys": "abc"}, NO_KEYS),
        ({"script": [DEMO_KEY]}, "script: there is no fault '[redacted]'"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(world: World, order: Any, reason: str) -> None:
    reply = world.run(lambda client: client.post(CONTROL, content=json.dumps(order), headers=JSON))
    assert (reply.status_code, reply.json()) == (400, {"error": reason})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value: line 1 column 1 (char 0)"),
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b'{"tiers": {"a": {"requests": Infinity}}}', "Infinity is not JSON"),
        (b"[" * 100_000, "it is nested too deep"),
    ],
)
def test_an_order_that_is_no_json_is_refused(world: World, body: bytes, reason: str) -> None:
    reply = world.run(lambda client: client.post(CONTROL, content=body, headers=JSON))
    assert (reply.status_code, reply.json()) == (400, {"error": f"not JSON: {reason}"})


def test_an_order_is_carried_out_whole_or_not_at_all(world: World) -> None:
    before = world.get(CONTROL).json()
    assert world.order(shares={"nan": 0.5}, keys=["other"], latency={"hit": -1}).status_code == 400
    assert world.get(CONTROL).json() == before
    assert world.get().status_code == 200


@pytest.mark.parametrize(
    "order",
    [
        {"shares": {"nan": 0.5, "html": 0.5}},
        {"latency": {"median": 600, "p99": 600, "hit": 600}},
        {"tiers": {DEMO_KEY: {"requests": 0, "seconds": 0.001}}},
    ],
)
def test_an_order_may_go_to_the_limits(world: World, order: dict[str, Any]) -> None:
    assert world.order(**order).status_code == 200


REAL: list[dict[str, Any]] = [
    {"asset_id": "1837879082", "name": "Paradise", "artist": "Band", "duration": 120.5, "genre": "jazz"},
    {"asset_id": "1837879083", "name": "Blues for two", "duration": 60},
]


def test_real_tracks_take_the_place_of_made_up_ones_until_the_reset(world: World) -> None:
    url = f"{SIMILAR}?asset_id=1837879082"
    assert world.get(url).status_code == 404
    assert world.get(f"{SIMILAR}?asset_id={SEEDS[0]}").status_code == 200
    assert world.order(catalogue=REAL).json()["assets"] == ["1837879082", "1837879083"]
    (track,) = world.get(url).json()["tracks"]
    assert (track["asset_id"], track["name"], track["duration"]) == ("1837879083", "Blues for two", 60)
    assert (track["genre"], "artist" in track) == ("Blues", False)
    # What was kept of the catalogue before is gone, too.
    assert world.get(f"{SIMILAR}?asset_id={SEEDS[0]}").status_code == 404
    world.run(lambda client: client.delete(CONTROL))
    assert world.get(url).status_code == 404
    assert world.get(f"{SIMILAR}?asset_id={SEEDS[0]}").status_code == 200


@pytest.mark.parametrize(
    ("tracks", "status", "why"),
    [
        ({}, 400, "list of at least one track"),
        ([], 400, "list of at least one track"),
        ([1], 400, "must be an object of asset_id, name, duration, artist and genre"),
        ([{**REAL[0], "asset_id": "x"}], 400, "'asset_id' must be an asset id"),
        ([{**REAL[0], "asset_id": None}], 400, "'asset_id' must be an asset id"),
        ([{**REAL[0], "duration": "1"}], 400, "'duration' must be a number"),
        ([{**REAL[0], "duration": 0}], 400, "'duration' must be a number above 0"),
        ([{**REAL[0], "name": None}], 400, "'name' must be a string"),
        ([{**REAL[0], "artist": 1}], 400, "'artist' must be a string"),
        ([{**REAL[0], "genre": 1}], 400, "'genre' must be a string"),
        (REAL * 1001, 422, "at most 2,000 tracks"),
    ],
)
def test_a_catalogue_that_cannot_be_is_refused(world: World, tracks: Any, status: int, why: str) -> None:
    reply = world.order(catalogue=tracks)
    assert (reply.status_code, why in reply.json()["error"]) == (status, True), reply.text
    assert reply.json()["error"].startswith("catalogue: ")
    assert world.get(CONTROL).json()["assets"] == SEEDS[:20]


def test_control_tells_what_was_told_to_the_api_until_it_is_reset(world: World) -> None:
    played = {"events": [{"type": "play", "asset_id": SEEDS[0]}] * 2}
    events = httpx.URL(api().address(api().operation("events"))).path + api().operation("events").path
    assert world.run(lambda client: client.post(events, json=played)).status_code == 202
    assert world.get(CONTROL).json()["events"] == {"play": 2}
    world.run(lambda client: client.delete(CONTROL))
    assert world.get(CONTROL).json()["events"] == {}


def test_control_tells_the_state_and_resets_it(world: World) -> None:
    world.order(script=["nan"], shares={"html": 0.5}, tiers={DEMO_KEY: {"requests": 1}}, latency={"hit": 0.03})
    world.get(f"{SIMILAR}?asset_id=x")
    state = world.get(CONTROL).json()
    assert (state["script"], state["shares"], state["requests"], state["violations"]) == ([], {"html": 0.5}, 1, 1)
    assert state["faults"] == {row.name: why_not(row) or "available" for row in FAULTS}
    assert DEMO_KEY not in json.dumps(state)
    state = world.run(lambda client: client.delete(CONTROL)).json()
    latency = {"median": 0.0, "p99": 0.0, "hit": 0.0}
    blank: dict[str, Any] = {
        "script": [],
        "shares": {},
        "latency": latency,
        "tiers": [],
        "keys": 1,
        "assets": state["assets"],
        "gone": dict(world.gateway.api.library.gone),
        "events": {},
        "private_assets": 0,
        "requests": 0,
        "violations": 0,
    }
    assert state == blank | {"faults": state["faults"]}
    assert state["assets"]
    assert all(world.get(f"{SIMILAR}?asset_id={asset_id}").status_code == 200 for asset_id in state["assets"])


def test_reset_goes_back_to_what_was_set_at_the_start() -> None:
    start = understand({"shares": {"server-error": 1}, "tiers": {"first": {"requests": 5}}, "keys": ["first"]})
    gateway = Gateway(MockApi(api(), catalogue(), seconds=0), lambda: 0.0, random.Random(1), start)
    as_started = state(gateway)
    understand({"shares": {}, "tiers": {}, "keys": ["second", "third"]})(gateway)
    assert state(gateway) != as_started
    gateway.reset()
    assert state(gateway) == as_started
    assert gateway.api.keys == {"first"}


def test_the_guide_names_all_that_can_be_changed(world: World) -> None:
    guide = (ROOT / "docs" / "guide" / "mock.md").read_text(encoding="utf-8")
    (order,) = (json.loads(found.code) for found in snippets(guide, "mock.md") if found.language == "json")
    state = world.run(lambda client: client.post(CONTROL, json=order)).json()
    assert order["script"] == state["script"]
    assert order["shares"] == state["shares"]
    assert order["latency"] == state["latency"]
    assert list(order["tiers"].values()) == state["tiers"]
    refusal = world.run(lambda client: client.post(CONTROL, json={"nothing": 1})).json()["error"]
    assert refusal.endswith(f"Known: {', '.join(order)}")


def test_the_log_has_every_request_and_no_key(world: World) -> None:
    world.get()
    world.get(f"{SIMILAR}?asset_id=x&key={DEMO_KEY}")
    world.get(f"{SIMILAR}?asset_id={DEMO_KEY}", headers={api().api_key_header: ""})
    log = world.get(f"{CONTROL}/log").json()
    assert [(entry["number"], entry["status"]) for entry in log] == [(1, 200), (2, 400), (3, 401)]
    assert log[1]["broken"].startswith("undeclared-parameter")
    assert log[0]["curl"].startswith('curl -X GET -H "x-api-key: $AUDIOSCAPE_API_KEY"')
    run = subprocess.run(
        ["sh", "-c", f'curl() {{ printf "%s\\n" "$@"; }}; {log[0]["curl"]}'],
        env={"AUDIOSCAPE_API_KEY": "mine"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "x-api-key: mine" in run.stdout.splitlines()
    page = world.get(f"{CONTROL}/log.html").text
    assert DEMO_KEY not in page + json.dumps(log)
    assert world.get("/").headers["location"] == f"{CONTROL}/log.html"


@pytest.mark.thorough
def test_many_requests_64_at_once_each_get_their_own_reply(world: World) -> None:
    chance = random.Random(5)
    asked = [(chance.choice(SEEDS), chance.randint(1, 4), chance.randint(0, 9)) for _ in range(400)]

    async def main(client: httpx.AsyncClient) -> list[str]:
        gate, wrong = asyncio.Semaphore(64), list[str]()

        async def ask(seed: str, limit: int, offset: int) -> None:
            async with gate:
                await asyncio.sleep(0)
                reply = await client.get(SIMILAR, params={"asset_id": seed, "limit": limit, "offset": offset})
            if (reply.status_code, ids(reply)) != (200, expected(seed, limit=limit, offset=offset)):
                wrong.append(f"{seed} {limit} {offset}: {reply.status_code}")

        await asyncio.gather(*(ask(*each) for each in asked))
        return wrong

    assert world.run(main) == []
    assert world.gateway.api.violations == []


def test_it_starts_on_a_free_port_and_speaks_real_http() -> None:
    command = [
        sys.executable,
        "-c",
        "from audioscape_luau.cli import app; app()",
        "mock",
        "--port",
        "0",
        "--size",
        "50",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env={**os.environ, "COLUMNS": "200"}
    ) as server:
        try:
            assert server.stdout is not None
            words = [server.stdout.readline().split() for _ in ("baseUrl", "key", "asset", "log", "control")]
            address = dict(words)["baseUrl"]
            assert address.startswith("http://127.0.0.1:")
            with httpx.Client(headers=HEADERS, trust_env=False) as client:
                path = api().operation("similar").path
                assert client.get(f"{address}{path}?asset_id=1").status_code == 404
                seed = dict(words)["asset"]
                reply = client.get(f"{address}{path}", params={"asset_id": seed, "limit": 3})
                assert len(ids(reply)) == 3
                client.post(dict(words)["control"], json={"script": ["redirect", "empty", "bad-gateway"]})
                statuses = [client.get(f"{address}{path}?asset_id={seed}").status_code for _ in range(3)]
                assert statuses == [304, 200, 502]
                assert [entry["status"] for entry in client.get(dict(words)["control"] + "/log").json()][2:] == statuses
                client.post(dict(words)["control"], json={"script": ["closed"]})
                with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
                    client.get(f"{address}{path}?asset_id={seed}")
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(20) == 130
        assert server.stderr is not None
        assert server.stderr.read() == ""


def test_ids_that_nobody_knows_are_not_kept_for_ever() -> None:
    mock = MockApi(api(), catalogue(), check_replies=False)
    url = api().server_url.rstrip("/") + api().operation("similar").path
    for number in range(1, 1102):
        mock.respond(httpx.Request("GET", f"{url}?asset_id={number}", headers=HEADERS))
    assert len(mock.unknown) == 1000
    assert mock.unknown[-1] == "1101"
