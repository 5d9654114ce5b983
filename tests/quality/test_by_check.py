"""Mutants are judged by the cases of `audioscape check` that reach them, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from audioscape_luau.contract.case import Broken, Case
from audioscape_luau.contract.plan import plan
from audioscape_luau.contract.search import Search
from audioscape_luau.contract.subject import Observation
from audioscape_luau.openapi import ApiModel
from audioscape_luau.quality import by_check
from audioscape_luau.quality.by_check import CheckTrial
from audioscape_luau.quality.mutation import Mutant
from audioscape_luau.quality.trial import TrialError, Verdict
from audioscape_luau.resources import luau_root
from support.broken import shipped
from support.game import only
from support.tools import forks

MODULE = luau_root() / "AudioScapeClient"
SIMILAR = only("similar")


def mutant(file: str, old: str, new: str) -> Mutant:
    source = (MODULE / file).read_text(encoding="utf-8")
    assert source.count(old) == 1, f"{old!r} is {source.count(old)} times in {file}"
    return Mutant(file, source[: source.index(old)].count("\n") + 1, "by hand", source.replace(old, new))


def tried(
    monkeypatch: pytest.MonkeyPatch, cases: Sequence[Case | Search], *mutants: Mutant, jobs: int = 2
) -> dict[str, Verdict]:
    """Try mutants with a few cases; by the file that each changes."""
    forks()

    def small(_model: ApiModel) -> Sequence[Case | Search]:
        return cases

    monkeypatch.setattr(by_check, "plan", small)
    verdicts: dict[str, Verdict] = {}
    sources = {mutant.file: (MODULE / mutant.file).read_text(encoding="utf-8") for mutant in mutants}

    def told(verdict: Verdict) -> None:
        verdicts[verdict.mutant.file] = verdict

    CheckTrial(SIMILAR, shipped().tree, sources, mutants, told, jobs).run()
    return verdicts


def named(phase: str, pattern: str) -> list[Case | Search]:
    return plan(SIMILAR, [phase], pattern)  # pyright: ignore[reportArgumentType]


RETRY = mutant("http/policies/retry.luau", "not retrying.shouldRetry(", "retrying.shouldRetry(")
QUOTA = mutant("radio/choose/RequestQuota.luau", "local PAUSES = { 15, 60, 120 }", "local PAUSES = { 15, 61, 120 }")
HANGING = mutant("http/chain.luau", "\treturn send\n", "\twhile true do end\n")
TABLE = mutant("http/reply.luau", "dropped = 0,", "")


@pytest.mark.other_api
def test_a_mutant_is_noticed_by_a_case_that_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [*named("examples", "similar/analysed"), *named("faults", "similar/server-error-then-good")]
    verdict = tried(monkeypatch, cases, RETRY)[RETRY.file]
    assert verdict.noticed_by == "faults/similar/server-error-then-good"
    assert verdict.reached_by == 2


@pytest.mark.other_api
def test_what_runs_as_the_module_loads_is_reached_by_all(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = named("examples", "similar/*")
    assert tried(monkeypatch, cases, QUOTA)[QUOTA.file] == Verdict(QUOTA, None, len(cases))


@pytest.mark.other_api
def test_a_line_within_a_statement_is_reached_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [*named("examples", "similar/analysed"), *named("stateful", "similar/a dot for a colon")]
    assert 0 < tried(monkeypatch, cases, TABLE)[TABLE.file].reached_by < len(cases)


@pytest.mark.thorough
@pytest.mark.other_api
def test_a_mutant_that_hangs_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_check, "SECONDS", 0.5)
    verdict = tried(monkeypatch, named("examples", "similar/analysed"), HANGING)[HANGING.file]
    assert verdict.noticed_by == "(it hangs)"


@pytest.mark.other_api
def test_what_is_drawn_by_chance_is_played_again_with_each_mutant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_check, "EXAMPLES", 5)
    lost = mutant("wire/encode.luau", 'string.format("%d", value)', 'string.format("%d", value + 1)')
    verdict = tried(monkeypatch, named("fuzz", "similar/valid-requests"), lost)[lost.file]
    assert verdict.noticed_by
    assert verdict.noticed_by.startswith("fuzz/similar/valid-requests#")


@pytest.mark.other_api
def test_a_mutant_has_only_so_much_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_check, "PATIENCE", -1.0)
    cases = named("faults", "similar/server-error-then-good")
    assert tried(monkeypatch, cases, RETRY)[RETRY.file] == Verdict(RETRY, None, 1)


@pytest.mark.other_api
def test_a_module_that_breaks_the_check_by_itself_is_judged_by_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    (case,) = named("examples", "similar/analysed")
    assert isinstance(case, Case)

    def judge(_seen: Observation) -> Iterator[Broken]:
        yield Broken("told", "never satisfied")

    strict = replace(case, judge=judge)
    with pytest.raises(TrialError, match="examples/similar/analysed: told: never satisfied"):
        tried(monkeypatch, [strict], QUOTA)
