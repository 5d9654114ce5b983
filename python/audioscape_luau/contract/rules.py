"""The rules that hold in every scene, each by its name, and what else can be expected of a single call."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from audioscape_luau.contract.case import Broken, Case
from audioscape_luau.contract.subject import Observation, Seen
from audioscape_luau.contract.wire import check_request
from audioscape_luau.mock.disguise import is_in
from audioscape_luau.mock.hiding import MASK, hide
from audioscape_luau.openapi import ApiModel

RULES: dict[str, str] = {
    # Of the module.
    "loads": "The module can be required, and makes a client of a key.",
    "has-method": "The client has a method for each operation of the API.",
    "nothing-odd": "What a scene shows is of the kind that it must be.",
    # Of every call.
    "never-throws": "A call returns its failures; it raises nothing, whatever reaches it.",
    "ends-in-time": "A call ends by its deadline.",
    "one-of-two": "A call returns a result or an error, not both and not neither.",
    "input-untouched": "A call leaves its arguments as they were.",
    "prints-nothing": "Nothing is printed.",
    "key-hidden": "The key is in nothing that is shown, in whatever form; nor is a piece that could be recognised.",
    "error-shape": "An error has all its fields, of the right types, and reads as one line.",
    "error-frozen": "An error is frozen.",
    "result-owned": "A result, its lists and its tables are the caller's to change.",
    "items-frozen": "Items of a result are frozen all through, since cache and callers share them.",
    # Of what is asked for.
    "valid-accepted": "What the contract allows is sent, in one request.",
    "invalid-refused": "What the contract rules out is refused as invalid_request, before any request.",
    "names-parameter": "A refusal names the parameter.",
    "wrong-meaning": "A request asks for what its caller asked for.",
    "wrong-operation": "A request is of the operation that was called.",
    # Of the bytes of a request, beyond the rules of the specification.
    "wrong-host": "Requests go to the API.",
    "wrong-key": "The key's header holds the key.",
    "key-in-url": "The key is in its header only.",
    "undeclared-header": "No header is sent that nobody asked for.",
    "no-time-out": "The engine is told when to give up.",
    "wire-order": "Parameters and members are in the specification's order.",
    "wire-spelling": "Equal requests are equal byte for byte.",
    "default-sent": "Defaults are left off.",
    "empty-sent": "What is empty is left off.",
    # Of what is answered.
    "reply-understood": "A usable reply becomes a result.",
    "reply-lost": "A reply that cannot be used is a decode error.",
    "field-lost": "Each usable field of a reply is handed on.",
    "field-changed": "Fields are handed on as they came.",
    "field-not-cleaned": "What is null, of the wrong type or not finite is nil.",
    "item-lost": "Each usable item of a list is handed on.",
    "item-not-dropped": "An item without what identifies it is dropped.",
    "failure-told": "A failure is returned as an error, not as a result.",
    "error-kind": "Each failure is of its kind.",
    "error-retryable": "An error says truly whether another try may help.",
    "error-status": "An error of a reply has its status.",
    "error-hint": "An error of a declared status has the specification's hint.",
    "error-says": "An error tells what the reply said.",
    "error-attempts": "An error counts the requests.",
    "error-request-id": "An error of a reply has the server's name for the request.",
    "error-body": "An error of a reply shows the start of its body.",
    "error-retry-after": "An error tells how long the API asked to wait.",
    # Of what is done about it.
    "retries": "What passes by is tried again.",
    "retries-only-what-passes": "What does not pass by is not tried again.",
    "retry-limit": "No call sends more requests than it may.",
    "backs-off": "Between attempts there are pauses, which grow.",
    "heeds-retry-after": "No attempt comes before the API allows it.",
    "same-request": "Each attempt is the same request.",
    # Of several calls.
    "cached": "A result that is new enough is not asked for again.",
    "cache-fresh": "A result that is too old is asked for again.",
    "cache-private": "Nothing of one key reaches another.",
    "cache-late": "A reply that comes after its call has ended is there for the next one.",
    "cache-bypassed": "A call that goes around the cache is answered by the API.",
    "cache-owned": "What one caller does to its result, no other notices.",
    "failure-not-cached": "A failure that passes by is not remembered.",
    "right-answer": "Each call gets the answer to its own question.",
    "coalesced": "Equal calls at the same time are one request.",
    "callers-apart": "A caller that gives up takes nobody along.",
    "clients-apart": "What befalls one client is nothing to another that was made apart from it.",
    "budget-held": "No minute holds more requests than the budget, or than the engine allows all budgets together.",
    "in-flight": "No request is given up while it waits in the line of an engine that has no slot free.",
    "breaker-opens": "An API that fails all the time is left alone for a while.",
    "breaker-patient": "The API is left alone after several failures in a row, and only then.",
    "breaker-closes": "An API that has recovered is asked again.",
    "cache-bounded": "No more is remembered than there is room for.",
    "stale-served": "While the API fails, an old result is better than none.",
    "stale-bounded": "An old result stands in for outages only, and not for ever.",
    "counted": "`stats` counts what was sent.",
    "pages-whole": "The pages hold each item of the list once, in order.",
    "pages-end": "Paging ends.",
    "pages-err": "A page that fails, or a list that cannot be read to its end, ends the pages and is told in `err`.",
    "options-checked": "Options that are wrong are refused where they are given, in words.",
    "options-taken": "Options within their bounds are taken.",
    "options-apart": "What a copy of a client is told changes nothing for its origin.",
    "servers-only": "Clients are made on servers, where no player can read the key.",
    "identity-sent": "A client that is to say for whom it asks does so.",
    "told": "Hooks are told what happens.",
    "hooks-apart": "Whatever a hook does, the call goes on.",
    "analysis-right": "What `Mir` makes of a track is what it says.",
    # Of the radio.
    "radio-goes-on": "Music does not stop, whatever the engine and the API do.",
    "radio-varies": "No track comes again before many others have passed.",
    "radio-plays-out": "A track is played to its end.",
    "radio-similar": "What is played is what the API named, or the game.",
    "radio-spares": "The radio asks the API seldom.",
    "radio-tells": "Signals tell what is heard and what went wrong.",
    "radio-fades": "With `crossfade`, one track fades into the next.",
    "radio-obeys": "The radio does as it is told.",
    "radio-refuses": "What the radio cannot do it refuses with an error that says why.",
    "radio-shows": "The player's attributes show what plays.",
    "radio-gives-back": "A radio that is destroyed leaves nothing behind.",
}
"""What each rule says. The rules of `mock.check` (such as `undeclared-parameter`) come on top."""

KINDS = frozenset(
    {
        "invalid_request",
        "bad_request",
        "unauthorized",
        "not_found",
        "rate_limited",
        "server_error",
        "http_error",
        "timeout",
        "connection",
        "http_disabled",
        "engine_limit",
        "budget_exceeded",
        "circuit_open",
        "decode",
        "internal",
    }
)
"""The closed set of what `err.kind` may be."""
_SLACK = 0.1
"""Seconds by which the frames of the engine delay what a thread waits for."""
_FIELDS: Mapping[str, tuple[type, ...]] = {
    "kind": (str,),
    "id": (str,),
    "message": (str,),
    "operation": (str,),
    "retryable": (bool,),
    "attempts": (int,),
}
_OPTIONAL: Mapping[str, tuple[type, ...]] = {
    "hint": (str,),
    "parameter": (str,),
    "status": (int,),
    "retryAfter": (int, float),
    "requestId": (str,),
    "body": (str,),
}


def check_always(case: Case, seen: Observation, model: ApiModel, key: str) -> Iterator[Broken]:
    """Yield what no scene may show."""
    if seen.hung:
        yield Broken("ends-in-time", f"it had not ended when watching stopped: {seen.hung}")
    if seen.failed:
        # What does not load has been told of when the scenes of several calls begin.
        began = seen.calls or seen.exchanges or case.phase == "stateful"
        yield Broken("never-throws" if began else "loads", seen.failed)
    for call in seen.calls:
        yield from _check_call(case, call)
    for exchange in seen.exchanges:
        yield from check_request(
            model,
            exchange,
            key=key,
            more_keys=case.more_keys,
            base_url=case.base_url,
            identified=case.identified,
        )
    if seen.output and not case.expects_output:
        yield Broken("prints-nothing", seen.output[0])
    told = (seen.output, seen.returned, seen.events, [(call.err, call.err_text, call.threw) for call in seen.calls])
    for text in dict.fromkeys(_texts(told)):
        if is_in(key, text):
            yield Broken("key-hidden", f"the key, or a piece of it, can be read out of: {_around(text, key)}")
            break


def _texts(value: Any) -> Iterator[str]:
    """Yield each text in a value by itself."""
    if isinstance(value, Mapping):
        members = cast("Mapping[Any, Any]", value)
        for name, member in members.items():
            yield from _texts(name)
            yield from _texts(member)
    elif isinstance(value, list | tuple):
        for member in cast("Sequence[Any]", value):
            yield from _texts(member)
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif value is not None:
        yield str(value)


def _check_call(case: Case, call: Seen) -> Iterator[Broken]:
    if call.missing:
        yield Broken("has-method", f"the client has no method {call.method}")
        return
    if call.threw is not None:
        yield Broken("never-throws", call.threw)
        return
    if call.seconds > case.deadline + _SLACK:
        yield Broken("ends-in-time", f"it took {call.seconds:.2f} s, the deadline is {case.deadline:g} s")
    if (call.result is None) == (call.err is None):
        both = "neither a result nor an error" if call.err is None else "a result and an error"
        yield Broken("one-of-two", f"it returned {both}")
    if call.touched:
        yield Broken("input-untouched", "the arguments are not what they were before the call")
    if call.err is not None:
        yield from check_error(call)
    else:
        if call.frozen:
            yield Broken("result-owned", f"`{call.frozen}` is frozen")
        if call.thawed:
            yield Broken("items-frozen", f"`{call.thawed}` is not frozen")


def check_error(call: Seen) -> Iterator[Broken]:
    """Yield what is wrong with an error, whatever it is about."""
    if call.err_type != "table":
        yield Broken("error-shape", f"the error is of type {call.err_type}, not a table")
        return
    err = call.error
    for name, types in _FIELDS.items():
        value = err.get(name)
        if not isinstance(value, types) or (types == (int,) and isinstance(value, bool)):
            yield Broken("error-shape", f"`err.{name}` is {value!r}")
    for name, types in _OPTIONAL.items():
        if name in err and (not isinstance(err[name], types) or isinstance(err[name], bool)):
            yield Broken("error-shape", f"`err.{name}` is {err[name]!r}")
    if err.get("kind") not in KINDS:
        yield Broken("error-shape", f"`err.kind` is {err.get('kind')!r}, which is none of the kinds")
    if not err.get("message"):
        yield Broken("error-shape", "`err.message` says nothing")
    if err.get("operation") != call.method:
        yield Broken("error-shape", f"`err.operation` is {err.get('operation')!r}, {call.method} was called")
    text = str(call.err_text or "")
    if len(text.splitlines()) != 1 or str(err.get("message")) not in text:
        yield Broken("error-shape", f"`tostring(err)` is no line with the message in it: {text!r}")
    if (hint := err.get("hint")) and str(hint) not in text:
        yield Broken("error-shape", f"`tostring(err)` leaves out the hint: {text!r}")
    for written, joined in (('"" .. err', call.err_joined), ('err .. ""', call.err_left)):
        if joined != text:
            yield Broken("error-shape", f"`{written}` is {joined!r}")
    wait = err.get("retryAfter")
    if isinstance(wait, int | float) and not 0 <= wait < math.inf:
        yield Broken("error-retry-after", f"`err.retryAfter` is {wait}, which is no time to wait")
    if not call.err_frozen:
        yield Broken("error-frozen", "`table.isfrozen(err)` is false")


def _around(text: str, key: str) -> str:
    hidden = hide(text, [key])
    return hidden[max(0, hidden.find(MASK) - 40) :][:200]
