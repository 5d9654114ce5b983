"""What a client does when much is asked at once, and when the API is down or wants to be left alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

import httpx

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.expect import kind_of
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.scenes.parts import (
    OTHER_KEY,
    ask,
    at_once,
    became,
    broken_by,
    chain_of,
    good,
    in_turn,
    is_understood,
    kinds,
    made,
    questions,
    requests,
)
from audioscape_luau.contract.subject import Answer, Observation, Surroundings
from audioscape_luau.mock import fault, reply_of
from audioscape_luau.openapi import Operation
from roblox_double import Settings

_MINUTE = 60.0
_AT_ONCE = 0.1
"""Seconds within which a call ends that is not sent."""
_MANY = 40
"""Calls of a burst."""
_LONGEST_ALONE = 20.0
"""Seconds for which the API is left alone in these scenes, at most."""
_WAITING = 5
"""Calls that wait for the end of a pause."""
_APART = 0.25
"""Seconds between two of them, at least."""
_WORDLESS = 8.0
"""Seconds after which a key is tried again at the latest of which the API does not say how long it is to wait."""
_PATIENCE = 1.0
"""Seconds that a call may take whose request takes a moment: nobody waits longer for what is shared."""


def scenes(operation: Operation) -> Iterator[Case]:
    """Yield what is held back of an operation's calls."""
    case = chain_of(operation)
    call = ask(operation)
    if operation.effect == "read":
        yield case(
            "three at once",
            made() + at_once(*[call] * 3),
            good(operation),
            requests(1, fewer="valid-accepted", more="coalesced"),
        )
        fails = f"{made(maxRetries=0)}{at_once(*[call] * 3)}"
        together = became("coalesced", *["server_error"] * 3, sent=1)
        yield case("three at once that fail", fails, in_turn(operation, 500), together)
        yield _impatient(operation)
        yield from _late(operation)
    yield _narrow(operation)
    yield _crowd(operation)
    yield from _budget(operation)
    yield from _breaker(operation)
    yield from _quota(operation)


def _impatient(operation: Operation) -> Case:
    hurried = "local other = client:withOptions({ deadline = 1 })\n"
    together = at_once(ask(operation, client="other"), ask(operation))

    def slow(_request: httpx.Request, _number: int) -> httpx.Response:
        return fault("slow").apply(reply_of(richest(operation)))

    ends = became("callers-apart", "timeout", "ok")
    return chain_of(operation)("two at once, one in a hurry", made() + hurried + together, slow, ends)


def _late(operation: Operation) -> Iterator[Case]:
    """Yield a reply that comes when its call has ended, and with it what the next one asks for."""
    case = chain_of(operation)
    hurried = f"{made(timeout=2.2, maxRetries=0)}{ask(operation)}task.wait(1)\n{ask(operation)}"
    kept = became("cache-late", "timeout", "ok", sent=1)
    yield case("a reply that comes too late", hurried, _after(operation, 2.6), kept)


def _narrow(operation: Operation) -> Case:
    """Return an engine that sends three requests at a time, and a healthy API that is not fast."""
    case = chain_of(operation)
    # Clients that were made apart: equal calls of one would be one request.
    each = f"{made(deadline=100)}clients[index] = client\ntask.spawn(function()\n{ask(operation)}end)\n"
    many = f"local clients, early = {{}}, 0\nfor index = 1, {_MANY} do\n{each}end\ntask.wait(9.9)\n"
    many += "for _, client in clients do early += client:stats().requests end\ntask.wait(80)\nreturn early\n"
    around = Surroundings(Settings(http_slots=3))
    return case("a burst on three slots", many, _after(operation, 2.5), _served, deadline=100, around=around)


def _crowd(operation: Operation) -> Case:
    """Return more calls than can be under way, to an API that does not answer."""
    each = f"{made(deadline=3, timeout=20, maxRetries=0)}task.spawn(function()\n{ask(operation)}end)\n"
    many = f"for _ = 1, {_MANY} do\n{each}end\ntask.wait(10)\n"
    around = Surroundings(Settings(http_slots=3))
    return chain_of(operation)("more calls than an API answers", many, _after(operation, 30), _gives_up, around=around)


