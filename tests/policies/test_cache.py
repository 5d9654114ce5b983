"""What is remembered, for how long, and what is served while the API fails."""

from __future__ import annotations

from typing import Any

import pytest

from support.policies import Policies

# A step: what passes before it (seconds), the options, what the API would answer, what comes of it.
STORY = """
local limit, steps = ...
local outcome
local send = require(policies.cache)(engine, telemetry, limit, {})(function(call) return follow({ outcome })(call) end)
local seen = {}
for _, step in steps do
	task.wait(step.wait)
	outcome = step.api
	local before = #sent
	local call = newCall(step.key or "a", step.options)
	local about = ending(send(call))
	local how = if #sent > before then "asked" else "remembered"
	table.insert(seen, { how = how, kind = about.kind, n = about.result and about.result.n })
end
return seen, Telemetry.stats(telemetry)
"""
ONE, TWO = {"result": {"n": 1}}, {"result": {"n": 2}}
DOWN = {"err": "server_error", "status": 500}
GONE = {"err": "not_found", "status": 404}
type Step = tuple[float, dict[str, Any], dict[str, Any], tuple[str, str, int | None]]
STORIES: dict[str, list[Step]] = {
    "a hit": [(0, {}, ONE, ("asked", "ok", 1)), (299, {}, TWO, ("remembered", "ok", 1))],
    "too old": [(0, {}, ONE, ("asked", "ok", 1)), (300, {}, TWO, ("asked", "ok", 2))],
    "a life of its own": [
        (0, {}, ONE, ("asked", "ok", 1)),
        (5, {"cacheSeconds": 5}, TWO, ("asked", "ok", 2)),
        (4, {"cacheSeconds": 5}, ONE, ("remembered", "ok", 2)),
    ],
    "bypass neither reads nor writes": [
        (0, {}, ONE, ("asked", "ok", 1)),
        (1, {"cache": "bypass"}, TWO, ("asked", "ok", 2)),
        (1, {}, TWO, ("remembered", "ok", 1)),
        (1, {"cache": "bypass"}, DOWN, ("asked", "server_error", None)),
    ],
    "refresh writes": [
        (0, {}, ONE, ("asked", "ok", 1)),
        (1, {"cache": "refresh"}, TWO, ("asked", "ok", 2)),
        (299, {}, ONE, ("remembered", "ok", 2)),
    ],
    "refresh of what cannot be had": [
        (0, {}, ONE, ("asked", "ok", 1)),
        (1, {"cache": "refresh"}, DOWN, ("asked", "ok", 1)),
    ],
    "stale while the API fails": [
        (0, {}, ONE, ("asked", "ok", 1)),
        (3600, {}, DOWN, ("asked", "ok", 1)),
        (1, {}, DOWN, ("asked", "server_error", None)),
    ],
    "stale does not make it new": [
        (0, {}, ONE, ("asked", "ok", 1)),
        (400, {}, DOWN, ("asked", "ok", 1)),
        (1, {}, TWO, ("asked", "ok", 2)),
    ],
    "stale turned off": [
        (0, {}, ONE, ("asked", "ok", 1)),
        (400, {"cacheStaleSeconds": 0}, DOWN, ("asked", "server_error", None)),
    ],
    "failures that are answers are not covered up": [
        (0, {}, ONE, ("asked", "ok", 1)),
        (400, {}, {"err": "unauthorized", "status": 401}, ("asked", "unauthorized", None)),
        (1, {}, {"err": "bad_request", "status": 400}, ("asked", "bad_request", None)),
        (1, {}, {"err": "http_disabled"}, ("asked", "http_disabled", None)),
    ],
    "all passing failures are": [
        (0, {}, ONE, ("asked", "ok", 1)),
        *[
            (400, {}, {"err": kind}, ("asked", "ok", 1))
            for kind in (
                "timeout",
                "connection",
                "circuit_open",
                "budget_exceeded",
                "rate_paused",
                "engine_limit",
                "not_json",
            )
        ],
    ],
    "an unknown id": [
        (0, {}, GONE, ("asked", "not_found", None)),
        (29, {}, ONE, ("remembered", "not_found", None)),
        (1, {}, ONE, ("asked", "ok", 1)),
    ],
    "an id that is gone is served no more": [
        (0, {}, ONE, ("asked", "ok", 1)),
        (400, {}, GONE, ("asked", "not_found", None)),
        (40, {}, DOWN, ("asked", "server_error", None)),
    ],
    "other failures are forgotten": [(0, {}, DOWN, ("asked", "server_error", None)), (0, {}, ONE, ("asked", "ok", 1))],
}


