"""What ends a row of failures, and what is said of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roblox_double import Peer
from support.radio import BASE, MakeWorld, run


@pytest.mark.parametrize("phase", ["playing", "paused"])
@pytest.mark.parametrize(("generation", "failures"), [(4, 0), (3, 2)])
def test_a_track_that_can_be_heard_ends_a_row_of_failures(
    server: Peer, phase: str, generation: int, failures: int
) -> None:
    source = """
    local phase, generation = ...
    local machine = load("machine")
    local state = machine.initial()
    state.phase, state.generation, state.failures, state.current = phase, 4, 2, { asset_id = "1" }
    local after, effects = machine.step(state, { kind = "loaded", generation = generation })
    return after.failures, after.phase, #effects
    """
    assert run(server, source, phase, generation) == [failures, phase, 0]


@pytest.mark.parametrize(("name", "retryable"), [("nothing_known", True), ("no_seed", False)])
def test_what_passes_by_itself_is_retryable(server: Peer, name: str, retryable: bool) -> None:
    assert run(server, "return load('RadioErrors').new(..., {}).retryable", name) == [retryable]


def test_what_is_no_track_is_named(server: Peer) -> None:
    _, message = run(server, "local track, err = load('toTrack')('radio:start', 'seed', 5.5) return track, err.message")
    assert message.startswith("`seed` must be ")


def test_details_that_nobody_gave_leave_a_mark(server: Peer) -> None:
    source = """
    local new = load("RadioErrors").new
    return new("internal", { said = "so" }).message, new("internal", {}).message
    """
    given, missing = run(server, source)
    assert given.endswith(": so")
    assert missing.endswith(": ?")


def test_when_everything_was_given_up_it_is_tried_again(world: MakeWorld) -> None:
    radio = world(settings=replace(BASE, audio_server="deaf"))
    radio.universe.client("Ann")
    radio.run("api.size = 6 radio:start(track(3))")
    vote = """
        local current = radio:nowPlaying()
        if current then radio:reportUnplayable(game:GetService("Players").Ann, current.asset_id) end
    """
    for _ in range(30):
        radio.advance(10)
        radio.run(vote)
    given_up = len(radio.played())
    # The player's connection is better now.
    radio.advance(600)
    assert len(radio.played()) >= given_up + 5
    assert radio.run("return player.IsPlaying") == [True]


def test_where_nothing_at_all_is_known_the_radio_says_so(world: MakeWorld) -> None:
    radio = world()
    radio.asset(7, load="fails")
    source = """
    radio.failed:Connect(function(err) note("said", tostring(err)) end)
    api.answer = function() return { tracks = {}, meta = {} } end
    shared.hearing.heard = true
    radio:start(track(7))
    """
    radio.run(source)
    radio.advance(30)
    said = [entry[2] for entry in radio.log("said")]
    assert said[-1].startswith("AudioScape radio: no playable tracks left; retrying. Loosen `filters`")
