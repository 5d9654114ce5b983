"""`audioscape check` against clients that were broken on purpose: each is caught, and the rule that is named fits."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from typer.testing import CliRunner, Result

from audioscape_luau.cli import app
from audioscape_luau.contract.case import PHASES, Broken, Case, Phase
from audioscape_luau.contract.plan import plan, replay
from audioscape_luau.contract.rules import RULES
from audioscape_luau.contract.run import run, run_case
from audioscape_luau.contract.subject import KEY, Module, Observation, Subject
from audioscape_luau.resources import spec_file
from roblox_double import ScriptTree
from support.broken import BrokenClient, broken_clients, saved, shipped, wrapped
from support.game import api, only

SIMILAR = only("similar")
TOLD_OF = only("similar", "events", "search", "lookup")
"""What the broken clients are told of: music, events, what a radio can start with, and lists in parts."""

CLIENTS = broken_clients()


@pytest.mark.cases(54)
@pytest.mark.other_api
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_broken_client_is_caught_by_name(client: BrokenClient) -> None:
    subject = Subject(wrapped(client.luau), TOLD_OF)
    found = {broken.rule for broken in run_case(subject, replay(TOLD_OF, client.case)).broken}
    assert client.rule in found


@pytest.mark.other_api
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[] if number % 6 == 0 else pytest.mark.thorough)
        for number, case in enumerate(dict.fromkeys(client.case for client in CLIENTS))
    ],
)
def test_it_was_not_the_wrapper_that_broke_them(case: str) -> None:
    assert run_case(Subject(wrapped(), TOLD_OF), replay(TOLD_OF, case)).broken == ()


def test_each_rule_has_a_client_that_breaks_it() -> None:
    # Of what is odd and of other operations there is nothing to be seen in one call of the only operation. Headers that
    # the specification describes only the museum has.
    assert RULES.keys() - {client.rule for client in CLIENTS} == {"nothing-odd", "wrong-operation", "headers-read"}


ALWAYS_WRONG = {
    "never starts": ("Wrapper.radio(function() return { start = function() return true end } end)", 0.8),
    "plays one track for ever": (
        'Wrapper.radio(function(radio) radio.trackChanged:Connect(function() radio:queue("999") end) end)',
        0.5,
    ),
    "takes no options": ("Wrapper.radio(nil, function(options) table.clear(options) end)", 0.25),
}
"""What is wrong with a radio in everything that it does, and the share of the scenes with one that should notice."""


@pytest.mark.thorough
@pytest.mark.other_api
@pytest.mark.parametrize("wrong", ALWAYS_WRONG)
def test_a_radio_that_is_always_wrong_is_found_by_many_scenes(wrong: str) -> None:
    luau, share = ALWAYS_WRONG[wrong]
    subject = Subject(wrapped(luau), TOLD_OF)
    scenes = [
        case
        for case in plan(TOLD_OF, ["stateful"])
        if isinstance(case, Case) and "radio" in case.name and "AudioPlayer" not in case.name
    ]
    found = [case for case in scenes if run_case(subject, case).broken]
    assert len(found) >= share * len(scenes)


def check(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments], env={"COLUMNS": "200"})


@pytest.mark.other_api
def test_the_shipped_client_keeps_a_tenth_of_each_phase() -> None:
    outcomes = [*run(Subject(shipped(), SIMILAR), plan(SIMILAR)[::10], examples=3, seed=0)]
    assert [(outcome.case.name, outcome.broken) for outcome in outcomes if outcome.broken] == []
    assert {outcome.case.phase for outcome in outcomes} == set(PHASES)


TELLING = {"request/-all", "extras/all", "nan", "duplicate-keys", "many questions", "calls that end in html"}
"""Cases that depend most on what an operation takes and replies."""


@pytest.mark.other_api
@pytest.mark.parametrize("phase", PHASES)
def test_the_shipped_client_keeps_a_share_of_each_phase_of_the_whole_api(phase: Phase) -> None:
    cases = plan(api(), [phase])
    apart = max(1, len(cases) // 15)
    share = [
        case
        for number, case in enumerate(cases)
        if number % apart == 0 or (isinstance(case, Case) and case.name.partition("/")[2] in TELLING)
    ]
    outcomes = run(Subject(shipped(), api()), share, examples=2, seed=0)
    assert [(outcome.case.token, outcome.broken) for outcome in outcomes if outcome.broken] == []


@pytest.mark.thorough
@pytest.mark.other_api
def test_the_shipped_client_keeps_the_contract() -> None:
    result = check("--json", "--examples", "3")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["kept"] is True
    assert found["broken"] == found["never_handled"] == []
    assert set(found["phases"]) == {"examples", "boundaries", "faults", "fuzz", "stateful"}
    assert all(phase["cases"] for phase in found["phases"].values())


_LEAK = """
local key
Wrapper.options(function(options) key = options.apiKey end)
Wrapper.failure(function(err) err.message ..= ` (the key is {key})` end)
"""


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A build of the client that leaks its key."""
    return saved(wrapped(_LEAK), tmp_path)


