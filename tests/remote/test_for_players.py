"""AudioScapeRemote, the module for players' scripts: the same methods, politely."""

from __future__ import annotations

from typing import Any

import pytest

from audioscape_luau.simulation import api
from roblox_double import Peer
from support import artefacts
from support.remote import TRACKS, Served, use

SEED, OTHER = TRACKS[3], TRACKS[200]
OPEN = "{ operations = { 'similar', 'search', 'lookup', 'browseTracks' }, anyId = true }"
_FIELDS = """
local fields = { text = tostring(err), joined = "x" .. err, frozen = table.isfrozen(err) }
for name, value in err :: any do
	fields[name] = value
end
return fields
"""


def refused(client: Peer, call: str) -> dict[str, Any]:
    (fields,) = use(client, f"local result, err = Remote.{call} assert(result == nil) {_FIELDS}")
    return fields


@pytest.fixture
def ann(served: Served) -> Peer:
    """A player of a server that lets players ask."""
    served.serve(OPEN)
    return served.join("Ann")


def test_it_has_a_method_for_all_that_only_reads(ann: Peer) -> None:
    (names,) = use(ann, "local names = {} for name in Remote do table.insert(names, name) end return names")
    reads = {operation.id for operation in api().methods if operation.effect == "read"}
    assert set(names) == reads | {"voteSkip", "wish", "onVotes"}
    assert {"privateReport", "events"} & set(names) == set()


@pytest.mark.parametrize("form", artefacts.FORMS)
def test_each_form_of_it_works(served: Served, form: str) -> None:
    served.server.run("game:GetService('ReplicatedStorage').AudioScapeRemote:Destroy()")
    served.server.mount(artefacts.for_players(form), "ReplicatedStorage")
    served.serve(OPEN)
    tracks = use(served.join("Ann"), "return #Remote.similar(..., { limit = 5 }).tracks", SEED)
    assert tracks == [5]


@pytest.mark.parametrize(
    "call",
    [
        "similar('SEED', { limit = 4 })",
        "similar(SEED, { limit = 4 })",
        "similar('rbxassetid://SEED', { limit = 4 })",
        "similar({ asset_id = 'SEED', limit = 9 }, { limit = 4 })",
        "similar({ name = 'A track', asset_id = 'SEED' }, { limit = 4 })",
        "similar({ asset_id = { name = 'A track', asset_id = 'SEED' }, limit = 4 })",
        "similar(sound, { limit = 4 })",
        "similar({ asset_id = player, limit = 4 })",
    ],
)
def test_it_takes_what_the_servers_method_takes(served: Served, ann: Peer, call: str) -> None:
    source = f"""
    local sound, player = Instance.new("Sound"), Instance.new("AudioPlayer")
    sound.SoundId, player.Asset = "rbxassetid://{SEED}", "rbxassetid://{SEED}"
    local result, err = Remote.{call.replace("SEED", SEED)}
    return result, err and tostring(err)
    """
    result, *err = use(ann, source)
    assert (len(result["tracks"]), [one for one in err if one]) == (4, [])
    assert f"asset_id={SEED}" in str(served.requests[-1].url)


def test_what_the_radio_plays_goes_before_what_the_sound_has(ann: Peer) -> None:
    source = """
    local sound = Instance.new("Sound")
    sound.SoundId = "rbxassetid://1"
    sound:SetAttribute("AudioScapeAssetId", ...)
    return #Remote.similar(sound).tracks
    """
    assert use(ann, source, SEED) == [20]


def test_a_table_with_a_name_is_a_query_where_there_is_no_seed(ann: Peer) -> None:
    source = "local found = Remote.browseTracks({ type = 'genre', name = 'Ambient' }) return found ~= nil"
    assert use(ann, source) == [True]
    assert use(
        ann, f"return #Remote.lookup({{ asset_ids = {{ '{SEED}', {{ name = 'x', asset_id = '{OTHER}' }} }} }}).tracks"
    ) == [2]


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        ("similar('1', { limt = 5 })", "limt"),
        ("similar('1', { limit = 0 })", "limit"),
        ("similar('1', { filters = { genre = 'x' } })", "filters.genre"),
        ("similar('x')", "asset_id"),
        ("similar(nil)", "asset_id"),
        ("similar(workspace)", "asset_id"),
        ("similar('1', 5)", "extras"),
        ("search('piano')", "input"),
        ("similar(string.rep('9', 1000))", "asset_id"),
        ("similar('404')", "asset_id"),
        # A table in itself.
        ("similar('1', { filters = (function() local f = {} f.f = f return f end)() })", "filters.f.f.f"),
    ],
)
def test_what_is_wrong_is_named(ann: Peer, call: str, parameter: str) -> None:
    err = refused(ann, call)
    name = call.partition("(")[0]
    text = f"AudioScapeRemote.{name}: `{parameter}` is wrong. [invalid_request]"
    assert err == {
        "kind": "invalid_request",
        "message": f"`{parameter}` is wrong",
        "operation": name,
        "parameter": parameter,
        "text": text,
        "joined": f"x{text}",
        "frozen": True,
    }


