"""When events are sent, and what becomes of them when that fails: none is ever counted twice."""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import pairwise
from typing import Any

import httpx
import pytest

from analytics.conftest import MOST, Answer, Events
from roblox_double import ScriptTree
from support.game import KEY


def slow(seconds: float, status: int = 202) -> httpx.Response:
    return httpx.Response(status, extensions={"virtual_seconds": seconds})


def test_events_are_sent_together_after_half_a_minute(events: Events) -> None:
    events.start("track(1) task.wait(10) track(2, 3) task.wait(19.9)")
    assert events.requests == []
    events.start("task.wait(0.2)")
    assert events.told == ["1", "2", "3"]
    assert events.counts == {"sent": 3}
    events.start("task.wait(1000)")
    assert len(events.requests) == 1


def test_the_next_batch_comes_half_a_minute_after_its_first_event(events: Events) -> None:
    events.start("track(1) task.wait(31) track(2) task.wait(29)")
    assert events.told == ["1"]
    events.start("task.wait(1.2)")
    assert events.told == ["1", "2"]


def test_flush_sends_now_and_says_what_came_of_it(events: Events) -> None:
    assert events.start("track(1) return client:flushAnalytics()") == [True, None]
    assert events.told == ["1"]
    assert events.start("return client:flushAnalytics()") == [True, None]
    events.reply = 500
    assert events.start("track(2) local done, err = client:flushAnalytics() return done, err.kind, err.operation") == [
        False,
        "server_error",
        "events",
    ]


def test_two_who_flush_at_once_send_each_event_once(events: Events) -> None:
    events.reply = lambda _: slow(2)
    done = events.start(
        """
        track(1, 3)
        local done = {}
        for place = 1, 3 do
            task.spawn(function()
                client:flushAnalytics()
                table.insert(done, place)
            end)
        end
        task.wait(0.5)
        track(4)
        task.wait(6)
        return done
        """
    )[0]
    assert sorted(done) == [1, 2, 3]
    assert events.told == ["1", "2", "3"]
    events.start("task.wait(40)")
    assert events.told == ["1", "2", "3", "4"]


def test_what_is_on_its_way_counts_as_waiting(events: Events) -> None:
    events.reply = lambda _: slow(5)
    events.start("track(1, 2) task.spawn(client.flushAnalytics, client) task.wait(1)")
    assert len(events.requests) == 1
    assert events.counts == {"queued": 2}


FAILURES = {
    "rate limited": (429, "queued"),
    "no such key": (401, "queued"),
    "forbidden": (403, "queued"),
    "refused": (400, "rejected"),
    "too large": (413, "rejected"),
    "failed": (500, "lost"),
    "unavailable": (503, "lost"),
    "request timeout": (408, "lost"),
    "no connection": (httpx.ConnectError("no"), "lost"),
    "no reply": (httpx.ReadTimeout("no"), "lost"),
}


@pytest.mark.breaks_contract
@pytest.mark.parametrize(("reply", "counted"), FAILURES.values(), ids=FAILURES)
def test_what_may_have_arrived_is_never_sent_again(events: Events, reply: int | Exception, counted: str) -> None:
    events.reply = reply
    assert events.start("track(1) local done, err = client:flushAnalytics() return done, err ~= nil") == [False, True]
    assert events.counts == {counted: 1}
    events.reply = 202
    events.start("task.wait(3600)")
    assert events.counts == ({"sent": 1} if counted == "queued" else {counted: 1})
    assert len(events.requests) == (2 if counted == "queued" else 1)


def test_what_did_not_leave_is_sent_later(events: Events) -> None:
    found = events.run(
        f"""
        local client = AudioScapeClient.new({{
            apiKey = "{KEY}",
            analytics = true,
            budget = AudioScapeClient.newBudget(1),
            deadline = 1,
        }})
        local function flush(id)
            client:track({{ type = "play", asset_id = id }})
            local _, err = client:flushAnalytics()
            return err and err.kind, client:stats().analytics.queued
        end
        flush(1)
        local kind, queued = flush(2)
        task.wait(300)
        return kind, queued, client:stats().analytics.queued
        """
    )
    assert found == ["budget_exceeded", 1, 0]
    assert events.told == ["1", "2"]


