"""Answers out of the examples of a specification, whatever API it describes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import httpx

from audioscape_luau.mock.plays import given_to
from audioscape_luau.openapi import ApiModel, Example, Object, Operation, Shape, Text
from audioscape_luau.openapi.invent import invented
from audioscape_luau.openapi.item_bounds import beyond

_JSON = "application/json"


def reply_of(example: Example) -> httpx.Response:
    """Return the reply of an example."""
    return httpx.Response(example.status, headers=dict(example.headers), content=example.body)


def failed(model: ApiModel, operation: Operation, statuses: Sequence[int]) -> httpx.Response:
    """Return an example of a status, of this operation or else of another; without one, the status alone.

    statuses: those that fit, the likeliest first.
    """
    status = _status(operation, statuses)
    found = _first((*operation.examples, *(e for each in model.methods for e in each.examples)), status)
    return httpx.Response(status) if found is None else reply_of(found)


def told(model: ApiModel, status: int, text: str) -> httpx.Response:
    """Return a failure of which the specification describes no body: the API's usual word for what went wrong."""
    name = next(iter(model.error_texts), "error")
    return httpx.Response(status, headers={"content-type": _JSON}, content=_json({name: text}))


def refused(
    model: ApiModel, operation: Operation, statuses: Sequence[int], parameter: str | None, detail: str
) -> httpx.Response:
    """Return what an operation answers to a wrong input, in its own words if these name it."""
    status = _status(operation, statuses)
    example = _first(operation.examples, status)
    shape = next((response.shape for response in operation.failures if response.status == status), None)
    detail = detail.removesuffix(" (at /)")
    text = detail if parameter is None else f"{parameter}: {detail}"
    if shape is None:
        return told(model, status, text) if example is None else reply_of(example)
    body: Any = {} if example is None else json.loads(example.body)
    name = None if parameter is None else re.split(r"[.[]", parameter)[0]
    if example is not None and name and re.search(rf"\b{re.escape(name)}\b", "\n".join(_texts(body, shape))):
        return reply_of(example)
    changed = _telling(body, shape, text)
    headers = {"content-type": _JSON} if example is None else dict(example.headers)
    return httpx.Response(status, headers=headers, content=_json(changed))


def _status(operation: Operation, statuses: Sequence[int]) -> int:
    declared = {response.status for response in operation.failures}
    return next((status for status in statuses if status in declared), statuses[0])


def _first(examples: Iterable[Example], status: int) -> Example | None:
    fitting = [example for example in examples if example.status == status]
    return next((example for example in fitting if example.breaks is None), fitting[0] if fitting else None)


def _texts(body: Any, shape: Shape) -> Iterable[str]:
    if isinstance(shape, Object) and isinstance(body, dict):
        for one in shape.fields:
            yield from _texts(cast("dict[str, Any]", body).get(one.name), one.shape)
    elif isinstance(shape, Text) and shape.error_text and isinstance(body, str):
        yield body


def _telling(body: Any, shape: Shape, text: str) -> Any:
    """Return a body whose texts for people say another thing."""
    if isinstance(shape, Text):
        return text if shape.error_text else body
    if isinstance(shape, Object):
        members = cast("dict[str, Any]", body) if isinstance(body, dict) else dict[str, Any]()
        changed = {one.name: _telling(members.get(one.name), one.shape, text) for one in shape.fields}
        return {**members, **{name: value for name, value in changed.items() if value not in (None, {})}}
    return body


def by_example(operation: Operation, arguments: Mapping[str, Any]) -> httpx.Response:
    """Return the reply of the example that asks for most of what is asked, or one made up if there is no example.

    Of a list it is the part that is asked for, without the items that bounds leave out. A failure is the reply to its
    own request only.
    """
    paging = operation.paging
    pages = {paging.offset, paging.limit} if paging else set[str]()
    asked = {name: value for name, value in arguments.items() if name not in pages}
    failures = [e for e in operation.examples if e.status >= 300 and not e.of_any]
    exact = [e for e in failures if e.request and e.request == arguments]
    if exact:
        return reply_of(exact[0])
    good = [one for one in operation.examples if one.status == operation.success.status and one.breaks is None]
    made_up = None if good else invented(operation)
    good += [made_up] if made_up else []
    if not good:
        return httpx.Response(operation.success.status)

    def nearness(one: Example) -> tuple[bool, int, int, int]:
        common = sum(one.request.get(name) == value for name, value in asked.items())
        skipped = one.request.get(paging.offset, 0) if paging else 0
        return one.request == arguments, common, -len(one.request.keys() - arguments.keys() - pages), -skipped

    nearest = max(good, key=nearness)
    if paging is None or nearest.request == arguments:
        return reply_of(nearest)
    return reply_of(_page(operation, nearest, given_to(operation, arguments)))


def _json(body: Any) -> bytes:
    # Without blanks, as services write it.
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _page(operation: Operation, example: Example, given: Mapping[str, Any]) -> Example:
    paging = operation.paging
    if paging is None:
        return example
    body = json.loads(example.body)
    items: list[Any] = body[paging.items]
    left_out = {place for place, _, _ in beyond(operation, given, items)}
    kept = [item for place, item in enumerate(items) if place not in left_out]
    first, most = given[paging.offset] or 0, given[paging.limit]
    body[paging.items] = kept[first:][:most]
    holder = body
    for name in paging.total[:-1]:
        holder = holder.get(name, {})
    facts = {paging.total[-1]: len(kept), paging.offset: first, paging.limit: most}
    holder |= {name: fact for name, fact in facts.items() if name in holder}
    return replace(example, body=_json(body))
