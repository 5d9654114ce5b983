"""The two plugins, each without the other, and what others add to the games of the double."""

from __future__ import annotations

import pytest

from roblox_double import Universe
from support.repository import Repository

WITHOUT_API = "-pno:audioscape"
WITHOUT_DOUBLE = "-pno:roblox_double"


def test_a_game_without_the_api(repository: Repository) -> None:
    repository.write("pytest.ini", "[pytest]\nroblox_secrets = Hook\nroblox_services = services\n")
    repository.write("services/DataStoreService.luau", "return { ready = true }")
    repository.write(
        "test_game.py",
        """
        import pytest
        from roblox_double import LuauError

        def test_game(roblox):
            assert roblox.server.run("return require('./greeting').of('Ann')") == ["Hello, Ann!"]
            assert roblox.server.run("return game:GetService('DataStoreService').ready") == [True]
            roblox.server.run("game:GetService('HttpService'):GetSecret('Hook')")
            with pytest.raises(LuauError, match="Can't find secret"):
                roblox.server.run("game:GetService('HttpService'):GetSecret('AudioScapeKey')")

        def test_network(roblox, roblox_http):
            assert roblox.http is roblox_http
            route = roblox_http.get("https://quotes.example.com/x").respond(text="hello")
            source = "return game:GetService('HttpService'):GetAsync('https://quotes.example.com/x')"
            assert roblox.server.run(source) == ["hello"]
            assert route.called

        @pytest.mark.roblox(secrets={"Anywhere": "x"})
        def test_a_secret_goes_where_it_is_sent(roblox, roblox_http):
            route = roblox_http.get("https://quotes.example.com/x").respond(204)
            roblox.server.run('''
                local HttpService = game:GetService("HttpService")
                local headers = { Authorization = HttpService:GetSecret("Anywhere") }
                HttpService:RequestAsync({ Url = "https://quotes.example.com/x", Headers = headers })
            ''')
            assert route.calls.last.request.headers["Authorization"] == "x"

        def test_nobody_answers(roblox):
            roblox.server.run('''
                local HttpService = game:GetService("HttpService")
                pcall(HttpService.GetAsync, HttpService, "https://quotes.example.com/y?key=secret")
            ''')
        """,
    )
    repository.write(
        "x.spec.luau",
        """
        return function(test)
            test.it("has no API", function()
                test.expect(function() return test.failNext end).toThrow("test has no failNext. It has afterEach, ")
            end)
        end
        """,
    )
    result = repository.run(WITHOUT_API)
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*UnexpectedRequest: GET https://quotes.example.com/y: nothing is mocked. To allow this *",
            '*roblox_http.get("https://quotes.example.com/y").respond(200)',
        ]
    )
    result.stdout.no_fnmatch_line("*audioscape_api*")


def test_specs_without_the_api(repository: Repository) -> None:
    repository.write(
        "conftest.py",
        """
        import pytest

        @pytest.fixture
        def roblox_http(roblox_http):
            roblox_http.get("https://quotes.example.com/x").respond(text="hello")
            return roblox_http
        """,
    )
    repository.write(
        "x.spec.luau",
        """
        local function ask(path)
            return game:GetService("HttpService"):GetAsync("https://quotes.example.com/" .. path)
        end
        -- Whatever it is told while it is collected.
        ask("x")

        return function(test)
            test.it("is answered", function()
                test.expect(ask("x")).toBe("hello")
            end)
            test.it("is not", function()
                ask("y")
            end)
        end
        """,
    )
    result = repository.run(WITHOUT_API)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(['roblox_http.get("https://quotes.example.com/y").respond(200)'])


@pytest.mark.breaks_contract
def test_the_api_without_games(repository: Repository) -> None:
    repository.write(
        "test_api.py",
        """
        import httpx
        import pytest

        URL = "https://{}/{}"

        def test_answer(audioscape_api):
            path = "v1/nothing"
            with pytest.raises(AssertionError):
                httpx.get(URL.format(audioscape_api.host, path), headers={"x-api-key": audioscape_api.key})

        def test_no_game(request):
            with pytest.raises(pytest.FixtureLookupError):
                request.getfixturevalue("roblox")
        """,
    )
    repository.write("x.spec.luau", "this is collected by nobody")
    result = repository.run(WITHOUT_DOUBLE)
    # What broke the specification fails the test, even if it was caught.
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*a request breaks the API spec: *"])


