"""Markers and options shared by all tests."""

from __future__ import annotations

import gc
import os
import sys

import pytest
from hypothesis import settings

from audioscape_luau.programs import offer_tools
from roblox_double import Universe
from support import artefacts, recorded, sampling
from support.contract_coverage import ContractCoverage
from support.game import api
from support.judged import judged
from support.luau_coverage import LuauCoverage
from support.sound import ask_once

__all__ = ["judged"]

# For the tests of the plugin; pytest takes this name only from here.
pytest_plugins = ("pytester",)


# The same examples each time, as chance is no input here; `--hypothesis-profile random` searches for others.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.register_profile("quick", settings.get_profile("repeatable"), max_examples=40)
settings.register_profile("random", deadline=None)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--vm",
        choices=["pluau", "lune"],
        default="pluau",
        help="where the Luau of universes runs that do not say so themselves",
    )
    parser.addoption(
        "--artefact",
        choices=list(artefacts.FORMS),
        default=artefacts.chosen,
        help="the form of the client to test; tests of its inner modules need one that has them",
    )
    parser.addoption(
        "--thorough",
        action="store_true",
        help="run what takes minutes, too: whole checks, of which quicker tests beside them show a part; as CI does",
    )
    parser.addoption(
        "--every-case",
        action="store_true",
        help="run every case of the tests of which a run takes some; so do --thorough and what counts or records",
    )
    parser.addoption("--record", action="store_true", help="write down the texts that tests compare word for word")
    parser.addoption(
        "--luau-coverage",
        action="store_true",
        help="count what runs of the shipped Luau; the floors in tests/floors.toml are those of a run of all tests",
    )
    parser.addoption(
        "--contract-coverage",
        action="store_true",
        help="fail if anything that the specification declares was never seen to be handled",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "fact(*ids): the facts about the Roblox engine (roblox_double/facts/facts.toml) that a test shows"
    )
    config.addinivalue_line(
        "markers", "breaks_contract: answers the client with what the specification rules out, on purpose"
    )
    config.addinivalue_line("markers", "thorough: left out but with --thorough, as a quicker test shows a part of it")
    config.addinivalue_line("markers", sampling.MARKER)
    config.addinivalue_line("markers", "other_api: speaks to an API that is not the one of the specification")
    offer_tools()
    _keep_bytecode(config)
    Universe.default_vm = config.option.vm
    # Half of each run would go into looking at the clock; a test that hangs ends by `faulthandler_timeout`.
    Universe.default_time_limit = None
    artefacts.chosen = config.option.artefact
    recorded.writing = config.option.record
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    ask_once(patch)
    if not config.getoption("--hypothesis-profile") and not sampling.is_whole(config):
        settings.load_profile("quick")
    if config.getoption("luau_coverage"):
        coverage = LuauCoverage()
        coverage.install(patch)
        config.pluginmanager.register(coverage)
    if config.getoption("contract_coverage"):
        config.pluginmanager.register(ContractCoverage(api()))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = sampling.left_out(config, items)
    if not config.getoption("thorough"):
        left_out += [item for item in items if item.get_closest_marker("thorough")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        without = set(left_out)
        items[:] = [item for item in items if item not in without]


def pytest_collection_finish() -> None:
    # Tens of thousands of objects that stay until the end; looking through them again and again costs a twentieth.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def _keep_bytecode(config: pytest.Config) -> None:
    """Where Python may not leave its bytecode beside the sources, keep it with pytest's own cache.

    Or each worker, and each process that a test starts, would compile a thousand files again.
    """
    if sys.dont_write_bytecode and (cache := getattr(config, "cache", None)):
        folder = str(cache.mkdir("bytecode"))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        sys.dont_write_bytecode, sys.pycache_prefix = False, folder
