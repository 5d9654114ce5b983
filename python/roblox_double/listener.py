"""What the player at a client would hear, from second to second."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from roblox_double.peer import Peer

_TOGETHER = 1e-6


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of one content at one volume and one speed."""

    content: str
    """The content id, e.g. `rbxassetid://1`."""
    start: float
    """Virtual seconds."""
    end: float
    volume: float
    """Of the Sound and its groups, or of the AudioPlayer and the faders on its way to the device, multiplied."""
    position: float
    """Seconds in the content at `start`."""
    speed: float
    """Seconds of content in a second."""
    source: str
    """The full name of the Sound or AudioPlayer."""
    id: int
    """Tells sources of the same name apart."""


class Listener:
    """Listens at a client from now on; on a server it tells what plays there, although nobody hears it.

    3D sound is not modelled: all that has a place is at the same one. Loops and jumps begin a new stretch.
    """

    def __init__(self, client: Peer) -> None:
        self._client = client
        self._last_look = client.now
        self._past: list[Heard] = []
        self._running: list[Heard] = []
        self._told = client.sounding
        client.watchers.append(self._look)
        client.listen()

    @property
    def heard(self) -> list[Heard]:
        """Every stretch up to now, in the order in which they began."""
        return sorted((*self._past, *self._until_now()), key=lambda heard: heard.start)

    def at(self, time: float) -> list[Heard]:
        """Return what is heard at a virtual time."""
        return [heard for heard in self.heard if heard.start <= time < heard.end]

    def tracks(self) -> list[Heard]:
        """Return the stretches with those joined that follow one another in the same content of the same source.

        Changes of volume and speed, and loops and jumps, part no track; `volume` is the loudest.
        """
        joined: list[Heard] = []
        latest: dict[tuple[int, str], int] = {}
        for heard in self.heard:
            index = latest.get((heard.id, heard.content))
            if index is not None and heard.start - joined[index].end < _TOGETHER:
                before = joined[index]
                joined[index] = replace(before, end=heard.end, volume=max(before.volume, heard.volume))
            else:
                latest[heard.id, heard.content] = len(joined)
                joined.append(heard)
        return joined

    def by_second(self, start: float, end: float) -> list[dict[str, float]]:
        """Return the contents heard in each second from `start` to `end`, and for how much of it."""
        tracks = self.tracks()
        return [
            {
                track.content: min(track.end, second + 1) - max(track.start, second)
                for track in tracks
                if track.start < second + 1 - _TOGETHER and second + _TOGETHER < track.end
            }
            for second in (start + offset for offset in range(math.ceil(end - start)))
        ]

    def silences(self, start: float, end: float, *, longer_than: float = 0.0) -> list[tuple[float, float]]:
        """Return the stretches between `start` and `end` in which nothing is heard."""
        found: list[tuple[float, float]] = []
        reached = start
        for heard in self.tracks():
            if heard.start > reached:
                found.append((reached, min(heard.start, end)))
            reached = max(reached, heard.end)
        found.append((reached, end))
        return [(begin, stop) for begin, stop in found if stop - begin > max(longer_than, _TOGETHER)]

    def _until_now(self) -> Iterator[Heard]:
        now = self._client.now if self._client.is_open else self._last_look
        for heard in self._running:
            yield replace(heard, end=now)

    def _look(self) -> None:
        """Take in what is heard now, where that is something new."""
        self._last_look = self._client.now
        if self._client.sounding is self._told:
            return
        self._told = self._client.sounding
        now = self._client.now
        self._past += (heard for heard in self._until_now() if heard.end > heard.start)
        self._running = [Heard(start=now, end=now, **entry) for entry in self._told]
