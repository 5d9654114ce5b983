"""Every snippet of the README and of the site does what it says, or at least what it can."""

from __future__ import annotations

import re
import shlex

import pytest

from audioscape_luau.mock import DEMO_KEY, Catalogue
from audioscape_luau.testing import AudioscapeApi
from roblox_double import LuauError
from roblox_double.testing import Roblox
from support.commands import check_command
from support.game import shipped
from support.snippets import Snippet, snippets, written
from support.tools import tool

SHOWN_ID = "1842241530"
LANGUAGES = {"luau", "python", "sh", "yaml", "json", "toml", "ini", "text"}

_NEEDS = {
    "AudioScapeClient": 'local AudioScapeClient = require("./AudioScapeClient") ',
    "client": f'local client = require("./AudioScapeClient").new("{DEMO_KEY}") ',
    "sound": 'local sound = game:GetService("SoundService"):WaitForChild("Music") :: Sound ',
    "radio": "local radio = client:radio(sound) radio:start() ",
}


def those(language: str) -> list[object]:
    return [pytest.param(found, id=found.place) for found in written() if found.language == language and not found.file]


def run_luau(snippet: Snippet) -> list[str]:
    """Run a snippet on a server of its own and a minute longer; return what it printed. Warnings are errors."""
    vm = "lune" if snippet.needs_lune else None
    if vm:
        tool("lune")
    # On one line, so that an error names the line of the snippet.
    head = "".join(
        code
        for name, code in _NEEDS.items()
        if (name != "radio" or re.search(r"\bradio[:.]", snippet.code)) and f"local {name} " not in snippet.code
    )
    with AudioscapeApi(Catalogue.generate(size=200)) as mocked, Roblox(backends=[mocked], vm=vm) as game:
        mocked.know(SHOWN_ID)
        server = game.server
        server.mount(shipped(), "ServerScriptService")
        server.run(
            'local sound = Instance.new("Sound") sound.Name = "Music" '
            f'sound.SoundId = "rbxassetid://{SHOWN_ID}" sound.Parent = game:GetService("SoundService")'
        )
        server.run(head + snippet.code)
        game.advance(60)
        troubles = [line.text for line in server.output if line.kind != "print"]
        assert troubles == [], troubles
        return [line.text for line in server.output]


@pytest.mark.parametrize("snippet", those("luau"))
def test_luau(snippet: Snippet) -> None:
    printed = run_luau(snippet)
    assert bool(printed) == bool("print(" in snippet.code and "radio.failed" not in snippet.code), printed


@pytest.mark.parametrize("snippet", those("python"))
def test_python(snippet: Snippet) -> None:
    exec(compile(snippet.code, snippet.place, "exec"), {"__name__": "snippet"})


@pytest.mark.parametrize("snippet", those("sh"))
def test_shell(snippet: Snippet, pytestconfig: pytest.Config) -> None:
    for line in snippet.code.splitlines():
        words = shlex.split(line, comments=True)
        while words:
            end = words.index("&&") if "&&" in words else len(words)
            check_command(words[:end], pytestconfig)
            words = words[end + 1 :]


def test_every_language_is_known() -> None:
    assert {found.language for found in written()} <= LANGUAGES
    for language in ("luau", "python", "sh"):
        assert those(language)


@pytest.mark.parametrize(
    "code",
    ["client:nothing()", "warn('no')", "local x = = 1", 'print(client:similar("x").tracks)', "task.spawn(error, 'x')"],
)
def test_a_wrong_luau_snippet_fails(code: str) -> None:
    with pytest.raises((LuauError, AssertionError)):
        run_luau(Snippet("here", "luau", code))


@pytest.mark.parametrize(
    "line",
    ["uv run audioscape dance", "uv run audioscape demo --loud", "uv run pytest --nope", "scripts/nope", "rm -r ."],
)
def test_a_wrong_command_fails(line: str, pytestconfig: pytest.Config) -> None:
    with pytest.raises((AssertionError, ValueError)):
        test_shell(Snippet("here", "sh", line), pytestconfig)


def test_reading_of_snippets() -> None:
    text = "A `uv run x`.\n\n<!-- vm: lune -->\n```luau\nprint()\n```\n\n```sh\nls `uv run z`\n```\n\n`other`\n"
    text += "<!-- file: a/b.json -->\n```json\n{}\n```\n"
    assert list(snippets(text, "page")) == [
        Snippet("page:5", "luau", "print()\n", needs_lune=True),
        Snippet("page:9", "sh", "ls `uv run z`\n"),
        Snippet("page:15", "json", "{}\n", file="a/b.json"),
        Snippet("page: uv run x", "sh", "uv run x"),
    ]
