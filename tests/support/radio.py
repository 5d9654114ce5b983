"""Running modules of the radio, and whole radios on a server that players listen to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, cast

from audioscape_luau.simulation import World
from roblox_double import LuauValue, Peer, ScriptTree, Settings, Universe
from roblox_double.assets import Asset
from support.game import shipped

BASE = Settings(asset_duration=100, asset_load_seconds=0.5)
"""An engine that does nothing odd."""

_HEAD = (
    'local root = game:GetService("ServerScriptService").AudioScapeClient '
    "local function load(name) return require(root:FindFirstChild(name, true)) end "
)

# A catalogue of tracks in a ring, each like the ones beside it; `api` says how it answers.
_WORLD = """
local Radio = load("Radio")
local options, class = ...
local api = { latency = 0.1, pageSize = 50, size = 400, duration = 100, requests = {}, broken = false, missing = {} }
local function track(number)
	return table.freeze({
		asset_id = tostring(number),
		name = "Song " .. number,
		artist = "Artist " .. number % 37,
		duration = if api.duration > 0 then api.duration else nil,
		loudness_lufs = -20 + number % 3 * 6,
	})
end
local function similar(query)
	if api.err then
		return nil, api.err
	elseif api.broken then
		local Errors = require(root.errors.Errors)
		return nil, Errors.new("server_error", { operation = "similar", status = 500, said = "no" })
	elseif api.missing[query.asset_id] then
		local Errors = require(root.errors.Errors)
		return nil, Errors.new("not_found", { operation = "similar", said = "no" })
	end
	local tracks = {}
	for place = (query.offset or 0) + 1, math.min((query.offset or 0) + query.limit, api.size - 1) do
		local step = (place + 1) // 2 * (if place % 2 == 0 then -1 else 1)
		table.insert(tracks, track((tonumber(query.asset_id) - 1 + step) % api.size + 1))
	end
	return { tracks = tracks, meta = {} }, nil
end
local function ask(query, again)
	table.insert(api.requests, query.asset_id)
	task.wait(api.latency)
	if api.answer then
		return api.answer(query, similar, again)
	end
	return similar(query)
end
-- What searches, genres, charts and playlists find: the tracks of `api.found`.
api.found, api.sought = { 50, 150, 250 }, {}
local operations = require(root.generated.Operations)
local function finding(way)
	way.ask = function(query, again)
		table.insert(api.sought, { name = way.form, query = query, again = again == true })
		task.wait(api.latency)
		if api.err or api.broken then
			return similar({})
		elseif api.finds then
			return api.finds(query)
		end
		local tracks = {}
		for _, number in api.found do
			table.insert(tracks, track(number))
		end
		return { tracks = tracks }, nil
	end
	return way
end
local ways = {
	finding({ form = "query", operation = operations.search, input = "query", filters = "filters", tracks = "tracks" }),
	finding({
		form = "genre",
		operation = operations.browseTracks,
		input = "name",
		with = { type = "genre" },
		limit = "limit",
		size = 100,
		tracks = "tracks",
	}),
	finding({ form = "chart", operation = operations.trending, value = "trending", tracks = "tracks" }),
}
local player = Instance.new(class)
player.Name = "Music"
if class == "AudioPlayer" then
	player.Volume = 0.5
	local output = Instance.new("AudioDeviceOutput")
	output.Parent = game:GetService("SoundService")
	local wire = Instance.new("Wire")
	wire.SourceInstance = player
	wire.TargetInstance = output
	wire.Parent = player
end
player.Parent = game:GetService("SoundService")
shared.player = player
shared.api = api
shared.log = {}
shared.hearing = { heard = false }
shared.spending = {}
local function note(...)
	table.insert(shared.log, { math.round(os.clock() * 1000) / 1000, ... })
end
shared.note = note
shared.track = track
shared.make = function(given, changes, other)
	local engine = table.clone(require(root.Engine).fromGame())
	for name, value in changes or {} do
		engine[name] = value
	end
	if type(given) == "table" and not given.strategy then
		-- Its order is the simplest to tell.
		given = table.clone(given)
		given.strategy = "nearest"
	end
	local radio = Radio.new({
		engine = engine,
		operation = require(root.generated.Operations).similar,
		music = { pageSize = api.pageSize, filters = "filters", distinct = "dedupe" },
		ask = ask,
		others = rawget(shared, "others"),
		ways = ways,
		hide = function(text) return text end,
		hideTitle = function(text) return text end,
		hearing = shared.hearing,
		spending = shared.spending,
		spreads = rawget(shared, "spreads"),
		tell = function(what, track, at, heard, who)
			note("told", what, track.asset_id, at, heard or 0, who or "")
		end,
		atEnd = function() end,
	}, other or player, given)
	radio.trackChanged:Connect(function(track)
		note("track", track.asset_id)
	end)
	radio.trackEnding:Connect(function(track, following)
		note("ending", track.asset_id, if following then following.asset_id else "")
	end)
	radio.failed:Connect(function(err)
		note("failed", err.id)
	end)
	radio.stateChanged:Connect(function(phase)
		note("phase", phase)
	end)
	return radio
