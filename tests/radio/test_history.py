"""What was played keeps what from coming again."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import Peer
from support.radio import run

FORBIDS = """
local size, spacing, played, candidate = ...
local history = load("History").new(size, spacing)
for _, track in played do
	history:push(track)
end
return history:forbids(candidate)
"""


def track(number: int, artist: str | None = None, name: str | None = None) -> dict[str, Any]:
    return {"asset_id": str(number), "artist": artist, "name": name}


@pytest.mark.parametrize(
    ("played", "candidate", "forbidden"),
    [
        ([], track(1), False),
        ([track(1)], track(1), True),
        ([track(1), track(2), track(3), track(4)], track(1), True),
        # Five are remembered, and the first of six is not among them.
        ([track(n) for n in range(1, 7)], track(1), False),
        ([track(n) for n in range(1, 7)], track(2), True),
        ([track(1, artist="A")], track(2, artist="A"), True),
        ([track(1, artist="A"), track(2), track(3)], track(4, artist="A"), False),
        ([track(1, artist="A"), track(2)], track(4, artist="A"), True),
        ([track(1, artist="")], track(2, artist=""), False),
        ([track(1, name="Sun"), track(2), track(3)], track(4, name="Sun (Remix)"), True),
        ([track(1, name="Sun"), *[track(n) for n in range(2, 7)]], track(8, name="Sun (Remix)"), False),
    ],
)
def test_forbidden_tracks(server: Peer, played: list[Any], candidate: dict[str, Any], forbidden: bool) -> None:
    assert run(server, FORBIDS, 5, 2, played, candidate) == [forbidden]


def test_what_is_forgotten_takes_no_memory(server: Peer) -> None:
    source = """
        local history = load("History").new(10, 3)
        local function push(first, last)
            for number = first, last do
                history:push({ asset_id = tostring(number), artist = "artist " .. number, name = "name " .. number })
            end
        end
        -- Between two collections there is garbage, too: the least that is seen while they come round is what is held.
        local function held()
            local least = math.huge
            for _ = 1, 50000 do
                local _ = table.create(16, 0)
                least = math.min(least, gcinfo())
            end
            return least
        end
        push(1, 100)
        local before = held()
        push(101, 8000)
        return #history:list(), held() - before
    """
    size, kilobytes = run(server, source)
    assert size == 10
    assert kilobytes < 100


def test_what_came_again_is_not_forgotten_with_its_first_time(server: Peer) -> None:
    source = """
        local history = load("History").new(2, 5)
        local function track(id, name, artist) return { asset_id = id, name = name, artist = artist } end
        history:push(track("1", "Song", "Artist"))
        history:push(track("1", "Song", "Artist"))
        history:push(track("2"))
        return history:age("1"), history:forbids(track("3", "Song")), history:forbids(track("3", nil, "Artist"))
    """
    assert run(server, source) == [2, True, True]


def test_the_only_track_can_be_dropped(server: Peer) -> None:
    source = """
    local history = load("History").new(2, 1)
    history:push({ asset_id = "1" })
    history:drop()
    return #history:list()
    """
    assert run(server, source) == [0]


def test_a_track_that_was_never_heard_takes_no_place(server: Peer) -> None:
    found = run(
        server,
        """
        local history = load("History").new(2, 1)
        history:drop()
        for _, id in { "1", "2", "3" } do
            history:push({ asset_id = id, name = "Song " .. id, artist = "Artist " .. id })
        end
        history:drop()
        history:push({ asset_id = "4" })
        return history:age("4"), history:age("2"), history:age("3") or 0,
            history:forbids({ asset_id = "5", name = "song 3" }), history:forbids({ asset_id = "5", name = "song 2" })
        """,
    )
    assert found == [1, 2, 0, False, True]


BACK = """
local played, isLatestCurrent = ...
local history = load("History").new(50, 1)
for _, id in played do
	history:push({ asset_id = id })
end
local track = history:back(isLatestCurrent)
local ids = {}
for _, left in history:list() do
	table.insert(ids, left.asset_id)
end
return track and track.asset_id, table.concat(ids, " "), history:age("1") or 0
"""


@pytest.mark.parametrize(
    ("played", "current", "expected"),
    [
        ("1 2 3", True, ["2", "1", 1]),
        ("1 2 3", False, ["3", "2 1", 2]),
        ("1 2", True, ["1", "", 0]),
        ("1", True, [None, "1", 1]),
        ("", False, [None, "", 0]),
    ],
)
def test_going_back(server: Peer, played: str, current: bool, expected: list[Any]) -> None:
    assert run(server, BACK, played.split(), current) == expected
