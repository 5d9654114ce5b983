"""A game's own repository, made anew for each test."""

from __future__ import annotations

import shutil

import pytest

from audioscape_luau.resources import luau_root

PROJECT = """
{
	"name": "Scratch",
	"tree": {
		"$className": "DataModel",
		"ServerScriptService": {
			"$path": "src",
			"AudioScapeClient": { "$path": "AudioScapeClient" }
		}
	}
}
"""
GREETING = """--!strict
local greeting = {}

function greeting.of(name: string): string
	if name == "" then
		error("nobody has no name")
	end
	return `Hello, {name}!`
end

return greeting
"""


@pytest.fixture
def repository(pytester: pytest.Pytester) -> pytest.Pytester:
    """A Rojo project with the client and one module, and no tests yet."""
    (pytester.path / "default.project.json").write_text(PROJECT, encoding="utf-8")
    (pytester.mkdir("src") / "greeting.luau").write_text(GREETING, encoding="utf-8")
    shutil.copytree(luau_root() / "AudioScapeClient", pytester.path / "AudioScapeClient")
    return pytester
