"""Page after page, track after track."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from audioscape_luau.resources import spec_file
from roblox_double import Peer, load_folder
from support.game import Game
from support.specs import build_client


def serve(game: Game, page: Callable[[int, int], dict[str, Any] | httpx.Response]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        query = request.url.params
        body = page(int(query.get("offset", 0)), int(query.get("limit", 20)))
        return body if isinstance(body, httpx.Response) else httpx.Response(200, json=body)

    game.router.route().mock(side_effect=answer)


def listing(ids: list[int], *, total: bool = True) -> Callable[[int, int], dict[str, Any]]:
    def page(offset: int, limit: int) -> dict[str, Any]:
        meta = {"total": len(ids)} if total else {}
        return {"tracks": [{"asset_id": str(n)} for n in ids[offset : offset + limit]], "meta": meta}

    return page


_PAGES = """
local input, extras = ...
local seen = {}
local pages = client:similarPages(input, extras)
local page = pages:next()
while page do
	local ids = {}
	for _, track in page.tracks do table.insert(ids, tonumber(track.asset_id)) end
	table.insert(seen, ids)
	page = pages:next()
end
return seen, pages.err and pages.err.kind or "none", client:stats().requests
"""
LISTS: dict[str, tuple[Any, Any, list[int], bool, list[list[int]], int]] = {
    "several pages, total known": ("1", {"limit": 2}, [1, 2, 3, 4, 5], True, [[1, 2], [3, 4], [5]], 3),
    "the total ends on a full page": ("1", {"limit": 2}, [1, 2, 3, 4], True, [[1, 2], [3, 4]], 2),
    "no total: a short page ends": ("1", {"limit": 2}, [1, 2, 3], False, [[1, 2], [3]], 2),
    "no total: an empty page ends": ("1", {"limit": 2}, [1, 2, 3, 4], False, [[1, 2], [3, 4]], 3),
    "nothing at all": ("1", {"limit": 2}, [], True, [], 1),
    "the API's own page size": (
        "1",
        None,
        list(range(45)),
        True,
        [[*range(20)], [*range(20, 40)], [*range(40, 45)]],
        3,
    ),
    "the API's own page size, no total": ("1", None, list(range(25)), False, [[*range(20)], [*range(20, 25)]], 2),
    "from an offset on": ({"asset_id": 1, "offset": 3}, {"limit": 2}, [1, 2, 3, 4, 5, 6], True, [[4, 5], [6]], 2),
    "no id twice": ("1", {"limit": 2}, [1, 2, 2, 3, 3, 3], False, [[1, 2], [3]], 3),
}


@pytest.mark.parametrize(("input", "extras", "ids", "total", "expected", "requests"), LISTS.values(), ids=LISTS.keys())
def test_pages(
    game: Game, input: Any, extras: Any, ids: list[int], total: bool, expected: list[list[int]], requests: int
) -> None:
    serve(game, listing(ids, total=total))
    assert game.run(_PAGES, input, extras) == [expected, "none", requests]


def test_a_server_that_ignores_the_offset_is_asked_twice(game: Game) -> None:
    serve(game, lambda _offset, limit: listing(list(range(limit)), total=False)(0, limit))
    assert game.run(_PAGES, "1", {"limit": 3}) == [[[0, 1, 2]], "none", 2]


Page = Callable[[int, int], tuple[list[int], dict[str, Any]]]
"""Returns the ids on the page at an offset, of a limit, and what the page says of the list."""


def capped(ids: list[int], cap: int, *, honest: bool = True) -> Page:
    def page(offset: int, limit: int) -> tuple[list[int], dict[str, Any]]:
        used = min(cap, limit)
        return ids[offset : offset + used], {"total": len(ids), "limit": used if honest else limit}

    return page


def filtered(ids: list[int], keep: Callable[[int], bool]) -> Page:
    return lambda offset, limit: (
        [n for n in ids[offset : offset + limit] if keep(n)],
        {"total": len(ids), "limit": limit},
    )


def twice(service: Page) -> Page:
    """A service that sends each item of a page two times."""

    def page(offset: int, limit: int) -> tuple[list[int], dict[str, Any]]:
        ids, meta = service(offset, limit)
        return [n for n in ids for _ in range(2)], meta

    return page


def saying(ids: list[int], *totals: Any) -> Page:
    """A list that says of its length this on the first page, that on the second, and so on."""

    def page(offset: int, limit: int) -> tuple[list[int], dict[str, Any]]:
        return ids[offset : offset + limit], {"total": totals[min(offset // limit, len(totals) - 1)]}

    return page


_HUNDRED = list(range(100))
UNRELIABLE: dict[str, tuple[Page, int, int, bool, int]] = {
    # the service, the limit asked for, how many items come, whether that is all, in how many requests at most
    "a cap that is told": (capped(list(range(170)), 50), 100, 170, True, 4),
    "a cap that is not told": (capped(list(range(170)), 50, honest=False), 100, 170, True, 4),
    "a cap of one": (capped(list(range(7)), 1, honest=False), 100, 7, True, 7),
    "some filtered out": (filtered(_HUNDRED, lambda n: n % 10 != 3), 20, 90, True, 6),
    "most filtered out": (filtered(_HUNDRED, lambda n: n % 10 == 3), 20, 10, True, 7),
    "some filtered out of pages of a cap that is not told": (
        lambda offset, limit: (
            [n for n in range(offset, min(offset + min(limit, 25), 170)) if n % 4],
            {"total": 170, "limit": limit},
        ),
        50,
        127,
        True,
        12,
    ),
    "the first page filtered out": (filtered(_HUNDRED, lambda n: n >= 20), 20, 80, True, 5),
    "pages in the middle filtered out": (filtered(_HUNDRED, lambda n: not 15 < n < 77), 20, 39, True, 7),
    "all filtered out": (filtered(_HUNDRED, lambda _: False), 20, 0, True, 5),
    "all but the last of many filtered out": (filtered(list(range(9000)), lambda n: n == 8999), 20, 0, False, 12),
    "an ignored offset": (lambda _, limit: (_HUNDRED[:limit], {"total": 100}), 20, 20, False, 2),
    "an ignored offset and a cap": (lambda _offset, _limit: (_HUNDRED[:5], {"total": 100}), 20, 5, False, 3),
    "an ignored offset, nearly all there": (lambda _offset, _limit: ([1, 2, 3], {"total": 5}), 3, 3, False, 3),
    "an ignored limit": (lambda offset, _: (_HUNDRED[offset : offset + 30], {"total": 100}), 20, 100, True, 4),
    "pages that overlap by half": (
        lambda offset, limit: (_HUNDRED[offset // 2 : offset // 2 + limit], {"total": 100}),
        20,
        100,
        True,
        10,
    ),
    "an offset that is believed up to a place": (
        lambda offset, limit: (_HUNDRED[min(offset, 60) : min(offset, 60) + limit], {"total": 100}),
        20,
        80,
        False,
        6,
    ),
    "nothing beyond a place": (
        lambda offset, limit: (_HUNDRED[offset:60][:limit], {"total": 1000}),
        20,
        60,
        False,
        14,
    ),
    "items that stand on the list twice": (
        lambda offset, limit: ([1, 2, 2, 3, 3, 3][offset : offset + limit], {"total": 6}),
        2,
        3,
        True,
        4,
    ),
    "items that stand on the list twice, and a cap that is not told": (
        capped([n for n in range(85) for _ in range(2)], 49, honest=False),
        100,
        85,
        True,
        11,
    ),
    "each item twice on a page": (twice(capped(_HUNDRED, 20)), 20, 100, True, 6),
    "each item twice, and a cap of one that is told": (twice(capped(list(range(21)), 1)), 100, 21, True, 21),
    "each item twice, and a cap that is not told": (twice(capped(_HUNDRED, 7, honest=False)), 50, 100, True, 15),
    "a total that is smaller": (saying(_HUNDRED, 5), 20, 100, True, 6),
    "a total of none": (saying(_HUNDRED, 0), 20, 100, True, 6),
    "a total that is negative": (saying(_HUNDRED, -1), 20, 100, True, 6),
    "a total that is no number": (saying(_HUNDRED, "many"), 20, 100, True, 6),
    "a total that is far too large": (saying(_HUNDRED, 1e18), 20, 100, False, 16),
    "a total that grows": (saying(_HUNDRED, 40, 60, 100), 20, 100, True, 5),
    "a total that shrinks": (saying(_HUNDRED, 200, 100), 20, 100, True, 5),
    "a total that is said once": (
        lambda offset, limit: (_HUNDRED[offset : offset + limit], {"total": 100} if offset == 0 else {}),
        20,
        100,
        True,
        5,
    ),
    "no total, and a cap that is told": (
        lambda offset, _: (_HUNDRED[offset : offset + 10], {"limit": 10}),
        20,
        100,
        True,
        11,
    ),
    "limits that cannot have been used": (
        lambda offset, limit: (_HUNDRED[offset : offset + limit], {"total": 100, "limit": -0.5 if offset else 1e9}),
        20,
        100,
        True,
        5,
    ),
}


@pytest.mark.cases(12)
@pytest.mark.breaks_contract
@pytest.mark.parametrize(("service", "limit", "count", "whole", "requests"), UNRELIABLE.values(), ids=UNRELIABLE.keys())
def test_a_list_is_read_to_its_end_or_err_says_so(
    game: Game, service: Page, limit: int, count: int, whole: bool, requests: int
) -> None:
    def page(offset: int, limit: int) -> dict[str, Any]:
        ids, meta = service(offset, limit)
        return {"tracks": [{"asset_id": str(n), "name": f"seen at {offset}"} for n in ids], "meta": meta}

    serve(game, page)
    pages, ended, sent = game.run(_PAGES, "1", {"limit": limit})
    items = [n for page in pages for n in page]
    assert (len(items), len(set(items)), ended) == (count, count, "none" if whole else "decode")
    assert all(pages)
    assert sent <= requests


def test_an_unfinished_list_says_how_far_it_came_and_hooks_hear_of_it(game: Game) -> None:
    serve(game, lambda _offset, limit: listing(list(range(9)))(0, limit))
    source = """
