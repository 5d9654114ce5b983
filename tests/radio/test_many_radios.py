"""A thousand radios in one server: they share the client's budget and cache, and none of them starves."""

from __future__ import annotations

import random
from typing import cast

import httpx
import pytest
import respx

from audioscape_luau.engine import HttpxBridge, Universe
from audioscape_luau.engine.assets import Asset
from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from support.game import api, shipped

RADIOS = 1000
BUDGET = 400
MINUTES = 12

SCRIPT = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local key, seeds, radios = ...
local client = AudioScapeClient.new(key)
local tracks = {}
local folder = Instance.new("Folder")
folder.Parent = workspace
for index = 1, radios do
	local sound = Instance.new("Sound")
	sound.Parent = folder
	local radio = client:radio(sound)
	tracks[index] = 0
	radio.trackChanged:Connect(function()
		tracks[index] += 1
	end)
	radio:start(seeds[(index - 1) % #seeds + 1])
end
shared.look = function()
	return tracks, client:stats().requests
end
"""


@pytest.mark.parametrize("zones", [20, RADIOS], ids=["zones that share seeds", "each its own seed"])
def test_a_thousand_radios_stay_within_the_budget_and_all_play_on(zones: int) -> None:
    catalogue = Catalogue.generate(size=1200, seed=8)
    mock = MockApi(api(), catalogue, check_replies=False)
    sent: list[float] = []
    with Universe(bridge=HttpxBridge(), seed=1, time_limit=None) as universe, respx.mock() as router:

        def answer(request: httpx.Request) -> httpx.Response:
            sent.append(universe.now)
            return mock.respond(request)

        router.route().mock(side_effect=answer)
        for entry in catalogue.entries:
            universe.assets[int(entry.asset_id)] = Asset(duration=entry.fields["duration"])
        server = universe.server()
        server.mount(shipped(), "ServerScriptService")
        seeds = [entry.asset_id for entry in random.Random(2).sample(catalogue.entries, zones)]
        server.run(SCRIPT, DEMO_KEY, seeds, RADIOS)
        universe.advance(MINUTES * 60)
        tracks, requests = cast("tuple[list[int], int]", server.run("return shared.look()"))
        assert [line.text for line in server.output if line.kind == "error"] == []

    assert requests == len(sent)
    assert all(later - first > 60 for first, later in zip(sent, sent[BUDGET:], strict=False))
    # Nobody waits for the next track: the shortest of the catalogue's lasts a minute and a half, the longest five.
    longest = max(entry.fields["duration"] for entry in catalogue.entries)
    assert len(tracks) == RADIOS
    assert min(tracks) >= MINUTES * 60 // longest
    assert requests <= sum(tracks)
