"""What the client makes of an engine that is not what the engine says it is, and of faults of its own."""

from __future__ import annotations

from typing import Any

import pytest

from audioscape_luau.simulation import World
from roblox_double import Peer
from support.artefacts import artefact

# The module on an engine whose `request` is the script's, and which may differ in more.
_PRELUDE = """
local module = game:GetService("ServerScriptService").AudioScapeClient
local Client, Engine = require(module.Client), require(module.Engine)
local Budget = require(module.support.Budget)
local function on(changes, options)
	local engine = table.clone(Engine.fromGame())
	for name, value in changes do engine[name] = value end
	local all = table.clone(options or {})
	all.apiKey, all.budget = "key-9f8e7d6c5b4a", all.budget or Budget.new(1e6)
	return Client.new(all, engine, 1)
end
local function call(changes, options)
	local result, err = on(changes, { maxRetries = 0 }):similar(1)
	if err then return nil, err.kind, err.id, err.message, err.retryable end
	return #result.tracks
end
""".replace("\n", " ")
OK = '{"tracks": [{"asset_id": "1"}], "meta": {}}'
REPLY = f"StatusCode = 200, Body = '{OK}'"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (f"return {{ {REPLY} }}", [1]),
        (f"return {{ {REPLY}, Headers = 5 }}", [1]),
        (f"return {{ {REPLY}, Headers = {{ [1] = 2 }} }}", [1]),
        ("return nil", [None, "internal", "engine_refused"]),
        ('return "200"', [None, "internal", "engine_refused"]),
        (f"return {{ StatusCode = '200', Body = '{OK}' }}", [None, "http_error", "http_error"]),
        ("return { StatusCode = 200, Body = 5 }", [None, "decode", "not_json"]),
        ("return { StatusCode = 500 }", [None, "server_error", "server_error"]),
        ("error({ code = 5 })", [None, "internal", "engine_refused"]),
        ("error(nil)", [None, "internal", "engine_refused"]),
        ('error("Trust check failed")', [None, "connection", "bad_url"]),
        ('error("The Secret is not for this domain")', [None, "unauthorized", "secret_refused"]),
    ],
)
def test_a_request_that_comes_back_as_no_documentation_says(inside: Peer, reply: str, expected: list[Any]) -> None:
    values = inside.run(f"{_PRELUDE} return call({{ request = function() {reply} end }})")
    assert values[: len(expected)] == expected


def test_what_has_no_reason_says_so(inside: Peer) -> None:
    message = inside.run(f"{_PRELUDE} return call({{ request = function() return {{ StatusCode = 502 }} end }})")[3]
    assert "no reason was given" in str(message)


@pytest.mark.parametrize(("timeout", "seconds"), [(0.5, 1), (1, 1), (1.5, 2), (60, 60)])
def test_the_engine_is_given_whole_seconds(inside: Peer, timeout: float, seconds: int) -> None:
    script = f"""{_PRELUDE}
local given
call({{ request = function(options) given = options.Timeout return {{ {REPLY} }} end }}, ...)
return given
"""
    source = script.replace("{ maxRetries = 0 }", "options or { maxRetries = 0 }")
    assert inside.run(source, {"timeout": timeout, "deadline": 600}) == [seconds]


@pytest.mark.parametrize(("length", "shown"), [(180, 180), (200, 200), (201, 200), (5000, 200)])
def test_what_the_engine_throws_is_shown_up_to_a_length(inside: Peer, length: int, shown: int) -> None:
    thrown = "Z" * length
    message = inside.run(f'{_PRELUDE} return call({{ request = function() error("{thrown}", 0) end }})')[3]
    assert str(message).endswith("Z" * shown + "..." * (length > shown))
    assert str(message).count("Z") == shown


def test_a_new_client_knows_of_no_audio_and_tells_its_radios_what_they_learn(inside: Peer) -> None:
    script = f"""{_PRELUDE}
local hearings = {{}}
local client = Client.new("key-9f8e7d6c5b4a", Engine.fromGame(), 1, {{ radio = {{
	make = function(dependencies) table.insert(hearings, dependencies.hearing) end,
	operation = "similar",
	music = {{ pageSize = 100 }},
}} }})
client:radio()
client:withOptions({{}}):radio()
return hearings[1].heard, hearings[1] == hearings[2]
"""
    assert inside.run(script) == [False, True]


def test_what_is_no_reply_is_named(inside: Peer) -> None:
    message = inside.run(f"{_PRELUDE} return call({{ request = function() return nil end }})")[3]
    assert "RequestAsync returned no table" in str(message)


def test_what_has_no_body_has_no_type_of_it(inside: Peer) -> None:
    script = f"""{_PRELUDE}
local given
call({{ request = function(options) given = options return {{ {REPLY} }} end }})
return given.Body, given.Headers["Content-Type"], given.Method
"""
    assert inside.run(script) == [None, None, "GET"]


def test_a_reply_that_nobody_waits_for_any_more_is_not_told(inside: Peer) -> None:
    script = f"""{_PRELUDE}
local log = {{}}
local client = on({{ request = function() task.wait(9) return {{ {REPLY} }} end }}, {{
	timeout = 5,
	maxRetries = 0,
	onResponse = function() table.insert(log, "response") end,
	onError = function(event) table.insert(log, event.kind) end,
}})
client:similar(1)
task.wait(60)
return log
"""
    assert inside.run(script) == [["timeout"]]


