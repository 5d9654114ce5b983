"""Players who ask the server: each is answered what they may know, and no more than their share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.boundaries import UNKNOWN
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.pages import item_shape
from audioscape_luau.contract.scenes.attempts import at_the, outside, refused, taken, tried
from audioscape_luau.contract.scenes.parts import cases_of, made
from audioscape_luau.contract.scenes.radio.ring import FIRST, Ring, listened
from audioscape_luau.contract.subject import Answer, Observation
from audioscape_luau.openapi import Array, Object

_ASKING = """
local said = {}
local here = game:GetService("Players"):GetPlayers()
local puppet = Instance.new("RemoteFunction")
puppet.Name = "Puppet"
puppet.Parent = game:GetService("ReplicatedStorage")
task.wait(1)
local function ask(number, ...)
	local reply = puppet:InvokeClient(here[number], ...)
	local told = if type(reply) ~= "table" then tostring(reply) elseif reply.ok then "ok" else reply.kind
	if type(reply) == "table" then
		for _, name in { "parameter", "retryAfter" } do
			local value = reply[name]
			told ..= if type(value) == "number" then ` {math.ceil(value)}` elseif value ~= nil then ` {value}` else ""
			reply[name] = nil
		end
		local body = reply.body
		local found = if type(body) == "table" and body.result then body.result.ITEMS else nil
		told ..= if found then ` {#found}` else ""
		reply.ok, reply.kind, reply.body = nil, nil, nil
		told ..= if next(reply) then ` and {next(reply)}` else ""
	end
	table.insert(said, told)
