"""One difference between two specifications, and whether it breaks what was written for the older one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Verdict(StrEnum):
    """What a change does to a client and a game made for the older specification.

    breaking: a call that worked may fail, or a reply may hold what its reader does not expect. warning: nothing fails
    by itself, but somebody has to look. compatible: nothing to do.
    """

    BREAKING = "breaking"
    WARNING = "warning"
    COMPATIBLE = "compatible"


type Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """A difference: `where` it is, `what` it is, and the reason for its verdict."""

    kind: Kind
    where: str
    what: str
    verdict: Verdict
    reason: str


class Effect(StrEnum):
    """What a change does to the set of values that are allowed."""

    WIDER = "wider"
    NARROWER = "narrower"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Direction:
    """Who writes a value, and therefore which changes of what is allowed hurt whom.

    A server that takes less breaks its callers; a server that answers with more breaks its readers. In between:
    a reader can be asked to expect a new enum value or a new bound, so those are warnings.
    """

    name: Literal["request", "reply"]

    def judge(self, effect: Effect, *, expected: bool = False) -> tuple[Verdict, str]:
        """Return verdict and reason. expected: a kind of growth that a careful reader allows for."""
        match self.name, effect:
            case _, Effect.OTHER:
                return Verdict.BREAKING, f"a {self.name} may hold what the other side does not understand"
            case "request", Effect.NARROWER:
                return Verdict.BREAKING, "a request that was accepted may be refused"
            case "request", Effect.WIDER:
                return Verdict.COMPATIBLE, "every request that was accepted still is"
            case "reply", Effect.NARROWER:
                return Verdict.COMPATIBLE, "a reply holds nothing that it could not hold before"
            case _:
                if expected:
                    return Verdict.WARNING, "a reply may hold a value that its reader has never seen"
                return Verdict.BREAKING, "a reply may hold what its reader does not expect"


REQUEST, REPLY = Direction("request"), Direction("reply")
