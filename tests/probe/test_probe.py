"""The probe: a check of each fact that a script can see, which agrees with the double and notices what is otherwise."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import pytest

from roblox_double.facts import load_facts
from roblox_double.probe import checks, cloud, studio, unseen
from roblox_double.probe.compare import compare
from roblox_double.probe.run import run, run_in
from roblox_double.settings import Settings

FACTS = {fact.id: fact for fact in load_facts()}


def test_each_fact_has_one_check_or_a_reason_why_there_is_none() -> None:
    ids = [*(check.fact for check in checks()), *unseen()]
    assert [fact for fact, count in Counter(ids).items() if count > 1] == []
    assert set(ids) == set(FACTS)


def test_checks_need_only_what_some_place_has() -> None:
    known = {"http", "httpDisabled", "clients", "join", "audio", "published", "unpublished", "scripts", "secret"}
    known |= {"studio", "vectors", "close", "defaults"}
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


ECHO = (*cloud.OFFERS, "http", "secret")
SLOW = Settings(asset_load="never", http_timeout=300, http_limit_mode="stall", memory_store_throttle_prolongs=True)


@pytest.mark.parametrize(
    ("place", "offers", "settings", "at_most", "most"),
    [
        # What is left of four minutes is for what has to start first, and in Studio for a server that closes.
        pytest.param("live", ECHO, Settings(), 165, cloud.SECONDS, id="cloud"),
        pytest.param(
            "playtest", studio.OFFERS, Settings(), 90, studio.SECONDS, id="studio", marks=pytest.mark.thorough
        ),
        pytest.param(
            "playtest",
            studio.offers(alone=True),
            Settings(),
            90,
            studio.SECONDS,
            id="studio without players",
            marks=pytest.mark.thorough,
        ),
        pytest.param("live", ECHO, SLOW, cloud.SECONDS, cloud.SECONDS, id="slow cloud", marks=pytest.mark.thorough),
        pytest.param(
            "playtest",
            studio.OFFERS,
            SLOW,
            studio.SECONDS,
            studio.SECONDS,
            id="slow studio",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_it_takes_no_more_than_four_minutes(
    place: str, offers: Sequence[str], settings: Settings, at_most: float, most: float
) -> None:
    report = run_in(place, offers, checks(), settings=settings, seconds=most)
    if settings is not SLOW:
        findings = compare(report, list(FACTS.values()), settings)
        assert [finding for finding in findings if finding.verdict not in ("agrees", "told")] == []
    assert report.seconds <= at_most <= most <= 240 - 40
    assert len(report.results) > 200


def test_what_has_no_time_left_is_named() -> None:
    report = run_in("live", cloud.OFFERS, checks(), seconds=14)
    late = [fact for fact, why in report.skipped.items() if why == "there was no time left for it"]
    assert report.seconds == 14
    assert {"memory_store.window", "messaging.echo"} <= set(late)
    assert "task.spawn.at_once" in report.results


@pytest.mark.thorough
def test_a_place_whose_events_are_deferred_contradicts_nothing() -> None:
    offers = studio.offers(deferred=True)
    report = run_in("playtest", offers, checks(), settings=Settings(signal_behavior="deferred"))
    wrong = [finding.fact for finding in compare(report, list(FACTS.values())) if finding.verdict != "agrees"]
    assert [fact for fact in wrong if FACTS[fact].modelled] == []
    assert report.results["signal.deferred.disconnect"] == ["deferred", 0, 1]
    assert report.skipped["signal.behavior"] == "needs defaults"
