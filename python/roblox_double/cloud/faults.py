"""What goes wrong on purpose with the services behind a game: one way for all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from roblox_double.cloud.calls import Call
    from roblox_double.peer import Peer


@dataclass(slots=True, kw_only=True)
class Fault:
    """Something that goes wrong, until it has been met so many `times`, `end` is called, or its `with` block ends."""

    service: str
    method: str | None
    """None for all of the service."""
    error: str | None = None
    """What is raised; None if the call goes well, only later."""
    seconds: float = 0.0
    """How much longer an answer takes; infinity for ever."""
    times: float = math.inf
    done: bool = False
    """Whether the service does what it was asked, although the script is told that this failed."""
    on: Peer | None = None
    """The only server, or client, that meets it."""
    when: Callable[[Call], bool] | None = None
    met: int = 0
    """How often it was met."""
    ended: bool = field(default=False)

    def end(self) -> None:
        """Let nobody meet it any more."""
        self.ended = True

    def strikes(self, call: Call) -> bool:
        """Tell whether a call meets it."""
        return (
            not self.ended
            and self.met < self.times
            and call.service == self.service
            and self.method in (None, call.method)
            and self.on in (None, call.peer)
            and (self.when is None or self.when(call))
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()


class Faults:
    """Makes services fail. `what` is a service, or a method of one: `"DataStoreService.SetAsync"`.

    `times` limits how many calls meet a fault, `on` names the server that meets it, and `when` looks at each call. Of
    several faults that a call may meet it meets the one that was made last.
    """

    def __init__(self, services: Mapping[str, tuple[frozenset[str], str]]) -> None:
        """`services` have names of methods, and what is raised unless a test says what."""
        self._services = services
        self._faults: list[Fault] = []

    def fail(
        self,
        what: str,
        error: str | None = None,
        *,
        times: float = math.inf,
        seconds: float = 0.0,
        done: bool = False,
        on: Peer | None = None,
        when: Callable[[Call], bool] | None = None,
    ) -> Fault:
        """Let calls raise `error`, by default what the service raises when something is wrong inside.

        `seconds`: how much later than an answer. With `done` the service does what it was asked all the same, as a
        write may have happened whose answer got lost.
        """
        service, method = self._parts(what)
        text = self._services[service][1] if error is None else error
        return self._add(
            Fault(service=service, method=method, error=text, times=times, seconds=seconds, done=done, on=on, when=when)
        )

    def delay(
        self,
        what: str,
        seconds: float,
        *,
        times: float = math.inf,
        on: Peer | None = None,
        when: Callable[[Call], bool] | None = None,
    ) -> Fault:
        """Let answers take `seconds` longer; what is asked is done at once."""
        service, method = self._parts(what)
        return self._add(Fault(service=service, method=method, seconds=seconds, times=times, on=on, when=when))

    def hang(
        self,
        what: str,
        *,
        times: float = math.inf,
        on: Peer | None = None,
        when: Callable[[Call], bool] | None = None,
    ) -> Fault:
        """Let calls never come back, although what they ask is done."""
        return self.delay(what, math.inf, times=times, on=on, when=when)

    def meet(self, call: Call) -> Fault | None:
        """Return what a call meets, if anything."""
        for fault in reversed(self._faults):
            if fault.strikes(call):
                fault.met += 1
                return fault
        return None

    def _add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def _parts(self, what: str) -> tuple[str, str | None]:
        service, _, method = what.partition(".")
        if service not in self._services:
            raise ValueError(f"there is no service {service!r} to fail; there are {', '.join(sorted(self._services))}")
        methods = self._services[service][0]
        if method and method not in methods:
            raise ValueError(f"{service} has no {method!r} that can fail; it has {', '.join(sorted(methods))}")
        return service, method or None