end
"""
_SERVED = "local handle = client:serve(OPTIONS)\ntask.wait(1)\n"
_NUMBERS: Mapping[str, tuple[float, float]] = {
    "limit": (1, 1000),
    "burst": (1, 100),
    "every": (0.1, 3600),
    "share": (0.01, 1),
    "skipShare": (0.01, 1),
    "wishes": (1, 20),
}
"""The least and the most that an option of `serve` may be."""
_WHOLE = {"limit", "burst", "wishes"}
_BURST, _EVERY, _LIMIT = 3, 5, 4


def scenes(ring: Ring) -> Iterator[Case]:
    """Yield servers whose players ask."""
    serving = _Serving(ring)
    yield from serving.rules()
    yield from serving.limits()
    yield from serving.failures()
    yield from serving.votes()
    yield from serving.wishes()
    yield from serving.memory()
    yield from serving.options()


class _Serving:
    def __init__(self, ring: Ring) -> None:
        self.ring = ring
        self.name = ring.operation.id
        self.case = cases_of(ring.operation)
        self.around = replace(listened(players=2), puppets=True)

    def asks(self, player: int, id: str = FIRST, more: Mapping[str, Any] | None = None) -> str:
        """Return a question of a player."""
        return f"ask({player}, {luau(self.name)}, {luau({self.ring.seed.name: id, **(more or {})})})\n"

    def scene(
        self, name: str, options: Mapping[str, Any], body: str, answer: Answer, *wanted: str, **more: Any
    ) -> Case:
        """Return a scene after which players must have been told what is wanted, each a regular expression."""
        asking = _ASKING.replace("ITEMS", self.ring.paging.items)
        served = _SERVED.replace("OPTIONS", luau({"operations": [self.name], **options}))
        head = more.pop("head", "") or made(maxRetries=0)
        script = f"{head}{asking}{served}{self.ring.in_its_words(body)}return said"
        more = {"around": self.around} | more
        sent = more.pop("sent", None)
        return self.case(name, script, answer, _told(wanted, sent), expects_output=True, **more)

    def rules(self) -> Iterator[Case]:
        ring, seed, limit = self.ring, self.ring.seed.name, self.ring.paging.limit
        wrong = f'ask(1, "{UNKNOWN}", {{}})\nask(1, "stats", {{}})\nask(1, 5, {{}})\nask(1, "{self.name}", "x")\n'
        wrong += f'ask(1, "{self.name}", {{}})\n{self.asks(1, "x")}{self.asks(1, more={limit: 0})}'
        wrong += f"{self.asks(1, more={limit: _LIMIT + 1})}{self.asks(1, more={UNKNOWN: 1})}"
        wrong += f"{self.asks(1, more={UNKNOWN: 'x' * 600})}{self.asks(1)}{self.asks(1, more={limit: 2})}"
        refusals = ["not_allowed", "not_allowed", "invalid_request operation", "invalid_request"]
        refusals += [f"invalid_request {seed}", f"invalid_request {seed}", *[f"invalid_request {limit}"] * 2]
        refusals += [f"invalid_request {UNKNOWN}"] * 2
        yield self.scene(
            *("players who ask for what they cannot have", {"anyId": True, "limit": _LIMIT, "burst": 50}),
            *(wrong, ring.answer(), *refusals, f"ok {_LIMIT}", "ok 2"),
        )
        known = f"{self.asks(1, '9')}{self.asks(1)}{self.asks(1, '2')}{self.asks(2, '2')}{self.asks(2)}"
        yield self.scene(
            *("players who ask about what they know", {"radio": Luau("radio"), "limit": _LIMIT, "burst": 50}, known),
            *(ring.answer(), "not_allowed", "ok 4", "ok 4", "not_allowed", "ok 4"),
            head=f'{ring.tuned()}radio:start("{FIRST}")\ntask.wait(5)\n',
        )
        own = "function(player, request) return REQUEST.SEED == '1' and player == game.Players:GetPlayers()[1] end"
        own = own.replace("REQUEST", "request.query").replace("SEED", seed)
        rule = f"{self.asks(1)}{self.asks(1, '2')}{self.asks(2)}"
        asked = {"anyId": True, "limit": _LIMIT}
        yield self.scene(
            *("a game's own rule for its players", {**asked, "only": Luau(own)}, rule, ring.answer()),
            *("ok 4", "not_allowed", "not_allowed"),
        )
        fails = Luau('function() error("a fault of the game") end')
        yield self.scene(
            *("a game's own rule that fails", {**asked, "only": fails}, self.asks(1), ring.answer(), "not_allowed")
        )

    def limits(self) -> Iterator[Case]:
        ring, asked = self.ring, {"anyId": True, "burst": _BURST, "every": _EVERY, "limit": _LIMIT}
        many = "".join(self.asks(1, str(id)) for id in range(1, _BURST + 2)) + self.asks(1) + self.asks(2, "9")
        many += f"task.wait({_EVERY + 1})\n{self.asks(1, '7')}{self.asks(1, '8')}"
        yield self.scene(
            *("players who ask often", asked, many, ring.answer()),
            *(*["ok 4"] * _BURST, "busy [1-5]", "ok 4", "ok 4", "ok 4", "busy [1-5]"),
        )
        usual = "".join(self.asks(1, str(id)) for id in range(1, 5)) + f"task.wait(5.2)\n{self.asks(1, '5')}"
        yield self.scene(
            *("players who ask as often as usual", {"anyId": True, "limit": _LIMIT}, usual, ring.answer()),
            *("ok 4", "ok 4", "ok 4", "busy [45]", "ok 4"),
        )
        small = "local budget = AudioScapeClient.newBudget(8)\n" + made(maxRetries=0, budget=Luau("budget"))
        shared = f"{self.asks(1, '1')}{self.asks(2, '2')}{self.asks(3, '3')}"
        shared += f'local result = client:{self.name}("50")\ntable.insert(said, if result then "own" else "none")\n'
        yield self.scene(
            *("players who share a part of the budget", {**asked, "burst": 50, "share": 0.25}, shared, ring.answer()),
            *("ok 4", "ok 4", "busy [0-9]+", "own"),
            head=small,
        )
        together = (
            f"for id = 1, 4 do task.spawn(function() ask(1, {luau(self.name)}, {{ SEED = tostring(id) }}) end) end\n"
        )
        together = together.replace("SEED", ring.seed.name) + "task.wait(20)\ntable.sort(said)\n"
        slow = ring.answer(seconds=lambda _: 2)
        leaving = together.replace("task.wait(20)", "task.wait(1)\nhere[1]:Kick()\ntask.wait(20)") + "said = {}\n"
        yield self.scene(
            *("a player who asks and leaves", {**asked, "burst": 50}, leaving, slow), around=self.around, sent=1
        )
        yield self.scene(
            *("a player who asks all at once", {**asked, "burst": 50}, together, slow),
            *("busy [1-5]", "busy [1-5]", "ok 4", "ok 4"),
        )

    def failures(self) -> Iterator[Case]:
        asked, seed = {"anyId": True, "burst": 50}, self.ring.seed.name
        for status, told in (
            (500, "unavailable [0-9]+"),
            (401, "unavailable [0-9]+"),
            (404, f"invalid_request {seed}"),
        ):
            answer = self.ring.answer(status)
            yield self.scene(f"players while the API answers {status}", asked, self.asks(1), answer, told)

        def wait(_request: httpx.Request, _number: int) -> httpx.Response:
            return httpx.Response(429, headers={"retry-after": "40"})

        yield self.scene("players while the key is to wait", asked, self.asks(1), wait, "busy (39|40)")
        ended = f"{self.asks(1)}handle:stop()\nhandle:stop()\ntask.wait(1)\n{self.asks(1, '2')}"
        ended += f"client:serve({{ operations = {{ {luau(self.name)} }}, anyId = true, limit = 1 }})\ntask.wait(1)\n"
        ended += f"{self.asks(1, '3')}local _, twice = pcall(function() client:serve({{ operations = {{}} }}) end)\n"
        ended += "table.insert(said, tostring(twice))\n"
        yield self.scene(
            *("players who are served no more, and again", {**asked, "limit": _LIMIT}, ended, self.ring.answer()),
            *("ok 4", "no remote", "ok 1", ".*served already.*AudioScapeCalls.*stop.*"),
        )

    def votes(self) -> Iterator[Case]:
        name = self.ring.identity
        head = f'{self.ring.tuned()}radio:start("{FIRST}")\ntask.wait(5)\n'
        votes = """
