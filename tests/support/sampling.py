"""Of tests with very many cases, a run takes an even spread; whole runs take them all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from audioscape_luau.quality.trial import Trial

MARKER = "cases(count): only so many of a test's cases run, evenly spread, unless it is named or the run is a whole one"

_WHOLE = ("thorough", "every_case", "luau_coverage", "contract_coverage", "record")
"""Options of runs that count or compare what all tests do."""
_CHOOSING = ("keyword", "lf", "failedfirst")
"""Options that choose tests: whoever uses them wants just these."""


def spread(total: int, count: int) -> set[int]:
    """Return the indices of `count` of `total` cases, the first and the last among them."""
    if count >= total:
        return set(range(total))
    return {index * (total - 1) // max(1, count - 1) for index in range(count)}


def _names(config: pytest.Config) -> list[tuple[Path, str]]:
    """Return the files and tests that the command line names."""
    parts = [argument.partition("::") for argument in config.args]
    return [((config.invocation_params.dir / file).resolve(), name) for file, _, name in parts if name]


def _is_named(item: pytest.Item, names: Sequence[tuple[Path, str]]) -> bool:
    name = item.nodeid.partition("::")[2]
    return any(
        item.path == file and (name == wanted or name.startswith((f"{wanted}[", f"{wanted}::")))
        for file, wanted in names
    )


def is_whole(config: pytest.Config) -> bool:
    """Tell whether a run takes every case and as many examples as there may be."""
    tries_mutants = any(isinstance(plugin, Trial) for plugin in config.pluginmanager.get_plugins())
    return tries_mutants or any(config.getoption(option, False) for option in _WHOLE)


def examples(count: int, **more: Any) -> settings:
    """Return hypothesis's settings for so many examples in a whole run, and in proportion fewer in a quick one."""
    usual = settings.default.max_examples if settings.default else 100
    return settings(max_examples=max(1, count * usual // 100), **more)


def left_out(config: pytest.Config, items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the cases that this run does without."""
    if is_whole(config) or any(config.getoption(option, False) for option in _CHOOSING):
        return []
    functions: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("cases"):
            functions[item.nodeid.partition("[")[0]].append(item)
    names = _names(config)
    found: list[pytest.Item] = []
    for cases in functions.values():
        marker = cases[0].get_closest_marker("cases")
        chosen = spread(len(cases), marker.args[0] if marker else len(cases))
        found += [case for index, case in enumerate(cases) if index not in chosen and not _is_named(case, names)]
    return found
