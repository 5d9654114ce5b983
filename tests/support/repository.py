"""A game's own repository, for tests of the plugin."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from audioscape_luau.resources import luau_root

_PROJECT = """
{
	"name": "Scratch",
	"tree": {
		"$className": "DataModel",
		"ReplicatedStorage": { "$path": "src/shared" },
		"ServerScriptService": {
			"$path": "src/server",
			"AudioScapeClient": { "$path": "CLIENT" }
		},
		"StarterPlayer": {
			"StarterPlayerScripts": { "$path": "src/client" }
		}
	}
}
""".replace("CLIENT", (luau_root() / "AudioScapeClient").as_posix())
_GREETING = """--!strict
local greeting = {}

function greeting.of(name: string): string
	if name == "" then
		error("nobody has no name")
	end
	return `Hello, {name}!`
end

return greeting
"""


@dataclass(frozen=True, slots=True)
class Repository:
    """What `write_repository` writes, and pytest in it."""

    pytester: pytest.Pytester

    @property
    def path(self) -> Path:
        return self.pytester.path

    def write(self, name: str, source: str) -> None:
        write(self.path / name, source)

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run its tests in this process."""
        return self.pytester.runpytest_inprocess(*arguments)

    def run_apart(self, *arguments: str) -> pytest.RunResult:
        """Run its tests in a process of their own, whose requests are not held against the specification here."""
        return self.pytester.runpytest_subprocess(*arguments)


def write_repository(folder: Path) -> None:
    """Write a Rojo project with the client, which stays where it is, and one module, `greeting`, in src/server."""
    write(folder / "default.project.json", _PROJECT)
    write(folder / "src/server/greeting.luau", _GREETING)
    for name in ("src/shared", "src/client"):
        (folder / name).mkdir(parents=True)


def write(file: Path, source: str) -> None:
    """Write an indented text into a file, and make the folders that it needs."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(source).removeprefix("\n"), encoding="utf-8")
