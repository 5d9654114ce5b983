"""What a probe brings home: a JSON file with what was observed of each fact."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PLACE = re.compile(r"[a-z]{1,20}")
_WORD = re.compile(r"[A-Za-z0-9 ._,()+-]{1,60}")


NOTE = "/probe/note"
"""Where a closing server tells the host of a fact."""


class ReportError(Exception):
    """Something is no report of a probe; the text says why."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was observed, where and when."""

    engine: str
    """The engine's version."""
    place: str
    """double, cloud or studio."""
    date: str
    results: Mapping[str, Any]
    """What was observed, by fact: plain data."""
    skipped: Mapping[str, str]
    """Why nothing was, by fact."""

    @property
    def is_of_the_double(self) -> bool:
        """Whether it was made in the double, and not in the engine."""
        return self.place == "double"

    @property
    def seen(self) -> str:
        """Where and when, as `seen` of a fact has it."""
        return f"{self.engine.replace(' ', '_')} {self.place} {self.date}"

    def text(self) -> str:
        """Return the report as a file has it: the same text for the same observations."""
        return (
            json.dumps(
                {
                    "engine": self.engine,
                    "place": self.place,
                    "date": self.date,
                    "results": {fact: {"observed": seen} for fact, seen in sorted(self.results.items())},
                    "skipped": dict(sorted(self.skipped.items())),
                },
                indent=1,
                ensure_ascii=False,
            )
            + "\n"
        )


def read(file: Path) -> Report:
    """Read a file. Raises ReportError, also for what is no JSON, and OSError."""
    try:
        return understand(json.loads(file.read_text(encoding="utf-8")))
    except (json.JSONDecodeError, UnicodeError, RecursionError) as error:
        raise ReportError(f"{file} is no JSON: {error}") from None
    except ReportError as error:
        raise ReportError(f"{file}: {error}") from None


def understand(found: Any) -> Report:
    """Make a report of JSON. Raises ReportError."""
    if not isinstance(found, dict):
        raise ReportError("a report is an object, with engine, place, date, results and skipped")
    parts = cast("dict[str, Any]", found)
    for name, pattern in {"engine": _WORD, "place": _PLACE, "date": _DATE}.items():
        if not (isinstance(parts.get(name), str) and pattern.fullmatch(parts[name])):
            raise ReportError(f"{name} is missing, or is not what a report has there")
    results, skipped = _object(parts, "results"), _object(parts, "skipped")
    for fact, result in results.items():
        if not (isinstance(result, dict) and "observed" in result):
            raise ReportError(f"results: {fact} has nothing observed")
    return Report(
        parts["engine"],
        parts["place"],
        parts["date"],
        {fact: result["observed"] for fact, result in sorted(results.items())},
        {fact: str(reason) for fact, reason in sorted(skipped.items())},
    )


def with_notes(report: Report, notes: Iterable[bytes], asked: Collection[str]) -> Report:
    """Return a report with what a closing server has told: of each fact that was `asked` about the last word.

    Raises ReportError.
    """
    seen: dict[str, Any] = {}
    for note in notes:
        try:
            found = json.loads(note)
            fact, observed = found["fact"], found["observed"]
        except (ValueError, TypeError, KeyError) as error:
            raise ReportError(f"a note of a closing server is none: {error}") from None
        if fact in asked:
            seen[str(fact)] = observed
    skipped = {fact: reason for fact, reason in report.skipped.items() if fact not in seen}
    return replace(report, results=dict(sorted({**report.results, **seen}.items())), skipped=skipped)


def _object(parts: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = parts.get(name)
    # An empty table of Luau is an empty list in JSON.
    if found == []:
        return {}
    if not isinstance(found, dict):
        raise ReportError(f"{name} is missing, or no object")
    return cast("dict[str, Any]", found)
