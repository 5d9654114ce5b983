"""The control endpoint's language: JSON objects that say what to change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, cast

from audioscape_luau.mock.faults import FAULTS
from audioscape_luau.mock.server.faults import why_not
from audioscape_luau.mock.server.gateway import Gateway
from audioscape_luau.mock.server.latency import Latency
from audioscape_luau.mock.server.tiers import Limiter, Tier

_SHOWN = 20
"""Asset ids that the state names: the catalogue is made up, so nobody can know one."""


class ControlError(ValueError):
    """An order that cannot be carried out; the text says why."""


def state(gateway: Gateway) -> dict[str, Any]:
    """Return what is set, what may be set, and how many requests came. Keys are not shown, only counted."""
    return {
        "script": list(gateway.faults.script),
        "shares": gateway.faults.shares,
        "latency": asdict(gateway.latency),
        "tiers": [asdict(tier) for tier in gateway.limiter.tiers.values()],
        "keys": len(gateway.api.keys),
        "assets": [entry.asset_id for entry in gateway.api.catalogue.entries[:_SHOWN]],
        "requests": len(gateway.log),
        "violations": len(gateway.api.violations),
        "faults": {fault.name: why_not(fault.name) or "can be shown" for fault in FAULTS},
    }


def change(gateway: Gateway, order: Any) -> None:
    """Carry out an order; ControlError if any part of it cannot be, in which case the parts before it are.

    script: a list of fault names, or null for none, one for each next request. shares: fault name -> share of all other
    requests. latency: median, p99, hit in seconds. tiers: key -> requests, seconds, retry_after. keys: those accepted.
    """
    if not isinstance(order, dict):
        raise ControlError("the order must be a JSON object")
    members = cast("dict[str, Any]", order)
    unknown = sorted(set(members) - set(_ORDERS))
    if unknown:
        raise ControlError(f"unknown: {', '.join(unknown)}; known are {', '.join(_ORDERS)}")
    for name, value in members.items():
        try:
            _ORDERS[name](gateway, value)
        except (TypeError, ValueError, AttributeError) as error:
            raise ControlError(f"{name}: {error}") from None


def _tiers(gateway: Gateway, tiers: Mapping[str, Any]) -> None:
    gateway.limiter = Limiter({key: Tier(**tier) for key, tier in tiers.items()})


def _keys(gateway: Gateway, keys: list[Any]) -> None:
    if not keys or not all(isinstance(key, str) and key for key in keys):
        raise ValueError("must be a list of texts, at least one")
    gateway.api.accept(keys)


def _latency(gateway: Gateway, latency: Mapping[str, Any]) -> None:
    gateway.latency = Latency(**latency)


_ORDERS: Mapping[str, Callable[[Gateway, Any], None]] = {
    "script": lambda gateway, names: gateway.faults.set_script(names),
    "shares": lambda gateway, shares: gateway.faults.set_shares(shares),
    "latency": _latency,
    "tiers": _tiers,
    "keys": _keys,
}
