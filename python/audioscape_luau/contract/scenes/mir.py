"""What the module makes of the music analysis: pure functions, each held to what its documentation says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.case import Broken, Case
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.scenes.parts import cases_of, good
from audioscape_luau.contract.subject import Observation
from audioscape_luau.openapi import Operation

_TRACKS = """
local Mir = AudioScapeClient.Mir
local loud, quiet = { loudness_lufs = -8, true_peak_dbtp = 0 }, { loudness_lufs = -24, true_peak_dbtp = -12 }
local peaking, still, odd = { loudness_lufs = -24, true_peak_dbtp = -3 }, { loudness_lufs = -90 }, {
	loudness_lufs = -math.huge, bpm = 0 / 0, mood = {}, key = "H", genres_detailed = {},
}
local happy, calm = { mood = { arousal = 0.5 } }, { mood = { arousal = -1 } }
local c, am, g, fSharp = { key = "C", scale = "major" }, { key = "A", scale = "minor" }, { key = "G" }, { key = "F#" }
local slow, fast, faster, other = { bpm = 60 }, { bpm = 120 }, { bpm = 126 }, { bpm = 140 }
local danced = { { danceability = 3 }, { danceability = 0.5 }, { danceability = 9 }, {} }
local full = { bpm = 100, key = "C", mood = { arousal = 1 }, loudness_lufs = -8 }
local other_pole = { bpm = 141, key = "F#", mood = { arousal = -1 }, loudness_lufs = -60 }
local nearer = { bpm = 105, key = "G", mood = { arousal = 0.8 }, loudness_lufs = -9 }
local ranks = Mir.danceabilityRanks(danced)
local shares = Mir.genreShares({ genres_detailed = {
	{ label = "House", score = 0.1 }, { label = "Techno", score = 0.3 }, { label = "Noise", score = 0 / 0 },
} })
"""
_STRUCTURE = """
local Structure = AudioScapeClient.Structure
local grid = { beat_grid = { times = { 0.5, 1, 1.5, 2 }, downbeats = { 0.5, 1.5 } } }
local song = {
	sections = {
		{ start = 0, ["end"] = 8, label = "a" },
		{ start = 8, label = "b" },
		{ start = 20, ["end"] = 30, label = "c" },
	},
	phrases = { { ["end"] = 4, label = "p" }, { ["end"] = 8, label = "q" } },
}
local function label(part) return if part then part.label else nil end
"""
_KEYS = ("C B#", "G F E#", "D A# Bb", "A D# Eb", "E Fb G# Ab", "B Cb C# Db", "F# Gb")
"""By their steps from C on the circle of fifths."""
_TEMPO_SPAN = math.log(1.12)
_EXPECTED: dict[str, object] = {
    "Mir.loudness(loud)": -8,
    "Mir.loudness(odd)": None,
    "Mir.loudness({})": None,
    "Mir.gain(loud, -14)": 10 ** (-6 / 20),
    "Mir.gain(quiet, -14)": 10 ** (10 / 20),
    "Mir.gain(peaking, -14)": 10 ** (2 / 20),
    "Mir.gain(peaking, -14, 0)": 10 ** (3 / 20),
    "Mir.gain(still, -14)": 10 ** (12 / 20),
    "Mir.gain(odd, -14)": 1,
    "Mir.energy(happy)": 0.75,
    "Mir.energy(calm)": 0,
    "Mir.energy(odd)": None,
    "Mir.energy({})": None,
    "Mir.keyFit(c, am)": 1,
    "Mir.keyFit(c, c)": 1,
    "Mir.keyFit(c, g)": 5 / 6,
    "Mir.keyFit(c, fSharp)": 0,
    "Mir.keyFit(c, odd)": None,
    "Mir.tempoFit(slow, fast)": 1,
    "Mir.tempoFit(fast, faster)": 1 - math.log(126 / 120) / _TEMPO_SPAN,
    "Mir.tempoFit(fast, other)": 0,
    "Mir.tempoFit(fast, odd)": None,
    "Mir.transition({}, {})": 0.5,
    "ranks[danced[1]]": 0.5,
    "ranks[danced[2]]": 0,
    "ranks[danced[3]]": 1,
    "ranks[danced[4]]": None,
    "#shares": 2,
    "shares[1].label": "Techno",
    "shares[1].share": 0.75,
    "#Mir.genreShares(odd)": 0,
    "Mir.gain(quiet, -14, -6)": 10 ** (6 / 20),
    "Mir.energy({ mood = { valence = 1 } })": None,
    "Mir.keyFit({ key = 'Db' }, { key = 'C#' })": 1,
    "Mir.tempoFit(faster, fast)": 1 - math.log(126 / 120) / _TEMPO_SPAN,
    **{
        f"Mir.keyFit({{ key = '{key}' }}, {{ key = 'C' }})": 1 - steps / 6
        for steps, keys in enumerate(_KEYS)
        for key in keys.split()
    },
    "Mir.keyFit({ key = 'E', scale = 'minor' }, { key = 'G' })": 1,
    "Mir.tempoFit({ bpm = 20 }, { bpm = 20 })": 1,
    "Mir.tempoFit({ bpm = 400 }, { bpm = 400 })": 1,
    "Mir.tempoFit({ bpm = 19.9 }, fast)": None,
    "Mir.tempoFit({ bpm = 400.1 }, fast)": None,
    "Mir.tempoFit(fast, slow)": 1,
    "Mir.transition(full, full)": 1,
    "Mir.transition(full, other_pole)": 0,
    "Mir.transition(full, other_pole) < Mir.transition(full, nearer)": True,
    "Mir.transition(full, nearer) < Mir.transition(full, full)": True,
    "Structure.beatAt(grid, 0.4)": None,
    "Structure.beatAt(grid, 0.5)": 1,
    "Structure.beatAt(grid, 1.7)": 3,
    "Structure.beatAt(grid, 99)": 4,
    "(select(2, Structure.beatAt(grid, 1.7)))": 1.5,
    "Structure.beatAt({}, 1)": None,
    "Structure.beatAt({ beat_grid = {} }, 1)": None,
    "Structure.nextDownbeat(grid, 0)": 0.5,
    "Structure.nextDownbeat(grid, 0.5)": 1.5,
    "Structure.nextDownbeat(grid, 1.5)": None,
    "Structure.nextDownbeat(grid, 0 / 0)": None,
    "Structure.nextDownbeat({}, 0)": None,
    "label(Structure.sectionAt(song, -1))": None,
    "label(Structure.sectionAt(song, 0))": "a",
    "label(Structure.sectionAt(song, 8))": "b",
    "label(Structure.sectionAt(song, 19))": "b",
    "label(Structure.sectionAt(song, 29.9))": "c",
    "label(Structure.sectionAt(song, 30))": None,
    "label(Structure.sectionAt({}, 30))": None,
    "label(Structure.phraseAt(song, 1))": "p",
    "label(Structure.phraseAt(song, 4))": "q",
    "label(Structure.phraseAt(song, 8))": None,
    "label(Structure.phraseAt({}, 8))": None,
}
"""What each expression must come to."""


def loud(lufs: float) -> dict[str, float]:
    """Return what is said of a track that is so loud."""
    return {"loudness_lufs": lufs}


def mood(*, calm: bool) -> dict[str, Any]:
    """Return what is said of a track that is calm, or of one that is not."""
    energy, rest = (-0.6, 0.9) if calm else (0.6, 0.1)
    told = {"arousal": energy, "relaxed": rest, "aggressive": 1 - rest}
    return {"mood": told, "bpm": 80 if calm else 150} | loud(-20 if calm else -8)


def structured(bpm: str, bar: float, phrases: Sequence[float]) -> str:
    """Return the structure of a track, as Luau: its tempo, given as Luau, its first bar, and where phrases begin."""
    grid = {"times": [0], "downbeats": [bar, bar + 2]}
    parts = [{"start": start} for start in phrases]
    return luau({"bpm": Luau(bpm), "beat_grid": grid, "phrases": parts})


def scenes(operation: Operation) -> Iterator[Case]:
    """Yield the analysis at work; nothing where the module has none, which is where it has no radio."""
    case = cases_of(operation)
    if operation.radio:
        values = ", ".join(f"{{ {expression} }}" for expression in _EXPECTED)
        yield case("the music analysis", f"{_TRACKS}{_STRUCTURE}return {{ {values} }}", good(operation), _right)


def _right(seen: Observation) -> Iterator[Broken]:
    (values,) = seen.returned
    for (expression, wanted), found in zip(_EXPECTED.items(), values, strict=True):
        value = found[0] if found else None
        if not _is_same(value, wanted):
            yield Broken("analysis-right", f"`{expression}` is {value!r}; it must be {wanted!r}")


def _is_same(value: object, wanted: object) -> bool:
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return math.isclose(value, wanted, abs_tol=1e-9)
    return value == wanted
