"""The mocked API: one function from a request to a reply."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import httpx

from audioscape_luau.mock.by_example import by_example, failed, refused, told
from audioscape_luau.mock.catalogue import Catalogue
from audioscape_luau.mock.check import Call, ContractViolation, SpecCheck
from audioscape_luau.mock.hiding import hide, keys_in
from audioscape_luau.mock.library import Library
from audioscape_luau.mock.plays import PLAYS, Play, Taken, given_to, plays_of
from audioscape_luau.openapi import ApiModel, Array, Operation

REFUSALS: Mapping[str, Sequence[int]] = {
    "missing-key": (401, 403),
    "repeated-key": (401, 403),
    "unknown-path": (404,),
    "wrong-method": (404, 405),
    "wrong-server": (404,),
}
"""The statuses that may answer a request which breaks a rule; 400 or 422 for every other rule."""

_KEY_RULES = {"missing-key", "repeated-key"}
_PLACE_RULES = {"unknown-path", "wrong-server"}

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
    def is_played(self) -> bool:
        """Whether any operation is answered from the catalogue."""
        return bool(self._plays)

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
            response = self._judged_alone(request, violation) or self._refusal(request, violation)
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
        statuses = REFUSALS.get(violation.rule, (400, 422))
        operation = self.check.meant(request)
        if violation.rule in _KEY_RULES:
            return failed(self.model, operation, statuses)
        if violation.rule in _PLACE_RULES:
            keys = (*keys_in(request, self.model.api_key_header), *self.keys)
            return told(self.model, 404, hide(f"there is no route {request.method} {request.url.path}", keys))
        return refused(self.model, operation, statuses, violation.parameter, violation.detail)

    def _judged_alone(self, request: httpx.Request, violation: ContractViolation) -> httpx.Response | None:
        """Take the events of a request that are right, if it is wrong only in some of them."""
        operation = self.check.meant(request)
        listed = operation.analytics.events if operation.analytics else None
        if listed is None or re.split(r"[.[]", violation.parameter or "")[0] != listed:
            return None
        body = json.loads(request.content)
        shape = next(field.shape for field in operation.inputs if field.name == listed)
        events = body[listed]
        if not isinstance(events, list) or not isinstance(shape, Array):
            return None
        given = cast("list[Any]", events)
        if not (shape.min_items or 0) <= len(given) <= (shape.max_items or len(given)):
            return None
        right = [event for event in given if self._is_right(request, {**body, listed: [event]})]
        return self._answer(Call(operation, {**body, listed: right}), request)

    def _is_right(self, request: httpx.Request, body: dict[str, Any]) -> bool:
        headers = [(name, value) for name, value in request.headers.items() if name != "content-length"]
        try:
            self.check.request(
                httpx.Request(request.method, request.url, headers=headers, json=body, extensions=request.extensions)
            )
        except ContractViolation:
            return False
        return True

    def _answer(self, call: Call, request: httpx.Request) -> httpx.Response:
        if self.model.key_in(request.headers[self.model.api_key_header]) not in self.keys:
            return self.example(call.operation, 401)
        play = self._plays.get(call.operation.id)
        if play is None:
            return by_example(call.operation, call.arguments)
        return play(self, call.operation, given_to(call.operation, call.arguments))

    def example(self, operation: Operation, status: int) -> httpx.Response:
        """Return the specification's first example of a status, of this operation or another; it may be without one."""
        return failed(self.model, operation, (status,))
