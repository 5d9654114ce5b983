"""Security as others describe it -> one key in a header, with what stands before it there (`x-prefix`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from audioscape_luau.openapi.model import Json
from audioscape_luau.openapi.problems import Change, Fault, Problem, join_pointer

PREFIX = "x-prefix"
_METHODS = ("get", "put", "post", "delete", "patch")
_NAME = "key"


class Credential(NamedTuple):
    """Where a key goes."""

    header: str
    prefix: str


def credential_of(scheme: Json) -> Credential | None:
    """Return the header in which a security scheme wants its key, None if it wants none in a header."""
    if not isinstance(scheme, dict):
        return None
    match scheme.get("type"), scheme.get("in"):
        case "apiKey", "header":
            prefix = scheme.get(PREFIX)
            return Credential(str(scheme.get("name", "")), prefix if isinstance(prefix, str) else "")
        case "http", _:
            prefix = {"bearer": "Bearer ", "basic": "Basic "}.get(str(scheme.get("scheme", "")).lower())
            return None if prefix is None else Credential("Authorization", prefix)
        case (("oauth2" | "openIdConnect"), _):
            return Credential("Authorization", "Bearer ")
        case _:
            return None


def _schemes(root: Mapping[str, Json]) -> dict[str, Json]:
    components = root.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    return schemes if isinstance(schemes, dict) else {}


def is_ours(root: Mapping[str, Json]) -> bool:
    """Say whether a document asks for one API key in a header, everywhere: no more is to be said of it."""
    schemes = _schemes(root)
    return (
        len(schemes) == 1
        and root.get("security") == [{name: []} for name in schemes]
        and not any("security" in operation for _, operation in _operations(root))
        and all(isinstance(scheme, dict) and scheme.get("type") == "apiKey" for scheme in schemes.values())
    )


def rewrite_security(root: dict[str, Json], changes: list[Change]) -> dict[str, Json]:
    """Return the document with one key in a header: the one that most of its operations take."""
    if is_ours(root):
        return root
    schemes = _schemes(root)
    credentials = {name: found for name, scheme in schemes.items() if (found := credential_of(scheme))}
    votes: Counter[Credential] = Counter(dict.fromkeys(credentials.values(), 0))
    for _, operation in _operations(root):
        votes.update({credentials[name] for name in _alone(operation.get("security", root.get("security")))
                      if name in credentials})  # fmt: skip
    if not votes:
        stated = [operation.get("security", root.get("security")) for _, operation in _operations(root)]
        if schemes and not any(map(_is_open, stated)):
            return root
        asked_for = "no key in a header" if schemes else "no key"
        changes.append(
            Change("/security", f"the document asks for {asked_for}; what a client is given is sent as a bearer token")
        )
        votes[Credential("Authorization", "Bearer ")] = 0
    # The first of those that are asked for equally often.
    chosen = max(votes, key=votes.__getitem__)
    asked = root.get("security")
    made: dict[str, Json] = {key: value for key, value in root.items() if key != "security"}
    paths = made.get("paths")
    if isinstance(paths, dict):
        made["paths"] = {path: _without(item, asked, credentials, chosen) for path, item in paths.items()}
    components = made.get("components")
    scheme: dict[str, Json] = {"type": "apiKey", "in": "header", "name": chosen.header}
    if chosen.prefix:
        scheme[PREFIX] = chosen.prefix
    made["components"] = {**(components if isinstance(components, dict) else {}), "securitySchemes": {_NAME: scheme}}
    made["security"] = [{_NAME: []}]
    return made


def _without(item: Json, asked: Json, credentials: Mapping[str, Credential], chosen: Credential) -> Json:
    """Return a path whose operations ask for nothing of their own, but those that the key is of no use to."""
    if not isinstance(item, dict):
        return item
    made = dict(item)
    for method in _METHODS:
        operation = made.get(method)
        if not isinstance(operation, dict):
            continue
        wanted = operation.get("security", asked)
        if _is_open(wanted) or any(credentials.get(name) == chosen for name in _alone(wanted)):
            made[method] = {key: value for key, value in operation.items() if key != "security"}
        elif "security" not in operation:
            made[method] = {**operation, "security": wanted}
    return made


def security_problems(root: Mapping[str, Json]) -> Iterator[Problem]:
    """Yield a problem for each operation that wants another credential than the client's."""
    for pointer, operation in _operations(root):
        if "security" in operation:
            message = (
                "this asks for another credential than the one key in a header that a client has; make a client of "
                "its own for it, from a document with these operations only"
            )
            yield Problem(Fault.UNSUPPORTED_VALUE, join_pointer(pointer, "security"), message)


def _is_open(security: Json) -> bool:
    """Say whether an operation can be called without any key."""
    return not security or (isinstance(security, list) and {} in security)


def _alone(security: Json) -> list[str]:
    """Return the schemes of which each is enough."""
    needs = security if isinstance(security, list) else []
    return [next(iter(need)) for need in needs if isinstance(need, dict) and len(need) == 1]


def _operations(root: Mapping[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    paths = root.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in _METHODS:
            operation = item.get(method) if isinstance(item, dict) else None
            if isinstance(operation, dict):
                yield join_pointer("/paths", path, method), operation
