"""A radio of many that start in the same second: it asks sometime while its seed plays, and is never late."""

from __future__ import annotations

from typing import Any

import pytest

from support.radio import MakeWorld, RadioWorld

# `chance` is what the engine's chance gives each time.
MAKE = """
local chance, options, seed, duration, spreads = ...
radio:destroy()
shared.spreads = spreads
api.duration = duration
local clock, begun = os.clock, os.clock()
shared.asked = {}
api.answer = function(query, similar)
    table.insert(shared.asked, { math.round((clock() - begun) * 10) / 10, query.asset_id })
    return similar(query)
end
radio = shared.make(options, {
    random = function() return chance end,
    audioDurations = function() if duration == 0 then error("no") end return {} end,
})
shared.radio = radio
table.clear(log)
radio:start(seed)
"""


def start(
    world: MakeWorld,
    *,
    chance: float = 0.5,
    length: float = 100,
    seed: Any = None,
    strategy: str = "smooth",
    spreads: bool = True,
    **asset: Any,
) -> RadioWorld:
    """Return a radio that has just started, with all tracks of that length."""
    radio = world(duration=length)
    radio.asset(1, **({"duration": length} | asset))
    radio.run(MAKE, chance, {"strategy": strategy}, seed or "1", length, spreads)
    return radio


def asked(radio: RadioWorld) -> list[float]:
    return [moment for moment, _ in radio.run("return shared.asked")[0]]


@pytest.mark.cases(4)
@pytest.mark.parametrize(
    ("length", "chance", "first"),
    [(100, 0.5, 31), (100, 0, 1), (100, 0.99, 60), (400, 0.99, 239), (400, 0.25, 61), (45, 0.5, 3), (20, 0.9, 1)],
)
def test_the_first_request_goes_while_the_seed_plays(
    world: MakeWorld, length: float, chance: float, first: float
) -> None:
    radio = start(world, chance=chance, length=length)
    radio.advance(length - 5)
    assert asked(radio) == [pytest.approx(first, abs=1.5)]
    radio.advance(10)
    assert len(radio.played()) == 2


def test_what_a_plan_needs_is_asked_in_the_next_track(world: MakeWorld) -> None:
    radio = start(world)
    radio.advance(400)
    assert asked(radio) == [pytest.approx(31, abs=1.5), pytest.approx(130, abs=1.5)]
    assert len(radio.run("return radio:upcoming()")[0]) > 1
    radio.advance(1500)
    starts = [moment - radio.log("track")[0][0] for moment, *_ in radio.log("track")]
    # From then on, requests go as soon as a track starts.
    assert min(abs(asked(radio)[2] - start) for start in starts) < 0.5


def test_without_it_everything_is_asked_at_once(world: MakeWorld) -> None:
    radio = start(world, spreads=False)
    radio.advance(1)
    assert asked(radio) == [pytest.approx(0, abs=0.1), pytest.approx(0.1, abs=0.1)]


@pytest.mark.parametrize("moment", [2, 20])
def test_who_skips_does_not_wait(world: MakeWorld, moment: float) -> None:
    radio = start(world, chance=0.99)
    radio.advance(moment)
    radio.run("radio:skip()")
    radio.advance(1)
    assert asked(radio) == [pytest.approx(moment, abs=0.2)]
    assert len(radio.played()) == 2


@pytest.mark.parametrize(
    "asset", [{"load": "fails"}, {"load": "never"}, {"load_seconds": 30}], ids=["none", "never", "late"]
)
def test_a_seed_that_does_not_load_is_not_waited_for(world: MakeWorld, asset: dict[str, Any]) -> None:
    radio = start(world, chance=0.99, **asset)
    radio.advance(60)
    assert asked(radio)[0] < 60


def test_a_seed_of_unknown_length_is_not_counted_on(world: MakeWorld) -> None:
    radio = start(world, chance=0.99, length=0, load="never")
    radio.advance(7)
    assert asked(radio) == [pytest.approx(5, abs=1.1)]


def test_nothing_is_put_off_while_nothing_plays(world: MakeWorld) -> None:
    radio = start(world, chance=0.99, seed={"query": "piano"})
    radio.advance(2)
    assert len(radio.played()) == 1


def test_a_track_that_is_sped_up_ends_sooner(world: MakeWorld) -> None:
    radio = start(world, chance=0.99, length=200)
    radio.advance(10)
    radio.run("player.PlaybackSpeed = 4")
    radio.advance(39)
    assert asked(radio) == [pytest.approx(47.5, abs=1)]
    radio.advance(10)
    assert len(radio.played()) == 2
