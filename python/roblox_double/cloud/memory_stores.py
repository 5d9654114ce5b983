"""MemoryStoreService: structures that all servers of a game share, for as long as their items last."""

from __future__ import annotations

import heapq
import itertools
import json
import math
import zlib
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from roblox_double.cloud.calls import CloudError, text_of
from roblox_double.cloud.meter import Meter

if TYPE_CHECKING:
    from roblox_double.cloud import Call, Cloud
    from roblox_double.peer import Peer
    from roblox_double.vm import LuauValue

_LARGEST_VALUE = 32 * 1024
_LONGEST = 45 * 24 * 3600.0
_LOOK_BACK = 8 * 24 * 3600.0
type _Rank = tuple[int, Any, str]


@dataclass(slots=True)
class _Item:
    key: str
    text: str
    size: int
    expires: float
    version: int
    sort_key: float | str | None = None
    priority: float = 0.0
    hidden_until: float = -math.inf
    reading: str = ""
    """Whose removal by RemoveAsync takes it away."""

    @property
    def rank(self) -> _Rank:
        """Its place in a sorted map."""
        return _rank(self.key, self.sort_key)


class _Most:
    """The highest of a number that changes, over the last so many seconds."""

    def __init__(self, look_back: float) -> None:
        self._look_back = look_back
        self._now = 0
        self._before: deque[tuple[float, int]] = deque()
        """What it was, and until when; without what was lower and earlier than another."""

    def note(self, time: float, value: int) -> None:
        if value == self._now:
            return
        while self._before and self._before[-1][1] <= self._now:
            self._before.pop()
        self._before.append((time, self._now))
        self._now = value

    def most(self, time: float, now: int) -> int:
        while self._before and self._before[0][0] <= time - self._look_back:
            self._before.popleft()
        return max(now, self._before[0][1] if self._before else 0)


@dataclass(slots=True)
class _Structure:
    meter: Meter
    items: dict[str, _Item] = field(default_factory=dict[str, _Item])
    size: int = 0


