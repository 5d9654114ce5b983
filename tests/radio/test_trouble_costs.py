"""What trouble costs: few requests, whatever the API answers and whatever a game does, while the music goes on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

import pytest

from roblox_double import Peer
from support.radio import BASE, MakeWorld, run

HOURS = 1
SHARE = 0.3
"""Requests a track, at most, in a long run of trouble."""

# What the API answers from now on; `similar` is what it would answer.
TROUBLES = {
    "401": 'return nil, err("unauthorized", 401)',
    "403": 'return nil, err("unauthorized", 403)',
    "400": 'return nil, err("bad_request", 400)',
    "402": 'return nil, err("http_error", 402)',
    "404": 'return nil, err("not_found", 404)',
    "429": 'return nil, err("rate_limited", 429)',
    "429, a moment": 'return nil, err("rate_limited", 429, 1)',
    "500": 'return nil, err("server_error", 500)',
    "no reply": 'task.wait(10) return nil, err("timeout")',
    "never any reply": "task.wait(1e6)",
    "no network": 'return nil, err("connection")',
    "no JSON": 'return nil, err("not_json", 200)',
    "another shape": 'return nil, err("wrong_shape", 200)',
    "nothing": "return { tracks = {}, meta = {} }",
    "only what was asked for": "return { tracks = { track(query.asset_id) }, meta = {} }",
    "one track a page": "return { tracks = { track(tonumber(query.asset_id) + 1) }, meta = {} }",
    "three tracks a page": """
        local id = tonumber(query.asset_id)
        return { tracks = { track(id + 1), track(id + 2), track(id + 3) }, meta = {} }
    """,
    "it throws": 'error("on purpose", 0)',
    "this and that": """
        local number = #api.requests % 6
        if number == 0 then return similar(query) end
        if number == 1 then return { tracks = {}, meta = {} } end
        return nil, err(({ "server_error", "not_json", "rate_limited", "not_found" })[number - 1])
    """,
    "it comes and goes": """
        if os.clock() // 300 % 2 == 0 then return nil, err("server_error", 500) end
        return similar(query)
    """,
}

_ANSWER = """
local Errors = require(root.errors.Errors)
local function err(id, status, retryAfter)
    return Errors.new(id, { operation = "similar", status = status, retryAfter = retryAfter, said = "no" })
