"""Many radios in one server: they share the client's budget and cache, and none of them starves."""

from __future__ import annotations

import random
from typing import cast

import pytest

from audioscape_luau.mock import DEMO_KEY, Catalogue
from audioscape_luau.simulation import MockedApi, World
from roblox_double import Settings, Universe
from support.game import shipped

MINUTES = 5
MEMORY = 512 * 1024
"""Bytes a radio, with its tracks and what the double adds. A server has several times as many."""
GAP = Settings().asset_load_seconds + 0.1
"""Seconds from when a track should end to the beginning of the next one, at most: the first one has to load."""

SCRIPT = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local key, budget, durations, seeds, radios = ...
local client = AudioScapeClient.new({ apiKey = key, budget = AudioScapeClient.newBudget(budget) })
local tracks, gaps, ends = {}, {}, {}
local folder = Instance.new("Folder")
folder.Parent = workspace
for index = 1, radios do
	local sound = Instance.new("Sound")
	sound.Parent = folder
	local radio = client:radio(sound)
	tracks[index], gaps[index], ends[index] = 0, 0, math.huge
	radio.trackChanged:Connect(function(track)
		tracks[index] += 1
		gaps[index] = math.max(gaps[index], os.clock() - ends[index])
		ends[index] = os.clock() + durations[track.asset_id]
	end)
	radio:start(seeds[(index - 1) % #seeds + 1])
end
shared.look = function()
	for index, ending in ends do
		gaps[index] = math.max(gaps[index], os.clock() - ending)
	end
	return tracks, gaps, client:stats().requests
end
"""


# Requests a minute for all of them: less than there are radios, so that most wait for their first page.
@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("radios", "zones", "budget"),
    [pytest.param(60, 6, 3, id="zones that share seeds"), pytest.param(120, 120, 36, id="each its own seed")],
)
def test_radios_stay_within_the_budget_and_all_play_on(radios: int, zones: int, budget: int) -> None:
    catalogue = Catalogue.generate(size=1200, seed=8)
    universe = Universe(seed=1, time_limit=None, memory_limit=(100 + radios) * MEMORY)
    with World(shipped(), MockedApi(catalogue).respond, universe=universe) as world:
        world.stock(catalogue)
        seeds = [entry.asset_id for entry in random.Random(2).sample(catalogue.entries, zones)]
        durations = {entry.asset_id: entry.fields["duration"] for entry in catalogue.entries}
        world.server.run(SCRIPT, DEMO_KEY, budget, durations, seeds, radios)
        world.advance(MINUTES * 60)
        tracks, gaps, requests = cast("tuple[list[int], list[float], int]", world.server.run("return shared.look()"))
        assert [line.text for line in world.server.output if line.kind == "error"] == []
        sent = [exchange.at for exchange in world.network.exchanges]

    assert requests == len(sent)
    assert all(later - first > 60 for first, later in zip(sent, sent[budget:], strict=False))
    longest = max(durations.values())
    assert len(tracks) == len(gaps) == radios
    assert min(tracks) >= MINUTES * 60 // longest
    assert max(gaps) <= GAP
    assert requests <= sum(tracks)