@pytest.mark.breaks_contract
def test_pauses_after_failures_grow_and_differ(events: Events) -> None:
    events.reply = 401
    events.start("track(1) task.wait(6 * 3600)")
    pauses = [later - earlier for earlier, later in pairwise(events.times)]
    for number, pause in enumerate(pauses):
        assert 0.5 * min(30 * 2**number, 600) <= pause <= 1.5 * min(30 * 2**number, 600) + 1
    assert len(pauses) > 10
    assert max(pauses[5:]) - min(pauses[5:]) > 60


@pytest.mark.breaks_contract
@pytest.mark.parametrize(("asked", "hears"), [(2000, 2000), (99999999, 3600)], ids=["then", "not for years"])
def test_a_server_that_says_when_is_asked_then(events: Events, asked: int, hears: int) -> None:
    events.reply = lambda _: httpx.Response(429, headers={"retry-after": str(asked)})
    events.start("track(1) client:flushAnalytics() task.wait(...)", hears - 10)
    assert len(events.requests) == 1
    events.reply = 202
    events.start("task.wait(60)")
    assert events.counts == {"sent": 1}


@pytest.mark.breaks_contract
@pytest.mark.parametrize(("status", "retry"), [(500, None), (503, None), (429, "3000")])
def test_events_that_fail_stop_no_other_call(events: Events, status: int, retry: str | None) -> None:
    headers = {"retry-after": retry} if retry else None

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/analytics"):
            return httpx.Response(status, headers=headers)
        return httpx.Response(200, json={"tracks": [], "meta": {}})

    events.reply = answer
    found = events.start(
        """
        for id = 1, 12 do
            track(id)
            client:flushAnalytics()
            local result, err = client:similar(id)
            if not result then
                return id, tostring(err)
            end
        end
        return "all"
        """
    )
    assert found == ["all"]


@pytest.mark.breaks_contract
def test_the_place_that_takes_events_is_left_alone_while_it_is_down(events: Events) -> None:
    events.reply = 500
    events.start("for id = 1, 12 do track(id) client:flushAnalytics() end")
    assert len(events.requests) == 5
    assert events.counts == {"lost": 5, "queued": 7}


@pytest.mark.breaks_contract
@pytest.mark.parametrize(("status", "queued"), [(429, 3), (500, 0)])
def test_who_waits_for_the_flush_of_another_hears_that_it_failed(events: Events, status: int, queued: int) -> None:
    events.reply = lambda _: slow(3, status)
    found = events.start(
        """
        track(1, 3)
        task.spawn(client.flushAnalytics, client)
        task.wait(1)
        local done, err = client:flushAnalytics()
        return done, err.status, client:stats().analytics.queued
        """
    )
    assert found == [False, status, queued]
    assert len(events.requests) == 1


@pytest.mark.breaks_contract
def test_what_is_told_while_a_batch_fails_waits_as_well(events: Events) -> None:
    events.reply = 429
    events.start("for id = 1, 40 do track(id) task.wait(30) end")
    for number, (earlier, later) in enumerate(pairwise(events.times)):
        assert later - earlier >= 0.5 * min(30 * 2**number, 600)


@pytest.mark.breaks_contract
def test_success_ends_the_growth_of_pauses(events: Events) -> None:
    events.reply = 401
    events.start("track(1) task.wait(3600)")
    events.reply = 202
    events.start("task.wait(1000)")
    assert events.counts == {"sent": 1}
    events.reply = 401
    events.start("track(2) client:flushAnalytics()")
    before = len(events.requests)
    events.start("task.wait(47)")
    assert len(events.requests) == before + 1


