"""The built wheel, alone in an environment of its own, does what the checkout does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.once import once
from support.tools import tool
from support.wheel import ROOT, install, programs, run

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of a fresh environment that holds nothing but the wheel and what it needs."""
    return programs(once(tmp_path_factory, "wheel", install))


def test_generated_client_in_the_wheel_is_current(installed: Path, tmp_path: Path) -> None:
    run(installed / "audioscape", "generate", "--check", cwd=tmp_path)


def test_wheel_generates_a_whole_module(installed: Path, tmp_path: Path) -> None:
    run(installed / "audioscape", "generate", "--out", tmp_path / "AudioScapeClient", cwd=tmp_path)
    source = ROOT / "luau" / "AudioScapeClient"
    expected = {file.relative_to(source): file.read_bytes() for file in source.rglob("*.luau")}
    written = tmp_path / "AudioScapeClient"
    assert {file.relative_to(written): file.read_bytes() for file in written.rglob("*.luau")} == expected


def test_demo_plays_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    shown = run(installed / "audioscape", "demo", "--tracks", "3", cwd=tmp_path)
    assert "3 tracks" in shown


def test_wheel_builds_the_same_release(installed: Path, dist: Path, tmp_path: Path) -> None:
    tools = os.pathsep.join(str(Path(tool(name)).parent) for name in ("rojo", "darklua"))
    run(installed / "audioscape", "build", cwd=tmp_path, PATH=tools + os.pathsep + os.environ["PATH"])
    built = {file.name: file.read_bytes() for file in (tmp_path / "dist").iterdir()}
    assert built == {file.name: file.read_bytes() for file in dist.iterdir()}
