"""What must come of a single call, as judges of the scene it is in; and the scene itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.case import Broken, Judge
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.oracle import LostReplyError, differences, expected_headers, expected_result
from audioscape_luau.contract.subject import Answer, Observation, Seen
from audioscape_luau.contract.values import TooDeepError
from audioscape_luau.contract.wire import check_meaning
from audioscape_luau.openapi import ApiModel, Operation

_KINDS = {
    400: "bad_request",
    401: "unauthorized",
    403: "unauthorized",
    404: "not_found",
    408: "timeout",
    422: "bad_request",
    429: "rate_limited",
}
RETRIED = frozenset({"rate_limited", "server_error", "timeout", "connection"})
"""The kinds that are tried again within a call."""
MAX_RETRIES = 2
"""Attempts after the first, unless a caller says otherwise."""

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?")
_QUOTED = re.compile('"([^"]*)"')
_REQUEST_ID = "x-request-id"
"""The header in which servers commonly name a request."""
_LONGEST_BODY = 1000
"""Bytes of a reply that an error may show."""
_SHOWN = 16
"""Bytes at the start of a reply that an error must show as they are."""


def kind_of(status: int) -> str:
    """Return the kind of error that a status without success stands for."""
    return _KINDS.get(status) or ("server_error" if 500 <= status <= 599 else "http_error")


def is_retryable(kind: str) -> bool:
    """Whether an error of a status of that kind may pass by."""
    return kind in RETRIED


def scene(method: str, input: Any, extras: Any = None, **options: Any) -> str:
    """Return the Luau of one call of a new client; hooks listen, since what they are told is looked at too."""
    hooks = {name: Luau("hear") for name in ("onRequest", "onResponse", "onRetry", "onError")}
    given = luau({"apiKey": Luau("KEY"), **options, **hooks})
    arguments = [luau(method), luau(input), *([] if extras is None else [luau(extras)])]
    return f"local client = AudioScapeClient.new({given})\ncall(client, {', '.join(arguments)})"


def always(status: int, body: Any = b"", headers: Mapping[str, str] | None = None) -> Answer:
    """Return an API that answers every request alike; a body that is no bytes goes out as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"content-type": "application/json"} if headers is None else dict(headers)
    return lambda _request, _number: httpx.Response(status, content=content, headers=given)


