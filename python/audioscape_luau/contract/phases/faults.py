"""Each fault of the table on each operation, what is done about it, and where the key must not turn up.

What is no success, or none at all, says nothing of an operation: the chain deals with it. What an operation's own
schemas have a say in is a success whose body is broken.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, cast
from urllib.parse import quote

import httpx

from audioscape_luau.contract.case import CHAIN, Broken, Case, Judge
from audioscape_luau.contract.expect import RETRIED, always, failure_of, judge_reply, may_be_retried, result_of, scene
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.scenes.parts import ask, broken_by, is_understood, nothing
from audioscape_luau.contract.subject import EPOCH, KEY, Answer, Observation
from audioscape_luau.mock import FAULTS, Fault, NoReply, fault, reply_of
from audioscape_luau.openapi import ApiModel, Operation

_FRAME = 0.05
"""Seconds that frames may add to a pause."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0
"""Seconds below which the first pause is, and any, if nobody asked for it; each may be twice as long as the last."""
_REPLY = 0.25
"""Seconds that a reply and the frames about it take at most."""
_JSON = {"content-type": "application/json"}


def cases(model: ApiModel) -> Iterator[Case]:
    """Yield each fault of each operation: lasting, with the only attempt, and passing."""
    for operation in model.operations:
        for row in FAULTS:
            kind = None if is_understood(operation, row) else row.kind
            lasting = _lasting(model, operation, row, kind)
            yield replace(lasting, about="") if row.kind == "decode" else lasting
            if kind is not None:
                yield _once(operation, row, kind)
                yield _passing(operation, row, kind)
        yield from _echoes(operation)
        if operation.effect != "event":
            yield from _retry_after(operation)
            yield from _pace(operation)


def _case(operation: Operation, name: str, answer: Answer, judge: Judge, **options: Any) -> Case:
    deadline = float(options.get("deadline", 30))
    if options.get("maxRetries") == 0:
        deadline = min(deadline, float(options.get("timeout", 10)))
    return Case(
        "faults",
        operation,
        name,
        scene(operation.id, dict(richest(operation).request), **options),
        answer,
        judge,
        deadline=deadline,
        about=CHAIN,
    )


def _good(operation: Operation) -> httpx.Response:
    return reply_of(richest(operation))


def _failure(operation: Operation, row: Fault, kind: str, **more: Any) -> Judge:
    status = _reply_status(operation, row)
    declared = next((response for response in operation.responses if response.status == status), None)
    hint = declared.hint if declared and declared is not operation.success else None
    if not may_be_retried(operation, kind):
        more["retries"] = 0
    return failure_of(kind, retryable=row.retryable, status=status, hint=hint, **more)


def _reply_status(operation: Operation, row: Fault) -> int | None:
    try:
        reply = row.apply(_good(operation))
    except NoReply:
        return None
    return None if row.kind == "timeout" else reply.status_code


def _lasting(model: ApiModel, operation: Operation, row: Fault, kind: str | None) -> Case:
    if kind is not None:
        return _case(operation, row.name, broken_by(operation, row), _failure(operation, row, kind))
    body = row.apply(_good(operation)).content
    return _case(
        operation,
        row.name,
        broken_by(operation, row),
        result_of(model, operation, body, richest(operation).request),
    )


def _once(operation: Operation, row: Fault, kind: str) -> Case:
    judge = _failure(operation, row, kind, retries=0)
    return _case(operation, f"{row.name}-once", broken_by(operation, row), judge, maxRetries=0, timeout=7)


def _passing(operation: Operation, row: Fault, kind: str) -> Case:
    """The first reply has the fault, the next is good."""

    def answer(_request: httpx.Request, number: int) -> httpx.Response:
        return row.apply(_good(operation)) if number == 0 else _good(operation)

    def judge(seen: Observation) -> Iterator[Broken]:
        if kind not in RETRIED or not row.retryable or not may_be_retried(operation, kind):
            yield from _failure(operation, row, kind, retries=0)(seen)
        elif len(seen.exchanges) == 2:
            yield from judge_reply(operation, _good(operation).content, seen.call)
        elif len(seen.exchanges) < 2:
            yield Broken("retries", f"{row.description}: it was not tried again")
        else:
            yield Broken("valid-accepted", f"{len(seen.exchanges)} requests were sent where two were enough")

    return _case(operation, f"{row.name}-then-good", answer, judge)


