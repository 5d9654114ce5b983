"""Who may look at the server itself and change it: programs on this machine, and no page of another place.

A browser on this machine reaches every port of it, whatever page it shows. A page whose name was made to lead here (DNS
rebinding) is told by the name it asks for, any other by where it comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import Headers

from audioscape_luau.loopback import is_loopback

_AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::\d{1,5})?")
_OWN = frozenset({"same-origin", "none"})
"""What a browser says of a request of our own page, and of an address that somebody typed in."""


def host_of(authority: str) -> str | None:
    """Return the host of `host:port` in lower case and without brackets; None if it is neither."""
    found = _AUTHORITY.fullmatch(authority)
    return None if found is None else (found["ipv6"] or found["name"]).lower().removesuffix(".")


def why_refused(headers: Headers, hosts: Iterable[str]) -> str | None:
    """Return why a request may not look at the server itself; None if it may.

    hosts: names besides those of this machine that may be asked for.
    """
    asked = headers.getlist("host")
    host = host_of(asked[0]) if len(asked) == 1 else None
    if host is None or not (is_loopback(host) or host in hosts):
        return "only localhost may open this. To allow another host name, start the server with --allow-host"
    own = {f"{scheme}://{asked[0].lower()}" for scheme in ("http", "https")}
    if any(origin.lower() not in own for origin in headers.getlist("origin")) or any(
        site.lower() not in _OWN for site in headers.getlist("sec-fetch-site")
    ):
        return "web pages of another origin may not open this"
    return None


def is_json(headers: Headers) -> bool:
    """Whether a body says that it is JSON. Pages may send what says that it is text without asking."""
    kinds = headers.getlist("content-type")
    return len(kinds) == 1 and kinds[0].partition(";")[0].strip().lower() == "application/json"