def _gives_up(seen: Observation) -> Iterator[Broken]:
    yield from became("ends-in-time", *["timeout"] * _MANY)(seen)
    for call in seen.calls:
        if abs(call.seconds - 3) > _AT_ONCE:
            yield Broken("ends-in-time", f"a call with a deadline of 3 s took {call.seconds:.1f} s")
    counted = sum(int(call.error.get("attempts", 0)) for call in seen.calls)
    if counted != len(seen.exchanges):
        yield Broken("error-attempts", f"the errors count {counted} attempts, {len(seen.exchanges)} were made")


def _after(operation: Operation, seconds: float) -> Answer:
    def answer(_request: httpx.Request, _number: int) -> httpx.Response:
        reply = reply_of(richest(operation))
        reply.extensions["virtual_seconds"] = seconds
        return reply

    return answer


def _served(seen: Observation) -> Iterator[Broken]:
    if "circuit_open" in kinds(seen):
        yield Broken("breaker-patient", "an API that is well was left alone, since the engine had too few slots")
    elif len(seen.exchanges) > _MANY:
        yield Broken(
            "in-flight", f"{len(seen.exchanges)} requests were sent for {_MANY} calls: some were given up early"
        )
    elif len(seen.calls) < _MANY or set(kinds(seen)) != {"ok"}:
        yield Broken("valid-accepted", f"of {_MANY} calls ended well: {kinds(seen).count('ok')}")


def _budget(operation: Operation) -> Iterator[Case]:
    case = chain_of(operation)
    call, answer = ask(operation), good(operation)
    own = {"cache": "bypass", "budget": Luau("budget"), "deadline": 200}
    small = "local budget = AudioScapeClient.newBudget(3)\n"
    yield case("a small budget", f"{small}{made(**own)}{call * 7}", answer, _within(3, 7), deadline=200)
    two = f"{small}{made(**own)}{made('other', **own)}{(call + ask(operation, client='other')) * 3}"
    yield case("two clients and one budget", two, answer, _within(3, 6), deadline=200)
    late = f"{small}{made(**own)}{call}task.wait(50)\n{call * 7}"
    yield case("a small budget, asked late", late, answer, _within(3, 8), deadline=200)
    tries = f"{small}{made(**own | {'maxRetries': 5})}{call}"
    patient = _within(3, 5)
    yield case("a small budget and many attempts", tries, in_turn(operation, *[500] * 4, 200), patient, deadline=200)
    if operation.effect == "read":
        single = f"local budget = AudioScapeClient.newBudget(1)\n{made(budget=Luau('budget'), deadline=5)}"
        free = requests(1, fewer="valid-accepted", more="coalesced")
        yield case("a budget and what is known", f"{single}{at_once(call, call)}{call * 2}", answer, free)
    spent = f"{small}{made(**own | {'deadline': 5})}{call * 4}"
    yield case("a budget that is spent", spent, answer, _spent)
    limit = Settings().http_limit
    many = f"{made(cache='bypass', deadline=200)}for _ = 1, {limit + 20} do\n{call}end\n"
    yield case("more than the engine allows", many, answer, _within(limit, limit + 20), deadline=200)
    own["budget"] = Luau(f"AudioScapeClient.newBudget({limit})")
    half = f"for _ = 1, {limit // 2 + 10} do\n{call}{ask(operation, client='other')}end\n"
    both = f"{made(**own)}{made('other', **own)}{half}"
    yield case("two budgets of all that the engine allows", both, answer, _within(limit, limit + 20), deadline=200)


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


def _spent(seen: Observation) -> Iterator[Broken]:
    yield from became("budget-held", "ok", "ok", "ok", "budget_exceeded", sent=3)(seen)
    if seen.calls and (took := seen.calls[-1].seconds) > _AT_ONCE:
        yield Broken("retries-only-what-passes", f"it took {took:.1f} s to say that a call's turn comes too late")


