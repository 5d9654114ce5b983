"""Reading what a probe brings home, and what becomes of the facts and the settings by it."""

from __future__ import annotations

import errno
import os
import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import roblox_double
from audioscape_luau.cli import app
from audioscape_luau.tools import probe as tools
from roblox_double.facts import TABLE, load_facts
from roblox_double.facts.page import render_page
from roblox_double.probe import checks, where
from roblox_double.probe.compare import Finding, compare
from roblox_double.probe.report import Report, ReportError, read, understand, with_notes
from roblox_double.probe.seen import adopt, mark_seen

type _Json = dict[str, Any]
HEAD: _Json = {"engine": "0.700.1.7000123", "place": "studio", "date": "2026-12-01", "skipped": {}}
SEEN = "0.700.1.7000123 studio 2026-12-01"


def report(**observed: Any) -> Report:
    results = {fact.replace("__", "."): {"observed": value} for fact, value in observed.items()}
    return understand(HEAD | {"results": results})


def findings(of: Report) -> list[Any]:
    return [(finding.verdict, finding.fact, finding.setting) for finding in compare(of, load_facts())]


@pytest.mark.parametrize(
    ("fact", "observed", "verdict", "setting"),
    [
        ("json__encode__empty_table", "[]", "agrees", None),
        ("json__encode__empty_table", "{}", "contradicts", None),
        ("json__encode__empty_table", True, "contradicts", None),
        # Either of two is right.
        ("run_service__roles", [True, False, True, True], "agrees", None),
        ("run_service__roles", [True, True, True, True], "contradicts", None),
        # Unknowns: the observed value is the setting's.
        ("json__depth", 1000, "agrees", "json_max_depth"),
        ("json__depth", 200, "otherwise", "json_max_depth"),
        ("json__decode__scalars", 1, "otherwise", "json_scalars"),
        ("remote__depth", "inf", "agrees", "remote_depth_limit"),
        # As near as a clock can tell.
        ("memory_store__latency", 0.13, "agrees", "memory_store_seconds"),
        ("memory_store__latency", 0.5, "otherwise", "memory_store_seconds"),
        # A setting of what is documented is no unknown.
        ("http__limit", 499, "contradicts", None),
        ("http__bad_arguments__texts", ["x"], "told", None),
        ("no__such__fact", 1, "stranger", None),
        ("script__watchdog", 30, "stranger", None),
    ],
)
def test_what_an_observation_says(fact: str, observed: Any, verdict: str, setting: str | None) -> None:
    assert findings(report(**{fact: observed})) == [(verdict, fact.replace("__", "."), setting)]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (None, "a report is an object"),
        (HEAD, "results is missing"),
        (HEAD | dict[str, Any](results={"a": 1}), "results: a has nothing observed"),
        (HEAD | dict[str, Any](results={}, skipped=5), "skipped is missing, or no object"),
        (HEAD | dict[str, Any](results={}, engine='x"\nmark = "y'), "engine is missing, or is not"),
        (HEAD | dict[str, Any](results={}, place="the cloud"), "place is missing, or is not"),
        (HEAD | dict[str, Any](results={}, place="elsewhere"), "place is missing, or is not"),
        (HEAD | dict[str, Any](results={}, date="yesterday"), "date is missing, or is not"),
        (HEAD | dict[str, Any](results={}, date="2026-13-01"), "date: month must be"),
        (HEAD | dict[str, Any](results={}, engine="  "), "engine is missing, or is not"),
        (HEAD | dict[str, Any](results={}, seconds=-1), "seconds is no number of seconds"),
        (HEAD | dict[str, Any](results={}, seconds="1"), "seconds is no number of seconds"),
        (HEAD | dict[str, Any](results={}, probe="x\ny"), "probe is not what a report has there"),
    ],
)
def test_what_is_no_report(found: object, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        understand(found)


@pytest.mark.parametrize(
    "note",
    [
        b"{",
        b"[" * 100_000,
        b"[]",
        b'{"fact": "a"}',
        b'{"fact": ["a"], "observed": 1}',
        b'{"fact": "a", "observed": {}}',
    ],
)
def test_what_a_closing_server_cannot_have_told(note: bytes) -> None:
    with pytest.raises(ReportError, match="a note of a closing server"):
        with_notes(report(), [note], ["a"])


@pytest.mark.parametrize(
    "observed", ["NaN", "[-Infinity]", "1e999", f"1{'0' * 400}", "null", '{"a": 1}', f"{'[' * 9}{']' * 9}"]
)
def test_what_no_check_can_have_observed(observed: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(report(json__depth=0).text().replace('"observed": 0', f'"observed": {observed}'), encoding="utf-8")
    with pytest.raises(ReportError, match=r"observed of json\.depth is no number, text, truth value or list"):
        read(file)


def test_a_report_is_the_same_after_a_file(tmp_path: Path) -> None:
    file, made = tmp_path / "report.json", report(json__depth=1000, json__decode__scalars=True)
    file.write_text(made.text(), encoding="utf-8")
    assert read(file) == made
    # As some editors save it.
    file.write_text(made.text(), encoding="utf-8-sig")
    assert read(file) == made
    for text in ("{", "9" * 5000, "[" * 100_000):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ReportError, match=r"report\.json is no JSON"):
            read(file)


def test_what_was_seen_is_written_once_for_each_place(tmp_path: Path) -> None:
    table = Path(shutil.copy(TABLE, tmp_path / "facts.toml"))
    first = report(json__encode__empty_table="[]", json__depth=200, players__web=[True, True, "string", True])
    assert mark_seen(table, first, compare(first, load_facts())) == 2

    def seen() -> dict[str, str | None]:
        return {fact.id: fact.seen for fact in load_facts(table) if fact.seen}

    # The last one of the table as well as one in the midst of it; not what contradicts.
    assert seen() == {"json.encode.empty_table": SEEN, "players.web": SEEN}
    once = table.read_text(encoding="utf-8")
    mark_seen(table, first, compare(first, load_facts()))
    assert table.read_text(encoding="utf-8") == once
    later = replace(first, engine="0.710", date="2026-12-02", results={"json.encode.empty_table": "[]"})
    mark_seen(table, later, compare(later, load_facts()))
    cloud = replace(later, place="cloud", engine="0.710 (beta)")
    mark_seen(table, cloud, compare(cloud, load_facts()))
    assert seen()["json.encode.empty_table"] == "0.710 studio 2026-12-02; 0.710_(beta) cloud 2026-12-02"
    assert len(load_facts(table)) == len(load_facts())
    # One that comes home late takes nothing away.
    mark_seen(table, first, compare(first, load_facts()))
    assert seen()["json.encode.empty_table"] == "0.710 studio 2026-12-02; 0.710_(beta) cloud 2026-12-02"


def test_all_else_of_the_table_stays_as_it_is(tmp_path: Path) -> None:
    table = Path(shutil.copy(TABLE, tmp_path / "facts.toml"))
    facts = load_facts()
    mark_seen(table, report(), [Finding(fact.id, "agrees", None) for fact in facts])
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    assert "".join(line for line in lines if not line.startswith("seen = ")) == TABLE.read_text(encoding="utf-8")
    # Each line is among those of its fact, above the heading of the next ones.
    assert sum(one.startswith("seen = ") and " = " in before for before, one in pairwise(lines)) == len(facts)


def test_a_report_of_the_double_shows_nothing(tmp_path: Path) -> None:
    own = replace(report(json__encode__empty_table="[]"), place="double")
    with pytest.raises(ReportError, match="made in the double"):
        mark_seen(tmp_path / "none", own, compare(own, load_facts()))


@pytest.mark.parametrize("text", ['a "quoted" text', "two\nlines", "\ud800"])
def test_settings_become_what_was_seen(text: str, tmp_path: Path) -> None:
    source = Path(roblox_double.__file__).parent / "settings.py"
    file = Path(shutil.copy(source, tmp_path / "settings.py"))
    seen = report(
        json__depth=200,
        json__decode__scalars=False,
        json__encode__nonfinite="token",
        json__encode__slash="both",
        http__timeout__default="inf",
        secret__domain__text=text,
        json__decode__nan=False,
    )
    changed, refused = adopt(file, compare(seen, load_facts()))
    assert {finding.setting for finding in changed} == {
        "json_max_depth",
        "json_scalars",
        "json_nonfinite",
        "http_timeout",
    }
    assert {finding.setting for finding in refused} == {"json_escape_slash", "http_wrong_domain"}
    before = source.read_text(encoding="utf-8").splitlines()
    after = file.read_text(encoding="utf-8").splitlines()
    assert [new.strip() for old, new in zip(before, after, strict=True) if old != new] == [
        "http_timeout: float = math.inf",
        "json_scalars: bool = False",
        "json_max_depth: int = 200",
        'json_nonfinite: Literal["raise", "token", "null"] = "token"',
    ]


def test_the_command_writes_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Path(shutil.copy(TABLE, tmp_path / "facts.toml"))
    source = Path(shutil.copy(Path(roblox_double.__file__).parent / "settings.py", tmp_path / "settings.py"))
    monkeypatch.setattr(tools, "TABLE", table)
    monkeypatch.setattr(tools, "_SETTINGS", source)
    file = tmp_path / "report.json"
    file.write_text(report(json__depth=200, json__encode__empty_table="{}").text(), encoding="utf-8")
    result = CliRunner().invoke(app, ["probe", "read", str(file), "--write", "--settings"])
    # What contradicts is told nevertheless.
    assert result.exit_code == 1, result.output
    assert '    expected "[]"\n    observed "{}"\n' in result.stdout
    assert "Noted 1 fact as seen in facts.toml.\n" in result.stdout
    assert "json_max_depth: int = 200\n" in source.read_text(encoding="utf-8")
    # The fact holds now, as the setting has it.
    assert [fact.id for fact in load_facts(table) if fact.seen] == ["json.depth"]


def test_the_command_tells_what_a_report_says(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(report(json__depth=200, json__encode__empty_table="{}").text(), encoding="utf-8")
    result = CliRunner().invoke(app, ["probe", "read", str(file)])
    assert result.exit_code == 1
    assert "1 fact contradicted:\n  json.encode.empty_table: " in result.stdout
    assert '    expected "[]"\n    observed "{}"\n    the check is in python/roblox_double/probe/luau/' in result.stdout
    assert "1 unknown other than assumed:\n  json.depth: 200, not 1000 (json_max_depth)\n" in result.stdout
    # What it leaves out without a word is no more lost than that.
    assert f"says nothing of {len(checks()) - 2} checks, for it is of some facts only or" in result.stdout
    result = CliRunner().invoke(app, ["probe", "read", str(file), "--all"])
    assert re.search(r"says nothing of \d+ checks, [^:]*:\n  [^:]*\bjson\.encode\.slash\b", result.stdout)
    # What nobody knew contradicts nothing.
    file.write_text(report(json__depth=200).text(), encoding="utf-8")
    assert CliRunner().invoke(app, ["probe", "read", str(file)]).exit_code == 0
    file.write_text(report(json__encode__empty_table="[]").text(), encoding="utf-8")
    assert CliRunner().invoke(app, ["probe", "read", str(file)]).exit_code == 0
    file.write_text("no json", encoding="utf-8")
    result = CliRunner().invoke(app, ["probe", "read", str(file)])
    assert (result.exit_code, result.stdout) == (2, "")


def test_what_was_left_out_and_what_raised_an_error_has_names(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    seen = report(json__depth=1000, json__encode__empty_table=True, http__limit="raised: x:1: no")
    skipped = {
        "datastore.values": "needs published",
        "remote.event": "needs clients: Studio starts none: no plugin",
        "remote.depth": "needs clients: Studio starts none: no plugin",
        "task.wait": "did not end within 5 s",
    }
    text = replace(seen, results={**seen.results, "json.encode.empty_table": "[]"}, skipped=skipped, seconds=151).text()
    # As PowerShell redirects it.
    file.write_bytes(text.encode("utf-16"))
    result = CliRunner().invoke(app, ["probe", "read", str(file)])
    assert result.exit_code == 1, result.output
    for line in (
        f"{SEEN}: 3 facts observed, in 151 s, 4 left out.",
        "1 agrees.",
        "  http.limit: x:1: no (python/roblox_double/probe/luau/checks/http.luau:",
        "1 unknown is as assumed (probe read --all lists them).",
        "1 fact left out for want of a published place (the place is only a file):\n  datastore.values\n",
        "2 facts left out for want of players (Studio starts none: no plugin):\n  remote.depth, remote.event\n",
        "1 check observed nothing (did not end within 5 s):\n  task.wait\n",
    ):
        assert line in result.stdout
    result = CliRunner().invoke(app, ["probe", "read", str(file), "--all"])
    assert "1 unknown is as assumed:\n  json.depth: 1000 (json_max_depth)\n" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["double", "--out", "no/such/report.json"],
            "--out: there is no folder no/such; make it, or name another file",
        ),
        (["cloud", "--out", "no/report.json"], "--out: there is no folder no;"),
        (["studio", "--out", "."], "--out: . is a folder; name a file"),
        (["cloud", "--secret"], "--secret needs --echo"),
        (["cloud", "--audio", "123", "--audio", "rbxassetid://1"], "--audio takes rbxassetid://NUMBER, got '123'"),
        (["studio", "--audio", "rbxassetid://1"], "--audio: give it twice, for two sounds, got 1"),
    ],
)
def test_mistakes_are_told_before_anything_starts(words: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("in_double", "in_cloud", "in_studio"):
        monkeypatch.setattr(tools, name, None)
    result = CliRunner().invoke(app, ["probe", *words])
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_report_that_cannot_be_written_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, written = tmp_path / "report.json", Path.write_bytes
    out.write_text("older", encoding="utf-8")

    def write(file: Path, data: bytes) -> int:
        written(file, data[:9])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    words = ["probe", "double", "--only", "json.encode.digits", "--out", str(out)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    (kept,) = tmp_path.glob("probe-*.json")
    assert f"(No space left on device); the report is in {kept}" in result.stderr
    assert list(read(kept).results) == ["json.encode.digits"]
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, "nor a temporary file" in result.stderr) == (2, True)
    # What was there is there still.
    assert (out.read_text(encoding="utf-8"), len(list(tmp_path.iterdir()))) == ("older", 2)


@pytest.mark.parametrize("to", ["report.json", os.devnull])
def test_half_a_character_in_a_report_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str) -> None:
    seen = report(json__encode__slash=False)
    half = replace(seen, place="double", skipped={"http.redirects": "\ud800"})

    def made(*_: object) -> Report:
        return half

    monkeypatch.setattr(tools, "in_double", made)
    out = tmp_path / to
    result = CliRunner().invoke(app, ["probe", "double", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert to == os.devnull or read(out).skipped == half.skipped


def test_every_check_has_a_place_to_look_at() -> None:
    assert set(where()) == {check.fact for check in checks()}


def test_the_command_in_the_double(tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    result = CliRunner().invoke(app, ["probe", "double", "--only", "json.encode", "--out", str(out)])
    assert result.exit_code == 0, result.output
    made = read(out)
    assert set(made.results) >= {"json.encode.digits", "json.encode.slash"}
    # It says by which checks: of others, what contradicts may mean nothing.
    for probe, is_of_others in ((made.probe, False), ("0123456789ab", True)):
        out.write_text(replace(made, probe=probe).text(), encoding="utf-8")
        told = CliRunner().invoke(app, ["probe", "read", str(out)]).stdout
        assert ("It was made by other checks than those here" in told) == is_of_others
    for words, said in (
        (["script.watchdog"], "no script can see script.watchdog"),
        (["jso"], "there is no check of jso"),
    ):
        result = CliRunner().invoke(app, ["probe", "double", "--only", *words])
        assert result.exit_code == 2
        assert said in result.stderr


def test_the_page_tells_what_was_seen_in_which_engine() -> None:
    facts = [
        replace(fact, seen=f"0.690 cloud 2026-11-01; {SEEN}" if fact.id == "json.encode.empty_table" else None)
        for fact in load_facts()
        if fact.id.startswith("json.encode.e") or fact.id == "json.encode.mixed"
    ]
    page = render_page(facts, "audioscape facts")
    assert f"| {SEEN} | `json.encode.empty_table` |\n" in page
    assert "| 0.690 cloud 2026-11-01 | `json.encode.empty_table` |\n" in page
    assert "never were: `json.encode.mixed`" in page


def test_a_simulation_that_observes_hardly_anything_is_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: Any, **__: Any) -> Report:
        return Report("double", "double", "2026-12-01", {}, {})

    monkeypatch.setattr("roblox_double.probe.run.run_in", nothing)
    result = CliRunner().invoke(app, ["probe", "double", "--only", "json.encode.slash"])
    assert result.exit_code == 1
    assert "the report has nothing of it" in result.output
    assert "json.encode.slash" in result.output
