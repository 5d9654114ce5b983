"""Radios whose player plays already, and whose scripts come and go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from audioscape_luau.contract.case import Broken, Case
from audioscape_luau.contract.scenes.parts import cases_of
from audioscape_luau.contract.scenes.radio.ring import FIRST, LENGTH, PLAYERS, SIZE, Ring, heard, is_near, listened
from audioscape_luau.contract.subject import Observation

_LOADED = "70"
"""The track that a game's player has."""
_ADOPTED = """
ASSET
player:Play()
task.wait(20)
local began = radio:start()
local states = {}
radio.stateChanged:Connect(function(phase, before) table.insert(states, `{before} {phase}`) end)
task.wait(5)
local shown, position = player:GetAttribute("AudioScapeAssetId"), player.TimePosition
task.wait(WAIT)
radio:stop()
ASSET
local again = radio:start()
task.wait(10)
return table.concat(told, " "), began, again, shown, position, states, player.TimePosition
"""
_ASSETS = {
    "a Sound": f'player.SoundId = "rbxassetid://{_LOADED}"',
    "an AudioPlayer": f'player.Asset = "rbxassetid://{_LOADED}"',
}
_MAKER, _OTHER = "Maker", "Other"
_MADE = """
PLAYER
local client = AudioScapeClient.new({ apiKey = KEY })
local scripts = game:GetService("ServerScriptService")
local radio
shared.Maker = function()
	radio = client:radio(player)
	radio:start("FIRST")
end
task.wait(150)
"""
_LISTENS = "shared.Other = function() radio.trackChanged:Connect(function() end) end task.wait(1)\n"
_GONE = "scripts.Maker:Destroy()\n"
_USED = {
    "listens": f"{_LISTENS}{_GONE}task.wait({8 * LENGTH:g})",
    "calls it now and then": f"{_GONE}for _ = 1, {8 * LENGTH / 50:g} do radio:nowPlaying() task.wait(50) end",
    "skips": f"{_GONE}radio:skip() task.wait(60) radio:skip() task.wait({8 * LENGTH:g})",
}
"""What others do with a radio whose maker is gone."""
_UNUSED = """
local radioed = {}
local function try() return (pcall(function() client:radio(player):destroy() end)) end
for _, seconds in { 0, 90, 60 } do
	task.wait(seconds)
	table.insert(radioed, try())
end
return radioed
"""


def scenes(ring: Ring) -> Iterator[Case]:
    """Yield radios that take over what plays, or that others take over."""
    case, answer, around = cases_of(ring.operation), ring.answer(), listened()
    for player in PLAYERS:
        adopted = _ADOPTED.replace("ASSET", _ASSETS[player]).replace("WAIT", f"{LENGTH - 15:g}")
        script = ring.in_its_words(ring.tuned(player=player) + adopted)
        yield case(f"a radio that starts with what {player} plays", script, answer, _adopts, around=around)
    there = replace(around, scripts=(_MAKER, _OTHER))
    for player in PLAYERS:
        made = ring.in_its_words(_MADE.replace("PLAYER", PLAYERS[player]).replace("FIRST", FIRST))
        for name, used in _USED.items():
            label = f"a radio on {player} whose script ends and another {name}"
            yield case(label, f"{made}{used}", answer, _goes_on, around=there)
        label = f"a radio on {player} whose only script ends"
        yield case(label, f"{made}radio:nowPlaying()\n{_GONE}{_UNUSED}", answer, _is_given_up, around=there)


def _adopts(seen: Observation) -> Iterator[Broken]:
    told, began, again, shown, position, states, later = seen.returned
    tracks = str(told).split()
    if (began, again) != (True, True):
        yield Broken("radio-obeys", f"`start` with what the player has returned {began}, and once more {again}")
    if tracks[:1] != [_LOADED] or shown != _LOADED:
        yield Broken("radio-tells", f"the player has track {_LOADED}; told of was {tracks}, shown {shown}")
    elif not 24.5 <= position <= 25.5:
        yield Broken("radio-plays-out", f"a track that played for 20 s before `start` is at {position:.1f} s 5 s later")
    elif len(tracks) != 3 or not is_near(tracks[1], _LOADED):
        yield Broken(
            "radio-goes-on", f"after track {_LOADED}, what is like it is due once it has ended; told: {tracks}"
        )
    if states[:1] != ["playing stopped"]:
        yield Broken("radio-tells", f"stateChanged told of {states}")
    if not 9 <= later <= 10.5:
        yield Broken("radio-obeys", f"a track that stood still was started, and is at {later:.1f} s 10 s later")


def _goes_on(seen: Observation) -> Iterator[Broken]:
    for start, end in seen.silences:
        if start > 3 and end - start > 3:
            yield Broken("radio-goes-on", f"its script ended, and nothing was heard from {start:.0f} to {end:.0f} s")
            return
    if len(heard(seen)) < 8:
        yield Broken("radio-goes-on", f"its script ended, and {len(heard(seen))} tracks were heard in 15 minutes")
    if not all(is_near(track, FIRST, SIZE // 4) for track in heard(seen)):
        yield Broken("radio-similar", f"after its script had ended, {heard(seen)} were heard")


def _is_given_up(seen: Observation) -> Iterator[Broken]:
    (radioed,) = seen.returned
    if list(radioed) != [False, False, True]:
        made = [seconds for seconds, ok in zip((0, 90, 150), radioed, strict=True) if ok]
        yield Broken(
            "radio-alone",
            f"another radio was made {made} s after the last script that called the first had ended or was silent; "
            "it is to be possible after two minutes",
        )
