"""What a report says of the facts: which hold, which do not, and what nobody knew before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from roblox_double.facts import Fact
from roblox_double.probe import checks, expected, holds
from roblox_double.probe.report import Report
from roblox_double.settings import Settings

type Verdict = Literal["agrees", "contradicts", "otherwise", "threw", "told", "stranger"]
"""otherwise: an unknown turned out to be other than its default. threw: the check itself raised an error. told: what
was observed of a fact that claims nothing. stranger: there is no such fact, or no check of it."""
_RAISED = "raised: "
"""How `luau/init.luau` begins what it reports of a check that raised an error."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a report says of one fact."""

    fact: str
    verdict: Verdict
    observed: Any
    expected: tuple[Any, ...] = ()
    """What may be observed if the fact holds."""
    setting: str | None = None
    """The setting that the observed value is one of, where the fact is unknown: what it turned out to be."""


def compare(report: Report, facts: Sequence[Fact], settings: Settings | None = None) -> list[Finding]:
    """Compare a report with the table, as `settings` have its unknowns."""
    by_id = {fact.id: fact for fact in facts}
    known = {check.fact: check for check in checks()}
    assumed = settings or Settings()
    findings: list[Finding] = []
    for name, observed in report.results.items():
        fact, check = by_id.get(name), known.get(name)
        if fact is None or check is None:
            findings.append(Finding(name, "stranger", observed))
            continue
        claims = expected(check, fact, assumed)
        agrees = holds(observed, claims, check.within)
        claimed = not (report.is_of_the_double and not fact.modelled)
        if claimed and not agrees and isinstance(observed, str) and observed.startswith(_RAISED):
            findings.append(Finding(name, "threw", observed.removeprefix(_RAISED)))
            continue
        if not claims or not claimed:
            findings.append(Finding(name, "told", observed))
            continue
        setting = fact.setting if fact.mark == "unknown" and not check.expect else None
        verdict: Verdict = "otherwise" if setting else "contradicts"
        if agrees:
            verdict = "agrees"
        findings.append(Finding(name, verdict, observed, claims, setting))
    return findings
