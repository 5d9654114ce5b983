"""One player, one radio: whoever makes the second is told so where it stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from audioscape_luau.simulation import World
from roblox_double import ScriptTree
from support.game import KEY, shipped
from support.radio import BASE, MakeWorld, RadioWorld, run

KINDS = ["Sound", "AudioPlayer"]
SAID = "client:radio: Music already has a radio. Use that one, or destroy it first."


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", ["", "radio:start('7')", "radio:start('7') radio:pause()", "radio:stop()"])
def test_a_second_radio_is_refused(world: MakeWorld, kind: str, state: str) -> None:
    radio = world(kind=kind)
    radio.run(state)
    radio.advance(500)
    said = radio.run("local _, said = pcall(shared.make, {}) return said")[0]
    assert said.endswith(f": {SAID}")
    assert radio.run("return radio:start('8')") == [True]


@pytest.mark.parametrize("kind", KINDS)
def test_after_the_end_of_one_there_may_be_another(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    radio.run("radio:start('7') radio:destroy() shared.radio = shared.make({}) shared.radio:start('9')")
    radio.advance(150)
    assert radio.played() == ["7", "9", "10"]
    assert radio.run("return (pcall(shared.make, {}))") == [False]


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_of_the_player_may_have_its_own(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    radio.run("radio:start('7')")
    radio.advance(5)
    made = """
    local Radio, copy = load("Radio"), player:Clone()
    copy.Parent = player.Parent
    local own = Radio.new({
        engine = require(root.Engine).fromGame(),
        operation = require(root.generated.Operations).similar,
        music = { pageSize = 50 },
        ask = function() return nil end,
        hide = tostring,
        hideTitle = tostring,
        spending = {},
    }, copy)
    return own:start("9")
    """
    assert radio.run(made) == [True]


def test_whoever_calls_is_named() -> None:
    with World(shipped()) as world:
        [said] = world.server.run(
            f"""
            local client = require(game:GetService("ServerScriptService").AudioScapeClient).new("{KEY}")
            local sound = Instance.new("Sound")
            sound.Name = "Music"
            client:radio(sound)
            local _, said = pcall(function()
                client:radio(sound)
            end)
            return said
            """
        )
    assert said == f"ServerScriptService.Script:7: {SAID}"


def test_copies_of_the_module_know_of_one_another() -> None:
    with World(shipped()) as world:
        world.server.mount(shipped(), "ServerStorage")
        [said, other] = world.server.run(
            f"""
            local sound = Instance.new("Sound")
            sound.Name = "Music"
            local first = require(game:GetService("ServerScriptService").AudioScapeClient).new("{KEY}")
            local second = require(game:GetService("ServerStorage").AudioScapeClient).new("{KEY}")
            local radio = first:radio(sound)
            local _, said = pcall(second.radio, second, sound)
            radio:destroy()
            return said, second:radio(sound) ~= nil
            """
        )
    assert str(said).endswith(SAID)
    assert other is True


@pytest.mark.parametrize(
    "forged",
    [
        "5",
        "{}",
        "setmetatable({}, { __index = error })",
        "setmetatable({}, { __metatable = false })",
        "table.freeze({})",
        "{ isAlive = 5 }",
        "{ isAlive = error }",
        "{ isAlive = function() return true end }",
        "table.freeze({ isAlive = function() task.wait(50) return true end })",
        "table.freeze({ isAlive = function() coroutine.yield() end, close = function() coroutine.yield() end })",
    ],
)
def test_what_others_leave_there_locks_no_player(world: MakeWorld, forged: str) -> None:
    radio = world()
    radio.run(f"radio:destroy() shared.AudioScapeRadios[player] = {forged} shared.radio = shared.make({{}})")
    assert radio.run("return radio:start('7')") == [True]
    radio.run(f"radio:destroy() shared.AudioScapeRadios = {forged} shared.radio = shared.make({{}})")
    assert radio.run("return radio:start('7')") == [True]


@pytest.mark.parametrize(
    "spoil",
    [
        "table.clear(shared)",
        "table.clear(shared.AudioScapeRadios)",
        "shared.AudioScapeRadios = {}",
        "shared.AudioScapeRadios[player] = nil",
        "shared.AudioScapeRadios[player] = { isAlive = function() return false end }",
    ],
)
def test_what_others_take_away_there_frees_no_player(world: MakeWorld, spoil: str) -> None:
    radio = world()
    made = f"local make = shared.make radio:start('7') {spoil} local ok, said = pcall(make, {{}}) return ok, said"
    ok, said = radio.run(made)
    assert ok is False
    assert str(said).endswith(f": {SAID}")


def test_who_has_no_claim_gives_none_up(world: MakeWorld) -> None:
    radio = world()
    source = """
    local claims = require(root.radio.support.claims)
    local other = table.freeze({ isAlive = function() return true end })
    radio:start('7')
    claims.leave(player, other)
    return claims.isTaken(player)
    """
    assert radio.run(source) == [True]


@pytest.mark.parametrize(
    "spoil",
    [
        "shared.AudioScapeRadios = nil table.freeze(shared)",
        "table.freeze(shared)",
        "table.freeze(shared.AudioScapeRadios)",
        "shared.AudioScapeRadios = nil shared.AudioScapeWarned = nil "
        "setmetatable(shared, { __index = function() error('no') end, __newindex = function() error('no') end })",
    ],
)
def test_a_place_that_cannot_be_used_keeps_nobody_from_a_radio(world: MakeWorld, spoil: str) -> None:
    radio = world()
    radio.run(
        f"""
        local make = shared.make
        radio:destroy()
        {spoil}
        local own = make({{}})
        local _, said = pcall(make, {{}})
        note("said", said)
        note("began", own:start("9"))
        """
    )
    radio.advance(150)
    assert radio.played()[:1] == ["9"]
    assert len(radio.played()) >= 2
    assert str(radio.log("said")[0][2]).endswith(SAID)


def test_clients_that_may_stop_the_music_are_warned_of_once(world: MakeWorld) -> None:
    radio = world(settings=replace(BASE, respect_filtering_enabled=False))
    radio.run("radio:start('7') radio:destroy() shared.radio = shared.make({}) shared.radio:start('8')")
    [said] = [line.text for line in radio.server.output if line.kind == "warn"]
    assert said.startswith("AudioScape radio: SoundService.RespectFilteringEnabled is off, so any client")


def test_who_turns_it_off_later_is_warned_at_the_start(world: MakeWorld) -> None:
    radio = world()
    radio.run("game:GetService('SoundService').RespectFilteringEnabled = false")
    assert [line for line in radio.server.output if line.kind == "warn"] == []
    radio.run("radio:start('7')")
    assert len([line for line in radio.server.output if line.kind == "warn"]) == 1


def test_nothing_is_said_where_clients_cannot(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('7')")
    assert [line for line in radio.server.output if line.kind == "warn"] == []
    assert run(radio.server, "return shared.AudioScapeWarned.filtering") == [None]


def test_a_radio_that_died_with_its_script_keeps_no_player() -> None:
    source = f"""
    local client = require(game:GetService("ServerScriptService").AudioScapeClient).new("{KEY}")
    shared.player = shared.player or Instance.new("Sound")
    shared.made = pcall(client.radio, client, shared.player)
    task.wait(...)
    script:Destroy()
    """
    with World(shipped()) as world:
        server = world.server

        def made() -> bool:
            server.mount(ScriptTree("Map", "Script", source.replace("...", "100")), "ServerScriptService")
            world.advance(1)
            return bool(server.run("return shared.made")[0])

        assert made()
        world.advance(90)
        assert not made()
        world.advance(300)
        assert made()


# When the script that made a radio is gone

MAP = """
local ok, radio = pcall(shared.make, {})
shared.made, shared.said = ok, tostring(radio)
if ok then
    shared.old = shared.own
    shared.own = radio
    radio.trackChanged:Connect(function() end)
    task.spawn(function() while radio.stateChanged:Wait() do end end)
    SETUP
    radio:start("7")
