"""A player without a machine of their own, for whom a test calls remotes: thousands of them cost little."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from roblox_double.vm import LuauValue, Opaque

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roblox_double.peer import Peer

_NIL, _TRUE, _FALSE, _NUMBER, _STRING, _LIST, _MAP = range(7)
"""As in `luau/packing.luau`."""


@dataclass(slots=True)
class Invocation:
    """A call of a RemoteFunction, and what came of it."""

    sent: float
    """Virtual seconds, when it left."""
    answered: float | None = None
    """When the answer is back; None as long as the server has not given one."""
    values: list[LuauValue] | None = None
    """What the server returned, with a buffer as bytes; None if it raised an error."""
    error: str | None = None
    then: Callable[[Invocation], None] | None = None
    """Called as soon as it is known what comes of it; `answered` says when that is back."""


class Guest:
    """Made by `Universe.guest`. Its server has a Player for it, as for anybody; nothing runs at the player's.

    So nothing limits how often it calls, and it hears nothing but the answers to its own calls: what replicates and
    what the server fires is lost on it.
    """

    def __init__(self, name: str, number: int, server: Peer, identity: Mapping[str, LuauValue]) -> None:
        self.name = name
        self.number = number
        self.server = server
        """The server that it joined."""
        self.identity = identity
        """What the game knows of it: userId, placeId, ..."""
        self.kicked: str | None = None
        """What it was told when it was kicked."""
        self.is_here = True
        """Whether it has not left yet."""
        self._calls: dict[int, Invocation] = {}
        self._last = 0

    def invoke(self, path: str, *arguments: LuauValue, then: Callable[[Invocation], None] | None = None) -> Invocation:
        """Call the RemoteFunction at the dotted `path` of the server. Raises LuauError for what no remote carries.

        `then` is called with what comes of it when the server sends the answer. It can look at it, no more.
        """
        self._look()
        self._last += 1
        call = self._calls[self._last] = Invocation(self.server.now, then=then)
        self.server.hear_guest(self.number, "invoke", path, self._last, *arguments)
        return call

    def fire(self, path: str, *arguments: LuauValue) -> None:
        """Fire the RemoteEvent at `path`."""
        self._look()
        self.server.hear_guest(self.number, "event", path, 0, *arguments)

    def _look(self) -> None:
        if not self.is_here:
            raise ValueError(f"{self.name} has left, so it cannot call anything")

    def receive(self, due: float, channel: LuauValue, message: LuauValue) -> None:
        """Take in what the server sends, to be seen at the virtual time `due`."""
        if channel == "answer":
            number, ok, values = _unpacked(cast("str | bytes", message))
            call = self._calls.pop(cast(int, number), None)
            if call:
                call.answered = due
                if ok:
                    call.values = [_decoded(value) for value in cast("list[Any]", values or [])]
                else:
                    call.error = str(values)
                if call.then:
                    call.then(call)


def _unpacked(message: str | bytes) -> Iterator[LuauValue]:
    """Yield the values that `luau/packing.luau` has packed."""
    data = message.encode() if isinstance(message, str) else message
    at = 0
    while at < len(data):
        value, at = _read(data, at)
        yield value


def _read(data: bytes, at: int) -> tuple[Any, int]:
    kind, at = data[at], at + 1
    if kind == _NUMBER:
        number: float = struct.unpack_from("<d", data, at)[0]
        return int(number) if number.is_integer() else number, at + 8
    if kind in (_NIL, _TRUE, _FALSE):
        return None if kind == _NIL else kind == _TRUE, at
    (count,), at = struct.unpack_from("<I", data, at), at + 4
    if kind == _STRING:
        return _text(data[at : at + count]), at + count
    if kind == _LIST:
        items: list[Any] = []
        for _ in range(count):
            item, at = _read(data, at)
            items.append(item)
        return items, at
    pairs: dict[Any, Any] = {}
    for _ in range(count):
        key, at = _read(data, at)
        pairs[key], at = _read(data, at)
    return pairs or [], at


def _text(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _decoded(value: Any) -> LuauValue:
    """Return a value that `luau/wire.luau` has encoded."""
    match value:
        case ["list", items]:
            return [_decoded(item) for item in items]
        case ["map", []]:
            return []
        case ["map", pairs]:
            return {key: _decoded(item) for key, item in pairs.items()}
        case ["buffer", content]:
            return content.encode() if isinstance(content, str) else content
        case ["nil"]:
            return None
        case [kind, *parts]:
            return Opaque(str(kind), " ".join(map(str, parts)))
        case _:
            return value
