"""Where the plugin looks: from which folder paths of the ini-file count, and what is not the game's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.repository import write

PROJECT = '{ "name": "Game", "tree": { "$className": "DataModel", "ServerScriptService": { "$path": "src" } } }'
SPEC = """
return function(test)
    test.it("is in its game", function()
        test.expect(require("./name")).toBe("game")
        test.expect(game:GetService("DataStoreService").name).toBe("double")
    end)
end
"""
INI = {
    "pytest.ini": "[pytest]\nroblox_project = rojo/x.project.json\nroblox_services = services\n",
    "tox.ini": "[pytest]\nroblox_project = rojo/x.project.json\nroblox_services = services\n",
    "setup.cfg": "[tool:pytest]\nroblox_project = rojo/x.project.json\nroblox_services = services\n",
    "pyproject.toml": (
        '[tool.pytest.ini_options]\nroblox_project = "rojo/x.project.json"\nroblox_services = "services"\n'
    ),
}


@pytest.mark.cases(1)
@pytest.mark.parametrize("ini", list(INI))
def test_paths_count_from_the_folder_of_the_ini_file(pytester: pytest.Pytester, ini: str) -> None:
    game = pytester.path / "deep/game"
    write(game / ini, INI[ini])
    write(game / "rojo/x.project.json", PROJECT.replace('"src"', '"../src"'))
    write(game / "services/DataStoreService.luau", "return { name = 'double' }")
    write(game / "src/name.luau", "return 'game'")
    write(game / "src/a.spec.luau", SPEC)
    write(
        game / "test_it.py",
        """
        import pytest

        @pytest.mark.roblox(project="rojo/x.project.json")
        def test_it(roblox):
            assert roblox.server.run("return require(script.Parent.name)") == ["game"]
        """,
    )
    _run(pytester, game, "--rootdir=..", passed=2)
    _run(pytester, pytester.path, "-c", str(game / ini), f"--rootdir={pytester.mkdir('elsewhere')}", passed=2)
    _run(pytester, game / "src", "..", "--rootdir=.", passed=2)


def test_the_default_project_is_found_around_the_test(pytester: pytest.Pytester) -> None:
    """Whatever lies around the game's own folder is not the game."""
    write(pytester.path / "default.project.json", PROJECT.replace("src", "none"))
    game = pytester.path / "game"
    write(game / "pytest.ini", "[pytest]\nroblox_services = services\n")
    write(game / "default.project.json", PROJECT)
    write(game / "services/DataStoreService.luau", "return { name = 'double' }")
    write(game / "src/name.luau", "return 'game'")
    write(game / "src/a.spec.luau", SPEC)
    for rootdir in ("..", ".", "src", str(pytester.mkdir("elsewhere"))):
        _run(pytester, game, f"--rootdir={rootdir}", passed=1)
    (game / "pytest.ini").unlink()
    write(game / "src/a.spec.luau", "return function(test) test.it('is', function() require('./name') end) end")
    for rootdir in (".", str(pytester.path / "elsewhere")):
        _run(pytester, game, f"--rootdir={rootdir}", passed=1)


VENDORED = ("Packages", "ServerPackages", "DevPackages", "node_modules", "roblox_packages")


@pytest.mark.thorough
def test_the_code_of_others_is_not_collected(pytester: pytest.Pytester) -> None:
    passing = "return function(test) test.it('passes', function() end) end"
    write(pytester.path / "default.project.json", PROJECT)
    # Without pytest's own list of folders.
    write(pytester.path / "pytest.ini", "[pytest]\nnorecursedirs = none\n")
    write(pytester.path / "src/a.spec.luau", passing)
    write(pytester.path / "src/MyPackages/b.spec.luau", passing)
    for folder in VENDORED:
        for path in (f"{folder}/_Index/x_y@1.0.0/y/c.spec.luau", f"src/shared/{folder}/c.spec.luau"):
            write(pytester.path / path, "error('not ours')")
        write(pytester.path / folder / "test_it.py", "assert False")
    write(pytester.path / "src/_Index/x/c.spec.luau", "error('not ours')")
    for arguments in ((), ("src",), (".",), ("src/a.spec.luau", "src")):
        _run(pytester, pytester.path, *arguments, passed=2)
    for named in VENDORED[::3]:
        write(pytester.path / named / "_Index/x_y@1.0.0/y/c.spec.luau", passing)
        write(pytester.path / named / "test_it.py", "")
        for path in (named, f"{named}/_Index", f"{named}/_Index/x_y@1.0.0/y/c.spec.luau::passes"):
            _run(pytester, pytester.path, path, passed=1)
        _run(pytester, pytester.path, str(pytester.path / named), "src", passed=3)


def test_what_the_double_cannot_have_is_told_without_a_traceback(pytester: pytest.Pytester) -> None:
    spot = '"$path": "src", "$attributes": { "spot": { "Region3": [1, 2, 3] } }'
    write(pytester.path / "default.project.json", PROJECT.replace('"$path": "src"', spot))
    write(pytester.path / "src/a.spec.luau", "return function(test) test.it('is', function() end) end")
    write(pytester.path / "test_it.py", "def test_it(roblox): pass")
    result = pytester.runpytest_inprocess("--continue-on-collection-errors")
    result.assert_outcomes(errors=2)
    said = "*default.project.json:1: spot of ServerScriptService: not modelled: Region3"
    result.stdout.fnmatch_lines([said, said])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*universe.py*")


def _run(pytester: pytest.Pytester, folder: Path, *arguments: str, passed: int) -> None:
    with pytest.MonkeyPatch().context() as patch:
        patch.chdir(folder)
        result = pytester.runpytest_inprocess(*arguments)
    result.assert_outcomes(passed=passed)
