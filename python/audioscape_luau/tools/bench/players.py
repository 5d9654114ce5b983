"""What a hostile player costs a server that serves players: its radio, the other players, its memory and its requests.

Nothing here depends on the machine but `players_hostile_us`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import httpx

from audioscape_luau.mock import DEMO_KEY
from audioscape_luau.resources import luau_root
from audioscape_luau.simulation import World, mocked, shipped
from roblox_double import Listener, LuauValue, Peer, Universe, load_folder

SECONDS, A_SECOND = 60, 500
"""How long the hostile player calls, and how often."""
LEAVING = 1000
"""Players who leave while their question is under way."""
SETTLING = 20.0
"""Seconds until the radio plays, and until what was asked is over."""

SERVER = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local key, seed, options = ...
options.apiKey = key
local music = Instance.new("Sound")
music.Name = "Music"
music.SoundId = "rbxassetid://" .. seed
music.Parent = game:GetService("SoundService")
shared.client = AudioScapeClient.new(options)
shared.radio = shared.client:radio(music)
shared.radio:start()
shared.client:serve({ operations = { "similar" }, anyId = true, radio = shared.radio })
"""
"""A server with a radio, which players may ask; the options are the client's, without its key."""
# What a client can send and no script of the game would. The long and the deep are rare, since they cost the hostile
# player's own machine most.
_MALLORY = """
local seconds, aSecond, ids = ...
local remote = game:GetService("ReplicatedStorage"):WaitForChild("AudioScapeCalls")
local deep = {}
for _ = 1, 1000 do
	deep = { x = deep }
end
local long = string.rep("9", 200000)
local counts = { sent = 0, most = 0 }
local answered = 0
shared.counts = counts
local cheap = {
	function(n) return "similar", { asset_id = ids[n % #ids + 1] } end,
	function(n) return "similar", { asset_id = ids[n % #ids + 1], offset = n } end,
	function() return end,
	function() return "similar" end,
	function() return 0 / 0, 0 / 0 end,
	function() return "similar", { asset_id = 0 / 0 } end,
	function() return "similar", { asset_id = { ClassName = "Sound", SoundId = "rbxassetid://1", Parent = {} } } end,
	function() return "similar", { asset_id = workspace } end,
	function(n) return "similar", { ["x" .. n] = true } end,
	function() return "vote:skip", { asset_id = ids[1] } end,
	function() return "vote:skip", { asset_id = buffer.create(1000) } end,
	function() return "events", { events = { { type = "play" } } } end,
	function(n) return "similar", { asset_id = "1", limit = n % 300 - 100 } end,
	function(n) return string.rep("op", n % 100), {} end,
}
local function call(...)
	counts.sent += 1
	counts.most = math.max(counts.most, counts.sent - answered)
	local ok, reply = pcall(remote.InvokeServer, remote, ...)
	answered += 1
	local what = if not ok then "raised" elseif not reply then "nothing" else reply.kind or "ok"
	counts[what] = (counts[what] or 0) + 1
end
local begun = os.clock()
while os.clock() - begun < seconds do
	while counts.sent < (os.clock() - begun) * aSecond do
		local n = counts.sent
		if n % 500 == 250 then
			task.spawn(call, "similar", { asset_id = long })
		elseif n % 500 == 0 then
			task.spawn(call, "similar", deep)
		else
			task.spawn(call, cheap[n % #cheap + 1](n))
		end
	end
	task.wait()
end
"""
_ANN = """
local seconds, ids = ...
local AudioScapeRemote = require(game:GetService("ReplicatedStorage").AudioScapeRemote)
local asked, answered = 0, 0
local begun = os.clock()
while os.clock() - begun < seconds do
	asked += 1
	if AudioScapeRemote.similar(ids[asked]) then
		answered += 1
	end
	task.wait(5)
end
shared.answered = answered / asked
"""
_MEMORY = """
local least = math.huge
for _ = 1, 40 do
	task.wait(0.25)
	-- Litter, so that the collector comes round, in steps so small that one of them meets the end of its round.
	for _ = 1, 500 do
		table.create(60, 0)
		least = math.min(least, gcinfo())
	end
end
return least
"""


class Room(World):
    """A server that plays and serves, and counts what it sends."""

    def __init__(self, *, cache_seconds: float = 300.0, reply_seconds: float = 0.1) -> None:
        self.requests: list[httpx.Request] = []
        self.ids: list[str] = [entry.asset_id for entry in mocked().catalogue.entries]
        self._reply_seconds = reply_seconds
        super().__init__(shipped(), self._respond, universe=Universe(seed=1))
        self.stock(mocked().catalogue)
        self.server.mount(load_folder(luau_root() / "AudioScapeRemote"), "ReplicatedStorage")
        options: LuauValue = {"cacheSeconds": cache_seconds, "cacheStaleSeconds": 0}
        self.server.run(SERVER, DEMO_KEY, self.ids[0], options)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = mocked().respond(request)
        reply.extensions["virtual_seconds"] = self._reply_seconds
        return reply

    def memory(self) -> float:
        """Return the least that the server's VM has in use over some seconds, in KB."""
        (least,) = self.server.run(_MEMORY)
        return cast(float, least)


