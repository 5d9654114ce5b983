"""What stands between a client and the mocked API: edge cache, rate limit, faults, latency, and a log of it all."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable

import httpx

from audioscape_luau.mock.api import MockApi
from audioscape_luau.mock.catalogue import Catalogue
from audioscape_luau.mock.plan import FaultPlan
from audioscape_luau.mock.plays import Taken
from audioscape_luau.mock.server.edge import VIA, Edge, too_long
from audioscape_luau.mock.server.faults import broken_by
from audioscape_luau.mock.server.latency import Latency
from audioscape_luau.mock.server.log import Exchange
from audioscape_luau.mock.server.tiers import Limiter

type Change = Callable[[Gateway], None]
"""Sets something of a gateway."""

_KEPT = 1000
"""Exchanges that the log holds, and violations; older ones are only counted."""


def _nothing(_: Gateway) -> None:
    pass


class Gateway:
    """Answers requests.

    Of a reply's extensions, `seconds` says how long it takes, infinity for ever; `cut`, if there is one, after how many
    more seconds its connection is closed half-way.

    clock: seconds, arbitrary zero. chance: draws latency and faults. start: what is set from the beginning.
    """

    def __init__(
        self, api: MockApi, clock: Callable[[], float], chance: random.Random, start: Change = _nothing
    ) -> None:
        self.api = api
        self.clock = clock
        self.chance = chance
        self.log: deque[Exchange] = deque(maxlen=_KEPT)
        self._keys = api.keys
        self._catalogue = api.catalogue
        self._start = start
        self.reset()

    def reset(self) -> None:
        """Forget the log, the cache and what keys have spent, and set everything as it was at the start."""
        self.faults = FaultPlan()
        self.limiter = Limiter()
        self.latency = Latency()
        self.stock(self._catalogue)
        self.requests = 0
        self.violations = 0
        self.log.clear()
        self.api.violations.clear()
        self.api.taken = Taken()
        self.api.accept(self._keys)
        self._start(self)

    def stock(self, catalogue: Catalogue) -> None:
        """Answer from another catalogue from now on."""
        self.api.catalogue = catalogue
        self.edge = Edge()

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.requests += 1
        now, number = self.clock(), self.requests
        key = self.api.model.key_in(request.headers.get(self.api.model.api_key_header, ""))
        target: bytes = request.extensions["target"]
        fault = self.faults.draw(self.chance)
        seen = len(self.api.violations)
        oversized = too_long(request)
        cacheable = request.method == "GET" and not request.content and not oversized and fault is None
        found = self.edge.find(key, target, now) if cacheable else None
        reply = found or (httpx.Response(413) if oversized else self._origin(request, key, now))
        if fault is not None:
            reply = broken_by(fault, reply)
        if found is None:
            reply.headers["x-amzn-requestid"] = f"mock-{number}"
            reply.headers["x-cache"] = "Error from cloudfront" if reply.is_error else "Miss from cloudfront"
        if cacheable and found is None and reply.is_success:
            reply.headers["cache-control"] = f"public, max-age={self.edge.ttl:.0f}"
            self.edge.keep(key, target, now, reply)
        reply.headers.update({"via": VIA, "x-amz-cf-id": f"mock-{number}"})
        seconds = self.latency.draw(self.chance, hit=found is not None)
        if fault is not None:
            seconds += reply.extensions.get("virtual_seconds", 0.0)
        reply.extensions["seconds"] = seconds
        broken = self.api.violations[-1] if len(self.api.violations) > seen else None
        self.violations += broken is not None
        del self.api.violations[:-_KEPT]
        self.log.append(
            Exchange.of(
                request,
                reply,
                number=number,
                at=now,
                seconds=None if math.isinf(seconds + reply.extensions.get("cut", 0.0)) else seconds,
                fault=None if fault is None else fault.name,
                broken=None if broken is None else str(broken).partition("\n")[0],
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
        reply = self.api.example(self.api.check.meant(request), 429)
        reply.headers["x-amzn-errortype"] = "TooManyRequestsException"
        if tier.retry_after:
            reply.headers["retry-after"] = str(math.ceil(wait))
        return reply
