"""What the options of a client do, which of them are refused, and how a client can be misused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.boundaries import UNKNOWN
from audioscape_luau.contract.case import Broken, Judge
from audioscape_luau.contract.expect import always, result_of
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.scenes.attempts import at_the, outside, refused, taken, tried
from audioscape_luau.contract.scenes.scene import Scene, ask, good, made
from audioscape_luau.contract.subject import KEY, SECRET, Observation, Surroundings
from audioscape_luau.contract.wire import IDENTITY
from audioscape_luau.spec import ApiModel, Operation

_STAGING = "https://staging.example/api"
_PLAYER = 1234567
_NUMBERS: dict[str, tuple[float, float]] = {
    "maxRetries": (0, 10),
    "timeout": (0.001, 60),
    "deadline": (0.001, 600),
    "cacheSeconds": (0, 31 * 24 * 3600),
    "cacheStaleSeconds": (0, 31 * 24 * 3600),
    "cacheMissSeconds": (0, 31 * 24 * 3600),
    "cacheTracks": (0, 1_000_000),
    "breakerFailures": (1, 1000),
    "breakerSeconds": (0.1, 3600),
}
"""The least and the most that an option may be."""
_WHOLE = {"maxRetries", "cacheTracks", "breakerFailures"}
_HOOKS = ("onRequest", "onResponse", "onRetry", "onError")


def scenes(model: ApiModel, operation: Operation) -> Iterator[Scene]:
    """Yield clients with options, seen through one operation."""
    yield from _addresses(operation)
    yield from _keys(model, operation)
    yield from _copies(operation)
    yield from _refusals(operation)
    here = ["AudioScapeClient.new(KEY)"]
    at_client = Surroundings(at_client=True)
    yield Scene("a player's own machine", tried(here), good(operation), _servers_only, around=at_client)


def _addresses(operation: Operation) -> Iterator[Scene]:
    staged = made(baseUrl=f"{_STAGING}/") + ask(operation)
    yield Scene("another address", staged, good(operation), _answered, base_url=_STAGING)


def _keys(model: ApiModel, operation: Operation) -> Iterator[Scene]:
    example = richest(operation)
    secret = Luau(f'game:GetService("HttpService"):GetSecret("{SECRET}")')
    judge = result_of(model, operation, example.body, example.request)
    taking = [f"AudioScapeClient.new({luau({'apiKey': secret})})"]
    yield Scene("a Secret", tried(taking), good(operation), taken(taking))
    yield Scene("a Secret for a key", made(apiKey=secret) + ask(operation), good(operation), judge)
    echo = always(400, {"error": f"bad key {KEY}", "message": KEY}, {"x-request-id": KEY})
    yield Scene("a Secret that comes back", made(apiKey=secret) + ask(operation), echo, lambda _: iter(()))
    alone = f"local client = AudioScapeClient.new(KEY)\n{ask(operation)}"
    yield Scene("nothing but a key", alone, good(operation), judge)


def _copies(operation: Operation) -> Iterator[Scene]:
    call, answer = ask(operation), good(operation)
    bypass = made(cache="bypass")
    known = f"local other = client:withOptions({{ identify = true, playerId = {_PLAYER} }})\n"
    other = ask(operation, client="other")
    yield Scene("a copy that says who asks", bypass + known + call + other + call, answer, _identifies, identified=True)
    tries = made(maxRetries=0) + "local other = client:withOptions({ maxRetries = 1, timeout = 3 })\n"
    down = always(500)
    yield Scene("a copy that tries more often", tries + call + other + call, down, _attempts(1, 2, 1))


def _answered(seen: Observation) -> Iterator[Broken]:
    for call in seen.calls:
        if call.err is not None:
            yield Broken("valid-accepted", f"the call failed: {call.error.get('message')}")


def _identifies(seen: Observation) -> Iterator[Broken]:
    sent = [{name: e.request.headers[name] for name in IDENTITY if name in e.request.headers} for e in seen.exchanges]
    if len(sent) != 3:
        yield Broken("valid-accepted", f"{len(sent)} requests were sent instead of 3")
        return
    for headers in (sent[0], sent[2]):
        if headers:
            yield Broken("options-apart", f"a client whose copy says who asks sent {sorted(headers)}")
    if sent[1].keys() != IDENTITY or sent[1].get("x-player-id") != str(_PLAYER):
        yield Broken("identity-sent", f"a client that says who asks sent {sent[1]}")


def _attempts(*wanted: int) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        found = [call.error.get("attempts") for call in seen.calls]
        if found != list(wanted) or len(seen.exchanges) != sum(wanted):
            yield Broken(
                "options-apart",
                f"client, copy and client again made {found} attempts of {len(seen.exchanges)}; theirs are {wanted}",
            )

    return judge


def _refusals(operation: Operation) -> Iterator[Scene]:
    answer = good(operation)
    new = [({"apiKey": Luau("KEY"), **options}, name) for options, name in _wrong()]
    new += [({}, "apiKey"), ({"apiKey": ""}, "apiKey"), ({"apiKey": 5}, "apiKey"), ({"apiKey": "a b"}, "apiKey")]
    attempts = [(f"AudioScapeClient.new({luau(options)})", name) for options, name in new]
    attempts += [(f"AudioScapeClient.new({text})", "") for text in ("nil", "5", "true", '""')]
    copied = [
        *((options, name) for options, name in _wrong() if name not in ("baseUrl", "budget", *_OWN)),
        ({"apiKey": Luau("KEY")}, "apiKey"),
        ({"cacheTracks": 5}, "cacheTracks"),
    ]
    attempts += [(f"client:withOptions({luau(options)})", name) for options, name in copied]
    attempts += [("client:withOptions(nil)", ""), ("client:withOptions(5)", ""), ("AudioScapeClient.newBudget(0)", "")]
    attempts += [(f"AudioScapeClient.newBudget({text})", "") for text in ("501", "1.5", "nil", "0 / 0")]
    wrong = made() + tried([text for text, _ in attempts])
    yield Scene("options that are wrong", wrong, answer, refused(attempts))
    right = [f"AudioScapeClient.new({luau({'apiKey': Luau('KEY'), **options})})" for options in _right()]
    yield Scene("options at their bounds", tried(right), answer, taken(right))
    dots = f"return client.{operation.id}({luau(dict(richest(operation).request))})"
    yield Scene(
        "a dot for a colon",
        f"{made()}local result, err = select(2, pcall(function() {dots} end))\n{_DOT}",
        answer,
        _colon,
    )


_OWN = ("cacheTracks", "breakerFailures", "breakerSeconds")
"""Options that copies of a client cannot have."""
_DOT = "return result == nil, type(err) == 'table' and err.kind or tostring(err)"


def _wrong() -> Iterator[tuple[dict[str, Any], str]]:
    """Yield options that are wrong, and the name that must be told."""
    yield {UNKNOWN: 1}, UNKNOWN
    yield from outside(_NUMBERS, _WHOLE)
    for name in _HOOKS:
        yield {name: "hear"}, name
    for value in ("http://api.example", "ftp://api.example", "api.example", "https://api.example/?a=b", 5):
        yield {"baseUrl": value}, "baseUrl"
    for name, value in (("cache", "never"), ("cache", 5), ("identify", 1), ("playerId", "x"), ("budget", 5)):
        yield {name: value}, name


def _right() -> Iterator[dict[str, Any]]:
    yield from at_the(_NUMBERS)
    for mode in ("use", "bypass", "refresh"):
        yield {"cache": mode}
    for address in ("http://localhost:8080", "http://127.0.0.1/api", f"{_STAGING}"):
        yield {"baseUrl": address}
    yield {"identify": False, "playerId": str(_PLAYER), "budget": Luau("AudioScapeClient.newBudget(500)")}


def _servers_only(seen: Observation) -> Iterator[Broken]:
    (said,) = seen.returned
    if said is False:
        yield Broken("servers-only", "a client was made where every player could read its key")
    elif "server" not in str(said):
        yield Broken("servers-only", f"what is said does not tell that a client belongs on a server: {said}")


def _colon(seen: Observation) -> Iterator[Broken]:
    if seen.returned != (True, "invalid_request"):
        yield Broken("never-throws", f"a method called with a dot returned {seen.returned!r}, not invalid_request")
    if seen.exchanges:
        yield Broken("invalid-refused", "a request was sent")