BACKEND = """
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import respx

from roblox_double import Asset, Secret
from roblox_double.testing import Backend


class WrongScore(AssertionError):
    pass


class Scores(Backend):
    name = "the score service"
    routes = "scores.router"
    faults = (WrongScore,)
    spec_module = Path(__file__).parent / "scores.luau"
    host = "scores.example.com"
    secrets = {"ScoresKey": Secret("made up", "scores.example.com")}
    assets = {77: Asset(duration=12)}

    def __init__(self, best):
        self.best = best

    def __enter__(self):
        self._mocked = ExitStack()
        self.router = self._mocked.enter_context(respx.MockRouter(assert_all_called=False))
        self.router.get("https://scores.example.com/best").mock(side_effect=self._answer)
        return self

    def __exit__(self, *_):
        self._mocked.close()

    def _answer(self, request):
        if self.best < 0:
            raise WrongScore("scores are not negative")
        return httpx.Response(200, json={"best": self.best})

    def meet_game(self, game):
        self.game = game.name

    def spec_facts(self):
        return {"best": self.best}

    def hear(self, message):
        if message["best"] > 100:
            raise ValueError("a hundred is the most")
        self.best = message["best"]


def pytest_roblox_backends():
    return {"scores": lambda: Scores(1)}


@pytest.fixture
def scores():
    with Scores(1) as mocked:
        yield mocked
"""
MODULE = """
return function(tell, facts)
    return {
        best = facts.best,
        score = function(best)
            tell({ best = best })
        end,
    }
end
"""
ASK = """
local HttpService = game:GetService("HttpService")
return {
    best = function()
        return HttpService:JSONDecode(HttpService:GetAsync("https://scores.example.com/best")).best
    end,
}
"""


@pytest.mark.parametrize("arguments", [(), (WITHOUT_API,)], ids=["with the API", "alone"])
def test_somebody_else_puts_an_api_behind_the_game(repository: Repository, arguments: tuple[str, ...]) -> None:
    repository.write("conftest.py", BACKEND)
    repository.write("scores.luau", MODULE)
    repository.write("src/server/ask.luau", ASK)
    repository.write(
        "test_game.py",
        """
        import pytest

        @pytest.fixture(params=[2, 3])
        def scores(scores, request):
            scores.best = request.param
            return scores

        def test_game(roblox, scores):
            assert scores.game == "Scratch"
            assert roblox.server.run("return require('./ask').best()") == [scores.best]
            roblox.server.run("game:GetService('HttpService'):GetSecret('ScoresKey')")
            assert roblox.universe.assets[77].duration == 12

        def test_negative(roblox, scores):
            scores.best = -1
            roblox.server.run("pcall(require('./ask').best)")
        """,
    )
    repository.write(
        "x.spec.luau",
        """
        return function(test)
            local ask = require("./ask")
            test.it("is told", function()
                test.expect(ask.best()).toBe(test.best)
                test.score(100)
                test.expect(ask.best()).toBe(100)
                test.expect(function() test.score(101) end).toThrow("a hundred is the most")
            end)
            test.it("is refused", function()
                test.score(-1)
                pcall(ask.best)
            end)
        end
        """,
    )
    result = repository.run(*arguments)
    result.assert_outcomes(passed=3, failed=3)
    # Lune does not tell which line runs.
    place = "src/server/ask.luau:4" if Universe.default_vm == "pluau" else "x.spec.luau:9"
    result.stdout.fnmatch_lines_random(
        ["E *conftest.WrongScore: scores are not negative", f"{place}: scores are not negative"]
    )


def test_every_option_of_the_ini_file(repository: Repository) -> None:
    (repository.path / "default.project.json").replace(repository.path / "game.project.json")
    repository.write("services/DataStoreService.luau", "return { ready = true }")
    repository.write(
        "pytest.ini",
        """
        [pytest]
        roblox_project = game.project.json
        roblox_services = services
        roblox_secrets =
            One
            Two
        """,
    )
    repository.write(
        "test_game.py",
        """
        def test_it(roblox):
            roblox.server.run('''
                require("./greeting")
                assert(game:GetService("DataStoreService").ready)
                for _, name in { "One", "Two", "AudioScapeKey" } do
                    game:GetService("HttpService"):GetSecret(name)
                end
            ''')
        """,
    )
    repository.run("--strict-config").assert_outcomes(passed=1)
