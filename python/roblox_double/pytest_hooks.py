"""What other pytest plugins may tell the plugin of the double: hooks of pytest, to be implemented under these names.

A plugin that may be there without this one marks its implementations with `pytest.hookimpl(optionalhook=True)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from roblox_double.testing import Backend


@pytest.hookspec
def pytest_roblox_backends() -> Mapping[str, Callable[[], Backend]]:  # pyright: ignore[reportReturnType]
    """Return mocked backends for the games of all tests, each by the name of the fixture that yields it.

    The fixture is what a test gets, as a conftest may have replaced it. The function makes one like it while the tests
    of a `*.spec.luau` are collected, where there are no fixtures yet. Called once, when pytest has been configured.
    """
