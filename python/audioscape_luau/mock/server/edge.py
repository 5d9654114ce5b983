"""The edge cache in front of the service: replies to equal requests of one key, for some minutes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import httpx

TTL = 300.0
"""Seconds that the vendor's edge keeps a reply by default."""


@dataclass(slots=True)
class Edge:
    """Keeps good replies to GET by key and address, byte for byte."""

    ttl: float = TTL
    capacity: int = 10_000
    _kept: OrderedDict[tuple[str, bytes], tuple[float, httpx.Response]] = field(
        default_factory=OrderedDict[tuple[str, bytes], tuple[float, httpx.Response]]
    )

    def find(self, key: str, target: bytes, now: float) -> httpx.Response | None:
        """Return the reply that is kept, with its age."""
        at, reply = self._kept.get((key, target), (0.0, None))
        if reply is None or now - at >= self.ttl:
            return None
        age = {"age": str(int(now - at)), "x-cache": "Hit from cloudfront"}
        return httpx.Response(reply.status_code, headers={**reply.headers, **age}, content=reply.content)

    def keep(self, key: str, target: bytes, now: float, reply: httpx.Response) -> None:
        """Keep a reply."""
        self._kept[key, target] = (now, reply)
        self._kept.move_to_end((key, target))
        if len(self._kept) > self.capacity:
            self._kept.popitem(last=False)
