"""The rules that hold in every scene, each by its name, and what else can be expected of a single call."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from audioscape_luau.contract.case import Broken, Case
from audioscape_luau.contract.subject import Observation, Seen
from audioscape_luau.contract.wire import check_request
from audioscape_luau.mock.finder import is_in
from audioscape_luau.mock.hiding import MASK, hide
from audioscape_luau.openapi import ApiModel

RULES: dict[str, str] = {
    # Of the module.
    "loads": "The module can be required, and `new` with a key returns a client.",
    "has-method": "The client has a method for each operation of the API.",
    "nothing-odd": "A scene returns values of the expected types.",
    # Of every call.
    "never-throws": "A call never throws, whatever its arguments. It returns errors.",
    "ends-in-time": "A call ends by its deadline.",
    "one-of-two": "A call returns either a result or an error, never both.",
    "input-untouched": "A call does not change its arguments.",
    "prints-nothing": "The module prints nothing.",
    "key-hidden": "The API key appears nowhere, in no form, not even a recognisable part of it.",
    "error-shape": "An error has all its fields, with the right types, and prints as one line.",
    "error-frozen": "An error is frozen.",
    "error-id": "`err.id` is a documented one, and its kind and hint fit.",
    "error-worded": "Message and hint are whole sentences: what failed, and what to do.",
    "result-owned": "The caller may change a result, its lists and its tables.",
    "items-frozen": "The items of a result are deeply frozen, since the cache and all callers share them.",
    # Of what is asked for.
    "valid-accepted": "Valid input is sent, in one request.",
    "invalid-refused": "Invalid input is refused as invalid_request, and nothing is sent.",
    "names-parameter": "The error names the invalid parameter.",
    "names-bounds": "The error of a value beyond its bounds, or none of those allowed, names them.",
    "wrong-meaning": "A request carries what the caller passed.",
    "wrong-operation": "A request goes to the operation that was called.",
    # Of the bytes of a request, beyond the rules of the specification.
    "wrong-host": "Requests go to the API.",
    "wrong-key": "The key is in its header.",
    "key-in-url": "The key is nowhere but in its header.",
    "undeclared-header": "No undeclared header is sent.",
    "no-time-out": "A request has a time-out.",
    "wire-order": "Parameters and fields are in the order of the spec.",
    "wire-spelling": "Equal calls send the same bytes.",
    "default-sent": "Default values are not sent.",
    "empty-sent": "Empty optional values are not sent.",
    "parts-joined": "A list that is longer than a request takes becomes several requests, and one result.",
    # Of what is answered.
    "reply-understood": "A usable reply becomes a result.",
    "reply-lost": "An unusable reply is a decode error.",
    "headers-read": "The headers that the spec describes come after result and error, with values of their types.",
    "field-lost": "The result has every usable field of the reply.",
    "field-changed": "Fields are passed on unchanged.",
    "field-not-cleaned": "A field that is null, not finite or of the wrong type is nil.",
    "item-lost": "The result has every usable item of a list.",
    "item-not-dropped": "An item without its id is dropped.",
    "failure-told": "A failure is returned as an error, not as a result.",
    "error-kind": "`err.kind` fits the failure.",
    "error-retryable": "`err.retryable` is right.",
    "error-status": "`err.status` is the status of the reply.",
    "error-hint": "`err.hint` is the hint that the spec has for this status.",
    "error-says": "The message quotes what the reply says.",
    "error-attempts": "`err.attempts` is the number of requests.",
    "error-request-id": "`err.requestId` is the server's id of the request.",
    "error-body": "`err.body` is the start of the reply's body.",
    "error-retry-after": "`err.retryAfter` is how long the API asks to wait.",
    # Of what is done about it.
    "retries": "A temporary failure is retried.",
    "retries-only-what-passes": "A permanent failure is not retried.",
    "retry-limit": "A call stays within `maxRetries`.",
    "backs-off": "The pauses between attempts grow.",
    "heeds-retry-after": "No retry is sent before `Retry-After` has passed.",
    "paced": "After a pause that the API asked for, one request goes first, and the others follow apart.",
    "pause-shared": "With `share`, such a pause holds for all clients of the key.",
    "limit-shared": "With `perMinute`, all clients of the key keep within it, and each has its share.",
    "share-cheap": "With `share`, the stores are seldom asked, and left alone if they fail.",
    "shared-memory": "With `memory`, one request answers players and radios of all servers, while it is new.",
    "share-harmless": "With `share`, calls go on while Roblox's stores do not answer.",
    "same-request": "Each attempt is the same request.",
    # Of several calls.
    "cached": "A cached result that is still fresh is not requested again.",
    "cache-fresh": "A cached result that is too old is requested again.",
    "cache-private": "Results fetched with one key never reach another.",
    "cache-late": "A reply that arrives too late for its call is cached for the next one.",
    "cache-bypassed": "A call that bypasses the cache asks the API.",
    "cache-owned": "If one caller changes its result, no other caller sees the change.",
    "failure-not-cached": "A temporary failure is not cached.",
    "right-answer": "Each call gets the reply to its own request.",
    "coalesced": "Equal calls at the same time share one request.",
    "callers-apart": "If one caller gives up, the others still get their result.",
    "clients-apart": "Failures of one client do not affect another that was made separately.",
    "budget-held": "Requests stay within the budget, and all budgets together within Roblox's limit.",
    "in-flight": "No request times out while Roblox still has it queued.",
    "breaker-opens": "After repeated failures, requests to the API are paused.",
    "breaker-patient": "Requests are paused only after several failures in a row.",
    "breaker-closes": "Once the API works again, requests are sent again.",
    "engine-met": "A client works on an engine that knows no time-outs.",
    "cache-bounded": "The cache stays within its size limit.",
    "stale-served": "While the API is down, a stale cached result is returned.",
    "stale-bounded": "Stale results are used only while the API is down, and only up to their maximum age.",
    "counted": "`stats` counts requests, and what is left out of replies.",
    "pages-whole": "Paging returns each item once, in order.",
    "pages-end": "Paging ends.",
    "pages-err": "If a page fails or the list cannot be read to its end, paging ends and `err` says why.",
    "options-checked": "A wrong option is refused where it is passed, and the message says what is wrong.",
    "options-taken": "Valid options are accepted.",
    "options-apart": "Options of a copy do not change the original client.",
    "servers-only": "A client can be made only on a server, where no player can read the key.",
    "identity-sent": "With `identify` or `playerId`, requests carry the headers for them.",
    "misuse-told": "A method that is called wrongly, or that there is none of, says what to do instead.",
    "sealed": "No script can take clients, budgets, lists and signals apart.",
    "told": "Hooks are called for what happens.",
    "hooks-apart": "A hook cannot break a call.",
    "analysis-right": "The `Mir` and `Structure` functions return the right values.",
    # Of events.
    "events-off": "No event is sent unless `analytics` is turned on.",
    "events-taken": "Events that keep to the spec are taken.",
    "events-checked": "An event that breaks the spec is refused, and the error names its field.",
    "events-dated": "An event that does not say when it was gets the time at which it was tracked.",
    "events-batched": "Events leave together, as many as a request may hold.",
    "events-timely": "An event leaves after 30 seconds at the latest, and at once when a batch is full.",
    "events-once": "Events are sent in order, and none twice that may have arrived.",
    "events-backed-off": "After a failure events wait, longer each time.",
    "events-counted": "`stats().analytics` says what became of every event.",
    # Of the radio.
    "radio-goes-on": "The music does not stop, whatever Roblox and the API do.",
    "radio-varies": "No track repeats before many others have played.",
    "radio-recordings": "No other recording of a song plays while the song is in the history.",
    "radio-artists": "An artist comes again after `artistSpacing` other tracks, and not earlier.",
    "radio-pardons": "Tracks that did not load are tried again later, and not before others.",
    "radio-plays-out": "A track plays to its end.",
    "radio-similar": "The radio plays only tracks that the API or the game's script named.",
    "radio-smooth": "With `smooth`, tracks sound like the one before.",
    "radio-likeness": "A strategy of the game's is told how alike tracks sound, as far as the API told.",
    "radio-roams": "The radio roams as far from the track it started with as `strategy` and `variety` say.",
    "radio-stays": "With `pool` and `maxDistinct`, the radio chooses nothing else and no more.",
    "radio-preloads": "With `preload`, the next track loads half a minute early, without it not.",
    "radio-spares": "The radio sends few requests.",
    "radio-tells": "The radio's signals report what plays and what fails.",
    "radio-fades": "With `crossfade`, one track fades into the next, where a phrase ends if the game tells where.",
    "radio-seeds": "The radio starts with what a search, a genre, a chart or a playlist finds.",
    "radio-region": "Of a player with a region, only that part of each track plays.",
    "radio-volume": "The game's volume is kept, levelled as asked for, and given back.",
    "radio-alone": "A player has one radio.",
    "radio-audience": "Reports count of those who listen now, once each.",
    "radio-votes": "With `analytics`, the radio tells what was heard, for how long, and what was voted.",
    "serve-answers": "With `serve`, players get what they may know, within their share, and of failures no details.",
    "radio-signals": "Listeners are called as they connected, and threads that wait go on.",
    "radio-obeys": "The radio does what its methods are called for.",
    "radio-refuses": "A method that cannot do its job returns an error that says why.",
    "radio-shows": "The sound's attributes show what plays.",
    "radio-gives-back": "A destroyed radio leaves nothing behind.",
}
"""What each rule says. The rules of `mock.check` (such as `undeclared-parameter`) count as well."""

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
"""All values of `err.kind`."""
IDS: Mapping[str, tuple[str, bool]] = {
    "needs_colon": ("invalid_request", True),
    "bad_input": ("invalid_request", False),
    "bad_extras": ("invalid_request", False),
    "missing_parameter": ("invalid_request", True),
    "bad_combination": ("invalid_request", True),
    "missing_choice": ("invalid_request", True),
    "excess_choice": ("invalid_request", True),
    "bad_parameter": ("invalid_request", False),
    "unnamed_parameter": ("invalid_request", True),
    "unknown_parameter": ("invalid_request", True),
    "cannot_yield": ("invalid_request", True),
    "analytics_off": ("invalid_request", True),
    "not_here": ("invalid_request", True),
    "bad_request": ("bad_request", False),
    "unauthorized": ("unauthorized", True),
    "not_found": ("not_found", False),
    "rate_limited": ("rate_limited", False),
    "server_error": ("server_error", False),
    "request_timeout": ("timeout", True),
    "http_error": ("http_error", False),
    "not_json": ("decode", True),
    "wrong_shape": ("decode", True),
    "list_unfinished": ("decode", True),
    "http_disabled": ("http_disabled", True),
    "client_side": ("http_disabled", True),
    "engine_limit": ("engine_limit", True),
    "timeout": ("timeout", True),
    "connection": ("connection", True),
    "deadline": ("timeout", True),
    "bad_url": ("connection", True),
    "secret_refused": ("unauthorized", True),
    "engine_refused": ("internal", True),
    "budget_exceeded": ("budget_exceeded", True),
    "rate_paused": ("rate_limited", True),
    "circuit_open": ("circuit_open", True),
    "internal": ("internal", True),
}
"""What a call may return for `err.id`: the kind of each, and whether it has a hint in any case."""
_RADIO_IDS: Mapping[str, tuple[str, bool, bool]] = {
    "radio_analytics_off": ("invalid_request", True, False),
    "radio_audience_failed": ("invalid_request", True, False),
    "radio_bad_volume": ("invalid_request", False, False),
    "radio_bad_vote": ("invalid_request", False, False),
    "radio_destroyed": ("invalid_request", True, False),
    "radio_internal": ("internal", True, False),
    "radio_needs_colon": ("invalid_request", True, False),
    "radio_no_previous": ("invalid_request", True, False),
    "radio_no_seed": ("invalid_request", True, False),
    "radio_not_audience": ("invalid_request", True, False),
    "radio_not_current": ("invalid_request", False, False),
    "radio_not_present": ("invalid_request", True, False),
    "radio_not_started": ("invalid_request", True, False),
    "radio_nothing_found": ("not_found", True, True),
    "radio_nothing_known": ("not_found", True, True),
    "radio_nothing_plays": ("invalid_request", True, False),
    "radio_player_gone": ("invalid_request", True, False),
    "radio_random_failed": ("invalid_request", True, False),
    "radio_strategy_failed": ("invalid_request", True, False),
    "radio_structure_failed": ("invalid_request", True, False),
    "radio_unknown_seed": ("not_found", True, False),
    "radio_unplayable": ("not_found", True, False),
    "radio_unreadable_seed": ("invalid_request", True, False),
}
"""The same of what a radio refuses and reports, and whether that may pass."""
_WARNING = re.compile(r"warn: AudioScape[^:]*: (.+)", re.DOTALL)
_OWN = frozenset(
    {"budget_exceeded", "circuit_open", "deadline", "list_unfinished", "rate_paused", "timeout", "wrong_shape"}
)
"""Errors whose messages quote nothing, beside those of wrong input."""
_HOLE = re.compile(r"(?<=\s)\?(?=[\s.,]|$)|`\?`|\s[,.;:](?:\s|$)|``|\(\)|^\s|  |[(,:\s]$|\bof [.,]")
"""Where a word is missing in a sentence."""
_CALLED = re.compile(r"(?<=[a-z])\(\)")
"""How a method is called that takes nothing."""
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
        yield Broken("ends-in-time", f"it was still running when the time was up: {seen.hung}")
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
            untimed=case.untimed,
        )
    if seen.output and not case.expects_output:
        yield Broken("prints-nothing", seen.output[0])
    for line in seen.output:
        if warning := _WARNING.fullmatch(line):
            yield from _check_warning(warning[1])
    for event in seen.events:
        if isinstance(event, Mapping) and {"id", "message", "retryable"} <= event.keys():
            yield from check_reported(cast("Mapping[str, Any]", event))
    told = (seen.output, seen.returned, seen.events, [(call.err, call.err_text, call.threw) for call in seen.calls])
    for text in dict.fromkeys(_texts(told)):
        if is_in(key, text):
            yield Broken("key-hidden", f"the key, or part of it, can be read in: {_around(text, key)}")
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
        yield Broken("ends-in-time", f"it took {call.seconds:.2f} s; the deadline is {case.deadline:g} s")
    result = case.operation.reply if case.operation else None
    may_be_null = result is not None and result.nullable and call.err is None
    if (call.result is None) == (call.err is None) and not may_be_null:
        both = "neither a result nor an error" if call.err is None else "a result and an error"
        yield Broken("one-of-two", f"it returned {both}")
    if call.touched:
        yield Broken("input-untouched", "the call changed its arguments")
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
        yield Broken("error-shape", f"the error is a {call.err_type}, not a table")
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
        yield Broken("error-shape", f"`err.kind` is {err.get('kind')!r}, which is not one of the kinds")
    if not err.get("message"):
        yield Broken("error-shape", "`err.message` is empty")
    if err.get("operation") != call.method:
        yield Broken("error-shape", f"`err.operation` is {err.get('operation')!r}, but {call.method} was called")
    text = str(call.err_text or "")
    if len(text.splitlines()) != 1 or str(err.get("message")) not in text:
        yield Broken("error-shape", f"`tostring(err)` is not one line that contains the message: {text!r}")
    if (hint := err.get("hint")) and str(hint) not in text:
        yield Broken("error-shape", f"`tostring(err)` does not contain the hint: {text!r}")
    for written, joined in (('"" .. err', call.err_joined), ('err .. ""', call.err_left)):
        if joined != text:
            yield Broken("error-shape", f"`{written}` is {joined!r}")
    yield from _check_words(err)
    wait = err.get("retryAfter")
    if isinstance(wait, int | float) and not 0 <= wait < math.inf:
        yield Broken("error-retry-after", f"`err.retryAfter` is {wait}, which is not a number of seconds to wait")
    if not call.err_frozen:
        yield Broken("error-frozen", "`table.isfrozen(err)` is false")


def _check_words(err: Mapping[str, Any]) -> Iterator[Broken]:
    own, hint = str(err.get("id")), str(err.get("hint", ""))
    kind, has_hint = IDS.get(own, ("", False))
    if not isinstance(err.get("id"), str) or err.get("kind") not in KINDS:
        return  # told already
    if kind != err.get("kind"):
        yield Broken("error-id", f"`err.id` is {own!r}, `err.kind` is {err.get('kind')!r}")
    elif has_hint and not hint:
        yield Broken("error-id", f"an error {own!r} says what to do, and this one has no hint")
    # What is wrong is quoted as it came, and so is what a server says.
    is_own = err.get("kind") == "invalid_request" or own in _OWN
    texts = [str(err.get("message")).partition(", got ")[0]] if is_own else []
    for text in (*texts, *([hint] if has_hint else ())):
        yield from check_worded(text)


def check_reported(err: Mapping[str, Any]) -> Iterator[Broken]:
    """Yield what is wrong with the words of an error that a radio refuses or reports something by."""
    own = str(err.get("id"))
    if own not in _RADIO_IDS:
        yield from _check_words(err)
        return
    kind, has_hint, retryable = _RADIO_IDS[own]
    if (err.get("kind"), err.get("retryable")) != (kind, retryable):
        told = f"`err.kind` {err.get('kind')!r} and `err.retryable` {err.get('retryable')}"
        yield Broken("error-id", f"an error {own!r} has {told}")
    elif has_hint and not err.get("hint"):
        yield Broken("error-id", f"an error {own!r} says what to do, and this one has no hint")
    elif not str(err.get("operation")).startswith("radio"):
        yield Broken("error-shape", f"`err.operation` of a radio is {err.get('operation')!r}")
    for text in (str(err.get("message")).partition(", got ")[0], str(err.get("hint", ""))):
        yield from check_worded(_CALLED.sub("", text))


def _check_warning(text: str) -> Iterator[Broken]:
    """Expect that a warning says what is wrong and what to do."""
    if not text.endswith(".") or ". " not in text:
        yield Broken("error-worded", f"a warning that does not say what is wrong and what to do: {text}")


def check_worded(text: str) -> Iterator[Broken]:
    """Yield where a sentence lacks a word."""
    if hole := _HOLE.search(text):
        yield Broken("error-worded", f"something is missing at {hole.group()!r} in: {text}")


def _around(text: str, key: str) -> str:
    hidden = hide(text, [key])
    return hidden[max(0, hidden.find(MASK) - 40) :][:200]