local remote = game:GetService("ReplicatedStorage").AudioScapeCalls
local function vote(number, id)
	ask(number, "vote:skip", { ["IDENTITY"] = id })
	task.wait(1)
	local counts = `{remote:GetAttribute("SkipVotes")} of {remote:GetAttribute("SkipVotesNeeded")}`
	table.insert(said, `{radio:nowPlaying().ID} {counts}`)
end
vote(1, "FIRST")
vote(1, "FIRST")
vote(2, "399")
vote(2, "FIRST")
vote(3, "FIRST")
vote(3, radio:nowPlaying().ID)
here[3]:Kick()
task.wait(2)
table.insert(said, `{remote:GetAttribute("SkipVotes")} of {remote:GetAttribute("SkipVotesNeeded")}`)
""".replace("FIRST", FIRST).replace("IDENTITY", name)
        other = "[0-9]+ 0 of 2"
        told = ("ok", f"{FIRST} 1 of 2", "ok", f"{FIRST} 1 of 2", f"invalid_request {name}", f"{FIRST} 1 of 2")
        told += ("ok", f"(?!{FIRST} ){other}", f"invalid_request {name}", other, "ok", "[0-9]+ 1 of 2", "0 of 1")
        options = {"radio": Luau("radio")}
        yield self.scene("players who vote to skip", options, votes, self.ring.answer(), *told, head=head)
        off = f'ask(1, "vote:skip", {{ ["{name}"] = "{FIRST}" }})\n'
        yield self.scene("players who vote without a radio", {}, off, self.ring.answer(), "not_allowed")

    def wishes(self) -> Iterator[Case]:
        name, own = self.ring.identity, f"upcoming()[1].{self.ring.identity}"
        head = f'{self.ring.tuned()}radio:start("{FIRST}")\ntask.wait(5)\n'

        def wish(player: int, id: str) -> str:
            return f'ask({player}, "wish:track", {{ ["{name}"] = "{id}" }})\n'

        wishes = f"{wish(1, '2')}{self.asks(1)}{wish(1, '2')}{wish(1, '2')}{wish(2, '2')}{wish(1, '3')}{wish(1, 'x')}"
        wishes += f"table.insert(said, radio:{own})\nradio:skip()\ntask.wait(5)\n{wish(1, '3')}{wish(2, FIRST)}"
        wishes += f"table.insert(said, radio:{own})\n"
        options = {"radio": Luau("radio"), "wishes": 1, "limit": _LIMIT}
        yield self.scene(
            *("players who wish for tracks", options, wishes, self.ring.answer(), "not_allowed", f"ok {_LIMIT}"),
            *("ok", "ok", "not_allowed", "busy [0-9]+", f"invalid_request {name}", "2", "ok", "ok", "3"),
            head=head,
        )
        off = f"{self.asks(1)}{wish(1, '2')}"
        yield self.scene(
            *("players who may not wish", {**options, "wishes": Luau("nil")}, off, self.ring.answer()),
            *(f"ok {_LIMIT}", "not_allowed"),
            head=head,
        )

    def memory(self) -> Iterator[Case]:
        """Yield servers that remember together: one after the other serves, as if each were another server."""
        asked = {"anyId": True, "burst": 50, "limit": _LIMIT}
        found, ring = f"ok {_LIMIT}", self.ring
        told = "local share = client:stats().share\n"
        told += "table.insert(said, `{share.answers} {share.written} {client:stats().hits} {client:stats().stale}`)\n"
        again = f"{self.asks(1)}{self.asks(1, '2')}task.wait(1)\n{told}NEXT{self.asks(2)}{told}"
        again += f"task.wait(285)\nNEXT{self.asks(1)}{told}task.wait(46)\nNEXT{self.asks(1)}{told}"
        yield self.together(
            *("what one server asked and others know", {"memory": 500}, asked, again, ring.answer(), 3),
            *(found, found, "0 1 0 0", found, "1 0 1 0", found, "1 0 1 0", found, "0 1 0 0"),
        )
        stale = f"{self.asks(1)}task.wait(3000)\nNEXT{self.asks(1)}{told}task.wait(700)\nNEXT{self.asks(1)}"
        yield self.together(
            *("what servers know while the API fails", {"memory": 500}, asked, stale, ring.answer(200, *[500] * 9), 3),
            *(found, found, "1 0 0 1", "unavailable [0-9]+"),
        )
        fresh = f"{self.asks(1)}NEXT{self.asks(1)}"
        for mode, sent in (("bypass", 2), ("refresh", 2)):
            name = f"what servers know, with `cache = {mode}`"
            yield self.together(*(name, {"memory": 500}, asked, fresh, ring.answer(), sent), found, found, cache=mode)
        full = f"{self.asks(1)}task.wait(1)\n{told}NEXT{self.asks(1)}"
        yield self.together(
            *("a memory that is too small", {"memory": 0.001}, asked, full, ring.answer(), 2), found, "0 0 0 0", found
        )
        own = f'client:{self.name}("1")\n'
        yield self.together(
            *("what a server asks itself", {"memory": 500}, asked, f"{own}NEXT{self.asks(1)}{own}", ring.answer(), 3),
            found,
        )
        many = "".join(self.asks(1, str(id)) for id in range(1, 15))
        # A third of the limit is for all, a quarter minute's at a time; two of these may fall into the scene.
        lent, soon = {"memory": 500, "perMinute": 60}, "busy ([5-9]|10)"
        yield self.together(
            *("what servers that have no request left may take", lent, asked, many, ring.answer(), None),
            *(*[found] * 6, *[f"{found}|{soon}"] * 5, *[soon] * 3),
        )

    def together(
        self,
        name: str,
        share: Mapping[str, Any],
        asked: Mapping[str, Any],
        body: str,
        answer: Answer,
        sent: int | None,
        *told: str,
        **options: Any,
    ) -> Case:
        """Return a scene in which `NEXT` lets another server serve."""
        serve = luau({"operations": [self.name], **asked})
        client = luau({"apiKey": Luau("KEY"), "maxRetries": 0, "share": share, **options})
        following = f"handle:stop() client = AudioScapeClient.new({client})\n"
        following += f"handle = client:serve({serve}) task.wait(1)\n"
        head = f"local client = AudioScapeClient.new({client})\n"
        return self.scene(name, asked, body.replace("NEXT", following), answer, *told, head=head, sent=sent)

    def options(self) -> Iterator[Case]:
        attempts = [(f"client:serve({luau({'operations': [self.name], **o})})", words) for o, words in _wrong()]
        attempts += [("client:serve()", "serve"), ("client:serve(5)", "serve"), ("client.serve({})", "colon")]
        attempts += [(f'client:serve({{ operations = {{ "{UNKNOWN}" }} }})', f"{UNKNOWN} {self.name}")]
        attempts += [('client:serve({ operations = { "stats" } })', "stats")]
        attempts += [(f'client:serve({{ operations = {{ "{self.name[:-1]}" }} }})', f"mean `{self.name}`?")]
        attempts += [(f"client:serve({{ operations = {{ {luau(self.name)} }}, limit = 0 }})", "limit 1 1000")]
        fields = f'client:serve({{ operations = {{ {luau(self.name)} }}, fields = {{ "{UNKNOWN}" }} }})'
        attempts += [(fields, UNKNOWN)]
        if inner := _inner_field(self.ring):
            attempts += [(fields.replace(UNKNOWN, inner), inner)]
        script = made() + tried([attempt for attempt, _ in attempts])
        yield self.case("serving with options that are wrong", script, self.ring.answer(), refused(attempts))
        right = [f"client:serve({luau({'operations': [self.name], **options})}):stop()" for options in at_the(_NUMBERS)]
        script = made() + tried(right)
        yield self.case("serving with options at their bounds", script, self.ring.answer(), taken(right))


def _wrong() -> Iterator[tuple[dict[str, Any], str]]:
    yield from outside(_NUMBERS, _WHOLE)
    yield {UNKNOWN: 1}, UNKNOWN
    for name in ("operations", "fields", "anyId", "only", "radio"):
        yield {name: 5}, name


def _inner_field(ring: Ring) -> str | None:
    """Return the name of a field that only something inside a track has."""
    track = item_shape(ring.operation)
    fields = track.fields if track else ()
    lists = [field.shape.items for field in fields if isinstance(field.shape, Array)]
    inner = {field.name for shape in lists if isinstance(shape, Object) for field in shape.fields}
    return min(inner - {field.name for field in fields}, default=None)


def _told(wanted: Sequence[str], sent: int | None = None) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        if sent is not None and len(seen.exchanges) != sent:
            yield Broken("serve-answers", f"{len(seen.exchanges)} requests were sent instead of {sent}")
        (said,) = seen.returned
        told = [str(one) for one in said]
        if len(told) != len(wanted) or not all(re.fullmatch(want, one) for want, one in zip(wanted, told, strict=True)):
            yield Broken("serve-answers", f"players were told {told}; expected was {list(wanted)}")

    return judge