def _echoes(operation: Operation) -> Iterator[Case]:
    """Yield replies in which the key comes back, or that cannot be shown as they are, wherever a client may look."""
    texts = {
        "whole": KEY,
        "as-in-a-url": quote(f"?x-api-key={KEY}"),
        "upper-case": KEY.upper(),
        "all-over": f"{KEY} " * 200,
        "cut-short": "x" * 190 + KEY,
        "cut-late": "x" * 490 + KEY,
        "half": KEY[:12],
        "two-lines": "first\\nsecond\\u2028third",
        # Wherever it is cut, one of them is cut within a character.
        "accents": "é" * 600,
        "accents-shifted": "x" + "é" * 600,
        "not-utf-8": "\udcff\udcff",
    }
    for name, text in texts.items():
        for status in (operation.success.status, 400, 403, 500):
            body = f'{{"error":"bad key {text}","message":"{text}"' + ("}" if status > 299 else "")
            yield _case(
                operation,
                f"echo/{name}-{status}",
                always(
                    status,
                    body.encode("utf-8", "surrogateescape"),
                    _JSON | {"x-request-id": KEY, "x-amzn-requestid": KEY},
                ),
                nothing,
                maxRetries=0,
            )

    def throw(_request: httpx.Request, _number: int) -> httpx.Response:
        raise NoReply(f"HttpError: Unknown x-api-key: {KEY}")

    yield _case(operation, "echo/thrown", throw, nothing, maxRetries=0)

    def throw_lines(_request: httpx.Request, _number: int) -> httpx.Response:
        raise NoReply("HttpError: Unknown\nin two lines")

    yield _case(operation, "echo/thrown-in-two-lines", throw_lines, nothing, maxRetries=0)

    def throw_unknown(_request: httpx.Request, _number: int) -> httpx.Response:
        raise NoReply(f'Header "x-api-key" has the value {KEY}, which is not allowed')

    yield _case(operation, "echo/thrown-otherwise", throw_unknown, nothing, maxRetries=0)


def _retry_after(operation: Operation) -> Iterator[Case]:
    asked: Mapping[str, tuple[str, float]] = {
        **{text.strip(): (text, float(text)) for text in ("0", "3", "2.5", "7 ", "60")},
        "date": (formatdate(EPOCH + 4, usegmt=True), 3.9),
        "date-of-rfc-850": (_date("%A, %d-%b-%y %H:%M:%S GMT", EPOCH + 4), 3.9),
        "date-of-asctime": (_date("%a %b %d %H:%M:%S %Y", EPOCH + 4), 3.9),
        "date-gone-by": (formatdate(EPOCH - 100, usegmt=True), 0),
    }
    for status, (name, (text, seconds)) in itertools.product((429, 503), asked.items()):
        case = _case(
            operation,
            f"retry-after/{status}-{name}",
            _asking_to_wait(operation, status, text),
            _waits(operation, seconds),
            deadline=100,
        )
        yield replace(case, first=name.startswith("date"))
    yield _calendar(operation)
    gone = always(429, b"{}", _JSON | {"retry-after": asked["date-gone-by"][0]})
    yield _case(operation, "retry-after/429-date-gone-by-once", gone, nothing, maxRetries=0)
    yield _case(operation, "retry-after/500-3", _asking_to_wait(operation, 500, "3"), _waits(operation, 3))
    for status in (429, 503):
        yield _case(
            operation,
            f"retry-after/{status}-too-long",
            always(status, b"{}", _JSON | {"retry-after": "61"}),
            _gives_up(61.0),
            deadline=600,
        )
        yield _case(
            operation,
            f"retry-after/{status}-beyond-the-deadline",
            always(status, b"{}", _JSON | {"retry-after": "20"}),
            _gives_up(20.0),
            deadline=10,
        )
        for text in ("-5", "soon", "1e9", "inf", "", "nan", "99999999999999999999"):
            yield _case(
                operation,
                f"retry-after/{status}-{text or 'empty'}",
                _asking_to_wait(operation, status, text),
                nothing,
            )


