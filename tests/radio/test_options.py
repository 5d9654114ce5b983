"""What `client:radio` takes, and how it says what it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from audioscape_luau.simulation import World
from roblox_double import Peer
from support.game import shipped
from support.radio import run

PLAYER = 'Instance.new("Sound", workspace)'
WRONG = {
    "no player": ("nil", "nil", "client:radio: takes a Sound or an AudioPlayer, got nil. "),
    "a text": ('"rbxassetid://1"', "nil", 'takes a Sound or an AudioPlayer, got "rbxassetid://1"'),
    "a folder": ('Instance.new("Folder")', "nil", "takes a Sound or an AudioPlayer, got a Folder (Folder)"),
    "options that are none": (PLAYER, '"smooth"', 'a table of options, got "smooth"'),
    "a misspelt option": (PLAYER, "{ crossFade = 2 }", "unknown option `crossFade`. Did you mean `crossfade`?"),
    "an option without a name": (PLAYER, "{ 5 }", "an option has no name"),
    "an unknown strategy": (PLAYER, '{ strategy = "smoth" }', 'got "smoth". Did you mean "smooth"?'),
    "filters that are none": (PLAYER, '{ filters = "rock" }', '`filters` must be a table, got "rock".'),
    "a fallback that is no list": (
        PLAYER,
        "{ fallback = 5 }",
        "`fallback` must be a list of asset IDs or tracks, got 5",
    ),
    "a fallback that holds no id": (PLAYER, '{ fallback = { 1, "x" } }', "`fallback[2]` must be an asset ID"),
    "chance that is no function": (PLAYER, "{ random = 0.5 }", "`random` must be a function that returns a number"),
}
NUMBERS = [
    ("historySize", 1, 1000, True),
    ("artistSpacing", 0, 100, True),
    ("tracksPerAnchor", 1, 100, True),
    ("loadTimeout", 1, 600, False),
    ("crossfade", 0, 20, False),
    ("targetLoudness", -40, -5, False),
    ("unplayableShare", 0.01, 1, False),
]
GOOD = [
    "nil",
    "{}",
    '{ strategy = "explore" }',
    "{ strategy = function(candidates) return candidates[1] end }",
    "{ fallback = { 1, '2', 'rbxassetid://3', { name = 'x', asset_id = '4' } } }",
    "{ filters = {}, random = math.random }",
]


@pytest.fixture(scope="module")
def shop() -> Iterator[Peer]:
    """A server with a client from which every test takes radios."""
    with World(shipped()) as world:
        yield world.server


def made(server: Peer, player: str, options: str) -> list[object]:
    """Return whether a radio was made, or what was said, at which line."""
    return list(
        server.run(
            'local client = require(game:GetService("ServerScriptService").AudioScapeClient).new("key")\n'
            "local function make()\n"
            f"\treturn client:radio({player}, {options})\n"
            "end\n"
            "local ok, radio = pcall(make)\n"
            "if ok then radio:destroy() end\n"
            "return ok, tostring(radio)\n"
        )
    )


@pytest.mark.parametrize(
    ("call", "parameter", "text"),
    [
        ("queue(nil)", "input", "`input` is missing"),
        ("reseed()", "input", "`input` is missing"),
        ('start("x")', "seed", "`seed` must be an asset ID"),
        ("reportUnplayable(nil, 1.5)", "assetId", "`assetId` must be an asset ID"),
    ],
)
def test_a_wrong_argument_is_called_by_its_name(shop: Peer, call: str, parameter: str, text: str) -> None:
    source = f"""