local heard = {}
local hooked = client:withOptions({ onError = function(event) table.insert(heard, event.kind) end })
local tracks, count = hooked:similarTracks("1", { limit = 2 }), 0
while tracks:next() do count += 1 end
local first = tracks.err
return count, first.id, first.retryable, first.hint ~= nil, tostring(first), tracks:next(), tracks.err == first, heard
"""
    count, id, retryable, hinted, text, more, final, heard = game.run(source)
    assert (count, id, retryable, hinted, more, final) == (2, "list_unfinished", False, True, None, True)
    assert "2 of 9" in text
    assert heard == ["decode"]
    assert len(game.requests) == 2


def test_who_wants_no_more_than_came_hears_of_no_trouble(game: Game) -> None:
    serve(game, lambda _offset, limit: listing(list(range(9)))(0, limit))
    assert game.run(_TRACKS, "1", {"limit": 2, "max": 2}, None) == [[0, 1], True, 1]


@pytest.mark.breaks_contract
def test_dropped_tracks_do_not_make_a_page_short(game: Game) -> None:
    def page(offset: int, limit: int) -> dict[str, Any]:
        whole = listing([1, 2, 3, 4, 5], total=False)(offset, limit)
        whole["tracks"] = [{} if track["asset_id"] == "2" else track for track in whole["tracks"]]
        return whole

    serve(game, page)
    assert game.run(_PAGES, "1", {"limit": 2}) == [[[1], [3, 4], [5]], "none", 3]


@pytest.mark.breaks_contract
@pytest.mark.parametrize("meta", [None, {}, {"total": "2"}, {"total": None}, 2])
def test_a_total_that_is_none_does_not_end_the_list(game: Game, meta: object) -> None:
    serve(game, lambda offset, limit: listing([1, 2, 3])(offset, limit) | {"meta": meta})
    assert game.run(_PAGES, "1", {"limit": 2}) == [[[1, 2], [3]], "none", 2]


def test_an_error_ends_the_loop_and_the_next_one_goes_on(game: Game) -> None:
    broken = True

    def page(offset: int, limit: int) -> dict[str, Any] | httpx.Response:
        if offset == 2 and broken:
            return httpx.Response(400, json={"error": "no"})
        return listing([1, 2, 3, 4, 5])(offset, limit)

    serve(game, page)
    game.run('shared.pages = client:similarPages("1", { limit = 2 })'.replace("shared", "_G"))
    loop = """
