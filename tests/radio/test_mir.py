"""The functions over the music analysis, with fields missing, odd and at their bounds."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roblox_double import Peer
from support.radio import run
from support.sampling import examples

CALL = """
local name, first, second, third = ...
return require(root.music.Mir)[name](first, second, third)
"""


def mir(server: Peer, name: str, *args: object) -> Any:
    return run(server, CALL, name, *args)[0]


@pytest.mark.parametrize(
    ("track", "loudness"),
    [
        ({"loudness_lufs": -14.5}, -14.5),
        ({"loudness_lufs": -math.inf}, None),
        ({"loudness_lufs": math.nan}, None),
        ({"loudness_lufs": "-14"}, None),
        ({"name": "x"}, None),
    ],
)
def test_loudness(server: Peer, track: dict[str, Any], loudness: float | None) -> None:
    assert mir(server, "loudness", track) == loudness


@pytest.mark.parametrize(
    ("track", "target", "ceiling", "decibels"),
    [
        ({"loudness_lufs": -8}, -14, None, -6),
        ({"loudness_lufs": -20}, -14, None, 6),
        ({"loudness_lufs": -20, "true_peak_dbtp": -5}, -14, None, 4),
        ({"loudness_lufs": -20, "true_peak_dbtp": -5}, -14, 0, 5),
        ({"loudness_lufs": -20, "true_peak_dbtp": -30}, -14, None, 6),
        ({"loudness_lufs": -8, "true_peak_dbtp": 1}, -14, None, -6),
        ({"loudness_lufs": -14, "true_peak_dbtp": 1}, -14, None, -2),
        ({"loudness_lufs": -70}, -14, None, 12),
        ({"loudness_lufs": 40}, -14, None, -24),
        ({"loudness_lufs": math.nan}, -14, None, 0),
        ({"loudness_lufs": -20, "true_peak_dbtp": math.nan}, -14, None, 6),
        ({}, -14, None, 0),
        ({"loudness_lufs": -8}, math.nan, None, 0),
    ],
)
def test_gain(server: Peer, track: dict[str, Any], target: float, ceiling: float | None, decibels: float) -> None:
    gain = mir(server, "gain", {"asset_id": "1", **track}, target, ceiling)
    assert 20 * math.log10(gain) == pytest.approx(decibels, abs=1e-9)


@pytest.mark.parametrize(
    ("mood", "energy"),
    [
        ({"arousal": -7}, 0),
        ({"arousal": -1}, 0),
        ({"arousal": 0}, 0.5),
        ({"arousal": 1}, 1),
        ({"arousal": 7}, 1),
        ({"arousal": math.nan}, None),
        ({"happy": 1}, None),
        (None, None),
    ],
)
def test_energy(server: Peer, mood: dict[str, Any] | None, energy: float | None) -> None:
    assert mir(server, "energy", {"asset_id": "1", "mood": mood}) == energy


SPELLINGS = [pair.split("=") for pair in ["B#=C", "C#=Db", "D#=Eb", "E=Fb", "E#=F", "F#=Gb", "G#=Ab", "A#=Bb", "B=Cb"]]


@pytest.mark.parametrize(
    ("left", "right", "fit"),
    [
        ("C major", "C major", 1),
        ("C major", "A minor", 1),
        ("C major", "G major", 5 / 6),
        ("C major", "F major", 5 / 6),
        ("C major", "D minor", 5 / 6),
        ("C major", "F# major", 0),
        ("C major", "Gb major", 0),
        ("F# minor", "A major", 1),
        *((f"{one} major", f"{other} major", 1) for one, other in SPELLINGS),
        *(
            (f"{one} major", f"{other} major", 5 / 6)
            for one, other in pairwise(["C", "G", "D", "A", "E", "B", "F#", "C#", "Ab", "Eb", "Bb", "F", "C"])
        ),
        ("C", "C major", 1),
        ("H major", "C major", None),
        ("", "C major", None),
    ],
)
def test_key_fit(server: Peer, left: str, right: str, fit: float | None) -> None:
    def track(text: str) -> dict[str, Any]:
        key, _, scale = text.partition(" ")
        return {"asset_id": "1", "key": key or None, "scale": scale or None}

    for one, other in ((left, right), (right, left)):
        value = mir(server, "keyFit", track(one), track(other))
        assert value == (None if fit is None else pytest.approx(fit))


@pytest.mark.parametrize(
    ("left", "right", "fit"),
    [
        (120, 120, 1),
        (120, 60, 1),
        (70, 140, 1),
        (50, 200, 1),
        (100, 112, 0),
        (100, 140, 0),
        (100, math.sqrt(1.12) * 100, 0.5),
        (100, math.sqrt(1.12) * 200, 0.5),
        (0, 120, None),
        (math.inf, 120, None),
        (None, 120, None),
        (1e9, 120, None),
        (20, 40, 1),
        (19.9, 39.8, None),
        (400, 200, 1),
        (400.1, 200, None),
    ],
)
def test_tempo_fit(server: Peer, left: float | None, right: float, fit: float | None) -> None:
    for one, other in ((left, right), (right, left)):
        value = mir(server, "tempoFit", {"asset_id": "1", "bpm": one}, {"asset_id": "2", "bpm": other})
        assert value == (None if fit is None else pytest.approx(fit, abs=1e-9))


RANKS = """
local tracks = {}
for index, value in ... do
	tracks[index] = { asset_id = tostring(index), danceability = if value == "none" then nil else value }
