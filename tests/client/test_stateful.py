"""All policies together in virtual time, under faults, bursts and cancelled callers: what must always hold."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any, cast

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from audioscape_luau.mock import FAULTS, Fault
from audioscape_luau.simulation import World
from support.game import shipped

BUDGET = 6
KEYS = ("key-one-0123456789", "key-two-9876543210")
FRAME = 1 / 60
# Huge bodies only make the search slow; what they do to one call is shown elsewhere.
SOME_FAULTS = [fault for fault in FAULTS if fault.name not in ("big", "deep")]

_SETUP = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local perMinute, keys = ...
_G.clients, _G.threads, _G.done = {}, {}, {}
local budget = AudioScapeClient.newBudget(perMinute)
for _, key in keys do
	table.insert(_G.clients, AudioScapeClient.new({ apiKey = key, budget = budget, breakerFailures = 4 }))
end
"""
_CALL = """
local number, which, id, options = ...
_G.threads[number] = task.spawn(function()
	local began = os.clock()
	local client = _G.clients[which]:withOptions(options)
	local ok, result, err = pcall(client.similar, client, id)
	table.insert(_G.done, {
		number = number, ok = ok, seconds = os.clock() - began, kind = err and err.kind or "none",
		text = tostring(err or result), tracks = result and result.tracks,
		body = err and err.body or "",
	})
end)
"""
_CANCEL = "local thread = _G.threads[(...)] if coroutine.status(thread) == 'suspended' then task.cancel(thread) end"
_DONE = "local done = _G.done _G.done = {} return done"
_STATS = "local all = {} for _, client in _G.clients do table.insert(all, client:stats()) end return all"


def read_naively(body: bytes) -> list[dict[str, Any]] | None:
    """Return the tracks as a client reads them that checks nothing, not even for NaN; None if it gets nowhere."""
    try:
        return json.loads(body)["tracks"]
    except (ValueError, LookupError, TypeError):
        return None


def usable(track: dict[str, Any]) -> dict[str, Any]:
    """Return what a client can do something with: texts and finite numbers."""
    return {
        name: value
        for name, value in track.items()
        if isinstance(value, str) or (isinstance(value, int | float) and math.isfinite(value))
    }


class Traffic(RuleBasedStateMachine):
    """Two clients with a key each, on one server with one small budget."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: Fault | None = None
        self.latency = 0.1
        self.sent: list[tuple[float, float, str, str]] = []  # from, to, key, URL
        self.replies: dict[str, list[list[dict[str, Any]]]] = {}  # by asset, as a naive client reads them
        self.calls: dict[int, tuple[str, float]] = {}  # id and deadline of what has not ended
        self.cancelled: set[int] = set()
        self.number = itertools.count(1)
        self.world = World(shipped(), self._answer)
        self.universe, self.server = self.world.universe, self.world.server
        self.server.run(_SETUP, BUDGET, list(KEYS))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        asset = request.url.params["asset_id"]
        key = request.headers["x-api-key"]
        now = self.universe.now
        limit = cast(float, request.extensions["timeout"]["read"])
        body = {"tracks": [{"asset_id": asset, "bpm": 1.5}], "meta": {"total": 1}, "echo": key}
        reply = httpx.Response(200, content=json.dumps(body), extensions={"virtual_seconds": self.latency})
        seconds = self.latency
        try:
            if self.fault is not None:
                reply = self.fault.apply(reply)
            naive = read_naively(reply.content)
            if naive is not None:
                self.replies.setdefault(asset, []).append(naive)
            seconds = reply.extensions.get("virtual_seconds", 0.05)
        except Exception as error:
            seconds = getattr(error, "seconds", 0.05)
            raise
        finally:
            # `Timeout` takes whole seconds, up to one more than what was left of a call that nobody waits for any more.
            ended = now + (seconds if seconds < limit - 1 else min(seconds, limit) - 1)
            self.sent.append((now, ended, key, str(request.url)))
        return reply

    @rule(fault=st.none() | st.sampled_from(SOME_FAULTS))
    def break_or_mend(self, fault: Fault | None) -> None:
        self.fault = fault

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 9.0, 11.0, math.inf]))
    def change_latency(self, seconds: float) -> None:
        self.latency = seconds

    @rule(
        which=st.sampled_from([1, 2]),
        ids=st.lists(st.sampled_from(["1", "2", "3", "4"]), min_size=1, max_size=6),
        deadline=st.sampled_from([1, 5, 30, 100]),
        timeout=st.sampled_from([2, 10]),
        retries=st.sampled_from([0, 2]),
        cache=st.sampled_from(["use", "bypass", "refresh"]),
    )
    def burst(self, which: int, ids: list[str], **options: Any) -> None:
        options["maxRetries"] = options.pop("retries")
        for asset in ids:
            number = next(self.number)
            self.calls[number] = (asset, float(options["deadline"]))
            self.server.spawn(_CALL, number, which, asset, options)

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.calls)))
        self.server.run(_CANCEL, number)
        self.collect()
        if self.calls.pop(number, None):
            self.cancelled.add(number)

    @rule(seconds=st.sampled_from([0.05, 1.0, 10.0, 61.0, 400.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.universe.advance(seconds)

    @invariant()
    def collect(self) -> None:
        """Every call returns a value by its deadline; a result is the one that was asked for; no key is shown."""
        for item in cast(list[dict[str, Any]], self.server.run(_DONE)[0]):
            assert item["ok"] is True, item
            assert item["number"] not in self.cancelled
            asset, deadline = self.calls.pop(item["number"])
            assert item["seconds"] <= deadline + 2 * FRAME, item
            assert item["kind"] != "internal" or (self.fault and self.fault.kind == "internal") or item["body"] == ""
            if item["kind"] == "none":
                assert self.agrees(asset, item["tracks"]), item
            assert not any(key in f"{item['text']} {item['body']}" for key in KEYS)

    def agrees(self, asset: str, tracks: list[dict[str, Any]]) -> bool:
        """Whether a naive client read a reply for an asset the same, apart from what is no text and no number.

        Replies that only ours can read are other tests' matter.
        """
        if [track["asset_id"] for track in tracks] != [asset]:
            return False
        naive = self.replies.get(asset)
        return naive is None or [usable(track) for track in tracks] in [list(map(usable, read)) for read in naive]

    @invariant()
    def budget_holds(self) -> None:
        starts = [began for began, *_ in self.sent]
        assert all(later - earlier > 60 for earlier, later in zip(starts, starts[BUDGET:], strict=False))

    @invariant()
    def no_equal_requests_at_once(self) -> None:
        for index, (began, _, key, url) in enumerate(self.sent):
            for _, ended, other_key, other_url in self.sent[:index]:
                assert (key, url) != (other_key, other_url) or began >= ended - 2 * FRAME

    @invariant()
    def nothing_is_printed(self) -> None:
        assert self.server.output == []

    def teardown(self) -> None:
        with self.world:
            self.end()

    def end(self) -> None:
        """Let everything come to its end, and count."""
        self.fault = None
        self.latency = 0.1
        self.universe.advance(200)
        self.collect()
        assert self.calls == {}
        stats = cast(list[dict[str, Any]], self.server.run(_STATS)[0])
        for key, counts in zip(KEYS, stats, strict=True):
            assert counts["requests"] == sum(sender == key for _, _, sender, _ in self.sent)


TestTraffic = pytest.mark.breaks_contract(Traffic.TestCase)
TestTraffic.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
