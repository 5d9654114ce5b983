"""The vendor's whole API, with the shipped client on one side and the mocked API on the other."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audioscape_luau.contract.luau_text import luau
from audioscape_luau.mock import Catalogue, MockApi, install
from audioscape_luau.resources import luau_root
from luau_types import SOLVERS, TOOL
from support.consumer import type_errors
from support.game import KEY, Game, api
from support.tools import tool


@dataclass(frozen=True, slots=True)
class Sides:
    """The shipped client, and the mocked API that answers it."""

    game: Game
    mock: MockApi

    def call(self, expression: str) -> list[Any]:
        """Return what a method call returned: the result, and of the error its kind and parameter."""
        return self.game.run(
            f"""
            local result, err = client:{expression}
            return result, err and {{ kind = err.kind, parameter = err.parameter }}
            """
        )


@pytest.fixture
def sides(game: Game) -> Sides:
    mock = MockApi(api(), Catalogue.generate(size=20), keys=[KEY])
    install(game.router, mock)
    return Sides(game, mock)


def test_each_example_is_asked_and_answered(game: Game) -> None:
    sides = Sides(game, MockApi(api(), Catalogue(()), keys=[KEY], plays={}))
    install(game.router, sides.mock)
    for operation in api().methods:
        for example in operation.examples:
            # What the radio plays has many examples for one address, which the client keeps.
            if example.status == operation.success.status and operation.radio is None:
                assert sides.call(f"{operation.id}({luau(dict(example.request))})")[1] is None, (operation.id, example)
    assert not sides.mock.violations
    assert {request.url.path for request in sides.game.requests} == {
        *(f"/developer/v1/{name}" for name in ("search", "browse", "playlist", "track/structure")),
        *(f"/developer/v1/sfx/{name}" for name in ("similar", "search", "browse", "taxonomy")),
        *(f"/developer/v1/assets/{name}" for name in ("health", "private-report")),
        "/analytics/v1/analytics",
    }


@pytest.mark.parametrize(
    ("call", "sent"),
    [
        ('events({ events = { { type = "play", asset_id = 12, duration = 3 } } })', "analytics/v1/analytics"),
        ("privateReport({ assets = { { asset_id = 12 } } })", "developer/v1/assets/private-report"),
    ],
)
def test_what_is_told_is_taken(sides: Sides, call: str, sent: str) -> None:
    assert sides.game.run(f"return client:{call}") == [True, None]
    (request,) = sides.game.requests
    assert (request.method, str(request.url)) == ("POST", f"https://api.audioscape.ai/{sent}")
    assert not sides.mock.violations


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        ("search({ limit = 3 })", "query"),
        ('search({ query = "x", filters = { created_after = "1.5.2024" } })', "filters.created_after"),
        ("sfxSearch({ filters = { subcategories = { 'X' } } })", "query"),
        ("lookup({ asset_ids = { 1, 'no' } })", "asset_ids[2]"),
        ("lookup({})", "asset_ids"),
        ('browse({ type = "trending", name = "x" })', "name"),
        ('browse({ type = "artist", sort = "alpha", region = "eu" })', "sort"),
        ('browse({ type = "genre", name = "pop", region = "eu" })', "region"),
        ('browse({ type = "game", name = "1", asset_id = 5 })', "name"),
        ('sfxBrowse({ type = "new" })', "type"),
        ('trending({ type = "genre" })', "type"),
        ('playlists({ action = "get" })', "action"),
        ("playlist({})", "playlist_id"),
        ("events({ events = {} })", "events"),
        ("trackStructure('x')", "asset_id"),
    ],
)
def test_wrong_input_is_refused(sides: Sides, call: str, parameter: str) -> None:
    assert sides.call(call) == [None, {"kind": "invalid_request", "parameter": parameter}]
    assert sides.game.requests == []


@pytest.mark.parametrize(
    ("call", "plain"),
    [
        ('sfxBrowse({ type = "trending", limit = 5 })', "sfxBrowse({ limit = 5 })"),
        ('trending({ type = "trending" })', "trending({})"),
        ('playlists({ action = "list" })', "playlists()"),
    ],
)
def test_what_is_sent_anyway_may_be_said(sides: Sides, call: str, plain: str) -> None:
    assert sides.game.run(f"return client:{call} ~= nil") == [True]
    assert sides.game.run(f"return client:withOptions({{ cache = 'bypass' }}):{plain} ~= nil") == [True]
    first, second = sides.game.requests
    assert first.url == second.url


def test_what_is_sent_anyway_can_be_nothing_else(sides: Sides) -> None:
    (text,) = sides.game.run('return tostring(select(2, client:sfxBrowse({ type = "trendin" })))')
    assert '`type` must be one of "trending", got "trendin". Did you mean "trending"?' in text


def test_what_does_not_go_together_names_the_methods_that_say_what_does(sides: Sides) -> None:
    (text,) = sides.game.run('return tostring(select(2, client:browse({ type = "trending", name = "weekly" })))')
    assert "`name` does not go with the rest of what browse was given. Each of these takes what goes together: " in text
    assert "client:browseItems, client:browseTracks, client:trending." in text


@pytest.mark.parametrize("method", ["lookup", "assetsHealth"])
def test_no_ids_at_all_are_refused_in_plain_words(sides: Sides, method: str) -> None:
    (message,) = sides.game.run(f"local _, err = client:{method}({{ asset_ids = {{}} }}) return err.message")
    assert message == "`asset_ids` must be a list of at least 1 item, got a table"
    assert sides.game.requests == []


def test_more_ids_than_a_request_takes(sides: Sides) -> None:
    script = """
    local ids = table.create(250, 0)
    for index in ids do ids[index] = index end
    local found, err = client:lookup({ asset_ids = ids })
    local health = client:assetsHealth({ asset_ids = ids })
    return found ~= nil, #health.assets
    """
    assert sides.game.run(script)[0] is True
    assert len(sides.game.requests) == 6
    assert not sides.mock.violations


TYPED = """
local client = AudioScapeClient.new("key")
local found = client:lookup({ asset_ids = { 1, "2" } })
local tracks: { AudioScapeClient.Track } = if found then found.tracks else {}
local hot: AudioScapeClient.BrowseTracks? = client:trending()
local names: AudioScapeClient.BrowseItems? = client:browseItems({ type = "genre" })
local mine: AudioScapeClient.Playlists? = client:playlists()
local one: AudioScapeClient.Playlist? = client:playlist({ playlist_id = "a" })
local told: boolean? = client:events({ events = { { type = "play", asset_id = tracks[1] } } })
for sound in client:sfxBrowseTracks() do
	local id: string = sound.asset_id
	print(id, client:sfxSimilar(sound))
end
print(client:sfxBrowse({ type = "trending", limit = 50 }), client:playlists({ action = "list" }))
print(hot, names, mine, one, told, client:search({ query = "x" }), client:sfxTaxonomy())
local wrong1: AudioScapeClient.BrowseItems? = client:trending()
local wrong2 = client:browseItems({ type = "trending" })
local wrong3 = client:lookup({ query = "x" })
local wrong4 = client:playlist({})
print(wrong1, wrong2, wrong3, wrong4)
"""


@pytest.mark.cases(1)
@pytest.mark.parametrize("solver", SOLVERS)
def test_the_methods_are_typed(tmp_path: Path, solver: str) -> None:
    tool(TOOL)
    shutil.copytree(luau_root() / "AudioScapeClient", tmp_path / "AudioScapeClient")
    assert type_errors(tmp_path, {"typed": TYPED}, solver) == {("typed", n) for n in range(16, 20)}
