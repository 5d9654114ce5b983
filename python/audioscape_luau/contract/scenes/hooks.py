"""What hooks and `stats` tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from audioscape_luau.contract.case import Broken, Judge
from audioscape_luau.contract.scenes.scene import Scene, ask, at_once, good, in_turn
from audioscape_luau.contract.subject import Observation
from audioscape_luau.spec import Operation

_HOOKS = ("onRequest", "onResponse", "onRetry", "onError")
_LISTENING = (
    "local function listen(name)\n"
    "\treturn function(event) event.hook = name; hear(event) end\n"
    "end\n"
    "local client = AudioScapeClient.new({ apiKey = KEY, "
    + ", ".join(f'{name} = listen("{name}")' for name in _HOOKS)
    + " })\n"
)
_RUDE = """
local function wait() task.wait(1000) end
local function fail() error("a fault of the game") end
local hooks = { onRequest = fail, onResponse = wait, onRetry = fail, onError = wait }
hooks.apiKey = KEY
local client = AudioScapeClient.new(hooks)
"""

type Event = Mapping[str, Any]


def scenes(operation: Operation) -> Iterator[Scene]:
    """Yield calls with listeners."""
    call, answer = ask(operation), good(operation)
    passing = in_turn(operation, 500, 200)
    sent = {"operation": operation.id, "attempt": 1}
    tried = [
        {"hook": "onRequest", **sent},
        {"hook": "onResponse", **sent, "status": 500},
        {"hook": "onRetry", **sent, "kind": "server_error", "status": 500},
        {"hook": "onRequest", **sent, "attempt": 2},
        {"hook": "onResponse", **sent, "attempt": 2, "status": 200},
    ]
    yield Scene("hooks of a call that is tried again", _LISTENING + call, passing, _told(tried))
    lost = [
        {"hook": "onRequest", **sent},
        {"hook": "onResponse", **sent, "status": 400},
        {"hook": "onError", **sent, "kind": "bad_request", "status": 400},
    ]
    yield Scene("hooks of a call that fails", _LISTENING + call, in_turn(operation, 400), _told(lost))
    refused = [{"hook": "onError", "operation": operation.id, "kind": "invalid_request", "attempt": 0}]
    yield Scene(
        "hooks of a call that is refused",
        f'{_LISTENING}call(client, "{operation.id}", {{ [1] = 1 }})',
        answer,
        _told(refused),
    )
    yield Scene(
        "hooks of what is remembered", _LISTENING + call * 2, answer, _ways({"hit": 1, "coalesced": 0, "stale": 0})
    )
    together = _LISTENING + at_once(call, call)
    yield Scene("hooks of equal calls", together, answer, _ways({"hit": 0, "coalesced": 1, "stale": 0}))
    fails = in_turn(operation, 200, 500)
    old = f"{_LISTENING}{call}task.wait(400)\n{call}"
    yield Scene("hooks of an old result", old, fails, _ways({"hit": 0, "coalesced": 0, "stale": 1}))
    yield Scene("hooks that fail and wait", _RUDE + call, passing, _undisturbed, expects_output=True)
    counting = f'{_LISTENING}{call}{call}task.wait(400)\n{call}call(client, "{operation.id}", {{ [1] = 1 }})\n{_STATS}'
    yield Scene("stats", counting, in_turn(operation, 500, 200, 400), _counted)


_STATS = """
local stats = client:stats()
return stats.requests, stats.hits, stats.stale, stats.retries, stats.coalesced, stats.errors.invalid_request or 0
"""


def _told(wanted: Sequence[Event]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        events = [cast("Event", event) for event in seen.events]
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


def _names(events: Sequence[Event]) -> list[Any]:
    return [event["hook"] for event in events]


def _ways(wanted: Mapping[str, int]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        answers = [cast("Event", event) for event in seen.events if cast("Event", event).get("hook") == "onResponse"]
        found = {way: sum(event.get(way) is True for event in answers) for way in wanted}
        if found != wanted:
            yield Broken("told", f"onResponse was told of answers {found}, expected were {dict(wanted)}")

    return judge


def _undisturbed(seen: Observation) -> Iterator[Broken]:
    for call in seen.calls:
        if call.err is not None:
            yield Broken("hooks-apart", f"the call failed: {call.error.get('message')}")


def _counted(seen: Observation) -> Iterator[Broken]:
    sent = len(seen.exchanges)
    names = ("requests", "hits", "stale", "retries", "coalesced", "errors.invalid_request")
    wanted = (sent, 1, 0, 1, 0, 1)
    if seen.returned != wanted:
        yield Broken("counted", f"it counted {dict(zip(names, seen.returned, strict=False))}, expected {wanted}")