local count, page = 0, _G.pages:next()
while page do
	count += #page.tracks
	page = _G.pages:next()
end
return count, _G.pages.err and _G.pages.err.kind or "none"
"""
    assert game.run(loop) == [2, "bad_request"]
    broken = False
    assert game.run(loop) == [3, "none"]
    assert game.run(loop) == [0, "none"]


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        ('client:similarPages("x")', "asset_id"),
        ("client:similarPages()", "asset_id"),
        ('client:similarPages("1", 5)', None),
        ('client:similarPages("1", { limit = 0 })', "limit"),
        ('client:similarPages("1", { offset = -1 })', "offset"),
        ('client:similarPages("1", { max = 1 })', "max"),
        ('client.similarPages("1")', None),
        ('client:similarTracks("1", { max = -1 })', "max"),
        ('client:similarTracks("1", nil, { max = 0/0 })', "max"),
        ('client:similarTracks("1", nil, { max = 1.5 })', "max"),
        ('client:similarTracks("1", 5)', None),
        ('client:similarTracks("1", nil, "5")', "max"),
        ('client:similarTracks("1", nil, { maximum = 5 })', "maximum"),
        ('client:similarTracks("1", nil, { max = 5, [1] = 5 })', "[1]"),
        ('client.similarTracks("1")', None),
    ],
)
def test_misuse_is_a_value(game: Game, call: str, parameter: str | None) -> None:
    serve(game, listing([1]))
    source = f"local all = {call} for _ in all do error('item') end return all.err.kind, all.err.parameter"
    assert game.run(source) == ["invalid_request", parameter]
    assert game.requests == []


def test_a_wrong_number_of_items_is_told_with_what_it_must_be(game: Game) -> None:
    source = 'return tostring(client:similarTracks("1", { max = 0.5 }).err)'
    assert game.run(source) == [
        "AudioScape similar: `max` must be a whole number of at least 0, got 0.5. [invalid_request]"
    ]


def test_is_lazy(game: Game) -> None:
    serve(game, listing(list(range(100))))
    game.run('local pages = client:similarPages("1") local tracks = client:similarTracks("1")')
    assert game.requests == []
    game.run('local tracks = client:similarTracks("1", { limit = 10, max = 10 }) while tracks:next() do end')
    assert len(game.requests) == 1


_TRACKS = """
local input, extras, limits = ...
local ids = {}
local tracks = client:similarTracks(input, extras, limits)
local track = tracks:next()
while track do
	table.insert(ids, tonumber(track.asset_id))
	track = tracks:next()
