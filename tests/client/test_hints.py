"""What an error says to do: about misspelt and misplaced parameters, and about methods that only others have."""

from __future__ import annotations

from typing import Any

import pytest

from support.game import KEY, Game

MEANT = {
    "a query": ('client:similar({ asset_id = "1", limt = 5 })', "limt", "Did you mean `limit`?"),
    "extras": ('client:similar("1", { maxScore = 0.5 })', "maxScore", "Did you mean `max_score`?"),
    "a swapped pair": ('client:similar("1", { lmiit = 5 })', "lmiit", "Did you mean `limit`?"),
    "a form of name": ('client:similar({ assetId = "1" })', "assetId", "Did you mean `asset_id`?"),
    "filters": (
        'client:similar("1", { filters = { genre = { "Pop" } } })',
        "filters.genre",
        "Did you mean `filters.genres`?",
    ),
    "within filters": (
        'client:similar("1", { filters = { duration = { maxx = 5 } } })',
        "filters.duration.maxx",
        "Did you mean `filters.duration.max`?",
    ),
    "a filter outside": ('client:similar("1", { genres = { "Pop" } })', "genres", "Did you mean `filters.genres`?"),
    "a bound outside": (
        'client:similar("1", { filters = { min = 5 } })',
        "filters.min",
        "Did you mean `filters.duration.min`?",
    ),
    "pages": ('nil, client:similarPages("1", { ofset = 5 }).err', "ofset", "Did you mean `offset`?"),
    "items": ('nil, client:similarTracks("1", { dedup = true }).err', "dedup", "Did you mean `dedupe`?"),
    "limits of items": ('nil, client:similarTracks("1", nil, { mx = 5 }).err', "mx", "Did you mean `max`?"),
    "nothing like it": (
        'client:similar("1", { colour = "red" })',
        "colour",
        "similar takes asset_id, limit, offset, filters, max_score, dedupe.",
    ),
    "no filter like it": (
        'client:similar("1", { filters = { colour = "red" } })',
        "filters.colour",
        "`filters` takes genres, duration.",
    ),
    "a limit of items in a call": (
        'client:similar("1", { max = 3 })',
        "max",
        "`max` is a limit of similarTracks. Call client:similarTracks(input, { max = ... }).",
    ),
    "a limit of items among pages": (
        'nil, client:similarPages({ asset_id = "1", max = 5 }).err',
        "max",
        "`max` is a limit of similarTracks. Call client:similarTracks(input, { max = ... }).",
    ),
    "a limit beside the parameters": ('nil, client:similarTracks("1", { mx = 3 }).err', "mx", "Did you mean `max`?"),
    "a filter that has the name of no limit": (
        'nil, client:similarTracks("1", { min = 3 }).err',
        "min",
        "Did you mean `filters.duration.min`?",
    ),
    "nothing like it among items": (
        'nil, client:similarTracks("1", { colour = "red" }).err',
        "colour",
        "similarTracks takes asset_id, limit, offset, filters, max_score, dedupe, max.",
    ),
    "a parameter among the limits": (
        'nil, client:similarTracks("1", nil, { limit = 3 }).err',
        "limit",
        "Pass `limit` in `extras`, the second argument.",
    ),
    "a misspelt parameter among the limits": (
        'nil, client:similarTracks("1", nil, { ofset = 3 }).err',
        "ofset",
        "Pass `offset` in `extras`, the second argument.",
    ),
    "a filter among the limits": (
        'nil, client:similarTracks("1", nil, { genres = { "Pop" } }).err',
        "genres",
        "Pass `filters.genres` in `extras`, the second argument.",
    ),
    "nothing like it among the limits": (
        'nil, client:similarTracks("1", nil, { colour = "red" }).err',
        "colour",
        "`limits`, the third argument, takes max.",
    ),
    "an option among the limits": (
        'nil, client:similarTracks("1", nil, { timeout = 5 }).err',
        "timeout",
        "`timeout` is an option of the client. Set it with client:withOptions({ timeout = ... }).",
    ),
    "an option": (
        'client:similar("1", { playerId = 5 })',
        "playerId",
        "`playerId` is an option of the client. Set it with client:withOptions({ playerId = ... }).",
    ),
    "an option of all copies": (
        'client:similar("1", { cacheTracks = 5 })',
        "cacheTracks",
        "`cacheTracks` is an option of the client. Set it with AudioScapeClient.new({ cacheTracks = ... }).",
    ),
}


@pytest.mark.parametrize(("source", "parameter", "hint"), MEANT.values(), ids=MEANT.keys())
def test_a_parameter_that_there_is_none_of(game: Game, source: str, parameter: str, hint: str) -> None:
    err: Any = game.run(f"local _, err = {source} return {{ err.kind, err.parameter, err.hint, tostring(err) }}")[0]
    assert err[:3] == ["invalid_request", parameter, hint]
    assert err[3] == f"AudioScape similar: unknown parameter `{parameter}`. {hint} [invalid_request]"
    assert game.requests == []


SIMILAR_TAKES = "similar takes asset_id, limit, offset, filters, max_score, dedupe."
UNNAMED = {
    "a list as the query": ('client:similar({ "1" })', "[1]", SIMILAR_TAKES),
    "a list as extras": ('nil, client:similarPages("1", { 5 }).err', "[1]", SIMILAR_TAKES),
    "a list within": (
        'client:similar("1", { filters = { "Pop" } })',
        "filters.[1]",
        "`filters` takes genres, duration.",
    ),
    "a list beside a limit": (
        'nil, client:similarTracks("1", { 5 }).err',
        "[1]",
        "similarTracks takes asset_id, limit, offset, filters, max_score, dedupe, max.",
    ),
    "a list of limits": (
        'nil, client:similarTracks("1", nil, { 5 }).err',
        "[1]",
        "`limits`, the third argument, takes max.",
    ),
}


@pytest.mark.parametrize(("source", "parameter", "takes"), UNNAMED.values(), ids=UNNAMED.keys())
def test_a_value_that_has_no_name(game: Game, source: str, parameter: str, takes: str) -> None:
    err: Any = game.run(f"local _, err = {source} return {{ err.kind, err.parameter, tostring(err) }}")[0]
    text = f"the value `{parameter}` has no name. Write `name = value`. {takes}"
    assert err == ["invalid_request", parameter, f"AudioScape similar: {text} [invalid_request]"]
    assert game.requests == []


def test_hooks_hear_of_a_method_that_is_not_here(game: Game) -> None:
    source = """
local heard = {}
local copy = client:withOptions({ onError = function(event) table.insert(heard, event.operation) end })
copy:getStructure({ asset_id = 1 })
task.wait()
return heard, client:stats().errors
"""
    assert game.run(source) == [["getStructure"], {"invalid_request": 1}]


@pytest.mark.other_api
def test_a_method_without_parameters_says_so() -> None:
    with Game() as game:
        (said,) = game.run("return tostring((select(2, AudioScapeClient.new(...):sfxTaxonomy({ genre = 'x' }))))", KEY)
    assert "sfxTaxonomy takes no parameters." in said
