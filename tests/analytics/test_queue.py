"""Events wait for their turn; the oldest make room."""

from __future__ import annotations

import pytest

from analytics.conftest import MOST, Events


def test_a_request_holds_as_many_events_as_the_api_takes(events: Events) -> None:
    events.start("track(1, ...) client:flushAnalytics()", 2 * MOST + 1)
    assert [len(batch) for batch in events.batches] == [MOST, MOST, 1]
    assert events.told == [str(number) for number in range(1, 2 * MOST + 2)]


def test_a_full_batch_is_sent_at_once(events: Events) -> None:
    events.start("track(1, ...) task.wait(1)", MOST - 1)
    assert events.requests == []
    events.start("track(0) task.wait(1)")
    assert [len(batch) for batch in events.batches] == [MOST]


@pytest.mark.breaks_contract
def test_a_full_queue_drops_the_oldest(events: Events) -> None:
    events.reply = 429
    events.start("track(1, ...)", 10 * MOST)
    assert events.counts == {"queued": 10 * MOST}
    events.start("track(...)", 10 * MOST + 1)
    assert events.counts == {"queued": 10 * MOST, "dropped": 1}
    # What comes back into a queue that has filled up meanwhile is the oldest.
    events.start("task.wait(1) track(0, 2)")
    assert events.counts == {"queued": 10 * MOST, "dropped": 4}
    events.reply = 202
    events.start("task.wait(4000)")
    assert events.counts == {"sent": 10 * MOST, "dropped": 4}
    assert events.told[-10 * MOST :] == [*(str(number) for number in range(5, 10 * MOST + 2)), "0", "1", "2"]
