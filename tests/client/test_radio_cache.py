"""What a radio that asks once more does with its client's cache."""

from __future__ import annotations

import pytest

from roblox_double import Peer

# A radio that only hands out what it asks with, on an engine that answers everything and counts.
_SOURCE = """
local module = game:GetService("ServerScriptService").AudioScapeClient
local Client, Engine = require(module.Client), require(module.Engine)
local mode = ...
local engine: any = table.clone(Engine.fromGame())
local sent = 0
function engine.request()
    sent += 1
    return { Success = true, StatusCode = 200, StatusMessage = "OK", Headers = {}, Body = '{"tracks":[],"meta":{}}' }
end
local maker = { make = function(parts) return parts end, operation = "similar", music = { pageSize = 5 } }
local client = Client.new({ apiKey = "some-key", cache = mode }, engine, 1, { radio = maker })
local parts = client:radio()
local counts = {}
for index, again in { false, true, false } do
    parts.ask({ asset_id = "1" }, again)
    counts[index] = sent
end
client:withOptions({ cache = "use" }):similar("1")
return counts, sent
"""


@pytest.mark.parametrize(
    ("mode", "counts", "sent"),
    [
        ("use", [1, 2, 2], 2),
        ("refresh", [1, 2, 3], 3),
        ("bypass", [1, 2, 3], 4),  # nothing was remembered
    ],
)
def test_asking_once_more_reads_no_cache_and_writes_only_one_that_is_used(
    inside: Peer, mode: str, counts: list[int], sent: int
) -> None:
    assert list(inside.run(_SOURCE, mode)) == [counts, sent]
