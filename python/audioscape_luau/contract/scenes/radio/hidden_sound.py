"""Catalogues in which only we know how alike tracks are: a hidden sound, and an analysis that tells of it or not."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

FALL = 0.35
"""How fast the score falls with distance."""


@dataclass(frozen=True)
class HiddenSound:
    """So many tracks, with ids from 1. telling: whether the analysis tells of the sound."""

    seed: int = 0
    size: int = 400
    dimensions: int = 4
    telling: bool = True

    @cached_property
    def sounds(self) -> list[list[float]]:
        return self._drawn[0]

    @cached_property
    def tracks(self) -> list[dict[str, Any]]:
        """What is told of each: some of it goes with how it sounds, and some does not."""
        return self._drawn[1]

    @cached_property
    def _drawn(self) -> tuple[list[list[float]], list[dict[str, Any]]]:
        chance = random.Random(self.seed)
        centres = [[chance.gauss(0, 1.5) for _ in range(self.dimensions)] for _ in range(8)]
        sounds = [[chance.gauss(mean, 1) for mean in chance.choice(centres)] for _ in range(self.size)]
        return sounds, [self._track(number, sound, chance) for number, sound in enumerate(sounds, start=1)]

    def _track(self, number: int, sound: list[float], chance: random.Random) -> dict[str, Any]:
        told = sound if self.telling else [chance.gauss(0, 1.8) for _ in sound]
        a, b, c, d = (told * 2)[:4]
        return {
            "asset_id": str(number),
            "name": f"Song {number}",
            "artist": f"Artist {number % 60}",
            "genre": chance.choice(("Pop", "Jazz")),
            "bpm": 120 * 2 ** (a / 12),
            "key": chance.choice(("C", "G", "Db", "F#", "A")),
            "scale": chance.choice(("major", "minor")),
            "mood": {"arousal": b / 5, "happy": 0.5 + c / 8, "aggressive": 0.3 + d / 8, "danceable": 0.5 + a / 9},
            "loudness_lufs": -12 + 2 * b,
            "danceability": math.exp(0.5 + c / 5),
            "voice": chance.choice(("voice", "instrumental")),
            "electronic": "electronic" if d > 0 else "not_electronic",
            "acoustic": "acoustic" if a > 0 else "not_acoustic",
        }

    def distance(self, left: int | str, right: int | str) -> float:
        """Return how far two tracks are apart, on the scale of -ln(score)."""
        return FALL * math.dist(self.sounds[int(left) - 1], self.sounds[int(right) - 1])

    def nearest(self, anchor: int | str) -> dict[str, float]:
        """Return how far each other track is from one, by its id, the most similar first."""
        others = (str(other) for other in range(1, self.size + 1) if other != int(anchor))
        distances = {other: self.distance(anchor, other) for other in others}
        return dict(sorted(distances.items(), key=lambda entry: entry[1]))

    def page(self, anchor: int, size: int = 100) -> list[dict[str, Any]]:
        """Return the tracks that are most similar to one, with their scores."""
        others = islice(self.nearest(anchor).items(), size)
        return [self.tracks[int(other) - 1] | {"score": math.exp(-distance)} for other, distance in others]
