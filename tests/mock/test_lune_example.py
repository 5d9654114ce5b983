"""The example that asks the mock server from Lune: the shipped client, over real HTTP."""

from __future__ import annotations

import os
import random
import re
import subprocess
import time
from urllib.parse import urlsplit

import pytest

from audioscape_luau.docs.reference.declarations import exported
from audioscape_luau.mock import Catalogue, MockApi
from audioscape_luau.mock.server import Gateway
from audioscape_luau.resources import luau_root
from support.game import api
from support.served import served
from support.tools import tool

EXAMPLE = luau_root() / "examples" / "mock" / "similar.luau"


@pytest.fixture(scope="module")
def lune() -> str:
    return tool("lune")


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    catalogue = Catalogue.generate(size=60, seed=4)
    return Gateway(MockApi(api(), catalogue, seconds=0), time.monotonic, random.Random(0))


def run(lune: str, address: str, asset_id: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [lune, "run", str(EXAMPLE), address, asset_id],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_shipped_client_speaks_real_http(lune: str, gateway: Gateway) -> None:
    seed = gateway.api.catalogue.entries[0].asset_id
    with served(gateway) as server:
        address = f"{server}{urlsplit(api().server_url).path}"
        good = run(lune, address, seed)
        assert good.returncode == 0, good.stderr
        lines = good.stdout.splitlines()
        wanted = [entry.asset_id for _, entry in gateway.api.catalogue.similar(seed)[:5]]
        assert [line.split()[0] for line in lines[:-1]] == wanted
        assert lines[-1] == "1 request(s) sent, 0 of them repeated"

        unknown = run(lune, address, "1")
        assert (unknown.returncode, "[not_found]" in unknown.stdout) == (1, True)
        refused = run(lune, address, seed, AUDIOSCAPE_API_KEY="another-key-12345")
        assert (refused.returncode, "[unauthorized]" in refused.stdout) == (1, True)
        assert "another-key-12345" not in refused.stdout + refused.stderr

        gateway.faults.meet("server-error")
        again = run(lune, address, gateway.api.catalogue.entries[1].asset_id)
        assert again.stdout.splitlines()[-1] == "2 request(s) sent, 1 of them repeated"

        gateway.faults.meet(*["closed"] * 3)
        lost = run(lune, address, gateway.api.catalogue.entries[2].asset_id)
        assert (lost.returncode, "[connection]" in lost.stdout) == (1, True)
        assert [exchange.fault for exchange in gateway.log][-3:] == ["closed"] * 3
        assert gateway.api.violations == []


def test_it_says_how_it_is_used(lune: str) -> None:
    shown = subprocess.run([lune, "run", str(EXAMPLE)], capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert (shown.returncode, shown.stdout.startswith("usage: ")) == (2, True)


def test_the_engine_made_of_lune_is_what_the_client_needs_and_no_more() -> None:
    wanted = {item.name: item for item in exported(luau_root() / "AudioScapeClient" / "Engine.luau")}["Engine"]
    source = EXAMPLE.with_name("engine.luau").read_text(encoding="utf-8")
    made = re.findall(r"^\t(\w+) = ", source.partition("local engine: Engine.Engine = {\n")[2], re.MULTILINE)
    assert sorted(made) == sorted(field.name for field in wanted.fields)
