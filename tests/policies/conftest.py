"""The fixture of the tests that run one policy alone."""

from __future__ import annotations

import pytest

from support.policies import Policies


@pytest.fixture(scope="module")
def policies() -> Policies:
    return Policies()