def refusing(*wrong: str) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        ids = {event["asset_id"] for event in json.loads(request.content)["events"]}
        return httpx.Response(400 if ids & set(wrong) else 202, json={"error": "no"})

    return answer


@pytest.mark.cases(2)
@pytest.mark.breaks_contract
@pytest.mark.parametrize(
    "wrong",
    [["1"], ["250"], [str(MOST)], ["7", "8", "400"], [str(1 + 31 * place) for place in range(16)]],
    ids=["first", "middle", "last", "three", "sixteen"],
)
def test_an_event_that_the_api_refuses_costs_only_itself(events: Events, wrong: list[str]) -> None:
    events.reply = refusing(*wrong)
    events.start("track(1, ...) client:flushAnalytics()", 2 * MOST)
    assert events.counts == {"sent": 2 * MOST - len(wrong), "rejected": len(wrong)}
    assert len(events.requests) <= 2 + 20 * len(wrong)


@pytest.mark.breaks_contract
def test_a_batch_of_which_everything_is_refused_costs_few_requests(events: Events) -> None:
    events.reply = 400
    events.start("track(1, ...) client:flushAnalytics()", MOST)
    assert events.counts == {"rejected": MOST}
    assert len(events.requests) == 33


@pytest.mark.breaks_contract
def test_the_search_for_wrong_events_ends(events: Events) -> None:
    wrong = [str(number) for number in range(1, MOST + 1, 2)]
    events.reply = refusing(*wrong)
    events.start("track(1, ...) client:flushAnalytics()", MOST)
    assert len(events.requests) <= 130
    counts = events.counts
    assert counts["sent"] + counts["rejected"] == MOST
    assert counts["rejected"] > len(wrong)


@pytest.mark.breaks_contract
def test_what_was_refused_once_does_not_make_batches_smaller(events: Events) -> None:
    replies = iter([400, 400])
    events.reply = lambda _: httpx.Response(next(replies, 202))
    events.start("track(1, 2) client:flushAnalytics() track(3, 102) client:flushAnalytics()")
    assert [len(batch) for batch in events.batches] == [2, 1, 1, 100]
    assert events.counts == {"sent": 101, "rejected": 1}


@pytest.mark.breaks_contract
def test_halves_that_cannot_be_sent_wait_again(events: Events) -> None:
    replies = iter([400, 429])
    events.reply = lambda _: httpx.Response(next(replies, 202))
    events.start("track(1, 4) client:flushAnalytics()")
    assert events.counts == {"queued": 4}
    events.start("task.wait(3600)")
    assert events.counts == {"sent": 4}
    assert sorted(events.told[6:]) == ["1", "2", "3", "4"]


@pytest.mark.breaks_contract
def test_an_api_that_is_not_there_is_not_asked_again_and_again(events: Events) -> None:
    events.reply = 404
    events.start("track(1, ...) client:flushAnalytics() task.wait(600)", MOST)
    assert len(events.requests) <= 6
    assert events.counts == {"queued": MOST}


def test_flush_ends_though_a_hook_tells_more(events: Events) -> None:
    events.start(
        """
        client = AudioScapeClient.new({
            apiKey = "hook-key-1234",
            analytics = true,
            onResponse = function() shared.hooked:track({ type = "play", asset_id = 9 }) end,
        })
        shared.hooked = client
        track(1, 2)
        client:flushAnalytics()
        """
    )
    assert [len(batch) for batch in events.batches] == [2]


def test_long_events_are_sent_in_shorter_batches(events: Events) -> None:
    events.start('for _ = 1, 12 do client:track({ type = string.rep("x", 90000) }) end client:flushAnalytics()')
    assert [len(batch) for batch in events.batches] == [5, 5, 2]
    assert max(len(request.content) for request in events.requests) < 500_000
    events.start('client:track({ type = string.rep("x", 600000) }) track(1) client:flushAnalytics()')
    assert [len(batch) for batch in events.batches[3:]] == [1, 1]


