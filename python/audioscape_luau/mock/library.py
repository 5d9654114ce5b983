"""What the API tells of a catalogue beside likeness: who played what, charts, games, playlists, beats.

All of it follows from the tracks themselves, and is made when somebody asks for it.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from audioscape_luau.mock.catalogue import Catalogue, Entry
from audioscape_luau.mock.effects import effects

TRENDING = 200
"""Entries that a chart holds at most."""
MOODS = ("happy", "sad", "aggressive", "relaxed", "party")
_FELT = 0.6
"""From this on a track has a mood."""
_FIRST_DAY = date(2023, 1, 1)
_DAYS = 1000
_GAMES = ("Harbour Plaza", "Night Market", "Sky Racers", "Lantern Town", "Café Corner", "Goblin Hill", "Pixel Beach")
_PLAYLISTS = ("Lobby", "Arena", "Shop", "Chase", "Night", "Ambience")
_GONE = ("moderated", "deleted", "delisted")
"""Why an asset cannot be played any more."""
_FORM = ("Intro", "Verse", "Chorus", "Verse", "Chorus", "Bridge", "Chorus", "Outro")
_BARS = 8
"""Bars of a section; phrases are half as long."""
_LABELLED = 0.95
"""The share of analysed tracks whose parts are told."""
_LANE = "main"
_COLOURS = {
    "Intro": "rgba(80, 120, 200, 1)",
    "Verse": "rgba(90, 170, 120, 1)",
    "Chorus": "rgba(220, 120, 60, 1)",
    "Bridge": "rgba(160, 110, 200, 1)",
    "Outro": "rgba(110, 120, 140, 1)",
}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Fame:
    """How a track or a sound did on Roblox. recent: what charts count."""

    plays: int
    likes: int
    recent: float
    added: date
    gender: str


@dataclass(frozen=True, slots=True)
class Group:
    """Tracks with something in common. keys: what it is asked by. fields: what the API says of it."""

    keys: tuple[str, ...]
    fields: Mapping[str, Any]
    tracks: tuple[Entry, ...]

    @property
    def listed(self) -> dict[str, Any]:
        """What the API says of it in a list."""
        return {**self.fields, "track_count": len(self.tracks)}


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist of the key."""

    id: str
    name: str
    tracks: tuple[Entry, ...]
    sounds: tuple[Entry, ...]

    @property
    def info(self) -> dict[str, Any]:
        """What the API says of it in a list."""
        kind = "mixed" if self.tracks and self.sounds else "music" if self.tracks else "sfx"
        genre = self.tracks[0].fields["genre"] if self.tracks else self.name
        counts = {"track_count": len(self.tracks), "sound_count": len(self.sounds)}
        return {"id": self.id, "name": self.name, "genre": genre, "playback_mode": "shuffle", "kind": kind} | counts


