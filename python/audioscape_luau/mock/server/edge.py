"""The edge cache in front of the service: replies to equal requests of one key, for some minutes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import httpx

TTL = 300.0
"""Seconds that the vendor's edge keeps a reply by default."""

VIA = "1.1 mock.cloudfront.net (CloudFront)"
"""What every reply that comes by the edge says of its way."""

LONGEST_TARGET = 8192
LONGEST_HEAD = 32_768
LONGEST_BODY = 10_000_000
"""Bytes of path and query, of these with all headers, and of a body that edge and gateway of the vendor let through."""


def too_long(request: httpx.Request) -> bool:
    """Whether a request never gets to the service."""
    target: bytes = request.extensions["target"]
    head = len(target) + sum(len(name) + len(value) for name, value in request.headers.raw)
    return len(target) > LONGEST_TARGET or head > LONGEST_HEAD or len(request.content) > LONGEST_BODY


@dataclass(slots=True)
class Edge:
    """Keeps good replies to GET by key and address, byte for byte; at most `capacity` bytes of bodies."""

    ttl: float = TTL
    capacity: int = 50_000_000
    _kept: OrderedDict[tuple[str, bytes], tuple[float, httpx.Response]] = field(
        default_factory=OrderedDict[tuple[str, bytes], tuple[float, httpx.Response]]
    )
    _size: int = 0

    def find(self, key: str, target: bytes, now: float) -> httpx.Response | None:
        """Return the reply that is kept, with its age."""
        at, reply = self._kept.get((key, target), (0.0, None))
        if reply is None or now - at >= self.ttl:
            return None
        age = {"age": str(int(now - at)), "x-cache": "Hit from cloudfront"}
        return httpx.Response(reply.status_code, headers={**reply.headers, **age}, content=reply.content)

    def keep(self, key: str, target: bytes, now: float, reply: httpx.Response) -> None:
        """Keep a reply; the oldest make room for it."""
        _, former = self._kept.pop((key, target), (now, None))
        self._kept[key, target] = (now, reply)
        self._size += len(reply.content) - (0 if former is None else len(former.content))
        while self._size > self.capacity:
            _, (_, oldest) = self._kept.popitem(last=False)
            self._size -= len(oldest.content)
