"""What stands between a client and the mocked API: edge cache, rate limit, faults, latency, and a log of it all."""

from __future__ import annotations

import itertools
import math
import random
from collections import deque
from collections.abc import Callable

import httpx

from audioscape_luau.mock.api import MockApi
from audioscape_luau.mock.server.edge import Edge
from audioscape_luau.mock.server.faults import FaultPlan
from audioscape_luau.mock.server.latency import Latency
from audioscape_luau.mock.server.log import Exchange
from audioscape_luau.mock.server.tiers import Limiter

_KEPT = 1000
"""Exchanges that the log holds; older ones are forgotten."""


class Gateway:
    """Answers requests; the reply's extension `seconds` says how long it takes, infinity for ever.

    clock: seconds, arbitrary zero. chance: draws latency and faults.
    """

    def __init__(self, api: MockApi, clock: Callable[[], float], chance: random.Random) -> None:
        self.api = api
        self.clock = clock
        self.chance = chance
        self.log: deque[Exchange] = deque(maxlen=_KEPT)
        self.reset()

    def reset(self) -> None:
        """Forget the log, the cache, what keys have spent, and everything that was set."""
        self.faults = FaultPlan()
        self.limiter = Limiter()
        self.latency = Latency()
        self.edge = Edge()
        self.log.clear()
        self.api.violations.clear()
        self._numbers = itertools.count(1)

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        now, number = self.clock(), next(self._numbers)
        key = request.headers.get(self.api.model.api_key_header, "")
        target: bytes = request.extensions["target"]
        fault = self.faults.draw(self.chance)
        seen = len(self.api.violations)
        found = self.edge.find(key, target, now) if request.method == "GET" and fault is None else None
        reply = found or self._origin(request, key, now)
        if fault is not None:
            reply = fault.apply(reply)
        elif found is None and request.method == "GET" and reply.is_success:
            reply.headers["cache-control"] = f"public, max-age={self.edge.ttl:.0f}"
            reply.headers["x-cache"] = "Miss from cloudfront"
            self.edge.keep(key, target, now, reply)
        else:
            reply.headers.setdefault("x-cache", "Error from cloudfront" if reply.is_error else "Miss from cloudfront")
        reply.headers["x-amzn-requestid"] = f"mock-{number}"
        seconds = self.latency.draw(self.chance, hit=found is not None)
        if fault is not None:
            seconds += reply.extensions.get("virtual_seconds", 0.0)
        reply.extensions["seconds"] = seconds
        self.log.append(
            Exchange.of(
                request,
                reply,
                number=number,
                at=now,
                seconds=None if math.isinf(seconds) else seconds,
                fault=None if fault is None else fault.name,
                broken=str(self.api.violations[-1]).partition("\n")[0] if len(self.api.violations) > seen else None,
                key_header=self.api.model.api_key_header,
                keys=self.api.keys,
            )
        )
        return reply

    def _origin(self, request: httpx.Request, key: str, now: float) -> httpx.Response:
        wait = self.limiter.wait(key, now)
        if wait is None:
            return self.api.respond_or_refuse(request)
        tier = self.limiter.tiers[key]
        operations = self.api.model.operations
        spent = (o for o in operations if any(example.status == 429 for example in o.examples))
        found = next(spent, None)
        reply = httpx.Response(429) if found is None else self.api.example(found, 429)
        reply.headers["x-amzn-errortype"] = "TooManyRequestsException"
        if tier.retry_after:
            reply.headers["retry-after"] = str(math.ceil(wait))
        return reply
