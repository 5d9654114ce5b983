"""The synthetic catalogue and the API that is mocked out of it: valid, plausible, with the real traps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from audioscape_luau.mock import (
    DEMO_KEY,
    GENRES,
    NEAR_DUPLICATE,
    WORLDS,
    Catalogue,
    ContractViolation,
    MockApi,
    World,
    install,
)
from audioscape_luau.openapi.conformance import body_fault
from support.game import api


@cache
def catalogue() -> Catalogue:
    return Catalogue.generate(size=200, seed=7)


def ids(tracks: list[dict[str, Any]]) -> list[str]:
    return [track["asset_id"] for track in tracks]


EVERY_SEED = [entry.asset_id for entry in catalogue().entries]
SOME_SEEDS = pytest.mark.parametrize("seed", EVERY_SEED[::60], ids=range(0, 200, 60))


def test_same_seed_same_catalogue() -> None:
    assert repr(Catalogue.generate(size=200, seed=7)) == repr(Catalogue.generate(size=200, seed=7))
    assert Catalogue.generate(size=200, seed=8).by_id.keys() != catalogue().by_id.keys()


def test_every_genre_is_there_and_every_id_once() -> None:
    assert len(catalogue().by_id) == 200
    assert {entry.fields["genre_slug"] for entry in catalogue().entries} == {genre.slug for genre in GENRES}


def test_some_tracks_were_never_analysed_and_some_have_no_loudness() -> None:
    fields = [entry.fields for entry in Catalogue.generate().entries]
    assert any("mood" not in track for track in fields)
    assert any("mood" in track and track["mood"] is None for track in fields)
    assert any(isinstance(level := track.get("loudness_lufs"), float) and level != level for track in fields)


def similar(seed: str, *, of: Catalogue | None = None, **filters: Any) -> list[dict[str, Any]]:
    return [entry.scored(score) for score, entry in (of or catalogue()).similar(seed, **filters)]


@SOME_SEEDS
def test_all_others_are_neighbours_with_scores_that_fall_from_1_to_0(seed: str) -> None:
    scores = [track["score"] for track in similar(seed)]
    assert len(scores) == 199
    assert seed not in ids(similar(seed))
    assert all(first >= second for first, second in pairwise(scores))
    assert all(0 <= score <= 1 for score in scores)


def test_near_duplicates_exist_and_dedupe_drops_them() -> None:
    copies = 0
    for seed in EVERY_SEED:
        tracks = similar(seed)
        near = [track for track in tracks if track["score"] >= NEAR_DUPLICATE]
        copies += len(near)
        assert similar(seed, dedupe=True) == tracks[len(near) :]
    assert copies > 10


def test_max_score_drops_what_is_at_or_above_it_and_wins_over_dedupe() -> None:
    tracks = similar(EVERY_SEED[0])
    bound = tracks[5]["score"]
    expected = [track for track in tracks if track["score"] < bound]
    assert similar(EVERY_SEED[0], max_score=bound) == expected
    assert tracks[5] not in expected
    near = next(s for s in EVERY_SEED if similar(s)[0]["score"] >= NEAR_DUPLICATE)
    kept = similar(near, dedupe=True, max_score=1)
    assert kept[0]["score"] >= NEAR_DUPLICATE


@pytest.mark.parametrize("spelling", [str.upper, str.lower, str])
def test_genres_match_by_name_in_any_letter_case_and_by_slug(spelling: type[str]) -> None:
    for genre in GENRES:
        by_name = similar(EVERY_SEED[0], genres=[spelling(genre.name)])
        assert by_name == similar(EVERY_SEED[0], genres=[genre.slug])
        assert {track["genre"] for track in by_name} == {genre.name}


def test_several_genres_add_up_and_an_unknown_one_matches_nothing() -> None:
    first, second = (genre.slug for genre in GENRES[:2])
    both = similar(EVERY_SEED[0], genres=[first, second])
    assert {track["genre_slug"] for track in both} == {first, second}
    assert similar(EVERY_SEED[0], genres=["no such genre"]) == []


def test_durations_are_filtered_at_both_ends_inclusively() -> None:
    tracks = similar(EVERY_SEED[0])
    low, high = sorted(track["duration"] for track in tracks[:2])
    kept = similar(EVERY_SEED[0], shortest=low, longest=high)
    assert kept == [track for track in tracks if low <= track["duration"] <= high]
    assert set(ids(tracks[:2])) <= set(ids(kept))


def test_always_asking_for_the_nearest_soon_goes_back_and_forth_between_two() -> None:
    """What makes the vendor's sample play two tracks for ever."""
    loops = 0
    for seed in EVERY_SEED[::20]:
        heard = [seed]
        while len(heard) < 30:
            heard.append(ids(similar(heard[-1]))[0])
        assert heard[-1] == heard[-3] != heard[-2]
        loops += len(set(heard)) < 30
    assert loops == len(EVERY_SEED[::20])


