"""What the scripts of a game use and the double does not have: nothing of it stays hidden."""

from __future__ import annotations

import pytest

from support.repository import Repository

SAVING = """
local saving = {}
function saving.load(player)
    local ok, data = pcall(function()
        return game:GetService("GroupService"):GetGroupInfoAsync(player).Coins
    end)
    return if ok and data then data else 0
end
return saving
"""
SPEC = """
return function(test)
    test.it("loads nothing", function()
        test.expect(require("./saving").load("ann")).toBe(0)
    end)
end
"""
GAME = """
def test_loading(roblox):
    assert roblox.server.run("local load = require('./saving').load return load('ann') + load('ben')") == [0]
    ((peer, gap),) = roblox.gaps
    assert (peer.name, gap.what, gap.count, gap.time) == ("server", "GroupService.GetGroupInfoAsync", 2, 0)
"""
USED = "src/server/saving.luau:4: not modelled: GroupService.GetGroupInfoAsync"


@pytest.fixture
def saving(repository: Repository) -> Repository:
    """A game that takes what it cannot load for nothing; its tests believe it."""
    repository.write("src/server/saving.luau", SAVING)
    repository.write("src/server/saving.spec.luau", SPEC)
    repository.write("test_game.py", GAME)
    return repository


def test_a_caught_error_fails_the_test(saving: Repository) -> None:
    result = saving.run()
    result.assert_outcomes(failed=2)
    way_out = 'To let it pass, set @pytest.mark.roblox(not_modelled="report") or the ini option roblox_not_modelled.'
    hint = "The simulated Roblox has no GroupService.GetGroupInfoAsync. Write a stub for the service: *"
    result.stdout.fnmatch_lines(
        [
            "the scripts use what the simulated Roblox does not have. *",
            f"server, at 0.00 s: {USED}",
            hint,
            way_out,
            f"server, at 0.00 s: {USED} (2 times)",
            hint,
            way_out,
            "*= not modelled in the simulated Roblox =*",
            f"{USED} (3 times in 2 tests)",
            "Stub the services *",
        ]
    )


@pytest.mark.cases(1)
@pytest.mark.parametrize("workers", ["0", "1"])
def test_in_report_mode_it_is_named_and_counted(saving: Repository, workers: str) -> None:
    saving.write("pytest.ini", "[pytest]\nroblox_not_modelled = report\n")
    result = saving.run("-rP", "-n", workers)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines_random(
        [
            "*- Captured not modelled call -*",
            f"server, at 0.00 s: {USED}",
            f"server, at 0.00 s: {USED} (2 times)",
            f"{USED} (3 times in 2 tests)",
        ]
    )


def test_a_marker_decides_for_a_test(saving: Repository) -> None:
    saving.write(
        "test_game.py",
        """
        import pytest

        LOAD = "return require('./saving').load('ann')"

        @pytest.mark.roblox(not_modelled="report")
        def test_reported(roblox):
            assert roblox.server.run(LOAD) == [0]

        @pytest.mark.roblox(allow_errors=True)
        def test_other_errors_are_allowed(roblox):
            roblox.server.spawn("error('no matter')")
            assert roblox.server.run(LOAD) == [0]

        def test_without(roblox):
            roblox.server.run("return 1")
        """,
    )
    result = saving.run("test_game.py")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["FAILED test_game.py::test_other_errors_are_allowed*"])


def test_a_mode_that_does_not_exist_is_told(saving: Repository) -> None:
    saving.write("pytest.ini", "[pytest]\nroblox_not_modelled = lenient\n")
    saving.write(
        "test_game.py",
        """
        import pytest

        @pytest.mark.roblox(not_modelled="lax")
        def test_marked(roblox):
            pass

        def test_by_ini(roblox):
            pass
        """,
    )
    result = saving.run("test_game.py")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines_random(
        [
            "*test_game.py::test_marked: not_modelled is 'lax'. It is 'strict' or 'report'*",
            "*the ini option roblox_not_modelled is 'lenient'. It is 'strict' or 'report'*",
        ]
    )


UNCAUGHT = """
def test_without_a_script(roblox):
    roblox.advance(5)
    assert [gap.what for _, gap in roblox.gaps] == ["Workspace.InsertPoint"]
"""


@pytest.mark.parametrize("broken", [False, True])
def test_in_report_mode_scripts_go_on(repository: Repository, broken: bool) -> None:
    repository.write("pytest.ini", "[pytest]\nroblox_not_modelled = report\n")
    repository.write("src/server/pads.luau", "return { workspace.InsertPoint }")
    repository.write("src/server/Pads.server.luau", "require('./pads')")
    repository.write("test_game.py", UNCAUGHT)
    if broken:
        repository.write("src/server/Broken.server.luau", "error('a mistake')")
    result = repository.run("test_game.py")
    result.assert_outcomes(passed=not broken, failed=broken)
    if broken:
        result.stdout.fnmatch_lines(["uncaught script error on server, at *: *Broken.server.luau:1: a mistake"])
    result.stdout.fnmatch_lines(["src/server/pads.luau:1: not modelled: Workspace.InsertPoint (1 time in 1 test)"])


def test_a_service_that_is_simulated_in_part_is_not_to_be_stubbed(repository: Repository) -> None:
    repository.write(
        "test_game.py", "def test_it(roblox):\n    roblox.server.spawn('print(workspace:GetRealPhysicsFPS())')"
    )
    result = repository.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["The simulated Roblox has no Workspace.GetRealPhysicsFPS. Move the code that needs it *"]
    )
