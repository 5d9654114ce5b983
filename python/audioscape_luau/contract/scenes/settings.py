"""What the options of a client do, which of them are refused, and how a client can be misused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.contract.boundaries import UNKNOWN
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.disguises import AMONG_WORDS, ESCAPED, FORMS, MOST_NAMES, SIGNS, named
from audioscape_luau.contract.expect import always, result_of
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.scenes.attempts import at_the, outside, refused, taken, tried
from audioscape_luau.contract.scenes.parts import ask, became, chain_of, good, in_turn, made
from audioscape_luau.contract.subject import KEY, SECRET, Observation, Surroundings
from audioscape_luau.mock import NoReply
from audioscape_luau.mock.finder import is_in
from audioscape_luau.openapi import ApiModel, Identity, Operation
from audioscape_luau.simulation import PLACE_ID, UNIVERSE_ID

_STAGING = "https://staging.example/api"
_PLAYER = 1234567
_NUMBERS: dict[str, tuple[float, float]] = {
    "maxRetries": (0, 10),
    "timeout": (0.001, 60),
    "deadline": (0.001, 600),
    "cacheSeconds": (0, 31 * 24 * 3600),
    "cacheStaleSeconds": (0, 31 * 24 * 3600),
    "cacheMissSeconds": (0, 31 * 24 * 3600),
    "cacheTracks": (0, 1_000_000),
    "breakerFailures": (1, 1000),
    "breakerSeconds": (0.1, 3600),
}
"""The least and the most that an option may be."""
_WHOLE = {"maxRetries", "cacheTracks", "breakerFailures"}
_NEARLY = 0.2
"""Seconds by which a time may differ."""
_HOOKS = ("onRequest", "onResponse", "onRetry", "onError")


def scenes(model: ApiModel, operation: Operation) -> Iterator[Case]:
    """Yield clients with options, seen through one operation."""
    case = chain_of(operation)
    yield from _addresses(operation)
    yield from _keys(model, operation)
    yield from _copies(model, operation)
    yield from _defaults(operation)
    yield from _refusals(model, operation)
    here = ["AudioScapeClient.new(KEY)"]
    at_client = Surroundings(at_client=True)
    yield case("a player's own machine", tried(here), good(operation), _servers_only, around=at_client)


def _addresses(operation: Operation) -> Iterator[Case]:
    case = chain_of(operation)
    staged = made(baseUrl=f"{_STAGING}/") + ask(operation)
    yield case("another address", staged, good(operation), _answered, base_url=_STAGING)


def _keys(model: ApiModel, operation: Operation) -> Iterator[Case]:
    case = chain_of(operation)
    example = richest(operation)
    secret = Luau(f'game:GetService("HttpService"):GetSecret("{SECRET}")')
    judge = result_of(model, operation, example.body, example.request)
    taking = [f"AudioScapeClient.new({luau({'apiKey': secret})})"]
    yield case("a Secret", tried(taking), good(operation), taken(taking))
    yield case("a Secret for a key", made(apiKey=secret) + ask(operation), good(operation), judge)
    for name, given in (
        ("an input", "KEY"),
        ("the name of an input", "{ [KEY] = 1 }"),
        ("parameters", f"{luau(dict(example.request))}, KEY"),
    ):
        leak = made(onError=Luau("hear")) + f'call(client, "{operation.id}", {given})\n'
        yield case(f"the key for {name}", leak, good(operation), _refuses, about="")
    yield case("a client as text", f"{made()}return tostring(client)", good(operation), _named)
    for name, key in (("a key", Luau("KEY")), ("a Secret", secret)):
        script = made(apiKey=key, maxRetries=0, breakerFailures=1000, **dict.fromkeys(_HOOKS, Luau("hear")))
        script += f"for _ = 1, {2 * len(FORMS)} do\n{ask(operation)}end\n"
        yield case(f"{name} that comes back in every form", script, _echo, _ordered)
    signs = f"local client = AudioScapeClient.new({{ apiKey = {luau(_SIGNED)}, maxRetries = 0, onError = hear }})\n"
    signs += f"for _ = 1, {MOST_NAMES} do\n{ask(operation)}end\n"
    yield case("a key of signs that comes back by their names", signs, _names, _hides, more_keys=(_SIGNED,))
    few = f"local client = AudioScapeClient.new({{ apiKey = {luau(_FEW_LETTERS)}, maxRetries = 0 }})\n"
    few += f"client = client:withOptions({{ cache = 'bypass' }})\nfor _ = 1, {len(ESCAPED)} do\n{ask(operation)}end\n"
    name = "a key of few letters that comes back in every form"
    yield case(name, few, _escaped, _hides_few, more_keys=(_FEW_LETTERS,))
    ofsigns = "".join(
        made("each", apiKey=key, maxRetries=0, breakerFailures=1000) + ask(operation, client="each") * MOST_NAMES
        for key in _OF_SIGN
    )
    name = "keys of one sign each that come back by its names"
    yield case(name, ofsigns, _one_name, _hides_signs, more_keys=_OF_SIGN)
    alone = f"local client = AudioScapeClient.new(KEY)\n{ask(operation)}"
    yield case("nothing but a key", alone, good(operation), judge)


def _ordered(seen: Observation) -> Iterator[Broken]:
    """Expect that what is shown of a text that holds the key is in its order."""
    for call in seen.calls:
        said = str(call.err_text)
        if "bad key" in said and " of yours" in said and said.index("bad key") > said.index(" of yours"):
            yield Broken("error-says", f"what was said is out of order: {said}")


def _echo(_request: httpx.Request, number: int) -> httpx.Response:
    """Answer with the key, the nth time in the nth form, wherever a client may look; then let the engine say it."""
    texts = [f"bad key {disguise(KEY)} of yours" for disguise in FORMS.values()]
    if number >= len(texts):
        # What the engine says is shown with a Secret, too, less what may be a key.
        thrown = [disguise(KEY) for name, disguise in FORMS.items() if name not in AMONG_WORDS]
        raise NoReply(f"HttpError: bad key {thrown[number % len(thrown)]} of yours")
    text = texts[number]
    printable = re.sub(r"[^ -~]", "", text).encode()
    return httpx.Response(
        400,
        # As it is: in JSON, the escapes are those of the text.
        content=f'{{"error":"{text}","message":"{text}"}}'.encode(),
        headers=[(b"content-type", b"application/json"), (b"x-request-id", printable)],
        extensions={"reason_phrase": printable},
    )


def _names(_request: httpx.Request, number: int) -> httpx.Response:
    """Answer with the key, the nth time with the nth name of each sign."""
    return httpx.Response(400, json={"error": f"bad key {named(number)(_SIGNED)} of yours"})


def _hides(seen: Observation) -> Iterator[Broken]:
    for number, call in enumerate(seen.calls):
        said = str(call.err_text)
        if named(number)(_SIGNED)[3:40] in said or is_in(_SIGNED, said):
            yield Broken("key-hidden", f"the key can be read in: {said}")


def _escaped(_request: httpx.Request, number: int) -> httpx.Response:
    """Answer with the key of few letters, in one form after the other."""
    text = f"bad key {ESCAPED[number](_FEW_LETTERS)} of yours"
    return httpx.Response(400, content=text.encode(), headers={"content-type": "text/plain"})


def _hides_few(seen: Observation) -> Iterator[Broken]:
    for number, call in enumerate(seen.calls):
        for said in (str(call.err_text), str(call.error.get("body"))):
            if ESCAPED[number](_FEW_LETTERS)[:24] in said:
                yield Broken("key-hidden", f"the key can be read in: {said}")


def _one_name(_request: httpx.Request, number: int) -> httpx.Response:
    """Answer with the keys of one sign each, with one name of their sign after the other."""
    key, name = _OF_SIGN[number // MOST_NAMES], number % MOST_NAMES
    return httpx.Response(400, json={"error": f"bad key {named(name)(key)} of yours"})


def _hides_signs(seen: Observation) -> Iterator[Broken]:
    for number, call in enumerate(seen.calls):
        key = named(number % MOST_NAMES)(_OF_SIGN[number // MOST_NAMES])
        if key[:40] in str(call.err_text):
            yield Broken("key-hidden", f"the key can be read in: {call.err_text}")


def _copies(model: ApiModel, operation: Operation) -> Iterator[Case]:
    case = chain_of(operation)
    call, other, answer = ask(operation), ask(operation, client="other"), good(operation)
    identity, options = model.identity, _saying(model.identity)
    if options:
        known = f"{made(cache='bypass')}local other = client:withOptions({luau(options)})\n"
        asked = known + call + other + call
        yield case("a copy that says who asks", asked, answer, _identifies(identity), identified=True)
    for name, option in (("the game", "identify"), ("the player", "playerId")):
        if option in options:
            half = made(cache="bypass", **{option: options[option]}) + call
            wanted = _headers(identity, {option: options[option]})
            judge = _says(identity, wanted)
            yield case(f"a client that says {name} only", half, answer, judge, identified=True)
    grandchild = made(maxRetries=0) + "local other = client:withOptions({ timeout = 3 }):withOptions({ timeout = 4 })\n"
    yield case("a copy of a copy", grandchild + call + other, always(500), _attempts(1, 1))
    tries = made(maxRetries=0) + "local other = client:withOptions({ maxRetries = 1, timeout = 3 })\n"
    down = always(500)
    yield case("a copy that tries more often", tries + call + other + call, down, _attempts(1, 2, 1))


def _defaults(operation: Operation) -> Iterator[Case]:
    """Yield clients that were told nothing, at the edges of what is documented for them."""
    case, call = chain_of(operation), ask(operation)

    def never(_request: httpx.Request, _number: int) -> httpx.Response:
        raise NoReply("HttpError: Timedout", seconds=1000)

    if operation.effect == "read":
        asked = f"{call}task.wait(299.5)\n{call}task.wait(1)\n{call}"
        yield case("how long a result is new", made() + asked, good(operation), became("cached", *["ok"] * 3, sent=2))
        old = f"{call}task.wait(3599)\n{call}task.wait(2)\n{call}"
        judge = became("stale-bounded", "ok", "ok", "server_error", sent=3)
        hours = Surroundings(longest=7200)
        script, goes_down = made(maxRetries=0) + old, in_turn(operation, 200, 500)
        yield case("how long a result is used", script, goes_down, judge, around=hours)
        unknown = f"{call}task.wait(29.5)\n{call}task.wait(1)\n{call}"
        judge = became("cached", *["not_found"] * 3, sent=2)
        yield case("how long nothing is found", made() + unknown, in_turn(operation, 404), judge)
        yield case("how often a call is tried", made() + call, in_turn(operation, 500), _takes(None, 3))
    yield case("how long a request takes", made(maxRetries=0) + call, never, _takes(10, 1))
    yield case("how long a call takes", made(timeout=60) + call, never, _takes(30, 1))
    left = f"for _ = 1, 6 do\n{call}end\ntask.wait(14.7)\n{call}task.wait(0.5)\n{call}"
    judge = became("breaker-closes", *["server_error"] * 5, "circuit_open", "circuit_open", "ok", sent=6)
    comes_back = in_turn(operation, *[500] * 5, 200)
    yield case("how long an API is left alone", made(maxRetries=0, cache="bypass") + left, comes_back, judge)


def _takes(seconds: float | None, sent: int) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        if len(seen.exchanges) != sent or seen.call.error.get("attempts") != sent:
            told = f"{len(seen.exchanges)} requests were sent, {seen.call.error.get('attempts')} are told of"
            yield Broken("retry-limit", f"unless told otherwise a call makes {sent} attempts: {told}")
        if seconds is not None and abs(seen.call.seconds - seconds) > _NEARLY:
            yield Broken(
                "ends-in-time", f"it took {seen.call.seconds:.1f} s; unless told otherwise it takes {seconds:g}"
            )

    return judge


def _refuses(seen: Observation) -> Iterator[Broken]:
    yield from became("invalid-refused", "invalid_request", sent=0)(seen)


def _named(seen: Observation) -> Iterator[Broken]:
    for said in seen.returned:
        if KEY in str(said):
            yield Broken("key-hidden", "a client reads as its key")


def _answered(seen: Observation) -> Iterator[Broken]:
    for call in seen.calls:
        if call.err is not None:
            yield Broken("valid-accepted", f"the call failed: {call.error.get('message')}")


def _saying(identity: Identity) -> dict[str, Any]:
    """Return the options of a client that says all that the API asks of who calls."""
    options: dict[str, Any] = {"identify": True} if identity.universe or identity.place else {}
    return options | ({"playerId": _PLAYER} if identity.player else {})


def _headers(identity: Identity, options: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that a client with these options sends beside its key's."""
    here = ((identity.universe, UNIVERSE_ID), (identity.place, PLACE_ID)) if "identify" in options else ()
    sent = (*here, (identity.player, options.get("playerId")))
    return {name: str(value) for name, value in sent if name and value is not None}


