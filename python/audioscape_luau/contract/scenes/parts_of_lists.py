"""Lists that are longer than one request takes: several requests in order, and one result of their replies."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import httpx

from audioscape_luau.contract.boundaries import sample
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.scenes.parts import bare, cases_of, made
from audioscape_luau.contract.subject import Answer, Observation
from audioscape_luau.openapi import Array, Field, Object, Operation, Shape, Text
from audioscape_luau.openapi.model import Split

_HALF = 3
"""How many more there are than two requests take."""


def scenes(operation: Operation) -> Iterator[Case]:
    """Yield calls with long lists; nothing if the operation takes none."""
    split = operation.split
    field = next((one for one in operation.inputs if split and one.name == split.input), None)
    items = field.shape.items if field and isinstance(field.shape, Array) else None
    if split and isinstance(items, Text) and items.asset_id:
        yield from _Long(operation, split).scenes()


class _Long:
    def __init__(self, operation: Operation, split: Split) -> None:
        self.operation = operation
        self.split = split
        self.base = {name: value for name, value in richest(operation).request.items() if name != split.input}
        self.case = cases_of(operation)

    def scenes(self) -> Iterator[Case]:
        size = self.split.size
        for count, sizes in (
            (size, (size,)),
            (size + 1, (size, 1)),
            (2 * size + _HALF, (size, size, _HALF)),
        ):
            yield self.case(f"a list of {count}", self._call(count), self._answer(), self._joins(sizes))
        yield self.case("a list of which a part fails", self._call(2 * size), self._answer(fails=1), self._fails)

    def _call(self, count: int) -> str:
        ids = [str(number) for number in range(1, count + 1)]
        given = luau({**self.base, self.split.input: ids})
        return f'{made(maxRetries=0)}call(client, "{self.operation.id}", {given})\n'

    def _ids(self, request: httpx.Request) -> list[str]:
        """Return the list that a request holds, wherever that stands."""
        if request.content:
            body = cast("Mapping[str, list[Any]]", json.loads(request.content))
            return [str(one) for one in body.get(self.split.input, ())]
        return request.url.params.get_list(self.split.input)

    def _answer(self, fails: int | None = None) -> Answer:
        def answer(request: httpx.Request, number: int) -> httpx.Response:
            if number == fails:
                return httpx.Response(400)
            body: dict[str, Any] = bare(self.operation.result)
            for path in self.split.lists:
                _put(body, path, [self._item(path, one) for one in self._ids(request)])
            for path in self.split.sums:
                _put(body, path, len(self._ids(request)))
            return httpx.Response(self.operation.success.status, json=body)

        return answer

    def _item(self, path: Sequence[str], identity: str) -> Any:
        shape: Shape = self.operation.result
        for name in path:
            field = _field(shape, name)
            shape = field.shape if field else shape
        item = shape.items if isinstance(shape, Array) else shape
        if isinstance(item, Object):
            own = item.asset_id_field
            return {**bare(item), **({own.name: identity} if own else {})}
        return identity if isinstance(item, Text) else sample(item)

    def _joins(self, sizes: Sequence[int]) -> Judge:
        def judge(seen: Observation) -> Iterator[Broken]:
            sent = [self._ids(exchange.request) for exchange in seen.exchanges]
            wanted = [str(number) for number in range(1, sum(sizes) + 1)]
            if [len(part) for part in sent] != list(sizes) or [one for part in sent for one in part] != wanted:
                yield Broken("parts-joined", f"requests hold {[len(part) for part in sent]}, expected {list(sizes)}")
                return
            if seen.call.err is not None:
                yield Broken("parts-joined", f"the call failed: {seen.call.error.get('message')}")
                return
            for path in self.split.lists:
                found = _at(seen.call.result, path)
                items = [self._item(path, one) for one in wanted]
                if found != items:
                    yield Broken("parts-joined", f"{'.'.join(path)} of the result is not that of all requests in order")
            for path in self.split.sums:
                if _at(seen.call.result, path) != len(wanted):
                    yield Broken("parts-joined", f"{'.'.join(path)} is not the sum over all requests")

        return judge

    def _fails(self, seen: Observation) -> Iterator[Broken]:
        if seen.call.error.get("kind") != "bad_request" or len(seen.exchanges) != 2:
            yield Broken(
                "parts-joined", f"one of two requests failed, and the call came to {seen.call.error.get('kind')}"
            )


def _field(shape: Shape, name: str) -> Field | None:
    return next((one for one in shape.fields if one.name == name), None) if isinstance(shape, Object) else None


def _put(body: dict[str, Any], path: Sequence[str], value: Any) -> None:
    *way, last = path
    for name in way:
        body = body.setdefault(name, {})
    body[last] = value


def _at(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = cast("Mapping[str, Any]", value).get(name) if isinstance(value, Mapping) else None
    return value
