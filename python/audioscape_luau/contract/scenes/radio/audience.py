"""Those who listen: whose reports count, what they vote, and what is told of what they heard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import httpx

from audioscape_luau.contract.case import Broken, Case
from audioscape_luau.contract.scenes.parts import cases_of
from audioscape_luau.contract.scenes.radio.ring import FIRST, LENGTH, Ring, listened
from audioscape_luau.contract.subject import Answer, Observation
from audioscape_luau.openapi import ApiModel, Operation
from audioscape_luau.openapi.model import Analytics

_PLAYERS = """
local Players = game:GetService("Players")
local here = Players:GetPlayers()
local function report(number, id)
	local ok, err = radio:reportUnplayable(here[number], id or radio:nowPlaying().ID)
	task.wait(1)
	table.insert(said, if ok then radio:nowPlaying().ID else err.id)
end
"""
_REPORTS = """
local said, audience = {}, nil
PLAYERS
audience = { here[1], here[2], here[3] }
shared.audience = audience
radio:start("FIRST")
task.wait(5)
report(1)
report(1)
report(4)
report(2, "399")
table.remove(audience, 1)
report(1)
report(2)
report(3)
report(3)
report(2)
return said
"""
_AUDIENCE = "function() return shared.audience or {} end"
_REPORTED = [FIRST, FIRST, "radio_not_audience", "radio_not_current", "radio_not_audience", FIRST, "2", "2", "400"]
_HALF = """
local said = {}
PLAYERS
radio:start("FIRST")
task.wait(5)
report(1)
report(2)
return said
"""
_VOTES = """
local said = {}
PLAYERS
local function vote(player, what)
	local ok, err = radio:vote(player, what)
	table.insert(said, if ok then "ok" else err.id)
end
vote(here[1], "up")
radio:start("FIRST")
task.wait(10)
vote(here[1], "up")
vote(here[1], "up")
vote(here[1], "down")
vote(here[1], "up")
vote(here[1], "down")
vote(here[2], "down")
vote(here[1], "sideways")
vote(nil, "up")
radio:skip()
task.wait(20)
radio:pause()
task.wait(30)
radio:resume()
task.wait(10)
radio:start("300")
task.wait(105)
radio:stop()
client:flushAnalytics()
return said
"""
_TAKEN = ["radio_nothing_plays", "ok", "ok", "ok", "ok", "ok", "ok", "radio_bad_vote", "radio_not_present"]


def scenes(ring: Ring, model: ApiModel) -> Iterator[Case]:
    """Yield radios whose players say something."""
    case, answer = cases_of(ring.operation), ring.answer()
    around = listened(players=3)
    script = ring.tuned({"unplayableShare": 1, "strategy": "nearest"}).replace(
        "unplayableShare", f"audience = {_AUDIENCE}, unplayableShare"
    )
    reports = ring.in_its_words(script + _REPORTS.replace("PLAYERS", _PLAYERS).replace("FIRST", FIRST))
    yield case("players who report a track, and leave", reports, answer, _counts, around=around, expects_output=True)
    half = ring.in_its_words(ring.tuned() + _HALF.replace("PLAYERS", _PLAYERS).replace("FIRST", FIRST))
    yield case("half of the players report a track", half, answer, _half, around=around, expects_output=True)
    off = ring.in_its_words(ring.tuned() + 'local ok, err = radio:vote(nil, "up")\nreturn ok, err.id')
    yield case("a vote on a radio that tells none", off, answer, _off, around=around, expects_output=True)
    for operation in model.operations:
        if operation.analytics:
            told = _Told(ring, operation, operation.analytics)
            yield case("what a radio tells of its listeners", *told.scene(), around=around, expects_output=True)


def _counts(seen: Observation) -> Iterator[Broken]:
    (said,) = seen.returned
    if list(said) != _REPORTED:
        yield Broken("radio-audience", f"reports led to {said}; expected was {_REPORTED}")


def _half(seen: Observation) -> Iterator[Broken]:
    (said,) = seen.returned
    if list(said) != [FIRST, "2"]:
        yield Broken("radio-audience", f"of four players one and then another reported a track; that led to {said}")


def _off(seen: Observation) -> Iterator[Broken]:
    if seen.returned != (False, "radio_analytics_off"):
        yield Broken("radio-refuses", f"a vote that goes nowhere returned {seen.returned}")


class _Told:
    def __init__(self, ring: Ring, operation: Operation, analytics: Analytics) -> None:
        self.ring = ring
        self.operation = operation
        self.analytics = analytics

    def scene(self) -> tuple[str, Answer, Any]:
        tuned = self.ring.tuned({"analytics": True})
        script = tuned.replace("apiKey = KEY", "apiKey = KEY, analytics = true", 1)
        script += _VOTES.replace("PLAYERS", _PLAYERS).replace("FIRST", FIRST)
        return self.ring.in_its_words(script), self.answer, self.judge

    def answer(self, request: httpx.Request, number: int) -> httpx.Response:
        if request.url.path.endswith(self.operation.path) and request.method == self.operation.method:
            return httpx.Response(self.operation.success.status)
        return self.ring.answer()(request, number)

    def judge(self, seen: Observation) -> Iterator[Broken]:
        (said,) = seen.returned
        if list(said) != _TAKEN:
            yield Broken("radio-votes", f"votes led to {said}; expected was {_TAKEN}")
        told = [self._short(event) for event in self._events(seen)]
        wanted = [
            *(("play", FIRST, None), ("up", FIRST, 10), ("down", FIRST, 10), ("up", FIRST, 10)),
            *(("down", FIRST, 10), ("skip", FIRST, 10), ("play", "2", None), ("stop", "2", 30)),
            *(("play", "300", None), ("stop", "300", LENGTH)),
        ]
        found = told[: len(wanted)]
        if [(what, asset) for what, asset, _ in found] != [(what, asset) for what, asset, _ in wanted]:
            yield Broken("radio-votes", f"told was {told}; expected were {wanted}")
            return
        for (what, asset, seconds), (_, _, due) in zip(found, wanted, strict=True):
            if self.analytics.seconds and due is not None and (seconds is None or abs(seconds - due) > 0.6):
                yield Broken("radio-votes", f"{what} of {asset} tells of {seconds} s, not of {due:g}")
        if len(told) != len(wanted) + 2:
            yield Broken("radio-votes", f"after the last track but one came {told[len(wanted) :]}")

    def _events(self, seen: Observation) -> list[dict[str, Any]]:
        bodies = [e.request for e in seen.exchanges if e.request.url.path.endswith(self.operation.path)]
        return [
            event
            for request in bodies
            if request.content
            for event in cast("list[dict[str, Any]]", json.loads(request.content)[self.analytics.events])
        ]

    def _short(self, event: dict[str, Any]) -> tuple[str, str, float | None]:
        what = next(
            (name for name, fields in self.analytics.radio.items() if fields.items() <= event.items()), "nothing"
        )
        return what, str(event.get(self.analytics.asset)), event.get(self.analytics.seconds or "")
