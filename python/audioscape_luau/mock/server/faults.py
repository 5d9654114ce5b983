"""Which faults of the table a server can show over HTTP, and how."""

from __future__ import annotations

import math
from collections.abc import Mapping

import httpx

from audioscape_luau.mock.faults import Fault, NoReply

CUT: Mapping[str, float] = {"closed": 0.0, "inactive": math.inf}
"""What HttpService itself raises, but because of a server: one that sends half a reply, and closes the connection
after so many seconds."""
_PROBE = httpx.Response(200, content=b'{"items": [{"number": 1}]}')


def why_not(row: Fault) -> str | None:
    """Return why a fault cannot be shown over HTTP; None if it can."""
    if row.name in CUT:
        return None
    try:
        reply = row.apply(_PROBE)
    except NoReply as thrown:
        return f"only HttpService can raise this ({thrown}); a server cannot send it"
    return None if reply.status_code >= 200 else f"HTTP has no status {reply.status_code}"


def broken_by(row: Fault, reply: httpx.Response) -> httpx.Response:
    """Return what a fault makes of a reply. The extension `cut` says when its connection is closed half-way."""
    if row.name not in CUT:
        return row.apply(reply)
    reply.extensions["cut"] = CUT[row.name]
    return reply
