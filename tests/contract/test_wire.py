"""The bytes of a request, each way in which they can be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from audioscape_luau.contract.subject import KEY
from audioscape_luau.contract.wire import check_meaning, check_request
from audioscape_luau.simulation import Exchange
from support.game import api

OPERATION = api().operation("similar")
URL = api().server_url + OPERATION.path
HEADER = api().api_key_header


def exchange(url: str, headers: Mapping[str, str] | None = None, *, timeout: float | None = 10.0) -> Exchange:
    sent = {HEADER: KEY, **(headers or {})}
    made = httpx.Request("GET", url, headers=sent)
    made.extensions = {"timeout": {"read": timeout}, "target": url.partition(httpx.URL(url).host)[2].encode()}
    return Exchange(made, None, 0.0)


def rules(sent: Exchange, **options: Any) -> set[str]:
    return {item.rule for item in check_request(api(), sent, key=KEY, **options)}


FINE = f"{URL}?asset_id=1&limit=5&filters=%7B%22duration%22%3A%7B%22min%22%3A60%7D%7D"


def test_what_the_client_sends_is_fine() -> None:
    assert rules(exchange(FINE)) == set()


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        (f"http://elsewhere.example{OPERATION.path}?asset_id=1", "wrong-host"),
        (f"{URL}?asset_id=1&{KEY}=1", "key-in-url"),
        (f"{URL}?limit=5&asset_id=1", "wire-order"),
        (f"{URL}?asset_id=%31", "wire-spelling"),
        (f"{URL}?asset_id=1&limit=5.0", "broken-schema"),
        (f"{URL}?asset_id=1&filters=%7B%22duration%22%3A+%7B%22min%22%3A60%7D%7D", "wire-spelling"),
        (f"{URL}?asset_id=1&filters=%7B%22duration%22%3A%20%7B%22min%22%3A60%7D%7D", "wire-spelling"),
        (f"{URL}?asset_id=1&filters=%7B%22duration%22%3A%7B%22min%22%3A6e1%7D%7D", "wire-spelling"),
        (f"{URL}?asset_id=1&filters=%7B%22duration%22%3A%7B%22min%22%3A-0%7D%7D", "wire-spelling"),
        (f"{URL}?asset_id=1&max_score=-0", "wire-spelling"),
        (f"{URL}?asset_id=1&filters=%7B%22duration%22%3A%7B%22max%22%3A90%2C%22min%22%3A60%7D%7D", "wire-order"),
        (f"{URL}?asset_id=1&filters=%7B%22duration%22%3A%7B%7D%7D", "empty-sent"),
        (f"{URL}?asset_id=1&filters=%7B%7D", "empty-sent"),
        (f"{URL}?asset_id=1&limit=20", "default-sent"),
        (f"{URL}?asset_id=1&dedupe=false", "default-sent"),
        (f"{URL}?asset_id=1&colour=red", "undeclared-parameter"),
    ],
)
def test_an_address_that_breaks_a_rule(url: str, rule: str) -> None:
    assert rule in rules(exchange(url))


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        (exchange(FINE, {"X-Game": "chess"}), "undeclared-header"),
        (exchange(FINE, {"X-Player-Id": "1"}), "undeclared-header"),
        (exchange(FINE, {HEADER: "another-key"}), "wrong-key"),
        (exchange(FINE, timeout=None), "no-time-out"),
        (exchange(FINE, timeout=120), "no-time-out"),
    ],
)
def test_headers_and_time_out(sent: Exchange, rule: str) -> None:
    assert rules(sent) == {rule}


def test_what_a_scene_allows() -> None:
    assert rules(exchange(FINE, {"X-Player-Id": "1"}), identified=True) == set()
    assert rules(exchange(FINE, {HEADER: "another-key"}), more_keys=("another-key",)) == set()


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"asset_id": "1", "limit": 5, "filters": {"duration": {"min": 60}}}, None),
        ({"asset_id": "rbxassetid://1", "limit": 5.0, "filters": {"duration": {"min": 60, "max": None}}}, None),
        ({"asset_id": "2", "limit": 5, "filters": {"duration": {"min": 60}}}, "wrong-meaning"),
        ({"asset_id": "1", "filters": {"duration": {"min": 60}}}, "wrong-meaning"),
        ({"asset_id": "1", "limit": 5}, "wrong-meaning"),
        ({"asset_id": "1", "limit": 5, "filters": {"duration": {"max": 60}}}, "wrong-meaning"),
        ({"asset_id": "1", "limit": 5, "offset": 20, "filters": {"duration": {"min": 60}}}, "wrong-meaning"),
    ],
)
def test_a_request_means_what_was_asked(asked: dict[str, Any], rule: str | None) -> None:
    found = {item.rule for item in check_meaning(api(), OPERATION, exchange(FINE), asked)}
    assert found == ({rule} if rule else set())
