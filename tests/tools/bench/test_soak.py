"""A slice of the soak, and what it says of days that went wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from audioscape_luau.cli import app
from audioscape_luau.tools.bench import soak
from audioscape_luau.tools.bench.radio import Evening
from audioscape_luau.tools.bench.soak import Day

pytestmark = pytest.mark.breaks_contract

GOOD = Day(3, Evening(tracks=tuple(map(str, range(200))), dead_air=0.0001, requests=20, silent=False), 50, ())


def test_radio_plays_on_while_requests_fail_and_tracks_do_not_load() -> None:
    days = list(soak.soak(range(3), hours=8))
    assert [day.seed for day in days] == [0, 1, 2]
    assert [list(day.misses()) for day in days] == [[], [], []]
    assert all(day.window > 1 for day in days)
    found = soak.figures(days)
    assert found["tracks"] > 3 * 8 * 60 / 5
    assert found["dead_air_worst"] < soak.MOST_DEAD_AIR
    assert found["silent_runs"] == found["repeats"] == found["errors"] == 0


def test_a_seed_makes_the_same_day_again() -> None:
    assert soak.live(5, hours=1) == soak.live(5, hours=1)


def test_processes_play_what_one_alone_would() -> None:
    seeds = range(9, 12)
    assert list(soak.soak(seeds, hours=1, jobs=2)) == list(soak.soak(seeds, hours=1))


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (GOOD, []),
        (replace(GOOD, evening=replace(GOOD.evening, silent=True)), ["the music stopped for good"]),
        (replace(GOOD, evening=replace(GOOD.evening, dead_air=0.002)), ["0.200% of the time was silent"]),
        (replace(GOOD, evening=replace(GOOD.evening, requests=41)), ["41 requests for 200 tracks"]),
        (replace(GOOD, evening=replace(GOOD.evening, tracks=("1", "2"), requests=3)), []),
        (replace(GOOD, evening=replace(GOOD.evening, tracks=("1", "2"), requests=21)), ["21 requests for 2 tracks"]),
        (replace(GOOD, errors=("attempt to index nil",)), ["attempt to index nil"]),
    ],
)
def test_a_day_tells_what_it_misses(day: Day, said: list[str]) -> None:
    assert list(day.misses()) == said


@pytest.mark.parametrize(("after", "repeats"), [(1, 1), (GOOD.window, 1), (GOOD.window + 1, 0)])
def test_a_track_that_comes_again_too_soon_is_counted(after: int, repeats: int) -> None:
    tracks = list(GOOD.evening.tracks)
    tracks[100 + after] = tracks[100]
    assert replace(GOOD, evening=replace(GOOD.evening, tracks=tuple(tracks))).repeats == repeats


@pytest.mark.parametrize("silent", [False, True])
def test_the_command_fails_if_a_day_does(monkeypatch: pytest.MonkeyPatch, silent: bool) -> None:
    def played(seeds: Iterable[int], *, hours: float, jobs: int) -> Iterator[Day]:
        assert (hours, jobs) == (2.0, 1)
        for seed in seeds:
            yield replace(GOOD, seed=seed, evening=replace(GOOD.evening, silent=silent and seed == 4))

    monkeypatch.setattr(soak, "soak", played)
    words = ["soak", "--seeds", "3", "--first", "3", "--hours", "2", "--jobs", "1"]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == (1 if silent else 0)
    assert ("seed 4: the music stopped for good" in shown.stderr) is silent
    assert "requests_per_100" in shown.stdout
    figures = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert figures["days"] == 3
    assert figures["requests_per_100"] == pytest.approx(10)
