"""Players wish for tracks that they were given, and the radio plays them."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import Peer
from support.remote import TRACKS, Served, ask, use

SEED = TRACKS[3]
ALLOWED = "radio = shared.radio, operations = { 'similar' }, wishes = 2"
BUSY = {"ok": False, "kind": "busy"}


@pytest.fixture
def playing(served: Served) -> Served:
    """A server whose players may wish for two tracks each."""
    served.play(SEED)
    served.serve(f"{{ {ALLOWED} }}")
    return served


def found(client: Peer) -> list[str]:
    reply = ask(client, f"'similar', {{ asset_id = '{SEED}', limit = 9 }}")
    return [track["asset_id"] for track in reply["body"]["result"]["tracks"]]


def wish(client: Peer, argument: str) -> Any:
    return ask(client, f"'wish:track', {{ asset_id = {argument} }}")


def upcoming(served: Served) -> list[str]:
    return [track["asset_id"] for track in served.run("return shared.radio:upcoming()")[0]]


def test_a_wish_is_queued_and_plays_with_its_name(playing: Served) -> None:
    ann = playing.join("Ann")
    first, second, *_ = found(ann)
    assert wish(ann, f"'{second}'") == {"ok": True}
    assert wish(ann, f"'rbxassetid://{first}'") == {"ok": True}
    assert upcoming(playing) == [second, first]
    sent = len(playing.requests)
    playing.run("shared.radio:skip() task.wait(5)")
    shown = playing.run(
        "local sound = game.SoundService.Sound return sound:GetAttribute('AudioScapeAssetId'), "
        "sound:GetAttribute('AudioScapeName') ~= nil, sound:GetAttribute('AudioScapeArtist') ~= nil"
    )
    assert shown == [second, True, True]
    assert len(playing.requests) == sent


def test_so_many_wishes_of_a_player_wait_at_a_time(playing: Served) -> None:
    ann, bob = playing.join("Ann"), playing.join("Bob")
    one, two, three, four, *_ = found(ann)
    # What waits already is no wish more, whoever wished for it.
    for client, id in ((ann, one), (ann, one), (ann, two), (ann, one)):
        assert wish(client, f"'{id}'") == {"ok": True}
    found(bob)
    assert wish(bob, f"'{one}'") == {"ok": True}
    assert wish(ann, f"'{three}'") == BUSY | {"retryAfter": 60}
    assert wish(bob, f"'{three}'") == {"ok": True}
    assert upcoming(playing) == [one, two, three]
    playing.run("shared.radio:skip() task.wait(5)")
    assert wish(ann, f"'{SEED}'") == {"ok": True}
    assert upcoming(playing) == [two, three, SEED]
    # A track that somebody wished for is known to end.
    (length,) = playing.run("return shared.radio:nowPlaying().duration")
    assert wish(ann, f"'{four}'") == BUSY | {"retryAfter": length}
    playing.run("shared.radio:pause() shared.radio:stop()")
    assert wish(ann, f"'{four}'") == BUSY | {"retryAfter": 60}


def test_wishes_of_who_comes_and_goes_stay_bounded(playing: Served) -> None:
    playing.join("Bob")
    for number in range(4):
        ann = playing.join(f"Ann{number}")
        ids = found(ann)[2 * number :]
        wish(ann, f"'{ids[0]}'")
        wish(ann, f"'{ids[1]}'")
        playing.universe.leave(ann)
    assert len(upcoming(playing)) == 4


@pytest.mark.parametrize(
    ("argument", "kind"),
    [
        *[
            (value, "invalid_request")
            for value in ("nil", "0/0", "-1", "true", "{}", "workspace", "'../x'", "{ { {} } }")
        ],
        (f"'{TRACKS[-1]}'", "not_allowed"),
    ],
)
def test_only_what_was_handed_out_may_be_wished_for(playing: Served, argument: str, kind: str) -> None:
    reply = wish(playing.join("Mallory"), argument)
    assert (reply["ok"], reply["kind"]) == (False, kind)
    assert reply.get("parameter") == ("asset_id" if kind == "invalid_request" else None)
    assert TRACKS[-1] not in upcoming(playing)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ("radio = shared.radio, operations = { 'similar' }", "not_allowed"),
        (f"{ALLOWED}, only = function(_, request) return request.operation ~= 'wish:track' end", "not_allowed"),
        # Any id may be asked about then, but none is played because somebody named it.
        ("radio = shared.radio, operations = { 'similar' }, wishes = 2, anyId = true", "not_allowed"),
    ],
)
def test_wishes_are_off_unless_the_game_allows_them(playing: Served, options: str, kind: str) -> None:
    playing.run("handle:stop()")
    playing.serve(f"{{ {options} }}")
    client = playing.join("Ann")
    id = TRACKS[-1] if "anyId" in options else SEED
    assert wish(client, f"'{id}'") == {"ok": False, "kind": kind}


def test_what_only_repeats_an_id_hands_out_no_track(playing: Served) -> None:
    playing.run("handle:stop()")
    playing.serve(
        "{ radio = shared.radio, wishes = 3, anyId = true, burst = 9, "
        "operations = { 'similar', 'search', 'assetsHealth', 'sfxBrowse' } }"
    )
    ann = playing.join("Ann")
    for operation in ("search", "assetsHealth"):
        assert ask(ann, f"'{operation}', {{ asset_ids = {{ '404' }} }}")["ok"] is True
    sound = ask(ann, "'sfxBrowse', {}")["body"]["result"]["tracks"][0]["asset_id"]
    for id in ("404", sound):
        assert wish(ann, f"'{id}'") == {"ok": False, "kind": "not_allowed"}
    # What was handed out as a track stays one.
    one = found(ann)[0]
    assert ask(ann, f"'assetsHealth', {{ asset_ids = {{ '{one}' }} }}")["ok"] is True
    assert wish(ann, f"'{one}'") == {"ok": True}
    ask(ann, f"'search', {{ asset_ids = {{ '{one}' }} }}")
    assert upcoming(playing) == [one]
    assert "name" in playing.run("return shared.radio:upcoming()")[0][0]


def test_a_radio_that_takes_nothing_more_is_unavailable(playing: Served) -> None:
    client = playing.join("Ann")
    playing.run("shared.radio:destroy()")
    assert wish(client, f"'{SEED}'") == {"ok": False, "kind": "unavailable", "retryAfter": 5}


def test_the_module_for_players_wishes(playing: Served) -> None:
    ann = playing.join("Ann")
    source = """
    local music = game:GetService("SoundService").Sound
    local found = Remote.similar(music, { limit = 3 })
    local said = {}
    for index, track in found.tracks do
        local done, err = Remote.wish(track)
        said[index] = if done then "queued" else `{err}`
    end
    local began = os.clock()
    local _, err = Remote.wish("../x")
    return said, tostring(err), (Remote.similar(music, { limit = 3 })) ~= nil, os.clock() - began < 1
    """
    said, wrong, *goes_on = use(ann, source)
    assert said[:2] == ["queued", "queued"]
    assert said[2].startswith("AudioScapeRemote.wish: too many requests right now. Try again in ")
    assert wrong == "AudioScapeRemote.wish: `asset_id` is wrong. [invalid_request]"
    # A queue that is full holds up nothing else.
    assert goes_on == [True, True]
    playing.run("handle:stop()")
    playing.advance(1)
    assert use(ann, "return (Remote.wish('1')), select(2, Remote.wish('1')).kind") == [None, "unavailable"]
