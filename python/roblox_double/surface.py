"""What of the engine's surface the double models, class by class, beside what the engine's description says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self, cast

from roblox_double import double
from roblox_double.universe import Universe
from roblox_double.vm import Vm

type Kind = Literal["property", "method", "event", "callback", "name", "alias"]
"""What a member is; a name is one of which the description knows nothing else, an alias the double's other spelling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    kind: Kind
    owner: str
    """The class that has it; others inherit it."""
    type: str | None = None
    default: str | None = None
    """What a property begins with, as `tostring` shows it."""
    read_only: bool = False
    access: Literal["all", "read", "none"] = "all"
    """What scripts may do with a property that is not read-only to everybody."""
    replicates: bool = False
    computed: bool = False
    yields: bool = False
    saved: bool = False
    """Only files have it."""

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        names = {"owner": "class", "read_only": "readOnly", "saved": "isSaved"}
        known = {each.name: data.get(names.get(each.name, each.name)) for each in fields(cls)}
        return cls(**{name: value for name, value in known.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Class:
    """A class as one side has it."""

    superclass: str | None
    creatable: bool
    service: bool
    members: Mapping[str, Member]
    """Of the double, inherited ones too; of the engine, its own and those that the double has."""

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        members = cast("Mapping[str, Mapping[str, Any]]", data["members"] or {})
        return cls(
            data.get("superclass"),
            data["creatable"],
            data["service"],
            {name: Member.read(member) for name, member in members.items()},
        )


@dataclass(frozen=True, slots=True)
class Share:
    """How many members that scripts can use a class has of its own, and what becomes of them here."""

    name: str
    simulated: int
    """They behave as in the engine."""
    kept: int
    """Properties keep what they are given, events and callbacks are there."""
    refused: int
    """They are not modelled."""

    @property
    def all(self) -> int:
        return self.simulated + self.kept + self.refused


class Surface:
    """The surface of a server."""

    def __init__(self, universe: Universe) -> None:
        self._vm: Vm = universe.server().vm

    def pair(self, name: str) -> tuple[Class, Class]:
        """Return a class as the double defines it by hand, and as the engine's description has it."""
        data = cast("Mapping[str, Any]", self._vm.call("class", name)[0])
        return Class.read(data), Class.read(data["engine"])

    def shares(self) -> list[Share]:
        """Return the share of each class of the engine, by name."""
        counts = cast("Mapping[str, list[int]]", self._vm.call("shares")[0])
        return [Share(name, *counts[name]) for name in sorted(counts)]


def by_hand() -> list[str]:
    """Return the classes that the double has a definition of."""
    return sorted({file.stem for folder in ("classes", "services") for file in (double.ROOT / folder).glob("*.luau")})
