"""A world for radios: an API whose tracks stand in a ring, each like the ones beside it, and a game that plays them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import httpx

from audioscape_luau.contract.boundaries import sample
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.pages import identity, item_shape
from audioscape_luau.contract.scenes.parts import page_of
from audioscape_luau.contract.subject import Answer, Observation, Surroundings
from audioscape_luau.openapi import Field, Operation, Paging, Text
from roblox_double import Settings

SIZE = 400
"""Tracks, with the ids 1 to `SIZE`."""
LENGTH = 100.0
"""Seconds that each of them lasts."""
_ENGINE: dict[str, Any] = {"asset_duration": LENGTH, "asset_load_seconds": 0.5}
FIRST = "1"
"""The track that begins."""
_LONGEST = 86400.0

PLAYERS: Mapping[str, str] = {
    "a Sound": """local player = Instance.new("Sound")
player.Volume = 0.5
player.Parent = game:GetService("SoundService")
""",
    "an AudioPlayer": """local player = Instance.new("AudioPlayer")
player.Volume = 0.5
local output, wire = Instance.new("AudioDeviceOutput"), Instance.new("Wire")
output.Parent = game:GetService("SoundService")
wire.SourceInstance, wire.TargetInstance = player, output
wire.Parent = player
player.Parent = game:GetService("SoundService")
""",
}
_TUNED = """local client = AudioScapeClient.new({ apiKey = KEY })
PLAYERlocal radio = client:radio(player, OPTIONS)
local told = {}
radio.trackChanged:Connect(function(track) table.insert(told, track.ID) end)
radio.failed:Connect(function(err) hear(describe(err)) end)
"""


type Tell = Callable[[int], Mapping[str, Any]]
"""What the API says of a track, by its number."""


def listened(*, silent: tuple[int, ...] = (), players: int = 0, **changes: Any) -> Surroundings:
    """Return an engine that differs from a plain one, with a player who listens, and others."""
    settings = Settings(**_ENGINE | changes)
    return Surroundings(settings=settings, silent=silent, listened=True, players=players, longest=_LONGEST)


@dataclass(frozen=True, slots=True)
class Ring:
    """The operation that the radio asks, and the names in which it does."""

    operation: Operation
    paging: Paging
    seed: Field
    identity: str
    filters: tuple[str, Any] | None
    """The input that takes the radio's filters, and something that it takes."""

    @classmethod
    def of(cls, operation: Operation) -> Self:
        """Return the ring behind an operation with `x-radio`, for which the specification demands all that it needs."""
        name = identity(operation)
        if operation.paging is None or operation.seed is None or name is None:
            raise LookupError(f"{operation.id} has no seed, no pages or no ids")
        narrowed = operation.radio.filters if operation.radio else None
        filters = next(((i.name, sample(i.shape)) for i in operation.inputs if i.name == narrowed), None)
        return cls(operation, operation.paging, operation.seed, name, filters)

    def has(self, *names: str) -> bool:
        """Whether tracks have these fields of text: what a radio goes by, if it is there."""
        shape = item_shape(self.operation)
        texts = {field.name for field in shape.fields if isinstance(field.shape, Text)} if shape else set[str]()
        return texts.issuperset(names)

    def tuned(self, options: Mapping[str, Any] | None = None, player: str = "a Sound") -> str:
        """Return the Luau that makes a radio which has not been started; `told` has the tracks that it tells of."""
        script = self.in_its_words(_TUNED).replace("PLAYER", PLAYERS[player])
        return script.replace("OPTIONS", luau(dict(options or {})))

    def in_its_words(self, script: str) -> str:
        """Return a script with the name of the field that tells tracks apart, where it says `.ID`."""
        return script.replace(".ID", f".{self.identity}")

    def odd_track(self, asset_id: str) -> str:
        """Return a track as a game may write it, with fields that are of no use."""
        shape = item_shape(self.operation)
        fields = {field.name: True for field in shape.fields} if shape else {}
        return f"table.freeze({luau(fields | {self.identity: asset_id})})"

    def played(
        self,
        seconds: float,
        options: Mapping[str, Any] | None = None,
        player: str = "a Sound",
        first: str = f'"{FIRST}"',
    ) -> str:
        """Return the Luau of a radio that plays for some time; `first` is what it starts with, as Luau."""
        started = f"radio:start({first})\ntask.wait({seconds:g})\n"
        return f'{self.tuned(options, player)}{started}return table.concat(told, " ")'

    def answer(
        self,
        *statuses: int,
        size: int = SIZE,
        headers: Mapping[str, str] | None = None,
        tell: Tell = lambda _: {},
        seconds: Callable[[int], float] | None = None,
    ) -> Answer:
        """Return an API that knows the ring; its first replies have other statuses, if named, with `headers`.

        tell: what else it says of a track. seconds: how long the nth request takes, unless as long as any.
        """

        def answer(request: httpx.Request, number: int) -> httpx.Response:
            if number < len(statuses) and statuses[number] != 200:
                return httpx.Response(statuses[number], headers=headers)
            reply = self._page(request.url.params, size, tell)
            if seconds:
                reply.extensions["virtual_seconds"] = seconds(number)
            return reply

        return answer

    def _page(self, query: httpx.QueryParams, size: int, tell: Tell) -> httpx.Response:
        try:
            seed = int(query[self.seed.name])
            offset, limit = (int(query.get(name, 0)) for name in (self.paging.offset, self.paging.limit))
        except (KeyError, ValueError):
            return httpx.Response(400, json={})
        ids = [neighbour(seed, place, size) for place in range(offset + 1, min(offset + limit, size - 1) + 1)]
        return httpx.Response(
            self.operation.success.status,
            json=page_of(self.operation, [{self.identity: str(id), **tell(id)} for id in ids]),
        )


def neighbour(seed: int, place: int, size: int) -> int:
    """Return the track that is the nearest to `seed` but for `place` - 1 others, on a ring of `size`."""
    step = (place + 1) // 2 * (-1 if place % 2 == 0 else 1)
    return (seed - 1 + step) % size + 1


def is_near(track: str, seed: str, most: int = SIZE // 8) -> bool:
    """Whether at most so many steps on the ring part two tracks."""
    if not (track.isdecimal() and seed.isdecimal()):
        return False
    steps = abs(int(track) - int(seed)) % SIZE
    return min(steps, SIZE - steps) <= most


def heard(seen: Observation) -> Sequence[str]:
    """Return the tracks that were heard, in order."""
    return [track.content.removeprefix("rbxassetid://") for track in seen.heard]
