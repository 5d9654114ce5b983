"""What a radio asks of the API and when, what it plays meanwhile, and what the game is told."""

from __future__ import annotations

from typing import Any

import pytest

from support.radio import MakeWorld

# A radio whose pages hold two tracks, and an API that gives one answer after the other, the last one for ever: ids; an
# error, after `!`, and the seconds to wait that the API asks for; or nothing at all (`-`). Each comes after a number of
# seconds if one stands before a colon. `shared.seen` holds what happens, each with the seconds since the start.
ASKING = """
local options, answers = ...
local Errors = require(root.errors.Errors)
radio:destroy()
local chance = options.chance or 0
options.chance = nil
options.random = function() return chance end
options.tracksPerAnchor = 12
api.pageSize = 2
shared.seen = {}
local begun = os.clock()
local function see(text)
    table.insert(shared.seen, `{math.floor(os.clock() - begun)} {text}`)
end
local function reply(answer)
    local wait, rest = string.match(answer, "^(%d+):(.*)$")
    if wait then
        task.wait(tonumber(wait))
        answer = rest
    end
    if answer == "-" then task.wait(1e6) end
    if answer == "throw" then error("on purpose", 0) end
    local id, seconds = string.match(answer, "^!(%S+) ?(%S*)")
    if id then
        return nil, Errors.new(id, { operation = "similar", status = 500, said = "no", retryAfter = tonumber(seconds) })
    end
    local tracks = {}
    for one in string.gmatch(answer, "%S+") do table.insert(tracks, track(tonumber(one))) end
    return { tracks = tracks, meta = {} }, nil
end
api.answer = function(query, _, again)
    local place = if query.offset then `+{query.offset}` else ""
    local genre = if query.filters then ` {query.filters.genres[1]}` else ""
    see(`asks {query.asset_id}{place}{genre}{if again then " anew" else ""}`)
    return reply(if #answers > 1 then table.remove(answers, 1) else answers[1])
end
radio = shared.make(options)
shared.radio = radio
radio.trackChanged:Connect(function(one) see(`plays {one.asset_id}`) end)
radio.failed:Connect(function(err) see(`fails {err.id}`) end)
shared.skip = function(count, seconds)
    for _ = 1, count or 1 do
        radio:skip()
        task.wait(seconds or 1)
    end
end
radio:start(track(1))
task.wait(1)
"""

JAZZ = {"filters": {"genres": ["Jazz"]}}
POP = "radio:setFilters({ genres = { 'Pop' } })"


def seen(world: MakeWorld, options: dict[str, Any], answers: list[str], acts: str, kinds: str) -> list[str]:
    """Return what happened, of all that is one of these kinds."""
    radio = world()
    radio.run(ASKING, options, answers)
    radio.run(f"local skip = shared.skip {acts}")
    return [one for one in radio.run("return shared.seen")[0] if one.split(" ")[1] in kinds.split()]


@pytest.mark.parametrize(
    ("options", "answers", "acts", "happened"),
    [
        pytest.param(
            {},
            ["2 3", "4 5", ""],
            "skip(4)",
            "0 plays 1, 0 asks 1, 1 plays 2, 2 plays 3, 2 asks 1+2, 3 plays 4, 4 plays 5, 4 asks 1+4, 4 asks 5",
            id="a page is asked for when the one before is played, and no more after the last",
        ),
        pytest.param(
            {},
            ["", "", "2 3"],
            "task.wait(130) skip(2)",
            "0 plays 1, 0 asks 1, 0 fails radio_unknown_seed, 63 asks 1 anew, 100 plays 1, 131 plays 1, "
            "131 asks 1 anew, 132 plays 2",
            id="no neighbours may be a mistake, and are asked for again after a minute, past the cache",
        ),
        pytest.param(
            {},
            ["!not_found", "2 3"],
            "task.wait(70) skip(2)",
            "0 plays 1, 0 asks 1, 0 fails radio_unknown_seed, 63 asks 1 anew, 71 plays 2, 72 plays 3, "
            "72 asks 1+4, 72 asks 3",
            id="so may an id that the API does not know",
        ),
        pytest.param(
            {"fallback": ["8", "9"]},
            [""],
            "skip(3)",
            "0 plays 1, 0 asks 1, 0 fails radio_unknown_seed, 1 plays 8, 1 asks 8, 2 plays 9, 2 asks 9, 3 plays 1",
            id="the fallback fills in, and may have neighbours",
        ),
        pytest.param(
            {},
            ["5:2 3", "4 5"],
            "skip(8)",
            "0 plays 1, 0 asks 1, 5 plays 2, 6 plays 3, 6 asks 1+2, 7 plays 4, 8 plays 5, 8 asks 1+4, 8 asks 5",
            id="whoever skips while it asks hears what comes of it",
        ),
        pytest.param(
            {},
            ["3:2 3", "4 5"],
            "radio:queue('50') radio:queue('51') skip(4)",
            "0 plays 1, 0 asks 1, 1 plays 50, 2 plays 51, 2 asks 1, 3 plays 4, 4 plays 5, 4 asks 1+2, 4 asks 5",
            id="a queue goes first, and gives up the request",
        ),
        pytest.param(
            {},
            ["5:2 3", "4 5"],
            "radio:stop() task.wait(100) radio:start('1') task.wait(1) skip(2)",
            "0 plays 1, 0 asks 1, 101 plays 1, 102 plays 2, 103 plays 3, 103 asks 1+2",
            id="what comes after a stop is known later",
        ),
        pytest.param(
            {},
            ["2 3", "101 102"],
            "radio:reseed('100') task.wait(5) skip(2)",
            "0 plays 1, 0 asks 1, 1 asks 100, 6 plays 101, 7 plays 102, 7 asks 100+2",
            id="another seed is asked for at once",
        ),
        pytest.param(
            JAZZ,
            ["2 3", "4 5"],
            "skip(3)",
            "0 plays 1, 0 asks 1 Jazz, 1 plays 2, 2 plays 3, 2 asks 1+2 Jazz, 3 plays 4",
            id="filters",
        ),
        pytest.param(
            JAZZ,
            ["", "5 6"],
            "skip(3)",
            "0 plays 1, 0 asks 1 Jazz, 0 asks 1, 1 plays 5, 1 asks 5 Jazz, 2 plays 6, 3 plays 1",
            id="what does not pass the filters is better than nothing",
        ),
        pytest.param(
            JAZZ,
            ["", "", "5"],
            "task.wait(70) skip(3)",
            "0 plays 1, 0 asks 1 Jazz, 0 asks 1, 0 fails radio_unknown_seed, 63 asks 1 Jazz anew, "
            "71 plays 5, 72 plays 1, 73 plays 5",
            id="filters that leave nothing where nothing is",
        ),
        pytest.param(
            JAZZ,
            ["3:2 3", "5 6"],
            f"{POP} task.wait(5) skip(2)",
            "0 plays 1, 0 asks 1 Jazz, 1 asks 1 Pop, 6 plays 5, 7 plays 6, 7 asks 1+2 Pop, 7 asks 1",
            id="other filters while it asks make the reply worthless",
        ),
        pytest.param(
            JAZZ,
            ["", "3:5 6", "7 8"],
            f"{POP} task.wait(5) skip(2)",
            "0 plays 1, 0 asks 1 Jazz, 0 asks 1, 1 asks 1 Pop, 6 plays 7, 7 plays 8, 7 asks 1+2 Pop",
            id="other filters while it asks without any",
        ),
        pytest.param(
            JAZZ,
            ["2 3", "5 6"],
            "radio:setFilters() task.wait(5) skip(2)",
            "0 plays 1, 0 asks 1 Jazz, 1 asks 1, 6 plays 5, 7 plays 6, 7 asks 1+2, 7 asks 6",
            id="without the filters nothing is known any more",
        ),
        *(
            pytest.param(JAZZ, ["5:"], f"radio:{call}() task.wait(100)", "0 plays 1, 0 asks 1 Jazz", id=f"after {call}")
            for call in ("stop", "destroy")
        ),
    ],
)
def test_what_is_asked_for_and_played(
    world: MakeWorld, options: dict[str, Any], answers: list[str], acts: str, happened: str
) -> None:
    assert ", ".join(seen(world, options, answers, acts, "asks plays fails")) == happened


