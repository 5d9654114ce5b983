"""What players get of the server: only what the game allows, trimmed, and refusals that say nothing of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from audioscape_luau.mock import DEMO_KEY
from roblox_double import LuauError, Peer
from support.remote import TRACKS, Served, ask

SEED, OTHER = TRACKS[3], TRACKS[200]
NINE = {"asset_id", "name", "artist", "album", "duration", "genre", "genre_slug", "bpm", "score"}


def similar(client: Peer, asset_id: str = SEED, rest: str = "") -> Any:
    return ask(client, f"'similar', {{ asset_id = '{asset_id}', {rest} }}")


def test_a_player_gets_what_the_api_says(served: Served) -> None:
    served.serve()
    reply = similar(served.join("Ann"), rest="limit = 7")
    assert reply["ok"] is True
    tracks = reply["body"]["result"]["tracks"]
    assert len(tracks) == 7
    assert set(tracks[0]) == NINE
    expected, *_ = served.run(f"return (client:similar('{SEED}', {{ limit = 7 }}))")
    assert [track["asset_id"] for track in tracks] == [track["asset_id"] for track in expected["tracks"]]
    assert [track["score"] for track in tracks] == [track["score"] for track in expected["tracks"]]
    assert reply["body"]["result"]["meta"] == expected["meta"]
    assert len(served.requests) == 1


def test_nobody_may_ask_anything_unless_the_game_says_so(served: Served) -> None:
    served.serve("{}")
    client = served.join("Ann")
    for arguments in ("'similar', { asset_id = '1' }", "'sfxTaxonomy', {}", "'vote:skip', {}", "'no', {}", "'', {}"):
        assert ask(client, arguments) == {"ok": False, "kind": "not_allowed"}
    assert served.requests == []


def test_what_is_not_listed_is_not_allowed(served: Served) -> None:
    served.serve("{ operations = { 'sfxTaxonomy' }, anyId = true }")
    client = served.join("Ann")
    assert similar(client) == {"ok": False, "kind": "not_allowed"}
    assert ask(client, "'sfxTaxonomy', {}")["ok"] is True


@pytest.mark.parametrize(
    ("rest", "parameter"),
    [
        ("limit = 0", "limit"),
        ("limit = 101", "limit"),
        ("limit = 1.5", "limit"),
        ("limit = 'ten'", "limit"),
        ("max_score = 1.2", "max_score"),
        ("filters = { duration = { min = 5, max = 1 } }", "filters.duration.min"),
        ("filters = { tempo = 1 }", "filters.tempo"),
        ("dedup = true", "dedup"),
        ("[''] = 1", ""),
    ],
)
def test_what_breaks_the_specification_is_refused_as_on_the_server(served: Served, rest: str, parameter: str) -> None:
    served.serve()
    expected: dict[str, Any] = {"ok": False, "kind": "invalid_request"}
    if parameter:
        expected["parameter"] = parameter
        (said,) = served.run(f"local _, err = client:similar('{SEED}', {{ {rest} }}) return err.parameter")
        assert said == parameter
    assert similar(served.join("Ann"), rest=rest) == expected
    assert served.requests == []


def test_fields_and_the_length_of_a_page_are_the_games_to_choose(served: Served) -> None:
    served.serve("{ operations = { 'similar' }, fields = { 'name', 'key' }, limit = 5, anyId = true, burst = 9 }")
    client = served.join("Ann")
    tracks = similar(client)["body"]["result"]["tracks"]
    assert len(tracks) == 5
    assert all(set(track) <= {"asset_id", "name", "key"} and "asset_id" in track for track in tracks)
    assert len(similar(client, rest="limit = 3")["body"]["result"]["tracks"]) == 3
    assert len(similar(client, rest="limit = 5")["body"]["result"]["tracks"]) == 5
    assert similar(client, rest="limit = 6") == {"ok": False, "kind": "invalid_request", "parameter": "limit"}


def test_a_longer_page_than_usual_may_be_allowed(served: Served) -> None:
    served.serve("{ operations = { 'similar' }, limit = 50, anyId = true }")
    client = served.join("Ann")
    assert len(similar(client)["body"]["result"]["tracks"]) == 20
    assert len(similar(client, rest="limit = 50")["body"]["result"]["tracks"]) == 50


def test_a_method_may_have_fields_and_a_length_of_its_own(served: Served) -> None:
    served.run("shared.client = client:withOptions({ cacheSeconds = 0 })")
    served.serve(
        "{ operations = { similar = { limit = 5 }, trending = { fields = { 'artist' } }, sfxTaxonomy = {} }, "
        "fields = { 'name' }, limit = 3, anyId = true, burst = 9 }"
    )
    client = served.join("Ann")
    found = similar(client)["body"]["result"]["tracks"]
    listed = ask(client, "'trending', { type = 'trending' }")["body"]["result"]["tracks"]
    assert [len(found), len(listed)] == [5, 3]
    assert [set(found[0]), set(listed[0])] == [{"asset_id", "name"}, {"asset_id", "artist"}]
    assert ask(client, "'trending', { type = 'trending', limit = 4 }")["parameter"] == "limit"
    assert ask(client, "'search', { query = 'x' }")["kind"] == "not_allowed"


def test_a_page_of_a_hundred_tracks_fits_the_wire(served: Served) -> None:
    served.serve()
    reply = similar(served.join("Ann"), rest="limit = 100")
    assert len(reply["body"]["result"]["tracks"]) == 100
    assert reply["bytes"] <= 15_000


def test_only_ids_that_the_player_was_given_may_be_asked_about(served: Served) -> None:
    served.serve("{ operations = { 'similar', 'trending' }, burst = 9 }")
    ann, bob = served.join("Ann"), served.join("Bob")
    assert similar(ann) == {"ok": False, "kind": "not_allowed"}
    given = ask(ann, "'trending', { type = 'trending', limit = 3 }")["body"]["result"]["tracks"]
    known = given[1]["asset_id"]
    assert similar(ann, known)["ok"] is True
    assert similar(ann, f"rbxassetid://{known}")["ok"] is True
    assert similar(bob, known) == {"ok": False, "kind": "not_allowed"}
    assert len(served.requests) == 2


def test_sounds_that_the_player_was_given_may_be_asked_about(served: Served) -> None:
    served.serve("{ operations = { 'sfxBrowse', 'sfxSimilar' } }")
    ann = served.join("Ann")
    sound = ask(ann, "'sfxBrowse', {}")["body"]["result"]["tracks"][0]["asset_id"]
    assert ask(ann, f"'sfxSimilar', {{ asset_id = '{sound}' }}")["ok"] is True


def test_what_the_radio_plays_may_be_asked_about(served: Served) -> None:
    served.play(SEED)
    served.serve("{ operations = { 'similar' }, radio = shared.radio }")
    client = served.join("Ann")
    assert similar(client)["ok"] is True
    served.run("shared.radio:skip() task.wait(5)")
    (now,) = served.run("return shared.radio:nowPlaying().asset_id")
    assert now != SEED
    assert similar(client, now)["ok"] is True
    assert similar(client)["ok"] is True
    assert similar(client, TRACKS[-1]) == {"ok": False, "kind": "not_allowed"}


def test_the_games_own_rule_decides(served: Served) -> None:
    served.serve(
        """{
            operations = { 'similar' }, anyId = true,
            only = function(player, request)
                shared.asked = { player.Name, request.operation, request.query.asset_id }
                return player.Name == "Ann"
            end,
        }"""
    )
    ann, bob = served.join("Ann"), served.join("Bob")
    assert similar(ann)["ok"] is True
    assert served.run("return shared.asked") == [["Ann", "similar", SEED]]
    assert similar(bob) == {"ok": False, "kind": "not_allowed"}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("error('no idea')", "no idea"),
        ("task.wait(1) return true", "it yielded"),
    ],
)
def test_a_rule_that_fails_lets_nobody_in_and_is_told_once_a_minute(served: Served, rule: str, said: str) -> None:
    served.serve(f"{{ operations = {{ 'similar' }}, anyId = true, only = function() {rule} end }}")
    client = served.join("Ann")
    for _ in range(3):
        assert similar(client) == {"ok": False, "kind": "not_allowed"}
    warnings = [line.text for line in served.server.output if line.kind == "warn"]
    assert len(warnings) == 1
    assert said in warnings[0]
    assert warnings[0].startswith("AudioScapeClient: a player's request was refused, since this failed: ")
    assert warnings[0].endswith("If it is your function `only`: it must return true or false without yielding.")
    served.advance(61)
    similar(client)
    assert len([line for line in served.server.output if line.kind == "warn"]) == 2


@pytest.mark.parametrize("verdict", ["nil", "false", "1", "'yes'"])
def test_only_true_lets_a_player_in(served: Served, verdict: str) -> None:
    served.serve(f"{{ operations = {{ 'similar' }}, anyId = true, only = function() return {verdict} end }}")
    assert similar(served.join("Ann")) == {"ok": False, "kind": "not_allowed"}


def test_an_id_that_the_api_does_not_know_is_an_invalid_request(served: Served) -> None:
    served.serve()
    client = served.join("Ann")
    expected = {"ok": False, "kind": "invalid_request", "parameter": "asset_id"}
    assert similar(client, "77") == expected
    for _ in range(5):
        assert similar(client, "77") == expected
    assert len(served.requests) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("rate-limited", "busy"),
        ("server-error", "unavailable"),
        ("timed-out", "unavailable"),
        pytest.param("redirect", "unavailable", marks=pytest.mark.breaks_contract),
        ("unauthorized", "unavailable"),
    ],
)
def test_nothing_of_the_server_crosses_in_a_refusal(served: Served, fault: str, kind: str) -> None:
    served.serve()
    client = served.join("Ann")
    served.network.faults.meet(fault)
    reply = similar(client)
    assert set(reply) == {"ok", "kind", "retryAfter"}
    assert (reply["ok"], reply["kind"]) == (False, kind)
    assert 0 < reply["retryAfter"] <= 300
    assert DEMO_KEY not in json.dumps(reply)


def test_a_request_fails_once_and_is_not_retried(served: Served) -> None:
    served.serve()
    served.network.faults.meet("server-error")
    similar(served.join("Ann"))
    assert len(served.requests) == 1


def test_a_method_of_several_is_served_by_the_one_that_fits(served: Served) -> None:
    served.serve("{ operations = { 'browse' }, limit = 4, fields = { 'name' } }")
    client = served.join("Ann")
    genres = ask(client, "'browse', { type = 'genre' }")["body"]["result"]["items"]
    assert len(genres) == 4
    assert "track_count" in genres[0]
    found = ask(client, f"'browse', {{ type = 'genre', name = '{genres[0]['name']}' }}")["body"]["result"]["tracks"]
    assert 0 < len(found) <= 4
    assert set(found[0]) == {"asset_id", "name"}
    assert ask(client, "'browse', { type = 'genre', name = 'x', region = 'eu' }")["kind"] == "invalid_request"


def test_what_would_take_several_requests_is_refused(served: Served) -> None:
    served.serve("{ operations = { 'lookup' }, anyId = true }")
    client = served.join("Ann")
    ids = ", ".join(f"'{number}'" for number in range(1, 102))
    expected = {"ok": False, "kind": "invalid_request", "parameter": "asset_ids"}
    assert ask(client, f"'lookup', {{ asset_ids = {{ {ids} }} }}") == expected
    assert served.requests == []
    found = ask(client, f"'lookup', {{ asset_ids = {{ '{SEED}', '{OTHER}' }} }}")["body"]["result"]
    assert {track["asset_id"] for track in found["tracks"]} == {SEED, OTHER}


def test_only_a_handle_stops(served: Served) -> None:
    served.serve()
    client = served.join("Ann")
    served.run("handle.stop({}) handle.stop()")
    assert ask(client, "'similar', 5")["kind"] == "invalid_request"


def test_it_stops(served: Served) -> None:
    served.serve()
    client = served.join("Ann")
    served.run("handle:stop() handle:stop()")
    served.advance(1)
    gone = client.run("return game.ReplicatedStorage:FindFirstChild('AudioScapeCalls')", parent="ReplicatedStorage")
    assert gone == [None]
    served.serve()
    served.advance(1)
    assert similar(client)["ok"] is True
    assert served.run("return tostring(handle), getmetatable(handle)") == [
        "AudioScapeServe",
        "The metatable is locked",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("nil", "serve: takes a table of options, got nil."),
        ("{ operation = {} }", "serve: unknown option `operation`. Did you mean `operations`?"),
        (
            "{ operations = { 5 } }",
            "serve: `operations` has no method `5` to allow. Players can be allowed assetsHealth, browse, browseItems, "
            "browseTracks, lookup, playlist, playlists, search, sfxBrowse, sfxSearch, sfxSimilar, sfxTaxonomy, "
            "similar, trackStructure, trending.",
        ),
        (
            "{ operations = { 'search', 'simila' } }",
            "serve: `operations` has no method `simila` to allow. Did you mean `similar`?",
        ),
        (
            "{ operations = { 'events' } }",
            "serve: `operations` has no method `events` to allow. Players can be allowed ",
        ),
        ("{ operations = { 'radio' } }", "serve: `operations` has no method `radio` to allow. Players can be allowed "),
        (
            "{ operations = { 'playlist' }, fields = { 'name', 'popularity' } }",
            "serve: nothing that these `operations` find has a field `popularity`. There are album, artist, asset_id, "
            "bpm, category, duration, genre, genre_slug, like_count, name, play_count, position, sound_end_sec, "
            "sound_start_sec, true_peak_dbtp.",
        ),
        (
            "{ operations = { 'similar' }, fields = { 'titel' } }",
            "serve: nothing that these `operations` find has a field `titel`. There are ",
        ),
        (
            "{ operations = { 'similar' }, fields = { 'artst' } }",
            "serve: nothing that these `operations` find has a field `artst`. Did you mean `artist`?",
        ),
        (
            "{ operations = { 'sfxTaxonomy' }, fields = { 'name' } }",
            "serve: nothing that these `operations` find has a field `name`. There are none.",
        ),
        (
            "{ operations = { similar = 5 } }",
            "serve: `operations.similar` must be a table, such as { limit = 5 }, got 5.",
        ),
        (
            "{ operations = { similar = { limit = 0 } } }",
            "serve: `operations.similar.limit` must be a whole number from 1 to 1000, got 0.",
        ),
        (
            "{ operations = { similar = { fieds = {} } } }",
            "serve: unknown option `operations.similar.fieds`. Did you mean `operations.similar.fields`?",
        ),
        (
            "{ operations = { similar = {}, playlist = { fields = { 'bmp' } } } }",
            "serve: nothing that these `operations` find has a field `bmp`. Did you mean `bpm`?",
        ),
        (
            "{ operations = { simila = {} } }",
            "serve: `operations` has no method `simila` to allow. Did you mean `similar`?",
        ),
        ("{ limit = 0 }", "serve: `limit` must be a whole number from 1 to 1000, got 0."),
        ("{ radio = 5 }", "serve: `radio` must be a radio from client:radio, got 5."),
        ("{ radio = {} }", "serve: `radio` must be a radio from client:radio, got a table."),
        ("{ share = 1.5 }", "serve: `share` must be a number from 0.01 to 1, got 1.5."),
    ],
)
def test_misuse_throws_at_the_callers_line(served: Served, options: str, said: str) -> None:
    with pytest.raises(LuauError) as caught:
        served.run(f"\n\nclient:serve({options})")
    place, _, text = caught.value.message.partition(":3: ")
    assert place == "ServerScriptService.Script"
    assert text.startswith(said)


def test_serving_twice_throws_until_the_first_has_stopped(served: Served) -> None:
    served.serve()
    with pytest.raises(LuauError) as caught:
        served.serve()
    assert caught.value.message.partition(": ")[2] == (
        "serve: players are served already: ReplicatedStorage has a `AudioScapeCalls`. Serve once, with all "
        "`operations`; or stop the other one first."
    )
    with pytest.raises(LuauError, match="Call it with a colon: client:serve"):
        served.run("client.serve({})")


def test_whoever_serves_next_takes_over_from_a_script_that_was_destroyed(served: Served) -> None:
    script = served.server.spawn(
        """
        shared.client:serve({ operations = { 'similar' }, anyId = true })
        task.wait(1)
        script:Destroy()
        task.wait(1)
        """
    )
    assert script is None
    served.advance(5)
    served.serve("{ operations = { 'similar' }, anyId = true }")
    assert similar(served.join("Ann"))["ok"] is True


def test_a_request_that_throws_leaves_its_place_to_others(served: Served) -> None:
    source = """
    local module = game:GetService("ServerScriptService").AudioScapeClient
    local engine = require(module.Engine).fromGame()
    local policy = require(module.remote.quota)(engine, 100, function() return 1 end)
    local send = policy(function() error("oh", 0) end)
    local call = { operation = "similar", deadline = os.clock() + 30, busyUntil = 0 }
    local start, said = os.clock(), {}
    for index = 1, 3 do said[index] = select(2, pcall(send, call)) end
    return said, os.clock() - start < 1
    """
    assert served.run(source) == [["oh"] * 3, True]


def test_what_the_radio_played_before_may_still_be_asked_about(served: Served) -> None:
    served.play(SEED)
    served.serve("{ operations = { 'similar' }, radio = shared.radio }")
    served.run("shared.radio:skip() task.wait(5) shared.radio:skip() task.wait(5)")
    assert similar(served.join("Ann"))["ok"] is True


def test_a_request_for_players_names_no_player(served: Served) -> None:
    served.run("shared.client = client:withOptions({ playerId = 77 })")
    served.serve()
    similar(served.join("Ann"))
    assert "x-player-id" not in served.requests[-1].headers


def test_the_first_nine_fields_are_those_of_the_specification(served: Served) -> None:
    source = """
    local root = game:GetService("ServerScriptService").AudioScapeClient
    local trim, known = require(root.wire.trim), require(root.generated.Schemas)
    local track = { asset_id = "1" }
    for _, field in known.Track.fields do
        track[field.name] = track[field.name] or "x"
    end
    local trimmed = trim.of(known.SimilarResult)({ tracks = { track }, meta = { total = 1, odd = 2 }, odd = 3 })
    local names = {}
    for name in trimmed.tracks[1] do
        table.insert(names, name)
    end
    return names, trimmed.odd, trimmed.meta.odd, trimmed.meta.total
    """
    names, *rest = served.run(source)
    assert set(names) == NINE
    assert rest == [None, None, 1]
