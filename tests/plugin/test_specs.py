"""Spec files in Luau, collected and run as tests."""

from __future__ import annotations

import functools

import pytest

from roblox_double import Universe
from roblox_double.testing import game
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


def test_each_test_has_a_game_of_its_own(repository: Repository) -> None:
    repository.write(
        "own.spec.luau",
        """
        return function(test)
            for number = 1, 2 do
                test.it(`is new {number}`, function()
                    test.expect(workspace:GetAttribute("Mark")).toBeNil()
                    workspace:SetAttribute("Mark", true)
                end)
            end
        end
        """,
    )
    repository.run().assert_outcomes(passed=2)


def test_what_surrounds_each_test(repository: Repository) -> None:
    repository.write(
        "hooks.spec.luau",
        """
        return function(test)
            local said = {}
            test.beforeEach(function() table.insert(said, "before all") end)
            test.afterEach(function() print(table.concat(said, ", ")) end)
            test.describe("group", function()
                test.beforeEach(function() table.insert(said, "before") end)
                test.afterEach(function() table.insert(said, "after") end)
                test.it("runs", function() table.insert(said, "run") end)
                test.it("fails", function() error("on purpose") end)
            end)
            test.it("is outside", function() table.insert(said, "outside") end)
        end
        """,
    )
    result = repository.run("-rP")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["*print: before all, before, after", "*print: before all, before, run, after", "*print: before all, outside"]
    )


@pytest.mark.breaks_contract
def test_a_spec_uses_the_api(repository: Repository) -> None:
    repository.write(
        "src/server/api.spec.luau",
        """
        --!strict
        local AudioScapeClient = require("./AudioScapeClient")

        return function(test)
            local expect = test.expect
            local key = game:GetService("HttpService"):GetSecret("AudioScapeKey")
            local client = AudioScapeClient.new({ apiKey = key, maxRetries = 0, cacheTracks = 0 })

            local function kind(): string
                local _, err = client:similar(test.tracks[1].asset_id)
                return if err then err.kind else "none"
            end

            test.it("knows the first tracks", function()
                expect(test.tracks).toHaveLength(20)
                expect(kind()).toBe("none")
            end)

            test.it("meets faults", function()
                test.failNext("timed-out", nil, false, "html")
                expect({ kind(), kind(), kind() }).toEqual({ "timeout", "none", "none" })
                expect({ kind(), kind() }).toEqual({ "decode", "none" })
            end)

            test.it("meets one always", function()
                test.failAlways("unavailable")
                expect({ kind(), kind() }).toEqual({ "server_error", "server_error" })
                test.failAlways(nil)
                expect(kind()).toBe("none")
            end)

            test.it("meets nothing else", function()
                expect(function() test.failNext("gremlins") end).toThrow("api.spec:33: there is no fault 'gremlins'")
            end)
        end
        """,
    )
    repository.run().assert_outcomes(passed=4)


def test_a_spec_of_a_client_runs_on_a_client(repository: Repository) -> None:
    repository.write("src/shared/counter.luau", "return { count = 0 }")
    for name, seen in {"src/shared/here": "false", "outside": "false", "src/server/there": "nil"}.items():
        repository.write(
            f"{name}.client.spec.luau" if seen == "false" else f"{name}.spec.luau",
            """
            return function(test)
                test.it("knows where it is", function()
                    local player = game:GetService("Players").LocalPlayer
                    test.expect(player and player.Name).toBe(NAME)
                    test.expect(require(game:GetService("ReplicatedStorage").counter).count).toBe(0)
                end)
            end
            """.replace("NAME", "'Player1'" if seen == "false" else "nil"),
        )
    repository.run().assert_outcomes(passed=3)


def test_a_spec_of_a_client_meets_the_modules_that_its_scripts_use(repository: Repository) -> None:
    repository.write("src/client/state.luau", "return { set = false }")
    repository.write("src/client/Main.client.luau", "require('./state').set = true")
    for folder in ("src/client", "src/client/deep"):
        repository.write(
            f"{folder}/state.client.spec.luau",
            """
            local state = require(game:GetService("Players").LocalPlayer.PlayerScripts.state)
            return function(test)
                test.it("was set", function()
                    test.expect(state.set).toBe(true)
                    test.expect(script:GetFullName()).toContain("Players.Player1.PlayerScripts.")
                end)
            end
            """,
        )
    repository.run().assert_outcomes(passed=2)


def test_a_spec_lies_where_its_neighbours_are(repository: Repository) -> None:
    project = (repository.path / "default.project.json").read_text(encoding="utf-8")
    repository.write("default.project.json", project.replace('"name"', '"globIgnorePaths": ["**/*.spec.luau"], "name"'))
    repository.write("src/server/deep/init.luau", "return 'deep'")
    repository.write("src/server/deep/inner.luau", "return 'inner'")
    repository.write("src/server/Parts/thing.luau", "return 'thing'")
    repository.write("src/server/alone/init.luau", "return 'alone'")
    body = "return function(test) test.it('finds it', function() test.expect(require(PATH)).toBe('NAME') end) end"
    for place, path, name in (
        ("src/server/deep", '"./inner"', "inner"),
        ("src/server/deep", "script.Parent", "deep"),
        ("src/server/Parts", '"./thing"', "thing"),
        ("src/server/alone", "script.Parent", "alone"),
        ("tests", '"./deep/inner"', "inner"),
    ):
        repository.write(f"{place}/{name}_is.spec.luau", body.replace("PATH", path).replace("NAME", name))
    repository.run().assert_outcomes(passed=5)


