"""What a check is made of: cases, and what breaks in them."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from audioscape_luau.contract.subject import PLAIN, Answer, Observation, Surroundings
from audioscape_luau.openapi import Operation

type Phase = Literal["examples", "boundaries", "faults", "fuzz", "stateful"]
PHASES: tuple[Phase, ...] = get_args(Phase.__value__)
"""In the order in which they run: from what is plain to what is found by chance."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that does not hold. rule: its name in `rules.RULES`, or one of `mock.check`."""

    rule: str
    detail: str


CHAIN = "the chain"
"""What every call goes through, whichever operation it is of: what retries, remembers, limits, hides and reports."""

type Judge = Callable[[Observation], Iterator[Broken]]


@dataclass(frozen=True, slots=True)
class Case:
    """One scene and what must come of it.

    label: unique within phase and operation. script: the scene in Luau, after `probe.luau`. answer: the API in it.
    judge: yields what breaks, beyond the rules that hold in every scene. deadline: virtual seconds that each call
    may take. identified: headers that say for whom is asked are welcome. untimed: requests may
    have no time-out. more_keys: those of further clients of the
    scene. base_url: where the API is, unless it is where the specification says. around: what it is played in.
    elsewhere: yields what is wrong if the scene and the same on another server, where chance falls differently, are
    these. first: it depends on the time at which a server begins. data: for a case found by chance, what makes it
    again. about: what is tried, unless it is the operation itself: the `CHAIN`, or the schema of that name, of which an
    operation takes or replies what others do, too.
    """

    phase: Phase
    operation: Operation
    label: str
    script: str
    answer: Answer
    judge: Judge
    deadline: float = 30.0
    identified: bool = False
    untimed: bool = False
    more_keys: tuple[str, ...] = ()
    expects_output: bool = False
    base_url: str | None = None
    around: Surroundings = PLAIN
    elsewhere: Callable[[Observation, Observation], Iterator[Broken]] | None = None
    first: bool = False
    about: str = ""
    data: Any = field(default=None)

    @property
    def alone(self) -> bool:
        """Whether it takes a server on which nothing was played before: a special one, or one of two to compare."""
        return self.first or self.around != PLAIN or self.elsewhere is not None

    @property
    def name(self) -> str:
        """Unique within the phase."""
        return f"{self.operation.id}/{self.label}"

    @property
    def token(self) -> str:
        """What `audioscape check --replay` takes to run the case again."""
        return f"{self.phase}/{self.name}" + ("" if self.data is None else f"#{pack(self.data)}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case. It is kept if nothing broke."""

    case: Case
    broken: tuple[Broken, ...]
    observation: Observation
    seconds: float = 0.0
    """Real ones."""

    @property
    def kept(self) -> bool:
        return not self.broken


def pack(data: Any) -> str:
    """Return plain data as a short text without blanks or quotes."""
    raw = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(zlib.compress(raw, 9)).decode().rstrip("=")


def unpack(text: str) -> Any:
    """Return what was packed; ValueError if the text is none of that."""
    try:
        return json.loads(zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (ValueError, zlib.error) as error:
        raise ValueError(f"{text!r} is no data of a case: {error}") from None


def split_token(token: str) -> tuple[Phase, str, Any]:
    """Return phase, name and data of a token; ValueError if it is none."""
    place, mark, data = token.partition("#")
    phase, _, name = place.partition("/")
    if phase not in PHASES or not name:
        raise ValueError(f"{token!r} is no token: it begins with one of {', '.join(PHASES)}, a slash and a name")
    return phase, name, unpack(data) if mark else None