end
shared.radio = shared.make(options)
"""

_LOCALS = (
    "local radio, player, api, log, note, track = "
    "shared.radio, shared.player, shared.api, shared.log, shared.note, shared.track "
)

CLOCK = """
local now, frame, alarms = 0, 0, {}
local engine = {
	clock = function() return now end,
	spawn = task.spawn,
	delay = function(seconds, callback)
		local alarm = { at = now + math.max(seconds, frame), callback = callback }
		table.insert(alarms, alarm)
		return alarm
	end,
	cancel = function(alarm)
		local index = table.find(alarms, alarm)
		if index then table.remove(alarms, index) end
	end,
}
local function passTo(time)
	while true do
		local soonest
		for _, alarm in alarms do
			if alarm.at <= time and (soonest == nil or alarm.at < soonest.at) then soonest = alarm end
		end
		if not soonest then break end
		now = soonest.at
		table.remove(alarms, table.find(alarms, soonest))
		soonest.callback()
	end
	now = time
end
local function pass(seconds) passTo(now + seconds) end
"""
"""Luau: an `engine` whose clock stands still but for `pass` and `passTo`, which call one alarm after the other.

A frame lasts `frame` seconds: nothing comes sooner.
"""


def run(server: Peer, source: str, *args: object, limit: float = 3600.0) -> list[Any]:
    """Run `source`, in which `load(name)` gives a module of the radio, with `args` as its `...`."""
    return list(server.run(_HEAD + source, *[cast("LuauValue", value) for value in args], limit=limit))


class RadioWorld(World):
    """A server with a radio on a player called Music, over a made-up API of tracks `1` to `400` of 100 seconds each.

    In `run`, `radio`, `player`, `api`, `log`, `note` and `track(number)` are there; `log` holds (time, what, ...) of
    each signal.
    """

    def __init__(
        self,
        *,
        options: object = None,
        settings: Settings | None = None,
        kind: str = "Sound",
        duration: float = 100.0,
    ) -> None:
        settings = settings or Settings(asset_duration=duration)
        super().__init__(shipped(), universe=Universe(settings=settings, seed=1))
        run(self.server, _WORLD, options or {}, kind)

    def asset(self, number: int, **fields: Any) -> None:
        """Say what is special about an asset."""
        self.universe.assets[number] = Asset(**fields)

    def run(self, source: str, *args: object, limit: float = 86400.0) -> list[Any]:
        """Run Luau on the server; return what it returns, without the nils at the end."""
        values = run(self.server, _LOCALS + source, *args, limit=limit)
        while values and values[-1] is None:
            values.pop()
        return values

    def log(self, *kinds: str) -> list[tuple[Any, ...]]:
        """Return what the radio's signals told, all or only of some kinds, each as (time, kind, ...)."""
        entries = [tuple(entry) for entry in self.run("return log")[0]]
        return [entry for entry in entries if not kinds or entry[1] in kinds]

    def played(self) -> list[str]:
        """Return the ids of the tracks that were played, in order."""
        return [str(entry[2]) for entry in self.log("track")]

    def errors(self) -> list[str]:
        """Return what reached the output as an error, failed loads aside."""
        return [
            line.text
            for line in self.server.output
            if line.kind == "error" and not line.text.startswith("Failed to load sound")
        ]


type MakeWorld = Callable[..., RadioWorld]


def script(radio: RadioWorld, source: str, name: str = "Pad") -> None:
    """Let another script come, which ends if it destroys itself."""
    tree = ScriptTree(
        name=name, class_name="Script", source=f"local radio, player = shared.radio, shared.player {source}"
    )
    radio.server.mount(tree, "ServerScriptService")


def silences(radio: RadioWorld, seconds: float, longer_than: float = 5) -> list[tuple[float, float]]:
    """Return when a player who joins now hears nothing."""
    listener, begun = radio.listener(f"Player{radio.universe.now:.0f}"), radio.universe.now
    radio.advance(seconds)
    return listener.silences(begun + 3, radio.universe.now, longer_than=longer_than)


def orphan(world: MakeWorld, audio: Literal["hears", "deaf"], other: str, kind: str = "Sound") -> RadioWorld:
    """Return a world whose radio was made by a script that ended while its second track played; `other` is a script."""
    radio = world(kind=kind, settings=replace(BASE, audio_server=audio))
    radio.run("radio:destroy()")
    script(radio, "shared.radio = shared.make({}) shared.radio:start('7') task.wait(150) script:Destroy()", "Maker")
    radio.advance(50)
    script(radio, other, "Other")
    radio.advance(101)
    return radio
