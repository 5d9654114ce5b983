"""Every snippet of the README and of the site does what it says, or at least what it can."""

from __future__ import annotations

import shlex

import pytest

from audioscape_luau.mock import Catalogue
from audioscape_luau.testing import AudioscapeApi
from roblox_double import LuauError
from roblox_double.testing import Roblox
from roblox_double.universe import VmName
from support.commands import check_command
from support.game import shipped
from support.snippets import Snippet, snippets, written
from support.tools import tool

SHOWN_ID = "1842241530"
LANGUAGES = {"luau", "python", "sh", "yaml", "json", "toml", "ini", "text"}
_END = "-- end of snippet"


def those(language: str) -> list[object]:
    return [pytest.param(found, id=found.place) for found in written() if found.language == language and not found.file]


def scripts() -> list[object]:
    """Return the pages whose Luau a reader pastes into one Script: its name, its snippets and the VM that they need."""
    found: list[object] = []
    pages: dict[str, list[Snippet]] = {}
    for snippet in written():
        if snippet.language == "luau" and (not snippet.file or snippet.file.endswith(".server.luau")):
            pages.setdefault(snippet.page, []).append(snippet)
    for page, parts in pages.items():
        if all(part.file for part in parts):
            continue
        found.append(pytest.param([part for part in parts if not part.needs_lune], None, id=page))
        if any(part.needs_lune for part in parts):
            found.append(pytest.param(parts, "lune", id=f"{page} with newer Luau"))
    return found


def run_page(parts: list[Snippet], vm: VmName | None = None) -> dict[Snippet, list[str]]:
    """Run a page's snippets as one Script; return what was printed after each. Warnings are errors.

    The lines of the Script are those of the page, so that an error names the right one.
    """
    if vm:
        tool("lune")
    source = ""
    for number, part in enumerate(parts):
        source += "\n" * (part.line - 1 - source.count("\n"))
        source += "".join(f"{line}\n" for line in part.code.splitlines()[:-1])
        source += f"{part.code.splitlines()[-1]} task.wait(20) print('{_END}', {number})\n"
    with AudioscapeApi(Catalogue.generate(size=200)) as mocked, Roblox(backends=[mocked], vm=vm) as game:
        mocked.add_tracks(SHOWN_ID)
        server = game.server
        server.mount(shipped(), "ServerScriptService")
        server.run(
            'local sound = Instance.new("Sound") sound.Name = "Music" '
            f'sound.SoundId = "rbxassetid://{SHOWN_ID}" sound.Parent = game:GetService("SoundService")'
        )
        server.run(source)
        game.advance(60)
        failures = [line.text for line in server.output if line.kind != "print"]
        assert failures == [], failures
        printed: dict[Snippet, list[str]] = {part: [] for part in parts}
        current = iter(parts)
        part = next(current)
        for line in server.output:
            if line.text.startswith(_END):
                part = next(current, part)
            else:
                printed[part].append(line.text)
        return printed


@pytest.mark.parametrize(("parts", "vm"), scripts())
def test_luau(parts: list[Snippet], vm: VmName | None) -> None:
    printed = run_page(parts, vm)
    for part in parts:
        assert printed[part] or "print(" not in part.code, part.place


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
    for language in ("python", "sh"):
        assert those(language)
    assert scripts()


@pytest.mark.parametrize(
    "code",
    ["sound:Play()", "warn('no')", "local x = = 1", "print(nil .. '')", "task.spawn(error, 'x')"],
)
def test_a_wrong_luau_snippet_fails(code: str) -> None:
    with pytest.raises((LuauError, AssertionError)):
        run_page([Snippet("here:1", "luau", code)])


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