def _breaker(operation: Operation) -> Iterator[Case]:
    case = chain_of(operation)
    call = ask(operation)
    down = in_turn(operation, 500)
    yield case("an API that is down", f"{made()}for _ = 1, 30 do {call}end", down, _left_alone(5))
    client = made(maxRetries=0, cache="bypass", breakerFailures=2, breakerSeconds=20)
    fails = ["server_error", "server_error", "circuit_open"]
    yield case("an API that fails twice", client + call * 3, down, _broke(*fails, sent=2))
    later = f"{client}{call * 3}task.wait(21)\n{call * 2}"
    yield case("an API that does not come back", later, down, _broke(*fails, "server_error", "circuit_open", sent=3))
    two = [ask(operation, arguments) for arguments in questions(operation)[:2]]
    recovers = in_turn(operation, 500, 500, 200)
    back = _broke(*fails, *["ok"] * (2 + len(two)), sent=4 + len(two))
    yield case("an API that comes back", later + at_once(*two), recovers, back)
    mixed = ["ok", "server_error"] * 3
    now_and_then = in_turn(operation, *[200, 500] * 3)
    yield case("an API that fails now and then", client + call * 6, now_and_then, _broke(*mixed, sent=6))
    yield from _eras(operation)
    for status in (400, 401, 404, 429):
        refused = _broke(*[kind_of(status)] * 4, sent=4)
        yield case(f"calls that are refused with {status}", client + call * 4, in_turn(operation, status), refused)
    for name in ("html", "engine-limit", "http-disabled"):
        row = fault(name)
        ends = "ok" if is_understood(operation, row) else str(row.kind)
        other = _broke(*[ends] * 4, sent=4)
        yield case(f"calls that end in {name}", client + call * 4, broken_by(operation, row), other)
    for name in ("unavailable", "refused", "timed-out", "never"):
        row = fault(name)
        out = _broke(*[str(row.kind)] * 2, "circuit_open", sent=2)
        yield case(f"an API that is down, {name}", client + call * 3, broken_by(operation, row), out)
    between = _broke("server_error", "bad_request", "server_error", "ok", sent=4)
    yield case("an API that fails and refuses", client + call * 4, in_turn(operation, 500, 400, 500, 200), between)
    other = f"{client}{call * 3}{made('other')}{ask(operation, client='other')}"
    apart = became("clients-apart", *fails, "ok", sent=3)
    yield case("an API that fails for one client", other, in_turn(operation, 500, 500, 200), apart)


def _eras(operation: Operation) -> Iterator[Case]:
    """Yield replies that come after an API was left alone, or was found well again, to what was asked before that."""
    asked = questions(operation)
    if len(asked) < 3:
        return
    one, two, other = (ask(operation, arguments) for arguments in asked[:3])
    client = made(maxRetries=0, cache="bypass", breakerFailures=2, breakerSeconds=3)
    fails = f"{other * 2}task.wait(3.2)\n"
    late = f"{client}task.spawn(function()\n{one}end)\ntask.spawn(function()\n{two}end)\ntask.wait(0.1)\n"
    old = f"{late}{fails}{other}task.wait(5)\n{other}"
    slow = _slowly(operation, {0: 500, 1: 500}, {2: 500, 3: 500})
    ends = became("breaker-patient", *["server_error"] * 4, "ok", "ok", sent=6)
    yield chain_of(operation)("failures from before an API came back", old, slow, ends)
    good_late = f"{client}task.spawn(function()\n{one}end)\ntask.wait(0.1)\n{other * 2}task.wait(2.5)\n{other}"
    soon = _slowly(operation, {0: 200}, {1: 500, 2: 500}, seconds=2)
    left = became("breaker-opens", "ok", "server_error", "server_error", "circuit_open", sent=3)
    yield chain_of(operation)("a success from before an API failed", good_late, soon, left)


