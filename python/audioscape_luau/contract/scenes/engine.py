"""Engines that differ from what is documented, and places in scripts where nothing can wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.expect import judge_reply, succeeding
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.scenes.parts import ask, chain_of, good, kinds, made
from audioscape_luau.contract.subject import PLAIN, Answer, Observation, Surroundings
from audioscape_luau.contract.wire import is_timed
from audioscape_luau.mock import NoReply
from audioscape_luau.openapi import Operation
from roblox_double import Settings

_BARRED = """
local err, told
client = client:withOptions({ onError = function(event) told = event.kind end })
table.sort({ 1, 2 }, function()
	err = select(2, ASKED)
	return false
end)
task.wait(1)
"""
_NUMBER = re.compile(r'(":\s*)-?[0-9]+(?:\.[0-9]+)?(?=\s*[,}\]])')
"""A number that is the value of a field, in JSON."""
_STRICT = Surroundings(Settings(json_overflow="refuse"))
_ID = "\nreturn err and err.id, told"


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What an engine says to requests with a time-out, and to others; nothing if it takes them. seconds: how long that
    takes. ends: what becomes of each of two calls. timed: of each request, whether it has a time-out.
    """

    timed: str
    untimed: str
    ends: str
    sent: tuple[bool, ...]
    seconds: float = 0.0


_SAYS = {
    "Http requests are not enabled. Enable via game settings": "http_disabled",
    "Http requests can only be executed by game server": "client_side",
    "Number of requests exceeded limit": "engine_limit",
    "Number of Open Cloud requests exceeded limit": "engine_limit",
    "HttpError: TooManyOutstandingRequests": "engine_limit",
    "HttpError: Timedout": "timeout",
    "HttpError: InactivityTimeout": "timeout",
    "HttpError: InvalidUrl": "bad_url",
    "HttpError: ConnectFail": "connection",
    "HttpError: SslConnectFail": "connection",
    "Empty URL": "bad_url",
    "HttpService is not allowed to access ROBLOX resources": "bad_url",
    "Trust check failed for https://api.example": "bad_url",
    "Can't find secret with given key": "secret_refused",
    "This URL is not allowed for the secret": "secret_refused",
    'Header "X" is not allowed': "engine_refused",
}
"""What the engine is known to say, and the error that it is."""
_REFUSALS = {
    "that knows no time-outs": _Refusal("Timeout is not a valid option", "", "ok", (True, False, False)),
    "that wants other time-outs": _Refusal("the TIMEOUT is out of range", "", "ok", (True, False, False)),
    "that takes no such request": _Refusal("the Url is not valid", "", "internal", (True, True)),
    "that names the time-out among others": _Refusal(
        "Timeout and Url are not valid", "Timeout and Url are not valid", "internal", (True, False, True, False)
    ),
    "that times out": _Refusal("HttpError: Timeout", "", "connection", (True, True)),
    "that gives up after a while": _Refusal("the timeout was reached", "", "internal", (True, True), seconds=2),
}


def scenes(operation: Operation) -> Iterator[Case]:
    """Yield calls on other engines, and where no script can wait."""
    case, call = chain_of(operation), ask(operation)
    for name, refusal in _REFUSALS.items():
        script, answer = made(cache="bypass", maxRetries=0) + call * 2, _refusing(operation, refusal)
        # What a server has learnt of its engine it keeps.
        yield case(f"an engine {name}", script, answer, _copes(refusal), first=True, untimed=True)
    yield from _decoders(operation)
    # Each of a client of its own, on a server of its own: some make a client, or all of a server, wait.
    for number, (text, id) in enumerate(_SAYS.items()):
        said = made(maxRetries=0) + call
        yield case(f"an engine that says no, {number + 1}", said, _saying(text), _is_error(id), first=True)
    asked = f"client:{operation.id}({luau(dict(richest(operation).request))})"
    barred = made() + _BARRED.replace("ASKED", asked) + _ID
    yield case("a place where no script can wait", barred, good(operation), _is_told)


def _decoders(operation: Operation) -> Iterator[Case]:
    """Yield engines that read a number beyond a double as infinite, and that do not read it."""
    example = richest(operation)
    body = _NUMBER.sub(r"\g<1>1e999", example.body.decode(), count=3).encode()
    if operation.reply is None or body == example.body:
        return

    def judge(seen: Observation) -> Iterator[Broken]:
        yield from judge_reply(operation, body, seen.call)

    for name, around in (("reads as infinite", PLAIN), ("does not read", _STRICT)):
        script, answer = made() + ask(operation), succeeding(operation, body)
        label = f"a number beyond a double, which the engine {name}"
        yield chain_of(operation)(label, script, answer, judge, around=around)


def _refusing(operation: Operation, refusal: _Refusal) -> Answer:
    answer = good(operation)

    def answered(request: httpx.Request, number: int) -> httpx.Response:
        problem = refusal.timed if is_timed(request) else refusal.untimed
        if problem:
            raise NoReply(problem, seconds=refusal.seconds)
        return answer(request, number)

    return answered


def _copes(refusal: _Refusal) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        timed = tuple(is_timed(exchange.request) for exchange in seen.exchanges)
        if kinds(seen) != [refusal.ends] * 2:
            yield Broken("engine-met", f"the calls ended in {', '.join(kinds(seen))}; {refusal.ends} was due")
        elif timed != refusal.sent:
            yield Broken("engine-met", f"requests had a time-out: {timed}; expected was {refusal.sent}")
        for call in seen.calls:
            if call.err is not None and call.error.get("attempts") != 1:
                yield Broken("error-attempts", f"`err.attempts` is {call.error.get('attempts')} after one attempt")

    return judge


def _saying(text: str) -> Answer:
    def answer(_request: httpx.Request, _number: int) -> httpx.Response:
        raise NoReply(text)

    return answer


def _is_error(id: str) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        if seen.call.error.get("id") != id:
            said = seen.exchanges[0].failure if seen.exchanges else "nothing"
            yield Broken("error-kind", f"the engine said {said!r}; that became {seen.call.error.get('id')}, not {id}")

    return judge


def _is_told(seen: Observation) -> Iterator[Broken]:
    if seen.returned[:1] != ("cannot_yield",):
        yield Broken("misuse-told", f"a call in a comparison of table.sort returned {seen.returned}, not cannot_yield")
    if seen.returned[1:] != ("invalid_request",):
        yield Broken("told", f"of a call that cannot wait, onError was told {seen.returned[1:]}")
    if seen.exchanges:
        yield Broken("invalid-refused", "a request was sent, whose reply nobody can wait for")
