"""A radio that knows how alike all tracks are, to hold others against."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from audioscape_luau.mock import Catalogue, Entry

HISTORY, SPACING = 50, 3
"""What the radio keeps to by default: tracks until one may repeat, and other tracks between two of an artist."""


def oracle(catalogue: Catalogue, first: str, count: int) -> list[str]:
    """Return the asset ids of what it plays: always the nearest track that it may."""
    played = [catalogue.by_id[first]]
    while len(played) < count:
        near = (entry for _, entry in catalogue.neighbours(played[-1].asset_id))
        played.append(next(entry for entry in near if _may_play(entry, played)))
    return [entry.asset_id for entry in played]


def _may_play(entry: Entry, played: Sequence[Entry]) -> bool:
    lately = played[-HISTORY:]
    return (
        entry not in lately
        and _song(entry) not in map(_song, lately)
        and entry.fields["artist"] not in {one.fields["artist"] for one in played[-SPACING:]}
    )


def _song(entry: Entry) -> str:
    return str(entry.fields["name"]).partition(" (")[0]


def likeness(catalogue: Catalogue, tracks: Sequence[str]) -> list[float]:
    """Return how alike each track is to the one before it, 0 to 1; one that is played again right away is left out."""
    pairs = [(before, after) for before, after in pairwise(tracks) if before != after]
    return [next(score for score, entry in catalogue.neighbours(a) if entry.asset_id == b) for a, b in pairs]
