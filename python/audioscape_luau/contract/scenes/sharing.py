"""What clients of one key share with those on other servers: here each client stands for a server of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import httpx

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.scenes.parts import ask, chain_of, good, kinds, made, questions
from audioscape_luau.contract.subject import SECRET, Answer, Observation, Surroundings
from audioscape_luau.contract.wire import check_meaning
from audioscape_luau.openapi import ApiModel, Operation

_MINUTE = 60.0
_LIMIT = 20
"""Requests a minute that the API allows the key of these scenes."""
_MINUTES = 9
_SETTLED = 4
"""Minutes after which each of two servers knows what the other one needs."""
_AT_ONCE = 0.65
"""Seconds that a call may take which nothing but the stores holds up: half a second, and its request."""
_TELLS = """
local function told(client)
	local share = client:stats().share
	return { share.off or "on", share.pausesTold, share.pausesHeard, share.units, share.messages, share.failed }
end
"""
_PAUSE = 600
"""Seconds of a pause that nobody believes of another."""
_REFUSALS = {
    "is not published": "UnpublishedPlace: You must publish this place",
    "is not allowed to": "AccessDenied: Unauthorized to access game data.",
    "runs in a sandbox": "The current thread cannot do it (lacking capability DataStore)",
}
"""What Roblox says to a server that may not use its stores."""
_TROUBLES: Mapping[str, tuple[str, int, int]] = {
    "have too much to do": ("TotalRequestsOverLimit: Exceeds the limit.", 3, 7),
    "have too much to do, in older words": ("Code: 6, Error: the rate of requests exceeds the limit", 3, 7),
    "fail": ("InternalError: Internal error.", 12, 26),
    "lose a question now and then": ("DataUpdateConflict: Conflict due to concurrent update.", 30, 45),
}
"""What the stores say, and how often they are asked in twenty minutes in which they say it."""


def scenes(model: ApiModel, operation: Operation) -> Iterator[Case]:
    """Yield clients that share; nothing of an operation that cannot be asked two questions."""
    if operation.effect == "read" and len(questions(operation)) > 1:
        sharing = _Sharing(model, operation)
        yield from sharing.limits()
        yield from sharing.pauses()
        yield from sharing.troubles()


class _Sharing:
    def __init__(self, model: ApiModel, operation: Operation) -> None:
        self.model = model
        self.operation = operation
        self.case = chain_of(operation)
        asked = questions(operation)
        self.asked = asked[0], asked[-1]

    def limits(self) -> Iterator[Case]:
        """Yield a limit of the key that two servers divide."""
        answer, own = good(self.operation), {"perMinute": _LIMIT}
        both = self.two("even", own) + self.for_minutes("task.spawn(one)\ntwo()", 0, 0)
        yield self.case("a key's limit, divided", both, answer, self.divided(0.5), deadline=300)
        one = self.two("uneven", own) + self.for_minutes("task.spawn(one)\ntwo()", 0, 50)
        yield self.case("a key's limit, of which one needs little", one, answer, self.divided(0.875), deadline=300)
        spent = made(share={"group": "spent", "perMinute": 6}, deadline=5, maxRetries=0, cache="bypass")
        call = self.ask("client", 0)
        spent += f"{call}local _, err = {call.strip()}\n"
        spent += f"if err and err.retryAfter then task.wait(err.retryAfter + 0.1) end\n{call}client = nil"
        yield self.case("a part of a key's limit that is spent", spent, answer, _spent)
        alone = self.two("alone", own) + self.for_minutes("one()", 0, 0)
        silent = Surroundings(troubles=(("MemoryStoreService", "InternalError: Internal error.", math.inf),))
        yield self.case("a key's limit, on a server on its own", alone, answer, self.whole, deadline=300, around=silent)

    def pauses(self) -> Iterator[Case]:
        """Yield pauses that one server is asked for, and that all keep."""
        # A message takes a second; a look is made twice a minute.
        names = {"by message": ("MemoryStoreService", 3), "by a look": ("MessagingService.PublishAsync", 31)}
        for name, (service, wait) in names.items():
            around = Surroundings(troubles=((service, "InternalError: Internal error.", math.inf),))
            script = self.paused(self.two("heard", {}, maxRetries=0), wait)
            yield self.case(f"a pause that others hear of {name}", script, self.pausing(50), _heard, around=around)
        busy = ("MessagingService.SubscribeAsync", "SubscribeAsync: too many requests", 2)
        around = Surroundings(troubles=(busy, ("MemoryStoreService", "InternalError: Internal error.", math.inf)))
        script = self.paused(self.two("later", {}, maxRetries=0), wait=3).replace("task.wait(2)", "task.wait(90)")
        name = "a pause that others hear of who could not listen at first"
        yield self.case(name, script, self.pausing(50), _heard, around=around)
        script = self.paused(self.two("counted", {}, maxRetries=0), wait=3)
        yield self.case("a pause that clients count", script, self.pausing(30), _counted)
        by_name = made(share={"group": "named"}, maxRetries=0, deadline=5)
        secret = Luau(f'game:GetService("HttpService"):GetSecret("{SECRET}")')
        by_name += made("other", apiKey=secret, share={"group": "named"}, maxRetries=0, deadline=5)
        script = self.paused(by_name, wait=3)
        yield self.case("a pause of a key that some have as a Secret", script, self.pausing(30), _heard)
        apart = made(share={"group": "here"}, maxRetries=0, deadline=5)
        apart += made("other", share={"group": "there"}, maxRetries=0, deadline=5)
        script = self.paused(apart, wait=3)
        yield self.case("a pause of another group's", script, self.pausing(30), _apart)
        long = self.two("long", {}, maxRetries=0) + self.ask("client", 0) + "task.wait(3)\n" + self.ask("other", 1)
        yield self.case("a pause that is long", long, self.pausing(_PAUSE, 0), _believed, deadline=300)
        looks = made(share={"group": "looks"}, cache="bypass")
        looks += f"for _ = 1, 12 do\n{self.ask('client', 0)}task.wait(10)\nend\n{_TELLS}return told(client)"
        yield self.case("looks for a pause", looks, good(self.operation), _looks)

    def troubles(self) -> Iterator[Case]:
        """Yield stores that do not want to be asked."""
        answer, pauses = good(self.operation), f"for _ = 1, 40 do\n{self.ask('client', 0)}task.wait(30.1)\nend\n"
        for name, said in _REFUSALS.items():
            around = Surroundings(troubles=(("MemoryStoreService", said, math.inf),))
            script = f"{made(share=True, cache='bypass')}{pauses}{_TELLS}return told(client)"
            label = f"sharing on a server that {name}"
            yield self.case(label, script, answer, _is_off(said), around=around, expects_output=True)
        for name, (said, least, most) in _TROUBLES.items():
            around = Surroundings(troubles=(("MemoryStoreService", said, math.inf),))
            script = f"{made(share=True, cache='bypass')}{pauses}{_TELLS}return told(client)"
            judge = _left_alone(least, most)
            yield self.case(f"sharing while the stores {name}", script, answer, judge, around=around)

    def ask(self, client: str, question: int) -> str:
        return ask(self.operation, self.asked[question], client)

    def two(self, group: str, share: Mapping[str, Any], **options: Any) -> str:
        """Return two clients that are as if on two servers."""
        given = {"share": {"group": group, **share}, "cache": "bypass", "deadline": 300, **options}
        return made(**given) + made("other", **given)

    def for_minutes(self, run: str, first: float, second: float) -> str:
        """Return two threads that ask without end, each after a pause."""
        until = _MINUTES * _MINUTE
        script = f"local begun = os.clock()\nlocal finish = begun + {until:g}\n"
        for name, client, question, pause in (("one", "client", 0, first), ("two", "other", 1, second)):
            body = f"{self.ask(client, question)}task.wait({pause:g})\n"
            script += f"local function {name}()\nwhile os.clock() < finish do\n{body}end\nend\n"
        return f"{script}{run}\ntask.wait(1)\nreturn begun"

    def paused(self, clients: str, wait: float) -> str:
        """Return a client that is told to wait, and soon another one that asks."""
        script = f"{clients}{self.ask('other', 0)}task.wait(2)\n{self.ask('client', 0)}task.wait({wait:g})\n"
        script += f"other = other:withOptions({{ deadline = 5 }})\n{self.ask('other', 1)}{_TELLS}"
        return f"{script}return told(client), told(other)"

    def pausing(self, seconds: int, at: int = 1) -> Answer:
        """Return an API that wants to be left alone when it is asked once more."""
        answer, wait = good(self.operation), {"retry-after": str(seconds)}

        def answered(request: httpx.Request, number: int) -> httpx.Response:
            return httpx.Response(429, headers=wait) if number == at else answer(request, number)

        return answered

    def sent(self, seen: Observation) -> tuple[list[float], list[float]]:
        """Return when each of the two questions was asked."""
        first: list[float] = []
        second: list[float] = []
        for exchange in seen.exchanges:
            wrong = any(check_meaning(self.model, self.operation, exchange, self.asked[0]))
            (second if wrong else first).append(exchange.at)
        return first, second

    def divided(self, part: float) -> Judge:
        """Expect that the first client gets so much of the limit once it is known who needs what."""

        def judge(seen: Observation) -> Iterator[Broken]:
            yield from _go_well(seen)
            first, second = self.sent(seen)
            times = sorted([*first, *second])
            if not times:
                return
            began, settled = times[0], times[0] + _SETTLED * _MINUTE
            end = times[0] + _MINUTES * _MINUTE
            new = sum(time < began + _MINUTE for time in times)
            if new > 2 * (1 + _LIMIT / 10):
                yield Broken(
                    "limit-shared", f"two servers that are new sent {new} requests, each has a tenth of {_LIMIT}"
                )
            busiest = max(sum(time <= other < time + _MINUTE for other in times) for time in times)
            if busiest > _LIMIT:
                yield Broken("limit-shared", f"{busiest} requests in a minute; the key has {_LIMIT}")
            minutes = (end - settled) / _MINUTE
            whole = sum(settled <= time < end for time in times) / minutes
            own = sum(settled <= time < end for time in first) / minutes
            used = 0.9 * _LIMIT
            most = used * part
            if abs(own - most) > 0.1 * most:
                yield Broken("limit-shared", f"a server sent {own:.1f} requests a minute; {most:.1f} are its share")
            elif part == 0.5 and abs(whole - used) > 0.1 * used:
                yield Broken("limit-shared", f"{whole:.1f} requests a minute were sent of {used:g}")

        return judge

    def whole(self, seen: Observation) -> Iterator[Broken]:
        yield from _go_well(seen)
        times = [exchange.at for exchange in seen.exchanges]
        sent = sum(times[0] + _MINUTE <= time < times[0] + 5 * _MINUTE for time in times) / 4 if times else 0
        if abs(sent - _LIMIT) > 1:
            yield Broken(
                "limit-shared", f"a server that hears of no others sent {sent:g} requests a minute of {_LIMIT}"
            )


def _go_well(seen: Observation) -> Iterator[Broken]:
    failed = [call.error.get("message") for call in seen.calls if call.err is not None]
    if failed:
        yield Broken("valid-accepted", f"a call failed that had the time to wait for its turn: {failed[0]}")


def _spent(seen: Observation) -> Iterator[Broken]:
    if kinds(seen) != ["ok", "budget_exceeded", "ok"]:
        yield Broken("limit-shared", f"calls beyond what the key has ended in {kinds(seen)}")
        return
    refused = seen.calls[1]
    if refused.seconds > 2 * _AT_ONCE or refused.error.get("attempts") != 0:
        yield Broken("limit-shared", f"it took {refused.seconds:.1f} s to say that a call's turn comes too late")
    if not refused.error.get("retryAfter"):
        yield Broken("error-retry-after", "a call whose turn comes too late is not told when it comes")


type _Told = tuple[str, float, float, float, float, float]


def _tolds(seen: Observation) -> Sequence[_Told]:
    return cast("Sequence[_Told]", seen.returned)


def _heard(seen: Observation) -> Iterator[Broken]:
    if kinds(seen) != ["ok", "rate_limited", "rate_limited"] or len(seen.exchanges) != 2:
        said = f"calls ended in {kinds(seen)}, with {len(seen.exchanges)} requests"
        yield Broken("pause-shared", f"another server was told to wait; {said}")
    elif seen.calls[2].seconds > _AT_ONCE:
        yield Broken("pause-shared", f"it took {seen.calls[2].seconds:.1f} s to say that another one is to wait")


def _counted(seen: Observation) -> Iterator[Broken]:
    yield from _heard(seen)
    (_, told, heard, *_), (_, told_other, heard_other, *_) = _tolds(seen)
    if (told, heard, told_other, heard_other) != (1, 0, 0, 1):
        found = f"{told:g} told and {heard:g} heard, {told_other:g} and {heard_other:g} on the other server"
        yield Broken("counted", f"one pause was told of by one server to another; `stats().share` has {found}")
    for _, _, _, units, messages, failed in _tolds(seen):
        if not 1 <= units <= 3 or not 1 <= messages <= 2 or failed:
            spent = f"{units:g} units, {messages:g} messages and {failed:g} failures"
            yield Broken("counted", f"a pause takes a look or a note, and a message; `stats().share` has {spent}")


def _apart(seen: Observation) -> Iterator[Broken]:
    if kinds(seen) != ["ok", "rate_limited", "ok"]:
        yield Broken("pause-shared", f"servers with other names for their group were told of a pause: {kinds(seen)}")


def _believed(seen: Observation) -> Iterator[Broken]:
    if len(seen.exchanges) != 2:
        yield Broken(
            "pause-shared", f"a pause of {_PAUSE} s led to {len(seen.exchanges)} requests on two servers, not 2"
        )
        return
    gap = seen.exchanges[1].at - seen.exchanges[0].at
    if not _MINUTE <= gap <= 2 * _MINUTE + 11:
        yield Broken(
            "pause-shared",
            f"a pause of {_PAUSE} s was tried by another server after {gap:.0f} s, not in a minute or two",
        )


def _looks(seen: Observation) -> Iterator[Broken]:
    (_, _, _, units, messages, failed), *_ = _tolds(seen)
    if not 3 <= units <= 5 or messages != 1 or failed:
        spent = f"{units:g} units, {messages:g} messages and {failed:g} failures"
        yield Broken("share-cheap", f"two minutes of requests took {spent}; two looks a minute are due")


def _is_off(said: str) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        yield from _unharmed(seen)
        (off, _, _, units, *_), *_ = _tolds(seen)
        if said not in off:
            yield Broken("share-harmless", f"a server may not use the stores: {said}; `stats().share.off` is {off}")
        if units > 1:
            yield Broken("share-cheap", f"a server that may not use the stores asked them {units:g} times")
        words = ("`share` is off", said, "alone", "Publish", "capabilities", "leave `share` off")
        printed = [line for line in seen.output if all(word in line for word in words)]
        if len(printed) != 1 or len(seen.output) != 1:
            yield Broken(
                "share-harmless", f"one warning was due that says why nothing is shared; printed was {seen.output}"
            )

    return judge


def _left_alone(least: int, most: int) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        yield from _unharmed(seen)
        (off, _, _, units, _, failed), *_ = _tolds(seen)
        if not least <= units <= most or failed != units or off != "on":
            yield Broken(
                "share-cheap", f"stores that do not answer were asked {units:g} times, {failed:g} of them in vain"
            )

    return judge


def _unharmed(seen: Observation) -> Iterator[Broken]:
    slow = [call.seconds for call in seen.calls if call.seconds > _AT_ONCE]
    if set(kinds(seen)) != {"ok"}:
        yield Broken("share-harmless", f"calls ended in {sorted(set(kinds(seen)))}, since the stores fail")
    elif slow:
        yield Broken("share-harmless", f"a call took {slow[0]:.1f} s, since the stores fail")
