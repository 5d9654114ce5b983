"""The table of facts about the engine, `facts.toml`: what the double claims, on whose word, and what it leaves open."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from roblox_double.settings import Settings

type Mark = Literal["documented", "reported", "measured", "unknown"]
_MARKS = ("documented", "reported", "measured", "unknown")
_LINES = {
    "id": 'id = "task.delay.heartbeat"',
    "statement": 'statement = "What the engine does."',
    "source": 'source = "reference/engine/libraries/task"',
    "mark": 'mark = "documented"',
    "modelled": "modelled = true",
    "setting": 'setting = "signal_behavior"',
    "seen": 'seen = "0.700.0.7000000 studio 2026-12-01"',
}
"""What a line of the table looks like, by its key."""
_SEEN = re.compile(r"[^\s;]+ [a-z]+ \d{4}-\d\d-\d\d(; [^\s;]+ [a-z]+ \d{4}-\d\d-\d\d)*")
TABLE = Path(__file__).parent / "facts.toml"


class FactError(Exception):
    """The facts table contradicts itself or the settings; the text names the fact."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement about the engine."""

    id: str
    """Dotted, from the general to the particular: `task.delay.heartbeat`."""
    statement: str
    source: str
    """Where the public can read it: a page of the documentation, a repository, a thread."""
    mark: Mark
    modelled: bool
    setting: str | None = None
    """The field of `Settings` that switches it, where the answer is unknown or a matter of the place."""
    seen: str | None = None
    """The engines in which a probe saw it hold, each by version, place and date; `roblox_double.probe` writes it."""


def load_facts(path: Path = TABLE) -> tuple[Fact, ...]:
    """Read the table. Raises FactError if it breaks its own rules."""
    settings = {field.name for field in fields(Settings)}
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("fact", [])
    except tomllib.TOMLDecodeError as error:
        raise FactError(f"{path.name} is not TOML: {error}") from None
    facts = tuple(_fact(entry) for entry in entries)
    seen: set[str] = set()
    for fact in facts:
        if fact.id in seen:
            raise FactError(f"{fact.id} is there twice. Give one of them another id")
        seen.add(fact.id)
        if fact.mark not in _MARKS:
            raise FactError(f"{fact.id}: {fact.mark} is no mark. Write one of {', '.join(_MARKS)}")
        if fact.mark == "unknown" and fact.modelled and fact.setting is None:
            raise FactError(
                f"{fact.id} is unknown but modelled without a setting. Name a field of settings.py as its `setting`"
            )
        if fact.seen is not None and not _SEEN.fullmatch(fact.seen):
            raise FactError(f"{fact.id}: seen cannot be {fact.seen!r}. Write a line such as `{_LINES['seen']}`")
        if fact.setting is not None and fact.setting not in settings:
            raise FactError(f"{fact.id}: there is no setting {fact.setting}. Add it to settings.py")
    return facts


def _fact(entry: dict[str, Any]) -> Fact:
    name = entry.get("id", entry)
    known = {field.name: field.default is MISSING for field in fields(Fact)}
    if missing := [key for key, is_required in known.items() if is_required and key not in entry]:
        raise FactError(f"{name} has no {', '.join(missing)}. Add a line such as `{_LINES[missing[0]]}`")
    if unknown := sorted(entry.keys() - known):
        raise FactError(f"{name}: a fact has no {', '.join(unknown)}. It has {', '.join(known)}")
    for key, value in entry.items():
        if type(value) is not (bool if key == "modelled" else str):
            raise FactError(f"{name}: {key} cannot be {value!r}. Write a line such as `{_LINES[key]}`")
    return Fact(**entry)
