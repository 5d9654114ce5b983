"""Methods that are not played from the catalogue are answered by the example that is nearest to what was asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from audioscape_luau.mock import Catalogue, MockApi
from audioscape_luau.openapi import load
from support.game import api
from support.specs import blank, operation, write_spec


def reply(path: str, **parameters: Any) -> httpx.Response:
    mock = MockApi(api(), Catalogue.generate(size=1), plays={})
    url = api().server_url + path
    request = httpx.Request("GET", url, params=parameters, headers={api().api_key_header: "demo-key"})
    return mock.respond(request)


def answered(path: str, **parameters: Any) -> dict[str, Any]:
    return json.loads(reply(path, **parameters).content)


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


def test_a_failure_is_the_reply_to_its_own_request() -> None:
    own = {name: reply("/v1/playlist", playlist_id=name).status_code for name in ("lobby", "attic", "elsewhere")}
    assert own == {"lobby": 200, "attic": 404, "elsewhere": 200}


def test_a_page_that_an_example_shows_is_shown_whole() -> None:
    example = next(one for one in api().operation("similar").examples if one.name == "second-page")
    assert answered("/v1/similar", **example.request) == json.loads(example.body)


def test_an_operation_without_examples_is_answered_out_of_its_schemas(tmp_path: Path) -> None:
    document = blank()
    described = operation("plain")
    described["responses"]["200"]["content"] = {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["count"],
                "properties": {"count": {"type": "integer", "minimum": 3}, "name": {"type": "string"}},
            }
        }
    }
    document["paths"]["/plain"] = {"get": described}
    mock = MockApi(load(write_spec(document, tmp_path)), Catalogue(()))
    found = mock.respond(httpx.Request("GET", "https://api.example.com/plain", headers={"x-key": "demo-key"}))
    assert json.loads(found.content) == {"count": 3, "name": "word"}
