"""Is the probe worth anything? The double, broken on purpose in one thing at a time, and whether its check notices."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from roblox_double import double
from roblox_double.facts import load_facts
from roblox_double.probe import checks, expected, holds
from roblox_double.probe.run import run
from roblox_double.settings import Settings

_FILE = Path(__file__).parent / "breakages.toml"
_OTHER: Mapping[str, Any] = {
    "remote_depth_limit": 20.0,
    "audio_player_ready_seconds": 7.0,
    "asset_load_seconds": 2.0,
    "http_timeout": 30.0,
    "preload_timeout": 30.0,
    "audio_server_length": 0.5,
    "messaging_seconds": 2.5,
    "memory_store_throttle_seconds": 8.0,
    "client_clock_skew": 30.0,
    "server_time_skew": 30.0,
    "network_latency": 0.3,
    "data_store_start_budget": 40,
    "memory_store_sorted_update_cost": 4,
}
"""Values that a game could meet; other numbers are a little more than the default, other texts others."""
_WITH: Mapping[str, Mapping[str, Any]] = {
    "audio_ended_delay": {"audio_server_ended": "late"},
    "preload_timeout": {"asset_load": "never"},
}
"""Settings that matter only where another one has some value."""


class WorthError(Exception):
    """A breakage cannot be made; the text names it."""


@dataclass(frozen=True, slots=True)
class Breakage:
    """One wrong thing about the double, and the fact that is wrong then."""

    fact: str
    module: str = ""
    """A module of the double whose source is changed: `old` becomes `new`."""
    old: str = ""
    new: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Or settings that are not the defaults."""

    def __str__(self) -> str:
        if self.settings:
            return f"{self.fact}: {', '.join(f'{name} = {value!r}' for name, value in self.settings.items())}"
        return f"{self.fact}: {self.module}: {' '.join(self.old.split())} -> {' '.join(self.new.split())}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a breakage was noticed, and what was observed of its fact."""

    breakage: Breakage
    noticed: bool
    shown: bool
    """Of settings: whether what was observed is the value they were given."""
    observed: Any


def flips() -> list[Breakage]:
    """Return every other value of each setting whose fact has a check."""
    facts = {fact.id: fact for fact in load_facts()}
    found: list[Breakage] = []
    for check in checks():
        name = facts[check.fact].setting
        if name is not None and not check.expect:
            others = [Breakage(check.fact, settings={**_WITH.get(name, {}), name: value}) for value in _others(name)]
            found += others
    return found


def breakages() -> list[Breakage]:
    """Return the changes that were made by hand. Raises WorthError if one fits the source no longer."""
    found: list[Breakage] = []
    for row in tomllib.loads(_FILE.read_text(encoding="utf-8"))["breakage"]:
        breakage = Breakage(**row)
        source = (double.source(breakage.module) or b"").decode()
        if source.count(breakage.old) != 1:
            raise WorthError(f"{breakage}: it is {source.count(breakage.old)} times in the source, not once")
        found.append(breakage)
    return found


def attempt(breakage: Breakage) -> Outcome:
    """Break the double, and ask about the fact."""
    facts = {fact.id: fact for fact in load_facts()}
    (check,) = (check for check in checks() if check.fact == breakage.fact)
    settings = replace(Settings(), **breakage.settings)
    with changed(breakage):
        try:
            report = run(settings=settings, vm="pluau", only=[breakage.fact])
        except Exception as error:  # a double that is broken so far that it does not run is noticed
            return Outcome(breakage, True, False, f"{type(error).__name__}: {error}")
    observed = report.results.get(breakage.fact)
    # A check with nothing to observe notices nothing.
    is_wrong = bool(report.unended) or (
        breakage.fact in report.results
        and not holds(observed, expected(check, facts[breakage.fact], Settings()), check.within)
    )
    is_shown = holds(observed, expected(check, facts[breakage.fact], settings), check.within)
    return Outcome(breakage, is_wrong, is_shown, observed)


def measure(chosen: Sequence[Breakage], told: Callable[[Outcome], None], jobs: int | None = None) -> list[Outcome]:
    """Try all of them in several processes."""
    # What a process has loaded and compiled serves all that it tries.
    context = get_context("spawn")
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(jobs or os.cpu_count(), mp_context=context) as pool:
        for outcome in pool.map(attempt, chosen, chunksize=4):
            outcomes.append(outcome)
            told(outcome)
    return outcomes


@contextmanager
def changed(breakage: Breakage) -> Generator[None]:
    """Let the double have the broken source."""
    true = double.source

    def source(path: str) -> bytes | None:
        text = true(path)
        if text is None or path != breakage.module:
            return text
        return text.replace(breakage.old.encode(), breakage.new.encode())

    if breakage.module:
        double.source = source  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield
    finally:
        double.source = true


def _others(name: str) -> list[Any]:
    kind, default = get_type_hints(Settings)[name], getattr(Settings(), name)
    if name in _OTHER:
        return [_OTHER[name]]
    if get_origin(kind) is Literal:
        return [value for value in get_args(kind) if value != default]
    if kind is bool:
        return [not default]
    if kind is str:
        return [f"{default} otherwise".strip()]
    return [default + 1 if isinstance(default, int) or default >= 1 or math.isinf(default) else default + 0.5]