def test_what_is_drawn_stays_within_what_a_track_can_be() -> None:
    fields = [entry.fields for entry in Catalogue.generate(size=4000, seed=1).entries]
    moods: list[dict[str, float]] = [track["mood"] for track in fields if track.get("mood")]
    durations = [track["duration"] for track in fields]
    arousals = [mood["arousal"] for mood in moods]
    shares = [share for mood in moods for name, share in mood.items() if name != "arousal"]
    for values, limits in ((arousals, (-1, 1)), (shares, (0, 1))):
        assert (min(values), max(values)) == limits
    assert min(durations) == 45
    assert max(durations) <= 419
    assert min(track["bpm"] for track in fields) == 48


def test_an_unknown_id_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        similar("1")


# The mocked API


@pytest.fixture
def mock() -> Iterator[tuple[MockApi, httpx.Client]]:
    """The mocked API, and a client whose requests reach it."""
    with respx.mock as router, httpx.Client(headers={api().api_key_header: DEMO_KEY}) as client:
        mocked = MockApi(api(), catalogue(), seconds=1.5)
        install(router, mocked)
        yield mocked, client


URL = api().server_url + api().operation("similar").path


def ask(client: httpx.Client, **query: Any) -> httpx.Response:
    values = {name: json.dumps(value) if name == "filters" else value for name, value in query.items()}
    return client.get(URL, params={"asset_id": EVERY_SEED[0]} | values)


def test_defaults_are_those_of_the_specification(mock: tuple[MockApi, httpx.Client]) -> None:
    defaults = {field.name: field.default for field in api().operation("similar").inputs}
    page = json.loads(ask(mock[1]).content)
    assert len(page["tracks"]) == defaults["limit"]
    assert page["meta"]["offset"] == defaults["offset"]


def test_every_track_keeps_the_schema_but_for_what_the_specification_announces(
    mock: tuple[MockApi, httpx.Client],
) -> None:
    """MockApi holds its replies against the specification by itself; here it is done without it."""
    document: Any = api().raw
    schema = document["components"]["schemas"]["SimilarResult"]
    for offset in range(0, 199, 100):
        response = ask(mock[1], limit=100, offset=offset)
        body = response.content.replace(b'"loudness_lufs":NaN', b'"loudness_lufs":null')
        assert body_fault(body, schema, document) is None


def test_parameters_reach_the_catalogue(mock: tuple[MockApi, httpx.Client]) -> None:
    genre = GENRES[0]
    filters = {"genres": [genre.name], "duration": {"min": 100, "max": 250.5}}
    given: dict[str, Any] = {"genres": [genre.slug], "shortest": 100, "longest": 250.5}
    bound = similar(EVERY_SEED[0], **given)[2]["score"]
    response = ask(mock[1], filters=filters, max_score=bound, dedupe="true", limit=100)
    wanted = similar(EVERY_SEED[0], **given, max_score=bound, dedupe=True)
    assert ids(json.loads(response.content)["tracks"]) == ids(wanted)[:100]
    assert wanted


def test_replies_take_virtual_time(mock: tuple[MockApi, httpx.Client]) -> None:
    assert ask(mock[1]).extensions["virtual_seconds"] == 1.5


def test_a_broken_request_is_kept_even_if_the_failure_is_swallowed(mock: tuple[MockApi, httpx.Client]) -> None:
    mocked, client = mock
    with pytest.raises(ContractViolation):
        ask(client, limit=0)
    assert [violation.parameter for violation in mocked.violations] == ["limit"]


KEYED = {api().api_key_header: DEMO_KEY}
REFUSED = {
    "no key": (httpx.Request("GET", URL, params={"asset_id": "1"}), 401),
    "another path": (httpx.Request("GET", URL + "s", headers=KEYED), 404),
    "another method": (httpx.Request("DELETE", URL, headers=KEYED), 404),
    "no seed": (httpx.Request("GET", URL, headers=KEYED), 400),
    "beyond a bound": (httpx.Request("GET", URL, params={"asset_id": "1", "limit": 0}, headers=KEYED), 400),
}


