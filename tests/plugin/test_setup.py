"""What a game is made of beside its project: stand-ins, secrets, routes, and which project it is."""

from __future__ import annotations

import pytest

from roblox_double import Universe
from support.repository import Repository, write

SAVING = """
local MemoryStoreService = game:GetService("MemoryStoreService")
local saving = {}

function saving.count(): number
	local store = MemoryStoreService:GetSortedMap("Plays")
	return store:UpdateAsync("all", function(old)
		return (old or 0) + 1
	end)
end

return saving
"""
STORE = """
local values = {}
local store = {}

function store:UpdateAsync(key, change)
	task.wait(0.1)
	if key == "broken" then
		error("out of order")
	end
	values[key] = change(values[key])
	return values[key]
end

return {
	GetSortedMap = function()
		return store
	end,
}
"""
COUNTING = """
return function(test)
	local saving = require("./saving")

	test.it("counts", function()
		test.expect(saving.count()).toBe(1)
		test.expect(saving.count()).toBe(2)
	end)

	test.it("forgets", function()
		test.expect(saving.count()).toBe(1)
	end)
end
"""


RANKING = """
local GroupService = game:GetService("GroupService")
local ranking = {}

function ranking.owner(): number
	local group = GroupService:GetGroupInfoAsync(7)
	return group.Owner.Id
end

return ranking
"""
RANKED = """
return function(test)
	local ranking = require("./ranking")

	test.it("knows the owner", function()
		test.expect(ranking.owner()).toBe(1)
	end)

	test.it("knows it again", function()
		test.expect(ranking.owner()).toBe(1)
	end)
end
"""


def test_what_the_double_does_not_have_is_told_with_a_way_out(repository: Repository) -> None:
    repository.write("src/server/ranking.luau", RANKING)
    repository.write("src/server/ranking.spec.luau", RANKED)
    repository.write("src/server/Part.server.luau", "task.wait(1)\nInstance.fromExisting(script)")
    repository.write(
        "test_game.py",
        """
        def test_caught_by_nobody(roblox):
            roblox.advance(2)

        def test_called(roblox):
            roblox.server.run("require('./ranking').owner()")
        """,
    )
    result = repository.run("--continue-on-collection-errors")
    result.assert_outcomes(failed=4)
    service = "The simulated Roblox has no GroupService.GetGroupInfoAsync. Write a stub for the service: *"
    result.stdout.fnmatch_lines(
        [
            "src/server/ranking.luau:5: not modelled: GroupService.GetGroupInfoAsync",
            service,
            "uncaught script error on server, at 1.00 s: src/server/Part.server.luau:2: not modelled: *",
            "The simulated Roblox has no Instance.fromExisting. Move the code that needs it to its own module, and *",
            "E*in files: not modelled: GroupService.GetGroupInfoAsync",
            "E*src/server/ranking.luau:5 function owner",
            f"E*{service}",
        ]
    )
    result.stdout.no_fnmatch_line("*During handling of the above exception*")


def test_a_module_stands_in_for_a_service(repository: Repository) -> None:
    repository.write("pytest.ini", "[pytest]\nroblox_services = tests/services\n")
    repository.write("src/server/saving.luau", SAVING)
    repository.write("src/server/saving.spec.luau", COUNTING)
    repository.write("tests/services/MemoryStoreService.luau", STORE)
    repository.write(
        "test_game.py",
        """
        def test_saving(roblox):
            assert roblox.server.run("return require('./saving').count()") == [1]

        def test_on_clients(roblox):
            ann = roblox.client("Ann")
            roblox.advance(1)
            source = "return game:GetService('MemoryStoreService'):GetSortedMap('Plays') ~= nil"
            assert ann.run(source, parent="ReplicatedStorage") == [True]

        def test_broken(roblox):
            source = "game:GetService('MemoryStoreService'):GetSortedMap(''):UpdateAsync('broken', nil)"
            roblox.server.run(source)
        """,
    )
    result = repository.run()
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(["E*in files: tests/services/MemoryStoreService.luau:7: out of order"])


def test_a_wrong_stand_in_is_told(repository: Repository) -> None:
    repository.write("pytest.ini", "[pytest]\nroblox_services = services\n")
    repository.write("services/DatastoreService.luau", STORE)
    repository.write("x.spec.luau", "return function(test) end")
    repository.write("test_game.py", "def test_it(roblox): pass")
    result = repository.run("--continue-on-collection-errors")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*DatastoreService.luau: Roblox has no service DatastoreService"] * 2)
    for noise in ("*loader.py*", "*During handling of the above exception*"):
        result.stdout.no_fnmatch_line(noise)


HOOK = """
local HttpService = game:GetService("HttpService")
local hook = HttpService:GetSecret("Hook")
HttpService:PostAsync("https://hooks.example.com/plaza", HttpService:JSONEncode({ said = "hello" }))
return { hook = hook }
"""