_DAYS = ((2026, 1, 31), (2027, 12, 31), (2028, 2, 29), (2028, 3, 1), (2032, 10, 9), (2096, 2, 29), (2100, 3, 1))
_NO_DATES = (
    *("Mon, 31 Feb 2028 00:00:00 GMT", "Tue, 29 Feb 2100 00:00:00 GMT", "Mon, 00 Jan 2028 00:00:00 GMT"),
    *("Thu, 31 Apr 2026 00:00:00 GMT", "Mon, 31 Jun 2026 00:00:00 GMT", "Mon, 31 Sep 2026 00:00:00 GMT"),
    *("Mon, 31 Nov 2026 00:00:00 GMT", "Mon, 29 Feb 2027 00:00:00 GMT", "Mon, 12 Abc 2028 00:00:00 GMT"),
    *("Mon, 12 Jan 2028 24:00:00 GMT", "Mon, 12 Jan 2028 00:60:00 GMT", "Mon, 12 Jan 2028 00:00:61 GMT"),
    *("12 Jan 2028", "Mon, 12 Jan 2028 00:00:00 CET"),
)
"""Dates that no calendar has, or in no form of HTTP's."""


def _calendar(operation: Operation) -> Case:
    """Return calls of clients of which each is to wait for another date."""
    months = [(2027, month, 28) for month in range(1, 13)]
    moments = [datetime(*day, 23, 59, 58, tzinfo=UTC).timestamp() for day in (*months, *_DAYS)]
    dates: list[tuple[str, float | None]] = [(formatdate(moment, usegmt=True), moment) for moment in moments]
    for form in ("%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"):
        dates += [
            (_date(form, moment), moment) for moment in moments if moment < datetime(2069, 1, 1, tzinfo=UTC).timestamp()
        ]
    dates += [(text, None) for text in _NO_DATES]

    def answer(_request: httpx.Request, number: int) -> httpx.Response:
        return (
            httpx.Response(429, headers={"retry-after": dates[number][0]}) if number < len(dates) else _good(operation)
        )

    def judge(seen: Observation) -> Iterator[Broken]:
        for (text, moment), call in zip(dates, seen.calls, strict=False):
            found = call.error.get("retryAfter")
            if moment is None and found is not None:
                yield Broken("error-retry-after", f"`Retry-After: {text}` is no date, and was read as {found} s")
            elif moment is not None and (found is None or abs(found - (moment - EPOCH)) > _CALLS):
                yield Broken(
                    "error-retry-after", f"`Retry-After: {text}` is {moment - EPOCH:.0f} s away, not {found} s"
                )

    one = f"local client = AudioScapeClient.new({{ apiKey = KEY, maxRetries = 0 }})\n{ask(operation)}"
    case = _case(operation, "retry-after/dates", answer, judge, maxRetries=0)
    return replace(case, script=f"for _ = 1, {len(dates)} do\n{one}end\n", first=True)


_CALLS = 30.0
"""Seconds that many calls take."""


