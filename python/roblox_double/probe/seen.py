"""Bringing a report home: what was seen, written into the table of facts, and what unknowns turned out to be."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from roblox_double.probe.compare import Finding
from roblox_double.probe.report import Report, ReportError
from roblox_double.settings import Settings

_BETWEEN = "; "


def mark_seen(table: Path, report: Report, findings: Sequence[Finding]) -> int:
    """Write into the table which facts were seen to hold, by `seen`; return how many. Raises ReportError.

    A fact keeps one entry for each place, the newest.
    """
    if report.is_of_the_double:
        raise ReportError("it was made in the double, which shows nothing about the engine")
    agreeing = {finding.fact for finding in findings if finding.verdict == "agrees"}
    text = table.read_text(encoding="utf-8")
    for name in agreeing:
        block = re.compile(
            rf'(\[\[fact\]\]\nid = "{re.escape(name)}"\n(?:(?!\[\[fact\]\]).*\n?)*?)(?=\n\[\[fact\]\]|\Z)'
        )
        text = block.sub(lambda found: _with_line(found[1], report), text, count=1)
    table.write_text(text, encoding="utf-8", newline="\n")
    return len(agreeing)


def _with_line(entry: str, report: Report) -> str:
    old = re.search(r'^seen = "(.*)"\n', entry, re.MULTILINE)
    entries = [*(old[1].split(_BETWEEN) if old else ()), report.seen]
    # Of two of the same day the last one counts.
    newest = {_of(one)[0]: one for one in sorted(entries, key=lambda one: _of(one)[1])}
    line = f'seen = "{_BETWEEN.join(sorted(newest.values()))}"\n'
    if old:
        return entry.replace(old[0], line)
    # A heading may follow, which is of the next facts.
    own, gap, heading = entry.rstrip("\n").partition("\n\n")
    return f"{own}\n{line}" + (f"\n{heading}\n" if gap else "")


def _of(seen: str) -> tuple[str, str]:
    """Return the place and the date of an entry."""
    place, day = seen.split(" ")[-2:]
    return place, day


def adopt(source: Path, findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Let the defaults of unknowns be what they turned out to be, in `settings.py`; return those changed, and refused.

    Refused is what is no value of the setting's type: it has to get another value first.
    """
    changed: list[Finding] = []
    refused: list[Finding] = []
    text = source.read_text(encoding="utf-8")
    types = get_type_hints(Settings)
    for finding in findings:
        if finding.setting is None or finding.verdict != "otherwise":
            continue
        value = _fitting(types[finding.setting], finding.observed)
        line = re.compile(rf"^(    {finding.setting}: [^=\n]+= ).*$", re.MULTILINE)
        if value is None or not line.search(text):
            refused.append(finding)
            continue
        written = "math.inf" if value == math.inf else f'"{value}"' if isinstance(value, str) else repr(value)
        text = line.sub(lambda found, written=written: found[1] + written, text, count=1)
        changed.append(finding)
    source.write_text(text, encoding="utf-8", newline="\n")
    return changed, refused


def _is_simple(text: str) -> bool:
    """Tell whether a text can stand between quotes as it is."""
    return text.isprintable() and '"' not in text and "\\" not in text


def _fitting(kind: Any, observed: Any) -> Any:
    """Return the observed value as one of a setting's type; None if it is none."""
    if get_origin(kind) is Literal:
        return observed if observed in get_args(kind) else None
    if kind is bool or kind is str:
        return observed if type(observed) is kind and _is_simple(str(observed)) else None
    if observed == "inf":
        return math.inf if kind is float else None
    if isinstance(observed, bool) or not isinstance(observed, (int, float)):
        return None
    if kind is int:
        return int(observed) if observed == int(observed) else None
    return float(observed)
