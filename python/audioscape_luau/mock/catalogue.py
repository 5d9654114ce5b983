"""A synthetic music catalogue: deterministic, with similarity that follows from what the tracks are like.

Nothing in it is real. Each genre is a cloud in the space of the analysis; tracks are drawn from it, some as
near-copies of others (an edit, a remaster), so that `dedupe` and `max_score` have something to do. Being nearest
neighbours is often mutual, which is why a radio that always asks for the one nearest track alternates between two.
"""

from __future__ import annotations

import math
import random
import tomllib
from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import resources
from typing import Any, Literal

type World = Literal["strong", "loose", "partial", "useless", "absent"]
"""What the music analysis has to do with how alike two tracks sound.

strong: it decides that. loose: it goes with it, beside things that it does not tell. partial: the same, with gaps, and
tempos that are half or double. useless: it is that of other tracks. absent: there is none.
"""
WORLDS: tuple[World, ...] = ("strong", "loose", "partial", "useless", "absent")

NEAR_DUPLICATE = 0.985
"""Scores at or above this are near-duplicates to `dedupe`. The service's own threshold is not published."""
ANALYSED = 0.93
"""The share of the tracks of which the API tells the whole music analysis, unless a catalogue is drawn otherwise."""
_FALL = 0.35
"""How fast the score falls with distance: strangers of one genre score about 0.7, of another 0.2 to 0.5."""


@dataclass(frozen=True, slots=True)
class Genre:
    """How tracks of a genre tend to be. Means on the scale of the analysis; `bpm` and `lufs` with their spread."""

    name: str
    slug: str
    bpm: tuple[float, float]
    lufs: tuple[float, float]
    arousal: float
    happy: float
    aggressive: float
    danceable: float
    electronic: float
    acoustic: float
    voice: float
    styles: tuple[str, ...]


_DATA = tomllib.loads((resources.files(__package__) / "genres.toml").read_text(encoding="utf-8"))


def _genre(raw: dict[str, Any]) -> Genre:
    tuples: dict[str, Any] = {name: tuple(raw[name]) for name in ("bpm", "lufs", "styles")}
    return Genre(**(raw | tuples))


GENRES: tuple[Genre, ...] = tuple(map(_genre, _DATA["genre"]))