end
api.answer = function(query, similar) %s end
"""


def answers(source: str) -> str:
    return _ANSWER % source


def requests(radio: Any) -> int:
    return int(radio.run("return #api.requests")[0])


@pytest.mark.cases(8)
@pytest.mark.parametrize(
    ("trouble", "since"),
    [
        *((trouble, "the start") for trouble in TROUBLES),
        *((trouble, "ten tracks") for trouble in ("401", "404", "500", "never any reply", "nothing", "this and that")),
    ],
)
def test_trouble_costs_little_and_the_music_goes_on(world: MakeWorld, trouble: str, since: str) -> None:
    radio = world()
    listener = radio.listener()
    if since == "ten tracks":
        radio.run("radio:start(track(7))")
        radio.advance(1000)
        radio.run(answers(TROUBLES[trouble]))
    else:
        radio.run(answers(TROUBLES[trouble]) + " radio:start(track(7))")
    begun, tracks, asked = radio.universe.now, len(radio.played()), requests(radio)
    radio.advance(HOURS * 3600)
    assert listener.silences(begun + 3, radio.universe.now, longer_than=2) == []
    assert requests(radio) - asked <= SHARE * (len(radio.played()) - tracks)
    # It finds its way back by itself.
    radio.run("api.answer = nil")
    before = len(radio.played())
    radio.advance(1000)
    assert len(set(radio.played()[before:])) >= 4
    assert radio.errors() == []


@pytest.mark.parametrize("trouble", ["500", "429", "nothing", "no JSON", "no network"])
@pytest.mark.parametrize("seconds", [5, 60, 150])
def test_what_passes_is_over_soon(world: MakeWorld, trouble: str, seconds: float) -> None:
    radio = world()
    radio.run(answers(TROUBLES[trouble]) + " radio:start(track(7))")
    radio.advance(seconds)
    radio.run("api.answer = nil")
    radio.advance(320)
    assert len(set(radio.played())) >= 3


@pytest.mark.cases(1)
@pytest.mark.parametrize("trouble", ["401", "403"])
def test_a_refused_key_is_tried_once_in_five_minutes(world: MakeWorld, trouble: str) -> None:
    radio = world()
    radio.run(
        answers(TROUBLES[trouble])
        + """
        local asked = {}
        local refuse = api.answer
        api.answer = function(...) table.insert(asked, os.clock()) return refuse(...) end
        shared.asked = asked
        radio.failed:Connect(function() radio:start(track(7)) end)
        radio:start(track(7))
        task.spawn(function()
            for number = 1, 1000 do
                radio:skip()
                radio:reseed(track(number % 300 + 1))
                task.wait(1)
            end
        end)
        """
    )
    radio.advance(1000)
    asked = radio.run("return shared.asked")[0]
    assert 2 <= len(asked) <= 4
    assert min(later - earlier for earlier, later in pairwise(asked)) >= 300


STORMS = {
    "skips": "radio:skip()",
    "skips and back": "radio:skip() radio:previous()",
    "seeds": "radio:reseed(track(number % 300 + 1))",
    "filters": "radio:setFilters({ duration = { min = number } })",
    "the same filters": "radio:setFilters({ duration = { min = 5 } })",
    "starts": "radio:start(track(number % 300 + 1))",
    "stops and starts": "radio:stop() radio:start(track(number % 300 + 1))",
    "other content": "player.SoundId = 'rbxassetid://' .. (number % 300 + 1)",
}


@pytest.mark.cases(6)
@pytest.mark.parametrize("storm", STORMS)
@pytest.mark.parametrize("pace", ["at once", "every frame"])
def test_no_radio_spends_more_than_its_share(world: MakeWorld, storm: str, pace: str) -> None:
    radio = world()
    radio.run(
        f"""
        radio:start(track(7)) task.wait(5)
        task.spawn(function()
            for number = 1, 900 do
                {STORMS[storm]}
                if {"true" if pace == "every frame" else "false"} then task.wait() end
            end
        end)
        """
    )
    radio.advance(60)
    assert requests(radio) <= 5 + 60 / 10 + 1
    radio.advance(450)
    # And it plays on.
    assert len(set(radio.played()[-4:])) == 4
    assert radio.errors() == []


# Radios that are made and destroyed without end; `shared.made` counts them.
LOOPS = {
    "after a failure": """
        local function make()
            shared.made += 1
            local own = shared.make({})
            shared.radio = own
            own.failed:Once(function() task.defer(function() own:destroy() make() end) end)
            own:start(track(shared.made % 300 + 1))
        end
        make()
    """,
    "within a failure": """
        local function make()
            shared.made += 1
            local own = shared.make({})
            shared.radio = own
            own.failed:Connect(function() if shared.radio == own then own:destroy() make() end end)
            own:start(track(7))
        end
        make()
    """,
    "ten a second": """
        task.spawn(function()
            for number = 1, 300 do
                shared.made += 1
                shared.radio = shared.make({})
                shared.radio:start(track(number % 300 + 1))
                task.wait(0.1)
                shared.radio:destroy()
            end
            shared.radio = shared.make({})
            shared.radio:start(track(7))
        end)
    """,
}
ANSWERS = {
    **{name: TROUBLES[name] for name in ("401", "400", "429, a moment", "500", "nothing")},
    "none": "return similar(query)",
}


@pytest.mark.cases(6)
# Each loop and each trouble with both ways of signals, though not each pair of them.
@pytest.mark.parametrize(
    ("trouble", "loop", "signals"),
    [
        (trouble, loop, ("immediate", "deferred")[(row + column) % 2])
        for row, trouble in enumerate(ANSWERS)
        for column, loop in enumerate(LOOPS)
    ],
)
def test_radios_without_end_spend_no_more_than_one(
    world: MakeWorld, trouble: str, loop: str, signals: Literal["immediate", "deferred"]
) -> None:
    radio = world(settings=replace(BASE, signal_behavior=signals))
    radio.run(answers(ANSWERS[trouble]) + "radio:destroy() shared.made = 0 " + LOOPS[loop])
    radio.advance(60)
    assert requests(radio) <= 5 + 60 / 10 + 1
    if loop != "ten a second":
        assert radio.run("return shared.made")[0] <= 8 + 60
    radio.advance(60)
    # Whoever is made last finds its way.
    radio.run("api.answer = nil")
    before = len(radio.played())
    radio.advance(1000)
    assert len(set(radio.played()[before:])) >= 4
    assert radio.errors() == []


def test_radios_beside_one_another_have_a_share_each(world: MakeWorld) -> None:
    radio = world()
    radio.run(
        """
        for number = 1, 40 do
            local own = Instance.new("Sound")
            own.Parent = player.Parent
            shared.make({}, nil, own):start(track(number * 10))
        end
        """
    )
    radio.advance(5)
    assert requests(radio) == 40


@pytest.mark.parametrize("kind", ["Sound", "AudioPlayer"])
def test_content_that_changes_in_every_frame_is_told_once_a_second(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    content = "Asset" if kind == "AudioPlayer" else "SoundId"
    radio.run("radio:start(track(7))")
    radio.advance(5)
    radio.run(
        f"""
        for number = 1, 600 do player.{content} = 'rbxassetid://' .. (number % 300 + 1) task.wait() end
        player.{content} = 'rbxassetid://333'
        """
    )
    assert 10 <= len(radio.played()) <= 1 + 8 + 10 + 1
    radio.advance(1.1)
    assert radio.played()[-1] == "333"
    assert radio.run("return radio:nowPlaying().asset_id") == ["333"]
    radio.advance(250)
    assert len(set(radio.played()[-3:])) == 3


def test_what_the_radio_begins_meanwhile_is_not_taken_for_the_games(world: MakeWorld) -> None:
    radio = world()
    radio.run(
        """
        radio:start(track(7)) task.wait(5)
        for number = 21, 40 do player.SoundId = 'rbxassetid://' .. number task.wait() end
        """
    )
    radio.run("radio:start(track(99))")
    radio.advance(10)
    assert radio.played()[-1] == "99"
    assert radio.played().count("99") == 1
    radio.run("for number = 41, 60 do player.SoundId = 'rbxassetid://' .. number task.wait() end radio:stop()")
    count = len(radio.played())
    radio.advance(10)
    assert len(radio.played()) == count


def test_a_few_skips_are_immediate_and_many_are_a_track_a_second(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start(track(7)) task.wait(5) for _ = 1, 5 do radio:skip() task.wait(0.1) end")
    assert len(radio.played()) == 6
    radio.run("task.spawn(function() for _ = 1, 10000 do radio:skip() task.wait() end end)")
    radio.advance(10)
    assert 10 <= len(radio.played()) - 6 <= 14


def test_a_radio_with_nothing_to_play_asks_on(world: MakeWorld) -> None:
    radio = world()
    radio.asset(7, load="fails")
    radio.asset(8, load="fails")
    radio.run(answers(TROUBLES["500"]) + " shared.hearing.heard = true radio:start(track(7))")
    radio.advance(900)
    assert radio.run("api.answer = nil return player.IsLoaded") == [False]
    radio.advance(80)
    assert radio.run("return player.IsLoaded") == [True]


PACE = """
local pace = load("TokenBucket").new(2, 10)
local waits = {}
for _, now in { 0, 0, 0, 5, 10, 10, 100, 100, 100 } do
    local wait = pace:wait(now)
    table.insert(waits, wait)
    if wait == 0 then pace:take(now) end
end
return waits
"""


def test_a_pace_lets_some_at_once_and_then_one_in_a_while(server: Peer) -> None:
    assert run(server, PACE) == [[0, 0, 10, 5, 0, 10, 0, 0, 10]]


@pytest.mark.parametrize("refusal", ["circuit_open", "budget_exceeded", "rate_paused"])
def test_what_the_client_refuses_itself_costs_nothing(world: MakeWorld, refusal: str) -> None:
    radio = world()
    radio.run(answers(f'return nil, err("{refusal}", nil, 20)') + " radio:start(track(7))")
    radio.advance(1000)
    radio.run("api.answer = nil")
    radio.advance(450)
    assert len(set(radio.played())) >= 3