def test_the_end_of_the_server_sends_what_waits(events: Events) -> None:
    events.start("track(1, 3)")
    assert events.universe.close_server(events.server) < 2
    assert events.told == ["1", "2", "3"]


@pytest.mark.parametrize("seconds", [0.1, 3, 9])
def test_what_other_scripts_tell_as_they_end_is_sent_too(events: Events, seconds: float) -> None:
    events.start(
        "track(1) local seconds = ... game:BindToClose(function() task.wait(seconds) track(2) task.wait(2) end)",
        seconds,
    )
    assert events.universe.close_server(events.server) < seconds + 4
    assert events.told == ["1", "2"]


@pytest.mark.breaks_contract
def test_the_end_of_the_server_waits_for_no_pause(events: Events) -> None:
    events.reply = 429
    events.start("track(1) client:flushAnalytics()")
    events.reply = 202
    assert events.universe.close_server(events.server) < 15
    assert events.told == ["1", "1"]


@pytest.mark.breaks_contract
def test_the_end_of_the_server_is_never_held_up(events: Events) -> None:
    events.reply = lambda _: slow(1000)
    events.start("track(1)")
    assert events.universe.close_server(events.server) <= 27
    assert len(events.requests) == 1


@pytest.mark.breaks_contract
def test_the_end_of_the_server_does_not_repeat_what_may_have_arrived(events: Events) -> None:
    events.reply = 500
    events.start("track(1, 2)")
    events.universe.close_server(events.server)
    assert events.told == ["1", "2"]


RADIO = """
local sound = Instance.new("Sound")
sound.Parent = game:GetService("SoundService")
client:radio(sound, { analytics = true }):start("7")
task.wait(...)
"""


def plays(events: Events) -> list[tuple[str, str, float]]:
    """Let the API find tracks for radios; return what they told as the server closed."""
    events.universe.close_server(events.server)
    batches = [json.loads(request.content)["events"] for request in events.requests if request.method == "POST"]
    return [(event["type"], event["asset_id"], event.get("duration", 0)) for batch in batches for event in batch]


def finds_tracks(request: httpx.Request) -> httpx.Response:
    page: dict[str, Any] = {"tracks": [{"asset_id": str(number)} for number in range(20, 60)], "meta": {}}
    return httpx.Response(200, json=page) if request.method == "GET" else httpx.Response(202)


@pytest.mark.parametrize("seconds", [12, 45])
def test_the_end_of_the_server_stops_the_track_that_plays(events: Events, seconds: float) -> None:
    events.reply = finds_tracks
    events.start(RADIO, seconds)
    told = plays(events)
    assert [entry[:2] for entry in told] == [("play", "7"), ("stop", "7")]
    assert told[1][2] == pytest.approx(seconds, abs=1)


def test_the_end_of_the_server_stops_nothing_that_was_stopped(events: Events) -> None:
    events.reply = finds_tracks
    events.start(RADIO.replace("client:radio", "local radio = client:radio").replace("):start", ") radio:start"), 5)
    events.start(
        f"{RADIO} local radio = client:radio(Instance.new('Sound'), {{ analytics = true }}) radio:destroy()", 0
    )
    assert [entry[0] for entry in plays(events)].count("stop") == 2


def test_clients_share_events_with_their_copies_only(events: Events) -> None:
    events.run(
        f"""
        local one = AudioScapeClient.new({{ apiKey = "{KEY}", analytics = true }})
        local two = AudioScapeClient.new({{ apiKey = "other-key-1234", analytics = true }})
        one:track({{ type = "play", asset_id = 1 }})
        one:withOptions({{ timeout = 5 }}):track({{ type = "play", asset_id = 2 }})
        two:track({{ type = "play", asset_id = 3 }})
        task.wait(40)
        """
    )
    keys = [request.headers["x-api-key"] for request in events.requests]
    assert dict(zip(keys, [[e["asset_id"] for e in batch] for batch in events.batches], strict=True)) == {
        KEY: ["1", "2"],
        "other-key-1234": ["3"],
    }


