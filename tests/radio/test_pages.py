"""How far a route asks on at one anchor."""

from __future__ import annotations

from roblox_double import Peer
from support.radio import run

ROUTE = """
local route = load("Recommender").new({ pageSize = 2, tracksPerAnchor = 1000, fallback = {} })
local criteria = {
	history = load("History").new(100, 0),
	isBlocked = function() return true end,
	strategy = "nearest",
	context = { random = function() return 0 end },
	complain = error,
}
route:restart("1")
local asked, number = {}, 1
for _ = 1, 20 do
	local request = route:decide(criteria, {}, false, math.huge).request
	if not request then break end
	table.insert(asked, `{request.assetId}+{request.offset}`)
	route:received(request, { { asset_id = tostring(number + 1) }, { asset_id = tostring(number + 2) } })
	number += 2
end
return asked
"""


def test_three_pages_of_one_anchor_are_asked_for(server: Peer) -> None:
    (asked,) = run(server, ROUTE)
    assert asked == ["1+0", "1+2", "1+4"]
