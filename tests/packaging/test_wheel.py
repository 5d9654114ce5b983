"""The built wheel, alone in an environment of its own, does what the checkout does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.once import once
from support.tools import tool

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path = ROOT, **variables: str | Path) -> str:
    """Run a command without the checkout's environment; its output is shown if it fails."""
    environment = {key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment | {"COLUMNS": "200"} | {name: str(value) for name, value in variables.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a fresh environment that holds nothing but the wheel and what it needs.

    Nothing is downloaded: `uv sync` has put every pinned package into uv's cache.
    """
    place = once(tmp_path_factory, "wheel", _install) / "environment"
    return place / ("Scripts" if os.name == "nt" else "bin")


def _install(folder: Path) -> None:
    uv = (sys.executable, "-m", "uv") if _has_uv_module() else ("uv",)
    run(*uv, "build", "--quiet", "--offline", "--wheel", "--out-dir", folder)
    (wheel,) = folder.glob("*.whl")
    place = folder / "environment"
    run(*uv, "venv", "--quiet", "--offline", "--clear", "--python", sys.executable, place)
    sync = ("sync", "--quiet", "--offline", "--frozen", "--no-dev", "--no-install-project")
    run(*uv, *sync, UV_PROJECT_ENVIRONMENT=place)
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(*uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel)


def _has_uv_module() -> bool:
    return subprocess.run([sys.executable, "-m", "uv", "--version"], capture_output=True, check=False).returncode == 0


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
