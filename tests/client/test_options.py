"""What `new` and `withOptions` take, and what they say about the rest."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest

from audioscape_luau.docs.options import Option, declared
from audioscape_luau.mock.finder import is_in
from roblox_double import Peer
from support.game import KEY, Game
from support.recorded import expect_recorded

PAGE = {"tracks": [{"asset_id": "1"}], "meta": {"total": 1}}


@pytest.fixture(scope="module")
def options() -> list[Option]:
    """What the declarations say."""
    return declared()["options"]


TRIED: dict[str, list[Any]] = {
    "baseUrl": [
        *(
            "https://staging.example/x/",
            "https://host",
            "http://localhost:80",
            "http://127.0.0.1/a_b~c",
            "http://example.com",
        ),
        *("https://host:8080/x", "https://host:", "https://host:80x", "https://host~x", "https://host///"),
        *("", "ftp://x", "https://", "https://user@host", "https://host?x", "https://host#x", " https://host", 1, True),
    ],
    "maxRetries": [0, 1, 10, 11, -1, 0.5, "2", True],
    "timeout": [0.001, 10, 60, 60.5, 0.0005, 0, -1, 1e999, "1"],
    "deadline": [0.001, 600, 600.5, 0.0005, 0, -1, 1e999, "1"],
    "cache": ["use", "bypass", "refresh", "", "Use", "never", 1, True],
    "cacheSeconds": [0, 0.5, 2_678_400, 2_678_401, -0.5, 1e999, "300"],
    "cacheStaleSeconds": [0, 2_678_400, 2_678_401, -0.5, True],
    "cacheMissSeconds": [0, 2_678_400, 2_678_401, -0.5, True],
    "cacheTracks": [0, 1, 1_000_000, 1_000_001, -1, 0.5, "1"],
    "breakerFailures": [1, 1000, 1001, 0, 1.5, "1"],
    "breakerSeconds": [0.1, 3600, 3600.5, 0.05, 0, "1"],
    "budget": [400, "400", True, {}, {"limit": 5}, {"limit": "5", "slots": True}],
    "identify": [True, False, 0, "true"],
    "playerId": [
        1,
        -1,
        0,
        "1",
        "-1",
        2**53 - 1,
        2**53,
        1e300,
        0.5,
        "12345678901234567890",
        "123456789012345678901",
        "",
        "x",
        "1 ",
        " 1",
        "1-",
        True,
    ],
    "analytics": [True, False, 0, "true"],
    "share": [True, False, {}, {"group": "my-music_2"}, {"perMinute": 1}, {"memory": 0.1}, 1, "yes"],
    "onRequest": [1, "f", {}],
    "onResponse": [1],
    "onRetry": [1],
    "onError": [1],
}
TAKEN = Path(__file__).with_name("options.txt")
_NEW = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local name, value, how = ...
local ok, said = pcall(function()
	if how == "new" then
		return AudioScapeClient.new({ apiKey = "some-secret-key", [name] = value })
	end
	return AudioScapeClient.new("some-secret-key"):withOptions({ [name] = value })
end)
return ok, tostring(said)
"""


@pytest.mark.parametrize("name", TRIED)
def test_what_an_option_may_be_and_what_is_said_of_the_rest(game: Game, name: str) -> None:
    """The values and the words stand in options.txt; what is refused names the option, at the caller's line."""
    lines: list[str] = []
    for value in TRIED[name]:
        ok, said = game.server.run(_NEW, name, value, "new")
        where, _, why = str(said).partition(f": AudioScapeClient.new: `{name}` must be ")
        assert where == ("AudioScapeClient" if ok else "ServerScriptService.Script:6")
        lines.append(f"{json.dumps(value)}: {'taken' if ok else why}")
    expect_recorded(TAKEN, name, "\n".join(lines))


