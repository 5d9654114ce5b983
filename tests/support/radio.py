"""Running single modules of the radio."""

from __future__ import annotations

from typing import Any, cast

from audioscape_luau.engine import LuauValue, Peer

_HEAD = (
    'local root = game:GetService("ServerScriptService").AudioScapeClient '
    "local function load(name) return require(root.radio[name]) end "
)


def run(server: Peer, source: str, *args: object, limit: float = 3600.0) -> list[Any]:
    """Run `source`, in which `load(name)` gives a module of the radio, with `args` as its `...`."""
    return list(server.run(_HEAD + source, *[cast("LuauValue", value) for value in args], limit=limit))
