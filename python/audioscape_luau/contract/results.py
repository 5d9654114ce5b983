"""What comes out of a check of a client, and of any check: an account of it as JSON, as JUnit's XML, and as a page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from audioscape_luau.contract.case import PHASES, Phase
from audioscape_luau.contract.report import Report
from audioscape_luau.report import Cell, Detail, Page, Row, Table, Tile, legible, render

_LONGEST_CELL = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """A case as CI servers count it. failure: in one line, empty if there is none. text: all that is to say of it."""

    name: str
    seconds: float = 0.0
    failure: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases that belong together."""

    name: str
    cases: Sequence[Verdict]


@dataclass(frozen=True, slots=True)
class Account:
    """What any check comes to. Nothing in it holds a key. data: for other programs. page: for people."""

    data: Mapping[str, Any]
    suites: Sequence[Suite]
    page: Page


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a case, in words. seconds: real ones. report: of what broke; None if the case is kept."""

    phase: Phase
    name: str
    seconds: float
    report: Report | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """A check that has ended.

    module: the build that was checked. findings: of each case. declared, handled: names of what the
    contract declares and of what the client was seen to handle (`coverage`), with how many cases of each phase showed
    it; handled is None if only a part was run.
    """

    module: str
    findings: Sequence[Finding]
    declared: Sequence[str]
    handled: Mapping[str, Mapping[str, int]] | None

    @property
    def broken(self) -> list[Report]:
        """What is to be said of the cases that broke."""
        return [finding.report for finding in self.findings if finding.report]

    @property
    def missing(self) -> list[str]:
        """What the contract declares and no case saw handled."""
        return [] if self.handled is None else [name for name in self.declared if name not in self.handled]

    @property
    def kept(self) -> bool:
        return not self.broken and not self.missing

    @property
    def verdict(self) -> str:
        """The answer in a sentence."""
        found = [_count(len(self.broken), "case failed", "cases failed")] if self.broken else []
        if self.missing:
            found.append(
                _count(len(self.missing), "part of the spec was never seen", "parts of the spec were never seen")
            )
        return f"The client breaks the spec: {' and '.join(found)}." if found else "The client follows the spec."

    def phases(self) -> list[tuple[str, int, int]]:
        """Return name, cases and broken cases of each phase that ran."""
        run = Counter(finding.phase for finding in self.findings)
        bad = Counter(finding.phase for finding in self.findings if finding.report)
        return [(phase, run[phase], bad[phase]) for phase in PHASES if run[phase]]


def as_json(account: Account) -> str:
    """Return an account for other programs."""
    return json.dumps(account.data, indent=2)


def as_junit(account: Account) -> str:
    """Return an account as the XML that CI servers read."""
    root = Element("testsuites", name="audioscape check")
    for suite in account.suites:
        seconds = sum(case.seconds for case in suite.cases)
        failures = sum(1 for case in suite.cases if case.failure)
        about = {"tests": str(len(suite.cases)), "failures": str(failures), "time": f"{seconds:.3f}"}
        element = SubElement(root, "testsuite", {"name": suite.name, **about})
        for case in suite.cases:
            name = legible(case.name)
            inner = SubElement(element, "testcase", classname=suite.name, name=name, time=f"{case.seconds:.3f}")
            if case.failure:
                failure = SubElement(inner, "failure", message=legible(case.failure))
                failure.text = legible(case.text) or None
    return tostring(root, encoding="unicode", xml_declaration=True)


def as_html(account: Account) -> str:
    """Return an account as a page."""
    return render(account.page)


def account_of(results: Results) -> Account:
    """Return what a check of a client comes to."""
    data = {
        "kept": results.kept,
        "module": results.module,
        "phases": {name: {"cases": cases, "broken": bad} for name, cases, bad in results.phases()},
        "broken": [asdict(report) for report in results.broken],
        "declared": len(results.declared),
        "never_handled": results.missing,
    }
    return Account(data, list(_suites(results)), _page(results))


def _suites(results: Results) -> Iterator[Suite]:
    for phase, _, _ in results.phases():
        yield Suite(phase, [_case(finding) for finding in results.findings if finding.phase == phase])
    if results.handled is not None:
        failures = dict.fromkeys(results.missing, "no case showed that the client handles this")
        yield Suite("coverage", [Verdict(name, failure=failures.get(name, "")) for name in results.declared])


def _case(finding: Finding) -> Verdict:
    report = finding.report
    if report is None:
        return Verdict(finding.name, finding.seconds)
    text = "\n\n".join(f"{label}:\n{part}" for label, part, _ in report.parts())
    return Verdict(finding.name, finding.seconds, _summary(report), text)


def _page(results: Results) -> Page:
    cases = len(results.findings)
    tiles = [
        Tile("result", "passed" if results.kept else "failed", "good" if results.kept else "bad"),
        Tile("cases", str(cases)),
        Tile("failed cases", str(len(results.broken)), "bad" if results.broken else "good"),
    ]
    parts = [
        Table(
            ("case", "broken rule", "seen"),
            tuple(_row(report) for report in results.broken),
            title="Failed cases",
            empty="No case failed.",
        ),
        Table(
            ("phase", "cases", "failed"),
            tuple(
                Row((name, str(run), Cell(str(bad), "bad" if bad else "good"))) for name, run, bad in results.phases()
            ),
            title="Phases",
            wide=True,
        ),
    ]
    if results.handled is not None:
        count = len(results.declared)
        tiles.append(
            Tile("handled", f"{count - len(results.missing)} of {count}", "bad" if results.missing else "good")
        )
        parts.append(_coverage(results, results.handled))
    return Page(
        "Contract report",
        lead=f"{results.verdict} Checked: {results.module}.",
        tiles=tuple(tiles),
        parts=tuple(parts),
    )


def _coverage(results: Results, handled: Mapping[str, Mapping[str, int]]) -> Table:
    phases = [name for name, _, _ in results.phases()]
    rows = [
        Row(
            (
                Cell("yes", "good") if name in handled else Cell("never", "bad"),
                *name.split(": ", 1),
                *(str(handled.get(name, {}).get(phase, "")) for phase in phases),
            )
        )
        for name in results.declared
    ]
    return Table(
        ("handled", "operation", "declared", *phases),
        tuple(rows),
        title="Coverage",
        note="What the spec declares, and how many cases of one call in each phase showed that the client handles it.",
        wide=True,
    )


def _row(report: Report) -> Row:
    rule, _, seen = report.rules[0]
    details = [Detail("Rule", "\n".join(f"{name}: {meaning}\n  {what}" for name, meaning, what in report.rules))]
    details += [Detail(label, text, language) for label, text, language in report.parts()]
    return Row((report.title, Cell(rule, "bad"), _excerpt(seen)), details=tuple(details))


def _excerpt(text: str) -> str:
    """Return what a cell has room for; the details have it all."""
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}..."


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _summary(report: Report) -> str:
    return "; ".join(f"{name}: {what}" for name, _, what in report.rules)
