"""`audioscape demo`: a radio from the specification to the music."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from audioscape_luau.cli import app
from audioscape_luau.docs.options import strategies
from audioscape_luau.mock import Catalogue, FaultPlan
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.tools.demo import Plan, play


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["demo", *arguments], env={"COLUMNS": "160"})


def without_real_time(output: str) -> str:
    return re.sub(r"in [\d.]+ s\.", "", output)


def test_plays_as_many_tracks_as_asked_for_and_none_twice() -> None:
    result = run("--tracks", "5")
    assert result.exit_code == 0, result.output
    assert "5 tracks (5 different)" in result.output
    ids = re.findall(r"\b\d{10}\b(?=.*\d\.\d{3})", result.output)
    known = Catalogue.generate().by_id
    assert len(set(ids)) == 4
    assert set(ids) <= known.keys()


@pytest.mark.breaks_contract
def test_a_narrow_terminal_has_a_line_for_each_track_and_pipes_have_whole_sentences() -> None:
    result = CliRunner().invoke(
        app, ["demo", "--tracks", "5", "--faults", "0.9,html"], env={"COLUMNS": "80", "NO_COLOR": "1"}
    )
    lines = result.output.splitlines()
    first = next(number for number, line in enumerate(lines) if line.split()[:1] == ["when"]) + 1
    assert all(re.match(r" *\d+:\d\d:\d\d  \d{10}  \S", line) for line in lines[first : first + 5])
    assert all(len(line) <= 80 for line in lines[first : first + 5])
    told = lines[first + 5 : -1]
    assert told
    assert all(line.startswith("AudioScape ") and "`err.body`" in line for line in told)
    assert "\x1b" not in result.output


@pytest.mark.parametrize("world", ["absent", "partial"])
def test_what_nobody_has_analysed_is_shown_without(world: str, tmp_path: Path) -> None:
    result = run("--world", world, "--hours", "1", "--html", str(tmp_path / "day.html"))
    assert result.exit_code == 0, result.output
    assert "day.html" in result.output


def test_an_oracle_without_a_page_is_told() -> None:
    assert "give --html FILE" in run("--oracle").stderr


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


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied", "page.html")

    monkeypatch.setattr(Path, "write_text", refused)
    result = run("--tracks", "1", "--html", str(tmp_path / "page.html"))
    assert result.exit_code == 2
    assert "Permission denied" in result.output
    assert isinstance(result.exception, SystemExit)


def test_an_unknown_track_is_told() -> None:
    result = run("--asset-id", "1")
    assert result.exit_code == 2
    assert "no track 1" in result.output


def test_plays_for_hours() -> None:
    result = run("--hours", "1")
    assert result.exit_code == 0, result.output
    assert "1:00:00 of music" in result.output
    starts = re.findall(r"^\W*(\d:\d\d:\d\d)\W+\d{10}\b", result.output, re.MULTILINE)
    assert len(starts) > 10
    assert starts == sorted(starts)


def test_each_strategy_goes_its_own_way() -> None:
    outputs = {strategy.name: run("--tracks", "6", "--strategy", strategy.name).output for strategy in strategies()}
    assert all("6 tracks" in output for output in outputs.values()), outputs
    assert len(set(map(without_real_time, outputs.values()))) == len(outputs)


def test_an_unknown_strategy_is_answered_with_those_that_the_client_has() -> None:
    result = run("--strategy", "loudest")
    assert result.exit_code == 2
    assert ", ".join(strategy.name for strategy in strategies()) in result.output


@pytest.mark.breaks_contract
def test_faults_are_met_and_shown() -> None:
    result = run("--tracks", "12", "--faults", "1,timed-out,html")
    assert result.exit_code == 0, result.output
    assert "-> no reply (timed-out)" in result.output
    assert "-> 200 (html)" in result.output
    assert "12 tracks" in result.output


@pytest.mark.parametrize(
    ("text", "share", "names"),
    [
        ("0.5", 0.5, None),
        ("html", 0.3, ["html"]),
        ("html, cut", 0.3, ["html", "cut"]),
        ("0,cut", 0.0, ["cut"]),
    ],
)
def test_faults_are_a_share_or_names_or_both(text: str, share: float, names: list[str] | None) -> None:
    ((faults, found),) = FaultPlan.parse(text).shares.items()
    assert found == share
    assert names is None or [fault.name for fault in faults] == names
    assert faults


@pytest.mark.parametrize("text", ["", "2", "-1", "inf", "no-such-fault", "0.1,0.2"])
def test_faults_that_do_not_exist_are_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"share|fault"):
        FaultPlan.parse(text)
    assert run("--faults", text).exit_code == 2


@pytest.mark.thorough
@pytest.mark.breaks_contract
def test_a_page_shows_a_day_with_its_troubles_unless_something_else_is_asked_for(tmp_path: Path) -> None:
    day = run("--html", str(tmp_path / "day.html"))
    assert day.exit_code == 0, day.output
    assert re.search(r"\d{3} tracks .*; 24:00:00 of music", day.output)
    assert re.search(r"-> no reply \(", day.output)
    hour = run("--html", str(tmp_path / "hour.html"), "--hours", "1")
    assert "1:00:00 of music" in hour.output
    assert "no reply" not in hour.output
    assert "3 tracks (3 different)" in run("--html", str(tmp_path / "few.html"), "--tracks", "3").output


@pytest.mark.breaks_contract
def test_a_terminal_sees_it_live() -> None:
    screen = io.StringIO()
    console = Terminal(file=screen, force_terminal=True, width=100)
    play(console, Plan(tracks=3, faults=FaultPlan.parse("0.5,cut")))
    assert re.search(r"\d tracks, \d+ requests, \d+ with an injected failure", screen.getvalue())
    plain = io.StringIO()
    play(Terminal(file=plain, width=100), Plan(tracks=3))
    assert "with a fault" not in plain.getvalue()
