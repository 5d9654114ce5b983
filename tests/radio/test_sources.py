"""A radio that starts with what is found: by a search, in a genre, on a chart."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import Peer
from support.radio import MakeWorld, RadioWorld, run, script

QUERY = '{ query = "calm piano" }'


def sought(radio: RadioWorld) -> list[Any]:
    """Return what was searched for, each as (way, query, whether past the cache)."""
    return [(entry["name"], entry["query"], entry["again"]) for entry in radio.run("return api.sought")[0]]


@pytest.mark.parametrize(
    ("source", "way", "query"),
    [
        (QUERY, "query", {"query": "calm piano"}),
        ('{ genre = "Ambient" }', "genre", {"type": "genre", "name": "Ambient", "limit": 100}),
        ('{ chart = "trending" }', "chart", {}),
    ],
)
def test_the_first_track_found_plays_and_similar_ones_follow(
    world: MakeWorld, source: str, way: str, query: dict[str, Any]
) -> None:
    radio = world()
    assert radio.run(f"return radio:start({source})") == [True]
    assert radio.run("return radio:nowPlaying()") == []
    radio.advance(350)
    assert sought(radio) == [(way, query or [], False)]
    assert radio.played() == ["50", "51", "49", "52"]
    assert [entry[2] for entry in radio.log("phase")] == ["searching", "playing"]
    assert radio.log("failed") == []


def test_each_of_the_tracks_found_is_the_anchor_in_its_turn(world: MakeWorld) -> None:
    radio = world(options={"tracksPerAnchor": 2})
    radio.run(f"radio:start({QUERY})")
    radio.advance(850)
    assert radio.played() == ["50", "51", "151", "149", "251", "249", "250", "248", "247"]
    assert radio.run("return api.requests")[0][:3] == ["50", "150", "250"]


LEASH = """
local options = ...
local recommender = load("Recommender").new({ pageSize = 4, tracksPerAnchor = 1, leash = options.leash, fallback = {} })
local criteria = {
	history = load("History").new(50, 0),
	isBlocked = function() return false end,
	strategy = "nearest",
	context = { random = function() return 0 end },
	complain = error,
}
recommender:seek({ isFiltered = true })
local request = recommender:decide(criteria, {}, false, math.huge).request
recommender:received(request, { { asset_id = "1" }, { asset_id = "2" }, { asset_id = "3" } })
local asked = {}
for number = 1, 7 do
	local id = if number == 1 then "1" else tostring(10 * number)
	criteria.history:push({ asset_id = id })
	recommender:started(id)
	table.insert(asked, recommender:decide(criteria, {}, false, math.huge).request.assetId)