TOLD = {
    "asset_id=1&limit=0": "limit: 0 is less than the minimum of 1",
    "GET/developer/v1/similars": "there is no route GET /developer/v1/similars",
    "DELETE/developer/v1/similar": "/v1/similar has no method DELETE",
}


@pytest.mark.parametrize(("request_", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_a_server_answers_a_broken_request_and_keeps_the_violation(request_: httpx.Request, status: int) -> None:
    mocked = MockApi(api(), catalogue(), seconds=1.5)
    response = mocked.respond_or_refuse(request_)
    example = next(example for example in api().operation("similar").examples if example.status == status)
    named = TOLD.get(str(request_.url).rpartition("?")[2] if status == 400 else request_.method + request_.url.path)
    body = example.body if named is None else json.dumps({"error": named}, separators=(",", ":")).encode()
    assert (response.status_code, response.content) == (status, body)
    assert response.extensions["virtual_seconds"] == 1.5
    assert len(mocked.violations) == 1
    with pytest.raises(ContractViolation):
        mocked.respond(request_)


def test_a_broken_reply_of_the_mock_itself_is_a_violation(mock: tuple[MockApi, httpx.Client]) -> None:
    broken = Catalogue(tuple(catalogue().entries[:3]))
    fields: Any = broken.entries[1].fields
    mocked = MockApi(api(), broken)
    previous = fields["duration"]
    fields["duration"] = "long"
    try:
        with pytest.raises(ContractViolation, match="broken-schema"):
            mocked.respond_or_refuse(httpx.Request("GET", URL, params={"asset_id": EVERY_SEED[0]}, headers=KEYED))
    finally:
        fields["duration"] = previous
    assert [violation.rule for violation in mocked.violations] == ["broken-schema"]
    assert mock[0].violations == []


def test_a_seed_gives_the_tracks_that_it_always_gave() -> None:
    """So that a run of the demo, the soak or the mock server can be repeated with another version."""
    recorded = Path(__file__).with_name("catalogue.jsonl").read_text(encoding="utf-8").splitlines()
    drawn = Catalogue.generate(size=40, seed=7, analysed=0.8)
    assert [json.dumps(track) for track in similar(drawn.entries[0].asset_id, of=drawn)] == recorded


@pytest.mark.parametrize("world", WORLDS)
def test_in_each_world_the_analysis_tells_more_or_less_of_the_sound(world: World) -> None:
    drawn = Catalogue.generate(size=200, seed=7, world=world)
    again = Catalogue.generate(size=200, seed=7, world=world)
    assert [entry.fields for entry in drawn.entries] == [entry.fields for entry in again.entries]
    assert [entry.place for entry in drawn.entries] == [entry.place for entry in again.entries]
    known = [entry.fields for entry in catalogue().entries]
    told = [entry.fields for entry in drawn.entries]
    assert [track["asset_id"] for track in told] == [track["asset_id"] for track in known]
    assert ([track.get("bpm") for track in told] == [track["bpm"] for track in known]) == (world in ("strong", "loose"))
    places = [entry.place for entry in catalogue().entries]
    assert ([entry.place for entry in drawn.entries] == places) == (world in ("strong", "useless", "absent"))
    assert any("mood" in track for track in told) == (world != "absent")
    if world == "partial":
        halves = {round(track["bpm"] / before["bpm"], 1) for track, before in zip(told, known, strict=True)}
        assert halves == {0.5, 1, 2}
        assert sum("key" in track for track in told) < 0.7 * sum("key" in track for track in known)
    # A copy of a track sounds like it in all of them.
    for entry in drawn.entries:
        if "(" in entry.fields["name"]:
            song = entry.fields["name"].partition(" (")[0]
            near = next(one for _, one in drawn.neighbours(entry.asset_id))
            assert near.fields["name"].partition(" (")[0] == song


def test_the_score_falls_as_fast_as_is_asked_for() -> None:
    seed = catalogue().entries[0].asset_id
    slow, fast = (Catalogue.generate(size=200, seed=7, fall=fall) for fall in (0.2, 0.8))
    (near, first), (far, second) = (next(iter(one.neighbours(seed))) for one in (slow, fast))
    assert first.asset_id == second.asset_id
    assert far == pytest.approx(near**4, abs=0.001)
