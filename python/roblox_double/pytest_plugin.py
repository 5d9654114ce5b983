"""The pytest plugin `roblox_double`: a game's own tests of its own scripts.

Fixtures `roblox` and `roblox_http`, the marker `roblox`, and `*.spec.luau` and `*.spec.lua` files as tests. Other
plugins add what they mock by the hooks of `pytest_hooks`. pytest loads this module before anything else, in every
environment that has the package: what it needs is imported when a test asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from inspect import Parameter, Signature
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from roblox_double import pytest_hooks

if TYPE_CHECKING:
    import respx

    from roblox_double import ScriptTree
    from roblox_double.testing import Backend, Roblox
    from roblox_double.testing.setup import Setup
    from roblox_double.universe import NotModelled, VmName

_OPTION = "roblox_"
_PROJECT = "project"
_PLACE = "place"
_SECRETS = "secrets"
_SERVICES = "services"
_NOT_MODELLED = "not_modelled"
_IGNORE_SPECS = "ignore_specs"
_VM = "vm"
_VMS = ("pluau", "lune")
_MODES = ("strict", "report")
_MARKER = 'roblox(project=..., place=..., settings=..., secrets=..., allow_errors=False, not_modelled="strict")'
_PARTS = {"project", "place", "settings", "secrets", "allow_errors", _NOT_MODELLED}
_DEFAULT = "default.project.json"
_SPECS = (".spec.luau", ".spec.lua")
_VENDORED = frozenset({"Packages", "ServerPackages", "DevPackages", "_Index", "node_modules"}) | frozenset(
    f"{target}_packages" for target in ("luau", "lune", "roblox", "roblox_server")
)
"""Folders into which Wally, npm and pesde put the code of others, whose tests are not those of the game."""
_GAME = pytest.StashKey["Roblox"]()
_GAMES = pytest.StashKey["dict[tuple[Path | None, Path], ScriptTree]"]()
_BACKENDS = pytest.StashKey["dict[str, Callable[[], Backend]]"]()


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(pytest_hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        _OPTION + _PROJECT,
        f"Rojo project file of the game; default: the outermost {_DEFAULT} above the test",
        default="",
    )
    parser.addini(_OPTION + _SECRETS, "names of secrets that the game reads; their values are made up", type="linelist")
    parser.addini(
        _OPTION + _PLACE,
        "place file of Studio (.rbxl, .rbxlx) into which the project is synced; without a project, it is the game",
        default="",
    )
    parser.addini(
        _OPTION + _SERVICES, "folder of stubs for Roblox services: one module per service, with its name", default=""
    )
    parser.addini(
        _OPTION + _NOT_MODELLED,
        "strict: a test fails if scripts use what the simulated Roblox does not have, even if they catch the error; "
        "report: that is only reported",
        default=_MODES[0],
    )
    parser.addini(
        _OPTION + _IGNORE_SPECS,
        f"globs of files named *{' or *'.join(_SPECS)} that are no tests; paths start at the folder of the ini-file",
        type="linelist",
    )
    parser.addini(
        _OPTION + _VM,
        "where the game's Luau runs: pluau, in this process (default), or lune, a newer one that has to be installed",
        default="",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{_MARKER}: the Rojo project of the fixture `roblox`, undocumented Roblox behaviour, secrets, "
        "whether uncaught script errors are allowed, and what becomes of the test if scripts use what is not modelled",
    )
    for ids in (config.args, config.getoption("deselect") or []):
        ids[:] = map(_as_printed, ids)
    made: list[Mapping[str, Callable[[], Backend]]] = config.hook.pytest_roblox_backends()
    backends = {name: make for added in made for name, make in added.items()}
    config.stash[_BACKENDS] = backends
    fixtures = ModuleType("roblox_backends")
    setattr(fixtures, fixtures.__name__, _fixture_of(backends))
    config.pluginmanager.register(fixtures, fixtures.__name__)


def _fixture_of(names: Mapping[str, object]) -> object:
    """Return a fixture whose value is those of other fixtures.

    They are its parameters, so that pytest sees them when it plans a test: one of them may have parameters itself.
    """

    def roblox_backends(**backends: Backend) -> list[Backend]:
        """The backends that other plugins mock for the game."""
        return list(backends.values())

    roblox_backends.__signature__ = Signature([Parameter(name, Parameter.KEYWORD_ONLY) for name in names])  # pyright: ignore[reportFunctionMemberAccess]
    return pytest.fixture(roblox_backends)


def _as_printed(argument: str) -> str:
    """Return an argument with the name of a spec's test as ids have it, where it is written as in the spec."""
    file, found, name = argument.partition("::")
    if not found or not file.endswith(_SPECS):
        return argument
    from roblox_double.testing.items import item_name, printable

    return file + found + item_name(printable(name))


@pytest.fixture
def roblox_http() -> respx.MockRouter:
    """A respx router for the game's requests. A request without a route fails the test; none leaves the machine."""
    import respx

    return respx.MockRouter(assert_all_called=False)


