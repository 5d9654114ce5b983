"""DataStoreService: what a game saves for good, with the versions of it."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from roblox_double.cloud.calls import CloudError, text_of
from roblox_double.cloud.meter import Meter

if TYPE_CHECKING:
    from roblox_double.cloud import Cloud
    from roblox_double.cloud.calls import Call
    from roblox_double.vm import LuauValue

_HOUR = 3600
_KEPT = 30 * 24 * 3600
_LIMITS = {"Read": 40, "Write": 20, "List": 2, "Remove": 40}
"""Requests a minute for each user; every game has 300 besides."""
_KINDS = {
    "Read": ("get", "version", "at"),
    "Write": ("put", "increment", "compare"),
    "Remove": ("remove", "forget"),
    "List": ("sorted", "keys", "versions", "stores"),
}


@dataclass(slots=True)
class _Version:
    number: int
    text: str | None
    """None for a removal."""
    made: int
    """In milliseconds, as the rest."""
    created: int
    updated: int
    user_ids: list[LuauValue] = field(default_factory=list["LuauValue"])
    metadata: str = "{}"
    replaced: float = math.inf
    """When another took its place."""

    def told(self) -> list[LuauValue]:
        """Return what Luau is told of it."""
        return [self.text, str(self.number), self.created, self.updated, self.user_ids, self.metadata]


@dataclass(slots=True)
class _Key:
    versions: list[_Version] = field(default_factory=list[_Version])
    last: int = 0

    @property
    def current(self) -> _Version | None:
        """What is there now."""
        return self.versions[-1] if self.versions and self.versions[-1].text is not None else None


type _Store = dict[tuple[str, str], _Key]


class DataStores:
    """The data stores of one game. A test may read and write them, as Open Cloud does."""

    methods: frozenset[str] = frozenset(
        {"GetAsync", "SetAsync", "UpdateAsync", "IncrementAsync", "RemoveAsync", "GetSortedAsync", "GetVersionAsync"}
        | {"GetVersionAtTimeAsync", "ListDataStoresAsync", "ListKeysAsync", "ListVersionsAsync", "RemoveVersionAsync"}
    )
    failure = "502: API Services rejected request with error. HTTP 500 (Internal Server Error)"

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._all = defaultdict[tuple[str, str], _Store](dict)
        self._meters = defaultdict[str, Meter](Meter)

    # What tests look into

    def values(self, name: str, *, scope: str = "global", ordered: bool = False) -> dict[str, Any]:
        """Return the values of a store by their keys."""
        return {
            key: json.loads(item.current.text or "")
            for (place, key), item in self._all[_kind(ordered), name].items()
            if place == scope and item.current
        }

    def put(self, name: str, key: str, value: Any, *, scope: str = "global", ordered: bool = False) -> None:
        """Save a value, such as that of a player who comes back."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        self._write(self._key((_kind(ordered), name, scope), key), text, [], "{}")

    def remove(self, name: str, key: str, *, scope: str = "global", ordered: bool = False) -> None:
        """Remove what is saved under a key."""
        self._delete(self._key((_kind(ordered), name, scope), key))

    # What the cloud asks

    def seconds(self) -> float:
        """Return how long an answer takes."""
        return self._cloud.settings.data_store_seconds

    def answer(self, call: Call, operation: str, *arguments: LuauValue) -> list[LuauValue]:
        """Do what is asked of a store: its kind, its name and its scope, and more."""
        del call
        kind, name, scope, *rest = arguments
        request = next(request for request, operations in _KINDS.items() if operation in operations)
        self._charge(f"{'Ordered' if kind == 'OrderedDataStore' else 'Standard'}{request}", request)
        return getattr(self, f"_{operation}")((str(kind), text_of(name), text_of(scope)), *map(_whole, rest))

    def _charge(self, kind: str, request: str) -> None:
        meter, now = self._meters[kind], self._cloud.now
        if meter.used(now) >= 300 + _LIMITS[request] * self._cloud.users():
            raise CloudError(f"{kind} request was throttled by experience limits.")
        meter.add(now, 1)

    # Values

    def _get(self, place: _Place, key: str) -> list[LuauValue]:
        current = self._key(place, key).current
        return current.told() if current else []

    def _put(self, place: _Place, key: str, text: str, user_ids: list[LuauValue], metadata: str) -> list[LuauValue]:
        return self._write(self._key(place, key), text, user_ids, metadata).told()

    def _compare(
        self, place: _Place, key: str, version: str, text: str, user_ids: list[LuauValue], metadata: str
    ) -> list[LuauValue]:
        """Write unless somebody else has written; then return what is there."""
        item = self._key(place, key)
        if (str(item.current.number) if item.current else "") != version:
            return [False, *(item.current.told() if item.current else [])]
        return [True, *self._write(item, text, user_ids, metadata).told()]

    def _increment(
        self, place: _Place, key: str, delta: float, user_ids: list[LuauValue], metadata: str
    ) -> list[LuauValue]:
        item = self._key(place, key)
        value = json.loads(item.current.text or "") if item.current else 0
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise CloudError("103: the value of the key is no number.")
        return self._write(item, json.dumps(value + delta), user_ids, metadata).told()

    def _remove(self, place: _Place, key: str) -> list[LuauValue]:
        old = self._delete(self._key(place, key))
        return old.told() if old else []

    def _sorted(self, place: _Place, ascending: bool, least: float | None, most: float | None) -> list[LuauValue]:
        values = self.values(place[1], scope=place[2], ordered=True).items()
        found = [
            (value if ascending else -value, key, value)
            for key, value in values
            if (least is None or value >= least) and (most is None or value <= most)
        ]
        return [[[key, value] for _, key, value in sorted(found)]]

    # Versions and lists

    def _versions(self, place: _Place, key: str, ascending: bool, least: float, most: float) -> list[LuauValue]:
        found = [
            [str(version.number), version.made, version.text is None]
            for version in self._living(place, key)
            if version.made >= least and (most == 0 or version.made <= most)
        ]
        return [found if ascending else found[::-1]]

    def _version(self, place: _Place, key: str, number: str) -> list[LuauValue]:
        for version in self._living(place, key):
            if str(version.number) == number and version.text is not None:
                return version.told()
        return []

    def _at(self, place: _Place, key: str, time: float) -> list[LuauValue]:
        if not 0 < time <= self._cloud.unix * 1000 + 600_000:
            raise CloudError("Timestamp must be positive and not more than ten minutes in the future.")
        before = [version for version in self._living(place, key) if version.made <= time]
        return before[-1].told() if before and before[-1].text is not None else []

    def _forget(self, place: _Place, key: str, number: str) -> list[LuauValue]:
        item = self._key(place, key)
        item.versions = [version for version in item.versions if str(version.number) != number]
        return []

    def _keys(self, place: _Place, prefix: str, all_scopes: bool, living: bool) -> list[LuauValue]:
        kind, name, scope = place
        found: list[str] = []
        for (own, key), item in self._all[kind, name].items():
            if item.versions and (item.current or not living) and (all_scopes or own == scope):
                found.append(f"{own}/{key}" if all_scopes else key)
        return [sorted(key for key in found if key.startswith(prefix))]

    def _stores(self, _: _Place, prefix: str) -> list[LuauValue]:
        found: list[LuauValue] = []
        for (kind, name), store in sorted(self._all.items()):
            times = [version for item in store.values() for version in item.versions]
            if kind == "DataStore" and name.startswith(prefix) and times:
                found.append([name, min(v.created for v in times), max(v.made for v in times)])
        return [found]

    # What all share

    def _key(self, place: _Place, key: str) -> _Key:
        kind, name, scope = place
        return self._all[kind, name].setdefault((scope, key), _Key())

    def _living(self, place: _Place, key: str) -> list[_Version]:
        """Return the versions that have not expired, and forget the others."""
        item, now = self._key(place, key), self._cloud.unix
        item.versions = [version for version in item.versions if version.replaced + _KEPT > now]
        return item.versions

    def _write(self, item: _Key, text: str, user_ids: list[LuauValue], metadata: str) -> _Version:
        current = item.current
        made = self._add(item, text, current.created if current else None)
        made.user_ids, made.metadata = user_ids, metadata
        return made

    def _delete(self, item: _Key) -> _Version | None:
        current = item.current
        if current:
            self._add(item, None, current.created)
        return current

    def _add(self, item: _Key, text: str | None, created: int | None) -> _Version:
        unix = self._cloud.unix
        now = int(unix * 1000)
        if item.versions:
            last = item.versions[-1]
            if text is not None and last.text is not None and last.made // 1000 // _HOUR == int(unix) // _HOUR:
                # Of what is written within an hour of the clock, only the last is kept.
                item.versions.pop()
            else:
                last.replaced = unix
        item.last += 1
        made = _Version(item.last, text, now, now if created is None else created, now)
        item.versions.append(made)
        return made


type _Place = tuple[str, str, str]
"""Kind, name and scope of a store."""


def _kind(ordered: bool) -> str:
    return "OrderedDataStore" if ordered else "DataStore"


def _whole(value: LuauValue) -> Any:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
