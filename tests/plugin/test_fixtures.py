"""The fixtures of the plugin, in a repository that has nothing but them."""

from __future__ import annotations

import pytest

from roblox_double import Universe
from support.repository import Repository


def test_the_scripts_of_a_game_run_against_the_api(repository: Repository) -> None:
    repository.write(
        "test_game.py",
        """
        def test_similar(roblox, audioscape_api):
            found, text = roblox.server.run(
                '''
                local HttpService = game:GetService("HttpService")
                local AudioScapeClient = require("./AudioScapeClient")
                local client = AudioScapeClient.new(HttpService:GetSecret("AudioScapeKey"))
                local result = client:similar(..., { limit = 3 })
                return #result.tracks, require("./greeting").of("Ann")
                ''',
                audioscape_api.catalogue.entries[0].asset_id,
            )
            assert found == 3
            assert text == "Hello, Ann!"
            assert len(audioscape_api.requests) == 1
        """,
    )
    repository.run().assert_outcomes(passed=1)


def test_players_join_and_time_is_virtual(repository: Repository) -> None:
    repository.write(
        "src/server/Clock.server.luau",
        """
        while true do
            task.wait(60)
            workspace:SetAttribute("Minutes", (workspace:GetAttribute("Minutes") or 0) + 1)
        end
        """,
    )
    repository.write("src/client/Hello.client.luau", "print('hello from', game:GetService('Players').LocalPlayer.Name)")
    repository.write(
        "test_game.py",
        """
        def test_days(roblox):
            ann = roblox.client("Ann")
            roblox.advance(24 * 3600 + 1)
            assert roblox.now == 24 * 3600 + 1
            assert ann.run("return workspace:GetAttribute('Minutes')", parent="ReplicatedStorage") == [24 * 60]
            assert [line.text for peer, line in roblox.output if peer is ann] == ["hello from Ann"]
            roblox.leave(ann)
            roblox.run_until(lambda: roblox.now > 24 * 3600 + 30)
            assert [line.text for _, line in roblox.output] == ["hello from Ann"]
        """,
    )
    repository.run().assert_outcomes(passed=1)


ASK = """
ASK = '''
local AudioScapeClient = require("./AudioScapeClient")
local key = game:GetService("HttpService"):GetSecret("AudioScapeKey")
local client = AudioScapeClient.new({ apiKey = key, maxRetries = 0 })
local result, err = client:similar(...)
return if err then err.kind else "none"
'''

def ask(roblox, audioscape_api, number=0):
    return roblox.server.run(ASK, audioscape_api.catalogue.entries[number].asset_id)[0]
"""


@pytest.mark.breaks_contract
def test_requests_meet_faults(repository: Repository) -> None:
    repository.write("asking.py", ASK)
    repository.write(
        "test_game.py",
        """
        import httpx
        import pytest
        from asking import ask

        def test_one_each(roblox, audioscape_api):
            audioscape_api.fail_next("timed-out", None, "html")
            assert [ask(roblox, audioscape_api, number) for number in range(4)] == ["timeout", "none", "decode", "none"]

        def test_all(roblox, audioscape_api):
            audioscape_api.fail_always("unavailable")
            audioscape_api.fail_next(None)
            met = [ask(roblox, audioscape_api, number) for number in range(3)]
            assert met == ["none", "server_error", "server_error"]
            audioscape_api.fail_always(None)
            assert ask(roblox, audioscape_api, 3) == "none"

        def test_unknown(audioscape_api):
            with pytest.raises(ValueError, match="there is no fault 'gremlins'. Faults: .*timed-out"):
                audioscape_api.fail_next("gremlins")

        def test_routes_of_the_game(roblox, audioscape_api):
            audioscape_api.router.get(host=audioscape_api.host).respond(503)
            hook = audioscape_api.router.post("https://hooks.example.com/x").respond(204)
            assert ask(roblox, audioscape_api) == "server_error"
            roblox.server.run('game:GetService("HttpService"):PostAsync("https://hooks.example.com/x", "{}")')
            assert hook.call_count == 1
        """,
    )
    repository.run().assert_outcomes(passed=4)


@pytest.mark.thorough
def test_what_breaks_the_contract_fails_the_test(repository: Repository) -> None:
    repository.write(
        "test_game.py",
        """
        import pytest

        def test_swallowed(roblox, audioscape_api):
            with pytest.raises(Exception):
                roblox.server.run(f'game:GetService("HttpService"):GetAsync("https://{audioscape_api.host}/nothing")')

        def test_raised(roblox, audioscape_api):
            roblox.server.run(f'game:GetService("HttpService"):GetAsync("https://{audioscape_api.host}/nowhere")')
        """,
    )
    result = repository.run_apart()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*breaks the API spec: unknown-path: the spec has no such path*",
            "test_game.py:8: ContractViolation",
        ]
    )


def test_a_request_to_anybody_else_needs_a_route(repository: Repository) -> None:
    repository.write(
        "test_game.py",
        """
        def test_elsewhere(roblox):
            roblox.server.run('game:GetService("HttpService"):GetAsync("https://elsewhere.example.com/")')
        """,
    )
    result = repository.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*UnexpectedRequest: GET https://elsewhere.example.com/: only the AudioScape API is mocked. *",
            '*audioscape_api.router.get("https://elsewhere.example.com/").respond(200)',
            # Lune does not tell which line runs.
            *(["*at ServerScriptService.Script:1"] if Universe.default_vm == "pluau" else []),
            "test_game.py:2: UnexpectedRequest",
        ]
    )


