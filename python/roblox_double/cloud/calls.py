"""What the services behind a game are asked, and how they refuse it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from roblox_double.peer import Peer
    from roblox_double.vm import LuauValue


@dataclass(frozen=True, slots=True)
class Call:
    """A script's call of a method that asks what is behind its server."""

    peer: Peer
    """Where the script runs."""
    service: str
    method: str
    """As scripts write it, such as `SetAsync`."""
    arguments: tuple[LuauValue, ...]
    """What the service is asked: the kind and name of a store, a key, a value as it is kept, ..."""


class CloudError(Exception):
    """A service refuses a call; the engine's text is made of it in Luau."""

    def __init__(self, error: str, *details: LuauValue, seconds: float | None = None) -> None:
        """`error` is a text or the name of one; the answer takes `seconds`, or as long as any."""
        super().__init__(error, *details)
        self.error = error
        self.details = details
        self.seconds = seconds


class Service(Protocol):
    """One of the services behind a server."""

    methods: frozenset[str]
    """Those that may be made to fail."""
    failure: str
    """What is raised where a test does not say what."""

    def seconds(self) -> float:
        """Return how long an answer takes."""
        ...

    def answer(self, call: Call, operation: str, *arguments: LuauValue) -> list[LuauValue]:
        """Do what is asked; raise CloudError to refuse it."""
        ...


def text_of(value: LuauValue) -> str:
    """Return a text from Luau; what is not UTF-8 in it becomes surrogate escapes."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