end
local ranks = require(root.music.Mir).danceabilityRanks(tracks)
local list = {}
for index, track in tracks do
	list[index] = ranks[track] or "none"
end
return list
"""


@pytest.mark.parametrize(
    ("values", "ranks"),
    [
        ([1, 2, 3], [0, 0.5, 1]),
        ([3, 900, 1], [0.5, 1, 0]),
        ([1, 1, 2], [0.25, 0.25, 1]),
        ([5], [0.5]),
        ([5, "none", 6, math.nan], [0, "none", 1, "none"]),
        ([], []),
    ],
)
def test_danceability_ranks(server: Peer, values: list[Any], ranks: list[Any]) -> None:
    assert run(server, RANKS, values) == [ranks]


def test_genre_shares(server: Peer) -> None:
    predictions = [
        {"label": "House", "score": 0.01},
        {"label": "Techno", "parent": "Electronic", "score": 0.03},
        {"label": "Odd", "score": math.nan},
        {"label": "None"},
        {"label": "Zero", "score": 0},
        {"score": 0.5},
    ]
    assert mir(server, "genreShares", {"asset_id": "1", "genres_detailed": predictions}) == [
        {"label": "Techno", "share": pytest.approx(0.75)},
        {"label": "House", "share": pytest.approx(0.25)},
    ]
    assert mir(server, "genreShares", {"asset_id": "1"}) == []
    alike = [{"label": str(number), "score": 0.1} for number in range(20)]
    shares = mir(server, "genreShares", {"asset_id": "1", "genres_detailed": alike})
    assert sorted(int(entry["label"]) for entry in shares) == list(range(20))


number = st.one_of(st.none(), st.floats(), st.integers(-200, 200))
tracks = st.fixed_dictionaries(
    {
        "asset_id": st.just("1"),
        "bpm": number,
        "key": st.one_of(st.none(), st.sampled_from(["C", "Eb", "F#", "H"])),
        "scale": st.one_of(st.none(), st.sampled_from(["major", "minor"])),
        "mood": st.one_of(st.none(), st.fixed_dictionaries({"arousal": number})),
        "loudness_lufs": number,
        "true_peak_dbtp": number,
    }
)


@examples(100, deadline=None)
@given(left=tracks, right=tracks, target=st.floats())
def test_whatever_the_fields_hold_the_answers_are_in_range(
    server: Peer, left: dict[str, Any], right: dict[str, Any], target: float
) -> None:
    transition = mir(server, "transition", left, right)
    assert 0 <= transition <= 1
    assert transition == pytest.approx(mir(server, "transition", right, left))
    assert 0.06 < mir(server, "gain", left, target) < 4


@pytest.mark.parametrize(
    ("difference", "share"),
    [
        ({"bpm": 100 * 1.12}, 0.3),
        ({"bpm": 100 * math.sqrt(1.12)}, 0.15),
        ({"key": "F#"}, 0.2),
        ({"mood": {"arousal": 1}}, 0.35),
        ({"loudness_lufs": -26}, 0.15),
        ({"loudness_lufs": -50}, 0.15),
        ({"loudness_lufs": -20}, 0.075),
    ],
)
def test_what_differs_costs_its_share(server: Peer, difference: dict[str, Any], share: float) -> None:
    known = {"asset_id": "1", "bpm": 100, "key": "C", "scale": "major", "mood": {"arousal": -1}, "loudness_lufs": -14}
    assert mir(server, "transition", known, known | difference) == pytest.approx(1 - share)


def test_a_perfect_transition_is_one_and_an_unknown_one_a_half(server: Peer) -> None:
    known = {"asset_id": "1", "bpm": 100, "key": "C", "scale": "major", "mood": {"arousal": 0}, "loudness_lufs": -14}
    assert mir(server, "transition", known, known) == pytest.approx(1)
    assert mir(server, "transition", known, {"asset_id": "2"}) == pytest.approx(0.5)


def test_the_module_has_them(server: Peer) -> None:
    assert run(server, "return require(root).Mir == require(root.music.Mir)") == [True]