end
return ids, tracks.err == nil, client:stats().requests
"""


@pytest.mark.parametrize(
    ("input", "extras", "limits", "count", "requests"),
    [
        ("1", {"limit": 2}, None, 7, 4),
        ("1", {"limit": 2, "max": 3}, None, 3, 2),
        ("1", {"limit": 2}, {"max": 4}, 4, 2),
        ("1", None, {"max": 0}, 0, 0),
        ({"asset_id": 1, "max": 3}, None, None, 3, 1),
        ("1", {"max": 99}, None, 7, 1),
    ],
)
def test_tracks(game: Game, input: Any, extras: Any, limits: Any, count: int, requests: int) -> None:
    serve(game, listing(list(range(7))))
    assert game.run(_TRACKS, input, extras, limits) == [list(range(count)), True, requests]


def test_what_happens_to_the_callers_tables_meanwhile_does_not_matter(game: Game) -> None:
    serve(game, listing(list(range(6))))
    source = """
local query = { asset_id = "1", limit = 2, filters = { genres = { "jazz" } } }
local pages = client:similarPages(query)
while pages:next() do
	query.asset_id, query.limit, query.filters.genres[1] = "9", 1, "polka"
end
"""
    game.run(source)
    assert [dict(request.url.params)["filters"] for request in game.requests] == ['{"genres":["jazz"]}'] * 3
    assert {request.url.params["asset_id"] for request in game.requests} == {"1"}


def test_what_a_player_plays_later_does_not_matter(game: Game) -> None:
    serve(game, listing([1, 2, 3, 4]))
    source = """
local sound = Instance.new("Sound")
sound.SoundId = "rbxassetid://77"
local pages = client:similarPages(sound, { limit = 2 })
pages:next()
sound.SoundId = "rbxassetid://88"
pages:next()
"""
    game.run(source)
    assert [request.url.params["asset_id"] for request in game.requests] == ["77", "77"]


def test_a_page_is_the_callers_own(game: Game) -> None:
    serve(game, listing([1, 2]))
    source = """
table.clear(client:similarPages("1"):next().tracks)
local count = 0
for _ in client:similarTracks("1") do count += 1 end
return count
"""
    assert game.run(source) == [2]


def test_for_goes_through_pages_and_tracks(game: Game) -> None:
    # What comes out of the cache needs no waiting, which not every VM allows in an iterator.
    serve(game, listing(list(range(5))))
    source = """
