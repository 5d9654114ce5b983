"""Whose threads a radio runs on: scripts come and go, and the music goes on."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Literal

import pytest

from roblox_double import Peer, ScriptTree
from support.radio import BASE, MakeWorld, RadioWorld, orphan, run, script, silences

AUDIO: tuple[Literal["hears", "deaf"], ...] = ("hears", "deaf")
SIGNALS: tuple[Literal["immediate", "deferred"], ...] = ("immediate", "deferred")
CALLS = [
    "skip()",
    "previous()",
    "pause() radio:resume()",
    "stop() radio:start('60')",
    "start('50')",
    "queue('33')",
    "reseed('99')",
    "setFilters(nil)",
    "setVolume(0.4)",
    "nowPlaying()",
]


@pytest.mark.cases(12)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", ["Sound", "AudioPlayer"])
@pytest.mark.parametrize("audio", AUDIO)
def test_a_script_that_calls_and_ends_takes_nothing_along(
    world: MakeWorld, audio: Literal["hears", "deaf"], kind: str, call: str
) -> None:
    radio = world(kind=kind, settings=replace(BASE, audio_server=audio))
    radio.run("radio:start('7') task.wait(5)")
    script(radio, f"radio:{call} task.wait() script:Destroy()")
    assert silences(radio, 450) == []
    assert len(set(radio.played())) >= 4


@pytest.mark.cases(4)
@pytest.mark.parametrize("signals", SIGNALS)
@pytest.mark.parametrize("audio", AUDIO)
@pytest.mark.parametrize("seed", range(3))
def test_scripts_that_end_at_any_moment(
    world: MakeWorld, seed: int, audio: Literal["hears", "deaf"], signals: Literal["immediate", "deferred"]
) -> None:
    chance = random.Random(f"{seed} {audio} {signals}")
    kind = chance.choice(["Sound", "AudioPlayer"])
    options = {"crossfade": chance.choice([0, 4])}
    radio = world(kind=kind, options=options, settings=replace(BASE, audio_server=audio, signal_behavior=signals))
    radio.run("radio:start('7')")
    # Calls that end the music are none of these.
    listener, begun = radio.listener(), radio.universe.now
    for number in range(8):
        radio.advance(chance.uniform(0, 120))
        call, ending = chance.choice(CALLS), chance.choice([0, 0.05, 1, 99, 101])
        body = chance.choice(
            [
                f"radio:{call} script:Destroy()",
                f"radio:{call} task.wait({ending}) script:Destroy()",
                f"radio.trackChanged:Once(function() radio:{call} script:Destroy() end)",
                f"radio.trackChanged:Connect(function() script:Destroy() radio:{call} end) radio:skip()",
                f"player:GetPropertyChangedSignal('Volume'):Once(function() radio:{call} script:Destroy() end)",
            ]
        )
        script(radio, body, f"Pad{number}")
    radio.advance(400)
    assert listener.silences(begun + 3, radio.universe.now, longer_than=5) == []
    assert radio.run("return radio:skip()") == [True]
    assert radio.errors() == []


def test_nobody_is_left_until_somebody_calls(world: MakeWorld) -> None:
    radio = orphan(world, "hears", "")
    radio.advance(600)
    script(radio, "radio:nowPlaying()")
    assert silences(radio, 300) == []


# Each script calls functions of a module, as games do that keep their music in one place: where a function stands then
# says nothing of whose thread it runs on.
MANAGER = """
local root = game:GetService("ServerScriptService").AudioScapeClient
local Radio, Engine = require(root.radio.Radio), require(root.Engine)
local function page(query)
    local tracks = {}
    for number = 1, 50 do
        table.insert(tracks, { asset_id = tostring(tonumber(query.asset_id) + number), duration = 100 })
    end
    return { tracks = tracks, meta = {} }, nil
end
local function hide(text) return text end
local Manager = {}
function Manager.make(player, seed)
    local radio = Radio.new({
        engine = Engine.fromGame(),
        operation = require(root.generated.Operations).similar,
        music = { pageSize = 50 },
        ask = page,
        hide = hide,
        hideTitle = hide,
        spending = {},
    }, player)
    radio:start(seed)
    return radio
end
function Manager.listen(radio)
    return radio.trackChanged:Connect(function() end)
