"""Specs that were written for TestEZ run with the game's own; those of Jest are told apart."""

from __future__ import annotations

import pytest

from support.repository import Repository

# What of TestEZ its specs and its runners see: the same names, found in the same way.
TESTEZ = """
local Planner, Runner = {}, {}

local function node(phrase, kind, modifier, callback)
	return { phrase = phrase, type = kind, modifier = modifier or "None", children = {}, callback = callback }
end

local Plan = {}
Plan.__index = Plan

function Plan:visitAllNodes(visit, root)
	for _, child in (root or self).children do
		visit(child)
		self:visitAllNodes(visit, child)
	end
end

function Plan:findNodes(wanted)
	local found = {}
	self:visitAllNodes(function(child)
		if wanted(child) then
			table.insert(found, child)
		end
	end)
	return found
end

function Planner.createPlan(modules)
	local plan = setmetatable({ children = {} }, Plan)
	local at = plan
	local function describe(phrase, body, modifier)
		local outer, made = at, node(phrase, "Describe", modifier)
		table.insert(at.children, made)
		at = made
		local ok, problem = pcall(body)
		if not ok then
			made.loadError = problem
		end
		at = outer
	end
	local function declare(kind, modifier)
		return function(phrase, body)
			table.insert(at.children, node(phrase, kind, modifier, body or phrase))
		end
	end
	for _, module in modules do
		local env = getfenv(module.method)
		env.describe = describe
		env.describeSKIP = function(phrase, body)
			describe(phrase, body, "Skip")
		end
		env.it, env.itSKIP, env.itFOCUS = declare("It"), declare("It", "Skip"), declare("It", "Focus")
		env.beforeEach = declare("BeforeEach")
		describe(module.path[1], module.method)
	end
	return plan
end

local function expect(value)
	return {
		to = {
			equal = function(other)
				if value ~= other then
					error(`Expected value {other}, got {value} instead`, 2)
				end
			end,
		},
	}
end

function Runner.runPlan(plan)
	local errors = {}
	local function run(at, hooks)
		local inner = table.clone(hooks)
		for _, child in at.children do
			if child.type == "BeforeEach" then
				table.insert(inner, child.callback)
			end
		end
		for _, child in at.children do
			if child.type == "Describe" then
				run(child, inner)
			elseif child.type == "It" and child.modifier ~= "Skip" then
				getfenv(child.callback).expect = expect
				local ok, problem = xpcall(function()
					for _, hook in inner do
						hook()
					end
					child.callback()
				end, function(message)
					return `{message}\\n{debug.traceback()}`
				end)
				if not ok then
					table.insert(errors, problem)
				end
			end
		end
	end
	run(plan, {})
	return { errors = errors }
end

return { TestPlanner = Planner, TestRunner = Runner }
"""
SPEC = """
local greeting = require(script.Parent.greeting)

return function()
	local name

	beforeEach(function()
		name = "Ann"
	end)

	describe("a greeting", function()
		it("has the name in it", function()
			task.wait(60)
			expect(greeting.of(name)).to.equal("Hello, Ann!")
			name = "Bob"
		end)

		it("is polite", function()
			expect(greeting.of(name)).to.equal("Dear Ann")
		end)

		itSKIP("waits", function() end)
	end)

	describeSKIP("later", function()
		it("is for later", function() end)
	end)
end
"""


def with_testez(repository: Repository) -> None:
    repository.write("src/shared/Packages/TestEZ.luau", "return require(script.Parent._Index.testez.testez)")
    repository.write("src/shared/Packages/_Index/testez/testez.luau", TESTEZ)


