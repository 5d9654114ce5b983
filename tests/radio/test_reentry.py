"""What a game hands in calls the radio back, or leaves by another way than by returning: the music goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from support.radio import BASE, MakeWorld, RadioWorld

CALLS = [
    "skip()",
    "previous()",
    "pause() radio:resume()",
    "stop() radio:start('9')",
    "start('9')",
    "queue('33')",
    "reseed('77')",
    "setFilters(nil)",
    "setFilters({ genres = { 'Pop' } })",
    "setVolume(0.3)",
    "upcoming()",
]
SIGNALS: tuple[Literal["immediate", "deferred"], ...] = ("immediate", "deferred")


def silences(radio: RadioWorld, seconds: float) -> list[tuple[float, float]]:
    """Return when a player who joins now hears nothing."""
    listener, begun = radio.listener(f"Player{radio.universe.now:.0f}"), radio.universe.now
    radio.advance(seconds)
    return listener.silences(begun + 3, radio.universe.now, longer_than=5)


def begin(radio: RadioWorld, options: str) -> None:
    """Begin with a radio that has these options, in which `radio` is the radio itself."""
    radio.run(
        f"""
        radio:destroy()
        local radio
        local calls = 0
        local function nth(number, act) calls += 1 if number == 0 or calls == number then act() end end
        radio = shared.make({options})
        shared.radio = radio
        radio:start('7')
        """
    )


def still_works(radio: RadioWorld) -> bool:
    """Tell whether the radio does what it is told."""
    before = len(radio.played())
    radio.run("radio:skip() task.wait(3)")
    return len(radio.played()) == before + 1


@pytest.mark.parametrize("call", CALLS)
def test_a_strategy_that_calls_the_radio_once(world: MakeWorld, call: str) -> None:
    radio = world()
    begin(radio, f"{{ strategy = function(list) nth(3, function() radio:{call} end) return list[1] end }}")
    assert silences(radio, 600) == []
    assert len(set(radio.played())) >= 5
    assert radio.log("failed") == []
    assert still_works(radio)


@pytest.mark.parametrize("call", ["skip()", "reseed('77')", "setFilters(nil)", "queue('33')", "setVolume(0.3)"])
def test_a_strategy_that_calls_the_radio_each_time(world: MakeWorld, call: str) -> None:
    radio = world()
    begin(radio, f"{{ strategy = function(list) nth(0, function() radio:{call} end) return list[1] end }}")
    assert silences(radio, 60) == []
    assert radio.errors() == []


@pytest.mark.parametrize("call", ["skip()", "stop() radio:start('9')", "reseed('77')", "setFilters(nil)"])
def test_chance_that_calls_the_radio(world: MakeWorld, call: str) -> None:
    radio = world()
    begin(
        radio,
        f"{{ strategy = 'explore', random = function() nth(3, function() radio:{call} end) return 0.5 end }}",
    )
    assert silences(radio, 600) == []
    assert len(set(radio.played())) >= 5
    assert still_works(radio)


@pytest.mark.cases(8)
@pytest.mark.parametrize(
    ("leave", "said"),
    [
        ("error({})", "table"),
        ("error(nil)", "nil"),
        ("error(setmetatable({}, { __tostring = function() error('twice') end }))", ""),
        ("local function f() radio:skip() return f() + 1 end f()", "stack overflow"),
        ("local function f() return f() + 1 end f()", "stack overflow"),
        ("task.wait()", "yielded"),
        ("coroutine.yield()", "yielded"),
        ("task.spawn(function() radio:stop() radio:start('9') end) error('no')", "no"),
    ],
)
@pytest.mark.parametrize("place", ["strategy = function(list)", "strategy = 'explore', random = function()"])
def test_every_way_out_of_what_a_game_hands_in(world: MakeWorld, place: str, leave: str, said: str) -> None:
    radio = world()
    # Chance is asked three times for each stretch that is planned.
    result, number = ("list[1]", 4) if "list" in place else ("0.5", 2)
    begin(radio, f"{{ {place} nth({number}, function() {leave} end) return {result} end }}")
    radio.run("shared.said = {} radio.failed:Connect(function(err) table.insert(shared.said, tostring(err)) end)")
    assert silences(radio, 350) == []
    assert len(set(radio.played())) >= 3
    assert said in " ".join(radio.run("return shared.said")[0])
    assert still_works(radio)


@pytest.mark.parametrize("place", ["strategy = function(list)", "strategy = 'explore', random = function()"])
def test_a_radio_that_is_destroyed_by_what_it_asks(world: MakeWorld, place: str) -> None:
    radio = world()
    begin(
        radio,
        f"{{ {place} nth(3, function() radio:destroy() end) return {'list[1]' if 'list' in place else 0.5} end }}",
    )
    radio.advance(600)
    assert radio.log("phase")[-1][2] == "destroyed"
    assert radio.errors() == []
    assert radio.run("return #game:GetService('SoundService'):GetChildren(), next(player:GetAttributes())")[1:] == []
    requests = radio.run("return #api.requests")
    radio.advance(600)
    assert radio.run("return #api.requests") == requests


DEEP = [
    "skip()",
    "setVolume(0.4)",
    "pause() radio:resume()",
    "setFilters(nil)",
    "start('8')",
    "upcoming()",
    "queue('9')",
]


@pytest.mark.parametrize(
    "recursion",
    [
        # Where it ends, each call has a little less room than the one before.
        "local n = 0 local function f() n += 1 if n > 19900 then CALL end f() end return pcall(f)",
        "local function f() local ok = pcall(f) if not ok then CALL end error('no') end return pcall(f)",
        "local n = 0 local function f() n += 1 if n < 180 then pcall(f) end CALL end return pcall(f)",
        "local function f() return pcall(function() coroutine.wrap(f)() CALL end) end return f()",
        "local function f() return task.spawn(function() CALL f() end) end return pcall(f)",
    ],
    ids=["before", "on the way back", "pcall", "coroutines", "threads"],
)
def test_a_full_stack(world: MakeWorld, recursion: str) -> None:
    radio = world()
    radio.run("radio:start('7') task.wait(5)")
    for call in DEEP:
        radio.run(recursion.replace("CALL", f"radio:{call}"))
        radio.advance(3)
        assert still_works(radio), call
    assert silences(radio, 300) == []


@pytest.mark.cases(8)
@pytest.mark.parametrize("signals", SIGNALS)
@pytest.mark.parametrize(
    "body",
    [
        "radio:setFilters(nil)",
        "radio:queue('33')",
        "radio:pause() radio:resume()",
        "radio:reseed('55') radio:setVolume(0.2)",
        "error({})",
        "coroutine.yield()",
        "local function f() return f() + 1 end f()",
        "task.cancel(coroutine.running())",
        "local thread = coroutine.running() task.defer(function() task.cancel(thread) end) task.wait(1)",
    ],
)
def test_listeners_that_call_back(world: MakeWorld, body: str, signals: Literal["immediate", "deferred"]) -> None:
    radio = world(settings=replace(BASE, signal_behavior=signals))
    radio.run(
        f"""
        for _, name in {{ "trackChanged", "trackEnding", "stateChanged", "failed" }} do
            local calls = 0
            radio[name]:Connect(function()
                calls += 1
                -- What causes itself for ever is another test's.
                if calls < 50 then {body} end
            end)
        end
        api.broken = true
        radio:start("7")
        task.wait(20)
        api.broken = false
        """
    )
    assert silences(radio, 350) == []
    assert still_works(radio)


@pytest.mark.cases(4)
@pytest.mark.parametrize(
    "handler",
    [
        "shared.n = (shared.n or 8) % 300 + 1 radio:start(tostring(shared.n))",
        "radio:stop() shared.n = (shared.n or 8) % 300 + 1 radio:start(tostring(shared.n))",
        "radio:skip()",
        "radio:queue('33') radio:skip()",
    ],
)
@pytest.mark.parametrize(
    "event",
    ["player:GetPropertyChangedSignal('SoundId')", "radio.trackChanged", "radio.stateChanged"],
)
def test_calls_that_cause_themselves_for_ever_leave_the_server_its_frames(
    world: MakeWorld, event: str, handler: str
) -> None:
    radio = world()
    radio.run(
        f"""
        local n = 0
        shared.link = {event}:Connect(function() n += 1 if n < 600 then {handler} end end)
        radio:start("7")
        """
    )
    radio.advance(20)
    radio.run("shared.link:Disconnect()")
    radio.advance(1)
    radio.run("radio:start('7')")
    assert silences(radio, 250) == []
    assert still_works(radio)


FILTERS = [
    "setmetatable({ genres = { 'Pop' } }, { __index = error, __iter = error, __len = error })",
    "setmetatable({}, { __index = function() coroutine.yield() end })",
    "setmetatable({}, { __index = function(_, key) radio:skip() return nil end })",
    "setmetatable({}, { __len = function() radio:destroy() return 0 end, __metatable = false })",
    "{ genres = setmetatable({}, { __index = function() return error({}) end }) }",
    "{ duration = setmetatable({ min = 1 }, { __index = function() local function f() return f() + 1 end f() end }) }",
]


@pytest.mark.parametrize("filters", FILTERS)
def test_filters_with_a_will_of_their_own(world: MakeWorld, filters: str) -> None:
    radio = world()
    kind = radio.run(f"radio:start('7') task.wait(5) return type((radio:setFilters({filters})))")
    assert kind == ["boolean"]
    assert silences(radio, 350) == []
    assert still_works(radio)


def test_what_a_command_in_the_middle_of_a_choice_returns_and_does(world: MakeWorld) -> None:
    radio = world()
    begin(
        radio,
        """{ strategy = function(list)
            nth(1, function()
                shared.said = { radio:pause(), radio:queue('33'), radio:setVolume(2), (radio:start({})) }
                shared.bad = select(2, radio:setVolume(-1)).id
            end)
            return list[1]
        end }""",
    )
    radio.advance(5)
    assert radio.run("return shared.said, shared.bad") == [[True, True, True, False], "radio_bad_volume"]
    assert radio.log("phase")[-1][2] == "paused"
    assert radio.run("return radio:upcoming()[1].asset_id, player.Volume") == ["33", 2]


@pytest.mark.cases(4)
@pytest.mark.parametrize(
    "body",
    [
        "radio:skip()",
        "radio:reseed('77')",
        "radio:setFilters(nil)",
        "task.cancel(coroutine.running())",
        "error({})",
        "coroutine.yield()",
        "client:similar('5')",
        "local function f() return f() + 1 end f()",
    ],
)
def test_hooks_of_the_client_that_call_back(world: MakeWorld, body: str) -> None:
    radio = world()
    radio.run(
        f"""
        radio:destroy()
        local root = game:GetService("ServerScriptService").AudioScapeClient
        local Client, Radio = require(root.Client), require(root.radio.Radio)
        local HttpService = game:GetService("HttpService")
        local engine = table.clone(require(root.Engine).fromGame())
        local count, client, radio = 0, nil, nil
        engine.request = function(options)
            task.wait(0.1)
            count += 1
            local tracks = {{}}
            for number = 1, 60 do
                tracks[number] = {{ asset_id = tostring(number), name = "Song " .. number, duration = 100 }}
            end
            local ok = count % 3 > 0
            return {{
                Success = ok, StatusCode = if ok then 200 else 500, StatusMessage = "", Headers = {{}},
                Body = if ok then HttpService:JSONEncode({{ tracks = tracks, meta = {{}} }}) else "no",
            }}
        end
        local options = {{ apiKey = "key-of-nobody-12" }}
        for _, name in {{ "onRequest", "onResponse", "onError", "onRetry" }} do
            local calls = 0
            options[name] = function()
                calls += 1
                if calls < 20 then {body} end
            end
        end
        client = Client.new(options, engine, 1, {{ radio = {{
            make = Radio.new, operation = "similar",
            music = {{ pageSize = 60, filters = "filters", distinct = "dedupe" }},
        }} }})
        radio = client:radio(player, {{ tracksPerAnchor = 1 }})
        radio.trackChanged:Connect(function(track) note("track", track.asset_id) end)
        shared.radio = radio
        radio:start("7")
        """
    )
    assert silences(radio, 600) == []
    assert len(set(radio.played())) >= 5
