"""The probe: a check of each fact that a script can see, which agrees with the double and notices what is otherwise."""

from __future__ import annotations

import json
from collections import Counter
from typing import get_args

import pytest

from roblox_double.facts import load_facts
from roblox_double.probe import checks, unseen
from roblox_double.probe.compare import compare
from roblox_double.probe.run import run
from roblox_double.universe import Universe, VmName

FACTS = {fact.id: fact for fact in load_facts()}


def test_each_fact_has_one_check_or_a_reason_why_there_is_none() -> None:
    ids = [*(check.fact for check in checks()), *unseen()]
    assert [fact for fact, count in Counter(ids).items() if count > 1] == []
    assert set(ids) == set(FACTS)


def test_checks_need_only_what_some_place_has() -> None:
    known = {"http", "httpDisabled", "clients", "join", "audio", "published", "unpublished", "scripts", "secret"}
    known |= {"studio", "vectors", "close"}
    assert {need for check in checks() for need in check.needs} == known


def test_every_check_of_a_modelled_fact_knows_what_to_expect() -> None:
    silent = [check.fact for check in checks() if not check.expect and FACTS[check.fact].setting is None]
    assert [fact for fact in silent if FACTS[fact].modelled] == []


def test_the_double_agrees_with_itself() -> None:
    report = run()
    findings = compare(report, list(FACTS.values()))
    assert [finding for finding in findings if finding.verdict not in ("agrees", "told")] == []
    # What is not modelled claims nothing in the double.
    assert {finding.fact for finding in findings if finding.verdict == "told"} <= {
        fact.id for fact in FACTS.values() if not fact.modelled
    }
    # Whatever can be observed there is.
    assert set(report.results) | set(report.skipped) == {check.fact for check in checks()}
    assert set(report.skipped) == {"preload.timeout", "audio.server.ended.delay"}
    # A report is plain data, without what is secret.
    found = json.loads(report.text())
    assert found["place"] == "double"
    assert {type(result["observed"]) for result in found["results"].values()} <= {bool, int, float, str, list}
    assert "made up for the probe" not in report.text()


@pytest.mark.thorough
@pytest.mark.parametrize("vm", [vm for vm in get_args(VmName.__value__) if vm != "pluau"])
def test_the_other_vm_agrees(vm: VmName) -> None:
    before, Universe.default_vm = Universe.default_vm, vm
    try:
        findings = compare(run(), list(FACTS.values()))
    finally:
        Universe.default_vm = before
    assert [finding for finding in findings if finding.verdict in ("contradicts", "otherwise")] == []