def test_a_radio_needs_a_client_that_sends_events(events: Events) -> None:
    script = """
    local own = ...
    local client = if own then client else client_without
    local sound = Instance.new("Sound")
    local done, problem = pcall(client.radio, client, sound, { analytics = true })
    return done, if done then "" else problem
    """
    without = f'local client_without = AudioScapeClient.new("{KEY}") '
    assert events.start(without + script, True) == [True, ""]
    [done, problem] = events.start(without + script, False)
    assert done is False
    assert "`analytics` needs a client that sends events. Turn them on with AudioScapeClient.new({ analytics" in problem


def test_a_radio_of_such_a_client_sends_what_is_heard(events: Events) -> None:
    page: dict[str, Any] = {"tracks": [{"asset_id": str(number)} for number in range(20, 60)], "meta": {}}
    events.reply = lambda request: httpx.Response(200, json=page) if request.method == "GET" else httpx.Response(202)
    now = events.start(
        """
        local sound = Instance.new("Sound")
        sound.Parent = game:GetService("SoundService")
        local radio = client:radio(sound, { analytics = true })
        local now = os.time()
        radio:start("7")
        task.wait(20)
        radio:skip()
        task.wait(5)
        radio:destroy()
        client:flushAnalytics()
        return now
        """
    )[0]
    [request] = [request for request in events.requests if request.method == "POST"]
    told = json.loads(request.content)["events"]
    assert [(event["type"], event["asset_id"]) for event in told] == [
        ("play", "7"),
        ("skip", "7"),
        ("play", told[2]["asset_id"]),
        ("stop", told[2]["asset_id"]),
    ]
    assert [event["duration"] for event in told if event["type"] != "play"] == pytest.approx([20, 5], abs=1)
    assert [round(event["timestamp"] - now) for event in told] == [0, 20, 20, 25]


MOUNTED = """
local client = shared.client
{body}
task.wait(1)
script:Destroy()
"""


def mount(events: Events, body: str) -> None:
    source = MOUNTED.replace("{body}", body)
    events.server.mount(ScriptTree(name="Other", class_name="Script", source=source), "ServerScriptService")


def test_a_script_that_ends_takes_no_events_with_it(events: Events) -> None:
    events.start()
    mount(events, 'client:track({ type = "play", asset_id = 1 })')
    events.start("task.wait(60) track(2) task.wait(31)")
    assert events.told == ["1", "2"]


def test_a_script_that_ends_while_its_batch_is_on_its_way(events: Events) -> None:
    events.reply = lambda _: slow(9)
    events.start()
    mount(events, 'client:track({ type = "play", asset_id = 1 }) task.spawn(client.flushAnalytics, client)')
    events.start("task.wait(20) track(2) task.wait(120)")
    assert events.told == ["1", "2"]
    assert events.counts == {"lost": 1, "sent": 1}


@pytest.mark.parametrize("seconds", [11, 100])
def test_the_end_of_the_server_is_heard_though_who_told_first_is_gone(events: Events, seconds: float) -> None:
    events.start()
    mount(events, 'client:track({ type = "play", asset_id = 1 })')
    events.start("task.wait(...) track(2) task.wait(1)", seconds)
    events.universe.close_server(events.server)
    assert events.told == ["1", "2"]


def test_a_script_that_lives_is_asked_once_to_see_to_the_end(events: Events) -> None:
    found = events.run(
        f"""
        local Client = require(game:GetService("ServerScriptService").AudioScapeClient.Client)
        local Engine = require(game:GetService("ServerScriptService").AudioScapeClient.Engine)
        local parts = {{ analytics = require(
            game:GetService("ServerScriptService").AudioScapeClient.analytics.Analytics).new }}
        local engine, count = table.clone(Engine.fromGame()), 0
        engine.bindToClose = function() count += 1 end
        local client = Client.new({{ apiKey = "{KEY}", analytics = true }}, engine, 1, parts)
        for id = 1, 20 do
            client:track({{ type = "play", asset_id = id }})
            task.wait(7)
        end
        return count
        """,
        limit=1000,
    )
    assert found == [1]


