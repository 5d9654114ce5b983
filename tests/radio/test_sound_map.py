"""What the map tells of tracks that no page compared, in catalogues in which we know it."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import Any

import pytest

from audioscape_luau.contract.scenes.radio.hidden_sound import HiddenSound
from roblox_double import Peer
from support.radio import run
from support.recorded import expect_recorded

ASK = """
local pages, pairs = ...
local map = load("SoundMap").new()
for _, page in pages do
	map:add(page[1], page[2])
end
local told = {}
for _, pair in pairs do
	local known = map:has(pair[1]) and map:has(pair[2])
	table.insert(told, if known then map:among(pair)(1)[2] else -1)
end
return told
"""
FIGURES = Path(__file__).parent / "sound_map.txt"


type Pages = list[tuple[dict[str, Any] | str, list[dict[str, Any]]]]


def told(server: Peer, pages: Pages, pairs: list[tuple[str, str]]) -> list[float]:
    lists: list[list[Any]] = [
        [anchor if isinstance(anchor, dict) else {"asset_id": anchor}, tracks] for anchor, tracks in pages
    ]
    return list(run(server, ASK, lists, [list(pair) for pair in pairs])[0])


def track(asset_id: str, score: float | None = None, **fields: Any) -> dict[str, Any]:
    return {"asset_id": asset_id, **({} if score is None else {"score": score}), **fields}


def anchors_of(world: HiddenSound, count: int) -> list[int]:
    """Tracks that a radio might go by: each is on the page of the one before."""
    found = [1]
    while len(found) < count:
        page = [int(one["asset_id"]) for one in world.page(found[-1])]
        found.append(next(one for one in page[30:] if one not in found))
    return found


def detour(server: Peer, world: HiddenSound, anchors: list[int], *, analysed: bool = True) -> float:
    """How much farther than the nearest track of two pages the one is that the map takes for it: 1 for no farther."""
    kept = ("asset_id", "score")
    pages: Pages = [
        (
            world.tracks[anchor - 1] if analysed else track(str(anchor)),
            [one if analysed else {name: one[name] for name in kept} for one in world.page(anchor)],
        )
        for anchor in anchors
    ]
    ids = {int(one["asset_id"]) for anchor in anchors[-2:] for one in world.page(anchor)[:50]} - set(anchors)
    pairs = [(a, b) for a in sorted(ids) for b in sorted(ids) if a != b]
    found = told(server, pages, [(str(a), str(b)) for a, b in pairs])
    by_map = dict(zip(pairs, found, strict=True))
    taken = {a: min(ids - {a}, key=lambda b, a=a: by_map[a, b]) for a in ids}
    nearest = sum(min(world.distance(a, b) for b in ids if a != b) for a in ids)
    return sum(world.distance(a, b) for a, b in taken.items()) / nearest


def test_what_a_page_tells_is_told(server: Peer) -> None:
    world = HiddenSound()
    page = world.page(1)
    pairs = [("1", one["asset_id"]) for one in page]
    there = told(server, [("1", page)], pairs)
    assert there == pytest.approx([world.distance(1, int(other)) for _, other in pairs])
    assert told(server, [("1", page)], [(b, a) for a, b in pairs]) == pytest.approx(there)


def test_tracks_of_one_page_go_in_directions_of_their_own(server: Peer) -> None:
    page = [track(str(number), math.exp(-0.3)) for number in range(2, 30)]
    pairs = [(str(a), str(b)) for a in range(2, 30) for b in range(2, a)]
    found = told(server, [("1", page)], pairs)
    assert statistics.mean(one**2 for one in found) == pytest.approx(2 * 0.3**2, rel=0.1)
    assert min(found) > 0.2


WORLDS = [HiddenSound(seed) for seed in range(4)]
DECEIVING = [HiddenSound(seed, telling=False) for seed in range(4)]


def mean_detour(server: Peer, worlds: list[HiddenSound], pages: int = 8, *, analysed: bool = True) -> float:
    return statistics.mean(detour(server, world, anchors_of(world, 8)[-pages:], analysed=analysed) for world in worlds)


@pytest.mark.thorough
def test_pages_that_overlap_tell_more(server: Peer) -> None:
    one, two, all_of_them = (mean_detour(server, WORLDS, pages, analysed=False) for pages in (1, 2, 8))
    assert all_of_them < two < one
    assert all_of_them < 1.8


def test_an_analysis_that_tells_of_the_sound_is_learnt(server: Peer) -> None:
    assert mean_detour(server, WORLDS) < 1.45 < mean_detour(server, WORLDS, analysed=False)


@pytest.mark.thorough
def test_an_analysis_that_tells_nothing_does_little_harm(server: Peer) -> None:
    assert mean_detour(server, DECEIVING) < 1.05 * mean_detour(server, DECEIVING, analysed=False)


def test_what_a_page_lacks_lies_beyond_it(server: Peer) -> None:
    near = [track(str(number), 0.9) for number in range(10, 30)]
    far = [track(str(number), 0.4) for number in range(30, 50)]
    pages: Pages = [("1", [*near, track("2", 0.6)]), ("2", [*far, track("1", 0.6)])]
    # -ln 0.4 is 0.92: no track of the other page was that near.
    assert min(told(server, pages, [("2", one["asset_id"]) for one in near])) >= -math.log(0.4) - 1e-9


def test_the_latest_twelve_pages_are_kept(server: Peer) -> None:
    pages: Pages = [(str(number), [track(str(number * 100), 0.8), track("7", 0.5)]) for number in range(1, 14)]
    found = told(server, pages, [("1", "100"), ("1", "7"), ("2", "200"), ("13", "1300"), ("7", "13")])
    assert found == pytest.approx([-1, -1, -math.log(0.8), -math.log(0.8), -math.log(0.5)])
    twice: Pages = [("1", [track("2", 0.8)]), ("1", [track("3", 0.8)])]
    assert told(server, twice, [("1", "2"), ("1", "3")]) == pytest.approx([-math.log(0.8), -1])


@pytest.mark.parametrize(
    ("fields", "distance"),
    [
        ({}, -math.log(0.8)),
        ({"score": math.nan}, -math.log(0.8)),
        ({"score": -1}, -math.log(0.001)),
        ({"score": 1.2}, 0),
        ({"score": 1, "mood": "calm", "bpm": -1, "key": "H", "danceability": 0, "loudness_lufs": math.nan}, 0),
    ],
)
def test_odd_tracks(server: Peer, fields: dict[str, Any], distance: float) -> None:
    page = [track("2", **fields), track("2", 0.5), track("1", 0.5), track("3", 0.5)]
    pages: Pages = [("1", page), ("4", [track("2", 0.7), track("3", 0.7)])]
    found = told(server, pages, [("1", "2"), ("2", "3"), ("1", "9")])
    assert found[0] == pytest.approx(distance, abs=1e-6)
    assert found[1] >= 0
    assert found[2] == -1
    assert told(server, [("1", [])], [("1", "1")]) == [-1]


def test_without_scores_the_order_tells(server: Peer) -> None:
    page = [track(str(number)) for number in range(2, 6)]
    found = told(server, [("1", page)], [("1", one["asset_id"]) for one in page])
    assert found == pytest.approx([-math.log(share) for share in (0.8, 0.6, 0.4, 0.2)])


def test_what_is_not_on_the_map_is_at_its_origin(server: Peer) -> None:
    ask = """
    local map = load("SoundMap").new()
    map:add({ asset_id = "1" }, { { asset_id = "2", score = 0.5 } })
    local far = map:among({ "1", "2", "9" })
    return far(1)[3], far(2)[3]
    """
    # The page of the first does not have it either.
    assert run(server, ask) == pytest.approx([-math.log(0.5), -math.log(0.5)], abs=1e-6)


@pytest.mark.parametrize("telling", [True, False])
def test_the_same_pages_give_the_same_map(server: Peer, telling: bool) -> None:
    world = HiddenSound(5, size=200, telling=telling)
    anchors = anchors_of(world, 6)
    pages: Pages = [(world.tracks[anchor - 1], world.page(anchor, 40)) for anchor in anchors]
    ids = [one["asset_id"] for anchor in anchors[-2:] for one in world.page(anchor, 40)][::7]
    found = told(server, pages, [(a, b) for a in ids for b in ids if a < b])
    lines = [" ".join(f"{one:.3f}" for one in found[at : at + 12]) for at in range(0, len(found), 12)]
    expect_recorded(FIGURES, "telling" if telling else "telling nothing", "\n".join(lines))