local client = require(game:GetService("ServerScriptService").AudioScapeClient).new("key")
local radio = client:radio({PLAYER})
local done, err = radio:{call}
radio:destroy()
return done, err.parameter, err.message
"""
    done, named, message = shop.run(source)
    assert (done, named) == (False, parameter)
    assert str(message).startswith(text)


@pytest.mark.parametrize(("player", "options", "text"), WRONG.values(), ids=WRONG.keys())
def test_misuse_throws_at_the_callers_line(shop: Peer, player: str, options: str, text: str) -> None:
    ok, said = made(shop, player, options)
    assert ok is False
    assert str(said).startswith("ServerScriptService.Script:3: client:radio"), said
    assert text in str(said)


@pytest.mark.parametrize(("name", "low", "high", "whole"), NUMBERS)
def test_numbers_have_bounds(shop: Peer, name: str, low: float, high: float, whole: bool) -> None:
    for value in (low, high):
        assert made(shop, PLAYER, f"{{ {name} = {value} }}") == [True, "AudioScapeRadio"]
    wrong = [low - 1, high + 1, "0/0", "math.huge", '"5"', "true", *([low + 0.5] if whole else [])]
    for value in wrong:
        ok, said = made(shop, PLAYER, f"{{ {name} = {value} }}")
        assert ok is False, value
        assert f": `{name}` must be " in str(said)
        assert f" from {low} to {high}, got " in str(said)


@pytest.mark.parametrize("options", GOOD)
@pytest.mark.parametrize("class_name", ["Sound", "AudioPlayer"])
def test_good_options(shop: Peer, class_name: str, options: str) -> None:
    assert made(shop, f'Instance.new("{class_name}", workspace)', options) == [True, "AudioScapeRadio"]


TRACKS = {
    "an id": ("5", {"asset_id": "5"}),
    "a uri": ('"rbxassetid://5"', {"asset_id": "5"}),
    "a track of one's own": (
        '{ asset_id = 5, name = "N", artist = "A", duration = 7, more = 1 }',
        {"asset_id": "5", "name": "N", "artist": "A", "duration": 7},
    ),
    "a track with odd fields": (
        '{ asset_id = "5", name = 1, artist = {}, duration = "long" }',
        {"asset_id": "5"},
    ),
    "a track of the API": (
        'table.freeze({ asset_id = "5", name = "N", more = 1 })',
        {"asset_id": "5", "name": "N", "more": 1},
    ),
    "one that is frozen and no track": ('table.freeze({ asset_id = 5, name = "N" })', {"asset_id": "5", "name": "N"}),
}


@pytest.mark.parametrize(("source", "track"), TRACKS.values(), ids=TRACKS.keys())
def test_what_stands_for_a_track(server: Peer, source: str, track: dict[str, object]) -> None:
    assert run(server, f'return (load("toTrack")("op", "input", {source}))') == [track]


def test_what_stands_for_none(server: Peer) -> None:
    none, operation, kind = run(
        server,
        'local track, err = load("toTrack")("radio:queue", "input", {}) return track == nil, err.operation, err.kind',
    )
    assert (none, operation, kind) == (True, "radio:queue", "invalid_request")


BLOCKLIST = """
local present = { "a", "b", "c", "d" }
local blocklist = load("Blocklist").new(function() return present end, 0.5)
"""


def test_a_share_of_those_present_has_to_report(server: Peer) -> None:
    reports = run(
        server,
        BLOCKLIST
        + """
        blocklist:started()
        local out = { blocklist:report("gone"), blocklist:report("a"), blocklist:report("a"), blocklist:report("b") }
        blocklist:started()
        table.insert(out, blocklist:report("c"))
        present = {}
        table.insert(out, blocklist:report("c"))
        return out
        """,
    )
    assert reports == [[False, False, False, True, False, False]]


def test_what_is_cleared_and_blocked_again_is_the_latest(server: Peer) -> None:
    source = """
    blocklist:block("a")
    blocklist:clear()
    local cleared = blocklist:isBlocked("a")
    for number = 1, 499 do blocklist:block(tostring(number)) end
    blocklist:block("a")
    return cleared, blocklist:isBlocked("a"), blocklist:isBlocked("1")
    """
    assert run(server, BLOCKLIST + source) == [False, True, True]


def test_so_many_blocked_tracks_are_remembered(server: Peer) -> None:
    blocked = run(
        server,
        BLOCKLIST
        + """
        for n = 1, 500 do blocklist:block(tostring(n)) blocklist:block("1") end
        local before = blocklist:isBlocked("1")
        blocklist:block("501")
        local function isBlocked(id) return blocklist:isBlocked(id) end
        return before, isBlocked("1"), isBlocked("2"), isBlocked("501"), isBlocked("502")
        """,
    )
    assert blocked == [True, False, True, True, False]
