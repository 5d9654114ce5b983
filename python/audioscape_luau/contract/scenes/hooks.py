"""What hooks and `stats` tell."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import httpx

from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.scenes.parts import ask, at_once, became, broken_by, chain_of, good, in_turn, made
from audioscape_luau.contract.subject import Answer, Observation
from audioscape_luau.mock import fault, reply_of
from audioscape_luau.openapi import Array, Number, Object, Operation

_HOOKS = ("onRequest", "onResponse", "onRetry", "onError")
_LISTENING = (
    "local function listen(name)\n"
    "\treturn function(event) event.hook, event.at = name, os.clock(); hear(event) end\n"
    "end\n"
    "local client = AudioScapeClient.new({ apiKey = KEY, "
    + ", ".join(f'{name} = listen("{name}")' for name in _HOOKS)
    + " })\n"
)
_RUDE = """
local function wait() task.wait(1000) end
local function fail() error("a fault of the game") end
local client = AudioScapeClient.new({ apiKey = KEY, HOOKS })
"""
_PATIENCE = 100.0
"""Seconds after which a call waits for a hook."""
_AT_ONCE = 0.04
"""Seconds within which a hook is told; a reply takes longer."""

type Event = Mapping[str, Any]


def scenes(operation: Operation) -> Iterator[Case]:
    """Yield calls with listeners."""
    case = chain_of(operation)
    call, answer = ask(operation), good(operation)
    passing = in_turn(operation, 500, 200)
    sent = {"operation": operation.id, "attempt": 1}
    tried = [
        {"hook": "onRequest", **sent},
        {"hook": "onResponse", **sent, "status": 500},
        {"hook": "onRetry", **sent, "kind": "server_error", "status": 500},
        {"hook": "onRequest", **sent, "attempt": 2},
        {"hook": "onResponse", **sent, "attempt": 2, "status": operation.success.status},
    ]
    yield case("hooks of a call that is tried again", _LISTENING + call, passing, _told(tried))
    lost = [
        {"hook": "onRequest", **sent},
        {"hook": "onResponse", **sent, "status": 400},
        {"hook": "onError", **sent, "kind": "bad_request", "status": 400},
    ]
    yield case("hooks of a call that fails", _LISTENING + call, in_turn(operation, 400), _told(lost))
    refused = [{"hook": "onError", "operation": operation.id, "kind": "invalid_request", "attempt": 0}]
    yield case(
        "hooks of a call that is refused",
        f'{_LISTENING}call(client, "{operation.id}", {{ [1] = 1 }})',
        answer,
        _told(refused),
    )
    if operation.effect == "read":
        yield from _remembered(operation)
    yield from _rude(operation)
    asked = [{"hook": "onRetry", **sent, "kind": "rate_limited", "status": 429, "retryAfter": 3}]
    yield case("hooks of a call that is to wait", _LISTENING + call, _wait(operation), _told(asked, only="onRetry"))
    own = f'local other = client:withOptions({{ onRequest = listen("other") }})\n{ask(operation, client="other")}'
    own += f"other = client:withOptions({{ maxRetries = 0 }})\n{ask(operation, client='other')}"
    heard = [{"hook": name, **sent} for name in ("onRequest", "other", "onRequest")]
    around = _LISTENING.replace("apiKey = KEY", 'apiKey = KEY, cache = "bypass"')
    copies = _told(heard, only="onRequest other")
    yield case("hooks of copies", around + call + own, answer, copies)
    yield from _totals(operation)
    counting = f'{_LISTENING}{call}{call}task.wait(400)\n{call}call(client, "{operation.id}", {{ [1] = 1 }})\n{_STATS}'
    hits = 1 if operation.effect == "read" else 0
    yield case("stats", counting, in_turn(operation, 500, 200, 400), _counted(hits))


def _remembered(operation: Operation) -> Iterator[Case]:
    """Yield calls that share a reply, of an operation without effects."""
    case = chain_of(operation)
    call, answer = ask(operation), good(operation)
    yield case(
        "hooks of what is remembered", _LISTENING + call * 2, answer, _ways({"hit": 1, "coalesced": 0, "stale": 0})
    )
    together = _LISTENING + at_once(call, call)
    yield case("hooks of equal calls", together, answer, _ways({"hit": 0, "coalesced": 1, "stale": 0}))
    fails = in_turn(operation, 200, 500)
    old = f"{_LISTENING}{call}task.wait(400)\n{call}"
    yield case("hooks of an old result", old, fails, _ways({"hit": 0, "coalesced": 0, "stale": 1}))
    each = [{"hook": "onError", "operation": operation.id, "kind": "bad_request"}] * 2
    yield case("hooks of equal calls that fail", together, in_turn(operation, 400), _told(each, only="onError"))


_STATS = """
local stats = client:stats()
return stats.requests, stats.hits, stats.stale, stats.retries, stats.coalesced, stats.errors.invalid_request or 0
"""


def _wait(operation: Operation) -> Answer:
    """Return an API that wants three seconds of rest first."""
    rest = httpx.Response(429, headers={"retry-after": "3"})
    return lambda request, number: rest if number == 0 else good(operation)(request, number)


def _rude(operation: Operation) -> Iterator[Case]:
    """Yield calls whose hooks fail and wait."""
    case = chain_of(operation)
    call = ask(operation)
    for name, first, second in (("fail and wait", "fail", "wait"), ("wait and fail", "wait", "fail")):
        hooks = ", ".join(f"{hook} = {first if number % 2 == 0 else second}" for number, hook in enumerate(_HOOKS))
        script = _RUDE.replace("HOOKS", hooks)
        passing = in_turn(operation, 500, 200)
        yield case(f"hooks that {name}", script + call, passing, _undisturbed("ok"), expects_output=True)
        lost = in_turn(operation, 400)
        failed = _undisturbed("bad_request")
        yield case(f"hooks that {name} at a failure", script + call, lost, failed, expects_output=True)


def _totals(operation: Operation) -> Iterator[Case]:
    """Yield what `stats` comes to."""
    case = chain_of(operation)
    call = ask(operation)
    if operation.effect == "read":
        ways = f"{made()}{at_once(call, call, call)}{call * 2}task.wait(400)\n{call}"
        wanted = {"requests": 4, "hits": 2, "coalesced": 2, "stale": 1, "retries": 2}
        yield case("stats of answers", f"{ways}return client:stats()", in_turn(operation, 200, 500), _totalled(wanted))
    shared = f"{made(maxRetries=0)}local other = client:withOptions({{ maxRetries = 1 }})\n"
    shared += f"{call}{ask(operation, client='other')}{_CHANGED}"
    wanted = {"requests": 3, "retries": 1, "errors": {"server_error": 2}}
    yield case("stats of copies", shared, in_turn(operation, 500), _totalled(wanted))
    alone = f"{made()}{call}local other = AudioScapeClient.new(KEY)\nreturn other:stats()"
    yield case("stats of another client", alone, good(operation), _totalled({"requests": 0}, "clients-apart"))
    row = fault("wrong-types")
    left_out = f"{made(cache='bypass')}{call * 2}{_DROPPED}"
    count = 2 * _numbers(operation)
    yield case("stats of what is left out", left_out, broken_by(operation, row), _totalled({"dropped": count}))


_CHANGED = """
local stats = client:stats()
stats.errors.server_error, stats.dropped.x, stats.requests = 10, 10, 10
return client:stats()
"""
_DROPPED = """
local dropped = 0
for _, count in client:stats().dropped do dropped += count end
return { dropped = dropped }
"""


def _numbers(operation: Operation) -> int:
    """Return how much is left out of the richest example's lists if no number of their first items is one.

    An item that requires a number is left out itself.
    """
    if not isinstance(operation.reply, Object):
        return 0
    reply = reply_of(richest(operation)).json()
    count = 0
    for field in operation.result.fields:
        if isinstance(field.shape, Array) and isinstance(field.shape.items, Object) and reply.get(field.name):
            first = reply[field.name][0]
            numbers = [
                inner
                for inner in field.shape.items.fields
                if isinstance(inner.shape, Number) and isinstance(first.get(inner.name), int | float)
            ]
            count += 1 if any(inner.required for inner in numbers) else len(numbers)
    return count


def _totalled(wanted: Event, rule: str = "counted") -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        stats: Event = seen.returned[0] if seen.returned else {}
        found = {name: stats.get(name) for name in wanted}
        if found != wanted:
            yield Broken(rule, f"it counted {found}, expected {dict(wanted)}")

    return judge


def _told(wanted: Sequence[Event], *, only: str = "") -> Judge:
    """Expect what hooks are told, in order; `only`: the names of those that matter."""

    def judge(seen: Observation) -> Iterator[Broken]:
        events = [cast("Event", event) for event in seen.events]
        yield from _in_time(events)
        if only:
            events = [event for event in events if event.get("hook") in only.split()]
        found = [{name: event.get(name) for name in want} for event, want in zip(events, wanted, strict=False)]
        if len(events) != len(wanted):
            yield Broken(
                "told", f"hooks called were {[event.get('hook') for event in events]}, expected {_names(wanted)}"
            )
        for have, want in zip(found, wanted, strict=False):
            if have != want:
                yield Broken("told", f"a hook was told {have}, expected was {dict(want)}")
                return
        for event in events:
            said = event.get("hook"), event.get("url"), event.get("delay"), event.get("message"), event.get("seconds")
            yield from _says(*said)

    return judge


def _says(hook: Any, url: Any, delay: Any, message: Any, seconds: Any) -> Iterator[Broken]:
    if hook in ("onRequest", "onResponse", "onRetry") and not str(url).startswith("https://"):
        yield Broken("told", f"{hook} was told no address, but {url!r}")
    if hook == "onRetry" and not isinstance(delay, int | float):
        yield Broken("told", f"onRetry was told no delay, but {delay!r}")
    if hook in ("onRetry", "onError") and not message:
        yield Broken("told", f"{hook} was told no message")
    if hook == "onResponse" and not isinstance(seconds, int | float):
        yield Broken("told", f"onResponse was told no time, but {seconds!r}")


def _in_time(events: Sequence[Event]) -> Iterator[Broken]:
    """Yield what is told too late, or of a time that it did not take."""
    for earlier, later in itertools.pairwise(events):
        took = float(later.get("at", 0)) - float(earlier.get("at", 0))
        what = earlier.get("hook"), later.get("hook")
        seconds, delay = later.get("seconds"), earlier.get("delay")
        if what == ("onRequest", "onResponse") and isinstance(seconds, int | float):
            if abs(took - seconds) > _AT_ONCE:
                yield Broken("told", f"onResponse was told {seconds:g} s, {took:.2f} s after onRequest")
        elif what == ("onRetry", "onRequest") and isinstance(delay, int | float):
            if abs(took - delay) > _AT_ONCE:
                yield Broken("told", f"onRetry was told of {delay:g} s, the next request came {took:.2f} s later")
        elif what == ("onResponse", "onRetry") and took > _AT_ONCE:
            yield Broken("told", f"onRetry was told {took:.2f} s after the reply")


def _names(events: Sequence[Event]) -> list[Any]:
    return [event["hook"] for event in events]


def _ways(wanted: Mapping[str, int]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        answers = [cast("Event", event) for event in seen.events if cast("Event", event).get("hook") == "onResponse"]
        found = {way: sum(event.get(way) is True for event in answers) for way in wanted}
        if found != wanted:
            yield Broken("told", f"onResponse was told of answers {found}, expected were {dict(wanted)}")

    return judge


def _undisturbed(wanted: str) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        yield from became("hooks-apart", wanted)(seen)
        for call in seen.calls:
            if call.seconds > _PATIENCE:
                yield Broken("hooks-apart", f"the call took {call.seconds:.0f} s, since a hook waits")

    return judge


def _counted(hits: int) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        names = ("requests", "hits", "stale", "retries", "coalesced", "errors.invalid_request")
        wanted = (len(seen.exchanges), hits, 0, 1, 0, 1)
        if seen.returned != wanted:
            yield Broken("counted", f"it counted {dict(zip(names, seen.returned, strict=False))}, expected {wanted}")

    return judge