def test_a_library_is_tested_in_an_empty_game(repository: Repository) -> None:
    repository.write("default.project.json", '{ "name": "Library", "tree": { "$path": "src/server" } }')
    repository.write("src/server/greeting.spec.luau", SPEC)
    repository.write(
        "outside.spec.luau",
        """
        return function(test)
            test.it("is there", function()
                test.expect(require("./Library/greeting").of("Ann")).toBe("Hello, Ann!")
            end)
        end
        """,
    )
    repository.run().assert_outcomes(passed=2, failed=2)


MISUSE = {
    "return 5": "a spec must return a function that takes test, *got a number",
    "return function(test) end": "this spec declares no tests. Add one with test.it(*",
    "local x = = 1": "x.spec.luau:1: *=*",
    "error('early')": "x.spec.luau:1: early",
    "return function(test) test.it('a', function() end) test.it('a', function() end) end": (
        "x.spec.luau:1: two tests are named a. The other is in line 1"
    ),
    "return function(test) test:it('a', function() end) end": "x.spec.luau:1: call it with a dot, not a colon",
    "return function(test) test.it(function() end) end": "x.spec.luau:1: it takes a name and a function, as in *",
    "return function(test) test.describe('a') end": "x.spec.luau:1: describe takes a name and a function, as in *",
    "return function(test) test.beforeEach('a') end": "x.spec.luau:1: beforeEach takes a function",
    "return function(test) test.afterEach(nil) end": "x.spec.luau:1: afterEach takes a function",
    "return function(test) test.is('a', function() end) end": "x.spec.luau:1: test has no is. It has *",
}


def test_what_is_no_spec_is_told(repository: Repository) -> None:
    for number, source in enumerate(MISUSE):
        repository.write(f"{number:02}.spec.luau", source)
    result = repository.run()
    result.assert_outcomes(errors=len(MISUSE))
    for number, said in enumerate(MISUSE.values()):
        result.stdout.fnmatch_lines(
            [f"*ERROR collecting {number:02}.spec.luau*", said.replace("x.spec", f"{number:02}.spec")]
        )


MISUSE_IN_A_TEST = {
    "expect(1)": "expect(...) checks nothing without a matcher, such as *",
    "local _ = expect(1).toBe": "expect(...) checks nothing without a matcher, such as *",
    "expect(1).toEqal(1)": 'there is no matcher "toEqal". Matchers: toBe, *',
    "expect(1).never.is(1)": 'there is no matcher "is". *',
    "expect(1):toBe(1)": "call toBe with a dot, not a colon",
    "expect(1).never:toBe(1)": "call toBe with a dot, not a colon",
    "expect(1, 2).toBe(1)": "expect takes one value",
    "expect(1).toBe()": "toBe takes one argument, got 0",
    "expect(nil).toBeNil(1)": "toBeNil takes no argument, got 1",
    "expect('a').toBeLessThan(1)": 'toBeLessThan compares numbers, got "a"',
    "expect(1).toContain(1)": "toContain takes a list, or a string and a string, got 1 and 1",
    "expect(1).toHaveLength(1)": "toHaveLength takes a list or a string, got 1",
    "expect(1).toMatch('1')": 'toMatch takes a string and a pattern, got 1 and "1"',
    "expect(1).toThrow()": "toThrow takes a function, *",
    "test.it('b', function() end)": "it cannot be called while a test runs. Call it where the tests are declared",
    "test.describe('b', function() end)": "describe cannot be called while a test runs. *",
    "test.beforeEach(function() end)": "beforeEach cannot be called while a test runs. *",
    "test.failNext('gremlins')": "there is no fault 'gremlins'. Faults: *",
}


def test_who_comes_from_another_framework_is_told(repository: Repository) -> None:
    body = "describe('a', function()\n\tit('b', function()\n\t\texpect(1).toBe(1)\n\tend)\nend)\n"
    repository.write("jest.spec.luau", body + "return nil\n")
    result = repository.run()
    result.assert_outcomes(errors=1)
    hint = "describe, it and expect are not globals here. Take them from the parameter:"
    result.stdout.fnmatch_lines(
        [
            "jest.spec.luau:1: attempt to call a nil value",
            hint,
            "  return function(test: any)",
        ]
    )


def test_misuse_in_a_test_is_told(repository: Repository) -> None:
    lines = [f"test.it('{number}', function() {source} end)" for number, source in enumerate(MISUSE_IN_A_TEST)]
    repository.write("x.spec.luau", "return function(test) local expect = test.expect\n" + "\n".join(lines) + "\nend")
    result = repository.run()
    result.assert_outcomes(failed=len(MISUSE_IN_A_TEST))
    for line, said in enumerate(MISUSE_IN_A_TEST.values(), start=2):
        result.stdout.fnmatch_lines([f"x.spec.luau:{line}: {said}"])


