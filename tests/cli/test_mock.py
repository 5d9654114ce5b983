"""`audioscape mock` up to the moment it serves; what it serves is looked at in tests/mock."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import uvicorn
from typer.testing import CliRunner

from audioscape_luau.cli import app
from audioscape_luau.mock import DEMO_KEY
from support.game import api


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
    assert set(told) == {"baseUrl", "asset", "log", "control"}
    assert told["baseUrl"].startswith("http://127.0.0.1:")
    assert httpx.URL(told["baseUrl"]).path == httpx.URL(api().server_url).path
    assert DEMO_KEY not in result.stdout
    (config,) = started
    assert config.host == "127.0.0.1"


@pytest.mark.parametrize("fault", ["nan=0.1", "empty=1"])
@pytest.mark.usefixtures("started")
def test_faults_limits_and_latency_are_taken(fault: str) -> None:
    words = ["mock", "--port", "0", "--size", "40", "--fault", fault, "--per-minute", "3", "--latency", "0.2"]
    assert CliRunner().invoke(app, words).exit_code == 0


@pytest.mark.parametrize("fault", ["nothing_of_the_kind=0.1", "nan=much", "nan=2", "nan"])
def test_wrong_fault_is_refused_before_anything_is_served(fault: str, started: list[uvicorn.Config]) -> None:
    result = CliRunner().invoke(app, ["mock", "--port", "0", "--size", "40", "--fault", fault])
    assert result.exit_code == 2
    assert "fault" in result.stderr
    assert started == []
