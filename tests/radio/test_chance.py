"""A radio under commands, trouble and engines drawn by chance: what must hold whatever comes, and in whatever order."""

from __future__ import annotations

import math
import re
from collections import Counter
from contextlib import ExitStack
from itertools import pairwise
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from audioscape_luau.mock import DEMO_KEY, FAULTS, Fault
from audioscape_luau.simulation import mocked
from audioscape_luau.tools.bench.radio import game
from roblox_double import Settings

SCRIPT = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local key, first, class, options = ...
local player = Instance.new(class)
player.Name = "Music"
if class == "AudioPlayer" then
	local output = Instance.new("AudioDeviceOutput")
	output.Parent = game:GetService("SoundService")
	local wire = Instance.new("Wire")
	wire.SourceInstance, wire.TargetInstance = player, output
	wire.Parent = player
end
player.Parent = game:GetService("SoundService")
shared.player = player
shared.log = {}
local began = os.clock()
shared.bystanders = #game:GetService("SoundService"):GetChildren()
shared.radio = AudioScapeClient.new(key):radio(player, options)
shared.radio.trackChanged:Connect(function(track)
	table.insert(shared.log, { os.clock() - began, track.asset_id, player.PlaybackSpeed })
end)
shared.radio:start(first)
"""
LOCALS = "local radio, player, log, ids = shared.radio, shared.player, shared.log, ... "
LOOK = "return #log, #game:GetService('SoundService'):GetChildren()"

# Go on to a track of the radio's own choice; say what is to come; play what is named.
CHOICES = ("radio:skip()", "radio:skip() radio:skip()")
PLANS = (
    "radio:queue(ids[1])",
    "radio:queue(ids[2]) radio:queue(ids[3])",
    "radio:reseed(ids[4])",
    "radio:setVolume(0.3)",
)
ORDERS = (
    "radio:previous()",
    "radio:start(ids[5])",
    "radio:start()",
    "radio:stop() radio:start(ids[6])",
    "radio:skip() radio:skip() radio:previous() radio:skip()",
)
# What others do to the player behind the radio's back.
MEDDLING = (
    "player.TimePosition = 20",
    "player:Stop()",
    "player.Looped = true",
    "player.Looping = true",
    "player.SoundId = 'rbxassetid://' .. ids[7] player:Play()",
    "player.Asset = 'rbxassetid://' .. ids[7] player:Play()",
    "player.Volume = 0.7",
)


def switches() -> dict[str, st.SearchStrategy[Any]]:
    """Return what every switch of the double may be set to, and values for those of its numbers that radios meet."""
    found: dict[str, st.SearchStrategy[Any]] = {}
    for name, kind in get_type_hints(Settings).items():
        if get_origin(kind) is Literal:
            found[name] = st.sampled_from(get_args(kind))
        elif kind is bool:
            found[name] = st.booleans()
    return found | {
        "asset_load": st.just("loads"),
        "asset_load_seconds": st.sampled_from([0.1, 3.0]),
        "audio_server_length": st.sampled_from([0.0, 1.0]),
        "audio_player_ready_seconds": st.sampled_from([1.0, math.inf]),
    }


engines = st.fixed_dictionaries({}, optional=switches()).map(lambda chosen: Settings(**chosen))
options = st.fixed_dictionaries(
    {
        "strategy": st.sampled_from(["nearest", "explore", "smooth"]),
        "historySize": st.sampled_from([1, 50]),
        "tracksPerAnchor": st.sampled_from([1, 10]),
        "crossfade": st.sampled_from([0, 4]),
        "loadTimeout": st.just(10),
    }
)

LENGTHS = {entry.asset_id: entry.fields["duration"] for entry in mocked().catalogue.entries}
LONGEST = max(LENGTHS.values())
SETTLED = 600.0
"""Seconds after trouble with the API within which what was found during it may still be played."""
ATTEMPTS = 3
"""Requests that one question may take: the first, and the client's default of two more."""