end
return table.concat(asked, " ")
"""


@pytest.mark.parametrize(
    ("options", "anchors"),
    [({}, "2 3 30 40 50 60 70"), ({"leash": 1}, "2 3 1 2 3 1 2"), ({"leash": 2}, "2 3 30 1 2 3 70")],
)
def test_on_a_leash_their_turn_comes_again(server: Peer, options: dict[str, int], anchors: str) -> None:
    assert run(server, LEASH, options) == [anchors]


def test_one_failing_api_later_it_starts(world: MakeWorld) -> None:
    radio = world()
    radio.run(f"api.broken = true radio:start({QUERY})")
    radio.advance(100)
    assert [entry[2] for entry in radio.log("phase")] == ["searching"]
    assert {entry[2] for entry in radio.log("failed")} == {"server_error"}
    assert 3 <= len(sought(radio)) <= 15
    radio.run("api.broken = false")
    radio.advance(65)
    assert radio.played() == ["50"]


@pytest.mark.parametrize("nothing", ["{ tracks = {} }, nil", "nil, missing"])
def test_where_nothing_is_found_it_says_so_and_tries_again(world: MakeWorld, nothing: str) -> None:
    radio = world()
    radio.run(f"""
    local missing = load("Errors").new("not_found", {{ operation = "search", said = "no" }})
    radio.failed:Connect(function(err) note("said", tostring(err)) end)
    api.finds = function() return {nothing} end
    radio:start({QUERY})
    """)
    radio.advance(200)
    assert radio.played() == []
    assert {entry[2] for entry in radio.log("failed")} == {"radio_nothing_found"}
    said = radio.log("said")[0][2]
    assert said.startswith(
        'AudioScape radio: AudioScape found no tracks for { query = "calm piano" }; retrying. Check '
    )
    first, second = sought(radio)[:2]
    assert (first[2], second[2]) == (False, True)
    radio.run("api.finds = nil")
    radio.advance(130)
    assert radio.played()[0] == "50"


def test_the_fallback_plays_until_something_is_found(world: MakeWorld) -> None:
    radio = world(options={"fallback": ["7"]})
    radio.run(f"api.broken = true radio:start({QUERY})")
    radio.advance(50)
    assert radio.played() == ["7"]
    radio.run("api.broken = false")
    radio.advance(300)
    assert radio.played() == ["7", "7", "50", "51"]


def test_what_plays_goes_on_until_something_is_found(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('7')")
    radio.advance(20)
    radio.run(f"api.latency = 5 radio:start({QUERY})")
    assert radio.run("return player.IsPlaying, radio:nowPlaying().asset_id") == [True, "7"]
    radio.advance(3)
    assert radio.played() == ["7"]
    radio.advance(5)
    assert radio.played() == ["7", "50"]
    assert [entry[2] for entry in radio.log("phase")] == ["playing"]


def test_music_goes_on_while_nothing_is_found(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('7')")
    radio.advance(20)
    radio.run(f"api.finds = function() return {{ tracks = {{}} }} end radio:start({QUERY})")
    radio.advance(200)
    assert radio.played() == ["7", "8", "6"]
    assert [entry[2] for entry in radio.log("failed")] == ["radio_nothing_found"]
    radio.run("api.finds = nil")
    radio.advance(200)
    assert "50" in radio.played()


def test_in_a_pause_it_starts_what_is_found(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('7')")
    radio.advance(20)
    radio.run(f"radio:pause() radio:start({QUERY})")
    radio.advance(5)
    assert radio.played() == ["7", "50"]


def test_a_pause_before_something_is_found_holds(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('7')")
    radio.advance(20)
    radio.run(f"radio:start({QUERY}) radio:pause()")
    radio.advance(20)
    assert radio.played() == ["7"]
    radio.run("radio:resume()")
    radio.advance(1)
    assert radio.played() == ["7", "50"]


@pytest.mark.parametrize(
    ("other", "played", "phase"),
    [
        ("radio:start('9')", ["9"], "playing"),
        ('radio:start({ chart = "trending" })', ["300"], "playing"),
        ("radio:stop()", [], "stopped"),
        ("radio:destroy()", [], "destroyed"),
        ("radio:queue('9')", ["9"], "playing"),
    ],
)
def test_another_call_comes_first(world: MakeWorld, other: str, played: list[str], phase: str) -> None:
    radio = world()
    radio.run(f"api.latency = 5 radio:start({QUERY})")
    radio.advance(2)
    radio.run(f"api.found = {{ 300 }} {other}")
    radio.advance(20)
    assert radio.played() == played
    assert radio.log("phase")[-1][2] == phase
    assert radio.errors() == []


def test_it_goes_on_when_the_script_that_started_it_ends(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:destroy() api.latency = 30")
    script(
        radio, f"shared.radio = shared.make({{}}) shared.radio:start({QUERY}) task.wait(5) script:Destroy()", "Maker"
    )
    radio.advance(10)
    script(radio, "radio.trackChanged:Connect(function() end) while task.wait(1) do radio:nowPlaying() end", "Other")
    radio.advance(100)
    assert radio.run("return shared.radio:nowPlaying().asset_id") == ["50"]
    assert radio.run("return player.IsPlaying") == [True]


def test_filters_narrow_down_what_takes_them(world: MakeWorld) -> None:
    radio = world(options={"filters": {"genres": ["Pop"]}})
    radio.run(f"radio:start({QUERY})")
    radio.advance(5)
    radio.run('radio:setFilters({ genres = { "Rock" } }) radio:reseed({ query = "storm" })')
    radio.advance(5)
    radio.run('radio:start({ genre = "Jazz" })')
    radio.advance(5)
    queries = [query for _, query, _ in sought(radio)]
    assert queries == [
        {"query": "calm piano", "filters": {"genres": ["Pop"]}},
        {"query": "storm", "filters": {"genres": ["Rock"]}},
        {"type": "genre", "name": "Jazz", "limit": 100},
    ]


def test_a_reseed_makes_the_first_track_found_the_next(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start('7')")
    radio.advance(20)
    assert radio.run(f"return radio:reseed({QUERY})") == [True]
    radio.advance(20)
    assert radio.played() == ["7"]
    assert radio.run("return radio:upcoming()[1].asset_id") == ["50"]
    radio.advance(170)
    assert radio.played() == ["7", "50", "51"]


def test_what_was_played_lately_does_not_open(world: MakeWorld) -> None:
    radio = world()
    radio.run("radio:start(track(50))")
    radio.advance(20)
    radio.run(f"radio:start({QUERY})")
    radio.advance(5)
    assert radio.played() == ["50", "150"]
    radio.run(f"api.found = {{ 150 }} radio:start({QUERY})")
    radio.advance(5)
    assert radio.played() == ["50", "150", "150"]


def test_a_first_track_that_does_not_load_is_passed_over(world: MakeWorld) -> None:
    radio = world()
    radio.asset(50, load="fails")
    radio.run(f"shared.hearing.heard = true radio:start({QUERY})")
    radio.advance(60)
    assert radio.played()[0] == "50"
    assert radio.run("return player.IsPlaying") == [True]
    assert radio.run("return radio:nowPlaying().asset_id") == ["51"]


def test_the_tracks_found_play_when_similar_ones_fail(world: MakeWorld) -> None:
    radio = world()
    radio.run(f"api.answer = function() return {{ tracks = {{}}, meta = {{}} }} end radio:start({QUERY})")
    radio.advance(250)
    assert radio.played() == ["50", "150", "250"]


def test_at_most_a_hundred_of_them_are_kept(world: MakeWorld) -> None:
    radio = world(options={"historySize": 500, "artistSpacing": 0})
    radio.run(f"""
    api.answer = function() return {{ tracks = {{}}, meta = {{}} }} end
    api.found = {{}}
    for number = 1, 120 do table.insert(api.found, number) end
    radio:start({QUERY})
    """)
    radio.advance(13000)
    assert len(set(radio.played())) == 100


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{}", "`seed` must be an asset ID"),
        ('{ quary = "x" }', "unknown parameter `seed.quary`. Did you mean `seed.query`?"),
        ('{ query = "x", genre = "y" }', "or a table with one of query, genre, chart, got a table"),
        ("{ query = 5 }", "`seed.query` must be a string, got 5"),
        ('{ query = "  " }', '`seed.query` must be a string that is not empty, got "  "'),
        ("{ genre = {} }", "`seed.genre` must be a string"),
        ('{ chart = "trendin" }', '`seed.chart` must be one of "trending", got "trendin". Did you mean "trending"?'),
        ('{ asset_id = "5" }', "`seed` must be an asset ID"),
    ],
)
@pytest.mark.parametrize("method", ["start", "reseed"])
def test_a_wrong_table_is_refused_before_any_request(world: MakeWorld, method: str, source: str, said: str) -> None:
    radio = world()
    ok, kind, text = radio.run(f"local ok, err = radio:{method}({source}) return ok, err.kind, tostring(err)")
    assert (ok, kind) == (False, "invalid_request")
    assert text.startswith(f"AudioScape radio:{method}: ")
    assert said.replace("`seed", "`input" if method == "reseed" else "`seed") in text
    radio.advance(10)
    assert sought(radio) == []
    assert radio.played() == []


def test_a_seed_after_a_source_starts_over(world: MakeWorld) -> None:
    radio = world()
    radio.run(f"radio:start({QUERY})")
    radio.advance(20)
    assert radio.run("return radio:start('7')") == [True]
    radio.advance(250)
    assert radio.played() == ["50", "7", "8", "6"]


def test_a_track_found_that_does_not_load_is_passed_over(world: MakeWorld) -> None:
    radio = world()
    radio.asset(50, load="fails")
    radio.run(f"shared.hearing.heard = true radio:start({QUERY})")
    radio.advance(30)
    radio.run(f"radio:stop() radio:start({QUERY})")
    radio.advance(5)
    assert radio.played()[0] == "50"
    assert radio.played()[-1] == "150"