@pytest.mark.parametrize("steps", STORIES.values(), ids=STORIES.keys())
def test_story(policies: Policies, steps: list[Step]) -> None:
    script = [{"wait": wait, "options": options, "api": api} for wait, options, api, _ in steps]
    seen, stats = policies.run(STORY, 100, script, limit=1e6)
    assert [(item["how"], item["kind"], item.get("n")) for item in seen] == [expected for *_, expected in steps]
    assert stats["hits"] == sum(how == "remembered" for *_, (how, _, _) in steps)
    served = sum(how == "asked" and kind == "ok" and "err" in api for _, _, api, (how, kind, _) in steps)
    assert stats["stale"] == served


def test_calls_with_effects_are_not_remembered(policies: Policies) -> None:
    source = """
local send = require(policies.cache)(engine, telemetry, 10, {})(follow({ {} }))
for _ = 1, 2 do local call = newCall("a") call.key = nil send(call) end
return #sent
"""
    assert policies.run(source) == [2]


def test_a_remembered_error_took_no_attempt(policies: Policies) -> None:
    source = """
local send = require(policies.cache)(engine, telemetry, 10, {})(follow({ { err = "not_found", status = 404 } }))
return ending(send(newCall("a"))).attempts, ending(send(newCall("a"))).attempts
"""
    assert policies.run(source) == [1, 0]


def test_results_weigh_what_their_lists_hold(policies: Policies) -> None:
    source = """
local send = require(policies.cache)(engine, telemetry, 10, {})(function(call)
	table.insert(sent, call.url)
	return answerOf({ tracks = table.create(tonumber(call.url), "t"), meta = {} }), nil
end)
for _, key in { "4", "6", "4", "5", "4", "6", "11", "11" } do send(newCall(key)) end
return sent
"""
    assert policies.run(source) == [["4", "6", "5", "6", "11", "11"]]


def test_an_id_that_is_gone_weighs_one(policies: Policies) -> None:
    source = """
local send = require(policies.cache)(engine, telemetry, 3, {})(follow({ { err = "not_found", status = 404 } }))
for _, key in { "a", "b", "c", "a", "b", "c", "d", "a" } do send(newCall(key)) end
return #sent
"""
    assert policies.run(source) == [5]


def test_a_result_without_lists_weighs_one(policies: Policies) -> None:
    source = """
local send = require(policies.cache)(engine, telemetry, 3, {})(function(call)
	table.insert(sent, call.url)
	return answerOf({ meta = {} }), nil
end)
for _, key in { "a", "b", "c", "a", "b", "c", "d", "a" } do send(newCall(key)) end
return sent
"""
    assert policies.run(source) == [["a", "b", "c", "d", "a"]]


@pytest.mark.parametrize(
    ("key", "mode", "err", "hit"),
    [
        ("u", "use", None, True),
        ("u", "refresh", None, True),
        ("u", "bypass", None, False),
        (None, "use", None, False),
        ("u", "use", "server_error", False),
    ],
)
def test_a_result_that_comes_too_late_is_there_for_the_next_call(
    policies: Policies, key: str | None, mode: str, err: str | None, hit: bool
) -> None:
    source = """
local key, mode, id = ...
local late = {}
local send = require(policies.cache)(engine, telemetry, 10, late)(follow({ {} }))
late[1](newCall(key, { cache = mode }), not id and answerOf({ tracks = {} }) or nil, id and Errors.new(id, {}))
send(newCall("u"))
return #sent == 0
"""
    assert policies.run(source, key, mode, err) == [hit]
