"""What scenes of several calls are made of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

import httpx

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.boundaries import UNKNOWN, other, sample
from audioscape_luau.contract.case import CHAIN, Broken, Case, Judge
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.oracle import LostReplyError, differences, expected_result
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.subject import Answer, Observation, Seen
from audioscape_luau.contract.wire import check_meaning, meaning_of, target_of
from audioscape_luau.mock import Fault, reply_of
from audioscape_luau.openapi import ApiModel, Array, Object, Operation, Shape, Text
from audioscape_luau.openapi.needs import unmet

OTHER_KEY = "another-key-0a1b2c3d"
"""The key of a second client."""


def cases_of(operation: Operation) -> partial[Case]:
    """Return what makes cases of several calls; see `Case` for the rest of its arguments."""
    return partial(Case, "stateful", operation)


def chain_of(operation: Operation) -> partial[Case]:
    """Return what makes cases of several calls, which would show the same of another operation of its kind."""
    return partial(Case, "stateful", operation, about=CHAIN)


def made(name: str = "client", /, **options: Any) -> str:
    """Return the line that makes a client."""
    return f"local {name} = AudioScapeClient.new({luau({'apiKey': Luau('KEY'), **options})})\n"


def ask(operation: Operation, arguments: Mapping[str, Any] | None = None, client: str = "client") -> str:
    """Return a call; without arguments that of the richest example."""
    given = richest(operation).request if arguments is None else arguments
    return f'call({client}, "{operation.id}", {luau(dict(given))})\n'


def at_once(*calls: str) -> str:
    """Return calls that are made at the same time, and some time in which they can end."""
    return "".join(f"task.spawn(function()\n{one}end)\n" for one in calls) + "task.wait(40)\n"


def good(operation: Operation) -> Answer:
    """Return an API that knows one reply."""
    return in_turn(operation, 200)


def broken_by(operation: Operation, row: Fault) -> Answer:
    """Return an API whose every reply has a fault."""
    return lambda _request, _number: row.apply(reply_of(richest(operation)))


def is_understood(operation: Operation, row: Fault) -> bool:
    """Whether a reply of another shape keeps to the schema all the same, as it may to one that requires little."""
    if row.kind != "decode":
        return False
    try:
        expected_result(operation, row.apply(reply_of(richest(operation))).content)
    except LostReplyError:
        return False
    return True


def in_turn(operation: Operation, *statuses: int) -> Answer:
    """Return an API that answers with one status after the other, then always with the last; 200 is the one reply that
    it knows.
    """

    def answer(_request: httpx.Request, number: int) -> httpx.Response:
        status = statuses[min(number, len(statuses) - 1)]
        return reply_of(richest(operation)) if status == 200 else httpx.Response(status)

    return answer


def questions(operation: Operation) -> list[dict[str, Any]]:
    """Return the richest example's arguments, some that differ from it in one input each, and some in capitals only."""
    base = dict(richest(operation).request)
    asked = [base]
    for field in operation.inputs:
        value = other(field)
        if value != base.get(field.name, field.default):
            asked.append({**base, field.name: value})
        elif not field.required:
            asked.append({name: member for name, member in base.items() if name != field.name})
        louder = _louder(field.shape, value)
        if louder != value:
            asked.append({**base, field.name: louder})
    allowed = [arguments for arguments in asked if not any(unmet(operation.needs, arguments))]
    meanings = [meaning_of(operation, arguments) for arguments in allowed]
    return [arguments for index, arguments in enumerate(allowed) if meanings.index(meanings[index]) == index]


def _louder(shape: Shape, value: Any) -> Any:
    """Return a value with capitals in place of the small letters of all free text in it."""
    match shape:
        case Text(enum=None, asset_id=False) if shape.holds(value.upper()):
            return value.upper()
        case Array():
            return [_louder(shape.items, item) for item in value]
        case Object():
            return {
                field.name: _louder(field.shape, value[field.name]) for field in shape.fields if field.name in value
            }
        case _:
            return value


def echoing(operation: Operation) -> Answer:
    """Return an API whose replies say what was asked, in a field that nobody described."""
    return lambda request, _number: _marked(operation, _sent_in(request))


def is_markable(operation: Operation) -> bool:
    """Whether a reply can say something in a field that nobody described: it is an object, or a list of such."""
    reply = operation.reply
    return isinstance(reply.items if isinstance(reply, Array) else reply, Object)


def _marked(operation: Operation, mark: Any) -> httpx.Response:
    """Return the one reply that is known, with a mark as far as there is a place for one."""
    reply = reply_of(richest(operation))
    if not is_markable(operation):
        return reply
    body: Any = json.loads(richest(operation).body)
    for holder in cast("list[Any]", body)[:1] if isinstance(body, list) else [body]:
        holder[UNKNOWN] = mark
    return httpx.Response(reply.status_code, json=body)


