"""Made-up sound effects: each subcategory is a cloud, and clouds of one category lie near each other."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from audioscape_luau.mock.catalogue import Catalogue, Entry

_DATA = tomllib.loads((resources.files(__package__) / "effects.toml").read_text(encoding="utf-8"))
TAXONOMY: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    broader: {category: tuple(f"{category}-{word}" for word in words) for category, words in categories.items()}
    for broader, categories in _DATA["broader"].items()
}
"""Categories by broader category, and of each its subcategories."""

_QUALITIES = tuple(_DATA["qualities"].split())
_LONGEST = 400
_EACH = 9
_CREATORS = ((1, "Foley Works"), (2, "Field Notes"), (3, "Small Hours"))


@cache
def effects(seed: int = 0) -> Catalogue:
    """Draw sound effects, of each subcategory a few; the same `seed` gives the same."""
    return Catalogue(tuple(_drawn(random.Random(seed))))


def _drawn(chance: random.Random) -> Iterator[Entry]:
    named = [(category, name) for group in TAXONOMY.values() for category, names in group.items() for name in names]
    # Music is above of these.
    ids = iter(chance.sample(range(100_000_000, 1_800_000_000), len(named) * _EACH))
    centre: tuple[float, ...] = ()
    last = None
    for category, subcategory in named:
        if category != last:
            last, centre = category, tuple(chance.gauss(0, 2.5) for _ in range(6))
        near = tuple(value + chance.gauss(0, 0.8) for value in centre)
        for _ in range(_EACH):
            yield _sound(chance, str(next(ids)), category, subcategory, near)


def _sound(chance: random.Random, asset_id: str, category: str, subcategory: str, near: tuple[float, ...]) -> Entry:
    quality = chance.choice(_QUALITIES)
    thing = subcategory.removeprefix(f"{category}-").lower()
    kind = category.lower().replace("-", " ")
    duration = round(min(chance.lognormvariate(0.6, 1), _LONGEST), 2)
    audible = chance.random() < 0.9
    creator, name = chance.choice(_CREATORS)
    fields: dict[str, Any] = {
        "asset_id": asset_id,
        "name": f"{quality} {thing.capitalize()}",
        "description": f"{quality} {thing}, {kind}.",
        "category": category,
        "subcategory": subcategory,
        "tags": ",".join((thing, kind, quality.lower())),
        "duration": duration,
        "creator_id": creator,
        "creator_name": name,
        "true_peak_dbtp": round(min(chance.gauss(-2, 1.5), 1), 2) if audible else None,
        "sound_start_sec": round(duration * chance.uniform(0, 0.1), 3) if audible else None,
        "sound_end_sec": round(duration * chance.uniform(0.8, 1), 3) if audible else None,
    }
    return Entry(asset_id, fields, tuple(value + chance.gauss(0, 0.25) for value in near))
