"""A broken case in words: the call, the request, the reply, the result, the rule, and how to run it again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx

from audioscape_luau.contract.case import Outcome
from audioscape_luau.contract.rules import RULES
from audioscape_luau.contract.subject import Observation, Seen
from audioscape_luau.contract.wire import target_of
from audioscape_luau.mock.hiding import MASK, hide
from audioscape_luau.report import legible
from audioscape_luau.simulation import Exchange

_LONGEST = 2000
"""Characters of a text that are shown."""
_LONGEST_TEXT = 50 * _LONGEST
"""Characters of a text that are looked through for the key."""
_CURLS_OWN = {"host", "content-length", "accept-encoding", "accept", "cache-control", "connection", "user-agent"}


@dataclass(frozen=True, slots=True)
class Report:
    """The parts of a report on one broken case, each a text of its own without the key."""

    title: str
    rules: tuple[tuple[str, str, str], ...]
    """Name, meaning, and what was seen."""
    luau: str
    requests: str
    replies: str
    result: str
    replay: str

    def parts(self) -> tuple[tuple[str, str, str], ...]:
        """Return label, text and language of each part after the rules."""
        return (
            ("Call", self.luau, "luau"),
            ("Request", self.requests, "sh"),
            ("Reply", self.replies, "http"),
            ("Result", self.result, "json"),
            ("Replay", self.replay, "sh"),
        )


def report_on(outcome: Outcome, *, key: str, key_header: str, arguments: str = "") -> Report:
    """Return a broken case in words. `arguments`: what `audioscape check` was given besides, to be given again."""

    def shown(text: str) -> str:
        return shortened(without(text, key))

    seen = outcome.observation
    return Report(
        title=f"{outcome.case.phase}/{outcome.case.name}",
        rules=tuple((b.rule, RULES.get(b.rule, "Requests follow the spec."), shown(b.detail)) for b in outcome.broken),
        luau=shown(outcome.case.script),
        requests=shown("\n".join(curl(e.request, key_header, key) for e in seen.exchanges) or "no request was sent"),
        replies=shown("\n\n".join(_reply(exchange) for exchange in seen.exchanges) or "none"),
        result=shown(_result(seen)),
        replay=f"audioscape check {arguments}--replay {shlex.quote(outcome.case.token)}",
    )


def curl(request: httpx.Request, key_header: str, key: str) -> str:
    """Return a request as a curl line that takes the key from the environment."""
    words = ["curl", "-X", request.method]
    for name, value in request.headers.items():
        if name.lower() == key_header.lower() and value == key:
            words.append(f'-H "{name}: $AUDIOSCAPE_API_KEY"')
        elif name.lower() not in _CURLS_OWN:
            words += ["-H", shlex.quote(f"{name}: {value}")]
    if request.content:
        words += ["--data-raw", shlex.quote(request.content.decode(errors="replace"))]
    base = f"{request.url.scheme}://{request.url.netloc.decode()}"
    words.append(shlex.quote(base + target_of(request)))
    return without(" ".join(words), key)


def without(text: str, key: str) -> str:
    """Return a text without the key, in whatever form; of a very long one the beginning."""
    return hide(text[:_LONGEST_TEXT], [key])


def shortened(text: str, longest: int = _LONGEST) -> str:
    """Cut a text that is too long to be read, and spell out what no file can hold and no reader would see.

    Not before the key is hidden: a part of it would stay.
    """
    text = legible(text)
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text)} characters)"


def _reply(exchange: Exchange) -> str:
    if exchange.failure is not None or exchange.response is None:
        return f"Roblox raises: {exchange.failure or 'nothing'}"
    return reply_of(exchange.response)


def reply_of(response: httpx.Response) -> str:
    """Return a reply as text: status, headers, body."""
    seconds = response.extensions.get("virtual_seconds")
    late = f"  (after {seconds:g} s)" if seconds else ""
    # A cookie may let its holder in as much as a key does.
    headers = "".join(
        f"\n{name}: {MASK if name == 'set-cookie' else value}" for name, value in response.headers.items()
    )
    # Not by the charset that it names: what that does to the bytes could hide the key.
    body = response.content[:_LONGEST_TEXT].decode(errors="replace")
    return f"HTTP {response.status_code}{late}{headers}\n\n{body}"


def _result(seen: Observation) -> str:
    if seen.hung:
        return f"it did not end: {seen.hung}"
    if seen.failed:
        return f"it failed: {seen.failed}"
    texts = [_call(call) for call in seen.calls]
    if seen.returned:
        texts.append(f"the scene returned {plain(list(seen.returned))}")
    texts += (f"heard from {track.start:.1f} to {track.end:.1f} s: {track.content}" for track in seen.heard)
    return "\n".join([*texts, *seen.output])


def _call(call: Seen) -> str:
    if call.missing:
        return f"{call.method}: the client has no such method"
    if call.threw is not None:
        return f"{call.method} threw: {call.threw}"
    if call.err is not None:
        return f"{call.method} returned nil and the error {plain(call.err)}"
    return f"{call.method} returned {plain(call.result)}"


def plain(value: Any) -> str:
    """Return a value out of Luau as JSON, as far as JSON can say it."""
    return json.dumps(_jsonable(value), ensure_ascii=False, default=str)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        members = cast("Mapping[Any, Any]", value)
        return {_word(name): _jsonable(member) for name, member in members.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(member) for member in cast("list[Any]", value)]
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _word(name: Any) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)