def _date(form: str, seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(form)


def _asking_to_wait(operation: Operation, status: int, text: str) -> Answer:
    def answer(_request: httpx.Request, number: int) -> httpx.Response:
        if number == 0:
            return httpx.Response(status, headers=_JSON | {"Retry-After": text}, content=b"{}")
        return _good(operation)

    return answer


def _waits(operation: Operation, seconds: float) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        if len(seen.exchanges) < 2:
            taken = seen.call.error.get("retryAfter")
            if isinstance(taken, int | float) and abs(taken - seconds) > 1:
                yield Broken("heeds-retry-after", f"it was taken for {taken:g} s, the API asked for {seconds:g} s")
            else:
                yield Broken("retries", "it was not tried again, though the API said when")
            return
        # The first reply arrives some time after it was asked for, and the wait begins only then.
        gap = seen.exchanges[1].at - seen.exchanges[0].at
        if gap < seconds:
            yield Broken("heeds-retry-after", f"it was tried again after {gap:.2f} s, the API asked for {seconds:g} s")
        elif gap > seconds + _LONGEST_PAUSE:
            yield Broken("heeds-retry-after", f"it was tried again only after {gap:.2f} s, asked for was {seconds:g} s")
        yield from judge_reply(operation, _good(operation).content, seen.call)

    return judge


def _gives_up(seconds: float) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        if len(seen.exchanges) > 1:
            gap = seen.exchanges[1].at - seen.exchanges[0].at
            yield Broken("heeds-retry-after", f"it was tried again after {gap:.2f} s, the API asked for {seconds:g} s")
        took = seen.call.seconds
        if took > 1 + _FRAME:
            yield Broken(
                "heeds-retry-after", f"it gave up after {took:.1f} s, though {seconds:g} s were too long anyway"
            )
        given = seen.call.error.get("retryAfter")
        if not isinstance(given, int | float) or abs(given - seconds) > 1:
            yield Broken("error-retry-after", f"`err.retryAfter` is {given!r}, the API asked for {seconds:g} s")

    return judge


def _pace(operation: Operation) -> Iterator[Case]:
    """Yield what attempts look like in time."""
    patient = {"maxRetries": 10, "deadline": 600, "breakerFailures": 1000}
    again = f"\n{ask(operation)}" * 2
    for name, row in (("many-attempts", "server-error"), ("refused-attempts", "refused")):
        case = _case(operation, f"pace/{name}", broken_by(operation, fault(row)), _spreads(10, 3), **patient)
        yield replace(case, script=case.script + again, elsewhere=_spread_apart)
    yield _case(operation, "pace/short-deadline", broken_by(operation, fault("never")), nothing, deadline=5)
    failing = broken_by(operation, fault("server-error"))
    hurried = _case(operation, "pace/deadline-while-failing", failing, _stops(1), deadline=1, maxRetries=10)
    yield replace(hurried, script=f"{hurried.script}\ntask.wait(30)")
    never = broken_by(operation, fault("never"))
    # The engine counts in whole seconds.
    yield _case(operation, "pace/half-a-second", never, nothing, timeout=0.5, maxRetries=0)
    yield _case(operation, "pace/short-time-out", broken_by(operation, fault("never")), _times_out(2.0), timeout=2)


def _spreads(retries: int, calls: int) -> Judge:
    """Expect pauses of full jitter: each any part of a longest one, which doubles up to a bound."""
    longest = [min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number) for number in range(retries)]

    def judge(seen: Observation) -> Iterator[Broken]:
        wanted = calls * (1 + retries)
        if len(seen.exchanges) != wanted:
            rule = "retry-limit" if len(seen.exchanges) > wanted else "retries"
            yield Broken(rule, f"{len(seen.exchanges)} requests were sent by {calls} calls, {wanted} were asked for")
            return
        times = [exchange.at for exchange in seen.exchanges]
        starts = range(0, wanted, 1 + retries)
        gaps = [later - times[at + n] for at in starts for n, later in enumerate(times[at + 1 : at + 1 + retries])]
        bounds = longest * calls
        far = [(gap, bound) for gap, bound in zip(gaps, bounds, strict=True) if bound >= _LONGEST_PAUSE / 2]
        for gap, bound in zip(gaps, bounds, strict=True):
            if gap > bound + _REPLY:
                yield Broken("backs-off", f"a pause took {gap:.1f} s, at most {bound:g} s were to be expected")
                return
        # What follows is by chance true of some twenty pauses, less often than once in five thousand runs.
        if sum(gaps) < calls:
            yield Broken("backs-off", f"{len(gaps)} pauses took {sum(gaps):.1f} s together")
        elif len({round(gap, 2) for gap in gaps}) < 0.7 * len(gaps):
            yield Broken("backs-off", "the pauses are not random: servers that failed together come back together")
        elif all(gap > bound / 2 for gap, bound in far):
            yield Broken("backs-off", "no pause is shorter than half of the longest: that spreads servers less")
        elif max(gaps) < 0.6 * _LONGEST_PAUSE:
            yield Broken("backs-off", f"no pause is longer than {max(gaps):.1f} s, though they are to double each time")

    return judge


def _spread_apart(here: Observation, elsewhere: Observation) -> Iterator[Broken]:
    times = [[round(exchange.at, 2) for exchange in seen.exchanges] for seen in (here, elsewhere)]
    if len(times[0]) > 1 and times[0] == times[1]:
        yield Broken("backs-off", "the pauses of two servers are the same: what failed together comes back together")


def _stops(deadline: float) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        times = [exchange.at for exchange in seen.exchanges]
        if times and (late := times[-1] - times[0]) > deadline:
            yield Broken(
                "ends-in-time", f"a request was sent {late:.1f} s after the first, of a call of {deadline:g} s"
            )

    return judge


def _times_out(seconds: float) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        yield from failure_of("timeout", retryable=True)(seen)
        for earlier, later in itertools.pairwise(seen.exchanges):
            if later.at - earlier.at < seconds - _FRAME:
                yield Broken("ends-in-time", "an attempt was given up before its time")
        for exchange in seen.exchanges:
            told = cast("Mapping[str, Any]", exchange.request.extensions.get("timeout", {})).get("read")
            if told is not None and told > math.ceil(seconds):
                yield Broken("no-time-out", f"the engine was told to give up after {told:g} s, not {seconds:g} s")
        if len(seen.exchanges) < 3:
            yield Broken("retries", f"{len(seen.exchanges)} attempts of {seconds:g} s were made within 30 s")

    return judge
