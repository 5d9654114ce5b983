"""The ways in which a method can be called, and what of it reaches the wire."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from support.game import Game

PAGE: dict[str, Any] = {"tracks": [{"asset_id": "7", "name": "Seven"}], "meta": {"total": 1}}

FORMS = {
    "digits": 'client:similar("123")',
    "number": "client:similar(123)",
    "digits after zeros": 'client:similar("000123")',
    "digits after very many zeros": 'client:similar(string.rep("0", 1e6) .. "123")',
    "uri with zeros": 'client:similar("rbxassetid://00123")',
    "address with zeros": 'client:similar("https://www.roblox.com/asset/?id=0123")',
    "sound with zeros": 'local s = Instance.new("Sound") s.SoundId = "rbxassetid://0123" return client:similar(s)',
    "track with zeros": 'client:similar({ asset_id = "0123", name = "a track" })',
    "uri": 'client:similar("rbxassetid://123")',
    "http address": 'client:similar("http://www.roblox.com/asset/?id=123")',
    "https address": 'client:similar("https://www.roblox.com/asset/?id=123")',
    "sound": 'local s = Instance.new("Sound") s.SoundId = "rbxassetid://123" return client:similar(s)',
    "player": 'local p = Instance.new("AudioPlayer") p.Asset = "rbxassetid://123" return client:similar(p)',
    "track": 'client:similar({ asset_id = "123", name = "a track", score = 1, artist = "ignored" })',
    "query": 'client:similar({ asset_id = "123" })',
    "query with a number": "client:similar({ asset_id = 123 })",
    "query with a sound": (
        'local s = Instance.new("Sound") s.SoundId = "rbxassetid://123" return client:similar({ asset_id = s })'
    ),
    "query with a track": 'client:similar({ asset_id = { asset_id = "123", name = "t" } })',
    "extras alone": 'client:similar(nil, { asset_id = "123" })',
    "extras over input": 'client:similar("9", { asset_id = "123" })',
    "defaults": 'client:similar("123", { limit = 20, offset = 0, dedupe = false })',
    "empty filters": 'client:similar("123", { filters = {} })',
    "filters of nothing": 'client:similar("123", { filters = { genres = {}, duration = {} } })',
    "metatable": 'client:similar(setmetatable({ asset_id = "123" }, { __index = error, __iter = error }))',
}


@pytest.mark.parametrize("source", FORMS.values(), ids=FORMS.keys())
def test_every_form_is_the_same_request(game: Game, source: str) -> None:
    game.answer(body=PAGE)
    script = source if "return" in source else f"return {source}"
    result, err = game.run(script)
    assert result == PAGE
    assert err is None
    (request,) = game.requests
    assert request.url.raw_path == b"/developer/v1/similar?asset_id=123"


REFUSED = {
    "no id in a text": ('client:similar("song 123")', "asset_id"),
    "a sound without music": ('client:similar(Instance.new("Sound"))', "asset_id"),
    "another instance": ('client:similar(Instance.new("Folder"))', "asset_id"),
    "true": ("client:similar(true)", "asset_id"),
    "a function": ("client:similar(print)", "asset_id"),
    "nothing": ("client:similar()", "asset_id"),
    "a track without an id": ('client:similar({ name = "t" })', "asset_id"),
    "a number that is another's": ("client:similar(2 ^ 53 + 1)", "asset_id"),
    "the first number that is another's": ("client:similar(2 ^ 53)", "asset_id"),
    "a number of 300 digits": ("client:similar(1e300)", "asset_id"),
    "a fraction": ("client:similar(0.5)", "asset_id"),
    "a number below zero": ("client:similar(-1)", "asset_id"),
    "digits below zero": ('client:similar("-1")', "asset_id"),
    "an exponent": ('client:similar("1e5")', "asset_id"),
    "more digits than an id has": ('client:similar("123456789012345678901")', "asset_id"),
    "a million digits": ('client:similar(string.rep("1", 1e6))', "asset_id"),
    "a million digits and more": ('client:similar("rbxassetid://" .. string.rep("0", 1e6) .. "x")', "asset_id"),
    "a sound of a million digits": (
        '(function() local s = Instance.new("Sound") s.SoundId = "rbxassetid://" .. string.rep("1", 1e6) '
        "return client:similar(s) end)()",
        "asset_id",
    ),
    "an address with more": ('client:similar("https://www.roblox.com/asset/?id=1&v=2")', "asset_id"),
    "a client option": ('client:similar("1", { baseUrl = "https://x" })', "baseUrl"),
}


@pytest.mark.parametrize(("source", "parameter"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_names_the_parameter(game: Game, source: str, parameter: str) -> None:
    result, kind, named, text = game.run(
        f"local result, err = {source} return result == nil, err.kind, err.parameter, tostring(err)"
    )
    assert (result, kind, named) == (True, "invalid_request", parameter)
    assert parameter in str(text)
    assert game.requests == []


def test_extras_must_be_a_table(game: Game) -> None:
    (kind,) = game.run('local _, err = client:similar("1", 5) return err.kind')
    assert kind == "invalid_request"


def test_filters_are_replaced_whole(game: Game) -> None:
    game.answer(body=PAGE)
    game.run(
        'client:similar({ asset_id = "1", filters = { genres = { "jazz" } } }, '
        "{ filters = { duration = { max = 9 } } })"
    )
    (request,) = game.requests
    assert unquote(request.url.query.decode()) == 'asset_id=1&filters={"duration":{"max":9}}'


SPELLINGS = [
    'return { asset_id = "1", limit = 5, offset = 2, max_score = 0.25, dedupe = true, '
    'filters = { genres = { "Hip Hop / Rap", "a~b-c_d" }, duration = { min = 1, max = 2.5 } } }',
    "local q = {} q.filters = { duration = {} } q.filters.duration.max = 2.5 q.filters.duration.min = 1 "
    'q.filters.genres = { "Hip Hop / Rap", "a~b-c_d" } q.dedupe = true q.max_score = 0.25 q.offset = 2 '
    "q.limit = 5 q.asset_id = 1 return q",
]
FILTERS = (
    "%7B%22genres%22%3A%5B%22Hip%20Hop%20%2F%20Rap%22%2C%22a~b-c_d%22%5D%2C"
    "%22duration%22%3A%7B%22min%22%3A1%2C%22max%22%3A2.5%7D%7D"
)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_bytes_do_not_depend_on_how_a_query_is_written(game: Game, spelling: str) -> None:
    game.answer(body=PAGE)
    game.run(f"client:similar((function() {spelling} end)())")
    (request,) = game.requests
    assert request.url.raw_path.decode() == (
        f"/developer/v1/similar?asset_id=1&limit=5&offset=2&filters={FILTERS}&max_score=0.25&dedupe=true"
    )


def test_caller_owns_the_result_and_shares_the_tracks(game: Game) -> None:
    game.answer(body={"tracks": [{"asset_id": "1", "mood": {"happy": 1}}, {"asset_id": "2"}], "meta": {"total": 2}})
    assert game.run("""
        local result = client:similar("9")
        table.sort(result.tracks, function(left, right) return left.asset_id > right.asset_id end)
        result.extra, result.meta.mine = 1, 2
        local track = result.tracks[2]
        return table.isfrozen(track), table.isfrozen(track.mood), result.tracks[1].asset_id
    """) == [True, True, "2"]


def test_dot_in_place_of_a_colon_is_told(game: Game) -> None:
    result, kind, text = game.run(
        'local result, err = (client :: any).similar({ asset_id = "1" }) return result == nil, err.kind, tostring(err)'
    )
    assert (result, kind) == (True, "invalid_request")
    assert "colon" in str(text)
