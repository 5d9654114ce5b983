"""Where an API is: one server, without anything that a client would have to choose or to fill in."""

from __future__ import annotations

import re

from audioscape_luau.openapi.node import Node
from audioscape_luau.openapi.paths import LEADS_ELSEWHERE, leads_elsewhere
from audioscape_luau.openapi.problems import Fault

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_SERVER = re.compile(
    rf"(https://{_LABEL}(\.{_LABEL})*|http://(localhost|127\.0\.0\.1))(:[0-9]{{1,5}})?"
    r"(?P<path>(/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/?)\Z"
)
_SERVER_FORM = (
    "the server must be https, or http on localhost only: a host and a path, with no escape or empty segment in it "
    "and nothing behind"
)


def read_server(root: Node) -> str:
    """Take the one server off the document, a path or an operation; return its URL."""
    servers = root.children("servers")
    if len(servers) != 1:
        root.fail(Fault.UNSUPPORTED_VALUE, "exactly one server is needed", "servers")
        return ""
    url = servers[0].text("url")
    servers[0].text("description")
    servers[0].close()
    match = _SERVER.match(url)
    if match is None:
        servers[0].fail(Fault.UNSUPPORTED_VALUE, _SERVER_FORM, "url")
    elif leads_elsewhere(match["path"]):
        servers[0].fail(Fault.UNSUPPORTED_VALUE, LEADS_ELSEWHERE, "url")
    return url.removesuffix("/")
