"""What can go wrong on the way, and the error that comes of it."""

from __future__ import annotations

import json

import httpx
import pytest

from audioscape_luau.openapi import Operation
from roblox_double import Peer
from support.game import KEY, Game, api, asked, shipped

STATUSES = {
    400: ("bad_request", False),
    401: ("unauthorized", False),
    403: ("unauthorized", False),
    404: ("not_found", False),
    408: ("timeout", True),
    410: ("http_error", False),
    418: ("http_error", False),
    422: ("bad_request", False),
    429: ("rate_limited", True),
    500: ("server_error", True),
    502: ("server_error", True),
    503: ("server_error", True),
    599: ("server_error", True),
    300: ("http_error", False),
    302: ("http_error", False),
    600: ("http_error", False),
}
BODIES = {
    "error": (b'{"error": "because of the moon"}', "because of the moon"),
    "message": (b'{"message": "because of the moon"}', "because of the moon"),
    "both": (b'{"message": "not this", "error": "because of the moon"}', "because of the moon"),
    "error of another type": (b'{"error": {"code": 5}, "message": "because of the moon"}', "because of the moon"),
    "html": (b"<!DOCTYPE html><html><body>502</body></html>", ""),
    "empty": (b"", ""),
    "cut": (b'{"error": "because of t', ""),
    "a list": (b"[1, 2]", ""),
    "a text": (b'"oops"', ""),
    "a number": (b"5", ""),
    "not UTF-8": (b"\xff\xfe\x00", ""),
}


@pytest.mark.cases(32)
@pytest.mark.breaks_contract
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", BODIES)
def test_status_and_body(game: Game, status: int, body: str) -> None:
    content, said = BODIES[body]
    game.answer(status, body=content, headers={"x-amzn-requestid": "req-1"})
    outcome = game.call("similar", "1", maxRetries=0)
    assert outcome.result is None
    assert outcome.err is not None
    kind, retryable = STATUSES[status]
    assert (outcome.err["kind"], outcome.err["status"], outcome.err["retryable"]) == (kind, status, retryable)
    assert outcome.err["attempts"] == 1
    assert outcome.err["requestId"] == "req-1"
    assert outcome.err["frozen"] is True
    assert said in outcome.err["message"]
    assert outcome.err["message"] in outcome.err["text"]


@pytest.mark.breaks_contract
@pytest.mark.parametrize("operation", api().operations, ids=lambda operation: operation.id)
def test_the_specifications_hints_arrive_with_their_statuses(game: Game, operation: Operation) -> None:
    hints = {response.status: response.hint for response in operation.responses if response.hint}
    assert len(hints) > 2
    told: dict[int, object] = {}
    for status in hints:
        game.answer(status)
        outcome = game.call(operation.id, asked(operation), maxRetries=0)
        assert outcome.err is not None
        told[status] = outcome.err["hint"]
    assert told == hints
    assert {request.method for request in game.requests} == {operation.method}


REPLIES = {
    "html": b"<html>hello</html>",
    "empty": b"",
    "cut": b'{"tracks": [{"asset_id": "1"',
    "no tracks": b'{"meta": {}}',
    "tracks null": b'{"tracks": null}',
    "tracks an object": b'{"tracks": {"a": 1}}',
    "tracks a text": b'{"tracks": "none"}',
    "a list": b"[1]",
    "a number": b"5",
    "a text": b'"tracks"',
    "null": b"null",
    "not UTF-8": b'{"tracks": "\xff"}',
    "deep": b"[" * 5000 + b"]" * 5000,
}


@pytest.mark.breaks_contract
@pytest.mark.parametrize("body", REPLIES.values(), ids=REPLIES.keys())
def test_reply_of_another_shape_is_decode(game: Game, body: bytes) -> None:
    game.answer(200, body=body)
    outcome = game.call("similar", "1", maxRetries=0)
    assert outcome.result is None
    assert outcome.err is not None
    assert outcome.err["kind"] == "decode"
    assert outcome.err["status"] == 200


@pytest.mark.breaks_contract
def test_a_reply_cut_anywhere_is_told_and_does_not_hang(game: Game) -> None:
    body = '{"tracks": [{"asset_id": "1", "name": "a \\\\ \\"b\\" \\\\", "loudness_lufs": NaN}], "meta": {}}'
    for length in range(len(body)):
        game.answer(200, body=body[:length])
        outcome = game.call("similar", "1", maxRetries=0)
        assert outcome.err is not None, body[:length]
        assert outcome.err["kind"] == "decode", body[:length]


