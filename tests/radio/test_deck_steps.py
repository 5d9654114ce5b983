"""What each operation of a deck does to its player, in which order: decks.txt has it word by word.

The order is what clients are sent; why it is that one, the modules of the decks say.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from roblox_double import Peer
from support.radio import run
from support.recorded import expect_recorded

# An instance that notes what is called and written; `fields` is what it has to begin with.
NOTING = """
local kind = ...
local noted = {}
local function note(text) table.insert(noted, text) end
local function shown(value)
	if type(value) == "table" then return value.name or "{...}" end
	return tostring(value)
end
local function instance(name, fields)
	fields.name = name
	local connections = {}
	local made = setmetatable({ connections = connections }, {
		__index = function(_, key)
			local value = fields[key]
			if value == nil then
				return function(_, ...)
					local given = { ... }
					for index, one in given do given[index] = shown(one) end
					note(`{name}:{key}({table.concat(given, ", ")})`)
				end
			end
			return value
		end,
		__newindex = function(_, key, value)
			note(`{name}.{key} = {shown(value)}`)
			fields[key] = value
		end,
	})
	local function signal(event)
		return {
			Connect = function(_, callback)
				connections[event] = callback
				return { Disconnect = function() note(`{event} disconnected`) connections[event] = nil end }
			end,
		}
	end
	for _, event in { "Ended", "Loaded", "Destroying" } do fields[event] = signal(event) end
	fields.GetPropertyChangedSignal = function(_, property) return signal(property) end
	return made
end
local function region(min, max) return { Min = min, Max = max, name = `{min}..{max}` } end
local function child(name, class)
	local one
	one = instance(name, {
		IsA = function(_, wanted) return wanted == class end,
		Clone = function() note(`{name}:Clone()`) return one end,
	})
	return one
end
local function player(name)
	return instance(name, {
		Name = name, Archivable = true, Volume = 0.5, Parent = "SoundService", PlaybackSpeed = 1,
		SoundId = "rbxassetid://1", Asset = "rbxassetid://1", TimePosition = 5, Playing = true, IsPlaying = true,
		Looped = false, Looping = false, SoundGroup = "Music", RollOffMode = "Linear", RollOffMinDistance = 1,
		RollOffMaxDistance = 2, PlaybackRegionsEnabled = false, PlaybackRegion = region(0, 60),
		GetAttributes = function() return { Mood = "calm" } end,
		GetTags = function() return { "Boss" } end,
		GetChildren = function() return { child("reverb", "SoundEffect"), child("script", "Script") } end,
		GetConnectedWires = function() return {} end,
	})
end
local original, copied = player("player"), player("copy")
rawset(original, "Clone", function() note("player:Clone()") return copied end)
local deck = load(kind .. "Deck").new(original)
local listener = {}
for _, event in { "ended", "loaded", "replaced", "paced", "leveled", "destroying" } do
	listener[event] = function(...)
		local given = { ... }
		note(`-> {event}{if #given > 0 then " " .. table.concat(given, " ") else ""}`)
	end
