"""The gate of the Luau module's public surface: what a release promised goes away only if the changelog says so.

`luau/AudioScapeClient.released.txt` is the surface of the last release, committed so that a shallow clone has it. A
line that is no longer in today's surface was removed or changed. Its name has to stand, as code, in an entry of the
changelog's section "Unreleased" that begins with "Removed" or "Changed". To release, copy the surface over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from audioscape_luau.tools.diff.change import Change, Kind, Verdict

_FUNCTION = re.compile(r"function ([\w.:]+)")
_MEMBER = re.compile(r"type (\w+) \| (.+)")
_FIELD = re.compile(r"type (\w+\.(?:\w+|\[.*?\])): ")
_TYPE = re.compile(r"type (\w+)")
_UNRELEASED = re.compile(r"^## Unreleased$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^- (?:Removed|Changed)\b(.*?)(?=^- |\Z)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")


def surface_changes(released: str, current: str, changelog: str) -> tuple[Change, ...]:
    """Return what differs from the released surface; what the changelog names is a warning, what it omits breaks."""
    return tuple(
        sorted(
            _changes(released, current, _named(changelog)),
            key=lambda change: (list(Verdict).index(change.verdict), change.where),
        )
    )


def _changes(released: str, current: str, named: frozenset[str]) -> Iterator[Change]:
    before, after = _items(released), _items(current)
    for name in before.keys() | after.keys():
        if before.get(name) == after.get(name):
            continue
        if name not in before:
            yield Change("added", name, after[name], Verdict.COMPATIBLE, "no game uses it yet")
            continue
        kind: Kind = "changed" if name in after else "removed"
        what = f"{before[name]} -> {after[name]}" if name in after else before[name]
        # A type that is gone as a whole takes its fields and members along.
        owner = re.split(r"[.:]| \| ", name)[0]
        if name in named or (owner in named and owner not in after):
            yield Change(kind, name, what, Verdict.WARNING, "the changelog names it")
        else:
            yield Change(kind, name, what, Verdict.BREAKING, f"the changelog must name `{name}` as Removed or Changed")


def _items(surface: str) -> dict[str, str]:
    return {_name(line): line for line in surface.splitlines() if line}


def _name(line: str) -> str:
    if match := _MEMBER.match(line):
        return f"{match[1]} | {match[2]}"
    for pattern in (_FUNCTION, _FIELD, _TYPE):
        if match := pattern.match(line):
            return match[1]
    raise ValueError(f"not a line of a surface: {line}")


def _named(changelog: str) -> frozenset[str]:
    section = _UNRELEASED.search(changelog)
    entries = _ENTRY.findall(section[1]) if section else []
    return frozenset(name for entry in entries for name in _CODE.findall(entry))
