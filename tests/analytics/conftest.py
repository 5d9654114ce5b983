"""The fixture of the tests of analytics: a client that sends its events, and the API that takes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from audioscape_luau.openapi import ApiModel, Array
from support.game import KEY, Game, api

type Answer = Callable[[httpx.Request], httpx.Response]


def _most(model: ApiModel) -> int:
    (operation,) = (operation for operation in model.operations if operation.analytics)
    shape = operation.inputs[0].shape
    assert isinstance(shape, Array)
    assert shape.max_items
    return shape.max_items


MOST = _most(api())
"""How many events a request may hold."""


class Events(Game):
    """A server on which `client` sends events; what it sends is answered by `reply`, a status or a function."""

    def __init__(self) -> None:
        super().__init__()
        self.reply: int | Answer | Exception = 202
        self.times: list[float] = []
        """When requests came, in seconds of virtual time."""
        self.router.route().mock(side_effect=self._answer)

    def start(self, source: str = "", *args: Any) -> list[Any]:
        """Run a script in which `client` is the one client of this server, and `track` tells events of assets."""
        return self.run(
            f"""
            shared.client = shared.client or AudioScapeClient.new({{ apiKey = "{KEY}", analytics = true }})
            local client = shared.client
            local function track(first, last)
                for id = first, last or first do
                    assert(client:track({{ type = "play", asset_id = id }}))
                end
            end
            {source}
            """,
            *args,
            limit=86400,
        )

    @property
    def batches(self) -> list[list[dict[str, Any]]]:
        """The events that were sent, by request."""
        return [json.loads(request.content)["events"] for request in self.requests]

    @property
    def told(self) -> list[str]:
        """The assets of the events that were sent, in order."""
        return [event["asset_id"] for batch in self.batches for event in batch]

    @property
    def counts(self) -> dict[str, int]:
        """What became of the events, as far as it is not nothing."""
        return {name: count for name, count in self.start("return client:stats().analytics")[0].items() if count}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.times.append(self.universe.now)
        if isinstance(self.reply, Exception):
            raise self.reply
        return httpx.Response(self.reply) if isinstance(self.reply, int) else self.reply(request)


@pytest.fixture
def events() -> Iterator[Events]:
    with Events() as events:
        yield events
