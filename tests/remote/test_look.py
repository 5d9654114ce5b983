"""What no client of ours would send is turned away by a cheap look, which names the place."""

from __future__ import annotations

from typing import Any

import pytest

from support.remote import Served, ask

REFUSED = {
    # not a question at all
    "'similar'": None,
    "'similar', 5": None,
    "'similar', 'x'": None,
    "'similar', true": None,
    "'similar', workspace": None,
    "'similar', 0/0": None,
    "nil, {}": "operation",
    "5, {}": "operation",
    "{}, {}": "operation",
    # values that mean nothing
    "'similar', { asset_id = 0/0 }": "asset_id",
    "'similar', { asset_id = math.huge }": "asset_id",
    "'similar', { asset_id = -math.huge }": "asset_id",
    "'similar', { asset_id = workspace }": "asset_id",
    "'similar', { asset_id = game.Players.LocalPlayer }": "asset_id",
    "'similar', { asset_id = Vector3.new(1, 2, 3) }": "asset_id",
    "'similar', { asset_id = buffer.create(8) }": "asset_id",
    "'similar', { asset_id = Enum.KeyCode.E }": "asset_id",
    "'similar', { asset_id = '\\xff' }": "asset_id",
    # a table that poses as an Instance
    "'similar', { asset_id = { Name = 'Music', ClassName = 'Sound', SoundId = 'rbxassetid://1' } }": "asset_id",
    "'similar', { asset_id = '1', limit = { min = 1 } }": "limit",
    # too long, too deep, too many
    "'similar', { asset_id = string.rep('9', 200000) }": "asset_id",
    "'similar', { asset_id = string.rep('9', 501) }": "asset_id",
    "'similar', { asset_id = '1', filters = { genres = { string.rep('x', 501) } } }": "filters.genres[1]",
    "'similar', { asset_id = '1', filters = { a = { b = { c = 1 } } } }": "filters.a",
    "'similar', { asset_id = '1', filters = { a = { b = { c = {} } } } }": "filters.a.b.c",
    "'similar', { [string.rep('k', 41)] = 1 }": None,
    "'similar', { ['\\xff'] = 1 }": None,
    "'similar', deep(1000)": "x.x.x.x",
    "'similar', { filters = { genres = many(197) } }": "asset_id",
    "'similar', { filters = { genres = many(198) } }": "filters.genres[198]",
    "'similar', { filters = { genres = many(10000) } }": "filters.genres[198]",
    # keys of both kinds
    "'similar', { 1, 2, 3 }": "[1]",
}
_MAKE = """
function deep(levels)
	local made = {}
	for _ = 1, levels do
		made = { x = made }
	end
	return made
end
function many(count)
	return table.create(count, "x")
end
"""


@pytest.mark.parametrize("arguments", REFUSED, ids=repr)
def test_it_is_an_invalid_request_that_names_the_place(served: Served, arguments: str) -> None:
    served.serve()
    client = served.join("Mallory")
    expected: dict[str, Any] = {"ok": False, "kind": "invalid_request"}
    place = REFUSED[arguments]
    made = f"(function() {_MAKE} return {arguments} end)()"
    reply = ask(client, made)
    assert reply == (expected if place is None else expected | {"parameter": place})
    assert served.requests == []


@pytest.mark.parametrize(
    "arguments",
    [
        "'search', { query = string.rep('x', 500) }",
        "'search', { query = 'x', filters = { genres = (function() return table.create(100, 'x') end)() } }",
        "'search', { query = 'ü' }",
        "'search', { query = 'x' }, 'more', {}, workspace",
    ],
)
def test_what_is_long_but_sensible_passes(served: Served, arguments: str) -> None:
    served.serve("{ operations = { 'search' } }")
    assert ask(served.join("Ann"), arguments)["ok"] is True


def test_a_table_with_a_hole_or_both_kinds_of_keys_is_refused(served: Served) -> None:
    source = """
    local look = require(game:GetService("ServerScriptService").AudioScapeClient.remote.look)
    return look({ 1, x = 2 }), look({ list = { 1, nil, 3, [7] = 1 } }), look({ [1.5] = 1 }), look({ [true] = 1 }),
        look({ list = { [2] = 1 } }), look({ list = { 1, [-1] = 2 } }), look({ list = { 1, 2 } })
    """
    assert served.run(source) == ["", "list", "", "", "list", "list", None]
