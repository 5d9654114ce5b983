"""The pytest plugin `audioscape`: the mocked API behind the games that the plugin of `roblox_double` runs.

The fixture `audioscape_api` works without that plugin, too. pytest loads this module before anything else, in every
environment that has the package: what it needs is imported when a test asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from audioscape_luau.testing import AudioscapeApi

_API = pytest.StashKey["AudioscapeApi"]()


@pytest.hookimpl(optionalhook=True)
def pytest_roblox_backends() -> Mapping[str, Callable[[], AudioscapeApi]]:
    return {"audioscape_api": _fresh}


def _fresh() -> AudioscapeApi:
    from audioscape_luau.testing import AudioscapeApi

    return AudioscapeApi()


@pytest.fixture
def audioscape_api(request: pytest.FixtureRequest) -> Iterator[AudioscapeApi]:
    """The mocked AudioScape API: its catalogue, its faults, its requests. See `audioscape_luau.testing`.

    A request that breaks the API spec fails the test.
    """
    with _fresh() as api:
        request.node.stash[_API] = api
        yield api


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    __tracebackhide__ = True
    api = item.stash.get(_API, None)
    try:
        result = yield
        if api:
            api.verify()
    finally:
        if api and api.unknown:
            item.add_report_section("call", "mocked API", _ids_to_add(api.unknown))
    return result


def _ids_to_add(ids: list[str]) -> str:
    named = ", ".join(ids)
    return f"It does not have {named}. To add ids, call audioscape_api.add_tracks(...), or test.addTracks(...) in Luau."
