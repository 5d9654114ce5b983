"""What stands behind HttpService: who answers, what goes wrong with the answers, and a record of it all."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from audioscape_luau.mock import FaultPlan, NoReply
from roblox_double import HttpFailure, HttpFault, HttpReply, HttpRequest, HttpxBridge

_UNREADABLE = "http://unreadable.invalid/"
"""Stands for an address that is no URL, so that no request could be made of it."""

type Answer = Callable[[httpx.Request], httpx.Response]
"""The API: from a request to a reply. It may raise NoReply."""


@dataclass(slots=True)
class Exchange:
    """A request as the API saw it, and what came of it.

    at: virtual seconds. response: what the client got; None if no reply came. failure: what the engine raised in its
    place. fault: the name of the fault that it met, if the plan of faults had one.
    """

    request: httpx.Request
    response: httpx.Response | None
    at: float
    failure: str | None = None
    fault: str | None = None


class Network(HttpxBridge):
    """Lets `answer` reply to each request, unless it meets one of `faults`, which `chance` draws."""

    def __init__(
        self, answer: Answer, faults: FaultPlan, chance: random.Random, clock: Callable[[], float] = lambda: 0.0
    ) -> None:
        super().__init__(httpx.Client(transport=httpx.MockTransport(self.respond), trust_env=False))
        self.answer = answer
        self.faults = faults
        self.exchanges: list[Exchange] = []
        self._chance = chance
        self._clock = clock

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or let it meet a fault."""
        exchange = Exchange(request, None, self._clock())
        self.exchanges.append(exchange)
        try:
            response = self.answer(request)
            fault = self.faults.draw(self._chance)
            if fault:
                exchange.fault = fault.name
                response = fault.apply(response)
        except NoReply as failure:
            raise HttpFault(failure.text, failure.seconds) from None
        exchange.response = response
        return response

    def send(self, request: HttpRequest) -> HttpReply | HttpFailure:
        before = len(self.exchanges)
        reply = super().send(request)
        if isinstance(reply, HttpFailure):
            if len(self.exchanges) == before:
                self.exchanges.append(Exchange(httpx.Request(request.method, _UNREADABLE), None, self._clock()))
            self.exchanges[-1].failure = reply.text
        return reply
