"""A radio that knows where phrases end: the next track comes in there, and nobody waits for silence."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import Listener, Settings
from support.radio import BASE, MakeWorld, RadioWorld, script

KINDS = ["Sound", "AudioPlayer"]

# `structures` holds what the game's function returns, by track; `api.asked` is for which tracks it was called.
HEARS = """
radio:destroy()
api.asked, api.wait = {}, WAIT
shared.radio = shared.make({
    crossfade = FADE,
    strategy = "nearest",
    structure = function(track)
        table.insert(api.asked, track.asset_id)
        task.wait(api.wait)
        return api.structures[track.asset_id]
    end,
})
shared.radio:start(track(7))
"""
ENDS_AT_90 = '{ phrases = { { start = 0, ["end"] = 90 }, { start = 90, ["end"] = 100 } } }'


def hearing(
    world: MakeWorld, structures: str, fade: float = 4, wait: float = 0.2, **rest: Any
) -> tuple[RadioWorld, Listener]:
    """Return a radio that plays track 7, and then 8, and who listens."""
    radio = world(**rest)
    listener = radio.listener()
    radio.run(f"api.structures = {structures} {HEARS.replace('FADE', str(fade)).replace('WAIT', str(wait))}")
    return radio, listener


def starts(radio: RadioWorld) -> list[tuple[str, float]]:
    """Return which track started when, counted from the first."""
    tracks = radio.log("track")
    return [(str(track), round(time - tracks[0][0], 1)) for time, _, track in tracks]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("server", ["hears", "deaf"])
def test_the_next_track_comes_in_where_a_phrase_ends(world: MakeWorld, kind: str, server: Any) -> None:
    settings = Settings(asset_duration=100, asset_load_seconds=0.5, audio_server=server)
    radio, listener = hearing(world, f'{{ ["7"] = {ENDS_AT_90} }}', kind=kind, settings=settings)
    radio.advance(320)
    # Nothing is known of the others: they fade at their end.
    assert starts(radio)[:3] == [
        ("7", 0),
        ("8", pytest.approx(90, abs=0.6)),
        ("6", pytest.approx(186, abs=1)),
    ]
    assert listener.silences(2, radio.universe.now, longer_than=0.05) == []
    # As with other tracks, listeners are told ten seconds before it is left.
    ((first, *_), *_) = radio.log("ending")
    assert first - radio.log("track")[0][0] == pytest.approx(84, abs=0.6)
    # Each track is asked for once.
    asked = radio.run("return api.asked")[0]
    assert sorted(asked) == sorted(set(asked))


@pytest.mark.parametrize(
    ("change", "second"),
    [
        # What is planned for the next few seconds stays; a tail is under way.
        ("task.wait(86) radio:setFilters(nil)", 90),
        ("task.wait(50) player.PlaybackSpeed = 2", 70),
        ("task.wait(20) radio:pause() task.wait(30) radio:resume()", 120),
        ("task.wait(50) player.TimePosition = 20", 120),
    ],
)
def test_the_moment_moves_with_the_player(world: MakeWorld, change: str, second: float) -> None:
    radio, listener = hearing(world, f'{{ ["7"] = {ENDS_AT_90} }}')
    radio.run(change)
    radio.advance(130)
    assert starts(radio)[1] == ("8", pytest.approx(second, abs=1))
    assert listener.silences(52, radio.universe.now, longer_than=0.05) == []


@pytest.mark.parametrize(("wait", "asked"), [(5, 2), (0.2, 1)], ids=["what has not come", "not what has"])
def test_what_a_script_that_is_gone_asked_is_asked_again(world: MakeWorld, wait: float, asked: int) -> None:
    radio = world()
    radio.run(f"api.structures = {{ ['7'] = {ENDS_AT_90} }}")
    hears = HEARS.replace("FADE", "4").replace("WAIT", str(wait)).replace("track(7)", "'7'")
    source = f"local api = shared.api {hears}"
    script(radio, f"{source} task.wait(1) script:Destroy()", "Maker")
    radio.advance(10)
    radio.run("radio:setVolume(0.5)")
    radio.advance(83)
    # Without the phrases it would fade at 96 seconds.
    assert radio.run("return radio:nowPlaying().asset_id") == ["8"]
    assert radio.run("return api.asked")[0].count("7") == asked


def test_a_track_that_is_known_too_late_fades_at_its_end(world: MakeWorld) -> None:
    radio, _ = hearing(world, f'{{ ["7"] = {ENDS_AT_90} }}', wait=87)
    radio.advance(110)
    print(
        radio.run("return shared.radio:nowPlaying(), shared.api.asked"),
        radio.played(),
        radio.server.output,
        radio.log("track"),
    )
    assert starts(radio)[1] == ("8", pytest.approx(96, abs=0.6))


def test_a_next_track_that_comes_late_still_fades_in(world: MakeWorld) -> None:
    radio, _ = hearing(world, f'{{ ["7"] = {ENDS_AT_90} }}', settings=BASE)
    radio.run("api.broken = true radio:setFilters({ duration = { min = 1 } }) task.wait(91) api.broken = false")
    radio.advance(60)
    assert starts(radio)[1][1] <= 100.5


def test_silence_at_both_ends_is_skipped(world: MakeWorld) -> None:
    structures = """{
        ["7"] = { sections = { { start = 0, ["end"] = 85 } } },
        ["8"] = { sections = { { start = 2, ["end"] = 100 } } },
    }"""
    radio, listener = hearing(world, structures, fade=0)
    radio.advance(190)
    assert starts(radio)[:3] == [("7", 0), ("8", pytest.approx(85, abs=0.7)), ("6", pytest.approx(183, abs=1))]
    (first, *_) = [one for one in listener.heard if one.content == "rbxassetid://8"]
    assert first.position == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize(("end", "second"), [(30, 30), (0.5, 100)], ids=["at its end", "nowhere, in wrong data"])
def test_a_sound_says_itself_where_it_is_silent(world: MakeWorld, end: float, second: float) -> None:
    radio = world()
    radio.run(f"radio:start(table.freeze({{ asset_id = '7', name = 'Rain', duration = 100, sound_end_sec = {end} }}))")
    radio.advance(second + 10)
    assert starts(radio)[1] == ("8", pytest.approx(second, abs=0.7))


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        ("error('gone')", ["radio_structure_failed"]),
        ("return 7", ["radio_structure_failed"]),
        ("return { phrases = { 1 } }", ["radio_structure_failed"]),
        ("return nil", []),
        ("return { phrases = 1, sections = {}, beat_grid = { downbeats = {} } }", []),
    ],
)
def test_a_function_that_fails_costs_nothing(world: MakeWorld, returned: str, told: list[str]) -> None:
    radio = world()
    radio.run(
        "radio:destroy() shared.radio = shared.make({ crossfade = 4, structure = function() "
        f"{returned} end }}) shared.radio:start(track(7))"
    )
    radio.advance(110)
    print(
        radio.run("return shared.radio:nowPlaying(), shared.api.asked"),
        radio.played(),
        radio.server.output,
        radio.log("track"),
    )
    assert starts(radio)[1] == ("8", pytest.approx(96, abs=0.6))
    assert [entry[2] for entry in radio.log("failed")][:1] == told
    assert radio.errors() == []
