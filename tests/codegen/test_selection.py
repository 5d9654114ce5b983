"""A client with some of the API's methods: what it holds, and what it says of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import respx

from audioscape_luau.codegen import SelectionError, module_files, render, select, write
from audioscape_luau.contract.case import PHASES
from audioscape_luau.contract.spread import Order, check
from audioscape_luau.contract.subject import generated_module
from audioscape_luau.mock import ContractViolation, SpecCheck
from audioscape_luau.openapi import ApiModel
from audioscape_luau.resources import luau_root
from luau_types import SOLVERS, TOOL
from roblox_double import HttpxBridge, Universe
from support.both_sides import Both, both_sides
from support.consumer import type_errors
from support.game import api
from support.tools import tool

WHOLE = api()
SHIPPED = luau_root() / "AudioScapeClient"
# One that lists, a narrower method, one of several replies, events, and some that share types.
PARTS = {
    "search": ("search",),
    "lookup": ("lookup",),
    "browse": ("browse",),
    "events": ("events",),
    "several": ("similar", "playlist", "sfxSearch"),
}
parts = pytest.mark.parametrize("names", PARTS.values(), ids=PARTS.keys())


def part(*names: str) -> ApiModel:
    return select(WHOLE, names)


def size(files: dict[str, bytes]) -> int:
    return sum(map(len, files.values()))


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Callable[..., Both]]:
    with Universe(bridge=HttpxBridge()) as universe, respx.mock(assert_all_called=False) as router:
        yield lambda *names: both_sides(universe, router, part(*names), tmp_path)


def test_all_methods_are_the_whole_api() -> None:
    everything = part(*(operation.id for operation in WHOLE.methods))
    assert render(everything) == render(WHOLE)


def test_what_only_other_methods_need_is_left_out() -> None:
    files = module_files(part("lookup"), SHIPPED)
    made = {name for name in files if name.startswith("generated/operations/")}
    assert made == {"generated/operations/lookup.luau"}
    types = files["generated/Types.luau"].decode()
    assert "export type Track =" in types
    assert "Sfx" not in types
    assert "Playlist" not in types
    assert not any(name.startswith(("radio/", "analytics/")) for name in files)
    assert size(files) < size(module_files(WHOLE, SHIPPED)) / 2


@pytest.mark.parametrize(("name", "rooms"), [("similar", {"radio", "music"}), ("events", {"analytics"})])
def test_radio_and_analytics_stay_with_their_methods(name: str, rooms: set[str]) -> None:
    files = module_files(part(name), SHIPPED)
    assert {file.split("/")[0] for file in files} & {"radio", "music", "analytics"} == rooms


def test_a_method_of_several_replies_brings_those_it_stands_for() -> None:
    assert {operation.id for operation in part("browse").methods} == {
        "browse",
        "browseItems",
        "browseTracks",
        "trending",
    }


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("similar", "serch"), "there is no method 'serch'. Did you mean search? The methods are: similar, search, "),
        (("SfxBrowse",), "there is no method 'SfxBrowse'. Did you mean sfxBrowse? "),
        (("qqq",), "there is no method 'qqq'. The methods are: "),
        (("search", "track"), "'track' is no method of the API: it comes with events. The methods are: "),
        (("flushAnalytics",), "'flushAnalytics' is no method of the API: it comes with events. The methods are: "),
        (("radio",), "'radio' is no method of the API: it comes with similar. The methods are: "),
        ((), "no method is named. The methods are: similar, "),
    ],
)
def test_a_name_that_there_is_not_is_told_with_those_that_there_are(names: tuple[str, ...], text: str) -> None:
    with pytest.raises(SelectionError) as caught:
        part(*names)
    assert str(caught.value).startswith(text)
    assert str(caught.value).endswith("assetsHealth, privateReport, events, browse")


@pytest.mark.cases(3)
@pytest.mark.parametrize("solver", SOLVERS)
@parts
def test_it_is_strict(names: tuple[str, ...], solver: str, tmp_path: Path) -> None:
    tool(TOOL)
    write(module_files(part(*names), SHIPPED), tmp_path / "AudioScapeClient")
    calls = "\n".join(f"print(client.{name})" for name in names)
    script = f'\nlocal client = AudioScapeClient.new("key")\n{calls}\nprint(client.sfxTaxonomy)\n'
    assert type_errors(tmp_path, {"game": script}, solver) == {("game", 3 + len(names))}


@pytest.mark.breaks_contract
@parts
def test_check_keeps_it(names: tuple[str, ...]) -> None:
    model = part(*names)
    order = Order(generated_module(model), model, phases=PHASES[:1], pattern="*", token=None, examples=1, seed=0)
    played = list(check(order, order.parts(), jobs=1))
    assert sum(part.cases for part in played) > 0
    assert [finding for part in played for finding in part.findings if finding.report] == []


def test_calling_what_was_left_out_says_how_to_get_it(both: Callable[..., Both]) -> None:
    sides = both("lookup")
    source = "local none, err = client:search({}) return none, err.kind, err.operation, err.hint"
    hint = "This build leaves it out. Add search to --only, and build again."
    assert sides.run(source) == [None, "invalid_request", "search", hint]


@pytest.mark.parametrize(
    ("source", "method"),
    [
        ('return (select(2, client:track({ type = "x" }))).hint', "events"),
        ("return (select(2, client:flushAnalytics())).hint", "events"),
        ('return select(2, pcall(client.radio, client, Instance.new("Sound")))', "similar"),
    ],
)
def test_what_comes_with_a_method_that_was_left_out_says_with_which(
    both: Callable[..., Both], source: str, method: str
) -> None:
    (told,) = both("lookup").run(source)
    assert told.endswith(f"This build leaves it out. Add {method} to --only, and build again.")


@pytest.mark.parametrize(("kept", "says"), [("lookup", True), ("events", False)])
def test_an_option_of_what_was_left_out_says_so(both: Callable[..., Both], kept: str, says: bool) -> None:
    options = '{ apiKey = "some-key", analytics = true }'
    source = f'return tostring(select(2, pcall(require("./AudioScapeClient").new, {options})))'
    (told,) = both(kept).run(source)
    text = "must be left out, since this build leaves out what sends events (add events to --only, and build again)"
    assert (text in told) is says


@pytest.mark.parametrize("method", ["searchPages", "searchTracks"])
def test_looping_over_what_was_left_out_ends_with_the_error(both: Callable[..., Both], method: str) -> None:
    sides = both("lookup")
    source = f"""
    local list, count = client:{method}({{ query = "x" }}), 0
    for _ in list do count += 1 end
    return count, list.err.operation, list.err.hint, client:stats().errors
    """
    hint = "This build leaves it out. Add search to --only, and build again."
    assert sides.run(source) == [0, method, hint, {"invalid_request": 1}]


@pytest.mark.parametrize(
    ("kept", "hint"),
    [
        ("playlist", "Call client:playlist(...)."),
        ("lookup", "This build leaves it out. Add playlist to --only, and build again."),
    ],
)
def test_a_name_of_another_sdk_leads_to_the_method_or_to_the_build(
    both: Callable[..., Both], kept: str, hint: str
) -> None:
    assert both(kept).run("return (select(2, client:getPlaylist({}))).hint") == [hint]


def test_without_their_methods_there_is_no_radio_and_no_event(both: Callable[..., Both]) -> None:
    sides = both("lookup")
    ok, said = sides.run("return pcall(function() client:radio() end)")
    assert ok is False
    assert "radio: this module has no method that finds music" in str(said)
    told, text, hint = sides.run("local told, err = client:track({}) return told, tostring(err), err.hint")
    assert told is False
    assert "this module has no method `track`" in str(text)
    assert hint == "This build leaves it out. Add events to --only, and build again."


def test_a_narrower_method_is_answered_without_its_route(both: Callable[..., Both]) -> None:
    sides = both("lookup")
    asset_id = sides.mock.catalogue.entries[0].asset_id
    found = sides.run(f'local result = client:lookup({{ asset_ids = {{ "{asset_id}" }} }}) return #result.tracks')
    assert found == [1]


@pytest.mark.breaks_contract
def test_the_mock_refuses_what_only_a_method_that_was_left_out_sends() -> None:
    model = part("lookup")
    url, key = f"{model.server_url}/v1/search", model.key_header("demo-key")
    with pytest.raises(ContractViolation, match="`query`: it does not go with the other inputs"):
        SpecCheck(model).request(httpx.Request("POST", url, headers=key, json={"query": "rain"}))