class MemoryStores:
    """The structures of one game: on live servers, or in Studio."""

    methods: frozenset[str] = frozenset(
        {"AddAsync", "GetAsync", "GetRangeAsync", "GetSizeAsync", "IncrementAsync", "ListItemsAsync", "ReadAsync"}
        | {"RemoveAsync", "SetAsync", "UpdateAsync"}
    )
    failure = "InternalError"

    def __init__(self, cloud: Cloud, *, studio: bool) -> None:
        self._cloud = cloud
        self._settings = cloud.settings
        self._studio = studio
        self._structures: dict[tuple[str, str], _Structure] = {}
        self._total = Meter(self._settings.memory_store_window)
        self._partitions: dict[tuple[str, str], Meter] = {}
        self._expiries: list[tuple[float, int, tuple[str, str], str]] = []
        self._versions = itertools.count(1)
        self._users = _Most(_LOOK_BACK)
        self._throttled: dict[Peer, float] = {}
        self.units = Counter[tuple["Peer", str]]()
        """The request units that were spent so far, by server and method."""

    # What tests look into

    def hash_map(self, name: str) -> dict[str, Any]:
        """Return the values of a hash map by their keys."""
        return {item.key: json.loads(item.text) for item in self._items("HashMap", name)}

    def sorted_map(self, name: str) -> dict[str, tuple[Any, float | str | None]]:
        """Return value and sort key by key, in the map's order."""
        items = sorted(self._items("SortedMap", name), key=lambda item: item.rank)
        return {item.key: (json.loads(item.text), item.sort_key) for item in items}

    def queue(self, name: str) -> list[Any]:
        """Return the values of a queue, also those that somebody reads; what is read first comes first."""
        return [json.loads(item.text) for item in _in_line(self._items("Queue", name))]

    @property
    def structures(self) -> list[tuple[str, str]]:
        """Kind and name of each structure that holds anything."""
        self._drop_expired()
        return [place for place, structure in self._structures.items() if structure.items]

    def put(
        self,
        name: str,
        key: str,
        value: Any,
        *,
        seconds: float = _LONGEST,
        ordered: bool = False,
        sort_key: float | str | None = None,
    ) -> None:
        """Set a value of a hash map, or of a sorted one, as any script of the game may; it costs nothing."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        place = ("SortedMap" if ordered else "HashMap", name)
        self._keep(place, _Item(key, text, self._size_of(key, text), self._cloud.now + seconds, 0, sort_key))

    def flush(self) -> None:
        """Wipe everything, as Open Cloud can."""
        self._structures.clear()
        self._expiries.clear()

    @property
    def used_units(self) -> float:
        """The request units of the last minute."""
        return self._total.used(self._cloud.now)

    @property
    def unit_limit(self) -> float:
        """The request units that the game has in a minute, for the players that it has now."""
        return 1000 + 120 * self._cloud.users(studio=self._studio)

    @property
    def used_memory(self) -> int:
        """Bytes that items take."""
        self._drop_expired()
        return sum(structure.size for structure in self._structures.values())

    @property
    def memory_limit(self) -> int:
        """Bytes that items may take, for the most players that the game had within eight days."""
        users = self._users.most(self._cloud.now, self._cloud.users(studio=self._studio))
        return int(1024 * (64 + 1.2 * users))

    # What the cloud asks

    def note_users(self) -> None:
        """Take in how many players there are now."""
        self._users.note(self._cloud.now, self._cloud.users(studio=self._studio))

    def seconds(self) -> float:
        """Return how long an answer takes."""
        return self._settings.memory_store_seconds

    def answer(self, call: Call, operation: str, *arguments: LuauValue) -> list[LuauValue]:
        """Do what is asked of a structure: its kind, its name, and more."""
        if not call.peer.identity["placeId"]:
            raise CloudError("UnpublishedPlace")
        if self._studio and self._settings.memory_store_studio_access == "denied":
            raise CloudError("AccessDenied")
        if self._throttled.get(call.peer, -math.inf) > self._cloud.now:
            if self._settings.memory_store_throttle_prolongs:
                self._throttle(call.peer)
            raise CloudError("RequestThrottled", seconds=0.0)
        self._drop_expired()
        kind, name, *rest = arguments
        return getattr(self, f"_{operation}")(_Asked(call, (str(kind), text_of(name))), *rest)

    # Maps

    def _get(self, asked: _Asked, key: LuauValue) -> list[LuauValue]:
        self._charge(asked, 1, key)
        item = self._structure(asked.place).items.get(text_of(key))
        updates = asked.call.method == "UpdateAsync" and asked.place[0] == "SortedMap"
        if not item and updates and self._settings.memory_store_sorted_update_missing == "raise":
            raise CloudError("NoItemFound")
        return [item.text, item.version, item.sort_key] if item else [None, 0]

    def _set(
        self, asked: _Asked, key: LuauValue, text: LuauValue, expiry: LuauValue, sort_key: LuauValue = None
    ) -> list[LuauValue]:
        self._charge(asked, 1, key)
        return [self._put(asked, text_of(key), text_of(text), expiry, sort_key=_sort_key(sort_key))]

    def _compare(
        self,
        asked: _Asked,
        key: LuauValue,
        text: LuauValue,
        expiry: LuauValue,
        version: LuauValue,
        retry: LuauValue,
        sort_key: LuauValue = None,
    ) -> list[LuauValue]:
        """Keep a value unless somebody else has written; then return what is there."""
        cost = 1 if asked.place[0] == "HashMap" else self._settings.memory_store_sorted_update_cost - 1
        self._charge(asked, cost if not retry or self._settings.memory_store_retry_costs else 0, key)
        item = self._structure(asked.place).items.get(text_of(key))
        if (item.version if item else 0) != version:
            return [False, *([item.text, item.version, item.sort_key] if item else [None, 0])]
        self._put(asked, text_of(key), text_of(text), expiry, sort_key=_sort_key(sort_key))
        return [True]

    def _remove(self, asked: _Asked, key: LuauValue) -> list[LuauValue]:
        self._charge(asked, 1, key)
        self._drop(self._structure(asked.place), text_of(key))
        return []

    def _list(self, asked: _Asked, count: LuauValue) -> list[LuauValue]:
        # In no order that anybody could rely on.
        items = sorted(self._structure(asked.place).items.values(), key=lambda item: zlib.crc32(item.key.encode()))
        self._charge(asked, self._settings.memory_store_partitions + min(len(items), cast(int, count)))
        return [[[item.key, item.text] for item in items]]

    def _page(self, asked: _Asked, count: LuauValue) -> list[LuauValue]:
        self._charge(asked, max(1, cast(int, count)))
        return []

    def _size(self, asked: _Asked, exclude_invisible: LuauValue = False) -> list[LuauValue]:
        self._charge(asked, self._settings.memory_store_size_cost)
        items = self._structure(asked.place).items
        if exclude_invisible:
            return [sum(item.hidden_until <= self._cloud.now for item in items.values())]
        return [len(items)]

    def _range(
        self, asked: _Asked, descending: LuauValue, count: LuauValue, lower: LuauValue, upper: LuauValue
    ) -> list[LuauValue]:
        least, most = _bound(lower), _bound(upper)
        items = sorted(
            self._structure(asked.place).items.values(), key=lambda item: item.rank, reverse=bool(descending)
        )
        found = [item for item in items if (least is None or item.rank > least) and (most is None or item.rank < most)][
            : cast(int, count)
        ]
        self._charge(asked, max(1, len(found)))
        return [[[item.key, item.text, item.sort_key] for item in found]]

    # Queues

    def _add(self, asked: _Asked, text: LuauValue, expiry: LuauValue, priority: LuauValue) -> list[LuauValue]:
        self._charge(asked, 1)
        key = str(next(self._versions))
        self._put(asked, key, text_of(text), expiry, priority=cast(float, priority))
        return []

    def _read(self, asked: _Asked, count: LuauValue, whole: LuauValue, hidden: LuauValue) -> list[LuauValue]:
        now = self._cloud.now
        line = _in_line(item for item in self._structure(asked.place).items.values() if item.hidden_until <= now)
        found = line[: cast(int, count)]
        if whole and len(found) < cast(int, count):
            found = []
        self._charge(asked, max(1, len(found)))
        if not found:
            return [[], None]
        reading = f"{next(self._versions):032x}"
        for item in found:
            item.hidden_until, item.reading = now + cast(float, hidden), reading
        return [[item.text for item in found], reading]

    def _delete(self, asked: _Asked, reading: LuauValue) -> list[LuauValue]:
        self._charge(asked, 1)
        structure = self._structure(asked.place)
        for item in [item for item in structure.items.values() if item.reading == reading]:
            self._drop(structure, item.key)
        return []

    # Counters

    def _count(self, asked: _Asked, delta: LuauValue = 0, expiry: LuauValue = None) -> list[LuauValue]:
        self._charge(asked, 1)
        item = self._structure(asked.place).items.get("")
        value = int(item.text if item else 0) + cast(int, delta)
        if expiry is not None:
            self._put(asked, "", str(value), expiry)
        return [value]

    # What all share

    def _items(self, kind: str, name: str) -> list[_Item]:
        self._drop_expired()
        structure = self._structures.get((kind, name))
        return list(structure.items.values()) if structure else []

    def _structure(self, place: tuple[str, str]) -> _Structure:
        found = self._structures.get(place)
        if not found:
            found = self._structures[place] = _Structure(Meter(self._settings.memory_store_window))
        return found

    def _charge(self, asked: _Asked, units: float, key: LuauValue = None) -> None:
        """Count the units of a call, or refuse it if it exceeds a limit."""
        settings, now = self._settings, self._cloud.now
        kind, name = asked.place
        # Hash maps are spread over all partitions; what is known of that is that a key is in one.
        partition = (f"{kind} {name}", text_of(key)) if kind == "HashMap" and key is not None else (kind, name)
        meters = [
            (self._total, self.unit_limit, "TotalRequestsOverLimit"),
            (
                self._partitions.setdefault(partition, Meter(settings.memory_store_window)),
                settings.memory_store_partition_limit,
                "PartitionRequestsOverLimit",
            ),
        ]
        if kind != "HashMap":
            limit = settings.memory_store_structure_limit
            meters.append((self._structure(asked.place).meter, limit, "DataStructureRequestsOverLimit"))
        error = next((name for meter, limit, name in reversed(meters) if meter.used(now) + units > limit), None)
        if not error or settings.memory_store_refused_costs:
            for meter, _, _ in meters:
                meter.add(now, units)
            self.units[asked.call.peer, asked.call.method] += int(units)
        if error:
            self._throttle(asked.call.peer)
            raise CloudError(error)

    def _throttle(self, peer: Peer) -> None:
        self._throttled[peer] = self._cloud.now + self._settings.memory_store_throttle_seconds

    def _put(
        self,
        asked: _Asked,
        key: str,
        text: str,
        expiry: LuauValue,
        *,
        sort_key: float | str | None = None,
        priority: float = 0.0,
    ) -> bool:
        """Keep an item; tell whether there was one."""
        settings, structure = self._settings, self._structure(asked.place)
        if _length(text) > _LARGEST_VALUE:
            raise CloudError("ItemValueSizeTooLarge")
        size = self._size_of(key, text)
        old = structure.items.get(key)
        growth = size - (old.size if old else 0)
        if growth > 0 and self.used_memory + growth > self.memory_limit:
            raise CloudError("TotalMemoryOverLimit", self.used_memory + growth, self.memory_limit)
        if asked.place[0] != "HashMap":
            if not old and len(structure.items) >= settings.memory_store_item_limit:
                raise CloudError("DataStructureItemsOverLimit")
            if growth > 0 and structure.size + growth > settings.memory_store_structure_bytes:
                raise CloudError(
                    "DataStructureMemoryOverLimit", structure.size + growth, settings.memory_store_structure_bytes
                )
        self._keep(asked.place, _Item(key, text, size, self._cloud.now + cast(float, expiry), 0, sort_key, priority))
        return old is not None

    def _size_of(self, key: str, text: str) -> int:
        return _length(text) + _length(key) + self._settings.memory_store_overhead

    def _keep(self, place: tuple[str, str], item: _Item) -> None:
        structure = self._structure(place)
        self._drop(structure, item.key)
        item.version = next(self._versions)
        structure.items[item.key] = item
        structure.size += item.size
        last = item.expires + self._settings.memory_store_expiry_delay
        heapq.heappush(self._expiries, (last, item.version, place, item.key))

    @staticmethod
    def _drop(structure: _Structure, key: str) -> None:
        item = structure.items.pop(key, None)
        structure.size -= item.size if item else 0

    def _drop_expired(self) -> None:
        while self._expiries and self._expiries[0][0] <= self._cloud.now:
            _, version, place, key = heapq.heappop(self._expiries)
            structure = self._structures[place]
            if key in structure.items and structure.items[key].version == version:
                self._drop(structure, key)


@dataclass(frozen=True, slots=True)
class _Asked:
    call: Call
    place: tuple[str, str]
    """Kind and name of the structure."""


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _rank(key: str, sort_key: float | str | None) -> _Rank:
    if sort_key is None:
        return (2, "", key)
    return (1, sort_key, key) if isinstance(sort_key, str) else (0, sort_key, key)


def _bound(value: LuauValue) -> _Rank | None:
    if value is None:
        return None
    key, sort_key = (*cast("list[LuauValue]", value), None)[:2]
    return _rank(text_of(key), _sort_key(sort_key))


def _in_line(items: Iterable[_Item]) -> list[_Item]:
    return sorted(items, key=lambda item: (-item.priority, item.version))


def _sort_key(value: LuauValue) -> float | str | None:
    return value if value is None or isinstance(value, (int, float)) else text_of(value)
