"""News for listeners: in order, and not too many at once."""

from __future__ import annotations

from roblox_double import Peer
from support.radio import run

OUTBOX = """
local outbox = load("EventQueue").new({ delay = task.delay, spawn = task.spawn })
local heard = {}
local signal = {
	fire = function(_, ...) table.insert(heard, table.concat({ ... }, ",")) end,
	close = function() table.insert(heard, "closed") end,
}
"""


def test_news_are_sent_in_order_with_all_arguments(server: Peer) -> None:
    source = 'outbox:add(signal, 1, 2) outbox:add(signal) outbox:add(signal, "x") local early = #heard outbox:flush()'
    assert run(server, f"{OUTBOX}{source} return early, heard") == [0, ["1,2", "", "x"]]


def test_more_than_a_hundred_wait_for_the_next_frame_and_so_does_the_end(server: Peer) -> None:
    heard = run(
        server,
        OUTBOX
        + """
        for number = 1, 250 do outbox:add(signal, number) end
        outbox:close({ signal })
        outbox:flush()
        local first = #heard
        task.wait()
        local second = #heard
        task.wait(1)
        return first, second, #heard, heard[250], heard[251]
        """,
    )
    assert heard == [100, 200, 251, "250", "closed"]


def test_news_that_listeners_cause_come_after_what_was_there(server: Peer) -> None:
    heard = run(
        server,
        OUTBOX
        + """
        local loud = { fire = function(_, word)
            table.insert(heard, word)
            outbox:add(signal, "caused")
            outbox:flush()
            table.insert(heard, "done")
        end }
        outbox:add(loud, "loud")
        outbox:add(signal, "quiet")
        outbox:flush()
        outbox:close({ signal })
        outbox:flush()
        outbox:flush()
        return heard
        """,
    )
    assert heard == [["loud", "done", "quiet", "caused", "closed"]]
