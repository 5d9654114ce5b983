"""The proxy that the environment names: used for hosts elsewhere, told if it cannot be, nothing on loopback."""

from __future__ import annotations

import random

import httpx
import pytest

from audioscape_luau.cli.proxies import client_for
from audioscape_luau.cli.running import CannotRun
from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.mock.server import Gateway
from support.game import api
from support.served import served

ELSEWHERE = "http://staging.example.invalid"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
USELESS = [
    {"ALL_PROXY": "socks5://127.0.0.1:9"},
    {"ALL_PROXY": "socks4://user:hunter2@127.0.0.1:9"},
    {"HTTP_PROXY": "http://user:hunter2@host:99999"},
    {"http_proxy": "http://[::1"},
    {"HTTP_PROXY": "http://"},
    {"ALL_PROXY": "://"},
    {"ALL_PROXY": "a:b:hunter2"},
]


@pytest.fixture(autouse=True)
def _(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def environment(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def gateway() -> Gateway:
    return Gateway(MockApi(api(), Catalogue.generate(size=9), seconds=0), lambda: 0.0, random.Random(0))


def status(address: str, server: str | None = None) -> int:
    """Ask whether a server answers; by default the one that is named."""
    url = httpx.URL(server or address)
    with client_for(url, 5) as client:
        path = httpx.URL(api().server_url).path + api().operation("similar").path
        return client.get(f"{address}{path}?asset_id=1", headers={api().api_key_header: DEMO_KEY}).status_code


@pytest.mark.parametrize(
    "variables",
    [*USELESS, {"NO_PROXY": "localhost,[::1]"}, {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "fe80::/10"}],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.cases(6)
def test_this_machine_is_asked_without_one(
    variables: dict[str, str], host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, variables)
    with served(gateway()) as address:
        assert status(address.replace("127.0.0.1", host)) == 404


@pytest.mark.parametrize("variables", USELESS)
def test_one_that_cannot_be_used_is_told_by_the_variable_and_without_its_password(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, variables)
    with pytest.raises(CannotRun) as told:
        client_for(httpx.URL(ELSEWHERE), 5)
    assert next(iter(variables)) in str(told.value)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
@pytest.mark.cases(3)
def test_one_that_can_be_used_is(name: str, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = gateway()
    with served(asked) as address:
        environment(monkeypatch, {name: f"{scheme}{address.removeprefix('http://')}"})
        assert status(ELSEWHERE) == 404
    assert asked.requests == 1


@pytest.mark.parametrize("exempt", ["*", ".example.invalid", "other, staging.example.invalid", "[::1],example.invalid"])
def test_a_host_that_is_exempt_is_asked_without_one(exempt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, {"ALL_PROXY": "socks5://127.0.0.1:9", "NO_PROXY": exempt})
    client_for(httpx.URL(ELSEWHERE), 5).close()


def test_certificates_that_cannot_be_read_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file")
    with pytest.raises(CannotRun, match="SSL_CERT_FILE"):
        client_for(httpx.URL(ELSEWHERE), 5)