end
"""


def swap(radio: RadioWorld, name: str = "B", setup: str = "") -> None:
    """Let a script come that makes a radio on the player."""
    source = MAP.replace("SETUP", setup)
    radio.server.mount(ScriptTree(name=name, class_name="Script", source=source), "ServerScriptService")


def end(radio: RadioWorld, name: str = "A") -> None:
    """Let a script be gone, as a map that is destroyed."""
    radio.run(f"game:GetService('ServerScriptService').{name}:Destroy()")


def without_a_radio(world: MakeWorld, kind: str, **settings: Any) -> RadioWorld:
    radio = world(kind=kind, settings=replace(BASE, **settings))
    radio.run("radio:destroy()")
    return radio


@pytest.mark.cases(6)
@pytest.mark.parametrize(
    ("kind", "signals"), [("Sound", "immediate"), ("Sound", "deferred"), ("AudioPlayer", "deferred")]
)
@pytest.mark.parametrize("wait", [0, 150])
@pytest.mark.parametrize(
    "setup", ["", "task.delay(3, function() radio:pause() end)", "task.defer(function() radio:stop() end)"]
)
def test_a_map_swap_does_not_end_the_music(world: MakeWorld, kind: str, wait: float, setup: str, signals: str) -> None:
    radio = without_a_radio(world, kind, signal_behavior=signals)
    radio.run("player.Volume = 0.3")
    swap(radio, "A", setup)
    radio.advance(20)
    end(radio)
    radio.advance(wait)
    swap(radio, "B")
    listener = radio.listener()
    radio.advance(10)
    assert radio.run("return shared.made, shared.said") == [True, "AudioScapeRadio"]
    assert radio.run("local done, err = shared.old:skip() return done, err.id") == [False, "radio_destroyed"]
    radio.advance(90)
    assert listener.silences(radio.universe.now - 95, radio.universe.now, longer_than=3) == []
    # Nothing of the old one is left: no player of its own, no connection, no volume.
    radio.run("shared.own:destroy()")
    [leftovers] = radio.run("return #game:GetService('SoundService'):GetChildren()")
    assert leftovers == (1 if kind == "Sound" else 2)
    assert radio.run("return player.Volume, next(player:GetAttributes())") == [pytest.approx(0.3)]
    radio.run("player:Play()")
    radio.advance(30)
    assert radio.run("return next(player:GetAttributes())") == []


@pytest.mark.parametrize(
    "other",
    [
        "radio.trackChanged:Connect(function() end)",
        "radio.failed:Once(function() end)",
        "while radio.trackChanged:Wait() do end",
        "while true do radio:nowPlaying() task.wait(1) end",
        "while true do radio:setVolume(0.4) task.wait(30) end",
        "task.spawn(function() radio:queue('33') end)",
    ],
)
@pytest.mark.parametrize("wait", [0, 60])
def test_a_radio_that_another_script_has_gives_not_way(world: MakeWorld, other: str, wait: float) -> None:
    radio = without_a_radio(world, "Sound")
    swap(radio, "A")
    radio.advance(10)
    source = f"local radio = shared.own {other}"
    radio.server.mount(ScriptTree(name="C", class_name="Script", source=source), "ServerScriptService")
    radio.advance(5)
    end(radio)
    radio.advance(wait)
    swap(radio, "B")
    made, said = radio.run("return shared.made, shared.said")
    assert not made
    assert str(said).endswith(SAID)
    # With that script gone, too, nobody has it.
    end(radio, "C")
    swap(radio, "D")
    assert radio.run("return shared.made") == [True]


def test_a_radio_that_only_strangers_keep_going_gives_way(world: MakeWorld) -> None:
    radio = without_a_radio(world, "Sound")
    swap(radio, "A")
    stranger = "shared.make({}, nil, Instance.new('Sound', workspace)):start('200')"
    radio.server.mount(ScriptTree(name="C", class_name="Script", source=stranger), "ServerScriptService")
    radio.advance(10)
    end(radio)
    radio.advance(200)
    assert radio.run("return player.Playing") == [True]
    swap(radio, "B")
    assert radio.run("return shared.made") == [True]


def test_who_called_long_ago_has_no_radio_any_more(world: MakeWorld) -> None:
    radio = without_a_radio(world, "Sound")
    swap(radio, "A")
    radio.advance(5)
    caller = "shared.own:queue('33')"
    radio.server.mount(ScriptTree(name="C", class_name="Script", source=caller), "ServerScriptService")
    radio.advance(130)
    # Its maker needs not call it.
    swap(radio, "B")
    assert radio.run("return shared.made") == [False]
    end(radio)
    swap(radio, "B")
    assert radio.run("return shared.made") == [True]


def test_many_callers_do_not_crowd_out_the_maker(world: MakeWorld) -> None:
    radio = without_a_radio(world, "Sound")
    swap(radio, "A")
    radio.advance(5)
    caller = "for _ = 1, 100 do task.spawn(function() shared.own:nowPlaying() end) end task.wait() script:Destroy()"
    radio.server.mount(ScriptTree(name="C", class_name="Script", source=caller), "ServerScriptService")
    radio.advance(5)
    swap(radio, "B")
    assert radio.run("return shared.made") == [False]
    end(radio)
    swap(radio, "B")
    assert radio.run("return shared.made") == [True]
