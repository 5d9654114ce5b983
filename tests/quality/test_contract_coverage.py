"""What was handled is told from what was merely declared."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from audioscape_luau.contract.coverage import declared, observe
from support.contract_coverage import ContractCoverage
from support.game import KEY, api

OPERATION = api().operations[0]
BODY: dict[str, Any] = {"tracks": [{"asset_id": "1", "name": "x"}], "meta": {}}


def shown(result: Any, err: dict[str, Any] | None, status: int = 200, query: str = "asset_id=1") -> set[str]:
    request = httpx.Request(
        OPERATION.method,
        f"{api().server_url}{OPERATION.path}?{query}",
        headers={api().api_key_header: KEY},
        extensions={"target": f"{httpx.URL(api().server_url).path}{OPERATION.path}?{query}".encode()},
    )
    reply = httpx.Response(status, content=json.dumps(BODY))
    return {name.partition(": ")[2] for name in observe(api(), OPERATION.id, [(request, reply)], result, err)}


def test_a_field_counts_when_it_arrives_unchanged() -> None:
    changed: dict[str, Any] = {"tracks": [{"asset_id": "1", "name": "y"}], "meta": {}}
    assert shown(changed, None) == {
        "input asset_id sent", "status 200", "reply tracks", "reply tracks[].asset_id", "reply meta",
    }  # fmt: skip
    assert "reply tracks[].name" in shown(BODY, None)


def test_a_status_counts_when_the_error_tells_it() -> None:
    assert shown(None, {"status": 404}, 404) == {"input asset_id sent", "status 404"}
    assert shown(None, {"kind": "timeout"}, 404) == {"input asset_id sent"}


def test_a_request_that_breaks_the_contract_shows_no_input() -> None:
    assert shown(None, None, 500, "asset_id=1&nonsense=2") == set()


def test_a_refused_input_is_named() -> None:
    err = {"parameter": "filters.genres[2]"}
    assert [*observe(api(), OPERATION.id, [], None, err)] == [f"{OPERATION.id}: input filters.genres refused"]


def test_all_that_was_never_seen_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    names = declared(api())
    monkeypatch.setattr("support.contract_coverage.seen", set(names[1:]))
    assert ContractCoverage(api()).missing() == names[:1]
    for response in OPERATION.responses:
        assert f"{OPERATION.id}: status {response.status}" in names
