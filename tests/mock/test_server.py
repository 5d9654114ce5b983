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
from audioscape_luau.mock.server import CONTROL, Gateway, Latency, make_app, why_not
from support.game import api
from support.snippets import ROOT, snippets

SIMILAR = httpx.URL(api().server_url).path + api().operation("similar").path
HEADERS = {api().api_key_header: DEMO_KEY}
SHOWN = [row for row in FAULTS if why_not(row.name) is None]


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
        (f"{SIMILAR}/", {}, 404),
        ("/nothing", {}, 404),
    ],
)
def test_refusals_are_those_of_the_specification(world: World, url: str, headers: dict[str, str], status: int) -> None:
    reply = world.get(url, headers=headers)
    example = next(example for example in api().operation("similar").examples if example.status == status)
    assert (reply.status_code, reply.content) == (status, example.body)
    assert reply.headers["x-cache"] == "Error from cloudfront"


def exchange(world: World, target: str) -> list[Any]:
    """Send a GET in the words of ASGI, and go once it was read; return what is sent back."""
    told = iter([{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}])
    sent: list[Any] = []

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


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
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


@pytest.mark.parametrize("row", [row for row in SHOWN if row.name not in {"never", "big"}], ids=str)
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


def test_faults_by_chance_come_as_often_as_asked(world: World) -> None:
    world.order(shares={"server-error": 0.2, "nan": 0.1})
    for _ in range(400):
        world.get(f"{SIMILAR}?asset_id=1")
    seen = [exchange.fault for exchange in world.gateway.log]
    assert 55 < seen.count("server-error") < 105
    assert 22 < seen.count("nan") < 60


@pytest.mark.parametrize("row", [row for row in FAULTS if why_not(row.name)], ids=str)
def test_a_fault_that_no_server_can_send_is_refused_with_the_reason(world: World, row: Any) -> None:
    for order in ({"script": [row.name]}, {"shares": {row.name: 0.5}}):
        reply = world.order(**order)
        reason = f"{next(iter(order))}: the fault {row.name!r} cannot be shown: {why_not(row.name)}"
        assert (reply.status_code, reply.json()) == (400, {"error": reason})


NO_SHARES = "shares: the shares of faults must be 0 or more and add up to 1 at most"
NO_LATENCY = "latency: latency needs 0 <= median <= p99 <= 600 and 0 <= hit <= 600, in seconds"
NO_TIER = "tiers: a tier needs requests >= 0 and seconds > 0"
NO_KEYS = "keys: must be a list of texts, at least one"
RAISED = "HttpService itself raises it (HttpError: DnsResolve); no server can send it"


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ([], "the order must be a JSON object"),
        ({"scripts": [], "b": 1}, "unknown: b, scripts; known are script, shares, latency, tiers, keys"),
        ({"script": ["no such fault"]}, "script: there is no fault 'no such fault'"),
        ({"script": [None, "status-0"]}, "script: the fault 'status-0' cannot be shown: HTTP has no status 0"),
        ({"script": ["dns"]}, f"script: the fault 'dns' cannot be shown: {RAISED}"),
        ({"script": 5}, "script: "),
        ({"shares": {"nan": 1.5}}, NO_SHARES),
        ({"shares": {"nan": 0.5, "html": 0.6}}, NO_SHARES),
        ({"shares": {"nan": -0.1}}, NO_SHARES),
        ({"shares": {"nan": "much"}}, "shares: "),
        ({"latency": {"median": 2, "p99": 1}}, NO_LATENCY),
        ({"latency": {"median": -1, "p99": 1}}, NO_LATENCY),
        ({"latency": {"median": 1, "p99": 601}}, NO_LATENCY),
        ({"latency": {"hit": 601}}, NO_LATENCY),
        ({"latency": {"hit": -1}}, NO_LATENCY),
        ({"latency": {"mean": 2}}, "latency: "),
        ({"tiers": {DEMO_KEY: {"requests": -1}}}, NO_TIER),
        ({"tiers": {DEMO_KEY: {"requests": 1, "seconds": 0}}}, NO_TIER),
        ({"tiers": {DEMO_KEY: 5}}, "tiers: "),
        ({"keys": []}, NO_KEYS),
        ({"keys": [1]}, NO_KEYS),
        ({"keys": [""]}, NO_KEYS),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(world: World, order: Any, reason: str) -> None:
    """With a reason that ends in a colon and a blank where Python's own words follow."""
    reply = world.run(lambda client: client.post(CONTROL, json=order))
    error: str = reply.json()["error"]
    assert reply.status_code == 400
    assert error.startswith(reason)
    assert error == reason or reason.endswith(": ")


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


def test_control_tells_the_state_and_resets_it(world: World) -> None:
    world.order(script=["nan"], shares={"html": 0.5}, tiers={DEMO_KEY: {"requests": 1}}, latency={"hit": 0.03})
    world.get(f"{SIMILAR}?asset_id=x")
    state = world.get(CONTROL).json()
    assert (state["script"], state["shares"], state["requests"], state["violations"]) == ([], {"html": 0.5}, 1, 1)
    assert state["faults"] == {row.name: why_not(row.name) or "can be shown" for row in FAULTS}
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
        "requests": 0,
        "violations": 0,
    }
    assert state == blank | {"faults": state["faults"]}
    assert state["assets"]
    assert all(world.get(f"{SIMILAR}?asset_id={asset_id}").status_code == 200 for asset_id in state["assets"])
    assert world.run(lambda client: client.post(CONTROL, content=b"{")).status_code == 400


def test_the_guide_names_all_that_can_be_changed(world: World) -> None:
    guide = (ROOT / "docs" / "guide" / "mock.md").read_text(encoding="utf-8")
    (order,) = (json.loads(found.code) for found in snippets(guide, "mock.md") if found.language == "json")
    state = world.run(lambda client: client.post(CONTROL, json=order)).json()
    assert order["script"] == state["script"]
    assert order["shares"] == state["shares"]
    assert order["latency"] == state["latency"]
    assert list(order["tiers"].values()) == state["tiers"]
    refusal = world.run(lambda client: client.post(CONTROL, json={"nothing": 1})).json()["error"]
    assert refusal.endswith(f"known are {', '.join(order)}")


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
        text=True,
        check=True,
    )
    assert "x-api-key: mine" in run.stdout.splitlines()
    page = world.get(f"{CONTROL}/log.html").text
    assert DEMO_KEY not in page + json.dumps(log)
    assert world.get("/").headers["location"] == f"{CONTROL}/log.html"


def test_five_thousand_requests_64_at_once_each_get_their_own_reply(world: World) -> None:
    chance = random.Random(5)
    asked = [(chance.choice(SEEDS), chance.randint(1, 4), chance.randint(0, 9)) for _ in range(5000)]

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
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"}) as server:
        try:
            assert server.stdout is not None
            words = [server.stdout.readline().split() for _ in range(4)]
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
        finally:
            server.send_signal(signal.SIGINT)
        server.wait(20)