def _sent_in(request: httpx.Request) -> str:
    """Return all in which a request differs from others of its method: address and body."""
    return f"{target_of(request)} {request.content.decode()}".rstrip()


def own_answers(model: ApiModel, operation: Operation, asked: list[dict[str, Any]]) -> Judge:
    """Expect of a `echoing` API that each call got the answer to its own question."""

    def judge(seen: Observation) -> Iterator[Broken]:
        sent = {_sent_in(exchange.request): exchange for exchange in seen.exchanges}
        for number, (call, arguments) in enumerate(zip(seen.calls, asked, strict=True), start=1):
            if call.err is not None:
                yield Broken("right-answer", f"call {number} failed: {call.error.get('message')}")
                continue
            if not is_markable(operation):
                continue
            told = _told(call)
            exchange = sent.get(str(told))
            if exchange is None:
                yield Broken("right-answer", f"call {number} got the answer to {told!r}, which was not sent")
                continue
            for wrong in check_meaning(model, operation, exchange, arguments):
                yield Broken("right-answer", f"call {number} got the answer to another question: {wrong.detail}")

    return judge


def _told(call: Seen) -> Any:
    result: Any = call.result
    items = cast("list[Any]", result)[:1] if isinstance(result, list) else [result]
    holder: Any = items[0] if items else None
    return cast("Mapping[str, Any]", holder).get(UNKNOWN) if isinstance(holder, Mapping) else None


def bare(shape: Shape) -> Any:
    """Return the least that a reply of the shape says."""
    match shape:
        case Object():
            return {field.name: bare(field.shape) for field in shape.fields if field.required}
        case Array() if not shape.min_items:
            return []
        case _:
            return sample(shape)


def page_of(operation: Operation, items: Sequence[Any]) -> dict[str, Any]:
    """Return the body of a page that says no more than it must."""
    paging = operation.paging
    return bare(operation.result) | ({paging.items: list(items)} if paging else {})


def nothing(_seen: Observation) -> Iterator[Broken]:
    """Expect no more than what holds in every scene."""
    return iter(())


def requests(wanted: int, *, fewer: str, more: str) -> Judge:
    """Expect so many requests, and that no call fails; otherwise the rule `fewer` or `more` is broken."""

    def judge(seen: Observation) -> Iterator[Broken]:
        sent = len(seen.exchanges)
        if sent != wanted:
            yield Broken(fewer if sent < wanted else more, f"{sent} requests were sent instead of {wanted}")
        failed = [call.error.get("message") for call in seen.calls if call.err is not None]
        if failed:
            yield Broken("right-answer", f"a call failed: {failed[0]}")

    return judge


def numbered(operation: Operation) -> Answer:
    """Return an API whose replies say which one they are, from 0, in a field that nobody described."""
    return lambda _request, number: _marked(operation, number)


def answers(operation: Operation, rule: str, *wanted: int) -> Judge:
    """Expect which reply of a `numbered` API each call got."""

    def judge(seen: Observation) -> Iterator[Broken]:
        if not is_markable(operation):
            return
        found = [_told(call) for call in seen.calls]
        if found != list(wanted):
            yield Broken(rule, f"the calls got the replies {found}, expected were {list(wanted)}")

    return judge


def untouched(operation: Operation) -> Judge:
    """Expect that each call got the whole of the richest example's reply."""
    wanted = expected_result(operation, richest(operation).body)

    def judge(seen: Observation) -> Iterator[Broken]:
        for number, call in enumerate(seen.calls, start=1):
            for _, detail in differences(wanted, call.result):
                yield Broken(
                    "cache-owned", f"what another caller did to its result shows in that of call {number}: {detail}"
                )
                return

    return judge


def kinds(seen: Observation) -> list[str]:
    """Return what became of each call: `ok`, or the kind of its error."""
    return [str(call.error.get("kind")) if call.err is not None else "ok" for call in seen.calls]


def became(rule: str, *wanted: str, sent: int | None = None) -> Judge:
    """Expect what becomes of each call, in `kinds`' words, and so many requests."""

    def judge(seen: Observation) -> Iterator[Broken]:
        found = kinds(seen)
        if found != list(wanted):
            yield Broken(rule, f"the calls ended in {', '.join(found)}; expected was {', '.join(wanted)}")
        elif sent is not None and len(seen.exchanges) != sent:
            yield Broken(rule, f"{len(seen.exchanges)} requests were sent instead of {sent}")

    return judge