def succeeding(operation: Operation, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an API that answers every request with the status that an operation's success has."""
    more = {name.lower(): text for name, text in (headers or {}).items()}
    return always(operation.success.status, body, {"content-type": "application/json"} | more)


def result_of(model: ApiModel, operation: Operation, body: bytes, asked: Mapping[str, Any] | None = None) -> Judge:
    """Expect one request, which means what was `asked`, and to get back what is usable of `body`."""

    def judge(seen: Observation) -> Iterator[Broken]:
        yield from _one_request(seen)
        if asked is not None:
            for exchange in seen.exchanges:
                yield from check_meaning(model, operation, exchange, asked)
        yield from judge_reply(operation, body, seen.call)
        yield from _judge_headers(operation, seen)

    return judge


def _judge_headers(operation: Operation, seen: Observation) -> Iterator[Broken]:
    """Yield where the third result of a call is not what the headers of its reply say."""
    response = seen.exchanges[-1].response if seen.exchanges else None
    if not operation.success.headers or response is None or seen.call.err is not None:
        return
    wanted = expected_headers(operation, {name.lower(): value for name, value in response.headers.items()})
    for _, detail in differences(wanted, seen.call.headers):
        yield Broken("headers-read", f"of the headers {detail}")


def judge_reply(operation: Operation, body: bytes, call: Seen) -> Iterator[Broken]:
    """Yield where a call made something else of a successful reply than it must."""
    if call.missing or call.threw is not None:
        return
    try:
        wanted = expected_result(operation, body)
    except LostReplyError as error:
        if call.err is None:
            yield Broken("reply-lost", f"a reply that cannot be used ({error}) became a result")
        elif call.error.get("kind") != "decode":
            yield Broken("error-kind", f"a reply that cannot be used is decode, not {call.error.get('kind')}")
        elif call.error.get("status") != operation.success.status:
            yield Broken("error-status", f"`err.status` is {call.error.get('status')!r}")
        return
    except TooDeepError:
        return
    if call.err is not None:
        yield Broken("reply-understood", f"a usable reply became an error: {_said(call)}")
        return
    yield from (Broken(rule, detail) for rule, detail in differences(wanted, call.result))


def refusal_of(parameter: str, bounds: Sequence[float] = (), choices: Sequence[str] = ()) -> Judge:
    """Expect that nothing is sent and the refusal names `parameter`, or what is within it, and the bounds that it has
    left, or the texts of which it must be one.
    """

    def judge(seen: Observation) -> Iterator[Broken]:
        call = seen.call
        if seen.exchanges:
            yield Broken("invalid-refused", f"a request was sent: {seen.exchanges[0].request.url}")
        elif call.err is None:
            yield Broken("invalid-refused", "it was accepted")
        elif call.error.get("kind") != "invalid_request":
            yield Broken("invalid-refused", f"it was refused as {call.error.get('kind')}")
        elif parameter:
            named = str(call.error.get("parameter"))
            if not named.startswith(parameter):
                yield Broken("names-parameter", f"`err.parameter` is {named!r}, wrong is `{parameter}`")
            elif named not in (call.err_text or ""):
                yield Broken("names-parameter", f"{named!r} is not in {call.err_text!r}")
            numbers = {float(text) for text in _NUMBER.findall(call.err_text or "")}
            for bound in bounds:
                if bound not in numbers:
                    yield Broken("names-bounds", f"{bound:g}, a bound of `{parameter}`, is not in {call.err_text!r}")
            told = _QUOTED.findall((call.err_text or "").partition(", got ")[0])
            if choices and sorted(told) != sorted(choices):
                wanted = ", ".join(choices)
                yield Broken("names-bounds", f"`{parameter}` is one of {wanted}; what is said is {call.err_text!r}")

    return judge


def may_be_retried(operation: Operation, kind: str) -> bool:
    """Whether it harms nothing to ask again: of an event only if it was turned away."""
    return operation.effect != "event" or kind == "rate_limited"


def retries_of(operation: Operation, kind: str) -> int:
    """Return how often an operation is tried again after a failure of this kind."""
    return MAX_RETRIES if may_be_retried(operation, kind) else 0


def failure_of(
    kind: str,
    *,
    retryable: bool,
    status: int | None = None,
    hint: str | None = None,
    says: str | None = None,
    retries: int = MAX_RETRIES,
    deadline: float = 30.0,
) -> Judge:
    """Expect an error of that kind, after as many attempts as are worth it within `deadline` seconds."""

    def judge(seen: Observation) -> Iterator[Broken]:
        call = seen.call
        if call.missing or call.threw is not None or seen.hung:
            return
        requests = len(seen.exchanges)
        if call.err is None:
            yield Broken("reply-lost" if kind == "decode" else "failure-told", f"it was no error, {kind} was expected")
        err = call.error
        if err and err.get("kind") != kind:
            yield Broken("error-kind", f"`err.kind` is {err.get('kind')!r}, {kind} was expected: {_said(call)}")
        if err and err.get("retryable") is not retryable:
            yield Broken("error-retryable", f"`err.retryable` is {err.get('retryable')!r}")
        if err and err.get("status") != status and not (kind == "timeout" and status is None):
            yield Broken("error-status", f"`err.status` is {err.get('status')!r}, {status} was expected")
        if hint and err and err.get("hint") != hint:
            yield Broken("error-hint", f"`err.hint` is {err.get('hint')!r}")
        if says and says not in str(err.get("message")):
            yield Broken("error-says", f"`err.message` leaves out what the reply says ({says!r}): {_said(call)}")
        if err and err.get("attempts") != requests:
            yield Broken("error-attempts", f"`err.attempts` is {err.get('attempts')!r} after {requests} requests")
        if err:
            yield from _check_reply_shown(seen, err)
        worth = kind in RETRIED and retryable
        if requests > 1 + retries:
            yield Broken("retry-limit", f"{requests} requests were sent, {1 + retries} are allowed")
        elif requests > 1 and not worth:
            yield Broken("retries-only-what-passes", f"{requests} requests were sent for {kind}")
        elif requests < 1:
            yield Broken("valid-accepted", "no request was sent")
        elif worth and requests <= min(retries, 1) and call.seconds < deadline - 10:
            yield Broken("retries", f"only one request was sent for {kind}")
        targets = {(exchange.request.method, str(exchange.request.url)) for exchange in seen.exchanges}
        if len(targets) > 1:
            yield Broken("same-request", f"the attempts are {sorted(targets)}")

    return judge


def _check_reply_shown(seen: Observation, err: Mapping[str, Any]) -> Iterator[Broken]:
    """Yield where an error of a reply leaves out which reply it was."""
    response = seen.exchanges[-1].response if seen.exchanges else None
    if response is None or err.get("status") != response.status_code:
        return
    wanted = response.headers.get(_REQUEST_ID)
    if wanted and err.get("requestId") != wanted:
        yield Broken("error-request-id", f"`err.requestId` is {err.get('requestId')!r}, the reply has {wanted!r}")
    body = err.get("body")
    shown = body.encode() if isinstance(body, str) else body or b""
    if len(shown) > _LONGEST_BODY:
        yield Broken("error-body", f"`err.body` has {len(shown)} bytes, which is too much to be read")
        return
    # What is no printable text may have been replaced.
    start = re.split(rb"[^ -~]", response.content[:_SHOWN], maxsplit=1)[0]
    if response.content and (not shown or not start.startswith(shown[: len(start)])):
        yield Broken("error-body", f"`err.body` is {body!r}, the reply is {response.content[:_SHOWN]!r}")


def _one_request(seen: Observation) -> Iterator[Broken]:
    call = seen.call
    if len(seen.exchanges) == 1 or call.threw is not None or call.missing:
        return
    said = f": {_said(call)}" if call.err is not None else ""
    rule = "retries-only-what-passes" if call.err is not None and seen.exchanges else "valid-accepted"
    yield Broken(rule, f"{len(seen.exchanges)} requests were sent instead of one{said}")


def _said(call: Seen) -> str:
    return str(call.error.get("message", call.err))
