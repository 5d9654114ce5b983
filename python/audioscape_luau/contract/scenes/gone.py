"""Callers that are gone before they are answered: nobody else must suffer from it, and nothing stays taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from audioscape_luau.contract.case import Broken, Case
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.scenes.parts import OTHER_KEY, ask, at_once, became, chain_of, good, made, questions
from audioscape_luau.contract.subject import Answer, Observation, Surroundings
from audioscape_luau.mock import NoReply
from audioscape_luau.openapi import Operation

_SCRIPT = "Other"
_AROUND = Surroundings(scripts=(_SCRIPT,))
_DESTROY = f'game:GetService("ServerScriptService").{_SCRIPT}:Destroy()\n'
_ALL = 16
"""Requests that a client has under way at the same time, at most."""
_TIMEOUT = 5.0
_AT_ONCE = 1.0
"""Seconds within which a call ends that nothing holds up."""
_LONG = 1000.0
"""Seconds until a request ends to which there is no reply."""


def scenes(operation: Operation) -> Iterator[Case]:
    """Yield calls whose threads end, and others after them."""
    case, call, answer = chain_of(operation), ask(operation), good(operation)
    if len(questions(operation)) > 1:
        yield _probe(operation)
    yield _places(operation)
    if operation.effect == "read":
        joined = f"{made()}local gone = task.spawn(function() {_unseen(operation)} end)\n"
        joined += f"task.spawn(function()\n{call}end)\ntask.wait()\ntask.cancel(gone)\ntask.wait(5)\n"
        apart = became("callers-apart", "ok", sent=1)
        yield case("two at once, one of them cancelled", joined, answer, apart)
        # The thread that sends belongs to the script that asked first, and goes with it.
        lost = f"{made(deadline=20)}{_in_other(_unseen(operation))}task.spawn(function()\n{call}end)\ntask.wait(0.1)\n"
        lost += f"{_DESTROY}task.wait(30)\n"
        late = _slow_at_first(operation, 1)
        again = became("callers-apart", "ok", sent=2)
        yield case("two at once, the first of a script that ends", lost, late, again, around=_AROUND)


def _unseen(operation: Operation, arguments: Mapping[str, Any] | None = None, client: str = "client") -> str:
    """Return a call of which nothing is noted, since it does not end."""
    given = richest(operation).request if arguments is None else arguments
    return f"{client}:{operation.id}({luau(dict(given))})"


def _in_other(what: str) -> str:
    """Let another script do something, until it has to wait."""
    return f"shared.{_SCRIPT} = function()\n{what}\nend\ntask.wait(0.1)\n"


def _probe(operation: Operation) -> Case:
    call, other = ask(operation), questions(operation)[-1]
    script = made(maxRetries=0, cache="bypass", breakerFailures=2, breakerSeconds=20, deadline=10, timeout=10)
    script += (
        f"{call * 2}task.wait(21)\n{_in_other(_unseen(operation, other))}{_DESTROY}{call}task.wait(11)\n{call * 2}"
    )
    replies = [httpx.Response(500), httpx.Response(500), None]
    ends = became("breaker-closes", "server_error", "server_error", "circuit_open", "ok", "ok", sent=5)
    name = "an API that is tried again by a script that ends"
    return chain_of(operation)(name, script, _never(operation, replies), ends, around=_AROUND)


def _places(operation: Operation) -> Case:
    """Return more calls than can be under way at once, all of a script that ends, and then others."""
    options: dict[str, Any] = {"timeout": _TIMEOUT, "maxRetries": 0}
    # Clients that were made apart: equal calls of one would be one request.
    lost = made("lost", **options, apiKey=OTHER_KEY)
    many = f"for _ = 1, {3 * _ALL} do\ntask.spawn(function()\n{lost}{_unseen(operation, client='lost')}\nend)\nend"
    script = f"{_in_other(many)}{_DESTROY}task.wait({_TIMEOUT + 2:g})\n{made(cache='bypass', **options)}"
    asked = questions(operation)
    script += at_once(*[ask(operation, asked[number % len(asked)]) for number in range(3)])
    answer = good(operation)

    def never(request: httpx.Request, number: int) -> httpx.Response:
        if any(OTHER_KEY in value for value in request.headers.values()):
            raise NoReply("HttpError: Timedout", seconds=_LONG)
        return answer(request, number)

    name = "places that a script takes along"
    return chain_of(operation)(name, script, never, _free, around=_AROUND, more_keys=(OTHER_KEY,))


def _free(seen: Observation) -> Iterator[Broken]:
    yield from became("in-flight", "ok", "ok", "ok")(seen)
    for call in seen.calls:
        if call.seconds > _AT_ONCE:
            yield Broken(
                "in-flight", f"a call waited for {call.seconds:.1f} s, since requests of a script that ended count"
            )


def _never(operation: Operation, replies: Sequence[httpx.Response | None]) -> Answer:
    """Return an API whose first replies are these, None for one that never comes, and then the one that it knows."""
    answer = good(operation)

    def answered(request: httpx.Request, number: int) -> httpx.Response:
        reply = replies[number] if number < len(replies) else answer(request, number)
        if reply is None:
            raise NoReply("HttpError: Timedout", seconds=_LONG)
        return reply

    return answered


def _slow_at_first(operation: Operation, count: int) -> Answer:
    answer = good(operation)

    def answered(request: httpx.Request, number: int) -> httpx.Response:
        reply = answer(request, number)
        reply.extensions["virtual_seconds"] = 3.0 if number < count else 0.1
        return reply

    return answered
