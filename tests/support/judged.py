"""The specification as judge of every test: whatever a test looks at, what it sends must keep the contract."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import pytest

from audioscape_luau.mock import SpecCheck
from audioscape_luau.openapi import Operation
from support.game import api

REPLIES = 100
"""Replies of one test that are judged: one that gets more of them, say for a thousand radios, gets more alike."""
_right: set[tuple[Any, ...]] = set()


@pytest.fixture(autouse=True)
def judged(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold every exchange of the Luau with the API against the specification when the test has ended.

    `breaks_contract` says that a test answers, on purpose, what the specification rules out; `other_api` that it speaks
    to an API which is not the one of the specification.
    """
    exchanges: list[tuple[httpx.Request, httpx.Response | None]] = []
    home = httpx.URL(api().server_url)
    send = httpx.Client.send

    def watched(client: httpx.Client, sent: httpx.Request, **options: Any) -> httpx.Response:
        from_luau = "target" in sent.extensions  # which only the bridge of the VM says
        if sent.url.host != home.host or not from_luau:
            return send(client, sent, **options)
        exchanges.append((sent, None))
        place = len(exchanges) - 1
        response = send(client, sent, **options)
        exchanges[place] = (sent, response)
        return response

    monkeypatch.setattr(httpx.Client, "send", watched)
    yield
    if request.node.get_closest_marker("other_api"):
        return
    for place, (sent, response) in enumerate(exchanges):
        call = _check().request(sent)
        if response is not None and place < REPLIES and not request.node.get_closest_marker("breaks_contract"):
            _judge(call.operation, response)


@cache
def _check() -> SpecCheck:
    return SpecCheck(api())


def _judge(operation: Operation, response: httpx.Response) -> None:
    """Look at a reply, unless it is one that is known to be right: mocks say the same again and again."""
    reply = (operation.id, response.status_code, tuple(response.headers.items()), response.content)
    if reply not in _right:
        _check().reply(operation, response)
        _right.add(reply)
