"""Events as a client collects them: when they leave, how many together, and that none is counted twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, cast

import httpx

from audioscape_luau.contract.boundaries import UNKNOWN, sample
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.scenes.parts import OTHER_KEY, cases_of
from audioscape_luau.contract.subject import EPOCH, Answer, Observation
from audioscape_luau.openapi import Array, Number, Object, Operation, Shape, Text
from audioscape_luau.openapi.model import Analytics

_EVERY = 30.0
"""Seconds after which an event leaves at the latest, if nothing is wrong."""
_BATCHES = 10
"""Batches that wait at most."""
_AT_ONCE = 1.0
_TRACKING = """local client = AudioScapeClient.new({ apiKey = KEY, analytics = true, maxRetries = 2 })
local refused = {}
local function track(event)
	local ok, err = client:track(event)
	if not ok then table.insert(refused, if type(err) == "table" then err.parameter or err.kind else "nothing") end
end
local function trackAll(count)
	for number = 1, count do
		local event = table.clone(EVENT)
		event["MARK"] = tostring(number)
		track(event)
	end
end
local function counts()
	local found = client:stats().analytics or {}
	return { found.sent, found.queued, found.dropped, found.rejected, found.lost }
end
"""

type Counts = tuple[int, int, int, int, int]
"""How many events were sent, wait, made room, were refused, and may or may not have arrived."""


def scenes(operation: Operation) -> Iterator[Case]:
    """Yield clients that collect events; nothing if the operation takes none."""
    field = operation.inputs[0] if operation.analytics else None
    if operation.analytics and field and isinstance(field.shape, Array) and isinstance(field.shape.items, Object):
        yield from _Events(operation, operation.analytics, field.shape, field.shape.items).scenes()


class _Events:
    def __init__(self, operation: Operation, analytics: Analytics, batch: Array, event: Object) -> None:
        self.operation = operation
        self.analytics = analytics
        self.most = batch.max_items or 1
        self.event = event
        self.case = cases_of(operation)

    def scenes(self) -> Iterator[Case]:
        most = self.most
        timely = f"task.wait(5) trackAll(3) task.wait({_EVERY + 3})"
        yield self._case("events that leave in time", timely, (202,), (3,), (3, 0, 0, 0, 0), at=5 + _EVERY)
        full = f"trackAll({most}) task.wait(1)"
        yield self._case("a batch that is full", full, (202,), (most,), (most, 0, 0, 0, 0), at=0)
        asked = f"trackAll({2 * most + 1}) client:flushAnalytics()"
        sizes = (most, most, 1)
        yield self._case("all that waits, sent at once", asked, (202,), sizes, (2 * most + 1, 0, 0, 0, 0), at=0)
        away = "trackAll(4) client:flushAnalytics() trackAll(1) task.wait(200)"
        yield self._case("events that are turned away", away, (429, 202), (4, 5), (5, 0, 0, 0, 0))
        lost = "trackAll(4) client:flushAnalytics() task.wait(700)"
        yield self._case("events that may have arrived", lost, (500, 202), (4,), (0, 0, 0, 0, 4))
        halves = "trackAll(4) client:flushAnalytics() task.wait(700)"
        for status in (400, 413, 422):
            name = f"a batch that is refused as wrong with {status}"
            yield self._case(name, halves, self._refusing("3", status), None, (3, 0, 0, 1, 0))
        much = f"trackAll({_BATCHES * most + 3}) task.wait(10)"
        yield self._case("more events than may wait", much, (429,), None, (0, _BATCHES * most, 3, 0, 0))
        patient = "trackAll(1) task.wait(2000)"
        yield self._case("an API that takes no events", patient, (503,), (1,), (0, 0, 0, 0, 1))
        busy = f"trackAll(1) for _ = 1, 40 do task.wait({_EVERY}) trackAll(1) end"
        yield self.case("an API that turns all events away", self._script(busy), self._answer((429,)), self._backs_off)
        yield self.case("events that are wrong", *self._wrong())
        filled = f"track({luau(self._least())}) client:flushAnalytics()"
        yield self.case("what is filled in", self._script(filled), self._answer((202,)), self._fills)
        apart = f'local other = AudioScapeClient.new({{ apiKey = "{OTHER_KEY}", analytics = true }})\n'
        apart += f"trackAll(2) other:track({luau(self._least())}) client:flushAnalytics() other:flushAnalytics()"
        yield self.case(
            "events of two keys",
            self._script(apart),
            self._answer((202,)),
            self._sent((2, 1), (2, 0, 0, 0, 0)),
            more_keys=(OTHER_KEY,),
        )
        off = f"local quiet = AudioScapeClient.new(KEY)\nquiet:track({luau(self._least())}) quiet:flushAnalytics()\n"
        off += f"client = quiet task.wait({2 * _EVERY})"
        yield self.case("a client that was not asked for events", self._script(off), self._answer((202,)), self._none)

    def _case(
        self,
        name: str,
        script: str,
        answer: Sequence[int] | Answer,
        sizes: Sequence[int] | None,
        counts: Counts,
        at: float | None = None,
    ) -> Case:
        answers = answer if callable(answer) else self._answer(answer)
        return self.case(name, self._script(script), answers, self._sent(sizes, counts, at))

    def _script(self, script: str) -> str:
        head = _TRACKING.replace("EVENT", luau(self._least())).replace('"MARK"', luau(self.analytics.asset))
        return f"local began = workspace:GetServerTimeNow()\n{head}{script}\nreturn counts(), refused, began"

    def _least(self) -> dict[str, Any]:
        """Return an event that says what it must, and what it is about."""
        names = {self.analytics.asset, *(field.name for field in self.event.fields if field.required)}
        return {field.name: sample(field.shape) for field in self.event.fields if field.name in names}

    def _answer(self, statuses: Sequence[int]) -> Answer:
        def answer(_request: httpx.Request, number: int) -> httpx.Response:
            status = statuses[min(number, len(statuses) - 1)]
            return httpx.Response(self.operation.success.status if status == 202 else status)

        return answer

    def _refusing(self, asset: str, status: int) -> Answer:
        def answer(request: httpx.Request, _number: int) -> httpx.Response:
            wrong = any(event.get(self.analytics.asset) == asset for event in self._events(request))
            return httpx.Response(status if wrong else self.operation.success.status)

        return answer

    def _events(self, request: httpx.Request) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", json.loads(request.content)[self.analytics.events])

    def _sent(self, sizes: Sequence[int] | None, counts: Counts, at: float | None = None) -> Judge:
        def judge(seen: Observation) -> Iterator[Broken]:
            found, refused, began = seen.returned
            if refused:
                yield Broken("events-taken", f"events were refused: {refused}")
            if tuple(found) != counts:
                yield Broken("events-counted", f"sent, queued, dropped, rejected and lost are {found}, not {counts}")
            sent = [len(self._events(exchange.request)) for exchange in seen.exchanges]
            if sizes is not None and sent != list(sizes):
                yield Broken("events-batched", f"requests with {sent} events were sent, expected were {list(sizes)}")
            if at is not None and seen.exchanges:
                late = seen.exchanges[0].at + EPOCH - began - at
                if abs(late) > _AT_ONCE:
                    yield Broken("events-timely", f"the first request was {late:+.1f} s from when it was due")
            yield from self._once(seen)

        return judge

    def _once(self, seen: Observation) -> Iterator[Broken]:
        """Expect the events in order, and each in one request that arrived at most."""
        arrived = [
            event[self.analytics.asset]
            for exchange in seen.exchanges
            if exchange.response is not None and exchange.response.status_code in (self.operation.success.status, 500)
            for event in self._events(exchange.request)
        ]
        if arrived != sorted(arrived, key=int) and len(seen.exchanges) == 1:
            yield Broken("events-once", "events were sent in another order than they happened")
        if len(seen.exchanges) == 1 and len(set(arrived)) < len(arrived):
            yield Broken("events-once", "an event was sent twice")

    def _backs_off(self, seen: Observation) -> Iterator[Broken]:
        times = [exchange.at for exchange in seen.exchanges]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        if len(gaps) < 2:
            yield Broken("events-backed-off", f"{len(times)} requests were sent in twenty minutes")
            return
        # A pause doubles, and is half of that to one and a half times that.
        for number, gap in enumerate(gaps):
            pause = min(_EVERY * 2**number, 600)
            if not pause / 2 <= gap <= max(pause * 1.5, _EVERY) + _AT_ONCE:
                yield Broken("events-backed-off", f"pause {number + 1} was {gap:.0f} s, about {pause:.0f} s are due")

    def _wrong(self) -> tuple[str, Answer, Judge]:
        wrong: list[tuple[Any, str]] = [(5, "event"), (None, "event"), ({}, "")]
        least = self._least()
        wrong.append((least | {UNKNOWN: 1}, UNKNOWN))
        wrong += [(least | {field.name: _unfit(field.shape)}, field.name) for field in self.event.fields]
        script = "".join(f"track({luau(event)})\n" for event, _ in wrong)

        def judge(seen: Observation) -> Iterator[Broken]:
            _, refused, _ = seen.returned
            if len(refused) != len(wrong):
                yield Broken("events-checked", f"of {len(wrong)} wrong events, {len(refused)} were refused")
            for (event, name), told in zip(wrong, refused, strict=False):
                if name and told != name:
                    yield Broken("events-checked", f"what is wrong with {event} is {name}, named was {told}")
            if seen.exchanges:
                yield Broken("events-checked", "wrong events were sent")

        return self._script(f"{script}client:flushAnalytics()"), self._answer((202,)), judge

    def _fills(self, seen: Observation) -> Iterator[Broken]:
        name = self.analytics.time
        for exchange in seen.exchanges:
            for event in self._events(exchange.request):
                if name and not EPOCH <= event.get(name, 0) <= EPOCH + 100_000:
                    yield Broken("events-dated", f"`{name}` is {event.get(name)!r}, not the time of the event")
        if len(seen.exchanges) != 1:
            yield Broken("events-batched", f"{len(seen.exchanges)} requests were sent for one event")

    def _none(self, seen: Observation) -> Iterator[Broken]:
        if seen.exchanges:
            yield Broken("events-off", "events were sent, though nobody turned them on")


def _unfit(shape: Shape) -> Any:
    """Return what is no value of a shape, and no id in any form."""
    return True if isinstance(shape, Text | Number) else 5
