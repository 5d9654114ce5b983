"""What no script could know otherwise is told: once, with what to do about it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from roblox_double.assets import Asset
from support.radio import BASE, MakeWorld, RadioWorld

START = """
local options, listens, answer, call = ...
local answers = {}
for name, source in answer do answers[name] = source end
radio:destroy()
local own = require(root.radio.Radio).new({
    engine = require(root.Engine).fromGame(),
    operation = require(root.generated.Operations).similar,
    music = { pageSize = 50, filters = "filters", distinct = "dedupe" },
    ask = function(query)
        task.wait(0.1)
        table.insert(api.requests, query.asset_id)
        if query.asset_id ~= "7" or shared.known then
            return { tracks = { track(20), track(21), track(22), track(23), track(24), track(25) }, meta = {} }, nil
        elseif answers.kind == "unknown" or (answers.kind == "filtered" and not query.filters) then
            return nil, require(root.errors.Errors).new("not_found", { operation = "similar", said = "no" })
        end
        return { tracks = {}, meta = {} }, nil
    end,
    hide = tostring,
    hideTitle = tostring, spending = {},
}, player, options)
shared.own, shared.told, shared.tracks = own, {}, {}
own.trackChanged:Connect(function(one) table.insert(shared.tracks, one.asset_id) end)
if listens then
    own.failed:Connect(function(err) table.insert(shared.told, err) end)
end
own:start("7")
"""


def begin(radio: RadioWorld, kind: str, *, listens: bool, options: object = None) -> None:
    radio.run(START, options or {}, listens, {"kind": kind})


def warnings(radio: RadioWorld) -> list[str]:
    return [line.text for line in radio.server.output if line.kind == "warn"]


@pytest.mark.parametrize("kind", ["unknown", "empty"])
@pytest.mark.parametrize("options", [{}, {"fallback": ["30", "31"]}], ids=["alone", "with a fallback"])
def test_a_seed_without_neighbours_is_told_once(world: MakeWorld, kind: str, options: dict[str, object]) -> None:
    radio = world()
    begin(radio, kind, listens=True, options=options)
    radio.advance(5)
    [said, hint] = radio.run("return shared.told[1].message, shared.told[1].hint")
    assert "similar to track 7" in said
    assert "Pass music from Roblox's catalog" in hint
    radio.advance(3600)
    ids = radio.run("local ids = {} for _, err in shared.told do table.insert(ids, err.id) end return ids")
    assert ids == [["radio_unknown_seed"]]
    assert len(radio.run("return shared.tracks")[0]) >= 30


def test_where_nobody_listens_it_is_printed(world: MakeWorld) -> None:
    radio = world()
    begin(radio, "unknown", listens=False)
    radio.advance(3600)
    [said] = warnings(radio)
    assert "similar to track 7" in said
    assert "Your own uploads" in said


def test_it_is_told_of_a_seed_that_does_not_load_either(world: MakeWorld) -> None:
    radio = world()
    radio.asset(7, load="fails")
    begin(radio, "unknown", listens=False)
    radio.advance(300)
    assert sum("similar to track 7" in line for line in warnings(radio)) == 1
    assert any("track 7: it did not load" in line for line in warnings(radio))


def test_filters_that_nothing_passes_say_nothing_of_the_seed(world: MakeWorld) -> None:
    radio = world()
    radio.run("shared.known = true")
    begin(radio, "empty", listens=True, options={"filters": {"genres": ["none"]}})
    radio.advance(300)
    assert radio.run("return #shared.told") == [0]


def test_a_filtered_page_without_tracks_is_followed_by_one_that_tells(world: MakeWorld) -> None:
    radio = world()
    begin(radio, "filtered", listens=True, options={"filters": {"genres": ["none"]}})
    radio.advance(300)
    assert radio.run("return #shared.told, shared.told[1].id") == [1, "radio_unknown_seed"]


def test_another_seed_is_told_of_anew(world: MakeWorld) -> None:
    radio = world()
    begin(radio, "unknown", listens=True)
    radio.advance(130)
    radio.run("shared.known = true shared.own:reseed('8')")
    radio.advance(300)
    assert radio.run("return #shared.told") == [1]
    radio.run("shared.known = false shared.own:reseed('7')")
    radio.advance(300)
    assert radio.run("return #shared.told") == [2]


# A first track that does not load


@pytest.mark.parametrize("kind", ["Sound", "AudioPlayer"])
@pytest.mark.parametrize("signals", ["immediate", "deferred"])
def test_a_first_track_that_the_engine_gives_up_is_passed_over(world: MakeWorld, kind: str, signals: str) -> None:
    radio = world(kind=kind, settings=replace(BASE, signal_behavior=signals))
    radio.asset(7, load="fails")
    radio.run("radio:start('7')")
    radio.advance(30)
    assert radio.played()[:2] == ["7", "8"]
    [begun, following] = [entry[0] for entry in radio.log("track")][:2]
    assert following - begun == pytest.approx(10, abs=1)
    assert radio.log("failed")[0][2] == "radio_unplayable"


def test_what_the_engine_gives_up_late_is_passed_over_then(world: MakeWorld) -> None:
    radio = world()
    radio.asset(7, load="fails", load_seconds=15)
    radio.run("radio:start('7')")
    radio.advance(22)
    assert radio.played() == ["7", "8"]


@pytest.mark.parametrize("kind", ["Sound", "AudioPlayer"])
def test_a_server_that_gives_everything_up_does_not_race_through_what_players_hear(world: MakeWorld, kind: str) -> None:
    radio = world(kind=kind, settings=replace(BASE, asset_load="loads"))
    listener = radio.listener()
    for number in range(1, 401):
        radio.universe.assets.put(number, Asset(load="fails"), peer="server")
    radio.run("radio:start(track(7))")
    radio.advance(2000)
    times = [entry[0] for entry in radio.log("track")]
    gaps = [after - before for before, after in pairwise(times)]
    assert len([gap for gap in gaps if gap < 99]) <= 3
    assert all(gap >= 99 for gap in gaps[3:])
    assert listener.silences(1, radio.universe.now, longer_than=3) == []
    # A new start finds the server no different.
    radio.run("radio:start(track(50))")
    radio.advance(90)
    assert radio.run("return radio:nowPlaying().asset_id") == ["50"]


def test_the_same_seed_is_not_told_of_again_when_the_radio_starts_anew(world: MakeWorld) -> None:
    radio = world()
    begin(radio, "unknown", listens=True)
    radio.advance(130)
    radio.run("shared.own:stop() shared.own:start('7')")
    radio.advance(300)
    assert radio.run("return #shared.told") == [1]


def test_a_fault_of_a_choice_is_told_and_another_choice_is_made(world: MakeWorld) -> None:
    radio = world()
    radio.run("shared.known = true")
    broken = START.replace(
        "operation = require(root.generated.Operations).similar,",
        """operation = (function()
            local operation = table.clone(require(root.generated.Operations).similar)
            local encode = operation.encode
            operation.encode = function(query)
                if shared.broken then error("no spelling") end
                return encode(query)
            end
            return operation
        end)(),""",
    )
    radio.run(broken.replace("own:start", "shared.broken = true own:start"), {}, True, {"kind": "unknown"})
    radio.advance(60)
    assert radio.run("return shared.told[1].id, shared.told[1].message:find('no spelling') ~= nil") == [
        "radio_internal",
        True,
    ]
    radio.run("shared.broken = false")
    radio.advance(900)
    assert len(radio.run("return shared.tracks")[0]) >= 5