@dataclass(frozen=True)
class Library:
    """What the API tells of one catalogue, and of the sound effects beside it."""

    music: Catalogue
    _fame: dict[str, Fame] = field(default_factory=dict[str, Fame])
    _texts: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    @cached_property
    def sounds(self) -> Catalogue:
        """The sound effects, without those whose ids are tracks."""
        drawn = effects()
        taken = self.music.by_id.keys() & drawn.by_id.keys()
        return Catalogue(tuple(e for e in drawn.entries if e.asset_id not in taken)) if taken else drawn

    @cached_property
    def gone(self) -> Mapping[str, str]:
        """Ids of what once was in the catalogue, and what happened to it."""
        known = self.music.by_id.keys() | self.sounds.by_id.keys()
        ids = (str(number) for number in range(1_700_000_001, 1_800_000_000) if str(number) not in known)
        return dict(zip(ids, _GONE, strict=False))

    def fame(self, entry: Entry) -> Fame:
        """Return how a track or a sound did: the same for the same id."""
        known = self._fame.get(entry.asset_id)
        if known is None:
            chance = random.Random(entry.asset_id)
            plays = 0 if chance.random() < 0.08 else int(chance.lognormvariate(7, 2))
            known = Fame(
                plays=plays,
                likes=int(plays * chance.uniform(0.01, 0.09)),
                recent=plays * chance.uniform(0, 0.2),
                added=_FIRST_DAY + timedelta(days=chance.randrange(_DAYS)),
                gender=chance.choice(("male", "female")),
            )
            self._fame[entry.asset_id] = known
        return known

    def told(self, entry: Entry) -> dict[str, Any]:
        """Return what the API says of a track or a sound that was not found by likeness."""
        added = self.fame(entry).added
        return {
            **entry.fields,
            "created_at": f"{added}T00:00:00Z",
            "updated_at": f"{added + timedelta(days=30)}T00:00:00Z",
        }

    def ordered(self, entries: Iterable[Entry], order: str) -> list[Entry]:
        """Return entries with the most `popular`, the most `recent`, or `alpha`betically the first ahead."""
        keys: Mapping[str, Callable[[Entry], Any]] = {
            "popular": lambda entry: -self.fame(entry).plays,
            "recent": lambda entry: -self.fame(entry).added.toordinal(),
            "alpha": lambda entry: entry.fields["name"].casefold(),
        }
        return sorted(entries, key=keys[order]) if order in keys else list(entries)

    def trending(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return a chart of entries: those that were played most of late."""
        played = [entry for entry in entries if self.fame(entry).recent > 0]
        return sorted(played, key=lambda entry: -self.fame(entry).recent)[:TRENDING]

    def groups(self, kind: str) -> tuple[Group, ...]:
        """Return the artists, albums, genres, moods or games, those with the most tracks or players first."""
        return self._groups[kind]

    @cached_property
    def _groups(self) -> Mapping[str, tuple[Group, ...]]:
        return {
            "artist": tuple(self._named(lambda track: (track.get("artist", ""),), self._artist)),
            "album": tuple(self._named(lambda track: (track.get("album", ""), track.get("artist", "")), self._album)),
            "genre": tuple(self._named(lambda track: (track["genre"], track["genre_slug"]), self._genre)),
            "mood": tuple(self._moods()),
            "game": tuple(self._games()),
        }

    def _named(
        self, by: Callable[[Mapping[str, Any]], tuple[str, ...]], told: Callable[[Sequence[Entry]], dict[str, Any]]
    ) -> Iterator[Group]:
        found: dict[tuple[str, ...], list[Entry]] = {}
        for entry in self.music.entries:
            keys = by(entry.fields)
            if all(keys):
                found.setdefault(keys, []).append(entry)
        for keys, entries in sorted(found.items(), key=lambda item: -len(item[1])):
            yield Group(keys, told(entries), tuple(entries))

    @staticmethod
    def _artist(tracks: Sequence[Entry]) -> dict[str, Any]:
        albums = {track.fields.get("album") for track in tracks} - {None}
        return {"name": tracks[0].fields["artist"], "album_count": len(albums)}

    @staticmethod
    def _album(tracks: Sequence[Entry]) -> dict[str, Any]:
        first = tracks[0].fields
        return {"name": first["album"], "artist": first["artist"], "genre": first["genre"]}

    @staticmethod
    def _genre(tracks: Sequence[Entry]) -> dict[str, Any]:
        first = tracks[0].fields
        return {"name": first["genre"], "slug": first["genre_slug"], "display_name": first["genre"]}

    def _moods(self) -> Iterator[Group]:
        for mood in MOODS:
            tracks = tuple(entry for entry in self.music.entries if mood in moods(entry))
            if tracks:
                yield Group((mood,), {"name": mood, "display_name": mood.capitalize()}, tracks)

    def _games(self) -> Iterator[Group]:
        chance = random.Random(len(self.music.entries))
        for number, name in enumerate(_GAMES) if len(self.music.entries) >= 5 else ():
            most = min(len(self.music.entries), 40)
            tracks = tuple(chance.sample(self.music.entries, chance.randint(5, most)))
            universe = 123456 + number
            told: dict[str, Any] = {"universe_id": universe, "name": name}
            if number % 3 != 1:
                playing = 5000 >> number
                told |= {"creator_name": "Foley Works", "root_place_id": universe * 10 + 1}
                told |= {"playing": playing, "visits": playing * 1000}
            yield Group((str(universe),), told, tracks)

    @cached_property
    def playlists(self) -> Mapping[str, Playlist]:
        """The playlists of the key, by id: most with music of one genre, some with sounds."""
        genres = self.groups("genre")
        made: list[Playlist] = []
        for number, name in enumerate(_PLAYLISTS):
            chance = random.Random(name)
            of = genres[number % len(genres)].tracks if genres else ()
            tracks = () if name == "Ambience" else tuple(chance.sample(of, min(len(of), 12)))
            sounds = self.sounds.entries if number % 2 or not tracks else ()
            made.append(Playlist(name.lower(), name, tracks, tuple(chance.sample(sounds, min(len(sounds), 5)))))
        return {playlist.id: playlist for playlist in made}

    def search(self, entries: Sequence[Entry], query: str) -> tuple[str, list[Entry]]:
        """Return how a query was answered and what fits it, the best first.

        A search by meaning always finds something: without a word that fits, it is all that is like a track which the
        query stands for.
        """
        words = words_of(query)
        hits = [len(words & self._words(entry)) for entry in entries]
        found = sorted((place for place, hit in enumerate(hits) if hit), key=lambda place: -hits[place])
        if found or not entries:
            return "text", [entries[place] for place in found]
        middle = random.Random(query).choice(entries).place
        return "semantic", sorted(entries, key=lambda entry: math.dist(middle, entry.place))

    def _words(self, entry: Entry) -> frozenset[str]:
        known = self._texts.get(entry.asset_id)
        if known is None:
            labels = [one["label"] for one in entry.fields.get("genres_detailed") or ()][:1]
            told = [value for value in entry.fields.values() if isinstance(value, str)]
            known = self._texts[entry.asset_id] = words_of(" ".join((*told, *labels, *moods(entry))))
        return known

    def structure(self, entry: Entry, *, with_metadata: bool) -> dict[str, Any]:
        """Return the beats and parts of a track; nothing of one that was never analysed."""
        fields = entry.fields
        told: dict[str, Any] = {
            "asset_id": entry.asset_id,
            "duration": fields["duration"],
            "bpm": fields.get("bpm"),
            "track_energy": None,
            "beat_grid": None,
            "sections": [],
            "phrases": [],
        }
        if with_metadata:
            told["lanes"] = [_LANE]
        if not fields.get("mood"):
            return told
        chance = random.Random(entry.asset_id)
        beat, first = 60 / fields["bpm"], chance.uniform(0, 0.5)
        beats = [round(first + beat * number, 3) for number in range(int((fields["duration"] - first) / beat) + 1)]
        told["beat_grid"] = {"times": beats, "downbeats": beats[::4]}
        calm = 1 + round(fields["mood"]["arousal"] + 1)
        sections = list(_parts(beats[::4], fields["duration"], _BARS, calm))
        told["track_energy"] = round(sum(part["energy"] for part in sections) / len(sections), 2)
        if chance.random() >= _LABELLED:
            return told
        phrases = list(_parts(beats[::4], fields["duration"], _BARS // 2, calm))
        told |= {"sections": [{**part, "bars": None} for part in sections], "phrases": phrases}
        if with_metadata:
            for part in (*told["sections"], *phrases):
                part |= {"metadata": {}, "lane": _LANE}
        return told


def moods(entry: Entry) -> set[str]:
    """Return the moods that a track has."""
    felt: Mapping[str, float] = entry.fields.get("mood") or {}
    return {mood for mood in MOODS if felt.get(mood, 0) >= _FELT}


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text, for comparing."""
    return frozenset(word.casefold() for word in _WORD.findall(text))


def _parts(downbeats: Sequence[float], end: float, bars: int, calm: int) -> Iterator[dict[str, Any]]:
    starts = range(0, len(downbeats), bars)
    for number, bar in enumerate(starts):
        label = _FORM[min(number * bars * len(_FORM) // max(len(downbeats), 1), len(_FORM) - 1)]
        after = bar + bars
        yield {
            "start": downbeats[bar],
            "end": downbeats[after] if after < len(downbeats) else end,
            "label": label,
            "energy": min(calm + (label == "Chorus"), 4),
            "bar_start": bar + 1,
            "bar_end": min(after, len(downbeats)),
            "bars": min(bars, len(downbeats) - bar),
            "color": _COLOURS[label],
        }
