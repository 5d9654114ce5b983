"""Methods that are not played from the catalogue are answered by the example that is nearest to what was asked."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from audioscape_luau.mock import Catalogue, MockApi
from support.game import api


def answered(path: str, **parameters: Any) -> dict[str, Any]:
    mock = MockApi(api(), Catalogue.generate(size=1), plays={})
    url = api().server_url + path
    request = httpx.Request("GET", url, params=parameters, headers={api().api_key_header: "demo-key"})
    return json.loads(mock.respond(request).content)


@pytest.mark.parametrize("kind", ["artist", "album", "genre", "mood", "game"])
def test_the_example_of_the_kind_that_was_asked_for(kind: str) -> None:
    assert answered("/v1/browse", type=kind)["meta"]["type"] == kind


@pytest.mark.parametrize(
    ("page", "left"), [({}, [0, 1]), ({"limit": 1}, [0]), ({"offset": 1}, [1]), ({"offset": 2}, [])]
)
def test_a_list_is_cut_to_the_page(page: dict[str, int], left: list[int]) -> None:
    whole = answered("/v1/browse", type="artist")["items"]
    found = answered("/v1/browse", type="artist", **page)
    assert found["items"] == [whole[place] for place in left]
    assert found["meta"] == {"total": 2, "limit": 20, "offset": 0, "type": "artist"} | page


def test_items_beyond_a_bound_are_left_out() -> None:
    found = answered("/v1/sfx/similar", asset_id="9125402737", max_score=0.8)
    assert [sound["score"] for sound in found["tracks"]] == [0.72]
    assert found["meta"]["total"] == 1
