"""A new endpoint is an entry in the specification and nothing else: three more, whose methods work and are typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import respx
import yaml

from audioscape_luau.codegen import render, runtime_files, write
from audioscape_luau.openapi import load
from audioscape_luau.resources import luau_root, spec_file
from luau_types import SOLVERS, TOOL
from roblox_double import HttpxBridge, Peer, Universe, load_folder
from support.consumer import type_errors
from support.specs import Document, operation
from support.tools import tool

pytestmark = pytest.mark.other_api

BASE = "https://api.audioscape.ai/developer"

ASSET: Document = {"$ref": "#/components/schemas/AssetId"}
META: Document = {"$ref": "#/components/schemas/PageMeta"}
TEXT: Document = {"type": "string"}
NUMBER: Document = {"type": "number"}
MAYBE: Document = {"type": ["number", "null"]}


def record(required: list[str] | None = None, **properties: Document) -> Document:
    return {"type": "object", "required": required or [], "properties": properties}


def listed(items: Document) -> Document:
    return {"type": "array", "items": items}


def query(name: str, schema: Document, *, required: bool = False) -> Document:
    return {"name": name, "in": "query", "required": required, "schema": schema}


SCHEMAS: Document = {
    "Sfx": record(
        ["asset_id"],
        asset_id=ASSET,
        name=TEXT,
        tags=TEXT,
        duration=NUMBER,
        creator_id=MAYBE,
        sound_start_sec=MAYBE,
    )
    | {"x-recognised-by": "name"},
    "SfxFilters": record(
        categories=listed(TEXT),
        subcategories=listed(TEXT),
        duration=record(min=NUMBER | {"default": 0}, max=NUMBER | {"default": 400}) | {"x-ordered": ["min", "max"]},
    ),
    "Section": {
        "type": "object",
        "properties": {
            "start": NUMBER,
            "end": NUMBER,
            "label": TEXT,
            "energy": MAYBE,
            "bars": MAYBE,
            "metadata": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
        },
    },
}

PAGED = [
    query("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
    query("offset", {"type": "integer", "minimum": 0, "default": 0}),
]

PATHS: Document = {
    "/v1/sfx/similar": {
        "get": operation(
            "sfxSimilar",
            summary="Find sound effects that sound like one.",
            parameters=[
                query("asset_id", ASSET, required=True),
                *PAGED,
                {
                    "name": "filters",
                    "in": "query",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SfxFilters"}}},
                },
                query("max_score", {"type": "number", "minimum": 0, "maximum": 1}),
                query("dedupe", {"type": "boolean", "default": False}),
            ],
            reply=record(["tracks", "meta"], tracks=listed({"$ref": "#/components/schemas/Sfx"}), meta=META),
        )
    },
    "/v1/browse": {
        "get": operation(
            "browse",
            summary="List what the catalogue holds.",
            parameters=[
                query("type", TEXT | {"enum": ["artist", "album", "genre", "mood", "trending", "game"]}, required=True),
                query("name", TEXT),
                query("asset_id", ASSET),
                *PAGED,
                query("sort", TEXT | {"enum": ["popular", "alpha", "recent"], "default": "popular"}),
            ],
            reply=record(
                ["meta"],
                items=listed(record(name=TEXT, track_count=NUMBER, universe_id=NUMBER)),
                tracks=listed({"$ref": "#/components/schemas/Track"}),
                meta=record(total=NUMBER, type=TEXT, asset_id=ASSET),
            ),
        )
    },
    "/v1/track/structure": {
        "post": operation(
            "trackStructure",
            summary="Find the parts of a track.",
            requestBody={
                "required": True,
                "content": {
                    "application/json": {
                        "schema": record(
                            ["asset_id"], asset_id=ASSET, include_metadata={"type": "boolean", "default": False}
                        )
                    }
                },
            },
            reply=record(
                ["asset_id", "sections"],
                asset_id=ASSET,
                bpm=MAYBE,
                beat_grid={"type": ["object", "null"], "properties": {"times": listed(NUMBER)}},
                sections=listed({"$ref": "#/components/schemas/Section"}),
            ),
        )
    },
}


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client for the specification that ships and three more endpoints, as the public documentation shows them."""
    folder = tmp_path_factory.mktemp("more")
    shutil.copytree(spec_file().parent, folder / "spec")
    spec = folder / "spec" / spec_file().name
    document = yaml.safe_load(spec.read_text(encoding="utf-8"))
    document["paths"] |= PATHS
    document["components"]["schemas"] |= SCHEMAS
    spec.write_text(yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False), encoding="utf-8")
    model = load(spec)
    write(render(model) | runtime_files(model, luau_root() / "AudioScapeClient"), folder / "AudioScapeClient")
    return folder / "AudioScapeClient"


@pytest.fixture
def server(module: Path) -> Iterator[Peer]:
    with Universe(bridge=HttpxBridge()) as universe:
        peer = universe.server()
        peer.mount(load_folder(module), "ServerScriptService")
        yield peer