local first = client:similarPages("1", { limit = 2 })
while first:next() do end
local pages, tracks = client:similarPages("1", { limit = 2 }), client:similarTracks("1", { limit = 2 })
local sizes, ids = {}, {}
for page in pages do table.insert(sizes, #page.tracks) end
for track in tracks do table.insert(ids, tonumber(track.asset_id)) end
return sizes, ids, pages.err == nil and tracks.err == nil
"""
    assert game.run(source) == [[2, 2, 1], [0, 1, 2, 3, 4], True]


_TOGETHER = """
local id, extras, threads = ...
local tracks, pages = client:similarTracks(id, extras), client:similarPages(id, extras)
local ids, onPages, ended = {}, {}, 0
for thread = 1, threads do
	task.spawn(function()
		local track = tracks:next()
		while track do
			table.insert(ids, tonumber(track.asset_id))
			-- Not all of them are as fast as the first.
			if thread > 1 then task.wait(0.02 * thread) end
			track = tracks:next()
		end
		local page = pages:next()
		while page do
			for _, found in page.tracks do table.insert(onPages, tonumber(found.asset_id)) end
			page = pages:next()
		end
		ended += 1
	end)
end
task.wait(60)
return ids, onPages, ended, tracks.err == nil and pages.err == nil, client:stats().requests
"""


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("threads", [2, 5])
def test_threads_that_share_a_list_get_each_item_once(game: Game, total: bool, threads: int) -> None:
    serve(game, listing(list(range(9)), total=total))
    ids, on_pages, ended, good, requests = game.run(_TOGETHER, "1", {"limit": 2}, threads)
    assert (ids, on_pages) == (list(range(9)), list(range(9)))
    assert (ended, good, requests) == (threads, True, 5)


def test_threads_that_share_a_list_get_no_more_items_than_were_asked_for(game: Game) -> None:
    serve(game, listing(list(range(9))))
    ids, *_, requests = game.run(_TOGETHER.replace("pages:next()", "nil"), "1", {"limit": 2, "max": 3}, 3)
    assert (ids, requests) == ([0, 1, 2], 2)


def test_who_comes_second_gets_what_comes_next(game: Game) -> None:
    serve(game, listing(list(range(6))))
    source = """
local pages, tracks, firsts = client:similarPages("1", { limit = 2 }), client:similarTracks("2", { limit = 2 }), {}
for index = 1, 3 do
	task.spawn(function() firsts[index] = tonumber(pages:next().tracks[1].asset_id) end)
	task.spawn(function() firsts[3 + index] = tonumber(tracks:next().asset_id) end)
end
task.wait(5)
return firsts
"""
    assert game.run(source) == [[0, 2, 4, 0, 1, 2]]


@pytest.mark.parametrize("method", ["similarPages", "similarTracks"])
def test_who_is_cancelled_while_it_waits_for_a_page_keeps_nobody_from_it(game: Game, method: str) -> None:
    serve(game, listing([1, 2, 3]))
    source = f"""
local all = client:{method}("1", {{ limit = 2 }})
local first = task.spawn(function() all:next() end)
local counts = {{ 0, 0 }}
for index = 1, 2 do
	task.spawn(function()
		while all:next() do counts[index] += 1 end
	end)
end
task.cancel(first)
task.wait(30)
return counts[1] + counts[2], all.err == nil
"""
    assert game.run(source) == [2 if method == "similarPages" else 3, True]


def test_a_failure_is_told_to_all_who_wait_for_the_page(game: Game) -> None:
    serve(game, lambda _offset, _limit: httpx.Response(400, json={"error": "no"}))
    source = """
local pages, kinds = client:similarPages("1"), {}
for index = 1, 2 do
	task.spawn(function() kinds[index] = if pages:next() then "a page" else pages.err.kind end)
end
task.wait(5)
return kinds
"""
    assert game.run(source) == [["bad_request", "bad_request"]]


_LIST = """
local Pages = require(game:GetService("ServerScriptService").AudioScapeClient.paging.Pages)
local function list(fetch, size)
	return Pages.reader({
		paging = { items = "items", offset = "offset", limit = "limit", size = size, total = { "meta", "total" } },
		assets = require(game:GetService("ServerScriptService").AudioScapeClient.generated.Api).assets,
		fetch = fetch,
		unfinished = function(read, total) return `{read} of {total}` end,
	}, {})
end
"""
_WITHOUT_IDS = {
    "plain values": ("1", "2"),
    "texts that look alike": ('"1"', '"2:"'),
    "objects": ('{ title = "one", tags = { "a" } }', '{ title = "one", tags = { "b" } }'),
}


@pytest.mark.parametrize(("first", "second"), _WITHOUT_IDS.values(), ids=_WITHOUT_IDS.keys())
@pytest.mark.parametrize(("total", "err"), [("nil", None), ("300", "2 of 300")])
def test_items_without_an_asset_id_are_told_apart_by_what_they_are(
    inside: Peer, first: str, second: str, total: str, err: str | None
) -> None:
    source = f"""{_LIST}
local asked = 0
local pages = Pages.pages(list(function()
	asked += 1
	return {{ items = {{ {first}, {second} }}, meta = {{ total = {total} }} }}
end, 2))
local page, count = pages:next(), 0
while page do
	count += #page.items
	page = pages:next()
end
return count, asked, pages.err
"""
    assert inside.run(source) == [2, 2, err]


def test_a_page_of_items_that_are_all_dropped_is_no_end(inside: Peer) -> None:
    source = f"""{_LIST}
local items = Pages.items(list(function(query)
	if query.offset == 2 then return {{ items = {{}}, meta = {{ total = 6 }} }}, nil, 2 end
	return {{ items = {{ query.offset, query.offset + 1 }}, meta = {{ total = 6 }} }}
end, 2), "items", 10)
local seen, item = {{}}, items:next()
while item do
	table.insert(seen, item)
	item = items:next()
end
return seen, items.err
"""
    assert inside.run(source) == [[0, 1, 4, 5], None]


def test_an_empty_page_of_unknown_length_leads_nowhere(inside: Peer) -> None:
    source = f"""{_LIST}
local pages = Pages.pages(list(function() return {{ items = {{}}, meta = {{ total = 6 }} }} end))
return pages:next(), pages.err
"""
    assert inside.run(source) == [None, "0 of 6"]


def test_an_offset_that_the_specification_does_not_allow_leaves_the_list_unfinished(game: Game, tmp_path: Path) -> None:
    document = yaml.safe_load(spec_file().read_text(encoding="utf-8"))
    document["components"]["schemas"]["Offset"]["maximum"] = 40
    shutil.copytree(spec_file().parent, tmp_path, dirs_exist_ok=True)
    bounded = load_folder(build_client(document, tmp_path))
    serve(game, listing(list(range(100))))
    game.server.mount(replace(bounded, name="Bounded"), "ServerScriptService")
    source = """
local bounded = require(game:GetService("ServerScriptService").Bounded).new("some-key")
local tracks, count = bounded:similarTracks({ asset_id = "1", offset = 10 }), 0
while tracks:next() do count += 1 end
return count, tracks.err.id, tracks.err.message
"""
    count, id, message = game.run(source)
    assert (count, id, len(game.requests)) == (40, "list_unfinished", 2)
    assert "40 of more" in message


@pytest.mark.parametrize("size", ["2", "nil"])
@pytest.mark.parametrize("meta", ["nil", "5", "{}"])
def test_a_list_of_plain_values_without_a_total(inside: Peer, meta: str, size: str) -> None:
    source = f"""{_LIST}
local pages = Pages.pages(list(function(query)
	local from = query.offset
	return if from < 4 then {{ items = {{ from, from }}, meta = {meta} }} else {{ items = {{}} }}
end, {size}))
local seen = {{}}
local page = pages:next()
while page do
	table.insert(seen, table.concat(page.items, " "))
	page = pages:next()
end
return seen
"""
    assert inside.run(source) == [["0 0", "2 2"]]


def test_a_page_of_which_nothing_was_dropped_is_as_long_as_it_looks(inside: Peer) -> None:
    source = f"""{_LIST}
local asked = 0
local pages = Pages.pages(list(function(query)
	asked += 1
	return {{ items = if query.offset == 0 then {{ 1, 2 }} else {{ 3 }} }}
end, 2))
while pages:next() do end
return asked
"""
    assert inside.run(source) == [2]


def test_a_page_that_failed_is_none_of_the_items_that_are_wanted(inside: Peer) -> None:
    source = f"""{_LIST}
local tries = 0
local items = Pages.items(list(function()
	tries += 1
	if tries == 1 then return nil, "failed" end
	return {{ items = {{ 1, 2 }} }}
end), "items", 1)
local first, err = items:next(), items.err
return first, err, items:next(), items.err == nil, items:next() == nil
"""
    assert inside.run(source) == [None, "failed", 1, True, True]
