"""Whatever a game hands to a radio, the music goes on, and the game is told what is wrong."""

from __future__ import annotations

import pytest

from roblox_double import Peer
from support.radio import MakeWorld, RadioWorld, run

FROZEN = {
    "a length that is text": '{ asset_id = "7", name = "x", duration = "3:20" }',
    "a length that is no number": '{ asset_id = "7", name = "x", duration = 0 / 0 }',
    "a name that is a number": '{ asset_id = "7", name = 5 }',
    "an artist that is a table": '{ asset_id = "7", name = "x", artist = {} }',
    "a mood that is a number": '{ asset_id = "7", name = "x", duration = 100, mood = 3 }',
    "fields that throw": 'setmetatable({ asset_id = "7", name = "x" }, { __index = function() error("no") end })',
}
# What is wrong with chance, and what is told of it.
CHANCES = {
    "it throws": ('error("dice are broken", 0)', "dice are broken"),
    "it returns nothing": ("return nil", "it returned nil"),
    "it returns a table": ("return setmetatable({}, { __tostring = error })", "it returned a table"),
    "it returns too much": ("return 1", "it returned 1"),
    "it returns too little": ("return -0.1", "it returned -0.1"),
    "it returns no number": ("return 0 / 0", "it returned "),
    "it waits": ("task.wait() return 0.5", "it yielded"),
}
# What a game's function throws, and what is told of it.
THROWN = {
    "a text that throws": ('setmetatable({}, { __tostring = function() error("no") end })', "cannot be shown"),
    "a text that waits": (
        "setmetatable({}, { __tostring = function() coroutine.yield() return '' end })",
        "cannot be shown",
    ),
    "no text": ("setmetatable({}, { __tostring = function() return {} end })", "cannot be shown"),
    "a text without end": ("setmetatable({}, { __tostring = function(self) return tostring(self) end })", "be shown"),
    "several lines": ('"one\\ntwo\\255"', "one two?"),
    "a long text": ('string.rep("long", 1e6)', "longlong"),
    "nothing": ("nil", "nil"),
}


def silences(radio: RadioWorld, seconds: float) -> list[tuple[float, float]]:
    """Return when a player who joins now hears nothing; two seconds are granted for the first track to load."""
    listener, begun = radio.listener(f"Player{radio.universe.now:.0f}"), radio.universe.now
    radio.advance(seconds)
    return listener.silences(begun + 2, radio.universe.now, longer_than=2)


@pytest.mark.cases(4)
@pytest.mark.parametrize("strategy", ["nearest", "smooth"])
@pytest.mark.parametrize("track", FROZEN.values(), ids=FROZEN.keys())
def test_a_frozen_track_of_the_games_own(world: MakeWorld, track: str, strategy: str) -> None:
    radio = world(options={"strategy": strategy})
    assert radio.run(f"return radio:start(table.freeze({track}))") == [True]
    assert silences(radio, 450) == []
    assert len(set(radio.played())) >= 4
    assert radio.errors() == []


def test_a_track_of_the_api_is_handed_on_as_it_is(world: MakeWorld) -> None:
    assert world().run("local given = track(7) radio:start(given) return radio:nowPlaying() == given") == [True]


@pytest.mark.parametrize(("chance", "said"), CHANCES.values(), ids=CHANCES.keys())
def test_chance_that_fails(world: MakeWorld, chance: str, said: str) -> None:
    radio = world()
    radio.run(
        f"""
        radio:destroy()
        shared.radio = shared.make({{ strategy = "explore", random = function() {chance} end }})
        shared.radio.failed:Connect(function(err) shared.said = shared.said or tostring(err) end)
        api.broken = true
        shared.radio:start("7")
        """
    )
    assert silences(radio, 150) == []
    radio.run("api.broken = false")
    assert silences(radio, 450) == []
    assert len(set(radio.played())) >= 4
    [message] = radio.run("return shared.said")
    assert message.startswith(f"AudioScape radio: your `random` function failed: {said}")
    # Once: the function is not asked again.
    assert [entry[2] for entry in radio.log("failed")].count("radio_random_failed") == 1


@pytest.mark.cases(7)
@pytest.mark.parametrize("option", ["strategy", "random", "audience"])
@pytest.mark.parametrize(("value", "said"), THROWN.values(), ids=THROWN.keys())
def test_whatever_a_function_throws(world: MakeWorld, value: str, said: str, option: str) -> None:
    radio = world()
    radio.run(
        f"""
        radio:destroy()
        shared.radio = shared.make({{ {option} = function() error({value}, 0) end }})
        shared.radio.failed:Connect(function(err) shared.said = shared.said or tostring(err) end)
        api.broken = {"true" if option == "random" else "false"}
        shared.radio:start("7")
        """
    )
    assert silences(radio, 250) == []
    # The votes of all who are there count.
    assert radio.run("local id = radio:nowPlaying().asset_id return radio:reportUnplayable(nil, id)")[0] is False
    voter = "game:GetService('Players'):GetPlayers()[1]"
    assert radio.run(f"local id = radio:nowPlaying().asset_id return radio:reportUnplayable({voter}, id)") == [True]
    radio.run("api.broken = false")
    assert silences(radio, 450) == []
    assert len(set(radio.played())) >= 4
    [message] = radio.run("return shared.said")
    assert said in message
    assert len(message) < 1100
    assert "\n" not in message
    assert radio.errors() == []


