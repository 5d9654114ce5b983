"""The table of facts about the engine, `facts.toml`: what the double claims, on whose word, and what it leaves open."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from roblox_double.settings import Settings

type Mark = Literal["documented", "reported", "measured", "unknown"]
_MARKS = ("documented", "reported", "measured", "unknown")
_FILE = Path(__file__).parent / "facts.toml"


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


def load_facts(path: Path = _FILE) -> tuple[Fact, ...]:
    """Read the table. Raises FactError if it breaks its own rules."""
    settings = {field.name for field in fields(Settings)}
    facts = tuple(_fact(entry) for entry in tomllib.loads(path.read_text(encoding="utf-8"))["fact"])
    seen: set[str] = set()
    for fact in facts:
        if fact.id in seen:
            raise FactError(f"{fact.id} is there twice")
        seen.add(fact.id)
        if fact.mark not in _MARKS:
            raise FactError(f"{fact.id}: {fact.mark} is no mark")
        if fact.mark == "unknown" and fact.modelled and fact.setting is None:
            raise FactError(f"{fact.id} is unknown but modelled without a setting")
        if fact.setting is not None and fact.setting not in settings:
            raise FactError(f"{fact.id}: there is no setting {fact.setting}")
    return facts


def _fact(entry: dict[str, Any]) -> Fact:
    try:
        return Fact(**entry)
    except TypeError as error:
        raise FactError(f"{entry.get('id', entry)}: {error}") from None
