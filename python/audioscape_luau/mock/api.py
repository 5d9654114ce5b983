"""The mocked API: one function from a request to a reply."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx

from audioscape_luau.mock.catalogue import Catalogue
from audioscape_luau.mock.check import Call, ContractViolation, SpecCheck
from audioscape_luau.mock.library import Library
from audioscape_luau.mock.plays import PLAYS, Play, Taken, given_to, plays_of
from audioscape_luau.openapi import ApiModel, Example, Operation
from audioscape_luau.openapi.item_bounds import beyond

REFUSALS: Mapping[str, int] = {
    "missing-key": 401,
    "repeated-key": 401,
    "unknown-path": 404,
    "wrong-method": 404,
    "wrong-server": 404,
}
"""The status that answers a request which breaks a rule; 400 for every other rule."""

_REMEMBERED = 1000
"""Ids, so that a server which runs for days does not grow."""

DEMO_KEY = "demo-key"
"""A key that every mock accepts unless it is told otherwise."""


class MockApi:
    """Answers as the AudioScape API would, out of a synthetic catalogue.

    Every request is held against the specification first. One that breaks it raises ContractViolation, and is kept in
    `violations`, so that a test fails even if the code under test swallows the failure.
    """

    def __init__(
        self,
        model: ApiModel,
        catalogue: Catalogue,
        *,
        keys: Iterable[str] = (DEMO_KEY,),
        base_url: str | None = None,
        seconds: float = 0.08,
        check_replies: bool = True,
        plays: Mapping[str, Play] = PLAYS,
    ) -> None:
        """`keys` are accepted, any other is refused; `seconds` is the virtual latency of a reply.

        `plays` says what is answered from the catalogue, by operation; all else is answered by its examples.

        `check_replies` holds the mock's own replies against the specification, too, which takes most of the time.
        """
        self.model = model
        self.catalogue = catalogue
        self.check = SpecCheck(model, base_url)
        self.accept(keys)
        self.violations: list[ContractViolation] = []
        self.unknown: deque[str] = deque(maxlen=_REMEMBERED)
        """The latest ids that were asked for and are not in the catalogue."""
        self.taken = Taken()
        self._library: Library | None = None
        self._plays = plays_of(model, plays)
        self._seconds = seconds
        self._check_replies = check_replies

    @property
    def library(self) -> Library:
        """What the API tells of the catalogue as it is now, beside likeness."""
        if self._library is None or self._library.music is not self.catalogue:
            self._library = Library(self.catalogue)
        return self._library

    def accept(self, keys: Iterable[str]) -> None:
        """Accept these keys from now on, and no other."""
        self.keys = frozenset(keys)
        self.check.keys = tuple(self.keys)

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; raise ContractViolation, and keep it, if the request or the reply breaks the contract."""
        with self._keeping():
            return self._respond(self.check.request(request), request)

    def respond_or_refuse(self, request: httpx.Request) -> httpx.Response:
        """Answer a request as the service would: one that breaks the contract gets the documented refusal.

        The violation is kept all the same. A broken reply, which is the mock's own fault, still raises.
        """
        try:
            with self._keeping():
                call = self.check.request(request)
        except ContractViolation as violation:
            response = self._refusal(request, violation)
            response.extensions["virtual_seconds"] = self._seconds
            return response
        with self._keeping():
            return self._respond(call, request)

    @contextmanager
    def _keeping(self) -> Generator[None]:
        try:
            yield
        except ContractViolation as violation:
            self.violations.append(violation)
            raise

    def _respond(self, call: Call, request: httpx.Request) -> httpx.Response:
        response = self._answer(call, request)
        if self._check_replies:
            self.check.reply(call.operation, response, call.arguments)
        response.extensions["virtual_seconds"] = self._seconds
        return response

    def _refusal(self, request: httpx.Request, violation: ContractViolation) -> httpx.Response:
        status = REFUSALS.get(violation.rule, 400)
        # The operation whose path it nearly is speaks first.
        path = request.url.path.rstrip("/")
        operations = sorted(self.model.methods, key=lambda operation: not path.endswith(operation.path))
        examples = (example for operation in operations for example in operation.examples)
        found = next((example for example in examples if example.status == status), None)
        return httpx.Response(status) if found is None else reply_of(found)

    def _answer(self, call: Call, request: httpx.Request) -> httpx.Response:
        if self.model.key_in(request.headers[self.model.api_key_header]) not in self.keys:
            return self.example(call.operation, 401)
        play = self._plays.get(call.operation.id)
        if play is None:
            return _by_example(call.operation, call.arguments) or self.example(
                call.operation, call.operation.success.status
            )
        return play(self, call.operation, given_to(call.operation, call.arguments))

    def example(self, operation: Operation, status: int) -> httpx.Response:
        """Return the specification's first example of a status, of this operation or another; it may be without one."""
        of_all = [*operation.examples, *(e for each in self.model.methods for e in each.examples if e.status >= 300)]
        fitting = [example for example in of_all if example.status == status]
        found = next((example for example in fitting if example.breaks is None), fitting[0] if fitting else None)
        return httpx.Response(status) if found is None else reply_of(found)


def reply_of(example: Example) -> httpx.Response:
    """Return the reply of an example."""
    return httpx.Response(example.status, headers=dict(example.headers), content=example.body)


def _by_example(operation: Operation, arguments: Mapping[str, Any]) -> httpx.Response | None:
    """Return the reply of the example that asks for most of what is asked, None if there is no such.

    Of a list it is the part that is asked for, without the items that bounds leave out.
    """
    good = [one for one in operation.examples if one.status == operation.success.status and one.breaks is None]
    if not good:
        return None
    paging = operation.paging
    pages = {paging.offset, paging.limit} if paging else set[str]()
    asked = {name: value for name, value in arguments.items() if name not in pages}
    nearest = max(good, key=lambda one: sum(one.request.get(name) == value for name, value in asked.items()))
    if paging is None:
        return reply_of(nearest)
    body = json.loads(nearest.body)
    given = given_to(operation, arguments)
    items: list[Any] = body[paging.items]
    left_out = {place for place, _, _ in beyond(operation, given, items)}
    kept = [item for place, item in enumerate(items) if place not in left_out]
    first, most = given[paging.offset] or 0, given[paging.limit]
    body[paging.items] = kept[first:][:most]
    told = body
    for name in paging.total[:-1]:
        told = told.get(name, {})
    facts = {paging.total[-1]: len(kept), paging.offset: first, paging.limit: most}
    told |= {name: fact for name, fact in facts.items() if name in told}
    return reply_of(replace(nearest, body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()))