def test_an_unknown_parameter_is_not_even_sent(served: Served, ann: Peer) -> None:
    served.run("handle:stop()")
    begun = served.universe.now
    assert refused(ann, "similar('1', { limt = 5 })")["parameter"] == "limt"
    assert served.universe.now == begun


def test_what_the_server_does_not_allow_says_what_to_do(ann: Peer) -> None:
    assert refused(ann, "sfxTaxonomy()")["text"] == (
        "AudioScapeRemote.sfxTaxonomy: the server does not allow this. See what `client:serve` allows on the server: "
        "its `operations`, `anyId`, `only`, `radio` and `wishes`. [not_allowed]"
    )


def test_a_failing_api_is_told_in_general_words(served: Served, ann: Peer) -> None:
    served.network.faults.meet("server-error")
    err = refused(ann, f"similar('{SEED}')")
    assert err["kind"] == "unavailable"
    assert err["text"] == (
        "AudioScapeRemote.similar: the music service is not available right now. Try again in 5 s. [unavailable]"
    )
    # It was not remembered.
    assert use(ann, f"return Remote.similar('{SEED}') ~= nil") == [True]


def test_who_asks_too_often_waits_instead_of_being_refused(served: Served, ann: Peer) -> None:
    begun = served.universe.now
    ids = ", ".join(f"'{track}'" for track in TRACKS[:5])
    source = f"local got = 0 for _, id in {{ {ids} }} do if Remote.similar(id) then got += 1 end end return got"
    assert use(ann, source) == [5]
    # Three at once, one after five seconds and one after ten.
    assert 9 < served.universe.now - begun < 12
    assert len(served.requests) == 5


def test_many_questions_at_once_burn_few_refusals(served: Served) -> None:
    served.serve(
        "{ operations = { 'similar' }, anyId = true, "
        "only = function() shared.asked = (shared.asked or 0) + 1 return true end }"
    )
    client = served.join("Ann")
    source = """
    local got, left = 0, 5
    for number, id in ... do
        task.spawn(function()
            if Remote.similar(id) then
                got += 1
            end
            left -= 1
        end)
    end
    repeat task.wait() until left == 0
    return got
    """
    assert use(client, source, TRACKS[:5]) == [5]
    assert served.run("return shared.asked")[0] <= 9


def test_who_would_wait_too_long_is_told_when(served: Served) -> None:
    served.serve("{ operations = { 'similar' }, anyId = true, burst = 1, every = 600 }")
    client = served.join("Ann")
    use(client, f"Remote.similar('{TRACKS[0]}')")
    begun = served.universe.now
    err = refused(client, f"similar('{TRACKS[1]}')")
    assert err["kind"] == "busy"
    assert 290 < err["retryAfter"] <= 300
    assert err["text"] == "AudioScapeRemote.similar: too many requests right now. Try again in 300 s. [busy]"
    assert served.universe.now - begun < 1


def test_an_answer_is_kept_for_a_minute_and_belongs_to_who_asked(served: Served, ann: Peer) -> None:
    served.run("shared.client = client:withOptions({ cache = 'bypass' }) handle:stop()")
    served.serve(OPEN)
    served.advance(1)
    source = """
    local first, second = Remote.similar(...), Remote.similar(...)
    first.tracks[1].name, first.tracks[2] = "mine", nil
    local third = Remote.similar(...)
    return first ~= second, third.tracks[1].name == second.tracks[1].name, #third.tracks
    """
    assert use(ann, source, SEED) == [True, True, 20]
    assert len(served.requests) == 1
    served.advance(59)
    use(ann, "Remote.similar(...)", SEED)
    assert len(served.requests) == 1
    served.advance(2)
    use(ann, "Remote.similar(...)", SEED)
    assert len(served.requests) == 2


def test_equal_questions_at_once_are_asked_once() -> None:
    with Served(seconds=1) as served:
        served.serve(
            "{ operations = { 'similar' }, anyId = true, "
            "only = function() shared.asked = (shared.asked or 0) + 1 return true end }"
        )
        client = served.join("Ann")
        source = """
        local left = 6
        for number = 1, 6 do
            task.spawn(function()
                local query = if number % 2 == 0 then { limit = 3, asset_id = id } else { asset_id = id, limit = 3 }
                assert(#Remote.similar(query).tracks == 3)
                left -= 1
            end)
        end
        repeat task.wait() until left == 0
        """
        use(client, f"local id = '{SEED}' {source}")
        assert served.run("return shared.asked") == [1]


def test_where_nobody_serves_it_gives_up_in_time(served: Served) -> None:
    client = served.join("Ann")
    begun = served.universe.now
    err = refused(client, "similar('1')")
    assert (err["kind"], err["text"]) == (
        "unavailable",
        "AudioScapeRemote.similar: the music service is not available right now. [unavailable]",
    )
    assert 29 < served.universe.now - begun < 32


