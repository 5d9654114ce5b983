"""The mocked API behind respx."""

from __future__ import annotations

import respx

from audioscape_luau.mock.api import MockApi


def install(router: respx.MockRouter, api: MockApi) -> respx.Route:
    """Let `api` answer every request that reaches `router`; one that is not for the API breaks its contract."""
    return router.route().mock(side_effect=api.respond)
