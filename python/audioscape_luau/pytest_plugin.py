"""The pytest plugin `audioscape`: a game's own tests of its own scripts.

Fixtures `roblox` and `audioscape_api`, the marker `roblox`, and `*.spec.luau` files as tests. pytest loads this module
before anything else, in every environment that has the package: what it needs is imported when a test asks for it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from audioscape_luau.engine import ScriptTree
    from audioscape_luau.testing import AudioscapeApi, Roblox

_PROJECT = "audioscape_project"
_MARKER = "roblox(project=..., settings=..., secrets=..., allow_errors=False)"
_PARTS = {"project", "settings", "secrets", "allow_errors"}
_API = pytest.StashKey["AudioscapeApi"]()
_GAME = pytest.StashKey["Roblox"]()
_PROJECTS = pytest.StashKey["dict[Path, ScriptTree]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(_PROJECT, "Rojo project file of the game that is tested", default="default.project.json")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{_MARKER}: the Rojo project that the fixture `roblox` runs, the engine's settings, the secrets besides the "
        "API's key, and whether scripts may raise errors that nobody catches",
    )


@pytest.fixture
def audioscape_api(request: pytest.FixtureRequest) -> Iterator[AudioscapeApi]:
    """The mocked AudioScape API: its catalogue, its faults, what it was sent. See `audioscape_luau.testing`.

    A request that breaks the specification fails the test.
    """
    from audioscape_luau.testing import AudioscapeApi

    with AudioscapeApi() as api:
        request.node.stash[_API] = api
        yield api


@pytest.fixture
def roblox(request: pytest.FixtureRequest, audioscape_api: AudioscapeApi) -> Iterator[Roblox]:
    """The game on a server of its own, with the mocked API behind it. See `audioscape_luau.testing`.

    The marker `roblox` says which game and how. An error that none of its scripts catches fails the test.
    """
    from audioscape_luau.testing import Roblox

    asked = _asked(request.node)
    project = _project(request.config, asked.get("project"))
    with Roblox(audioscape_api, project, settings=asked.get("settings"), secrets=asked.get("secrets")) as game:
        request.node.stash[_GAME] = game
        yield game


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    __tracebackhide__ = True
    game, api = item.stash.get(_GAME, None), item.stash.get(_API, None)
    try:
        result = yield
        if api:
            api.verify()
        if game and not _asked(item).get("allow_errors"):
            game.verify()
    except Exception as error:
        if game:
            from audioscape_luau.testing.telling import explain

            explain(error, game, item.config.invocation_params.dir)
        raise
    finally:
        if game:
            item.add_report_section("call", "output", game.in_files(game.transcript, item.config.invocation_params.dir))
    return result


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if not file_path.name.endswith(".spec.luau"):
        return None
    from audioscape_luau.testing.items import SpecFile

    return SpecFile.of(parent, file_path, lambda: _project(parent.config))


def _asked(node: pytest.Item) -> dict[str, Any]:
    """Return what the marker of a test says."""
    marker = node.get_closest_marker("roblox")
    if marker is None:
        return {}
    unknown = sorted(set(marker.kwargs) - _PARTS)
    if marker.args or unknown:
        what = unknown[0] if unknown else repr(marker.args[0])
        raise pytest.UsageError(f"{node.nodeid}: the marker is {_MARKER}; it has no {what}")
    return dict(marker.kwargs)


def _project(config: pytest.Config, given: str | Path | None = None) -> ScriptTree:
    """Load the Rojo project, once in a run. Raises ProjectError."""
    from audioscape_luau.engine import ProjectError, load_project

    file = config.rootpath / (given or config.getini(_PROJECT))
    if not file.exists():
        raise ProjectError(
            f"there is no {file}: name the game's Rojo project in the ini option {_PROJECT}, as seen from "
            f"{config.rootpath}, or for one test in @pytest.mark.roblox(project=...)"
        )
    loaded = config.stash.setdefault(_PROJECTS, {})
    if file not in loaded:
        loaded[file] = load_project(file)
    return loaded[file]
