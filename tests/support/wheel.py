"""The built wheel in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path = ROOT, **variables: str | Path) -> str:
    """Run a command without the checkout's environment; its output is shown if it fails."""
    result = attempt(*command, cwd=cwd, **variables)
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def attempt(*command: str | Path, cwd: Path, **variables: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command without the checkout's environment, whatever becomes of it."""
    environment = {key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment | {"COLUMNS": "200"} | {name: str(value) for name, value in variables.items()},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def install(folder: Path, *extras: str) -> None:
    """Build the wheel and install it, with what it and `extras` need, into `folder`/environment.

    Nothing is downloaded: `uv sync` has put every pinned package into uv's cache.
    """
    uv = (sys.executable, "-m", "uv") if _has_uv_module() else ("uv",)
    run(*uv, "build", "--quiet", "--offline", "--wheel", "--out-dir", folder)
    (wheel,) = folder.glob("*.whl")
    place = folder / "environment"
    run(*uv, "venv", "--quiet", "--offline", "--clear", "--python", sys.executable, place)
    sync = ("sync", "--quiet", "--offline", "--frozen", "--no-dev", "--no-install-project")
    run(*uv, *sync, *(f"--extra={extra}" for extra in extras), UV_PROJECT_ENVIRONMENT=place)
    run(*uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", programs(folder) / "python", wheel)


def programs(folder: Path) -> Path:
    """Return the folder of the programs that `install` has put into `folder`."""
    return folder / "environment" / ("Scripts" if os.name == "nt" else "bin")


def _has_uv_module() -> bool:
    return subprocess.run([sys.executable, "-m", "uv", "--version"], capture_output=True, check=False).returncode == 0
