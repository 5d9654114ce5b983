"""Several calls of one client and its copies, of several clients, and of pages: what they may know of each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.subject import Answer, Observation
from audioscape_luau.mock import reply_of
from audioscape_luau.spec import ApiModel, Array, Object, Operation, Paging, Text

type Scene = tuple[str, str, Answer, Judge]
"""Name, Luau, the API, and what must come of it."""

_OTHER_KEY = "another-key-0a1b2c3d"


def cases(model: ApiModel) -> Iterator[Case]:
    """Yield the scenes with more than one call."""
    for operation in model.operations:
        for name, script, answer, judge in _scenes(model, operation):
            yield Case(
                "stateful",
                f"{operation.id}/{name}",
                operation,
                script,
                answer,
                judge,
                more_keys=(_OTHER_KEY,) if _OTHER_KEY in script else (),
            )


def _scenes(model: ApiModel, operation: Operation) -> Iterator[Scene]:
    good = richest(operation)
    answer: Answer = lambda _request, _number: reply_of(good)  # noqa: E731
    ask = f'call(client, "{operation.id}", {luau(dict(good.request))})'
    made = "local client = AudioScapeClient.new(KEY)\n"
    yield "asked twice", f"{made}{ask}\n{ask}", answer, _requests("cached", 1)
    yield "asked again later", f"{made}{ask}\ntask.wait(301)\n{ask}", answer, _requests("cache-fresh", 2)
    around = f'local client = AudioScapeClient.new(KEY):withOptions({{ cache = "bypass" }})\n{ask}\n{ask}'
    yield "around the cache", around, answer, _requests("cache-bypassed", 2)
    together = f"{made}for _ = 1, 3 do task.spawn(function() {ask} end) end\ntask.wait(40)"
    yield "three at once", together, answer, _requests("coalesced", 1)
    two = f'{made}{ask}\nclient = AudioScapeClient.new("{_OTHER_KEY}")\n{ask}'
    yield "two keys", two, _per_key(model, operation), _apart
    spoilt = f"{made}local first = {ask}\nfor name in first do first[name] = nil end\nlocal second = {ask}"
    yield "a result that is spoilt", f"{spoilt}\nreturn second ~= nil and next(second) ~= nil", answer, _owned
    passing = _first({500: 3}, good)
    yield "after a failure", f"{made}{ask}\ntask.wait(60)\n{ask}", passing, _recovers
    old = f"{made}{ask}\ntask.wait(400)\n{ask}"
    yield "an old result", old, _then_failing(good), _stale
    failing: Answer = lambda _request, _number: httpx.Response(500)  # noqa: E731
    many = f"{made}for _ = 1, 30 do {ask} end"
    yield "an API that is down", many, failing, _left_alone
    if operation.paging:
        yield from _pages(operation, operation.paging, dict(good.request))


def _requests(rule: str, wanted: int) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        if len(seen.exchanges) != wanted:
            yield Broken(rule, f"{len(seen.exchanges)} requests were sent instead of {wanted}")
        failed = [call.error.get("message") for call in seen.calls if call.err is not None]
        if failed:
            yield Broken("right-answer", f"a call failed: {failed[0]}")

    return judge


def _per_key(model: ApiModel, operation: Operation) -> Answer:
    """Return an API that knows the first key only."""
    refused = next(example for example in operation.examples if example.status == 401)
    good = richest(operation)

    def answer(request: httpx.Request, _number: int) -> httpx.Response:
        return reply_of(refused if request.headers.get(model.api_key_header) == _OTHER_KEY else good)

    return answer


def _apart(seen: Observation) -> Iterator[Broken]:
    if len(seen.calls) == 2 and seen.calls[1].error.get("kind") != "unauthorized":
        yield Broken("cache-private", "a client with another key got what the first one had asked for")


def _owned(seen: Observation) -> Iterator[Broken]:
    if seen.returned != (True,):
        yield Broken("cache-owned", "what the first caller took out of its result is missing in the second one's")


def _first(failures: Mapping[int, int], good: Any) -> Answer:
    """Return an API that fails so many times, then answers."""
    queue = [status for status, count in failures.items() for _ in range(count)]

    def answer(_request: httpx.Request, number: int) -> httpx.Response:
        return httpx.Response(queue[number]) if number < len(queue) else reply_of(good)

    return answer


def _recovers(seen: Observation) -> Iterator[Broken]:
    if len(seen.calls) == 2 and seen.calls[1].err is not None:
        yield Broken("failure-not-cached", f"the next call failed too: {seen.calls[1].error.get('message')}")


def _then_failing(good: Any) -> Answer:
    return lambda _request, number: reply_of(good) if number == 0 else httpx.Response(500)


def _stale(seen: Observation) -> Iterator[Broken]:
    if len(seen.calls) == 2 and seen.calls[1].err is not None:
        yield Broken("stale-served", f"the second call failed: {seen.calls[1].error.get('message')}")
    if len(seen.exchanges) < 2:
        yield Broken("cache-fresh", "the API was not asked again")


def _left_alone(seen: Observation) -> Iterator[Broken]:
    if seen.calls and len(seen.exchanges) >= 3 * len(seen.calls):
        yield Broken("breaker-opens", f"{len(seen.exchanges)} requests were sent to an API that is down")
    if seen.calls and not any(call.error.get("kind") == "circuit_open" for call in seen.calls):
        yield Broken("breaker-opens", "no call said that the API is left alone")


_WALK = """
local client = AudioScapeClient.new(KEY)
local ids, pages = {}, client:METHODPages(INPUT)
local page = pages:next()
while page and #ids < 100 do
	for _, item in page.ITEMS do table.insert(ids, item.ID) end
	page = pages:next()
