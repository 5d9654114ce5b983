"""Spec files in Luau, collected and run as tests."""

from __future__ import annotations

from support.repository import Repository

SPEC = """
--!strict
local greeting = require("./greeting")

return function(test)
	local describe, it, expect = test.describe, test.it, test.expect

	describe("a greeting", function()
		it("has the name in it", function()
			task.wait(3600)
			expect(greeting.of("Ann")).toContain("Ann")
		end)

		it("is for somebody", function()
			expect(greeting.of("")).toBe("Hello!")
		end)

		it("is polite", function()
			print("thinking")
			expect(greeting.of("Ann")).toMatch("^Dear")
		end)
	end)
end
"""


def test_each_test_of_a_spec_is_an_item(repository: Repository) -> None:
    repository.write("tests/greeting.spec.luau", SPEC)
    result = repository.run("-v")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "tests/greeting.spec.luau::a greeting > has the name in it PASSED*",
            "src/server/greeting.luau:6: nobody has no name",
            "  tests/greeting.spec.luau:14",
            "tests/greeting.spec.luau:19: expected *",
            "*server *thinking",
        ]
    )
