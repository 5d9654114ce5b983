"""The pytest plugin `audioscape`: a game's own tests of its own scripts.

Fixtures `roblox` and `audioscape_api`, the marker `roblox`, and `*.spec.luau` files as tests. pytest loads this module
before anything else, in every environment that has the package: what it needs is imported when a test asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from audioscape_luau.testing import AudioscapeApi, Roblox
    from audioscape_luau.testing.setup import Setup
    from roblox_double import ScriptTree

_PROJECT = "audioscape_project"
_SECRETS = "audioscape_secrets"
_SERVICES = "audioscape_services"
_MARKER = "roblox(project=..., settings=..., secrets=..., allow_errors=False)"
_PARTS = {"project", "settings", "secrets", "allow_errors"}
_DEFAULT = "default.project.json"
_SPEC = ".spec.luau"
_VENDORED = frozenset({"Packages", "ServerPackages", "DevPackages", "_Index", "node_modules"}) | frozenset(
    f"{target}_packages" for target in ("luau", "lune", "roblox", "roblox_server")
)
"""Folders into which Wally, npm and pesde put the code of others, whose tests are not those of the game."""
_API = pytest.StashKey["AudioscapeApi"]()
_GAME = pytest.StashKey["Roblox"]()
_PROJECTS = pytest.StashKey["dict[Path, ScriptTree]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        _PROJECT,
        f"Rojo project file of the game that is tested; by default the outermost {_DEFAULT} around the test",
        default="",
    )
    parser.addini(_SECRETS, "names of secrets that the game reads, besides AudioScapeKey", type="linelist")
    parser.addini(_SERVICES, "folder of modules that stand in for services of the engine, each by its name", default="")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{_MARKER}: the Rojo project that the fixture `roblox` runs, the engine's settings, the secrets besides the "
        "API's key, and whether scripts may raise errors that nobody catches",
    )
    for ids in (config.args, config.getoption("deselect") or []):
        ids[:] = map(_as_printed, ids)


def _as_printed(argument: str) -> str:
    """Return an argument with the name of a spec's test as ids have it, where it is written as in the spec."""
    file, found, name = argument.partition(f"{_SPEC}::")
    if not found:
        return argument
    from audioscape_luau.testing.items import item_name, printable

    return file + found + item_name(printable(name))


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
    from roblox_double import LuauError, ProjectError

    try:
        started = _setup(request.node).start(audioscape_api)
    except (ProjectError, OSError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    except LuauError as error:
        raise pytest.fail.Exception(error.message, pytrace=False) from None
    with started as game:
        request.node.stash[_GAME] = game
        yield game


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    __tracebackhide__ = True
    game, api = item.stash.get(_GAME, None), item.stash.get(_API, None)
    folder = item.config.invocation_params.dir
    try:
        result = yield
        if api:
            api.verify()
    except Exception as error:
        if game:
            from audioscape_luau.testing.telling import explain

            explain(error, game, folder)
        raise
    finally:
        if game:
            item.add_report_section("call", "output", game.in_files(game.transcript, folder))
        if api and api.unknown:
            item.add_report_section("call", "mocked API", _ids_to_know(api.unknown))
    if game and not _asked(item).get("allow_errors"):
        _verify(game, folder)
    return result


def _verify(game: Roblox, folder: Path) -> None:
    """Fail a test whose scripts failed, by a text that says it all."""
    from audioscape_luau.testing import GameError
    from audioscape_luau.testing.telling import hint_about_missing

    try:
        game.verify()
    except GameError as error:
        told = game.in_files(f"an error that nobody caught, on {error}", folder)
        raise pytest.fail.Exception(told + hint_about_missing(told), pytrace=False) from None


def _ids_to_know(ids: list[str]) -> str:
    named = ", ".join(ids)
    return f"It does not know {named}. If the game does, tell it: audioscape_api.know(...), or test.know(...) in Luau."


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out vendored folders, unless one of them, or what lies in it, was named on the command line."""
    if collection_path.name not in _VENDORED or not collection_path.is_dir():
        return None
    folder = config.invocation_params.dir
    for argument in config.args:
        named = Path(os.path.normpath(folder / argument.partition("::")[0]))
        if collection_path.is_relative_to(named):
            told = named.relative_to(folder) if named.is_relative_to(folder) else named
            if not _VENDORED.isdisjoint(told.parts):
                return None
    return True


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if not file_path.name.endswith(_SPEC):
        return None
    from audioscape_luau.testing.items import SpecFile

    return SpecFile.of(parent, file_path, _setup)


def _setup(node: pytest.Collector | pytest.Item) -> Setup:
    """Return how the game of a test is set up: by its marker and by the ini-file. Raises ProjectError and OSError."""
    from audioscape_luau.testing.setup import Setup
    from roblox_double import Secret, load_services

    asked = _asked(node)
    services = node.config.getini(_SERVICES)
    named = {name: Secret(f"the value of {name}") for name in node.config.getini(_SECRETS)}
    return Setup(
        _project(node, asked.get("project")),
        settings=asked.get("settings"),
        secrets={**named, **(asked.get("secrets") or {})},
        services=load_services(_folder(node.config) / services) if services else None,
        allow_errors=bool(asked.get("allow_errors")),
    )


def _asked(node: pytest.Collector | pytest.Item) -> dict[str, Any]:
    """Return what the marker of a test says."""
    marker = node.get_closest_marker("roblox")
    if marker is None:
        return {}
    unknown = sorted(set(marker.kwargs) - _PARTS)
    if marker.args or unknown:
        what = unknown[0] if unknown else repr(marker.args[0])
        raise pytest.UsageError(f"{node.nodeid}: the marker is {_MARKER}; it has no {what}")
    return dict(marker.kwargs)


def _project(node: pytest.Collector | pytest.Item, given: str | Path | None) -> ScriptTree:
    """Load the Rojo project of a test, once in a run. Raises ProjectError."""
    from roblox_double import ProjectError, load_project

    config = node.config
    named = given or config.getini(_PROJECT)
    folder = _folder(config)
    file = Path(os.path.normpath(folder / named)) if named else _outermost(config, node.path)
    if not file.exists():
        raise ProjectError(
            f"there is no {file}: name the game's Rojo project in the ini option {_PROJECT}, as seen from {folder}, "
            "or for one test in @pytest.mark.roblox(project=...)"
        )
    loaded = config.stash.setdefault(_PROJECTS, {})
    if file not in loaded:
        loaded[file] = load_project(file)
    return loaded[file]


def _folder(config: pytest.Config) -> Path:
    """Return the folder from which the ini-file's paths count: its own, wherever `--rootdir` says that ids begin."""
    return config.inipath.parent if config.inipath else config.rootpath


def _outermost(config: pytest.Config, test: Path) -> Path:
    """Return the project file around a test, the outermost one: those within are parts of its game."""
    roots = (_folder(config), config.rootpath, config.invocation_params.dir, Path(test.anchor))
    root = next(folder for folder in roots if test.is_relative_to(folder))
    around = [folder for folder in reversed(test.parents) if folder.is_relative_to(root)]
    files = (folder / name for folder in around for name in (_DEFAULT, f"{_DEFAULT}c"))
    return next((file for file in files if file.is_file()), roots[0] / _DEFAULT)