@pytest.mark.parametrize(
    "url", ["https://" + "1" * 20_000 + "!", "https://x:" + "1" * 20_000 + "!", "https://x" + "/" * 20_000 + "y"]
)
def test_a_long_address_is_read_in_no_more_time_than_it_is_long(inside: Peer, url: str) -> None:
    # Else the universe's limit of time ends it.
    source = 'return require(game:GetService("ServerScriptService").AudioScapeClient.options.values).url.check(...)'
    kept, *_ = inside.run(source, url)
    assert kept == (None if url.endswith("!") else url)


@pytest.mark.parametrize("name", TRIED)
def test_what_belongs_to_the_client_is_refused_for_a_copy(game: Game, options: list[Option], name: str) -> None:
    is_fixed = next(option.is_fixed for option in options if option.name == name)
    _, said = game.server.run(_NEW, name, TRIED[name][0], "withOptions")
    assert (f"`{name}` cannot be changed on a copy. Set it in AudioScapeClient.new." in str(said)) is is_fixed


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("", "your AudioScape API key, got an empty string"),
        *((key, "without spaces, line breaks or quotes") for key in ("zq 9", " zq9", "zq9\n", "zq\u00e9")),
        (5, "a string or a Secret"),
    ],
)
def test_what_can_be_no_key_is_told_without_showing_it(game: Game, key: object, told: str) -> None:
    source = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local ok, said = pcall(AudioScapeClient.new, { apiKey = (...) })
return ok, tostring(said)
"""
    ok, said = game.server.run(source, cast("Any", key))
    assert ok is False
    assert "`apiKey` must be " in str(said)
    assert told in str(said)
    assert "zq" not in str(said)


@pytest.mark.parametrize("limit", [1, 500])
def test_a_budget_may_be_as_small_as_one_and_as_large_as_the_engines(game: Game, limit: int) -> None:
    assert game.run(f"return AudioScapeClient.newBudget({limit}).limit") == [limit]


def test_every_option_is_tried(options: list[Option]) -> None:
    names = {option.name for option in options} - {"apiKey"}
    assert set(TRIED) == names


@pytest.mark.parametrize(
    ("name", "suggested"),
    [("retries", "maxRetries"), ("Timeout", "timeout"), ("deadlines", "deadline"), ("onErorr", "onError")],
)
@pytest.mark.parametrize("how", ["new", "withOptions"])
def test_unknown_name_comes_with_a_suggestion(game: Game, name: str, suggested: str, how: str) -> None:
    ok, said = game.server.run(_NEW, name, 1, how)
    assert ok is False
    assert f"unknown option `{name}`. Did you mean `{suggested}`?" in str(said)


def test_a_misspelt_value_comes_with_a_suggestion(game: Game) -> None:
    _, said = game.server.run(_NEW, "cache", "byepass", "new")
    assert str(said).endswith('got a string. Did you mean "bypass"?')


_SUGGEST = """
local suggestion = require(game:GetService("ServerScriptService").AudioScapeClient.support.suggestion)
return suggestion(...)
"""


@pytest.mark.parametrize(
    ("unknown", "suggested"),
    [
        ("alpha", "alpha"),
        ("ALPHA", "alpha"),
        ("alphas", "alpha"),
        ("xalpha", "alpha"),
        ("alph", "alpha"),
        ("alp", "alpha"),
        ("al", None),
        ("alqhb", "alpha"),
        ("laphA", "alpha"),
        ("bet", "beta"),
        ("bteaa", "beta"),
        ("abcha", "alpha"),
        ("xyzha", None),
        ("gamm", "gamma"),
        ("vwxyz", None),
        ("alphaaaa", "alpha"),
        ("alphaaaaa", None),
        ("mni", "min"),
        ("mn", "min"),
        ("m", None),
        ("", None),
        ("two_partz", "twoParts"),
        ("two" + "_" * 30 + "parts", "twoParts"),
        ("two" + "_" * 40 + "parts", None),
    ],
)
def test_what_is_suggested_has_at_most_three_edits_and_half_its_letters(
    inside: Peer, unknown: str, suggested: str | None
) -> None:
    names = ["alpha", "beta", "gamma", "min", "twoParts"]
    assert inside.run(_SUGGEST, unknown, cast("Any", names)) == [suggested]


@pytest.mark.cases(16)
@pytest.mark.parametrize("make", ["AudioScapeClient.new", "copied"])
@pytest.mark.parametrize(
    "options",
    [
        "{ [KEY] = 1 }",
        "{ apiKey = KEY, [KEY] = 1 }",
        "{ apiKey = { KEY } }",
        "{ KEY }",
        *(f"{{ apiKey = 'another-key', {name} = KEY }}" for name in TRIED),
        *(f"{{ {name} = KEY }}" for name in TRIED),
    ],
)
def test_a_key_at_the_wrong_place_is_not_shown(game: Game, make: str, options: str) -> None:
    # `client` knows the key, in the other cases nobody does.
    source = f"""
