"""What a radio tells a game and shows to its players, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, cast

from audioscape_luau.contract.case import Broken, Case
from audioscape_luau.contract.disguises import FORMS
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.scenes.parts import cases_of, nothing
from audioscape_luau.contract.scenes.radio.ring import FIRST, LENGTH, PLAYERS, SIZE, Ring, listened
from audioscape_luau.contract.subject import KEY, Observation

_STARTED = f'radio:start("{FIRST}")\n'
_LISTENED = """
local ending, changed, phases = {}, {}, {}
radio.trackEnding:Connect(function(track, following)
	local left = player.TimeLength - player.TimePosition
	table.insert(ending, { track.ID, if following then following.ID else "none", left })
end)
radio.trackChanged:Connect(function(track, before)
	table.insert(changed, { track.ID, if before then before.ID else "none" })
end)
radio.stateChanged:Connect(function(phase, before) table.insert(phases, `{before} {phase}`) end)
"""
_EVENING = """
task.wait(350)
local past, coming = {}, {}
for _, track in radio:history() do table.insert(past, track.ID) end
for _, track in radio:upcoming() do table.insert(coming, track.ID) end
radio:pause()
radio:resume()
task.wait(100)
radio:stop()
radio:destroy()
return ending, changed, phases, past, coming
"""
_PHASES = ["stopped playing", "playing paused", "paused playing", "playing stopped", "stopped destroyed"]
_LOOKING = """
local shown = {}
local function look()
	local track, now = radio:nowPlaying(), workspace:GetServerTimeNow()
	local id, started = player:GetAttribute("AudioScapeAssetId"), player:GetAttribute("AudioScapeStartedAt")
	local paused, speed = player:GetAttribute("AudioScapePausedAt"), player:GetAttribute("AudioScapeSpeed")
	local position = if started and speed then ((paused or now) - started) * speed else -1
	local plays = if track then track.ID else "none"
	table.insert(shown, { id or "none", plays, position, player.TimePosition, paused ~= nil })
end
"""
_LOOKS = """
task.wait(20) look()
radio:skip() task.wait(30) look()
radio:pause() task.wait(40) look()
radio:resume() task.wait(5) look()
player.PlaybackSpeed = 2 task.wait(5) look()
radio:pause() task.wait(5) radio:start("50") task.wait(5) look()
radio:stop() look()
return shown
"""
_TITLED = """
local shown = {}
for _, text in TEXTS do
	radio:start({ ["ID"] = "FIRST", name = text, artist = text })
	task.wait(5)
	for _, value in player:GetAttributes() do table.insert(shown, tostring(value)) end
	radio:stop()
end
return shown
"""
_PAUSED = (False, False, True, False, False, False, False)
"""Whether it is paused at each look."""
_LEFT = """
local SoundService = game:GetService("SoundService")
local function left()
	return #SoundService:GetDescendants(), player.Volume, player.IsPlaying, next(player:GetAttributes()) ~= nil
end
local before = { left() }
"""
_DESTROYED = """
task.wait(250)
radio:destroy()
return before, { left() }
"""
_ITS_PLAYER_DESTROYED = """
task.wait(50)
player:Destroy()
task.wait(300)
local ok, err = radio:start()
return ok, type(err) == "table" and err.kind, #told
"""
_REPORTING = """
local Players = game:GetService("Players")
while os.clock() < 1800 do
	task.wait(1)
	local track = radio:nowPlaying()
	if track and track.ID % 3 == 0 then
		radio:reportUnplayable(Players:GetPlayers()[1], track.ID)
	end
