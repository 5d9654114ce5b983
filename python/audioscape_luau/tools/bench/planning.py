"""What it costs a server to plan the radio's way, in milliseconds of the embedded VM."""

from __future__ import annotations

import statistics
import time

from audioscape_luau.mock import Catalogue
from audioscape_luau.simulation import World, shipped
from roblox_double import LuauValue, Peer, Universe

_STRETCHES = 12
_PAGE = 100
_SCRIPT = """
local Client = game:GetService("ServerScriptService").AudioScapeClient
local Recommender = require(Client.radio.choose.Recommender)
local history = require(Client.radio.choose.History).new(50, 3)
local recommender = Recommender.new({ pageSize = 100, tracksPerAnchor = 13, goal = "near", fallback = {} })
local page, request, playing
local criteria = {
	history = history,
	isBlocked = function() return false end,
	strategy = "smooth",
	context = { random = function() return 0.5 end },
	complain = error,
}
local function start(track)
	playing = track.asset_id
	criteria.context.current = track
	history:push(track)
	recommender:started(track.asset_id)
end
shared.put = function(tracks) page = tracks end
shared.idle = function() end
-- One frame of the radio's work: what it asks for next, "wait", or the track it plays.
shared.work = function()
	if page then
		local tracks = page
		page = nil
		recommender:received(request, tracks)
		return "wait"
	end
	local decision = recommender:decide(criteria, {}, false, 9)
	request = decision.request
	if decision.plans then
		return "wait"
	elseif request then
		return "ask", request.assetId
	end
	start(decision.track)
	return "play", playing
end
local first = ...
recommender:restart(first.asset_id)
start(first)
"""


def _timed(server: Peer, name: str) -> tuple[float, list[LuauValue]]:
    started = time.process_time()
    told = list(server.run(f"return shared.{name}()"))
    return time.process_time() - started, told


def measure(*, stretches: int = _STRETCHES) -> dict[str, float]:
    """Return `flow_plan_ms`, what a stretch of thirteen tracks costs, and `flow_frame_ms`, its longest frame.

    Both are medians over `stretches`, without what it costs to call the VM. A page that arrives counts as a frame.
    """
    catalogue = Catalogue.generate(world="loose")
    first = catalogue.entries[0]
    found: list[list[float]] = []
    """Of each stretch the seconds of its frames."""
    with World(shipped(), universe=Universe(time_limit=None)) as world:
        server = world.server
        server.run(_SCRIPT, dict(first.fields))
        idle = statistics.median(_timed(server, "idle")[0] for _ in range(50))
        while len(found) <= stretches:
            taken, told = _timed(server, "work")
            if told[0] == "ask":
                found.append([])
                near = zip(range(_PAGE), catalogue.neighbours(str(told[1])), strict=False)
                server.run("shared.put(...)", [entry.scored(score) for _, (score, entry) in near])
            found[-1].append(max(0.0, taken - idle))
    # The last one is not over, and the first has no page before it.
    whole = found[1:-1]
    return {
        "flow_plan_ms": 1000 * statistics.median(sum(one) for one in whole),
        "flow_frame_ms": 1000 * statistics.median(max(one) for one in whole),
    }
