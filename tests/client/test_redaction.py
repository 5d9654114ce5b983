"""The key appears nowhere, whoever repeats it, in whatever form."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioscape_luau.contract.disguises import AMONG_WORDS, DISGUISES
from audioscape_luau.mock import NoReply
from audioscape_luau.mock.finder import is_in
from audioscape_luau.simulation import World
from roblox_double import Secret, Universe
from support.game import shipped

# Not so plain that the text of an error, or a number, happens to hold a piece of it.
CHUNKS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=5).map("sK7".__add__)
KEYS = st.lists(CHUNKS, min_size=3, max_size=10).map("".join)
# How an API, a gateway or an engine may speak of a key.
ECHOES = (
    "{key}",
    'Invalid API key "{key}"',
    "x-api-key: {key}\nhost: x",
    "<p>{key}</p>",
    "{key}{key}",
    "x" * 190 + "{key}",
    "x" * 490 + "{key}" + "y" * 2000,
    "x" * 1995 + "{key}",
    "{half}",
)
PLACES = ("error", "message", "body", "request-id", "reason", "thrown", "retry-after", "ok-body")

_SCRIPT = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local key, places = ...
key = key or game:GetService("HttpService"):GetSecret("Key")
local shown = {}
local function show(event)
	for name, value in event do table.insert(shown, name .. "=" .. tostring(value)) end
end
local client = AudioScapeClient.new({
	apiKey = key, maxRetries = 1, cache = "bypass", breakerFailures = 1000,
	onRequest = show, onResponse = show, onRetry = show, onError = show,
})
for id = 1, places do
	local _, err = client:similar(id)
	if err then
		show(err)
		table.insert(shown, tostring(err) .. (err .. ""))
	end
end
for _, input in { if type(key) == "string" then { key, { [key] = 1 }, { asset_id = "1", limit = key } } else {} } do
	for _, wrong in input do
		local _, err = client:similar(wrong)
		show(err)
	end
end
table.insert(shown, tostring(client))
print(client, key)
return table.concat(shown, "\\n")
"""


def answer(place: str, text: str) -> httpx.Response:
    printable = text.replace("\n", " ").encode()
    match place:
        case "thrown":
            raise NoReply(f"HttpError: {text}", 0.05)
        case "error" | "message":
            return httpx.Response(401, content=json.dumps({place: text}))
        case "request-id":
            return httpx.Response(500, headers=[(b"x-request-id", printable)])
        case "retry-after":
            return httpx.Response(429, headers=[(b"retry-after", printable)])
        case "reason":
            return httpx.Response(500, extensions={"reason_phrase": printable})
        case "ok-body":
            return httpx.Response(200, content=text)
        case _:
            return httpx.Response(500, content=text)


def everything_shown(key: str, echo: str, *, secret: bool) -> str:
    text = echo.format(key=key, half=key[: len(key) // 2 + 3])

    def respond(request: httpx.Request) -> httpx.Response:
        return answer(PLACES[int(request.url.params["asset_id"]) - 1], text)

    with World(shipped(), respond, universe=Universe(secrets={"Key": Secret(key)})) as world:
        shown = world.server.run(_SCRIPT, None if secret else key, len(PLACES))[0]
        output = repr(world.server.output).replace(key, "", 0 if secret else 1)
    return f"{shown}\n{output}" if secret else str(shown)


@pytest.mark.cases(6)
@pytest.mark.breaks_contract
@pytest.mark.parametrize("secret", [False, True], ids=["text", "secret"])
@pytest.mark.parametrize("echo", ECHOES)
@settings(max_examples=3, deadline=None)
@given(key=KEYS)
def test_no_key_is_shown(secret: bool, echo: str, key: str) -> None:
    shown = everything_shown(key, echo, secret=secret)
    assert not any(is_in(key, line) for line in shown.split("\n"))


@pytest.mark.cases(24)
@pytest.mark.breaks_contract
@pytest.mark.parametrize(
    ("disguise", "secret"),
    [(name, secret) for name in DISGUISES for secret in (False, True) if not (secret and name in AMONG_WORDS)],
)
def test_no_key_is_shown_in_another_form(disguise: str, secret: bool) -> None:
    key = "sk-live/9F8e7D6c5B4a+3021_q"
    shown = everything_shown(
        key, f"bad key {DISGUISES[disguise](key)} of yours".replace("{", "{{").replace("}", "}}"), secret=secret
    )
    assert not any(is_in(key, line) for line in shown.split("\n"))


@pytest.mark.breaks_contract
def test_what_else_a_server_says_is_not_shown_with_a_secret() -> None:
    shown = everything_shown("sk-live-0123456789", "moonshine", secret=True)
    assert "HttpError: moonshine" in shown
    assert "its reason is not shown, since it might hold the Secret" in shown
    assert shown.count("moonshine") == shown.count("HttpError: moonshine")
