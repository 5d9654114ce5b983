"""The control endpoint's language: JSON objects that say what to change."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sized
from dataclasses import MISSING, asdict, fields
from typing import Any, cast

from audioscape_luau.mock.catalogue import Catalogue
from audioscape_luau.mock.faults import FAULTS, Fault, fault
from audioscape_luau.mock.server.faults import why_not
from audioscape_luau.mock.server.gateway import Change, Gateway
from audioscape_luau.mock.server.latency import Latency
from audioscape_luau.mock.server.tiers import Limiter, Tier
from audioscape_luau.openapi import asset_id

_SHOWN = 20
"""Asset ids that the state names: the catalogue is made up, so nobody can know one."""
_MOST = 10_000
"""Requests that a script is for."""
_MOST_TRACKS = 2000
_MOST_KEYS = 100
"""Keys, and tiers: each is looked for in all that the log takes in."""


class ControlError(ValueError):
    """An order that cannot be carried out; the text says why, and a status of HTTP of what kind that is."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def state(gateway: Gateway) -> dict[str, Any]:
    """Return what is set, what may be set, and how many requests came. Keys are not shown, only counted."""
    return {
        "script": [row and row.name for row in gateway.faults.script],
        "shares": {row.name: share for rows, share in gateway.faults.shares.items() for row in rows},
        "latency": asdict(gateway.latency),
        "tiers": [asdict(tier) for tier in gateway.limiter.tiers.values()],
        "keys": len(gateway.api.keys),
        "assets": [entry.asset_id for entry in gateway.api.catalogue.entries[:_SHOWN]],
        "gone": dict(gateway.api.library.gone),
        "events": dict(gateway.api.taken.events),
        "private_assets": gateway.api.taken.assets,
        "requests": gateway.requests,
        "violations": gateway.violations,
        "faults": {row.name: why_not(row) or "available" for row in FAULTS},
    }


def understand(order: Any) -> Change:
    """Return what carries out an order; ControlError if any part of it cannot be, so that nothing is done by halves.

    script: a list of fault names, or null for none, one for each next request. shares: fault name -> share of all other
    requests. latency: median, p99, hit in seconds. tiers: key -> requests, seconds, retry_after. keys: those accepted.
    catalogue: tracks that exist, to be known instead of those before.
    """
    if not isinstance(order, dict):
        raise ControlError("the body must be a JSON object")
    members = cast("dict[str, Any]", order)
    unknown = sorted(set(members) - set(_ORDERS))
    if unknown:
        raise ControlError(f"unknown: {', '.join(unknown)}. Known: {', '.join(_ORDERS)}")
    changes: list[Change] = []
    for name, value in members.items():
        try:
            changes.append(_ORDERS[name](value))
        except ControlError as error:
            raise ControlError(f"{name}: {error}", error.status) from None
        except ValueError as error:
            raise ControlError(f"{name}: {error}") from None

    def change(gateway: Gateway) -> None:
        for part in changes:
            part(gateway)

    return change


def _script(value: Any) -> Change:
    if not isinstance(value, list):
        raise ValueError("must be a list of fault names and null")
    names = cast("list[Any]", value)
    _bound(names, _MOST, "requests")
    script = [None if name is None else _shown(name) for name in names]
    return lambda gateway: setattr(gateway.faults, "script", deque(script))


def _shares(value: Any) -> Change:
    given = _object(value, "of fault names and numbers")
    for name, share in given.items():
        _require(name, share, "float")
    shares = {(_shown(name),): share for name, share in given.items()}
    if not all(share >= 0 for share in given.values()) or sum(given.values()) > 1:
        raise ValueError("the share of each fault must be 0 or more, and all together at most 1")
    return lambda gateway: setattr(gateway.faults, "shares", dict(shares))


def _shown(name: Any) -> Fault:
    """Return the fault of that name. ValueError if there is none, or none that a server can show."""
    if not any(row.name == name for row in FAULTS):
        raise ValueError(f"there is no fault {name!r}")
    reason = why_not(fault(name))
    if reason:
        raise ValueError(f"the fault {name!r} is not available here: {reason}")
    return fault(name)


def _latency(value: Any) -> Change:
    latency = _made(Latency, value)
    return lambda gateway: setattr(gateway, "latency", latency)


def _tiers(value: Any) -> Change:
    _bound(_object(value, "of keys and their tiers"), _MOST_KEYS, "keys")
    tiers = {key: _made(Tier, tier) for key, tier in _object(value, "of keys and their tiers").items()}
    return lambda gateway: setattr(gateway, "limiter", Limiter(tiers))


def _keys(value: Any) -> Change:
    keys = cast("list[Any]", value)
    if not isinstance(value, list) or not keys or not all(isinstance(key, str) and _sendable(key) for key in keys):
        raise ValueError("must be a list of at least one string that can be sent in a header")
    _bound(keys, _MOST_KEYS, "keys")
    return lambda gateway: gateway.api.accept(keys)


def _catalogue(value: Any) -> Change:
    if not isinstance(value, list) or not value:
        raise ValueError("must be a list of at least one track")
    tracks = [_object(track, "of asset_id, name, duration, artist and genre") for track in cast("list[Any]", value)]
    _bound(tracks, _MOST_TRACKS, "tracks")
    for track in tracks:
        if asset_id(track.get("asset_id")) is None:
            raise ValueError("'asset_id' must be an asset id, as a string of digits")
        _require("duration", track.get("duration"), "float")
        if not 0 < track["duration"] < math.inf:
            raise ValueError("'duration' must be a number above 0")
        for name in ("name", "artist", "genre"):
            if (name == "name" or name in track) and not isinstance(track.get(name), str):
                raise ValueError(f"{name!r} must be a string")
    catalogue = Catalogue.of({asset_id(track["asset_id"]): track for track in tracks}.values())
    return lambda gateway: gateway.stock(catalogue)


def _bound(value: Sized, most: int, what: str) -> None:
    if len(value) > most:
        raise ControlError(f"takes at most {most:,} {what}, got {len(value):,}", 422)


def _sendable(key: str) -> bool:
    return key.isascii() and key.isprintable() and key.strip() == key != ""


def _object(value: Any, of: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"must be an object {of}")
    return cast("dict[str, Any]", value)


def _made[T: (Latency, Tier)](kind: type[T], value: Any) -> T:
    """Make a dataclass of an object's members, each of the type that its field declares."""
    declared = {field.name: field for field in fields(kind)}
    members = _object(value, f"of {', '.join(declared)}")
    for name, member in members.items():
        if name not in declared:
            raise ValueError(f"there is no {name!r}. Known: {', '.join(declared)}")
        _require(name, member, str(declared[name].type))
    for name, field in declared.items():
        if field.default is MISSING and name not in members:
            raise ValueError(f"{name!r} is missing")
    return kind(**members)


def _require(name: str, value: Any, kind: str) -> None:
    types, called = _KINDS[kind]
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "bool"):
        raise ValueError(f"{name!r} must be {called}")


_KINDS: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "bool": (bool, "true or false"),
}
_ORDERS: Mapping[str, Callable[[Any], Change]] = {
    "script": _script,
    "shares": _shares,
    "latency": _latency,
    "tiers": _tiers,
    "keys": _keys,
    "catalogue": _catalogue,
}
