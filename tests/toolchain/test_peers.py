"""`scripts/peers.py` tells a package that works in the simulated engine from one that does not, and why."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

import peers
from peers import Outcome, Package, complaints, examine, fetch, folder, read_list

RUNTIME_LIB = """
local TS = {}
function TS.import(_, from, ...)
    for _, name in { ... } do
        from = from[name]
    end
    return require(from)
end
return TS
"""
WORKS = "return lib.side(side) == side and from('@some/one') == lib"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "CACHE", tmp_path)
    include = folder(peers.RUNTIME) / "include"
    include.mkdir(parents=True)
    (include / "RuntimeLib.lua").write_text(RUNTIME_LIB, encoding="utf-8")


def package(source: str, smoke: str = WORKS, sides: tuple[str, ...] = ("server", "client")) -> Package:
    one = Package("@some/one@1.0.0", "@some/one", list(sides), [], smoke)
    folder(one.spec).mkdir()
    (folder(one.spec) / "init.lua").write_text(source, encoding="utf-8")
    return one


def test_a_package_that_works() -> None:
    assert examine(package("return { side = function(side) return side end }")) == Outcome(True, True, [])


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("error('no luck')", "no luck"),
        ("return workspace:Spherecast(Vector3.zero, 1, Vector3.one)", "not modelled: WorldRoot.Spherecast"),
        ("return require(script:WaitForChild('Never'))", "did not end"),
    ],
)
def test_a_package_that_does_not_load(source: str, reason: str) -> None:
    outcome = examine(package(source, sides=("server",)))
    assert not outcome.load
    assert not outcome.smoke
    assert len(outcome.reasons) == 1
    assert outcome.reasons[0].startswith("load on the server: ")
    assert reason in outcome.reasons[0]


def test_one_that_works_on_the_server_only_does_not_load() -> None:
    outcome = examine(
        package("assert(game:GetService('RunService'):IsServer(), 'servers only')\nreturn {}", "return true")
    )
    assert (outcome.load, outcome.smoke) == (False, False)
    assert [reason.partition(":")[0] for reason in outcome.reasons] == ["load on the client"]


@pytest.mark.parametrize(
    ("smoke", "reason"),
    [
        ("return 1", "smoke on the server: returned [1] where true is right"),
        ("task.spawn(error, 'aside') return true", "smoke on the server: aside"),
    ],
)
def test_a_snippet_that_does_not_hold(smoke: str, reason: str) -> None:
    assert examine(package("return {}", smoke, ("server",))) == Outcome(True, False, [reason])


def test_a_count_below_its_floor_is_named() -> None:
    outcomes = [Outcome(True, True, []), Outcome(True, False, [])]
    assert list(complaints(outcomes, {"load": 2, "smoke": 1})) == []
    assert list(complaints(outcomes, {"load": 2, "smoke": 2})) == [
        "smoke: 1 packages, below the floor of 2 in tests/floors.toml."
    ]


def test_what_npm_fetches_at_the_second_try_is_unpacked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source.lua"
    source.write_text("return 1", encoding="utf-8")
    runs: list[list[str]] = []

    def run(command: list[str], *, check: bool, **_: Any) -> subprocess.CompletedProcess[str]:
        runs.append(command)
        assert not check
        if len(runs) > 1:
            (target,) = (word.partition("=")[2] for word in command if word.startswith("--pack-destination="))
            with tarfile.open(Path(target, "some-one-1.0.0.tgz"), "w:gz") as archive:
                archive.add(source, "package/init.lua")
        return subprocess.CompletedProcess(command, int(len(runs) == 1))

    monkeypatch.setattr(subprocess, "run", run)
    fetch(["@some/one@1.0.0", "@some/one@1.0.0"])
    fetch(["@some/one@1.0.0"])
    assert [command[-1] for command in runs] == ["@some/one@1.0.0"] * 2
    assert (folder("@some/one@1.0.0") / "init.lua").read_text(encoding="utf-8") == "return 1"


def test_the_list_pins_every_package_and_tries_each() -> None:
    packages = read_list(peers.LIST)
    assert len(packages) >= 30
    for one in packages:
        assert all(spec.rpartition("@")[2][0].isdigit() for spec in (one.spec, *one.needs)), one
        assert set(one.sides) <= set(peers.PARENTS), one
        assert "return" in one.smoke, one