local KEY = "{KEY}"
local function copied(options) return client:withOptions(options) end
return pcall({make}, {options})
"""
    ok, said = game.run(source)
    assert ok is False
    assert not is_in(KEY, str(said))


MISUSE = {
    "new of nothing": ("AudioScapeClient.new()", 'HttpService:GetSecret("AudioScapeKey")'),
    "new without a key": ("AudioScapeClient.new({ timeout = 5 })", 'HttpService:GetSecret("AudioScapeKey")'),
    "new of a number": ("AudioScapeClient.new(5)", "a table of options, or the API key, got a number"),
    "new of an error": (
        'AudioScapeClient.new((select(2, client:similar("?"))))',
        "a table of options, or the API key, got an error",
    ),
    "new of a list": ('AudioScapeClient.new({ "some-key" })', "an option has no name. Write `name = value`"),
    "new with a colon": ('AudioScapeClient:new({ apiKey = "x" })', "Call it with a dot"),
    "withOptions without a colon": (
        "client.withOptions({ timeout = 1 })",
        "Call it with a colon: client:withOptions(options).",
    ),
    "stats without a colon": ("client.stats()", "Call it with a colon: client:stats()."),
    "withOptions with a wrong value": ('client:withOptions({ timeout = "1" })', "`timeout` must be a number"),
    "withOptions with what is too much": (
        "client:withOptions({ maxRetries = 11 })",
        "`maxRetries` must be a whole number",
    ),
    "withOptions of nothing": ("client:withOptions()", "takes a table of options, got nil"),
    "withOptions with a key": ('client:withOptions({ apiKey = "x" })', "`apiKey` cannot be changed on a copy"),
    "withOptions with a misspelt name": (
        "client:withOptions({ timeot = 1 })",
        "unknown option `timeot`. Did you mean `timeout`?",
    ),
    "withOptions with a misspelt name of new's": (
        "client:withOptions({ breakerFailure = 3 })",
        "unknown option `breakerFailure`. Did you mean `breakerFailures`? Set it in AudioScapeClient.new.",
    ),
    "withOptions with the URL": (
        'client:withOptions({ baseURL = "https://a.b" })',
        "unknown option `baseURL`. Did you mean `baseUrl`? Set it in AudioScapeClient.new.",
    ),
    "withOptions with a misspelt key": (
        'client:withOptions({ apikey = "x" })',
        "unknown option `apikey`. Did you mean `apiKey`? Set it in AudioScapeClient.new.",
    ),
    "new with a misspelt key": ('AudioScapeClient.new({ apikey = "x" })', "Did you mean `apiKey`?"),
    "new with an empty key": (
        'AudioScapeClient.new({ apiKey = "" })',
        "`apiKey` must be your AudioScape API key, got an empty string.",
    ),
    "a budget of nothing": ("AudioScapeClient.newBudget()", "a whole number from 1 to 500, got nil"),
    "a budget that is too large": ("AudioScapeClient.newBudget(501)", "a whole number from 1 to 500, got 501"),
}


@pytest.mark.parametrize(("source", "text"), MISUSE.values(), ids=MISUSE.keys())
def test_misuse_throws_at_the_callers_line(game: Game, source: str, text: str) -> None:
    ok, said = game.run(f"\nlocal ok, said = pcall(function()\n\tlocal made = {source}\nend)\nreturn ok, said")
    assert ok is False
    assert str(said).startswith("ServerScriptService.Script:3: "), said
    assert text in str(said)


def test_a_copy_shares_what_belongs_to_the_origin(game: Game) -> None:
    game.answer(body=PAGE)
    source = """
