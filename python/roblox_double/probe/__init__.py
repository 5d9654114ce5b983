"""The probe: what the facts say, asked of an engine. The checks are Luau data (`luau/checks`), the same everywhere."""

from __future__ import annotations

import functools
import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard, cast

from roblox_double.facts import Fact
from roblox_double.project import ScriptTree, load_folder
from roblox_double.settings import Settings
from roblox_double.universe import Universe

__all__ = ["LUAU", "ROOM", "Check", "checks", "expected", "holds", "tree", "unseen", "version", "where"]

LUAU = Path(__file__).parent / "luau"
"""The module with the checks."""
ROOM = "ReplicatedStorage"
"""Where it lies in a place: clients run their parts of checks."""
_FACT = re.compile(r'\s*fact = "([^"]+)",')
_LIST = f"""
local found = {{}}
for _, check in require(game.{ROOM}.Probe).checks() do
	table.insert(found, {{
		fact = check.fact,
		needs = check.needs or {{}},
		isExpected = check.expect ~= nil,
		expect = check.expect,
		among = check.among or {{}},
		within = check.within,
	}})
end
return found
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One check, as far as Python has to know it."""

    fact: str
    needs: tuple[str, ...]
    """What the place must offer; `luau/Types.luau` has the names."""
    expect: tuple[Any, ...]
    """What may be observed if the fact holds; nothing if its setting says so, or nobody knows."""
    within: float
    """How far a number may be off."""


@functools.cache
def tree() -> ScriptTree:
    """Return the module, ready to be mounted."""
    return load_folder(LUAU, "Probe")


@functools.cache
def version() -> str:
    """Return what stands for these checks, and no others."""
    digest = hashlib.sha256()
    for file in sorted(LUAU.rglob("*.luau")):
        digest.update(f"{file.relative_to(LUAU).as_posix()}\n{file.read_text(encoding='utf-8')}".encode())
    return digest.hexdigest()[:12]


@functools.cache
def where() -> Mapping[str, tuple[Path, int]]:
    """Return the file and the line in which a check begins, by fact."""
    return {
        found[1]: (file, number)
        for file in (LUAU / "checks").glob("*.luau")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if (found := _FACT.fullmatch(line))
    }


@functools.cache
def checks() -> tuple[Check, ...]:
    """Return all checks, in the order in which they run."""
    with Universe(vm="pluau") as universe:
        server = universe.server()
        server.mount(tree(), ROOM)
        rows = cast("Sequence[Mapping[str, Any]]", server.run(_LIST)[0])
    return tuple(
        Check(
            fact=str(row["fact"]),
            needs=tuple(row["needs"]),
            expect=tuple(map(_one, (row["expect"], *row["among"]))) if row["isExpected"] else (),
            within=float(row.get("within") or 0),
        )
        for row in rows
    )


def expected(check: Check, fact: Fact, settings: Settings) -> tuple[Any, ...]:
    """Return what may be observed in an engine that is as `settings` say: nothing if nobody knows what to expect."""
    if check.expect or fact.setting is None:
        return check.expect
    return (_plain(getattr(settings, fact.setting)),)


def holds(observed: Any, expect: Sequence[Any], within: float = 0.0) -> bool:
    """Tell whether what was observed is one of the things expected."""
    return any(_alike(observed, one, within) for one in expect)


def _alike(observed: object, one: object, within: float) -> bool:
    if _is_number(observed) and _is_number(one):
        return abs(observed - one) <= within
    if isinstance(observed, list) and isinstance(one, list):
        many, others = cast("list[object]", observed), cast("list[object]", one)
        return len(many) == len(others) and all(_alike(*pair, within) for pair in zip(many, others, strict=True))
    return isinstance(one, (str, bool)) and type(one) is type(cast("object", observed)) and observed == one


def _one(returned: Any) -> Any:
    """Return what is returned, as a report has it: a single value alone."""
    return returned[0] if len(returned) == 1 else returned


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    return "inf" if value == float("inf") else value


@functools.cache
def unseen() -> Mapping[str, str]:
    """Return why a fact has no check, by fact."""
    groups = tomllib.loads((Path(__file__).parent / "unseen.toml").read_text(encoding="utf-8"))["unseen"]
    return {fact: group["reason"] for group in groups for fact in group["facts"]}