def test_what_goes_wrong_around_a_test_fails_it(repository: Repository) -> None:
    repository.write(
        "src/server/Broken.server.luau", "workspace:GetAttributeChangedSignal('Go'):Wait()\nerror('broken')"
    )
    repository.write(
        "around.spec.luau",
        """
        return function(test)
            test.it("has a script fail", function()
                workspace:SetAttribute("Go", true)
                task.wait(1)
            end)
            test.it("has a thread fail", function()
                task.spawn(error, "lost")
            end)
            test.it("asks for what is not there", function()
                local _ = workspace.Nothing
            end)
            test.it("never ends", function()
                coroutine.yield()
            end)
            test.afterEach(function()
                if workspace:GetAttribute("Late") then
                    error("too late")
                end
            end)
            test.it("fails afterwards", function()
                workspace:SetAttribute("Late", true)
            end)
        end
        """,
    )
    result = repository.run()
    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(
        [
            "uncaught script error on server, at * s: src/server/Broken.server.luau:2: broken",
            "uncaught script error on server, at * s: lost",
            "around.spec.luau:10: Nothing is not a valid member of Workspace *",
            "around.spec.luau:12: the test did not end within 24 hours of simulated time",
            "around.spec.luau:17: too late",
        ]
    )


@pytest.mark.thorough
def test_a_request_that_breaks_the_contract_fails_a_spec(repository: Repository) -> None:
    repository.write(
        "x.spec.luau",
        """
        return function(test)
            test.it("asks for nothing", function()
                local url = "https://api.audioscape.ai/nothing"
                pcall(function() game:GetService("HttpService"):GetAsync(url) end)
            end)
        end
        """,
    )
    result = repository.run_apart()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["x.spec.luau:4: unknown-path: the spec has no such path", "GET https://*/nothing"])


def test_a_test_may_be_left_for_later(repository: Repository) -> None:
    repository.write(
        "later.spec.luau",
        """
        return function(test)
            test.skip("is broken", function() error("broken") end)
            test.describe("one day", function()
                test.skip("will be written")
            end)
            test.it("runs", function() end)
        end
        """,
    )
    result = repository.run("-rs", "-v")
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(
        [
            "later.spec.luau::is broken SKIPPED (skipped by the spec)*",
            "later.spec.luau::one day > will be written SKIPPED (TODO)*",
        ]
    )


HANGING = {
    "loop": (
        "return function()\n\twhile true do\n\tend\nend",
        "*: Luau ran for more than * s without giving control back",
    ),
    "yield": (
        "return function()\n\tworkspace:WaitForChild('Never')\nend",
        "src/server/a b/yield.luau:2: Infinite yield possible on 'Workspace:WaitForChild(\"Never\")'",
    ),
    "cycle": ("return require('./cycle')", "src/server/a b/cycle.luau:1: Requested module was required recursively"),
    "fails": ("return function()\n\terror('broken')\nend", "src/server/a b/fails.luau:2: broken"),
}


def test_what_a_module_does_wrong_is_told_with_its_line(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(game, "Universe", functools.partial(Universe, time_limit=2))
    for name, (source, _) in HANGING.items():
        repository.write(f"src/server/a b/{name}.luau", source)
    tests = "\n".join(f"test.it('{name}', function() require('./a b/{name}')() end)" for name in HANGING)
    repository.write("x.spec.luau", f"return function(test)\n{tests}\nend")
    result = repository.run()
    result.assert_outcomes(failed=len(HANGING))
    for _, said in HANGING.values():
        result.stdout.fnmatch_lines([said])
    # Lune does not tell which line runs.
    if Universe.default_vm == "pluau":
        result.stdout.fnmatch_lines(["src/server/a b/loop.luau:2: Luau ran for more than *"])


def test_a_spec_without_a_project_is_told(pytester: pytest.Pytester) -> None:
    (pytester.path / "x.spec.luau").write_text("return function(test) end", encoding="utf-8")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*default.project.json does not exist. Set the ini option roblox_project to *"])


@pytest.mark.parametrize(
    "act", ["print(BAD) test.expect(BAD).toBe('y')", "error(BAD)", "game:GetService(BAD)", "task.spawn(error, BAD)"]
)
def test_what_a_game_says_does_nothing_to_the_terminal(repository: Repository, act: str) -> None:
    bad = r'"\27[31mred\27]0;t\7\u{202e}back\8\0\u{200b}"'
    repository.write(
        "loud.spec.luau",
        f"""
        return function(test)
            local BAD = {bad}
            test.it("says", function() {act} end)
        end
        """,
    )
    result = repository.run("-rA")
    result.assert_outcomes(failed=1)
    said = result.stdout.str()
    assert not set(said) & set("\x1b\x07\x08\x00\u202e\u200b")
    assert "\\x1b[31mred" in said