def _sent(identity: Identity, seen: Observation) -> list[dict[str, str]]:
    names = identity.headers.values()
    return [{name: e.request.headers[name] for name in names if name in e.request.headers} for e in seen.exchanges]


def _identifies(identity: Identity) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        sent = _sent(identity, seen)
        if len(sent) != 3:
            yield Broken("valid-accepted", f"{len(sent)} requests were sent instead of 3")
            return
        for headers in (sent[0], sent[2]):
            if headers:
                yield Broken("options-apart", f"a client whose copy says who asks sent {sorted(headers)}")
        if sent[1] != _headers(identity, _saying(identity)):
            yield Broken("identity-sent", f"a client that says who asks sent {sent[1]}")

    return judge


def _says(identity: Identity, wanted: Mapping[str, str]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        for headers in _sent(identity, seen):
            if headers != wanted:
                yield Broken("identity-sent", f"it sent {headers}, expected was {dict(wanted)}")

    return judge


def _attempts(*wanted: int) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        found = [call.error.get("attempts") for call in seen.calls]
        if found != list(wanted) or len(seen.exchanges) != sum(wanted):
            yield Broken(
                "options-apart",
                f"client, copy and client again made {found} attempts of {len(seen.exchanges)}; theirs are {wanted}",
            )

    return judge


def _refusals(model: ApiModel, operation: Operation) -> Iterator[Case]:
    case = chain_of(operation)
    answer = good(operation)
    new = [({"apiKey": Luau("KEY"), **options}, name) for options, name in wrong_options()]
    new += [({"apiKey": key}, "apiKey") for key in ("", 5, "a b", "a\n", " a", "\u00e9")]
    new += [({"apiKey": None}, "apiKey GetSecret")]
    new += [({"apiKey": Luau("KEY"), Luau("1"): "x"}, "name = value")]
    new += [({"apiKey": Luau("KEY"), Luau("KEY"): 1}, ""), ({"apiKey": Luau("KEY"), "baseUrl": Luau("KEY")}, "baseUrl")]
    attempts = [(f"AudioScapeClient.new({luau(options)})", name) for options, name in new]
    attempts += [(f"AudioScapeClient.new({text})", "") for text in ("nil", "5", "true", '""')]
    copied = [
        *((options, words) for options, words in wrong_options() if not options.keys() & {"baseUrl", "budget", *_OWN}),
        ({"apiKey": Luau("KEY")}, "apiKey AudioScapeClient.new."),
        ({"cacheTracks": 5}, "cacheTracks AudioScapeClient.new."),
        ({"cacheTrack": 5}, "mean `cacheTracks`? AudioScapeClient.new."),
    ]
    attempts += [(f"client:withOptions({luau(options)})", name) for options, name in copied]
    attempts += [("client:withOptions(nil)", ""), ("client:withOptions(5)", ""), ("AudioScapeClient.newBudget(0)", "")]
    attempts += [(f"AudioScapeClient.newBudget({text})", "") for text in ("501", "1.5", "nil", "0 / 0")]
    wrong = made() + tried([text for text, _ in attempts])
    yield case("options that are wrong", wrong, answer, refused(attempts))
    kept = f"{_KEPT.replace('OPTIONS', luau({'apiKey': Luau('KEY'), 'cacheSeconds': 5}))}"
    yield case("options that are the caller's", kept, answer, _untouched)
    right = [f"AudioScapeClient.new({luau({'apiKey': Luau('KEY'), **options})})" for options in _right(model.identity)]
    yield case("options at their bounds", tried(right), answer, taken(right))
    dots = f"return client.{operation.id}({luau(dict(richest(operation).request))})"
    yield case(
        "a dot for a colon",
        f"{made()}local result, err = select(2, pcall(function() {dots} end))\n{_DOT}",
        answer,
        _colon,
    )


_SIGNED = "".join(f"{sign}{letter}" for sign, letter in zip(SIGNS, "aQ7xZ2mK9pLd4RtV8sWn3BfGh6C", strict=False))
"""A key of signs."""
_FEW_LETTERS = "{|}~!aQ#7x*+=?@^_{}!~|"
_OF_SIGN = tuple(f"{sign * 5}aQ{sign * 6}7x{sign * 5}" for sign in SIGNS)
"""Keys of one sign each, and too few letters to know them by."""
_OWN = ("cacheTracks", "breakerFailures", "breakerSeconds", "share")
"""Options that copies of a client cannot have."""
_NOT_LOCAL = "http://localhost.example"
_KEPT = """
local options = OPTIONS
local kept = copyOf(options, {})
local client = AudioScapeClient.new(options)
local fine = pcall(AudioScapeClient.new, table.freeze(kept))
return isSame(options, kept, {}), fine
"""
_DOT = "return result == nil, type(err) == 'table' and err.kind or tostring(err)"


def wrong_options() -> Iterator[tuple[dict[str, Any], str]]:
    """Yield options that are wrong, and the words that must be told: the name, and what it should be."""
    yield {UNKNOWN: 1}, UNKNOWN
    for misspelt, meant in _MISSPELT.items():
        yield {misspelt: 1}, f"mean `{meant}`?"
    yield {"timeout": 1234567}, "timeout got 1234567"
    yield {"timeout": 12345678}, "timeout got number"
    yield {"maxRetries": "soon"}, "maxRetries got string"
    yield {"cache": "byPass"}, 'cache mean "bypass"?'
    yield from outside(_NUMBERS, _WHOLE)
    for name in _HOOKS:
        yield {name: "hear"}, name
    for value in ("http://api.example", "ftp://api.example", "api.example", "https://api.example/?a=b", _NOT_LOCAL, 5):
        yield {"baseUrl": value}, "baseUrl"
    for name, value in (
        ("cache", "never"),
        ("cache", 5),
        ("identify", 1),
        ("playerId", "x"),
        ("budget", 5),
        ("analytics", 1),
        ("share", 1),
        ("share", {"group": "not a name"}),
        ("share", {"group": "m" * 33}),
    ):
        yield {name: value}, name
    yield {"share": {"groups": "music"}}, "mean `share.group`?"
    for options, words in outside(_SHARES, {"perMinute"}):
        yield {"share": options}, f"share.{words}"


_MISSPELT = {
    "maxRetry": "maxRetries",
    "cacheseconds": "cacheSeconds",
    "cache_seconds": "cacheSeconds",
    "itmeout": "timeout",
    "timeotu": "timeout",
    "deadlin": "deadline",
    "deadlinee": "deadline",
    "budgat": "budget",
    "onEror": "onError",
    "breakerFailure": "breakerFailures",
}
"""How options may be misspelt: letters that are missing, too many, wrong, or swapped with their neighbour."""
_SHARES: dict[str, tuple[float, float]] = {"perMinute": (1, 1_000_000), "memory": (0.001, 1_000_000)}
"""The least and the most that an option of `share` may be."""


def _right(identity: Identity) -> Iterator[dict[str, Any]]:
    yield from at_the(_NUMBERS)
    for mode in ("use", "bypass", "refresh"):
        yield {"cache": mode}
    for address in ("http://localhost:8080", "http://127.0.0.1/api", f"{_STAGING}"):
        yield {"baseUrl": address}
    yield {"budget": Luau("AudioScapeClient.newBudget(500)")}
    for sharing in (True, False, {}, {"group": "my-music_2"}, {"group": "m" * 32}, *at_the(_SHARES)):
        yield {"share": sharing}
    if options := _saying(identity):
        yield {name: False if value is True else str(value) for name, value in options.items()}
    if identity.player:
        yield {"playerId": -1}  # whom Studio calls a player


def _servers_only(seen: Observation) -> Iterator[Broken]:
    _, said = seen.returned
    if said is False:
        yield Broken("servers-only", "a client was made where every player could read its key")
    elif "server" not in str(said):
        yield Broken("servers-only", f"what is said does not tell that a client belongs on a server: {said}")


def _untouched(seen: Observation) -> Iterator[Broken]:
    if seen.returned != (True, True):
        rule = "options-taken" if seen.returned[:1] == (True,) else "input-untouched"
        yield Broken(rule, "options were written to, or are not taken since they cannot be")


def _colon(seen: Observation) -> Iterator[Broken]:
    if seen.returned != (True, "invalid_request"):
        yield Broken("never-throws", f"a method called with a dot returned {seen.returned!r}, not invalid_request")
    if seen.exchanges:
        yield Broken("invalid-refused", "a request was sent")