@pytest.mark.parametrize(
    "answer", ["error('ServerScriptService.Secret:1')", "task.wait(600)", "return 5", "return nil"]
)
def test_whatever_the_server_does_it_ends(served: Served, answer: str) -> None:
    served.server.run(
        f"""
        local remote = Instance.new("RemoteFunction")
        remote.Name = "AudioScapeCalls"
        remote.OnServerInvoke = function() {answer} end
        remote.Parent = game:GetService("ReplicatedStorage")
        """
    )
    err = refused(served.join("Ann"), "similar('1')")
    assert err["kind"] == "unavailable"
    assert "Secret" not in err["text"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("ok = true, body = 'no json'", "unavailable"),
        ("ok = true, body = buffer.fromstring('no')", "unavailable"),
        ("ok = true, body = '5'", "unavailable"),
        ("ok = true", "unavailable"),
        ("ok = false, kind = 'odd'", "unavailable"),
        ("ok = false", "unavailable"),
        ("ok = false, kind = 'invalid_request'", "invalid_request"),
    ],
)
def test_an_answer_that_makes_no_sense_is_an_error(served: Served, reply: str, kind: str) -> None:
    served.server.run(
        f"""
        local remote = Instance.new("RemoteFunction")
        remote.Name = "AudioScapeCalls"
        remote.OnServerInvoke = function() return {{ {reply} }} end
        remote.Parent = game:GetService("ReplicatedStorage")
        """
    )
    err = refused(served.join("Ann"), "similar('1')")
    assert err["kind"] == kind
    if kind == "invalid_request":
        assert err["message"] == "the request is wrong"


def test_a_server_that_cannot_compress_is_understood(served: Served) -> None:
    served.server.run(
        """
        local remote = Instance.new("RemoteFunction")
        remote.Name = "AudioScapeCalls"
        remote.OnServerInvoke = function() return { ok = true, body = '{"result":{"tracks":[1,2]}}' } end
        remote.Parent = game:GetService("ReplicatedStorage")
        """
    )
    assert use(served.join("Ann"), "return Remote.similar('1').tracks") == [[1, 2]]


def test_on_a_server_it_says_where_it_works(served: Served) -> None:
    source = """
    local Remote = require(game:GetService("ReplicatedStorage").AudioScapeRemote)
    local said = {}
    for _, name in { "similar", "voteSkip", "wish" } do
        local _, err = (Remote :: any)[name]("1")
        table.insert(said, tostring(err))
    end
    return said
    """
    where = "this works in LocalScripts only. On the server, call the client itself: AudioScapeClient. [not_allowed]"
    assert served.server.run(source) == [
        [f"AudioScapeRemote.{name}: {where}" for name in ("similar", "voteSkip", "wish")]
    ]


def test_players_vote_and_see_the_votes(served: Served) -> None:
    served.run(
        f"""
        local sound = Instance.new("Sound")
        sound.Name = "Music"
        sound.SoundId = "rbxassetid://{SEED}"
        sound.Parent = game:GetService("SoundService")
        shared.radio = client:radio(sound)
        shared.radio:start()
        """
    )
    served.serve("{ radio = shared.radio }")
    ann, bob, _ = (served.join(name) for name in ("Ann", "Bob", "Cy"))
    for client in (ann, bob):
        client.spawn(
            "local Remote = require(game:GetService('ReplicatedStorage').AudioScapeRemote) "
            "local stop = Remote.onVotes(function(votes, needed) print(votes, needed) end) task.wait(20) stop()",
            parent="ReplicatedStorage",
        )
    served.advance(1)
    music = "game:GetService('SoundService').Music"
    assert use(ann, f"return (Remote.voteSkip({music}))") == [True]
    served.advance(1)
    assert [line.text for line in bob.output] == ["0 2", "1 2"]
    assert use(bob, f"return (Remote.voteSkip({music}))") == [True]
    served.advance(6)
    assert served.run("return shared.radio:nowPlaying().asset_id") != [SEED]
    assert bob.output[-1].text == "0 2"
    assert use(bob, f"local ok, err = Remote.voteSkip('{SEED}') return tostring(err)") == [
        "AudioScapeRemote.voteSkip: `asset_id` is wrong. [invalid_request]"
    ]
    served.advance(20)
    seen = len(bob.output)
    use(ann, f"Remote.voteSkip({music})")
    served.advance(1)
    assert len(bob.output) == seen


def test_it_holds_nothing_of_the_server() -> None:
    sources = "\n".join(file.read_text(encoding="utf-8") for file in sorted(artefacts.FOR_PLAYERS.rglob("*.luau")))
    for word in ("apiKey", "x-api-key", "api.audioscape.ai", "RequestAsync", "ServerScriptService", "/v1/"):
        assert word not in sources