end
return Manager
"""


@pytest.mark.parametrize("audio", AUDIO)
@pytest.mark.parametrize(
    ("other", "is_left"),
    [
        ("manager.listen(radio)", True),
        ("manager.make(Instance.new('Sound', workspace), '200')", True),
        ("manager.listen(radio):Disconnect()", False),
    ],
    ids=["listens", "has a radio of its own", "listens no more"],
)
def test_scripts_that_share_a_module_are_told_apart(
    world: MakeWorld, audio: Literal["hears", "deaf"], other: str, is_left: bool
) -> None:
    radio = world(settings=replace(BASE, audio_server=audio))
    radio.run("radio:destroy()")
    radio.server.mount(ScriptTree(name="Manager", class_name="ModuleScript", source=MANAGER), "ServerScriptService")
    manager = "local manager = require(game:GetService('ServerScriptService').Manager)"
    script(radio, f"{manager} shared.radio = manager.make(player, '7') task.wait(150) script:Destroy()", "Maker")
    radio.advance(50)
    script(radio, f"{manager} {other}", "Other")
    heard = radio.listener("Ann")
    radio.advance(600)
    music = {one.content for one in heard.heard if one.source == "SoundService.Music"}
    assert (len(music) >= 5) == is_left


def left_alone(world: MakeWorld, body: str) -> RadioWorld:
    """Return a world whose radio was made by a script that did this to it, and ended."""
    radio = world()
    radio.run("radio:destroy()")
    script(
        radio, f"shared.radio = shared.make({{}}) radio = shared.radio {body} task.wait(1) script:Destroy()", "Maker"
    )
    radio.advance(2)
    return radio


def test_a_choice_that_was_lost_with_its_script_is_made_again(world: MakeWorld) -> None:
    radio = left_alone(world, "shared.api.latency = 5 radio:start('7')")
    radio.advance(20)
    assert radio.run("return radio:upcoming()") == [[]]
    radio.advance(10)
    assert radio.run("return #radio:upcoming()") == [1]


def test_a_radio_that_was_off_when_its_script_ended_can_be_started(world: MakeWorld) -> None:
    radio = left_alone(world, "radio:start('7') radio:stop()")
    radio.advance(300)
    radio.run("radio:start('9')")
    assert silences(radio, 350) == []


def test_a_radio_that_was_destroyed_stays_so_when_its_script_ends(world: MakeWorld) -> None:
    radio = left_alone(world, "radio:start('7') radio:destroy()")
    assert radio.run("local done, err = radio:skip() return done, err.id") == [False, "radio_destroyed"]
    radio.run("player.SoundId = 'rbxassetid://9' player:Play() player:Stop()")
    radio.advance(60)
    assert radio.run("return player.SoundId, player.Playing, next(player:GetAttributes())")[:2] == [
        "rbxassetid://9",
        False,
    ]
    assert radio.run("player.Looped = true task.wait(1) return player.Looped") == [True]


def test_a_listener_may_fail_to_start_the_radio(world: MakeWorld) -> None:
    radio = world()
    radio.run(
        """
        shared.told = 0
        radio:destroy()
        local own = shared.make({})
        own.failed:Connect(function() shared.told += 1 own:start({}) end)
        api.broken = true
        own:start("7")
        """
    )
    radio.advance(250)
    told = radio.run("return shared.told")[0]
    radio.advance(250)
    assert radio.run("return shared.told")[0] > told >= 1


def test_the_track_before_one_that_is_looked_for(world: MakeWorld) -> None:
    radio = world()
    radio.run("api.latency = 20 radio:start(track(7)) task.wait(1) radio:pause() radio:skip()")
    assert radio.log("phase")[-1][2] == "searching"
    assert radio.run("return radio:previous()") == [True]
    assert radio.run("return radio:nowPlaying().asset_id, #radio:history()") == ["7", 0]


def test_a_listener_ends_with_its_script(world: MakeWorld) -> None:
    radio = world()
    script(
        radio,
        """
        shared.told = 0
        radio.stateChanged:Connect(function() shared.told += 1 end)
        radio.failed:Connect(function() end)
        task.wait(5)
        script:Destroy()
        """,
    )
    radio.run("task.wait(1) radio:start('7') task.wait(10) radio:pause()")
    assert radio.run("return shared.told, radio.failed:isHeard()") == [1, True]


def test_a_failure_is_printed_once_the_script_that_listened_is_gone(world: MakeWorld) -> None:
    radio = world()
    script(
        radio,
        """
        shared.own = shared.make({}, nil, Instance.new("Sound"))
        shared.own.failed:Connect(function() end)
        task.wait(5)
        script:Destroy()
        """,
    )
    radio.run("task.wait(1) shared.own:start('no id')")
    before = len([line for line in radio.server.output if line.kind == "warn"])
    radio.run("task.wait(5) shared.own:start('no id')")
    said = [line.text for line in radio.server.output if line.kind == "warn"]
    assert (before, len(said)) == (0, 1)


def test_a_listener_runs_on_the_script_that_connected_it(world: MakeWorld) -> None:
    radio = world()
    script(radio, "radio.trackChanged:Connect(function() task.wait(5) shared.late = true end)")
    script(radio, "task.wait(1) radio:start('7') task.wait(1) script:Destroy()", "Caller")
    radio.advance(20)
    assert radio.run("return shared.late") == [True]


# Parts

WORKER = """
local done = {}
local function note(name)
	return function() table.insert(done, name) end