def test_a_conftest_prepares_the_api_for_every_test(repository: Repository) -> None:
    repository.write("pytest.ini", "[pytest]\nroblox_secrets = Hook\n")
    repository.write("src/server/hook.luau", HOOK)
    repository.write("src/server/Start.server.luau", "require('./hook')")
    repository.write(
        "conftest.py",
        """
        import pytest

        @pytest.fixture
        def audioscape_api(audioscape_api):
            audioscape_api.router.post("https://hooks.example.com/plaza").respond(204)
            audioscape_api.router.route(host="elsewhere.example.com").respond(503)
            return audioscape_api

        @pytest.fixture(autouse=True, scope="module")
        def for_the_file():
            print("for the file")

        @pytest.fixture(autouse=True)
        def for_each():
            print("for each")
        """,
    )
    repository.write(
        "src/server/hook.spec.luau",
        """
        local hook = require("./hook")

        return function(test)
            test.it("has a secret", function()
                test.expect(tostring(hook.hook)).toContain("Hook")
                test.failAlways("unavailable")
            end)
        end
        """,
    )
    repository.write("test_game.py", "def test_it(roblox):\n    roblox.server.run('require(script.Parent.hook)')")
    result = repository.run("-s")
    result.assert_outcomes(passed=2)
    assert result.stdout.str().count("for each") == 2
    assert result.stdout.str().count("for the file") == 2


def test_a_marker_is_for_specs_too(repository: Repository) -> None:
    repository.write("src/server/Broken.server.luau", "error('on purpose')")
    repository.write(
        "conftest.py",
        """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.roblox(allow_errors=True, secrets={"Hook": "x"}))
        """,
    )
    repository.write(
        "x.spec.luau",
        """
        return function(test)
            test.it("has a secret", function()
                game:GetService("HttpService"):GetSecret("Hook")
            end)
        end
        """,
    )
    repository.run().assert_outcomes(passed=1)


def test_each_game_of_a_repository_has_its_own_tests(pytester: pytest.Pytester) -> None:
    for name in ("first", "second/deep"):
        game = pytester.path / name
        write(game / "default.project.json", '{ "name": "Game", "tree": { "$path": "src" } }')
        write(game / "src/part/default.project.json", '{ "name": "Part", "tree": { "$path": "in" } }')
        write(game / "src/part/in/name.luau", f"return '{name}'")
        write(
            game / "src/part/in/name.spec.luau",
            f"""
            return function(test)
                test.it("is of its game", function()
                    test.expect(require("./name")).toBe("{name}")
                    test.expect(script:GetFullName()).toBe("ServerScriptService.Game.Part.name.spec")
                end)
            end
            """,
        )
        write(
            game / f"tests/test_{name[:3]}.py",
            f"""
            def test_it(roblox):
                assert roblox.server.run("return require(script.Parent.Game.Part.name)") == ["{name}"]
            """,
        )
    Repository(pytester).run().assert_outcomes(passed=4)


def test_ids_that_the_api_does_not_know_are_told(repository: Repository) -> None:
    repository.write(
        "src/server/ask.luau",
        """
        local AudioScapeClient = require("./AudioScapeClient")
        local client = AudioScapeClient.new(game:GetService("HttpService"):GetSecret("AudioScapeKey"))
        return function(id)
            local result, err = client:similar(id)
            return assert(result, tostring(err)).tracks
        end
        """,
    )
    repository.write(
        "x.spec.luau",
        """
        return function(test)
            local ask = require("./ask")
            test.it("does not know it", function() ask(1842241999) end)
            test.it("knows it", function()
                test.addTracks(1842241999, "1842241998", "rbxassetid://1842241997")
                for id = 1842241997, 1842241999 do
                    test.expect(#ask(id) > 0).toBe(true)
                end
                test.expect(function() test.addTracks("jazz") end).toThrow("addTracks takes asset ids, got jazz")
            end)
        end
        """,
    )
    result = repository.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*Captured mocked API call*", "It does not have 1842241999. To add ids, call *"])


def test_the_ini_option_chooses_the_vm(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[object] = []
    kept = Universe.__init__

    def begin(self: Universe, **options: object) -> None:
        chosen.append(options.get("vm"))
        kept(self, **options)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(Universe, "__init__", begin)
    repository.write("test_game.py", "def test_it(roblox):\n\tassert roblox.server.run('return 1') == [1]")
    repository.run().assert_outcomes(passed=1)
    repository.write("pytest.ini", "[pytest]\nroblox_vm = pluau\n")
    repository.run().assert_outcomes(passed=1)
    repository.write("pytest.ini", "[pytest]\nroblox_vm = lune\n")
    with monkeypatch.context() as without:
        without.setenv("PATH", "")
        result = repository.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*lune is not on the PATH. Install it: rokit add lune-org/lune"])
    assert chosen == [None, "pluau", "lune"]
    repository.write("pytest.ini", "[pytest]\nroblox_vm = lua\n")
    result = repository.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the ini option roblox_vm is 'lua'. It is 'pluau' or 'lune'"])