local copy = client:withOptions({ cacheSeconds = 10 })
client:similar("1")
copy:similar("1")
task.wait(20)
copy:similar("1")
client:similar("1")
return client:stats(), copy:stats(), getmetatable(copy) == getmetatable(client)
"""
    mine, theirs, same = game.run(source)
    assert same is True
    assert mine == theirs
    assert (mine["requests"], mine["hits"]) == (2, 2)


def test_clients_share_no_cache(game: Game) -> None:
    game.answer(body=PAGE)
    source = """
local other = AudioScapeClient.new("another-key-5")
client:similar("1")
other:similar("1")
return client:stats().requests, other:stats().requests
"""
    assert game.run(source) == [1, 1]


def test_an_own_budget(game: Game) -> None:
    game.answer(body=PAGE)
    source = """
local budget = AudioScapeClient.newBudget(2)
local one = AudioScapeClient.new({ apiKey = "one-key", budget = budget })
local two = AudioScapeClient.new({ apiKey = "two-key", budget = budget })
one:similar("1")
two:similar("1")
local _, err = one:similar("2")
local result = client:similar("2")
return err.kind, err.retryAfter, result ~= nil
"""
    kind, after, other = game.run(source)
    assert (kind, other) == ("budget_exceeded", True)
    assert 59 < float(after) < 61


IDENTITY: dict[str, tuple[str, dict[str, str]]] = {
    "by default": ("", {}),
    "the game": ("identify = true", {"x-universe-id": "815", "x-place-id": "4711"}),
    "a player": ("playerId = 77", {"x-player-id": "77"}),
    "both": ('identify = true, playerId = "78"', {"x-universe-id": "815", "x-place-id": "4711", "x-player-id": "78"}),
}


@pytest.mark.parametrize(("options", "expected"), IDENTITY.values(), ids=IDENTITY.keys())
def test_identity_is_sent_only_by_those_who_opt_in(game: Game, options: str, expected: dict[str, str]) -> None:
    game.answer(body=PAGE)
    game.run(f'client:withOptions({{ {options} }}):similar("1")')
    sent = game.requests[0].headers
    assert {name: sent[name] for name in sent if re.fullmatch("x-(universe|place|player)-id", name)} == expected


def test_an_option_with_odd_characters_is_not_shown(game: Game) -> None:
    _, said = game.server.run(_NEW, "time\nout", 1, "new")
    assert str(said).endswith("unknown option. Did you mean `timeout`?")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("timeouts", True),
        ("timeout2", True),
        ("retries", True),
        ("some-key", False),
        ("aKeyOfManyLetters", True),
        ("kJqWzLpOeRtYuIoP", False),
        ("x" * 20, True),
        ("x" * 21, False),
        ("x" * 10_000, False),
        ("timeout" * 10, False),
    ],
)
def test_an_unknown_option_that_may_be_the_key_is_not_shown(inside: Peer, name: str, shown: bool) -> None:
    source = """
local Options = require(game:GetService("ServerScriptService").AudioScapeClient.options.Options)
local name = ...
local _, problem = Options.check({ apiKey = "some-key", [name] = 1 })
return problem
"""
    said = str(inside.run(source, name)[0])
    assert said.startswith(
        f"unknown option `{name}`. " if shown else "unknown option. The options are apiKey, baseUrl, "
    )
