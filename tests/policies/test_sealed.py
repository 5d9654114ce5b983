"""Sealed objects, such as errors."""

from __future__ import annotations

from audioscape_luau.simulation import World
from roblox_double import Universe
from support.game import shipped


def test_what_nobody_keeps_is_not_kept() -> None:
    source = """
local Errors = require(game:GetService("ServerScriptService").AudioScapeClient.errors.Errors)
for _ = 1, 30_000 do
	Errors.new("internal", {})
end
"""
    with World(shipped(), universe=Universe(memory_limit=16 * 1024 * 1024)) as world:
        world.server.run(source)
