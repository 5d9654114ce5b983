"""The fixture of the tests that run one policy alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.policies import Policies


@pytest.fixture(scope="module")
def policies() -> Iterator[Policies]:
    policies = Policies()
    yield policies
    policies.universe.close()
