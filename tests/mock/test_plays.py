"""What the mocked API plays from its catalogue beside `similar`: what one operation tells, others can be asked for."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from typing import Any

import httpx
import pytest

from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.mock.plays import PLAYS, plays_of
from audioscape_luau.openapi import Object, Operation
from support.game import api


@cache
def mock() -> MockApi:
    return MockApi(api(), Catalogue.generate(size=320, seed=2), seconds=0)


def send(operation_id: str, of: MockApi | None = None, **inputs: Any) -> httpx.Response:
    """Send a request of one of the methods, with what it fixes."""
    operation = api().operation(operation_id)
    given = {field.name: field.fixed for field in operation.fields if field.fixed is not None} | inputs
    json_names = {one.name for one in operation.parameters if one.json}
    query = {
        one.name: json.dumps(given.pop(one.name)) if one.name in json_names else given.pop(one.name)
        for one in operation.parameters
        if one.name in given
    }
    request = httpx.Request(
        operation.method,
        api().address(operation) + operation.path,
        headers={api().api_key_header: DEMO_KEY},
        params=query or None,
        json=given if operation.body else None,
    )
    return (of or mock()).respond(request)


def ask(operation_id: str, **inputs: Any) -> dict[str, Any]:
    reply = send(operation_id, **inputs)
    assert reply.status_code == 200, reply.text
    return json.loads(reply.content)


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["asset_id"] for item in items]


SOUND = ask("sfxSearch", query="wood doors", limit=1)["tracks"][0]["asset_id"]
TRACK = ask("search", query="rock", limit=1)["tracks"][0]["asset_id"]
PAGED: list[tuple[str, dict[str, Any]]] = [
    ("similar", {"asset_id": TRACK}),
    ("search", {"query": "rock"}),
    ("search", {"query": "no such words"}),
    *(("browseItems", {"type": kind}) for kind in ("artist", "album", "genre", "mood", "game")),
    ("browseTracks", {"type": "genre", "name": "rock"}),
    ("trending", {}),
    ("sfxSimilar", {"asset_id": SOUND}),
    ("sfxSearch", {"query": "doors"}),
    ("sfxBrowse", {}),
]


def test_every_method_is_played_and_the_table_names_no_other() -> None:
    known = {operation.id for operation in api().operations}
    assert plays_of(api(), PLAYS).keys() == PLAYS.keys()
    # What looks tracks up is a search on the wire.
    assert known - PLAYS.keys() == {"lookup"}


def test_pages_are_told_of_for_every_method_that_pages() -> None:
    assert {name for name, _ in PAGED} == {one.id for one in api().operations if one.paging} - {"lookup"}


@pytest.mark.parametrize(("name", "inputs"), PAGED, ids=lambda value: str(value))
def test_pages_join_to_the_whole_list(name: str, inputs: dict[str, Any]) -> None:
    paging = api().operation(name).paging
    assert paging is not None
    whole = ask(name, **inputs, limit=100)
    total = whole["meta"]["total"]
    assert total > 0
    size = min(max(total // 3, 1), 40)
    found: list[Any] = []
    for offset in range(0, min(total, 100), size):
        page = ask(name, **inputs, limit=size, offset=offset)
        assert {key: page["meta"][key] for key in ("total", "limit", "offset")} == {
            "total": total,
            "limit": size,
            "offset": offset,
        }
        found += page[paging.items]
    # NaN, which a loudness may be, equals nothing.
    assert repr(found[:100]) == repr(whole[paging.items])
    assert len(whole[paging.items]) == min(total, 100)
    assert ask(name, **inputs, offset=total)[paging.items] == []


def test_a_page_may_begin_as_late_as_json_can_say() -> None:
    assert ask("search", query="night", offset=1e300)["tracks"] == []


@pytest.mark.parametrize("asset_id", ids(ask("search", query="ocean rock night", limit=8)["tracks"]), ids=range(8))
def test_what_a_search_finds_is_known_to_every_other_call(asset_id: str) -> None:
    assert ask("similar", asset_id=asset_id, limit=1)["meta"]["total"] == 319
    assert ids(ask("lookup", asset_ids=[asset_id])["tracks"]) == [asset_id]
    assert ask("trackStructure", asset_id=asset_id)["asset_id"] == asset_id
    (health,) = ask("assetsHealth", asset_ids=[asset_id])["assets"]
    known = mock().catalogue.by_id[asset_id].fields
    assert health == {"asset_id": asset_id, "status": "ok", "audio_type": "music", "name": known["name"]}


def test_words_of_title_artist_genre_and_mood_are_found_the_best_first() -> None:
    entry = mock().catalogue.entries[40].fields
    page = ask("search", query=f"{entry['name']} {entry['artist']}", limit=100)
    assert entry["asset_id"] in ids(page["tracks"][:3])
    assert (page["meta"]["search_method"], page["meta"]["matched_artist"]) == ("text", entry["artist"])
    assert entry["artist"] in [artist["name"] for artist in page["artists"]]
    for artist in page["artists"]:
        assert ask("browseTracks", type="artist", name=artist["name"])["meta"]["total"] == artist["track_count"]
    rock = ask("search", query="Rock", limit=100)["tracks"]
    assert {track["genre"] for track in rock[:5]} == {"Rock"}
    assert ask("search", query="Gardens", limit=1)["albums"][0]["name"] == "Gardens"


def test_words_that_nobody_uses_find_tracks_that_are_like_each_other() -> None:
    page = ask("search", query="qwertz", limit=5)
    assert (page["meta"]["search_method"], page["meta"]["total"]) == ("semantic", 320)
    assert ids(page["tracks"]) != ids(ask("search", query="other", limit=5)["tracks"])
    near = ids(ask("similar", asset_id=page["tracks"][0]["asset_id"], limit=15)["tracks"])
    assert set(ids(page["tracks"][1:])) & set(near)


def test_a_lookup_keeps_the_order_and_names_what_is_missing() -> None:
    wanted = [entry.asset_id for entry in mock().catalogue.entries[30:0:-1]]
    page = ask("lookup", asset_ids=[*wanted, "1"])
    assert ids(page["tracks"]) == wanted
    assert (page["meta"]["total"], page["meta"]["missing_ids"], page["meta"]["search_method"]) == (
        30,
        ["1"],
        "ids-batch",
    )
    assert "missing_ids" not in ask("lookup", asset_ids=wanted)["meta"]


def test_a_query_of_digits_is_an_id_unless_no_track_has_it() -> None:
    page = ask("search", query=TRACK)
    assert (ids(page["tracks"]), page["meta"]["search_method"]) == ([TRACK], "id")
    assert ask("search", query="1")["meta"]["search_method"] == "semantic"
    assert ask("search", query=f"1, {TRACK}")["meta"]["missing_ids"] == ["1"]


@pytest.mark.parametrize("flag", [{"instrumental": True}, {"electronic": True}, {"acoustic": True}])
def test_a_flag_keeps_only_such_tracks(flag: dict[str, Any]) -> None:
    (name,) = flag
    field, value = ("voice", "instrumental") if name == "instrumental" else (name, name)
    page = ask("search", query="qwertz", filters=flag, limit=100)
    wanted = [entry for entry in mock().catalogue.entries if entry.fields.get(field) == value]
    assert 0 < page["meta"]["total"] == len(wanted) < 320
    assert {track[field] for track in page["tracks"]} == {value}


def test_filters_narrow_a_search() -> None:
    def total(**filters: Any) -> int:
        page = ask("search", query="qwertz", filters=filters, limit=100)
        assert all(120 <= track["duration"] <= 200 for track in page["tracks"] if "duration" in filters)
        assert all(track["created_at"] > "2024-06-01" for track in page["tracks"] if "created_after" in filters)
        assert "key" not in filters or {track["key"] for track in page["tracks"]} == {"Db"}
        assert {track["genre_slug"] for track in page["tracks"] if "genres" in filters} <= {"rock", "jazz"}
        return page["meta"]["total"]

    everything = total()
    for filters in (
        {"duration": {"min": 120, "max": 200}},
        {"created_after": "2024-06-01"},
        {"min_play_count": 1000},
        {"min_likes": 1},
        {"key": "C#"},
        {"scale": "minor"},
        {"genres": ["ROCK", "jazz"]},
    ):
        assert 0 < total(**filters) < everything, filters
    assert total(min_likes=1, scale="minor") < total(scale="minor")
    voices = [entry for entry in mock().catalogue.entries if entry.fields.get("voice") == "voice"]
    assert total(gender="male") + total(gender="female") == len(voices)


def test_tracks_come_in_the_order_that_is_asked_for() -> None:
    fame = {entry.asset_id: mock().library.fame(entry) for entry in mock().catalogue.entries}
    popular = [fame[one].plays for one in ids(ask("search", query="rock", sort="popular", limit=100)["tracks"])]
    recent = [fame[one].added for one in ids(ask("search", query="rock", sort="recent", limit=100)["tracks"])]
    names = [one["name"] for one in ask("browseTracks", type="genre", name="rock", sort="alpha")["tracks"]]
    assert all(first >= second for first, second in pairwise(popular))
    assert all(first >= second for first, second in pairwise(recent))
    assert all(first.casefold() <= second.casefold() for first, second in pairwise(names))
    assert ask("search", query="rock", sort="recent")["meta"]["sort"] == "recent"


def test_popular_leaves_out_what_nobody_played_of_genres_and_moods_only() -> None:
    library = mock().library
    unplayed = [entry for entry in mock().catalogue.entries if library.fame(entry).plays == 0]
    assert unplayed
    slug, artist = unplayed[0].fields["genre_slug"], unplayed[0].fields["artist"]
    played = ask("browseTracks", type="genre", name=slug, limit=100)
    assert unplayed[0].asset_id not in ids(played["tracks"])
    assert unplayed[0].asset_id in ids(ask("browseTracks", type="genre", name=slug, sort="alpha", limit=100)["tracks"])
    assert unplayed[0].asset_id in ids(ask("browseTracks", type="artist", name=artist, limit=100)["tracks"])


@pytest.mark.parametrize("kind", ["artist", "genre", "mood", "game"])
def test_each_item_of_a_list_has_as_many_tracks_as_it_says(kind: str) -> None:
    for item in ask("browseItems", type=kind, limit=6)["items"]:
        for key in ("name", "slug") if kind == "genre" else ("universe_id",) if kind == "game" else ("name",):
            page = ask("browseTracks", type=kind, name=str(item[key]).upper(), sort="alpha")
            assert page["meta"]["total"] == item["track_count"] > 0
            assert page["meta"]["type"] == kind


def test_an_album_is_of_one_artist_in_the_list() -> None:
    for item in ask("browseItems", type="album", limit=10)["items"]:
        tracks = ask("browseTracks", type="album", name=item["name"], limit=100)["tracks"]
        assert sum(track["artist"] == item["artist"] for track in tracks) == item["track_count"]


def test_an_item_that_there_is_not_has_no_tracks() -> None:
    assert ask("browseTracks", type="artist", name="Nobody")["meta"]["total"] == 0


def test_the_games_of_a_track_are_those_that_play_it() -> None:
    game = ask("browseItems", type="game", limit=1)["items"][0]
    (heard,) = ids(ask("browseTracks", type="game", name=str(game["universe_id"]), limit=1)["tracks"])
    page = ask("browseItems", type="game", asset_id=heard)
    assert game in page["items"]
    assert page["meta"]["asset_id"] == int(heard)
    assert ask("browseItems", type="game", asset_id="1")["items"] == []


def test_charts_hold_at_most_200_and_each_once() -> None:
    for name in ("trending", "sfxBrowse"):
        first, second = ask(name, limit=100), ask(name, limit=100, offset=100)
        assert first["meta"]["total"] == len({*ids(first["tracks"]), *ids(second["tracks"])}) == 200


def test_sounds_are_likest_within_their_subcategory() -> None:
    sound = mock().library.sounds.by_id[SOUND].fields
    page = ask("sfxSimilar", asset_id=SOUND, limit=100)
    scores = [track["score"] for track in page["tracks"]]
    assert all(first >= second for first, second in pairwise(scores))
    assert SOUND not in ids(page["tracks"])
    assert {track["category"] for track in page["tracks"][:3]} == {sound["category"]}
    fewer = ask("sfxSimilar", asset_id=SOUND, max_score=scores[4], dedupe=True)
    assert fewer["tracks"][0] == next(track for track in page["tracks"] if track["score"] < scores[4])
    short = ask("sfxSimilar", asset_id=SOUND, filters={"duration": {"max": 2}, "categories": ["BIRDS"]}, limit=100)
    assert short["meta"]["total"] > 0
    assert all(track["duration"] <= 2 and track["category"] == "BIRDS" for track in short["tracks"])


def test_sounds_are_found_by_category_and_the_query_is_told() -> None:
    taxonomy = ask("sfxTaxonomy")
    names = [one for group in taxonomy["taxonomy"] for one in group["categories"]]
    assert taxonomy["meta"] == {
        "broader_category_count": len(taxonomy["taxonomy"]),
        "category_count": len(names),
        "subcategory_count": sum(len(one["subcategories"]) for one in names),
    }
    for one in names:
        page = ask("sfxSearch", filters={"categories": [one["category"]]})
        assert page["meta"]["synthesized_query"] == one["category"].lower()
        assert [found["name"] for found in page["categories"]] == [one["category"]]
        assert sorted(found["name"] for found in page["subcategories"]) == sorted(one["subcategories"])
        assert sum(found["track_count"] for found in page["subcategories"]) == page["meta"]["total"]
    assert "synthesized_query" not in ask("sfxSearch", query="doors")["meta"]
    narrow = ask("sfxSearch", query="doors", filters={"subcategories": ["DOORS-GATE"]})
    assert {track["subcategory"] for track in narrow["tracks"]} == {"DOORS-GATE"}


def test_the_beats_of_a_track_fit_its_tempo_and_its_parts_fill_it() -> None:
    told = [ask("trackStructure", asset_id=entry.asset_id) for entry in mock().catalogue.entries[:60]]
    for reply in [one for one in told if one["beat_grid"]]:
        times, downbeats = reply["beat_grid"]["times"], reply["beat_grid"]["downbeats"]
        assert times[1] - times[0] == pytest.approx(60 / reply["bpm"], abs=0.002)
        assert downbeats == times[::4]
        assert times[-1] <= reply["duration"]
        both: list[list[dict[str, Any]]] = [reply["sections"], reply["phrases"]]
        for parts in filter(None, both):
            assert parts[-1]["end"] == reply["duration"]
            assert all(first["end"] == second["start"] for first, second in pairwise(parts))
            assert all(first["bar_end"] + 1 == second["bar_start"] for first, second in pairwise(parts))
        assert all(section["bars"] is None for section in reply["sections"])
        assert "lanes" not in reply
    assert any(reply["beat_grid"] is None and not reply["sections"] for reply in told)
    assert any(reply["beat_grid"] and not reply["sections"] for reply in told)


def test_metadata_of_a_structure_comes_on_request() -> None:
    seed = next(entry.asset_id for entry in mock().catalogue.entries if ask_parts(entry.asset_id))
    reply = ask("trackStructure", asset_id=seed, include_metadata=True)
    assert {part["lane"] for part in (*reply["sections"], *reply["phrases"])} == set(reply["lanes"])


def ask_parts(asset_id: str) -> list[Any]:
    return ask("trackStructure", asset_id=asset_id)["sections"]


def test_every_playlist_of_the_list_can_be_asked_for() -> None:
    listed = ask("playlists")
    assert listed["meta"]["total"] == len(listed["playlists"]) > 3
    assert {info["kind"] for info in listed["playlists"]} == {"music", "sfx", "mixed"}
    for info in listed["playlists"]:
        one = ask("playlist", playlist_id=info["id"])
        assert one["playlist"] == info
        assert (len(one["tracks"]), len(one["sounds"])) == (info["track_count"], info["sound_count"])
        entries = [*one["tracks"], *one["sounds"]]
        assert [entry["position"] for entry in entries] == list(range(one["meta"]["total"]))
        states = ask("assetsHealth", asset_ids=ids(entries))["assets"]
        assert {state["status"] for state in states} == {"ok"}


def test_health_tells_music_sounds_what_is_gone_and_what_never_was_apart() -> None:
    asked = [TRACK, SOUND, "1", *mock().library.gone]
    reply = ask("assetsHealth", asset_ids=asked)
    assert ids(reply["assets"]) == asked
    states = [asset["status"] for asset in reply["assets"]]
    assert states == ["ok", "ok", "not_in_catalog", "moderated", "deleted", "delisted"]
    assert [asset.get("audio_type") for asset in reply["assets"][:3]] == ["music", "sfx", None]
    assert reply["meta"] == {"total": 6, "ok": 2, "unavailable": 3, "not_in_catalog": 1}


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("similar", {"asset_id": "1"}),
        ("sfxSimilar", {"asset_id": TRACK}),
        ("trackStructure", {"asset_id": SOUND}),
        ("playlist", {"playlist_id": "nothing"}),
    ],
)
def test_what_there_is_not_is_a_404_in_the_words_of_its_own_operation(name: str, inputs: dict[str, Any]) -> None:
    reply = send(name, **inputs)
    own = {example.body for example in api().operation(name).examples if example.status == 404}
    assert (reply.status_code, {reply.content}) == (404, own)


def test_what_is_told_to_the_api_is_counted() -> None:
    own = MockApi(api(), Catalogue.generate(size=5), seconds=0)
    events = [{"type": "play", "asset_id": "1"}, {"type": "play", "asset_id": "2"}, {"type": "my own"}]
    reply = send("events", own, events=events)
    assert (reply.status_code, reply.content) == (202, b"")
    send("events", own, events=events[:1])
    send("privateReport", own, assets=[{"asset_id": "1"}, {"asset_id": "2"}])
    assert (own.taken.events, own.taken.assets) == ({"play": 3, "my own": 1}, 2)


def test_a_catalogue_may_be_small() -> None:
    for size in (0, 1, 4):
        own = MockApi(api(), Catalogue.generate(size=size), seconds=0)
        for name, inputs in PAGED:
            known = {"asset_id": own.catalogue.entries[0].asset_id} if size and name == "similar" else {}
            assert send(name, own, **{**inputs, **known}).status_code in {200, 404}
        assert send("playlists", own).status_code == 200


def test_an_operation_of_the_same_name_in_another_api_is_not_played() -> None:
    operation: Operation = api().operation("search")
    assert PLAYS["search"].fits(operation)
    assert not PLAYS["playlist"].fits(operation)
    assert isinstance(operation.result, Object)
