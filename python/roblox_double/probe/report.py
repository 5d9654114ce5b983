"""What a probe brings home: a JSON file with what was observed of each fact."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLACE = re.compile(r"double|cloud|studio")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._,()+-]{0,59}")
_LONGEST = 86400
_UNENDED = "did not end within "
"""How `luau/init.luau` begins the reason where a check has taken too long."""
MISSING = "the report has nothing of it"
"""The reason of a fact that was asked about and is in no report."""
_DEEPEST = 8
"""Lists within lists, and a little more than `luau/plain.luau` makes."""


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
    seconds: float = 0.0
    """How long it took; 0 where nobody says."""
    probe: str = ""
    """Which checks made it, as `version` of the probe has it; empty where nobody says."""

    @property
    def is_of_the_double(self) -> bool:
        """Whether it was made in the double, and not in the engine."""
        return self.place == "double"

    @property
    def unended(self) -> list[str]:
        """The facts whose check did not come to its end, or that are missing."""
        return [fact for fact, reason in self.skipped.items() if reason.startswith((_UNENDED, MISSING))]

    def whole(self, asked: Collection[str], reason: str = MISSING) -> Report:
        """Return a report that names what was asked and is missing, with the reason."""
        lost = {fact: reason for fact in asked if fact not in self.results}
        return replace(self, skipped={**lost, **self.skipped})

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
                    **({"probe": self.probe} if self.probe else {}),
                    **({"seconds": self.seconds} if self.seconds else {}),
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
    found = parsed(file.read_bytes(), str(file))
    try:
        return understand(found)
    except ReportError as error:
        raise ReportError(f"{file}: {error}") from None


def parsed(text: str | bytes, what: str) -> Any:
    """Parse JSON. Raises ReportError, by which `what` is none."""
    try:
        return json.loads(text if isinstance(text, str) else decoded(text))
    except (ValueError, RecursionError) as error:
        raise ReportError(f"{what} is no JSON: {error}") from None


def decoded(data: bytes, errors: str = "strict") -> str:
    """Return a file's text, also as programs of Windows write it: UTF-16, or UTF-8 with a mark. Raises ValueError."""
    return data.decode("utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig", errors)


def understand(found: Any) -> Report:
    """Make a report of JSON. Raises ReportError."""
    if not isinstance(found, dict):
        raise ReportError("a report is an object, with engine, place, date, results and skipped")
    parts = cast("dict[str, Any]", found)
    for name, pattern in {"engine": _WORD, "place": _PLACE, "date": _DATE}.items():
        if not (isinstance(parts.get(name), str) and pattern.fullmatch(parts[name])):
            raise ReportError(f"{name} is missing, or is not what a report has there")
    try:
        date.fromisoformat(parts["date"])
    except ValueError as error:
        raise ReportError(f"date: {error}") from None
    results, skipped = _object(parts, "results"), _object(parts, "skipped")
    for fact, result in results.items():
        if not (isinstance(result, dict) and "observed" in result):
            raise ReportError(f"results: {fact} has nothing observed")
        if not _is_plain(cast("dict[str, Any]", result)["observed"]):
            raise ReportError(f"results: what was observed of {fact} is no number, text, truth value or list of them")
    probe = parts.get("probe", "")
    if not (isinstance(probe, str) and re.fullmatch(r"[0-9a-f]{0,64}", probe)):
        raise ReportError("probe is not what a report has there")
    seconds = parts.get("seconds", 0)
    if isinstance(seconds, bool) or not (isinstance(seconds, (int, float)) and 0 <= seconds < _LONGEST):
        raise ReportError("seconds is no number of seconds")
    return Report(
        parts["engine"],
        parts["place"],
        parts["date"],
        {fact: result["observed"] for fact, result in sorted(results.items())},
        {fact: str(reason) for fact, reason in sorted(skipped.items())},
        seconds,
        probe,
    )


def with_notes(report: Report, notes: Iterable[bytes], asked: Collection[str]) -> Report:
    """Return a report with what a closing server has told: of each fact that was `asked` about the last word.

    Raises ReportError.
    """
    seen: dict[str, Any] = {}
    for note in notes:
        match parsed(note, "a note of a closing server"):
            case {"fact": str(fact), "observed": observed} if _is_plain(observed):
                if fact in asked:
                    seen[fact] = observed
            case _:
                raise ReportError("a note of a closing server has no fact, or nothing observed")
    skipped = {fact: reason for fact, reason in report.skipped.items() if fact not in seen}
    return replace(report, results=dict(sorted({**report.results, **seen}.items())), skipped=skipped)


def _is_plain(observed: object, depth: int = 0) -> bool:
    """Tell whether something is as `luau/plain.luau` makes it."""
    if isinstance(observed, list):
        return depth < _DEEPEST and all(_is_plain(one, depth + 1) for one in cast("list[object]", observed))
    try:
        return isinstance(observed, str) or (isinstance(observed, (int, float)) and math.isfinite(observed))
    except OverflowError:
        return False


def _object(parts: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = parts.get(name)
    # An empty table of Luau is an empty list in JSON.
    if found == []:
        return {}
    if not isinstance(found, dict):
        raise ReportError(f"{name} is missing, or no object")
    return cast("dict[str, Any]", found)
