"""What a client remembers, for how long, and for whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import httpx

from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.expect import kind_of
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.scenes.parts import (
    OTHER_KEY,
    answers,
    ask,
    at_once,
    became,
    chain_of,
    echoing,
    good,
    in_turn,
    kinds,
    made,
    numbered,
    own_answers,
    questions,
    requests,
    untouched,
)
from audioscape_luau.contract.subject import Answer, Observation
from audioscape_luau.mock import Fault, fault, reply_of
from audioscape_luau.openapi import ApiModel, Array, Operation

_SPOIL = """
local function spoil(result)
	if type(result) ~= "table" then return end
	for name, member in result do
		if type(member) == "table" then
			table.clear(member)
		end
		result[name] = nil
	end
end
"""
"""Does all that a caller may do to a result."""


def scenes(model: ApiModel, operation: Operation) -> Iterator[Case]:
    """Yield what is remembered of an operation without effects."""
    yield from _for_a_while(operation)
    yield from _not_for_all(model, operation)
    yield from _failures(operation)
    yield from _outages(operation)
    yield from _room(operation)


def _asks(wanted: int) -> Judge:
    return requests(wanted, fewer="cache-fresh", more="cached")


def _for_a_while(operation: Operation) -> Iterator[Case]:
    case = chain_of(operation)
    call, answer = ask(operation), good(operation)
    yield case("asked twice", made() + call * 2, answer, _asks(1))
    yield case("nothing found, asked twice", made() + call * 2, _finds_nothing(operation), _asks(1))
    yield case("asked again later", f"{made()}{call}task.wait(301)\n{call}", answer, _asks(2))
    short = f"{made(cacheSeconds=20)}{call}task.wait(18)\n{call}"
    yield case("asked again while it is new", short, answer, _asks(1))
    yield case("asked again once it is old", f"{short}task.wait(4)\n{call}", answer, _asks(2))
    yield case("nothing is new for long", made(cacheSeconds=0) + call * 2, answer, _asks(2))


def _not_for_all(model: ApiModel, operation: Operation) -> Iterator[Case]:
    case = chain_of(operation)
    call, answer = ask(operation), good(operation)
    around = f'client = client:withOptions({{ cache = "bypass" }})\n{call * 2}'
    beside = f'local other = client:withOptions({{ cache = "bypass" }})\n{ask(operation, client="other")}'
    yield case(
        "past the cache",
        f"{made()}{beside}{call}{call}",
        numbered(operation),
        answers(operation, "cache-bypassed", 0, 1, 1),
    )
    yield case("around the cache", made() + around, answer, requests(2, fewer="cache-bypassed", more="retry-limit"))
    renew = f'local other = client:withOptions({{ cache = "refresh" }})\n{ask(operation, client="other")}'
    yield case(
        "a result that is renewed",
        f"{made()}{call}{renew}{call}",
        numbered(operation),
        answers(operation, "cache-bypassed", 0, 1, 1),
    )
    copy = f"local other = client:withOptions({{ maxRetries = 0 }})\n{ask(operation, client='other')}"
    yield case("a copy of the client", f"{made()}{call}{copy}", answer, _asks(1))
    two = f'{made()}{call}client = AudioScapeClient.new("{OTHER_KEY}")\n{call}'
    yield case("two keys", two, _per_key(model, operation), _apart, more_keys=(OTHER_KEY,))
    both = f'{made()}local other = AudioScapeClient.new("{OTHER_KEY}")\n'
    both += at_once(call, ask(operation, client="other"))
    yield case("two keys at once", both, _per_key(model, operation), _apart, more_keys=(OTHER_KEY,))

    asked = questions(operation)
    each = "".join(ask(operation, arguments) for arguments in asked)
    yield case(
        "many questions", made() + each * 2, echoing(operation), own_answers(model, operation, asked * 2), about=""
    )
    together = at_once(*(ask(operation, arguments) for arguments in asked))
    yield case(
        "many questions at once", made() + together, echoing(operation), own_answers(model, operation, asked), about=""
    )

    spoilt = f"{_SPOIL}{made()}spoil({call.strip()})\n{call}"
    yield case("a result that is spoilt", spoilt, answer, untouched(operation))
    shared = _SPOIL + made() + at_once(*[f"spoil({call.strip()})\n"] * 3)
    yield case("a shared result that is spoilt", shared, answer, untouched(operation))


def _failures(operation: Operation) -> Iterator[Case]:
    case = chain_of(operation)
    call, answer = ask(operation), good(operation)
    for status in (429, 500):
        again = f"{made()}{call}task.wait(61)\n{call}"
        yield case(f"after {status}", again, in_turn(operation, *[status] * 3, 200), _recovers)

    for status in (400, 401):
        yield case(f"after {status}", made() + call * 2, in_turn(operation, status, 200), _recovers)

    def broken(request: httpx.Request, number: int) -> httpx.Response:
        return httpx.Response(operation.success.status, text="<html>") if number == 0 else answer(request, number)

    yield case("after a page of HTML", made() + call * 2, broken, _recovers)
    unknown = f"{made(cacheMissSeconds=10)}{call}{call}task.wait(11)\n{call}"
    yield case("what nobody knows", unknown, in_turn(operation, 404), _asks_for_nothing(2))
    found = became("cache-fresh", "not_found", "not_found", "ok", sent=2)
    yield case("what nobody knew", unknown, in_turn(operation, 404, 200), found)
    twice = made(cacheMissSeconds=0) + call * 2
    yield case("what nobody knows for no time", twice, in_turn(operation, 404), _asks_for_nothing(2))


def _outages(operation: Operation) -> Iterator[Case]:
    case = chain_of(operation)
    call = ask(operation)
    old = f"{made()}{call}task.wait(400)\n{call}"
    down = in_turn(operation, 200, 500)
    yield case("an old result", old, down, _stale)
    ancient = f"{made(cacheSeconds=10, cacheStaleSeconds=60)}{call}task.wait(62)\n{call}"
    yield case("a result that is too old", ancient, down, became("stale-bounded", "ok", "server_error"))
    for name in ("timed-out", "never", "refused", "html", "unavailable", "rate-limited"):
        yield case(f"an old result and {name}", old, _then(operation, fault(name)), _stale)
    tired = made(breakerFailures=1, breakerSeconds=100, maxRetries=0, cacheSeconds=10)
    often = f"{tired}{call}task.wait(11)\n{call}{call}"
    yield case(
        "an old result of an API that is left alone",
        often,
        down,
        became("stale-served", "ok", "ok", "ok", sent=2),
    )
    back = f"{made(cacheSeconds=10, maxRetries=0)}{call}task.wait(11)\n{call * 2}"
    yield case(
        "an old result of an API that comes back",
        back,
        in_turn(operation, 200, 500, 200),
        became("cache-fresh", "ok", "ok", "ok", sent=3),
    )
    never = f"{made(cacheSeconds=10, cacheStaleSeconds=0)}{call}task.wait(11)\n{call}"
    yield case("no old results", never, down, became("stale-bounded", "ok", "server_error"))
    for status in (400, 401, 403, 404):
        kind = kind_of(status)
        yield case(
            f"an old result and {status}",
            old,
            in_turn(operation, 200, status),
            became("stale-bounded", "ok", kind, sent=2),
        )


def _room(operation: Operation) -> Iterator[Case]:
    """Yield a cache that has room for two results."""
    case = chain_of(operation)
    body = richest(operation).body
    lists = [field.name for field in operation.result.fields if isinstance(field.shape, Array)]
    if not lists:
        return
    one, *others = (ask(operation, arguments) for arguments in questions(operation)[:3])
    # A result without a track needs the room of one.
    items = max(1, sum(len(json.loads(body).get(name) or ()) for name in lists))
    small, answer = made(cacheTracks=2 * items), good(operation)
    yield case("no room at all", made(cacheTracks=0) + one * 2, answer, _asks(2))
    renewing = made(cacheTracks=2 * items, cacheSeconds=10)
    renewed = f"{renewing}for _ = 1, 5 do\n{one}task.wait(11)\nend\n{one * 2}"
    yield case("room for what is renewed", renewed, answer, _asks(6))
    if len(others) < 2:
        return
    two, three = others
    forgotten = f"{small}for _ = 1, 3 do\n{one}{two}{three}end\n{three}"
    yield case("room for what comes after", forgotten, answer, _asks(9))
    used = f"{small}{one}{two}{one}{three}{one}"
    yield case("what was used last", used, answer, _asks(3))
    yield case(
        "more than there is room for",
        f"{small}{one}{two}{three}{one}",
        answer,
        requests(4, fewer="cache-bounded", more="cached"),
    )


def _finds_nothing(operation: Operation) -> Answer:
    """Return an API whose replies have nothing in their lists."""
    example = richest(operation)
    if not example.body:
        return lambda _request, _number: reply_of(example)
    empty = _emptied(json.loads(example.body))
    return lambda _request, _number: httpx.Response(operation.success.status, json=empty)


def _emptied(body: Any) -> Any:
    match body:
        case list():
            return []
        case dict():
            members = cast("dict[str, Any]", body)
            return {name: _emptied(value) if isinstance(value, list) else value for name, value in members.items()}
        case _:
            return body


def _then(operation: Operation, row: Fault) -> Answer:
    """Return an API that answers once, and from then on with a fault."""
    reply = reply_of(richest(operation))
    return lambda _request, number: reply_of(richest(operation)) if number == 0 else row.apply(reply)


def _per_key(model: ApiModel, operation: Operation) -> Answer:
    """Return an API that knows the first key only."""
    refused = next((example for example in operation.examples if example.status == 401), None)

    def answer(request: httpx.Request, _number: int) -> httpx.Response:
        if model.key_in(request.headers.get(model.api_key_header, "")) != OTHER_KEY:
            return reply_of(richest(operation))
        return reply_of(refused) if refused else httpx.Response(401)

    return answer


def _apart(seen: Observation) -> Iterator[Broken]:
    if len(seen.calls) == 2 and seen.calls[1].error.get("kind") != "unauthorized":
        yield Broken("cache-private", "a client with another key got what the first one had asked for")


def _asks_for_nothing(wanted: int) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        attempts = sum(int(call.error.get("attempts", 0)) for call in seen.calls)
        if attempts != len(seen.exchanges):
            yield Broken("error-attempts", f"the errors count {attempts} attempts, {len(seen.exchanges)} were made")
        yield from became("failure-told", *["not_found"] * len(seen.calls))(seen)
        if (sent := len(seen.exchanges)) != wanted:
            rule = "cache-fresh" if sent < wanted else "cached"
            yield Broken(rule, f"{sent} requests for what nobody knows were sent instead of {wanted}")

    return judge


def _recovers(seen: Observation) -> Iterator[Broken]:
    if len(seen.calls) == 2 and seen.calls[1].err is not None:
        rule = "breaker-patient" if "circuit_open" in kinds(seen) else "failure-not-cached"
        yield Broken(rule, f"the next call failed too: {seen.calls[1].error.get('message')}")


def _stale(seen: Observation) -> Iterator[Broken]:
    if len(seen.calls) == 2 and seen.calls[1].err is not None:
        yield Broken("stale-served", f"the second call failed: {seen.calls[1].error.get('message')}")
    if len(seen.exchanges) < 2:
        yield Broken("cache-fresh", "the API was not asked again")
