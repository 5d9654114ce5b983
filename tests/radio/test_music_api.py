"""What the radio asks of an operation, in the operation's own words."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import Peer
from support.radio import run

# An operation with other names than the shipped one, which takes what is small.
_API = """
local options = ...
local asked
local operation = {
	seed = "id",
	paging = { limit = "count", offset = "skip", items = "songs" },
	encode = function(query)
		local filters = query[options.music.filters or "filters"]
		if filters == nil or (options.music.filters and filters.small) then return { path = "" } end
		return nil, { id = "bad_parameter", parameter = "filters", expected = "small", got = "large" }
	end,
}
options.music.pageSize = 7
local api = load("MusicApi").new(operation, options.music, function(query, again)
	asked = { query = query, again = again }
	return if options.fails then nil else { songs = { "one" } }, if options.fails then "an error" else nil
end)
"""

ALL = {"filters": "where", "distinct": "once"}


@pytest.mark.parametrize(
    ("music", "call", "query", "again"),
    [
        ({}, "'5', 0", {"id": "5", "count": 7}, None),
        ({}, "'5', 1", {"id": "5", "count": 7, "skip": 1}, None),
        ({}, "'5', 14, nil, true", {"id": "5", "count": 7, "skip": 14}, True),
        (ALL, "'5', 0, nil, false", {"id": "5", "count": 7, "once": True}, False),
        (ALL, "'5', 7, { small = 1 }", {"id": "5", "count": 7, "skip": 7, "once": True, "where": {"small": 1}}, None),
    ],
)
def test_a_page_is_asked_for(server: Peer, music: dict[str, str], call: str, query: dict[str, Any], again: Any) -> None:
    source = f"{_API} local songs, err = api:page({call}) return songs, err == nil, asked"
    assert run(server, source, {"music": music}) == [
        ["one"],
        True,
        {"query": query} | ({} if again is None else {"again": again}),
    ]


def test_a_page_that_fails(server: Peer) -> None:
    source = f"{_API} return api:page('5', 0)"
    assert run(server, source, {"music": {}, "fails": True}) == [None, "an error"]


@pytest.mark.parametrize(
    ("music", "filters", "kind", "copied"),
    [
        (ALL, "{ small = { 1 } }", None, True),
        (ALL, "nil", None, False),
        (ALL, "{ large = 1 }", "invalid_request", False),
        ({}, "nil", None, False),
        ({}, "{ small = 1 }", "invalid_request", False),
    ],
)
def test_filters_are_what_the_operation_takes(
    server: Peer, music: dict[str, str], filters: str, kind: str | None, copied: bool
) -> None:
    source = f"""{_API}
    local given = {filters}
    local own, err = api:filters("radio:setFilters", given)
    local isCopy = given ~= nil and own ~= nil and own ~= given and own.small ~= given.small and own.small[1] == 1
    return if err then err.kind else nil, if err then err.operation else nil, isCopy
    """
    assert run(server, source, {"music": music}) == [kind, "radio:setFilters" if kind else None, copied]
