"""How a radio treats the game's player: what it gives back of it, and what other scripts do to it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.scenes.mir import loud
from audioscape_luau.contract.scenes.parts import cases_of
from audioscape_luau.contract.scenes.radio.ring import FIRST, LENGTH, PLAYERS, Ring, listened
from audioscape_luau.contract.subject import Observation

_PROPERTIES = """
local LOOPS = if player:IsA("Sound") then "Looped" else "Looping"
local function look() return { player.Volume, player[LOOPS], player.Archivable, player.PlaybackSpeed } end
"""
_KEPT = """
player[LOOPS], player.Archivable, player.PlaybackSpeed = true, false, 1.25
local before = look()
radio:start("FIRST")
task.wait(20)
local during = look()
player.Volume = 0.8
task.wait(150)
radio:pause() task.wait(5)
radio:resume() task.wait(20)
radio:stop()
local stopped = player.Volume
radio:start("FIRST") task.wait(20)
radio:setVolume(0.3) task.wait(95)
radio:destroy()
return before, during, stopped, look()
"""
_PAUSE = 60.0
"""Seconds of a pause in the middle of a fade."""
_MUTED = """
radio:start("FIRST") task.wait(20)
radio:skip() task.wait(20)
local levelled = player.Volume
player.Volume = 0 task.wait(5)
player.Volume = levelled task.wait(5)
local restored = player.Volume
radio:stop()
return levelled, restored, player.Volume
"""
_STOPPED = """
local states = {}
radio.stateChanged:Connect(function(phase, before, reason) table.insert(states, `{phase} {reason or "none"}`) end)
radio:start("FIRST") task.wait(2)
player:Stop() task.wait(40)
return table.concat(told, " "), states, player.IsPlaying
"""
_LOOPED = """
local LOOPS = if player:IsA("Sound") then "Looped" else "Looping"
radio:start("FIRST") task.wait(20)
player[LOOPS] = true task.wait(1)
local during = player[LOOPS]
task.wait(WAIT)
radio:destroy()
return table.concat(told, " "), during, player[LOOPS]
"""
_EVENTS = """
local states, tracks = {}, {}
radio.stateChanged:Connect(function(phase, before, reason)
	table.insert(states, `{before} {phase} {reason or "none"}`)
end)
radio:start("FIRST")
task.wait(30)
"""
_STATES = """
local now = radio:nowPlaying()
return table.concat(told, " "), states, now and now.ID, player.IsPlaying, player.TimePosition
"""
_TAKEN = """
local kind = player.ClassName
local function try(order)
	local ok, said = pcall(order)
	return if ok then "done" else tostring(said)
