"""The choice among known tracks."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import Peer
from support.radio import run

PICK = """
local how, strategy, candidates, played, dead, current, seed = ...
local history = load("History").new(50, 3)
for _, track in played do
	history:push(track)
end
local number = 0
local complaints = {}
local choice = load("picker")[how](candidates, {
	history = history,
	isBlocked = function(id)
		return table.find(dead, id) ~= nil
	end,
	strategy = strategy,
	context = {
		current = current,
		seed = seed,
		random = function()
			number = (number * 16807 + 12345) % 2147483647
			return number / 2147483647
		end,
	},
	complain = function(said)
		table.insert(complaints, said)
	end,
})
return choice and choice.asset_id
"""


def track(number: int, **fields: Any) -> dict[str, Any]:
    return {"asset_id": str(number), **fields}


def pick(
    server: Peer,
    candidates: list[dict[str, Any]],
    *,
    how: str = "best",
    strategy: str = "nearest",
    played: tuple[dict[str, Any], ...] = (),
    dead: tuple[str, ...] = (),
    current: dict[str, Any] | None = None,
    seed: dict[str, Any] | None = None,
) -> str | None:
    return run(server, PICK, how, strategy, candidates, list(played), list(dead), current, seed)[0]


NEIGHBOURS = [track(1, score=0.5), track(2, score=0.9), track(3, score=0.9, artist="A"), track(4)]


@pytest.mark.parametrize(
    ("played", "dead", "expected"),
    [
        ((), (), "2"),
        ((track(2),), (), "3"),
        ((), ("2",), "3"),
        ((track(2), track(9, artist="A")), (), "1"),
        ((track(2), track(3), track(1)), (), "4"),
        ((track(2), track(3), track(1), track(4)), (), None),
        ((), ("1", "2", "3", "4"), None),
    ],
)
def test_nearest_takes_the_best_that_may_come(
    server: Peer, played: tuple[dict[str, Any], ...], dead: tuple[str, ...], expected: str | None
) -> None:
    assert pick(server, NEIGHBOURS, played=played, dead=dead) == expected


def test_smooth_takes_what_goes_with_the_current_track(server: Peer) -> None:
    current = track(9, bpm=120, key="C", scale="major", mood={"arousal": 0.2}, loudness_lufs=-14)
    candidates = [
        track(1, score=0.99, bpm=171, key="F#", scale="major", mood={"arousal": -0.9}, loudness_lufs=-30),
        track(2, score=0.80, bpm=60, key="A", scale="minor", mood={"arousal": 0.25}, loudness_lufs=-14),
        track(3, score=0.90),
    ]
    assert pick(server, candidates, strategy="smooth", current=current) == "2"
    assert pick(server, candidates, strategy="smooth") == "1"


def test_explore_is_kept_near_the_seed_and_repeatable(server: Peer) -> None:
    near = [track(n, mood={"arousal": 0.9}, key="C", bpm=100, loudness_lufs=-10) for n in range(1, 20)]
    far = [track(n, mood={"arousal": -0.9}, key="F#", bpm=115, loudness_lufs=-30) for n in range(20, 40)]
    seed = track(50, mood={"arousal": 0.9}, key="C", bpm=100, loudness_lufs=-10)
    first = pick(server, far + near, strategy="explore", seed=seed)
    assert first == pick(server, far + near, strategy="explore", seed=seed)
    assert first in {one["asset_id"] for one in near}
    assert pick(server, near, strategy="explore") is not None


def test_a_strategy_without_a_score_takes_the_nearest(server: Peer) -> None:
    assert pick(server, NEIGHBOURS, strategy="shortest") == pick(server, NEIGHBOURS) == "2"


@pytest.mark.parametrize(
    ("played", "dead", "expected"),
    [
        ("1 2 3", (), "4"),
        ("4 3 1 2", (), "4"),
        ("4 3 1 2", ("4",), "3"),
        ("1 2 3 4", ("1", "2", "3"), "4"),
        ("2", (), "1"),
        ("", ("1", "2", "3", "4"), None),
    ],
)
def test_least_recent(server: Peer, played: str, dead: tuple[str, ...], expected: str | None) -> None:
    history = tuple(track(int(number)) for number in played.split())
    assert pick(server, NEIGHBOURS, how="leastRecent", played=history, dead=dead) == expected


CUSTOM = """
local strategies = {
	second = function(candidates) return candidates[2] end,
	foreign = function() return { asset_id = "99" } end,
	error = function() error("oh no") end,
	wait = function() task.wait(1) end,
	destroy = function(candidates) table.clear(candidates) return nil end,
}
local complaint
local candidates = { { asset_id = "1" }, { asset_id = "2" }, { asset_id = "3" } }
local history = load("History").new(50, 3)
history:push({ asset_id = "2" })
local choice = load("picker").best(candidates, {
	history = history,
	isBlocked = function() return false end,
	strategy = strategies[...],
	context = { random = math.random },
	complain = function(said) complaint = said end,
})
return choice.asset_id, complaint or ""
"""


@pytest.mark.parametrize(("count", "asked"), [(0, 0), (1, 1), (2, 1)])
def test_a_strategy_of_the_game_is_asked_if_there_is_a_candidate(server: Peer, count: int, asked: int) -> None:
    source = """
    local candidates, asked = {}, 0
    for number = 1, ... do candidates[number] = { asset_id = tostring(number) } end
    load("picker").best(candidates, {
        history = load("History").new(50, 3),
        isBlocked = function() return false end,
        strategy = function(given) asked += 1 return given[1] end,
        context = { random = math.random },
        complain = error,
    })
    return asked
    """
    assert run(server, source, count) == [asked]


@pytest.mark.parametrize(
    ("strategy", "choice", "complaint"),
    [
        ("second", "3", ""),
        ("foreign", "1", "none of the candidates"),
        ("error", "1", "oh no"),
        ("wait", "1", "yielded"),
        ("destroy", "1", "none of the candidates"),
    ],
)
def test_strategies_of_the_game(server: Peer, strategy: str, choice: str, complaint: str) -> None:
    made, said = run(server, CUSTOM, strategy)
    assert made == choice
    assert complaint in said
    assert bool(said) == bool(complaint)
