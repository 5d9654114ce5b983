"""Which requests meet which fault of the table: first those of a script, one each, then by chance."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import httpx

from audioscape_luau.mock.faults import Fault, fault
from roblox_double.bridge import HttpFault

CUT: Mapping[str, float] = {"closed": 0.0, "inactive": math.inf}
"""What HttpService itself raises, but because of a server: one that sends half a reply, and closes the connection
after so many seconds."""
_PROBE = httpx.Response(200, content=b'{"items": [{"number": 1}]}')


def why_not(name: str) -> str | None:
    """Return why a fault cannot be shown over HTTP; None if it can. KeyError for a name that is not in the table."""
    row = fault(name)
    if name in CUT:
        return None
    try:
        reply = row.apply(_PROBE)
    except HttpFault as thrown:
        return f"HttpService itself raises it ({thrown}); no server can send it"
    return None if reply.status_code >= 200 else f"HTTP has no status {reply.status_code}"


def broken_by(row: Fault, reply: httpx.Response) -> httpx.Response:
    """Return what a fault makes of a reply. The extension `cut` says when its connection is closed half-way."""
    if row.name not in CUT:
        return row.apply(reply)
    reply.extensions["cut"] = CUT[row.name]
    return reply


@dataclass(slots=True)
class FaultPlan:
    """script: names, or None for a request without a fault. shares: of all other requests, by name."""

    script: deque[str | None] = field(default_factory=deque[str | None])
    shares: dict[str, float] = field(default_factory=dict[str, float])

    def set_script(self, names: Iterable[str | None]) -> None:
        """Replace the script. ValueError for a fault that cannot be shown."""
        wanted = list(names)
        for name in wanted:
            if name is not None:
                _require(name)
        self.script = deque(wanted)

    def set_shares(self, shares: Mapping[str, float]) -> None:
        """Replace the shares. ValueError for a fault that cannot be shown, or if they add up to more than 1."""
        for name in shares:
            _require(name)
        if not all(share >= 0 for share in shares.values()) or sum(shares.values()) > 1:
            raise ValueError("the shares of faults must be 0 or more and add up to 1 at most")
        self.shares = dict(shares)

    def draw(self, chance: random.Random) -> Fault | None:
        """Return what the next request meets."""
        if self.script:
            name = self.script.popleft()
            return None if name is None else fault(name)
        point = chance.random()
        for name, share in self.shares.items():
            point -= share
            if point < 0:
                return fault(name)
        return None


def _require(name: str) -> None:
    try:
        reason = why_not(name)
    except KeyError:
        raise ValueError(f"there is no fault {name!r}") from None
    if reason:
        raise ValueError(f"the fault {name!r} cannot be shown: {reason}")
