"""What comes out of a check: one flat account of it, as JSON, as JUnit's XML, and as a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from audioscape_luau.contract.case import PHASES, Outcome
from audioscape_luau.contract.telling import Telling
from audioscape_luau.report import Cell, Detail, Page, Row, Table, Tile, render


@dataclass(frozen=True, slots=True)
class Results:
    """A check that has ended.

    module: the build that was checked. broken: a telling of each case that broke. declared, handled: names of what the
    contract declares and of what the client was seen to handle (`coverage`); handled is None if only a part was run.
    """

    module: str
    outcomes: Sequence[Outcome]
    broken: Sequence[Telling]
    declared: Sequence[str]
    handled: frozenset[str] | None

    @property
    def missing(self) -> list[str]:
        """What the contract declares and no case saw handled."""
        return [] if self.handled is None else [name for name in self.declared if name not in self.handled]

    @property
    def kept(self) -> bool:
        return not self.broken and not self.missing

    def phases(self) -> list[tuple[str, int, int]]:
        """Return name, cases and broken cases of each phase that ran."""
        run = Counter(outcome.case.phase for outcome in self.outcomes)
        bad = Counter(outcome.case.phase for outcome in self.outcomes if not outcome.kept)
        return [(phase, run[phase], bad[phase]) for phase in PHASES if run[phase]]


def as_json(results: Results) -> dict[str, Any]:
    """Return the results as plain data."""
    return {
        "kept": results.kept,
        "module": results.module,
        "phases": {name: {"cases": cases, "broken": bad} for name, cases, bad in results.phases()},
        "broken": [asdict(telling) for telling in results.broken],
        "declared": len(results.declared),
        "never_handled": results.missing,
    }


def as_junit(results: Results) -> str:
    """Return the results as the XML that CI servers read, a suite for each phase."""
    tellings = {telling.title: telling for telling in results.broken}
    suites = Element("testsuites", name="audioscape check")
    for phase, cases, bad in results.phases():
        mine = [outcome for outcome in results.outcomes if outcome.case.phase == phase]
        seconds = sum(outcome.seconds for outcome in mine)
        suite = SubElement(suites, "testsuite", name=phase, tests=str(cases), failures=str(bad), time=f"{seconds:.3f}")
        for outcome in mine:
            case = SubElement(suite, "testcase", classname=phase, name=outcome.case.name, time=f"{outcome.seconds:.3f}")
            if not outcome.kept:
                telling = tellings[f"{phase}/{outcome.case.name}"]
                failure = SubElement(case, "failure", message=_printable(_summary(telling)))
                failure.text = _printable("\n\n".join(f"{label}:\n{text}" for label, text, _ in telling.parts()))
    if results.handled is not None:
        suite = SubElement(
            suites,
            "testsuite",
            name="coverage",
            tests=str(len(results.declared)),
            failures=str(len(results.missing)),
        )
        for name in results.declared:
            case = SubElement(suite, "testcase", classname="coverage", name=name)
            if name in results.missing:
                SubElement(case, "failure", message="no case saw this handled")
    return tostring(suites, encoding="unicode", xml_declaration=True)


def as_html(results: Results) -> str:
    """Return the results as a page."""
    cases = len(results.outcomes)
    tiles = [
        Tile("contract", "kept" if results.kept else "broken", "good" if results.kept else "bad"),
        Tile("cases", str(cases)),
        Tile("broken", str(len(results.broken)), "bad" if results.broken else "good"),
    ]
    parts = [
        Table(
            ("case", "broken rule", "seen"),
            tuple(_row(telling) for telling in results.broken),
            title="Broken",
            empty="Every rule was kept.",
        ),
        Table(
            ("phase", "cases", "broken"),
            tuple(
                Row((name, str(run), Cell(str(bad), "bad" if bad else "good"))) for name, run, bad in results.phases()
            ),
            title="Phases",
        ),
    ]
    if results.handled is not None:
        count = len(results.declared)
        tiles.append(
            Tile("handled", f"{count - len(results.missing)} of {count}", "bad" if results.missing else "good")
        )
        rows = [
            Row((*name.split(": ", 1), Cell(*(("never", "bad") if name in results.missing else ("yes", "good")))))
            for name in results.declared
        ]
        parts.append(Table(("operation", "declared", "seen to be handled"), tuple(rows), title="Coverage"))
    return render(
        Page(
            "Contract report",
            lead=f"{results.module} against the specification.",
            tiles=tuple(tiles),
            parts=tuple(parts),
        )
    )


def _row(telling: Telling) -> Row:
    rule, _, seen = telling.rules[0]
    details = [Detail("Rule", "\n".join(f"{name}: {meaning}\n  {what}" for name, meaning, what in telling.rules))]
    details += [Detail(label, text, language) for label, text, language in telling.parts()]
    return Row((telling.title, Cell(rule, "bad"), seen), details=tuple(details))


def _summary(telling: Telling) -> str:
    return "; ".join(f"{name}: {what}" for name, _, what in telling.rules)


def _printable(text: str) -> str:
    """Leave out what XML cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff"))