end
local second = try(function() client:radio(player) end)
local other = try(function() AudioScapeClient.new({ apiKey = KEY }):radio(player) end)
local copy = game:GetService("ServerScriptService"):FindFirstChild("AudioScapeClient"):Clone()
copy.Parent = game:GetService("ServerStorage")
local copied = require(copy).new({ apiKey = KEY })
local fourth = try(function() copied:radio(player) end)
radio:destroy()
local third = try(function() client:radio(player):destroy() end)
local fifth = try(function() copied:radio(player):destroy() end)
return (debug.info(1, "s")), second, other, fourth, third, fifth
"""
_MEDDLED: Mapping[str, tuple[str, Sequence[str], float]] = {
    "stops it and leaves it": (
        f"player:Stop() task.wait({LENGTH})",
        ["stopped playing none", "playing paused player_stopped", "paused playing went_on"],
        2,
    ),
    "stops it and plays on": (
        "player:Stop() task.wait(5) player:Play() task.wait(5)",
        ["stopped playing none", "playing paused player_stopped", "paused playing player_resumed"],
        1,
    ),
    "stops it until the radio resumes": (
        "player:Stop() task.wait(5) radio:resume() task.wait(50)",
        ["stopped playing none", "playing paused player_stopped", "paused playing none"],
        1,
    ),
    "stops it and pauses the radio": (
        f"player:Stop() task.wait(5) radio:pause() task.wait({2 * LENGTH})",
        ["stopped playing none", "playing paused player_stopped"],
        1,
    ),
    "empties it until the radio resumes": (
        "player[if player:IsA('Sound') then 'SoundId' else 'Asset'] = '' task.wait(5) radio:resume() task.wait(50)",
        ["stopped playing none", "playing paused player_stopped", "paused playing none"],
        1,
    ),
    "stops it more than four seconds before the end": (
        f"task.wait({LENGTH - 34.4}) player:Stop() task.wait(3)",
        ["stopped playing none", "playing paused player_stopped"],
        1,
    ),
    "stops it near the end": (
        f"task.wait({LENGTH - 33}) player:Stop() task.wait(5)",
        ["stopped playing none"],
        2,
    ),
    "moves it near the end": (
        f"player.TimePosition = {LENGTH - 10} task.wait(20)",
        ["stopped playing none"],
        2,
    ),
    "moves it back": (
        f"player.TimePosition = 5 task.wait({LENGTH - 15})",
        ["stopped playing none"],
        1,
    ),
    "plays it at double speed": (
        f"player.PlaybackSpeed = 2 task.wait({LENGTH - 20 - LENGTH / 4})",
        ["stopped playing none"],
        2,
    ),
}
"""What another script does to a player half a minute into a track; the states that must be told, and the tracks."""

_AT = {
    "stops it until the radio resumes": 80.0,
    "empties it until the radio resumes": 80.0,
    "moves it back": LENGTH - 10,
}
"""At which second the track must be in the end."""


def scenes(ring: Ring) -> Iterator[Case]:
    """Yield radios on players that belong to a game."""
    case, answer, around = cases_of(ring.operation), ring.answer(), listened()
    for player in PLAYERS:
        tuned = ring.tuned({"targetLoudness": -14, "crossfade": 4}, player)
        kept = ring.in_its_words(tuned + _PROPERTIES + _KEPT.replace("FIRST", FIRST))
        uneven = ring.answer(tell=lambda number: loud(-20 if number % 2 else -9))
        yield case(
            f"what a radio on {player} gives back", kept, uneven, _gives_back, around=around, expects_output=True
        )
        much = ring.answer(tell=lambda _: loud(-9))
        muted = ring.in_its_words(ring.tuned({"targetLoudness": -14}, player) + _MUTED.replace("FIRST", FIRST))
        yield case(f"a script that mutes {player} and restores it", muted, much, _restores, around=around)
        looped = _LOOPED.replace("FIRST", FIRST).replace("WAIT", f"{LENGTH:g}")
        looped = ring.in_its_words(ring.tuned(player=player) + looped)
        name = f"a script that lets {player} loop"
        yield case(name, looped, answer, _unloops, around=around, expects_output=True)
        for name, (meddling, states, count) in _MEDDLED.items():
            script = _EVENTS.replace("FIRST", FIRST) + meddling + _STATES
            told = ring.in_its_words(ring.tuned(player=player) + script)
            judge = _goes(states, count, _AT.get(name))
            yield case(f"a script that has {player} and {name}", told, answer, judge, around=around)
            deaf = f"a script that has {player} of a deaf server and {name}"
            # A server that hears nothing knows no position.
            judge = _goes(states, count, None)
            yield case(deaf, told, answer, judge, around=listened(audio_server="deaf"))
        yield case(f"two radios on {player}", ring.tuned(player=player) + _TAKEN, answer, _is_taken, around=around)
        region = "player.PlaybackRegionsEnabled = true\nplayer.PlaybackRegion = NumberRange.new(20, 50)\n"
        if player != "a Sound":
            region = "player.PlaybackRegion = NumberRange.new(20, 50)\n"
        for place, surroundings in (("here", around), ("where the server is deaf", listened(audio_server="deaf"))):
            script = f'{ring.tuned(player=player)}{region}radio:start("{FIRST}")\ntask.wait(310)\n'
            script += 'return table.concat(told, " ")'
            name = f"a region of {player}, {place}"
            yield case(name, script, answer, _parts, around=surroundings)
    for player in PLAYERS:
        script = ring.in_its_words(f"{ring.tuned(player=player)}{_STOPPED.replace('FIRST', FIRST)}")
        name = f"a script that stops {player} before its track loads"
        dead = listened(silent=(int(FIRST),))
        yield case(name, script, answer, _went_on, around=dead, expects_output=True)
    paused = f'{ring.tuned({"crossfade": 8})}radio:start("{FIRST}")\ntask.wait({LENGTH - 4})\nradio:pause()\n'
    paused += f"task.wait({_PAUSE:g})\nradio:resume()\ntask.wait(30)\nreturn"
    yield case("a fade that is paused", paused, answer, _is_silent, around=around)


def _gives_back(seen: Observation) -> Iterator[Broken]:
    before, during, stopped, after = seen.returned
    names = ("volume", "looping", "Archivable", "speed")
    for name, was, now in list(zip(names, before, after, strict=True))[1:]:
        if was != now:
            yield Broken("radio-gives-back", f"{name} was {was} before the radio, {now} after it")
    if during[1] is not False:
        yield Broken("radio-gives-back", "a player that loops was left looping: its track never ends")
    for when, volume, wanted in (("after `stop`", stopped, 0.8), ("after `destroy`", after[0], 0.3)):
        if abs(volume - wanted) > 1e-4:
            yield Broken("radio-volume", f"the game's volume was {wanted}, {when} it is {volume:g}")
    levelled = [track.volume for track in seen.heard if track.volume]
    if levelled and max(levelled) - min(levelled) < 0.05:
        yield Broken("radio-volume", f"tracks of different loudness were all played at {levelled[0]:g}")


def _restores(seen: Observation) -> Iterator[Broken]:
    levelled, restored, after = seen.returned
    if abs(levelled - 0.5) < 0.05:
        yield Broken("radio-volume", f"a track 5 dB above `targetLoudness` plays at the game's volume, {levelled:g}")
    if abs(restored - levelled) > 1e-4 or abs(after - 0.5) > 1e-4:
        yield Broken(
            "radio-volume",
            f"what a script read was {levelled:g}; written back it became {restored:g}, and {after:g} after `stop`",
        )


def _went_on(seen: Observation) -> Iterator[Broken]:
    told, states, plays = seen.returned
    if len(str(told).split()) < 2 or plays is not True:
        yield Broken(
            "radio-goes-on", f"a script stopped a track that does not load; {told} were started, states {states}"
        )


def _unloops(seen: Observation) -> Iterator[Broken]:
    told, during, after = seen.returned
    if during is not False or len(str(told).split()) != 2:
        yield Broken("radio-goes-on", f"a script let the player loop; {LENGTH + 21:g} s later {told} had been played")
    if after is not True:
        yield Broken("radio-gives-back", "a script let the player loop, which it does not after `destroy`")


def _goes(states: Sequence[str], count: float, at: float | None) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        told, found, now, plays, position = seen.returned
        if at is not None and abs(position - at) > 0.8:
            yield Broken(
                "radio-plays-out", f"the track is at {position:.0f} s after what the script did, {at:g} s are due"
            )
        tracks = str(told).split()
        if list(found) != list(states):
            yield Broken("radio-tells", f"stateChanged told of {found}; expected was {list(states)}")
        if len(tracks) != count:
            yield Broken("radio-goes-on", f"{len(tracks)} tracks were started, {count:g} were due: {tracks}")
        if tracks and now != tracks[-1]:
            yield Broken("radio-tells", f"`nowPlaying` is {now}, the last track told of is {tracks[-1]}")
        if plays is not states[-1].split()[1].startswith("playing"):
            yield Broken("radio-goes-on", f"the player {'plays' if plays else 'is silent'} after {states[-1]}")

    return judge


def _is_taken(seen: Observation) -> Iterator[Broken]:
    here, second, other, fourth, third, fifth = seen.returned
    for said in (second, other, fourth):
        if said == "done":
            yield Broken("radio-alone", "a second radio was made on a player that has one")
        elif not str(said).startswith(f"{here}:") or "radio" not in str(said) or "destroy" not in str(said):
            yield Broken("radio-alone", f"what is said of a second radio names no line or no remedy: {said}")
    for said in (third, fifth):
        if said != "done":
            yield Broken("radio-alone", f"after the first radio was destroyed there can be no other: {said}")


def _parts(seen: Observation) -> Iterator[Broken]:
    tracks = str(seen.returned[0]).split()
    if not 10 <= len(tracks) <= 11:
        yield Broken("radio-region", f"{len(tracks)} tracks were played in 310 s; of each, 30 s are to be heard")


def _is_silent(seen: Observation) -> Iterator[Broken]:
    pauses = [end for start, end in seen.silences if end - start > _PAUSE - 1]
    if not pauses:
        yield Broken("radio-obeys", "something was heard in a pause")
        return
    later = {track.content for track in seen.heard if track.end > pauses[0]}
    if len(later) < 2:
        yield Broken("radio-fades", f"after a pause in the middle of a fade {len(later)} tracks were heard, not both")