end
local events = {
	Sound = { "Ended", "Loaded", "PlaybackSpeed", "Volume", "Destroying" },
	AudioPlayer = { "Ended", "IsReady", "PlaybackSpeed", "Volume", "Destroying" },
}
local content = if kind == "Sound" then "SoundId" else "Asset"
local loops = if kind == "Sound" then "Looped" else "Looping"
local second = {
	instance = function() return copied end,
}
"""

STEPS = {
    "play": "deck:play('rbxassetid://2')",
    "play from where it is": "deck:play('rbxassetid://2', 5)",
    "play from elsewhere": "deck:play('rbxassetid://2', 98)",
    "play from the beginning at the beginning": "original.TimePosition = 0 deck:play('rbxassetid://2')",
    "cue": "deck:cue('rbxassetid://2')",
    "pause and resume": "deck:pause() deck:resume()",
    "stop": "deck:stop()",
    "volume": "deck:setVolume(0.25) note(tostring(deck:volume()))",
    "attribute": "deck:setAttribute('AudioScapeName', 'Song')",
    "reading": (
        "note(`{deck:content()} {deck:isPlaying()} {deck:position()} {deck:speed()} {deck:instance() == original}`)"
    ),
    "take and release": "note(tostring(deck:take())) deck:release()",
    "take what repeats": "original[loops] = true note(deck:take()) deck:release()",
    "release what repeats, untaken": (
        "original[loops] = true deck:listen(listener) original.connections[loops]() deck:release()"
    ),
    "repeat what was taken": (
        "deck:listen(listener) deck:take() original[loops] = true original.connections[loops]() deck:release()"
    ),
    "listen": (
        "deck:listen(listener) for _, event in events[kind] do note(event) "
        "original.connections[event]('rbxassetid://9') end "
        "deck:release()"
    ),
    "listen to a change of content": (
        "deck:listen(listener) local changed = original.connections[content] "
        "changed() original[content] = 'rbxassetid://2' changed() changed() "
        "deck:play('rbxassetid://3') changed() original[content] = 'rbxassetid://4' deck:adopt() changed()"
    ),
    "twin": "note(tostring(deck:twin():instance() == copied)) deck:discard()",
    "twin of what may not be copied": (
        "rawset(original, 'Clone', function() note('player:Clone()') return nil end) "
        "original.Archivable = false note(tostring(deck:twin()))"
    ),
    "stay": "deck:stay(second)",
}


@pytest.mark.parametrize("kind", ["Sound", "AudioPlayer"])
@pytest.mark.parametrize("step", STEPS)
def test_what_is_done_to_the_player(server: Peer, kind: str, step: str) -> None:
    [noted] = run(server, f"{NOTING} {STEPS[step]} return table.concat(noted, '\\n')", kind)
    expect_recorded(Path(__file__).parent / "decks.txt", f"{kind}: {step}", noted)


# Which wires a twin has after it was brought to its player; those it had before are marked.
WIRED = """
local wanted, had = ...
local targets = { Fader = Instance.new("AudioFader"), Output = Instance.new("AudioDeviceOutput") }
local function wired(name, wanted)
	local player = Instance.new("AudioPlayer")
	player.Name = name
	player.Parent = workspace
	for _, target in string.split(wanted, " ") do
		if targets[target] then
			local wire = Instance.new("Wire")
			wire.Name = "old"
			wire.SourceInstance, wire.TargetInstance = player, targets[target]
			wire.Parent = player
		end
	end
	return load("AudioPlayerDeck").new(player)
end
local original, twin = wired("original", wanted), wired("twin", had)
twin:stay(original)
local after = {}
for _, wire in twin:instance():GetConnectedWires("Output") do
	local target = if wire.TargetInstance == targets.Fader then "Fader" else "Output"
	table.insert(after, `{wire.Name} {target} {wire.TargetName} {wire.Parent.Name}`)
end
table.sort(after)
return table.concat(after, ", ")
"""


@pytest.mark.parametrize(
    ("wanted", "had", "after"),
    [
        ("Fader", "Fader", "old Fader Input twin"),
        ("Fader", "Fader Output", "old Fader Input twin"),
        ("Output", "Fader Output", "old Output Input twin"),
        ("Output", "Output Output", "old Output Input twin"),
        ("Output Output", "Output", "Wire Output Input twin, old Output Input twin"),
        ("Fader Output", "", "Wire Fader Input twin, Wire Output Input twin"),
        ("Output Fader", "Fader", "Wire Output Input twin, old Fader Input twin"),
        ("", "Fader Output", ""),
    ],
)
def test_a_twin_is_wired_like_its_player(server: Peer, wanted: str, had: str, after: str) -> None:
    assert run(server, WIRED, wanted, had) == [after]