def test_warnings_reach_the_output() -> None:
    with World(artefact("tree")) as world:
        world.server.run(f"{_PRELUDE} Engine.fromGame().warn('look out')")
        assert [(line.kind, line.text) for line in world.server.output] == [("warn", "look out")]


BROKEN = "clock = function() error('the clock is out of order') end"


def test_a_fault_of_our_own_comes_back_as_an_error(inside: Peer) -> None:
    found = inside.run(f"{_PRELUDE} return call({{ {BROKEN} }})")
    assert found[1:3] == ["internal", "internal"]
    assert "the clock is out of order" in str(found[3])
    assert found[4] is False


@pytest.mark.parametrize(
    ("changes", "begins", "shown"),
    [
        ("clock = function() error(TEXT, 0) end", "AudioScapeClient failed: ", 500),
        ("request = function() error(TEXT, 0) end", "Roblox refused the request: ", 200),
        (
            f"request = function() return {{ {REPLY} }} end, decodeJson = function() error(TEXT, 0) end",
            "the reply",
            200,
        ),
    ],
    ids=["a fault of our own", "the engine's request", "the engine's decoder"],
)
def test_what_is_thrown_is_told_on_one_line(inside: Peer, changes: str, begins: str, shown: int) -> None:
    text = '"two\\n\\xFFlines key-9f8e7d6c5b4a " .. string.rep("y", 1000)'
    message = str(inside.run(f"{_PRELUDE} local TEXT = {text} return call({{ {changes} }})")[3])
    said = "two ?lines [redacted] "
    assert message.startswith(begins)
    assert message.endswith(said + "y" * (shown - len(said)) + "...")


@pytest.mark.parametrize(
    "changes",
    [
        "clock = function() error(ODD) end",
        "request = function() error(ODD) end",
        f"request = function() return {{ {REPLY} }} end, decodeJson = function() error(ODD) end",
    ],
    ids=["a fault of our own", "the engine's request", "the engine's decoder"],
)
@pytest.mark.parametrize("odd", ['error("no")', "coroutine.yield()", "return {}"])
def test_what_is_thrown_may_have_no_text(inside: Peer, changes: str, odd: str) -> None:
    thrown = f"setmetatable({{}}, {{ __tostring = function() {odd} end }})"
    message = inside.run(f"{_PRELUDE} local ODD = {thrown} return call({{ {changes} }})")[3]
    assert "a value of type table that cannot be shown" in str(message)


@pytest.mark.parametrize("method", ["similarPages", "similarTracks"])
def test_a_fault_of_our_own_ends_the_pages(inside: Peer, method: str) -> None:
    script = f"""{_PRELUDE}
local heard = {{}}
local client = on({{ {BROKEN} }}):withOptions({{ onError = function(event) table.insert(heard, event.kind) end }})
local pages = client:{method}(1)
local first = pages:next()
return first == nil, pages.err.kind, heard
"""
    assert inside.run(script) == [True, "internal", ["internal"]]


def test_an_api_without_music_has_no_radio(inside: Peer) -> None:
    ok, said = inside.run(f"{_PRELUDE} local client = on({{}})\nreturn pcall(function()\nclient:radio()\nend)")
    assert ok is False
    assert "Script:3: radio: this module has no method that finds music" in str(said)


def test_the_wall_clock_counts_seconds(inside: Peer) -> None:
    source = f"{_PRELUDE} return Engine.fromGame().unixTime() - DateTime.now().UnixTimestamp"
    assert inside.run(source)[0] == pytest.approx(0.5, abs=0.5)


def test_what_is_cancelled_does_not_come_and_what_is_over_is_no_error(inside: Peer) -> None:
    script = f"""{_PRELUDE}
local engine, heard = Engine.fromGame(), {{}}
engine.cancel(engine.delay(1, table.insert, heard, "cancelled"))
local over = engine.delay(1, table.insert, heard, "over")
task.wait(2)
engine.cancel(over)
engine.cancel(over)
return heard
"""
    assert inside.run(script) == [["over"]]


def test_clients_without_a_budget_of_their_own_share_four_hundred_a_minute(inside: Peer) -> None:
    script = f"""{_PRELUDE}
local engine = setmetatable({{ request = function() return {{ {REPLY} }} end }}, {{ __index = Engine.fromGame() }})
task.wait(61)
local started, sent = time(), {{}}
for number = 1, 401 do
	local client = Client.new({{ apiKey = "key", deadline = 600, cache = "bypass" }}, engine, 1)
	client:similar(number)
	table.insert(sent, time() - started)
end
return sent[400], sent[401]
"""
    before, after = inside.run(script)
    assert before == 0
    assert after == pytest.approx(60.5, abs=0.05)


@pytest.mark.parametrize(("broken", "call"), [("unixTime", 'track({ type = "x" })'), ("clock", "flushAnalytics()")])
def test_a_fault_while_events_are_taken_comes_back(inside: Peer, broken: str, call: str) -> None:
    script = f"""{_PRELUDE}
local isBroken = false
local engine = setmetatable({{}}, {{ __index = Engine.fromGame() }})
engine.BROKEN = function()
	if isBroken then error("odd") end
	return 0
end
local make = require(module.analytics.Analytics).new
local client = Client.new({{ apiKey = "some-key", analytics = true }}, engine, 1, {{ analytics = make }})
client:track({{ type = "x" }})
isBroken = true
local done, err = client:{call}
return done, err.kind, err.operation
""".replace("BROKEN", broken)
    assert inside.run(script) == [False, "internal", call.partition("(")[0]]
