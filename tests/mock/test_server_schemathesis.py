"""The mock server held against the specification by a tool that is not ours."""

from __future__ import annotations

import asyncio
import json
import math
import random
from functools import cache
from typing import Any, cast

import httpx
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.mock.server import Gateway, make_app
from support.game import api
from support.tools import package

package("schemathesis", "fuzz")
# To import it takes every process most of a second.
pytestmark = pytest.mark.thorough

EXAMPLES = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
# Without the NaN that the specification announces in words of its own, which no other tool understands.
CATALOGUE = Catalogue(
    tuple(
        entry
        for entry in Catalogue.generate(size=60, seed=2).entries
        if math.isfinite(entry.fields.get("loudness_lufs") or 0)
    )
)
KNOWN = st.none() | st.sampled_from([entry.asset_id for entry in CATALOGUE.entries])


@cache
def operation() -> Any:
    described: Any = _schemathesis().openapi.from_dict(dict(api().raw))
    similar = api().operation("similar")
    return described[similar.path][similar.method]


def _schemathesis() -> Any:
    import schemathesis

    return schemathesis


def drawn(data: st.DataObject, mode: str) -> Any:
    """Draw a case that the specification allows ("POSITIVE") or rules out ("NEGATIVE")."""
    return data.draw(operation().as_strategy(generation_mode=_schemathesis().GenerationMode[mode]))


def held(case: Any, response: httpx.Response, more: str) -> None:
    """Let schemathesis compare a response with the specification, by the usual checks and one more."""
    import schemathesis.specs.openapi.checks as openapi

    # What it says of its checks is partly untyped.
    of_openapi, general = cast("Any", openapi), _schemathesis().checks
    names = ("content_type_conformance", "response_schema_conformance", "status_code_conformance", more)
    checks = [general.not_a_server_error, *(getattr(of_openapi, name) for name in names)]
    case.validate_response(response, checks=checks)


def gateway() -> Gateway:
    return Gateway(MockApi(api(), CATALOGUE, seconds=0), lambda: 0.0, random.Random(0))


def send(to: Gateway, case: Any) -> httpx.Response:
    """Send a case of schemathesis to the server, in process."""
    wire: dict[str, Any] = case.as_transport_kwargs(base_url=api().server_url)
    wire["headers"] = {**wire["headers"], api().api_key_header: DEMO_KEY}
    wire.pop("cookies", None)

    async def main() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(make_app(to))) as client:
            return await client.request(**wire)

    return asyncio.run(main())


@EXAMPLES
@given(data=st.data())
def test_whatever_the_specification_allows_is_accepted_and_answered_as_it_says(data: st.DataObject) -> None:
    case: Any = drawn(data, "POSITIVE")
    seed = data.draw(KNOWN)
    if seed:
        case.query = {**case.query, "asset_id": seed}
    # That one end must not be above the other, JSON Schema cannot say.
    filters: Any = case.query.get("filters") or {}
    duration: Any = (json.loads(filters) if isinstance(filters, str) else filters).get("duration") or {}
    assume(duration.get("min", 0) <= duration.get("max", math.inf))
    response = send(gateway(), case)
    held(case, response, "positive_data_acceptance")
    assert not seed or response.status_code == 200


@EXAMPLES
@given(data=st.data())
def test_whatever_it_rules_out_is_refused_as_it_says(data: st.DataObject) -> None:
    case: Any = drawn(data, "NEGATIVE")
    held(case, send(gateway(), case), "negative_data_rejection")
