"""A budget that is asked beside one's own."""

from __future__ import annotations

from support.policies import Policies

_LINES = """
local trust = { isLost = false, lost = function() end }
local function line(left)
	return {
		reserve = function() return {}, 0 end,
		left = function() return left end,
		use = function() end,
		refused = function() return 0 end,
		passed = function() end,
	}
end
local function late(left)
	local both = require(support.joined)(line(0), line(left), trust)
	for minute = 1, 10 do
		local place = both.reserve(minute * 60, minute * 60 + 30)
		both.left(place, minute * 60 + 20)
	end
	return trust.isLost
end
"""


def test_who_comes_late_for_a_place_that_is_free_is_not_refused(policies: Policies) -> None:
    assert policies.run(f"{_LINES} return late(0)") == [False]


def test_a_place_that_is_never_free_is_refused(policies: Policies) -> None:
    assert policies.run(f"{_LINES} return late(5)") == [True]


def test_what_is_said_to_one_is_said_to_both(policies: Policies) -> None:
    source = """
local told = {}
local function line(name)
	return {
		refused = function() table.insert(told, `refused {name}`) return 5 end,
		passed = function() table.insert(told, `passed {name}`) end,
	}
end
local both = require(support.joined)(line("own"), line("found"), { isLost = false, lost = function() end })
both.passed(0)
return both.refused(0), table.concat(told, ", ")
"""
    assert policies.run(source) == [5, "passed own, passed found, refused found, refused own"]


def test_there_is_no_place_where_one_has_none(policies: Policies) -> None:
    source = """
local trust = { isLost = false, lost = function() end }
local full = { reserve = function() return nil, 20 end }
local free = { reserve = function() return {}, 0 end }
return require(support.joined)(full, free, trust).reserve(0, 10)
"""
    assert policies.run(source) == [None, 20]