def _slowly(operation: Operation, slow: Mapping[int, int], quick: Mapping[int, int], seconds: float = 5) -> Answer:
    """Return an API whose nth replies have other statuses than 200, some after so many seconds."""

    def answer(_request: httpx.Request, number: int) -> httpx.Response:
        status = slow.get(number, quick.get(number, 200))
        reply = reply_of(richest(operation)) if status == 200 else httpx.Response(status)
        reply.extensions["virtual_seconds"] = seconds if number in slow else 0.05
        return reply

    return answer


def _broke(*wanted: str, sent: int) -> Judge:
    """Expect what becomes of each call; what differs first says which rule of the breaker is broken.

    Calls that come while the API is left alone are answered at once, and are told for how long that will be.
    """

    def judge(seen: Observation) -> Iterator[Broken]:
        rule = "breaker-opens"
        for index, (have, want) in enumerate(zip(kinds(seen), wanted, strict=False)):
            if have != want:
                if have == "circuit_open":
                    rule = "breaker-closes" if "circuit_open" in wanted[:index] else "breaker-patient"
                break
        yield from became(rule, *wanted, sent=sent)(seen)
        yield from _told(seen)

    return judge


def _told(seen: Observation) -> Iterator[Broken]:
    for call in seen.calls:
        if call.error.get("kind") != "circuit_open":
            continue
        wait, attempts = call.error.get("retryAfter"), call.error.get("attempts")
        if not isinstance(wait, int | float) or not 0 < wait <= _LONGEST_ALONE + _AT_ONCE:
            yield Broken("error-retry-after", f"`err.retryAfter` of an API that is left alone is {wait!r}")
        if call.error.get("retryable") is not True:
            yield Broken("error-retryable", "`err.retryable` of an API that is left alone is not true")
        if attempts == 0 and call.seconds > _AT_ONCE:
            yield Broken("breaker-opens", f"it took {call.seconds:.1f} s to say that the API is left alone")


def _left_alone(failures: int) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        if len(seen.exchanges) > failures:
            yield Broken("breaker-opens", f"{len(seen.exchanges)} requests were sent to an API that is down")
        elif len(seen.exchanges) < failures:
            yield Broken("breaker-patient", f"the API was left alone after {len(seen.exchanges)} failures")
        if seen.calls and "circuit_open" not in kinds(seen):
            yield Broken("breaker-opens", "no call said that the API is left alone")
        counted = sum(call.error.get("attempts", 0) for call in seen.calls)
        if counted != len(seen.exchanges):
            yield Broken("error-attempts", f"the errors count {counted} attempts, {len(seen.exchanges)} were made")
        yield from _told(seen)

    return judge


def _quota(operation: Operation) -> Iterator[Case]:
    """Yield a key that is to wait: each of its calls does, other keys' do not."""
    asked = questions(operation)
    one, two = ask(operation, asked[0]), ask(operation, asked[-1])
    answer = good(operation)

    def spent(request: httpx.Request, number: int) -> httpx.Response:
        return httpx.Response(429, headers={"retry-after": "10"}) if number == 0 else answer(request, number)

    def wordless(request: httpx.Request, number: int) -> httpx.Response:
        return httpx.Response(429) if number == 0 else answer(request, number)

    case = chain_of(operation)
    yield case("a quota that is spent", f"{made(maxRetries=0)}{one}{two}", spent, _holds_back(10))
    yield case("a quota that is spent without a word", f"{made(maxRetries=0)}{one}{two}", wordless, _holds_back(4))
    three = [ask(operation, each) for each in asked[:3]]
    refused = in_turn(operation, *[429] * len(three), 200)
    together = f"{made(maxRetries=0)}{at_once(*three).replace('task.wait(40)', 'task.wait(1)')}{two}"
    yield case("calls that spend a quota together", together, refused, _pauses_once(len(three)))
    other = f'{made(maxRetries=0)}{one}client = AudioScapeClient.new("{OTHER_KEY}")\n{two}'
    yield case("another key's quota that is spent", other, spent, _goes_on, more_keys=(OTHER_KEY,))
    waiting = [ask(operation, each) for each in asked[:_WAITING]]
    yield case("calls that wait for a quota", made(maxRetries=0) + one + at_once(*waiting), spent, _comes_back)
    for stores, (around, judge) in _STORES.items():
        sharing = f"{made(maxRetries=0, share=True)}{made('other', maxRetries=0, share=True)}{one}task.wait(3)\n"
        sharing += ask(operation, asked[-1], client="other")
        yield case(f"a quota that is spent, {stores}", sharing, spent, judge, around=around)
    script = f"{made()}{made('other', share=True)}{one}return {{ SHARES }}"
    script = script.replace("SHARES", ", ".join(f"type({name}:stats().share)" for name in ("client", "other")))
    yield case("what clients tell of sharing", script, answer, _tells_of_sharing)


