"""A game's repository that knows of this one only the wheel."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from support.once import once
from support.repository import write, write_repository
from support.wheel import attempt, install, programs


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the wheel and of an environment with nothing but it, what it needs and pytest."""
    return once(tmp_path_factory, "wheel-with-pytest", lambda folder: install(folder, "pytest"))


@pytest.fixture
def game(tmp_path: Path) -> Path:
    folder = tmp_path / "game"
    write_repository(folder)
    write(
        folder / "src/server/Jukebox.server.luau",
        """
        local HttpService = game:GetService("HttpService")
        local client = require("./AudioScapeClient").new(HttpService:GetSecret("AudioScapeKey"))
        local sound = Instance.new("Sound")
        sound.Name = "Music"
        sound.SoundId = "rbxassetid://" .. workspace:WaitForChild("Seed").Value
        sound.Parent = game:GetService("SoundService")
        client:radio(sound):start()
        """,
    )
    write(
        folder / "tests/test_music.py",
        """
        from roblox_double import Listener

        def test_players_hear_one_track_after_another(roblox, audioscape_api):
            roblox.server.run(
                '''
                local seed = Instance.new("StringValue")
                seed.Name, seed.Value, seed.Parent = "Seed", ..., workspace
                ''',
                audioscape_api.catalogue.entries[0].asset_id,
            )
            listener = Listener(roblox.client("Ann"))
            audioscape_api.fail_next("timed-out")
            roblox.advance(3600)
            assert len({heard.content for heard in listener.tracks()}) > 10
            assert audioscape_api.requests
        """,
    )
    write(
        folder / "src/server/greeting.spec.luau",
        """
        --!strict
        local greeting = require("./greeting")

        return function(test)
            test.it("greets", function()
                test.expect(greeting.of("Ann")).toBe("Hello, Ann!")
            end)
        end
        """,
    )
    return folder


@pytest.mark.thorough
def test_a_game_tests_its_own_scripts(wheel: Path, game: Path) -> None:
    result = attempt(programs(wheel) / "pytest", "-q", "-W", "error", "--strict-markers", cwd=game)
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"^2 passed in ", result.stdout, re.MULTILINE)


@pytest.mark.thorough
def test_what_it_breaks_is_found(wheel: Path, game: Path) -> None:
    script = game / "src/server/Jukebox.server.luau"
    script.write_text(script.read_text(encoding="utf-8").replace("start()", "begin()"), encoding="utf-8")
    module = game / "src/server/greeting.luau"
    module.write_text(module.read_text(encoding="utf-8").replace("Hello, ", "Bye, "), encoding="utf-8")
    result = attempt(programs(wheel) / "pytest", "-q", cwd=game)
    assert result.returncode == 1
    assert re.search(r"^2 failed in ", result.stdout, re.MULTILINE)
    assert "server     0.00 s error: src/server/Jukebox.server.luau:7: attempt to call " in result.stdout
    assert 'src/server/greeting.spec.luau:6: expected "Hello, Ann!", got "Bye, Ann!"' in result.stdout


@pytest.mark.thorough
def test_the_command_line_needs_no_pytest(wheel: Path) -> None:
    """The extra is announced, and nothing but the plugin needs it."""
    (file,) = wheel.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode()
    assert "Provides-Extra: pytest" in metadata
    assert re.search(r"^Requires-Dist: pytest>=\d+; extra == 'pytest'$", metadata, re.MULTILINE)
    code = "import sys, audioscape_luau.cli; assert 'pytest' not in sys.modules"
    result = attempt(programs(wheel) / "python", "-c", code, cwd=wheel)
    assert result.returncode == 0, result.stderr


@pytest.mark.thorough
def test_the_plugin_costs_nothing_until_it_is_used(wheel: Path) -> None:
    code = """
import sys, audioscape_luau.pytest_plugin, roblox_double.pytest_plugin
print(*sorted(name for name in sys.modules if name.startswith(("audioscape_luau.", "roblox_double."))))
print("pluau" in sys.modules, "httpx" in sys.modules)
"""
    result = attempt(programs(wheel) / "python", "-c", code, cwd=wheel)
    loaded, used = result.stdout.splitlines()
    assert loaded == "audioscape_luau.pytest_plugin roblox_double.pytest_hooks roblox_double.pytest_plugin"
    assert used == "False False"
