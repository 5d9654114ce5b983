"""Which peers wait for which frame: to find the next one costs no more when many sleep."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roblox_double.peer import Peer


class Schedule:
    """Peers by the frame in which something is due for them."""

    def __init__(self, frame_of: Callable[[Peer], float]) -> None:
        """`frame_of` returns the number of the frame that a peer waits for; minus infinity is any, infinity none."""
        self._frame_of = frame_of
        self._waiting: list[tuple[float, int, Peer]] = []
        """A heap of frames and peers with their numbers. What differs from `_frames` is out of date."""
        self._frames: dict[int, float] = {}
        self._moved: dict[int, Peer] = {}

    def moved(self, peer: Peer) -> None:
        """Take in that a peer may wait for another frame than before."""
        self._moved[peer.number] = peer

    def next(self) -> float:
        """Return the number of the first frame that anybody waits for."""
        moved, self._moved = self._moved, {}
        for number, peer in moved.items():
            frame = self._frame_of(peer) if peer.is_open else math.inf
            if frame == math.inf:
                self._frames.pop(number, None)
            elif self._frames.get(number) != frame:
                self._frames[number] = frame
                heapq.heappush(self._waiting, (frame, number, peer))
        while self._waiting and not self._counts(*self._waiting[0]):
            heapq.heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else math.inf

    def due(self, frame: float) -> Iterator[Peer]:
        """Yield those for which something is due, in the order in which they started.

        What one of them does may be due for one whose turn comes later; for others it waits for the next frame.
        """
        turns: list[tuple[int, Peer]] = []
        turn = -1
        met: list[Peer] = []
        try:
            while True:
                while self.next() <= frame:
                    _, number, peer = heapq.heappop(self._waiting)
                    del self._frames[number]
                    met.append(peer)
                    if number > turn:
                        heapq.heappush(turns, (number, peer))
                if not turns:
                    return
                before, (turn, peer) = turn, heapq.heappop(turns)
                # What it waits for may have changed since.
                if turn > before and peer.is_open and self._frame_of(peer) <= frame:
                    yield peer
        finally:
            for peer in met:
                self.moved(peer)

    def _counts(self, frame: float, number: int, peer: Peer) -> bool:
        return self._frames.get(number) == frame and peer.is_open