def _holds_back(seconds: float) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        yield from became("retries", "rate_limited", "ok", sent=2)(seen)
        if len(seen.exchanges) == 2 and (gap := seen.exchanges[1].at - seen.exchanges[0].at) < seconds:
            yield Broken("heeds-retry-after", f"another call was sent after {gap:.2f} s; the API wants {seconds:g} s")

    return judge


def _pauses_once(count: int) -> Judge:
    """Expect that calls which are refused together lead to one pause."""

    def judge(seen: Observation) -> Iterator[Broken]:
        yield from became("retries", *["rate_limited"] * count, "ok", sent=count + 1)(seen)
        if len(seen.exchanges) == count + 1 and (gap := seen.exchanges[-1].at - seen.exchanges[0].at) > _WORDLESS:
            yield Broken("paced", f"{count} calls were refused together, and the next was sent after {gap:.1f} s")

    return judge


def _comes_back(seen: Observation) -> Iterator[Broken]:
    times = [exchange.at for exchange in seen.exchanges[1:]]
    for earlier, later in pairwise(times):
        if later - earlier < _APART:
            yield Broken("paced", f"after the pause that the API asked for, requests are {later - earlier:.2f} s apart")
            return
    if "rate_limited" in kinds(seen)[1:]:
        yield Broken("valid-accepted", "a call failed that had the time to wait for its turn")


def _is_shared(seen: Observation) -> Iterator[Broken]:
    yield from became("pause-shared", "rate_limited", "ok", sent=2)(seen)
    if len(seen.exchanges) == 2 and (gap := seen.exchanges[1].at - seen.exchanges[0].at) < 10:
        yield Broken("pause-shared", f"another client of the key asked after {gap:.2f} s, the API wants 10 s")


def _is_alone(seen: Observation) -> Iterator[Broken]:
    yield from became("share-harmless", "rate_limited", "ok", sent=2)(seen)
    for call in seen.calls:
        if call.seconds > _PATIENCE:
            yield Broken("share-harmless", f"a call took {call.seconds:.1f} s while nothing can be shared")


def _tells_of_sharing(seen: Observation) -> Iterator[Broken]:
    (shares,) = seen.returned
    if shares != ["nil", "table"]:
        yield Broken("counted", f"`stats().share` is {shares[0]} of a client alone and {shares[1]} of one that shares")


def _goes_on(seen: Observation) -> Iterator[Broken]:
    yield from became("clients-apart", "rate_limited", "ok", sent=2)(seen)
    if len(seen.exchanges) == 2 and (gap := seen.exchanges[1].at - seen.exchanges[0].at) > 1:
        yield Broken("clients-apart", f"a call with another key was held back for {gap:.1f} s")


_STORES: dict[str, tuple[Surroundings, Judge]] = {
    "by clients that share": (Surroundings(), _is_shared),
    "where stores never answer": (
        Surroundings(Settings(memory_store_seconds=math.inf, messaging_publish_seconds=math.inf, messaging="lost")),
        _is_alone,
    ),
}
"""What is said of the stores that servers share, in which a client of the same key is told or not."""