def test_an_error_that_nobody_caught_fails_the_test(repository: Repository) -> None:
    repository.write("src/server/Broken.server.luau", "task.wait(3)\nprint('soon')\nerror('broken')")
    repository.write(
        "test_game.py",
        """
        import pytest

        def test_time(roblox):
            roblox.advance(5)

        @pytest.mark.roblox(allow_errors=True)
        def test_errors(roblox):
            roblox.advance(5)
            assert roblox.errors == ["ServerScriptService.Broken:3: broken"]
        """,
    )
    result = repository.run()
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "uncaught script error on server, at 3.00 s: src/server/Broken.server.luau:3: broken",
            "src/server/Broken.server.luau:3",
            "*Captured output call*",
            "server     3.00 s print: soon",
            "server     3.00 s error: src/server/Broken.server.luau:3: broken",
        ]
    )


def test_an_asset_that_does_not_load_is_no_error_of_a_script(repository: Repository) -> None:
    repository.write(
        "test_game.py",
        """
        from roblox_double.assets import Asset

        def test_dead(roblox):
            roblox.universe.assets[77] = Asset(load="fails")
            roblox.server.run('local s = Instance.new("Sound") s.SoundId = "rbxassetid://77" s.Parent = workspace')
            roblox.advance(5)
            assert "Failed to load sound rbxassetid://77" in roblox.transcript
            assert roblox.errors == []
        """,
    )
    repository.run().assert_outcomes(passed=1)


def test_an_error_names_the_file_of_a_script_that_players_have(repository: Repository) -> None:
    repository.write("src/client/Broken.client.luau", "error('broken')")
    repository.write("test_game.py", "def test_join(roblox):\n    roblox.client('Ann')\n    roblox.advance(2)")
    result = repository.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Ann, at * s: src/client/Broken.client.luau:1: broken"])


def test_the_marker_says_which_game_and_how(repository: Repository) -> None:
    repository.write("other.project.json", '{ "name": "Other", "tree": { "$path": "src/server/greeting.luau" } }')
    repository.write(
        "test_game.py",
        """
        import pytest
        from roblox_double import LuauError, Secret, Settings

        @pytest.mark.roblox(
            project="other.project.json",
            settings=Settings(server_time_skew=100),
            secrets={"Hook": "x", "Anywhere": Secret("y")},
        )
        def test_other(roblox):
            assert roblox.server.run("return require(script.Parent.Other).of('Ann')") == ["Hello, Ann!"]
            assert roblox.universe.settings.server_time_skew == 100
            for name in ("Hook", "Anywhere", "AudioScapeKey"):
                roblox.server.run(f"game:GetService('HttpService'):GetSecret('{name}')")
            with pytest.raises(LuauError, match="Can't find secret"):
                roblox.server.run("game:GetService('HttpService'):GetSecret('Nothing')")
        """,
    )
    repository.run("--strict-markers").assert_outcomes(passed=1)


@pytest.mark.parametrize("marker", ["'x.project.json'", "projct='x.project.json'"])
def test_a_wrong_marker_is_refused(repository: Repository, marker: str) -> None:
    repository.write("test_game.py", f"import pytest\n\n@pytest.mark.roblox({marker})\ndef test_it(roblox):\n    pass")
    result = repository.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the marker roblox has no *proj*roblox(project=...*"])


def test_the_api_knows_the_ids_of_the_game(repository: Repository) -> None:
    repository.write("src/server/favourites.luau", "return { 'rbxassetid://1842241530', 'rbxassetid://0' }")
    repository.write("asking.py", ASK)
    repository.write(
        "test_game.py",
        """
        from asking import ASK

        def kind(roblox, asset_id):
            return roblox.server.run(ASK, asset_id)[0]

        def test_ids(roblox, audioscape_api):
            size = len(audioscape_api.catalogue.entries)
            assert kind(roblox, "1842241530") == "none"
            assert kind(roblox, "1842241531") == "not_found"
            audioscape_api.add_tracks("1842241531", "1842241531", "1842241530")
            assert kind(roblox, "1842241531") == "none"
            assert len(audioscape_api.catalogue.entries) == size + 1
        """,
    )
    repository.run().assert_outcomes(passed=1)


def test_an_error_in_luau_is_shown_where_the_test_met_it(repository: Repository) -> None:
    repository.write(
        "test_game.py",
        """
        def test_nobody(roblox):
            roblox.server.run("require(script.Parent.greeting).of('')")

        def test_forever(roblox):
            roblox.server.run("coroutine.yield()", limit=5)
        """,
    )
    result = repository.run()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            ">       roblox.server.run(\"require(script.Parent.greeting).of('')\")",
            "E       *LuauError: ServerScriptService.greeting:6: nobody has no name",
            "E       in files: src/server/greeting.luau:6: nobody has no name",
            "test_game.py:2: LuauError",
            "E * TimeoutError: the condition did not become true within 5 seconds of simulated time",
        ]
    )
    result.stdout.no_fnmatch_line("*peer.py:*: LuauError")