@pytest.fixture
def roblox(
    request: pytest.FixtureRequest, roblox_http: respx.MockRouter, roblox_backends: list[Backend]
) -> Iterator[Roblox]:
    """The running game. See `roblox_double.testing.Roblox`.

    The marker `roblox` configures it. An uncaught script error fails the test.
    """
    from roblox_double import LuauError, ProjectError

    try:
        started = _setup(request.node).start(roblox_backends, roblox_http)
    except (ProjectError, OSError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    except LuauError as error:
        raise pytest.fail.Exception(error.message, pytrace=False) from None
    with started as game:
        request.node.stash[_GAME] = game
        yield game


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    __tracebackhide__ = True
    game = item.stash.get(_GAME, None)
    if game is None:
        return (yield)
    folder = item.config.invocation_params.dir
    try:
        result = yield
        for backend in game.backends:
            backend.verify()
    except Exception as error:
        from roblox_double.testing.failures import explain

        explain(error, game, folder)
        raise
    finally:
        from roblox_double.legible import legible
        from roblox_double.testing.gaps import note_gaps

        item.add_report_section("call", "output", legible(game.in_files(game.transcript, folder)))
        note_gaps(item, [game.in_files(line, folder) for line in game.told_gaps()])
    _verify(game, folder, allow_errors=bool(_asked(item).get("allow_errors")))
    return result


def _verify(game: Roblox, folder: Path, *, allow_errors: bool) -> None:
    """Fail a test whose scripts failed, by a text that says it all."""
    from roblox_double.testing import GameError
    from roblox_double.testing.failures import told_of

    try:
        game.verify(allow_errors=allow_errors)
    except GameError as error:
        raise pytest.fail.Exception(game.in_files(told_of(error), folder), pytrace=False) from None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what the games of all tests asked for and did not find."""
    reports = (report for listed in terminalreporter.stats.values() for report in listed)
    told = [report for report in reports if isinstance(report, pytest.TestReport) and report.when == "call"]
    if any(report.user_properties for report in told):
        from roblox_double.testing.gaps import summary

        lines = summary(told)
        if lines:
            terminalreporter.section("not modelled in the simulated Roblox")
            for line in lines:
                terminalreporter.write_line(line)


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
    if not file_path.name.endswith(_SPECS) or _is_left_out(file_path, parent.config):
        return None
    from roblox_double.testing.items import SpecFile

    return SpecFile.of(parent, file_path, _setup, list(parent.config.stash[_BACKENDS].values()))


def _is_left_out(spec: Path, config: pytest.Config) -> bool:
    """Tell whether the ini-file says that a spec is no test of ours."""
    patterns: list[str] = _option(config, _IGNORE_SPECS) or []
    if not patterns:
        return False
    from roblox_double.project.rojo_globs import matches

    folder = _folder(config)
    path = (spec.relative_to(folder) if spec.is_relative_to(folder) else spec).as_posix()
    try:
        return any(matches(path, pattern) for pattern in patterns)
    except ValueError as error:
        raise pytest.UsageError(f"the ini option {_OPTION}{_IGNORE_SPECS}: {error}") from None


def _setup(node: pytest.Collector | pytest.Item) -> Setup:
    """Return how the game of a test is set up: by its marker and by the ini-file. Raises ProjectError and OSError."""
    from roblox_double import Secret, load_services
    from roblox_double.testing.setup import Setup

    asked = _asked(node)
    services = _option(node.config, _SERVICES)
    named = {name: Secret(f"the value of {name}") for name in _option(node.config, _SECRETS) or ()}
    return Setup(
        _game(node, asked),
        settings=asked.get("settings"),
        secrets={**named, **(asked.get("secrets") or {})},
        services=load_services(_folder(node.config) / services) if services else None,
        allow_errors=bool(asked.get("allow_errors")),
        not_modelled=_mode(node, asked.get(_NOT_MODELLED)),
        vm=_vm(node.config),
    )


def _vm(config: pytest.Config) -> VmName | None:
    """Return where the Luau runs, if that is said."""
    given = _option(config, _VM)
    if given and given not in _VMS:
        raise pytest.UsageError(f"the ini option {_OPTION}{_VM} is {given!r}. It is {' or '.join(map(repr, _VMS))}")
    return given or None


def _mode(node: pytest.Collector | pytest.Item, asked: object) -> NotModelled:
    """Return what becomes of a test whose scripts use what is not modelled."""
    given = _option(node.config, _NOT_MODELLED) if asked is None else asked
    if given not in _MODES:
        where = f"the ini option {_OPTION}{_NOT_MODELLED} is" if asked is None else f"{node.nodeid}: not_modelled is"
        raise pytest.UsageError(f"{where} {given!r}. It is {' or '.join(map(repr, _MODES))}")
    return given


def _option(config: pytest.Config, name: str) -> Any:
    return config.getini(_OPTION + name)


def _asked(node: pytest.Collector | pytest.Item) -> dict[str, Any]:
    """Return what the marker of a test says."""
    marker = node.get_closest_marker("roblox")
    if marker is None:
        return {}
    unknown = sorted(set(marker.kwargs) - _PARTS)
    if marker.args or unknown:
        what = unknown[0] if unknown else repr(marker.args[0])
        raise pytest.UsageError(f"{node.nodeid}: the marker roblox has no {what}. It is {_MARKER}")
    return dict(marker.kwargs)


def _game(node: pytest.Collector | pytest.Item, asked: Mapping[str, Any]) -> ScriptTree:
    """Load the game of a test, a project, a place or one in the other, once in a run. Raises ProjectError."""
    from roblox_double import ProjectError
    from roblox_double.testing.game import load_game

    config = node.config
    folder = _folder(config)
    named, base = (asked.get(part) or _option(config, part) for part in (_PROJECT, _PLACE))
    place = Path(os.path.normpath(folder / base)) if base else None
    file = Path(os.path.normpath(folder / named)) if named else _outermost(config, node.path)
    if not file.exists() and (named or not place):
        raise ProjectError(
            f"{file} does not exist. Set the ini option {_OPTION}{_PROJECT} to your Rojo project (the path starts at "
            f"{folder}), or use @pytest.mark.roblox(project=...) for one test"
        )
    loaded = config.stash.setdefault(_GAMES, {})
    key = (place, file)
    if key not in loaded:
        loaded[key] = load_game(file if file.exists() else None, place)
    return loaded[key]


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
