"""`audioscape demo`: a radio from the specification to the music."""

from __future__ import annotations

import re

from typer.testing import CliRunner, Result

from audioscape_luau.cli import app
from audioscape_luau.mock import Catalogue


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["demo", *arguments], env={"COLUMNS": "160"})


def without_real_time(output: str) -> str:
    return re.sub(r"in [\d.]+ s\.", "", output)


def test_plays_as_many_tracks_as_asked_for_and_none_twice() -> None:
    result = run("--tracks", "5")
    assert result.exit_code == 0, result.output
    assert "5 tracks, 5 distinct" in result.output
    ids = re.findall(r"\b\d{10}\b(?=.*\d\.\d{3})", result.output)
    known = Catalogue.generate().by_id
    assert len(set(ids)) == 4
    assert set(ids) <= known.keys()


def test_shows_what_goes_over_the_wire() -> None:
    result = run("--tracks", "2")
    assert re.search(r"GET /v1/similar\?asset_id=\d+\S* -> 200", result.output)


def test_same_seed_same_music() -> None:
    first, again, other = run("--tracks", "3"), run("--tracks", "3"), run("--tracks", "3", "--seed", "1")
    assert without_real_time(first.output) == without_real_time(again.output)
    assert without_real_time(first.output) != without_real_time(other.output)


def test_begins_with_the_track_that_is_asked_for() -> None:
    wanted = Catalogue.generate().entries[7].asset_id
    result = run("--tracks", "1", "--asset-id", wanted)
    assert result.exit_code == 0, result.output
    assert wanted in result.output


def test_an_unknown_track_is_told() -> None:
    result = run("--asset-id", "1")
    assert result.exit_code == 2
    assert "no track 1" in result.output