end
return table.concat(ids, " "), pages.err and pages.err.kind or "none"
"""


def _pages(operation: Operation, paging: Paging, request: dict[str, Any]) -> Iterator[Scene]:
    identity = _identity(operation, paging)
    asked = {name: value for name, value in request.items() if name != paging.offset} | {paging.limit: 2}
    input = luau(asked)
    script = (
        _WALK.replace("METHOD", operation.id)
        .replace("INPUT", input)
        .replace("ITEMS", paging.items)
        .replace("ID", identity)
    )
    ids = [str(number) for number in range(1, 6)]
    yield "pages to the end", script, _listing(paging, identity, ids), _walked(ids, "none", "pages-whole")
    forever: Callable[[int, int], list[str]] = lambda _offset, limit: ids[:limit]  # noqa: E731
    yield (
        "an API that ignores the offset",
        script,
        _pages_of(paging, identity, forever),
        _walked(ids[:2], "none", "pages-end"),
    )

    def broken(request: httpx.Request, number: int) -> httpx.Response:
        return _listing(paging, identity, ids)(request, number) if number == 0 else httpx.Response(400, json={})

    yield "a page that fails", script, broken, _walked(ids[:2], "bad_request", "pages-err")


def _identity(operation: Operation, paging: Paging) -> str:
    """Return the field that tells the items of a list apart."""
    items = next(field.shape for field in operation.result.fields if field.name == paging.items)
    if isinstance(items, Array) and isinstance(items.items, Object):
        for field in items.items.fields:
            if isinstance(field.shape, Text) and field.shape.asset_id:
                return field.name
    raise LookupError(f"the items of {operation.id} have no id")


def _listing(paging: Paging, identity: str, ids: list[str]) -> Answer:
    return _pages_of(paging, identity, lambda offset, limit: ids[offset : offset + limit])


def _pages_of(paging: Paging, identity: str, page: Callable[[int, int], list[str]]) -> Answer:
    def answer(request: httpx.Request, _number: int) -> httpx.Response:
        query = request.url.params
        found = page(int(query.get(paging.offset, 0)), int(query.get(paging.limit, 1)))
        return httpx.Response(200, json={paging.items: [{identity: id} for id in found], "meta": {}})

    return answer


def _walked(ids: list[str], ended: str, rule: str) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        if seen.returned != (" ".join(ids), ended):
            yield Broken(rule, f"the pages held {seen.returned!r}, expected were {ids} and the end {ended!r}")

    return judge
