"""`audioscape mock` up to the moment it serves; what it serves is looked at in tests/mock."""

from __future__ import annotations

from pathlib import Path
from socket import create_connection
from typing import Any

import httpx
import pytest
import uvicorn
from typer.testing import CliRunner

from audioscape_luau.cli import app
from audioscape_luau.mock import DEMO_KEY
from audioscape_luau.mock.server import listen
from support.game import api

MUSEUM = Path(__file__).parents[1] / "contract" / "museum" / "museum.openapi.yaml"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[uvicorn.Config]:
    """The configurations of the servers that would have run."""
    configs: list[uvicorn.Config] = []

    def run(self: uvicorn.Server, sockets: list[Any]) -> None:
        configs.append(self.config)
        for socket in sockets:
            socket.close()

    monkeypatch.setattr(uvicorn.Server, "run", run)
    return configs


def test_addresses_are_told_and_lead_somewhere(started: list[uvicorn.Config]) -> None:
    result = CliRunner().invoke(app, ["mock", "--port", "0", "--size", "40"])
    assert result.exit_code == 0, result.output
    told = dict(line.split() for line in result.stdout.splitlines())
    assert set(told) == {"baseUrl", "key", "asset", "log", "control"}
    assert told["key"] == DEMO_KEY
    assert told["baseUrl"].startswith("http://127.0.0.1:")
    assert httpx.URL(told["baseUrl"]).path == httpx.URL(api().server_url).path
    assert len(started) == 1


@pytest.mark.usefixtures("started")
def test_another_document_is_served_where_it_says_without_asset_ids_that_nobody_knows() -> None:
    result = CliRunner().invoke(app, ["mock", "--port", "0", "--spec", str(MUSEUM)])
    assert result.exit_code == 0, result.output
    told = dict(line.split() for line in result.stdout.splitlines())
    assert set(told) == {"baseUrl", "key", "log", "control"}
    assert httpx.URL(told["baseUrl"]).path == "/open/v3"


@pytest.mark.usefixtures("started")
def test_a_key_of_ones_own_is_not_printed() -> None:
    result = CliRunner().invoke(app, ["mock", "--port", "0", "--size", "40", "--key", "own-key-1"])
    assert result.exit_code == 0, result.output
    assert "key" not in result.output


@pytest.mark.parametrize("fault", ["nan=0.1", "empty=1"])
@pytest.mark.usefixtures("started")
def test_faults_limits_and_latency_are_taken(fault: str) -> None:
    words = ["mock", "--port", "0", "--size", "40", "--fault", fault, "--per-minute", "3", "--latency", "0.2"]
    assert CliRunner().invoke(app, words).exit_code == 0


@pytest.mark.cases(2)
@pytest.mark.parametrize("fault", ["nothing_of_the_kind=0.1", "nan=much", "nan=2", "nan"])
def test_wrong_fault_is_refused_before_anything_is_served(fault: str, started: list[uvicorn.Config]) -> None:
    result = CliRunner().invoke(app, ["mock", "--port", "0", "--size", "40", "--fault", fault])
    assert result.exit_code == 2
    assert "fault" in result.stderr
    assert started == []


def test_a_port_that_is_taken_is_named(started: list[uvicorn.Config]) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(app, ["mock", "--port", port, "--size", "40"])
    assert (result.exit_code, started) == (2, [])
    assert result.stderr.startswith(f"cannot listen on 127.0.0.1, port {port}: ")


@pytest.mark.parametrize("key", ["", " a", "\u00e4"])
def test_a_key_that_no_header_can_carry_is_refused(key: str, started: list[uvicorn.Config]) -> None:
    result = CliRunner().invoke(app, ["mock", "--port", "0", "--size", "40", "--key", key])
    assert (result.exit_code, started) == (2, [])
    assert result.stderr.startswith("keys: ")


@pytest.mark.usefixtures("started")
def test_an_address_of_ipv6_is_told_as_urls_have_it() -> None:
    result = CliRunner().invoke(app, ["mock", "--port", "0", "--size", "40", "--host", "::1"])
    assert result.exit_code == 0, result.output
    assert result.stdout.split()[1].startswith("http://[::1]:")


@pytest.mark.cases(2)
@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], False),
        (["--host", "localhost"], False),
        (["--host", "0.0.0.0"], True),
        (["--host", "0.0.0.0", "--allow-host", "0.0.0.0"], False),
        (["--host", "0.0.0.0", "--allow-host", "mock.test"], True),
    ],
)
def test_an_address_by_which_control_does_not_answer_is_told_so(words: list[str], told: bool) -> None:
    result = CliRunner().invoke(app, ["mock", "--port", "0", "--size", "40", *words])
    assert result.exit_code == 0, result.output
    assert ("--allow-host" in result.stderr) is told


@pytest.mark.parametrize("host", ["", "http://mock.test", "a b", "*", "a/b"])
def test_a_host_that_is_none_is_refused(host: str, started: list[uvicorn.Config]) -> None:
    result = CliRunner().invoke(app, ["mock", "--port", "0", "--allow-host", host])
    assert (result.exit_code, started) == (2, [])
    assert result.stderr.startswith("--allow-host ")


def test_it_listens_to_this_machine_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    bound: list[str] = []

    def run(_: uvicorn.Server, sockets: list[Any]) -> None:
        for socket in sockets:
            bound.append(socket.getsockname()[0])
            socket.close()

    monkeypatch.setattr(uvicorn.Server, "run", run)
    CliRunner().invoke(app, ["mock", "--port", "0", "--size", "40"])
    assert bound == ["127.0.0.1"]


def test_who_connects_before_the_first_reply_waits_in_line() -> None:
    with listen("localhost", 0) as socket, create_connection(socket.getsockname()[:2], timeout=5):
        pass
