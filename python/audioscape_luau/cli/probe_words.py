"""What a report of the probe says, in words."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from audioscape_luau import resources
from audioscape_luau.tools import probe as asked

DO = "open an issue with the report in the repository that you cloned"
"""How a report comes to those who keep the facts."""
_LONGEST = 300
_WIDTH = 110
_NEEDS = "needs "
"""How `init.luau` begins the reason where a place does not offer something."""
_LACKS = {
    "http": "a host that answers (--echo)",
    "httpDisabled": "a game that may not use HTTP",
    "clients": "players",
    "join": "a player who joins later",
    "audio": "sounds that may be played (--audio)",
    "defaults": "a place with the settings of a new file",
    "published": "a published place",
    "unpublished": "a place that is only a file",
    "scripts": "scripts that start by themselves",
    "secret": "the secret ProbeSecret (--secret)",
    "studio": "Studio",
    "vectors": "vectors with methods",
    "close": "a server that tells a host of its end",
}
_NOWHERE: Mapping[str, Mapping[str, str]] = {
    "cloud": dict.fromkeys(("clients", "join", "scripts", "close", "studio"), "a task of Open Cloud has none"),
    "studio": {"published": "the place is only a file"},
}
"""Why a kind of place never offers something."""


def in_words(report: asked.Report, findings: Sequence[asked.Finding], *, everything: bool = False) -> Iterator[str]:
    """Yield lines: what differs from what is assumed, and what was left out; all else is counted."""
    took = f", in {report.seconds:.0f} s" if report.seconds and not report.is_of_the_double else ""
    yield f"{report.seen}: {counted(len(report.results), 'fact')} observed{took}, {len(report.skipped)} left out."
    if report.probe not in ("", asked.version()):
        yield "It was made by other checks than those here: what contradicts may be a check that has changed since."
    by = {verdict: [one for one in findings if one.verdict == verdict] for verdict in {one.verdict for one in findings}}
    assumed = [one for one in by.get("agrees", []) if one.setting is not None]
    known = len(by.get("agrees", [])) - len(assumed)
    if known:
        yield f"{known} {'agrees' if known == 1 else 'agree'}."
    yield from _contradictions(by.get("contradicts", []))
    if threw := by.get("threw", []):
        yield f"{counted(len(threw), 'check')} raised an error, which says nothing of the fact yet:"
        yield from (f"  {one.fact}: {_cut(str(one.observed))} ({_where(one.fact)})" for one in threw)
        yield "  Look there whether the check is wrong or the engine; if you cannot tell, " + DO + "."
    if otherwise := by.get("otherwise", []):
        yield f"{counted(len(otherwise), 'unknown')} other than assumed:"
        for one in otherwise:
            yield f"  {one.fact}: {as_json(one.observed)}, not {_either(one)} ({one.setting})"
        yield "  In a clone, probe read --settings lets the simulation assume what was seen."
    if told := by.get("told", []):
        yield f"Observed of {counted(len(told), 'fact')} for which nothing is assumed:"
        yield from (f"  {one.fact}: {as_json(one.observed)}" for one in told)
    if strangers := by.get("stranger", []):
        yield f"{counted(len(strangers), 'observation')} of no fact that has a check here, perhaps of another version:"
        yield from _names(one.fact for one in strangers)
    if assumed:
        end = ":" if everything else " (probe read --all lists them)."
        yield f"{counted(len(assumed), 'unknown')} {'is' if len(assumed) == 1 else 'are'} as assumed{end}"
        if everything:
            yield from (f"  {one.fact}: {as_json(one.observed)} ({one.setting})" for one in assumed)
    yield from _left_out(report)


def unmentioned(report: asked.Report, *, everything: bool = False) -> Iterator[str]:
    """Yield lines: the checks of which a report says neither what they observed nor why they did not."""
    names = [fact for fact in asked.where() if fact not in report.results and fact not in report.skipped]
    if names:
        end = ":" if everything else " (probe read --all lists them)."
        said = f"It says nothing of {counted(len(names), 'check')}, for it is of some facts only or of another version"
        yield f"{said}{end}"
        if everything:
            yield from _names(names)


def counted(number: int, noun: str) -> str:
    """Return how many there are of something."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_json(value: object) -> str:
    """Return a value as a report has it."""
    return _cut(json.dumps(value, ensure_ascii=False))


def _contradictions(findings: Sequence[asked.Finding]) -> Iterator[str]:
    if not findings:
        return
    yield f"{counted(len(findings), 'fact')} contradicted:"
    says = asked.statements()
    for one in findings:
        yield f"  {one.fact}: {says[one.fact]}"
        yield f"    expected {_either(one)}"
        yield f"    observed {as_json(one.observed)}"
        yield f"    the check is in {_where(one.fact)}"
    yield (
        "  Look there whether the check asks for what the fact says. If it does, the simulation is wrong: "
        f"change the fact and what simulates it, or {DO}."
    )


def _left_out(report: asked.Report) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for fact, reason in report.skipped.items():
        reasons.setdefault(reason, []).append(fact)
    for reason, facts in sorted(reasons.items(), key=lambda pair: (not pair[0].startswith(_NEEDS), pair[0])):
        if reason.startswith(_NEEDS):
            need, _, why = reason.removeprefix(_NEEDS).partition(": ")
            why = why or _NOWHERE.get(report.place, {}).get(need, "")
            given = f" ({_cut(why)})" if why else ""
            yield f"{counted(len(facts), 'fact')} left out for want of {_LACKS.get(need, need)}{given}:"
        else:
            yield f"{counted(len(facts), 'check')} observed nothing ({_cut(reason)}):"
        yield from _names(facts)


def _names(facts: Iterable[str]) -> Iterator[str]:
    indent = "  "
    yield from textwrap.wrap(
        ", ".join(facts),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _either(finding: asked.Finding) -> str:
    return " or ".join(as_json(one) for one in finding.expected)


def _where(fact: str) -> str:
    file, line = asked.where()[fact]
    root = resources.checkout()
    shown: Path = file.relative_to(root) if root is not None and file.is_relative_to(root) else file
    return f"{shown.as_posix()}:{line}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