@pytest.mark.cases(1)
@pytest.mark.parametrize("suffix", ["luau", "lua"])
def test_specs_of_testez_run_as_they_are(repository: Repository, suffix: str) -> None:
    with_testez(repository)
    repository.write(f"src/server/greeting.spec.{suffix}", SPEC)
    result = repository.run("-v")
    result.assert_outcomes(passed=1, failed=1, skipped=2)
    result.stdout.fnmatch_lines(
        [
            f"*greeting.spec.{suffix}::a greeting > has the name in it *PASSED*",
            f"*greeting.spec.{suffix}::a greeting > is polite *FAILED*",
            f"*greeting.spec.{suffix}::a greeting > waits SKIPPED (skipped b*",
            f"*greeting.spec.{suffix}::later > is for later SKIPPED (skipped*",
            f"*src/server/greeting.spec.{suffix}:18: Expected value Dear Ann, got Hello, Ann! instead*",
        ]
    )
    result.stdout.no_fnmatch_line("*RobloxSpecs*")
    result = repository.run("-k", "polite")
    result.assert_outcomes(failed=1, deselected=3)
    result = repository.run(f"src/server/greeting.spec.{suffix}::a greeting > is polite")
    result.assert_outcomes(failed=1)


def test_a_focused_test_is_the_only_one(repository: Repository) -> None:
    with_testez(repository)
    repository.write("src/server/greeting.spec.luau", SPEC.replace('it("is polite"', 'itFOCUS("is polite"'))
    result = repository.run("-rs")
    result.assert_outcomes(failed=1, skipped=3)
    result.stdout.fnmatch_lines(["SKIPPED*another test has the focus"])


def test_what_cannot_be_declared_is_told(repository: Repository) -> None:
    with_testez(repository)
    repository.write("src/shared/a.spec.luau", "return function()\n\terror('broken')\nend")
    repository.write(
        "src/shared/b.spec.luau", "return function()\n\tdescribe('b', function()\n\t\terror('worn')\n\tend)\nend"
    )
    repository.write("src/shared/c.spec.luau", "return function() end")
    result = repository.run()
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(
        [
            "*src/shared/a.spec.luau:2: broken*",
            "*src/shared/b.spec.luau:3: worn*",
            "*this spec declares no tests. Add one with it(name, function() ... end)",
        ]
    )


def test_a_game_without_testez_is_told(repository: Repository) -> None:
    repository.write("src/server/greeting.spec.luau", SPEC)
    result = repository.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "this spec is one of TestEZ, since its function takes no `test`, and the game has no module TestEZ. "
            "Run `wally install` and have the folder with it in the Rojo project; or take describe, it and expect from "
            "the parameter `test`; or leave such specs out by the ini option roblox_ignore_specs"
        ]
    )


JEST = """
local JestGlobals = require(game:GetService("ReplicatedStorage").DevPackages.JestGlobals)
local it, expect = JestGlobals.it, JestGlobals.expect

it("adds", function()
	expect(1 + 1).toBe(2)
end)

return nil
"""


def test_specs_of_jest_are_told_apart(repository: Repository) -> None:
    repository.write("src/shared/sum.spec.luau", JEST)
    repository.write("src/server/other.spec.luau", f"-- require(JestGlobals)\n{SPEC}")
    result = repository.run()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines_random(
        [
            "this spec is one of Jest: it requires JestGlobals, which works in Jest's own runner alone. Take describe, "
            "it and expect from the parameter `test`, or leave such specs out by the ini option roblox_ignore_specs",
            "this spec is one of TestEZ*",
        ]
    )


def test_specs_can_be_left_out(repository: Repository) -> None:
    repository.write("src/shared/sum.spec.luau", JEST)
    repository.write("src/server/greeting.spec.luau", SPEC)
    repository.write("kept.spec.luau", "return function(test)\n\ttest.it('runs', function() end)\nend")
    repository.write("pytest.ini", "[pytest]\nroblox_ignore_specs =\n  **/sum.spec.luau\n  src/server/gr*\n")
    repository.run().assert_outcomes(passed=1)
    repository.write("pytest.ini", "[pytest]\nroblox_ignore_specs = **/[.luau\n")
    result = repository.run()
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*the ini option roblox_ignore_specs: *"])