def call(server: Peer, expression: str) -> list[Any]:
    """Run a method call on a new client: the result, then the error as a table."""
    return server.run(
        f"""
        local client = require("./AudioScapeClient").new("key-of-this-test")
        local result, err = {expression}
        return result, err and {{ kind = err.kind, parameter = err.parameter }}
        """
    )


@respx.mock(assert_all_called=True)
def test_a_get_with_filters(respx_mock: respx.MockRouter, server: Peer) -> None:
    route = respx_mock.get(
        f"{BASE}/v1/sfx/similar",
        params={"asset_id": "12", "filters": '{"categories":["WEAPON"],"duration":{"max":3}}', "max_score": "0.5"},
    )
    tracks = [{"asset_id": 34, "name": "Bang", "creator_id": None}, {"name": "no id"}]
    route.respond(json={"tracks": tracks, "meta": {"total": 1}})
    filters = '{ categories = { "WEAPON" }, duration = { min = 0, max = 3 } }'
    result = call(server, f'client:sfxSimilar("rbxassetid://12", {{ filters = {filters}, max_score = 0.5 }})')[0]
    assert result == {"tracks": [{"asset_id": "34", "name": "Bang"}], "meta": {"total": 1}}


@respx.mock(assert_all_called=True)
def test_a_get_without_an_asset(respx_mock: respx.MockRouter, server: Peer) -> None:
    route = respx_mock.get(url=f"{BASE}/v1/browse?type=genre&limit=5")
    route.respond(json={"items": [{"name": "Polka", "track_count": 3}], "meta": {"asset_id": 7, "type": "genre"}})
    result = call(server, 'client:browse({ type = "genre", limit = 5, offset = 0, sort = "popular" })')[0]
    assert result == {"items": [{"name": "Polka", "track_count": 3}], "meta": {"asset_id": "7", "type": "genre"}}


@respx.mock(assert_all_called=True)
def test_a_post_with_a_reserved_word_in_its_reply(respx_mock: respx.MockRouter, server: Peer) -> None:
    route = respx_mock.post(f"{BASE}/v1/track/structure")
    section = {"start": 0, "end": 12.5, "label": "Intro", "metadata": {"a": "x", "b": 2, "c": True}}
    route.respond(json={"asset_id": "12", "beat_grid": None, "sections": [section, {"start": 1, "end": "x"}]})
    result = call(server, "client:trackStructure({ asset_id = 12, include_metadata = true })")[0]
    sections = [section | {"metadata": {"a": "x", "b": 2}}, {"start": 1}]
    assert result == {"asset_id": "12", "sections": sections}
    request = route.calls.last.request
    assert request.content == b'{"asset_id":"12","include_metadata":true}'
    assert request.headers["content-type"] == "application/json"
    assert call(server, 'client:trackStructure("12")')[0] == result
    assert route.calls.last.request.content == b'{"asset_id":"12"}'


@pytest.mark.parametrize(
    ("expression", "parameter"),
    [
        ('client:browse({ type = "nothing" })', "type"),
        ("client:browse({})", "type"),
        ('client:browse({ type = "genre", limit = 101 })', "limit"),
        ('client:sfxSimilar("12", { filters = { duration = { min = 3, max = 2 } } })', "filters.duration.min"),
        ('client:sfxSimilar("12", { filters = { genres = {} } })', "filters.genres"),
        ("client:trackStructure({ include_metadata = true })", "asset_id"),
        ('client:trackStructure("12", { include_metadata = 1 })', "include_metadata"),
    ],
)
def test_wrong_input(server: Peer, expression: str, parameter: str) -> None:
    with respx.mock:
        assert call(server, expression) == [None, {"kind": "invalid_request", "parameter": parameter}]


RIGHT = """
local client = AudioScapeClient.new("key")
local result, err = client:trackStructure("12")
if result then
	local section = result.sections[1]
	local finish: number? = section["end"]
	local id: string = result.asset_id
	print(finish, id, section.metadata)
end
local found: AudioScapeClient.BrowseResult? = client:browse({ type = "genre", name = "polka" })
local sounds: AudioScapeClient.SfxSimilarResult? = client:sfxSimilar(12, { limit = 3 })
print(err, found, sounds)
"""

WRONG = """
local client = AudioScapeClient.new("key")
local result = client:trackStructure("12")
local finish: string? = (result :: AudioScapeClient.TrackStructureResult).sections[1]["end"]
local found = client:browse({ type = 5 })
local sounds = client:sfxSimilar(true)
print(finish, found, sounds, client:sfxSimilars(1))
"""


@pytest.mark.cases(1)
@pytest.mark.parametrize("solver", SOLVERS)
def test_the_methods_are_typed(module: Path, tmp_path: Path, solver: str) -> None:
    tool(TOOL)
    shutil.copytree(module, tmp_path / "AudioScapeClient")
    wrong = type_errors(tmp_path, {"right": RIGHT, "wrong": WRONG}, solver)
    assert wrong == {("wrong", line) for line in (4, 5, 6, 7)}