@pytest.mark.other_api
def test_a_failure_is_told_and_can_be_replayed(bad: Path, tmp_path: Path) -> None:
    page, junit = tmp_path / "report.html", tmp_path / "report.xml"
    result = check(
        "--module", str(bad), "--phase", "faults", "--case", "*/refused*", "--html", str(page), "--junit", str(junit)
    )
    assert result.exit_code == 1, result.output
    assert "key-hidden" in result.output
    assert "client:" in result.output or "call(client" in result.output
    assert 'x-api-key: $AUDIOSCAPE_API_KEY"' in result.output
    assert KEY not in result.output + page.read_text(encoding="utf-8") + junit.read_text(encoding="utf-8")
    failures = fromstring(junit.read_text(encoding="utf-8")).findall(".//failure")
    assert any("key-hidden" in failure.attrib["message"] for failure in failures)
    token = re.search(r"--replay '?([^\s']+(?: [^\s']+)*)'?", result.output)
    assert token
    again = check("--module", str(bad), "--replay", token[1])
    assert again.exit_code == 1
    assert "key-hidden" in again.output
    assert check("--replay", token[1]).exit_code == 0


def test_what_a_build_says_reaches_no_terminal_and_no_file_as_it_is(tmp_path: Path) -> None:
    module, page, junit = tmp_path / "Loud.luau", tmp_path / "report.html", tmp_path / "report.xml"
    module.write_text('error("\\27[2Jgone \\0 \\u{202E}")', encoding="utf-8")
    result = check("--module", str(module), "--phase", "examples", "--html", str(page), "--junit", str(junit))
    for text in (result.output, page.read_text(encoding="utf-8"), junit.read_text(encoding="utf-8")):
        assert r"\x1b[2Jgone \x00 \u202e" in text
        assert not set(text) & set("\x1b\x00\u202e")
    fromstring(junit.read_text(encoding="utf-8"))


@pytest.mark.thorough
def test_of_many_failures_ten_are_printed_whole(tmp_path: Path) -> None:
    module = tmp_path / "Empty.luau"
    module.write_text("return {}", encoding="utf-8")
    result = check("--module", str(module), "--phase", "examples")
    cases = len(re.findall("^examples/", result.output, re.MULTILINE))
    assert result.output.count("\nReplay\n") == 10 < cases
    assert f"{cases - 10} more" in result.output
    assert f"{cases} cases failed" in result.output
    one = check("--module", str(module), "--spec", str(spec_file()), "--case", "similar/analysed")
    assert "1 case failed." in one.output
    assert f"audioscape check --module {module} --spec {spec_file()} --replay" in one.output


@pytest.mark.cases(3)
@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--module", "/nowhere"], "/nowhere does not exist"),
        (["--spec", "/nowhere.yaml"], "/nowhere.yaml"),
        (["--phase", "dreams"], "The phases are: examples"),
        (["--case", "nothing-like-it"], "nothing-like-it"),
        (["--replay", "nonsense"], "no token"),
        (["--replay", "examples/similar/none"], "no case of examples"),
    ],
)
def test_what_cannot_run_exits_with_2(arguments: list[str], text: str) -> None:
    result = check(*arguments)
    assert result.exit_code == 2
    assert text in result.output


@pytest.mark.thorough
def test_a_check_leaves_nothing_where_it_was_run(tmp_path: Path) -> None:
    command = "from audioscape_luau.cli import app; app()"
    words = [sys.executable, "-c", command, "check", "--phase", "fuzz", "--examples", "1"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.other_api
def test_what_a_specification_has_no_example_of() -> None:
    (similar,) = SIMILAR.operations
    bare = replace(SIMILAR, operations=(replace(similar, examples=()),))
    # Then one is made up of its schemas.
    cases = [case for case in plan(bare, ["examples"]) if isinstance(case, Case)]
    assert cases
    assert [found for case in cases for found in run_case(Subject(shipped(), bare), case).broken] == []
    successes = tuple(example for example in similar.examples if example.status == similar.success.status)
    fewer = replace(SIMILAR, operations=(replace(similar, examples=successes),))
    subject = Subject(shipped(), fewer)
    (apart,) = plan(fewer, ["stateful"], "*/two keys")
    assert isinstance(apart, Case)
    assert run_case(subject, apart).broken == ()


def judge_of(seen: Observation) -> Iterator[Broken]:
    yield Broken("told", seen.call.result["tracks"][0]["asset_id"])


def test_what_no_judge_foresaw_is_told_and_breaks_off_nothing() -> None:
    (case,) = plan(SIMILAR, ["examples"], "*/analysed")
    assert isinstance(case, Case)
    source = "return { new = function() return { similar = function() return { meta = {} }, nil end } end }"
    odd = Module(ScriptTree("AudioScapeClient", "ModuleScript", source), "odd")
    found = run_case(Subject(odd, SIMILAR), replace(case, judge=judge_of)).broken
    assert "KeyError" in next(broken.detail for broken in found if broken.rule == "nothing-odd")


def test_a_judge_that_is_wrong_of_every_client_breaks_no_contract() -> None:
    (case,) = plan(SIMILAR, ["examples"], "*/empty")
    assert isinstance(case, Case)
    with pytest.raises(LookupError):
        run_case(Subject(shipped(), SIMILAR), replace(case, judge=judge_of))
