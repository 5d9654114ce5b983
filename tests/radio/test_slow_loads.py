"""A server that loads slowly says little of what players hear; what really does not load is passed over nonetheless."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from roblox_double.assets import Asset
from support.radio import BASE, MakeWorld, RadioWorld

KINDS = ["Sound", "AudioPlayer"]


def slow_on_the_server(radio: RadioWorld, number: int, seconds: float) -> None:
    """Let the server take `seconds` to load an asset that players have in a moment."""
    radio.universe.assets.put(number, Asset(load_seconds=seconds), peer="server")


def gaps(radio: RadioWorld) -> list[float]:
    """Return how long each track lasted."""
    return [after[0] - before[0] for before, after in pairwise(radio.log("track"))]


@pytest.mark.cases(4)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("preload", [True, False])
@pytest.mark.parametrize("seconds", [11, 15, 19])
def test_a_track_that_the_server_loads_slowly_is_heard_to_its_end(
    world: MakeWorld, kind: str, seconds: float, *, preload: bool
) -> None:
    radio = world(kind=kind, options={"preload": preload})
    listener = radio.listener()
    for number in (8, 6):
        slow_on_the_server(radio, number, seconds)
    radio.run("radio:start(track(7))")
    radio.advance(320)
    assert radio.log("failed") == []
    assert {"8", "6"} <= set(radio.played())
    assert all(gap >= 99 for gap in gaps(radio))
    # Without preloading, the server begins late and takes the end to be as late.
    assert listener.silences(1, radio.universe.now, longer_than=0.6 if preload else seconds) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_loads_slowly_ahead_has_its_turn_later(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    radio.run("radio:start(track(7))")
    # The server is known to load ahead by then, so it does not wait for this one.
    slow_on_the_server(radio, 6, 25)
    radio.advance(450)
    assert radio.log("failed") == []
    assert radio.played()[:2] == ["7", "8"]
    assert "6" in radio.played()
    assert all(gap >= 99 for gap in gaps(radio))


@pytest.mark.parametrize("kind", KINDS)
def test_a_track_that_the_game_queued_is_tried_twice_before_its_turn(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    slow_on_the_server(radio, 300, 15)
    radio.run("radio:start(track(7))")
    radio.advance(110)
    radio.run("radio:queue('300')")
    radio.advance(200)
    assert radio.played()[:3] == ["7", "8", "300"]
    assert radio.log("failed") == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("load", "seconds"), [("fails", 10), ("never", 20)])
def test_what_does_not_load_at_all_is_passed_over_soon(world: MakeWorld, kind: str, load: Any, seconds: float) -> None:
    radio = world(kind=kind, options={"preload": False})
    radio.asset(8, load=load)
    radio.run("radio:start(track(7))")
    radio.advance(200)
    assert radio.played()[:3] == ["7", "8", "6"]
    assert gaps(radio)[1] == pytest.approx(seconds, abs=0.5)
    assert [entry[2] for entry in radio.log("failed")] == ["radio_unplayable"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_track_is_there_when_one_is_given_up(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    listener = radio.listener()
    radio.asset(8, load="never")
    radio.run("radio:start(track(7))")
    radio.advance(125)
    assert radio.played() == ["7", "8", "6"]
    [(begin, end)] = listener.silences(1, radio.universe.now, longer_than=0.1)
    assert end - begin == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_loads_nothing_any_more_passes_over_nothing(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind)
    listener = radio.listener()
    for number in range(1, 401):
        if number != 7:
            slow_on_the_server(radio, number, 1e6)
    radio.run("radio:start(track(7))")
    radio.advance(650)
    assert all(gap >= 99 for gap in gaps(radio))
    assert listener.silences(1, radio.universe.now, longer_than=0.6) == []


def test_what_failed_twice_comes_no_more_and_what_loads_is_pardoned(world: MakeWorld) -> None:
    radio = world(settings=replace(BASE, asset_duration=40), options={"historySize": 2, "preload": False})
    radio.run("api.size, api.duration = 6, 40")
    slow_on_the_server(radio, 3, 1e6)
    radio.run("radio:start({ asset_id = '1', name = 'x', duration = 40 })")
    radio.advance(40 * 60)
    # Once, and once more after a rest.
    assert radio.played().count("3") == 2
    between = radio.played()[radio.played().index("3") + 1 :]
    assert between.index("3") >= 9


def test_a_track_that_loads_after_all_has_all_its_chances_again(world: MakeWorld) -> None:
    radio = world()
    marks = """
    local blocklist = load("Blocklist").new(function() return {} end, 0.5)
    local told = {}
    local function note(...) table.insert(told, table.concat({ ... }, " ")) end
    local function state() return if blocklist:isBlocked("1") then "dead" else "fine" end
    note(tostring(blocklist:timedOut("1", 2)), state())
    blocklist:started() note(state())
    blocklist:started() note(state())
    blocklist:loaded("1") blocklist:loaded("1")
    note(tostring(blocklist:timedOut("1", 0)), state())
    note(tostring(blocklist:timedOut("1", 0)), state())
    blocklist:loaded("1") blocklist:block("1") note(state())
    return table.concat(told, ", ")
    """
    assert radio.run(marks) == ["false dead, dead, fine, false fine, true dead, dead"]
