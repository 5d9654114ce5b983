"""What a check of the real API comes to, in words and without the key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from audioscape_luau.contract.drift import paths
from audioscape_luau.contract.report import curl, reply_of, shortened, without
from audioscape_luau.contract.results import Account, Suite, Verdict
from audioscape_luau.live.check import Asked, Drift, LiveCheck
from audioscape_luau.report import Cell, Detail, Page, Part, Row, Table, Tile, Tone

UNCHECKED = 2
"""The exit code where nothing could be found out."""
_LONGEST_VALUE = 200
_KINDS = ("added", "missing", "wrong")


@dataclass(frozen=True, slots=True)
class DriftReport:
    """A drift in words. found, asked, request, reply: of the first time. seen: how often of `total`."""

    kind: str
    operation: str
    place: str
    seen: int
    total: int
    expected: str
    found: str
    asked: str
    request: str
    reply: str

    @property
    def title(self) -> str:
        return f"{self.operation}: {self.kind} {self.place}"

    @property
    def count(self) -> str:
        return f"{self.seen} of {self.total}"


@dataclass(frozen=True, slots=True)
class LiveReport:
    """A whole check in words. requests: name, status, seconds and what deviated, of each in turn."""

    kept: bool
    base_url: str
    budget: int
    obstacle: str
    stopped: str
    drifts: Sequence[DriftReport]
    requests: Sequence[tuple[str, int, float, str]]
    not_asked: Sequence[str]
    fields: Mapping[str, Mapping[str, Mapping[str, int]]]
    """By operation and path: how often a field could have been, was, and was null."""

    @property
    def verdict(self) -> str:
        """The answer in a sentence."""
        if self.drifts:
            kinds = Counter(drift.kind for drift in self.drifts)
            counts = ", ".join(f"{kinds[kind]} {kind}" for kind in _KINDS if kinds[kind])
            return f"The API differs from the spec: {counts}."
        if self.obstacle:
            return f"The API could not be checked: {self.obstacle}."
        return "The API matches the spec in everything that was checked."

    @property
    def exit_code(self) -> int:
        return 1 if self.drifts else UNCHECKED if self.obstacle else 0


def report_live(check: LiveCheck, key: str) -> LiveReport:
    """Return a check that has run, in words."""

    def shown(text: str, longest: int = _LONGEST_VALUE) -> str:
        return shortened(without(text, key), longest)

    drifts = check.drifts()
    return LiveReport(
        kept=not drifts and not check.obstacle,
        base_url=without(check.base_url, key),
        budget=check.requests,
        obstacle=shown(check.obstacle),
        stopped=shown(check.stopped),
        drifts=[_report(drift, check.model.api_key_header, key) for drift in drifts],
        requests=[
            (shown(_name(asked)), asked.response.status_code, asked.seconds, shown(_deviations(asked)))
            for asked in check.asked
        ],
        not_asked=[shown(name) for name in check.not_asked],
        fields={operation.id: dict(_fields(check, operation.id)) for operation in check.operations},
    )


def account_of_live(told: LiveReport) -> Account:
    """Return what such a check comes to."""
    kinds = Counter(drift.kind for drift in told.drifts)
    data: dict[str, Any] = {
        "kept": told.kept,
        "verdict": told.verdict,
        "base_url": told.base_url,
        "requests": len(told.requests),
        "budget": told.budget,
        "stopped": told.stopped,
        "obstacle": told.obstacle,
        "counts": {kind: kinds[kind] for kind in _KINDS},
        "drift": [asdict(drift) for drift in told.drifts],
        "asked": [
            {"name": name, "status": status, "seconds": round(seconds, 3), "deviations": deviations}
            for name, status, seconds, deviations in told.requests
        ],
        "not_asked": list(told.not_asked),
        "fields": told.fields,
    }
    return Account(data, list(_suites(told)), _page(told))


def _report(drift: Drift, key_header: str, key: str) -> DriftReport:
    asked = drift.asked
    return DriftReport(
        kind=drift.kind,
        operation=drift.operation.id,
        place=shortened(without(drift.place, key), _LONGEST_VALUE),
        seen=drift.seen,
        total=drift.total,
        expected=without(drift.expected, key),
        found=shortened(without(drift.found or "nothing", key), _LONGEST_VALUE),
        asked=without(asked.probe.name, key),
        request=shortened(curl(asked.request, key_header, key)),
        reply=shortened(without(reply_of(asked.response), key)),
    )


def _name(asked: Asked) -> str:
    return f"{asked.probe.operation.id}: {asked.probe.name}"


def _deviations(asked: Asked) -> str:
    places = Counter(f"{deviation.kind} {deviation.path}" for deviation in asked.deviations)
    return ", ".join(f"{place} ({count})" if count > 1 else place for place, count in places.items())


def _fields(check: LiveCheck, operation_id: str) -> Iterator[tuple[str, dict[str, int]]]:
    operation = check.model.operation(operation_id)
    seen = check.seen_of(operation)
    for path, within in paths(operation.reply or operation.result):
        yield path, {"objects": seen.objects[within], "values": seen.values[path], "nulls": seen.nulls[path]}


def _suites(told: LiveReport) -> Iterator[Suite]:
    failure = told.obstacle and not told.drifts
    yield Suite("live", [Verdict("the API can be checked", failure=told.obstacle if failure else "")])
    yield Suite("requests", [Verdict(name, seconds, deviations) for name, _, seconds, deviations in told.requests])
    yield Suite("drift", [Verdict(drift.title, failure=_summary(drift), text=_text(drift)) for drift in told.drifts])


def _summary(drift: DriftReport) -> str:
    return f"{drift.count}: found {drift.found}, the spec says {drift.expected}"


def _text(drift: DriftReport) -> str:
    return f"Asked: {drift.asked}\n\nRequest:\n{drift.request}\n\nReply:\n{drift.reply}"


def _page(told: LiveReport) -> Page:
    kinds = Counter(drift.kind for drift in told.drifts)
    word, tone = _ANSWERS[told.exit_code]
    tiles = [Tile("API", word, tone), Tile("requests", f"{len(told.requests)} of {told.budget}")]
    tiles += [Tile(kind, str(kinds[kind]), "bad" if kinds[kind] else "good") for kind in _KINDS]
    parts: list[Part] = [
        Table(
            ("operation", "drift", "where", "seen", "found", "specified"),
            tuple(_row(drift) for drift in told.drifts),
            title="Drift",
            empty="No differences from the spec.",
        ),
        Table(
            ("request", "status", "seconds", "deviations"),
            tuple(
                Row((name, str(status), f"{seconds:.2f}", Cell(deviations, "bad") if deviations else "none"))
                for name, status, seconds, deviations in told.requests
            ),
            title="Requests",
            note=f"Stopped early: {told.stopped}." if told.stopped else "",
        ),
        Table(
            ("operation", "field", "places", "values", "null"),
            tuple(
                Row((operation, path, *(str(counts[name]) for name in ("objects", "values", "nulls"))))
                for operation, fields in told.fields.items()
                for path, counts in fields.items()
            ),
            title="Fields",
            note="How often each field could have been there, was there, and was null.",
        ),
    ]
    if told.not_asked:
        rows = tuple(Row((name,)) for name in told.not_asked)
        parts.append(Table(("request",), rows, title="Not asked", note="The request budget was used up."))
    return Page("Live API report", lead=f"{told.base_url}: {told.verdict}", tiles=tuple(tiles), parts=tuple(parts))


_ANSWERS: Mapping[int, tuple[str, Tone]] = {
    0: ("as specified", "good"),
    1: ("differs", "bad"),
    UNCHECKED: ("not checked", "warn"),
}


def _row(drift: DriftReport) -> Row:
    details = (
        Detail("Asked", drift.asked),
        Detail("Request", drift.request, "sh"),
        Detail("Reply", drift.reply, "http"),
    )
    return Row(
        (drift.operation, Cell(drift.kind, "bad"), drift.place, drift.count, drift.found, drift.expected), details
    )