@pytest.mark.breaks_contract
def test_a_reply_that_cannot_be_used_comes_with_its_beginning(game: Game) -> None:
    for body in ("<html>hello</html>", '{"tracks":5}'):
        game.answer(200, body=body)
        outcome = game.call("similar", "1", maxRetries=0)
        assert outcome.err is not None
        assert outcome.err["body"] == body


TOKENS = ["NaN", "-NaN", "Infinity", "-Infinity", "+Infinity", "1e999", "-1E+999", '"NaN"', '"Infinity"', "null"]


@pytest.mark.breaks_contract
@pytest.mark.parametrize("token", TOKENS)
def test_one_number_that_is_none_costs_only_its_field(game: Game, token: str) -> None:
    text = 'NaN, Infinity and \\"1e999\\" in a text: \\\\'
    body = f'{{"tracks": [{{"asset_id": "1", "name": "{text}", "loudness_lufs":{token}, "bpm": 1e2}}], "meta": {{}}}}'
    game.answer(200, body=body)
    outcome = game.call("similar", "1")
    assert outcome.err is None, outcome.err
    assert outcome.result["tracks"] == [{"asset_id": "1", "name": json.loads(f'"{text}"'), "bpm": 100}]


FAILURES = {
    "time-out": (httpx.ReadTimeout("slow"), "timeout"),
    "connect time-out": (httpx.ConnectTimeout("slow"), "timeout"),
    "refused": (httpx.ConnectError("refused"), "connection"),
    "closed": (httpx.RemoteProtocolError("closed"), "connection"),
}


@pytest.mark.parametrize(("error", "kind"), FAILURES.values(), ids=FAILURES.keys())
def test_network_failure(game: Game, error: Exception, kind: str) -> None:
    game.fail(error)
    outcome = game.call("similar", "1", maxRetries=0)
    assert outcome.err is not None
    assert (outcome.err["kind"], outcome.err["retryable"]) == (kind, True)
    assert outcome.err["hint"]


THROWN = {
    "Http requests are not enabled. Enable via game settings": "http_disabled",
    "Http requests can only be executed by game server": "http_disabled",
    "Number of requests exceeded limit": "engine_limit",
    "Number of Open Cloud requests exceeded limit": "engine_limit",
    "HttpError: Timedout": "timeout",
    "HttpError: TimedOut": "timeout",
    "HttpError: InactivityTimeout": "timeout",
    "HttpError: ConnectFail": "connection",
    "HttpError: DnsResolve": "connection",
    "HttpError: NetFail": "connection",
    "HttpError: SslConnectFail": "connection",
    "HttpError: SomethingNew": "connection",
    "HttpError: NetFail at secret.example": "connection",
    "HttpError: TooManyOutstandingRequests": "engine_limit",
    "HttpError: InvalidUrl": "connection",
    "Empty URL": "connection",
    "https://x/: URL: Trust check failed": "connection",
    "Trust check failed": "connection",
    "Secret is not allowed in the body": "unauthorized",
    "A secret cannot be used here": "unauthorized",
    "HttpService is not allowed to access ROBLOX resources": "connection",
    "Can't find secret with given key": "unauthorized",
    'Header "x-api-key" is not allowed!': "internal",
    "something else entirely": "internal",
}
_THROW = """
local engineErrors = require(game:GetService("ServerScriptService").AudioScapeClient.http.engineErrors)
local redact = require(game:GetService("ServerScriptService").AudioScapeClient.http.redaction.redact)
local text = ...
local err = engineErrors(text, { operation = "similar" }, redact("sK7-0123456789", {}))
return err.kind, err.hint, err.message
"""


@pytest.mark.parametrize(("text", "kind"), THROWN.items(), ids=THROWN.keys())
def test_everything_that_the_engine_throws_has_a_kind_and_a_hint(inside: Peer, text: str, kind: str) -> None:
    found, hint, message = inside.run(_THROW, text)
    assert found == kind
    assert hint
    assert message
    assert kind != "internal" or text in str(message)


KEY_ECHOES = {
    "in the error": '{"error": "invalid key KEY!"}',
    "in html": "<p>KEY</p>",
    "at the cut of the message": '{"error": "' + "x" * 195 + 'KEY"}',
    "at the cut of the body": "x" * 495 + "KEY" + "y" * 600,
}


