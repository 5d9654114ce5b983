"""What those who watch a client are told."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from support.game import KEY, Game, api

PAGE = {"tracks": [{"asset_id": "1"}], "meta": {"total": 1}}
URL = f"{api().server_url}/v1/similar?asset_id=1"

_WATCHED = """
local log = {}
local hooks = {}
for _, name in { "onRequest", "onResponse", "onRetry", "onError" } do
	hooks[name] = function(event)
		local copy = table.clone(event)
		copy.hook = name
		table.insert(log, copy)
	end
end
local client = client:withOptions(hooks)
"""


def reply(
    status: int = 200, body: Any = None, seconds: float = 1.0, headers: dict[str, str] | None = None
) -> httpx.Response:
    content = PAGE if body is None else body
    return httpx.Response(status, json=content, headers=headers, extensions={"virtual_seconds": seconds})


def events(log: Any) -> list[tuple[Any, ...]]:
    return [(event["hook"], event["attempt"], event.get("status"), event.get("kind")) for event in log]


def test_a_call_from_its_first_request_to_its_result(game: Game) -> None:
    game.router.route().mock(side_effect=[reply(500, {"error": "oh"}, seconds=2), reply()])
    log = game.run(_WATCHED + 'client:similar("1") return log')[0]
    assert events(log) == [
        ("onRequest", 1, None, None),
        ("onResponse", 1, 500, None),
        ("onRetry", 1, 500, "server_error"),
        ("onRequest", 2, None, None),
        ("onResponse", 2, 200, None),
    ]
    assert {event["operation"] for event in log} == {"similar"}
    assert {event["url"] for event in log} == {URL}
    assert log[1]["seconds"] == pytest.approx(2, abs=0.02)
    assert 0 <= log[2]["delay"] < 0.5
    assert not any(event["hit"] or event["coalesced"] or event["stale"] for event in log)


@pytest.mark.breaks_contract
def test_answers_without_a_request(game: Game) -> None:
    odd = {"tracks": [{"asset_id": "1", "bpm": "x"}], "meta": {"total": 1}}
    game.router.route().mock(side_effect=[reply(body=odd), *[reply(500, {}, seconds=0.1)] * 3])
    source = """
task.spawn(client.similar, client, "1")
client:similar("1")
client:similar("1")
task.wait(400)
client:similar("1")
return log, client:stats()
"""
    log, stats = game.run(_WATCHED + source)
    answers = [event for event in log if event["hook"] == "onResponse" and "status" not in event]
    assert [(event["coalesced"], event["hit"], event["stale"]) for event in answers] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert stats == {
        "requests": 4,
        "hits": 1,
        "coalesced": 1,
        "stale": 1,
        "retries": 2,
        "errors": [],
        "dropped": {"Track.bpm": 1},
    }


def test_an_error_is_told_once_with_its_kind(game: Game) -> None:
    game.router.route().mock(return_value=reply(429, {"message": "slow"}, headers={"retry-after": "99"}))
    log, stats = game.run(_WATCHED + 'client:similar("1") client:similar("x") return log, client:stats()')
    errors = [event for event in log if event["hook"] == "onError"]
    assert [(event["kind"], event.get("url"), event.get("retryAfter")) for event in errors] == [
        ("rate_limited", URL, 99),
        ("invalid_request", None, None),
    ]
    assert all(event["message"] for event in errors)
    assert stats["errors"] == {"rate_limited": 1, "invalid_request": 1}


@pytest.mark.parametrize(
    "deed", ["error('boo')", "error({})", "task.wait(1000)", "event.url = nil", "client:similar('2')"]
)
def test_whatever_a_hook_does_harms_nothing(game: Game, deed: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return reply(500 if "id=1" in str(request.url) else 200)

    game.router.route().mock(side_effect=answer)
    source = f"""
local plain = client
local function hook(event) {deed} end
local client = client:withOptions({{ onRequest = hook, onResponse = hook, onRetry = hook, onError = hook }})
client = plain:withOptions({{ onRequest = hook, onResponse = hook, onRetry = hook, onError = hook }})
local _, err = client:similar("1")
return err.kind, err.attempts
""".replace("client:similar('2')", "plain:similar('2')")
    assert game.run(source) == ["server_error", 3]


def test_hooks_never_see_the_key(game: Game) -> None:
    game.router.route().mock(return_value=reply(401, {"error": f"bad key {KEY}"}, headers={"x-request-id": KEY}))
    source = f"""
local first, err = client:similar({{ asset_id = "1", filters = {{ genres = {{ "{KEY}" }} }} }})
local _, second = client:similar({{ ["{KEY}"] = 1 }})
local _, third = client:similar("{KEY}")
return log, tostring(err), tostring(second), tostring(third), err.body, err.requestId, client
"""
    shown = repr(game.run(_WATCHED + source)) + repr(game.server.output)
    assert "[redacted]" in shown
    assert KEY not in shown
