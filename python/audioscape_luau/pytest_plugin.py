"""The pytest plugin `audioscape`: a game's own tests of its own scripts.

pytest loads this module before anything else, in every environment that has the package; what it needs is therefore
imported only when a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from audioscape_luau.testing import AudioscapeApi, Roblox

PROJECT = "audioscape_project"
_MARKER = "roblox"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(PROJECT, "Rojo project of the game that is tested", default="default.project.json")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(project=..., settings=..., secrets=..., allow_errors=False): the game that the fixture `roblox` "
        "runs, the engine's settings there, its secrets, and whether its scripts may fail",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if not file_path.name.endswith(".spec.luau"):
        return None
    from audioscape_luau.testing.items import SpecFile

    return SpecFile.of(parent, file_path, _project(parent.config, None))


@pytest.fixture
def audioscape_api() -> Iterator[AudioscapeApi]:
    """The mocked AudioScape API; a request that breaks its specification fails the test."""
    from audioscape_luau.testing import AudioscapeApi

    with AudioscapeApi() as api:
        yield api


@pytest.fixture
def roblox(request: pytest.FixtureRequest, audioscape_api: AudioscapeApi) -> Iterator[Roblox]:
    """A server that runs the game's Rojo project, with the mocked API behind it."""
    from audioscape_luau.engine import load_project
    from audioscape_luau.testing import Roblox

    project = load_project(_project(request.config, None))
    with Roblox(audioscape_api, project) as game:
        yield game


def _project(config: pytest.Config, given: str | Path | None) -> Path:
    return config.rootpath / (given or config.getini(PROJECT))