end
"""
_REPORTED = 5.0
"""Seconds within which the radio must have passed over a track that every player reports, a second after it began."""


def scenes(ring: Ring) -> Iterator[Case]:
    """Yield radios whose signals, attributes and remains are looked at."""
    case = cases_of(ring.operation)
    answer, around = ring.answer(), listened()
    for player in PLAYERS:
        tuned = ring.tuned(player=player)
        looks = f"{tuned}{ring.in_its_words(_LOOKING)}{_STARTED}{_LOOKS}"
        yield case(f"what a radio on {player} shows", looks, answer, _shows, around=around)
        texts = [f"by {disguise(KEY)} and friends" for disguise in FORMS.values()]
        titled = _TITLED.replace('"ID"', luau(ring.identity)).replace("FIRST", FIRST).replace("TEXTS", luau(texts))
        name = f"a radio on {player} whose titles hold the key"
        yield case(name, f"{tuned}{titled}", answer, nothing, around=around)
        destroyed = f"{ring.tuned({'crossfade': 5}, player)}{_LEFT}{_STARTED}{_DESTROYED}"
        yield case(f"a radio on {player} that is destroyed", destroyed, answer, _gives_back, around=around)
        gone = f"{tuned}{_STARTED}{_ITS_PLAYER_DESTROYED}"
        name = f"a radio on {player} which the game destroys"
        yield case(name, gone, answer, _is_gone, around=around, expects_output=True)
    evening = f"{ring.tuned()}{ring.in_its_words(_LISTENED)}{_STARTED}{ring.in_its_words(_EVENING)}"
    yield case("what a radio tells", evening, answer, _tells, around=around)
    deaf = listened(silent=tuple(range(3, SIZE, 3)), audio_server="deaf")
    reported = f"{ring.tuned({'strategy': 'nearest'})}{_STARTED}{ring.in_its_words(_REPORTING)}"
    name = "a radio of tracks that players report"
    yield case(name, reported, answer, _passes_over, around=deaf, expects_output=True)


def _tells(seen: Observation) -> Iterator[Broken]:
    ending, changed, phases, past, coming = cast("tuple[Any, Any, list[str], list[str], list[str]]", seen.returned)
    tracks = [track for track, _ in changed]
    if [before for _, before in changed] != ["none", *tracks[:-1]]:
        yield Broken("radio-tells", f"trackChanged told of tracks and those before them: {changed}")
    if [(track, after) for track, after, _ in ending] != list(pairwise(tracks)):
        yield Broken("radio-tells", f"trackEnding told of {ending}; what played was {tracks}")
    for track, _, left in ending:
        if not 9.5 <= left <= 10.5:
            yield Broken("radio-tells", f"trackEnding told of {track} {left:.1f} s before its end, not 10 s")
    if phases != _PHASES:
        yield Broken("radio-tells", f"stateChanged told of {phases}; expected was {_PHASES}")
    at = int(350 // LENGTH)
    if past != tracks[:at][::-1] or coming[:1] != tracks[at + 1 : at + 2]:
        yield Broken("radio-tells", f"of {tracks}, {past} were history and {coming} upcoming during the {at + 1}th")


def _shows(seen: Observation) -> Iterator[Broken]:
    (rows,) = cast("tuple[list[list[Any]]]", seen.returned)
    for (shown, plays, position, truth, paused), is_paused in zip(rows, _PAUSED, strict=True):
        if shown != plays:
            yield Broken("radio-shows", f"the attributes show track {shown} while {plays} plays")
        elif plays != "none" and abs(position - truth) > 0.3:
            yield Broken("radio-shows", f"by the attributes the track is at {position:.1f} s, it is at {truth:.1f} s")
        elif paused is not is_paused:
            yield Broken("radio-shows", f"`AudioScapePausedAt` is {'there' if paused else 'missing'}")


def _gives_back(seen: Observation) -> Iterator[Broken]:
    before, after = seen.returned
    for name, was, now in zip(("instances", "volume", "whether it plays", "attributes"), before, after, strict=True):
        if now != was:
            yield Broken("radio-gives-back", f"{name}: {was} before the radio, {now} after it was destroyed")


def _is_gone(seen: Observation) -> Iterator[Broken]:
    if seen.returned != (False, "invalid_request", 1):
        yield Broken("radio-gives-back", f"a radio without its player returned {seen.returned} to `start`")
    told = [cast("Mapping[str, Any]", event).get("kind") for event in seen.events]
    if told != ["invalid_request"]:
        yield Broken("radio-tells", f"the player is gone, and `failed` told of {told}")


def _passes_over(seen: Observation) -> Iterator[Broken]:
    for start, end in seen.silences:
        if end - start > _REPORTED:
            yield Broken("radio-goes-on", f"a track that players report as silent was played for {end - start:.1f} s")
            return