end
local engine = { spawn = task.spawn }
local worker = load("Worker").new(engine)
"""


def test_a_job_that_waits_is_given_up(server: Peer) -> None:
    source = """
    worker:run(function() task.wait(5) note("late")() end)
    worker:run(note("next"))
    task.wait(10)
    worker:run(note("last"))
    return table.concat(done, " "), worker:count(), worker:isBusy()
    """
    assert run(server, WORKER + source) == ["next late last", 2, False]


def test_a_job_comes_after_another_and_what_it_throws_is_told(server: Peer) -> None:
    source = """
    local inner
    local ran, problem = worker:run(function()
        inner = worker:run(note("never"))
        worker:replace()
        error("on purpose", 0)
    end)
    local again, none = worker:run(note("next"))
    return ran, problem, inner, again, none, table.concat(done, " "), worker:count()
    """
    assert run(server, WORKER + source) == [True, "on purpose", False, True, None, "next", 1]


def test_where_nothing_can_be_started_nothing_is_done(server: Peer) -> None:
    source = """
    local full = false
    engine.spawn = function(...)
        if full then error("C stack overflow", 0) end
        return task.spawn(...)
    end
    full = true
    local refused = worker:run(note("never"))
    full = false
    local ran = worker:run(note("next"))
    worker:replace()
    local fresh = worker:run(note("fresh"))
    return refused, ran, fresh, table.concat(done, " "), worker:count()
    """
    assert run(server, WORKER + source) == [False, True, True, "next fresh", 2]


def test_what_a_full_stack_refuses_is_done_in_the_next_frame(server: Peer) -> None:
    source = """
    local full, rung = false, {}
    local timers = load("Timers").new({
        clock = os.clock,
        delay = task.delay,
        cancel = task.cancel,
        spawn = function(...)
            if full then error("C stack overflow", 0) end
            return task.spawn(...)
        end,
    })
    full = true
    local done = timers:run(function() table.insert(rung, "job") end)
    full = false
    local before = #rung
    task.wait()
    return done, before, table.concat(rung, " ")
    """
    assert run(server, source) == [False, 0, "job"]


def test_jobs_that_cause_one_another_for_ever_leave_the_server_its_frames(server: Peer) -> None:
    source = """
    local count = 0
    local timers = load("Timers").new({
        clock = os.clock, delay = task.delay, cancel = task.cancel, spawn = task.spawn,
    })
    local function again()
        count += 1
        timers:run(again)
    end
    timers:run(again)
    local first = count
    task.wait()
    local second = count
    timers:clear()
    task.wait(1)
    return first > 50, first < 1000, second > first, second < 3 * first, count == second
    """
    assert run(server, source) == [True] * 5


def test_a_listener_is_not_lost_where_the_stack_is_full(server: Peer) -> None:
    source = """
    local full, heard = false, 0
    local signal = load("Signal").new({
        clock = os.clock,
        delay = task.delay,
        spawn = function(...)
            if full then error("C stack overflow", 0) end
            return task.spawn(...)
        end,
    })
    signal:Connect(function() heard += 1 end)
    full = true
    signal:fire()
    full = false
    signal:fire()
    return heard, signal:isHeard()
    """
    assert run(server, source) == [1, True]


@pytest.mark.parametrize("audio", AUDIO)
def test_of_two_scripts_that_came_at_once_either_one_is_enough(
    world: MakeWorld, audio: Literal["hears", "deaf"]
) -> None:
    radio = world(settings=replace(BASE, audio_server=audio))
    radio.run("radio:destroy()")
    script(radio, "shared.radio = shared.make({}) shared.radio:start('7')", "Maker")
    radio.advance(5)
    for name in ("First", "Second"):
        script(radio, "radio.stateChanged:Connect(function() end)", name)
    radio.advance(20)
    radio.run("game.ServerScriptService.Maker:Destroy()")
    radio.advance(1)
    radio.run("game.ServerScriptService.First:Destroy()")
    assert silences(radio, 450) == []
