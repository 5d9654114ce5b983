"""A world's requests meet the faults that were planned, and it keeps what came of them."""

from __future__ import annotations

import pytest

from audioscape_luau.mock import DEMO_KEY, FAILURES, FaultPlan
from audioscape_luau.simulation import World, mocked, shipped
from roblox_double import Universe

pytestmark = pytest.mark.breaks_contract

MUSIC = mocked()
ASK = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local key, assetId, count = ...
local client = AudioScapeClient.new({ apiKey = key, maxRetries = 0, cache = "bypass" })
local kinds = {}
for _ = 1, count do
	task.wait(20)
	local _, err = client:similar(assetId)
	table.insert(kinds, if err then err.kind else "ok")
end
return kinds
"""


def asked(world: World, count: int) -> object:
    return world.server.run(ASK, DEMO_KEY, MUSIC.catalogue.entries[0].asset_id, count)[0]


def test_requests_meet_the_faults_of_the_script_in_turn_and_then_those_by_chance() -> None:
    plan = FaultPlan.parse("1,html")
    plan.meet("dns", None, "bad-gateway")
    with World(shipped(), MUSIC.respond, faults=plan) as world:
        assert asked(world, 5) == ["connection", "ok", "server_error", "decode", "decode"]
        met = [(it.fault, it.response and it.response.status_code, it.failure) for it in world.network.exchanges]
    assert met == [
        ("dns", None, "HttpError: DnsResolve"),
        (None, 200, None),
        ("bad-gateway", 502, None),
        ("html", 200, None),
        ("html", 200, None),
    ]


def test_what_is_left_to_chance_follows_from_the_seed() -> None:
    def drawn(seed: int) -> tuple[list[str | None], list[str]]:
        plan = FaultPlan(shares={FAILURES: 0.5})
        with World(shipped(), MUSIC.respond, faults=plan, universe=Universe(seed=seed)) as world:
            world.stock(MUSIC.catalogue, dead=0.5)
            ids = [entry.asset_id for entry in MUSIC.catalogue.entries]
            dead = [id for id in ids if world.universe.assets[int(id)].load == "fails"]
            assert 0.4 < len(dead) / len(ids) < 0.6
            asked(world, 20)
            return [exchange.fault for exchange in world.network.exchanges], dead

    first = drawn(1)
    assert first == drawn(1)
    assert all(one != other for one, other in zip(first, drawn(2), strict=True))
    assert None in first[0]