def test_chance_of_the_games_own_is_what_the_radio_goes_by(world: MakeWorld) -> None:
    radio = world()
    radio.run(
        """
        radio:destroy()
        shared.asked = 0
        local function chance() shared.asked += 1 return 0 end
        shared.radio = shared.make({ strategy = "explore", random = chance })
        shared.radio:start("7")
        """
    )
    radio.advance(10)
    assert radio.run("return shared.asked >= 3") == [True]
    assert radio.errors() == []


WRONG = {
    "{ genre = { 'Pop' } }": "unknown parameter `filters.genre`. Did you mean `filters.genres`?",
    "{ duration = { min = 9, max = 1 } }": "`filters.duration.min` must be at most `max`, got 9.",
    "'Pop'": '`filters` must be a table, got "Pop".',
}


@pytest.mark.parametrize(("filters", "said"), WRONG.items())
def test_filters_that_the_api_would_refuse(world: MakeWorld, filters: str, said: str) -> None:
    radio = world()
    kind, message, text = radio.run(
        f"""
        local _, err = radio:setFilters({filters})
        local _, text = pcall(shared.make, {{ filters = {filters} }})
        return err.kind, err.message, text
        """
    )
    assert kind == "invalid_request"
    assert str(message) in said.replace("client:radio", "radio:setFilters")
    assert str(text).endswith(f"client:radio: {said}")


def test_filters_are_the_radios_own(world: MakeWorld) -> None:
    radio = world()
    radio.run(
        """
        radio:destroy()
        local genres = { "Pop" }
        local filters = { genres = genres }
        local own = shared.make({ filters = filters })
        for _, set in { false, true } do
            if set then own:setFilters(filters) end
            filters.genre = 5
            genres[1] = 5
            own:start("7")
            task.wait(250)
            filters.genre = nil
            genres[1] = "Pop"
        end
        """
    )
    assert radio.log("failed") == []


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ('name = "x", artist = "y", duration = 3, bpm = 5', True),
        ("name = 5", False),
        ("name = 'x', artist = {}", False),
        ("name = 'x', duration = '3:20'", False),
    ],
)
def test_only_a_track_with_fields_of_their_types_is_taken_as_it_is(server: Peer, fields: str, kept: bool) -> None:
    source = f"""
    local given = table.freeze({{ asset_id = "7", {fields} }})
    local track = load("toTrack")("radio:start", "seed", given)
    return track == given, type(track.name) == "number", type(track.artist) == "table", type(track.duration) == "string"
    """
    assert run(server, source) == [kept, False, False, False]


def test_what_a_radio_learns_of_the_server_it_shares(world: MakeWorld) -> None:
    radio = world()
    assert radio.run("radio:start('7') return shared.hearing.heard") == [False]
    radio.advance(5)
    assert radio.run("return shared.hearing.heard") == [True]


def test_a_pause_that_nobody_would_mean_ends_after_an_hour(world: MakeWorld) -> None:
    radio = world()
    radio.run(
        """
        local Errors = require(game:GetService("ServerScriptService").AudioScapeClient.errors.Errors)
        api.err = Errors.new("rate_limited", { operation = "similar", said = "no", retryAfter = 99999999 })
        radio:start("7")
        """
    )
    radio.advance(60)
    radio.run("api.err = nil")
    radio.advance(3500)
    assert set(radio.played()) == {"7"}
    radio.advance(400)
    assert len(set(radio.played())) >= 3


@pytest.mark.parametrize(
    "order",
    [
        *(f"return radio:{method}(KEY)" for method in ("start", "queue", "reseed", "setVolume", "setFilters")),
        "return radio:setFilters({ [KEY] = 1 })",
        "made({ fallback = { KEY } })",
        "made({ strategy = KEY })",
        "made({ [KEY] = 1 })",
        "made({ historySize = KEY })",
        "made({ filters = KEY })",
    ],
)
def test_a_key_at_the_wrong_place_is_not_shown(world: MakeWorld, order: str) -> None:
    key = "Key-9f8e7d6c5b4a"
    message, *_ = world().run(
        f"""
        local KEY = ...
        radio:destroy()
        local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
        local client = AudioScapeClient.new(KEY)
        local function made(options) client:radio(Instance.new("Sound"), options) end
        radio = client:radio(player)
        local ok, said, err = pcall(function() {order} end)
        return if ok then tostring(err) .. tostring(err.parameter) else said
        """,
        key,
    )
    assert ("client:radio" if "made" in order else "invalid_request") in str(message)
    assert not any(key[start : start + 8] in str(message) for start in range(len(key) - 7))
