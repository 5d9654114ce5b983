"""The rest of the vendor's API, said in the dialect: each method is made, typed, and answered by its examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import respx

from audioscape_luau.codegen import render, runtime_files, write
from audioscape_luau.contract.case import PHASES, Phase
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.plan import plan
from audioscape_luau.contract.run import run
from audioscape_luau.contract.subject import Subject, load_module
from audioscape_luau.openapi import ApiModel, load
from audioscape_luau.resources import luau_root
from luau_types import SOLVERS, TOOL
from roblox_double import HttpxBridge, Universe
from support.both_sides import Both, both_sides
from support.consumer import type_errors
from support.tools import tool

pytestmark = pytest.mark.other_api

SPEC = Path(__file__).parent / "whole_api" / "audioscape.openapi.yaml"


@pytest.fixture(scope="module")
def model() -> ApiModel:
    return load(SPEC)


@pytest.fixture
def sides(model: ApiModel, tmp_path: Path) -> Iterator[Both]:
    with Universe(bridge=HttpxBridge()) as universe, respx.mock(assert_all_called=False) as router:
        yield both_sides(universe, router, model, tmp_path)


def test_each_example_is_asked_and_answered(model: ApiModel, sides: Both) -> None:
    for operation in model.methods:
        for example in operation.examples:
            if example.status == operation.success.status:
                assert sides.call(f"{operation.id}({luau(dict(example.request))})")[1] is None, (operation.id, example)
    assert not sides.mock.violations
    assert {request.url.path for request in sides.requests} == {
        *(f"/developer/v1/{name}" for name in ("search", "browse", "playlist", "track/structure")),
        *(f"/developer/v1/sfx/{name}" for name in ("similar", "search", "browse", "taxonomy")),
        *(f"/developer/v1/assets/{name}" for name in ("health", "private-report")),
        "/analytics/v1/analytics",
    }


@pytest.mark.parametrize(
    ("call", "sent"),
    [
        ('events({ events = { { type = "play", asset_id = 12, duration = 3 } } })', "analytics/v1/analytics"),
        ("privateReport({ assets = { { asset_id = 12 } } })", "developer/v1/assets/private-report"),
    ],
)
def test_what_is_told_is_taken(sides: Both, call: str, sent: str) -> None:
    assert sides.run(f"return client:{call}") == [True, None]
    assert sides.sent[0].startswith(f"POST https://api.audioscape.ai/{sent} ")
    assert not sides.mock.violations


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        ("search({ limit = 3 })", "query"),
        ('search({ query = "x", filters = { created_after = "1.5.2024" } })', "filters.created_after"),
        ("sfxSearch({ filters = { subcategories = { 'X' } } })", "query"),
        ("lookup({ asset_ids = { 1, 'no' } })", "asset_ids[2]"),
        ('browse({ type = "trending", name = "x" })', "type"),
        ("playlist({})", "playlist_id"),
        ("events({ events = {} })", "events"),
        ("trackStructure('x')", "asset_id"),
    ],
)
def test_wrong_input_is_refused(sides: Both, call: str, parameter: str) -> None:
    assert sides.call(call) == [None, {"kind": "invalid_request", "parameter": parameter}]
    assert sides.sent == []


def test_more_ids_than_a_request_takes(sides: Both) -> None:
    script = """
    local ids = table.create(250, 0)
    for index in ids do ids[index] = index end
    local found, err = client:lookup({ asset_ids = ids })
    local health = client:assetsHealth({ asset_ids = ids })
    return found ~= nil, #health.assets
    """
    assert sides.run(script)[0] is True
    assert len(sides.sent) == 6
    assert not sides.mock.violations


TYPED = """
local client = AudioScapeClient.new("key")
local found = client:lookup({ asset_ids = { 1, "2" } })
local tracks: { AudioScapeClient.Track } = if found then found.tracks else {}
local hot: AudioScapeClient.BrowseTracks? = client:trending()
local names: AudioScapeClient.BrowseItems? = client:browseItems({ type = "genre" })
local mine: AudioScapeClient.Playlists? = client:playlists()
local one: AudioScapeClient.Playlist? = client:playlist({ playlist_id = "a" })
local told: boolean? = client:events({ events = { { type = "play", asset_id = tracks[1] } } })
for sound in client:sfxBrowseTracks() do
	local id: string = sound.asset_id
	print(id)
end
print(hot, names, mine, one, told, client:search({ query = "x" }), client:sfxTaxonomy())
local wrong1: AudioScapeClient.BrowseItems? = client:trending()
local wrong2 = client:browseItems({ type = "trending" })
local wrong3 = client:lookup({ query = "x" })
local wrong4 = client:playlist({})
print(wrong1, wrong2, wrong3, wrong4)
"""


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_methods_are_typed(model: ApiModel, tmp_path: Path, solver: str) -> None:
    tool(TOOL)
    files = render(model) | runtime_files(model, luau_root() / "AudioScapeClient")
    write(files, tmp_path / "AudioScapeClient")
    assert type_errors(tmp_path, {"typed": TYPED}, solver) == {("typed", n) for n in range(15, 19)}


ALWAYS = {"request/-all", "extras/all", "nan", "duplicate-keys", "many questions", "calls that end in html"}
"""Cases that depend most on what an operation takes and replies."""


@pytest.mark.breaks_contract
@pytest.mark.parametrize("phase", PHASES)
def test_a_share_of_each_phase_is_kept(model: ApiModel, tmp_path: Path, phase: Phase) -> None:
    write(render(model) | runtime_files(model, luau_root() / "AudioScapeClient"), tmp_path / "AudioScapeClient")
    subject = Subject(load_module(tmp_path / "AudioScapeClient"), model)
    cases = plan(model, [phase])
    share = [
        case
        for number, case in enumerate(cases)
        if number % max(1, len(cases) // 40) == 0 or case.name.partition("/")[2] in ALWAYS
    ]
    broken = [(o.case.token, o.broken) for o in run(subject, share, examples=2, seed=0) if not o.kept]
    assert broken == []