@pytest.mark.parametrize(
    ("chance", "answers", "acts", "happened"),
    [
        pytest.param(
            0,
            ["!server_error"],
            "skip(40, 10)",
            # Not before 15, 60 and 120 seconds, when the track changes.
            "0 asks 1, 0 fails server_error, 21 asks 1, 21 fails server_error, 91 asks 1, 91 fails server_error, "
            "221 asks 8, 221 fails server_error, 351 asks 8, 351 fails server_error",
            id="failures in a row make the pause longer",
        ),
        pytest.param(
            0.5,
            ["!server_error"],
            "skip(30)",
            "0 asks 1, 0 fails server_error, 19 asks 8, 19 fails server_error",
            id="chance makes it up to half as long again",
        ),
        pytest.param(
            0,
            ["!server_error", "2 3", "!server_error", "4 5"],
            "skip(34)",
            "0 asks 1, 0 fails server_error, 16 asks 8, 18 asks 8+2, 18 fails server_error, 34 asks 8+2",
            id="a reply ends the row",
        ),
        pytest.param(
            0,
            ["!server_error", "!not_found", "!server_error", "4 5"],
            "skip(33)",
            "0 asks 1, 0 fails server_error, 16 asks 8, 16 asks 1, 16 fails server_error, 32 asks 1",
            id="so does an id that the API does not know",
        ),
        pytest.param(
            0,
            ["!rate_limited 40", ""],
            "skip(45)",
            "0 asks 1, 0 fails rate_limited, 41 asks 8, 41 asks 1, 41 fails radio_unknown_seed",
            id="429",
        ),
        pytest.param(
            0,
            ["!rate_limited 2", ""],
            "skip(20)",
            "0 asks 1, 0 fails rate_limited, 16 asks 8, 16 asks 1, 16 fails radio_unknown_seed",
            id="429, a moment",
        ),
        pytest.param(
            0,
            ["throw", ""],
            "skip(20)",
            "0 asks 1, 0 fails radio_internal, 16 asks 8",
            id="a fault of our own",
        ),
        pytest.param(
            0, ["-", "2 3"], "task.wait(90)", "0 asks 1, 60 fails timeout, 75 asks 1", id="no reply in a minute"
        ),
        pytest.param(
            0,
            ["65:2 3", "4 5"],
            "task.wait(66) skip(3)",
            "0 asks 1, 60 fails timeout, 69 asks 1+2",
            id="a late reply is good to know",
        ),
        pytest.param(
            0,
            ["65:2 3", "4 5"],
            "task.wait(66) radio:reseed('100') task.wait(1)",
            "0 asks 1, 60 fails timeout, 67 asks 100",
            id="and ends the pause",
        ),
        pytest.param(
            0,
            ["65:!server_error", "4 5"],
            "task.wait(62) skip(13)",
            "0 asks 1, 60 fails timeout, 75 asks 8",
            id="a late fault is none of its own",
        ),
    ],
)
def test_when_it_asks_again(world: MakeWorld, chance: float, answers: list[str], acts: str, happened: str) -> None:
    options = {"fallback": ["8"], "chance": chance}
    assert ", ".join(seen(world, options, answers, acts, "asks fails")) == happened