@pytest.mark.breaks_contract
@pytest.mark.parametrize("echo", KEY_ECHOES.values(), ids=KEY_ECHOES.keys())
@pytest.mark.parametrize("status", [200, 401, 500])
def test_an_echoed_key_is_taken_out(game: Game, status: int, echo: str) -> None:
    game.answer(status, body=echo.replace("KEY", KEY))
    outcome = game.call("similar", "1", maxRetries=0)
    assert outcome.err is not None
    shown = repr(outcome.err) + repr(game.server.output)
    for length in range(6, len(KEY) + 1):
        assert KEY[:length] not in shown


@pytest.mark.breaks_contract
@pytest.mark.parametrize("before", ["", "x", "xx", "xxx"])
@pytest.mark.parametrize("letter", ["é", "€", "😀"])
def test_no_character_is_cut_in_two(game: Game, inside: Peer, letter: str, before: str) -> None:
    """The double hands strings that are not UTF-8 over as bytes."""
    long = before + letter * 1000
    game.answer(400, body=json.dumps({"error": long}, ensure_ascii=False))
    err = game.call("similar", "1").err
    assert err is not None
    assert long.startswith(err["message"].partition(": ")[2].removesuffix("..."))
    assert err["body"].endswith(f"{letter}...")
    assert 490 < len(err["body"].encode()) <= 503
    _, _, message = inside.run(_THROW, f"HttpError: {long}")
    assert str(message).endswith(f"{letter}...")


@pytest.mark.breaks_contract
def test_what_is_no_text_ends_anywhere(game: Game) -> None:
    game.answer(400, body=b"\x80" * 1000)
    err = game.call("similar", "1").err
    assert err is not None
    assert len(err["body"]) > 490


@pytest.mark.parametrize("said", ["one\ntwo", "one\r\ntwo", "one\n\n\ttwo", "one\0two"])
def test_an_error_is_one_line_whatever_was_said(game: Game, inside: Peer, said: str) -> None:
    game.answer(500, body={"error": said})
    err = game.call("similar", "1", maxRetries=0).err
    assert err is not None
    assert err["message"].endswith(": one two")
    assert "AudioScape similar: the API failed with status 500: one two. " in err["text"]
    _, _, message = inside.run(_THROW, f"HttpError: {said}")
    assert str(message).endswith(": HttpError: one two")


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("0", 0), ("x", None), ("-1", None), (None, None)])
def test_retry_after_is_handed_on(game: Game, header: str | None, seconds: int | None) -> None:
    game.answer(429, body={"message": "slow down"}, headers={"Retry-After": header} if header else None)
    outcome = game.call("similar", "1", maxRetries=0)
    assert outcome.err is not None
    assert outcome.err.get("retryAfter") == seconds


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1:8000/developer/", "https://staging.example"]
)
def test_base_url_may_be_this_machine_or_https(game: Game, url: str) -> None:
    game.answer(body={"tracks": [], "meta": {}})
    outcome = game.call("similar", "1", baseUrl=url)
    assert outcome.err is None
    assert str(game.requests[0].url) == url.rstrip("/") + "/v1/similar?asset_id=1"


def test_new_refuses_to_work_on_a_client(game: Game) -> None:
    game.server.mount(shipped(), "ReplicatedStorage")
    player = game.universe.client("Ann")
    game.universe.advance(1)
    ok, said = player.run(
        """
        local AudioScapeClient = require(game:GetService("ReplicatedStorage"):WaitForChild("AudioScapeClient"))
        return pcall(function() return AudioScapeClient.new("key") end)
        """,
        parent="ReplicatedFirst",
    )
    assert ok is False
    assert str(said).startswith("ReplicatedFirst.Script:")
    assert "works on the server only" in str(said)
    assert "from a Script in ServerScriptService" in str(said)
    assert "every player" in str(said)


def test_an_error_without_details_is_whole(inside: Peer) -> None:
    source = """
local Errors = require(game:GetService("ServerScriptService").AudioScapeClient.errors.Errors)
local err = Errors.new("internal", {})
return err.operation, err.attempts, err.message
"""
    operation, attempts, message = inside.run(source)
    assert (operation, attempts) == ("call", 0)
    assert str(message).endswith(": ?")
