"""Whatever a method is called on, and whatever a script does to what it was given: nothing throws, nothing changes."""

from __future__ import annotations

from typing import Any

import pytest

from support.game import Game

_GIVEN = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local client = AudioScapeClient.new("key-9f8e7d6c5b4a")
local sound = Instance.new("Sound")
sound.Parent = workspace
local radio = client:radio(sound)
local pages, tracks = client:similarPages(1), client:similarTracks(1)
local _, err = client:similar({})
local signal = radio.trackChanged
local connection = signal:Connect(print)
local GIVEN = {
	client = client, copy = client:withOptions({ timeout = 5 }), radio = radio, pages = pages, tracks = tracks,
	err = err, signal = signal, connection = connection,
}
"""


def test_no_metatable_can_be_had_or_replaced(game: Game) -> None:
    source = """
local open = {}
for name, object in GIVEN do
	local metatable = getmetatable(object)
	if type(metatable) == "table" or pcall(setmetatable, object, {}) or pcall(setmetatable, {}, metatable) then
		table.insert(open, name)
	end
end
return open
"""
    assert list(game.server.run(_GIVEN + source)) == [[]]


@pytest.mark.parametrize("write", ["object.own = 1", 'rawset(object, "_core", 1)', 'rawset(object, "_family", nil)'])
def test_what_has_a_state_cannot_be_written_to(game: Game, write: str) -> None:
    source = f"""
local written = {{}}
for _, name in {{ "client", "copy", "radio", "err", "signal" }} do
	local object = GIVEN[name]
	if pcall(function() {write} end) then table.insert(written, name) end
end
return written, tostring(client), tostring(radio), tostring(err)
"""
    written, *texts = game.server.run(_GIVEN + source)
    assert written == []
    assert texts[:2] == ["AudioScapeClient", "AudioScapeRadio"]
    assert "`asset_id` is missing" in str(texts[2])


_RECEIVERS = """
local RECEIVERS = { {}, setmetatable({}, { __index = client }), setmetatable({}, { __index = radio }), 5, "x", false }
for _, object in GIVEN do
	local copied = {}
	for name, value in next, object do copied[name] = value end
	table.insert(RECEIVERS, copied)
end
local found = {}
"""


def test_a_call_on_anything_else_is_an_error_value(game: Game) -> None:
    source = """
for _, receiver in RECEIVERS do
	for _, method in { "similar", "similarPages", "similarTracks" } do
		local ok, result, problem = pcall(client[method], receiver, 1)
		if ok and method ~= "similar" then
			result, problem = result:next(), result.err
		end
		table.insert(found, ok and result == nil and problem.kind or `{method}: {result}`)
	end
	for _, method in { "start", "pause", "skip", "previous", "stop", "queue", "setVolume", "destroy", "Destroy" } do
		local ok, done, problem = pcall(radio[method], receiver, 1)
		table.insert(found, ok and done == false and problem.kind or `{method}: {done}`)
	end
	for _, method in { "nowPlaying", "upcoming", "history" } do
		local ok, result = pcall(radio[method], receiver)
		table.insert(found, if ok and (result == nil or #result == 0) then "invalid_request" else `{method}: {result}`)
	end
end
return found
"""
    found: Any = game.server.run(_GIVEN + _RECEIVERS + source)[0]
    assert set(found) == {"invalid_request"}


def test_what_makes_or_connects_says_at_the_callers_line_what_it_is_for(game: Game) -> None:
    source = """
local METHODS = { withOptions = client, radio = client, stats = client }
for _, method in { "Connect", "Once", "Wait" } do METHODS[method] = signal end
for _, receiver in RECEIVERS do
	for method, object in METHODS do
		local ok, said = pcall(function() object[method](receiver, print) end)
		local told = not ok and string.match(said, "^ServerScriptService%.Script:%d+: .*must be called on a (%a+)")
		table.insert(found, `{method}: {told or said}`)
	end
end
return found
"""
    found: Any = game.server.run(_GIVEN + _RECEIVERS + source)[0]
    assert set(found) == {
        *(f"{method}: client" for method in ("withOptions", "radio", "stats")),
        *(f"{method}: signal" for method in ("Connect", "Once", "Wait")),
    }


def test_a_sequence_goes_on_whatever_is_written_into_it(game: Game) -> None:
    game.answer(200, body={"tracks": [{"asset_id": "2"}], "meta": {"total": 1, "limit": 20, "offset": 0}})
    source = """
client:similarTracks(1):next() -- remembered, since not every VM lets a loop wait
tracks.next = nil
local ids = {}
for track in tracks do table.insert(ids, track.asset_id) end
return table.concat(ids, " "), tostring(tracks.err)
"""
    assert list(game.server.run(_GIVEN + source)) == ["2", "nil"]


def test_a_connection_ends_whoever_is_named(game: Game) -> None:
    source = 'connection.Disconnect("anything") return connection.Connected, pcall(rawget, connection, "Connected")'
    assert list(game.server.run(_GIVEN + source))[:2] == [False, True]
