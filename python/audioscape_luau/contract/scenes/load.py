"""What a client does when much is asked at once, and when the API is down or wants to be left alone."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.case import Broken, Judge
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.scenes.scene import (
    Scene,
    ask,
    at_once,
    became,
    good,
    in_turn,
    kinds,
    made,
    questions,
    requests,
)
from audioscape_luau.contract.subject import Observation
from audioscape_luau.engine import Settings
from audioscape_luau.mock import fault, reply_of
from audioscape_luau.spec import Operation

_MINUTE = 60.0


def scenes(operation: Operation) -> Iterator[Scene]:
    """Yield what is held back of an operation's calls."""
    call = ask(operation)
    if operation.method == "GET":
        yield Scene(
            "three at once",
            made() + at_once(*[call] * 3),
            good(operation),
            requests(1, fewer="valid-accepted", more="coalesced"),
        )
        yield _impatient(operation)
    yield from _budget(operation)
    yield from _breaker(operation)
    yield from _quota(operation)


def _impatient(operation: Operation) -> Scene:
    hurried = "local other = client:withOptions({ deadline = 1 })\n"
    together = at_once(ask(operation, client="other"), ask(operation))

    def slow(_request: httpx.Request, _number: int) -> httpx.Response:
        return fault("slow").apply(reply_of(richest(operation)))

    ends = became("callers-apart", "timeout", "ok")
    return Scene("two at once, one in a hurry", made() + hurried + together, slow, ends)


def _budget(operation: Operation) -> Iterator[Scene]:
    call, answer = ask(operation), good(operation)
    own = {"cache": "bypass", "budget": Luau("budget"), "deadline": 200}
    small = "local budget = AudioScapeClient.newBudget(3)\n"
    yield Scene("a small budget", f"{small}{made(**own)}{call * 7}", answer, _within(3, 7), deadline=200)
    two = f"{small}{made(**own)}{made('other', **own)}{(call + ask(operation, client='other')) * 3}"
    yield Scene("two clients and one budget", two, answer, _within(3, 6), deadline=200)
    spent = f"{small}{made(**own | {'deadline': 5})}{call * 4}"
    yield Scene(
        "a budget that is spent", spent, answer, became("budget-held", "ok", "ok", "ok", "budget_exceeded", sent=3)
    )
    limit = Settings().http_limit
    many = f"{made(cache='bypass', deadline=200)}for _ = 1, {limit + 20} do\n{call}end\n"
    yield Scene("more than the engine allows", many, answer, _within(limit, limit + 20), deadline=200)


def _within(limit: int, calls: int) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        times = [exchange.at for exchange in seen.exchanges]
        for earlier, later in zip(times, times[limit:], strict=False):
            if later - earlier < _MINUTE:
                yield Broken("budget-held", f"{limit + 1} requests were sent within {later - earlier:.1f} s")
                return
        failed = [call.error.get("message") for call in seen.calls if call.err is not None]
        if "engine_limit" in kinds(seen):
            yield Broken("budget-held", "the engine refused requests beyond its own limit")
        elif failed:
            yield Broken("valid-accepted", f"a call failed that had the time to wait for its turn: {failed[0]}")
        elif len(times) != calls:
            yield Broken("valid-accepted", f"{len(times)} requests were sent for {calls} calls")

    return judge


def _breaker(operation: Operation) -> Iterator[Scene]:
    call = ask(operation)
    down = in_turn(operation, 500)
    yield Scene("an API that is down", f"{made()}for _ = 1, 30 do {call}end", down, _left_alone)
    client = made(maxRetries=0, cache="bypass", breakerFailures=2, breakerSeconds=20)
    fails = ["server_error", "server_error", "circuit_open"]
    yield Scene("an API that fails twice", client + call * 3, down, _broke(*fails, sent=2))
    later = f"{client}{call * 3}task.wait(21)\n{call * 2}"
    yield Scene("an API that does not come back", later, down, _broke(*fails, "server_error", "circuit_open", sent=3))
    two = at_once(*(ask(operation, arguments) for arguments in questions(operation)[:2]))
    recovers = in_turn(operation, 500, 500, 200)
    yield Scene("an API that comes back", later + two, recovers, _broke(*fails, *["ok"] * 4, sent=6))
    mixed = ["ok", "server_error"] * 3
    now_and_then = in_turn(operation, *[200, 500] * 3)
    yield Scene("an API that fails now and then", client + call * 6, now_and_then, _broke(*mixed, sent=6))
    refused = _broke(*["bad_request"] * 5, sent=5)
    yield Scene("calls that are refused", client + call * 5, in_turn(operation, 400), refused)


def _broke(*wanted: str, sent: int) -> Judge:
    """Expect what becomes of each call; what differs first says which rule of the breaker is broken."""

    def judge(seen: Observation) -> Iterator[Broken]:
        rule = "breaker-opens"
        for index, (have, want) in enumerate(zip(kinds(seen), wanted, strict=False)):
            if have != want:
                if have == "circuit_open":
                    rule = "breaker-closes" if "circuit_open" in wanted[:index] else "breaker-patient"
                break
        yield from became(rule, *wanted, sent=sent)(seen)

    return judge


def _left_alone(seen: Observation) -> Iterator[Broken]:
    if seen.calls and len(seen.exchanges) >= 3 * len(seen.calls):
        yield Broken("breaker-opens", f"{len(seen.exchanges)} requests were sent to an API that is down")
    if seen.calls and "circuit_open" not in kinds(seen):
        yield Broken("breaker-opens", "no call said that the API is left alone")


def _quota(operation: Operation) -> Iterator[Scene]:
    """Yield a key that is to wait: each of its calls does, other keys' do not."""
    asked = questions(operation)
    one, two = ask(operation, asked[0]), ask(operation, asked[-1])
    answer = good(operation)

    def spent(request: httpx.Request, number: int) -> httpx.Response:
        return httpx.Response(429, headers={"retry-after": "10"}) if number == 0 else answer(request, number)

    yield Scene("a quota that is spent", f"{made(maxRetries=0)}{one}{two}", spent, _holds_back)


def _holds_back(seen: Observation) -> Iterator[Broken]:
    yield from became("retries", "rate_limited", "ok", sent=2)(seen)
    if len(seen.exchanges) == 2 and (gap := seen.exchanges[1].at - seen.exchanges[0].at) < 10:
        yield Broken("heeds-retry-after", f"another call was sent after {gap:.2f} s, the API asked for 10 s")