@pytest.mark.breaks_contract
def test_a_script_that_ends_amid_the_search_for_a_wrong_event(events: Events) -> None:
    events.reply = lambda request: slow(5, 400 if len(json.loads(request.content)["events"]) > 1 else 202)
    events.start()
    body = (
        'for id = 1, 8 do client:track({ type = "play", asset_id = id }) end task.spawn(client.flushAnalytics, client)'
    )
    mount(events, f"{body} task.wait(6)")
    events.start("task.wait(8)")
    assert events.counts == {"queued": 8}
    events.reply = 202
    events.start("task.wait(600) track(9) task.wait(60)")
    assert events.counts == {"lost": 4, "sent": 5}


@pytest.mark.breaks_contract
@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_no_event_is_counted_twice(events: Events, seed: int) -> None:
    chance = random.Random(seed)
    taken: Counter[str] = Counter()

    def answer(request: httpx.Request) -> httpx.Response:
        fate = chance.choice(["taken", "taken and lost", "500", "429", "timeout", "slow"])
        if fate in ("taken", "taken and lost", "slow", "500"):
            taken.update(event["asset_id"] for event in json.loads(request.content)["events"])
        if fate == "timeout":
            raise httpx.ReadTimeout("no")
        if fate == "taken and lost":
            return slow(100)
        return slow(7, 202) if fate == "slow" else httpx.Response({"500": 500, "429": 429}.get(fate, 202))

    events.reply = answer
    events.start(
        """
        local id = 0
        for _ = 1, 40 do
            for _ = 1, 3 do
                id += 1
                track(id)
            end
            task.wait(60)
        end
        task.wait(3600)
        """
    )
    counts = events.counts
    assert max(taken.values()) == 1
    assert sum(counts.values()) == 120
    assert counts["sent"] <= taken.total() <= counts["sent"] + counts["lost"]


# A request that ends long after anybody can have waited for it, since the whole server stood still.
STANDS_STILL = """
local root = game:GetService("ServerScriptService").AudioScapeClient
local Analytics, Errors = require(root.analytics.Analytics), require(root.errors.Errors)
local operation = require(root.generated.Operations)[require(root.generated.Api).analytics.operation]
local late, refuses = ...
local bodies = {}
local analytics
analytics = Analytics.new(require(root.Engine).fromGame(), operation, function(body)
	table.insert(bodies, select(2, string.gsub(body, "play", "")))
	if #bodies == late then
		task.wait(100)
	end
	return if refuses then Errors.new("bad_request", { operation = "events", status = 400, said = "no" }) else nil
end, 10)
for id = 1, 2 do
	analytics:track({ type = "play", asset_id = id })
end
task.spawn(analytics.flush, analytics)
task.wait(50)
analytics:track({ type = "play", asset_id = 3 })
analytics:flush()
task.wait(200)
local counts = analytics:counts()
return table.concat(bodies, " "), counts.sent, counts.rejected, counts.lost, counts.queued
"""


@pytest.mark.parametrize(
    ("late", "refuses", "told"),
    [
        (1, False, ["2 1", 1, 0, 2, 0]),
        (1, True, ["2 1", 0, 1, 2, 0]),
        (2, True, ["2 1 1 1", 0, 2, 1, 0]),
        (3, True, ["2 1 1 1 1", 0, 2, 1, 0]),
    ],
)
def test_who_comes_back_after_all_has_nothing_to_say(events: Events, late: int, refuses: bool, told: list[Any]) -> None:
    assert events.run(STANDS_STILL, late, refuses, limit=3600) == told