@dataclass(frozen=True, slots=True)
class Siege:
    """What became of a minute with a hostile player in it, or without."""

    counts: dict[str, float]
    """How many calls the hostile player sent, and got which kind of answer to."""
    requests: int
    answered: float
    """The share of the other player's questions that were answered with tracks."""
    silence: float
    """Seconds that the radio was silent for the other player."""
    memory: float
    """KB that the server has in use afterwards."""
    real_seconds: float


def siege(*, seconds: float = SECONDS, hostile: bool = True) -> Siege:
    """Let a player call as often and as oddly as a client can, while the radio plays and another player asks."""
    with Room() as room:
        ann, mallory = room.universe.client("Ann"), room.universe.client("Mallory")
        listener = Listener(ann)
        room.advance(SETTLING)
        begun, real = room.universe.now, time.perf_counter()
        own = cast("LuauValue", room.ids[500:])
        ann.spawn(_ANN, seconds, own, parent="ReplicatedStorage")
        before = len(room.requests)
        if hostile:
            mallory.spawn(_MALLORY, seconds, A_SECOND, cast("LuauValue", room.ids[:400]), parent="ReplicatedStorage")
        room.advance(seconds + SETTLING)
        spent = time.perf_counter() - real
        (counts,) = mallory.run("return shared.counts or {}", parent="ReplicatedStorage")
        (answered,) = ann.run("return shared.answered", parent="ReplicatedStorage")
        return Siege(
            counts=dict(cast("dict[str, float]", counts or {})),
            requests=len(room.requests) - before,
            answered=cast(float, answered),
            silence=sum(stop - start for start, stop in listener.silences(begun, room.universe.now, longer_than=0.5)),
            memory=room.memory(),
            real_seconds=spent,
        )


def message(room: Room) -> tuple[LuauValue, LuauValue]:
    """Return a question as it travels from a client to its server: its channel and its bytes."""
    asker = room.universe.client("Asker")
    room.advance(1)
    caught: list[tuple[LuauValue, LuauValue]] = []
    deliver = room.universe.deliver

    def watch(sender: Peer, receiver: int, channel: LuauValue, text: LuauValue) -> None:
        if channel == "invoke":
            caught.append((channel, text))
        deliver(sender, receiver, channel, text)

    room.universe.deliver = watch  # type: ignore[method-assign]
    source = "game.ReplicatedStorage.AudioScapeCalls:InvokeServer('similar', { asset_id = ... })"
    asker.run(source, room.ids[1], parent="ReplicatedStorage")
    room.universe.deliver = deliver  # type: ignore[method-assign]
    room.universe.leave(asker)
    return caught[0]


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is left of players who left while their question was under way."""

    requests: int
    memory: float
    """KB that the server has in use more than before."""
    errors: Sequence[str]
    """What the server's output says went wrong."""


def leaving(*, players: int = LEAVING) -> Leaving:
    """Let players come, ask and leave before the answer is there. Only the server is real: it hears them all."""
    with Room(cache_seconds=0, reply_seconds=0.5) as room:
        channel, text = message(room)
        room.advance(SETTLING)
        memory, before = room.memory(), len(room.requests)
        for number in range(players):
            peer = 100_000 + number
            room.server.join(peer, f"Guest{number}", peer)
            room.server.receive(room.universe.now, peer, channel, text)
            room.advance(0.02)
            room.server.leave(peer)
        requests = len(room.requests) - before
        room.advance(SETTLING)
        return Leaving(
            requests=requests,
            memory=room.memory() - memory,
            errors=[line.text for line in room.server.output if line.kind == "error"],
        )


def measure(*, seconds: float = SECONDS, players: int = LEAVING) -> dict[str, float]:
    """Return the figures `players_hostile_WHAT`. Takes half a minute.

    calls: what the hostile player sent. waiting: the most of these that had no answer at the same time, those on their
    way included. answers: those that were answered with tracks. requests: of the server in that time, more than
    without that player. others: the share of the other player's questions that were answered. silence: seconds of the
    radio. memory_kb: more than without that player. us: microseconds of this machine for a call, the client's included.
    left_requests, left_kb: of players who leave while their question is under way.
    """
    with_, without = siege(seconds=seconds), siege(seconds=seconds, hostile=False)
    gone = leaving(players=players)
    calls = with_.counts["sent"]
    return {
        "players_hostile_calls": calls,
        "players_hostile_waiting": with_.counts["most"],
        "players_hostile_answers": with_.counts.get("ok", 0),
        "players_hostile_requests": float(with_.requests - without.requests),
        "players_hostile_others": with_.answered,
        "players_hostile_silence": with_.silence,
        "players_hostile_memory_kb": with_.memory - without.memory,
        "players_hostile_us": (with_.real_seconds - without.real_seconds) / calls * 1e6,
        "players_hostile_left_requests": float(gone.requests),
        "players_hostile_left_kb": gone.memory,
    }