_KEYS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_FIRST, _SECOND, _NAMES, _SURNAMES = (
    tuple(_DATA["words"][name].split()) for name in ("first", "second", "names", "surnames")
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A track and where it lies in the space of the analysis. fields: what the API says of it, apart from the score."""

    asset_id: str
    fields: Mapping[str, Any]
    place: tuple[float, ...]

    def scored(self, score: float) -> dict[str, Any]:
        """Return what the API says of it as one of the tracks that are similar to another."""
        return {**self.fields, "score": score}


@dataclass(frozen=True)
class Catalogue:
    """All tracks, in the order in which they came to the catalogue."""

    entries: tuple[Entry, ...]
    _neighbours: dict[str, tuple[array[float], array[int]]] = field(
        default_factory=dict[str, "tuple[array[float], array[int]]"]
    )
    """Scores and places in `entries` for each track that was asked for: arrays, as all pairs are a million."""
    fall: float = _FALL
    """How fast the score falls with distance."""

    @classmethod
    def generate(
        cls,
        *,
        size: int = 1000,
        seed: int = 0,
        analysed: float = ANALYSED,
        world: World = "strong",
        fall: float = _FALL,
    ) -> Catalogue:
        """Draw a catalogue of `size` tracks; the same `seed` gives the same tracks.

        `analysed` is the share of the tracks of which the API tells the whole music analysis, `world` what that has to
        do with how they sound, and `fall` how fast the score falls with distance.
        """
        entries = tuple(_Generator(random.Random(seed), analysed).entries(size))
        return cls(tuple(_told(entries, world, seed)), fall=fall)

    @classmethod
    def of(cls, tracks: Iterable[Mapping[str, Any]]) -> Catalogue:
        """Make a catalogue of tracks that exist: of each `asset_id`, `name`, `duration`, and maybe `artist`, `genre`.

        Nothing is known of how they sound: each is drawn as a track of its genre may be; without one that the catalogue
        has, tracks of one artist are of one genre.
        """
        generator = _Generator(random.Random(0), 1)
        return cls(tuple(map(generator.existing, tracks)))

    @cached_property
    def by_id(self) -> Mapping[str, Entry]:
        """The tracks by asset id."""
        return {entry.asset_id: entry for entry in self.entries}

    def neighbours(self, asset_id: str) -> Iterable[tuple[float, Entry]]:
        """Return all other tracks with their scores, the most similar first. KeyError for an unknown id."""
        known = self._neighbours.get(asset_id)
        if known is None:
            seed = self.by_id[asset_id]
            distances = [math.dist(seed.place, entry.place) for entry in self.entries]
            nearest = sorted(range(len(self.entries)), key=distances.__getitem__)
            order = [index for index in nearest if self.entries[index] is not seed]
            known = (
                array("d", [round(math.exp(-self.fall * distances[index]), 4) for index in order]),
                array("I", order),
            )
            self._neighbours[asset_id] = known
        scores, order = known
        return zip(scores, map(self.entries.__getitem__, order), strict=True)

    def similar(
        self,
        asset_id: str,
        *,
        genres: Iterable[str] = (),
        shortest: float | None = None,
        longest: float | None = None,
        max_score: float | None = None,
        dedupe: bool = False,
    ) -> list[tuple[float, Entry]]:
        """Return every track that passes the filters, with its score, the most similar first.

        A `max_score` drops scores at or above it, and wins over `dedupe`. Genres match by name or slug in any letter
        case. Raises KeyError for an unknown id.
        """
        wanted = {genre.casefold() for genre in genres}
        ceiling = max_score if max_score is not None else (NEAR_DUPLICATE if dedupe else math.inf)
        return [
            (score, entry)
            for score, entry in self.neighbours(asset_id)
            if score < ceiling
            and (not wanted or wanted & {entry.fields["genre"].casefold(), entry.fields["genre_slug"]})
            and (shortest is None or entry.fields["duration"] >= shortest)
            and (longest is None or entry.fields["duration"] <= longest)
        ]


class _Generator:
    def __init__(self, chance: random.Random, analysed: float) -> None:
        self.chance = chance
        self.analysed = analysed
        self.artists = {genre.slug: [self._artist() for _ in range(9)] for genre in GENRES}

    def entries(self, size: int) -> Iterable[Entry]:
        made: list[Entry] = []
        ids = self.chance.sample(range(1_800_000_000, 9_900_000_000), size)
        for number, asset_id in enumerate(ids):
            if made and self.chance.random() < 0.06:
                made.append(self._copy(self.chance.choice(made), asset_id))
            else:
                made.append(self._draw(GENRES[number % len(GENRES)], asset_id))
        return made

    def existing(self, track: Mapping[str, Any]) -> Entry:
        """Return a track that exists, with an analysis that is drawn: the same for the same track."""
        told = " ".join(str(track.get(name) or "") for name in ("genre", "name")).casefold()
        named = next((genre for genre in GENRES if genre.name.casefold() in told or genre.slug in told), None)
        genre = named or random.Random(track.get("artist")).choice(GENRES)
        self.chance = random.Random(track["asset_id"])
        drawn = self._draw(genre, int(track["asset_id"]))
        known = {name: track[name] for name in ("name", "artist", "duration") if track.get(name) is not None}
        fields = {name: value for name, value in drawn.fields.items() if name not in {"artist", "album"}}
        return Entry(drawn.asset_id, fields | known, drawn.place)

    def _artist(self) -> str:
        return f"{self.chance.choice(_NAMES)} {self.chance.choice(_SURNAMES)}"

    def _draw(self, genre: Genre, asset_id: int) -> Entry:
        chance = self.chance
        tempo = max(48.0, chance.gauss(*genre.bpm))
        arousal = _clamp(chance.gauss(genre.arousal, 0.18), -1, 1)
        mood = {
            "arousal": arousal,
            "happy": self._share(genre.happy),
            "sad": self._share(1 - genre.happy),
            "aggressive": self._share(genre.aggressive),
            "relaxed": self._share((1 - arousal) / 2),
            "party": self._share((genre.danceable + genre.happy) / 2),
            "danceable": self._share(genre.danceable),
        }
        lufs = chance.gauss(*genre.lufs)
        electronic, acoustic = self._share(genre.electronic), self._share(genre.acoustic)
        voice = chance.random() < genre.voice
        fields: dict[str, Any] = {
            "asset_id": str(asset_id),
            "name": f"{chance.choice(_FIRST)} {chance.choice(_SECOND)}",
            "artist": chance.choice(self.artists[genre.slug]),
            "album": f"{chance.choice(_SECOND)}s",
            "duration": round(_clamp(chance.gauss(190, 55), 45, 419), 1),
            "genre": genre.name,
            "genre_slug": genre.slug,
            "bpm": round(tempo, 1),
        }
        if chance.random() < self.analysed:
            fields |= {
                "loudness_lufs": math.nan if chance.random() < 0.02 else round(lufs, 1),
                "true_peak_dbtp": round(min(lufs * 0.08 + chance.gauss(0, 0.6), 1.5), 2),
                "mood": {name: round(value, 4) for name, value in mood.items()},
                "key": chance.choice(_KEYS),
                "scale": "major" if chance.random() < 0.25 + 0.6 * genre.happy else "minor",
                "key_confidence": round(chance.uniform(0.35, 1), 3),
                "voice": "voice" if voice else "instrumental",
                "voice_confidence": round(chance.uniform(0.6, 1), 3),
                "electronic": "electronic" if electronic > 0.5 else "not_electronic",
                "acoustic": "acoustic" if acoustic > 0.5 else "not_acoustic",
                "timbre": "bright" if arousal > 0 else "dark",
                "danceability": round(chance.lognormvariate(genre.danceable, 0.4), 3),
                "genres_detailed": self._predictions(genre),
            }
        elif chance.random() < 0.5:
            fields |= dict.fromkeys(("loudness_lufs", "true_peak_dbtp", "mood", "key", "scale", "genres_detailed"))
        place = (
            math.log2(tempo / 60) * 2,
            arousal * 3,
            *(mood[name] * 2 for name in ("happy", "aggressive", "danceable")),
            lufs / 6,
            electronic * 2,
            acoustic * 2,
            1.0 * voice,
        )
        return Entry(str(asset_id), fields, place)

    def _copy(self, original: Entry, asset_id: int) -> Entry:
        """Return an edit of a track: another id, nearly the same music."""
        title = f"{original.fields['name']} ({self.chance.choice(('Edit', 'Remaster', 'Loop', 'Reprise'))})"
        place = tuple(value + self.chance.gauss(0, 0.004) for value in original.place)
        return Entry(str(asset_id), {**original.fields, "asset_id": str(asset_id), "name": title}, place)

    def _share(self, mean: float) -> float:
        return _clamp(self.chance.gauss(mean, 0.12), 0, 1)

    def _predictions(self, genre: Genre) -> list[dict[str, Any]]:
        labels = [*genre.styles, *self.chance.sample([style for other in GENRES for style in other.styles], 3)]
        scores = sorted((self.chance.uniform(0.01, 0.25) for _ in labels), reverse=True)
        return [
            {"label": label, "score": round(score, 4)} | ({"parent": genre.name} if label in genre.styles else {})
            for label, score in zip(labels, scores, strict=True)
        ]


_ANALYSIS = (
    *("bpm", "loudness_lufs", "true_peak_dbtp", "mood", "key", "scale", "key_confidence", "voice", "voice_confidence"),
    *("electronic", "acoustic", "timbre", "danceability", "genres_detailed"),
)


def _told(entries: Sequence[Entry], world: World, seed: int) -> Iterator[Entry]:
    """Yield the tracks as a world tells of them: where they lie, or what the API says of that, is changed."""
    chance = random.Random(f"{world} {seed}")
    others = chance.sample(entries, len(entries))
    for entry, other in zip(entries, others, strict=True):
        if world == "strong":
            yield entry
        elif world == "absent":
            yield replace(entry, fields=_without(entry.fields, _ANALYSIS))
        elif world == "useless":
            analysis = {name: other.fields[name] for name in _ANALYSIS if name in other.fields}
            yield replace(entry, fields={**_without(entry.fields, _ANALYSIS), **analysis})
        else:
            fields = entry.fields if world == "loose" else _patchy(entry.fields, chance)
            yield replace(entry, fields=fields, place=_astray(entry, seed))


def _astray(entry: Entry, seed: int) -> tuple[float, ...]:
    """Return where a track lies if half of what tells tracks of one genre apart is not in the analysis."""
    song = f"{entry.fields['artist']} {entry.fields['name'].partition(' (')[0]} {seed}"
    chance = random.Random(song)
    return tuple(value + chance.gauss(0, 0.5) for value in entry.place)


def _patchy(fields: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return what the API says of a track with gaps, and with a tempo that may be half or double."""
    gone = [name for name in _ANALYSIS if name != "bpm" and chance.random() < 0.4]
    return _without(fields, gone) | {"bpm": round(fields["bpm"] * chance.choice((0.5, 1, 1, 1, 2)), 1)}


def _without(fields: Mapping[str, Any], names: Container[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