class Chance(RuleBasedStateMachine):
    """The radio of a game, and what is known of what it was told and of what happened to it."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.wanted = True  # whether music is to be heard
        self.orders = 1  # commands that make the radio look elsewhere
        self.filtered = False
        self.queued: Counter[str] = Counter()
        self.broken = False
        self.broken_at: list[tuple[float, float]] = []
        self.ordered: list[float] = []  # when the next track, or how long one plays, was left to somebody else

    @initialize(
        engine=engines,
        options=options,
        seed=st.integers(0, 5),
        kind=st.sampled_from(["Sound", "AudioPlayer"]),
        dead=st.sampled_from([0.0, 0.1]),
    )
    def begin(self, engine: Settings, options: dict[str, Any], seed: int, kind: str, dead: float) -> None:
        self.engine, self.options, self.dead = engine, options, dead
        self.game = self.stack.enter_context(game(mocked(), seed, settings=engine, dead=dead))
        self.listener = self.game.listener()
        playable = [id for id in LENGTHS if self.game.universe.assets[int(id)].load != "fails"]
        self.ids = playable[10:80:10]
        self.game.server.run(SCRIPT, DEMO_KEY, playable[seed], kind, cast("Any", options))
        self.note_order()
        self.checked = self.game.universe.now

    def run(self, source: str) -> list[Any]:
        return list(self.game.server.run(LOCALS + source, cast("Any", self.ids)))

    def note_order(self) -> None:
        self.ordered.append(round(self.game.universe.now, 6))

    def log(self) -> list[tuple[float, str, float]]:
        return [(round(at, 6), track, speed) for at, track, speed in self.run("return log")[0]]

    # What may happen

    @rule(action=st.sampled_from(PLANS))
    def plan(self, action: str) -> None:
        self.run(action)
        self.queued.update(self.ids[int(number) - 1] for number in re.findall(r"queue\(ids\[(\d+)\]", action))
        self.orders += 2
        self.note_order()

    @rule(action=st.sampled_from(CHOICES + ORDERS))
    def order(self, action: str) -> None:
        self.run(action)
        self.wanted = True  # each of them ends a pause
        self.orders += 3
        self.note_order()

    @rule(action=st.sampled_from(MEDDLING))
    def meddle(self, action: str) -> None:
        self.run(f"pcall(function() {action} end)")  # each kind of player has properties of its own
        self.orders += 1
        self.note_order()

    @rule()
    def report(self) -> None:
        """The only player cannot hear what plays, and says so."""
        current = cast("Any", self.run("local track = radio:nowPlaying() return track and track.asset_id")[:1])
        if not self.wanted or current in ([], [None]) or not self.is_dead(current[0]):
            return
        self.run("radio:reportUnplayable(game:GetService('Players'):GetPlayers()[1], radio:nowPlaying().asset_id)")
        self.note_order()
        assert self.run("local track = radio:nowPlaying() return track and track.asset_id") != current

    @rule(speed=st.sampled_from([0.5, 1, 2]))
    def pace(self, speed: float) -> None:
        self.run(f"player.PlaybackSpeed = {speed}")
        self.note_order()

    @rule(genre=st.sampled_from(["Jazz", None]))
    def filter(self, genre: str | None) -> None:
        self.run("radio:setFilters(nil)" if genre is None else f"radio:setFilters({{ genres = {{ '{genre}' }} }})")
        self.filtered = True
        self.orders += 2
        self.note_order()

    @precondition(lambda self: self.wanted)
    @rule()
    def pause(self) -> None:
        self.run("radio:pause()")
        self.wanted = False
        self.note_order()

    @precondition(lambda self: not self.wanted)
    @rule()
    def resume(self) -> None:
        self.run("radio:resume()")
        self.wanted = True
        self.note_order()

    @rule(fault=st.sampled_from(FAULTS))
    def fail(self, fault: Fault) -> None:
        self.heal()
        self.game.network.faults.shares = {(fault,): 1.0}
        self.broken = True
        self.broken_from, self.asked = self.game.universe.now, len(self.game.network.exchanges)
        self.begun, self.ordered_before = len(self.log()), self.orders

    @precondition(lambda self: self.broken)
    @rule()
    def heal(self) -> None:
        if not self.broken:
            return
        self.look_at_requests()
        self.game.network.faults.shares = {}
        self.broken = False
        self.broken_at.append((self.broken_from, self.game.universe.now))

    @rule(seconds=st.sampled_from([0.1, 7.0, 45.0, 400.0, 2000.0]))
    def wait(self, seconds: float) -> None:
        self.game.universe.advance(seconds)

    # What must hold

    @invariant()
    def one_is_heard_at_a_time(self) -> None:
        now = self.game.universe.now
        most = 2 if self.options["crossfade"] else 1
        assert len(self.listener.at(now - 1e-3)) <= most

    @invariant()
    def nothing_fails_unseen(self) -> None:
        errors = [line.text for line in self.game.server.output if line.kind == "error" and line.trace]
        assert errors == []

    @invariant()
    def no_players_pile_up(self) -> None:
        own = 2 if self.options["crossfade"] else 1  # one to load ahead, one to fade out
        assert self.run(LOOK)[1] <= cast("int", self.game.server.run("return shared.bystanders")[0]) + own

    @invariant()
    def music_is_heard(self) -> None:
        """No long silence while music is wanted, since the latest thing that somebody did to the radio."""
        now, since = self.game.universe.now, self.checked
        self.checked = now
        if not self.wanted or not self.ordered or now <= self.ordered[-1]:
            return
        # Until another track begins, nobody can say how long the one that was meddled with should be heard.
        first = next((at for at, _, _ in self.log() if at > self.ordered[-1]), None)
        if first is None:
            assert now - self.ordered[-1] < 3 * LONGEST + 60
            return
        for start, end in self.listener.silences(max(since, first), now):
            assert end - start <= self.patience(start, end), (
                start,
                end,
                [(*entry, self.is_dead(entry[1])) for entry in self.log()],
            )

    def patience(self, start: float, end: float) -> float:
        """Seconds of silence that the tracks which began in it, or just before, may cost together."""
        first = start - self.options["crossfade"] - 0.1  # the track before may fade into silence
        begun = [(at, track, speed) for at, track, speed in self.log() if first <= at <= end]
        seconds = 2.0 * max(len(begun) - 2, 0)  # the pauses after the third one in a row
        for at, track, speed in begun:
            if not self.is_dead(track):
                seconds += self.engine.asset_load_seconds + 1.5
            elif self.hears(at):
                seconds += self.options["loadTimeout"] + 2
            else:  # nobody can tell but players, and none of them did
                seconds += LENGTHS[track] / speed + 2
        return seconds

    def is_dead(self, track: str) -> bool:
        return self.game.universe.assets[int(track)].load == "fails"

    def hears(self, at: float) -> bool:
        """Whether the server had heard anything by then."""
        loaded = [heard.start for heard in self.listener.heard if heard.start < at - 1]
        return self.engine.audio_server == "hears" and bool(loaded)

    @invariant()
    def tracks_do_not_come_again_soon(self) -> None:
        size = self.options["historySize"]
        log = self.log()
        if self.filtered:
            return  # what fits the filter may be little
        again = Counter[str]()
        for index, (at, track, _) in enumerate(log):
            if self.is_own_choice(log, index) and not self.was_trouble(at):
                again[track] += track in [before for _, before, _ in log[max(0, index - size) : index]]
                # What the game queues comes as often as it says.
                assert again[track] <= self.queued[track], (at, track)

    @invariant()
    def tracks_are_played_out(self) -> None:
        log = self.log()
        for index, ((begin, track, speed), (end, _, _)) in enumerate(pairwise(log)):
            if self.dead or not self.is_own_choice(log, index + 1):
                continue
            whole = LENGTHS[track] / speed
            assert whole - self.options["crossfade"] - 1 <= end - begin <= whole + 10, (track, begin, end)

    def is_own_choice(self, log: list[tuple[float, str, float]], index: int) -> bool:
        """Whether nobody did anything between the beginning of the track before this one and its own."""
        # The clock goes on while an order is carried out.
        return index > 0 and not any(log[index - 1][0] - 0.001 <= at <= log[index][0] for at in self.ordered)

    def was_trouble(self, at: float) -> bool:
        now = self.game.universe.now
        periods = [*self.broken_at, (self.broken_from, now)] if self.broken else self.broken_at
        return any(begin <= at <= end + SETTLED for begin, end in periods)

    @invariant()
    def few_requests_are_sent(self) -> None:
        if self.broken:
            self.look_at_requests()
        elif not self.broken_at:
            begun = len(self.log())
            # A question for each anchor, one for its next page now and then, and those that orders cause.
            most = begun * (2 if self.dead or self.filtered else 1.1) / self.options["tracksPerAnchor"] + 2
            assert len(self.game.network.exchanges) <= most + self.orders

    def look_at_requests(self) -> None:
        """While the API fails the radio slows down: a question for each track, order and half minute."""
        asked = len(self.game.network.exchanges) - self.asked
        tracks, orders = len(self.log()) - self.begun, self.orders - self.ordered_before
        pauses = (self.game.universe.now - self.broken_from) / 30 + 8
        assert asked <= ATTEMPTS * (pauses + 2 * tracks + orders)

    def teardown(self) -> None:
        with self.stack:
            if not hasattr(self, "game"):
                return
            # Whatever happened, tracks go on once the API is back.
            self.heal()
            self.run("player.PlaybackSpeed = 1 radio:start(ids[1])")
            self.game.universe.advance(300)
            before = len(self.log())
            self.game.universe.advance(4 * LONGEST)
            assert len(self.log()) >= before + 3
            # And nothing is left behind.
            self.run("radio:destroy()")
            assert self.run("return #game:GetService('SoundService'):GetChildren() - shared.bystanders") == [0]
            assert self.run("return next(player:GetAttributes())") in ([None], [])
            signals, requests = len(self.log()), len(self.game.network.exchanges)
            self.game.universe.advance(2 * LONGEST)
            assert (len(self.log()), len(self.game.network.exchanges)) == (signals, requests)


TestChance = pytest.mark.thorough(pytest.mark.breaks_contract(Chance.TestCase))
Chance.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
